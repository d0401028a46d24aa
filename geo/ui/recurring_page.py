"""The page Recurring: relapses, clusters through time, alarms and blind spots, each a map, a list and a story."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import h3
import polars as pl
import streamlit as st

from geo.errors import HexwardError
from geo.maps.list_scene import ListScene, item_at, items, list_layers
from geo.maps.points import Dot, dots
from geo.maps.scene import REPORTS, corners
from geo.recurring import told
from geo.recurring.listed import Listed
from geo.study import Question, Study
from geo.ui import cache, empty
from geo.ui.alarm_story import tell_alarm
from geo.ui.blind_story import tell_blind_spot
from geo.ui.cache import OpenedStudy
from geo.ui.cluster_story import tell_cluster
from geo.ui.downloads import list_downloads
from geo.ui.filters import RECURRING, Filters
from geo.ui.list_story import Told
from geo.ui.recurring_counts import counts_of
from geo.ui.recurring_table import recurring_table
from geo.ui.recurring_words import list_name, list_question
from geo.ui.relapse_story import episodes_of, reports_of, tell_relapse
from geo.ui.session import current_filters, fly_to, language, lead_to, map_channel, palette, write_url
from geo.ui.sidebar import WITHOUT_WINDOW, choice_waits, view_waits
from geo.ui.workplace import choose_one, draw_map, headline, hear_map, lay_out, map_key, open_city
from geo.words import say

STORIES = {
    "relapses": tell_relapse,
    "clusters": tell_cluster,
    "alarms": tell_alarm,
    "blind_spots": tell_blind_spot,
}


def recurring_page() -> None:
    """Choose, compute, show."""
    lang = language()
    if opened := open_city("recurring", lang):
        workplace(opened, lang)


@st.fragment
def workplace(opened: OpenedStudy, lang: str) -> None:
    """Draw one list: its map, its rows and the story of one of them; what is clicked here runs nothing else again."""
    if choice_waits():
        st.rerun()  # the sidebar shows it
    filters = current_filters()
    left, right = lay_out()
    with left:
        counts, lists = st.columns([0.54, 0.46], vertical_alignment="center", gap="small")
        with lists, st.container(horizontal=True, horizontal_alignment="right"):
            filters = _choose_list(filters, lang)
        if view_waits(filters):
            st.rerun()  # the sidebar asks what this list asks
        heading = st.container(key="headline")
        try:
            with counts, st.spinner(_waiting(filters.listed, lang)):
                found = cache.recurring(opened, filters.listed, asked(filters), lang)
        except HexwardError as refusal:
            empty.refused(
                refusal, replace(filters, lens="city", window=asked(filters).window), cache.choices(opened), lang
            )
            return
        found = _narrowed(found, filters)
        table = found.table
        filters = _hear(opened, filters, found)
        with counts:
            st.html(f'<div class="hx strip">{counts_of(found, filters.listed, palette(), lang)}</div>')
        with heading:
            days = told.days_looked_at(found, lang=lang)
            notes = told.notes(opened.study, found, lang=lang)
            headline(list_question(filters.listed, lang), notes, lang, days)
        named = items(table, filters.listed)
        item = filters.item if filters.item in named else named[0] if _has_a_head(found, filters.listed) else ""
        map_slot = st.container()
        listed = f"{opened.key}-{filters.listed}-{filters.back}-{asked(filters)}-{lang}"
        chosen = recurring_table(table, filters.listed, item, listed, lang) if named else None
        if chosen is not None:
            item = chosen
            filters = write_url(replace(filters, item=item))
            fly_to(item=item)
        with map_slot:
            _draw(opened, found, filters, item, lang)
    with right:
        if not named:
            empty.nothing_listed(opened, found, filters, lang)
            return
        if not item:
            empty.no_blind_spot(found, lang)
            list_downloads(found, filters, asked(filters), opened, lang)
            return
        at = named.index(item)
        chosen_row = Told(
            opened,
            found,
            table.iloc[at],
            at + 1,
            filters.listed,
            palette(),
            lang,
            partial(_offer, opened, found, filters, at, lang),
        )
        STORIES[filters.listed](chosen_row, found)


def _offer(opened: OpenedStudy, found: Listed, filters: Filters, at: int, lang: str) -> None:
    """Draw what can be done with the list and its chosen row: the files, and the way to its place on the page Map."""
    with st.container(horizontal=True, gap="small"):
        list_downloads(found, filters, asked(filters), opened, lang)
        if not st.button(say("Show on the map", lang)):
            return
    row = found.table.iloc[at]
    if filters.listed == "blind_spots":
        write_url(replace(filters, profile=row["area_id"]))
        fly_to(area=row["area_id"])
    else:
        cell = h3.latlng_to_cell(row["lat"], row["lon"], opened.study.cube.resolution)
        write_url(replace(filters, cell=cell, profile=""))
        fly_to(cell=cell)
    lead_to("map")


def _narrowed(found: Listed, filters: Filters) -> Listed:
    """Return the list without the relapses of before the window, where those of the window are asked for."""
    if filters.listed != "relapses" or filters.back == "all":
        return found
    return replace(found, table=found.table[found.table["recent"] > 0].reset_index(drop=True))


def _has_a_head(found: Listed, listed: str) -> bool:
    """Return whether the first row of a list is worth telling unasked: an area that is no blind spot is not."""
    return len(found.table) > 0 and (listed != "blind_spots" or bool(found.table["blind"].any()))


def asked(filters: Filters) -> Question:
    """Return the question of a list: what has no say in it is left at what it is by itself."""
    question = replace(filters.question, lens="city", per="")
    return replace(question, window="auto") if filters.listed in WITHOUT_WINDOW else question


def _choose_list(filters: Filters, lang: str) -> Filters:
    chosen = choose_one(
        f"listed-{lang}", say("List", lang), RECURRING, filters.listed, lambda listed: list_name(listed, lang)
    )
    if chosen == filters.listed:
        return filters
    return write_url(replace(filters, listed=chosen, item=""))


def _waiting(listed: str, lang: str) -> str:
    return {
        "relapses": say("Following what was closed", lang),
        "clusters": say("Following clusters from period to period", lang),
        "alarms": say("Scanning the last days", lang),
        "blind_spots": say("Comparing who saw what", lang),
    }[listed]


def _hear(opened: OpenedStudy, filters: Filters, found: Listed) -> Filters:
    """Return the filters with the row that was clicked on the map."""

    def heard(filters: Filters, name: str, clicked: dict[str, Any]) -> Filters:
        item = None
        if name == "hexagon" and (cell := opened.geometry.cell_of(clicked)):
            item = item_at(found.table, filters.listed, cell)
        elif name in ("item", "area"):
            item = clicked["id"]
        return replace(filters, item=item) if item in items(found.table, filters.listed) else filters

    return hear_map(opened, filters, heard)


def _draw(opened: OpenedStudy, found: Listed, filters: Filters, item: str, lang: str) -> None:
    seen_by = getattr(found, "seen_by", None)
    scene = ListScene(
        filters.listed,
        found.table,
        (found.window.first, found.window.last),
        opened.geometry,
        opened.city,
        palette(),
        lang,
        shown=filters.shown,
        selected=item,
        seen_by=None if seen_by is None else seen_by.to_pandas(),
        dots=_dots(opened, found, filters, item, lang),
        fly=_flight(opened, found, filters),
    )
    draw_map(opened, list_layers(scene, map_channel(map_key(opened))), lang)


def _dots(opened: OpenedStudy, found: Any, filters: Filters, item: str, lang: str) -> list[Dot]:
    """Return the reports of the chosen row, to be seen when the map is near: of a place and of an alarm."""
    if REPORTS not in filters.shown or not item or filters.listed not in ("relapses", "alarms"):
        return []
    study = opened.study
    reports = found.incidents_of(item) if filters.listed == "alarms" else _reports_of_place(study, found, item)
    return dots(reports.sort("reported_at", descending=True), found.window.last, study.timezone, lang)


def _reports_of_place(study: Study, found: Any, item: str) -> pl.DataFrame:
    category, place = item.split("@", 1)
    return reports_of(study, episodes_of(found.episodes, place, category))


def _flight(opened: OpenedStudy, found: Listed, filters: Filters) -> dict[str, Any] | None:
    """Return where to fly: to the row chosen in the list, or to the areas chosen in the sidebar, once."""
    state, table = st.session_state, found.table
    if filters.areas != state.setdefault("flown-to-areas", ()):
        state["flown-to-areas"] = filters.areas
        fly_to(shown=filters.areas)
    flight = state.get("flight")
    if flight is None:
        return None
    named, where = items(table, filters.listed), dict[str, Any]()
    if flight.get("item") in named:
        row = table.iloc[named.index(flight["item"])]
        if filters.listed == "blind_spots":
            where = {"bounds": corners(row.geometry.bounds)}
        else:
            where = {"at": [float(row["lat"]), float(row["lon"])], "near": True}
    elif "shown" in flight:
        areas = opened.study.areas
        chosen = areas[areas["area_id"].isin(filters.areas)]
        where = {"bounds": corners(chosen.total_bounds if len(chosen) else opened.study.boundary.bounds)}
    return {"mark": flight["mark"], **where} if where else None
