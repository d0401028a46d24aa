"""Relapses, clusters, alarms, blind spots: the same rows in six formats, in the words and colours of the screen."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import geopandas as gpd
import openpyxl
import pandas as pd
import polars as pl
import pyogrio
import pytest

from geo.export.columns import said
from geo.export.kinds import kind_of
from geo.export.kml import title
from geo.export.lists import ENDINGS, neutral, write_list
from geo.export.shapefile import SHORT
from tests.export.recurring_rows import LISTS
from tests.export.rows import HOSTILE

KML = {"k": "http://www.opengis.net/kml/2.2"}


def value(cell: Any) -> Any:
    """Return a value as every format can say it: days as text, truth as 0 and 1, nothing as None."""
    if cell is None or cell is pd.NaT or cell is pd.NA or cell != cell or cell == "":
        return None
    if isinstance(cell, datetime | date):
        return cell.isoformat()[:10]
    if isinstance(cell, bool) or type(cell).__name__ == "bool_":
        return int(cell)
    return round(float(cell), 9) if isinstance(cell, int | float) else str(cell)


def columns_of(table: gpd.GeoDataFrame) -> dict[str, list[Any]]:
    return {name: [value(cell) for cell in table[name]] for name in table.columns if name != "geometry"}


def reopened(file: Path) -> tuple[dict[str, list[Any]], Any]:
    """Return the columns of a written list, and its shapes where it has some."""
    if file.suffix == ".csv":
        return columns_of(pl.read_csv(file).to_pandas()), None
    if file.suffix == ".xlsx":
        header, *rows = openpyxl.load_workbook(file).worksheets[0].values
        return {str(name): [value(row[at]) for row in rows] for at, name in enumerate(header)}, None
    layers = [gpd.read_file(file, layer=name) for name, _ in pyogrio.list_layers(file) if name != "layer_styles"]
    back = pd.concat(layers, ignore_index=True)
    return (placemarks(file) if file.suffix == ".kml" else columns_of(back)), back.geometry


def placemarks(file: Path) -> dict[str, list[Any]]:
    """Return the data of a KML as they stand in it: GDAL takes fields called `name` and `end` for its own."""
    root = ET.parse(file).getroot()
    typed = {field.get("name", ""): field.get("type") for field in root.iterfind(".//k:SimpleField", KML)}
    rows = [
        {data.get("name", ""): data.text or "" for data in mark.iterfind(".//k:SimpleData", KML)}
        for mark in root.iterfind(".//k:Placemark", KML)
    ]
    return {
        name: [value(row[name] if kind == "string" else float(row[name])) if name in row else None for row in rows]
        for name, kind in typed.items()
    }


def joined(columns: dict[str, list[Any]], short: str) -> list[Any]:
    """Return a column of a Shapefile with the pieces it goes on in."""
    parts = [cells for name, cells in columns.items() if re.fullmatch(rf"{short}(_\d+)?", name)]
    if len(parts) == 1:
        return parts[0]
    return ["".join(str(cell) for cell in row if cell is not None) or None for row in zip(*parts, strict=True)]


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("name", LISTS)
def test_rows_and_columns_come_back_as_they_were(name: str, ending: str, tmp_path: Path) -> None:
    table = LISTS[name]()
    kind = kind_of(table.columns)
    assert kind.layer == name
    found, shapes = reopened(write_list(table, tmp_path / f"list{ending}", about={"Days": "all"}))
    if ending == ".kml":  # a folder per class, the findings first
        classes = kind.classes(table)
        table = table.iloc[sorted(range(len(table)), key=lambda at: -int(classes[at]))].reset_index(drop=True)
    expected = columns_of(table)
    if ending == ".zip":
        found = {column: joined(found, SHORT[column]) for column in kind.columns}
    if ending == ".xlsx":
        expected |= {column: [cell and said(column, cell) for cell in expected[column]] for column in kind.words}
    for column in kind.columns:
        assert found.get(column, [None] * len(table)) == expected[column], column
    if shapes is not None:
        assert all(a.hausdorff_distance(b) < 1e-6 for a, b in zip(shapes, table.geometry, strict=True))
        assert [a.area for a in shapes] == pytest.approx([a.area for a in table.geometry], abs=1e-9), "holes stay"


@pytest.mark.parametrize("name", LISTS)
def test_every_class_is_drawn_as_on_the_map(name: str, tmp_path: Path) -> None:
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
    assert drawn == classes.tolist()
    assert [rule.get("label") for rule in reversed(rules)] == [style["label"] for style in styles]
    marks = {symbol.get("type") for symbol in root.findall(".//symbol")}
    assert marks == ({"marker"} if name == "relapses" else {"fill"})
    kml = ET.parse(write_list(table, tmp_path / "list.kml", lang="zh")).getroot()
    labels = [folder.findtext("k:name", "", KML).rsplit(" ", 1)[0] for folder in kml.iterfind(".//k:Folder", KML)]
    assert labels == [styles[at]["label"] for at in sorted(set(classes.tolist()), reverse=True)]


def test_a_row_is_called_by_its_place() -> None:
    called = {
        name: title(rows().iloc[0].to_dict(), kind_of(rows().columns).called, "zh") for name, rows in LISTS.items()
    }
    assert called == {
        "relapses": "人民路10号 · 店外经营",
        "clusters": "东风社区",
        "alarms": "东风社区，近菜场 · 店外经营",
        "blind_spots": "东风社区",
    }


@pytest.mark.parametrize(
    ("name", "heading", "state"),
    [
        ("relapses", "回潮反弹", None),
        ("clusters", "聚集区演变", "新生"),
        ("alarms", "预警", "新出现"),
        ("blind_spots", "盲区", "社区"),
    ],
)
def test_a_workbook_speaks_to_its_reader(name: str, heading: str, state: str | None, tmp_path: Path) -> None:
    table = LISTS[name]()
    sheet = openpyxl.load_workbook(write_list(table, tmp_path / "list.xlsx", lang="zh")).worksheets[0]
    header = [cell.value for cell in sheet[1]]
    assert sheet.title == heading
    assert len(set(header)) == len(header), "a header names one column"
    assert not [word for word in header if str(word).isascii()]
    assert "问题数" in header
    if state:
        assert state in [cell.value for cell in sheet[2]]


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("name", LISTS)
def test_an_empty_list_is_written_too(name: str, ending: str, tmp_path: Path) -> None:
    assert write_list(LISTS[name]().iloc[:0], tmp_path / f"list{ending}").stat().st_size > 0


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("name", LISTS)
def test_hostile_text_stays_text(name: str, text: str, tmp_path: Path) -> None:
    table = LISTS[name](text)
    column = next(name for name in ("place", "areas", "name") if name in table.columns)
    assert pl.read_csv(write_list(table, tmp_path / "list.csv"))[column][0] == neutral(text)
    book = openpyxl.load_workbook(write_list(table, tmp_path / "list.xlsx"))
    cell = book.worksheets[0].cell(2, 1 + list(table.columns).index(column))
    assert (cell.data_type, cell.value) == ("s", text)
    root = ET.parse(write_list(table, tmp_path / "list.kml")).getroot()
    assert text in [data.text for data in root.iterfind(".//k:SimpleData", KML)]
    for shown in root.iterfind(".//k:Placemark/k:description", KML):
        assert "<script" not in (shown.text or "")
