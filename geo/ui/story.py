"""The story of one cell: what was found there, week by week, who answers for it, and the latest reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import pandas as pd
import streamlit as st

from geo import account
from geo.maps.changes import group_of, label_words
from geo.maps.classes import label_fill
from geo.maps.labels import category_name, class_name, kind_name
from geo.maps.palette import Palette
from geo.recurring.causes import WhyHere, why_cell
from geo.stats.change import Emerging
from geo.stats.emerging import TOO_SHORT
from geo.stats.sentences import window_words
from geo.study import Answer
from geo.ui.cache import OpenedStudy
from geo.ui.downloads import downloads
from geo.ui.filters import Filters
from geo.ui.latest_reports import list_reports
from geo.ui.plain import plain
from geo.ui.session import tell_area
from geo.ui.stability_badge import tell_stability
from geo.ui.time_line import draw_time_line, history_words
from geo.ui.weeks_chart import draw_weeks
from geo.ui.why_here import lead_words, why_lines
from geo.words import numbers, say

NAMES_TOLD = 3
AREAS_OFFERED = 6


def tell_story(
    opened: OpenedStudy,
    answer: Answer,
    followed: Emerging,
    row: pd.Series,
    filters: Filters,
    palette: Palette,
    lang: str,
) -> None:
    """Draw the story of the cell of `row`, a row of `geo.sheet.what_became` with its `rank`."""
    changes = filters.view == "change"
    sentence = _text(row["reason"])
    if changes:  # too short to call is said above already
        sentence = "" if row["label"] == TOO_SHORT else history_words(row, filters.period, lang)
    _say_what(row, sentence, palette, lang, changes=changes)
    sure = st.container()
    if not changes:  # there the periods have bars of their own
        weeks = account.weekly(opened.study, answer, row["cell"], lang=lang)
        span = window_words(weeks.height, lang)
        title = say("Incidents per week, with neighbouring cells, {span}", lang, span=span)
        bar = (palette.core.fill if row["hot"] else palette.bar) or palette.bar
        draw_weeks(weeks, answer.window.first, title, bar, palette, lang)
    draw_time_line(opened, answer, followed, row, filters.period, palette, lang, bars=changes)
    downloads(answer, opened, lang)
    _offer_areas(opened, row["cell"], lang)
    if not changes:
        title = say("Why here, with neighbouring cells", lang)
        tell_why(title, why_cell(opened.study, answer, row["cell"]), lang)
    _say_who(row, lang)
    reports = account.latest_reports(opened.study, answer, row["cell"])
    list_reports(reports, opened.study.timezone, answer.window.last, palette, lang)
    if not changes:  # it is about the window
        tell_stability(sure, opened, answer, row, lang)


def _text(value: Any) -> str:
    return "" if value is None or pd.isna(value) else str(value)


def _say_what(row: pd.Series, sentence: str, palette: Palette, lang: str, *, changes: bool) -> None:
    """Name the place, what it is and why; in the view of `changes` without what it is in the window."""
    rank = "" if pd.isna(row["rank"]) else f"{int(row['rank'])}. "
    place = _text(row["place"]) or say("Selected cell", lang)
    mostly, unit = category_name(_text(row["top_category"]), lang), _text(row["unit"])
    who = [say("Mostly {category}", lang, category=mostly)] if mostly else []
    who += [say("Unit {unit}", lang, unit=unit)] if unit else []
    st.html(
        f'<div class="hx story"><h3>{escape(rank + place)}</h3><div class="m">{escape(" · ".join(who))}</div>'
        + ("" if changes else _class_tag(row, palette, lang))
        + _label_tag(row["label"], row["planner_label"], palette, lang)
        + (f'<p class="say">{escape(sentence)}</p></div>' if sentence else "</div>")
    )


def _class_tag(row: pd.Series, palette: Palette, lang: str) -> str:
    """Return what the cell is in the window."""
    colour = (palette.core if row["core"] else palette.hot if row["hot"] else palette.expected).fill
    mark = "⬢" if row["hot"] or row["enough"] else "⬡"
    word = class_name(row["core"], row["hot"], row["enough"], lang)
    return (
        f'<span class="tag"><i style="color:{colour if mark == "⬢" else palette.muted}">{mark}</i>{escape(word)}</span>'
    )


def _label_tag(label: str, word: str, palette: Palette, lang: str) -> str:
    """Return what became of the place: the glyph in the colour of its group, the word, and Esri's name."""
    if not group_of(label, word):
        return ""
    glyph, words = label_words(label, word, lang).split(" ", 1)
    colour = label_fill(label, word, palette).fill
    return f'<span class="tag"><i style="color:{colour}">{glyph}</i>{escape(words)}</span>'


def _offer_areas(opened: OpenedStudy, cell: str, lang: str) -> None:
    """Name the areas the cell meets, each the way to its profile."""
    areas = account.areas_at(opened.study, cell).head(AREAS_OFFERED)
    if areas.empty:
        return
    with st.container(horizontal=True, gap="small", key="areas-here"):
        for area_id, kind, name in areas[["area_id", "kind", "name"]].itertuples(index=False):
            st.button(
                plain(name),
                key=f"area-{area_id}",
                help=plain(kind_name(kind, lang)),
                type="tertiary",
                on_click=tell_area,
                args=(area_id,),
            )


def _say_who(row: pd.Series, lang: str) -> None:
    """List who helps, whom to call and what waits."""
    facts = [
        (say("Assisting", lang), few_names(row["assisting_units"], lang)),
        (say("Contact", lang), _text(row["contact"])),
    ]
    if not pd.isna(row["open_reports"]):
        alone = say("this hexagon alone: {facts}", lang, facts=backlog_words(row, lang))
        facts.append((say("Backlog", lang), alone))
    list_facts(facts)


def tell_why(title: str, why: WhyHere, lang: str) -> None:
    """Say why problems pile up at a place: the three causes beside the city."""
    lead = lead_words(why, lang)
    said = f'<div class="m">{escape(lead)}</div>' if lead else ""
    st.html(f'<div class="hx"><h4>{escape(title)}</h4>{said}</div>')
    list_facts(why_lines(why, lang))


def list_facts(facts: Sequence[tuple[str, str | None]]) -> None:
    """List what is known; what is not, is not named."""
    known = [(name, value) for name, value in facts if isinstance(value, str) and value]
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in known)
    if rows:
        st.html(f'<dl class="hx facts">{rows}</dl>')


def backlog_words(waiting: Mapping[str, Any] | pd.Series, lang: str) -> str:
    """Say what is open: `waiting` holds open_reports, overdue_reports and oldest_open."""
    words = say(
        "{open} open, {overdue} overdue",
        lang,
        open=f"{int(waiting['open_reports']):,}",
        overdue=f"{int(waiting['overdue_reports'] or 0):,}",
    )
    if not pd.isna(waiting["oldest_open"]):
        words += say("; the oldest since {day}", lang, day=numbers.day(waiting["oldest_open"], lang))
    return words


def few_names(names: str | float | None, lang: str) -> str:
    """Return a list of names, its first NAMES_TOLD where it is long; nothing where none is known (None or NaN)."""
    each = _text(names).split(";")
    told = say(", ", lang).join(each[:NAMES_TOLD])
    return (
        told
        if len(each) <= NAMES_TOLD
        else say("{names} and {more} more", lang, names=told, more=len(each) - NAMES_TOLD)
    )
