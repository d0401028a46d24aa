"""Exposure tables on the Data page: which of them can be used, and what the study makes of them."""

from __future__ import annotations

from html import escape
from pathlib import Path

import streamlit as st

from geo.errors import HexwardError
from geo.intake.exposure import ExposureTable, read_exposure
from geo.stats.exposure import measure_words
from geo.study import Study
from geo.ui import uploads
from geo.ui.sources import say_refusal
from geo.words import say

KEY_NAMES = {"cell": "H3", "area_id": "area_id"}


def choose_exposure(lang: str) -> tuple[Path, ...]:
    """Draw the uploader and what was recognised in each file; return those that can be used."""
    paths = uploads.choose(
        say("Exposure tables", lang),
        "exposure-files",
        lang,
        help=say(
            "Households, population, street length or shops by area or by H3 cell: .csv .xlsx. With one, the map can "
            "be compared with people or streets.",
            lang,
        ),
    )
    usable = []
    for path in paths:
        try:
            table = _look(path)
        except HexwardError as refusal:
            say_refusal(refusal, lang, file=path.name)
        else:
            usable.append(path)
            st.html(f'<div class="hx"><b>{escape(path.name)}</b> {escape(_recognised(table, lang))}</div>')
    return tuple(usable)


@st.cache_resource(max_entries=16, show_spinner=False)
def _look(path: Path) -> ExposureTable:
    return read_exposure(path)


def _recognised(table: ExposureTable, lang: str) -> str:
    between = "、" if lang == "zh" else ", "
    return say(
        "{rows} rows by {key}: {measures}.",
        lang,
        rows=f"{table.frame.height:,}",
        key=KEY_NAMES.get(table.key) or say("name", lang),
        measures=between.join(measure_words(name).sentence(lang) for name in table.measures),
    )


def exposure_facts(study: Study, lang: str) -> None:
    """Say what people and streets are counted by, and what is missing."""
    said = [fact.sentence(lang) for facts in study.exposure_notes.values() for fact in facts]
    rows = "".join(f"<li>{escape(text)}</li>" for text in dict.fromkeys(said))
    if rows:
        st.html(
            f'<div class="hx"><h4>{escape(say("People or streets to compare with", lang))}</h4><ul>{rows}</ul></div>'
        )
