"""KML keeps rows, values and shapes, shows the classes in the colours of the map, and lets no text become HTML."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest

from geo import tables
from geo.export.lists import write_list
from tests.export.rows import HOSTILE, four_classes, hotspots

KML = {"k": "http://www.opengis.net/kml/2.2"}


class Tags(HTMLParser):
    """Collects the tags and the text that a balloon would show."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.cells: list[str] = [""]
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.cells.append("")

    def handle_data(self, data: str) -> None:
        self.cells[-1] += data


def parsed(table: gpd.GeoDataFrame, folder: Path, lang: str = "en", **about: str) -> ET.Element:
    return ET.parse(write_list(table, folder / "list.kml", lang=lang, about=about)).getroot()


def test_rows_values_and_shapes_come_back(tmp_path: Path) -> None:
    table = four_classes(place=["东风社区", "b", None, "d"], open_reports=[3, None, 0, 1])
    file = write_list(table, tmp_path / "list.kml")
    layers = [gpd.read_file(file, layer=name) for name, _ in pyogrio.list_layers(file)]
    back = pd.concat(layers).set_index("cell")
    assert list(back.index) == table["cell"].tolist(), "core first, too few last"
    for name in ("place", "p_value", "ratio", "open_reports", "cluster_id", "incidents"):
        got = [None if pd.isna(value) else value for value in back[name]]
        assert got == [None if pd.isna(value) else value for value in table[name]], name
    for name in ("hot", "core", "enough"):
        assert back[name].astype(bool).tolist() == table[name].tolist()
    assert [str(day)[:10] for day in back["window_start"]] == ["2026-08-17"] * 4
    assert gpd.GeoSeries(back.geometry.values).geom_equals_exact(table.geometry, 1e-6).all()


@pytest.mark.parametrize(
    ("lang", "first", "header"), [("en", "Core hot spot 1", "unit"), ("zh", "核心热点 1", "责任单位")]
)
def test_classes_are_folders_in_the_colours_of_the_map(lang: str, first: str, header: str, tmp_path: Path) -> None:
    root = parsed(four_classes(unit=["环卫所"] * 4, place=["东风社区"] * 4), tmp_path, lang, Days="17 Aug")
    folders = root.findall(".//k:Folder", KML)
    assert folders[0].findtext("k:name", "", KML) == first
    assert [f.findtext(".//k:styleUrl", "", KML) for f in folders] == ["#core", "#hot", "#expected", "#few"]
    assert [f.findtext("k:visibility", "", KML) for f in folders] == ["1", "1", "0", "0"]
    colours = {s.get("id"): s.findtext("k:PolyStyle/k:color", "", KML) for s in root.findall(".//k:Style", KML)}
    assert colours["core"] == "e619139b", "#9B1319 at .90, as KML writes it"
    assert colours["expected"] == "8cddd5cb"
    assert root.findtext(".//k:Style[@id='few']/k:PolyStyle/k:fill", "", KML) == "0", "hollow: we cannot say"
    assert folders[0].findtext("k:Placemark/k:name", "", KML) == "1. 东风社区"
    fields = {f.get("name"): f.findtext("k:displayName", "", KML) for f in root.findall(".//k:SimpleField", KML)}
    assert list(fields) == list(tables.HOTSPOTS)
    assert fields["unit"] == header
    assert len(set(fields.values())) == len(fields), "a header names one column"
    cells = Tags(folders[0].findtext("k:Placemark/k:description", "", KML)).cells
    assert cells[cells.index(header) + 1] == "环卫所"
    assert "17 Aug" in root.findtext("k:Document/k:description", "", KML)


def test_without_a_hot_spot_everything_is_shown(tmp_path: Path) -> None:
    root = parsed(hotspots(hot=[False] * 3, cluster_id=[None] * 3), tmp_path)
    assert {f.findtext("k:visibility", "", KML) for f in root.findall(".//k:Folder", KML)} == {"1"}


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text: str, tmp_path: Path) -> None:
    root = parsed(hotspots(place=[text] * 3, unit=[text] * 3), tmp_path, note=text)
    data = {d.get("name"): d.text for d in root.findall(".//k:SimpleData", KML)}
    assert data["place"] == data["unit"] == text
    shown = Tags(root.findtext(".//k:Placemark/k:description", "", KML))
    assert shown.tags == {"table", "tr", "td"}
    assert text in shown.cells
    assert Tags(root.findtext("k:Document/k:description", "", KML)).tags == {"table", "tr", "td"}
    balloons = {b.text for b in root.findall(".//k:BalloonStyle/k:text", KML)}
    assert balloons == {"$[description]"}, "nothing unescaped is put into a balloon"


def test_what_xml_cannot_hold_is_replaced(tmp_path: Path) -> None:
    root = parsed(hotspots(place=["a\x00b\x0bc\uffffd", None, None]), tmp_path)
    assert root.findtext(".//k:SimpleData[@name='place']", "", KML) == "a\ufffdb\ufffdc\ufffdd"


def test_one_of_several_categories_is_named(tmp_path: Path) -> None:
    root = parsed(hotspots(category=["S09005"] * 3, place=["东风社区"] * 3), tmp_path, "zh")
    assert root.findtext(".//k:Placemark/k:name", "", KML) == "1. 东风社区 · 店外经营"
