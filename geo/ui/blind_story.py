"""The story of one area: what residents report there beside what patrols find, and when somebody last looked."""

from __future__ import annotations

from html import escape

import pandas as pd
import streamlit as st

from geo.maps.labels import kind_name
from geo.recurring.blind_spots import BlindSpots
from geo.ui.list_story import Told, head, title, unit_words
from geo.ui.recurring_words import text
from geo.ui.story import list_facts
from geo.words import numbers, say


def tell_blind_spot(told: Told, found: BlindSpots) -> None:
    """Draw who saw what in an area."""
    row, lang = told.row, told.lang
    head(told, [kind_name(row["kind"], lang), unit_words(row, lang)])
    st.html(seen_bars(row, found.summary["patrol_share"], lang))
    told.offer()
    list_facts(
        [
            (say("Last visit", lang), _visit(row, lang)),
            (say("In the window", lang), say("no patrol report", lang) if row["never"] else None),
            (say("By chance", lang), chance_words(row, lang)),
            (say("Contact", lang), text(row["contact"])),
        ]
    )


def seen_bars(row: pd.Series, city_share: float, lang: str) -> str:
    """Return residents' and patrols' counts as bars of one scale, the expected patrol finds marked, as HTML."""
    if not row["incidents"]:
        return f'<div class="hx">{title(say("Who saw it", lang))}<small>{escape(_nobody(lang))}</small></div>'
    most = max(1.0, float(row["resident"]), float(row["patrol"]), float(row["expected"]))
    bars = ""
    for name, count, usual in (
        (say("Residents", lang), row["resident"], None),
        (say("Patrols", lang), row["patrol"], row["expected"]),
    ):
        tick = f'<u style="left:{100 * usual / most:.1f}%"></u>' if usual is not None else ""
        bars += (
            f'<dt>{escape(name)}</dt><dd><span><b style="width:{100 * count / most:.1f}%"></b>{tick}</span>'
            f"<em>{count:,}</em></dd>"
        )
    share = row["patrol"] / max(1, row["incidents"])
    words = say(
        "Patrols found {share} here, {city} in the city; ┊ {expected} expected as in its kind of areas, category by "
        "category.",
        lang,
        share=f"{share:.0%}",
        city=f"{city_share:.0%}",
        expected=f"{row['expected']:,.1f}",
    )
    heading = title(say("Who saw it", lang))
    return f'<div class="hx">{heading}<dl class="lanes">{bars}</dl><small>{escape(words)}</small></div>'


def _nobody(lang: str) -> str:
    return say("Neither residents nor patrols reported anything here in the window.", lang)


def _visit(row: pd.Series, lang: str) -> str:
    if pd.isna(row["last_visit"]):
        return say("no patrol report in all the records", lang)
    day = numbers.day(row["last_visit"], lang)
    return say("{day}, {days} days before the last day", lang, day=day, days=f"{int(row['days_since']):,}")


def chance_words(row: pd.Series, lang: str) -> str:
    """Say how likely so few finds are where patrols differ by the margin that a blind spot must exceed.

    >>> chance_words(pd.Series({"p_value": 0.056}), "en")
    'so few or fewer, at two thirds of the expected odds: about 1 in 18'
    """
    if pd.isna(row["p_value"]):
        return say("too few to tell", lang)
    return say(
        "so few or fewer, at two thirds of the expected odds: {chance}",
        lang,
        chance=numbers.chance(row["p_value"], lang),
    )
