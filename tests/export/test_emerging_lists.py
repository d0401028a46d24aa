"""Lists of what became of places: the same six formats, with labels in the reader's language and the map's colours."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from xml.etree import ElementTree as ET

import geopandas as gpd
import h3
import openpyxl
import polars as pl
import pyogrio
import pytest

from geo import tables
from geo.export.kinds import HOT, emerging, kind_of
from geo.export.lists import ENDINGS, write_list
from geo.export.qgis import qml
from geo.export.shapefile import SHORT
from geo.grid.cells import cell_to_polygon
from geo.stats.emerging import CONSECUTIVE, LABEL_SENTENCES, PATTERNS, planner_word
from tests.export.rows import CELLS, HOSTILE

LABELS = ["new hot spot", "oscillating hot spot", "persistent cold spot", "no pattern detected"]
HISTORIES = ["....h", "hc..h", "ccccc", "..h.."]


def changes(place: str | None = "East < West") -> gpd.GeoDataFrame:
    frame = pl.DataFrame(
        {name: [None] * 4 for name in tables.EMERGING}
        | {
            "cell": CELLS,
            "lat": [30.6] * 4,
            "lon": [104.2] * 4,
            "category": ["all"] * 4,
            "lens": ["city"] * 4,
            "label": LABELS,
            "planner_label": [planner_word(*told) for told in zip(LABELS, HISTORIES, strict=True)],
            "trend_z": [1.25, 0.0, -2.5, 0.5],
            "trend_p": [0.2, 1.0, 0.012, 0.6],
            "hot_steps": [1, 2, 0, 1],
            "steps": [5] * 4,
            "history": HISTORIES,
            "place": [place, None, None, None],
        },
        tables.EMERGING,
    )
    return gpd.GeoDataFrame(frame.to_pandas(), geometry=cell_to_polygon([h3.str_to_int(c) for c in CELLS]), crs=4326)


@pytest.mark.parametrize("ending", [".geojson", ".gpkg", ".zip"])
def test_layers_come_back_as_they_were(ending: str, tmp_path: Path) -> None:
    file = write_list(changes(), tmp_path / f"list{ending}", about={"Days": "all"})
    assert pyogrio.list_layers(file)[0][0] == "emerging"
    back = gpd.read_file(file, layer="emerging")
    names = SHORT if ending == ".zip" else dict.fromkeys(tables.EMERGING)
    columns = [names[name] or name for name in tables.EMERGING]
    assert list(back.columns) == [*columns, "geometry"]
    assert back["label"].tolist() == LABELS
    assert back["history"].tolist() == HISTORIES
    assert back["hot_steps"].tolist() == [1, 2, 0, 1]
    assert back.geometry.iloc[2].symmetric_difference(changes().geometry.iloc[2]).area < 1e-9


def test_csv_is_for_scripts(tmp_path: Path) -> None:
    back = pl.read_csv(write_list(changes(), tmp_path / "list.csv", lang="zh"))
    assert back.columns == list(tables.EMERGING)
    assert back["label"].to_list() == LABELS
    assert back["history"].to_list() == HISTORIES


@pytest.mark.parametrize(
    ("lang", "title", "header", "words"),
    [
        ("en", "Emerging hot spots", "label", LABELS),
        ("zh", "热点演变", "演变类型", ["新增热点", "振荡热点", "持续冷点", "未检测到模式"]),
    ],
)
def test_a_workbook_speaks_to_its_reader(lang: str, title: str, header: str, words: list[str], tmp_path: Path) -> None:
    sheet = openpyxl.load_workbook(write_list(changes(), tmp_path / "list.xlsx", lang=lang)).worksheets[0]
    assert sheet.title == title
    at = [cell.value for cell in sheet[1]].index(header)
    assert [row[at] for row in sheet.iter_rows(min_row=2, values_only=True)] == words


def test_google_earth_has_a_folder_per_label(tmp_path: Path) -> None:
    root = ET.parse(write_list(changes(), tmp_path / "list.kml", lang="zh")).getroot()
    space = {"k": "http://www.opengis.net/kml/2.2"}
    folders = [folder.findtext("k:name", "", space) for folder in root.iterfind(".//k:Folder", space)]
    assert len(folders) == 4
    assert "新增热点 1" in folders[0]  # the newest on top
    assert [f.findtext("k:visibility", "", space) for f in root.iterfind(".//k:Folder", space)] == ["1", "1", "0", "0"]
    styles = {style.get("id") for style in root.iterfind(".//k:Style", space)}
    assert {p.findtext("k:styleUrl", "", space)[1:] for p in root.iterfind(".//k:Placemark", space)} <= styles


def test_qgis_draws_every_label(tmp_path: Path) -> None:
    file = write_list(changes(), tmp_path / "list.gpkg", lang="zh")
    with sqlite3.connect(file) as store:
        layer, style = store.execute("SELECT f_table_name, styleQML FROM layer_styles").fetchone()
    assert layer == "emerging"
    assert style == qml("zh", emerging())
    filters = [rule.get("filter") for rule in ET.fromstring(style).iterfind(".//rule")]
    assert len(filters) == len(set(filters)) == len(PATTERNS) + 1
    for label in LABEL_SENTENCES:
        mine = [which for which in filters if f"'{label}'" in which]
        if label == CONSECUTIVE:
            assert {which.rsplit(" = ", 1)[1] for which in mine} == {"'new'", "'chronic'"}
        else:
            assert mine == [f"\"label\" = '{label}'"]
    assert "new hot spot" in " ".join(filters[:2])  # the newest on top


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_empty_list_is_written_too(ending: str, tmp_path: Path) -> None:
    assert write_list(changes().iloc[:0], tmp_path / f"list{ending}").stat().st_size > 0


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_never_becomes_a_formula(text: str, tmp_path: Path) -> None:
    back = pl.read_csv(write_list(changes(text), tmp_path / "list.csv"))
    assert not back["place"][0].startswith(("=", "+", "-", "@", "\t"))


def test_a_table_of_the_map_is_a_list_of_hot_spots() -> None:
    assert kind_of([*tables.HOTSPOTS, *tables.EMERGING]) is HOT
    assert kind_of(tables.HOTSPOTS) is HOT
    assert len(emerging().names) == len(emerging().filters) == len(emerging().styles("en"))
