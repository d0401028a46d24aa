"""What became of places over the periods: their groups for planners, glyphs, words and numbers.

Labels are Esri's, those of `geo.stats.emerging`; `word` is the planner's, as in the column `planner_label`, and names
the group. Colour and glyph show the group, the text shows the label.
"""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.stats.emerging import (
    LEAST_PERIODS,
    PLANNER_SENTENCES,
    PLANNER_WORDS,
    TREND_LEVEL,
    planner_word,
)
from geo.stats.places import number_clusters
from geo.stats.sentences import window_words
from geo.stats.timeline import HALF_MONTH
from geo.words import numbers, say

GLYPHS = {"new": "▲", "coming back": "↻", "chronic": "■", "past": "○"}
COLUMNS = ["label", "planner_label", "trend_z", "trend_p", "hot_steps", "steps", "history"]
"""What `with_changes` adds to a table of hot spots, as in `tables.EMERGING`; and what its docstring names."""


def with_changes(
    table: gpd.GeoDataFrame,
    changes: pd.DataFrame,
    latest: NDArray[np.float64],
    usual: NDArray[np.float64],
    neighbours: NDArray[np.int32],
) -> gpd.GeoDataFrame:
    """Return `table` with COLUMNS, `last_incidents`, `last_expected` and `change_rank`.

    `changes` (rows of `tables.EMERGING`), `latest` (incidents with neighbours in the last period), `usual` (what is
    expected there) and `neighbours` are of every cell of the universe, in its order. `change_rank`: the number of the
    place that a labelled cell belongs to.
    """
    rank = number_changes(changes["planner_label"].to_numpy(object), np.nan_to_num(latest - usual), neighbours)
    told = changes[COLUMNS].assign(
        last_incidents=latest,
        last_expected=usual.round(4),
        change_rank=pd.Series(rank, changes.index, "Int64").where(rank > 0),
    )
    told = told.set_index(changes["cell"]).reindex(table["cell"])
    return table.assign(**{name: told[name].array for name in told})


def number_changes(
    groups: NDArray[np.object_], excess: NDArray[np.float64], neighbours: NDArray[np.int32]
) -> NDArray[np.int64]:
    """Return the number of the place of every cell that has a group, 0 for the others.

    A place is a connected component of cells of one group. New places come first, then those coming back, chronic ones
    and past ones; within a group the one with the greatest excess in a single cell.

    >>> line = np.array([[-1, 1], [0, 2], [1, 3], [2, -1]], np.int32)
    >>> number_changes(np.array(["chronic", "chronic", "new", ""], object), np.array([9.0, 2, 1, 8]), line)
    array([2, 2, 1, 0])
    """
    number = np.zeros(len(groups), np.int64)
    for group in PLANNER_SENTENCES:
        places = number_clusters(groups == group, excess, neighbours)
        number = np.where(places > 0, places + number.max(initial=0), number)
    return number


def group_of(label: str, word: str) -> str:
    """Return the group whose glyph a place has: its own, or that of the mirror of a cold label.

    >>> group_of("consecutive hot spot", "chronic"), group_of("historical cold spot", "")
    ('chronic', 'past')
    """
    return planner_word(label.replace(" cold ", " hot ")) if is_cold(label) else word


def is_cold(label: str) -> bool:
    """Say whether a label is one of the eight cold ones.

    >>> is_cold("new cold spot"), is_cold("too short to call")
    (True, False)
    """
    return label.endswith(" cold spot")


def labels_of(group: str) -> list[str]:
    """Return the labels of a group.

    >>> labels_of("new")
    ['new hot spot', 'consecutive hot spot']
    """
    return [label for label, word in PLANNER_WORDS if word == group]


def group_words(group: str, lang: str) -> str:
    """Return the glyph and the word of a group; nothing for none.

    >>> group_words("coming back", "en"), group_words("", "zh")
    ('↻ Coming back', '')
    """
    return f"{GLYPHS[group]} {say(group, lang).capitalize()}" if group in GLYPHS else ""


def label_words(label: str, word: str, lang: str) -> str:
    """Return the group and the label by name.

    >>> label_words("persistent hot spot", "chronic", "en"), label_words("new cold spot", "", "en")
    ('■ Chronic · persistent hot spot', '▲ Quiet · new cold spot')
    """
    group = group_of(label, word)
    if not group:
        return say(label, lang).capitalize()
    said = say("Quiet", lang) if is_cold(label) else say(group, lang).capitalize()
    return f"{GLYPHS[group]} {said} · {say(label, lang)}"


def period_words(steps: int, period: str, lang: str) -> str:
    """Say how many periods there are, of what length: `NNw`, `NNd` or half-months.

    >>> period_words(13, "4w", "en"), period_words(13, "half-month", "en"), period_words(6, "10d", "en")
    ('13 periods of 4 weeks', '13 half-months', '6 periods of 10 days')
    """
    if period == HALF_MONTH:
        return say("{count} half-months", lang, count=steps)
    length = window_words(int(period[:-1]) / (1 if period.endswith("w") else 7), lang)
    return say("{count} periods of {length}", lang, count=steps, length=length)


def history_sentence(history: str, trend_z: float, trend_p: float, periods: str, lang: str) -> str:
    """Say what a label is read from: the periods (h hot, c cold, . neither; `periods` in words), and their trend.

    >>> history_sentence("hhh.hhhhhh.hh", 2.4, 0.016, "13 periods of 4 weeks", "en")
    'Hot in 11 of 13 periods of 4 weeks; rising against the rest (by chance about 1 in 62).'
    >>> history_sentence("ccc.ccc", 0.0, 1.0, "7 half-months", "en")
    'Never hot in 7 half-months, quiet in 6; no trend beyond chance.'
    >>> history_sentence(".....", math.nan, math.nan, "5 half-months", "en")
    'Never hot in 5 half-months; no trend can be told.'
    """
    hot, cold = history.count("h"), history.count("c")
    if hot:
        said = say("Hot in {hot} of {periods}", lang, hot=hot, periods=periods)
    else:
        said = say("Never hot in {periods}", lang, periods=periods)
    if cold:
        said += say(", quiet in {cold}", lang, cold=cold)
    if math.isnan(trend_p):
        return said + say("; no trend can be told.", lang)
    if trend_p > TREND_LEVEL:
        return said + say("; no trend beyond chance.", lang)
    moved = say("rising", lang) if trend_z > 0 else say("falling", lang)
    return said + say(
        "; {moved} against the rest (by chance {chance}).",
        lang,
        moved=moved,
        chance=numbers.chance(trend_p, lang),
    )


def trend_arrow(trend_z: float, trend_p: float) -> str:
    """Return how the periods move beyond chance: up, down or neither; a trend that cannot be told is neither.

    >>> [trend_arrow(*trend) for trend in ((2.4, 0.016), (-2.4, 0.016), (2.4, 0.06), (math.nan, math.nan))]
    ['↑', '↓', '–', '–']
    """
    if not trend_p <= TREND_LEVEL:
        return "–"
    return "↑" if trend_z > 0 else "↓"


def no_change(steps: int, periods: str, lang: str) -> str:
    """Say that nothing was found in so many `periods` (in words), or that they are too few to call anything.

    >>> no_change(3, "3 periods of 4 weeks", "en")
    'Too short to call: 3 periods of 4 weeks; 5 are needed.'
    >>> no_change(13, "13 half-months", "en")
    'No place shows a pattern of hot periods in 13 half-months.'
    """
    if steps < LEAST_PERIODS:
        return say("Too short to call: {periods}; {least} are needed.", lang, periods=periods, least=LEAST_PERIODS)
    return say("No place shows a pattern of hot periods in {periods}.", lang, periods=periods)
