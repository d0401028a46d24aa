"""The ranking as a table: one row per area, what is to be put right first on top."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from geo.planning.priority import Weights
from geo.ui.agenda_words import moved_words, part_meaning, part_name, rank_words
from geo.ui.listing import pick_row
from geo.ui.recurring_words import text
from geo.words import say

TENTHS = ("score", "forecast", "expected", "excess", "trend", "hot_excess")


def ranking_table(table: pd.DataFrame, weights: Weights, selected: str, name: str, lang: str) -> str | None:
    """Draw the ranking, mark the `selected` area, and return the one that was clicked just now."""
    said, drawn = rows_said(table, lang), columns(lang, weights)
    ids = table["area_id"].tolist()
    at = {area_id: row for row, area_id in enumerate(ids)}
    return pick_row(said[list(drawn)], ids, selected, at.get, drawn, key="priorities", name=name)


def rows_said(table: pd.DataFrame, lang: str) -> pd.DataFrame:
    """Return `tables.PRIORITIES` in the words of the screen, every column that may be drawn."""
    rows = [row for _, row in table.iterrows()]
    return pd.DataFrame(
        {
            "rank": [rank_words(row) for row in rows],
            "tier": [row["tier"] if row["enough"] else "" for row in rows],
            "name": [text(row["name"]) for row in rows],
            "moved": [moved_words(row["moved"], lang) for row in rows],
            "incidents": table["incidents"].array,
            **{name: (table[name].round(1) + 0.0).array for name in TENTHS},
            **{name: table[name].array for name in ("relapses", "overdue")},
            "unit": [text(row["unit"]) for row in rows],
        }
    )


def columns(lang: str, weights: Weights) -> dict[str, Any]:
    """Return how the columns are drawn: together they fit beside the story at 1366 pixels.

    By own weights the score that the list follows takes the place of the movement, which is that of the usual order,
    and hot cells, where they count, that of what is usual.
    """
    own = weights != Weights()
    hidden = {"moved" if own else "score", "expected" if weights.hot else "hot_excess"}
    return {name: column for name, column in _every_column(lang).items() if name not in hidden}


def _every_column(lang: str) -> dict[str, Any]:
    return {
        "rank": _text(say("Rank", lang), 70, say("In brackets the ranks it may have with 90% confidence.", lang)),
        "tier": _text(
            say("Tier", lang),
            38,
            say("A: almost certainly among the first, B: probably, C: not surely; none: too few reports.", lang),
        ),
        "name": _text(say("Area", lang), 88),
        "score": _number(
            say("Score", lang),
            48,
            "%.1f",
            say("The sum of the parts, each by its weight: the list is in its order.", lang),
        ),
        "moved": _text(say("Moved", lang), 48, say("Ranks gained (▲, worse) or lost (▽) in 4 weeks.", lang)),
        "incidents": _number(say("Count", lang), 50, "localized", say("Incidents in the window.", lang)),
        "forecast": _number(say("Next", lang), 46, "%.1f", say("Incidents forecast for the next 4 weeks.", lang)),
        "expected": _number(
            say("Usual", lang), 48, "%.1f", say("Incidents of 4 weeks, were it like the others of its kind.", lang)
        ),
        "excess": _number(part_name("excess", lang), 54, "%.1f", part_meaning("excess", lang)),
        "trend": _number(part_name("trend", lang), 46, "%.1f", part_meaning("trend", lang)),
        "relapses": _number(say("Returns", lang), 54, "localized", part_meaning("relapses", lang)),
        "overdue": _number(say("Late", lang), 40, "localized", part_meaning("overdue", lang)),
        "hot_excess": _number(part_name("hot_excess", lang), 46, "%.1f", part_meaning("hot_excess", lang)),
        "unit": _text(say("Unit", lang), 92),
    }


def _number(label: str, width: int, pattern: str, tip: str) -> Any:
    return st.column_config.NumberColumn(label, width=width, format=pattern, help=tip)


def _text(label: str, width: int, tip: str | None = None) -> Any:
    return st.column_config.TextColumn(label, width=width, help=tip)
