"""A small real list: three hexagons, with what reporters may write."""

from __future__ import annotations

from datetime import date

import geopandas as gpd
import h3
import polars as pl

from geo import tables
from geo.grid.cells import cell_to_polygon

CELLS = sorted(h3.grid_disk(h3.latlng_to_cell(30.6, 104.2, 9), 1))[:4]
HOSTILE = (
    "=cmd|'/C calc'!A0",
    "+86 28",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "<script>alert(1)</script>",
    '"quoted", and\nbroken',
    "$[description] ]]> &amp; 'x'",
)


def hotspots(cells: int = 3, **columns: list[object]) -> gpd.GeoDataFrame:
    """Rows of tables.HOTSPOTS; what is not given is empty."""
    usual: dict[str, list[object]] = {
        "cell": list(CELLS),
        "lat": [30.6] * 4,
        "lon": [104.2] * 4,
        "category": ["all"] * 4,
        "incidents": [5, 0, 2, 1],
        "expected": [4.25] * 4,
        "hot": [True, False, False, False],
        "core": [False] * 4,
        "enough": [True, True, False, False],
        "window_start": [date(2026, 8, 17)] * 4,
        "cluster_id": [1, None, None, None],
    }
    frame = pl.DataFrame(
        {name: ({**usual, **columns}.get(name) or [None] * cells)[:cells] for name in tables.HOTSPOTS}, tables.HOTSPOTS
    )
    table = frame.to_pandas().astype(dict.fromkeys(("cluster_id", "open_reports", "overdue_reports"), "Int64"))
    shapes = cell_to_polygon([h3.str_to_int(c) for c in CELLS[:cells]])
    return gpd.GeoDataFrame(table, geometry=shapes, crs="EPSG:4326")


def four_classes(**columns: list[object]) -> gpd.GeoDataFrame:
    """One cell of each class: core, hot, as expected, too few."""
    flags: dict[str, list[object]] = {
        "core": [True, False, False, False],
        "hot": [True, True, False, False],
        "enough": [True, True, True, False],
        "cluster_id": [1, 1, None, None],
        "p_value": [1.25e-20, 0.001, 0.5, None],
        "ratio": [3.5, 2.25, 0.75, None],
    }
    return hotspots(4, **{**flags, **columns})
