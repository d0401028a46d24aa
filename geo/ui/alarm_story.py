"""The story of one alarm: how rare it is, what drives it day by day, and the incidents it is made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from html import escape
from zoneinfo import ZoneInfo

import pandas as pd
import polars as pl
import streamlit as st

from geo.maps.labels import category_name, source_name
from geo.maps.palette import Palette
from geo.recurring.alarms import Alarms
from geo.stats.alarms import within_a_year
from geo.ui.cache import NEW_DAYS
from geo.ui.latest_reports import list_reports
from geo.ui.list_story import Told, head, title, unit_words
from geo.ui.recurring_table import alarm_category
from geo.ui.story import few_names, list_facts
from geo.words import numbers, say

MOST_LISTED = 12
BAR_PIXELS = 64


def tell_alarm(told: Told, found: Alarms) -> None:
    """Draw how rare an alarm is, its days, what drives it, and its reports."""
    row, lang = told.row, told.lang
    head(told, [alarm_category(row["category"], lang), unit_words(row, lang)])
    reports = found.incidents_of(row["alarm_id"])
    zone = told.opened.study.timezone
    counted = by_day(reports, found.window.first, found.window.last, zone)
    st.html(day_bars(counted, pd.Timestamp(row["start"]).date(), found.window.first, told.palette, lang))
    told.offer()
    _facts(told, found, reports)
    newest = reports.sort("reported_at", descending=True).unique("incident_id", keep="first", maintain_order=True)
    list_reports(newest.head(MOST_LISTED), zone, found.window.last, told.palette, lang)
    if newest.height > MOST_LISTED:
        left = say("and {count} more; zoom in on the map to see them.", lang, count=newest.height - MOST_LISTED)
        st.html(f'<div class="hx"><small>{escape(left)}</small></div>')


def by_day(reports: pl.DataFrame, first: date, last: date, zone: str) -> list[int]:
    """Return the incidents of each day from `first` to `last`; of an incident its first report counts.

    >>> from datetime import UTC, datetime
    >>> at = [datetime(2026, 3, day, 8, tzinfo=UTC) for day in (2, 2, 4)]
    >>> reports = pl.DataFrame({"incident_id": ["a", "a", "b"], "reported_at": at})
    >>> by_day(reports, date(2026, 3, 2), date(2026, 3, 4), "UTC")
    [1, 0, 1]
    """
    firsts = reports.group_by("incident_id").agg(pl.col("reported_at").min())
    days = firsts["reported_at"].dt.convert_time_zone(ZoneInfo(zone).key).dt.date().to_list()
    return [days.count(first + timedelta(days=at)) for at in range((last - first).days + 1)]


def day_bars(counted: Sequence[int], start: date, first: date, palette: Palette, lang: str) -> str:
    """Return a bar for each day as HTML, those of the alarm in its colour; the first of `counted` is of day `first`."""
    top = max(1, *counted)
    told, columns = [], ""
    for at, count in enumerate(counted):
        day = first + timedelta(days=at)
        words = f"{numbers.day(day, lang)}: {count}"
        told.append(words)
        state = "hot" if day >= start else "neither"
        mark = f'<small style="bottom:{100 * count / top:.0f}%">{count}</small>' if count else ""
        bar = f'<b class="{state}" style="height:{100 * count / top:.0f}%"></b>'
        columns += f'<span title="{escape(words)}">{bar}{mark}</span>'
    last = first + timedelta(days=len(counted) - 1)
    heading = title(say("Its incidents day by day", lang), numbers.span(first, last, lang))
    colours = f"--hot:{palette.core.fill};--bar:{palette.bar_before};--steps:{len(counted)}"
    return (
        f'<div class="hx periods" style="{colours}">{heading}'
        f'<div class="bars" role="img" aria-label="{escape(say("; ", lang).join(told))}" '
        f'style="height:{BAR_PIXELS}px">{columns}</div></div>'
    )


def _facts(told: Told, found: Alarms, reports: pl.DataFrame) -> None:
    row, lang = told.row, told.lang
    firsts = reports.sort("reported_at").unique("incident_id", keep="first", maintain_order=True)
    kinds = _counted(firsts, "category", lambda code: category_name(code, lang), lang)
    seen = _counted(firsts, "source", lambda source: source_name(source, lang), lang)
    units = _counted(firsts.drop_nulls("unit"), "unit", str, lang)
    year = within_a_year(row["recurrence_days"], found.summary.get("every", 1))
    list_facts(
        [
            (say("Mostly", lang), kinds),
            (say("Who saw it", lang), seen),
            (say("Handled by", lang), units),
            (say("State", lang), news_words(row, lang)),
            (
                say("In a year", lang),
                say("one so rare by chance alone: {chance}", lang, chance=f"{year:.0%}" if year >= 0.01 else "<1%"),
            ),
            (say("Areas", lang), few_names(row["community"], lang)),
            (say("Contact", lang), row["contact"]),
        ]
    )


def news_words(row: pd.Series, lang: str) -> str:
    """Say since when an alarm is there, as far as one look back can tell.

    >>> news_words(pd.Series({"state": "new"}), "en"), news_words(pd.Series({"state": "continuing"}), "zh")
    ('new in the last 7 days', '7天前已有')
    """
    if row["state"] == "new":
        return say("new in the last {days} days", lang, days=NEW_DAYS)
    return say("there already {days} days before", lang, days=NEW_DAYS)


def _counted(reports: pl.DataFrame, column: str, named: Callable[[str], str], lang: str) -> str:
    counts = reports.group_by(column).len().sort(["len", column], descending=[True, False]).head(3)
    return say(", ", lang).join(f"{named(value)} {count:,}" for value, count in counts.iter_rows())
