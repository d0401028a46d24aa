"""A table becomes classes of cells, each with its colour and its word."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from geo.maps.labels import class_name
from geo.maps.palette import COUNT_BREAKS, RATIO_BREAKS, Fill, Palette
from geo.words import say

OVER_BASE_MAP = 0.75  # less, and the colours of the map could be taken for ours
VIEWS = ("hot", "count", "ratio")
INVISIBLE = {"label": "", "fill": None, "hidden": True}
"""The style of a cell that an area filter leaves out."""


def classify(
    table: gpd.GeoDataFrame, view: str, palette: Palette, lang: str, *, over_base_map: bool = False
) -> tuple[NDArray[np.uint8], list[dict[str, Any]]]:
    """Return one class per row of `table`, and how each class is drawn and called: later classes lie on top.

    Over a base map only what is hot is drawn, and lets the map shine through.
    """
    hollow = palette.few
    if view == "hot":
        core, hot, enough = (table[name].to_numpy(bool) for name in ("core", "hot", "enough"))
        classes = np.select([core, hot, enough], [3, 2, 1], 0)
        flags = (
            (hollow, (False, False, False)),
            (palette.expected, (False, False, True)),
            (palette.hot, (False, True, True)),
            (palette.core, (True, True, True)),
        )
        styles = [_style(fill, class_name(*flag, lang)) for fill, flag in flags]
        if over_base_map:
            styles = [INVISIBLE, INVISIBLE, *(style | {"opacity": OVER_BASE_MAP} for style in styles[2:])]
        return classes.astype(np.uint8), styles
    if view == "count":
        classes = np.digitize(table["incidents"].to_numpy(float), COUNT_BREAKS)
        empty, word, colours = say("No incident", lang), say("Incidents", lang), palette.count
    else:
        judged = table["enough"].to_numpy(bool)  # what is hot had enough
        ratio = table["ratio"].fillna(0).to_numpy(float)
        classes = np.where(judged, 1 + np.digitize(ratio, RATIO_BREAKS), 0)
        empty, word, colours = say("Too few reports", lang), say("Ratio to expected", lang), palette.ratio
    steps = [_style(Fill(colour, palette.step_opacity), word) for colour in colours]
    return classes.astype(np.uint8), [_style(hollow, empty), *steps]


def spread(classes: NDArray[np.uint8], at: NDArray[np.intp], cells: int) -> NDArray[np.uint8]:
    """Return one class per drawn cell: 0, invisible, where an area filter leaves it out; the others one up.

    `at` is the position among the drawn cells of each entry of `classes`.

    >>> spread(np.array([3, 0], np.uint8), np.array([2, 0]), 4)
    array([1, 0, 4, 0], dtype=uint8)
    """
    drawn = np.zeros(cells, np.uint8)
    drawn[at] = classes + 1
    return drawn


def _style(fill: Fill, label: str) -> dict[str, Any]:
    return {"label": label, "fill": fill.fill, "opacity": fill.opacity, "stroke": fill.stroke, "weight": fill.weight}
