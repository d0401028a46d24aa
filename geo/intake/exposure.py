"""Exposure tables: how many households, people or metres of street each cell or area holds."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from geo.errors import UnreadableFile
from geo.intake.readers import read_table

KEY_NAMES = {
    "cell": ("cell", "h3", "h3_cell", "网格"),
    "area_id": ("area_id", "编号"),
    "name": ("name", "area", "community", "名称", "社区", "社区名称"),
}
VALUE_NAMES = ("exposure", "households", "population", "street_length", "户数", "人口", "常住人口", "道路长度")


def read_exposure(path: str | Path) -> pl.DataFrame:
    """Return a table of one key (`cell`, `area_id` or `name`) and `exposure` (float, not negative).

    Any table format of `read_reports`. Raises UnreadableFile where the key or the number is missing or unreadable, or a
    key stands there twice.
    """
    path = Path(path)
    read = read_table(path)
    table = read.frame
    lower = {c.strip().lower(): c for c in table.columns}
    key = next(((ours, lower[n]) for ours, names in KEY_NAMES.items() for n in names if n in lower), None)
    value = next((lower[n] for n in VALUE_NAMES if n in lower), None)
    if key is None or value is None:
        raise UnreadableFile(
            "{file} is no exposure table: it has the columns {found}. It needs cell, area_id or name, and exposure, "
            "households or population.",
            file=path.name,
            found=", ".join(table.columns),
        )
    number = table[value].cast(pl.String).str.strip_chars().cast(pl.Float64, strict=False)
    bad = (~number.is_finite() | (number < 0)).fill_null(True)
    if bad.any():
        row = int(bad.arg_true()[0])
        raise UnreadableFile(
            '{file}, row {row}: "{value}" in column {column} is not a number of households or metres. Correct it, or '
            "leave the row out.",
            file=path.name,
            row=read.rows[row],
            value=table[value][row],
            column=value,
        )
    names = table[key[1]].cast(pl.String).str.strip_chars().replace("", None)
    unclear = names.is_null() | names.is_duplicated()
    if unclear.any():
        row = int(unclear.arg_true()[-1])
        raise UnreadableFile(
            '{file}, row {row}: "{value}" in column {column} is empty or stands there twice. Give one row per name.',
            file=path.name,
            row=read.rows[row],
            value=names[row] or "",
            column=key[1],
        )
    return pl.DataFrame({key[0]: names, "exposure": number})
