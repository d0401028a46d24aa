"""How fine a grid the reports can carry (METHODS 1.5b): asks where the reports are, not how large the boundary is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from geo.stats.results import Floats, Neighbours
from geo.stats.rings import disk_sum
from geo.words import Note, note

CANDIDATES = (9, 8, 7)  # H3 resolutions, the finest first
GOOD, WEAK = 20.0, 10.0  # expected incidents in the disk of the median incident

Quality = Literal["good", "weak", "too thin"]


def weighted_median(values: Floats, weights: Floats) -> float:
    """Return the value at which half of the weight is reached; NaN without any weight.

    >>> weighted_median(np.array([30.0, 2.0, 8.0]), np.array([1.0, 5.0, 5.0]))
    8.0
    >>> weighted_median(np.array([]), np.array([]))
    nan
    """
    if not len(values) or weights.sum() <= 0:
        return float("nan")
    order = np.argsort(values)
    reached = weights[order].cumsum()
    return float(values[order][np.searchsorted(reached, reached[-1] / 2)])


def typical_expected(past: ArrayLike, past_weeks: float, window_weeks: float, neighbours: Neighbours) -> float:
    """Return w, the expected incidents of a window in the disk of the median past incident.

    `past` (cells,): incidents of the last `past_weeks` weeks, at best 52; (cells, categories) where each category is
    looked at by itself. NaN where there are none.

    >>> pair = np.array([[1], [0]])
    >>> typical_expected([50, 2], 52, 13, pair), typical_expected([0, 0], 52, 13, pair)
    (13.0, nan)
    """
    counts = np.asarray(past, dtype=np.float64)
    return weighted_median((disk_sum(counts, neighbours) * window_weeks / past_weeks).ravel(), counts.ravel())


def finest_resolution(typical: Callable[[int], float], candidates: Sequence[int] = CANDIDATES) -> tuple[int, float]:
    """Return the finest resolution at which half of the incidents lie in disks that expect 20 or more, and its w.

    `typical`: w of a resolution, see `typical_expected`; asked from the finest on and no further than needed. Where
    none reaches 20, the coarsest.

    >>> finest_resolution({9: 8.8, 8: 51.0, 7: 300.0}.__getitem__)
    (8, 51.0)
    >>> finest_resolution({9: 0.1, 8: 0.5, 7: 3.0}.__getitem__)
    (7, 3.0)
    """
    for resolution in candidates:
        w = typical(resolution)
        if w >= GOOD:
            break
    return resolution, w


def quality(w: float) -> Quality:
    """Return what a map can show whose median incident lies in a disk that expects `w`.

    >>> quality(51.0), quality(12.0), quality(3.0), quality(float("nan"))
    ('good', 'weak', 'too thin', 'too thin')
    """
    if w >= GOOD:
        return "good"
    return "weak" if w >= WEAK else "too thin"


def quality_note(w: float) -> Note | None:
    """Return the sentence that warns of a weak or too thin map; None where it is good."""
    match quality(w):
        case "weak":
            return note("Weak: only rises of 3 times and more will show.")
        case "too thin":
            return note("Too few reports to tell places apart. Take a longer window or a coarser grid.")
        case _:
            return None
