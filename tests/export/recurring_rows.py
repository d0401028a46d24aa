"""Small real lists of what keeps coming back, every class of each, with what reporters may write."""

from __future__ import annotations

from datetime import date
from typing import Any

import geopandas as gpd
import polars as pl
import shapely

from geo import tables
from geo.grid.cells import cell_to_polygon
from tests.export.rows import CELLS

SQUARE = shapely.box(104.2, 30.6, 104.21, 30.61)
RING = SQUARE.difference(shapely.box(104.204, 30.604, 104.206, 30.606))
APART = shapely.union_all([SQUARE, shapely.box(104.3, 30.6, 104.31, 30.61)])
HEXAGONS = cell_to_polygon([int(cell, 16) for cell in CELLS])


def rows_of(columns: dict[str, Any], shapes: list[Any], rows: dict[str, list[Any]]) -> gpd.GeoDataFrame:
    """Return rows of `columns`; what is not given is empty."""
    nothing: list[Any] = [None] * len(shapes)
    frame = pl.DataFrame({name: rows.get(name, nothing) for name in columns}, columns)
    return gpd.GeoDataFrame(frame.to_pandas(), geometry=shapes, crs="EPSG:4326")


def relapses(text: str = "人民路10号") -> gpd.GeoDataFrame:
    return rows_of(
        tables.RELAPSES,
        [shapely.Point(104.2, 30.6), shapely.Point(104.21, 30.6)],
        {
            "place": [text, CELLS[0]],
            "category": ["S09005", "S09005"],
            "lat": [30.6, 30.6],
            "lon": [104.2, 104.21],
            "incidents": [9, 2],
            "closures": [8, 2],
            "relapses": [6, 1],
            "recent": [2, 0],
            "expected": [1.25, 0.75],
            "ratio": [4.8, 1.3333],
            "p_value": [1.25e-20, 0.4],
            "q_value": [2.5e-20, 0.4],
            "confirmed": [True, False],
            "quick": [1, 0],
            "median_days": [4.5, None],
            "last_closed": [date(2026, 11, 1), date(2026, 9, 1)],
            "last_reported": [date(2026, 11, 10), date(2026, 9, 20)],
            "is_open": [True, False],
            "unit": [text, None],
            "reason": ["six of eight", "数" * 100],
        },
    )


def clusters(text: str = "东风社区") -> gpd.GeoDataFrame:
    states = ["born", "continued", "split", "merged", "dormant", "ended", "reborn"]
    return rows_of(
        tables.CLUSTERS,
        [*HEXAGONS, APART, SQUARE, SQUARE],
        {
            "cluster_id": [f"C-{at}" for at in range(7)],
            "state": states,
            "first_seen": [date(2026, 1, 5)] * 7,
            "last_seen": [date(2026, 11, 15)] * 7,
            "cells": [";".join(CELLS)] * 7,
            "size": [4] * 7,
            "lat": [30.6] * 7,
            "lon": [104.2] * 7,
            "incidents": list(range(10, 17)),
            "expected": [4.25] * 7,
            "ratio": [2.5] * 7,
            "peak": [30] * 7,
            "steps": [13] * 7,
            "hot_steps": [5] * 7,
            "history": ["....hh.hhh..."] * 7,
            "areas": [text, *[None] * 6],
            "parent_id": [None, None, "C-1", *[None] * 4],
        },
    )


def alarms(text: str = "东风社区，近菜场") -> gpd.GeoDataFrame:
    return rows_of(
        tables.ALARMS,
        [HEXAGONS[0], APART, HEXAGONS[1]],
        {
            "alarm_id": ["20261115-aa", "20261110-bb", "20261115-cc"],
            "state": ["new", "continuing", "new"],
            "category": ["S09005", "all", "S09005"],
            "cells": [CELLS[0], ";".join(CELLS), CELLS[1]],
            "size": [1, 4, 1],
            "lat": [30.6] * 3,
            "lon": [104.2] * 3,
            "start": [date(2026, 11, 10)] * 3,
            "end": [date(2026, 11, 15)] * 3,
            "incidents": [12, 30, 6],
            "expected": [2.25, 14.5, 1.75],
            "llr": [12.125, 9.5, 4.25],
            "p_value": [1e-9, 0.0002, 0.01],
            "recurrence_days": [1e9, 5000.0, 100.0],
            "signal": [True, True, False],
            "since": [date(2026, 11, 15), date(2026, 11, 10), date(2026, 11, 15)],
            "place": [text, "b", None],
        },
    )


def blind_spots(text: str = "东风社区") -> gpd.GeoDataFrame:
    return rows_of(
        tables.BLIND_SPOTS,
        [RING, APART, SQUARE],
        {
            "area_id": ["community/1", "community/2", "market/3"],
            "kind": ["community", "community", "market"],
            "name": [text, "b", "c"],
            "lat": [30.6] * 3,
            "lon": [104.2] * 3,
            "incidents": [40, 0, 12],
            "resident": [40, 0, 6],
            "patrol": [0, 0, 6],
            "expected": [13.5, 0.0, 4.0],
            "p_value": [1e-6, None, 0.9],
            "q_value": [2e-6, None, 0.9],
            "last_visit": [None, None, date(2026, 11, 14)],
            "days_since": [None, None, 1],
            "never": [True, True, False],
            "blind": [True, False, False],
        },
    )


LISTS = {"relapses": relapses, "clusters": clusters, "alarms": alarms, "blind_spots": blind_spots}
