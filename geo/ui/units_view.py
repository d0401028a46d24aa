"""The view Units: who closes in time, with the formulas; units, or the areas of a kind."""

from __future__ import annotations

from html import escape
from typing import Any

import pandas as pd
import streamlit as st

from geo.agenda.performance import Performance
from geo.maps.labels import kind_name
from geo.recurring import told
from geo.ui import agenda_cache, empty
from geo.ui.agenda_downloads import offer_list
from geo.ui.agenda_words import agenda_question
from geo.ui.bulletin_download import offer_bulletin
from geo.ui.desk import Desk
from geo.ui.listing import pick_row
from geo.ui.recurring_words import text
from geo.ui.story import list_facts
from geo.ui.workplace import headline
from geo.words import numbers, say

UNIT = "unit"
TALL_PIXELS = 612
FORMULAS = ("on_time_share", "backlog", "overdue", "median_days", "failed_share")


def units_view(desk: Desk) -> None:
    """Draw the table, all of the page's height, and the story of one row."""
    lang, opened = desk.lang, desk.opened
    by = desk.filters.by if desk.filters.by in agenda_cache.kinds(opened) else UNIT
    with desk.counts, st.spinner(say("Counting what was closed", lang)):
        found = agenda_cache.closing(opened, desk.question, by, lang)
    table = found.table
    with desk.heading, st.container(width="stretch"):
        days = told.days_looked_at(found, lang=lang)
        order = say("by share on time, few due drawn to the mean", lang)
        notes = told.notes(opened.study, found, lang=lang)
        headline(agenda_question("units", "", lang), notes, lang, f"{days} · {order}")
    if not len(table):
        with desk.left:
            empty.refused_words(say("No unit is named in these reports", lang), _no_unit(by, lang), desk.filters, lang)
        return
    desk.counts.html(f'<div class="hx strip">{_counts(found, lang)}</div>')
    keys = table["key"].astype(str).tolist()
    selected = desk.filters.target if desk.filters.target in keys else keys[0]
    with desk.left:
        rows = {key: at for at, key in enumerate(keys)}
        chosen = pick_row(
            rows_said(table, lang),
            keys,
            selected,
            rows.get,
            _columns(by, lang),
            key="units",
            name=f"{opened.key}-{by}-{desk.question}-{lang}",
            pixels=TALL_PIXELS,
        )
        if chosen is not None:
            selected = chosen
            desk = desk.with_filters(target=chosen)
    with desk.right:
        _story(desk, found, table.iloc[keys.index(selected)])


def _no_unit(by: str, lang: str) -> str:
    if by == UNIT:
        return say("Name the column of the unit on the page Data, or list by areas.", lang)
    return say("No area of this kind is shown.", lang)


def _counts(found: Performance, lang: str) -> str:
    summary = found.summary
    rows = say("places", lang) if found.by != UNIT else say("units", lang)
    parts = [f"<span><b>{len(found.table):,}</b> {escape(rows)}</span>"]
    if summary.get("due"):
        parts.append(f"<span><b>{summary['on_time_share']:.0%}</b> {escape(say('closed on time', lang))}</span>")
    backlog, overdue = summary.get("backlog"), summary.get("overdue")
    if backlog is not None:
        words = say("{open} open", lang, open=f"{backlog:,}")
        if overdue is not None:  # without deadlines nobody knows
            words = say("{open} open, {overdue} overdue", lang, open=f"{backlog:,}", overdue=f"{overdue:,}")
        parts.append(f'<span class="m">{escape(words)}</span>')
    return "".join(parts)


def rows_said(table: pd.DataFrame, lang: str) -> pd.DataFrame:
    """Return `tables.PERFORMANCE` in the words of the screen; shares in per cent."""
    return pd.DataFrame(
        {
            "name": [text(name) or say("No unit named", lang) for name in table["name"]],
            "on_time_share": 100 * table["on_time_share"].astype(float),
            "between": [
                "" if pd.isna(low) else f"{low:.0%}–{high:.0%}"
                for low, high in zip(table["on_time_low"], table["on_time_high"], strict=True)
            ],
            **{name: table[name].array for name in ("due", "backlog", "overdue", "median_days")},
            "failed_share": 100 * table["failed_share"].astype(float),
            "closed": table["closed"].array,
        }
    )


def _columns(by: str, lang: str) -> dict[str, Any]:
    number, words = st.column_config.NumberColumn, st.column_config.TextColumn
    return {
        "name": words(say("Unit", lang) if by == UNIT else kind_name(by, lang), width=128),
        "on_time_share": number(
            say("On time", lang), width=66, format="%.0f%%", help=say("Of what was due in the window.", lang)
        ),
        "between": words(say("90% interval", lang), width=84),
        "due": number(say("Due", lang), width=50, format="localized"),
        "backlog": number(say("Open", lang), width=52, format="localized"),
        "overdue": number(say("Overdue", lang), width=62, format="localized"),
        "median_days": number(
            say("Median days", lang),
            width=82,
            format="%.1f",
            help=say("Half of what was reported in the window was closed within so many days.", lang),
        ),
        "failed_share": number(
            say("Again", lang), width=54, format="%.0f%%", help=say("Closings followed by the same problem.", lang)
        ),
        "closed": number(say("Closed", lang), width=58, format="localized"),
    }


def _story(desk: Desk, found: Performance, row: pd.Series) -> None:
    lang = desk.lang
    name = text(row["name"]) or say("No unit named", lang)
    kind = say("Unit", lang) if found.by == UNIT else kind_name(found.by, lang)
    st.html(
        f'<div class="hx story"><h3>{escape(name)}</h3><div class="m">{escape(kind)}</div>'
        f'<p class="say">{escape(text(row["reason"]))}</p></div>'
    )
    with st.container(horizontal=True, gap="small"):
        offer_list(desk, found, f"closing-{found.by.replace('_', '-')}")
        if desk.kind:
            offer_bulletin(desk)
    oldest = row["oldest_open"]
    list_facts(
        [
            (say("Reported", lang), f"{int(row['reported']):,}"),
            (say("Oldest open", lang), None if pd.isna(oldest) else numbers.day(oldest, lang)),
            (say("Contact", lang), text(row["contact"])),
        ]
    )
    formulas = "".join(
        f"<dt>{escape(_column_name(column, lang))}</dt><dd>{escape(found.formulas[column].sentence(lang))}</dd>"
        for column in FORMULAS
        if column in found.formulas
    )
    st.html(
        f'<div class="hx"><h4>{escape(say("How it is reckoned", lang))}</h4><dl class="facts">{formulas}</dl></div>'
    )


def _column_name(column: str, lang: str) -> str:
    return {
        "on_time_share": say("On time", lang),
        "backlog": say("Open", lang),
        "overdue": say("Overdue", lang),
        "median_days": say("Median days", lang),
        "failed_share": say("Again", lang),
    }[column]
