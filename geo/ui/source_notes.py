"""A way to look at the map without a source that started, stopped or changed its level."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from geo.maps.labels import source_name
from geo.stats.question import Question
from geo.stats.sources import Change, source_note
from geo.ui.cache import OpenedStudy, choices
from geo.ui.plain import plain
from geo.ui.sidebar import choose
from geo.words import say


def offer_without(opened: OpenedStudy, question: Question, changes: Sequence[Change], lang: str) -> None:
    """Draw a button for each changed source that leaves it out; what it did is said when the button is pointed at."""
    chosen = question.sources or choices(opened).sources
    for change in changes:
        others = tuple(source for source in chosen if source != change.name)
        if not others:
            continue
        name = source_name(change.name, lang)
        st.button(
            say("Without {source}", lang, source=plain(name.lower() if lang == "en" else name)),
            key=f"without-{change.name}",
            help=plain(source_note(change, name, lang).sentence(lang)),
            on_click=choose,
            args=("sources", others),
        )
