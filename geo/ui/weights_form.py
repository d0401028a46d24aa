"""How much each part of the score counts: sliders that the ranking follows at once."""

from __future__ import annotations

from dataclasses import astuple, replace
from html import escape

import streamlit as st

from geo.planning.priority import Weights
from geo.ui.agenda_words import ITEMS, PARTS, part_meaning, part_name
from geo.ui.filters import Filters
from geo.ui.session import current_filters, write_url
from geo.words import say

MOST, STEP = 2.0, 0.5


def weights_of(filters: Filters) -> Weights:
    """Return the weights of the address, the usual ones where it names none.

    >>> weights_of(Filters(weights="1-0.5-0-0-0")).trend
    0.5
    """
    parts = [float(weight) for weight in filters.weights.split("-") if weight]
    return Weights(*parts) if any(parts) else Weights()  # were all 0, nothing would come first


def written(weights: Weights) -> str:
    """Return weights as the address has them, nothing for the usual ones.

    >>> written(Weights()), written(Weights(excess=1, trend=0.5))
    ('', '1-0.5-0-0-0')
    """
    return "" if weights == Weights() else "-".join(f"{weight:g}" for weight in astuple(weights))


def choose_weights(filters: Filters, lang: str) -> str:
    """Draw the sliders and return what the address says of them."""
    known = weights_of(filters)
    with st.popover(say("Weights", lang), help=say("What counts how much in the order.", lang)):
        words = say(
            "Score: the sum of these parts, each by its weight. All are incidents of 4 weeks but the overdue, of which "
            "each open one counts 1.",
            lang,
        )
        st.html(f'<div class="hx"><span class="m">{escape(words)}</span></div>')
        chosen = {}
        for part, item in zip(PARTS, ITEMS, strict=True):
            key = f"weights-{item}"
            st.session_state.setdefault(key, min(getattr(known, item), MOST))
            chosen[item] = st.slider(
                part_name(part, lang), 0.0, MOST, step=STEP, key=key, format="× %.1f", help=part_meaning(part, lang)
            )
        weights = Weights(**chosen) if any(chosen.values()) else Weights()  # were all 0, nothing would come first
        st.button(say("Usual weights", lang), on_click=_forget, disabled=weights == Weights())
    return written(weights)


def _forget() -> None:
    for item in ITEMS:
        st.session_state.pop(f"weights-{item}", None)
    write_url(replace(current_filters(), weights=""))
