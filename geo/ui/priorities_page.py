"""The page Priorities: what comes first, what a budget can reach, who closes in time, what a visit would cost."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from geo.errors import HexwardError
from geo.ui import cache, empty
from geo.ui.agenda_words import agenda_name
from geo.ui.cache import OpenedStudy
from geo.ui.choice_view import choice_view
from geo.ui.desk import Desk
from geo.ui.filters import AGENDA, Filters
from geo.ui.loss_view import loss_view
from geo.ui.ranking_view import ranking_view
from geo.ui.session import current_filters, language, write_url
from geo.ui.sidebar import choice_waits, view_waits
from geo.ui.units_view import units_view
from geo.ui.workplace import choose_one, lay_out, open_city
from geo.words import say

VIEWS = {"ranking": ranking_view, "choice": choice_view, "units": units_view, "loss": loss_view}


def priorities_page() -> None:
    """Choose, compute, show."""
    lang = language()
    if opened := open_city("priorities", lang):
        workplace(opened, lang)


@st.fragment
def workplace(opened: OpenedStudy, lang: str) -> None:
    """Draw one view: what is clicked here runs nothing else again."""
    if choice_waits():
        st.rerun()  # the sidebar shows it
    filters = current_filters()
    left, right = lay_out()
    with left:
        counts, views = st.columns([0.54, 0.46], vertical_alignment="center", gap="small")
        with views, st.container(horizontal=True, horizontal_alignment="right"):
            filters = _choose_agenda(filters, lang)
        if view_waits(filters):
            st.rerun()  # the sidebar asks what this view asks
        heading = st.container(horizontal=True, vertical_alignment="center", gap="small", key="headline")
    desk = Desk(opened, filters, lang, counts, heading, left, right)
    try:
        VIEWS[filters.agenda](desk)
    except HexwardError as refusal:
        with left:
            empty.refused(refusal, replace(filters, lens="city"), cache.choices(opened), lang)


def _choose_agenda(filters: Filters, lang: str) -> Filters:
    chosen = choose_one(
        f"agenda-{lang}", say("View", lang), AGENDA, filters.agenda, lambda agenda: agenda_name(agenda, lang)
    )
    return filters if chosen == filters.agenda else write_url(replace(filters, agenda=chosen))
