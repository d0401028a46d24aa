"""The things a city numbers: covers, lamps and trees. A problem with one lies where it stands, and has its number.

One of each kind stands in every square of the grid of `data.background`, and stays where it is.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy.spatial import cKDTree

from data.background import Background
from data.plan import CityPlan
from data.plane import Floats
from data.problems import PROBLEMS

DISTRICT_CODE = "999901"  # in place of the six digits of a real district
NUMBERED = tuple(number for number, problem in enumerate(PROBLEMS) if problem.code.startswith("B"))
"""Categories of components (部件) as against events (事件): their reports carry a number."""


def stands(plan: CityPlan, background: Background) -> dict[int, Floats]:
    """Return where the assets of each category of NUMBERED stand: (points, 2), metres."""
    rng, middles = plan.random("assets"), np.c_[background.x, background.y]
    return {category: middles + rng.uniform(-14, 14, middles.shape) for category in NUMBERED}


def at_assets(plan: CityPlan, background: Background, incidents: pl.DataFrame) -> pl.DataFrame:
    """Return the incidents with `asset` (the grid point, -1 for events), those of components at the nearest asset."""
    x, y, asset = (incidents[name].to_numpy().copy() for name in ("x", "y", "asset"))
    for category, places in stands(plan, background).items():
        rows = np.flatnonzero(incidents["category"].to_numpy() == category)
        _, asset[rows] = cKDTree(places).query(np.c_[x[rows], y[rows]])
        x[rows], y[rows] = places[asset[rows]].T
    return incidents.with_columns(x=pl.Series(x), y=pl.Series(y), asset=pl.Series(asset))


def asset_ids() -> pl.Expr:
    """Return the number of the asset in columns `asset` and `category`, null for events: sixteen digits.

    District, category and a running number, as in the codes of components (部件标识码) of GB/T 30428.2.
    """
    kinds = pl.Series([problem.code[1:] for problem in PROBLEMS])
    kind = pl.col("category").replace_strict(list(range(len(PROBLEMS))), kinds, return_dtype=pl.String)
    number = (pl.col("asset") + 1).cast(pl.String).str.zfill(5)
    return pl.when(pl.col("asset") >= 0).then(pl.format("{}{}{}", pl.lit(DISTRICT_CODE), kind, number))
