"""Which files are looked at: the reader's own, else the demo city, which is made here when it is not there yet."""

from __future__ import annotations

import threading
from collections.abc import Callable
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


def open_current(lang: str) -> OpenedStudy | None:
    """Return the study of the current files, with progress; where it cannot be opened, say why and return None."""
    slot = st.empty()
    try:
        sources = own_sources() or demo_sources(teller(slot, lang))
        opened = cache.open_study(sources, teller(slot, lang))
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
    return Sources(
        reports=tuple(DEMO_FOLDER / "reports" / name for name in FILES),
        areas=tuple((kind, DEMO_FOLDER / "areas" / name) for kind, name in LAYERS.items()),
        mapping=DEMO_FOLDER / "mapping.toml",
        water=DEMO_FOLDER / "areas" / "water.geojson",
    )


def teller(slot: DeltaGenerator, lang: str) -> Callable[[str, float], None]:
    """Return what shows a step and its share of the whole in `slot`."""

    def tell(step: str, share: float) -> None:
        slot.progress(min(max(share, 0.0), 1.0), text=say(step, lang))

    return tell


def say_refusal(refusal: HexwardError, lang: str) -> None:
    """Say in the reader's language what cannot be used, and what to do about it."""
    columns = isinstance(refusal, UnknownColumns)
    title = say("Which column is which?", lang) if columns else say("These files cannot be used", lang)
    st.html(
        f'<div class="hx refusal" role="alert"><b>{escape(title)}</b><div>{escape(refusal.sentence(lang))}</div></div>'
    )
