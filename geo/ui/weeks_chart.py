"""Incidents week by week: the window in the finding's colour, earlier weeks grey, expected dashed, holidays ticked."""

from __future__ import annotations

from datetime import date, timedelta
from html import escape
from math import floor, log10
from typing import Any

import altair as alt
import pandas as pd
import polars as pl
import streamlit as st

from geo.maps.palette import Palette
from geo.words import say

CHART_PIXELS = 118
NAMED_DAYS = 5  # a holiday of so many days off is named on the chart; others when pointed at
HEADROOM = 1.22  # over the highest bar, for ticks and names
CHART_WIDTH, TICK_PIXELS, LATIN_PIXELS, CHINESE_PIXELS = 333, 8, 6, 11  # of the bars, and of a name beside its tick


def draw_weeks(weeks: pl.DataFrame, first: date, title: str, bar: str, palette: Palette, lang: str) -> None:
    """Draw `weeks`: week, incidents and, where known, expected, holiday and days_off; the window begins on `first`."""
    if not weeks.height:
        return
    inside = weeks.filter(pl.col("week") >= first)
    typical = inside["expected"].mean() if inside.height and "expected" in weeks.columns else None
    expected = (
        f'&ensp;<b style="color:{palette.text}">┄</b> {escape(say("expected", lang))} '
        + escape(say("{number} a week", lang, number=f"{typical:.1f}" if typical >= 0.1 else "<0.1"))
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
        *[name for name in ("expected", "holiday", "days_off") if name in weeks.columns],
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
    ticked = weeks.filter(pl.col("days_off") > 0).height > 0 if "days_off" in weeks.columns else False
    most = max(weeks[name].to_numpy().max() for name in ("incidents", "expected") if name in weeks.columns)
    lines = grid_lines(most)
    y = alt.Y(
        "incidents:Q",
        scale=alt.Scale(domain=[0, max(1.0, most) * (HEADROOM if ticked else 1.03)], nice=False),
        axis=alt.Axis(
            values=lines,
            tickCount=len(lines),
            format=",d",
            gridColor=palette.line,
            domain=False,
            ticks=False,
            **quiet,
        ),
    )
    tooltip = [
        alt.Tooltip("week:T", title=say("Week of", lang), format="%Y年%-m月%-d日" if lang == "zh" else "%-d %b %Y"),
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
    if ticked:
        drawn += _holidays(data[data["days_off"] > 0], len(data), palette, lang)
    return (
        alt.layer(*drawn)
        .properties(height=CHART_PIXELS, padding={"left": 0, "right": 4, "top": 4, "bottom": 5})
        .configure_view(strokeWidth=0)
    )


def _holidays(ticked: pd.DataFrame, weeks: int, palette: Palette, lang: str) -> list[alt.Chart]:
    """Tick the weeks of long holidays at the top of the chart, and name the longest."""
    middle = ticked.assign(middle=ticked["week"] + timedelta(days=3.5))
    tooltip = [
        alt.Tooltip("holiday:N", title=say("Holiday", lang)),
        alt.Tooltip("days_off:Q", title=say("Days off", lang)),
    ]
    where = {"x": alt.X("middle:T"), "tooltip": tooltip}
    tick = alt.Chart(middle).mark_point(shape="triangle-down", size=22, filled=True, color=palette.muted, yOffset=4)
    drawn = [tick.encode(y=alt.value(0), **where)]
    after, before = name_sides(middle["holiday"].to_dict(), middle["days_off"].to_dict(), weeks)
    for rows, text in (
        (middle.loc[after], alt.Chart(middle.loc[after]).mark_text(align="left", dx=6, dy=5, fontSize=11)),
        (middle.loc[before], alt.Chart(middle.loc[before]).mark_text(align="right", dx=-6, dy=5, fontSize=11)),
    ):
        if len(rows):
            drawn.append(text.encode(y=alt.value(0), text="holiday:N", color=alt.value(palette.muted), **where))
    return drawn


def grid_lines(most: float) -> list[int]:
    """Return two to four round numbers up to the highest bar: none lies above it, where holidays are named.

    >>> grid_lines(40), grid_lines(41), grid_lines(7), grid_lines(0.4), grid_lines(1384)
    ([0, 20, 40], [0, 20, 40], [0, 2, 4, 6], [0, 1], [0, 500, 1000])
    """
    size = 10 ** floor(log10(max(1.0, most)))
    steps = (part for part in (size / 5, size / 2, size, 2 * size, 5 * size) if part >= 1)
    step = int(next((part for part in steps if most < 4 * part), size))
    return list(range(0, max(step, floor(most)) + 1, step))


def name_sides(names: dict[int, str], days_off: dict[int, int], weeks: int) -> tuple[list[int], list[int]]:
    """Return which long holidays are named after their tick and which before it, so that nothing is written over.

    `names`, `days_off`: of the ticked weeks, by their position among `weeks`. One without room is not named.

    >>> name_sides({18: "Mid-Autumn Festival", 19: "National Day"}, {18: 3, 19: 7}, 26)
    ([19], [])
    >>> name_sides({5: "New Year's Day", 12: "Spring Festival", 22: "Labor Day"}, {5: 3, 12: 9, 22: 5}, 26)
    ([12], [])
    >>> name_sides({12: "春节", 22: "劳动节"}, {12: 9, 22: 5}, 26)
    ([12, 22], [])
    """
    taken = [(at + 0.5, at + 0.5) for at in names]
    sides: tuple[list[int], list[int]] = ([], [])
    for at, name in names.items():
        if days_off[at] < NAMED_DAYS:
            continue
        width = weeks * (TICK_PIXELS + sum(CHINESE_PIXELS if ord(sign) > 0x2E7F else LATIN_PIXELS for sign in name))
        room = width / CHART_WIDTH
        for side, (start, end) in zip(sides, ((at + 0.5, at + 0.5 + room), (at + 0.5 - room, at + 0.5)), strict=True):
            own = (at + 0.5, at + 0.5)
            if (
                start >= 0
                and end <= weeks
                and not any(span != own and span[0] < end and span[1] > start for span in taken)
            ):
                side.append(at)
                taken.append((start, end))
                break
    return sides
