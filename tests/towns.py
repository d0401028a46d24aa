"""Towns small enough to work an answer by hand: seven cells, a centre and its ring."""

from __future__ import annotations

from datetime import UTC, datetime

import h3
import polars as pl

from geo import tables
from geo.grid.cube import Cube, build_cube

CENTRE = h3.latlng_to_cell(30.6, 104.2, 9)
TOWN = sorted(h3.str_to_int(c) for c in h3.grid_disk(CENTRE, 1))  # seven cells, a centre and its ring


def town(rows: list[dict[str, object]]) -> pl.DataFrame:
    """Assigned reports from what matters in a test; the rest is filled in."""
    usual = {
        "system": "s",
        "reported_at": datetime(2026, 11, 2, 4, tzinfo=UTC),
        "closed_at": None,
        "status": "open",
        "category": "litter",
        "lat": 30.6,
        "lon": 104.2,
        "source": "resident",
        "unit": "north",
        "address": "",
        "asset_id": None,
        "description": "",
        "due_at": None,
        "labelled_duplicate": False,
        "pile": False,
        "coarse": False,
        "cell": TOWN[0],
        "community": [],
        "estate": [],
    }
    filled = [{"report_id": str(at), "incident_id": f"s/{at}", **usual, **row} for at, row in enumerate(rows)]
    schema = {**tables.REPORTS, **tables.INCIDENT_COLUMNS, "cell": pl.UInt64, "community": pl.List(pl.String)}
    schema["estate"] = pl.List(pl.String)
    return pl.DataFrame(filled, schema=schema)


def cube_of(rows: list[dict[str, object]], **options: object) -> Cube:
    return build_cube(town(rows), universe=TOWN, resolution=9, **options)  # type: ignore[arg-type]
