"""The lists of the page Priorities as files, each with its cover sheet."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from geo.export.lists import list_bytes
from geo.recurring import told
from geo.recurring.listed import Listed
from geo.ui.desk import Desk
from geo.ui.downloads import offer_files
from geo.words import say


def offer_list(desk: Desk, found: Listed, name: str, asked: Mapping[str, str] | None = None) -> None:
    """Offer a list whole; `name`: of its files. `asked`: further settings for the cover sheet. Made when asked for."""
    lang = desk.lang

    def make(ending: str) -> bytes:
        about = told.about(desk.opened.study, desk.question, found, asked=asked, lang=lang)
        return list_bytes(found.table, ending, lang=lang, about=about)

    with st.popover(say("Download the list", lang), type="primary"):
        offer_files(make, f"{name}-{found.window.last}")
