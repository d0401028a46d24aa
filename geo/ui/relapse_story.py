"""The story of a place to which a problem returned: its episodes in time, how soon such problems return, its group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape
from math import isfinite
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import polars as pl
import streamlit as st

from geo.maps.labels import category_name
from geo.maps.palette import Palette
from geo.stats.relapse import LEVEL
from geo.study import Study
from geo.ui.latest_reports import list_reports
from geo.ui.list_story import Told, head, title, unit_words
from geo.ui.recurring_words import text
from geo.ui.return_curve import draw_curve
from geo.ui.story import list_facts
from geo.words import numbers, say

LISTED = 5
DRAWN_DAYS = 365
GLYPH_SHARE = 3.0  # per cent of the line that a mark takes


def tell_relapse(told: Told, found: Any) -> None:
    """Draw what returned to a place, and when."""
    row, palette, lang = told.row, told.palette, told.lang
    tags = [(palette.in_progress, "◐", say("open now", lang))] if row["is_open"] else []
    head(told, [category_name(row["category"], lang), unit_words(row, lang)], tags)
    own = episodes_of(found.episodes, row["place"], row["category"])
    zone = told.opened.study.timezone
    st.html(draw_episodes(own, found.window.last, zone, palette, lang))
    st.html(draw_curve(found.episodes, row["category"], palette, lang))
    told.offer()
    _facts(row, found.groups, lang)
    reports = reports_of(told.opened.study, own).top_k(LISTED, by="reported_at")
    list_reports(reports, zone, found.window.last, palette, lang)


def episodes_of(episodes: pl.DataFrame, place: str, category: str) -> pl.DataFrame:
    """Return the episodes of a place and category, the oldest first."""
    return episodes.filter((pl.col("place_key") == place) & (pl.col("category") == category)).sort("opened")


def reports_of(study: Study, episodes: pl.DataFrame) -> pl.DataFrame:
    """Return the reports of the first incident of each of these episodes."""
    return study.reports.filter(pl.col("incident_id").is_in(episodes["incident_id"].implode()))


def draw_episodes(episodes: pl.DataFrame, last: date, zone: str, palette: Palette, lang: str) -> str:
    """Return a bar for each episode from opening to closing, those that came back marked, as HTML.

    `episodes`: geo.stats.episodes.EPISODES of one place, in time. `last`: the last day that is seen.

    >>> from datetime import UTC, datetime
    >>> from geo.maps.palette import PALETTES
    >>> day = lambda number: datetime(2026, 3, number, tzinfo=UTC)
    >>> rows = {"opened": [day(1), day(9)], "closed": [day(5), None], "relapse": [True, None], "quick": [False, None],
    ...         "days_to_next": [4.0, None]}
    >>> drawn = draw_episodes(pl.DataFrame(rows), date(2026, 3, 11), "UTC", PALETTES["light"], "en")
    >>> drawn.count("<b "), drawn.count("↻</i>"), "came back after 4 days" in drawn
    (2, 1, True)
    """
    spans = _spans(episodes, last, ZoneInfo(zone))
    if not spans:
        return ""
    since = last - timedelta(days=DRAWN_DAYS - 1)
    first = max(spans[0].opened, since) if spans[-1].ended >= since else spans[0].opened
    days, free_from = (last - first).days + 1, 0.0
    drawn, told = "", list[str]()
    for span in spans:
        if span.ended < first:
            continue
        words = _words(span, lang)
        told.append(words)
        left = 100 * max(0, (span.opened - first).days) / days
        wide = 100 * ((span.ended - max(span.opened, first)).days + 1) / days
        place = f"left:{left:.2f}%;width:{wide:.2f}%;background:{palette.bar if span.closed else palette.in_progress}"
        drawn += f'<b style="{place}" title="{escape(words)}"></b>'
        if span.mark and left >= free_from:
            drawn += f'<i style="left:{left:.2f}%">{span.mark}</i>'
            free_from = left + GLYPH_SHARE
    shown = numbers.span(first, last, lang)
    key = (
        f'<small><em style="color:{palette.bar}">■</em> {escape(say("open until put right", lang))}&ensp;'
        f"↻ {escape(say('came back', lang))}&ensp;! {escape(say('within 3 days', lang))}</small>"
    )
    return (
        f'<div class="hx episodes">{title(say("Episodes", lang), shown)}{key}'
        f'<div role="img" aria-label="{escape(say("; ", lang).join(told))}">{drawn}</div></div>'
    )


@dataclass(frozen=True)
class _Span:
    """One episode in local days. `ended`: closed, or the day before the next, or the last day. `mark`: how it began."""

    opened: date
    closed: date | None
    ended: date
    back_after: float | None  # days to the return; None where there was none
    mark: str


def _spans(episodes: pl.DataFrame, last: date, zone: ZoneInfo) -> list[_Span]:
    names = ("opened", "closed", "relapse", "quick", "days_to_next")
    rows = list(episodes.select(names).iter_rows())
    days = [opened.astimezone(zone).date() for opened, *_ in rows]
    spans, mark = [], ""
    for at, (_, closed, relapse, quick, after) in enumerate(rows):
        day = closed.astimezone(zone).date() if closed else None
        following = days[at + 1] if at + 1 < len(days) else last
        spans.append(_Span(days[at], day, day or max(days[at], following), after if relapse else None, mark))
        mark = "!" if quick else "↻" if relapse else ""
    return spans


def _words(span: _Span, lang: str) -> str:
    if span.closed is None:
        return say("since {day}, not closed", lang, day=numbers.day(span.opened, lang))
    words = numbers.span(span.opened, span.closed, lang)
    if span.back_after is None:
        return words
    return say("{span}, came back after {days} days", lang, span=words, days=f"{span.back_after:.0f}")


def _facts(row: pd.Series, groups: Mapping[str, pl.DataFrame], lang: str) -> None:
    quick = int(row["quick"])
    median = row["median_days"]
    list_facts(
        [
            (say("At once", lang), _suspected(quick, lang)),
            (say("Returned after", lang), _days(median, lang) if row["relapses"] == 1 else ""),
            (say("Its category", lang), group_words(groups.get("category"), row["category"], lang)),
            (say("Its unit", lang), group_words(groups.get("unit"), row["unit"], lang)),
            (say("Last closed", lang), "" if pd.isna(row["last_closed"]) else numbers.day(row["last_closed"], lang)),
            (say("Areas", lang), say(", ", lang).join(_areas(row))),
            (say("Contact", lang), text(row["contact"])),
        ]
    )


def _areas(row: pd.Series) -> Sequence[str]:
    joined = (text(row[kind]) for kind in ("community", "market", "construction_site"))
    return [name for names in joined for name in names.split(";") if name]


def _suspected(quick: int, lang: str) -> str:
    if not quick:
        return ""
    return say("{count} within 3 days: suspected false closure", lang, count=quick)


def _days(median: float, lang: str) -> str:
    if pd.isna(median):
        return ""
    if median < 1:
        return say("within a day", lang)
    return say("1 day", lang) if round(median) == 1 else say("{days} days", lang, days=f"{median:.0f}")


def group_words(groups: pl.DataFrame | None, name: str | None, lang: str) -> str:
    """Say how much more often problems of a group start after closings than by the places' own background.

    `groups`: geo.stats.relapse_groups.group_ratios. A ratio above 1 that chance gives one of so many is called that.

    >>> ratios = pl.DataFrame({"unit": ["A", "C"], "ratio": 1.42, "ratio_low": 1.1, "ratio_high": 1.8})
    >>> ratios = ratios.with_columns(q_value=pl.Series([0.02, 0.3]))
    >>> group_words(ratios, "A", "en"), group_words(ratios, "B", "en")
    ('after closings 1.4 times as often as otherwise (90 % interval 1.1 to 1.8)', '')
    >>> group_words(ratios, "C", "en").removeprefix(group_words(ratios, "A", "en"))
    '; by chance one of so many may lie so high'
    """
    if groups is None or not isinstance(name, str) or not groups.height:
        return ""
    own = groups.filter(pl.col(groups.columns[0]) == name)
    if not own.height:
        return ""
    ratio, low, high = (own[column][0] for column in ("ratio", "ratio_low", "ratio_high"))
    if ratio is None or not all(isfinite(value) for value in (ratio, low, high)):
        return ""
    said = say(
        "after closings {ratio} times as often as otherwise (90 % interval {low} to {high})",
        lang,
        ratio=f"{ratio:.1f}",
        low=f"{low:.1f}",
        high=f"{high:.1f}",
    )
    by_chance = low > 1 and own["q_value"][0] > LEVEL
    return said + say("; by chance one of so many may lie so high", lang) if by_chance else said
