"""How few areas hold most of the incidents (the 80/20 rule), and how few would by luck alone."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from geo.planning.forecast import Floats

MOST_PART = 0.8
_DRAWS = 200
CURVE = {"share_areas": pl.Float64, "share_incidents": pl.Float64, "share_even": pl.Float64}


def concentration(
    incidents: ArrayLike, *, exposure: ArrayLike | None = None, dispersion: float = 1.0, seed: int = 1
) -> pl.DataFrame:
    """Return the curve of concentration, areas with most incidents first and those without any among them.

    Columns: share_areas, share_incidents (of the areas with most), share_even: what the same number of incidents would
    give if every area (every household, with `exposure`) had the same chance of each, mean of 200 draws. Few incidents
    in many areas always look concentrated: with fewer incidents than areas most areas must be empty (Bernasco and
    Steenbeek 2017, Journal of Quantitative Criminology 33, 451-467, doi:10.1007/s10940-016-9324-7). `dispersion`: the
    variance of a count over its mean, for incidents that come in bunches. Zero rows where there is no incident.

    >>> concentration([6, 0, 2, 0]).select("share_areas", "share_incidents").rows()
    [(0.0, 0.0), (0.25, 0.75), (0.5, 1.0), (0.75, 1.0), (1.0, 1.0)]
    """
    n = np.asarray(incidents, np.float64)
    if not n.sum():
        return pl.DataFrame(schema=CURVE)
    held = np.ones(len(n)) if exposure is None else np.asarray(exposure, np.float64)
    mean = n.sum() * held / held.sum()
    rng = np.random.default_rng(seed)
    over = max(dispersion - 1, 0.0)
    size = (_DRAWS, len(n))
    rates = rng.gamma(np.broadcast_to(mean / over, size), over) if over > 1e-9 else np.broadcast_to(mean, size)
    drawn = rng.poisson(rates).astype(np.float64)
    drawn = drawn[drawn.sum(1) > 0]
    curves = np.array([_curve(row) for row in drawn]) if len(drawn) else np.zeros((1, len(n) + 1))
    return pl.DataFrame(
        {
            "share_areas": np.linspace(0, 1, len(n) + 1),
            "share_incidents": _curve(n),
            "share_even": curves.mean(0),
        },
        schema=CURVE,
    )


def share_holding(curve: pl.DataFrame, column: str = "share_incidents", part: float = MOST_PART) -> float:
    """Return the share of the areas, those with most first, that holds `part` of the incidents; NaN where none is.

    >>> share_holding(concentration([6, 0, 2, 0]))
    0.5
    """
    reached = curve.filter(pl.col(column) >= part - 1e-12)["share_areas"]
    return float(reached[0]) if len(reached) else float("nan")


def _curve(n: Floats) -> Floats:
    return np.concatenate([[0.0], np.cumsum(-np.sort(-n)) / n.sum()])
