"""Category tables as data."""

from __future__ import annotations

import csv
from pathlib import Path

import polars as pl
import pytest

from geo.intake.categories import (
    GB_2026,
    category_name,
    category_table,
    find_category,
    read_categories,
    suggest_category,
)


def test_the_table_is_the_published_one(shared: Path) -> None:
    with (shared / "data/china/gb47678_5_2026_categories.csv").open(encoding="utf-8-sig") as file:
        published = {
            ("B" if row["kind"] == "管理部件" else "S") + row["code"]: row["name"] for row in csv.DictReader(file)
        }
    assert category_table().names == published


def test_every_code_has_names_of_its_own_in_both_languages() -> None:
    table = category_table()
    assert len(table.by_name) == len(table.names) == 403
    assert len({(code[0], english) for code, english in table.english.items()}) >= 400
    assert all(english.isascii() and english for english in table.english.values())


@pytest.mark.parametrize(
    ("text", "major", "kind", "code"),
    [
        ("S09005", "", "", "S09005"),
        ("s09005", "", "", "S09005"),
        ("09005", "", "", "S09005"),
        ("店外经营", "", "", "S09005"),
        ("09005 店外经营", "", "", "S09005"),
        ("街面秩序类/店外经营", "", "", "S09005"),
        ("事件>街面秩序>店外经营", "", "", "S09005"),
        ("店外经营（09005）", "", "", "S09005"),
        ("005", "09", "", "S09005"),
        ("5", "9", "事件", "S09005"),
        ("01001", "", "部件", "B01001"),
        ("01001", "", "事件", "S01001"),
        ("001", "01", "部件", "B01001"),
        ("供水井盖", "", "", "B01001"),
        ("供水井盖异常", "", "", "S01001"),
        ("输油(气)井盖", "", "", "B01021"),
        ("01001", "", "", None),
        ("99999", "", "", None),
        ("飞碟", "", "", None),
        ("13800138000", "", "", None),
    ],
)
def test_ways_to_write_a_category(text: str, major: str, kind: str, code: str | None) -> None:
    assert find_category(text, major=major, kind=kind) == code


def test_every_code_and_name_finds_itself() -> None:
    names = category_table().names
    assert {code: (find_category(code), find_category(name)) for code, name in names.items()} == {
        code: (code, code) for code in names
    }


def test_codes_of_2013_are_only_suggested() -> None:
    assert suggest_category("0405") == "S09005"
    assert category_name("S09005", "zh") == "店外经营"
    assert suggest_category("0999") is None
    assert read_categories(pl.Series(["0405"]), table=GB_2026).row(0) == ("0405", False)


def test_a_city_with_its_own_words_keeps_them() -> None:
    values = pl.Series([" Graffiti Removal ", None, ""])
    assert read_categories(values).rows() == [("Graffiti Removal", True), ("unknown", True), ("unknown", True)]
    assert category_name("Graffiti Removal", "zh") == "Graffiti Removal"
