"""Is one category's part of all incidents of a disk larger than the city's, beyond chance? (METHODS 1.4, share lens)

    S of n incidents ~ beta-binomial, mean n pi, variance n pi (1 - pi) I,  I = D + t n

D is noise, t the drift of the mix. Both come from how each disk's share moved between blocks of weeks around **its
own** mean share, so a place that always holds more of the category is found, not explained away.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from geo.stats.results import Floats, Neighbours, Series
from geo.stats.rings import disk_sum
from geo.stats.variance import ASSUMED

LEAST_TOTAL = 20  # incidents of every category in a disk, without which a share says nothing
_LEAST_DISKS = 50
_LARGEST_SHARE = 0.99


class Inflation(NamedTuple):
    """Variance of a share's count over the binomial one, I = D + t n; `blocks` of weeks behind it, 0 if assumed."""

    D: float
    t: float
    blocks: int

    def of(self, totals: Floats) -> Floats:
        """Return I = D + t n (METHODS 1.4), at least 1 (binomial) and at most nine tenths of the total.

        >>> Inflation(2.0, 0.01, 5).of(np.array([0.0, 1.0, 100.0]))
        array([1., 1., 3.])
        """
        return np.clip(self.D + self.t * totals, 1.0, np.maximum(0.9 * totals, 1.0))


class Blocks(NamedTuple):
    """Incidents of the category and of all categories, (cells, blocks of weeks)."""

    category: Floats
    everything: Floats


def cut_into_blocks(series: Series) -> Blocks | None:
    """Return the window and its history in blocks of the window's length; None where no two blocks can be had.

    Where fewer than three windows fit, blocks of up to four weeks, which need the weeks inside the window (`recent`).
    """
    assert series.all_now is not None
    assert series.all_history is not None
    window, weeks = max(1, round(series.weeks)), series.history.shape[1]
    if weeks >= 2 * window:
        return Blocks(
            np.column_stack([series.now, _sum_blocks(series.history, window)]),
            np.column_stack([series.all_now, _sum_blocks(series.all_history, window)]),
        )
    category, everything = series.history, series.all_history
    if series.recent is not None and series.all_recent is not None:
        category = np.column_stack([category, series.recent])
        everything = np.column_stack([everything, series.all_recent])
    if category.shape[1] < 2:
        return None
    size = max(1, min(4, category.shape[1] // 3))
    return Blocks(_sum_blocks(category, size), _sum_blocks(everything, size))


def _sum_blocks(weekly: Floats, size: int) -> Floats:
    """Sum whole blocks of `size` weeks counted back from the last; the oldest weeks that fill no block are left out."""
    blocks = weekly.shape[1] // size
    return weekly[:, weekly.shape[1] - blocks * size :].reshape(len(weekly), blocks, size).sum(axis=2)


def fit_inflation(blocks: Blocks | None, city_share: float, neighbours: Neighbours | None = None) -> Inflation:
    """Return D and t of disks, or of single cells without `neighbours`; assumed where fewer than 50 hold 20 incidents.

    Weighted least squares of each block's squared deviation from the disk's own share (times the city's movement) on n
    and n^2; D >= 1 and t >= 0. Ours (METHODS 1.4, share lens): moments of a beta-binomial as in Williams (1982),
    Applied Statistics 31, 144-148, doi:10.2307/2347977, but with a part D that does not grow with n.
    """
    assumed = Inflation(ASSUMED.D, ASSUMED.tau**2 * city_share / max(1.0 - city_share, 1e-9), 0)
    if blocks is None or not blocks.category.sum():
        return assumed
    s, n = blocks if neighbours is None else (disk_sum(part, neighbours) for part in blocks)
    held = n.sum(axis=0) > 0
    s, n = s[:, held], n[:, held]
    count = s.shape[1]
    total = n.sum(axis=1, keepdims=True)
    own = s.sum(axis=1, keepdims=True) / np.maximum(total, 1.0)
    city = (s.sum(axis=0) / n.sum(axis=0)) / (s.sum() / n.sum())
    share = np.clip(own * city, 0.0, 0.98)
    use = (share > 0) & (n > 0) & (total >= LEAST_TOTAL) & (own < 0.9)
    if count < 2 or use.any(axis=1).sum() < _LEAST_DISKS:
        return assumed
    binomial = (share * (1.0 - share))[use]
    x = n[use]
    y = ((s - n * share) ** 2)[use] * count / (count - 1) / binomial
    weight = np.minimum(binomial * x, 1.0) / np.maximum(x, 5.0) ** 2
    xx, xxx, xxxx = ((weight * x**power).sum() for power in (2, 3, 4))
    xy, xxy = (weight * x * y).sum(), (weight * x**2 * y).sum()
    determinant = xx * xxxx - xxx**2
    D, t = xy / xx, 0.0
    if determinant > 0:
        D, t = (xy * xxxx - xxy * xxx) / determinant, (xx * xxy - xxx * xy) / determinant
    if t < 0:
        D, t = xy / xx, 0.0
    if D < 1:
        D, t = 1.0, max(0.0, (xxy - xxx) / xxxx)
    return Inflation(float(D), float(t), count)


def share_to_exceed(city_share: float, delta: float) -> float:
    """Return the share that must be exceeded beyond chance: delta times the city's, .99 at the most (METHODS 1.4).

    >>> share_to_exceed(0.1, 1.25), share_to_exceed(0.9, 1.25)
    (0.125, 0.99)
    """
    return min(delta * city_share, _LARGEST_SHARE)
