"""How sure a ratio is: intervals for the incidents of a disk over what was expected there."""

from __future__ import annotations

import numpy as np
from scipy import special

from geo.stats.results import Floats, HotspotTest
from geo.stats.share import Inflation

COVERAGE = 0.90


def ratio_interval(test: HotspotTest, coverage: float = COVERAGE) -> tuple[Floats, Floats]:
    """Return the lower and upper end, per cell, of the ratio of a disk's incidents to the expected number.

    What is uncertain is the count: a place with the same troubles would not have reported the same number. Counts vary
    D (1 + k) times as much as Poisson's, so the exact Poisson interval (Garwood 1936, doi:10.1093/biomet/28.3-4.437)
    is taken of count / D and stretched by D; for a share the exact binomial one (Clopper and Pearson 1934,
    doi:10.1093/biomet/26.4.404) of counts divided by their inflation I. NaN where nothing is expected.

    The interval says nothing of chance among many places: that is what hot says.
    """
    tail, model = (1 - coverage) / 2, test.model
    if test.lens == "share" and test.total is not None:
        low, high = binomial_interval(test.ring, test.total, Inflation(model.D, model.t, 0).of(test.total), tail)
        scale = np.where(test.expected > 0, model.city_share, 0.0)
    else:
        low, high = poisson_interval(test.ring, max(model.D * (1 + model.k), 1.0), tail)
        scale = test.expected
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(scale > 0, low / scale, np.nan), np.where(scale > 0, high / scale, np.nan)


def poisson_interval(counts: Floats, noise: float, tail: float) -> tuple[Floats, Floats]:
    """Return the ends of the interval of the mean behind `counts`, whose variance is `noise` times their mean.

    Garwood (1936), Biometrika 28, 437-442, doi:10.1093/biomet/28.3-4.437: quantiles of gamma variables of shape count
    and count + 1, `tail` on each side. Stretching it by `noise` is the quasi-Poisson variance (McCullagh and Nelder
    1989, Generalized Linear Models, 6.2.3), and ours where count / noise is no whole number.

    >>> low, high = poisson_interval(np.array([0.0, 10.0]), 1.0, 0.025)
    >>> low.round(2), high.round(2)
    (array([0. , 4.8]), array([ 3.69, 18.39]))
    """
    seen = counts / noise
    return noise * np.where(seen > 0, special.gammaincinv(np.maximum(seen, 1e-9), tail), 0.0), noise * (
        special.gammainccinv(seen + 1, tail)
    )


def binomial_interval(counts: Floats, totals: Floats, inflation: Floats, tail: float) -> tuple[Floats, Floats]:
    """Return the ends of the interval of the share behind `counts` of `totals`, each worth 1 / inflation of one.

    Clopper and Pearson (1934), Biometrika 26, 404-413, doi:10.1093/biomet/26.4.404: quantiles of beta variables of
    (count, total - count + 1) and (count + 1, total - count). Dividing both by the inflation is the effective sample
    size of cluster sampling (Kish 1965, Survey Sampling, 8.2).

    >>> low, high = binomial_interval(np.array([0.0, 3.0]), np.array([10.0, 10.0]), np.ones(2), 0.025)
    >>> low.round(3), high.round(3)
    (array([0.   , 0.067]), array([0.308, 0.652]))
    """
    seen, others = counts / inflation, (totals - counts) / inflation
    low = np.where(seen > 0, special.betaincinv(np.maximum(seen, 1e-9), others + 1, tail), 0.0)
    high = np.where(others > 0, special.betainccinv(seen + 1, np.maximum(others, 1e-9), tail), 1.0)
    return low, high
