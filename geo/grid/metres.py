"""Degrees to metres and back, around the middle of what is asked about."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import shapely
from pyproj import Transformer

Array = np.ndarray[Any, Any]


def middle_of(geometries: Array) -> tuple[float, float]:
    """Return (lat, lon) of the middle of the geometries; (0, 0) where there are none. One stray does not move it.

    >>> middle_of(np.array([shapely.Point(8, 47), shapely.Point(9, 48), shapely.Point(-71, 42)]))
    (47.0, 8.0)
    """
    bounds = shapely.bounds(geometries)
    bounds = bounds[np.isfinite(bounds).all(axis=1)]
    if bounds.size == 0:
        return 0.0, 0.0
    west, south, east, north = np.median(bounds, axis=0)
    return float(south + north) / 2, float(west + east) / 2


def to_metres(geometries: Array, middle: tuple[float, float]) -> Array:
    """Project geometries (EPSG:4326) to metres east and north of `middle`, equal-area; true to 0.1 % within 500 km.

    >>> shapely.area(to_metres(shapely.box(8, 47, 8.001, 47.001), (47.0, 8.0))).round()
    np.float64(8455.0)
    """
    return shapely.transform(geometries, _projection(middle).transform, interleaved=False)


def to_degrees(geometries: Array, middle: tuple[float, float]) -> Array:
    """Undo `to_metres`.

    >>> shapely.Point(8, 47) == shapely.set_precision(to_degrees(shapely.Point(0, 0), (47.0, 8.0)), 1e-9)
    True
    """
    back = _projection(middle)
    return shapely.transform(geometries, lambda x, y: back.transform(x, y, direction="INVERSE"), interleaved=False)


@lru_cache(maxsize=32)
def _projection(middle: tuple[float, float]) -> Transformer:
    lat, lon = middle
    return Transformer.from_crs("EPSG:4326", f"+proj=laea +lat_0={lat!r} +lon_0={lon!r} +ellps=WGS84", always_xy=True)
