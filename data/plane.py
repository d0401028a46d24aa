"""The flat map of the city: metres east and north of its centre, and the way to WGS-84 and back."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]

CENTRE_LAT, CENTRE_LON = 30.62, 104.18
METRES_PER_LAT, METRES_PER_LON = 110_863.0, 95_880.9  # on the WGS-84 ellipsoid at the centre
DIGITS = 6  # of a degree: 0.1 m


def to_degrees(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Return (lat, lon) of metres (x, y); true to 0.1 % of a distance ten kilometres from the centre.

    >>> [float(v) for v in to_degrees(np.array(0.0), np.array(0.0))]
    [30.62, 104.18]
    """
    return CENTRE_LAT + np.asarray(y) / METRES_PER_LAT, CENTRE_LON + np.asarray(x) / METRES_PER_LON


def to_metres(lat: Floats, lon: Floats) -> tuple[Floats, Floats]:
    """Return (x, y) in metres of WGS-84 degrees."""
    return (np.asarray(lon) - CENTRE_LON) * METRES_PER_LON, (np.asarray(lat) - CENTRE_LAT) * METRES_PER_LAT


def on_globe(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return the shapes in degrees (lon, lat), rounded to `DIGITS`. Equal vertices stay equal: a tiling stays one."""
    scale, centre = np.array([METRES_PER_LON, METRES_PER_LAT]), np.array([CENTRE_LON, CENTRE_LAT])
    return shapely.transform(shapes, lambda points: np.round(points / scale + centre, DIGITS))
