"""Hexagons the plain way: folium's GeoJson on Leaflet's canvas, inside `feature_group_to_add`.

Coordinates are rounded to 1 m and styled by class once per feature, as the folium manual does. Each variant is one
sensible setting more or less.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import folium
import h3

from benchmarks import screen_cells as told

VARIANTS = {
    "tooltip": "`style_function`, `GeoJsonTooltip`",
    "bare": "`style_function`, no tooltip",
    "rough": "as the first, `smooth_factor=0`: no line is simplified",
    "inline": "styles in each feature's properties instead of `style_function`",
    "linked": "as the first, `embed=False`: a new file for each drawing, fetched by address",
}
SAME_CONTENT = ("tooltip", "rough", "inline", "linked")


@lru_cache(maxsize=1)
def outlines(count: int) -> list[dict[str, Any]]:
    """Return a GeoJSON polygon for every cell."""
    shapes = []
    for cell in told.cells(count):
        ring = [[round(lon, 5), round(lat, 5)] for lat, lon in h3.cell_to_boundary(cell)]
        shapes.append({"type": "Polygon", "coordinates": [[*ring, ring[0]]]})
    return shapes


def layer(count: int, version: int, numbers: int, variant: str, static: Path, address: str) -> folium.GeoJson:
    """Return the cells in this version's classes, with the counts of `numbers` in the tooltip.

    `static`, `address`: a served folder and its address, for the variant that fetches a file.
    """
    rows = zip(
        told.classes(count, version).tolist(), told.counts(count, numbers).tolist(), outlines(count), strict=True
    )
    features = [
        {
            "type": "Feature",
            "id": at,
            "properties": {"label": told.LABELS[kind], "incidents": incidents, "kind": kind},
            "geometry": shape,
        }
        for at, (kind, incidents, shape) in enumerate(rows)
    ]
    data: Any = {"type": "FeatureCollection", "features": features}
    how: dict[str, Any] = {"style_function": _style}
    if variant != "bare":
        how["tooltip"] = folium.GeoJsonTooltip(["label", "incidents"], aliases=["", "Incidents"])
    if variant == "rough":
        how["smooth_factor"] = 0
    if variant == "inline":
        del how["style_function"]
        for feature in features:
            feature["properties"]["style"] = _style(feature)  # type: ignore[index]
    if variant == "linked":
        name = f"cells-{version}-{numbers}.json"
        (static / name).write_text(json.dumps(data, separators=(",", ":")))
        data, how["embed"] = f"{address}/app/static/{name}", False
    return folium.GeoJson(data, **how)


def _style(feature: dict[str, Any]) -> dict[str, Any]:
    kind = feature["properties"]["kind"]
    return {"fillColor": told.COLOURS[kind], "fillOpacity": told.OPACITY, "stroke": False}
