"""The latest reports of a place; what a reporter wrote is escaped."""

from __future__ import annotations

from datetime import date
from html import escape
from zoneinfo import ZoneInfo

import polars as pl
import streamlit as st

from geo.maps.labels import category_name
from geo.maps.palette import Palette
from geo.maps.points import state_name, state_of
from geo.words import numbers, say

MARKS = {"closed": "✓", "in_progress": "◐", "overdue": "!"}


def list_reports(reports: pl.DataFrame, timezone: str, until: date, palette: Palette, lang: str) -> None:
    """List `reports`, the newest first, as they stood on the day `until`."""
    if not reports.height:
        return
    rows, zone = "", ZoneInfo(timezone)
    for report in reports.iter_rows(named=True):
        state, when = state_of(report, until, zone), report["reported_at"].astimezone(zone).date()
        colour, word = getattr(palette, state), f"{MARKS[state]} {state_name(state, lang)}"
        what = report["description"] or report["address"] or ""
        rows += (
            f'<div class="report"><span>{escape(category_name(report["category"], lang))} '
            f"<small>{escape(numbers.day(when, lang, year=when.year != until.year))}</small></span>"
            f'<span class="status" style="color:{colour}">{escape(word)}</span>'
            f'<span class="m" title="{escape(what)}">{escape(what)}</span></div>'
        )
    st.html(f'<div class="hx"><h4>{escape(say("Latest reports", lang))}</h4>{rows}</div>')
