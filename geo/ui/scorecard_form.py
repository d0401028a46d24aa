"""The scorecard of a review, and the day of the visit: the example until a file is given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from html import escape
from importlib import resources
from pathlib import Path

import streamlit as st

from geo.errors import HexwardError
from geo.planning.scorecard import Scorecard, example, read_scorecard
from geo.ui.countdown_view import MOST_AHEAD, last_day, review_of, visit_of
from geo.ui.desk import Desk
from geo.ui.uploads import keep_file
from geo.words import say

GIVEN, LEFT = "scorecard-file", "scorecards-left"
"""What a visit remembers: the file in use, and how many were put away."""


@dataclass(frozen=True)
class Card:
    """The scorecard of this visit: that of the file `given`, None for the example; `refusal`: why it is not taken."""

    given: Path | None = None
    scorecard: Scorecard | None = None
    refusal: HexwardError | None = None

    @property
    def file(self) -> str:
        """What stands for its content, "" for the example."""
        return str(self.given) if self.scorecard else ""


def card_of(desk: Desk) -> Card:
    """Return the scorecard that was given in this visit; its themes are those of the study."""
    given: Path | None = st.session_state.get(GIVEN)
    if given is None:
        return Card()
    try:
        return Card(given, read_scorecard(given, themes=desk.opened.study.material.themes))
    except HexwardError as refusal:
        return Card(given, refusal=refusal)


def choose_scorecard(desk: Desk, lang: str) -> date | None:
    """Draw the day of the visit and the scorecard, and return the day, None for the usual one."""
    last = last_day(desk)
    review = review_of(desk)
    key = f"visit-{lang}-{last}-{review}"
    st.session_state.setdefault(key, visit_of(desk))
    visit = st.date_input(
        say("Day of the visit", lang), key=key, min_value=last, max_value=last + MOST_AHEAD, format="YYYY-MM-DD"
    )
    card = card_of(desk)
    if card.given is None:
        words = say("This is an example, not an official standard. Change it to the scorecard of your review.", lang)
    elif card.refusal:
        words = say("{file} is not taken; the example is still used.", lang, file=card.given.name)
    else:
        words = say("In use: {file}.", lang, file=card.given.name)
    st.html(f'<div class="hx"><h4>{escape(say("Scorecard", lang))}</h4><span class="m">{escape(words)}</span></div>')
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            say("Download as TOML", lang),
            card.given.read_bytes()
            if card.given and not card.refusal
            else resources.files("geo.planning").joinpath("scorecard.toml").read_bytes(),
            mime="application/toml",
            file_name="scorecard.toml",
            on_click="ignore",
        )
        if card.given:
            st.button(say("Back to the example", lang), on_click=_forget)
    key = f"scorecard-upload-{st.session_state.get(LEFT, 0)}"
    st.file_uploader(say("Scorecard (TOML)", lang), type=["toml"], key=key, on_change=_take, args=(key,))
    _indicators(card.scorecard or example(), lang)
    return None if visit == review else visit


def _take(key: str) -> None:
    """Use the file that was put into the uploader; when it is taken out there, it stays in use."""
    file = st.session_state[key]
    if file is not None:
        st.session_state[GIVEN] = keep_file(file.name, file.getvalue())


def _forget() -> None:
    """Go back to the example, with an empty uploader: whatever is put into it then is taken, the same file too."""
    st.session_state.pop(GIVEN, None)
    st.session_state[LEFT] = st.session_state.get(LEFT, 0) + 1


def _indicators(card: Scorecard, lang: str) -> None:
    """List what is assessed, and what it costs."""
    lines = "".join(
        f"<dt>{escape(one.name(lang))} <small>{escape(one.code)}</small></dt><dd>"
        + escape(
            say(
                "{each} a problem, {late} more if late, {again} more if notified twice; times {weight}",
                lang,
                each=f"{one.deduction:g}",
                late=f"{one.not_rectified:g}",
                again=f"{one.notified_twice:g}",
                weight=f"{one.weight:g}",
            )
        )
        + "</dd>"
        for one in card.indicators
    )
    st.html(f'<div class="hx indicators"><h4>{escape(card.name(lang))}</h4><dl>{lines}</dl></div>')
