"""Towns made by chance alone, of which the truth is known, for the tests of rankings."""

from __future__ import annotations

import numpy as np

from geo.planning.forecast import Floats

FUTURE = 4  # weeks after the last that is known


def weekly_counts(rates: Floats, weeks: int, rng: np.random.Generator, *, noise: float = 1.0) -> Floats:
    """Return counts (areas, weeks) of these rates, their variance `noise` times their mean: negative binomial."""
    size = (len(rates), weeks)
    mean = np.broadcast_to(rates[:, None], size)
    if noise > 1:
        mean = rng.gamma(mean / (noise - 1), noise - 1)
    return rng.poisson(mean).astype(float)


def true_rates(areas: int, mean: float, spread: float, rng: np.random.Generator) -> Floats:
    """Return incidents a week of every area, gamma with this mean and coefficient of variation; all alike at 0."""
    return rng.gamma(1 / spread**2, mean * spread**2, areas) if spread else np.full(areas, mean)
