"""Hot and cold, period by period: what a place's label, its squares on the screen and its trend are read from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.errors import RefusedQuestion
from geo.grid.cube import EVERYTHING, Cube, Slice
from geo.grid.windows import Window, spans_back, window_back
from geo.stats.expected import from_city, from_exposure
from geo.stats.multiplicity import beyond_chance, can_pass
from geo.stats.results import Flags, Floats, Neighbours
from geo.stats.rings import disk_sum, within, without
from geo.stats.tails import negative_binomial_tail
from geo.stats.threads import on_every_core
from geo.stats.variance import ASSUMED, FIT_WEEKS, LEAST_WEEKS, Spread, fit_spread, past_predictions

MOST_PERIODS = 13
"""A year of four weeks each."""
FOUR_WEEKS, HALF_MONTH = "4w", "half-month"
LEAST_DAYS = 7
"""Of a period: how far counts stray is learned from weeks."""
LEAST_COLD = 5.0
"""Incidents a disk must expect before few of them say anything (METHODS 1.4)."""
DELTA = {"city": 1.5, "places": 1.0}
"""What must be exceeded beyond chance, as on the map of the same lens; see `TimeLine.cold_below`."""


@dataclass(frozen=True)
class TimeLine:
    """The disks of a city through periods that do not overlap; arrays (cells, periods), the oldest period first.

    `incidents` are those of the cell alone; `ring` and `expected` those of its disk, the cell and its neighbours.
    """

    lens: str
    delta: float  # hot above so many times the expected
    periods: tuple[Window, ...]
    incidents: Floats
    ring: Floats
    expected: Floats
    hot: Flags
    cold: Flags
    spread: Spread  # of disks over one period
    origins: int  # predictions that the spread was learned from; 0 where it is assumed
    known: Flags | None = None  # places: cells whose exposure is known; the others, left out, are never hot or cold

    @property
    def tested(self) -> Flags:
        """The cells that are judged."""
        return np.ones(len(self.ring), dtype=bool) if self.known is None else self.known

    @property
    def cold_below(self) -> float:
        """How many times the expected a cold disk stays below: the inverse of delta, or delta itself where it is less
        than 1. So the limit is never above that of hot, and no disk is both."""
        return min(self.delta, 1 / self.delta)

    @property
    def ratio(self) -> Floats:
        """Incidents of the disk over what the lens expects there in that period; NaN where nothing is expected."""
        nothing = np.full(self.ring.shape, np.nan)
        return np.divide(self.ring, self.expected, out=nothing, where=self.expected > 0)


def periods_back(period: str, until: date, first: date, most: int = MOST_PERIODS) -> tuple[Window, ...]:
    """Return the whole periods between `first` and `until`, oldest first, the latest `most` of them.

    `NNw` and `NNd` are counted back from `until`. `half-month`: the days 1 to 15 and 16 to the end of a month; the last
    one is the last that is over by `until`.

    Raises RefusedQuestion where `period` is none of these, or shorter than a week.

    >>> [f"{w.first:%m-%d}" for w in periods_back("4w", date(2026, 11, 15), date(2026, 9, 1))]
    ['09-21', '10-19']
    >>> [f"{w.first:%m-%d}/{w.last:%d}" for w in periods_back("half-month", date(2026, 3, 20), date(2026, 2, 1))]
    ['02-01/15', '02-16/28', '03-01/15']
    """
    period = check_period(period)
    found: list[Window] = []
    last = until
    while len(found) < most:
        window = _half_month(last) if period == HALF_MONTH else window_back(period, last)
        if window.first < first:
            break
        if window.last <= until:
            found.append(window)
        last = window.first - timedelta(days=1)
    return tuple(reversed(found))


def check_period(period: str) -> str:
    """Return the period as `periods_back` takes it. Raises RefusedQuestion where it is none.

    >>> check_period(" 4W ")
    '4w'
    """
    plain = period.strip().lower()
    number = re.fullmatch(r"([1-9]\d{0,2})([wd])", plain)
    if plain != HALF_MONTH and (not number or int(number[1]) * (7 if number[2] == "w" else 1) < LEAST_DAYS):
        raise RefusedQuestion(
            'A time line cannot have steps of "{period}". Write 4w for weeks, 10d for days (at least 7) or half-month.',
            period=period,
        )
    return plain


def _half_month(day: date) -> Window:
    """Return the half-month that a day lies in."""
    if day.day <= 15:
        return Window(day.replace(day=1), day.replace(day=15))
    following = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    return Window(day.replace(day=16), following - timedelta(days=1))


def time_line(
    cube: Cube,
    periods: Sequence[Window],
    chosen: Slice = EVERYTHING,
    lens: str = "city",
    exposure: Floats | None = None,
) -> TimeLine:
    """Return the time line of what is chosen, counted together; see `time_lines`.

    >>> from geo.grid.example import small_cube
    >>> line = time_line(small_cube(), spans_back(date(2026, 3, 15), 2))
    >>> line.ring.tolist(), line.expected.tolist(), line.ratio.tolist()
    ([[1.0, 2.0], [1.0, 2.0]], [[1.0, 2.0], [1.0, 2.0]], [[1.0, 1.0], [1.0, 1.0]])
    """
    return time_lines(cube, periods, [chosen], lens=lens, exposure=exposure)[0]


def time_lines(
    cube: Cube,
    periods: Sequence[Window],
    groups: Sequence[Slice],
    *,
    lens: str = "city",
    exposure: Floats | None = None,
    delta: float | None = None,
) -> tuple[TimeLine, ...]:
    """Test every disk in every period against the city's level of that period, or against its people and streets.

    METHODS 2.5. Hot: more than `delta` times the expected, beyond chance, by the negative binomial of METHODS 1.4 and
    Benjamini-Hochberg within the period, over the union of `groups` as in a list that shows them all. Cold: less than
    `cold_below` times the expected, in the same way, among the disks that expect LEAST_COLD. `delta` is DELTA of the
    lens unless given.

    How far counts stray is fitted once per group, on predictions over one period made inside the last two years before
    the last period (METHODS 1.3): what is new there does not widen the spread that it is judged by. What happened in
    the periods before it does. Where less than LEAST_WEEKS lie before it, its own weeks count too. Half-months are of
    13 to 16 days: the spread is that of the median one, in whole weeks, and the mean of a shorter one is smaller by
    itself, as the city's level is that of the period.

    People are spread once over all periods: a cell without any that holds incidents in one of them gets the first
    percentile of the others in all of them. Cells of which none is known (NaN) are left out, as in `places_lens`.

    Raises RefusedQuestion for another lens than city and places, or `places` without an exposure.
    """
    if lens not in DELTA:
        raise RefusedQuestion("A time line compares with the city (city) or with people and streets (places).")
    if lens == "places" and (exposure is None or not np.nansum(exposure) > 0):
        raise RefusedQuestion(
            'Without households or street length, "more than other places" would only show the busy centre. '
            "Give an exposure table, or ask where problems concentrate (city)."
        )
    delta = DELTA[lens] if delta is None else delta
    tested = on_every_core(partial(_test, cube, tuple(periods), lens, delta, exposure), groups)
    lines = tuple(line for line, *_ in tested)
    _decide([line.hot for line in lines], [above for _, above, _ in tested])
    _decide([line.cold for line in lines], [below for *_, below in tested])
    return lines


def _test(
    cube: Cube, periods: tuple[Window, ...], lens: str, delta: float, exposure: Floats | None, chosen: Slice
) -> tuple[TimeLine, SmallChances, SmallChances]:
    """Return the time line of one group with nothing decided, and its chances of so many and of so few."""
    exposure = exposure if lens == "places" else None
    known = None if exposure is None else ~np.isnan(exposure)
    neighbours = cube.neighbours if known is None else without(cube.neighbours, ~known)
    counted, history = _count(cube, periods, chosen)
    judged = counted if known is None else np.where(known[:, None], counted, 0.0)
    learned = (history, neighbours) if known is None else (history[known], within(neighbours, known))
    spread, origins = _fit(periods, *learned)
    level = _expected(judged, exposure)
    ring, expected = disk_sum(judged, neighbours), disk_sum(level, neighbours)
    none = np.zeros(ring.shape, dtype=bool)
    line = TimeLine(lens, delta, periods, counted, ring, expected, none, none.copy(), spread, origins, known)
    return line, _chances_of_more(line), _chances_of_fewer(line)


def _count(cube: Cube, periods: Sequence[Window], chosen: Slice) -> tuple[Floats, Floats]:
    """Return the incidents by cell and period, and by cell and week to learn from; one look at the records."""
    if not periods:
        return np.zeros((len(cube.cells), 0)), np.zeros((len(cube.cells), 0))
    last = periods[-1]
    known = cube.weeks_before(last.first)
    end = last.first if known >= LEAST_WEEKS else last.last + timedelta(days=1)  # of the weeks to learn from
    weeks = spans_back(end - timedelta(days=1), min(FIT_WEEKS, cube.weeks_before(end)))
    first = min([periods[0].first, *(week.first for week in weeks[:1])])
    rows = cube.rows(Window(first, last.last), chosen)
    return cube.cut(rows, periods), cube.cut(rows, weeks)


def _fit(periods: Sequence[Window], history: Floats, neighbours: Neighbours) -> tuple[Spread, int]:
    """Return the spread of disks over a typical period, and the number of predictions that it was learned from."""
    if history.shape[1] < LEAST_WEEKS:
        return ASSUMED, 0
    block = max(1, round(float(np.median([period.weeks for period in periods]))))
    predictions = list(past_predictions(history, block))
    spread = fit_spread(predictions, neighbours)
    return (spread, len(predictions)) if spread else (ASSUMED, 0)


def expected_of_cells(line: TimeLine, exposure: Floats | None = None) -> Floats:
    """Return what the lens expects in each cell alone, period by period; (cells, periods). `exposure`: that of places.

    >>> from geo.grid.example import small_cube
    >>> expected_of_cells(time_line(small_cube(), spans_back(date(2026, 3, 15), 2))).tolist()
    [[0.5, 1.0], [0.5, 1.0]]
    """
    judged = line.incidents if line.known is None else np.where(line.known[:, None], line.incidents, 0.0)
    return _expected(judged, exposure if line.lens == "places" else None)


def _expected(counted: Floats, exposure: Floats | None) -> Floats:
    """Return the expected incidents of cells, period by period; (cells, periods)."""
    if exposure is None:
        columns = [from_city(now) for now in counted.T]
        return np.stack(columns, axis=1) if columns else np.zeros(counted.shape)
    whole, _ = from_exposure(counted.sum(axis=1), exposure)
    return np.outer(whole, counted.sum(axis=0) / max(counted.sum(), 1.0))


class SmallChances(NamedTuple):
    """The p-values of a group that can be beyond chance: few of the millions, which would not fit beside each other."""

    tests: NDArray[np.int64]  # (periods,) how many p-values there were
    place: NDArray[np.int64]  # of each small one: cell * periods + period
    p_value: Floats


def _chances_of_more(line: TimeLine) -> SmallChances:
    """Return P(X >= ring) where delta times the expected is the mean."""
    mean = line.expected * line.delta
    p_value = negative_binomial_tail(line.ring, mean, line.spread.variance(mean)).ravel()
    small = np.flatnonzero(can_pass(p_value))
    periods = line.ring.shape[1]
    return SmallChances(np.full(periods, line.tested.sum()), small, p_value[small])


def _chances_of_fewer(line: TimeLine) -> SmallChances:
    """Return P(X <= ring) where `cold_below` times the expected is the mean, of the disks that expect enough."""
    judged = line.expected >= LEAST_COLD
    mean = line.expected[judged] * line.cold_below
    p_value = 1 - negative_binomial_tail(line.ring[judged] + 1, mean, line.spread.variance(mean))
    small = can_pass(p_value)
    return SmallChances(judged.sum(axis=0), np.flatnonzero(judged)[small], p_value[small])


def _decide(flags: Sequence[Flags], chances: Sequence[SmallChances]) -> None:
    """Mark in `flags` (cells, periods) what is beyond chance among all that was judged in the same period."""
    periods = flags[0].shape[1] if flags else 0
    for at in range(periods):
        now = [chance.place % periods == at for chance in chances]
        together = np.concatenate([chance.p_value[own] for chance, own in zip(chances, now, strict=True)])
        passed = beyond_chance(together, tests=sum(int(chance.tests[at]) for chance in chances))
        ends = np.cumsum([own.sum() for own in now])[:-1]
        for flag, chance, own, part in zip(flags, chances, now, np.split(passed, ends), strict=True):
            flag[chance.place[own][part] // periods, at] = True
