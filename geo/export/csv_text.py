"""CSV that a spreadsheet opens as it is meant: no cell of it can become a formula."""

from __future__ import annotations

import re

import polars as pl

from geo.intake.text_table import unique_names

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = r"[+-]?[0-9]+(?:\.[0-9]+)?"


def neutral(text: str) -> str:
    """Return `text` so that no spreadsheet reads it as a formula.

    >>> neutral("=HYPERLINK(1)"), neutral("plain"), neutral("")
    ("'=HYPERLINK(1)", 'plain', '')
    """
    return f"'{text}" if text.startswith(FORMULA_STARTS) and not re.fullmatch(_NUMBER, text) else text


def csv_bytes(frame: pl.DataFrame) -> bytes:
    """Return a table as CSV that Excel opens: UTF-8 with BOM, no formula, ISO dates, booleans `true` and `false`.

    A number written as text stays as it is: -71.06 is a longitude, and no formula.

    >>> csv_bytes(pl.DataFrame({"address": ["=1+1"], "hot": [True]})).decode("utf-8-sig").splitlines()
    ['address,hot', "'=1+1,true"]
    """
    starts = "|".join(rf"\x{ord(c):02x}" for c in FORMULA_STARTS)
    text = pl.col(pl.String)
    safe = frame.with_columns(
        pl.when(text.str.contains(f"^{_NUMBER}$")).then(text).otherwise(text.str.replace(f"^({starts})", "'${1}"))
    )
    safe.columns = unique_names([neutral(name) for name in frame.columns])[0]
    return safe.write_csv(include_bom=True).encode()
