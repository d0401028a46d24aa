"""What stands where there is nothing to show: why, and what to do about it."""

from __future__ import annotations

from html import escape
from typing import Any, Literal

import pandas as pd
import streamlit as st

from geo.errors import HexwardError
from geo.maps.changes import no_change, period_words
from geo.maps.labels import category_name, filter_name, lens_name
from geo.recurring.listed import Listed
from geo.stats.change import Emerging
from geo.stats.emerging import LEAST_PERIODS
from geo.stats.identity import GAP
from geo.stats.sentences import nothing_found
from geo.stats.timeline import HALF_MONTH, periods_back
from geo.study import Answer
from geo.ui.cache import Choices, OpenedStudy, choices
from geo.ui.filters import WINDOWS, Filters
from geo.ui.near_repeats import near_repeats_table
from geo.ui.plain import plain
from geo.ui.sidebar import choose
from geo.words import numbers, say, together

CATEGORIES_OFFERED = 5
LEAST_FOLLOWED = GAP + 2
"""Periods from which what sleeps can be told from what is over."""
HISTORY_DAYS = 91
"""That alarms compare with, where the records hold so many."""


def refused(refusal: HexwardError, filters: Filters, offered: Choices, lang: str) -> None:
    """Say why the question cannot be answered; offer a theme or a category where one is missing, and to undo what
    narrows."""
    _panel(say("This cannot be answered", lang), refusal.sentence(lang))
    with st.container(horizontal=True, gap="small"):
        if filters.lens == "share" and len(filters.categories) != 1:
            for asked, theme in list(offered.themes.items())[:CATEGORIES_OFFERED]:
                _way_out(plain(say("Theme {theme}", lang, theme=theme.name(lang))), "categories", (asked,))
            for category in offered.categories[: max(0, CATEGORIES_OFFERED - len(offered.themes))]:
                _way_out(plain(category_name(category, lang)), "categories", (category,))
        if filters.lens == "past":
            _way_out(lens_name("city", lang), "lens", "city")
        _clearing(filters, lang)
        if filters.window != "auto":
            _way_out(say("Let the window be chosen", lang), "window", "auto")


def nothing_left(filters: Filters, lang: str) -> None:
    """Name the filters that leave nothing."""
    names = say(", ", lang).join(filter_name(field, lang) for field in filters.narrowed)
    _panel(say("These filters leave no cell", lang), names)
    with st.container(horizontal=True, gap="small"):
        _clearing(filters, lang)


def nothing_hot(answer: Answer, busy: pd.DataFrame, filters: Filters, lang: str) -> None:
    """Say that an empty map is an answer, name the busiest places as busy, and where data are thin offer more weeks."""
    _panel(nothing_found(answer.window.weeks, bool(answer.table["enough"].any()), lang), "")
    if not answer.table["enough"].any() and filters.window != WINDOWS[-1]:
        _way_out(say("Widen to 26 weeks", lang), "window", WINDOWS[-1], look="primary")
    rows = "".join(
        f"<dt>{incidents:,.0f}</dt><dd>{escape(cell if pd.isna(place) else place)}</dd>"
        for incidents, place, cell in busy[["ring_incidents", "place", "cell"]].itertuples(index=False)
        if incidents
    )
    if rows:
        title = f"{escape(say('Busy, not hot', lang))} <small>{escape(say('with neighbours', lang))}</small>"
        st.html(f'<div class="hx"><h4>{title}</h4><dl class="hx facts">{rows}</dl></div>')


def nothing_changed(opened: OpenedStudy, followed: Emerging, filters: Filters, lang: str) -> None:
    """Say that no place is hot in any period, or that the periods are too few; half-months may be enough of them."""
    steps = len(followed.lines[0].periods)
    _panel(no_change(steps, period_words(steps, filters.period, lang), lang), "")
    if steps < LEAST_PERIODS and filters.period != HALF_MONTH:
        offered = choices(opened)
        halves = len(periods_back(HALF_MONTH, filters.until or offered.last_day, offered.first_day))
        if halves >= LEAST_PERIODS:
            _way_out(say("Half-months give {count}", lang, count=halves), "period", HALF_MONTH, look="primary")


def nothing_listed(opened: OpenedStudy, found: Any, filters: Filters, lang: str) -> None:
    """Say why a list has no row, and what to do about it; that nothing is unusual is a good answer."""
    if filters.listed == "relapses":
        title, words = _no_relapse(opened, found, filters, lang)
    elif filters.listed == "clusters":
        title, words = say("No cluster of hot spots", lang), _no_cluster(found, lang)
    elif filters.listed == "alarms":
        title, words = (
            say("Nothing unusual in the last {days} days", lang, days=found.window.days),
            _no_alarm(found, lang),
        )
    else:
        title = say("Blind spots cannot be told", lang)
        words = together((note.sentence(lang) for note in found.notes), lang)
    _panel(title, words)
    knox = getattr(found, "knox", None)
    if knox is not None:
        st.html(near_repeats_table(knox, lang))
    with st.container(horizontal=True, gap="small"):
        if filters.listed == "relapses" and filters.back != "all":
            _way_out(say("All places", lang), "back", "all")
        if filters.until is not None:
            _way_out(say("Up to the last day", lang), "until", choices(opened).last_day)
        _clearing(filters, lang)


def no_blind_spot(found: Listed, lang: str) -> None:
    """Say that the areas that can be judged are none of them a blind spot."""
    judged = int(found.table["p_value"].notna().sum())
    _panel(
        say("No blind spot", lang),
        say(
            "Of the {areas} areas with enough reports to tell, patrols are in none far behind what residents report: a "
            "good answer. Choose an area to see who saw what there.",
            lang,
            areas=f"{judged:,}",
        )
        if judged
        else say("No area has enough reports to tell. Choose a longer window, or an area to see what there is.", lang),
    )


def nothing_to_rank(lang: str) -> None:
    """Say that there are no areas to put in order, and what to do about it."""
    _panel(
        say("No areas to rank", lang),
        say(
            "Ranking needs three areas of a kind or more: communities, markets, construction sites, streets. Add a "
            "layer of them on the page Data.",
            lang,
        ),
    )


def cannot(refusal: HexwardError, lang: str) -> None:
    """Say why one part of a page cannot be shown, where the rest of it can."""
    sentence = escape(refusal.sentence(lang))
    st.html(f'<div class="hx refusal" role="alert">{sentence}</div>')


def refused_words(title: str, words: str, filters: Filters, lang: str) -> None:
    """Say why a list has no row, and offer to undo what narrows."""
    _panel(title, words)
    with st.container(horizontal=True, gap="small"):
        _clearing(filters, lang)


def _no_relapse(opened: OpenedStudy, found: Any, filters: Filters, lang: str) -> tuple[str, str]:
    """Say that nothing came back, and whether nothing is known of closings, or the days are too early or too few."""
    title = say("No closed problem came back", lang)
    day = numbers.day(found.window.last, lang)
    if not opened.study.reports["closed_at"].count():
        words = say(
            "Returns are watched for after a closing. Where the reports have a closing time, name its column on "
            "the page Data.",
            lang,
        )
    elif not found.episodes["followed_days"].count():
        words = say("Of these reports none was closed up to {day}. Choose a later last day.", lang, day=day)
    elif filters.back != "all":
        title = say("No closed problem came back in the window", lang)
        span = numbers.span(found.window.first, found.window.last, lang)
        words = say("None came back in {span}. Choose a longer window, or all places.", lang, span=span)
    else:
        words = say("Up to {day} nothing that was closed was reported again within 30 days.", lang, day=day)
    return title, words


def _no_cluster(found: Any, lang: str) -> str:
    """Say that no place was hot, or that the records are too short to tell."""
    if len(found.periods) < LEAST_FOLLOWED:
        return say(
            "Too short a history: up to {day} there are {steps} periods, and clusters are followed through {least} at "
            "least. Choose a later last day.",
            lang,
            day=numbers.day(found.window.last, lang),
            steps=len(found.periods),
            least=LEAST_FOLLOWED,
        )
    span = numbers.span(found.window.first, found.window.last, lang)
    return say("In {span} no place was hot beyond expectation.", lang, span=span)


def _no_alarm(found: Any, lang: str) -> str:
    """Say that nothing is unusual, and where little lies before these days that this proves little."""
    words = say("No place had more than chance would bring: a good answer. The notes say what was looked at.", lang)
    past = (found.window.first - found.summary["history_start"]).days
    if past + found.window.days >= HISTORY_DAYS:
        return words
    return say(
        "No place had more than chance would bring. But there are only {days} days of records before them to compare "
        "with, so a rise is easily missed: choose a later last day.",
        lang,
        days=past,
    )


def _clearing(filters: Filters, lang: str) -> None:
    for field in filters.narrowed:
        _way_out(say("Clear {filter}", lang, filter=filter_name(field, lang)), field, ())


def _way_out(label: str, field: str, value: Any, look: Literal["primary", "secondary"] = "secondary") -> None:
    """Draw a button that changes one filter."""
    st.button(label, key=f"way-out-{field}-{value}", on_click=choose, args=(field, value), type=look)


def _panel(title: str, text: str) -> None:
    st.html(f'<div class="hx empty"><h3>{escape(title)}</h3><div>{escape(text)}</div></div>')
