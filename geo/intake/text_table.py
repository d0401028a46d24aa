"""One file as a table of text: what every file reader gives and everything after it takes."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import polars as pl

from geo.words import Note

GEOMETRY_X, GEOMETRY_Y = "geometry.x", "geometry.y"
"""The columns that the points of a GeoJSON, GeoPackage or GeoParquet file become, in the file's own CRS."""

HEADER_WITHIN = 20
"""Rows from the top among which the header is looked for."""


@dataclass(frozen=True)
class TextTable:
    """A file as text, rows without any value left out.

    `rows` is the line number of each row counted as a spreadsheet shows it, header = 1 where it is the first line: a
    quoted field over several lines is one row, a title above the header and empty rows count. In GeoJSON, GeoPackage
    and Parquet the first feature or row is 2.
    """

    name: str  # of the file, without its folder
    frame: pl.DataFrame  # every column String, null where empty
    rows: pl.Series  # Int64, one per row of `frame`
    kind: str  # "CSV", "XLSX", "Parquet", "GeoJSON" or "GeoPackage"
    encoding: str = ""
    separator: str = ""  # of a CSV; a comma in a number may mean what it does not mean elsewhere
    crs: str | None = None  # of GEOMETRY_X and GEOMETRY_Y, where the file says
    sheet: str = ""  # the worksheet or layer that was read
    overlong: dict[int, str] = field(default_factory=dict)  # row -> what stood beyond the last column
    doubled: frozenset[str] = frozenset()  # headers that stand twice, under their own name
    notes: tuple[Note, ...] = ()


def plain(header: str) -> str:
    """Return a header as it is compared: width, case, spaces, underscores and punctuation do not matter.

    >>> plain("Service Request Number") == plain("SERVICE_REQUEST_NUMBER"), plain(" 工单编号(必填) ")
    (True, '工单编号必填')
    """
    return "".join(c for c in unicodedata.normalize("NFKC", header).casefold() if c.isalnum())


def header_row(rows: Sequence[Sequence[str | None]], known: Collection[str]) -> int:
    """Return the position of the header among the first rows of a file.

    It is the row with most names of `known` (as `plain` gives them), two at least; without any, the first row that has
    more than half as many values as the fullest.

    >>> header_row([["Reports of 2026", None, None], ["id", "day", "place"], ["1", "2", "3"]], set())
    1
    """
    top = rows[:HEADER_WITHIN]
    familiar = [sum(plain(cell) in known for cell in row if cell) for row in top]
    if familiar and max(familiar) >= 2:
        return familiar.index(max(familiar))
    filled = [sum(bool(cell and cell.strip()) for cell in row) for row in top]
    return next((n for n, count in enumerate(filled) if 2 * count > max(filled)), 0)


def unique_names(cells: Sequence[str | None]) -> tuple[list[str], frozenset[str]]:
    """Return headers that differ, and those that stood twice; the second of a name gets a number.

    >>> unique_names(["id", "day", "id", None])
    (['id', 'day', 'id (2)', 'column 4'], frozenset({'id'}))
    """
    names: list[str] = []
    doubled = set()
    for place, cell in enumerate(cells, start=1):
        name = (cell or "").strip().lstrip("\ufeff") or f"column {place}"
        again, wanted = 1, name
        while name in names:
            doubled.add(wanted)
            again += 1
            name = f"{wanted} ({again})"
        names.append(name)
    return names, frozenset(doubled)
