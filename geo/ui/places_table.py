"""The list under the map: one row per cluster, told by its strongest cell, in the order of the ranks on the map."""

from __future__ import annotations

from functools import partial
from typing import Any

import geopandas as gpd
import pandas as pd
import streamlit as st

from geo.maps.changes import group_words, trend_arrow
from geo.maps.labels import category_name
from geo.maps.places import busiest
from geo.ui.listing import pick_row
from geo.words import say


def places_table(
    places: pd.DataFrame, table: gpd.GeoDataFrame, selected: str, name: str, view: str, lang: str
) -> str | None:
    """Draw the list, mark the row of the selected cell's place, and return the cell of a row clicked just now.

    `places`: the leading cells of `table`, what became of every cell, with its `rank`; `name` is another one for
    another list.
    """
    rows = places if len(places) else busiest(table)
    return pick_row(
        _said(rows, view, lang),
        rows["cell"].tolist(),
        selected,
        partial(_row_of, rows, table),
        _period_columns(lang) if view == "change" else _window_columns(lang),
        key="places",
        name=name,
    )


def _row_of(rows: pd.DataFrame, table: pd.DataFrame, selected: str) -> int | None:
    """Return the position of the row that speaks for the selected cell, None where none does."""
    if (rows["cell"] == selected).any():
        return int((rows["cell"] == selected).argmax())
    match = rows["rank"].isin(table.loc[table["cell"] == selected, "rank"].dropna())
    return int(match.argmax()) if match.any() else None


def _said(rows: pd.DataFrame, view: str, lang: str) -> pd.DataFrame:
    """Return what is listed: in the view `change` what the periods say, else what the window says."""
    if view == "change":
        trends = zip(rows["trend_z"], rows["trend_p"], strict=True)
        counted = {
            "hot_periods": [f"{hot} / {steps}" for hot, steps in zip(rows["hot_steps"], rows["steps"], strict=True)],
            "trend": [trend_arrow(*trend) for trend in trends],
            "incidents": rows["last_incidents"].astype(int),
            "expected": rows["last_expected"],
        }
    else:
        counted = {
            "incidents": rows["ring_incidents"].astype(int),
            "expected": rows["expected"],
            "ratio": rows["ratio"],
        }
    said = pd.DataFrame(
        {
            "rank": rows["rank"],
            "place": rows["place"].fillna(""),
            "change": [group_words(group, lang) for group in rows["planner_label"]],
            **counted,
            "mostly": [category_name(code, lang) for code in rows["top_category"]],
            "unit": rows["unit"].fillna(""),
        }
    )
    empty = [name for name in ("rank", "ratio") if name in said and said[name].isna().all()]  # not a column of None
    return said.drop(columns=[*empty, *(["change"] if not said["change"].any() else [])])


def _window_columns(lang: str) -> dict[str, Any]:
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    wide = lang == "en"
    return {
        "rank": number(say("#", lang), width=34, format="%d"),
        "place": text(say("Place", lang), width=166 if wide else 170),
        "change": text(say("Change", lang), width=98 if wide else 78),
        "incidents": number(
            say("Incidents", lang),
            width=68 if wide else 56,
            format="localized",
            help=say("With the neighbouring cells, as expected and ratio.", lang),
        ),
        "expected": number(say("Expected", lang), width=66 if wide else 54, format="%.1f"),
        "ratio": number(say("Ratio", lang), width=46, format="%.1f"),
        "mostly": text(say("Mostly", lang), width=98 if wide else 110),
        "unit": text(say("Unit", lang), width=100 if wide else 128),
    }


def _period_columns(lang: str) -> dict[str, Any]:
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    wide = lang == "en"
    return {
        "rank": number(say("#", lang), width=34, format="%d"),
        "place": text(say("Place", lang), width=166 if wide else 170),
        "change": text(
            say("Change", lang),
            width=98 if wide else 78,
            help=say("What the hot periods of the place amount to.", lang),
        ),
        "hot_periods": text(
            say("Hot", lang), width=56, help=say("Periods in which the place was hot, of all that are drawn.", lang)
        ),
        "trend": text(
            say("Trend", lang),
            width=46,
            help=say("↑ rising, ↓ falling against the rest, – neither beyond chance (Mann-Kendall test).", lang),
        ),
        "incidents": number(
            say("Incidents", lang),
            width=68 if wide else 56,
            format="localized",
            help=say("In the last period, with the neighbouring cells.", lang),
        ),
        "expected": number(
            say("Expected", lang),
            width=66 if wide else 54,
            format="%.1f",
            help=say("In the last period, with the neighbouring cells.", lang),
        ),
        "mostly": text(say("Mostly", lang), width=72 if wide else 88, help=say("Over all periods.", lang)),
        "unit": text(say("Unit", lang), width=70 if wide else 94),
    }
