"""The orders as files: every one of them reopened."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import geopandas as gpd
import openpyxl
import polars as pl
import pypdfium2
import pytest

from geo.errors import BadList
from geo.export.work_orders import POINTS, file_names, write_orders, zipped
from geo.maps.assets import print_font
from tests.export.printed_orders import DEPOT, EAST, NO_UNIT, only, orders
from tests.export.rows import HOSTILE


@pytest.mark.usefixtures("font")
@pytest.mark.slow  # a browser test and the verb reopen every file too
def test_every_unit_gets_a_workbook_and_a_sheet(tmp_path: Path) -> None:
    found = orders(3)
    folder = tmp_path / "new" / "orders"
    files = write_orders(found, folder, lang="zh", about={"窗口": "13周"})
    names = [EAST, DEPOT, "未指定责任单位"]
    assert [file.name for file in files] == [f"{n}.{end}" for n in names for end in ("xlsx", "pdf")] + [POINTS]
    assert sorted(folder.iterdir()) == sorted(files)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["orders"]
    for unit, name in zip((EAST, DEPOT, NO_UNIT), names, strict=True):
        ids = set(found.problems_of(unit)["target_id"])
        sheet = openpyxl.load_workbook(folder / f"{name}.xlsx").worksheets[0]
        cells = {cell for row in sheet.values for cell in row}
        assert ids <= cells
        document = pypdfium2.PdfDocument(folder / f"{name}.pdf")
        text = "".join(document[at].get_textpage().get_text_bounded() for at in range(len(document)))
        document.close()
        assert all(text.count(key) == 1 for key in ids)
        assert found.order_id(unit) in text
    points = gpd.read_file(folder / POINTS)
    assert set(points["target_id"]) == set(found.problems["target_id"])
    row = points[points["target_id"] == "T-00000000"].iloc[0]
    assert (row["unit"], row["order_id"], row["category_name"]) == (EAST, "WO-20261115-XTE3-01", "店外经营")
    assert (row.geometry.x, row.geometry.y) == pytest.approx(found.problems.select("lon", "lat").row(0), abs=1e-7)


@pytest.mark.usefixtures("font")
def test_orders_overwrite_nothing(tmp_path: Path) -> None:
    filled_in = tmp_path / "orders" / f"{EAST}.xlsx"
    filled_in.parent.mkdir()
    filled_in.write_text("filled in")
    with pytest.raises(BadList, match="not empty"):
        write_orders(orders(1), filled_in.parent)
    assert filled_in.read_text() == "filled in"


def test_orders_are_written_all_or_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(print_font, "REGULAR", tmp_path / "none.ttf")
    with pytest.raises(BadList, match="make setup"):
        write_orders(orders(1), tmp_path / "orders", lang="zh")
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("font")
@pytest.mark.slow  # a browser test and the verb reopen every file too
def test_the_zip_holds_the_same_files(tmp_path: Path) -> None:
    packed = zipped(write_orders(only(orders(1), EAST), tmp_path, lang="en"))
    with zipfile.ZipFile(BytesIO(packed)) as file:
        assert file.testzip() is None
        assert {entry.date_time[0] for entry in file.infolist()} == {1980}
        assert f"{EAST}.pdf" in file.namelist()
        assert json.loads(file.read(POINTS))["features"]


def test_names_of_files_are_safe_everywhere() -> None:
    units = ["a/b", "a\\b", "A?B", "con", "com1.x", "..", " x. ", "东" * 300, "东" * 300, *HOSTILE, "\u202etxt"]
    names = file_names(units)
    assert len({name.casefold() for name in names}) == len(units)
    for name in names:
        assert not set('<>:"/\\|?*\n\t') & set(name)
        assert name == name.strip(". ")
        assert len(name.encode()) < 140
        assert name.casefold() not in ("con", "com1.x", "..")


@pytest.mark.usefixtures("font")
def test_points_hold_no_formula_and_no_place_without_coordinates(tmp_path: Path) -> None:
    found = orders(6)
    hidden = replace(found, problems=found.problems.with_columns(place=pl.lit("=1+1")))
    (tmp_path / "empty").mkdir()
    files = write_orders(only(hidden, DEPOT), tmp_path / "empty", lang="en")
    features = json.loads(files[-1].read_text("utf-8"))["features"]
    assert len(features) == 5
    assert {feature["properties"]["place"] for feature in features} == {"'=1+1"}
