"""The budget of a choice: teams and days, what an area costs, what must be among the chosen, and where."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from geo.tables import KINDS
from geo.ui.cache import choices
from geo.ui.desk import Desk
from geo.words import say

NEAR_M = 1_000
STREET = "street"


def choose_plan(desk: Desk, table: pd.DataFrame) -> dict[str, Any]:
    """Draw the form and return the filters that it chooses."""
    filters, lang = desk.filters, desk.lang
    columns = st.columns(2, gap="small")
    with columns[0]:
        teams = _whole("teams", say("Teams", lang), 1, 99, filters.teams)
        cost = _keep("cost", filters.cost)
        days_each = st.number_input(
            say("Team-days per area", lang), min_value=0.25, max_value=20.0, step=0.25, key=cost, format="%.2f"
        )
    with columns[1]:
        days = _whole("days", say("Days each", lang), 1, 99, filters.days)
        limit = _whole("limit", say("At most per unit", lang), 0, 999, filters.limit, help=say("0: any number.", lang))
    return {
        "teams": teams,
        "days": days,
        "cost": float(days_each),
        "limit": limit,
        **_where(desk, table),
        **_wishes(desk, table),
    }


def _where(desk: Desk, table: pd.DataFrame) -> dict[str, Any]:
    """Draw the presets: the whole city, around the chosen area, along a street or river; and return their filters."""
    filters, lang = desk.filters, desk.lang
    known_kinds = set(KINDS) - {STREET}  # a kind of the reader's own may be a river or a railway
    streets = {area: name for area, (kind, name) in choices(desk.opened).areas.items() if kind not in known_kinds}
    names = dict(zip(table["area_id"], table["name"], strict=True))
    around = names.get(filters.target, "")
    words = {"city": say("In the whole city", lang)}
    if around:
        words["near"] = say("Around {area}", lang, area=around)
    if streets:
        words["along"] = say("Along a street or river", lang)
    now = "near" if filters.near and around else "along" if filters.along in streets else "city"
    where = st.selectbox(
        say("Where", lang),
        list(words),
        key=_keep(f"near-where-{lang}-{around}", now),
        format_func=words.__getitem__,
        help=say("Choose an area in the list or on the map to look around it.", lang),
    )
    if where == "near":
        metres = _whole("near-m", say("Within so many metres", lang), 50, 50_000, filters.near or NEAR_M, step=250)
        return {"near": metres, "along": ""}
    if where == "along":
        columns = st.columns([0.6, 0.4], gap="small")
        known = filters.along if filters.along in streets else next(iter(streets))
        with columns[0]:
            street = st.selectbox(
                say("Street", lang),
                list(streets),
                key=_keep("along", known),
                format_func=streets.__getitem__,
            )
        with columns[1]:
            aside = _whole("aside", say("Metres aside", lang), 10, 5_000, filters.aside, step=50)
        return {"near": 0, "along": street, "aside": aside}
    return {"near": 0, "along": ""}


def _wishes(desk: Desk, table: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """Draw what must and must not be chosen; what is wished of areas of other kinds stays."""
    filters, lang = desk.filters, desk.lang
    known_areas = choices(desk.opened).areas
    names = {area: known_areas[area][1] for area in table["area_id"]}
    found = {}
    keys = {field: f"{field}-{desk.kind}-{lang}" for field in ("must", "never")}
    first = {"must": filters.must, "never": tuple(area for area in filters.never if area not in filters.must)}
    for field, other, label in (
        ("must", "never", say("Must be chosen", lang)),
        ("never", "must", say("Leave out", lang)),
    ):
        known = first[field]
        chosen = st.multiselect(
            label,
            list(names),
            key=_keep(keys[field], [area for area in known if area in names]),
            on_change=_take_out,
            args=(keys[field], keys[other]),
            format_func=names.__getitem__,
            placeholder=say("None", lang),
        )
        found[field] = (*(area for area in known if area not in names), *chosen)
    return found


def _take_out(key: str, other: str) -> None:
    """Take what now stands in one box out of the other: the last wish holds."""
    here = set(st.session_state[key])
    st.session_state[other] = [area for area in st.session_state.get(other, []) if area not in here]


def _whole(name: str, label: str, least: int, most: int, value: int, step: int = 1, help: str | None = None) -> int:
    return int(st.number_input(label, min_value=least, max_value=most, step=step, key=_keep(name, value), help=help))


def _keep(key: str, value: Any) -> str:
    """Give a widget its first value; later it keeps its own."""
    key = key if "-" in key else f"{key}-"  # so the widget begins anew when the reader changes the address
    st.session_state.setdefault(key, value)
    return key
