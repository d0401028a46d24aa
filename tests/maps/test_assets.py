"""What the browser loads comes from this machine."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import folium
import pytest

from geo.maps import assets
from geo.maps.assets import print_font
from geo.maps.assets.archive_readers import READERS, ROOT, fetch
from geo.ui import look

OURS = sorted([*assets.HERE.glob("*.js"), *assets.HERE.glob("*.css")])


def test_the_folder_is_filled_once(tmp_path: Path) -> None:
    expected = {"leaflet.js", "leaflet.css", *(file.name for file in OURS)}
    expected |= {reader.name for reader in READERS if reader.exists()}
    assert {path.name for path in assets.prepare(tmp_path)} == expected
    assert assets.prepare(tmp_path) == []
    (tmp_path / "map.css").write_text("old")
    assert [path.name for path in assets.prepare(tmp_path)] == ["map.css"]


def test_folium_asks_no_other_host(tmp_path: Path) -> None:
    assets.prepare(tmp_path)
    links = [link for _, link in (*folium.Map.default_js, *folium.Map.default_css)]
    assert links
    for link in links:
        assert link.startswith(assets.STATIC_URL)
        assert (tmp_path / link.removeprefix(assets.STATIC_URL)).is_file()


def test_leaflet_comes_first_and_no_page_loads_the_archive_readers(tmp_path: Path) -> None:
    assets.prepare(tmp_path)
    names = [name for name, _ in folium.Map.default_js]
    assert names[:2] == ["leaflet.js", "channel.js"]
    assert names[2:] == sorted(file.name for file in OURS if file.suffix == ".js" and file.name != "channel.js")
    assert not {reader.name for reader in READERS} & set(names)


def test_a_page_that_folium_writes_by_itself_has_every_link(tmp_path: Path) -> None:
    """folium keeps one link of a name: a style sheet called like a script once took its place."""
    assets.prepare(tmp_path)
    page = folium.Map(tiles=None).get_root().render()
    for name in ("leaflet.js", "leaflet.css", *(file.name for file in OURS)):
        assert page.count(f'"{assets.STATIC_URL}{name}"') == 1


@pytest.mark.parametrize(
    "file", sorted([*assets.HERE.glob("*.*"), *look.ASSETS.glob("*.*")]), ids=lambda file: file.name
)
def test_our_own_assets_name_no_host(file: Path) -> None:
    hosts = set(re.findall(r"(?:https?:)?//[\w.-]+\.\w+", file.read_text("utf-8")))
    assert hosts <= {"http://www.w3.org"}  # the name of SVG's own vocabulary, never asked


def test_what_npm_brings_is_held_by_version_and_digest() -> None:
    wanted = json.loads((ROOT / "package.json").read_text("utf-8"))["dependencies"]
    packages = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]
    assert set(wanted) == {reader.relative_to(ROOT / "node_modules").parts[0] for reader in READERS}
    wanted |= json.loads((ROOT / "package.json").read_text("utf-8"))["optionalDependencies"]
    for name, version in wanted.items():
        assert packages[f"node_modules/{name}"]["version"] == version
    for path, package in packages.items():
        assert "resolved" not in package  # no registry is named: npm asks the one it is set to
        assert not path or package["integrity"].startswith("sha512-")


@pytest.mark.parametrize("reader", READERS, ids=lambda file: file.name)
def test_the_archive_readers_are_whole_and_under_their_licence(reader: Path) -> None:
    if not reader.exists():
        pytest.skip("the scripts of PMTiles base maps were not fetched")
    facts = json.loads((reader.parents[1] / "package.json").read_text("utf-8"))
    assert facts["license"] == "BSD-3-Clause"
    assert reader.read_text("utf-8").startswith('"use strict";var p')


def test_without_a_connection_setup_goes_on_without_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(ROOT / name, tmp_path)
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9")  # nobody listens there
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
    assert fetch(tmp_path) is False
    assert print_font.fetch(tmp_path) is False
