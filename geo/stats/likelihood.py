"""The most likely noise and movement of counts: negative-binomial likelihood, its two derivatives, Newton's method.

A count y with mean m and variance m (1 + e) has, up to a constant of y,

    l(e) = sum over j < y of log(m + j e)  -  (m / e + y) log(1 + e)

which is the log of the negative binomial's probabilities with size m / e (Anscombe 1949, Biometrics 5, 165-173,
doi:10.2307/3001918; Cameron and Trivedi 1986, Journal of Applied Econometrics 1, 29-53, doi:10.1002/jae.3950010104),
gamma(size + y) / gamma(size) written out as a product; that several sources of variance share one e, and its fit to
errors of predictions, is ours (METHODS 1.3). e = D n + t v - 1 is linear in what is sought, so the derivatives by D
and t are those by e times n and v. Newton's method stands at its end after five looks at the counts where a search
without derivatives needs sixty, and many more where the best D is 1.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from geo.stats.results import Floats
from geo.stats.tails import log_rising

_LEAST_EXTRA = 1e-4
_FEW = 30  # incidents: a product of so many terms is quicker than series, and holds in a float
_MOST = 1_000.0  # of D - 1 and of t: a handful of incidents may send the search to infinity
_ENOUGH = 1e-4  # gain in log-likelihood below which the search ends
_MOST_STEPS = 50
_LEAST_STEP = 1e-6  # part of a Newton step


@njit(cache=True, nogil=True)
def _digamma_less_log(x: float) -> float:
    """psi(x) - log x for x >= 10 (Abramowitz and Stegun 6.3.18); error below 1e-12."""
    square = 1.0 / (x * x)
    return -0.5 / x - square * (1 / 12 - square * (1 / 120 - square * (1 / 252 - square / 240)))


@njit(cache=True, nogil=True)
def _trigamma(x: float) -> float:
    """psi'(x) for x >= 10 (Abramowitz and Stegun 6.4.12); error below 1e-12."""
    square = 1.0 / (x * x)
    return 1.0 / x + 0.5 * square + square / x * (1 / 6 - square * (1 / 30 - square * (1 / 42 - square / 30)))


@njit(cache=True, nogil=True)
def _rise(mean: float, extra: float, count: float) -> tuple[float, float, float]:
    """Return the sum over j < count of log(mean + j extra), and its first two derivatives by `extra`."""
    if count <= _FEW:
        product, first, second = 1.0, 0.0, 0.0
        for j in range(int(count)):
            term = mean + j * extra
            second = second * term + 2.0 * first * j
            first = first * term + product * j
            product *= term
        if product < 1e250:
            slope = first / product
            return math.log(product), slope, second / product - slope * slope
    size = mean / extra
    value = log_rising(size, count) + count * math.log(extra)
    psi, bend, x, left = 0.0, 0.0, size, count  # psi(size + count) - psi(size), and the same of its derivative
    while x < 10.0 and left > 0:
        psi += 1.0 / x
        bend -= 1.0 / (x * x)
        x += 1.0
        left -= 1.0
    if left > 0:
        psi += math.log1p(left / x) + _digamma_less_log(x + left) - _digamma_less_log(x)
        bend += _trigamma(x + left) - _trigamma(x)
    slope = (count - size * psi) / extra
    return value, slope, (size * (psi + size * bend) / extra - slope) / extra


@njit(cache=True, nogil=True)
def _look(counts: Floats, means: Floats, noise: Floats, movement: Floats, D: float, t: float, found: Floats) -> None:
    """Write the log-likelihood, its slopes by D and t, and its bends by DD, Dt and tt into `found`."""
    found[:] = 0.0
    for i in range(len(counts)):
        count, mean, n, v = counts[i], means[i], noise[i], movement[i]
        extra = max(D * n + t * v - 1.0, _LEAST_EXTRA)
        size, log, part = mean / extra, math.log1p(extra), 1.0 / (1.0 + extra)
        value, slope, bend = _rise(mean, extra, count)
        slope += size / extra * log - (size + count) * part
        bend += 2.0 * size / extra * (part - log / extra) + (size + count) * part * part
        found[0] += value - (size + count) * log
        found[1] += slope * n
        found[2] += slope * v
        found[3] += bend * n * n
        found[4] += bend * n * v
        found[5] += bend * v * v


def log_likelihood(counts: Floats, means: Floats, noise: Floats, movement: Floats, D: float, t: float) -> Floats:
    """Return the log-likelihood without its constant, its slopes by D and t, and its second derivatives DD, Dt, tt.

    Count i is negative binomial with mean `means[i]` and variance D noise[i] + t movement[i] times that; l(e) of the
    head of this file, differentiated.

    >>> one = np.array([1.0])
    >>> log_likelihood(4 * one, 2 * one, one, 2 * one, 1.5, 0.1)[:3].round(3)
    array([ 0.683, -0.177, -0.355])
    """
    found = np.empty(6)
    _look(counts, means, noise, movement, D, t, found)
    return found


def most_likely(counts: Floats, means: Floats, noise: Floats, movement: Floats) -> tuple[float, float]:
    """Return the most likely D >= 1 and t >= 0; see `log_likelihood`. At most 1,001 and 1,000.

    Newton's method from D 1.37 and t .018; where the likelihood does not bend down, a step up its slopes; a step that
    gains nothing is quartered, and one that leaves the allowed range ends at its edge.

    >>> counts = np.random.default_rng(1).negative_binomial(10, 0.5, 4000).astype(float)    # mean 10, variance 20
    >>> D, t = most_likely(counts, np.full(4000, 10.0), np.ones(4000), np.zeros(4000))
    >>> round(D, 1)
    2.0
    """
    at, best = np.array([math.exp(-1.0), math.exp(-4.0)]), np.empty(6)
    _look(counts, means, noise, movement, 1.0 + at[0], at[1], best)
    for _ in range(_MOST_STEPS):
        step, part, tried = _newton_step(at, best), 1.0, np.empty(6)
        while part > _LEAST_STEP:
            there = np.clip(at + part * step, 0.0, _MOST)
            _look(counts, means, noise, movement, 1.0 + there[0], there[1], tried)
            if tried[0] >= best[0]:
                break
            part /= 4.0
        else:
            break
        gain = tried[0] - best[0]
        at, best = there, tried
        if gain < _ENOUGH:
            break
    return float(1.0 + at[0]), float(at[1])


def _newton_step(at: Floats, found: Floats) -> Floats:
    """Return where the likelihood, taken for a parabola, is highest; a parameter that pushes against zero stays."""
    slopes, bends = found[1:3], -found[3:6][[[0, 1], [1, 2]]]
    free = (at > 0) | (slopes > 0)
    own = np.maximum(np.abs(np.diag(bends)), 1e-9)
    if free.all() and bends[0, 0] > 0 and np.linalg.det(bends) > 0:
        return np.asarray(np.linalg.solve(bends, slopes))
    return np.where(free, slopes / own, 0.0)
