"""Whether every cluster of a map would be hot on another grid, with every report counted, and without any one week.

METHODS 7 asks for the coarser grid and the half-cell shift; a cluster of which 60 % is still hot in every check is
robust. `benchmarks/demo_city.py` plants rises and counts which of them are, and what is where nothing has risen: 33 of
the 36 planted spots; on 234 maps chance makes no cluster hot, so that these say nothing of robust ones by chance
(docs/statistics.md). How the coarser grid is laid was chosen on those planted spots.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import polars as pl
from shapely.affinity import translate

from geo import tables
from geo.checks.again import (
    Hot,
    ask_again,
    ask_series,
    counting_reports,
    cut,
    exposure_of,
    groups_of,
    hot_cells,
    part_hot,
    recount,
    reports_of_the_days,
)
from geo.grid import cells as h3_cells
from geo.stats import hotspots
from geo.stats.results import Floats, Series
from geo.stats.stability import LEAST_CELLS, ROBUST, half_shifts, mean_by_cluster, part_still_hot, pour
from geo.study import Answer, Study

CHECKS = ("coarser", "shifted", "reports", "weeks")
"""A coarser grid; a grid half a cell aside; every report counted; without any one week."""


@dataclass(frozen=True)
class Check:
    """One check of every cluster: which part of it is still hot, 0 to 1; NaN where that cannot be judged."""

    name: str  # one of CHECKS
    by_cluster: Floats  # of the clusters 1, 2, ...
    by_cell: Floats  # of the hot cells, in the order of `Hot.cell`
    worst_weeks: tuple[date, ...] = ()  # weeks: the first day of the week each cluster hangs on most
    level: int | None = None  # coarser: that of the grid


@dataclass(frozen=True)
class Stability:
    """What became of every cluster of an answer in every check that could be made."""

    checks: tuple[Check, ...]

    @property
    def clusters(self) -> int:
        return max((len(check.by_cluster) for check in self.checks), default=0)

    def of(self, cluster: int) -> Verdict:
        """Return what the checks say of one cluster, by its number on the map."""
        return Verdict(
            {check.name: float(check.by_cluster[cluster - 1]) for check in self.checks},
            {check.name: check.worst_weeks[cluster - 1] for check in self.checks if check.worst_weeks}.get("weeks"),
        )


@dataclass(frozen=True)
class Verdict:
    """What the checks say of one cluster.

    >>> verdict = Verdict({"coarser": 0.8, "shifted": 0.9, "reports": float("nan"), "weeks": 0.4}, None)
    >>> verdict.judged, verdict.fails, verdict.robust
    (('coarser', 'shifted', 'weeks'), ('weeks',), False)
    """

    parts: dict[str, float]  # by check: which part is still hot; NaN where it cannot be judged
    worst_week: date | None

    @property
    def judged(self) -> tuple[str, ...]:
        return tuple(name for name, part in self.parts.items() if np.isfinite(part))

    @property
    def fails(self) -> tuple[str, ...]:
        return tuple(name for name in self.judged if self.parts[name] < ROBUST)

    @property
    def robust(self) -> bool:
        return bool(self.judged) and not self.fails


def stability(study: Study, answer: Answer) -> Stability:
    """Return the four checks of the clusters of `answer`, whatever areas it is narrowed to."""
    return Stability(tuple(check(study, answer, name) for name in CHECKS))


def check(study: Study, answer: Answer, name: str) -> Check:
    """Return one of CHECKS: which part of every cluster is hot there too, by the same rule as on the map."""
    hot = hot_cells(study, answer)
    if not len(hot.cell):
        return Check(name, np.empty(0), np.empty(0))
    made: dict[str, Callable[[Study, Answer, Hot], Check]] = {
        "coarser": _coarser,
        "shifted": _shifted,
        "reports": _every_report,
        "weeks": _without_a_week,
    }
    return made[name](study, answer, hot)


def _coarser(study: Study, answer: Answer, hot: Hot) -> Check:
    """Ask single cells of the next coarser level, each as large as a cell and its ring here; best of four grids.

    Disks of that level are seven times as large again, too large for a rise of the size of one disk here. And a cluster
    of the size of one cell has its border run through it more often than not, so the grid is laid in four ways, each
    half a cell aside, and every cluster may choose: where borders lie is the next check's question. Both were chosen on
    the planted spots of `benchmarks/demo_city.py`, not confirmed on others.
    """
    level = study.cube.resolution - 1
    seen = _incidents(study, answer)
    coarse = h3_cells.universe(study.boundary, level)
    steps = ((0.0, 0.0), *half_shifts(coarse))
    grids = np.stack([_in_grid(study, seen, answer, hot, level, step, alone=True) for step in steps])
    clusters = np.stack([mean_by_cluster(parts, hot.cluster) for parts in grids])
    best = np.nan_to_num(clusters, nan=-1.0).argmax(axis=0)
    by_cluster = clusters[best, np.arange(clusters.shape[1])]
    by_cell = grids[best[hot.cluster - 1], np.arange(len(hot.cell))]
    return Check("coarser", by_cluster, by_cell, level=level)


def _shifted(study: Study, answer: Answer, hot: Hot) -> Check:
    """Ask the same cells and rings laid half a cell aside, in the three ways there are; their mean."""
    level, seen = study.cube.resolution, _incidents(study, answer)
    grids = [_in_grid(study, seen, answer, hot, level, step) for step in half_shifts(study.cube.cells)]
    parts = np.mean(grids, axis=0) if grids else np.full(len(hot.cell), np.nan)
    return Check("shifted", mean_by_cluster(parts, hot.cluster), parts)


def _every_report(study: Study, answer: Answer, hot: Hot) -> Check:
    tests = ask_again(counting_reports(study.cube), answer, groups_of(answer), exposure_of(study, answer))
    parts = part_hot(tests, hot)
    return Check("reports", mean_by_cluster(parts, hot.cluster), parts)


def _without_a_week(study: Study, answer: Answer, hot: Hot) -> Check:
    """Leave out every week of the window in turn; each cluster answers for the week that costs it most.

    How far counts stray is not learned again: the history is the same. And a rise must do without as many of its
    busiest weeks as in the whole window: three weeks by themselves would ask for none.
    """
    weeks = int(answer.window.weeks)
    if weeks < 2:
        nothing = np.full(len(hot.cell), np.nan)
        return Check("weeks", mean_by_cluster(nothing, hot.cluster), nothing)
    whole = [cut(study.cube, answer, group) for group in groups_of(answer)]
    exposure, left = exposure_of(study, answer), list[Floats]()
    for week in range(weeks):
        shorter = [_without(series, week) for series in whole]
        left.append(part_hot(ask_series(shorter, study.cube.neighbours, answer, exposure, learn=False), hot))
    by_cluster = np.stack([mean_by_cluster(parts, hot.cluster) for parts in left])
    worst = np.nan_to_num(by_cluster, nan=2.0).argmin(axis=0)  # a week without which nothing can be asked says nothing
    first = answer.window.last - timedelta(days=7 * weeks - 1)
    return Check(
        "weeks",
        by_cluster[worst, np.arange(by_cluster.shape[1])],
        np.fmin.reduce(left),
        worst_weeks=tuple(first + timedelta(days=7 * int(week)) for week in worst),
    )


def _in_grid(
    study: Study,
    seen: pl.DataFrame,
    answer: Answer,
    hot: Hot,
    level: int,
    shift: tuple[float, float],
    *,
    alone: bool = False,
) -> Floats:
    """Return which part of every hot cell is hot in a grid of this level, all points and borders moved by `shift`.

    NaN where that cannot be judged: a grid of a few cells, a question that cannot be answered of it, an exposure that
    is not known there.

    `seen`: what `_incidents` returned; `alone`: cells are tested without their rings.
    """
    universe = h3_cells.universe(translate(study.boundary, shift[1], shift[0]), level)
    parts = np.full(len(hot.cell), np.nan)
    if len(universe) < LEAST_CELLS:
        return parts
    cells = h3_cells.point_to_cell(seen["lat"].to_numpy() + shift[0], seen["lon"].to_numpy() + shift[1], level)
    cube = recount(study, seen.with_columns(cell=pl.Series(cells, dtype=pl.UInt64)), universe, level)
    own, exposure = study.cube.cells, exposure_of(study, answer)
    moved = None if exposure is None else pour(exposure, own, universe, level=level, shift=shift)
    tests = ask_again(cube, answer, groups_of(answer), moved, alone=alone)
    for at, test in enumerate(tests):
        if test:
            mine = hot.group == at
            seen_there, still = universe[test.tested], test.hot[test.tested]
            parts[mine] = part_still_hot(own[hot.cell[mine]], seen_there, still, level=level, shift=shift)
    return parts


def _incidents(study: Study, answer: Answer) -> pl.DataFrame:
    """Return the first report of every incident that counts; what no filter of the answer reads is left blank.

    A count by cell and day alone is much smaller than one by category, source, status and unit besides. What lies in
    cells of which no exposure is known is left out here as it is on the map.
    """
    exposure = exposure_of(study, answer) if answer.question.lens == "places" else None
    unknown = study.cube.cells[:0] if exposure is None else study.cube.cells[np.isnan(exposure)]
    read = {
        "category": answer.question.lens == "share" or any(group.categories for group in groups_of(answer)),
        "source": answer.question.sources,
        "status": answer.question.statuses,
        "unit": answer.question.units,
    }
    first = pl.col("incident_id") == tables.REPORT_KEY
    blank = [pl.lit("").alias(name) for name, wanted in read.items() if not wanted]
    judged = ~pl.col("cell").is_in(unknown)
    return reports_of_the_days(study, answer).filter(first, ~pl.col("pile"), judged).with_columns(*blank)


def _without(series: Series, week: int) -> Series:
    """Return the series with a week of the window left out, to be judged by the rule of the whole window.

    >>> short = _without(Series(np.array([5.0]), np.zeros((1, 3)), 4.0, recent=np.array([[2.0, 3.0, 0.0, 0.0]])), 1)
    >>> short.now, short.weeks, short.recent, short.busiest
    (array([2.]), 3.0, array([[2., 0., 0.]]), 1)
    """
    assert series.recent is not None
    shorter = replace(
        series,
        now=series.now - series.recent[:, week],
        weeks=series.weeks - 1,
        busiest=hotspots.busiest_weeks(series.weeks),
        recent=np.delete(series.recent, week, axis=1),
    )
    if series.all_now is None or series.all_recent is None:
        return shorter
    return replace(
        shorter,
        all_now=series.all_now - series.all_recent[:, week],
        all_recent=np.delete(series.all_recent, week, axis=1),
    )
