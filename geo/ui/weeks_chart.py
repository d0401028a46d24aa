"""Incidents week by week: the window in the finding's colour, earlier weeks grey, expected dashed."""

from __future__ import annotations

from datetime import date, timedelta
from html import escape
from typing import Any

import altair as alt
import polars as pl
import streamlit as st

from geo.maps.palette import Palette
from geo.words import say

CHART_PIXELS = 118


def draw_weeks(weeks: pl.DataFrame, first: date, title: str, bar: str, palette: Palette, lang: str) -> None:
    """Draw `weeks` (week, incidents and, where something is expected, expected); the window begins on `first`."""
    if not weeks.height:
        return
    inside = weeks.filter(pl.col("week") >= first)
    typical = inside["expected"].mean() if inside.height and "expected" in weeks.columns else None
    expected = (
        f'&ensp;<b style="color:{palette.text}">┄</b> {escape(say("expected", lang))} '
        + (f"{typical:.1f}" if typical >= 0.1 else "&lt;0.1")
        if isinstance(typical, float)
        else ""
    )
    st.html(
        f'<div class="hx"><h4>{escape(title)}</h4><small>'
        f'<span style="color:{bar}">■</span> {escape(say("window", lang))}&ensp;'
        f'<span style="color:{palette.bar_before}">■</span> {escape(say("before", lang))}{expected}</small></div>'
    )
    st.altair_chart(_chart(weeks, first, bar, palette, lang), width="stretch")


def _chart(weeks: pl.DataFrame, first: date, bar: str, palette: Palette, lang: str) -> alt.LayerChart:
    expects = "expected" in weeks.columns
    data = weeks.select(
        "incidents",
        *(["expected"] if expects else []),
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
    ]
    if expects:
        tooltip.append(alt.Tooltip("expected:Q", title=say("Expected", lang), format=".1f"))
    colour = alt.Color(
        "part:N", scale=alt.Scale(domain=["window", "before"], range=[bar, palette.bar_before]), legend=None
    )
    bars = alt.Chart(data).mark_bar().encode(x=x, x2="end:T", y=y, y2=alt.datum(0), color=colour, tooltip=tooltip)
    drawn = [bars]
    if expects:
        line = alt.Chart(data).mark_line(
            interpolate="step-after", color=palette.text, strokeWidth=1.5, strokeDash=[4, 3]
        )
        drawn.append(line.encode(x="week:T", y="expected:Q"))
    return (
        alt.layer(*drawn)
        .properties(height=CHART_PIXELS, padding={"left": 0, "right": 4, "top": 4, "bottom": 5})
        .configure_view(strokeWidth=0)
    )
