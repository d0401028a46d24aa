"""The table of a Shapefile, written here because GDAL would write a chance of 1 in 10^20 as 0.

GDAL gives numbers 15 decimals. dBASE takes any notation that fits the field, so that numbers stand here as ArcGIS
writes them: in a field of type F, with an exponent where one is needed.
"""

from __future__ import annotations

import struct
from datetime import date
from typing import NamedTuple

import polars as pl

TEXT_BYTES = 254
_MOST_BYTES = 65_535  # of a record: its length is a 16-bit number
_MOST_FIELDS = 255  # what ArcGIS and GDAL both read


class _Field(NamedTuple):
    name: str
    kind: str  # C text, D date, F number with decimals, L truth, N whole number
    width: int
    decimals: int = 0


def too_long(frame: pl.DataFrame) -> bool:
    """Return whether a row of `frame` is more than a dBASE table can hold.

    >>> too_long(pl.DataFrame({"a": ["x"]})), too_long(pl.DataFrame({f"a_{n}": ["x" * 254] for n in range(300)}))
    (False, True)
    """
    return frame.width > _MOST_FIELDS or _record_bytes([_field(column) for column in frame]) > _MOST_BYTES


def dbf_bytes(frame: pl.DataFrame, written: date) -> bytes:
    """Return `frame` as a dBASE III table in UTF-8; `written` is the day that its header gives.

    Names have at most 10 letters of ASCII, texts at most 254 bytes. A missing number, date or text is blank, a missing
    truth value is "?"; an empty text is blank as well, the format has no other way to say it.

    >>> dbf_bytes(pl.DataFrame({"hot": [True, None], "n": [12, None]}), date(2026, 11, 15))[-41:].decode()
    ' T                12 ?                  \\x1a'
    """
    fields = [_field(column) for column in frame]
    opening = struct.pack(
        "<B3BIHH20x",
        3,
        written.year - 1900,
        written.month,
        written.day,
        frame.height,
        32 * len(fields) + 33,
        _record_bytes(fields),
    )
    described = [struct.pack("<11sc4xBB14x", f.name.encode(), f.kind.encode(), f.width, f.decimals) for f in fields]
    rows = [
        b" " + b"".join(_cell(value, field) for value, field in zip(row, fields, strict=True))
        for row in frame.iter_rows()
    ]
    return b"".join([opening, *described, b"\r", *rows, b"\x1a"])


def _record_bytes(fields: list[_Field]) -> int:
    return 1 + sum(field.width for field in fields)


def _field(column: pl.Series) -> _Field:
    if column.dtype == pl.Boolean:
        return _Field(column.name, "L", 1)
    if column.dtype == pl.Date:
        return _Field(column.name, "D", 8)
    if column.dtype.is_integer():
        return _Field(column.name, "N", 18)
    if column.dtype.is_float():
        return _Field(column.name, "F", 24, 15)
    longest = column.str.len_bytes().max()
    return _Field(column.name, "C", max(1, longest) if isinstance(longest, int) else 1)


def _cell(value: object, field: _Field) -> bytes:
    if value is None:
        return b"?" if field.kind == "L" else b" " * field.width
    if isinstance(value, bool):
        return b"T" if value else b"F"
    if isinstance(value, date):
        return value.strftime("%Y%m%d").encode()
    if isinstance(value, str):
        return value.encode().ljust(field.width)
    return repr(value).encode().rjust(field.width)
