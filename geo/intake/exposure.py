"""Exposure tables: how many households, people, metres of street or shops each cell or area holds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from geo.errors import UnreadableFile
from geo.intake.amounts import counts_nothing, read_amounts, unit_of
from geo.intake.area_facts import MEASURES, NAMES, measure_of
from geo.intake.readers import read_table
from geo.intake.text_table import TextTable, plain

KEY_NAMES = {
    "cell": ("cell", "h3", "h3_cell", "网格"),
    "area_id": ("area_id", "编号", "区域编码", "社区编码", "社区代码"),
    "name": ("name", "area", "area_name", "community", *NAMES["name"]),
}
"""What a table may be joined by; the first that is there counts."""


@dataclass(frozen=True)
class ExposureTable:
    """What a table says of cells or areas: one row each, one column per measure."""

    file: str
    key: str  # cell, area_id or name
    frame: pl.DataFrame  # the key, text that differs, and one Float64 column per measure, null where unknown
    left_out: tuple[str, ...] = ()  # columns that hold numbers and cannot be a measure
    unknown_units: tuple[str, ...] = ()  # columns of known measures whose unit is not: taken as they stand

    @property
    def measures(self) -> tuple[str, ...]:
        """The names of the measures: households, population, street_length, points_of_interest, or the file's own."""
        return tuple(self.frame.columns[1:])


def read_exposure(path: str | Path) -> ExposureTable:
    """Return a table of one key (`cell`, `area_id` or `name`) and of measures, none of them negative.

    Any table format of `read_reports`. Measures are recognised by Chinese and English headers; besides them every
    column of numbers is one, under its own name, but for ranks, telephone numbers and codes. A unit in brackets (公里,
    km, 万人, 千户) is multiplied out; one that is not known stays in the name of a column of the file's own. An empty
    field is unknown. Raises UnreadableFile where key or measure is missing or unreadable, a key stands there twice, or
    a comma may mean thousands and decimals.
    """
    path = Path(path)
    known = {plain(name) for names in (*KEY_NAMES.values(), *MEASURES.values()) for name in names}
    read = read_table(path, known=known)
    there = {plain(column): column for column in reversed(read.frame.columns)}
    key = next(((ours, there[plain(n)]) for ours, names in KEY_NAMES.items() for n in names if plain(n) in there), None)
    every_key = {plain(name) for names in KEY_NAMES.values() for name in names}
    measures: dict[str, pl.Series] = {}
    left_out: list[str] = []
    unknown_units: list[str] = []
    for column in read.frame.columns:
        if (key and column == key[1]) or plain(column) in every_key:
            continue
        name, (factor, unit) = measure_of(column), unit_of(column)
        numbers, bad, unclear = read_amounts(read.frame[column], read.separator)
        if name not in MEASURES:
            if counts_nothing(column) or (bad & ~unclear).any():
                left_out += [column] if (numbers.is_not_null() & ~bad).any() else []
                continue
            name = column if unit else name
        if bad.any():
            raise _unreadable(read, column, int(bad.arg_true()[0]), unclear=bool(unclear[bad.arg_true()[0]]))
        if numbers.null_count() == numbers.len():
            continue
        if name in measures:
            raise UnreadableFile(
                "{file} has two columns of {measure}: {column} is the second. Leave one out.",
                file=path.name,
                measure=name,
                column=column,
            )
        measures[name] = numbers * factor
        unknown_units += [column] if unit and name in MEASURES else []
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
    frame = pl.DataFrame({key[0]: keys, **measures})
    return ExposureTable(path.name, key[0], frame, tuple(left_out), tuple(unknown_units))


def _unreadable(read: TextTable, column: str, row: int, *, unclear: bool) -> UnreadableFile:
    there = {"file": read.name, "row": read.rows[row], "value": read.frame[column][row], "column": column}
    if unclear:
        return UnreadableFile(
            '{file}, row {row}: the comma of "{value}" in column {column} may be for thousands or for decimals. '
            "Write numbers without commas, with a point before decimals.",
            **there,
        )
    return UnreadableFile(
        '{file}, row {row}: "{value}" in column {column} is not a number of households or metres. Correct it, or '
        "leave the row out.",
        **there,
    )
