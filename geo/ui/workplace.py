"""What the pages with a map share: the map beside the story, what is heard from it, buttons in a row, the headline."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import streamlit as st
from folium import FeatureGroup
from streamlit.delta_generator import DeltaGenerator
from streamlit_folium import st_folium

from geo.maps.ground import base_map
from geo.ui.basemap_settings import base_tiles
from geo.ui.cache import OpenedStudy
from geo.ui.filters import Filters
from geo.ui.session import current_page, language_switch, load_sources, map_channel, turn_to, write_url
from geo.ui.sidebar import choose_filters
from geo.ui.sources import open_current
from geo.words import say

STORY_PIXELS = 364
NOMINAL_PIXELS = 430  # the page's style sheet sets the map's real height

Heard = Callable[[Filters, str, dict[str, Any]], Filters]
"""What became of the filters after one thing told by the map: its name, what was told."""


def lay_out() -> tuple[DeltaGenerator, DeltaGenerator]:
    """Return the place of the map and its list, and that of the story beside them."""
    row = st.container(horizontal=True, gap="medium", wrap=False, key="workplace")
    return row.container(width="stretch", gap="small"), row.container(width=STORY_PIXELS)


def open_city(page: str, lang: str) -> OpenedStudy | None:
    """Turn to a page and offer its filters; return the city, or None where its files cannot be opened: it says why."""
    turn_to(page)
    opened = open_current(lang)
    if opened is not None:
        choose_filters(opened, lang)
        return opened
    st.button(say("Back to the demo city", lang), on_click=load_sources, args=(None,))
    with st.sidebar:
        language_switch(lang)
    return None


def hear_map(opened: OpenedStudy, filters: Filters, heard: Heard) -> Filters:
    """Return the filters with what was clicked on the map since the last run; remember which view it shows.

    What is told later counts later. What was clicked is kept before it counts as heard: a change in the sidebar may
    break this run off at any moment.
    """
    key = map_key(opened)
    channel = map_channel(key)
    told = channel.news(st.session_state.get(key))
    if "view" in told:
        st.session_state["bounds-seen"] = tuple(told["view"]["bounds"])
    for name, clicked in told.items():
        filters = heard(filters, name, clicked)
    write_url(filters)
    channel.hear(told)
    return filters


def map_key(opened: OpenedStudy) -> str:
    """Return the key of the map of this page: each page has a frame of its own."""
    return f"map-{current_page()}-{opened.key}"


def draw_map(opened: OpenedStudy, layers: FeatureGroup, lang: str) -> None:
    """Draw the map. What is clicked on it is found under its key when the workplace runs again."""
    st_folium(
        base_map(opened.city, base_tiles(lang)),
        key=map_key(opened),
        height=NOMINAL_PIXELS,
        use_container_width=True,
        feature_group_to_add=layers,
        returned_objects=[],
    )


def choose_one(key: str, label: str, options: Sequence[str], first: str, words: Callable[[str], str]) -> str:
    """Draw a row of buttons of which one is chosen; its label is for those who listen."""
    if key not in st.session_state:
        st.session_state[key] = first
    chosen = st.segmented_control(
        label, options, key=key, required=True, label_visibility="collapsed", format_func=words
    )
    return chosen or first


def headline(title: str, notes: Sequence[str], lang: str, more: str = "") -> None:
    """Name what is shown, `more` in small print beside it, and keep the notes of the method one click away."""
    listed = "".join(f"<li>{escape(text)}</li>" for text in notes)
    count = say("1 note", lang) if len(notes) == 1 else say("{count} notes", lang, count=len(notes))
    st.html(
        f'<div class="hx headline"><b>{escape(title)}</b>'
        + (f'<span class="m">{escape(more)}</span>' if more else "")
        + (f'<details class="notes"><summary>{escape(count)}</summary><ul>{listed}</ul></details>' if listed else "")
        + "</div>"
    )
