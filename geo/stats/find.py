"""From a cube and a question to the table of hot spots: cut the series, test them, say where and who."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import geopandas as gpd
import numpy as np
import polars as pl

from geo import tables
from geo.errors import NoReports, RefusedQuestion
from geo.grid.cells import cell_to_polygon, cell_to_string
from geo.grid.cube import Cube, Floats, Slice
from geo.grid.windows import Window, window_back
from geo.intake.categories import category_name
from geo.intake.themes import PREFIX, Theme, find_theme, shipped_themes
from geo.stats import hotspots, map_notes, places, sentences
from geo.stats.caveats import caveats
from geo.stats.expected import PAST_WEEKS
from geo.stats.history import window_for
from geo.stats.intervals import ratio_interval
from geo.stats.question import Question
from geo.stats.resolution import quality_note, typical_expected
from geo.stats.results import HotspotTest, Series
from geo.stats.sources import Change
from geo.stats.threads import on_every_core
from geo.words import LANGUAGES, Note, note

MOST_RATIO = 100
HISTORY_WEEKS = 104
"""Weeks before the window that are looked at, at most: the variance is fitted on them."""


@dataclass(frozen=True)
class Found:
    """The answer to one question: the table, the tests behind it and what to keep in mind."""

    table: gpd.GeoDataFrame
    tests: tuple[HotspotTest, ...]  # one, or one per category
    window: Window
    notes: tuple[Note, ...]
    typical: float  # w of METHODS 1.5b, see `typical_of`
    changes: tuple[Change, ...] = ()  # own past: sources that are not the same in the window and before


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
    return answer(cube, question, exposure=exposure, areas=areas, reports=reports, lang=lang).table


def answer(
    cube: Cube,
    question: Question,
    *,
    exposure: Floats | None = None,
    areas: gpd.GeoDataFrame | None = None,
    reports: pl.DataFrame | None = None,
    lang: str = "en",
) -> Found:
    """Do what `find_hotspots` does for any question, and keep the tests and notes behind the table."""
    lens, chosen = question.lens, question.chosen
    check_question(question)
    span = resolve_window(cube, question.window, question.until, lens)
    chosen = replace(chosen, categories=find_codes(cube, chosen.categories))
    groups = groups_of(cube, span, chosen, question.each_category)
    notes: list[Note] = []
    if question.each_category:
        groups, tests, untested = _each_test(cube, span, groups, question, exposure, lang)
        notes = untested
    else:
        tests = [_test(cube, span, chosen, question, exposure)]
    typical = typical_of(cube, span, *groups)
    described = places.describe_cells(cube, areas, lang=lang)
    blocks: list[pl.DataFrame] = []
    clusters = 0
    for part, test in zip(groups, tests, strict=True):
        of_it = reports if reports is None else reports.filter(part.condition)
        common = described.hstack(places.backlog(cube, of_it, span.last))
        common = common.with_columns(unit=pl.coalesce("unit", "busiest_unit")).drop("busiest_unit")
        blocks.append(_block(cube, span, part, test, question.due, lang, clusters).hstack(common))
        clusters += blocks[-1]["cluster_id"].n_unique() - int(blocks[-1]["cluster_id"].has_nulls())
    notes += _test_notes(cube, span, groups, tests, question.each_category, lang)
    changed, said = caveats(cube, span, chosen, lang) if lens == "past" else ((), [])
    notes += said
    weak = quality_note(typical) if lens != "share" and any(test.count.any() for test in tests) else None
    notes += [*([weak] if weak else []), *edge_notes(cube, span)]
    if len(cube.cells):
        notes.append(map_notes.number_tested_note(len(tests) * len(cube.cells)))
    table = pl.concat(blocks).select(list(tables.HOTSPOTS)).cast(pl.Schema(tables.HOTSPOTS))
    frame = table.to_pandas().astype(dict.fromkeys(("open_reports", "overdue_reports", "cluster_id"), "Int64"))
    hexagons = np.tile(cell_to_polygon(cube.cells), len(blocks))
    return Found(
        table=gpd.GeoDataFrame(frame, geometry=hexagons, crs="EPSG:4326"),
        tests=tuple(tests),
        window=span,
        notes=tuple(n for at, n in enumerate(notes) if n not in notes[:at]),
        typical=typical,
        changes=changed,
    )


def check_question(question: Question) -> None:
    """Raise RefusedQuestion where no city could answer it."""
    if question.lens not in tables.LENSES:
        raise RefusedQuestion(
            'There is no lens "{lens}". Choose one of city, past, share and places.', lens=question.lens
        )
    if question.lens == "share" and not (question.categories or question.each_category):
        raise RefusedQuestion(
            "The share lens asks which category is unusually frequent here. Choose a category, or test each by itself."
        )
    if question.min_ratio is not None and not 0 < question.min_ratio <= MOST_RATIO:
        raise RefusedQuestion(
            "The ratio to be exceeded is a number above 0 and up to {most}, for example 1.5, not {ratio}.",
            most=MOST_RATIO,
            ratio=question.min_ratio,
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


def typical_of(cube: Cube, span: Window, *groups: Slice) -> float:
    """Return w of METHODS 1.5b: the incidents that the disk of the median past incident expects in the window.

    Of several `groups` all incidents count, each in the disk of its own group. Without a past the window itself counts.
    """
    weeks = min(PAST_WEEKS, cube.weeks_before(span.first))
    before = Window(span.first - timedelta(days=7 * weeks), span.first - timedelta(days=1))
    past = np.column_stack([cube.in_window(before, part) for part in groups])
    if not past.any():
        past, before = np.column_stack([cube.in_window(span, part) for part in groups]), span
    return typical_expected(past, before.weeks, span.weeks, cube.neighbours)


def edge_notes(cube: Cube, span: Window) -> list[Note]:
    """Return what to say of a window that reaches beyond the records."""
    assert cube.first_day is not None
    assert cube.last_day is not None
    early, late = (cube.first_day - span.first).days, (span.last - cube.last_day).days
    notes = []
    if early > 0:
        notes.append(note("The first {days} days of the window lie before the first report.", days=early))
    if late > 0:
        notes.append(note("The last {days} days of the window lie after the last report.", days=late))
    return notes


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


def resolve_window(cube: Cube, window: str, until: date | None, lens: str) -> Window:
    """Return the days that are looked at.

    Raises NoReports for an empty cube, RefusedQuestion where `until` lies before the first report or the history cannot
    carry the window.
    """
    if cube.first_day is None or cube.last_day is None:
        raise NoReports("There is no report in the study area. Check the coordinate system and the boundary.")
    last = until or cube.last_day
    if last < cube.first_day:
        raise RefusedQuestion(
            "There is no report up to {until}; the first is of {first}. Choose a later day.",
            until=last,
            first=cube.first_day,
        )
    known = (last - cube.first_day).days + 1
    available = known / 7
    if window == "auto":
        window = f"{max(1, round(window_for(available, lens=lens) * 7))}d"
    span = window_back(window, last)
    if span.first > cube.last_day:
        raise RefusedQuestion(
            "All days of the window lie after the last report, of {last}. Choose an earlier last day.",
            last=cube.last_day,
        )
    if 2 * known < span.days:
        raise RefusedQuestion(
            "Most of the window lies before the first report, of {first}. Ask for {weeks} weeks at the most.",
            first=cube.first_day,
            weeks=max(1, known // 7),
        )
    window_for(available, span.weeks, lens=lens)
    return span


def cut_series(cube: Cube, span: Window, chosen: Slice, *, with_all: bool) -> Series:
    """Return what a test needs: the window and the whole weeks before it; of every category too if `with_all`."""
    before, past = span.first - timedelta(days=1), min(HISTORY_WEEKS, cube.weeks_before(span.first))
    inside = int(span.weeks)
    own = (
        cube.in_window(span, chosen),
        cube.by_period(before, past, chosen=chosen),
        cube.by_period(span.last, inside, chosen=chosen),
    )
    if not with_all:
        return Series(own[0], own[1], span.weeks, recent=own[2])
    every = replace(chosen, categories=())
    return Series(
        own[0],
        own[1],
        span.weeks,
        recent=own[2],
        all_now=cube.in_window(span, every),
        all_history=cube.by_period(before, past, chosen=every),
        all_recent=cube.by_period(span.last, inside, chosen=every),
    )


def groups_of(cube: Cube, span: Window, chosen: Slice, each_category: bool) -> list[Slice]:
    """Return what is counted together: everything chosen, or each category of the window by itself."""
    if not each_category:
        return [chosen]
    found = cube.rows(span, chosen)["category"].unique().sort()
    if not len(found):
        raise NoReports("No report of these days passes the filter. Choose a longer window or clear a filter.")
    return [replace(chosen, categories=(category,)) for category in found]


def find_codes(cube: Cube, asked: Sequence[str], themes: Sequence[Theme] | None = None) -> tuple[str, ...]:
    """Return the categories asked for as the reports write them; a code or its name in either language will do.

    A theme (`theme:` and its key or name; without the word where no category has its name) stands for those of its
    categories that are there. `themes`: the shipped ones unless given.

    Raises RefusedQuestion for a category or a theme that no report has.
    """
    themes = shipped_themes() if themes is None else themes
    counts = (
        cube.counts.group_by("category").agg(pl.col("incidents").sum()).sort("incidents", "category", descending=True)
    )
    known = {code: code for code in counts["category"]}
    named = {category_name(code, lang): code for code in known for lang in LANGUAGES}
    codes: list[str] = []
    for category in asked:
        code = known.get(category) or named.get(category)
        theme = None if code else find_theme(category, themes)
        if theme is not None:
            held = [word for name in theme.categories if (word := known.get(name) or named.get(name))]
            codes += held
            if not held:
                raise RefusedQuestion(
                    'No report is of the theme "{theme}". Its categories begin with: {categories}.',
                    theme=theme.key,
                    categories=", ".join(theme.categories[:3]),
                )
        elif code:
            codes.append(code)
        elif category.startswith(PREFIX):
            raise RefusedQuestion(
                'There is no theme "{theme}". There are: {themes}.',
                theme=category.removeprefix(PREFIX),
                themes=", ".join(t.key if t.key == t.chinese else f"{t.key} {t.chinese}" for t in themes),
            )
        else:
            frequent = [code if (name := category_name(code, "zh")) == code else f"{code} {name}" for code in known][:5]
            raise RefusedQuestion(
                'There is no category "{category}" in the reports. The most frequent are: {frequent}.',
                category=category,
                frequent=", ".join(frequent),
            )
    return tuple(dict.fromkeys(codes))


def _test(cube: Cube, span: Window, chosen: Slice, question: Question, exposure: Floats | None) -> HotspotTest:
    lens = question.lens
    series = cut_series(cube, span, chosen, with_all=lens == "share")
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
    named = ", ".join(names[code] for code in chosen.categories)
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
