"""The view Choice: what a budget of team-days can reach, in the order of the visits, and what each unit has to do."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import pandas as pd
import streamlit as st

from geo.agenda.choice import Choice
from geo.agenda.told import asked_of_choice, asked_of_ranking
from geo.errors import HexwardError
from geo.maps.agenda_scenes import chosen_scene, stop_words
from geo.maps.labels import kind_name
from geo.recurring import told
from geo.ui import agenda_cache, cache, empty
from geo.ui.agenda_cache import Plan
from geo.ui.agenda_downloads import offer_list
from geo.ui.agenda_words import agenda_question
from geo.ui.choice_form import choose_plan
from geo.ui.countdown_view import countdown
from geo.ui.desk import Desk
from geo.ui.filters import STEPS, Filters
from geo.ui.listing import pick_row
from geo.ui.orders_view import orders
from geo.ui.recurring_words import text
from geo.ui.session import fly_to
from geo.ui.weights_form import weights_of
from geo.ui.workplace import choose_one, headline
from geo.words import say


def choice_view(desk: Desk) -> None:
    """Draw the choice: its budget at the right, the map with the ways of the teams and their stops at the left."""
    lang = desk.lang
    if not desk.kind:
        empty.nothing_to_rank(lang)
        return
    weights = weights_of(desk.filters)
    with desk.counts, st.spinner(say("Ranking areas", lang)):
        ranked = agenda_cache.ranked(desk.opened, desk.question, desk.kind, weights, lang)
    ids = ranked.table["area_id"].tolist()
    if not ids:
        with desk.left:
            empty.nothing_left(desk.filters, lang)
        return
    desk = desk.heard(ids)
    with desk.right:
        desk = desk.with_filters(step=_choose_step(desk.filters, lang))
        story = st.container()
        if desk.filters.step == "budget":
            with st.container():
                desk = desk.with_filters(**choose_plan(desk, ranked.table))
    plan = plan_of(desk, ranked.table)
    try:
        with desk.counts, st.spinner(say("Choosing the best targets", lang)):
            choice = agenda_cache.chosen(desk.opened, desk.question, desk.kind, weights, plan, lang)
    except HexwardError as refusal:  # the form stays, and there it is put right
        with story:
            empty.cannot(refusal, lang)
        return
    table = choice.table
    desk.counts.html(f'<div class="hx strip">{_counts(choice, desk.filters, lang)}</div>')
    with desk.heading, st.container(width="stretch"):
        headline(agenda_question("choice", desk.kind, lang), told.notes(desk.opened.study, choice, lang=lang), lang)
    with desk.left:
        map_slot = st.container()
        selected = desk.filters.target
        name = f"{desk.opened.key}-{desk.kind}-{desk.question}-{desk.filters.weights}-{plan}-{lang}"
        clicked = choice_table(table, selected, name, lang)
        if clicked is not None:
            selected = clicked
            desk = desk.with_filters(target=clicked)
            fly_to(area=clicked)
        with map_slot:
            desk.draw(chosen_scene(table, desk.around(desk.kind, choice.window, selected)))
    names = {area: name for area, (_, name) in cache.choices(desk.opened).areas.items()}

    def asked(lang: str) -> dict[str, str]:
        return asked_of_ranking(ranked, lang=lang) | plan_words(plan, names, lang)

    with story:
        if desk.filters.step == "budget":
            st.html(f'<div class="hx story"><p class="say">{escape(sentence(choice, desk.kind, lang))}</p></div>')
            with st.container(horizontal=True, gap="small"):
                offer_list(desk, choice, f"choice-{desk.kind}", asked(lang))
        elif desk.filters.step == "countdown":
            countdown(desk, choice)
        else:
            orders(desk, choice, asked)


def plan_of(desk: Desk, table: pd.DataFrame) -> Plan:
    """Return the plan of the address: what it names that is not ranked here is left out."""
    filters, ids = desk.filters, set(table["area_id"])
    near = along = None
    at = table[table["area_id"] == filters.target]
    if filters.near and len(at):
        near = (float(at["lat"].iloc[0]), float(at["lon"].iloc[0]), float(filters.near))
    if filters.along in cache.choices(desk.opened).areas:
        along = (filters.along, float(filters.aside))
    return Plan(
        filters.teams,
        filters.days,
        filters.cost,
        tuple(area for area in filters.must if area in ids),
        tuple(area for area in filters.never if area in ids),
        filters.limit or None,
        near,
        along,
    )


def plan_words(plan: Plan, names: Mapping[str, str], lang: str) -> dict[str, str]:
    """Return a plan as it stands on a cover sheet, as `choose` writes it there. `names`: of areas, by area_id."""
    return asked_of_choice(
        plan.teams,
        plan.days,
        f"{plan.cost:g}",
        must=[names[area] or area for area in plan.must],
        never=[names[area] or area for area in plan.never],
        per_unit=plan.per_unit,
        near=",".join(f"{part:.10g}" for part in plan.near or ()),
        along=f"{names[plan.along[0]]},{plan.along[1]:g}" if plan.along else "",
        lang=lang,
    )


def sentence(choice: Choice, kind: str, lang: str) -> str:
    """Say what the choice holds, what one team more would add, and how good it is."""
    chosen = int(choice.table["chosen"].sum())
    if choice.found.too_long.all():
        return say(
            "One area needs {cost} team-days, more than the {days} days of a team: raise the days or lower the cost.",
            lang,
            cost=f"{choice.table['cost'].min():g}",
            days=choice.summary["days"],
        )
    parts = [
        say(
            "{chosen} of {targets} areas ({kind}) hold {share} of what is expected in the next 4 weeks.",
            lang,
            chosen=f"{chosen:,}",
            targets=f"{len(choice.table):,}",
            kind=kind_name(kind, lang),
            share=f"{choice.covered_share:.0%}",
        )
    ]
    if round(1000 * choice.next_team_share):
        points = f"{100 * choice.next_team_share:.1f}"
        parts.append(say("One team more would add {points} points.", lang, points=points))
    else:
        parts.append(say("One team more would add nothing.", lang))
    if round(1000 * choice.greedy_shortfall):
        missed = f"{choice.greedy_shortfall:.1%}"
        parts.append(say("Taking what holds most one after the other falls {missed} short.", lang, missed=missed))
    parts.append(
        say("Proven best under these rules.", lang)
        if choice.optimal
        else say("The time was too short to prove that nothing is better.", lang)
    )
    return ("" if lang == "zh" else " ").join(parts)


def _counts(choice: Choice, filters: Filters, lang: str) -> str:
    table = choice.table
    chosen = table[table["chosen"].astype(bool)]
    used, all_days = float(chosen["cost"].sum()), filters.teams * filters.days
    budget = say("{used} of {all} team-days", lang, used=f"{used:g}", all=f"{all_days:,}")
    return (
        f"<span><b>{len(chosen):,}</b> {escape(say('chosen', lang))}</span>"
        f"<span><b>{choice.covered_share:.0%}</b> {escape(say('of what is expected', lang))}</span>"
        f'<span class="m">{escape(budget)}</span>'
    )


def choice_table(table: pd.DataFrame, selected: str, name: str, lang: str) -> str | None:
    """Draw the targets in the order of their visits, and return the one that was clicked just now."""
    ids = table["area_id"].tolist()
    at = {area_id: row for row, area_id in enumerate(ids)}
    return pick_row(rows_said(table, lang), ids, selected, at.get, _columns(lang), key="choice", name=name)


def rows_said(table: pd.DataFrame, lang: str) -> pd.DataFrame:
    """Return `tables.CHOICES` in the words of the screen."""
    wishes = {"must": say("must", lang), "never": say("left out", lang)}
    rows = [row for _, row in table.iterrows()]
    return pd.DataFrame(
        {
            "stop": [
                stop_words(int(row["team"]), int(row["day"]), int(row["stop"]))
                if row["chosen"] and not pd.isna(row["team"])
                else ""
                for row in rows
            ],
            "tier": [text(row["tier"]) for row in rows],
            "name": [text(row["name"]) for row in rows],
            **{name: table[name].array for name in ("gain", "cost")},
            "walk_m": table["walk_m"].round().array,
            "wish": [wishes.get(row["wish"], "") for row in rows],
            "unit": [text(row["unit"]) for row in rows],
            "contact": [text(row["contact"]) for row in rows],
        }
    )


def _columns(lang: str) -> dict[str, Any]:
    number, words = st.column_config.NumberColumn, st.column_config.TextColumn
    return {
        "stop": words(say("Stop", lang), width=66, help=say("Team, day, and the place in the day's order.", lang)),
        "tier": words(say("Tier", lang), width=38),
        "name": words(say("Area", lang), width=120),
        "gain": number(
            say("Holds", lang), width=60, format="%.1f", help=say("Incidents expected in the next 4 weeks.", lang)
        ),
        "cost": number(say("Team-days", lang), width=72, format="%.2g", help=say("Team-days it takes.", lang)),
        "walk_m": number(
            say("Way, m", lang),
            width=66,
            format="localized",
            help=say("From the stop before, as the crow flies.", lang),
        ),
        "wish": words(say("Wish", lang), width=52),
        "unit": words(say("Unit", lang), width=106),
        "contact": words(say("Contact", lang), width=90),
    }


def _choose_step(filters: Filters, lang: str) -> str:
    words = {
        "budget": say("Budget", lang),
        "countdown": say("Countdown", lang),
        "orders": say("Work orders", lang),
    }
    return choose_one(f"step-{lang}", say("Step", lang), STEPS, filters.step, words.__getitem__)
