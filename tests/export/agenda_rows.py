"""Small real lists of what is put first, every class of each, with what people may write."""

from __future__ import annotations

from datetime import date

import geopandas as gpd

from geo import tables
from tests.export.recurring_rows import APART, RING, SQUARE, rows_of


def priorities(text: str = "东风社区") -> gpd.GeoDataFrame:
    return rows_of(
        tables.PRIORITIES,
        [SQUARE, APART, RING, SQUARE, SQUARE, SQUARE],
        {
            "area_id": [f"community/{at}" for at in range(1, 7)],
            "kind": ["community"] * 6,
            "name": [text, "b", "c", "d", "e", "f"],
            "parent_id": ["street_office/1", None, None, None, None, None],
            "parent": ["南街道", None, None, None, None, None],
            "lat": [30.605] * 6,
            "lon": [104.205] * 6,
            "incidents": [120, 60, 40, 20, 2, 0],
            "forecast": [40.25, 20.5, 12.0, 6.0, 0.5, 0.0],
            "forecast_low": [30.0, 14.0, 8.0, 3.0, 0.0, 0.0],
            "forecast_high": [52.0, 28.0, 17.0, 10.0, 2.0, 1.0],
            "expected": [12.5] * 6,
            "excess": [27.75, 8.0, -0.5, -6.5, -12.0, -12.5],
            "trend": [3.5, -1.0, 0.0, 0.0, 0.0, 0.0],
            "relapses": [4, 1, 0, 0, 0, 0],
            "overdue": [7, 0, 0, 0, 0, 0],
            "hot_cells": [3, 1, 0, 0, 0, 0],
            "hot_excess": [9.25, 1.0, 0.0, 0.0, 0.0, 0.0],
            "score": [27.75, 8.0, -0.5, -6.5, -12.0, -12.5],
            "rank": [1, 2, 3, 4, 5, 6],
            "rank_low": [1, 1, 2, 3, 4, 4],
            "rank_high": [1, 3, 4, 5, 6, 6],
            "p_top": [1.0, 0.62, 0.3, 0.05, 0.0, 0.0],
            "tier": ["A", "A", "B", "C", "C", "C"],
            "moved": [2, -1, 0, 0, 0, 0],
            "board": ["black", "", "", "", "red", ""],
            "enough": [True, True, True, True, True, False],
            "open_reports": [30, 9, 4, 2, 0, 0],
            "unit": [text, "b", None, None, None, None],
            "reason": ["数" * 100, "b", "c", "d", "e", "f"],
        },
    )


def performance(text: str = "城管一队") -> gpd.GeoDataFrame:
    return rows_of(
        tables.PERFORMANCE,
        [SQUARE, RING, APART, SQUARE],
        {
            "key": ["community/1", "community/2", "community/3", "community/4"],
            "name": [text, "b", "c", "d"],
            "by": ["community"] * 4,
            "reported": [100, 40, 20, 0],
            "closed": [90, 30, 10, 0],
            "due": [80, 40, 20, 0],
            "on_time": [76, 32, 10, 0],
            "on_time_share": [0.95, 0.8, 0.5, None],
            "on_time_low": [0.89, 0.68, 0.33, None],
            "on_time_high": [0.98, 0.88, 0.67, None],
            "backlog": [10, 12, 15, 0],
            "overdue": [1, 6, 12, 0],
            "oldest_open": [date(2026, 11, 1), date(2026, 10, 1), date(2026, 6, 1), None],
            "median_days": [2.5, 6.0, None, None],
            "checked": [60, 20, 8, 0],
            "failed": [3, 4, 4, 0],
            "failed_share": [0.05, 0.2, 0.5, None],
            "contact": ["028-1", None, None, None],
            "reason": ["a", "b", "c", "d"],
        },
    )


def losses(text: str = "东风市场") -> gpd.GeoDataFrame:
    return rows_of(
        tables.LOSSES,
        [SQUARE, RING, APART],
        {
            "area_id": ["market/1", "market/2", "market/3"],
            "kind": ["market"] * 3,
            "name": [text, "b", "c"],
            "lat": [30.605] * 3,
            "lon": [104.205] * 3,
            "unit": [text, None, None],
            "indicator": ["M1", "M1", "M2"],
            "indicator_name": ["占道经营", "占道经营", "垃圾"],
            "standing": [5, 2, 0],
            "overdue": [3, 0, 0],
            "expected_problems": [6.5, 3.25, 1.0],
            "points": [2.4, 0.9, 0.3],
            "points_low": [1.5, 0.6, 0.0],
            "points_high": [3.0, 1.5, 0.6],
            "recoverable": [2.1, 0.6, 0.0],
            "reason": ["a", "b", "c"],
        },
    )


def choices(text: str = "东风社区") -> gpd.GeoDataFrame:
    return rows_of(
        tables.CHOICES,
        [SQUARE, RING, APART, SQUARE],
        {
            "area_id": [f"community/{at}" for at in range(1, 5)],
            "kind": ["community"] * 4,
            "name": [text, "b", "c", "d"],
            "lat": [30.605] * 4,
            "lon": [104.205] * 4,
            "unit": [text, "b", None, None],
            "tier": ["A", "B", "C", "C"],
            "gain": [40.25, 20.5, 12.0, 6.0],
            "cost": [1.0, 0.5, 2.0, 1.0],
            "chosen": [True, True, False, False],
            "wish": ["must", "", "never", ""],
            "team": [1, 1, None, None],
            "day": [1, 2, None, None],
            "stop": [1, 1, None, None],
            "walk_m": [None, 812.5, None, None],
            "reason": ["a", "b", "c", "d"],
        },
    )


LISTS = {"priorities": priorities, "performance": performance, "losses": losses, "choices": choices}
