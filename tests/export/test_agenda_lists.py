"""Priorities, closing performance, score loss, choices: the same rows in six formats, in the colours of the screen."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import openpyxl
import polars as pl
import pyogrio
import pytest
import shapely

from geo.errors import UnreadableFile
from geo.export.agenda_kinds import CHOICES
from geo.export.columns import said
from geo.export.kinds import every_kind, kind_of
from geo.export.lists import ENDINGS, neutral, write_list
from geo.export.read_back import read_back
from geo.export.shapefile import SHORT
from tests.export.agenda_rows import LISTS, choices, performance, priorities
from tests.export.rows import HOSTILE
from tests.export.test_recurring_lists import columns_of, joined, reopened


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("name", LISTS)
def test_rows_and_columns_come_back_as_they_were(name: str, ending: str, tmp_path: Path) -> None:
    table = LISTS[name]()
    kind = kind_of(table.columns)
    assert kind.layer == name
    found, shapes = reopened(write_list(table, tmp_path / f"list{ending}", about={"Days": "all"}))
    if ending == ".kml":  # a folder per class, the findings first
        order = sorted(range(len(table)), key=lambda at: -int(kind.classes(table)[at]))
        table = table.iloc[order].reset_index(drop=True)
    expected = columns_of(table)
    if ending == ".zip":
        found = {column: joined(found, SHORT[column]) for column in kind.columns}
    if ending == ".xlsx":
        expected |= {column: [cell and said(column, cell) for cell in expected[column]] for column in kind.words}
    for column in kind.columns:
        assert found.get(column, [None] * len(table)) == expected[column], column
    if shapes is not None:
        assert all(a.hausdorff_distance(b) < 1e-6 for a, b in zip(shapes, table.geometry, strict=True))


@pytest.mark.parametrize("name", LISTS)
def test_qgis_draws_every_row_in_the_class_of_the_map(name: str, tmp_path: Path) -> None:
    table = LISTS[name]()
    kind = kind_of(table.columns)
    classes, styles = kind.classes(table), kind.styles("zh")
    assert set(classes.tolist()) == set(range(len(styles))), "every class has a row here"
    file = write_list(table, tmp_path / "list.gpkg", lang="zh")
    with closing(sqlite3.connect(file)) as store:
        root = ET.fromstring(store.execute("SELECT styleQML FROM layer_styles").fetchone()[0])
        rules = root.findall(".//rule")
        drawn = []
        for row in range(1, len(table) + 1):
            met = [
                bool(store.execute(f"SELECT {rule.get('filter')} FROM {name} WHERE fid = {row}").fetchone()[0])
                for rule in rules[:-1]
            ]
            assert sum(met) <= 1
            drawn.append(int(rules[met.index(True) if any(met) else -1].get("symbol", "")))
        caption = root.find(".//text-style").get("fieldName")  # type: ignore[union-attr]
        captions = [row[0] for row in store.execute(f"SELECT {caption} FROM {name} ORDER BY fid")]
    assert drawn == classes.tolist()
    assert [rule.get("label") for rule in reversed(rules)] == [style["label"] for style in styles]
    if name == "priorities":
        assert captions == ["1 东风社区", "2 b", None, None, None, None]
    if name == "choices":
        assert captions == ["1-1-1", "1-2-1", None, None]


def test_an_area_has_the_class_of_its_tier_whatever_its_board() -> None:
    kind = kind_of(priorities().columns)
    names = [kind.names[at] for at in kind.classes(priorities())]
    assert names == ["A", "A", "B", "C", "C", "few"]
    boards = [*priorities()["board"]]
    assert {"black", "red"} < set(boards), "they stand in a column of their own"


@pytest.mark.parametrize("name", LISTS)
def test_a_workbook_speaks_to_its_reader(name: str, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(write_list(LISTS[name](), tmp_path / "list.xlsx", lang="zh"))
    sheet = book.worksheets[0]
    header = [str(cell.value) for cell in sheet[1]]
    titles = {"priorities": "优先级", "performance": "结案情况", "losses": "失分", "choices": "选点清单"}
    assert sheet.title == titles[name]
    assert len(set(header)) == len(header), "a header names one column"
    assert not [word for word in header if word.isascii()]
    assert not [cell.comment.text for cell in sheet[1] if cell.comment.text.isascii()], "every meaning is in Chinese"
    first = [cell.value for cell in sheet[2]]
    word = {"priorities": "黑榜", "performance": "社区", "losses": "市场", "choices": "必选"}[name]
    assert word in first


def test_tiers_stand_out_in_a_workbook_and_shares_are_percentages(tmp_path: Path) -> None:
    sheet = openpyxl.load_workbook(write_list(priorities(), tmp_path / "list.xlsx")).worksheets[0]
    at = {str(cell.value): cell.column for cell in sheet[1]}
    fills = [sheet.cell(row, at["tier"]).fill.fgColor.rgb for row in (2, 4, 5)]
    assert fills == ["FF8C1515", "FFE5843A", "FFA9B4BE"]
    assert sheet.cell(2, at["p_top"]).number_format == "0%"
    assert sheet.cell(2, at["moved"]).number_format.startswith("+")


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("name", LISTS)
def test_an_empty_list_is_written_too(name: str, ending: str, tmp_path: Path) -> None:
    assert write_list(LISTS[name]().iloc[:0], tmp_path / f"list{ending}").stat().st_size > 0


@pytest.mark.parametrize("ending", ENDINGS)
def test_units_have_no_place_on_the_map(ending: str, tmp_path: Path) -> None:
    table = performance()
    table["by"], table["key"] = "unit", table["name"]
    table = table.set_geometry(gpd.GeoSeries([None] * len(table), crs="EPSG:4326"))
    found, shapes = reopened(write_list(table, tmp_path / f"list{ending}"))
    assert len(found["name" if ending != ".zip" else SHORT["name"]]) == len(table)
    if shapes is not None:
        assert shapes.isna().all()


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("name", LISTS)
def test_hostile_text_stays_text(name: str, text: str, tmp_path: Path) -> None:
    table = LISTS[name](text)
    assert pl.read_csv(write_list(table, tmp_path / "list.csv"))["name"][0] == neutral(text)
    book = openpyxl.load_workbook(write_list(table, tmp_path / "list.xlsx"))
    cell = book.worksheets[0].cell(2, 1 + list(table.columns).index("name"))
    assert (cell.data_type, cell.value) == ("s", text)
    root = ET.parse(write_list(table, tmp_path / "list.kml")).getroot()
    namespace = {"k": "http://www.opengis.net/kml/2.2"}
    assert text in [data.text for data in root.iterfind(".//k:SimpleData", namespace)]
    for shown in root.iterfind(".//k:Placemark/k:description", namespace):
        assert "<script" not in (shown.text or "")


def test_a_geopackage_holds_further_layers(tmp_path: Path) -> None:
    line = shapely.LineString([(104.2, 30.6), (104.21, 30.61)])
    routes = gpd.GeoDataFrame({"team": [1], "day": [2]}, geometry=[line], crs="EPSG:4326")
    file = write_list(choices(), tmp_path / "list.gpkg", beside={"routes": routes})
    assert {str(name) for name, _ in pyogrio.list_layers(file)} == {"choices", "routes", "layer_styles"}
    back = gpd.read_file(file, layer="routes")
    assert (back["team"][0], back["day"][0], back.geometry[0].equals(line)) == (1, 2, True)
    assert write_list(choices(), tmp_path / "list.csv", beside={"routes": routes}).stat().st_size > 0


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("ending", [".csv", ".xlsx", ".geojson", ".gpkg"])
def test_a_choice_is_read_back(ending: str, lang: str, tmp_path: Path) -> None:
    table = choices()
    rows = read_back(write_list(table, tmp_path / f"list{ending}", lang=lang), CHOICES, ("area_id", "chosen", "gain"))
    assert rows["area_id"].to_list() == table["area_id"].to_list()
    told = rows["chosen"].cast(pl.String).str.to_lowercase().is_in(["true", "1"])
    assert told.to_list() == [True, True, False, False]
    assert np.allclose(rows["gain"].cast(pl.Float64), table["gain"])


def test_another_list_is_no_choice(tmp_path: Path) -> None:
    file = write_list(performance(), tmp_path / "list.csv")
    with pytest.raises(UnreadableFile, match="Choice of targets") as refusal:
        read_back(file, CHOICES, ("area_id",))
    assert "选点清单" in refusal.value.sentence("zh")


def test_every_kind_is_known_by_its_own_column() -> None:
    assert [kind_of(kind.columns) for kind in every_kind()] == list(every_kind())
