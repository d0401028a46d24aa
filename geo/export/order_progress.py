"""What came of work orders: the answers decided on so far, one row each, and the problems as they were sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from geo import tables
from geo.errors import UnreadableFile
from geo.export.csv_text import csv_bytes
from geo.export.lists import whole
from geo.planning.orders import NO_UNIT

PROGRESS: dict[str, Any] = {
    "target_id": pl.String,
    "order_id": pl.String,
    "state": pl.String,  # one of order_columns.STATE_SENTENCES
    "day": pl.Date,  # on which it was rectified
    "by_unit": pl.String,
    "note": pl.String,
    "photo": pl.String,
    "file": pl.String,  # the workbook it came in
    "row": pl.Int64,  # of its problem list, as a spreadsheet shows it
    "accepted_on": pl.Date,  # null where another answer was chosen over it
}
"""Every answer that was decided on, in the order in which it was: of a problem holds what was accepted last."""


def read_progress(path: str | Path) -> pl.DataFrame:
    """Return PROGRESS, without a row where there is no file yet. Raises UnreadableFile where it is not such a table."""
    return _read(Path(path), PROGRESS) if Path(path).exists() else tables.empty(PROGRESS)


def accepted(progress: pl.DataFrame) -> pl.DataFrame:
    """Return the answers that were accepted, without those over which another was chosen."""
    return progress.filter(pl.col("accepted_on").is_not_null())


def latest(progress: pl.DataFrame) -> pl.DataFrame:
    """Return the last answer accepted about every problem.

    >>> from datetime import date
    >>> day = date(2026, 11, 25)
    >>> rows = [("T-A", "not_yet", day), ("T-B", "not_ours", day), ("T-A", "rectified", day), ("T-B", "not_yet", None)]
    >>> latest(pl.DataFrame(rows, schema=["target_id", "state", "accepted_on"], orient="row"))["state"].to_list()
    ['not_ours', 'rectified']
    """
    return accepted(progress).unique("target_id", keep="last", maintain_order=True)


def write_progress(progress: pl.DataFrame, path: Path) -> None:
    """Write PROGRESS; the file appears whole or not at all. Raises BadList where it cannot be written there."""
    _write(progress, path)


def read_sent(path: str | Path) -> pl.DataFrame:
    """Return the problems (`tables.ORDERS`) that `write_sent` wrote. Raises UnreadableFile where it is not such."""
    return _read(Path(path), tables.ORDERS).with_columns(pl.col("unit").fill_null(NO_UNIT))


def write_sent(problems: pl.DataFrame, path: str | Path) -> Path:
    """Write the problems of all orders as CSV, so that what comes back can be held against what was sent.

    Raises BadList where it cannot be written there.
    """
    _write(problems, Path(path))
    return Path(path)


def _read(path: Path, columns: dict[str, Any]) -> pl.DataFrame:
    try:
        return pl.read_csv(path, infer_schema=False, schema_overrides=columns).select(list(columns))
    except (OSError, pl.exceptions.PolarsError) as fault:
        raise UnreadableFile(
            "{file} is not the table that Hexward wrote: it is missing, damaged, or its columns were changed. Take an "
            "untouched copy.",
            file=path.name,
        ) from fault


def _write(table: pl.DataFrame, path: Path) -> None:
    with whole(path) as part:
        part.write_bytes(csv_bytes(table))
