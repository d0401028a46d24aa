"""How the rows of the lists (what keeps coming back, what is put first) fall into classes, for map and files alike.

Warm is more than expected, grey no evidence, an outline high but not proven; a glyph and a word stand beside each.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.maps.classes import Classes, style_of
from geo.maps.palette import Palette
from geo.words import Note, note

Held = bool | str | tuple[float, float]
"""What a column holds in a class: a value, or a number from the first up, and below the second."""


@dataclass(frozen=True)
class Shade:
    """A class of rows. `fill`: the name of a colour of the palette; `where`: columns and what they hold in this class,
    nothing for the rows that no other class takes.
    """

    name: str
    label: Note
    fill: str
    glyph: str = ""
    where: Mapping[str, Held] = field(default_factory=dict)


SHADES = {
    "relapses": (
        Shade("unproven", note("Relapses, not beyond chance"), "expected"),
        Shade("confirmed", note("Confirmed relapse"), "core", "↻", {"confirmed": True}),
    ),
    "clusters": (
        Shade("ended", note("Ended"), "past", "○"),
        Shade("merged", note("Merged"), "past", "○", {"state": "merged"}),
        Shade("dormant", note("Dormant"), "past", "○", {"state": "dormant"}),
        Shade("split", note("Split"), "chronic", "■", {"state": "split"}),
        Shade("continued", note("Continued"), "chronic", "■", {"state": "continued"}),
        Shade("reborn", note("Reborn"), "coming_back", "↻", {"state": "reborn"}),
        Shade("born", note("Born"), "new", "▲", {"state": "born"}),
    ),
    "alarms": (
        Shade("weak", note("Below a signal"), "expected"),
        Shade("continuing", note("Signal, continuing"), "chronic", "■", {"signal": True, "state": "continuing"}),
        Shade("new", note("Signal, new"), "new", "▲", {"signal": True, "state": "new"}),
    ),
    "blind_spots": (
        Shade("seen", note("Not a blind spot"), "expected"),
        Shade("never", note("No patrol report in the window"), "high", "○", {"blind": False, "never": True}),
        Shade("blind", note("Blind spot"), "hot", "■", {"blind": True}),
    ),
    "priorities": (
        Shade("C", note("Tier C"), "tier_c", "C"),
        Shade("few", note("Too few reports"), "few", "", {"enough": False}),
        Shade("B", note("Tier B"), "tier_b", "B", {"tier": "B", "enough": True}),
        Shade("A", note("Tier A"), "tier_a", "A", {"tier": "A", "enough": True}),
    ),
    "performance": (
        Shade("none", note("Nothing due"), "few"),
        Shade("prompt", note("90% and more closed on time"), "expected", "✓", {"on_time_share": (0.9, math.inf)}),
        Shade("slow", note("70% to 90% closed on time"), "hot", "◐", {"on_time_share": (0.7, 0.9)}),
        Shade("late", note("Under 70% closed on time"), "core", "!", {"on_time_share": (0.0, 0.7)}),
    ),
    "losses": (
        Shade("clear", note("Nothing open today"), "expected"),
        Shade("standing", note("Problems open today"), "hot", "■", {"standing": (1, math.inf), "overdue": (0, 1)}),
        Shade("overdue", note("Overdue problems"), "core", "!", {"overdue": (1, math.inf)}),
    ),
    "choices": (
        Shade("left", note("Not chosen"), "expected"),
        Shade("never", note("Left out on request"), "few", "", {"chosen": False, "wish": "never"}),
        Shade("chosen", note("Chosen"), "chosen", "●", {"chosen": True, "wish": ""}),
        Shade("must", note("Chosen on request"), "chosen", "◆", {"chosen": True, "wish": "must"}),
    ),
}
"""The classes of each list, from below. No row belongs to two of them."""


def classify_list(table: gpd.GeoDataFrame, shades: tuple[Shade, ...], palette: Palette, lang: str) -> Classes:
    """Return one class per row of `table`, and how each class is drawn and called: later classes lie on top.

    >>> from geo.maps.palette import PALETTES
    >>> rows = gpd.GeoDataFrame({"signal": [True, False, True], "state": ["new", "new", "continuing"]})
    >>> classes, styles = classify_list(rows, SHADES["alarms"], PALETTES["light"], "en")
    >>> classes.tolist(), styles[2]["label"], styles[2]["glyph"]
    ([2, 0, 1], 'Signal, new', '▲')
    """
    classes = np.zeros(len(table), np.uint8)
    for at, shade in enumerate(shades):
        if shade.where:
            met = [_meets(table[name], value) for name, value in shade.where.items()]
            classes[np.logical_and.reduce(met)] = at
    return classes, [style_of(getattr(palette, s.fill), s.label.sentence(lang), s.glyph) for s in shades]


def _meets(column: pd.Series, value: Held) -> NDArray[np.bool_]:
    """Return which rows hold what a class asks for; a missing value is in no range."""
    if isinstance(value, tuple):
        numbers = column.to_numpy(float, na_value=np.nan)
        return (numbers >= value[0]) & (numbers < value[1])
    return (column == value).to_numpy(bool)
