"""Metres on the ground, against geodesics on the ellipsoid."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from geo.grid.metres import middle_of, to_degrees, to_metres

GEOD = Geod(ellps="WGS84")


@settings(max_examples=40, deadline=None)
@given(lat=st.floats(-75, 75), lon=st.floats(-179, 179), north=st.floats(-0.3, 0.3), east=st.floats(-0.3, 0.3))
def test_distances_in_a_city_are_true_to_a_thousandth(lat: float, lon: float, north: float, east: float) -> None:
    point = shapely.Point(lon + east, lat + north)
    found = to_metres(point, (lat, lon))
    _, _, metres = GEOD.inv(lon, lat, point.x, point.y)
    assert np.hypot(found.x, found.y) == pytest.approx(metres, rel=1e-3, abs=1e-3)
    back = to_degrees(found, (lat, lon))
    assert (back.x, back.y) == pytest.approx((point.x, point.y), abs=1e-7)  # a centimetre


def test_surfaces_are_true() -> None:
    square = shapely.box(104.0, 30.6, 104.1, 30.7)
    metres2, _ = GEOD.geometry_area_perimeter(square)
    assert shapely.area(to_metres(square, (30.65, 104.05))) == pytest.approx(metres2, rel=1e-5)


def test_nothing_has_a_middle_too() -> None:
    assert middle_of(np.array([], object)) == (0.0, 0.0)
    assert middle_of(np.array([None, shapely.Polygon()], object)) == (0.0, 0.0)
