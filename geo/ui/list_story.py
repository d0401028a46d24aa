"""What the stories of the rows of a list have in common: name, tags and sentence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

import pandas as pd
import streamlit as st

from geo.maps.palette import Palette
from geo.recurring.listed import Listed
from geo.ui.cache import OpenedStudy
from geo.ui.recurring_words import place_words, state_words
from geo.words import say


@dataclass(frozen=True)
class Told:
    """The row whose story is told, its number in the list, and what stands around it. `offer` draws the downloads."""

    opened: OpenedStudy
    found: Listed
    row: pd.Series
    number: int
    listed: str
    palette: Palette
    lang: str
    offer: Callable[[], None]


def head(told: Told, about: Sequence[str], tags: Sequence[tuple[str, str, str]] = ()) -> None:
    """Name the row, say what it is `about`, its state and other `tags` (colour, glyph, word), and why."""
    fill, glyph, word = state_words(told.row, told.listed, told.lang)
    shade = getattr(told.palette, fill)
    first = ((shade.fill or shade.stroke or told.palette.muted, glyph or "–", word), *tags)
    marks = "".join(
        f'<span class="tag"><i style="color:{colour}">{escape(mark)}</i>{escape(name)}</span>'
        for colour, mark, name in first
    )
    place = place_words(told.row, told.listed, told.lang)
    st.html(
        f'<div class="hx story"><h3>{told.number}. {escape(place)}</h3>'
        f'<div class="m">{escape(" · ".join(part for part in about if part))}</div>{marks}'
        f'<p class="say">{escape(str(told.row["reason"]))}</p></div>'
    )


def title(words: str, more: str = "") -> str:
    """Return the heading of a part of a story as HTML."""
    return f"<h4>{escape(words)}" + (f" <small>{escape(more)}</small>" if more else "") + "</h4>"


def unit_words(row: pd.Series, lang: str) -> str:
    """Say which unit answers for a row; nothing where none does."""
    unit = row.get("unit")
    return say("Unit {unit}", lang, unit=unit) if isinstance(unit, str) and unit else ""
