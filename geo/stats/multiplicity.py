"""Many tests at once: Benjamini-Hochberg."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from geo.stats.results import Flags, Floats

LEVEL = 0.05  # of the places called hot, at most so many by chance


def adjust(p_values: ArrayLike) -> Floats:
    """Return adjusted p-values: hot at level q where the adjusted value is at most q.

    Benjamini and Hochberg (1995), Journal of the Royal Statistical Society B 57, 289-300,
    doi:10.1111/j.2517-6161.1995.tb02031.x; adjusted as `p.adjust` of R has it.

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


def adjust_judged(p_values: ArrayLike) -> Floats:
    """Return `adjust` of the p-values there are; NaN, which stands for what is not judged, stays and counts for none.

    >>> adjust_judged([0.01, np.nan, 0.5])
    array([0.02,  nan, 0.5 ])
    """
    adjusted = np.array(p_values, dtype=np.float64)
    judged = ~np.isnan(adjusted)
    adjusted[judged] = adjust(adjusted[judged])
    return adjusted


def beyond_chance(p_values: ArrayLike, level: float = LEVEL, tests: int | None = None) -> Flags:
    """Return `adjust(p_values) <= level`, for whom the adjusted values themselves are of no use: many periods, say.

    Only p-values up to the level can pass, so only those are sorted: a hundredth of the time on a map of 100,000 cells.
    The others may be left out, if `tests` says how many there were with them.

    >>> beyond_chance([0.5, 0.03, 0.01, 0.02]), beyond_chance([0.2, 0.9]), beyond_chance([])
    (array([False,  True,  True,  True]), array([False, False]), array([], dtype=bool))
    >>> beyond_chance([0.03, 0.01, 0.02], tests=4), beyond_chance([0.03, 0.01, 0.02], tests=40)
    (array([ True,  True,  True]), array([False, False, False]))
    """
    p = np.asarray(p_values, dtype=np.float64)
    small = np.sort(p[can_pass(p, level)])
    tests = len(p) if tests is None else tests
    passing = small[small * tests / np.arange(1, len(small) + 1) <= level]
    return p <= passing[-1] if len(passing) else np.zeros(len(p), dtype=bool)


def can_pass(p_values: Floats, level: float = LEVEL) -> Flags:
    """Return which p-values `beyond_chance` needs to see: adjusting never makes one smaller.

    >>> can_pass(np.array([0.05, 0.06, np.nan]))
    array([ True, False, False])
    """
    return p_values <= level * (1 + 1e-9)  # a hair more: p n / k is rounded
