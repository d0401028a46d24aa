"""A list read back from a file that `write_list` wrote, in whichever language and format."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from geo import tables
from geo.errors import UnreadableFile
from geo.export.kind import Kind
from geo.words import LANGUAGES

ENDINGS = (".csv", ".xlsx", ".geojson", ".gpkg")


def read_back(path: str | Path, kind: Kind, needed: Sequence[str]) -> pl.DataFrame:
    """Return the rows of a written list under the names of `kind.columns`, values as they come out of the file.

    What a workbook says in words stays in words. A GeoJSON without a row has no columns: it gives the empty `needed`.

    Raises UnreadableFile where the file is not there or no such list, or lacks a column of `needed`.
    """
    path = Path(path)
    if not path.is_file():
        raise UnreadableFile("{file} is not there. Check the spelling and the folder.", file=str(path))
    frame = _open(path, kind)
    named = {kind.header(column, lang): column for column in kind.columns for lang in LANGUAGES}
    frame = frame.rename({name: named[name] for name in frame.columns if name in named})
    missing = [column for column in needed if column not in frame.columns]
    if missing and path.suffix.lower() == ".geojson" and not frame.height:
        return tables.empty({column: kind.columns[column] for column in needed})
    if missing:
        raise UnreadableFile(
            '{file} is no list "{list}": it has no column {column}. Give the file that Hexward wrote.',
            file=path.name,
            list=kind.heading,
            column=missing[0],
        )
    return frame


def _open(path: Path, kind: Kind) -> pl.DataFrame:
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
            layer = kind.layer if ending == ".gpkg" else None  # its style is a layer too
            return pl.DataFrame(pl.from_arrow(pyogrio.read_arrow(path, layer=layer, read_geometry=False)[1]))
    except (OSError, *damaged) as fault:
        raise _unreadable(path, kind) from fault
    raise _unreadable(path, kind)


def _unreadable(path: Path, kind: Kind) -> UnreadableFile:
    return UnreadableFile(
        '{file} cannot be read as the list "{list}". Give the CSV, XLSX, GeoPackage or GeoJSON that Hexward wrote.',
        file=path.name,
        list=kind.heading,
    )
