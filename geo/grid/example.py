"""The smallest city, for the examples in docstrings: two cells, two weeks, four reports."""

from __future__ import annotations

from datetime import UTC, datetime

import h3
import polars as pl

from geo import tables
from geo.grid.cube import Cube, build_cube


def small_reports() -> pl.DataFrame:
    """Return four reports with their cells: three of litter in one, the second of them a duplicate; a noise beside.

    >>> small_reports()["incident_id"].to_list()
    ['hotline/1', 'hotline/1', 'hotline/3', 'hotline/4']
    """
    cells = sorted(h3.str_to_int(cell) for cell in h3.grid_disk("89283082803ffff", 1)[:2])
    first, second = datetime(2026, 3, 2, 12, tzinfo=UTC), datetime(2026, 3, 9, 12, tzinfo=UTC)
    return pl.DataFrame(
        {
            "system": "hotline",
            "report_id": ["1", "2", "3", "4"],
            "reported_at": [first, first, second, second],
            "closed_at": None,
            "due_at": second,
            "category": ["litter", "litter", "litter", "noise"],
            "source": "resident",
            "status": ["closed", "open", "open", "open"],
            "unit": "North office",
            "cell": pl.Series([cells[0], cells[0], cells[0], cells[1]], dtype=pl.UInt64),
            "incident_id": ["hotline/1", "hotline/1", "hotline/3", "hotline/4"],
            "pile": False,
            "coarse": False,
        },
        schema_overrides={"reported_at": tables.UTC_TIME, "closed_at": tables.UTC_TIME, "due_at": tables.UTC_TIME},
    )


def small_cube() -> Cube:
    """Return the cube of `small_reports`.

    >>> len(small_cube().cells), small_cube().last_day
    (2, datetime.date(2026, 3, 9))
    """
    reports = small_reports()
    return build_cube(reports, universe=reports["cell"].unique().to_list())
