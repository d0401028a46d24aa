"""What the browser loads comes from this machine."""

from __future__ import annotations

import re
from pathlib import Path

import folium
import pytest

from geo.maps import assets
from geo.ui import look


def test_the_folder_is_filled_once(tmp_path: Path) -> None:
    assert {path.name for path in assets.prepare(tmp_path)} == {
        "leaflet.js", "leaflet.css", "hexcells.js", "ground.js", "map.css",
    }  # fmt: skip
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


@pytest.mark.parametrize(
    "file", sorted([*assets.HERE.glob("*.*"), *look.ASSETS.glob("*.*")]), ids=lambda file: file.name
)
def test_our_own_assets_name_no_host(file: Path) -> None:
    hosts = set(re.findall(r"(?:https?:)?//[\w.-]+\.\w+", file.read_text("utf-8")))
    assert hosts <= {"http://www.w3.org"}  # the name of SVG's own vocabulary, never asked
