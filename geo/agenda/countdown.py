"""Days to the review: what each unit can still put right and have checked by then, and what will be late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import geopandas as gpd
import polars as pl

from geo.agenda.duties import answering, inside
from geo.agenda.performance import Performance
from geo.errors import NoReports, RefusedQuestion
from geo.planning.closing import times_to_close
from geo.planning.countdown import LEAST_KNOWN, VERIFICATION_DAYS, by_unit
from geo.stats import scope
from geo.stats.question import Question
from geo.study import Study
from geo.words import Note, note, numbers, say, together


@dataclass(frozen=True)
class Countdown:
    """`table`: `planning.countdown.COUNTDOWN`, days_left, contact and reason of every unit with open problems."""

    table: pl.DataFrame
    problems: pl.DataFrame  # incident_id, unit, days (waited), chance (to be closed in time) of every open problem
    today: date  # the last day of which anything is known
    close_by: date  # the last day on which a closing leaves time to check it
    review: date
    notes: tuple[Note, ...]
    summary: dict[str, Any]


def count_down(
    study: Study,
    question: Question,
    *,
    review: date,
    performance: Performance | None = None,
    areas: Sequence[str] = (),
    verification_days: int = VERIFICATION_DAYS,
    lang: str = "en",
) -> Countdown:
    """Return what is open on the question's last day, by unit, and how much of it can be closed and checked in time.

    A problem is counted with the unit that gets it in the orders of these `areas`, or of those of the question: the
    one it names, else the lead of the first of them that it lies in; where none is asked for, with the one it names.
    A unit's pace is how what names it was closed in the question's window, of the categories and sources asked for.
    Units and areas narrow what is counted, not the pace. `performance` gives the contacts, and its medians, if it was
    asked with the same window: one figure on every page.

    Raises RefusedQuestion for a review that is not after the last day, NoReports where nothing passes the filter.
    """
    question = study.with_codes(question)
    scope.check_question(question)
    span = scope.resolve_window(study.cube, question.window, question.until, "city")
    today = min(span.last, study.cube.last_day or span.last)
    if review <= today:
        raise RefusedQuestion(
            "The review, on {review}, is not after the last day of the reports, {today}. Choose a later day.",
            review=review,
            today=today,
        )
    if not 0 <= verification_days <= 365:
        raise RefusedQuestion("Days for checking: 0 to 365, not {days}.", days=verification_days)
    times = times_to_close(study.reports, today, study.timezone)
    times = times.filter(replace(question.chosen, statuses=(), units=()).condition)
    asked = _asked(times, question, [*areas] or [*question.areas], study.areas)
    if not asked.height and not times.filter(replace(question.chosen, statuses=()).condition).height:
        raise NoReports("No report of these days passes the filter. Choose a longer window or clear a filter.")
    table, problems = by_unit(
        times,
        first=span.first,
        today=today,
        review=review,
        verification_days=verification_days,
        asked=asked,
        medians=None if performance is None else _column(performance, "median_days"),
    )
    contacts = {} if performance is None else _column(performance, "contact")
    table = table.with_columns(
        days_left=pl.lit((review - today).days, dtype=pl.Int64),
        contact=pl.Series([contacts.get(unit) for unit in table["unit"]], dtype=pl.String),
    )
    reasons = [_reason(row, verification_days, lang) for row in table.iter_rows(named=True)]
    return Countdown(
        table=table.with_columns(reason=pl.Series(reasons, dtype=pl.String)),
        problems=problems,
        today=today,
        close_by=review - timedelta(days=verification_days),
        review=review,
        notes=(
            *scope.as_of_notes(question.until, today),
            *_notes(table, problems, times, today, review, verification_days, lang),
        ),
        summary=_summary(table, today, review),
    )


def _column(performance: Performance, name: str) -> dict[str, Any]:
    """Return a column of the units' performance by unit, without what is not known."""
    if performance.by != "unit":
        return {}
    return dict(performance.table[["key", name]].dropna().itertuples(index=False, name=None))


def _asked(times: pl.DataFrame, question: Question, chosen: Sequence[str], areas: gpd.GeoDataFrame) -> pl.DataFrame:
    """Return incident_id and unit of the problems asked for: in the chosen areas, if any, and of the units."""
    if chosen:
        first = inside(times, chosen, areas).unique("incident_id", keep="first", maintain_order=True)
        times = answering(first, areas)
    if question.units:
        times = times.filter(pl.col("unit").is_in(question.units))
    return times.select("incident_id", "unit")


def _reason(row: dict[str, Any], verification_days: int, lang: str) -> str:
    """Say in a sentence or two what a unit can still do."""
    facts = say(
        "Open: {open}; about {closed} of them closed in time at its pace, {late} late.",
        lang,
        open=f"{row['open']:,}",
        closed=f"{row['expected_closed']:,.0f}",
        late=f"{row['late']:,.0f}",
    )
    if row["median_days"] is None:
        return together([facts, say("It did not close half of its problems in the records.", lang)], lang)
    days, day = f"{row['median_days']:,.1f}", numbers.day(row["last_start"], lang)
    if row["in_time"]:
        pace = say("The median closing takes {days} days: new work begins by {day}.", lang, days=days, day=day)
    else:
        pace = say("The median closing takes {days} days: too late since {day}.", lang, days=days, day=day)
    if row["own"]:
        return together([facts, pace], lang)
    if row["unit"] is None:
        return together([facts, pace, say("No unit is named for these: the pace is that of all units.", lang)], lang)
    return together([facts, pace, say("It closed too few: the pace is that of all units.", lang)], lang)


def _notes(
    table: pl.DataFrame,
    problems: pl.DataFrame,
    times: pl.DataFrame,
    today: date,
    review: date,
    verification_days: int,
    lang: str,
) -> tuple[Note, ...]:
    if not table.height:
        return (note("Nothing is open on {today}.", today=numbers.day(today, lang)),)
    left = (review - today).days
    said = [
        note(
            "Days to the review: {left}. What is to be checked within {days} days is closed by {day}.",
            left=left,
            days=verification_days,
            day=numbers.day(review - timedelta(days=verification_days), lang),
        ),
        note(
            "The median speaks of a typical problem begun today. What is open is often harder: how many are closed in "
            "time is told by how problems of the same age were closed in the window."
        ),
    ]
    if left <= verification_days:
        said.append(note("Nothing that is closed from now on can be checked before the review."))
    elif old := int((problems["chance"] == 0).sum()):
        said.append(
            note(
                "For {old} open problems the pace is not known: they are older than any {least} that were seen closed, "
                "or none was seen closed at their age. They count as late.",
                old=f"{old:,}",
                least=LEAST_KNOWN,
            )
        )
    unnamed = times.filter(pl.col("unit").is_null()).select("incident_id")
    if led := problems.drop_nulls("unit").join(unnamed, on="incident_id", how="semi").height:
        said.append(
            note(
                "No report names a unit for {led} open problems: they stand with the unit that leads the area, as in "
                "the orders.",
                led=f"{led:,}",
            )
        )
    said.append(note("It is the pace of the past; a campaign may be faster, and a holiday slower."))
    return tuple(said)


def _summary(table: pl.DataFrame, today: date, review: date) -> dict[str, Any]:
    return {
        "units": table.height,
        "open": int(table["open"].sum()),
        "expected_closed": float(table["expected_closed"].sum()),
        "late": float(table["late"].sum()),
        "too_late": int((~table["in_time"].fill_null(True)).sum()),
        "days_left": (review - today).days,
        "today": today,
        "review": review,
    }
