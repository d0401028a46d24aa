"""The story of one cell: what was found there, week by week, who answers for it, and the latest reports."""

from __future__ import annotations

from datetime import date, timedelta
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

import altair as alt
import pandas as pd
import polars as pl
import streamlit as st

from geo.maps.labels import category_name, class_name, kind_name
from geo.maps.palette import Palette
from geo.study import Answer
from geo.ui import cache
from geo.ui.cache import OpenedStudy
from geo.ui.downloads import downloads
from geo.words import numbers, say

CHART_PIXELS = 118
NAMES_TOLD = 3


def tell_story(opened: OpenedStudy, answer: Answer, row: pd.Series, palette: Palette, lang: str) -> None:
    """Draw the story of the cell of `row`, a row of `answer.table`."""
    _say_what(row, palette, lang)
    _draw_weeks(cache.weekly(opened, answer, row["cell"]), answer, row, palette, lang)
    downloads(answer, opened, lang)
    _say_who(row, lang)
    _list_reports(cache.latest_reports(opened, answer, row["cell"]), opened, answer.window.last, palette, lang)


def _text(value: Any) -> str:
    return "" if value is None or pd.isna(value) else str(value)


def _say_what(row: pd.Series, palette: Palette, lang: str) -> None:
    rank = f"{int(row['cluster_id'])}. " if row["hot"] and not pd.isna(row["cluster_id"]) else ""
    place = _text(row["place"]) or say("Selected cell", lang)
    mostly, unit = category_name(_text(row["top_category"]), lang), _text(row["unit"])
    who = [say("Mostly {category}", lang, category=mostly)] if mostly else []
    who += [say("Unit {unit}", lang, unit=unit)] if unit else []
    colour = (palette.core if row["core"] else palette.hot if row["hot"] else palette.expected).fill
    mark = "⬢" if row["hot"] or row["enough"] else "⬡"
    word = class_name(row["core"], row["hot"], row["enough"], lang)
    st.html(
        f'<div class="hx story"><h3>{escape(rank + place)}</h3><div class="m">{escape(" · ".join(who))}</div>'
        f'<span class="tag"><i style="color:{colour if mark == "⬢" else palette.muted}">{mark}</i>{escape(word)}</span>'
        f'<p class="say">{escape(_text(row["reason"]))}</p></div>'
    )


def _draw_weeks(weeks: pl.DataFrame, answer: Answer, row: pd.Series, palette: Palette, lang: str) -> None:
    """Draw bars from zero: the window in the finding's colour, earlier weeks grey, expected dashed."""
    if not weeks.height:
        return
    bar = (palette.core.fill if row["hot"] else palette.bar) or palette.bar
    inside = weeks.filter(pl.col("week") >= answer.window.first)
    typical = inside["expected"].mean() if inside.height else None
    expected = (
        f'&ensp;<b style="color:{palette.text}">┄</b> {escape(say("expected", lang))} '
        + (f"{typical:.1f}" if typical >= 0.1 else "&lt;0.1")
        if isinstance(typical, float)
        else ""
    )
    st.html(
        f'<div class="hx"><h4>{escape(say("Incidents per week, with neighbouring cells", lang))}</h4><small>'
        f'<span style="color:{bar}">■</span> {escape(say("window", lang))}&ensp;'
        f'<span style="color:{palette.bar_before}">■</span> {escape(say("before", lang))}{expected}</small></div>'
    )
    st.altair_chart(_chart(weeks, answer.window.first, bar, palette, lang), width="stretch")


def _chart(weeks: pl.DataFrame, first: date, bar: str, palette: Palette, lang: str) -> alt.LayerChart:
    data = weeks.select(
        "incidents",
        "expected",
        week=pl.col("week").cast(pl.Datetime("ms")),
        end=(pl.col("week") + timedelta(days=6)).cast(pl.Datetime("ms")),
        part=pl.when(pl.col("week") >= first).then(pl.lit("window")).otherwise(pl.lit("before")),
    ).to_pandas()
    quiet: dict[str, Any] = {"labelColor": palette.muted, "labelFontSize": 11, "title": None}
    month: dict[str, Any] = {"labelExpr": "(month(datum.value) + 1) + '月'"} if lang == "zh" else {"format": "%b"}
    x = alt.X(
        "week:T",
        axis=alt.Axis(
            tickCount="month",
            grid=False,
            domainColor=palette.line,
            tickColor=palette.line,
            labelFlush=False,
            **month,
            **quiet,
        ),
    )
    y = alt.Y(
        "incidents:Q",
        axis=alt.Axis(
            tickCount=3, tickMinStep=1, format="d", gridColor=palette.line, domain=False, ticks=False, **quiet
        ),
    )
    tooltip = [
        alt.Tooltip("week:T", title=say("Week of", lang), format="%Y-%m-%d"),
        alt.Tooltip("incidents:Q", title=say("Incidents", lang)),
        alt.Tooltip("expected:Q", title=say("Expected", lang), format=".1f"),
    ]
    colour = alt.Color(
        "part:N", scale=alt.Scale(domain=["window", "before"], range=[bar, palette.bar_before]), legend=None
    )
    bars = alt.Chart(data).mark_bar().encode(x=x, x2="end:T", y=y, y2=alt.datum(0), color=colour, tooltip=tooltip)
    line = alt.Chart(data).mark_line(interpolate="step-after", color=palette.text, strokeWidth=1.5, strokeDash=[4, 3])
    return (
        (bars + line.encode(x="week:T", y="expected:Q"))
        .properties(height=CHART_PIXELS, padding={"left": 0, "right": 4, "top": 4, "bottom": 5})
        .configure_view(strokeWidth=0)
    )


def _say_who(row: pd.Series, lang: str) -> None:
    """List the areas, the contact and the backlog of the cell."""
    facts = [
        (kind_name(kind, lang), _few(_text(row[kind]), lang)) for kind in ("community", "market", "construction_site")
    ]
    facts.append((say("Assisting", lang), _few(_text(row["assisting_units"]), lang)))
    facts.append((say("Contact", lang), _text(row["contact"])))
    if not pd.isna(row["open_reports"]):
        backlog = say(
            "{open} open, {overdue} overdue",
            lang,
            open=int(row["open_reports"]),
            overdue=int(row["overdue_reports"] or 0),
        )
        if not pd.isna(row["oldest_open"]):
            backlog += say("; the oldest since {day}", lang, day=numbers.day(row["oldest_open"], lang))
        facts.append((say("Backlog", lang), backlog))
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts if value)
    if rows:
        st.html(f'<dl class="hx facts">{rows}</dl>')


def _few(names: str, lang: str) -> str:
    """Return a list of names, its first NAMES_TOLD where it is long."""
    each = names.split(";")
    told = ", ".join(each[:NAMES_TOLD])
    return (
        told
        if len(each) <= NAMES_TOLD
        else say("{names} and {more} more", lang, names=told, more=len(each) - NAMES_TOLD)
    )


def _list_reports(reports: pl.DataFrame, opened: OpenedStudy, until: date, palette: Palette, lang: str) -> None:
    """List the latest reports; what a reporter wrote is escaped."""
    if not reports.height:
        return
    rows, zone = "", ZoneInfo(opened.study.timezone)
    for report in reports.iter_rows(named=True):
        when = report["reported_at"].astimezone(zone).date()
        due = report["due_at"].astimezone(zone).date() if report["due_at"] else None
        if report["status"] == "closed":
            status = f'<span class="status" style="color:{palette.closed}">✓ {escape(say("Closed", lang))}</span>'
        elif due and due < until:
            status = f'<span class="status" style="color:{palette.overdue}">! {escape(say("Overdue", lang))}</span>'
        else:
            status = f'<span class="status" style="color:{palette.in_progress}">◐ {escape(say("Open", lang))}</span>'
        what = report["description"] or report["address"] or ""
        rows += (
            f'<div class="report"><span>{escape(category_name(report["category"], lang))} '
            f"<small>{escape(numbers.day(when, lang, year=when.year != until.year))}</small></span>{status}"
            f'<span class="m" title="{escape(what)}">{escape(what)}</span></div>'
        )
    st.html(f'<div class="hx"><h4>{escape(say("Latest reports", lang))}</h4>{rows}</div>')
