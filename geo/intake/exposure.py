"""Exposure tables: how many households, people, metres of street or shops each cell or area holds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from geo.errors import UnreadableFile
from geo.intake.area_facts import MEASURES, NAMES, measure_of
from geo.intake.readers import read_table
from geo.intake.text_table import TextTable, plain

KEY_NAMES = {
    "cell": ("cell", "h3", "h3_cell", "网格"),
    "area_id": ("area_id", "编号", "区域编码", "社区编码", "社区代码"),
    "name": ("name", "area", "area_name", "community", *NAMES["name"]),
}
"""What a table may be joined by; the first that is there counts."""
_NO_MEASURE = (*NAMES["area_id"], "no", "序号", "year", "年份", "年", "lat", "lon", "latitude", "longitude", "x", "y")
_NO_MEASURE += ("经度", "纬度", "resolution", "level")
_UNITS = {"公里": 1000.0, "千米": 1000.0, "km": 1000.0, "万": 10_000.0, "万人": 10_000.0, "万户": 10_000.0}


@dataclass(frozen=True)
class ExposureTable:
    """What a table says of cells or areas: one row each, one column per measure."""

    file: str
    key: str  # cell, area_id or name
    frame: pl.DataFrame  # the key, text that differs, and one Float64 column per measure, null where unknown
    left_out: tuple[str, ...] = ()  # columns that hold numbers and cannot be a measure

    @property
    def measures(self) -> tuple[str, ...]:
        """The names of the measures: households, population, street_length, points_of_interest, or the file's own."""
        return tuple(self.frame.columns[1:])


def read_exposure(path: str | Path) -> ExposureTable:
    """Return a table of one key (`cell`, `area_id` or `name`) and of measures, none of them negative.

    Any table format of `read_reports`. Measures are recognised by Chinese and English headers; besides them every
    column of numbers is one, under its own name. A unit in brackets (公里, km, 万人) is multiplied out; an empty field
    is unknown. Raises UnreadableFile where key or measure is missing or unreadable, or a key stands there twice.
    """
    path = Path(path)
    known = {plain(name) for names in (*KEY_NAMES.values(), *MEASURES.values()) for name in names}
    read = read_table(path, known=known)
    there = {plain(column): column for column in reversed(read.frame.columns)}
    key = next(((ours, there[plain(n)]) for ours, names in KEY_NAMES.items() for n in names if plain(n) in there), None)
    every_key = {plain(name) for names in KEY_NAMES.values() for name in names} | {plain(n) for n in _NO_MEASURE}
    measures: dict[str, pl.Series] = {}
    left_out: list[str] = []
    for column in read.frame.columns:
        name = measure_of(column)
        if (key and column == key[1]) or plain(column) in every_key:
            continue
        numbers, bad = _numbers(read.frame[column], column)
        if name in MEASURES:
            if bad.any():
                raise _unreadable(read, column, int(bad.arg_true()[0]))
            if name in measures:
                raise UnreadableFile(
                    "{file} has two columns of {measure}: {column} is the second. Leave one out.",
                    file=path.name,
                    measure=name,
                    column=column,
                )
        elif bad.any():
            left_out += [column] if bad.sum() < numbers.len() - read.frame[column].null_count() else []
            continue
        if numbers.null_count() < numbers.len():
            measures[name] = numbers
    if key is None or not measures:
        raise UnreadableFile(
            "{file} is no exposure table: it has the columns {found}. It needs cell, area_id or name, and a column of "
            "numbers such as households, population or street_length.",
            file=path.name,
            found=", ".join(read.frame.columns),
        )
    keys = read.frame[key[1]].str.strip_chars().replace("", None)
    unclear = keys.is_null() | keys.is_duplicated()
    if unclear.any():
        row = int(unclear.arg_true()[-1])
        raise UnreadableFile(
            '{file}, row {row}: "{value}" in column {column} is empty or stands there twice. Give one row per name.',
            file=path.name,
            row=read.rows[row],
            value=keys[row] or "",
            column=key[1],
        )
    return ExposureTable(path.name, key[0], pl.DataFrame({key[0]: keys, **measures}), tuple(left_out))


def _numbers(texts: pl.Series, header: str) -> tuple[pl.Series, pl.Series]:
    """Return the numbers of a column, null where empty, and where a text is no number at or above zero."""
    filled = texts.str.strip_chars().replace("", None)
    numbers = filled.str.replace_all("[,，]", "").cast(pl.Float64, strict=False)
    bad = filled.is_not_null() & (~numbers.is_finite() | (numbers < 0)).fill_null(True)
    unit = re.search(r"[(（\[]([^)）\]]*)[)）\]]\s*$", header)
    return numbers * _UNITS.get(unit[1].strip().lower() if unit else "", 1.0), bad


def _unreadable(read: TextTable, column: str, row: int) -> UnreadableFile:
    return UnreadableFile(
        '{file}, row {row}: "{value}" in column {column} is not a number of households or metres. Correct it, or '
        "leave the row out.",
        file=read.name,
        row=read.rows[row],
        value=read.frame[column][row],
        column=column,
    )
