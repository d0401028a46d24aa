"""What can be wrong with a row.

A fault of a row is a fixed sentence, so that it can be counted and translated; the value that caused it stands beside
it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from geo import tables

Flags = NDArray[np.bool_]

REJECTED_REASONS = {
    "no_coordinates": "No coordinates",
    "unreadable_coordinates": "Coordinates that cannot be read as two numbers on the earth",
    "zero_coordinates": "Both coordinates are zero",
    "no_opening_date": "No opening date",
    "unreadable_opening_date": "Opening date that cannot be read",
    "future_opening_date": "Opening date more than a day ahead",
    "damaged_id": "Number shortened by Excel: its last digits are lost",
    "too_many_fields": "More fields than the header names",
    "superseded": "Replaced by a later row with the same number",
    "outside": "Outside the study area, beyond its margin",
}
"""Why a row is left out."""

WARNING_REASONS = {
    "swapped_coordinates": "Latitude and longitude were swapped: put right",
    "closed_before_opened": "Closed before it was opened: closing date dropped",
    "future_closing_date": "Closing date more than a day ahead: dropped",
    "unreadable_closing_date": "Closing date that cannot be read: dropped",
    "unreadable_due_date": "Due date that cannot be read: dropped",
    "closing_date_while_open": "Closing date on an open report: dropped",
    "no_category": "No category: kept as unknown",
    "unknown_category": "Category not in the code table: kept as written",
    "unknown_status": "Status not known: taken from the closing date",
    "unknown_source": "Source not known: kept as other",
    "no_id": "No number: named after its row",
}
"""What was put right, or dropped, in a row that is kept."""


class Faults:
    """Collects the faults of one file. `flags` are one true or false per row of it.

    >>> faults, bad = Faults(pl.Series("row", [2, 3, 4])), np.array([False, True, False])
    >>> faults.add(bad, "lon", ["1", "east", "2"], REJECTED_REASONS["unreadable_coordinates"])
    >>> faults.table().rows()
    [(3, 'lon', 'east', 'Coordinates that cannot be read as two numbers on the earth')]
    """

    def __init__(self, rows: pl.Series) -> None:
        self._rows = rows.cast(pl.Int64)
        self._found: list[pl.DataFrame] = []
        self.flags: Flags = np.zeros(len(rows), dtype=bool)

    def add(self, flags: Flags, column: str, values: pl.Series | Sequence[str | None] | None, reason: str) -> None:
        """Note `reason` for every row flagged; `column` is the file's own name, `values` what stood there."""
        if not flags.any():
            return
        self.flags |= flags
        chosen = pl.Series(np.flatnonzero(flags))
        texts = (
            pl.Series("value", values, dtype=pl.String)
            if values is not None
            else pl.Series("value", [None] * len(flags))
        )
        found = pl.DataFrame({"row": self._rows.gather(chosen), "value": texts.cast(pl.String).gather(chosen)})
        self._found.append(found.select("row", pl.lit(column).alias("column"), "value", pl.lit(reason).alias("reason")))

    def table(self) -> pl.DataFrame:
        """Return the faults (tables.FAULTS) in the order of the file."""
        found = pl.concat([tables.empty(tables.FAULTS), *self._found])
        return found.sort("row", maintain_order=True)
