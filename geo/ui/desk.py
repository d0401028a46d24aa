"""What every view of the page Priorities is handed: the study, the filters, and the places on the page to draw in."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from geo.grid.windows import Window
from geo.maps.agenda_scenes import Around
from geo.maps.area_scene import AreaScene, area_layers
from geo.maps.scene import corners
from geo.study import Question
from geo.ui.cache import OpenedStudy
from geo.ui.filters import Filters
from geo.ui.kind_choice import kind_ranked
from geo.ui.session import current_filters, fly_to, map_channel, palette, write_url
from geo.ui.workplace import draw_map, hear_map, map_key


@dataclass(frozen=True)
class Desk:
    """`counts`: the strip at the head, left; `heading`: the line below it; `left`: map and list; `right`: the story."""

    opened: OpenedStudy
    filters: Filters
    lang: str
    counts: DeltaGenerator
    heading: DeltaGenerator
    left: DeltaGenerator
    right: DeltaGenerator

    @property
    def kind(self) -> str:
        """The kind of areas that is ranked."""
        return kind_ranked(self.opened, self.filters)

    @property
    def question(self) -> Question:
        """What is asked: the lens has no say here."""
        return replace(self.filters.question, lens="city", per="")

    def with_filters(self, **changes: Any) -> Desk:
        """Return the desk after a change of filters that is kept in the address."""
        return replace(self, filters=write_url(replace(self.filters, **changes)))

    def heard(self, named: Collection[str]) -> Desk:
        """Return the desk with the area that was clicked on the map, if it is one of those `named`."""

        def heard(filters: Filters, name: str, clicked: dict[str, Any]) -> Filters:
            known = name in ("item", "area") and clicked["id"] in named
            return replace(filters, target=clicked["id"]) if known else filters

        return replace(self, filters=hear_map(self.opened, self.filters, heard))

    def around(self, kind: str, window: Window, selected: str) -> Around:
        """Return what the maps of this page have in common."""
        opened, filters = self.opened, self.filters
        days = (window.first, window.last)
        return Around(kind, days, opened.city, palette(), self.lang, filters.shown, selected, _flight(opened, filters))

    def draw(self, scene: AreaScene) -> None:
        """Draw a map where it is called from."""
        draw_map(self.opened, area_layers(scene, map_channel(map_key(self.opened))), self.lang)


def choose_target(target: str) -> None:
    """Tell an area, and show where it is: for buttons."""
    write_url(replace(current_filters(), target=target))
    fly_to(area=target)


def _flight(opened: OpenedStudy, filters: Filters) -> dict[str, Any] | None:
    """Return where to fly, once: to the area chosen in the list, or to those chosen in the sidebar."""
    state = st.session_state
    if filters.areas != state.setdefault("flown-to-areas", ()):
        state["flown-to-areas"] = filters.areas
        fly_to(shown=filters.areas)
    flight, areas = state.get("flight"), opened.study.areas
    if flight is None:
        return None
    where = dict[str, Any]()
    if "area" in flight:
        shapes = areas.loc[areas["area_id"] == flight["area"], "geometry"]
        if len(shapes):
            at = shapes.iloc[0].representative_point()
            where = {"at": [float(at.y), float(at.x)]}
    elif "shown" in flight:
        chosen = areas[areas["area_id"].isin(filters.areas)]
        where = {"bounds": corners(chosen.total_bounds if len(chosen) else opened.study.boundary.bounds)}
    return {"mark": flight["mark"], **where} if where else None
