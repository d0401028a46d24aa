"""From a cube and a question to the table of hot spots: cut the series, test them, say where and who."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import geopandas as gpd
import numpy as np
import polars as pl

from geo import tables
from geo.errors import RefusedQuestion
from geo.grid.cells import cell_to_polygon, cell_to_string
from geo.grid.cube import Cube, Floats, Slice
from geo.grid.windows import Window
from geo.intake.categories import category_name
from geo.intake.themes import names_of, shipped_themes, themes_among
from geo.stats import hotspots, map_notes, places, scope, sentences
from geo.stats.causes import Causes, Marked, causes_of_cells
from geo.stats.caveats import caveats
from geo.stats.intervals import ratio_interval
from geo.stats.question import Question
from geo.stats.resolution import quality_note
from geo.stats.results import HotspotTest
from geo.stats.sources import Change
from geo.stats.threads import on_every_core
from geo.words import Note, note


@dataclass(frozen=True)
class Found:
    """The answer to one question: the table, the tests behind it and what to keep in mind."""

    table: gpd.GeoDataFrame
    tests: tuple[HotspotTest, ...]  # one, or one per category
    window: Window
    notes: tuple[Note, ...]
    typical: float  # w of METHODS 1.5b, see `scope.typical_of`
    changes: tuple[Change, ...] = ()  # sources that are not the same in all of the days looked at
    causes: tuple[Causes, ...] = ()  # of every cell, one for each of `tests`; none where no report was marked


def find_hotspots(
    cube: Cube,
    *,
    window: str = "auto",
    lens: str = "city",
    until: date | None = None,
    categories: Sequence[str] = (),
    each_category: bool = False,
    min_ratio: float | None = None,
    exposure: Floats | None = None,
    areas: gpd.GeoDataFrame | None = None,
    reports: pl.DataFrame | None = None,
    lang: str = "en",
) -> gpd.GeoDataFrame:
    """Return the hot spots of a cube, one row per cell of the universe.

    Parameters
    ----------
    cube
        What `build_cube` returned.
    window, lens, until, categories, each_category, min_ratio
        As in `Question`.
    exposure
        Households, population or metres of street of every cell of the universe, NaN where unknown.
    areas, reports
        What places and backlog are named from; without them those columns are empty.
    lang
        `en` or `zh`, of `place` and `reason`.

    Returns
    -------
    geopandas.GeoDataFrame
        `tables.HOTSPOTS` and the hexagons (EPSG:4326). With `each_category` one block of cells per category.

    Raises
    ------
    RefusedQuestion, NoReports
        Where the data cannot carry the question.
    """
    question = Question(
        window=window,
        until=until,
        lens=lens,
        categories=tuple(categories),
        each_category=each_category,
        min_ratio=min_ratio,
    )
    described = places.describe_cells(cube, areas, lang=lang)
    return answer(cube, question, exposure=exposure, described=described, reports=reports, lang=lang).table


def answer(
    cube: Cube,
    question: Question,
    *,
    exposure: Floats | None = None,
    described: pl.DataFrame | None = None,
    reports: pl.DataFrame | None = None,
    marked: Marked | None = None,
    lang: str = "en",
) -> Found:
    """Do what `find_hotspots` does for any question, and keep the tests and notes behind the table.

    `described`: what `places.describe_cells` says of every cell, in the same language; `marked`: the reports as
    `causes.mark_reports` gives them, without which the columns of the cause are empty.
    """
    lens, chosen = question.lens, question.chosen
    scope.check_question(question)
    span = scope.resolve_window(cube, question.window, question.until, lens)
    chosen = replace(chosen, categories=scope.find_codes(cube, chosen.categories))
    groups = scope.groups_of(cube, span, chosen, question.each_category)
    notes: list[Note] = []
    if question.each_category:
        groups, tests, untested = _each_test(cube, span, groups, question, exposure, lang)
        notes = untested
    else:
        tests = [_test(cube, span, chosen, question, exposure)]
    typical = scope.typical_of(cube, span, *groups)
    described = places.describe_cells(cube, None) if described is None else described
    blocks: list[pl.DataFrame] = []
    clusters = 0
    causes = [causes_of_cells(marked, span, part, cube.neighbours) for part in groups] if marked else []
    for at, (part, test) in enumerate(zip(groups, tests, strict=True)):
        of_it = reports if reports is None else reports.filter(part.condition)
        common = described.hstack(places.backlog(cube, of_it, span.last))
        common = common.with_columns(unit=pl.coalesce("unit", "busiest_unit")).drop("busiest_unit")
        common = common.hstack(_cause_columns(test, causes[at] if causes else None))
        blocks.append(_block(cube, span, part, test, question.due, lang, clusters).hstack(common))
        clusters += blocks[-1]["cluster_id"].n_unique() - int(blocks[-1]["cluster_id"].has_nulls())
    notes += _test_notes(cube, span, groups, tests, question.each_category, lang)
    changed, said = caveats(cube, span, chosen, lens=lens, lang=lang)
    notes += said
    weak = quality_note(typical) if lens != "share" and any(test.count.any() for test in tests) else None
    notes += [*([weak] if weak else []), *scope.edge_notes(cube, span)]
    if len(cube.cells):
        notes.append(map_notes.number_tested_note(sum(int(test.tested.sum()) for test in tests)))
    table = pl.concat(blocks).select(list(tables.HOTSPOTS)).cast(pl.Schema(tables.HOTSPOTS))
    frame = table.to_pandas().astype(dict.fromkeys(_COUNTED, "Int64"))
    hexagons = np.tile(cell_to_polygon(cube.cells), len(blocks))
    return Found(
        table=gpd.GeoDataFrame(frame, geometry=hexagons, crs="EPSG:4326"),
        tests=tuple(tests),
        window=span,
        notes=tuple(n for at, n in enumerate(notes) if n not in notes[:at]),
        typical=typical,
        changes=changed,
        causes=tuple(causes),
    )


_COUNTED = ("open_reports", "overdue_reports", "returned", "unowned", "cluster_id")
"""Columns of whole numbers that may be empty."""


def _cause_columns(test: HotspotTest, causes: Causes | None) -> pl.DataFrame:
    """Return returned, unowned and cause of every cell; the cause of hot cells only."""
    cells = len(test.hot)
    tallies = {"returned": causes and causes.relapse, "unowned": causes and causes.nobody}
    return pl.DataFrame(
        {
            **{
                name: pl.Series(tally.number).cast(pl.Int64) if tally else pl.Series([None] * cells, dtype=pl.Int64)
                for name, tally in tallies.items()
            },
            "cause": pl.Series(causes.judge(test.hot).leading if causes else [""] * cells, dtype=pl.String),
        }
    )


def _test_notes(
    cube: Cube, span: Window, groups: list[Slice], tests: list[HotspotTest], each: bool, lang: str
) -> list[Note]:
    """Return the sentences about every test; of `each` category those without a hot spot are only counted."""
    said: list[Note] = []
    quiet = [each and not test.hot.any() for test in tests]
    for part, test, nothing in zip(groups, tests, quiet, strict=True):
        batch = map_notes.batch_note(_daily(cube, span, part, test))
        own = [] if nothing else [*test.notes, *([batch] if batch else [])]
        name = category_name(part.categories[0], lang) if each else ""
        said += [note("{category}: {text}", category=name, text=n) for n in own] if each else own
    if any(quiet):
        said.append(note("Nothing is beyond chance in {quiet} of {all} categories.", quiet=sum(quiet), all=len(tests)))
    return said


def _each_test(
    cube: Cube, span: Window, groups: list[Slice], question: Question, exposure: Floats | None, lang: str
) -> tuple[list[Slice], list[HotspotTest], list[Note]]:
    """Return the categories that can be tested, their tests decided together, and what to say of the others."""

    def attempt(part: Slice) -> HotspotTest | RefusedQuestion:
        try:
            return _test(cube, span, part, question, exposure)
        except RefusedQuestion as refusal:
            return refusal

    answers = list(zip(groups, on_every_core(attempt, groups), strict=True))
    tested = [(part, test) for part, test in answers if isinstance(test, HotspotTest)]
    refusals = [(part, why) for part, why in answers if isinstance(why, RefusedQuestion)]
    if not tested:
        raise refusals[0][1]
    untested = [
        note("{category}: {text}", category=category_name(part.categories[0], lang), text=Note(why.text, why.values))
        for part, why in refusals
    ]
    return [part for part, _ in tested], hotspots.together([test for _, test in tested]), untested


def _test(cube: Cube, span: Window, chosen: Slice, question: Question, exposure: Floats | None) -> HotspotTest:
    lens = question.lens
    series = scope.cut_series(cube, span, chosen, with_all=lens == "share")
    return hotspots.by_lens(
        lens, series, cube.neighbours, delta=question.min_ratio, exposure=exposure, per=question.per
    )


def _daily(cube: Cube, span: Window, chosen: Slice, test: HotspotTest) -> Floats:
    """Return the incidents of every hot disk by day; (hot disks, days)."""
    if not test.hot.any():
        return np.zeros((0, span.days))
    own = cube.by_period(span.last, span.days, days=1, chosen=chosen)
    disks = np.column_stack([np.flatnonzero(test.hot), cube.neighbours[test.hot]])
    return np.where(disks[..., None] >= 0, own[disks], 0.0).sum(axis=1)


def _block(
    cube: Cube, span: Window, chosen: Slice, test: HotspotTest, due: date | None, lang: str, clusters: int
) -> pl.DataFrame:
    """Return the columns of one test: what was counted, expected and concluded, and why.

    `clusters`: of the tests before it in the list; its own are numbered on from there.
    """
    category = chosen.categories[0] if len(chosen.categories) == 1 else tables.ALL_CATEGORIES
    names = {code: category_name(code, lang) for code in cube.counts["category"].unique()}
    named = ", ".join(names_of(chosen.categories, themes_among(names, shipped_themes()), lang))
    cluster = places.number_clusters(test.hot, test.ring - test.expected, cube.neighbours)
    low, high = ratio_interval(test)
    return pl.DataFrame(
        {
            "cell": cell_to_string(cube.cells),
            "lat": cube.universe["lat"].round(7),
            "lon": cube.universe["lon"].round(7),
            "incidents": test.count,
            "ring_incidents": test.ring,
            "expected": test.expected.round(4),
            "ratio": np.where(test.enough, test.ratio, np.nan).round(4),
            "ratio_low": np.where(test.enough, low, np.nan).round(4),
            "ratio_high": np.where(test.enough, high, np.nan).round(4),
            "p_value": test.p_value,
            "q_value": test.q_value,
            "hot": test.hot,
            "core": test.core,
            "enough": test.enough,
            "gi_star": test.gi_star.round(4),
            "top_category": places.top_category(cube, span, chosen).replace(names),
            "cluster_id": pl.Series(np.where(cluster > 0, cluster + clusters, 0)).replace(0, None),
            "reason": sentences.row_sentences(test, lang, category=named or None),
        }
    ).with_columns(
        pl.col("ratio", "ratio_low", "ratio_high", "gi_star").fill_nan(None),
        category=pl.lit(category),
        lens=pl.lit(test.lens),
        window_start=pl.lit(span.first),
        window_end=pl.lit(span.last),
        due_at=pl.lit(due, pl.Date),
    )
