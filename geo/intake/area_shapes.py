"""Points, lines and polygons of an area file to polygons that can be trusted."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import shapely

from geo.grid.metres import middle_of, to_degrees, to_metres
from geo.intake.faults import Faults

Array = np.ndarray[Any, Any]

SHAPE_REJECTED_REASONS = {
    "none": "No geometry",
    "unreadable": "Geometry or position that cannot be read",
    "not_a_polygon": "A point or line where a polygon is needed",
    "no_surface": "A polygon without any surface",
}
SHAPE_WARNING_REASONS = {
    "crossing": "A border that crosses itself: repaired",
    "invalid": "An invalid polygon: repaired",
    "swapped": "Position with latitude and longitude swapped: put right",
}
GEOMETRY = "geometry"  # the column faults of shapes are listed under
_POINT, _LINES, _POLYGONS, _COLLECTION = (0, 4), (1, 2, 5), (3, 6), 7
_NOTHING = -1
_QUARTER = 16  # segments of a quarter circle: 0.2 % short of its surface


def is_polygon(shapes: Array) -> Array:
    """Say which shapes are polygons."""
    return np.isin(shapely.get_type_id(shapes), _POLYGONS)


def as_polygons(shapes: Array, radius_m: float, *, only_polygons: bool, rejected: Faults, warnings: Faults) -> Array:
    """Return polygons (EPSG:4326), None where there is none to be had; note why.

    A point becomes a circle of `radius_m` metres, a line a corridor of as much on each side. Invalid polygons are
    repaired (`shapely.make_valid`) and keep what has a surface.
    """
    types = shapely.get_type_id(shapes)
    empty = (types != _NOTHING) & shapely.is_empty(shapes)
    rejected.add(types == _NOTHING, GEOMETRY, None, SHAPE_REJECTED_REASONS["none"])
    rejected.add(empty, GEOMETRY, None, SHAPE_REJECTED_REASONS["unreadable"])
    made = np.full(shapes.size, None, object)

    surface = (is_polygon(shapes) | (types == _COLLECTION)) & ~empty
    valid = surface & shapely.is_valid(shapes)
    made[valid] = shapes[valid]
    made[surface & ~valid] = shapely.make_valid(shapes[surface & ~valid])
    made[surface] = [_surface_of(shape) for shape in made[surface]]
    flat = surface & (shapely.area(made) == 0)
    made[flat] = None
    repaired = surface & ~valid & ~flat
    reasons = pl.Series(
        [shapely.is_valid_reason(s) if r else None for s, r in zip(shapes, repaired, strict=True)], dtype=pl.String
    )
    crossing = repaired & reasons.str.contains("(?i)self-intersection").fill_null(False).to_numpy()
    rejected.add(flat, GEOMETRY, None, SHAPE_REJECTED_REASONS["no_surface"])
    warnings.add(crossing, GEOMETRY, reasons, SHAPE_WARNING_REASONS["crossing"])
    warnings.add(repaired & ~crossing, GEOMETRY, reasons, SHAPE_WARNING_REASONS["invalid"])

    thin = np.isin(types, (*_POINT, *_LINES)) & ~empty
    if only_polygons:
        rejected.add(
            thin,
            GEOMETRY,
            [s.geom_type if t else None for s, t in zip(shapes, thin, strict=True)],
            SHAPE_REJECTED_REASONS["not_a_polygon"],
        )
    elif thin.any():
        middle = middle_of(shapes[thin])
        wide = shapely.buffer(to_metres(shapes[thin], middle), radius_m, quad_segs=_QUARTER)
        made[thin] = to_degrees(wide, middle)
    return made


def line_lengths(shapes: Array) -> Array:
    """Return the length of every line in metres, NaN for other shapes.

    >>> line_lengths(np.array([shapely.LineString([(104, 30), (104, 30.01)]), shapely.Point(104, 30)])).round()
    array([1109.,   nan])
    """
    lengths = np.full(shapes.size, np.nan)
    lines = np.isin(shapely.get_type_id(shapes), _LINES) & ~shapely.is_empty(shapes)
    if lines.any():
        lengths[lines] = shapely.length(to_metres(shapes[lines], middle_of(shapes[lines])))
    return lengths


def _surface_of(shape: shapely.Geometry) -> shapely.Geometry:
    """Return the polygons of a shape without the points and lines beside them."""
    if shape.geom_type in ("Polygon", "MultiPolygon"):
        return shape
    parts = shapely.get_parts(shapely.get_parts(shape))
    polygons = parts[is_polygon(parts)]
    if polygons.size == 0:
        return shapely.Polygon()
    return polygons[0] if polygons.size == 1 else shapely.union_all(polygons)
