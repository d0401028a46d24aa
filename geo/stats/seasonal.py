"""Does a place have a season, or weekdays, of its own, beside those that the whole city has?

METHODS 4(c). Every week (or day) the city's incidents of the same choice are given, and the place's part of them is
asked for: y of n, quasi-binomial with log odds

    year + b sin(2 pi week / 52) + c cos(2 pi week / 52)

The Poisson model of METHODS with the city's profile and the place's interaction with it is the same once the city's
total of every week is given (McCullagh and Nelder 1989, Generalized Linear Models, 6.4): whatever moves the whole city,
its season and its shocks included, drops out. A level for each year is added, for a place that has come up is no
season.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
from scipy import special, stats

from geo.stats.results import Floats

YEAR_WEEKS, LEAST_YEARS, MOST_YEARS = 52, 2, 5
LEAST_WEEKDAY_WEEKS, MOST_WEEKDAY_WEEKS = 26, 52
LEAST_INCIDENTS = 50
"""Of a place in all the weeks: with fewer the spread cannot be told from chance."""
REPEATS_LEVEL = 0.05
"""Of `Season.repeats`; `p_value` is corrected among the places."""
_STEPS, _CLOSE = 50, 1e-10


class Fit(NamedTuple):
    """A quasi-binomial fit: log-likelihood, coefficients, and the Pearson spread D (1 for binomial counts)."""

    likelihood: float
    beta: Floats
    D: float


class Season(NamedTuple):
    """What is told of one place.

    `p_value`: of the season, against the spread of single weeks. `repeats`: the chance of a season so much larger than
    what differs between the years' seasons. `amplitude`: of the log odds. `peak_week`: weeks, from 0 to 52, from the
    first of the weeks to the fullest time of the year.
    """

    p_value: float
    repeats: float
    amplitude: float
    peak_week: float
    D: float
    weeks: int  # that were looked at, the latest


class Weekdays(NamedTuple):
    """`p_value`: of any difference from the city's week. `ratio` (7,): incidents over what the city's week gives."""

    p_value: float
    ratio: Floats
    D: float


def season(own: Floats, city: Floats) -> Season | None:
    """Return whether the part of the place in the city goes with the year; None where weeks or incidents are few.

    `own`, `city` (weeks,): incidents of the place, and of the whole city, the place's own included; oldest first. The
    latest whole years of 52 weeks count, MOST_YEARS at the most. Weeks without any incident of the city tell nothing.

    The likelihood ratio of sine and cosine, scaled by the Pearson spread D of single weeks (at least 1), is F(2, n - p)
    (McCullagh and Nelder 1989, 4.5). A place that has come up, or wanders from month to month, passes that without a
    season: its weeks are no independent witnesses. So `repeats` compares the same ratio with that of seasons which
    differ from year to year, or with D if that is larger: F(2, 2 (years - 1)), ours. Of two years it can tell strong
    seasons of busy places only.

    >>> week = np.arange(104)
    >>> found = season(np.round(20 + 10 * np.cos(2 * np.pi * (week - 13) / 52)), np.full(104, 500.0))
    >>> found.p_value < 1e-6, found.repeats < 0.05, round(found.peak_week)
    (True, True, 13)
    """
    years = min(MOST_YEARS, len(own) // YEAR_WEEKS)
    weeks = years * YEAR_WEEKS
    if years < LEAST_YEARS or own[-weeks:].sum() < LEAST_INCIDENTS:
        return None
    y, n = own[-weeks:], city[-weeks:]
    freedom = int((n > 0).sum()) - years - 2
    if freedom < 1:
        return None
    at = np.arange(weeks)
    levels = (at[:, None] // YEAR_WEEKS == np.arange(years)).astype(float)
    angle = 2 * np.pi * at / YEAR_WEEKS
    waves = np.stack([np.sin(angle), np.cos(angle)], axis=1)
    each = (levels[:, :, None] * waves[:, None, :]).reshape(weeks, -1)
    flat, same, other = (fit(np.hstack([levels, more]), y, n) for more in (waves[:, :0], waves, each))
    gained, between = 2 * (same.likelihood - flat.likelihood), 2 * (other.likelihood - same.likelihood)
    spread, apart = max(same.D, 1.0), between / (2 * (years - 1))
    sine, cosine = same.beta[-2:]
    return Season(
        p_value=float(stats.f.sf(gained / 2 / spread, 2, freedom)),
        repeats=float(stats.f.sf(gained / 2 / max(apart, spread), 2, 2 * (years - 1))),
        amplitude=float(np.hypot(sine, cosine)),
        peak_week=float((np.arctan2(sine, cosine) / (2 * np.pi) * YEAR_WEEKS) % YEAR_WEEKS),
        D=spread,
        weeks=weeks,
    )


def weekdays(own: Floats, city: Floats) -> Weekdays | None:
    """Return whether the part of the place in the city goes with the day of the week; None where days are few.

    `own`, `city` (days,): as for `season`, by day; of the latest whole weeks, MOST_WEEKDAY_WEEKS at the most. The first
    of `ratio` is the weekday of the first of these days. F(6, n - 7), as for the season.

    >>> sundays = np.tile([1.0, 1, 1, 1, 1, 1, 4], 26)
    >>> found = weekdays(sundays, np.full(182, 100.0))
    >>> found.p_value < 1e-6, found.ratio.round(1).tolist()
    (True, [0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 2.8])
    """
    weeks = min(MOST_WEEKDAY_WEEKS, len(own) // 7)
    if weeks < LEAST_WEEKDAY_WEEKS or own[-7 * weeks :].sum() < LEAST_INCIDENTS:
        return None
    y, n = own[-7 * weeks :], city[-7 * weeks :]
    freedom = int((n > 0).sum()) - 7
    if freedom < 1:
        return None
    days = np.tile(np.eye(7), (weeks, 1))
    flat, each = fit(np.ones((len(y), 1)), y, n), fit(days[:, (days.T @ n) > 0], y, n)
    spread = max(each.D, 1.0)
    gained = 2 * (each.likelihood - flat.likelihood)
    by_day, city_by_day = days.T @ y, days.T @ n
    expected = city_by_day * (y.sum() / n.sum())
    ratio = np.divide(by_day, expected, out=np.full(7, np.nan), where=expected > 0)
    return Weekdays(float(stats.f.sf(gained / 6 / spread, 6, freedom)), ratio, spread)


def fit(design: Floats, y: Floats, n: Floats) -> Fit:
    """Return the fit of y of n on `design` (rows, columns), log odds, by iteratively reweighted least squares.

    McCullagh and Nelder 1989, 2.5 (Newton's method on the likelihood, halved where it would fall). Rows of n = 0 tell
    nothing and are left out. Equal to the GLM of statsmodels (tests/stats/test_seasonal.py).

    >>> fit(np.ones((2, 1)), np.array([1.0, 2.0]), np.array([4.0, 8.0])).beta.round(4)  # log(1/3)
    array([-1.0986])
    """
    told = n > 0
    X, y, n = design[told], y[told], n[told]
    beta = _solve(X, np.log((y + 0.5) / (n - y + 0.5)))
    now = _likelihood(X, y, n, beta)
    for _ in range(_STEPS):
        p = special.expit(X @ beta)
        weight = n * p * (1 - p)
        move = _solve(X.T @ (weight[:, None] * X), X.T @ (y - n * p))
        ahead = _likelihood(X, y, n, beta + move)
        while ahead < now - 1e-9 and np.abs(move).max() > _CLOSE:
            move /= 2
            ahead = _likelihood(X, y, n, beta + move)
        beta, gain, now = beta + move, ahead - now, ahead
        if abs(gain) < _CLOSE * (1 + abs(now)):
            break
    p = special.expit(X @ beta)
    variance = n * p * (1 - p)
    pearson = ((y - n * p) ** 2 / np.maximum(variance, 1e-12)).sum()
    return Fit(now, beta, float(pearson / max(len(y) - X.shape[1], 1)))


def _solve(left: Floats, right: Floats) -> Floats:
    return np.asarray(np.linalg.lstsq(left, right, rcond=None)[0], np.float64)


def _likelihood(X: Floats, y: Floats, n: Floats, beta: Floats) -> float:
    odds = X @ beta
    return float((y * odds - n * np.logaddexp(0.0, odds)).sum())


def peak_day(peak_week: float, first: date) -> date:
    """Return the day of the year that `Season.peak_week` stands for; `first`: the first day of the weeks.

    >>> peak_day(13, date(2024, 11, 18))
    datetime.date(2025, 2, 17)
    """
    return first + timedelta(days=round(7 * peak_week))
