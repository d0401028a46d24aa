"""What lies near, in metres on the ground."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from pyproj import Geod
from scipy import sparse

from geo.planning.reach import demand_points, points_reached, within

GEOD = Geod(ellps="WGS84")


def places(count: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    return 30.6 + 0.1 * rng.random(count), 104.1 + 0.1 * rng.random(count)


@pytest.mark.parametrize("metres", [300.0, 1_000.0, 5_000.0])
def test_within_a_kilometre_is_what_the_globe_says(metres: float) -> None:
    lat, lon = places(400)
    here = shapely.Point(104.15, 30.65)
    _, _, away = GEOD.inv(lon, lat, np.full(400, here.x), np.full(400, here.y))
    clear = np.abs(away - metres) > 0.002 * metres
    assert clear.sum() > 390
    assert (within(shapely.points(lon, lat), here, metres) == (away <= metres))[clear].all()


def test_along_a_road_is_from_its_edge_and_of_areas_any_part_counts() -> None:
    road = shapely.LineString([(104.1, 30.6), (104.2, 30.6)])
    north = 30.6 + np.array([100.0, 300.0]) / 110_850
    towns = shapely.box(104.14, north, 104.15, north + 0.01)
    assert within(towns, road, 200.0).tolist() == [True, False]
    assert within(towns, road, 310.0).tolist() == [True, True]
    assert within(towns, towns[0], 0.0).tolist() == [True, True]


def test_points_are_reached_from_the_edge_of_the_area() -> None:
    lat, lon = places(300)
    areas = shapely.box([104.12, 104.16], 30.62, [104.14, 104.18], 30.66)
    reached = points_reached(areas, lat, lon, 500.0).toarray()
    inside = shapely.contains(areas[:, None], shapely.points(lon, lat)[None])
    assert (reached >= inside).all()
    assert (reached.sum(axis=1) > inside.sum(axis=1)).all()
    assert (points_reached(areas, lat, lon, 0.0).toarray() == inside).all()


def test_every_area_holds_its_own_forecast_however_few_its_points() -> None:
    rng = np.random.default_rng(1)
    owners = rng.integers(0, 5, 60)
    owner = sparse.csr_array(owners == np.arange(5)[:, None])
    forecast = rng.gamma(2.0, 10.0, 5)
    demand = demand_points(np.zeros(60), np.zeros(60), rng.random(60) + 0.1, owner, forecast)
    assert owner @ demand == pytest.approx(forecast)
