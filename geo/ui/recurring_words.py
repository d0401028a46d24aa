"""What the lists of what keeps coming back are called on the screen, and how their places, states and days are said."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from geo.maps.list_classes import SHADES
from geo.stats.alarms import LEAST_YEARS, MONTH_DAYS, MOST_YEARS, YEAR_DAYS
from geo.words import numbers, say


def list_name(listed: str, lang: str) -> str:
    """Return the word for a list.

    >>> list_name("relapses", "zh"), list_name("blind_spots", "en")
    ('回潮反弹', 'Blind spots')
    """
    return {
        "relapses": say("Relapses", lang),
        "clusters": say("Clusters", lang),
        "alarms": say("Alarms", lang),
        "blind_spots": say("Blind spots", lang),
    }[listed]


def list_question(listed: str, lang: str) -> str:
    """Return what a list answers."""
    return {
        "relapses": say("Where closed problems come back", lang),
        "clusters": say("What became of each cluster of hot spots", lang),
        "alarms": say("What has risen suddenly, and where", lang),
        "blind_spots": say("Where residents report and patrols find little", lang),
    }[listed]


def text(value: Any) -> str:
    """Return a value as text, nothing for none."""
    return "" if value is None or pd.isna(value) else str(value)


def place_words(row: pd.Series, listed: str, lang: str) -> str:
    """Return what a row's place is called: its own name, else the areas it lies in.

    >>> place_words(pd.Series({"place": "8c40e02ee1423ff", "market": None, "community": "Hill;Dale"}), "relapses", "en")
    'A point in Hill'
    """
    if listed == "clusters":
        names = text(row["areas"]).split(";")
        return names[0] or text(row["cluster_id"])
    if listed == "blind_spots":
        return text(row["name"])
    own = text(row["place"])
    if own and not re.fullmatch(r"[0-9a-f]{15}", own):
        return own
    if address := text(row.get("address")):
        return address
    areas = (text(row.get(kind)).split(";")[0] for kind in ("construction_site", "market", "community"))
    area = next((name for name in areas if name), "")
    return say("A point in {area}", lang, area=area) if area else say("A point without an address", lang)


def state_words(row: pd.Series, listed: str, lang: str) -> tuple[str, str, str]:
    """Return the name of the colour, the glyph and the word for what a row is.

    >>> state_words(pd.Series({"state": "reborn"}), "clusters", "en")
    ('coming_back', '↻', 'Reborn')
    >>> state_words(pd.Series({"blind": False, "never": False}), "blind_spots", "en")[1:]
    ('', 'Not a blind spot')
    """
    shades = SHADES[listed]
    found = next((s for s in shades if s.where and all(row[name] == value for name, value in s.where.items())), None)
    shade = found or next(s for s in shades if not s.where)
    return shade.fill, shade.glyph, shade.label.sentence(lang)


def once_in(days: float, lang: str) -> str:
    """Say how long one waits for an alarm as rare as this by chance, in short.

    >>> once_in(730, "en"), once_in(200, "en"), once_in(12, "zh"), once_in(1e9, "en")
    ('2 years', '7 months', '12天', '> 100 years')
    """
    years = days / YEAR_DAYS
    if years > MOST_YEARS:
        return say("> {years} years", lang, years=MOST_YEARS)
    if years >= LEAST_YEARS:
        return say("{years} years", lang, years=numbers.ratio(years))
    if days >= 2 * MONTH_DAYS:
        return say("{months} months", lang, months=round(days / MONTH_DAYS))
    return say("{days} days", lang, days=round(days))
