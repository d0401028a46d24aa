"""What lies near: areas within so many metres of a place or along a line, and the points that work in an area reaches.

Distances are in metres from edge to edge, on an equal-area projection around the middle of what is asked about, which
is true to 0.1 % within a city.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from geo.grid.metres import middle_of, to_metres
from geo.stats.results import Flags, Floats

Shapes = NDArray[Any]


def within(shapes: Shapes, place: shapely.Geometry, metres: float) -> Flags:
    """Say which shapes (EPSG:4326) have a part within `metres` of `place`: a point, an area, or a road or river.

    >>> areas = shapely.box([104.0, 104.02], 30.0, [104.01, 104.03], 30.01)
    >>> within(areas, shapely.Point(104.0, 30.0), 1000).tolist()
    [True, False]
    >>> within(areas, shapely.LineString([(104.015, 29.9), (104.015, 30.1)]), 500).tolist()
    [True, True]
    """
    middle = middle_of(shapes)
    return np.asarray(shapely.dwithin(to_metres(shapes, middle), to_metres(place, middle), metres), dtype=bool)


def points_reached(shapes: Shapes, lat: ArrayLike, lon: ArrayLike, metres: float) -> sparse.csr_array:
    """Return which points (degrees) lie in each shape or within `metres` of it, bool (shapes, points).

    >>> points_reached(shapely.box([104.0], 30.0, [104.01], 30.01), [30.005, 30.0101, 30.02], 104.005, 50).toarray()
    array([[ True,  True, False]])
    """
    north, east = np.broadcast_arrays(np.asarray(lat, np.float64), np.asarray(lon, np.float64))
    middle = middle_of(shapes)
    points = to_metres(shapely.points(east, north), middle)
    shape, point = shapely.STRtree(points).query(to_metres(shapes, middle), predicate="dwithin", distance=metres)
    return sparse.csr_array((np.ones(len(shape), bool), (shape, point)), shape=(len(shapes), len(points)))


def demand_points(
    lat: ArrayLike, lon: ArrayLike, weight: ArrayLike, owner: sparse.csr_array, forecast: ArrayLike
) -> Floats:
    """Return the expected incidents of every point, so that each area holds its own forecast.

    `weight` (points,): how much each point says of where incidents will be (recent ones more); `owner`: bool (areas,
    points), which areas hold it; `forecast` (areas,) incidents. An area's forecast is shared out over its points by
    weight; a point in several areas takes the mean of what they give it, a point in none what a point of its weight
    holds on average elsewhere.

    >>> owner = sparse.csr_array(np.array([[1, 1, 0], [0, 0, 0]], bool))
    >>> demand_points([0, 0, 0], [0, 0, 0], [1.0, 3.0, 2.0], owner, [8.0, 0.5]).tolist()
    [2.0, 6.0, 4.0]
    """
    each, expected = np.asarray(weight, np.float64), np.asarray(forecast, np.float64)
    inside = owner.astype(np.float64)
    held = inside @ each
    rate = np.divide(expected, held, out=np.zeros(len(expected)), where=held > 0)
    owners = inside.sum(axis=0)
    usual = expected[held > 0].sum() / held.sum() if held.sum() > 0 else 1.0
    mean = np.divide(inside.T @ rate, owners, out=np.full(len(each), float(usual)), where=owners > 0)
    return np.asarray(each * mean, dtype=np.float64)
