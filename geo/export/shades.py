"""Kinds of list whose classes are the shades of the map: the same table draws the screen and styles the files."""

from __future__ import annotations

import math
from typing import Any

from geo.export.kind import Kind
from geo.maps.list_classes import SHADES, Held, Shade, classify_list
from geo.maps.palette import PALETTES
from geo.words import Note

POINT = ("lat", "lon")
HEADER_SENTENCES = {
    "incidents": "Incidents",
    "resident": "Reported by residents",
    "patrol": "Found by patrols",
}


def by_shade(layer: str, heading: Note, mark: str, *, strength: str = "", **more: Any) -> Kind:
    """Return the kind of list whose classes are those of the map. `strength`: the order of the classes unless given."""
    shades = SHADES[layer]
    filters = tuple(filter_of(shade) for shade in shades)
    ordered = " ".join(f"WHEN {which} THEN {at}" for at, which in enumerate(filters) if at)
    return Kind(
        layer=layer,
        heading=heading,
        mark=mark,
        drawn=lambda table, lang: classify_list(table, shades, PALETTES["light"], lang),
        names=tuple(shade.name for shade in shades),
        filters=filters,
        strength=strength or f"CASE {ordered} ELSE 0 END",
        headers=HEADER_SENTENCES | more.pop("headers", {}),
        **more,
    )


def filter_of(shade: Shade) -> str:
    """Return the expression of QGIS for a class.

    >>> print(filter_of(SHADES["alarms"][2]))
    "signal" AND "state" = 'new'
    >>> print(filter_of(SHADES["blind_spots"][1]))
    NOT "blind" AND "never"
    >>> print(filter_of(SHADES["performance"][2]))
    "on_time_share" >= 0.7 AND "on_time_share" < 0.9
    """
    return " AND ".join(_condition(name, value) for name, value in shade.where.items()) or "ELSE"


def _condition(column: str, value: Held) -> str:
    if isinstance(value, str):
        return f"\"{column}\" = '{value}'"
    if isinstance(value, tuple):
        least, below = value
        return f'"{column}" >= {least:g}' + (f' AND "{column}" < {below:g}' if math.isfinite(below) else "")
    return f'"{column}"' if value else f'NOT "{column}"'
