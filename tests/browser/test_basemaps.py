"""The base map in a real Chromium: what is asked, what is painted, and where on the earth it lies."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import folium
import numpy as np
import pyogrio
import pytest
import shapely
from geopandas import GeoDataFrame
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page

from geo.intake.datum import gcj02_to_wgs84, wgs84_to_gcj02
from geo.maps import assets
from geo.maps.archive_server import serve
from geo.maps.archives import read_archive
from geo.maps.assets.archive_readers import READERS
from geo.maps.basemaps import BaseMap, BaseTiles, choose_base_map
from geo.maps.ground import Frame
from tests.browser.conftest import Visit
from tests.maps.archives import picture, write_archive

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
needs_readers = pytest.mark.skipif(
    not all(reader.exists() for reader in READERS), reason="the scripts of PMTiles base maps were not fetched"
)

CHENGDU, BEIJING, URUMQI, BOSTON = (104.0668, 30.5728), (116.4074, 39.9042), (87.6168, 43.8256), (-71.0589, 42.3601)
MARK_PIXELS = 11
SEAM_PIXELS = 350  # the mark, and no line across the view
RED, GREEN, BLUE = (255, 0, 0), (60, 160, 90), (51, 102, 153)


def tile_place(lon: float, lat: float, zoom: int) -> tuple[float, float]:
    """Return where a point lies among the tiles of a zoom, in tiles."""
    sine = np.sin(np.radians(lat))
    return (lon / 360 + 0.5) * 2**zoom, float((0.5 - np.log((1 + sine) / (1 - sine)) / (4 * np.pi)) * 2**zoom)


def marked_tile(mark: tuple[float, float], zoom: int, x: int, y: int) -> bytes:
    """Return a green tile with a red square about `mark`, given in the datum of the tiles."""
    tile = Image.new("RGB", (256, 256), GREEN)
    across, down = (256 * place - 256 * corner for place, corner in zip(tile_place(*mark, zoom), (x, y), strict=True))
    half = MARK_PIXELS / 2
    ImageDraw.Draw(tile).rectangle(
        (round(across - half), round(down - half), round(across + half) - 1, round(down + half) - 1), fill=RED
    )
    out = io.BytesIO()
    tile.save(out, "PNG")
    return out.getvalue()


@dataclass
class Site:
    """A server of this machine: the page, the assets, and tiles with a mark on them."""

    port: int
    page: str = ""
    mark: tuple[float, float] = (0.0, 0.0)
    working: bool = True
    asked: list[str] = field(default_factory=list)

    @property
    def tiles(self) -> str:
        return f"http://localhost:{self.port}/tiles/{{z}}/{{x}}/{{y}}.png"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    static = tmp_path / "static"
    assets.prepare(static)

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            here.asked.append(self.path)
            name, kind = self.path.rpartition("/")[2], "image/png"
            body: bytes | None = None
            if self.path.startswith("/component/"):
                body, kind = here.page.encode(), "text/html; charset=utf-8"
            elif self.path.startswith("/app/static/") and (static / name).is_file():
                body, kind = (static / name).read_bytes(), "text/css" if name.endswith("css") else "text/javascript"
            elif self.path.startswith("/tiles/") and here.working:
                zoom, x, y = (int(part.removesuffix(".png")) for part in self.path.split("/")[2:])
                body = marked_tile(here.mark, zoom, x, y)
            self.send_response(200 if body is not None else 404)
            self.send_header("Content-Type", kind)
            self.end_headers()
            with suppress(ConnectionError):  # a tile that is no longer wanted
                self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("localhost", 0), Answer)
    here = Site(server.server_port)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield here
    server.shutdown()
    server.server_close()


@pytest.fixture
def show(chromium: Browser, site: Site) -> Iterator[Callable[..., Visit]]:
    """Open a map that has this base map, at a place and a zoom; the base map is still hidden."""
    context = chromium.new_context(viewport={"width": 900, "height": 600})

    def opened(base: BaseMap, at: tuple[float, float], zoom: float, lang: str = "en") -> Visit:
        view = folium.Map(tiles=None, location=at[::-1], zoom_start=zoom, attributionControl=False, zoom_snap=0.1)
        Frame().add_to(view)
        BaseTiles(base, serve(base.archive) if base.archive else None).add_to(view)
        html = view.get_root().render().replace("<html>", f'<html lang="{lang}">', 1)
        site.page = html.replace("</html>", f"<script>window.map = {view.get_name()};</script></html>")
        visit = Visit(context.new_page(), f"http://localhost:{site.port}/component/map/index.html")
        visit.watch()
        visit.page.goto(visit.address)
        return visit

    yield opened
    context.close()


def painted(page: Page) -> np.ndarray[Any, Any]:
    return np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB")).astype(int)


def near(pixels: np.ndarray[Any, Any], colour: tuple[int, int, int], tolerance: int = 40) -> np.ndarray[Any, Any]:
    return np.asarray((np.abs(pixels - colour) < tolerance).all(axis=-1))


def wait_painted(page: Page, colour: tuple[int, int, int], share: float) -> np.ndarray[Any, Any]:
    """Return the screen once `colour` covers at least `share` of it and two looks in a row agree."""
    until, before = time.monotonic() + 10, None
    while time.monotonic() < until:
        pixels = painted(page)
        if near(pixels, colour).mean() >= share and before is not None and (pixels == before).all():
            return pixels
        before = pixels
        page.wait_for_timeout(100)
    pytest.fail(f"{colour} covers {near(pixels, colour).mean():.0%} of the map only")


def opacity(page: Page, name: str) -> float:
    return float(page.evaluate("name => getComputedStyle(document.querySelector('path.' + name)).fillOpacity", name))


def tiles_of(site: Site, datum: str) -> BaseMap:
    base = choose_base_map({"url": site.tiles, "datum": datum, "attribution": "Test <b>tiles</b>"})
    assert base is not None
    return base


def test_the_shift_in_the_browser_is_the_one_of_the_intake(site: Site, show: Callable[..., Visit]) -> None:
    points = np.array([CHENGDU, BEIJING, URUMQI, BOSTON, (104.9999, 34.9999), (73.1, 39.4), (121.4737, 31.2304)])
    visit = show(tiles_of(site, "GCJ-02"), CHENGDU, 12)
    for name, ours in (("toGcj", wgs84_to_gcj02), ("toWgs", gcj02_to_wgs84)):
        theirs = visit.page.evaluate(
            "([name, points]) => points.map(p => L.hexDatum[name](L.latLng(p[1], p[0]))).map(q => [q.lng, q.lat])",
            [name, points.tolist()],
        )
        np.testing.assert_allclose(theirs, np.column_stack(ours(*points.T)), rtol=0, atol=1e-10)
        assert theirs[3] == list(BOSTON)
        assert np.abs(np.array(theirs[0]) - CHENGDU).max() > 0.002


@pytest.mark.parametrize(
    ("place", "datum"),
    [
        pytest.param(CHENGDU, "GCJ-02", id="Chengdu"),
        pytest.param(BEIJING, "GCJ-02", id="Beijing", marks=pytest.mark.slow),
        pytest.param(URUMQI, "GCJ-02", id="Urumqi", marks=pytest.mark.slow),
        pytest.param(BOSTON, "GCJ-02", id="Boston, not shifted"),
        pytest.param(CHENGDU, "WGS-84", id="Chengdu, not shifted", marks=pytest.mark.slow),
    ],
)
def test_a_mark_on_the_tiles_lies_where_wgs84_has_it(
    place: tuple[float, float], datum: str, site: Site, show: Callable[..., Visit]
) -> None:
    true_lon, true_lat = gcj02_to_wgs84(*place) if datum == "GCJ-02" else place
    site.mark = place
    visit = show(tiles_of(site, datum), (float(true_lon) + 0.003, float(true_lat) - 0.002), 12)
    visit.page.evaluate("map.showBaseMap(true, false, false)")
    for zoom in (12, 16, 12.5):
        visit.page.evaluate("zoom => map.setZoom(zoom, {animate: false})", zoom)
        pixels = wait_painted(visit.page, GREEN, 0.9)
        down, across = np.nonzero(near(pixels, RED, 110))
        assert down.size > MARK_PIXELS**2 / 2
        wanted = visit.page.evaluate(
            "at => { const p = map.latLngToContainerPoint(at); return [p.x, p.y]; }", [float(true_lat), float(true_lon)]
        )
        found = np.array([across.mean() + 0.5, down.mean() + 0.5])
        assert np.hypot(*(found - wanted)) < 1.5, (zoom, found, wanted)
        assert np.sum(~near(pixels, GREEN, 30)[100:500, 100:]) < SEAM_PIXELS
    assert visit.foreign == []
    assert visit.errors == []


def test_it_is_hidden_until_it_is_shown_and_names_its_makers(site: Site, show: Callable[..., Visit]) -> None:
    visit = show(tiles_of(site, "WGS-84"), CHENGDU, 12)
    page = visit.page
    page.evaluate("map.getPane('ground').innerHTML = '<svg><path class=land /><path class=water /></svg>'")
    page.wait_for_timeout(300)
    assert not [path for path in site.asked if path.startswith("/tiles/")]
    assert page.locator(".leaflet-control-attribution").count() == 0
    page.evaluate("map.showBaseMap(true, false, false)")
    wait_painted(page, GREEN, 0.9)
    assert page.locator(".leaflet-control-attribution").inner_text() == "Test <b>tiles</b>"
    assert "on-basemap" in page.locator(".leaflet-container").get_attribute("class")
    assert [opacity(page, name) for name in ("land", "water")] == [0, 0]
    page.evaluate("map.showBaseMap(false)")
    assert [opacity(page, name) for name in ("land", "water")] == [1, 1]
    assert near(painted(page), GREEN).mean() == 0
    assert "on-basemap" not in page.locator(".leaflet-container").get_attribute("class")
    assert page.locator(".leaflet-control-attribution").count() == 0
    assert not [path for path in site.asked if "pmtiles" in path or "protomaps" in path]


def test_it_steps_back_behind_cells_of_many_steps(site: Site, show: Callable[..., Visit]) -> None:
    page = show(tiles_of(site, "WGS-84"), CHENGDU, 12).page
    colours = {}
    for name, fade, dark in (("plain", False, False), ("faded", True, False), ("dark", False, True)):
        page.evaluate("([fade, dark]) => map.showBaseMap(true, fade, dark)", [fade, dark])
        page.wait_for_function("document.querySelectorAll('.leaflet-tile-loaded').length > 11")
        page.wait_for_timeout(400)
        colours[name] = painted(page)[400, 450]
    assert np.abs(colours["plain"] - GREEN).max() <= 2
    assert np.ptp(colours["faded"]) < 0.5 * np.ptp(colours["plain"])
    np.testing.assert_allclose(colours["dark"], 0.55 * np.array(GREEN), atol=3)


def test_a_service_that_does_not_answer_is_asked_once_and_said_once(site: Site, show: Callable[..., Visit]) -> None:
    site.working = False
    visit = show(tiles_of(site, "GCJ-02"), CHENGDU, 12, lang="zh-CN")
    page = visit.page
    page.evaluate("map.showBaseMap(true, false, false)")
    page.wait_for_selector(".basemap-note")
    page.evaluate("map.showBaseMap(true, true, false); map.panBy([300, 0], {animate: false})")
    page.wait_for_timeout(300)
    assert page.locator(".basemap-note").all_inner_texts() == ["底图没有响应。"]
    assert len(visit.errors) == 1
    assert "on-basemap" not in page.locator(".leaflet-container").get_attribute("class")
    site.working = True
    page.evaluate("map.showBaseMap(false); map.showBaseMap(true, false, false)")
    wait_painted(page, GREEN, 0.9)
    assert page.locator(".basemap-note").count() == 0


def test_a_service_that_falls_silent_is_left_alone(site: Site, show: Callable[..., Visit]) -> None:
    visit = show(tiles_of(site, "WGS-84"), CHENGDU, 12)
    page = visit.page
    page.evaluate("map.showBaseMap(true, false, false)")
    wait_painted(page, GREEN, 0.9)
    site.working = False
    page.evaluate("map.setZoom(15, {animate: false})")
    page.wait_for_selector(".basemap-note")
    page.wait_for_timeout(500)  # what was asked for before it fell silent is on its way
    asked = len(site.asked)
    page.evaluate("map.panBy([2000, 0], {animate: false})")
    page.wait_for_timeout(500)
    assert len(site.asked) == asked


@needs_readers
def test_an_archive_of_pictures_is_painted_from_ranges(tmp_path: Path, site: Site, show: Callable[..., Visit]) -> None:
    colour = picture("#336699")
    tiles = {(zoom, x, y): colour for zoom in range(3) for x in range(2**zoom) for y in range(2**zoom)}
    base = choose_base_map({"file": str(write_archive(tmp_path / "world.pmtiles", tiles)), "attribution": "Me"})
    assert base is not None
    visit = show(base, CHENGDU, 5)
    statuses: list[int] = []
    visit.page.on(
        "response", lambda answer: statuses.append(answer.status) if "basemap.pmtiles" in answer.url else None
    )
    visit.page.evaluate("map.showBaseMap(true, false, false)")
    wait_painted(visit.page, BLUE, 0.95)
    assert set(statuses) == {206}
    assert visit.foreign == []
    assert visit.errors == []


@needs_readers
def test_an_archive_of_drawings_is_painted_in_both_themes(
    tmp_path: Path, site: Site, show: Callable[..., Visit]
) -> None:
    """GDAL writes the archive: half of the view is water, in the schema of Protomaps."""
    lon, lat = CHENGDU
    water = GeoDataFrame({"kind": ["ocean"]}, geometry=[shapely.box(lon, lat - 1, lon + 1, lat + 1)], crs="EPSG:4326")
    file = tmp_path / "city.pmtiles"
    pyogrio.write_dataframe(water, file, driver="PMTiles", layer="water", MINZOOM=0, MAXZOOM=9)
    assert read_archive(file).zooms == (0, 9)
    base = choose_base_map({"file": str(file)})
    assert base is not None
    visit = show(base, CHENGDU, 10)
    seen = {}
    for name in ("light", "dark"):
        visit.page.evaluate("dark => map.showBaseMap(true, false, dark)", name == "dark")
        visit.page.wait_for_timeout(1500)
        pixels = painted(visit.page)
        seen[name] = (pixels[300, 200], pixels[300, 700])
    for land, sea in seen.values():
        assert np.abs(land - sea).max() > 10
    assert seen["light"][1].sum() > seen["dark"][1].sum() + 100
    assert visit.page.locator(".leaflet-control-attribution").inner_text() == "© OpenStreetMap"
    assert visit.foreign == []
    assert visit.errors == []


@needs_readers
def test_an_archive_that_is_gone_is_said(tmp_path: Path, show: Callable[..., Visit]) -> None:
    file = write_archive(tmp_path / "gone.pmtiles", {(0, 0, 0): picture("red")})
    base = choose_base_map({"file": str(file)})
    assert base is not None
    visit = show(base, CHENGDU, 5)
    file.unlink()
    visit.page.evaluate("map.showBaseMap(true, false, false)")
    visit.page.wait_for_selector(".basemap-note")
    assert visit.page.locator(".basemap-note").inner_text() == "The base map does not answer."
