"""What a question looks at in a cube: its days, its categories, its series; and whether the records can carry it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl

from geo import tables
from geo.errors import NoReports, RefusedQuestion
from geo.grid.cube import Cube, Slice
from geo.grid.windows import Window, window_back
from geo.intake.categories import category_name
from geo.intake.themes import PREFIX, Theme, find_theme, shipped_themes
from geo.stats.expected import PAST_WEEKS
from geo.stats.history import window_for
from geo.stats.question import Question
from geo.stats.resolution import typical_expected
from geo.stats.results import Series
from geo.words import LANGUAGES, Note, note

MOST_RATIO = 100
HISTORY_WEEKS = 104
"""Weeks before the window that are looked at, at most: the variance is fitted on them."""


def check_question(question: Question) -> None:
    """Raise RefusedQuestion where no city could answer it."""
    if question.lens not in tables.LENSES:
        raise RefusedQuestion(
            'There is no lens "{lens}". Choose one of city, past, share and places.', lens=question.lens
        )
    if question.lens == "share" and not (question.categories or question.each_category):
        raise RefusedQuestion("What is unusual here compares one category, or one theme, with all others. Choose one.")
    if question.min_ratio is not None and not 0 < question.min_ratio <= MOST_RATIO:
        raise RefusedQuestion(
            "The ratio to be exceeded is a number above 0 and up to {most}, for example 1.5, not {ratio}.",
            most=MOST_RATIO,
            ratio=question.min_ratio,
        )


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


def as_of_notes(until: date | None, last: date) -> list[Note]:
    """Return what to say of a day asked for that lies after the last report, of which everything is told then."""
    if until is None or until <= last:
        return []
    return [note("The last report is of {last}: everything is as of that day.", last=last)]


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
