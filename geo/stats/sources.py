"""Sources and categories that start, stop or change their level: they look like places that rise or fall (METHODS 7).

A silence is no accident where so many reports were due in it that chance and season together would not give none.
Counts that vary D times as much as a Poisson variable (negative binomial, variance D mu) are all zero with probability
D^(-mu / (D - 1)): with D 2, and half of the usual number for a low season, one in 4,000 from mu = 24 on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import polars as pl

from geo.grid.cube import Cube, Floats, Slice
from geo.grid.windows import Window
from geo.words import Note, note, say
from geo.words.numbers import day as say_day
from geo.words.numbers import ratio as say_ratio

DUE = 24.0  # reports due in a silence that is no accident
LEAST_SEEN = 8  # reports beside a silence without which nothing is due in it: one call in the last week is no beginning
LEAST_SILENCE = 8  # weeks of records before a first report that is a beginning
LAST_SILENCE = 4  # weeks without a report up to the end that are an ending
LEVEL = (0.33, 3.0)  # the rate of the window over that of the past, outside which a source has changed
LEVEL_DUE = 60.0  # reports in the larger of the two, as many as the shorter of these times would hold
YEAR = 52  # weeks
_RECENT = 26  # weeks on either side of a silence from which what was due in it is reckoned
_TOGETHER = timedelta(days=28)  # categories that end and begin within it were renamed
_NAMES_SAID = 3


SOURCE_SENTENCES = {
    "resident": "Residents",
    "patrol": "Grid patrol",
    "inspection": "Inspection",
    "other": "Other source",
}


@dataclass(frozen=True)
class Change:
    """A source or a category that began, ended or changed its level."""

    name: str  # as in the cube's column
    what: str  # "began", "ended" or "level"
    day: date  # the first report, the last report, or the first day of the new level
    times: float = 1.0  # level: the rate from that day on over that before


def source_changes(cube: Cube, spans: Sequence[Window], chosen: Slice) -> tuple[Change, ...]:
    """Return what changed in the chosen sources; see `changes`.

    Every category, status and unit counts: a source that starts does so in all of them.
    """
    return changes(cube, "source", spans, Slice(sources=chosen.sources))


def category_changes(cube: Cube, spans: Sequence[Window], chosen: Slice) -> tuple[Change, ...]:
    """Return the chosen categories that began or ended; see `changes`."""
    found = changes(cube, "category", spans, replace(chosen, statuses=(), units=()))
    return tuple(change for change in found if change.what != "level")


def changes(cube: Cube, column: str, spans: Sequence[Window], chosen: Slice) -> tuple[Change, ...]:
    """Return the values of a column of the cube that began, ended or changed, in the order of their days.

    `spans`, one or several, follow one another. They are the days looked at: the past and the window, the periods of a
    time line, or a window alone.

    Began: the first report lies in these days, at least 8 weeks after the records begin, and 24 or more would have been
    due in the silence before it. Ended: no report in the last 4 weeks or more, in which as many were due. Due is what
    the same weeks of the year beside the silence held, where the source lived through them, or the mean of the half
    year beside it if that is less. Level: from the first day of one of the spans on, the weekly rate is under a third
    of that before or over three times it, and of that of the same weeks a year before, where the source lived through
    them; of several such days the one of the greatest change.
    """
    if cube.first_day is None or cube.last_day is None or not spans:
        return ()
    end = min(spans[-1].last, cube.last_day)
    rows = cube.rows(Window(cube.first_day, end), chosen)
    weeks = cube.weeks_before(end + timedelta(days=1))
    if not rows.height or weeks < LEAST_SILENCE:
        return ()
    start = end - timedelta(days=7 * weeks - 1)  # of the first whole week
    found: list[Change] = []
    for (name,), of_it in rows.group_by(column, maintain_order=True):
        days = of_it.group_by("day").agg(pl.col("incidents").sum()).filter(pl.col("incidents") > 0).sort("day")
        if not days.height:
            continue
        first, last = days["day"][0], days["day"][-1]
        at = ((days["day"] - pl.Series([start])).dt.total_days() // 7).to_numpy()
        weekly = np.bincount(at[at >= 0], days["incidents"].to_numpy()[at >= 0], weeks).astype(float)
        told = [
            Change(str(name), "began", first) if first >= max(start, spans[0].first) and began(weekly) else None,
            Change(str(name), "ended", last) if last >= spans[0].first and _ended(weekly) else None,
        ]
        known = [change for change in told if change]
        found += known or _level(str(name), days, spans)
    return tuple(sorted(found, key=lambda change: (change.day, change.name)))


def began(weekly: Floats) -> int:
    """Return the first of the weeks (weeks,) that can be counted: 0, or where the silence before it is no accident.

    >>> began(np.array([0.0] * 8 + [5.0] * 20)), began(np.array([0.0] * 8 + [1.0] * 20)), began(np.zeros(20))
    (8, 0, 0)
    """
    silent = int(np.argmax(weekly > 0)) if weekly.any() else 0
    return silent if silent >= LEAST_SILENCE and _due(weekly, silent) >= DUE else 0


def _ended(weekly: Floats) -> bool:
    """Return whether the silence at the end is too long to be an accident.

    >>> bool(_ended(np.array([7.0] * 20 + [0.0] * 4))), bool(_ended(np.array([7.0] * 20 + [0.0] * 3)))
    (True, False)
    """
    silent = int(np.argmax(weekly[::-1] > 0)) if weekly.any() else 0
    return silent >= LAST_SILENCE and _due(weekly[::-1], silent) >= DUE


def _due(weekly: Floats, silent: int) -> float:
    """Return how many reports were due in the first `silent` weeks, from the half year and the year beside them.

    The same weeks of the year beside count only where the source lived through them: one that came for a summer says
    nothing of the summer before. Nothing where fewer than 8 reports are there to reckon from.

    >>> float(_due(np.array([0.0] * 8 + [30.0] * 36 + [0.0] * 60), 8))
    240.0
    """
    beside = weekly[silent : silent + _RECENT]
    if beside.sum() < LEAST_SEEN:
        return 0.0
    mean = beside.mean() * silent
    life = np.flatnonzero(weekly)
    if life.size and silent <= YEAR and YEAR + silent <= life[-1] + 1:
        return float(min(mean, weekly[YEAR : YEAR + silent].sum()))
    return float(mean)


def _level(name: str, days: pl.DataFrame, spans: Sequence[Window]) -> list[Change]:
    """Return the greatest change of level at the border between two spans, if there is one."""
    at, first, last = days["day"].to_numpy(), days["day"][0], days["day"][-1]
    counted = np.concatenate([[0], np.cumsum(days["incidents"].to_numpy(), dtype=float)])

    def total(span: Window) -> float:
        start, end = np.searchsorted(at, np.array([span.first, span.last + timedelta(days=1)], "datetime64[D]"))
        return float(counted[end] - counted[start])

    found: list[Change] = []
    for border in spans[1:]:
        window, past = Window(border.first, spans[-1].last), Window(spans[0].first, border.first - timedelta(days=1))
        shorter = min(window.days, past.days)
        now, before = (total(span) * shorter / span.days for span in (window, past))
        year = timedelta(weeks=YEAR)
        beside = Window(window.first - year, window.last - year)
        lived = first <= beside.first and beside.last <= last
        usual = total(beside) * shorter / window.days
        if _other_level(now, before) and not (lived and not _other_level(now, usual)):
            found.append(Change(name, "level", window.first, now / before))
    return sorted(found, key=lambda change: min(change.times, 1 / change.times) if change.times else 0.0)[:1]


def _other_level(now: float, usual: float) -> bool:
    """Return whether so many are another level than the usual number of as many days.

    >>> _other_level(100, 30), _other_level(100, 40), _other_level(50, 10)
    (True, False, False)
    """
    return max(now, usual) >= LEVEL_DUE and usual > 0 and not LEVEL[0] <= now / usual <= LEVEL[1]


def source_words(source: str) -> Note:
    """Return how a source is said; one of the user's own is its own name.

    >>> source_words("patrol").sentence(), source_words("drones").sentence()
    ('Grid patrol', 'drones')
    """
    return Note(SOURCE_SENTENCES.get(source, source))


def source_note(change: Change, name: str, lang: str = "en") -> Note:
    """Return what to say of a source that changed, under the name it is shown by.

    >>> source_note(Change("inspection", "began", date(2025, 8, 25)), "Inspection").sentence()
    'Inspection began on 25 Aug 2025: places it visits look worse since. See the map without it too.'
    """
    values = {"source": name, "day": say_day(change.day, lang)}
    if change.what == "level":
        return note(
            "{source} reports {times} times as many from {day} on: places it visits look worse or better since. See "
            "the map without it too.",
            **values,
            times=say_ratio(change.times),
        )
    if change.what == "began":
        return note("{source} began on {day}: places it visits look worse since. See the map without it too.", **values)
    return note("{source} ends on {day}: places it visited look better since. See the map without it too.", **values)


def category_notes(found: Sequence[Change], names: dict[str, str], lang: str = "en") -> tuple[Note, ...]:
    """Return at most three sentences: categories renamed, begun and ended. `names`: under which each is shown.

    Where two or more end within four weeks of two or more that begin, a standard has changed and they were renamed.
    """
    began = [change for change in found if change.what == "began"]
    ended = [change for change in found if change.what == "ended"]
    gone = [one for one in ended if sum(abs(one.day - other.day) <= _TOGETHER for other in began) > 1]
    new = [one for one in began if sum(abs(one.day - other.day) <= _TOGETHER for other in ended) > 1]
    notes: list[Note] = []
    if len(gone) > 1 and len(new) > 1:
        notes.append(
            note(
                "Around {day} {gone} categories end ({old}) and {begun} begin ({new}): they were probably renamed. "
                "What has risen can be judged only for both together.",
                day=say_day(new[0].day, lang),
                gone=len(gone),
                begun=len(new),
                old=_few(gone, names, lang),
                new=_few(new, names, lang),
            )
        )
        began, ended = [c for c in began if c not in new], [c for c in ended if c not in gone]
    if began:
        notes.append(note("Categories that begin in this time: {names}.", names=_few(began, names, lang, dated=True)))
    if ended:
        notes.append(note("Categories that end in this time: {names}.", names=_few(ended, names, lang, dated=True)))
    return tuple(notes)


def _few(found: Sequence[Change], names: dict[str, str], lang: str, *, dated: bool = False) -> str:
    said = [names.get(c.name, c.name) + (f" ({say_day(c.day, lang)})" if dated else "") for c in found[:_NAMES_SAID]]
    more = len(found) - _NAMES_SAID
    named = ("、" if lang == "zh" else ", ").join(said)
    return named + (say(" and {count} more", lang, count=more) if more > 0 else "")
