"""The story of one area in the ranking: why it stands there, week by week, what lies within it, what to do with it."""

from __future__ import annotations

from dataclasses import astuple, replace
from functools import partial
from html import escape
from typing import Any

import pandas as pd
import streamlit as st

from geo.agenda.priorities import Priorities
from geo.agenda.told import asked_of_ranking
from geo.maps.labels import kind_name
from geo.maps.tiers import BOARD_GLYPHS, board_name, tier_fill, tier_name
from geo.planning.forecast import FORECAST_WEEKS
from geo.planning.priority import Weights
from geo.stats.profile import area_profile
from geo.stats.sentences import window_words
from geo.ui import agenda_cache
from geo.ui.agenda_downloads import offer_list
from geo.ui.agenda_words import PARTS, moved_sentence, moved_words, part_name
from geo.ui.desk import Desk, choose_target
from geo.ui.plain import plain
from geo.ui.recurring_words import text
from geo.ui.session import current_filters, fly_to, lead_to, palette, write_url
from geo.ui.sidebar import choose
from geo.ui.story import few_names, list_facts
from geo.ui.weeks_chart import draw_weeks
from geo.ui.weights_form import weights_of
from geo.words import say

CHILDREN_TOLD = 12


def tell_area_ranked(desk: Desk, found: Priorities, row: pd.Series) -> None:
    """Draw why an area stands where it does, and what can be done with it."""
    lang = desk.lang
    _say_why(row, lang, own=found.weights != Weights())
    st.html(part_bars(row, found, lang))
    _offer(desk, found, row)
    _weeks(desk, found, row)
    _roll_up(desk, row)
    list_facts(
        [
            (say("Assisting", lang), few_names(row["assisting_units"], lang)),
            (say("Contact", lang), text(row["contact"])),
            (say("Open", lang), f"{int(row['open_reports']):,}"),
        ]
    )


def _say_why(row: pd.Series, lang: str, *, own: bool) -> None:
    """Name the area, its tier, board and movement, and say in one sentence why it stands there."""
    colours = palette()
    tier = row["tier"] if row["enough"] else ""
    tags = [(tier_fill(tier, colours).fill or colours.muted, "■" if tier else "□", tier_name(tier, lang))]
    if row["board"]:
        tags.append((colours.text, BOARD_GLYPHS[row["board"]], board_name(row["board"], lang)))
    if not own:  # the movement is that of the usual order
        tags.append((colours.muted, moved_words(row["moved"], lang).split(" ")[0], moved_sentence(row["moved"], lang)))
    marks = "".join(
        f'<span class="tag"><i style="color:{colour}">{escape(glyph)}</i>{escape(word)}</span>'
        for colour, glyph, word in tags
    )
    unit = text(row["unit"])
    about = [kind_name(row["kind"], lang), say("Unit {unit}", lang, unit=unit) if unit else ""]
    st.html(
        f'<div class="hx story"><h3>{row["rank"]}. {escape(text(row["name"]))}</h3>'
        f'<div class="m">{escape(" · ".join(filter(None, about)))}</div>{marks}'
        f'<p class="say">{escape(text(row["reason"]))}</p></div>'
    )


def part_bars(row: Any, found: Priorities, lang: str) -> str:
    """Return the parts of the score side by side as bars of one scale, each with its weight, as HTML.

    Those that come back are counted over the window and stand here as of 4 weeks, as in the score.
    """
    weights = dict(zip(PARTS, astuple(found.weights), strict=True))
    counted_in = {"relapses": FORECAST_WEEKS / found.ranking.span.weeks}
    values = {part: round(float(row[part]) * counted_in.get(part, 1.0), 1) + 0.0 for part in PARTS}  # no -0.0
    low, high = min(0.0, *values.values()), max(1.0, *values.values())
    zero = -low / (high - low)
    lines = ""
    for part, value in values.items():
        width = abs(value) / (high - low)
        left = zero if value >= 0 else zero - width
        counted = "" if weights[part] else ' class="off"'
        amount = {"relapses": f"{value:,.1f}", "overdue": f"{value:,.0f}"}.get(part, f"{value:+,.1f}")
        lines += (
            f"<dt{counted}>{escape(part_name(part, lang))} <small>×{weights[part]:g}</small></dt><dd{counted}>"
            f'<span><b style="left:{100 * left:.1f}%;right:auto;width:{100 * width:.1f}%"></b></span>'
            f"<em>{amount}</em></dd>"
        )
    title = say("What counts: incidents of 4 weeks, and what is overdue", lang)
    score = say("score {score}", lang, score=f"{float(row['score']):,.1f}")
    heading = f"<h4>{escape(title)} <small>{escape(score)}</small></h4>"
    return f'<div class="hx parts">{heading}<dl class="lanes">{lines}</dl></div>'


def _offer(desk: Desk, found: Priorities, row: pd.Series) -> None:
    """Draw the files, the way to the map, and whether it must or must not be chosen."""
    lang, filters, area_id = desk.lang, desk.filters, str(row["area_id"])
    with st.container(horizontal=True, gap="small"):
        asked = asked_of_ranking(found, lang=lang)
        offer_list(desk, found, f"priorities-{desk.kind}", asked)
        if st.button(say("Show on the map", lang)):
            write_url(replace(filters, profile=area_id))
            fly_to(area=area_id)
            lead_to("map")
    wishes = {"must": say("Must be chosen", lang), "never": say("Leave out", lang)}
    known = "must" if area_id in filters.must else "never" if area_id in filters.never else None
    key = f"wish-{area_id}-{known}"
    st.session_state.setdefault(key, known)
    st.segmented_control(
        say("In the choice", lang),
        list(wishes),
        key=key,
        format_func=wishes.__getitem__,
        on_change=partial(_wish, key, area_id),
        label_visibility="collapsed",
    )


def _wish(key: str, area_id: str) -> None:
    """Keep what is wished for an area."""
    wish, filters = st.session_state[key], current_filters()
    must = tuple(one for one in filters.must if one != area_id) + ((area_id,) if wish == "must" else ())
    never = tuple(one for one in filters.never if one != area_id) + ((area_id,) if wish == "never" else ())
    for name in [name for name in st.session_state if str(name).startswith(("must-", "never-"))]:
        del st.session_state[name]  # the lists of the choice begin anew
    write_url(replace(filters, must=must, never=never))


def _weeks(desk: Desk, found: Priorities, row: pd.Series) -> None:
    study, lang, colours = desk.opened.study, desk.lang, palette()
    profile = area_profile(
        study.cube,
        row["area_id"],
        row["kind"],
        peers=len(found.table),
        window=found.window,
        chosen=found.question.chosen,
    )
    span = window_words(profile.weekly.height, lang)
    title = say("Incidents per week in the area, {span}", lang, span=span)
    draw_weeks(profile.weekly, found.window.first, title, colours.bar, colours, lang)


def _roll_up(desk: Desk, row: pd.Series) -> None:
    """Offer the area that it belongs to, and those within it by tier: each the way to its own story."""
    study, lang = desk.opened.study, desk.lang
    kinds = agenda_cache.kinds(desk.opened)
    within = study.areas[study.areas["parent_id"] == row["area_id"]]
    for kind in [kind for kind in dict.fromkeys(within["kind"]) if kind in kinds]:
        with st.spinner(say("Ranking areas", lang)):
            ranked = agenda_cache.ranked(desk.opened, desk.question, kind, weights_of(desk.filters), lang).table
        own = ranked[ranked["parent_id"] == row["area_id"]]
        own = own.assign(tier=own["tier"].where(own["enough"].astype(bool), "□"))
        counts = " ".join(f"{tier} {int((own['tier'] == tier).sum())}" for tier in sorted({*"ABC", *own["tier"]}))
        st.html(
            f'<div class="hx"><h4>{escape(kind_name(kind, lang))} <small>{len(own):,} · {counts}</small></h4></div>'
        )
        with st.container(horizontal=True, gap="small", key=f"areas-here-{kind}"):
            for area_id, name, tier in own[["area_id", "name", "tier"]].head(CHILDREN_TOLD).itertuples(index=False):
                st.button(
                    f"{tier} {plain(name)}",
                    key=f"child-{area_id}",
                    type="tertiary",
                    on_click=_turn_to,
                    args=(kind, area_id),
                )
    parent = study.areas[study.areas["area_id"] == row["parent_id"]]
    if len(parent) and parent["kind"].iloc[0] in kinds:
        kind, name = parent["kind"].iloc[0], parent["name"].iloc[0]
        with st.container(key="areas-here-parent"):
            st.button(
                f"↑ {plain(name)} · {plain(kind_name(kind, lang))}",
                key="parent",
                type="tertiary",
                on_click=_turn_to,
                args=(kind, str(row["parent_id"])),
            )


def _turn_to(kind: str, area_id: str) -> None:
    """Read the ranking of another kind, at one of its areas."""
    choose("kind", kind)
    choose_target(area_id)
