"""The story of one cluster: its life line among those of the others, where it lies and who answers for it."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import polars as pl
import streamlit as st

from geo.maps.labels import category_name
from geo.maps.list_scene import cells_of
from geo.recurring.clusters import Clusters
from geo.ui.life_lines import draw_lines, key_of, lines_of
from geo.ui.list_story import Told, head, title, unit_words
from geo.ui.recurring_words import text
from geo.ui.story import few_names, list_facts
from geo.words import numbers, say


def tell_cluster(told: Told, found: Clusters) -> None:
    """Draw what became of a cluster."""
    row, lang = told.row, told.lang
    mostly = category_name(row["top_category"], lang)
    head(told, [say("Mostly {category}", lang, category=mostly) if mostly else "", unit_words(row, lang)])
    from_start = {life.cluster_id for life in found.lives if life.birth == 0}
    drawn = lines_of(found.table, found.lines, row["cluster_id"], from_start)
    heading = title(say("Life lines", lang), say("number in the list; higher: more hexagons", lang))
    lines = draw_lines(drawn, found.periods, row["cluster_id"], told.palette, lang)
    st.html(f'<div class="hx">{heading}{key_of(told.palette, lang)}{lines}</div>')
    told.offer()
    _facts(row, found, lang)


def _facts(row: pd.Series, found: Clusters, lang: str) -> None:
    number = {name: at for at, name in enumerate(found.table["cluster_id"], start=1)}

    def other(name: str | None) -> str | None:
        if not isinstance(name, str) or not name:
            return None
        return say("number {number}", lang, number=number[name]) if name in number else name

    peak = say("{incidents} from {day}", lang, incidents=f"{row['peak']:,}", day=numbers.day(row["peak_start"], lang))
    list_facts(
        [
            (say("Areas", lang), few_names(text(row["areas"]), lang)),
            (say("Most at once", lang), peak),
            (say("Chronic", lang), chronic_words(found.chronic, cells_of(row), lang)),
            (say("Season, weekday", lang), season_words(found.seasonal, row["cluster_id"])),
            (say("Split from", lang), other(row["parent_id"])),
            (say("Merged into", lang), other(row["merged_into"])),
            (say("Its name", lang), row["cluster_id"]),
        ]
    )


def chronic_words(chronic: pl.DataFrame, cells: Sequence[str], lang: str) -> str:
    """Say how many of a cluster's hexagons are chronic; `chronic`: geo.stats.chronic.COLUMNS.

    >>> told = pl.DataFrame({"cell": ["a", "b", "c"], "blocks": [13] * 3, "chronic": [True, False, True]})
    >>> chronic_words(told, ["a", "b"], "en"), chronic_words(told, ["b"], "en")
    ('1 of 2 hexagons, over 13 blocks of 4 weeks', 'none of its hexagons')
    """
    own = chronic.filter(pl.col("cell").is_in(list(cells)))
    if not own.height:
        return ""
    count = int(own["chronic"].sum())
    if not count:
        return say("none of its hexagons", lang)
    return say(
        "{count} of {cells} hexagons, over {blocks} blocks of 4 weeks",
        lang,
        count=count,
        cells=own.height,
        blocks=own["blocks"][0],
    )


def season_words(seasonal: pl.DataFrame, cluster_id: str) -> str:
    """Return what season and weekdays a cluster has of its own; `seasonal`: geo.recurring.seasons.COLUMNS."""
    own = seasonal.filter(pl.col("cluster_id") == cluster_id)["words"]
    return str(own[0]) if own.len() else ""
