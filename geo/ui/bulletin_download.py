"""The bulletin (通报) as a Word document: who stands where, who closes in time, what it may cost."""

from __future__ import annotations

import tempfile
from html import escape
from pathlib import Path

import streamlit as st

from geo.agenda.priorities import Priorities
from geo.errors import HexwardError
from geo.maps.assets import print_font
from geo.ui import agenda_cache
from geo.ui.countdown_view import visit_of
from geo.ui.desk import Desk
from geo.ui.scorecard_form import card_of
from geo.ui.session import uploads_folder
from geo.ui.weights_form import weights_of
from geo.words import say, together

MIMES = {
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".geojson": "application/geo+json",
    ".csv": "text/csv",
}


def offer_bulletin(desk: Desk) -> None:
    """Offer the bulletin of the ranking and of the units; say why where it cannot be lettered.

    It is made when it is asked for, and a refusal would not be seen then.
    """
    if not print_font.there():
        from geo.export.bulletin import check_letters

        try:
            check_letters(_ranked(desk).table, desk.lang)
        except HexwardError as refusal:
            words = together([say("The bulletin cannot be made.", desk.lang), refusal.sentence(desk.lang)], desk.lang)
            st.html(f'<div class="hx refusal" role="alert">{escape(words)}</div>')
            return
    st.download_button(
        say("Bulletin (DOCX)", desk.lang),
        lambda: bulletin_of(desk),
        mime=MIMES[".docx"],
        file_name=f"hexward-bulletin-{desk.kind}.docx",
        on_click="ignore",
        key="bulletin",
    )


def bulletin_of(desk: Desk) -> bytes:
    """Return the bulletin as `workorders` writes it; with points where a scorecard was given: none by the example."""
    from geo.export.bulletin import bulletin  # its libraries take seconds to load, which no other view needs

    opened, question, lang = desk.opened, desk.question, desk.lang
    ranked, closing = _ranked(desk), agenda_cache.closing(opened, question, "unit", lang)
    card, lost = card_of(desk), None
    if card.scorecard is not None:
        lost = agenda_cache.lost(opened, question, visit_of(desk), card.scorecard, card.file, lang)
    path = bulletin(
        Path(tempfile.mkdtemp(dir=uploads_folder())) / "bulletin.docx",
        priorities=ranked.table,
        performance=closing.table,
        losses=None if lost is None else lost.ledger,
        scorecard=None if lost is None else lost.scorecard,
        period=(ranked.window.first, ranked.window.last),
        lang=lang,
        notes=(*ranked.notes, *closing.notes),
    )
    return path.read_bytes()


def _ranked(desk: Desk) -> Priorities:
    return agenda_cache.ranked(desk.opened, desk.question, desk.kind, weights_of(desk.filters), desk.lang)
