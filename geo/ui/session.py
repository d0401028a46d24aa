"""What a visit remembers: language, theme, which files are loaded, which cell is selected, the address of the page."""

from __future__ import annotations

import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import streamlit as st

from geo.maps.channel import Channel
from geo.maps.palette import PALETTES, Palette
from geo.ui.cache import Sources
from geo.ui.filters import Filters
from geo.words import LANGUAGES

LANGUAGE_NAMES = {"zh": "中文", "en": "English"}


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
    st.session_state["filters"] = filters
    wanted = filters.to_url()
    if st.session_state.get("language-asked"):  # a change of page empties the address
        wanted["lang"] = [language()]
    if wanted != {name: st.query_params.get_all(name) for name in st.query_params}:
        st.query_params.from_dict(wanted)
    return filters


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
    """Let the map fly, once: to a `cell`, an `area`, or the cells `shown`."""
    st.session_state["flight"] = {"mark": str(time.time_ns()), **where}


def map_channel(key: str) -> Channel:
    """Return the channel to the map of this key in this visit."""
    return st.session_state.setdefault("channels", {}).setdefault(key, Channel())


def leave_map() -> None:
    """Forget what the map has received: its frame goes with its page."""
    st.session_state.pop("channels", None)


def own_sources() -> Sources | None:
    """Return the reader's own files, or None while the demo city is shown."""
    return st.session_state.get("sources")


def load_sources(sources: Sources | None) -> None:
    """Work with these files from now on; None returns to the demo city."""
    st.session_state["sources"] = sources
    for name in ("filters", "flight", "view-bounds"):
        st.session_state.pop(name, None)


def uploads_folder() -> Path:
    """Return this visit's folder for uploaded files; it goes when the visit ends."""
    if "uploads" not in st.session_state:
        st.session_state["uploads"] = tempfile.TemporaryDirectory(prefix="hexward-")
    return Path(st.session_state["uploads"].name)
