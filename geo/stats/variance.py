"""How far counts stray from their expectation, learned from predictions made inside the past (METHODS 1.3).

    V(mu) = D (1 + k) mu + tau^2 mu^2

D is noise: batches, repeated calls, everything beyond a Poisson count. tau is movement: places drift, and the past is
never quite the present. Both come from predicting past blocks of weeks out of the weeks before them, exactly as the
test predicts the window, and asking by maximum likelihood how wrong those predictions were.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from geo.stats.expected import PAST_WEEKS, from_past
from geo.stats.likelihood import most_likely
from geo.stats.results import Floats, Neighbours
from geo.stats.rings import disk_sum

LEAST_WEEKS = 8  # of history; with less the spread is assumed
FIT_WEEKS = 104  # predictions reach back two years at the most
_LEAST_DISKS = 50  # fewer disks with an expectation tell nothing
_MOST_DISKS = 20_000  # every n-th beyond
_LEAST_EXPECTED = 0.05


class Spread(NamedTuple):
    """V(mu) = D (1 + k) mu + tau^2 mu^2."""

    D: float
    tau: float

    def variance(self, mean: Floats, k: float = 0.0) -> Floats:
        """Return the variance of counts around `mean`; k: the mean is itself a count from the past, times k.

        METHODS 1.3. Linear and quadratic variance together: Cameron and Trivedi (1986), Journal of Applied Econometrics
        1, 29-53, doi:10.1002/jae.3950010104 (NB1, NB2); 1 + k is the predictive variance of a gamma-Poisson count.

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
    to a year before it. None below four weeks. Rolling-origin evaluation (Tashman 2000, International Journal of
    Forecasting 16, 437-450, doi:10.1016/S0169-2070(00)00065-0); that errors grow like a random walk's is ours: METHODS
    1.3.

    >>> [round(p.growth, 2) for p in past_predictions(np.ones((1, 52)), 13)]
    [0.8, 0.6, 0.4]
    """
    weeks = history.shape[1]
    block = window if weeks >= 2 * window else max(2, weeks // 3)
    span = min(PAST_WEEKS, weeks) + window
    until = np.zeros((weeks + 1, len(history)))  # before each week; weeks first, as they are read one by one
    history.T.cumsum(axis=0, out=until[1:])
    for start in range(weeks - block, block - 1, -block):
        learn = min(start, PAST_WEEKS)
        seen = until[start + block] - until[start]
        expected, k, _ = from_past(until[start] - until[start - learn], learn, seen.sum())
        yield Prediction(seen, expected, k, min(1.0, (learn + block) / span))


def fit_spread(predictions: list[Prediction], neighbours: Neighbours | None = None) -> Spread | None:
    """Return the most likely spread of disks, or of single cells without `neighbours`; None where too few are expected.

    D >= 1 and tau >= 0 of the greatest negative-binomial likelihood (METHODS 1.3), see `most_likely`.
    """
    if not predictions:
        return None
    counts, means = (np.stack(columns, axis=1) for columns in zip(*(p[:2] for p in predictions), strict=True))
    if neighbours is not None:
        counts, means = disk_sum(counts, neighbours), disk_sum(means, neighbours)
    use = np.flatnonzero((means > _LEAST_EXPECTED).T)  # prediction by prediction
    if len(use) < _LEAST_DISKS:
        return None
    made, place = np.divmod(use[:: max(1, len(use) // _MOST_DISKS)], len(means))
    counts, means = counts[place, made], means[place, made]
    k, growth = (np.array([getattr(p, name) for p in predictions])[made] for name in ("k", "growth"))
    D, tau2 = most_likely(counts, means, 1.0 + k, growth * means)
    return Spread(D=D, tau=tau2**0.5)


class Variance(NamedTuple):
    """The spread of disks and of cells, and the number of past predictions behind them; 0 where they are assumed."""

    disk: Spread
    cell: Spread
    origins: int


def variance_from_past(history: Floats, window: float, neighbours: Neighbours) -> Variance:
    """Return how far disks and cells stray from a prediction over `window` weeks, from up to two years of `history`.

    Where the history is too short, or holds too little, the spread is assumed (METHODS 1.3).

    >>> variance_from_past(np.zeros((3, 52)), 13, np.array([[-1, 1], [0, 2], [1, -1]])) == (ASSUMED, ASSUMED, 0)
    True
    """
    known = history[:, -FIT_WEEKS:] if history.shape[1] >= LEAST_WEEKS else history[:, :0]
    predictions = list(past_predictions(known, max(1, round(window))))
    disk = fit_spread(predictions, neighbours)
    cell = fit_spread(predictions)
    return Variance(disk or ASSUMED, cell or ASSUMED, len(predictions) if disk else 0)
