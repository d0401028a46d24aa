"""The bulletin (通报) as a Word document: who stands where, who closes in time, what it may cost."""

from __future__ import annotations

import tempfile
from pathlib import Path

import streamlit as st

from geo.errors import HexwardError
from geo.planning.scorecard import read_scorecard
from geo.ui import agenda_cache
from geo.ui.countdown_view import visit_of
from geo.ui.desk import Desk
from geo.ui.session import uploads_folder
from geo.ui.weights_form import weights_of
from geo.words import say

MIMES = {
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".geojson": "application/geo+json",
    ".csv": "text/csv",
}


def offer_bulletin(desk: Desk) -> None:
    """Offer the bulletin of the ranking, of the units, and of their points lost. It is made when it is asked for."""
    st.download_button(
        say("Bulletin (DOCX)", desk.lang),
        lambda: _bulletin(desk),
        mime=MIMES[".docx"],
        file_name=f"hexward-bulletin-{desk.kind}.docx",
        on_click="ignore",
        key="bulletin",
    )


def _bulletin(desk: Desk) -> bytes:
    from geo.export.bulletin import bulletin  # its libraries take seconds to load, which no other view needs

    opened, question, lang = desk.opened, desk.question, desk.lang
    ranked = agenda_cache.ranked(opened, question, desk.kind, weights_of(desk.filters), lang)
    closing = agenda_cache.closing(opened, question, "unit", lang)
    given: Path | None = st.session_state.get("scorecard-file")
    try:
        card = read_scorecard(given) if given else None
        lost = agenda_cache.lost(opened, question, visit_of(desk), card, str(given or ""), lang)
    except HexwardError:  # said on the view of the points; the bulletin goes without them
        lost = None
    path = bulletin(
        Path(tempfile.mkdtemp(dir=uploads_folder())) / "bulletin.docx",
        priorities=ranked.table,
        performance=closing.table,
        losses=None if lost is None else lost.ledger,
        period=(ranked.window.first, ranked.window.last),
        lang=lang,
        notes=(*ranked.notes, *(() if lost is None else lost.scorecard.caution)),
    )
    return path.read_bytes()
