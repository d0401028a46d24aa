"""Alarms: what is sudden and local in the last days of one city, as a list that is made anew every day or week.

A look scans each category by itself, and all that count together, over disks of hexagons and the last days
(METHODS 3). All together are dealt category by category, or a rise of one category in the whole city would be an alarm
wherever it is frequent. What is alarmed twice is said once. An alarm of all together is left out where one category has
at least half of its incidents in an alarm of its own, for that is what is sent for; unless only all together are a
signal. Else it stands for the weaker alarms of single categories that have at least half of their incidents in it, and
says what it mostly is.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import geopandas as gpd
import numpy as np
import polars as pl

from geo import tables
from geo.errors import RefusedQuestion
from geo.grid.cube import Slice
from geo.grid.windows import Window, window_back
from geo.recurring.alarm_notes import alarm_notes, rounds_note
from geo.recurring.alarm_rows import Candidate, Found, alarm_table, first_reports, from_rounds
from geo.recurring.listed import Listed
from geo.stats import scope
from geo.stats.alarms import LEVEL, Sighting, continued, in_one_look, is_signal, recurrence_days
from geo.stats.expected import from_past
from geo.stats.question import Question
from geo.stats.results import Floats
from geo.stats.scan import REPLICATES, Scan, scan_zones
from geo.stats.zones import Positions, Zones, hex_zones
from geo.study import Study

MODELS = ("permutation", "expectation")
LEAST_CASES = 4
"""Incidents of an alarm at the least, and of a category in the last days for a scan of its own (METHODS 3.1)."""
LEAST_WEEKS = 4
"""Of records before the last days: from fewer no place's usual level can be told."""
MOST_RINGS = 5
_COLUMNS = ("alarm_id", "category", "cells", "start", "end", "since")  # of an earlier list, that are read


@dataclass(frozen=True)
class Alarms(Listed):
    """The alarms of one look; `window`: the last days, in which they lie."""

    reports: pl.DataFrame = field(default_factory=pl.DataFrame, repr=False)  # alarm_id and tables.REPORTS

    def incidents_of(self, alarm_id: str) -> pl.DataFrame:
        """Return the reports of an alarm's incidents, repeated ones too, the first of them first; none for no such."""
        return self.reports.filter(pl.col("alarm_id") == alarm_id).drop("alarm_id")


def look_for_alarms(
    study: Study,
    question: Question,
    *,
    rings: int = 3,
    days: int = 14,
    history: str = "13w",
    replicates: int = REPLICATES,
    model: str = "permutation",
    every: int = 1,
    previous: gpd.GeoDataFrame | pl.DataFrame | None = None,
    compared: int | None = None,
    seed: int = 20261115,
    lang: str = "en",
) -> Alarms:
    """Return what is sudden and local up to `question.until`, the least likely by chance first.

    Parameters
    ----------
    question
        `until`, `sources`, `statuses` and `units` narrow what is scanned; so do `categories`: each of them by itself,
        and together where there are several. `areas` narrow the rows, never the scan. Lens and window are not used.
    rings
        The largest disk: so many rings around a hexagon.
    days
        An alarm lies in the last so many days and reaches the last one.
    history
        What is compared with: so long, the last days included; what the records hold of it, where they begin later.
    model
        `permutation`, what fell together in place and time though neither the place nor the day is unusual by itself;
        or `expectation`, more than each place's own past expects, a rise of the whole city included.
    every
        Days from one look to the next: 1 for a daily list, 7 for a weekly one.
    previous
        The list of the look before (`tables.ALARMS`, as it was handed out or read back): its alarms that go on keep
        their ids. Without it that look is made again, and what was before it is not known.
    compared
        Where no earlier list is given: how many days back the look lies that is made again; `every` unless given.

    Raises
    ------
    RefusedQuestion, NoReports
        Where the records cannot carry it, or a parameter is out of range.
    """
    check_settings(rings, days, replicates, model, every)
    question = study.with_codes(question)
    look = _Look(study, question.chosen, hex_zones(study.cube.cells, rings), days, history, replicates, model, seed)
    last = look.span(question.until).last
    found = look.at(last, every)
    if previous is None:
        earlier = [one.sighting for one in look.before(last - timedelta(days=compared or every), every)]
    else:
        earlier = _read_back(previous)
    told = continued([one.sighting for one in found.alarms], earlier)
    alarms = [one.named(last, match) for one, match in zip(found.alarms, told, strict=True)]
    if question.areas:
        met = set(study.cells_in(question.areas))
        alarms = [one for one in alarms if met & one.sighting.cells]
    reports = first_reports(study, found.history, question.chosen)
    table, listed = alarm_table(study, alarms, reports, every, lang)
    again = compared or every if previous is None else None
    notes = alarm_notes(study, question.chosen, found, every, model, again=again, lang=lang)
    return Alarms(
        table=table,
        window=found.window,
        notes=(*notes, *rounds_note(from_rounds(listed), len(table))),
        summary=_summary(found, table, every, replicates),
        reports=listed,
    )


@dataclass(frozen=True)
class _Look:
    """How every look is made."""

    study: Study
    chosen: Slice
    zones: Zones
    days: int
    history: str
    replicates: int
    model: str
    seed: int

    def before(self, last: date, every: int) -> list[Candidate]:
        """Return the alarms of an earlier look, named as it would have; none where the records did not reach so far."""
        first = self.study.cube.first_day
        if first is None or (last - first).days + 1 < self.days + 7 * LEAST_WEEKS:
            return []
        return [one.named(last, None) for one in self.at(last, every).alarms]

    def span(self, until: date | None) -> Window:
        """Return all days that are compared: the history, or as much of it as the records hold.

        Raises RefusedQuestion where that is too little.
        """
        cube = self.study.cube
        last = until or cube.last_day
        if last is None or cube.first_day is None or last < cube.first_day:
            return scope.resolve_window(cube, self.history, until, "city")  # which says what is wrong
        held = min(window_back(self.history, last).days, (last - cube.first_day).days + 1)
        if held < self.days + 7 * LEAST_WEEKS:
            raise RefusedQuestion(
                "Alarms of the last {days} days need {weeks} weeks of records before them; up to {until} there are "
                "{known} days. Choose a later last day, a longer history or fewer days.",
                days=self.days,
                weeks=LEAST_WEEKS,
                until=last,
                known=max(0, held - self.days),
            )
        return scope.resolve_window(cube, f"{held}d", last, "city")

    def at(self, last: date, every: int) -> Found:
        """Scan the days up to `last`. Raises RefusedQuestion where too few days are known."""
        span = self.span(last)
        window = Window(last - timedelta(days=self.days - 1), last)
        rows = self.study.cube.rows(span, self.chosen).filter(pl.col("incidents") > 0)
        rows = rows.sort("category", "day", "position")
        recent = rows.filter(pl.col("day") >= window.first)
        sizes = recent.group_by("category").agg(pl.col("incidents").sum()).sort("category")
        names = sizes.filter(pl.col("incidents") >= LEAST_CASES)["category"].to_list()
        groups = {name: rows.filter(pl.col("category") == name) for name in names}
        if sizes.height > 1 and recent["incidents"].sum() >= LEAST_CASES:
            groups[tables.ALL_CATEGORIES] = rows
        candidates: list[Candidate] = []
        for name, cases in groups.items():
            for cluster in self._scan(name, cases, span).clusters:
                chance = in_one_look(cluster.gumbel_p, len(groups))
                if chance <= LEVEL:
                    recurrence = recurrence_days(cluster.gumbel_p, len(groups), every)
                    start = span.first + timedelta(days=cluster.first)
                    cells = self.study.cube.cells[cluster.locations]
                    candidates.append(Candidate.of(name, cells, start, last, cluster, recurrence))
        alarms = _once(candidates, recent, every)
        asked, too_few = window_back(self.history, last), sizes.height - len(names)
        return Found(alarms, window, span, asked, len(groups), too_few, int(recent["incidents"].sum()))

    def _scan(self, name: str, cases: pl.DataFrame, span: Window) -> Scan:
        location, period, strata = _cases(cases, span)
        common: dict[str, Any] = {
            "least_cases": LEAST_CASES,
            "longest": self.days,
            "replicates": self.replicates,
            "seed": zlib.crc32(name.encode()) ^ self.seed,  # a category's scan is the same whichever others there are
        }
        if self.model == "permutation":
            return scan_zones((location, period), self.zones, strata=strata, periods=span.days, **common)
        past = span.days - self.days
        baselines = _own_past(location, period, past, span, self.zones.locations)
        if not baselines.any():  # nothing before the last days: there is no past to compare with
            return Scan((), np.zeros(0))
        recent = period >= past
        now = location[recent], period[recent] - past
        return scan_zones(now, self.zones, method="expectation", periods=self.days, baselines=baselines, **common)


def _cases(rows: pl.DataFrame, span: Window) -> tuple[Positions, Positions, Positions]:
    """Return the place and day of every incident, and the number of its category."""
    times = rows["incidents"].to_numpy()
    day = (rows["day"] - pl.Series([span.first])).dt.total_days()
    columns = rows["position"], day, rows["category"].rank("dense")
    place, when, kind = (np.repeat(column.to_numpy(), times).astype(np.int64) for column in columns)
    return place, when, kind


def _own_past(location: Positions, period: Positions, past: int, span: Window, cells: int) -> Floats:
    """Return what each cell expects on each of the last days: its part of the city (METHODS 1.2), by day of the week.

    (cells, days); all zero where nothing happened in the first `past` days.
    """
    before = period < past
    part = from_past(np.bincount(location[before], minlength=cells).astype(float), max(1, past // 7), 1.0).cells
    weekday = (span.first.weekday() + np.arange(span.days)) % 7
    held = np.bincount(weekday[period[before]], minlength=7) / np.bincount(weekday[:past], minlength=7)
    return np.outer(part, np.maximum(held, held.mean() / 7)[weekday[past:]])


def _once(candidates: Sequence[Candidate], recent: pl.DataFrame, every: int) -> list[Candidate]:
    """Return the alarms, the rarest first, without those that another one says: see the module."""
    kept = [one for one in candidates if one.category != tables.ALL_CATEGORIES]
    for together in (one for one in candidates if one.category == tables.ALL_CATEGORIES):
        shared = [together.shared_with(one, recent) for one in kept]
        loud = is_signal(together.recurrence, every)
        if any(
            2 * count >= together.cluster.cases and (is_signal(one.recurrence, every) or not loud)
            for one, count in zip(kept, shared, strict=True)
        ):
            continue
        kept = [
            one
            for one, count in zip(kept, shared, strict=True)
            if one.recurrence >= together.recurrence or 2 * count < one.cluster.cases
        ]
        kept.append(together)
    return sorted(kept, key=lambda one: (-one.recurrence, -one.cluster.llr, one.category, min(one.sighting.cells)))


def _read_back(table: gpd.GeoDataFrame | pl.DataFrame) -> list[Sighting]:
    """Return the alarms of an earlier list. Raises RefusedQuestion where it is none."""
    rows = table if isinstance(table, pl.DataFrame) else pl.from_pandas(table[[c for c in _COLUMNS if c in table]])
    missing = [name for name in _COLUMNS if name not in rows.columns]
    if missing:
        raise RefusedQuestion("The earlier list is no list of alarms: {column} is missing.", column=missing[0])

    def day(value: Any) -> date:
        return date.fromisoformat(str(value)[:10])

    return [
        Sighting(category, frozenset(cells.split(";")), day(start), day(end), alarm_id, day(since))
        for alarm_id, category, cells, start, end, since in rows.select(_COLUMNS).iter_rows()
    ]


def check_settings(rings: int, days: int, replicates: int, model: str, every: int) -> None:
    """Raise RefusedQuestion where a look cannot be made so."""
    if model not in MODELS:
        raise RefusedQuestion('Alarms have no model "{model}". Choose permutation or expectation.', model=model)
    limits = {
        "rings": (rings, 0, MOST_RINGS),
        "days": (days, 1, 56),
        "replicates": (replicates, 99, 9_999),
        "every": (every, 1, 31),
    }
    for name, (value, least, most) in limits.items():
        if not least <= value <= most:
            raise RefusedQuestion(
                "{name} is a whole number from {least} to {most}, not {value}.",
                name=name,
                least=least,
                most=most,
                value=value,
            )


def _summary(found: Found, table: gpd.GeoDataFrame, every: int, replicates: int) -> dict[str, Any]:
    return {
        "alarms": len(table),
        "signals": int(table["signal"].sum()),
        "new": int((table["state"] == "new").sum()),
        "continuing": int((table["state"] == "continuing").sum()),
        "scans": found.scans,
        "too_few": found.too_few,
        "incidents": found.incidents,
        "every": every,
        "replicates": replicates,
        "window_start": found.window.first,
        "window_end": found.window.last,
        "history_start": found.history.first,
    }
