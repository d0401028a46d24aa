"""Days to the review: what each unit can still close and have checked in the chosen areas, and when it must begin."""

from __future__ import annotations

from datetime import date, timedelta
from html import escape
from typing import Any

import polars as pl
import streamlit as st

from geo.agenda.choice import Choice
from geo.ui import agenda_cache
from geo.ui.cache import choices
from geo.ui.desk import Desk
from geo.words import numbers, say

REVIEW_AFTER = timedelta(days=28)
"""From the last day to the review, where none is named."""
MOST_AHEAD = timedelta(days=365)
ROWS_PIXELS = 330


def last_day(desk: Desk) -> date:
    """Return the last day of which anything is asked."""
    return desk.question.until or choices(desk.opened).last_day


def review_of(desk: Desk) -> date:
    """Return the day of the review: the one named, or the usual one, in the days that can be chosen."""
    last = last_day(desk)
    return min(max(desk.filters.review or last + REVIEW_AFTER, last + timedelta(days=1)), last + MOST_AHEAD)


def visit_of(desk: Desk) -> date:
    """Return the day for which points are reckoned: the one named for them, or that of the review."""
    last = last_day(desk)
    return min(max(desk.filters.visit, last), last + MOST_AHEAD) if desk.filters.visit else review_of(desk)


def countdown(desk: Desk, choice: Choice) -> None:
    """Draw the day of the review and what each unit can do until then."""
    lang, last = desk.lang, last_day(desk)
    key = f"review-{lang}-{last}"
    st.session_state.setdefault(key, review_of(desk))
    review = st.date_input(
        say("Day of the review", lang),
        key=key,
        min_value=last + timedelta(days=1),
        max_value=last + MOST_AHEAD,
        format="YYYY-MM-DD",
    )
    desk = desk.with_filters(review=None if review == last + REVIEW_AFTER else review)
    areas = tuple(choice.table.loc[choice.table["chosen"].astype(bool), "area_id"])
    if not areas:
        st.html(f'<div class="hx m">{escape(say("No area is chosen.", lang))}</div>')
        return
    with st.spinner(say("Counting the days", lang)):
        found = agenda_cache.counted_down(desk.opened, desk.question, review, areas, lang)
    told = found.summary
    words = say(
        "{days} days are left. In the chosen areas {open} problems are open; at each unit's pace about {closed} can be "
        "closed and checked by then, {late} not.",
        lang,
        days=told["days_left"],
        open=f"{told['open']:,}",
        closed=f"{told['expected_closed']:,.0f}",
        late=f"{told['late']:,.0f}",
    )
    st.html(f'<div class="hx story"><p class="say">{escape(words)}</p></div>')
    if found.table.height:
        _rows(found.table, lang)
    notes = "".join(f"<li>{escape(one.sentence(lang))}</li>" for one in found.notes)
    st.html(f'<div class="hx sure-facts"><ul>{notes}</ul></div>')


def start_words(row: dict[str, Any], lang: str) -> str:
    """Say by when new work begins; nothing where most of what is open will be late: there is no time to wait.

    >>> start_words({"last_start": date(2026, 3, 5), "in_time": True, "open": 69, "late": 48.0}, "en")
    ''
    >>> start_words({"last_start": None, "in_time": None, "open": 4, "late": 1.0}, "en")
    'not known'
    """
    if row["late"] > row["open"] / 2:
        return ""
    if row["last_start"] is None:
        return say("not known", lang)
    return f"{'' if row['in_time'] else '! '}{numbers.day(row['last_start'], lang, year=False)}"


def _rows(table: pl.DataFrame, lang: str) -> None:
    """List the units, who will be latest on top."""
    told = {
        "unit": [unit or say("No unit named", lang) for unit in table["unit"]],
        "open": table["open"],
        "closed": table["expected_closed"].round(0),
        "start": [start_words(row, lang) for row in table.iter_rows(named=True)],
    }
    number, words = st.column_config.NumberColumn, st.column_config.TextColumn
    st.dataframe(
        pl.DataFrame(told).to_pandas(),
        hide_index=True,
        height=min(ROWS_PIXELS, 29 * (table.height + 1) + 3),
        row_height=29,
        placeholder="–",
        key="countdown-rows",
        column_config={
            "unit": words(say("Unit", lang), width=126),
            "open": number(say("Open", lang), width=48, format="localized"),
            "closed": number(
                say("In time", lang), width=58, format="localized", help=say("Likely closed and checked by then.", lang)
            ),
            "start": words(
                say("New work begins by", lang),
                width=112,
                help=say(
                    "For a new problem of usual length, not for what is open: that is to be worked on now. Empty where "
                    "more than half of what is open will be late; !: the day has passed.",
                    lang,
                ),
            ),
        },
    )
