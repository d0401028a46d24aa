"""A list of alarms read back from the file of an earlier look, in whichever language and format it was written."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import polars as pl

from geo import tables
from geo.errors import UnreadableFile
from geo.export.columns import said
from geo.export.csv_text import neutral
from geo.export.recurring_kinds import ALARMS
from geo.words import LANGUAGES

ENDINGS = (".csv", ".xlsx", ".geojson", ".gpkg")
_CELLS = "^[0-9a-f]{15}(;[0-9a-f]{15})*$"
_DAYS = ("start", "end", "since")


def read_alarms(path: str | Path) -> pl.DataFrame:
    """Return the alarms of a file that `write_list` wrote: those columns of `tables.ALARMS` that tell one from another.

    A list without an alarm gives no row. A workbook has names of categories, see `with_codes`.

    Raises UnreadableFile where it is no such file, or an alarm of it has been changed past recognition.
    """
    path = Path(path)
    if not path.is_file():
        raise UnreadableFile("{file} is not there. Check the spelling and the folder.", file=str(path))
    frame = _open(path)
    columns = ("alarm_id", "category", "cells", *_DAYS)
    named = {ALARMS.header(column, lang): column for column in columns for lang in LANGUAGES}
    frame = frame.rename({name: named[name] for name in frame.columns if name in named})
    missing = [column for column in columns if column not in frame.columns]
    if missing and path.suffix.lower() == ".geojson" and not frame.height:
        return tables.empty({column: tables.ALARMS[column] for column in columns})
    if missing:
        raise UnreadableFile(
            "{file} is no list of alarms: it has no column {column}. Give the file that an earlier scan wrote.",
            file=path.name,
            column=missing[0],
        )
    rows = frame.select(columns).with_columns(
        pl.col(_DAYS).cast(pl.String).str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False),
        pl.col("cells").str.extract(_CELLS, 0),
    )
    for column in columns:
        spoilt = rows[column].is_null().arg_true()
        if len(spoilt):
            raise UnreadableFile(
                "Row {row} of {file} is no alarm: its {column} cannot be read. Give the file as the scan wrote it.",
                row=int(spoilt[0]) + 2,
                file=path.name,
                column=column,
            )
    return rows


def with_codes(alarms: pl.DataFrame, categories: Collection[str]) -> pl.DataFrame:
    """Return the alarms with those of the `categories` as codes that the file has under their names.

    >>> with_codes(pl.DataFrame({"category": ["店外经营", "all together"]}), ["S09005", "all"])["category"].to_list()
    ['S09005', 'all']
    """
    names = {said("category", code, lang): code for code in categories for lang in LANGUAGES}
    return alarms.with_columns(pl.col("category").replace(names | {neutral(code): code for code in categories}))


def _open(path: Path) -> pl.DataFrame:
    """Return the first table of a file, days and numbers as they come."""
    import fastexcel
    import pyogrio

    damaged = (
        pl.exceptions.PolarsError,
        fastexcel.FastExcelError,
        pyogrio.errors.DataSourceError,
        pyogrio.errors.DataLayerError,
    )
    ending = path.suffix.lower()
    try:
        if ending == ".csv":
            return pl.read_csv(path, infer_schema=False)
        if ending == ".xlsx":
            return fastexcel.read_excel(path).load_sheet(0, dtypes="string").to_polars()
        if ending in ENDINGS:
            layer = ALARMS.layer if ending == ".gpkg" else None  # its style is a layer too
            return pl.DataFrame(pl.from_arrow(pyogrio.read_arrow(path, layer=layer, read_geometry=False)[1]))
    except (OSError, *damaged) as fault:
        raise _unreadable(path) from fault
    raise _unreadable(path)


def _unreadable(path: Path) -> UnreadableFile:
    return UnreadableFile(
        "{file} cannot be read as a list of alarms. Give the CSV, XLSX, GeoPackage or GeoJSON that an earlier scan "
        "wrote.",
        file=path.name,
    )
