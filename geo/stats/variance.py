"""How far counts stray from their expectation, learned from predictions made inside the past (METHODS 1.3).

    V(mu) = D (1 + k) mu + tau^2 mu^2

D is noise: batches, repeated calls, everything beyond a Poisson count. tau is movement: places drift, and the past is
never quite the present. Both come from predicting past blocks of weeks out of the weeks before them, exactly as the
test predicts the window, and asking by maximum likelihood how wrong those predictions were.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numba import njit
from scipy import optimize

from geo.stats.expected import PAST_WEEKS, from_past
from geo.stats.results import Floats, Neighbours
from geo.stats.rings import disk_sum
from geo.stats.tails import log_rising

LEAST_WEEKS = 8  # of history; with less the spread is assumed
FIT_WEEKS = 104  # predictions reach back two years at the most
_LEAST_DISKS = 50  # fewer disks with an expectation tell nothing
_MOST_DISKS = 20_000  # every n-th beyond
_LEAST_EXPECTED = 0.05
_MOST_LOG = math.log(1_000.0)  # of D - 1 and of tau^2


class Spread(NamedTuple):
    """V(mu) = D (1 + k) mu + tau^2 mu^2."""

    D: float
    tau: float

    def variance(self, mean: Floats, k: float = 0.0) -> Floats:
        """Return the variance of counts around `mean`; k: the mean is itself a count from the past, times k.

        >>> Spread(1.5, 0.2).variance(np.array([10.0, 0.0]), k=0.25)
        array([22.75,  0.  ])
        """
        return self.D * (1.0 + k) * mean + self.tau**2 * mean**2


ASSUMED = Spread(D=1.5, tau=0.2)
"""Where the history is too short to learn from."""


class Prediction(NamedTuple):
    """One past block of weeks, predicted from the weeks before it."""

    seen: Floats  # (cells,)
    expected: Floats  # (cells,)
    k: float
    growth: float  # squared error of a random walk over this span, as a part of that over the span of the test


def past_predictions(history: Floats, window: int) -> Iterator[Prediction]:
    """Yield the predictions that can be made inside `history` (cells, weeks; oldest first), the latest first.

    A block is as long as the window if two fit into the history, else a third of the history; each is predicted from up
    to a year before it. None below four weeks.

    >>> [round(p.growth, 2) for p in past_predictions(np.ones((1, 52)), 13)]
    [0.8, 0.6, 0.4]
    """
    weeks = history.shape[1]
    block = window if weeks >= 2 * window else max(2, weeks // 3)
    span = min(PAST_WEEKS, weeks) + window
    until = np.concatenate([np.zeros((len(history), 1)), history.cumsum(axis=1)], axis=1)  # before each week
    for start in range(weeks - block, block - 1, -block):
        learn = min(start, PAST_WEEKS)
        seen = until[:, start + block] - until[:, start]
        expected, k, _ = from_past(until[:, start] - until[:, start - learn], learn, seen.sum())
        yield Prediction(seen, expected, k, min(1.0, (learn + block) / span))


@njit(cache=True, nogil=True)
def _log_likelihood(counts: Floats, means: Floats, noise: Floats, movement: Floats, D: float, tau2: float) -> float:
    """Sum of negative-binomial log masses without their constant; `noise` and `movement` are per unit of the mean."""
    total = 0.0
    for i in range(len(counts)):
        count, mean = counts[i], means[i]
        extra = max(D * noise[i] + tau2 * movement[i] - 1.0, 1e-4)  # variance over mean, less one
        size = mean / extra
        total -= (size + count) * math.log1p(extra)
        if count <= 30:
            product = 1.0
            for step in range(int(count)):
                product *= mean + step * extra
            if product < 1e300:
                total += math.log(product)
                continue
        total += log_rising(size, count) + count * math.log(extra)
    return total


def fit_spread(predictions: list[Prediction], neighbours: Neighbours | None = None) -> Spread | None:
    """Return the most likely spread of disks, or of single cells without `neighbours`; None where too few are expected.

    D >= 1 and tau >= 0, by Nelder-Mead on log(D - 1) and log tau^2.
    """
    if not predictions:
        return None
    cells = len(predictions[0].seen)
    counts, means = (np.stack(columns, axis=1) for columns in zip(*(p[:2] for p in predictions), strict=True))
    if neighbours is not None:
        counts, means = disk_sum(counts, neighbours), disk_sum(means, neighbours)
    counts, means = counts.T.ravel(), means.T.ravel()
    k, growth = (np.repeat([getattr(p, name) for p in predictions], cells) for name in ("k", "growth"))
    use = np.flatnonzero(means > _LEAST_EXPECTED)
    if len(use) < _LEAST_DISKS:
        return None
    use = use[:: max(1, len(use) // _MOST_DISKS)]
    counts, means, noise, movement = counts[use], means[use], 1.0 + k[use], growth[use] * means[use]

    def at(point: Floats) -> tuple[float, float]:
        """Return D and tau^2; a handful of incidents may send the search to infinity."""
        return 1.0 + math.exp(min(point[0], _MOST_LOG)), math.exp(min(point[1], _MOST_LOG))

    def unlikely(point: Floats) -> float:
        return -float(_log_likelihood(counts, means, noise, movement, *at(point)))

    best = optimize.minimize(
        unlikely, [-1.0, -4.0], method="Nelder-Mead", options={"xatol": 0.02, "fatol": 0.05, "maxiter": 150}
    ).x
    D, tau2 = at(best)
    return Spread(D=D, tau=tau2**0.5)


class Variance(NamedTuple):
    """The spread of disks and of cells, and the number of past predictions behind them; 0 where they are assumed."""

    disk: Spread
    cell: Spread
    origins: int


def variance_from_past(history: Floats, window: float, neighbours: Neighbours) -> Variance:
    """Return how far disks and cells stray from a prediction over `window` weeks, from up to two years of `history`.

    Where the history is too short, or holds too little, the spread is assumed.

    >>> variance_from_past(np.zeros((3, 52)), 13, np.array([[-1, 1], [0, 2], [1, -1]])) == (ASSUMED, ASSUMED, 0)
    True
    """
    known = history[:, -FIT_WEEKS:] if history.shape[1] >= LEAST_WEEKS else history[:, :0]
    predictions = list(past_predictions(known, max(1, round(window))))
    disk = fit_spread(predictions, neighbours)
    cell = fit_spread(predictions)
    return Variance(disk or ASSUMED, cell or ASSUMED, len(predictions) if disk else 0)
