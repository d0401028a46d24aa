"""Mann-Kendall: does a series of periods rise or fall? For every cell at once, ties counted, short series exact."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy import special

from geo.stats.results import Floats

EXACT_BELOW = 10
"""Periods under which the exact null distribution is used instead of the normal one."""
_BLOCK = 64  # rows

Counts = NDArray[np.int64]


class Trend(NamedTuple):
    """One entry per series. `score`: pairs that rise less pairs that fall (Kendall's S). `p_value`: two-sided."""

    score: Counts
    z: Floats
    p_value: Floats


def mann_kendall(series: Floats) -> Trend:
    """Return the Mann-Kendall test of each row of `series` (rows, periods), oldest first.

    Mann 1945 (doi:10.2307/1907187), Kendall 1975: variance with ties, continuity correction. Below EXACT_BELOW periods
    the p-value is exact given the ties; see `_tails`. A row that is NaN anywhere has no trend: score and z 0, p 1.

    The periods must not overlap: an overlap of one period rejects 16 % of series without trend at .05, of two 25 %
    (METHODS 2.5).

    >>> mann_kendall(np.array([[1.0, 2, 3, 4, 5], [3, 3, 3, 3, 3]])).p_value.round(4)  # 2 of the 120 orders; all alike
    array([0.0167, 1.    ])
    """
    unknown = np.isnan(series).any(axis=1, keepdims=True)
    values = np.where(unknown, 0.0, np.asarray(series, np.float64))  # all alike: no trend
    rows, periods = values.shape
    score, (ties, patterns) = _scores(values), _ties(values)
    variance = (periods * (periods - 1) * (2 * periods + 5) - ties) / 18
    z = np.divide(score - np.sign(score), np.sqrt(variance), out=np.zeros(rows), where=variance > 0)
    if periods >= EXACT_BELOW:
        return Trend(score, z, 2 * special.ndtr(-np.abs(z)))
    p_value = np.ones(rows)
    for pattern in np.unique(patterns):
        own = patterns == pattern
        p_value[own] = _tails(tuple(int(digit) for digit in str(pattern)))[np.abs(score[own])]
    return Trend(score, z, p_value)


@cache
def _tails(groups: tuple[int, ...]) -> Floats:
    """Return P(|S| >= s) for s = 0, 1, 2, ... where equal values come in groups of these sizes, in any order.

    The orders of a multiset by their inversions are counted by a Gaussian multinomial coefficient (Stanley, Enumerative
    Combinatorics 1, 1.7.1), and S is the number of pairs of different values less twice the inversions.

    >>> _tails((1, 1, 1)).round(4).tolist()  # S is 3, 1, 1, -1, -1, -3 in the six orders
    [1.0, 1.0, 0.3333, 0.3333]
    >>> _tails((2, 1)).round(4).tolist()  # 2, 0 and -2 in the three orders
    [1.0, 0.6667, 0.6667]
    """
    counts, size = np.ones(1), 0
    for group in groups:  # times the Gaussian binomial coefficient, size + group over group
        for k in range(1, group + 1):
            counts = _times(counts, size + k)
        for k in range(1, group + 1):
            counts = _divided(counts, k)
        size += group
    pairs = len(counts) - 1
    share = counts / counts.sum()
    score = np.abs(pairs - 2 * np.arange(len(counts)))
    return np.array([share[score >= s].sum() for s in range(pairs + 1)])


def _times(polynomial: Floats, k: int) -> Floats:
    """Multiply by 1 + q + ... + q^(k - 1)."""
    return np.convolve(polynomial, np.ones(k))


def _divided(polynomial: Floats, k: int) -> Floats:
    """Divide by 1 + q + ... + q^(k - 1), which leaves no remainder."""
    return np.polynomial.polynomial.polydiv(polynomial, np.ones(k))[0].round()


@njit(cache=True, nogil=True)
def _scores(values: Floats) -> Counts:
    """Return S of each row. Rows go in blocks, turned over, so that the machine compares several rows at a time."""
    rows, periods = values.shape
    scores = np.zeros(rows, np.int64)
    block = np.zeros((periods, _BLOCK))
    for start in range(0, rows, _BLOCK):
        held = min(_BLOCK, rows - start)
        for row in range(held):
            for at in range(periods):
                block[at, row] = values[start + row, at]
        total = np.zeros(_BLOCK)
        for early in range(periods - 1):
            for late in range(early + 1, periods):
                for row in range(_BLOCK):
                    rises, falls = block[late, row] > block[early, row], block[late, row] < block[early, row]
                    total[row] += np.float64(rises) - np.float64(falls)
        for row in range(held):
            scores[start + row] = np.int64(total[row])
    return scores


@njit(cache=True, nogil=True)
def _ties(values: Floats) -> tuple[Floats, Counts]:
    """Return the ties' part of 18 times the variance of S, and for short series the sizes of groups of equal values, as
    the digits of a number, the largest first."""
    rows, periods = values.shape
    ties, patterns = np.zeros(rows), np.zeros(rows, np.int64)
    ordered, sizes = np.zeros(periods), np.zeros(periods + 1, np.int64)
    for row in range(rows):
        for at in range(periods):  # insertion: the rows are short, and often in order
            value, place = values[row, at], at
            while place > 0 and ordered[place - 1] > value:
                ordered[place] = ordered[place - 1]
                place -= 1
            ordered[place] = value
        sizes[:] = 0
        run = 1
        for at in range(1, periods + 1):
            if at < periods and ordered[at] == ordered[at - 1]:
                run += 1
                continue
            sizes[run] += 1
            ties[row] += run * (run - 1) * (2 * run + 5)
            run = 1
        if periods < EXACT_BELOW:
            for size in range(periods, 0, -1):
                for _ in range(sizes[size]):
                    patterns[row] = patterns[row] * 10 + size
    return ties, patterns
