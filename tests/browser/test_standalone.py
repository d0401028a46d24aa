"""The HTML map on a machine without a network: opened from a file, seen, clicked, saved as a picture, printed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from geo.maps.basemaps import choose_base_map
from geo.maps.palette import PALETTES, Palette
from geo.sheet import map_page, map_scene
from geo.study import Answer, Study
from tests.browser.conftest import Visit
from tests.browser.screen import LOOK_MS, NEXT_MS, count_painted, open_map, painted, pixels
from tests.browser.test_basemaps import CHENGDU, GREEN, Site, near, show, site  # noqa: F401 - show, site: fixtures

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

SIZE = {"width": 1366, "height": 768}
TILES_THERE = """() => {
  const tiles = [...document.querySelectorAll('.leaflet-tile')];
  return tiles.length > 8 && tiles.every(
    tile => tile.classList.contains('leaflet-tile-loaded') && getComputedStyle(tile).opacity === '1');
}"""  # all that the view takes, and none still fading in
DRAWN_MS = 2_000  # some 600 on two idle cores


@dataclass
class Opened:
    """A file in a browser without a network, with what it asked for and what it complained of."""

    page: Page
    asked: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def open(self, file: Path) -> None:
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda fault: self.said.append(str(fault)))
        self.page.goto(file.as_uri())
        self.wait_until("map_page.cityKey && map_page.getZoom() !== 11")  # the city fits its frame
        assert self.asked == [file.as_uri()]

    def wait_until(self, condition: str) -> None:
        """Wait for a condition in JavaScript; the page's own policy forbids Playwright's way, which is `eval`."""
        for _ in range(NEXT_MS // LOOK_MS):
            if self.page.evaluate(f"() => Boolean({condition})"):
                return
            self.page.wait_for_timeout(LOOK_MS)
        pytest.fail(f"never: {condition}")


@pytest.fixture
def offline(chromium: Browser) -> Iterator[Opened]:
    context = chromium.new_context(viewport=SIZE, accept_downloads=True)
    context.route(re.compile("^(?!file:|data:|blob:)"), lambda route: route.abort())
    context.set_offline(True)
    opened = Opened(context.new_page())
    yield opened
    context.close()
    assert [url for url in opened.asked if not url.startswith(("file:", "data:", "blob:"))] == []
    assert opened.said == []


def written(study: Study, answer: Answer, folder: Path, **options: Any) -> Path:
    file = folder / "map.html"
    file.write_bytes(map_page(study, answer, map_scene(study, answer, **options)).encode())
    return file


def see(picture: bytes, palette: Palette) -> dict[str, int]:
    seen = pixels(picture)
    return {name: count_painted(seen, getattr(palette, name), palette.land) for name in ("core", "hot", "expected")}


@pytest.mark.parametrize(("theme", "lang"), [("light", "zh"), ("dark", "en")])
def test_it_opens_from_a_file_in_the_colours_of_its_legend(
    study: Study, answer: Answer, offline: Opened, tmp_path: Path, theme: str, lang: str
) -> None:
    palette, page = PALETTES[theme], offline.page
    offline.open(written(study, answer, tmp_path, palette=palette, lang=lang))
    drawn = page.evaluate("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd")
    assert drawn < DRAWN_MS
    found = see(page.locator("#map_page").screenshot(), palette)
    assert found["core"] > 300
    assert found["hot"] > 200
    assert found["expected"] > 5_000
    assert page.locator(".legend summary").inner_text().startswith({"zh": "热点", "en": "Hot spots"}[lang])
    assert page.locator("html").get_attribute("lang") == {"zh": "zh-CN", "en": "en"}[lang]
    assert page.locator(".name").count() > 5


def test_a_row_leads_to_its_place_and_a_hexagon_to_its_row(
    study: Study, answer: Answer, offline: Opened, tmp_path: Path
) -> None:
    page = offline.page
    offline.open(written(study, answer, tmp_path))
    table = answer.table.set_index("cell", drop=False)
    rows = page.locator("tbody tr")
    assert rows.count() == answer.table["cluster_id"].nunique()
    page.evaluate("() => map_page.setView([0, 0], 12, {animate: false})")
    rows.nth(1).click()
    expect(page.locator(".story h2")).to_have_text(re.compile(r"^2\. "))
    expect(page.locator(".rank.selected")).to_have_text("2")
    expect(rows.nth(1)).to_have_class("chosen")
    offline.wait_until("map_page.getBounds().contains(map_page.furniture.ranks[1].at)")
    cell = map_scene(study, answer).geometry.cells[int(rows.nth(1).get_attribute("data-at") or -1)]
    expect(page.locator(".story .reason")).to_have_text(table.loc[cell, "reason"])
    quiet = answer.table[~answer.table["hot"] & answer.table["enough"]].iloc[0]
    page.evaluate(f"() => map_page.setView([{quiet['lat']}, {quiet['lon']}], 14, {{animate: false}})")
    box = page.locator("#map_page").bounding_box()
    assert box is not None
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(*middle)
    expect(page.locator(".leaflet-tooltip")).to_contain_text("As expected")
    expect(page.locator(".leaflet-tooltip")).to_contain_text(f"{quiet['expected']:.1f}")
    page.mouse.click(*middle)
    expect(page.locator(".story .reason")).to_have_text(quiet["reason"])
    expect(page.locator("tr.chosen")).to_have_count(0)


def test_the_picture_shows_the_view_twice_as_fine(
    study: Study, answer: Answer, offline: Opened, tmp_path: Path
) -> None:
    page, light = offline.page, PALETTES["light"]
    offline.open(written(study, answer, tmp_path))
    on_screen = page.locator("#map_page").screenshot()
    seen = see(on_screen, light)
    with page.expect_download() as saved:
        page.locator(".picture-button").click()
    assert saved.value.suggested_filename == f"hexward-city-hot-{answer.window.last}.png"
    picture = Path(saved.value.path()).read_bytes()
    size = page.evaluate("() => [map_page.getSize().y, map_page.getSize().x]")
    drawn = pixels(picture)
    assert list(drawn.shape[:2]) == [2 * side for side in size]
    for name, count in see(picture, light).items():
        assert count == pytest.approx(4 * seen[name], rel=0.25)
    legend = page.locator(".legend").bounding_box()
    frame = page.locator("#map_page").bounding_box()
    assert legend is not None
    assert frame is not None
    left, top = (round(2 * (legend[side] - frame[side])) for side in ("x", "y"))
    inside = drawn[top : top + round(2 * legend["height"]), left : left + round(2 * legend["width"])]
    assert (inside.max(axis=-1) < 90).sum() > 2_000  # ink of its words
    buttons = drawn[20:180, 20:84]
    assert np.ptp(buttons, axis=(0, 1)).max() < 8  # bare ground where the buttons were


def test_on_paper_the_map_fills_the_page_and_the_list_follows(
    study: Study, answer: Answer, offline: Opened, tmp_path: Path
) -> None:
    page, light = offline.page, PALETTES["light"]
    offline.open(written(study, answer, tmp_path))
    before = page.evaluate("() => [map_page.getZoom(), map_page.getCenter().lat]")
    page.emulate_media(media="print")
    expect(page.locator("svg.on-paper")).to_have_count(1)
    expect(page.locator("#print")).to_be_hidden()
    expect(page.locator(".leaflet-control-zoom")).to_be_hidden()
    expect(page.locator(".north")).to_be_visible()
    assert page.evaluate("() => map_page.getSize().x") > 1_000
    found = see(page.locator("#map_page").screenshot(), light)
    assert min(found["core"], found["hot"]) > 300
    page.emulate_media(media="screen")
    expect(page.locator("svg.on-paper")).to_have_count(0)
    assert page.evaluate("() => [map_page.getZoom(), map_page.getCenter().lat]") == pytest.approx(before, abs=1e-3)
    pdf = page.pdf(prefer_css_page_size=True, print_background=True)
    width, height = (float(side) for side in re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf).groups())  # type: ignore[union-attr]
    assert (round(width), round(height)) == (842, 595)
    assert len(re.findall(rb"/Type /Page\b", pdf)) in (2, 3)


def test_the_app_hands_out_the_same_map_and_the_same_picture(visit: Visit, offline: Opened, tmp_path: Path) -> None:
    page, light = visit.page, PALETTES["light"]
    frame = open_map(visit)
    shown = painted(page, light.core, light.land)
    with page.expect_download(timeout=NEXT_MS) as saved:
        frame.locator(".picture-button").click()
    picture = Path(saved.value.path()).read_bytes()
    assert saved.value.suggested_filename.startswith("hexward-city-hot-")
    assert count_painted(pixels(picture), light.core, light.land) == pytest.approx(4 * shown, rel=0.25)
    heading, clusters = page.locator(".story h3").inner_text(), page.locator(".strip b").first.inner_text()
    page.get_by_text("Download the list").click()
    with page.expect_download(timeout=NEXT_MS) as started:
        page.get_by_test_id("stPopoverBody").get_by_role("button", name="The map as one HTML file").click()
    file = tmp_path / "map.html"
    started.value.save_as(file)
    offline.open(file)
    expect(offline.page.locator(".story h2")).to_have_text(heading)
    assert offline.page.locator("tbody tr").count() == int(clusters)
    assert see(offline.page.locator("#map_page").screenshot(), light)["core"] > 300


@pytest.mark.parametrize(("host", "copied"), [("localhost", True), ("127.0.0.1", False)])
def test_tiles_that_may_not_be_copied_are_left_out_of_the_picture(
    show: Callable[..., Visit],  # noqa: F811
    site: Site,  # noqa: F811
    host: str,
    copied: bool,
) -> None:
    """Tiles of the page's own origin may be read, those of any other not: there 127.0.0.1 is another than localhost."""
    visit = show(choose_base_map({"url": site.tiles.replace("localhost", host), "attribution": "us"}), CHENGDU, 13)
    page, words = visit.page, {"save": "Save", "bare": "Without the base map.", "failed": "Too large."}
    page.evaluate("words => L.hexPicture(map, {file: 'view.png', words: words})", words)
    page.evaluate("map.showBaseMap(true, false, false)")
    page.wait_for_function(TILES_THERE)
    with page.expect_download() as saved:
        page.locator(".picture-button").click()
    drawn = pixels(Path(saved.value.path()).read_bytes())
    assert drawn.shape[:2] == (1200, 1800)
    assert near(drawn, GREEN).mean() > 0.9 if copied else not near(drawn, GREEN).any()
    expect(page.locator(".map-note")).to_have_count(0 if copied else 1)
    assert page.evaluate("document.querySelectorAll('.leaflet-tile-loaded').length") > 8  # the map keeps them
