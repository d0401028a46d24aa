"""What each cell should hold: the city's average, its own past, or its share of people and streets.

Formulas: METHODS 1.2. Every function returns the expected incidents of cells, not of disks, and they add up to the
city's total of the window.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from geo.stats.results import Floats

PAST_WEEKS = 52  # a cell is compared with the year before the window
_BORROWED_WEEKS = (0.25, 26.0)  # least and most weeks of city-mean data that a cell borrows


def from_city(now: Floats) -> Floats:
    """Return the city's average cell, for every cell: the mean (METHODS 1.2, lens city).

    >>> from_city(np.array([9.0, 0.0, 3.0]))
    array([4., 4., 4.])
    """
    return np.full(len(now), now.mean() if len(now) else 0.0)


class OwnPast(NamedTuple):
    """Expected incidents of cells from their past; `k` = window total over past total, `a` = weeks borrowed."""

    cells: Floats
    k: float
    a: float


def borrowed_weeks(past: Floats, weeks: int) -> float:
    """Return how many weeks of city-mean data every cell borrows.

    The ratio of the variance within cells to that between them, by moments (gamma-Poisson): a city whose cells differ
    much borrows little. `past` (cells,): incidents of `weeks` weeks. Moments as in Marshall (1991), Applied Statistics
    40, 283-294, doi:10.2307/2347593, with equal exposure: a = m / v, m the mean and v = variance - m / weeks of weekly
    rates; the limits are ours (METHODS 1.2).

    >>> borrowed_weeks(np.array([0.0, 100.0, 4.0, 0.0]), 52), borrowed_weeks(np.array([5.0, 5.0]), 52)
    (0.7502774694783573, 26.0)
    """
    mean = past.mean() / weeks
    between = (past / weeks).var() - mean / weeks
    return float(np.clip(mean / between, *_BORROWED_WEEKS)) if between > 0 else _BORROWED_WEEKS[1]


def from_past(past: Floats, weeks: int, total: float) -> OwnPast:
    """Return what each cell should hold if it had kept its part of the city; all zero where nothing ever happened.

    `past` (cells,): incidents of `weeks` weeks; `total`: incidents of the city in the weeks to be expected. The city's
    total carries season, holidays and the general trend. The posterior mean of a gamma-Poisson count (Marshall 1991,
    see `borrowed_weeks`), scaled to the total: e_i = k (H_i + a m), METHODS 1.2.

    >>> from_past(np.array([8.0, 0.0]), 4, 10).cells.round(2)
    array([8.75, 1.25])
    >>> from_past(np.zeros(2), 4, 10).cells
    array([0., 0.])
    """
    if not len(past) or past.sum() == 0:
        return OwnPast(np.zeros(len(past)), 0.0, _BORROWED_WEEKS[1])
    a = borrowed_weeks(past, weeks)
    held = past + a * past.mean() / weeks
    k = total / held.sum()
    return OwnPast(k * held, float(k), a)


def by_week(expected: float, total: float, weekly: ArrayLike) -> Floats:
    """Return the expected incidents of one disk week by week: its part of the window's, `expected / total`, of each.

    `weekly` (weeks,): what it is a part of, week by week: the city's incidents; for the share lens the disk's own of
    every category. So season and holidays show as the whole city had them. Over the weeks of the window it adds up to
    `expected`, for `total` is the sum of `weekly` there (METHODS 1.2: e_i = k h_i, sum e_i = T_W).

    >>> by_week(12.0, 60.0, [10.0, 40.0, 20.0]).tolist(), by_week(0.0, 0.0, [0.0]).tolist()
    ([2.0, 8.0, 4.0], [0.0])
    """
    part = expected / total if total else 0.0
    return part * np.asarray(weekly, dtype=np.float64)


def from_exposure(now: Floats, exposure: ArrayLike) -> tuple[Floats, int]:
    """Return what each cell should hold if the city's rate per household (or metre, or shop) held everywhere.

    Indirect standardisation with one rate, e_i = x_i (sum y / sum x): Breslow and Day (1987), Statistical Methods
    in Cancer Research II, chapter 2; METHODS 1.2.

    `exposure` (cells,): at least one positive value. A cell of which none is known (NaN) is left out with its
    incidents and should hold none. A cell that is known to have none and holds incidents gets the first percentile
    of the positive ones; how many do is returned too.

    >>> from_exposure(np.array([6.0, 1.0, 5.0]), [300.0, 100.0, np.nan])
    (array([5.25, 1.75, 0.  ]), 0)
    >>> from_exposure(np.array([6.0, 1.0, 1.0]), [200.0, 200.0, 0.0])[1]
    1
    """
    people = np.asarray(exposure, dtype=np.float64).clip(min=0.0)
    if not len(people):
        return people, 0
    missing = (people == 0) & (now > 0)
    total = now[~np.isnan(people)].sum()
    people = np.nan_to_num(people, nan=0.0)
    people[missing] = np.percentile(people[people > 0], 1)
    return people * (total / people.sum()), int(missing.sum())
