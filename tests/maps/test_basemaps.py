"""What the settings may ask for, what the browser is told, and an archive read piece by piece."""

from __future__ import annotations

import re
import urllib.request
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlparse

import pytest

from geo.errors import BadBaseMap
from geo.maps.archive_server import Served, serve
from geo.maps.archives import read_archive
from geo.maps.basemaps import BaseTiles, choose_base_map, scripts, wire
from tests.maps.archives import VECTOR, picture, write_archive

TILE = {(0, 0, 0): picture("#336699")}
URL = "https://tiles.example/{z}/{x}/{y}.png"


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return write_archive(
        tmp_path / "city.pmtiles", TILE, metadata={"attribution": "<a href='https://x.example'>Me</a>"}
    )


def test_without_settings_there_is_no_base_map() -> None:
    assert choose_base_map({}) is None


def test_tianditu_is_asked_with_the_key_in_web_mercator_and_not_shifted() -> None:
    base = choose_base_map({"tiles": "tianditu", "key": "a b&c", "attribution": "审图号：GS（2024）0000号"})
    assert base is not None
    spec = wire(base)
    ground, names = (urlparse(url) for url in spec["urls"])
    assert (ground.hostname, names.hostname) == ("t{s}.tianditu.gov.cn",) * 2
    assert (ground.path, names.path) == ("/vec_w/wmts", "/cva_w/wmts")
    assert "LAYER=vec&" in ground.query
    assert "LAYER=cva&" in names.query
    assert ground.query.endswith("TILEMATRIXSET=w&FORMAT=tiles&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk=a%20b%26c")
    assert not spec["shifted"]
    assert spec["attribution"] == "© 天地图 · 审图号：GS（2024）0000号"


def test_amap_is_asked_over_https_and_shifted() -> None:
    base = choose_base_map({"tiles": "AMap"})
    assert base is not None
    (url,) = wire(base)["urls"]
    assert url.startswith("https://webrd0{s}.is.autonavi.com/appmaptile?")
    assert wire(base)["shifted"]
    assert set(wire(base)["subdomains"]) == set("1234")


@pytest.mark.parametrize(
    ("datum", "shifted"), [("GCJ-02", True), ("高德", True), ("WGS-84", False), ("CGCS2000", False), (None, False)]
)
def test_a_tile_address_is_placed_by_its_datum(datum: str | None, shifted: bool) -> None:
    base = choose_base_map({"url": URL, "attribution": "Me"} | ({"datum": datum} if datum else {}))
    assert base is not None
    assert wire(base)["shifted"] is shifted
    assert scripts(base) == ()


def test_an_attribution_is_text(archive: Path) -> None:
    base = choose_base_map({"url": URL, "attribution": "<img src=x onerror=alert(1)>"})
    assert base is not None
    assert wire(base)["attribution"] == "&lt;img src=x onerror=alert(1)&gt;"
    assert read_archive(archive).attribution == "Me"


def test_an_archive_of_pictures_takes_its_reader_only(archive: Path) -> None:
    base = choose_base_map({"file": str(archive)})
    assert base is not None
    assert (base.kind, base.zooms, base.extent) == ("png", (0, 0), (-180.0, -85.0, 180.0, 85.0))
    assert [name for name, _ in BaseTiles(base, Served(1, "/x/basemap.pmtiles")).default_js] == ["pmtiles.js"]


def test_an_archive_of_drawings_takes_its_reader_only(tmp_path: Path) -> None:
    layers = {"vector_layers": [{"id": "earth"}, {"id": "roads"}]}
    base = choose_base_map(
        {"file": str(write_archive(tmp_path / "v.pmtiles", {(0, 0, 0): b""}, kind=VECTOR, metadata=layers))}
    )
    assert base is not None
    assert scripts(base) == ("protomaps-leaflet.js",)
    assert base.attribution == "© OpenStreetMap"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"key": "k"}, "exactly one"),
        ({"tiles": "amap", "url": URL}, "exactly one"),
        ({"tiles": "amap", "datum": "WGS-84"}, "datum is not a setting"),
        ({"tiles": "osm"}, "tile service osm is not known"),
        ({"tiles": "tianditu"}, "needs your own key"),
        ({"tiles": "tianditu", "key": " "}, "needs your own key"),
        ({"url": URL}, "whose map"),
        ({"url": URL, "attribution": "Me", "datum": "BD-09"}, "BD-09"),
        ({"url": URL, "attribution": "Me", "datum": "EPSG:4549"}, "EPSG:4549"),
        ({"url": URL, "attribution": "Me", "datum": "Mars"}, "Mars"),
        ({"url": "file:///{z}/{x}/{y}", "attribution": "Me"}, "begin with http"),
        ({"url": "https://tiles.example/{z}/{x}.png", "attribution": "Me"}, "{y}"),
        ({"url": URL + "?{key}", "attribution": "Me"}, "no other braces"),
        ({"url": URL + "{", "attribution": "Me"}, "no other braces"),
        ({"file": "nowhere.pmtiles"}, "not there"),
        ({"file": "."}, "not there"),
        ({"file": "x.pmtiles", "port": "web"}, "whole number"),
    ],
)
def test_settings_that_cannot_be_followed_are_refused_in_both_languages(settings: dict[str, str], said: str) -> None:
    with pytest.raises(BadBaseMap, match=re.escape(said)) as refused:
        choose_base_map(settings)
    assert re.search("[一-鿿]", refused.value.sentence("zh"))


def test_what_is_no_archive_or_cannot_be_drawn_is_refused(tmp_path: Path, archive: Path) -> None:
    whole = archive.read_bytes()
    broken = {
        "empty": b"",
        "picture": picture("red"),
        "older": whole[:7] + b"\x02" + whole[8:],
        "cut off": whole[:140],
    }
    for name, body in broken.items():
        (tmp_path / name).write_bytes(body)
        with pytest.raises(BadBaseMap, match=name):
            read_archive(tmp_path / name)
    brotli = write_archive(tmp_path / "brotli", TILE, inner=3)
    with pytest.raises(BadBaseMap, match="gzip"):
        read_archive(brotli)
    strange = write_archive(
        tmp_path / "strange", {(0, 0, 0): b""}, kind=VECTOR, metadata={"vector_layers": [{"id": "transportation"}]}
    )
    with pytest.raises(BadBaseMap, match="transportation"):
        read_archive(strange)


def test_a_large_archive_is_opened_and_served_without_being_read(tmp_path: Path) -> None:
    file = write_archive(tmp_path / "large.pmtiles", TILE)
    with file.open("r+b") as stream:
        stream.truncate(5_000_000_000)  # sparse: takes no room
    assert read_archive(file).kind == "png"
    port, path = serve(file)
    headers = {"Range": "bytes=4999999000-4999999009", "Origin": "http://localhost:8501"}
    asked = urllib.request.Request(f"http://localhost:{port}{path}", headers=headers)
    with urllib.request.urlopen(asked, timeout=10) as answer:
        assert answer.status == 206
        assert answer.headers["Content-Range"] == "bytes 4999999000-4999999009/5000000000"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.read() == bytes(10)


def test_only_the_archive_is_served_and_only_under_its_secret_path(archive: Path) -> None:
    port, path = serve(archive)
    assert serve(archive) == (port, path)
    with urllib.request.urlopen(f"http://localhost:{port}{path}", timeout=10) as answer:
        assert answer.read() == archive.read_bytes()
    for elsewhere in ("/", "/basemap.pmtiles", f"{path}/../../../etc/hosts", "/" + archive.name):
        with pytest.raises(HTTPError, match="404"):
            urllib.request.urlopen(f"http://localhost:{port}{elsewhere}", timeout=10)


def test_a_port_that_is_taken_is_named(archive: Path) -> None:
    port, _ = serve(archive)
    with pytest.raises(BadBaseMap, match=str(port)):
        serve(archive, "localhost", port)
