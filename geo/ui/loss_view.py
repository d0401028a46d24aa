"""The view Score loss: where a visit would cost points, whose they are, by which scorecard; a visit for practice."""

from __future__ import annotations

from html import escape
from typing import Any

import geopandas as gpd
import pandas as pd
import streamlit as st

from geo.agenda.loss import Losses
from geo.maps.agenda_scenes import loss_scene
from geo.maps.labels import kind_name
from geo.recurring import told
from geo.stats.episodes import HELD_DAYS
from geo.ui import agenda_cache, empty
from geo.ui.agenda_downloads import offer_list
from geo.ui.agenda_words import agenda_question
from geo.ui.countdown_view import visit_of
from geo.ui.desk import Desk
from geo.ui.inspection_view import inspection
from geo.ui.listing import pick_row
from geo.ui.loss_ledger import ledger
from geo.ui.recurring_words import text
from geo.ui.scorecard_form import card_of, choose_scorecard
from geo.ui.session import fly_to
from geo.ui.workplace import choose_one, headline
from geo.words import numbers, say

PARTS = ("area", "ledger", "scorecard", "inspection")


def loss_view(desk: Desk) -> None:
    """Draw the map and the list of areas by points, and at the right what is asked about them."""
    lang = desk.lang
    with desk.right:
        part = _choose_part(lang)
        story = st.container()
        if part == "scorecard":
            with story:
                desk = desk.with_filters(visit=choose_scorecard(desk, lang))
    card = card_of(desk)
    if card.refusal:  # the example is used
        with story:
            empty.cannot(card.refusal, lang)
    with desk.counts, st.spinner(say("Reckoning what a visit would cost", lang)):
        found = agenda_cache.lost(desk.opened, desk.question, visit_of(desk), card.scorecard, card.file, lang)
    desk.counts.html(f'<div class="hx strip">{_counts(found, lang)}</div>')
    with desk.heading, st.container(width="stretch"):
        visit = say("on {day}", lang, day=numbers.day(found.visit, lang)) + f" · {_card_words(found, lang)}"
        headline(agenda_question("loss", "", lang), told.notes(desk.opened.study, found, lang=lang), lang, visit)
    totals = area_totals(found)
    if not len(totals):
        with desk.left:
            empty.refused_words(
                say("The scorecard assesses none of these areas", lang),
                say("Give another scorecard, or area layers of the kinds it names, on the page Data.", lang),
                desk.filters,
                lang,
            )
    else:
        _places(desk, found, totals, part, story)
    with story:
        if part == "ledger":
            ledger(found, lang)
        elif part == "inspection":
            inspection(desk, found, lang)


def _places(desk: Desk, found: Losses, totals: gpd.GeoDataFrame, part: str, story: Any) -> None:
    """Draw the map and the list of the areas of one kind, and the story of one of them."""
    kinds, lang = set(totals["kind"]), desk.lang
    kind = desk.kind if desk.kind in kinds else str(totals["kind"].iloc[0])
    own = totals[totals["kind"] == kind].reset_index(drop=True)
    own["rank"] = range(1, len(own) + 1)
    ids = own["area_id"].tolist()
    desk = desk.heard(ids)
    selected = desk.filters.target if desk.filters.target in ids else ids[0]
    with desk.left:
        map_slot = st.container()
        name = f"{desk.opened.key}-{kind}-{desk.question}-{found.visit}-{found.scorecard.english}-{lang}"
        chosen = _table(own, found, selected, name, lang)
        if chosen is not None:
            selected = chosen
            desk = desk.with_filters(target=chosen)
            fly_to(area=chosen)
        with map_slot:
            desk.draw(loss_scene(own, desk.around(kind, found.window, selected)))
    if part == "area":
        with story:
            _tell_area(desk, found, own.iloc[ids.index(selected)])


def area_totals(found: Losses) -> gpd.GeoDataFrame:
    """Return what each area costs, with its place, the dearest first."""
    totals = found.area_totals.to_pandas()
    places = found.table.drop_duplicates("area_id").set_index("area_id")[["lat", "lon"]]
    return totals.join(places, on="area_id")


def _table(own: pd.DataFrame, found: Losses, selected: str, name: str, lang: str) -> str | None:
    """Draw the areas, the dearest first, and return the one that was clicked just now."""
    first = found.table.drop_duplicates("area_id").set_index("area_id")
    standing = found.table.groupby("area_id")[["standing", "overdue"]].sum()
    ids = own["area_id"].tolist()
    said = pd.DataFrame(
        {
            "rank": own["rank"].array,
            "name": [text(name) for name in own["name"]],
            "points": own["points"].array,
            "between": [
                f"{low:.1f}–{high:.1f}" for low, high in zip(own["points_low"], own["points_high"], strict=True)
            ],
            "recoverable": own["recoverable"].array,
            "standing": standing.loc[ids, "standing"].array,
            "overdue": standing.loc[ids, "overdue"].array,
            "indicator": [text(name) for name in first.loc[ids, "indicator_name"]],
            "unit": [text(unit) for unit in own["unit"]],
        }
    )
    number, words = st.column_config.NumberColumn, st.column_config.TextColumn
    rows = {area_id: at for at, area_id in enumerate(ids)}
    columns = {
        "rank": number(say("#", lang), width=36, format="%d"),
        "name": words(say("Area", lang), width=116),
        "points": number(say("Points", lang), width=54, format="%.1f"),
        "between": words(say("90% interval", lang), width=86),
        "recoverable": number(
            say("To save", lang), width=56, format="%.1f", help=say("Goes when what is open today is put right.", lang)
        ),
        "standing": number(say("Open", lang), width=46, format="localized"),
        "overdue": number(say("Late", lang), width=42, format="localized"),
        "indicator": words(say("Dearest indicator", lang), width=132),
        "unit": words(say("Unit", lang), width=110),
    }
    return pick_row(said, ids, selected, rows.get, columns, key="loss", name=name)


def _tell_area(desk: Desk, found: Losses, row: pd.Series) -> None:
    """Draw what a visit would find in one area, indicator by indicator."""
    lang = desk.lang
    unit = text(row["unit"])
    about = [kind_name(row["kind"], lang), say("Unit {unit}", lang, unit=unit) if unit else ""]
    words = say(
        "A visit would cost {points} points ({low} to {high}); {part} of them go when what is open is put right.",
        lang,
        points=f"{row['points']:.1f}",
        low=f"{row['points_low']:.1f}",
        high=f"{row['points_high']:.1f}",
        part=f"{row['recoverable']:.1f}",
    )
    st.html(
        f'<div class="hx story"><h3>{row["rank"]}. {escape(text(row["name"]))}</h3>'
        f'<div class="m">{escape(" · ".join(filter(None, about)))}</div><p class="say">{escape(words)}</p></div>'
    )
    with st.container(horizontal=True, gap="small"):
        card = {say("Scorecard", lang): found.scorecard.name(lang)}
        offer_list(desk, found, "score-loss", card)
    lines = "".join(
        f"<dt>{escape(text(one.indicator_name))} <small>{escape(one.indicator)}</small></dt>"
        f"<dd>{escape(text(one.reason))}</dd>"
        for one in found.table[found.table["area_id"] == row["area_id"]].itertuples(index=False)
    )
    st.html(f'<div class="hx indicators"><h4>{escape(say("By indicator", lang))}</h4><dl>{lines}</dl></div>')


def _counts(found: Losses, lang: str) -> str:
    summary = found.summary
    parts = [
        f"<span><b>{summary['points']:,.1f}</b> {escape(say('points at stake', lang))}</span>"
        f"<span><b>{summary['recoverable']:,.1f}</b> {escape(say('can be saved', lang))}</span>"
    ]
    if summary["long_open"]:
        words = say(
            "{points} and {recoverable} without records open for more than {days} days",
            lang,
            points=f"{summary['points_without']:,.1f}",
            recoverable=f"{summary['recoverable_without']:,.1f}",
            days=f"{HELD_DAYS:.0f}",
        )
        parts.append(f'<span class="m">{escape(words)}</span>')
    return "".join(parts)


def _card_words(found: Losses, lang: str) -> str:
    return say("example scorecard", lang) if found.scorecard.example else found.scorecard.name(lang)


def _choose_part(lang: str) -> str:
    words = {
        "area": say("Area", lang),
        "ledger": say("Ledger", lang),
        "scorecard": say("Scorecard", lang),
        "inspection": say("Mock inspection", lang),
    }
    return choose_one(f"loss-part-{lang}", say("Part", lang), PARTS, PARTS[0], words.__getitem__)
