"""The question of an answer, asked again of another cube: what both stability and sensitivity stand on.

Lens, ratio to be exceeded, window and filters are always those of the answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from geo import tables
from geo.errors import NoReports, RefusedQuestion
from geo.grid.cube import Cube, Slice, build_cube
from geo.stats import hotspots, scope
from geo.stats.places import number_clusters
from geo.stats.results import Floats, HotspotTest, Neighbours, Series
from geo.study import Answer, Study

_NOT_COUNTED = ("closed_at", "address", "asset_id", "description", "due_at", "labelled_duplicate")


class Hot(NamedTuple):
    """The hot cells of an answer: which test each belongs to, its position in the universe, its cluster's number."""

    group: NDArray[np.int64]
    cell: NDArray[np.int64]
    cluster: NDArray[np.int64]


def hot_cells(study: Study, answer: Answer) -> Hot:
    """Return the hot cells of an answer and their clusters, numbered as on the map."""
    parts, before = list[Hot](), 0
    for at, test in enumerate(answer.tests):
        number = number_clusters(test.hot, test.ring - test.expected, study.cube.neighbours)
        cells = np.flatnonzero(test.hot)
        parts.append(Hot(np.full(len(cells), at), cells, number[cells] + before))
        before += int(number.max(initial=0))
    return Hot(*(np.concatenate(column).astype(np.int64) for column in zip(*parts, strict=True)))


def groups_of(answer: Answer) -> list[Slice]:
    """Return what each test of an answer counts."""
    chosen = answer.question.chosen
    if not answer.question.each_category:
        return [chosen]
    return [replace(chosen, categories=(code,)) for code in answer.table["category"].unique()]


def ask_again(
    cube: Cube, answer: Answer, groups: Sequence[Slice], exposure: Floats | None, *, alone: bool = False
) -> Sequence[HotspotTest | None]:
    """Return the tests of an answer made with another cube; None where the question cannot be answered there.

    `alone`: cells without their rings.
    """
    neighbours = np.full_like(cube.neighbours, -1) if alone else cube.neighbours
    series = (cut(cube, answer, group) for group in groups)
    return ask_series(series, neighbours, answer, exposure)


def cut(cube: Cube, answer: Answer, group: Slice) -> Series:
    """Return what the test of a group looks at, in this cube."""
    return scope.cut_series(cube, answer.window, group, with_all=answer.question.lens == "share")


def ask_series(
    series: Iterable[Series], neighbours: Neighbours, answer: Answer, exposure: Floats | None, *, learn: bool = True
) -> Sequence[HotspotTest | None]:
    """Return the tests of an answer made with other series, decided together where those of the answer were.

    None where the question cannot be answered of them. Without `learn` counts stray as far as in the answer.
    """
    tests: list[HotspotTest | None] = []
    for one, shown in zip(series, answer.tests, strict=True):
        spread = None if learn else hotspots.fitted(shown)
        delta = shown.model.delta
        try:
            tests.append(hotspots.by_lens(shown.lens, one, neighbours, delta=delta, exposure=exposure, spread=spread))
        except (RefusedQuestion, NoReports):
            tests.append(None)
    if not answer.question.each_category:
        return tests
    together = iter(hotspots.together([test for test in tests if test]))
    return [next(together) if test else None for test in tests]


def part_hot(tests: Sequence[HotspotTest | None], hot: Hot) -> Floats:
    """Return 1 for every hot cell of the answer that is hot in these tests too, else 0; NaN where its own is missing.

    What cannot be asked is not judged: it is no place that is no longer hot.
    """
    parts = np.full(len(hot.cell), np.nan)
    for at, test in enumerate(tests):
        if test:
            mine = hot.group == at
            parts[mine] = test.hot[hot.cell[mine]]
    return parts


def exposure_of(study: Study, answer: Answer) -> Floats | None:
    """Return what the answer counted people or streets by."""
    return study.exposures.get(answer.question.per)


def reports_of_the_days(study: Study, answer: Answer) -> pl.DataFrame:
    """Return the reports that a test can look at, with what a count needs and their local `day`; piles too.

    A few weeks more than it looks at: a cube tells by its first report how far the records reach.
    """
    first = answer.window.first - timedelta(days=7 * (scope.HISTORY_WEEKS + 4))
    needed = [name for name in (*tables.REPORTS, *tables.INCIDENT_COLUMNS, "cell") if name not in _NOT_COUNTED]
    day = pl.col("reported_at").dt.convert_time_zone(study.timezone).dt.date()
    return study.reports.select(*needed, day=day).filter(pl.col("day").is_between(first, answer.window.last))


def recount(
    study: Study, reports: pl.DataFrame, universe: NDArray[np.uint64] | None = None, level: int | None = None
) -> Cube:
    """Return the cube of these reports, of the study's own grid unless another is given."""
    return build_cube(
        reports.drop("day"),
        universe=study.cube.cells if universe is None else universe,
        resolution=level or study.cube.resolution,
        timezone=study.timezone,
    )


def counting_reports(cube: Cube) -> Cube:
    """Return the cube in which every report counts, not every incident."""
    return replace(cube, counts=cube.counts.with_columns(incidents=pl.col("reports")))
