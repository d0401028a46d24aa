"""The scorecard of a review, and the day of the visit: the example until a file is given."""

from __future__ import annotations

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


def choose_scorecard(desk: Desk, lang: str) -> date | None:
    """Draw the day of the visit and the scorecard, and return the day, None for the usual one."""
    last = last_day(desk)
    review = review_of(desk)
    key = f"visit-{lang}-{last}-{review}"
    st.session_state.setdefault(key, visit_of(desk))
    visit = st.date_input(
        say("Day of the visit", lang), key=key, min_value=last, max_value=last + MOST_AHEAD, format="YYYY-MM-DD"
    )
    given: Path | None = st.session_state.get("scorecard-file")
    card = _taken(given)
    if given is None:
        words = say("This is an example, not an official standard. Change it to the scorecard of your review.", lang)
    elif card is None:
        words = say("{file} is not taken; the example is still used.", lang, file=given.name)
    else:
        words = say("In use: {file}.", lang, file=given.name)
    st.html(f'<div class="hx"><h4>{escape(say("Scorecard", lang))}</h4><span class="m">{escape(words)}</span></div>')
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            say("Download as TOML", lang),
            given.read_bytes()
            if given and card
            else resources.files("geo.planning").joinpath("scorecard.toml").read_bytes(),
            mime="application/toml",
            file_name="scorecard.toml",
            on_click="ignore",
        )
        if given:
            st.button(say("Back to the example", lang), on_click=_forget)
    file = st.file_uploader(say("Scorecard (TOML)", lang), type=["toml"], key="scorecard-upload")
    if file is not None:
        path = keep_file(file.name, file.getvalue())
        if path != given and path != st.session_state.get("scorecard-left"):
            st.session_state["scorecard-file"] = path
            st.rerun(scope="fragment")
    _indicators(card or example(), lang)
    return None if visit == review else visit


def _forget() -> None:
    st.session_state["scorecard-left"] = st.session_state.pop("scorecard-file", None)


def _taken(given: Path | None) -> Scorecard | None:
    """Return the scorecard of the file given, None where there is none or it cannot be used."""
    try:
        return read_scorecard(given) if given else None
    except HexwardError:  # why, is said where the points are reckoned
        return None


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
