"""Which kind of areas the page Priorities is about: each is ranked on its own."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from geo.maps.labels import kind_name
from geo.ui import agenda_cache
from geo.ui.cache import OpenedStudy
from geo.ui.filters import Filters
from geo.words import say

MADE_BY = "community"
"""The kind that plans are made by, and that is ranked unasked."""


def kind_ranked(opened: OpenedStudy, known: Filters) -> str:
    """Return the kind asked for where it can be ranked, else the one that is ranked unasked; "" where none can be."""
    kinds = agenda_cache.kinds(opened)
    return known.kind if known.kind in kinds else _first(kinds)


def choose_kind(opened: OpenedStudy, known: Filters, lang: str) -> str:
    """Draw the choice among the kinds that can be ranked, and return what the address says of it."""
    kinds = agenda_cache.kinds(opened)
    if not kinds:
        return known.kind
    key = f"kind-{lang}"
    st.session_state.setdefault(key, kind_ranked(opened, known))
    chosen = st.selectbox(
        say("Areas ranked", lang),
        kinds,
        key=key,
        format_func=lambda kind: kind_name(kind, lang),
        help=say("Each kind is ranked on its own. Kinds with fewer than three areas are not offered.", lang),
    )
    return "" if chosen == _first(kinds) else chosen


def choose_by(opened: OpenedStudy, known: Filters, lang: str) -> str:
    """Draw the choice of what closing is listed by, and return the kind of areas, "" for units."""
    options, key = ["", *agenda_cache.kinds(opened)], f"by-{lang}"
    st.session_state.setdefault(key, known.by if known.by in options else "")
    return st.selectbox(
        say("Listed by", lang),
        options,
        key=key,
        format_func=lambda kind: kind_name(kind, lang) if kind else say("Unit", lang),
    )


def _first(kinds: Sequence[str]) -> str:
    return MADE_BY if MADE_BY in kinds else kinds[0] if kinds else ""
