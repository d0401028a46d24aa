"""Mann-Kendall: does a series of periods rise or fall? For every cell at once, ties counted, short series exact."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy import special

from geo.stats.results import Flags, Floats

EXACT_BELOW = 10
"""Periods under which the exact null distribution is used instead of the normal one."""
_BLOCK = 64  # rows
_BITS = 40  # of a value that are compared, 12 significant digits: one ratio reached by two ways differs in the last bit

Counts = NDArray[np.int64]


class Trend(NamedTuple):
    """One entry per series. `score`: pairs that rise less pairs that fall (Kendall's S). `p_value`: two-sided.

    A series without a trend has score 0, and NaN for the others.
    """

    score: Counts
    z: Floats
    p_value: Floats


def mann_kendall(series: Floats) -> Trend:
    """Return the Mann-Kendall test of each row of `series` (rows, periods), oldest first.

    Mann 1945 (doi:10.2307/1907187), Kendall 1975: variance with ties, continuity correction. Below EXACT_BELOW periods
    the p-value is exact given the ties; see `_tails`.

    A period in which every row is NaN (nothing happened in the whole city) is left out, and is none of the periods
    counted here. A row that is NaN in any other has no trend, and where none is left no row has one.

    The periods must not overlap: an overlap of one period rejects 16 % of series without trend at .05, of two 25 %
    (METHODS 2.5).

    >>> mann_kendall(np.array([[1.0, 2, 3, 4, 5], [3, 3, 3, 3, 3]])).p_value.round(4)  # 2 of the 120 orders; all alike
    array([0.0167, 1.    ])
    >>> mann_kendall(np.array([[1.0, 2, np.nan, 3], [np.nan, 2, np.nan, 1]])).p_value.round(4)
    array([0.3333,    nan])
    """
    missing: Flags = np.isnan(series)
    kept = np.flatnonzero(~missing.all(axis=0))
    unknown: Flags = np.asarray(missing[:, kept].any(axis=1)) | (kept.size == 0)
    values = np.where(unknown[:, None], 0.0, _comparable(np.asarray(series, np.float64)[:, kept]))  # all alike
    rows, periods = values.shape
    score, (ties, patterns) = _scores(values), _ties(values)
    variance = (periods * (periods - 1) * (2 * periods + 5) - ties) / 18
    z = np.divide(score - np.sign(score), np.sqrt(variance), out=np.zeros(rows), where=variance > 0)
    z[unknown] = np.nan
    if periods >= EXACT_BELOW:
        return Trend(score, z, 2 * special.ndtr(-np.abs(z)))
    p_value = np.where(unknown, np.nan, 1.0)
    for pattern in np.unique(patterns[~unknown]):
        own = (patterns == pattern) & ~unknown
        p_value[own] = _tails(tuple(int(digit) for digit in str(pattern)))[np.abs(score[own])]
    return Trend(score, z, p_value)


def _comparable(values: Floats) -> Floats:
    """Return the values rounded to _BITS, so that equal ratios are tied however they were worked out.

    >>> _comparable(np.array([0.1 + 0.2, 0.3])).tolist()
    [0.3000000000001819, 0.3000000000001819]
    """
    part, power = np.frexp(values)
    return np.ldexp(np.round(np.ldexp(part, _BITS)), power - _BITS)


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
    return np.array([min(share[score >= s].sum(), 1.0) for s in range(pairs + 1)])


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
