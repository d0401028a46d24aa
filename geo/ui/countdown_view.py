"""Days to the review: what each unit can still close and have checked in the chosen areas, and when it must begin."""

from __future__ import annotations

from datetime import date, timedelta
from html import escape

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


def countdown(desk: Desk, choice: Choice) -> None:
    """Draw the day of the review and what each unit can do until then."""
    lang, last = desk.lang, last_day(desk)
    known = desk.filters.review or last + REVIEW_AFTER
    key = f"review-{lang}-{last}"
    st.session_state.setdefault(key, min(max(known, last + timedelta(days=1)), last + MOST_AHEAD))
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


def _rows(table: pl.DataFrame, lang: str) -> None:
    """List the units, who will be latest on top."""
    starts = [
        say("not known", lang) if day is None else f"{'' if timely else '! '}{numbers.day(day, lang, year=False)}"
        for day, timely in table.select("last_start", "in_time").iter_rows()
    ]
    told = {
        "unit": [unit or say("No unit named", lang) for unit in table["unit"]],
        "open": table["open"],
        "closed": table["expected_closed"].round(0),
        "start": starts,
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
            "unit": words(say("Unit", lang), width=160),
            "open": number(say("Open", lang), width=48, format="localized"),
            "closed": number(
                say("In time", lang), width=58, format="localized", help=say("Likely closed and checked by then.", lang)
            ),
            "start": words(
                say("Begin by", lang),
                width=74,
                help=say("Last day on which work of usual length still ends in time; !: it has passed.", lang),
            ),
        },
    )
