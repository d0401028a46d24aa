"""The form of a mock inspection: written, filled in, read back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from openpyxl import load_workbook

from geo.errors import BadList, UnreadableFile
from geo.export.inspection_form import FORM_REASONS, Filled, read_form, sheet_name, write_form
from geo.planning.inspection import POINTS, form_rows
from geo.planning.scorecard import Indicator, Scorecard, example
from geo.words import say

CARD = Scorecard(
    "=表",
    "=Card",
    False,
    (
        Indicator("M1", "卫生", "Clean", "market", (), 0.3, 1.0, 2.0, look_for_english="=1+1 rubbish"),
        Indicator("M2", "秩序", "Order", "market", (), 0.5),
    ),
)
PLACES = pl.DataFrame(
    {
        "area_id": ["m/1", "m/2", "=m3"],
        "kind": "market",
        "name": ["West market", '=HYPERLINK("http://x")', "<b>南市场</b>"],
        "unit": ["@north", None, "south"],
        "lat": 30.0,
        "lon": 104.0,
        "number": [1, 2, 3],
        "of": 12,
    },
    schema=POINTS,
)
FIRST = 5  # row of the first line
COLUMN = {"number": 1, "indicator": 5, "found": 8, "not_rectified": 9, "notified_twice": 10, "note": 11, "photo": 12}
COLUMN |= {"area_id": 13, "check": 14}


def filled(path: Path, lang: str = "en", change: Callable[[Any], None] = lambda sheet: None) -> Filled:
    """Write the form, fill in every line (row - 4 problems), change it, save it, and read it back."""
    write_form(PLACES, CARD, path, lang=lang)
    book = load_workbook(path)
    sheet = book[sheet_name(lang)]
    for row in range(FIRST, FIRST + 6):
        sheet.cell(row, COLUMN["found"], row - 4)
    change(sheet)
    book.save(path)
    return read_form(path, PLACES, CARD)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_is_filled_in_comes_back(tmp_path: Path, lang: str) -> None:
    def more(sheet: Any) -> None:
        sheet.cell(FIRST, COLUMN["not_rectified"], 1)
        sheet.cell(FIRST, COLUMN["note"], "墙角 <b> & bins")
        sheet.cell(FIRST, COLUMN["photo"], "IMG-7")

    back = filled(tmp_path / "form.xlsx", lang, more)
    assert back.faults.height == 0
    assert (
        back.results.select("area_id", "indicator").rows()
        == form_rows(PLACES, CARD).select("area_id", "indicator").rows()
    )
    assert back.results["found"].to_list() == [1, 2, 3, 4, 5, 6]
    assert back.results.row(0) == ("m/1", "M1", 1, 1, None, "墙角 <b> & bins", "IMG-7")


def test_an_empty_form_has_no_fault_and_no_number(tmp_path: Path) -> None:
    write_form(PLACES, CARD, tmp_path / "form.xlsx")
    back = read_form(tmp_path / "form.xlsx", PLACES, CARD)
    assert back.faults.height == 0
    assert back.results["found"].null_count() == 6


FAULTS: dict[str, tuple[Callable[[Any], None], list[tuple[int | None, str, str]]]] = {
    "number": (lambda s: s.cell(6, COLUMN["found"], "many"), [(6, "found", "number")]),
    "fraction": (lambda s: s.cell(6, COLUMN["found"], 1.5), [(6, "found", "number")]),
    "huge": (lambda s: s.cell(6, COLUMN["found"], 1e12), [(6, "found", "number")]),
    "negative": (lambda s: s.cell(6, COLUMN["found"], -2), [(6, "found", "negative")]),
    "more": (lambda s: s.cell(6, COLUMN["notified_twice"], 9), [(6, "notified_twice", "more")]),
    "blank": (lambda s: s.cell(6, COLUMN["found"]).__setattr__("value", None), [(6, "found", "blank")]),
    "formula": (lambda s: s.cell(6, COLUMN["found"], "=1+1"), [(6, "found", "formula")]),
    "formula id": (lambda s: s.cell(6, COLUMN["area_id"], '="m/1"'), [(6, "area_id", "formula")]),
    "long": (lambda s: s.cell(6, COLUMN["note"], "x" * 501), [(6, "note", "long")]),
    "edited": (lambda s: s.cell(6, COLUMN["area_id"], "m/9"), [(6, "area_id", "edited")]),
    "another": (lambda s: s.cell(6, COLUMN["area_id"], "m/2"), [(6, "area_id", "edited")]),
    "check": (lambda s: s.cell(6, COLUMN["check"], "0"), [(6, "area_id", "edited")]),
    "twice": (lambda s: copy_line(s, 6, 11), [(11, "area_id", "twice")]),
    "unknown": (lambda s: add_line(s, 11, "m/77", "M1", "ABCD"), [(11, "area_id", "unknown")]),
    "missing": (lambda s: s.delete_rows(6), [(None, "area_id", "missing")]),
}


def copy_line(sheet: Any, row: int, to: int) -> None:
    for column in range(1, 15):
        sheet.cell(to, column, sheet.cell(row, column).value)


def add_line(sheet: Any, row: int, area: str, indicator: str, check: str) -> None:
    for name, value in (("area_id", area), ("indicator", indicator), ("check", check), ("found", 1)):
        sheet.cell(row, COLUMN[name], value)


@pytest.mark.parametrize("case", FAULTS)
def test_each_fault_is_told_by_its_row_and_the_others_stay(tmp_path: Path, case: str) -> None:
    change, expected = FAULTS[case]
    back = filled(tmp_path / "form.xlsx", change=change)
    told = back.faults.select("row", "column", "reason").rows()
    assert told == [(row, column, FORM_REASONS[reason]) for row, column, reason in expected]
    assert back.results.height == (6 if case in ("twice", "unknown") else 5)


def test_lines_may_be_sorted_and_numbers_typed_as_text(tmp_path: Path) -> None:
    def swap(sheet: Any) -> None:
        for column in range(1, 15):
            one, other = sheet.cell(5, column), sheet.cell(9, column)
            kinds = other.data_type, one.data_type
            one.value, other.value = other.value, one.value
            one.data_type, other.data_type = kinds  # or openpyxl takes a text that begins with = for a formula
        sheet.cell(6, COLUMN["found"], " ２ ")

    back = filled(tmp_path / "form.xlsx", change=swap)
    assert back.faults.height == 0
    found = {(row["area_id"], row["indicator"]): row["found"] for row in back.results.iter_rows(named=True)}
    assert found["m/1", "M1"] == 1
    assert found["m/1", "M2"] == 2


def test_a_workbook_that_is_not_the_form_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "form.xlsx"
    with pytest.raises(UnreadableFile, match="not there"):
        read_form(path, PLACES, CARD)
    path.write_bytes(b"no workbook")
    with pytest.raises(UnreadableFile):
        read_form(path, PLACES, CARD)
    with pytest.raises(UnreadableFile, match="not in its place"):
        filled(path, change=lambda sheet: sheet.delete_cols(3))
    write_form(PLACES, CARD, path)
    book = load_workbook(path)
    book[sheet_name()].title = "Other"
    book.save(path)
    with pytest.raises(UnreadableFile, match="has no sheet"):
        read_form(path, PLACES, CARD)


def test_nothing_in_the_form_is_a_formula_and_only_what_is_filled_in_is_open(tmp_path: Path) -> None:
    path = write_form(PLACES, CARD, tmp_path / "form.xlsx", about={"Seed": "=7"})
    book = load_workbook(path)
    assert not [c for sheet in book for row in sheet for c in row if c.data_type == "f"]
    sheet = book[sheet_name()]
    assert sheet.protection.sheet
    for row in range(FIRST, FIRST + 6):
        opened = {c.column for c in sheet[row] if not c.protection.locked}
        assert opened == {COLUMN[name] for name in ("found", "not_rectified", "notified_twice", "note", "photo")}
    assert sheet.cell(7, 2).value == '=HYPERLINK("http://x")'
    assert sheet.cell(7, 2).quotePrefix
    assert book.worksheets[1].max_row >= 3


def test_the_form_says_that_the_scorecard_is_an_example(tmp_path: Path) -> None:
    for lang in ("en", "zh"):
        book = load_workbook(write_form(PLACES, example(), tmp_path / f"{lang}.xlsx", lang=lang))
        text = " ".join(str(c.value) for row in book.worksheets[0].iter_rows(max_row=3) for c in row if c.value)
        assert example().caution[0].sentence(lang) in text
        assert book.worksheets[1].title == say("Scorecard", lang)


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadList, match="cannot be written"):
        write_form(PLACES, CARD, tmp_path / "no" / "form.xlsx")
