"""Whose the points are: what a visit would cost each unit, and what it can still save (谁失分谁负责)."""

from __future__ import annotations

from html import escape

import streamlit as st

from geo.agenda.loss import Losses
from geo.words import say

ROWS_PIXELS = 470


def ledger(found: Losses, lang: str) -> None:
    """Draw the units, the dearest first."""
    table = found.ledger
    words = say("Points are added up by the unit that answers for the problem.", lang)
    st.html(
        f'<div class="hx story"><h3>{escape(say("Who loses them answers for them", lang))}</h3>'
        f'<p class="say">{escape(words)}</p></div>'
    )
    codes = {one.code: one.name(lang) for one in found.scorecard.indicators}
    said = table.select("unit", "points", "recoverable", "areas", "indicator").to_pandas()
    said["unit"] = [unit or say("No unit named", lang) for unit in said["unit"]]
    said["indicator"] = [codes.get(code, code) for code in said["indicator"]]
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    st.dataframe(
        said,
        hide_index=True,
        height=min(ROWS_PIXELS, 29 * (len(said) + 1) + 3),
        row_height=29,
        placeholder="–",
        key="ledger-rows",
        column_config={
            "unit": text(say("Unit", lang), width=120),
            "points": number(say("Points", lang), width=54, format="%.1f"),
            "recoverable": number(say("To save", lang), width=58, format="%.1f"),
            "areas": number(say("Areas", lang), width=48, format="%d"),
            "indicator": text(say("Dearest indicator", lang), width=130),
        },
    )
