"""Rates of areas whose populations differ: shrunken towards the city's, and the Poisson probability map.

Both are known from the epidemiology of small areas; both are checked against R's spdep (tests/stats/test_rates.py).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from geo.stats.results import Flags, Floats


class ShrunkenRates(NamedTuple):
    """The variance `a` of the true rates between areas, the rate `b` of all together, and the estimated rates."""

    a: float
    b: float
    rates: Floats  # (areas,)


def shrunken_rates(events: ArrayLike, population: ArrayLike) -> ShrunkenRates:
    """Return global empirical Bayes rates, by moments: the smaller an area, the nearer to the rate of all.

    Marshall (1991), Applied Statistics 40, 283-294, doi:10.2307/2347593, for Poisson counts, as `EBest` of R's spdep
    has it: with raw rates r = n / x and b = sum n / sum x,

        a = sum x (r - b)^2 / sum x  -  b / mean x,  not below 0
        rate = b + (r - b) a / (a + b / x)

    `events`, `population`: (areas,). An area without population and without events gets the rate of all.

    Raises ValueError where an area holds events and no population, or no area holds population.

    >>> shrunken_rates([8, 2, 0, 40], [2000, 400, 100, 4000]).rates.round(5)
    array([0.00579, 0.00722, 0.0073 , 0.00926])
    >>> shrunken_rates([2, 1], [200, 100])
    ShrunkenRates(a=0.0, b=0.01, rates=array([0.01, 0.01]))
    """
    n, x, held = _checked(events, population)
    b = n.sum() / x.sum()
    raw = np.divide(n, x, out=np.full(len(n), b), where=held)
    a = max(0.0, float((x * (raw - b) ** 2).sum() / x.sum() - b / x.mean()))
    weight = np.divide(a * x, a * x + b, out=np.zeros(len(n)), where=held & (b > 0))
    return ShrunkenRates(a, float(b), b + weight * (raw - b))


class ProbabilityMap(NamedTuple):
    """Events expected at the rate of all, the ratio to them, and the chance of at most and of at least so many."""

    expected: Floats  # (areas,)
    ratio: Floats  # NaN where nothing is expected
    at_most: Floats
    at_least: Floats


def probability_map(events: ArrayLike, population: ArrayLike) -> ProbabilityMap:
    """Return how likely so few, and so many, events are in each area if all areas shared one rate.

    Choynowski (1959), Journal of the American Statistical Association 54, 385-388, doi:10.1080/01621459.1959.10501978.
    Columns `expCount`, `relRisk` / 100 and `pmap` of R's spdep `probmap` are `expected`, `ratio` and `at_most`. Noise
    beyond Poisson is not allowed for; that is why no flag of Hexward stands on it.

    `events`, `population`: (areas,). Raises ValueError like `shrunken_rates`.

    >>> map = probability_map([8, 2, 0], [2000, 400, 100])
    >>> map.expected, map.at_most.round(3), map.at_least.round(3)
    (array([8. , 1.6, 0.4]), array([0.593, 0.783, 0.67 ]), array([0.547, 0.475, 1.   ]))
    """
    n, x, held = _checked(events, population)
    expected = x * (n.sum() / x.sum())
    return ProbabilityMap(
        expected,
        np.divide(n, expected, out=np.full(len(n), np.nan), where=held & (expected > 0)),
        np.asarray(stats.poisson.cdf(n, expected)),
        np.asarray(stats.poisson.sf(n - 1, expected)),
    )


def _checked(events: ArrayLike, population: ArrayLike) -> tuple[Floats, Floats, Flags]:
    """Return events and population as numbers, and which areas hold population."""
    n, x = (np.asarray(values, dtype=np.float64) for values in (events, population))
    held = x > 0
    if not held.any() or (n[~held] > 0).any():
        raise ValueError("an area holds events and no population, or no area holds population")
    return n, x, held
