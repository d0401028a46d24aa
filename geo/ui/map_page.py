"""The Map page: filters on the left, the map and its list in the middle, the story of one place on the right."""

from __future__ import annotations

import time
from dataclasses import replace
from html import escape
from typing import Any

import h3
import numpy as np
import pandas as pd
import streamlit as st
from folium import FeatureGroup
from streamlit_folium import st_folium

from geo.errors import HexwardError
from geo.maps.classes import INVISIBLE, VIEWS, classify, spread
from geo.maps.ground import Furniture, base_map
from geo.maps.hexcells import EARTH_GIRTH_M, HexCells, clicked
from geo.maps.labels import view_name
from geo.maps.legend import legend
from geo.maps.palette import Palette
from geo.stats.sentences import lens_question
from geo.study import Answer
from geo.ui import cache, empty
from geo.ui.cache import OpenedStudy
from geo.ui.filters import Filters
from geo.ui.places_table import busiest, leading_cells, places_table
from geo.ui.session import language, language_switch, load_sources, palette, write_url
from geo.ui.sidebar import choose_filters
from geo.ui.sources import open_current
from geo.ui.story import tell_story
from geo.words import say

STORY_PIXELS = 364
NOMINAL_PIXELS = 430  # the page's style sheet sets the map's real height


def map_page() -> None:
    """Choose, compute, show."""
    lang = language()
    opened = open_current(lang)
    if opened is not None:
        workplace(opened, choose_filters(opened, lang), lang)
        return
    st.button(say("Back to the demo city", lang), on_click=load_sources, args=(None,))
    with st.sidebar:
        language_switch(lang)


@st.fragment
def workplace(opened: OpenedStudy, filters: Filters, lang: str) -> None:
    """Draw the map, its list and the story: what is clicked here runs nothing else again."""
    colours = palette()
    row = st.container(horizontal=True, gap="medium", wrap=False, key="workplace")
    left, right = row.container(width="stretch", gap="small"), row.container(width=STORY_PIXELS)
    with left:
        counts, views = st.columns([0.56, 0.44], vertical_alignment="center", gap="small")
        with views, st.container(horizontal=True, horizontal_alignment="right"):
            filters = write_url(replace(filters, view=_choose_view(filters, lang)))
        try:
            with counts, st.spinner(say("Testing every cell", lang)):
                answer = cache.ask(opened, filters.question, lang)
        except HexwardError as refusal:
            empty.refused(refusal, filters, cache.choices(opened).categories, lang)
            return
        if not len(answer.table):
            empty.nothing_left(filters, lang)
            return
        with counts:
            _counts(answer, lang)
        _headline(answer, lang)
        places = leading_cells(answer.table)
        selected = _selected(opened, answer, places)
        map_slot = st.container()
        chosen = places_table(places, answer, selected, opened.key, lang)
        if chosen is not None:
            selected = st.session_state["selected"] = chosen
            st.session_state["flight"] = {"cell": chosen, "mark": time.time_ns()}
        with map_slot:
            _draw_map(opened, answer, filters, places, selected, colours, lang)
    with right:
        if places.empty:
            empty.nothing_hot(answer, busiest(answer.table), filters, lang)
        tell_story(opened, answer, answer.table.set_index("cell", drop=False).loc[selected], colours, lang)


def _choose_view(filters: Filters, lang: str) -> str:
    key = f"view-{lang}"
    if key not in st.session_state:
        st.session_state[key] = filters.view
    chosen = st.segmented_control(
        say("View", lang),
        VIEWS,
        key=key,
        required=True,
        label_visibility="collapsed",
        format_func=lambda view: view_name(view, lang),
    )
    return chosen or filters.view


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


def _headline(answer: Answer, lang: str) -> None:
    """Name what is shown by its lens, and keep the notes of the method one click away."""
    notes = "".join(f"<li>{escape(text)}</li>" for text in answer.notes)
    count = say("1 note", lang) if len(answer.notes) == 1 else say("{count} notes", lang, count=len(answer.notes))
    st.html(
        f'<div class="hx headline"><b>{escape(answer.headline)}</b>'
        + (f'<details class="notes"><summary>{escape(count)}</summary><ul>{notes}</ul></details>' if notes else "")
        + "</div>"
    )


def _selected(opened: OpenedStudy, answer: Answer, places: pd.DataFrame) -> str:
    """Return the cell clicked last; where it is not on this map, the first cluster's, else the busiest."""
    state = st.session_state
    click = clicked(state.get(_map_key(opened)), opened.geometry)
    if click is not None and click[1] != state.get("click"):
        state["selected"], state["click"] = click
    selected = state.get("selected")
    if selected is None or not (answer.table["cell"] == selected).any():
        first = places if len(places) else busiest(answer.table)
        selected = state["selected"] = first["cell"].iloc[0]
    return selected


def _map_key(opened: OpenedStudy) -> str:
    return f"map-{opened.key}"


def _draw_map(
    opened: OpenedStudy,
    answer: Answer,
    filters: Filters,
    places: pd.DataFrame,
    selected: str,
    colours: Palette,
    lang: str,
) -> None:
    """Draw the map. A click on it is found under its key when the workplace runs again."""
    geometry, table = opened.geometry, answer.table
    at = np.array([geometry.position[cell] for cell in table["cell"]])
    classes, styles = classify(table, filters.view, colours, lang)
    numbers = (
        ("incidents", say("Incidents", lang), 0),
        ("ring_incidents", say("With neighbours", lang), 0),
        ("expected", say("Expected", lang), 1),
    )
    layers = FeatureGroup("cells")
    HexCells(
        geometry,
        spread(classes, at, len(geometry.cells)),
        [INVISIBLE, *styles],
        selected=selected,
        numbers=[
            (label, _in_order(table[name], at, len(geometry.cells)), decimals) for name, label, decimals in numbers
        ],
        ring=(colours.text, colours.page),
    ).add_to(layers)
    resolution = opened.study.cube.resolution
    shown_legend = legend(
        filters.view,
        colours,
        lang,
        lens=answer.question.lens,
        question=lens_question(answer.question.lens, lang, delta=answer.tests[0].model.delta),
        window=(answer.window.first, answer.window.last),
        resolution=resolution,
        kinds=[kind for kind in filters.shown if kind in opened.city["kinds"]],
    )
    Furniture(
        colours,
        lang,
        legend=shown_legend,
        shown=[*filters.shown, "street"],
        ranks=_ranks(table, places, selected),
        fly=_flight(table),
        flagged=list(table.loc[table["hot"], ["lat", "lon"]].itertuples(index=False, name=None)),
        cell_radius=_cell_radius(resolution, float(table["lat"].mean())),
    ).add_to(layers)
    st_folium(
        base_map(opened.city),
        key=_map_key(opened),
        height=NOMINAL_PIXELS,
        use_container_width=True,
        feature_group_to_add=layers,
        returned_objects=[],
    )


def _in_order(values: pd.Series, at: np.ndarray[Any, Any], cells: int) -> np.ndarray[Any, Any]:
    drawn = np.zeros(cells)
    drawn[at] = values.to_numpy(float)
    return drawn


def _ranks(table: pd.DataFrame, places: pd.DataFrame, selected: str) -> list[dict[str, Any]]:
    """Return the rank number of each cluster, standing on top of its northernmost cell, never on its colour."""
    hot = table[table["hot"]]
    top = hot.sort_values("lat", ascending=False).drop_duplicates("cluster_id").set_index("cluster_id")
    current = hot.loc[hot["cell"] == selected, "cluster_id"]
    return [
        {
            "text": f"{rank}",
            "at": [float(top.loc[rank, "lat"]), float(top.loc[rank, "lon"])],
            "selected": rank in current.to_numpy(),
        }
        for rank in places["cluster_id"].astype(int)
    ]


def _flight(table: pd.DataFrame) -> dict[str, Any] | None:
    """Return where to fly: to the cell chosen in the list, once."""
    flight = st.session_state.get("flight")
    if flight is None:
        return None
    row = table[table["cell"] == flight["cell"]]
    if row.empty:
        return None
    return {"mark": str(flight["mark"]), "at": [float(row["lat"].iloc[0]), float(row["lon"].iloc[0])]}


def _cell_radius(resolution: int, lat: float) -> float:
    """Return the radius of a cell as a fraction of the Mercator world."""
    metres = h3.average_hexagon_edge_length(resolution, unit="m")
    return metres / (EARTH_GIRTH_M * float(np.cos(np.radians(lat))))
