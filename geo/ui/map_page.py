"""The Map page: filters on the left, the map and its list in the middle, the story of one place on the right."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import Any

import pandas as pd
import polars as pl
import streamlit as st

from geo import account, sheet
from geo.errors import HexwardError
from geo.maps.changes import GLYPHS, label_words
from geo.maps.classes import VIEWS, group_fill
from geo.maps.labels import view_name
from geo.maps.palette import Palette
from geo.maps.places import busiest, leading_cells, ranks
from geo.maps.points import dots
from geo.maps.scene import REPORTS, corners, layers
from geo.stats.change import Emerging
from geo.stats.emerging import LEAST_PERIODS, TOO_SHORT
from geo.stats.sentences import lens_title
from geo.stats.timeline import HALF_MONTH
from geo.study import Answer, Question
from geo.ui import cache, empty
from geo.ui.area_story import tell_area_story
from geo.ui.cache import OpenedStudy
from geo.ui.checks_view import how_sure
from geo.ui.filters import PERIODS, Filters
from geo.ui.places_table import places_table
from geo.ui.seen import scene_seen
from geo.ui.session import (
    current_filters,
    fly_to,
    language,
    map_channel,
    palette,
    write_url,
)
from geo.ui.sidebar import choice_waits, view_waits
from geo.ui.source_notes import offer_without
from geo.ui.story import tell_story
from geo.ui.workplace import choose_one, draw_map, headline, hear_map, lay_out, map_key, open_city
from geo.words import say

MOST_DOTS = 1_500


def map_page() -> None:
    """Choose, compute, show."""
    lang = language()
    if opened := open_city("map", lang):
        workplace(opened, lang)


@st.fragment
def workplace(opened: OpenedStudy, lang: str) -> None:
    """Draw the map, its list and the story: what is clicked here runs nothing else again."""
    if choice_waits():
        st.rerun()  # the sidebar shows it
    colours = palette()
    filters = _hear(opened, current_filters())
    left, right = lay_out()
    with left:
        counts, views = st.columns([0.56, 0.44], vertical_alignment="center", gap="small")
        with views, st.container(horizontal=True, horizontal_alignment="right"):
            filters = write_url(replace(filters, view=_choose_view(filters, lang)))
        if view_waits(filters):
            st.rerun()  # the sidebar offers what this view shows on request
        line = st.container(horizontal=True, vertical_alignment="center", gap="small", key="headline")
        heading = line.container(horizontal=True, vertical_alignment="center", width="stretch")
        if filters.view == "change":
            with line.container(width="content", key="period-choice"):
                filters = write_url(replace(filters, period=_choose_period(filters, lang)))
        try:
            with counts, st.spinner(say("Testing every cell", lang)):
                followed = cache.follow(opened, filters.question, filters.period, lang)
                answer = cache.ask(opened, _beside(followed, filters), lang)
        except HexwardError as refusal:
            empty.refused(refusal, filters, cache.choices(opened), lang)
            return
        if not len(answer.table):
            empty.nothing_left(filters, lang)
            return
        table = sheet.what_became(opened.study, answer, followed, view=filters.view)
        table = table.assign(rank=ranks(table, filters.view))
        places = leading_cells(table, filters.view)
        with counts:
            if filters.view == "change":
                _changes_counted(places, len(followed.periods) < LEAST_PERIODS, colours, lang)
            else:
                _counts(answer, lang)
        with heading:
            _headline(opened, answer, followed, filters, lang)
            seen = followed.changes if filters.view == "change" else answer.changes
            offer_without(opened, answer.question, seen, lang)
        cell = _cell_told(filters, answer, places)
        map_slot = st.container()
        listed = f"{opened.key}-{answer.question}-{filters.view}-{filters.period}-{lang}"
        chosen = places_table(places, table, cell, listed, filters.view, lang)
        if chosen is not None:
            cell = chosen
            filters = write_url(replace(filters, cell=cell, profile=""))
            fly_to(cell=cell)
        with map_slot:
            _draw_map(opened, answer, filters, cell, colours, lang)
    with right:
        if places.empty and filters.view == "change":
            empty.nothing_changed(opened, followed, filters, lang)
        elif places.empty:
            empty.nothing_hot(answer, busiest(answer.table), filters, lang)
        if filters.profile:
            tell_area_story(opened, answer, filters.profile, colours, lang)
        else:
            row = table.set_index("cell", drop=False).loc[cell]
            tell_story(opened, answer, followed, row, filters, colours, lang)
    if filters.view != "change":  # what is asked again there is the window, not the periods
        with left:  # under the list, and last: what it tells takes a while
            how_sure(opened, answer, lang)


def _beside(followed: Emerging, filters: Filters) -> Question:
    """Return the question whose hot spots stand beside what became of the places.

    Periods do not look at the mix, so where it lacks its one category the lens of the periods is asked instead.
    """
    if filters.view == "change" and filters.lens == "share" and len(filters.categories) != 1:
        return replace(filters.question, lens=followed.lines[0].lens)
    return filters.question


def _hear(opened: OpenedStudy, filters: Filters) -> Filters:
    """Return the filters with what was clicked on the map; of a hexagon and an area, the later click counts."""

    def heard(filters: Filters, name: str, clicked: dict[str, Any]) -> Filters:
        if name == "hexagon" and (cell := opened.geometry.cell_of(clicked)):
            return replace(filters, cell=cell, profile="")
        if name == "area" and clicked["id"] in cache.choices(opened).areas:
            return replace(filters, profile=clicked["id"])
        return filters

    if filters.profile and filters.profile not in cache.choices(opened).areas:
        filters = replace(filters, profile="")
    return hear_map(opened, filters, heard)


def _choose_view(filters: Filters, lang: str) -> str:
    return choose_one(f"view-{lang}", say("View", lang), VIEWS, filters.view, lambda view: view_name(view, lang))


def _choose_period(filters: Filters, lang: str) -> str:
    words = {period: say("Half-months", lang) if period == HALF_MONTH else say("4 weeks", lang) for period in PERIODS}
    return choose_one(f"period-{lang}", say("Periods", lang), PERIODS, filters.period, words.__getitem__)


def _changes_counted(places: pd.DataFrame, too_short: bool, colours: Palette, lang: str) -> None:
    """Count the places of each group; none is no count where the history is too short to call."""
    if too_short:
        st.html(f'<div class="hx strip"><span>{escape(label_words(TOO_SHORT, "", lang))}</span></div>')
        return
    counted = places["planner_label"].value_counts()
    html = "".join(
        f'<span><i style="color:{group_fill(group, colours).fill}">{glyph}</i> '
        + say("{number} {group}", lang, number=f"<b>{counted.get(group, 0):,}</b>", group=escape(say(group, lang)))
        + "</span>"
        for group, glyph in GLYPHS.items()
    )
    st.html(f'<div class="hx strip">{html}</div>')


def _counts(answer: Answer, lang: str) -> None:
    table = answer.table
    hot, core = table["hot"].to_numpy(bool), table["core"].to_numpy(bool)
    incidents = table["incidents"].to_numpy(float)
    clusters = table.loc[hot, "cluster_id"].nunique()
    held = incidents[core].sum() / incidents.sum() if incidents.sum() else 0.0
    parts = [
        (clusters, say("cluster", lang) if clusters == 1 else say("clusters", lang)),
        (hot.sum(), say("hot spot", lang) if hot.sum() == 1 else say("hot spots", lang)),
    ]
    html = "".join(f"<span><b>{number:,}</b> {escape(word)}</span>" for number, word in parts)
    share = say("{core} core, with {share} of the incidents", lang, core=f"{core.sum():,}", share=f"{held:.0%}")
    st.html(f'<div class="hx strip">{html}<span class="m">{escape(share)}</span></div>')


def _headline(opened: OpenedStudy, answer: Answer, followed: Emerging, filters: Filters, lang: str) -> None:
    """Name what is shown by its lens, and keep the notes of the method one click away."""
    title, told = answer.headline, answer.notes
    if filters.view == "change":
        title = lens_title(followed.lines[0].lens, lang, per=answer.question.per)
        told = tuple(account.change_notes(opened.study, followed, lang=lang))
    headline(title, told, lang)


def _cell_told(filters: Filters, answer: Answer, places: pd.DataFrame) -> str:
    """Return the chosen cell; where it is not on this map, the first cluster's, else the busiest."""
    if (answer.table["cell"] == filters.cell).any():
        return filters.cell
    first = places if len(places) else busiest(answer.table)
    return str(first["cell"].iloc[0])


def _draw_map(opened: OpenedStudy, answer: Answer, filters: Filters, cell: str, colours: Palette, lang: str) -> None:
    """Draw the map of the answer, with the reports of the view it told of."""
    reports, left_out, within = _reports_in_view(opened, answer, filters)
    scene = replace(
        scene_seen(opened, answer, filters, colours, lang, selected=None if filters.profile else cell),
        area=filters.profile or None,
        fly=_flight(opened, answer, filters),
        dots=dots(reports, answer.window.last, opened.study.timezone, lang),
        dots_within=within,
        left_out=left_out,
    )
    draw_map(opened, layers(scene, map_channel(map_key(opened))), lang)


def _reports_in_view(
    opened: OpenedStudy, answer: Answer, filters: Filters
) -> tuple[pl.DataFrame, int, tuple[float, ...] | None]:
    """Return the latest reports of the view the map told of, how many are older, and its bounds; none from afar."""
    bounds = st.session_state.get("bounds-seen")
    if bounds is None or REPORTS not in filters.shown:
        return opened.study.reports.clear(), 0, None
    latest, found = account.reports_within(opened.study, answer, bounds, MOST_DOTS)
    return latest, found - latest.height, bounds


def _flight(opened: OpenedStudy, answer: Answer, filters: Filters) -> dict[str, Any] | None:
    """Return where to fly: to the place chosen in the list, or to the areas chosen in the sidebar, once."""
    state = st.session_state
    if filters.areas != state.setdefault("flown-to-areas", ()):
        state["flown-to-areas"] = filters.areas
        fly_to(shown=filters.areas)
    flight = state.get("flight")
    if flight is None:
        return None
    table, where = answer.table, dict[str, Any]()
    if "area" in flight:
        shape = opened.study.areas.set_index("area_id").geometry.get(flight["area"])
        if shape is not None:
            where = {"bounds": corners(shape.bounds)}
    elif "cell" in flight:
        row = table.loc[table["cell"] == flight["cell"], ["lat", "lon"]]
        if len(row):
            where = {"at": row.iloc[0].tolist(), "near": True}
    elif "shown" in flight:
        where = {"bounds": corners(table.total_bounds)}
    return {"mark": flight["mark"], **where} if where else None
