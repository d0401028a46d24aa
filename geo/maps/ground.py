"""What stands under the hexagons: land, water, streets, outlines of areas. Drawn by assets/ground.js."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import folium
import geopandas as gpd
import numpy as np
import shapely
from folium.elements import JSCSSMixin
from folium.template import Template
from shapely.geometry.base import BaseGeometry

from geo.maps.basemaps import BaseTiles
from geo.maps.hexcells import digest

STEPS_PER_DEGREE = 100_000  # about a metre
DETAIL_DEGREES = 3e-5  # outlines are simplified by about three metres
ZOOMS = (3, 19)


@dataclass(frozen=True)
class City:
    """The shapes of a city as the browser receives them, once: see `Channel.keep`."""

    wire: dict[str, Any]

    @cached_property
    def key(self) -> str:
        return digest(repr(self.wire))

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(self.wire["kinds"])

    @property
    def middle(self) -> tuple[float, float]:
        """The middle of the study area: lat, lon."""
        west, south, wide, high = self.wire["extent"]
        return (south + high / 2) / STEPS_PER_DEGREE, (west + wide / 2) / STEPS_PER_DEGREE


class Frame(JSCSSMixin, folium.MacroElement):
    """The constant part of a map: panes and scale. Sent with the map's own script, so that no rerun mounts it again."""

    _template = Template("""
        {% macro script(this, kwargs) %}
        L.hexFrame({{ this._parent.get_name() }});
        {% endmacro %}
    """)

    def __init__(self) -> None:
        super().__init__()
        self._name = "Frame"


def base_map(city: City, tiles: BaseTiles | None = None) -> folium.Map:
    """Return the constant map of a city: no tiles, no foreign host, zoom in fine steps so that a district fits."""
    view = folium.Map(
        tiles=None,
        prefer_canvas=True,
        zoom_start=11,
        min_zoom=ZOOMS[0],
        max_zoom=ZOOMS[1],
        location=city.middle,
        attributionControl=False,
        zoom_snap=0.1,
        zoom_delta=0.5,
        wheel_px_per_zoom_level=120,
    )
    Frame().add_to(view)
    if tiles:
        tiles.add_to(view)
    return view


def read_water(path: str | Path) -> list[BaseGeometry]:
    """Return the shapes of a file of rivers and lakes. EPSG:4326."""
    return list(gpd.read_file(path).to_crs("EPSG:4326").geometry)


def city_shapes(areas: gpd.GeoDataFrame, boundary: BaseGeometry, *, water: Iterable[BaseGeometry] = ()) -> City:
    """Return the areas by kind, water and the study area in the compact form that ground.js unpacks. EPSG:4326."""
    kinds: dict[str, list[dict[str, Any]]] = {}
    drawn = gpd.GeoDataFrame(areas[["area_id", "kind", "name", "geometry"]].copy(), crs=areas.crs)
    drawn["geometry"] = shapely.simplify(drawn.geometry.to_numpy(), DETAIL_DEGREES)
    for area_id, kind, name, shape in drawn.itertuples(index=False):
        if shape is None or shape.is_empty:
            continue
        at = shape.representative_point()
        label = name.removesuffix("社区") if kind == "community" and isinstance(name, str) else name
        area = {"id": area_id, "name": label or "", "at": _steps([(at.x, at.y)]), "rings": rings(shape)}
        kinds.setdefault(kind, []).append(area)
    west, south, east, north = boundary.bounds
    return City(
        {
            "kinds": kinds,
            "water": [ring for shape in water for ring in rings(shapely.simplify(shape, DETAIL_DEGREES))],
            "land": rings(shapely.simplify(boundary, DETAIL_DEGREES)),
            "extent": _steps([(west, south), (east, north)]),
        }
    )


def rings(shape: BaseGeometry) -> list[list[int]]:
    """Return the rings of a polygon, outer ones counter-clockwise, each as whole steps from point to point.

    >>> rings(shapely.box(0, 0, 0.00002, 0.00001))
    [[2, 0, 0, 1, -2, 0, 0, -1]]
    >>> rings(shapely.Polygon())
    []
    """
    out = []
    for part in shapely.get_parts(shape):
        if part.geom_type != "Polygon" or part.is_empty:
            continue
        turned = shapely.geometry.polygon.orient(part)
        out += [_steps(ring.coords[:-1]) for ring in (turned.exterior, *turned.interiors)]
    return out


def _steps(points: Sequence[tuple[float, ...]]) -> list[int]:
    whole = np.rint(np.array(points, float)[:, :2] * STEPS_PER_DEGREE).astype(int)
    return np.diff(whole, axis=0, prepend=[[0, 0]]).ravel().tolist()
