"""A list of alarms read back from the file of an earlier look, in whichever language and format it was written."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import polars as pl

from geo.errors import UnreadableFile
from geo.export.columns import said
from geo.export.csv_text import neutral
from geo.export.read_back import read_back
from geo.export.recurring_kinds import ALARMS
from geo.words import LANGUAGES

_CELLS = "^[0-9a-f]{15}(;[0-9a-f]{15})*$"
_DAYS = ("start", "end", "since")


def read_alarms(path: str | Path) -> pl.DataFrame:
    """Return the alarms of a file that `write_list` wrote: those columns of `tables.ALARMS` that tell one from another.

    A list without an alarm gives no row. A workbook has names of categories, see `with_codes`.

    Raises UnreadableFile where it is no such file, or an alarm of it has been changed past recognition.
    """
    columns = ("alarm_id", "category", "cells", *_DAYS)
    frame = read_back(path, ALARMS, columns)
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
                file=Path(path).name,
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
