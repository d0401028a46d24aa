"""Exact upper tails of the negative binomial and the beta-binomial distribution, for whole maps at once.

Distributions: Johnson, Kemp and Kotz (2005), Univariate Discrete Distributions, 5.1 and 6.2.2.

A small p-value is summed from the count outwards, away from the mean, never taken as one minus something close to one.
So it keeps its digits however small it is, and it is never zero while a float can hold it. Equal to
`scipy.stats.nbinom.sf` and `scipy.stats.betabinom.sf` where those are exact.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import ArrayLike

from geo.stats.results import Floats

_POISSON = 1e-9  # variance above the mean, relative, below which a negative binomial is taken as Poisson
_NEGLIGIBLE = 1e-17
_SLOTS = 4096  # a power of two
_FAR_OUT = 0.01
"""A tail below it is asked again with log-normal movement; see `moving_tail`."""
_STEPS = np.arange(-4.0, 12.0, 0.125)  # of the standard normal variable; what lies below adds nothing to a small tail
_WEIGHTS = np.exp(-(_STEPS**2) / 2) * 0.125 / math.sqrt(2 * math.pi)


@njit(cache=True, nogil=True)
def _stirling(x: float) -> float:
    """log gamma(x) minus its leading Stirling terms, for x >= 10; error below 1e-16 (Abramowitz and Stegun 6.1.41)."""
    square = 1.0 / (x * x)
    series = 1 / 1680 - square * (1 / 1188 - square * 691 / 360360)
    return (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * series))) / x


@njit(cache=True, nogil=True)
def log_rising(x: float, count: float) -> float:
    """Return log(x (x + 1) ... (x + count - 1)) for a whole `count` >= 0, without the loss of two large log gammas."""
    if count <= 12:
        product = 1.0
        for step in range(int(count)):
            product *= x + step
        if 1e-300 < product < 1e300:
            return math.log(product)
    head = 0.0
    while x < 10.0 and count > 0:
        head += math.log(x)
        x += 1.0
        count -= 1.0
    if count <= 0:
        return head
    end = x + count
    return head + (x - 0.5) * math.log1p(count / x) + count * (math.log(end) - 1.0) + _stirling(end) - _stirling(x)


@njit(cache=True, nogil=True)
def _negative_binomial(count: float, mean: float, variance: float) -> float:
    if count <= 0:
        return 1.0
    if mean <= 0:
        return 0.0
    extra = variance / mean - 1.0
    poisson = extra < _POISSON
    size = 0.0 if poisson else mean / extra
    growth = mean if poisson else extra / (1.0 + extra)  # pmf(j + 1) / pmf(j) = growth * (size + j) / (j + 1)
    upper = count > mean  # below the mean the lower tail is the smaller one
    start = count if upper else count - 1.0
    if poisson:
        log_mass = start * math.log(mean) - mean - log_rising(1.0, start)
    else:
        log_mass = log_rising(size, start) - log_rising(1.0, start)
        log_mass -= size * math.log1p(extra) + start * math.log1p(1.0 / extra)
    term, total, j = 1.0, 1.0, start  # in units of the first mass, so that nothing underflows
    while True:
        if upper:
            term *= growth * (1.0 if poisson else size + j) / (j + 1.0)
            j += 1.0
        else:
            if j <= 0:
                break
            term *= j / (growth * (1.0 if poisson else size + j - 1.0))
            j -= 1.0
        total += term
        if term < _NEGLIGIBLE * total:
            break
    tail = math.exp(log_mass + math.log(total))
    return min(tail, 1.0) if upper else max(1.0 - tail, 0.0)


@njit(cache=True, nogil=True)
def _beta_binomial(count: float, total: float, share: float, inflation: float) -> float:
    if count <= 0:
        return 1.0
    if count > total or share <= 0:
        return 0.0
    if share >= 1:
        return 1.0
    mean = total * share
    binomial = inflation - 1.0 < _POISSON or total <= 1.0
    spread = 0.0 if binomial else (total - inflation) / (inflation - 1.0)
    alpha, beta = share * spread, (1.0 - share) * spread
    odds = share / (1.0 - share)
    upper = count > mean
    start = count if upper else count - 1.0
    rest = total - start
    choose = log_rising(rest + 1.0, start) - log_rising(1.0, start)
    if binomial:
        log_mass = choose + start * math.log(share) + rest * math.log1p(-share)
    else:
        log_mass = choose + log_rising(alpha, start) + log_rising(beta, rest) - log_rising(spread, total)
    term, summed, j = 1.0, 1.0, start
    while True:
        if upper:
            if j >= total:
                break
            step = odds if binomial else (alpha + j) / (beta + total - j - 1.0)
            term *= step * (total - j) / (j + 1.0)
            j += 1.0
        else:
            if j <= 0:
                break
            step = odds if binomial else (alpha + j - 1.0) / (beta + total - j)
            term *= j / ((total - j + 1.0) * step)
            j -= 1.0
        summed += term
        if term < _NEGLIGIBLE * summed:
            break
    tail = math.exp(log_mass + math.log(summed))
    return min(tail, 1.0) if upper else max(1.0 - tail, 0.0)


@njit(cache=True, nogil=True)
def _negative_binomials(counts: Floats, means: Floats, variances: Floats) -> Floats:
    """One tail per entry. The last answer of each slot is kept: a city has few means (disks of 7 cells, 6, ...) and few
    counts, so most entries have been summed before; where every mean differs the look costs next to nothing."""
    tails = np.empty(len(counts))
    bits = means.view(np.int64)
    asked, answered = np.full((_SLOTS, 3), np.nan), np.empty(_SLOTS)
    for i in range(len(counts)):
        count, mean, variance = counts[i], means[i], variances[i]
        if count <= 0:
            tails[i] = 1.0
            continue
        slot = ((bits[i] ^ (bits[i] >> 29)) + np.int64(count) * 40503) & (_SLOTS - 1)
        known = asked[slot]
        if known[0] != count or known[1] != mean or known[2] != variance:
            known[0], known[1], known[2] = count, mean, variance
            answered[slot] = _negative_binomial(count, mean, variance)
        tails[i] = answered[slot]
    return tails


@njit(cache=True, nogil=True)
def _beta_binomials(counts: Floats, totals: Floats, shares: Floats, inflations: Floats) -> Floats:
    tails = np.empty(len(counts))
    for i in range(len(counts)):
        tails[i] = _beta_binomial(counts[i], totals[i], shares[i], inflations[i])
    return tails


@njit(cache=True, nogil=True)
def _moving(tails: Floats, counts: Floats, means: Floats, noise: float, factors: Floats, weights: Floats) -> None:
    for i in range(len(tails)):
        if not 0.0 < tails[i] < _FAR_OUT:
            continue
        tail = 0.0
        for at in range(len(factors)):
            mean = means[i] * factors[at]
            tail += weights[at] * _negative_binomial(counts[i], mean, noise * mean)
        tails[i] = max(tails[i], min(tail, _FAR_OUT))  # so that a higher count never has the larger tail


def _columns(*values: ArrayLike) -> tuple[list[Floats], tuple[int, ...]]:
    """Return the values one behind the other, and the shape they have together."""
    together = np.broadcast_arrays(*values)
    return [np.ascontiguousarray(column, dtype=np.float64).reshape(-1) for column in together], together[0].shape


def negative_binomial_tail(counts: ArrayLike, means: ArrayLike, variances: ArrayLike) -> Floats:
    """Return P(X >= count) where X is negative binomial with this mean and variance; Poisson where they are equal.

    Arrays of any one shape.

    >>> negative_binomial_tail([0, 3, 38], [14.2, 3.0, 14.2], [22.0, 3.0, 22.0])
    array([1.00000000e+00, 5.76809919e-01, 4.69261403e-05])
    >>> negative_binomial_tail([1], [0.0], [0.0]), negative_binomial_tail([], [], [])
    (array([0.]), array([], dtype=float64))
    """
    columns, shape = _columns(counts, means, variances)
    return np.asarray(_negative_binomials(*columns)).reshape(shape)


def moving_tail(counts: ArrayLike, means: ArrayLike, noise: float, movement: float) -> Floats:
    """Return P(X >= count) where the mean moves: variance `noise` times the mean, and a relative sd of `movement`.

    The negative binomial of variance noise m + movement^2 m^2 is as good as any down to one in a hundred. Further out
    its movement, a gamma variable, has too thin a tail: rates move by factors, so their logarithm is what is normal,
    and the log-normal variable of the same mean and variance reaches 2.5 where the gamma variable reaches 2.2 (sd .22,
    one in 100,000). So a tail below .01 is the mean of negative-binomial tails over log-normal means, by the
    trapezoidal rule, where that is the larger one, .01 at the most: METHODS 1.4. (Aitchison and Ho 1989, Biometrika 76,
    643-653, doi:10.1093/biomet/76.4.643, for Poisson counts with log-normal means.)

    >>> still, moving = moving_tail([70], [30.0], 1.5, 0.0), moving_tail([70], [30.0], 1.5, 0.2)
    >>> still.round(7), moving.round(5), negative_binomial_tail([70], [30.0], [1.5 * 30 + 0.04 * 900]).round(5)
    (array([8.e-07]), array([0.00034]), array([0.00026]))
    """
    (x, m), shape = _columns(counts, means)
    tails = np.array(_negative_binomials(x, m, noise * m + (movement * m) ** 2))
    if movement > 0:
        sigma = math.sqrt(math.log1p(movement**2))
        _moving(tails, x, m, max(noise, 1.0), np.exp(sigma * _STEPS - sigma**2 / 2), _WEIGHTS)
    return tails.reshape(shape)


def beta_binomial_tail(counts: ArrayLike, totals: ArrayLike, shares: ArrayLike, inflations: ArrayLike) -> Floats:
    """Return P(X >= count) where X of `totals` has mean total * share and inflation times the binomial variance.

    An inflation of 1 is the binomial distribution; it must stay below the total.

    >>> beta_binomial_tail([33, 0, 1], [256, 256, 1], 4.4 / 256, [2.0, 2.0, 1.0])
    array([1.01033264e-07, 1.00000000e+00, 1.71875000e-02])
    """
    columns, shape = _columns(counts, totals, shares, inflations)
    return np.asarray(_beta_binomials(*columns)).reshape(shape)
