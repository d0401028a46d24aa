"""Many tests at once: Benjamini-Hochberg."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from geo.stats.results import Floats

LEVEL = 0.05  # of the places called hot, at most so many by chance


def adjust(p_values: ArrayLike) -> Floats:
    """Return Benjamini-Hochberg adjusted p-values (1995): hot at level q where the adjusted value is at most q.

    >>> adjust([0.01, 0.02, 0.03, 0.5])
    array([0.04, 0.04, 0.04, 0.5 ])
    >>> adjust([])
    array([], dtype=float64)
    """
    p = np.asarray(p_values, dtype=np.float64)
    falling = np.argsort(p, kind="stable")[::-1]
    adjusted = np.empty(len(p))
    adjusted[falling] = np.minimum.accumulate(p[falling] * len(p) / np.arange(len(p), 0, -1))
    return np.minimum(adjusted, 1.0)
