"""What the next weeks bring to each place: recent counts, shrunken towards the neighbours and the city.

Plain arrays in, plain arrays out: the ranking of areas, the back-test of cells and every simulation share it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse, special, stats

Floats = NDArray[np.float64]
Adjacency: TypeAlias = sparse.csr_matrix | NDArray[np.integer] | Sequence[NDArray[np.integer]]
"""Neighbours of places: a sparse 0/1 matrix, an array (places, k) of positions with -1 for none, or arrays of them."""

FORECAST_WEEKS = 4
HALF_LIFE = 16.0
"""Weeks after which a count has half its weight; METHODS 5 found it no worse than its rivals at any density."""
LEAST_KAPPA, MOST_KAPPA = 0.5, 60.0
"""Weeks of record that the prior may stand for."""
_LEAST_BETWEEN = 1e-6
_ORIGINS = 26
"""Past forecasts that the noise is measured by, at most: two years of them."""
_LEAST_BEFORE, _FEWEST_BEFORE = 8, 4
"""Weeks that a forecast must stand on for its error to say something of the noise; where no past forecast has as many,
the latest does with the fewest. So noise is measured, not taken for 1, in the shortest record that is ranked, 8 weeks.
"""


@dataclass(frozen=True)
class Rates:
    """Gamma posterior of the incidents a week of every place; arrays (places,)."""

    shape: Floats
    rate: Floats  # weeks
    raw: Floats  # incidents a week by the weights of age alone
    prior: Floats  # what neighbours and city say
    kappa: float  # weeks of record the prior stands for, in a place of average exposure
    neff: float  # weeks of record the weighted counts are worth

    @property
    def mean(self) -> Floats:
        """Incidents expected a week; shape (places,)."""
        return self.shape / self.rate

    def draws(self, number: int, rng: np.random.Generator) -> NDArray[np.float32]:
        """Return draws of the incidents a week; shape (places, number)."""
        standard = rng.standard_gamma(
            np.broadcast_to(self.shape.astype(np.float32)[:, None], (len(self.shape), number)), dtype=np.float32
        )
        standard /= self.rate.astype(np.float32)[:, None]
        return standard

    def exceeds(self, limit: ArrayLike) -> Floats:
        """Return the chance that each place's rate lies above `limit` incidents a week; shape (places,)."""
        return np.asarray(special.gammaincc(self.shape, self.rate * np.asarray(limit, np.float64)))

    def interval(
        self, weeks: int = FORECAST_WEEKS, *, dispersion: float = 1.0, shock: float = 0.0, level: float = 0.9
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the bounds of what will be counted in the coming weeks; two arrays (places,).

        Mean M and variance M D + Var + (M^2 + Var) shock, of a negative binomial with both: noise of the weeks
        (`dispersion_of`), doubt about the rate, and the relative variance of what moves the whole city (`city_shock`).
        """
        mean, doubt = weeks * self.mean, weeks**2 * self.shape / self.rate**2
        variance = mean * dispersion + doubt * (1 + shock) + mean**2 * shock
        tail = (1 - level) / 2
        return _between(mean, variance, tail), _between(mean, variance, 1 - tail)


def forecast_rates(
    counts: ArrayLike,
    *,
    half_life: float = HALF_LIFE,
    neighbours: Adjacency | None = None,
    exposure: ArrayLike | None = None,
    dispersion: ArrayLike = 1.0,
) -> Rates:
    """Return the posterior of the incidents a week of every place.

    METHODS 5. With weights w = 2^(-age / half_life), W their sum and neff = W^2 / sum w^2, the counted n = neff *
    sum(w y) / W incidents of T = neff weeks, and

        mean = (n / D + kappa m) / (T / D + kappa)        of a Gamma(kappa m + n / D, kappa + T / D)

    m: half the mean rate of the neighbours, half that of the city. kappa = m / v, kappa D in 0.5 to 60, by moments:
    v = mean (rate - m)^2 - D mean m / neff. With `exposure` x, in units of its mean, T = neff x, means and moments are
    weighted by x (Marshall 1991, Applied Statistics 40, 283-294, doi:10.2307/2347593) and what is shrunken is the rate
    per exposure. `dispersion` D: by how much counts say less than Poisson ones would (`doubt_of`), a quasi-likelihood
    (McCullagh and Nelder 1989, Generalized Linear Models, 9.2). With D = 1 and no exposure this is METHODS' formula.

    Parameters
    ----------
    counts
        (places, weeks), the newest week last.
    half_life
        Weeks; `numpy.inf` weighs all alike.
    exposure
        (places,) above 0, or None where all count alike.

    Raises ValueError for no week, a half-life or an exposure that is not above 0.

    >>> rates = forecast_rates([[4, 4, 4, 4], [0, 0, 0, 0], [2, 2, 2, 2]], half_life=np.inf)
    >>> rates.neff, round(rates.kappa, 2), rates.mean.round(2)
    (4.0, 0.92, array([3.62, 0.38, 2.  ]))
    """
    y = np.asarray(counts, np.float64)
    if y.ndim != 2 or not y.shape[1] or not half_life > 0:
        raise ValueError("counts are places by weeks, one week at least, and a half-life is above 0")
    x = np.ones(len(y)) if exposure is None else np.asarray(exposure, np.float64)
    if len(x) and not (x > 0).all():
        raise ValueError("every place needs an exposure above 0")
    d = np.broadcast_to(np.asarray(dispersion, np.float64), len(y))
    weights = _weights(y.shape[1], half_life)
    total = weights.sum()
    neff = float(total**2 / (weights**2).sum())
    if not len(y):
        return Rates(*(np.zeros(0),) * 4, MOST_KAPPA, neff)
    x = x / x.mean()
    raw = y @ weights / total
    city = raw.sum() / x.sum()
    prior = city if neighbours is None else 0.5 * city + 0.5 * _around(raw, x, adjacency(neighbours, len(y)), city)
    prior = np.broadcast_to(prior, len(y))
    between = float(np.average((raw / x - prior) ** 2, weights=x) - (d * prior).mean() / neff)
    least, most = LEAST_KAPPA / d.mean(), MOST_KAPPA / d.mean()  # the prior weighs as kappa D weeks of counts do
    kappa = float(np.clip(city / max(between, _LEAST_BETWEEN), least, most))
    shape = kappa * prior + neff * raw / d
    return Rates(shape, kappa / x + neff / d, raw, prior * x, kappa, neff)


def dispersion_of(counts: ArrayLike, *, half_life: float = HALF_LIFE, weeks: int = FORECAST_WEEKS) -> float:
    """Return D, the variance of a count over its mean, by the errors of past forecasts; 1 at the least.

    Every `weeks` weeks the weighted counts up to there foretold the next ones; what moved the whole city is taken out,
    as it moves no rank. An error has the variance D mu (1 + weeks / neff) where nothing but noise is there.

    `counts`: (places, weeks), the newest last. 1, which nobody has measured, where there are fewer than 8 weeks or two
    places, or nothing was counted before the last `weeks`.

    >>> rng = np.random.default_rng(1)
    >>> round(dispersion_of(rng.poisson(2.0, (300, 104))), 1)
    1.0
    >>> round(dispersion_of(3 * rng.poisson(2.0, (300, 104))), 1)
    2.9
    """
    y = np.asarray(counts, np.float64)
    seen, foretold, spread = _past_forecasts(y, half_life, weeks)
    if not seen.size or len(y) < 2:
        return 1.0
    total, given = seen.sum(0), foretold.sum(0)
    fitted = foretold * np.divide(total, given, out=np.zeros_like(total), where=given > 0)
    mean = (fitted * spread).sum() * (1 - 1 / len(y))
    return max(1.0, float(((seen - fitted) ** 2).sum() / mean)) if mean > 0 else 1.0


def doubt_of(
    counts: ArrayLike, *, half_life: float = HALF_LIFE, weeks: int = FORECAST_WEEKS, dispersion: float = 1.0
) -> float:
    """Return what to divide counts by so that a forecast is as unsure as past ones were: `dispersion` at the least.

    Two forecasts of one origin, for the next weeks and the `weeks` after them, share their error and no noise: the mean
    product of their errors is the variance of the weighted mean itself. It is D mean / neff where rates stand still,
    and more where those of single places drift, which makes old counts say less than their number.

    `counts`: (places, weeks), the newest last. `dispersion` where there are fewer than 12 weeks, or no incident.

    >>> rng = np.random.default_rng(1)
    >>> still = np.full((200, 104), 3.0)
    >>> drifting = still * np.exp(rng.normal(0, 0.05, still.shape).cumsum(1))
    >>> round(doubt_of(rng.poisson(still)), 1), doubt_of(rng.poisson(drifting)) > 2
    (1.0, True)
    """
    y = np.asarray(counts, np.float64)
    seen, foretold, spread = _past_forecasts(y, half_life, weeks, ahead=2)
    if not seen.size or not foretold.sum():
        return dispersion
    errors = []
    for came in (seen, _past_forecasts(y[:, :-weeks], half_life, weeks)[0][:, : seen.shape[1]]):
        given = foretold.sum(0)
        errors.append(came - foretold * np.divide(came.sum(0), given, out=np.zeros_like(given), where=given > 0))
    shared, alone = (errors[0] * errors[1]).sum(), (foretold * (spread - 1)).sum()
    return max(dispersion, float(shared / alone)) if alone > 0 else dispersion


def city_shock(
    counts: ArrayLike, *, half_life: float = HALF_LIFE, weeks: int = FORECAST_WEEKS, dispersion: float = 1.0
) -> float:
    """Return the relative variance of what moves all places together within the coming weeks, by past forecasts.

    Mean square relative error of the whole city's forecasts, less what the noise of its incidents gives; 0 at the
    least, and where there are fewer than 8 weeks.

    >>> city_shock(np.full((5, 52), 10.0))
    0.0
    """
    seen, foretold, spread = _past_forecasts(np.asarray(counts, np.float64), half_life, weeks)
    total, given = seen.sum(0), foretold.sum(0)
    told = given > 0
    if not told.any():
        return 0.0
    square = (total[told] / given[told] - 1) ** 2 - dispersion * spread[told] / given[told]
    return max(0.0, float(square.mean()))


def adjacency(neighbours: Adjacency, places: int) -> sparse.csr_matrix:
    """Return the neighbours as a sparse 0/1 matrix (places, places).

    >>> adjacency(np.array([[-1, 1], [0, -1]]), 2).toarray()
    array([[0., 1.],
           [1., 0.]])
    """
    if sparse.issparse(neighbours):
        return sparse.csr_matrix(neighbours)
    lists = [np.asarray(some, np.int64) for some in neighbours]
    rows = np.repeat(np.arange(places), [len(some) for some in lists])
    columns = np.concatenate(lists) if lists else np.zeros(0, np.int64)
    there = columns >= 0
    return sparse.csr_matrix((np.ones(there.sum()), (rows[there], columns[there])), shape=(places, places))


def _weights(weeks: int, half_life: float) -> Floats:
    return np.asarray(2.0 ** (-np.arange(weeks - 1, -1, -1) / half_life))


def _around(raw: Floats, x: Floats, near: sparse.csr_matrix, city: float) -> Floats:
    """Return the mean rate of every place's neighbours; the city's where there is none."""
    around = near @ x
    return np.divide(near @ raw, around, out=np.full(len(raw), city), where=around > 0)


def _past_forecasts(y: Floats, half_life: float, weeks: int, ahead: int = 1) -> tuple[Floats, Floats, Floats]:
    """Return what came and what had been foretold (places, origins), and 1 + weeks / neff of each origin.

    What came in the `ahead`-th `weeks` after an origin; the latest origin first.
    """
    last = y.shape[1] - ahead * weeks
    least = _LEAST_BEFORE if last >= _LEAST_BEFORE else max(last, _FEWEST_BEFORE)
    origins = np.arange(last, max(least, last - weeks * (_ORIGINS - 1)) - 1, -weeks)
    weights = np.zeros((y.shape[1], len(origins)))
    for at, origin in enumerate(origins):
        weights[:origin, at] = _weights(origin, half_life)
    total = weights.sum(0)
    running = np.pad(y.cumsum(1), ((0, 0), (1, 0)))
    seen = running[:, origins + ahead * weeks] - running[:, origins + (ahead - 1) * weeks]
    return seen, weeks * (y @ weights) / total, 1 + weeks * (weights**2).sum(0) / total**2


def _between(mean: Floats, variance: Floats, level: float) -> NDArray[np.int64]:
    """Return quantiles of negative binomials, or Poissons, of these means and variances."""
    over = np.maximum(variance / np.maximum(mean, 1e-300), 1 + 1e-9)
    found = stats.nbinom.ppf(level, mean / (over - 1), 1 / over)
    return np.where(mean > 0, found, 0).astype(np.int64)
