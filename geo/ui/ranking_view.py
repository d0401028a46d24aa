"""The view Ranking: areas of a kind by tier on the map, in their order below it, and why one stands where it does."""

from __future__ import annotations

from html import escape

import streamlit as st

from geo.agenda.priorities import Priorities
from geo.maps.agenda_scenes import ranked_scene
from geo.maps.tiers import BOARD_GLYPHS, board_name, tier_letter, tier_name
from geo.recurring import told
from geo.ui import agenda_cache, empty
from geo.ui.agenda_words import agenda_question
from geo.ui.boards_view import boards, concentrated, put_to_the_test
from geo.ui.desk import Desk
from geo.ui.ranking_story import tell_area_ranked
from geo.ui.ranking_table import ranking_table
from geo.ui.session import fly_to, palette
from geo.ui.weights_form import choose_weights, weights_of
from geo.ui.workplace import headline
from geo.words import say


def ranking_view(desk: Desk) -> None:
    """Draw the ranking: weights first, for the order follows them at once."""
    lang = desk.lang
    if not desk.kind:
        empty.nothing_to_rank(lang)
        return
    with desk.heading:
        title = st.container(width="stretch")
        tools = st.container(horizontal=True, width="content", gap="small", key="headline-tools")
    with tools:
        desk = desk.with_filters(weights=choose_weights(desk.filters, lang))
    with desk.counts, st.spinner(say("Ranking areas", lang)):
        found = agenda_cache.ranked(desk.opened, desk.question, desk.kind, weights_of(desk.filters), lang)
    table = found.table
    if not len(table):
        with desk.left:
            empty.nothing_left(desk.filters, lang)
        return
    ids = table["area_id"].tolist()
    desk = desk.heard(ids)
    desk.counts.html(f'<div class="hx strip">{_counts(found, lang)}</div>')
    with title:
        own = say("own weights", lang) if desk.filters.weights else ""
        headline(
            agenda_question("ranking", desk.kind, lang), told.notes(desk.opened.study, found, lang=lang), lang, own
        )
    with tools:
        boards(found, lang)
        curve = st.popover(say("Concentration", lang))
    selected = desk.filters.target if desk.filters.target in ids else ids[0]
    with desk.left:
        map_slot = st.container()
        name = f"{desk.opened.key}-{desk.kind}-{desk.question}-{desk.filters.weights}-{lang}"
        chosen = ranking_table(table, found.weights, selected, name, lang)
        if chosen is not None:
            selected = chosen
            desk = desk.with_filters(target=chosen)
            fly_to(area=chosen)
        with map_slot:
            desk.draw(ranked_scene(table, found.top, desk.around(desk.kind, found.window, selected)))
    with desk.right:
        tell_area_ranked(desk, found, table.iloc[ids.index(selected)])
    with curve:  # last: the past takes a while
        concentrated(found, palette(), lang)
        put_to_the_test(desk, lang)


def _counts(found: Priorities, lang: str) -> str:
    """Return how many areas are in each tier, in none and on the boards, as HTML; the legend has the same marks."""
    table, colours = found.table, palette()
    enough = table["enough"].astype(bool)
    parts = [f"<span><b>{len(table):,}</b> {escape(say('places', lang))}</span>"]
    parts += [
        f"<span>{tier_letter(tier, colours)} <b>{int(((table['tier'] == tier) & enough).sum()):,}</b></span>"
        for tier in "ABC"
    ]
    if few := int((~enough).sum()):
        parts.append(f'<span title="{escape(tier_name("", lang))}">□ <b>{few:,}</b></span>')
    listed = " ".join(
        f'<i title="{escape(board_name(board, lang))}">{BOARD_GLYPHS[board]} {(table["board"] == board).sum():,}</i>'
        for board in ("red", "black")
    )
    return "".join(parts) + f'<span class="m">{listed}</span>'
