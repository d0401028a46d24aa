"""Clusters of hot cells through time: where each lies, since when, how it moved, and what became of it.

A cluster of one period is a connected component of neighbouring hot cells; which is which of the next period decides
`geo.stats.identity` (METHODS 4(d)).

An id is of use only if tomorrow's run gives it again. So nothing that is said of an earlier period depends on what came
after it: periods lie on a calendar of their own, not counted back from today, and each is judged by what was known when
it ended. Only the last one moves with the day: it ends on it, and overlaps the one before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import geopandas as gpd
import numpy as np
import polars as pl
from scipy.sparse import csgraph

from geo.grid.cells import cell_to_string
from geo.grid.cube import Cube, Floats, Slice
from geo.grid.windows import Window, window_back
from geo.stats import places, scope
from geo.stats.cluster_rows import ClusterRows
from geo.stats.identity import Footprint, Life, trace
from geo.stats.question import Question
from geo.stats.results import Flags, Neighbours
from geo.stats.threads import on_every_core
from geo.stats.timeline import (
    DELTA,
    FOUR_WEEKS,
    HALF_MONTH,
    TimeLine,
    check_period,
    expected_of_cells,
    periods_back,
    time_lines,
)

CALENDAR = date(1970, 1, 5)
"""A Monday on which periods of every length begin."""
SHOWN = 26
"""Periods that are shown: two years of four-week steps, so that what ended can be seen to come back."""
MOST_FOLLOWED = 65
"""Periods that ids are followed through: five years of four-week steps. What is seen at the edge of what is shown was
born before it, and keeps its name when that edge moves on."""
MEMORY_DAYS = 52 * 7
"""After it was last seen, within which an ended cluster can be reborn."""


@dataclass(frozen=True)
class Followed:
    """The clusters of a city through time; `lives` in the order of the table's rows."""

    table: gpd.GeoDataFrame  # tables.CLUSTERS and what the cells cover
    lives: tuple[Life, ...]  # their steps are positions in `line.periods`
    lines: pl.DataFrame  # LINES
    line: TimeLine  # over every period that was followed; its spread is that of the last
    periods: tuple[Window, ...]  # those shown, the latest of them
    chosen: Slice
    window: Window  # the days of the periods shown
    provisional: frozenset[str]  # ids that only the last period shows, or one overlapping it, and none of it CLEAR


def find_clusters(
    cube: Cube,
    *,
    period: str = FOUR_WEEKS,
    until: date | None = None,
    lens: str = "city",
    categories: Sequence[str] = (),
    exposure: Floats | None = None,
    areas: gpd.GeoDataFrame | None = None,
    lang: str = "en",
) -> gpd.GeoDataFrame:
    """Return every cluster of hot cells that is seen in the last 26 periods, with an id that it keeps through time.

    The periods are those of `calendar_periods`.

    Parameters
    ----------
    cube
        What `build_cube` returned.
    period
        Length of the steps: `4w` (weeks), `10d` (days, 7 at the least) or `half-month`.
    until, categories
        As in `Question`.
    lens
        `city`, more than the city's average of the period, or `places`, more than people or streets explain; any other
        is answered through `city`.
    exposure
        Households, population or metres of street of every cell of the universe, NaN where unknown.
    areas
        What places and units are named from; without them those columns are empty.
    lang
        `en` or `zh`, of `reason`.

    Returns
    -------
    geopandas.GeoDataFrame
        `tables.CLUSTERS` and the union of the hexagons (EPSG:4326): those seen in the last period first, then those
        missing for a while, then what is over; the greatest excess first.

    Raises
    ------
    RefusedQuestion, NoReports
        Where the data cannot carry the question.

    >>> from geo.grid.example import small_cube
    >>> len(find_clusters(small_cube(), period="1w"))
    0
    """
    question = Question(until=until, lens=lens, categories=tuple(categories))
    described = places.describe_cells(cube, areas, lang=lang)
    return follow_hot(cube, question, period=period, exposure=exposure, described=described, lang=lang).table


def follow_hot(
    cube: Cube,
    question: Question,
    *,
    period: str = FOUR_WEEKS,
    exposure: Floats | None = None,
    described: pl.DataFrame | None = None,
    lang: str = "en",
) -> Followed:
    """Do what `find_clusters` does for any question, and keep the lives behind the table.

    What is chosen is counted together, whatever `question.each_category` says; of its window only the last day counts.
    `described`: what
    `places.describe_cells` says of every cell, in the same language.
    """
    lens = question.lens if question.lens in DELTA else "city"
    scope.check_question(replace(question, lens=lens))
    until = scope.resolve_window(cube, "auto", question.until, "city").last
    first = cube.first_day
    assert first is not None  # or there would be no window
    periods = calendar_periods(period, until, first)
    chosen = replace(question.chosen, categories=scope.find_codes(cube, question.categories))
    delta = question.min_ratio if lens == question.lens else None
    line = _judge(cube, periods, chosen, lens, exposure, delta)
    shown = periods[-SHOWN:]
    steps = footprints(line.hot, line.incidents, cube.neighbours, cell_to_string(cube.cells))
    days = float(np.median([p.days for p in periods])) if periods else MEMORY_DAYS
    start = len(periods) - len(shown)
    rows = ClusterRows(cube, line, expected_of_cells(line, exposure), described, start, chosen, lang)
    lives = rows.ordered(life for life in trace(steps, memory=int(MEMORY_DAYS // days)) if life.last >= start)
    return Followed(
        table=rows.table(lives),
        lives=tuple(lives),
        lines=rows.lines(lives),
        line=line,
        periods=shown,
        chosen=chosen,
        window=Window(shown[0].first, shown[-1].last) if shown else Window(until, until),
        provisional=frozenset(life.cluster_id for life in lives if rows.is_provisional(life)),
    )


def calendar_periods(period: str, until: date, first: date) -> tuple[Window, ...]:
    """Return the whole periods since `first`, the oldest first, the latest MOST_FOLLOWED of them.

    Those of a number of weeks or days stand one after the other since CALENDAR, whatever day it is; where the last of
    them does not end on `until`, one more does, and overlaps it. Half-months are those of the month.

    >>> [f"{w.first:%m-%d}/{w.last:%m-%d}" for w in calendar_periods("4w", date(2026, 11, 15), date(2026, 8, 31))]
    ['08-31/09-27', '09-28/10-25', '10-19/11-15']
    """
    period = check_period(period)
    if period == HALF_MONTH:
        return periods_back(period, until, first, MOST_FOLLOWED)
    latest = window_back(period, until)
    since = (until + timedelta(days=1) - CALENDAR).days % latest.days
    if not since:
        return periods_back(period, until, first, MOST_FOLLOWED)
    before = periods_back(period, until - timedelta(days=since), first, MOST_FOLLOWED - 1)
    return (*before, latest) if latest.first >= first else before


def _judge(
    cube: Cube, periods: Sequence[Window], chosen: Slice, lens: str, exposure: Floats | None, delta: float | None
) -> TimeLine:
    """Return one time line whose periods were each judged by themselves, by what was known when they ended."""

    def alone(period: Window) -> TimeLine:
        return time_lines(cube, [period], [chosen], lens=lens, exposure=exposure, delta=delta)[0]

    if not periods:
        return time_lines(cube, periods, [chosen], lens=lens, exposure=exposure, delta=delta)[0]
    lines = on_every_core(alone, periods)
    return replace(
        lines[-1],
        periods=tuple(periods),
        incidents=np.hstack([line.incidents for line in lines]),
        ring=np.hstack([line.ring for line in lines]),
        expected=np.hstack([line.expected for line in lines]),
        hot=np.hstack([line.hot for line in lines]),
        cold=np.hstack([line.cold for line in lines]),
    )


def footprints(
    hot: Flags, incidents: Floats, neighbours: Neighbours, names: pl.Series
) -> tuple[tuple[Footprint, ...], ...]:
    """Return, per period, the connected components of hot cells with the incidents of each cell.

    `hot`, `incidents` (cells, periods); two cells are connected where they are neighbours.

    >>> row = np.array([[-1, 1], [0, 2], [1, 3], [2, -1]], np.int32)
    >>> hot = np.array([[True], [False], [True], [True]])
    >>> footprints(hot, np.array([[3.0], [0], [1], [9]]), row, pl.Series(["a", "b", "c", "d"]))
    (({'a': 3.0}, {'c': 1.0, 'd': 9.0}),)
    """
    together = places.disks(neighbours)
    found: list[tuple[Footprint, ...]] = []
    for step in range(hot.shape[1]):
        at = np.flatnonzero(hot[:, step])
        if not len(at):
            found.append(())
            continue
        count, label = csgraph.connected_components(together[at][:, at], directed=False)
        parts: list[dict[str, float]] = [{} for _ in range(count)]
        for part, name, held in zip(label, names.gather(at), incidents[at, step].tolist(), strict=True):
            parts[part][name] = held
        found.append(tuple(parts))
    return tuple(found)
