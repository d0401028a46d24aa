"""How the rows of relapses, clusters, alarms and blind spots fall into classes, for the map and the files alike.

Warm is more than expected, grey no evidence, an outline high but not proven; a glyph and a word stand beside each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np

from geo.maps.classes import Classes, style_of
from geo.maps.palette import Palette
from geo.words import Note, note


@dataclass(frozen=True)
class Shade:
    """A class of rows. `fill`: the name of a colour of the palette; `where`: columns and what they hold in this class,
    nothing for the rows that no other class takes.
    """

    name: str
    label: Note
    fill: str
    glyph: str = ""
    where: Mapping[str, bool | str] = field(default_factory=dict)


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
            met = [(table[name] == value).to_numpy(bool) for name, value in shade.where.items()]
            classes[np.logical_and.reduce(met)] = at
    return classes, [style_of(getattr(palette, s.fill), s.label.sentence(lang), s.glyph) for s in shades]
