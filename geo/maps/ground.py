"""What stands under and over the hexagons: land, areas, names, rank numbers, legend. Drawn by assets/ground.js."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import folium
import geopandas as gpd
import numpy as np
import shapely
from folium.elements import JSCSSMixin
from folium.map import Layer
from folium.template import Template
from shapely.geometry.base import BaseGeometry

from geo.maps.palette import Palette

STEPS_PER_DEGREE = 100_000  # about a metre
DETAIL_DEGREES = 3e-5  # outlines are simplified by about three metres
LANDS = {"en": "en", "zh": "zh-CN"}


class CityGround(JSCSSMixin, folium.MacroElement):
    """The constant part of a city's map: sent with the map's own script, so that no rerun mounts it again."""

    _template = Template("""
        {% macro script(this, kwargs) %}
        L.hexBase({{ this._parent.get_name() }}, {{ this.city|tojson }});
        {% endmacro %}
    """)

    def __init__(self, city: Mapping[str, Any]) -> None:
        super().__init__()
        self._name = "CityGround"
        self.city = city


class Furniture(JSCSSMixin, Layer):
    """The part that changes: theme, language, legend, shown kinds, rank numbers, and where to fly."""

    _template = Template("""
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = L.hexFurniture({{ this.furniture|tojson }}).addTo({{ this._parent.get_name() }});
        {% endmacro %}
    """)

    def __init__(
        self,
        palette: Palette,
        lang: str,
        *,
        legend: str,
        shown: Sequence[str],
        ranks: Sequence[Mapping[str, Any]],
        flagged: Sequence[tuple[float, float]],
        cell_radius: float,
        fly: Mapping[str, Any] | None = None,
    ) -> None:
        """`ranks`: text, at (lat, lon), selected. `flagged`: lat, lon. `cell_radius`: in Mercator worlds."""
        super().__init__(overlay=True)
        self._name = "Furniture"
        self.furniture = {
            "colours": {name: value for name, value in asdict(palette).items() if isinstance(value, str)},
            "lang": LANDS[lang],
            "legend": legend,
            "shown": list(shown),
            "ranks": list(ranks),
            "flagged": [[round(lat, 5), round(lon, 5)] for lat, lon in flagged],
            "cellRadius": cell_radius,
            "fly": fly,
        }


def read_water(path: str | Path) -> list[BaseGeometry]:
    """Return the shapes of a file of rivers and lakes. EPSG:4326."""
    return list(gpd.read_file(path).to_crs("EPSG:4326").geometry)


def city_shapes(
    areas: gpd.GeoDataFrame, boundary: BaseGeometry, *, water: Iterable[BaseGeometry] = ()
) -> dict[str, Any]:
    """Return the areas by kind, water and the study area in the compact form that ground.js unpacks. EPSG:4326."""
    kinds: dict[str, list[dict[str, Any]]] = {}
    drawn = gpd.GeoDataFrame(areas[["kind", "name", "geometry"]].copy(), crs=areas.crs)
    drawn["geometry"] = shapely.simplify(drawn.geometry.to_numpy(), DETAIL_DEGREES)
    for kind, name, shape in drawn.itertuples(index=False):
        if shape is None or shape.is_empty:
            continue
        at = shape.representative_point()
        label = name.removesuffix("社区") if kind == "community" and isinstance(name, str) else name
        kinds.setdefault(kind, []).append({"name": label or "", "at": _steps([(at.x, at.y)]), "rings": rings(shape)})
    west, south, east, north = boundary.bounds
    return {
        "kinds": kinds,
        "water": [ring for shape in water for ring in rings(shapely.simplify(shape, DETAIL_DEGREES))],
        "land": rings(shapely.simplify(boundary, DETAIL_DEGREES)),
        "extent": _steps([(west, south), (east, north)]),
    }


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


def base_map(city: Mapping[str, Any]) -> folium.Map:
    """Return the constant map of a city: no tiles, no foreign host, zoom in fine steps so that a district fits."""
    view = folium.Map(
        tiles=None,
        prefer_canvas=True,
        zoom_start=11,
        location=_middle(city["extent"]),
        attributionControl=False,
        zoom_snap=0.1,
        zoom_delta=0.5,
        wheel_px_per_zoom_level=120,
    )
    CityGround(city).add_to(view)
    return view


def _middle(extent: Sequence[int]) -> tuple[float, float]:
    west, south, wide, high = extent
    return (south + high / 2) / STEPS_PER_DEGREE, (west + wide / 2) / STEPS_PER_DEGREE
