"""A town of nine square communities as files: reports with deadlines, the middle community the worst by far."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

SIDE = 0.01  # degrees
WEEKS, LAST = 30, datetime(2026, 11, 15, 12)
NAMES = ("North West", "North", "North East", "West", "Middle", "East", "South West", "South", "South")
"""Two communities share a name, as they do in real cities."""


def write_town(folder: Path) -> list[str]:
    """Write reports and communities into `folder`; return the arguments by which a verb is told of them."""
    rng = np.random.default_rng(20261115)
    rows = []
    for at in range(9):
        west, south = 104.20 + at % 3 * SIDE, 30.60 + at // 3 * SIDE
        for _ in range(rng.poisson(6 * WEEKS if at == 4 else 1.5 * WEEKS)):
            reported = LAST - timedelta(hours=float(rng.uniform(0, 7 * 24 * WEEKS)))
            closed = reported + timedelta(hours=float(rng.exponential(60)))
            rows.append(
                {
                    "report_id": f"r{len(rows)}",
                    "reported_at": f"{reported:%Y-%m-%d %H:%M}",
                    "closed_at": f"{closed:%Y-%m-%d %H:%M}" if closed < LAST else None,
                    "due_at": f"{reported + timedelta(days=3):%Y-%m-%d %H:%M}",
                    "category": rng.choice(["litter", "parking"]),
                    "lat": round(south + float(rng.uniform(0.001, 0.009)), 6),
                    "lon": round(west + float(rng.uniform(0.001, 0.009)), 6),
                    "unit": ("North depot", "Middle depot", "South depot")[at // 3],
                }
            )
    pl.DataFrame(rows).write_csv(folder / "reports.csv")
    (folder / "communities.geojson").write_text(json.dumps(_communities()))
    return [
        *("--reports", str(folder / "reports.csv"), "--areas", f"community={folder / 'communities.geojson'}"),
        *("--resolution", "8", "--timezone", "Asia/Shanghai"),
    ]


def _communities() -> dict[str, object]:
    features = []
    for at, name in enumerate(NAMES):
        west, south = 104.20 + at % 3 * SIDE, 30.60 + at // 3 * SIDE
        ring = [(west + x * SIDE, south + y * SIDE) for x, y in ((0, 0), (1, 0), (1, 1), (0, 1), (0, 0))]
        unit = ("North depot", "Middle depot", "South depot")[at // 3]
        features.append(
            {
                "type": "Feature",
                "properties": {"area_id": str(at + 1), "name": name, "unit": unit, "contact": f"555 01{at:02d}"},
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            }
        )
    return {"type": "FeatureCollection", "features": features}
