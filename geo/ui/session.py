"""What a visit remembers: language, theme, which files are loaded, which cell is selected, the address of the page."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import streamlit as st

from geo.maps.channel import Channel
from geo.maps.palette import PALETTES, Palette
from geo.ui.cache import Sources
from geo.ui.filters import Filters
from geo.words import LANGUAGES

FILTER_KEYS = tuple(f"{field.name}-" for field in fields(Filters))
"""What the keys of the filters' widgets begin with."""
LATE_S = 3.0
LANGUAGE_NAMES = {"zh": "中文", "en": "English"}


@dataclass(frozen=True)
class Address:
    """The page's address as this visit wrote it last, `written` (monotonic seconds), and the one before."""

    latest: dict[str, list[str]]
    before: dict[str, list[str]] | None
    written: float

    def is_ours(self, query: dict[str, list[str]]) -> bool:
        """Say whether the browser's address is ours; one that is on its way there may be a moment late."""
        late = time.monotonic() - self.written < LATE_S
        return query == self.latest or (late and query == self.before)


def language() -> str:
    """Return the reader's language: of the address, of this visit, else of the browser."""
    state = st.session_state
    asked = st.query_params.get("lang")
    if asked in LANGUAGES:
        state["language-asked"] = True
    if "language" not in state:
        state["language"] = (
            asked if asked in LANGUAGES else "zh" if (st.context.locale or "").startswith("zh") else "en"
        )
    return state["language"]


def palette() -> Palette:
    """Return the palette of the theme the reader's browser shows."""
    return PALETTES["dark" if st.context.theme.type == "dark" else "light"]


def language_switch(lang: str) -> None:
    """Draw the two languages, each under its own name."""
    st.session_state["language-choice"] = lang
    st.segmented_control(
        "语言 / Language",
        list(LANGUAGE_NAMES),
        key="language-choice",
        required=True,
        label_visibility="collapsed",
        format_func=LANGUAGE_NAMES.__getitem__,
        on_change=_switch_language,
    )


def _switch_language() -> None:
    st.session_state["language"] = st.query_params["lang"] = st.session_state["language-choice"]


def write_url(filters: Filters) -> Filters:
    """Put the filters into the address, and keep them for the way back from another page."""
    state, wanted = st.session_state, filters.to_url()
    state["filters"] = filters
    known = state.get("address")
    if known is None or wanted != known.latest:
        state["address"] = Address(wanted, known.latest if known else None, time.monotonic())
    if state.get("language-asked"):  # a change of page empties the address
        wanted = wanted | {"lang": [language()]}
    if wanted != {name: st.query_params.get_all(name) for name in st.query_params}:
        st.query_params.from_dict(wanted)
    return filters


def starting_filters() -> Filters:
    """Return the filters of this visit; those of the address where the reader changed it: opened, pasted, went back."""
    state = st.session_state
    query = {name: st.query_params.get_all(name) for name in st.query_params if name != "lang"}
    address = state.get("address")
    if "filters" in state and (address.is_ours(query) if address else not query):
        return state["filters"]
    for key in [key for key in state if isinstance(key, str) and key.startswith(FILTER_KEYS)]:
        del state[key]  # the widgets begin anew
    return Filters.from_url(query)


def current_filters() -> Filters:
    """Return the filters as they are now: a fragment that runs alone was handed those of the last whole run."""
    return st.session_state["filters"]


def tell_area(area_id: str) -> None:
    """Open the profile of an area, and show where it is."""
    write_url(replace(current_filters(), profile=area_id))
    fly_to(area=area_id)


def leave_area() -> None:
    """Go back from an area's profile to the story of the chosen cell."""
    write_url(replace(current_filters(), profile=""))


def fly_to(**where: Any) -> None:
    """Let the map fly, once: to a `cell`, an `area`, the cells `shown`, or an `item` of a list of what recurs."""
    st.session_state["flight"] = {"mark": str(time.time_ns()), **where}


def map_channel(key: str) -> Channel:
    """Return the channel to the map of this key in this visit."""
    return st.session_state.setdefault("channels", {}).setdefault(key, Channel())


def turn_to(page: str) -> None:
    """Remember which page is read. What the map of another has received, and its address, went with that page."""
    if st.session_state.get("page") != page:
        for name in ("channels", "address"):
            st.session_state.pop(name, None)
    st.session_state["page"] = page


def know_pages(pages: Mapping[str, Any]) -> None:
    """Remember the pages of the app by name, so that one can lead to another."""
    st.session_state["pages"] = dict(pages)


def lead_to(page: str) -> None:
    """Go to a page of the app."""
    st.switch_page(st.session_state["pages"][page])


def current_page() -> str:
    """Return the page that is read: map, recurring, priorities or data."""
    return str(st.session_state["page"])


def own_sources() -> Sources | None:
    """Return the reader's own files, or None while the demo city is shown."""
    return st.session_state.get("sources")


def load_sources(sources: Sources | None) -> None:
    """Work with these files from now on; None returns to the demo city."""
    st.session_state["sources"] = sources
    for name in ("filters", "address", "flight", "bounds-seen"):
        st.session_state.pop(name, None)


def uploads_folder() -> Path:
    """Return this visit's folder for uploaded files; it goes when the visit ends."""
    if "uploads" not in st.session_state:
        st.session_state["uploads"] = tempfile.TemporaryDirectory(prefix="hexward-")
    return Path(st.session_state["uploads"].name)
