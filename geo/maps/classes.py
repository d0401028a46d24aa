"""A table becomes classes of cells, each with its colour and its word."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from geo.maps.changes import GLYPHS, group_of, is_cold, label_words
from geo.maps.labels import class_name
from geo.maps.palette import COUNT_BREAKS, RATIO_BREAKS, Fill, Palette
from geo.stats.emerging import NO_PATTERN, PATTERNS
from geo.words import say

OVER_BASE_MAP = 0.75  # less, and the colours of the map could be taken for ours
VIEWS = ("hot", "count", "ratio", "change")
INVISIBLE = {"label": "", "fill": None, "hidden": True}
"""The style of a cell that an area filter leaves out."""
HIGH_FROM = 2.5  # pixels from centre to corner from which the outline of what is high, not proven is drawn

Classes = tuple[NDArray[np.uint8], list[dict[str, Any]]]


def classify(
    table: gpd.GeoDataFrame,
    view: str,
    palette: Palette,
    lang: str,
    *,
    over_base_map: bool = False,
    high: bool = False,
    quiet: bool = False,
) -> Classes:
    """Return one class per row of `table`, and how each class is drawn and called: later classes lie on top.

    Over a base map only what is found is drawn, and lets the map shine through. `high`: what is high, not proven gets
    an outline in the view `hot`; the table has a column `high` then. `quiet`: cold labels get their colour in the view
    `change`, which needs the columns of `with_changes`.
    """
    if view == "hot":
        return _by_finding(table, palette, lang, over_base_map, high)
    if view == "change":
        return _by_change(table, palette, lang, over_base_map, quiet)
    if view == "count":
        classes = np.digitize(table["incidents"].to_numpy(float), COUNT_BREAKS)
        empty, word, colours = say("No incident", lang), say("Incidents", lang), palette.count
    else:
        judged = table["enough"].to_numpy(bool)  # what is hot had enough
        ratio = table["ratio"].fillna(0).to_numpy(float)
        classes = np.where(judged, 1 + np.digitize(ratio, RATIO_BREAKS), 0)
        empty, word, colours = say("Too few reports", lang), say("Ratio to expected", lang), palette.ratio
    steps = [style_of(Fill(colour, palette.step_opacity), word) for colour in colours]
    return classes.astype(np.uint8), [style_of(palette.few, empty), *steps]


def _by_finding(table: gpd.GeoDataFrame, palette: Palette, lang: str, over_base_map: bool, high: bool) -> Classes:
    core, hot, enough = (table[name].to_numpy(bool) for name in ("core", "hot", "enough"))
    classes = np.select([core, hot, enough], [3, 2, 1], 0)
    flags = (
        (palette.few, (False, False, False)),
        (palette.expected, (False, False, True)),
        (palette.hot, (False, True, True)),
        (palette.core, (True, True, True)),
    )
    styles = [style_of(fill, class_name(*flag, lang)) for fill, flag in flags]
    if over_base_map:
        styles = [INVISIBLE, INVISIBLE, *(style | {"opacity": OVER_BASE_MAP} for style in styles[2:])]
    if high:
        classes = np.where(table["high"].to_numpy(bool), len(styles), classes)
        styles.append(style_of(palette.high, say("High, not proven", lang)) | {"from": HIGH_FROM})
    return classes.astype(np.uint8), styles


def _by_change(table: gpd.GeoDataFrame, palette: Palette, lang: str, over_base_map: bool, quiet: bool) -> Classes:
    """Return too few reports, then every pattern: those that are no finding first, new places on top."""
    order = ("", "past", "coming back", "chronic", "new")
    patterns = sorted(PATTERNS, key=lambda pattern: (not is_cold(pattern[0]), order.index(group_of(*pattern))))
    position = {pattern: at for at, pattern in enumerate(patterns, start=1)}
    told = zip(table["label"], table["planner_label"], strict=True)
    classes = np.array([position[pattern] for pattern in told], np.intp)
    unjudged = (table["label"] == NO_PATTERN).to_numpy() & ~table["enough"].to_numpy(bool)
    styles = [style_of(palette.few, say("Too few reports", lang))]
    for label, word in patterns:
        group = group_of(label, word)
        found = group and (quiet or not is_cold(label))
        if over_base_map and not found:
            styles.append(INVISIBLE)
            continue
        fill = label_fill(label, word, palette, quiet=quiet)
        style = style_of(fill, label_words(label, word, lang), GLYPHS[group] if found else "")
        styles.append(style | ({"opacity": OVER_BASE_MAP} if over_base_map else {}))
    if over_base_map:
        styles[0] = INVISIBLE
    return np.where(unjudged, 0, classes).astype(np.uint8), styles


def label_fill(label: str, word: str, palette: Palette, *, quiet: bool = True) -> Fill:
    """Return how cells of a label and a planner's word are drawn; `quiet`: whether cold ones have their colour."""
    group = group_of(label, word)
    if not group:
        return palette.expected if label == NO_PATTERN else palette.few
    if is_cold(label):
        return palette.quiet if quiet else palette.expected
    return group_fill(group, palette)


def group_fill(group: str, palette: Palette) -> Fill:
    """Return how cells of a planner's group are drawn."""
    fills = (palette.new, palette.coming_back, palette.chronic, palette.past)
    return dict(zip(GLYPHS, fills, strict=True))[group]


def spread(classes: NDArray[np.uint8], at: NDArray[np.intp], cells: int) -> NDArray[np.uint8]:
    """Return one class per drawn cell: 0, invisible, where an area filter leaves it out; the others one up.

    `at` is the position among the drawn cells of each entry of `classes`.

    >>> spread(np.array([3, 0], np.uint8), np.array([2, 0]), 4)
    array([1, 0, 4, 0], dtype=uint8)
    """
    drawn = np.zeros(cells, np.uint8)
    drawn[at] = classes + 1
    return drawn


def ink_on(fill: str) -> str:
    """Return black or white, whichever stands out better from a colour (relative luminance, WCAG 2.2).

    >>> ink_on("#5B1230"), ink_on("#FFB454")
    ('#FFFFFF', '#000000')
    """
    parts = [int(fill[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return "#FFFFFF" if 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.179 else "#000000"


def style_of(fill: Fill, label: str, glyph: str = "") -> dict[str, Any]:
    """Return how a class is drawn and called: `label`, `fill`, `opacity`, `stroke`, `weight`, `glyph` and its `ink`."""
    style = {"label": label, "fill": fill.fill, "opacity": fill.opacity, "stroke": fill.stroke, "weight": fill.weight}
    return style | ({"glyph": glyph, "ink": ink_on(fill.fill)} if glyph and fill.fill else {})
