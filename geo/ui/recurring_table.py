"""The lists of what keeps coming back as tables: one row per place, cluster, alarm or area, in their order."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from geo.intake import addresses
from geo.maps.labels import category_name, kind_name
from geo.maps.list_scene import items
from geo.tables import ALL_CATEGORIES
from geo.ui.cache import NEW_DAYS
from geo.ui.listing import pick_row
from geo.ui.recurring_words import once_in, place_words, state_words
from geo.words import say


def recurring_table(table: pd.DataFrame, listed: str, selected: str, name: str, lang: str) -> str | None:
    """Draw the list, mark the `selected` item, and return the one that was clicked just now."""
    named = items(table, listed)
    rows = {item: at for at, item in reversed(list(enumerate(named)))}
    columns = {"relapses": _relapses, "clusters": _clusters, "alarms": _alarms, "blind_spots": _blind_spots}[listed]
    config = {"rank": _number(say("#", lang), 34), **columns(lang)}
    said = rows_said(table, listed, lang)
    return pick_row(said, named, selected, rows.get, config, key="recurring", name=name)


def rows_said(table: pd.DataFrame, listed: str, lang: str) -> pd.DataFrame:
    """Return what is listed, in the words of the screen."""
    rows = [row for _, row in table.iterrows()]
    told: dict[str, Any] = {
        "rank": range(1, len(rows) + 1),
        "place": [addresses.short(place_words(row, listed, lang)) for row in rows],
    }
    if listed == "relapses":
        told |= {
            "category": [category_name(code, lang) for code in table["category"]],
            **{name: table[name].array for name in ("closures", "relapses", "recent", "expected", "ratio")},
            "confirmed": ["✓" if confirmed else "" for confirmed in table["confirmed"]],
            "last": [_day(day) for day in table["last_reported"]],
        }
    elif listed == "clusters":
        told |= {
            "state": [" ".join(state_words(row, listed, lang)[1:]) for row in rows],
            "since": [_day(day) for day in table["first_seen"]],
            "hot": [f"{hot} / {steps}" for hot, steps in zip(table["hot_steps"], table["steps"], strict=True)],
            **{name: table[name].array for name in ("incidents", "expected", "ratio")},
            "mostly": [category_name(code, lang) for code in table["top_category"]],
        }
    elif listed == "alarms":
        told |= {
            "state": [_news(row, lang) for row in rows],
            "category": [alarm_category(code, lang) for code in table["category"]],
            **{name: table[name].array for name in ("incidents", "expected", "ratio")},
            "once_in": [once_in(days, lang) for days in table["recurrence_days"]],
        }
    else:
        told |= {
            "kind": [kind_name(kind, lang) for kind in table["kind"]],
            "state": [_finding(row, lang) for row in rows],
            **{name: table[name].array for name in ("resident", "patrol", "expected", "days_since")},
        }
    return pd.DataFrame(told)


def _finding(row: pd.Series, lang: str) -> str:
    """Return what was found of an area, in short."""
    if row["blind"]:
        return f"■ {say('Blind spot', lang)}"
    if not row["incidents"]:
        return say("No reports", lang)
    if row["never"]:
        return f"○ {say('No patrol report', lang)}"
    return say("Too few to tell", lang) if pd.isna(row["p_value"]) else say("Not a blind spot", lang)


def _news(row: pd.Series, lang: str) -> str:
    """Return what an alarm is since the look before, in short."""
    if not row["signal"]:
        return say("Weaker", lang)
    return f"▲ {say('New', lang)}" if row["state"] == "new" else f"■ {say('Continuing', lang)}"


def alarm_category(code: str, lang: str) -> str:
    """Return the name of the category of an alarm.

    >>> alarm_category("all", "en")
    'All together'
    """
    return say("All together", lang) if code == ALL_CATEGORIES else category_name(code, lang)


def _day(day: Any) -> str:
    return "" if pd.isna(day) else f"{day:%Y-%m-%d}"


def _number(label: str, width: int, pattern: str = "%d", tip: str | None = None) -> Any:
    return st.column_config.NumberColumn(label, width=width, format=pattern, help=tip)


def _text(label: str, width: int, tip: str | None = None) -> Any:
    return st.column_config.TextColumn(label, width=width, help=tip)


def _relapses(lang: str) -> dict[str, Any]:
    return {
        "place": _text(say("Place", lang), 140),
        "category": _text(say("Category", lang), 100),
        "closures": _number(
            say("Closed", lang), 52, "localized", say("Closings after which a return was watched for.", lang)
        ),
        "relapses": _number(
            say("Came back", lang), 74, "localized", say("Followed by the next report within 30 days.", lang)
        ),
        "recent": _number(say("Recent", lang), 54, "localized", say("Of these, in the window.", lang)),
        "expected": _number(
            say("Expected", lang), 64, "%.2f", say("From how often the place has such problems anyway.", lang)
        ),
        "ratio": _number(say("Ratio", lang), 44, "%.1f"),
        "confirmed": _text(
            "✓", 26, say("Confirmed: beyond chance after all places were tested. Rare; the order is what helps.", lang)
        ),
        "last": _text(say("Last report", lang), 84),
    }


def _clusters(lang: str) -> dict[str, Any]:
    seen = say("With its neighbours, in the last period in which it was seen.", lang)
    return {
        "place": _text(say("Place", lang), 140),
        "state": _text(say("State", lang), 92, say("In the last period.", lang)),
        "since": _text(say("Since", lang), 84),
        "hot": _text(say("Hot", lang), 56, say("Periods in which it was seen, of those shown.", lang)),
        "incidents": _number(say("Incidents", lang), 66, "localized", seen),
        "expected": _number(say("Expected", lang), 66, "%.1f", seen),
        "ratio": _number(say("Ratio", lang), 46, "%.1f", seen),
        "mostly": _text(say("Mostly", lang), 92),
    }


def _alarms(lang: str) -> dict[str, Any]:
    return {
        "place": _text(say("Place", lang), 156),
        "state": _text(
            say("State", lang),
            98,
            say("New in the last {days} days, or there already in the look of that day.", lang, days=NEW_DAYS),
        ),
        "category": _text(say("Category", lang), 110),
        "incidents": _number(say("Incidents", lang), 68, "localized"),
        "expected": _number(say("Expected", lang), 66, "%.1f"),
        "ratio": _number(say("Ratio", lang), 50, "%.1f"),
        "once_in": _text(
            say("Once in", lang), 80, say("How long of daily looks chance takes to give one so strong.", lang)
        ),
    }


def _blind_spots(lang: str) -> dict[str, Any]:
    return {
        "place": _text(say("Area", lang), 140),
        "kind": _text(say("Kind", lang), 92),
        "state": _text(say("Finding", lang), 122),
        "resident": _number(say("Residents", lang), 70, "localized", say("Incidents reported by residents.", lang)),
        "patrol": _number(
            say("Patrols", lang), 56, "localized", say("Incidents found by patrols or inspections.", lang)
        ),
        "expected": _number(say("Expected", lang), 66, "%.1f", say("Patrol finds as in all areas of its kind.", lang)),
        "days_since": _number(
            say("Days since", lang), 72, "localized", say("Days since the last report by a patrol or inspection.", lang)
        ),
    }
