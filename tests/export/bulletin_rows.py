"""Rows of a bulletin: a ranking with boards, closings of units, a ledger of points."""

from __future__ import annotations

from datetime import date

import polars as pl

from geo import tables

NAMES = (
    "东湖社区",
    "清江社区",
    "Quay",
    "河埠头市场路社区居民委员会第一网格",
    "北沿河社区",
    "=1+1",
    "西园社区",
    "南门社区",
)


def priorities(areas: int = 8) -> pl.DataFrame:
    rows = [
        {
            "area_id": f"community/{at}",
            "kind": "community",
            "name": NAMES[at % 8] if at < 8 else f"{NAMES[at % 8]}{at}",
            "parent": "东湖街道" if at % 2 else None,
            "incidents": 400 // (at + 2),
            "forecast": 120 / (at + 2),
            "forecast_low": 90 / (at + 2),
            "forecast_high": 160 / (at + 2),
            "expected": 22.0,
            "rank": at + 1,
            "rank_low": max(1, at - 1),
            "rank_high": at + 4,
            "tier": "A" if at < 2 else "B" if at < 4 else "C",
            "enough": True,
            "moved": None if at == 3 else 2 - at,
            "board": "black" if at == 0 else "red" if at == 7 else "",
            "unit": "东湖街道办事处" if at != 2 else None,
            "reason": "比同类多37起（90%区间12至60），且有11件超期。",
        }
        for at in range(areas)
    ]
    return pl.DataFrame(rows, schema=tables.PRIORITIES)


def performance() -> pl.DataFrame:
    rows = [
        {
            "key": name,
            "name": name,
            "by": "unit",
            "reported": 90 - at,
            "closed": 70,
            "due": 60 if at else 0,
            "on_time": 40 if at else 0,
            "on_time_share": 2 / 3 if at else None,
            "on_time_low": 0.56 if at else None,
            "on_time_high": 0.76 if at else None,
            "backlog": 20,
            "overdue": 11,
            "oldest_open": date(2026, 9, 1),
            "median_days": 6.0 if at else None,
            "checked": 30,
            "failed": 4,
            "failed_share": 4 / 30,
        }
        for at, name in enumerate(("东湖街道办事处", "Depot of the East", "城管执法中队"))
    ]
    return pl.DataFrame(rows, schema=tables.PERFORMANCE)


LEDGER = pl.DataFrame(
    {
        "unit": ["东湖街道办事处", None],
        "points": [12.34, 3.0],
        "points_low": [9.0, 1.0],
        "points_high": [16.0, 5.0],
        "recoverable": [8.2, 2.0],
        "areas": [4, 1],
        "standing": [31, 6],
        "indicator": ["A-03", "B-01"],
    }
)
