"""Which files are looked at: the reader's own, else the demo city, which is made here when it is not there yet."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from html import escape
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from data import make_city
from data.exports import FILES
from data.layers import LAYERS
from geo.errors import HexwardError, UnknownColumns
from geo.ui import cache
from geo.ui.cache import OpenedStudy, Sources
from geo.ui.session import own_sources
from geo.words import say

DEMO_FOLDER = Path(__file__).resolve().parents[2] / "data" / "demo"
_making = threading.Lock()


def current_sources(tell: Callable[[str, float], None]) -> Sources:
    """Return the files in use: the reader's own, else those of the demo city, made first where they are missing."""
    return own_sources() or demo_sources(tell)


def open_current(lang: str) -> OpenedStudy | None:
    """Return the study of the current files, with progress; where it cannot be opened, say why and return None."""
    slot = st.empty()
    try:
        opened = cache.open_study(current_sources(teller(slot, lang)), teller(slot, lang))
    except HexwardError as refusal:
        slot.empty()
        say_refusal(refusal, lang)
        return None
    slot.empty()
    return opened


def demo_sources(tell: Callable[[str, float], None]) -> Sources:
    """Return the files of the demo city, made first where they are missing (about 20 s)."""
    with _making:
        if not (DEMO_FOLDER / "mapping.toml").exists():  # written last
            make_city(DEMO_FOLDER, progress=tell)
    return _demo()


def _demo() -> Sources:
    return Sources(
        reports=tuple(DEMO_FOLDER / "reports" / name for name in FILES),
        areas=tuple((kind, DEMO_FOLDER / "areas" / name) for kind, name in LAYERS.items()),
        mapping=DEMO_FOLDER / "mapping.toml",
        water=DEMO_FOLDER / "areas" / "water.geojson",
    )


def of_the_demo_city(sources: Sources | None) -> bool:
    """Say whether these are the files of the demo city, with the reader's own exposure tables or without."""
    return sources is None or replace(sources, exposure=()) == _demo()


def without_tables(sources: Sources) -> Sources | None:
    """Return these files without exposure tables; None, the demo city, where only they were the reader's own."""
    return None if of_the_demo_city(sources) else replace(sources, exposure=())


def teller(slot: DeltaGenerator, lang: str) -> Callable[[str, float], None]:
    """Return what shows a step and its share of the whole in `slot`."""

    def tell(step: str, share: float) -> None:
        slot.progress(min(max(share, 0.0), 1.0), text=say(step, lang))

    return tell


def say_refusal(refusal: HexwardError, lang: str, *, file: str = "") -> None:
    """Say in the reader's language what cannot be used, and what to do about it; `file`: where it is one alone."""
    if isinstance(refusal, UnknownColumns):
        title = say("Which column is which?", lang)
    elif file:
        title = say("{file} cannot be used", lang, file=file)
    else:
        title = say("These files cannot be used", lang)
    st.html(
        f'<div class="hx refusal" role="alert"><b>{escape(title)}</b><div>{escape(refusal.sentence(lang))}</div></div>'
    )
