"""The geometry behind the stability of hot spots: what lies where when the grid is another one."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
import shapely

from geo.grid.cells import Array, cell_to_point, cell_to_polygon, neighbours, point_to_cell, universe
from geo.grid.metres import to_metres
from geo.stats.stability import half_shifts, mean_by_cluster, part_still_hot, pour, sample_points

MIDDLE = (30.6, 104.2)
SEED = 7


@pytest.fixture(scope="module")
def town() -> Array:
    return universe(shapely.Point(MIDDLE[1], MIDDLE[0]).buffer(0.03), 9)


def test_the_points_of_a_hexagon_lie_in_it_and_share_it_evenly(town: Array) -> None:
    owner, lat, lon = sample_points(town)
    assert (np.bincount(owner) == 49).all()
    assert (point_to_cell(lat, lon, 9) == town[owner]).mean() > 0.85, "the rim of grandchildren reaches over the border"
    middle_lat, middle_lon = cell_to_point(town)
    assert np.bincount(owner, lat) / 49 == pytest.approx(middle_lat, abs=2e-5)
    assert np.bincount(owner, lon) / 49 == pytest.approx(middle_lon, abs=2e-5)


def test_on_its_own_grid_a_hot_region_stays_hot_but_for_its_rim(town: Array) -> None:
    lat, lon = cell_to_point(town)
    hot = (lat - MIDDLE[0]) ** 2 + (lon - MIDDLE[1]) ** 2 < 0.012**2
    parts = part_still_hot(town, town, hot, level=9)
    inside = hot & (np.where(neighbours(town) >= 0, hot[neighbours(town)], True)).all(axis=1)
    assert (parts[inside] == 1).all()
    assert parts[hot].min() > 0.8
    assert (parts[~hot] < 0.2).all()


def test_the_three_half_steps_lead_halfway_to_a_neighbour_and_to_different_grids(town: Array) -> None:
    lat, lon = cell_to_point(town)
    for north, east in half_shifts(town):
        twice = point_to_cell(lat + 2 * north, lon + 2 * east, 9)
        beside = neighbours(town)
        full = (beside >= 0).all(axis=1)
        next_to = (town[beside[full]] == twice[full, None]).any(axis=1)
        assert next_to.mean() > 0.99
    for one, other in combinations(half_shifts(town), 2):
        north, east = np.subtract(one, other)
        there_lat, there_lon = cell_to_point(point_to_cell(lat + north, lon + east, 9))
        aside = np.hypot(there_lat - lat - north, there_lon - lon - east)
        assert aside.min() > 0.2 * np.hypot(*one), "the same grid would have its centres there"


def test_a_grid_moved_with_its_points_finds_the_same_places(town: Array) -> None:
    """A place and the flag on it move by the same step: nothing may get lost but the rim of the hexagons."""
    north, east = half_shifts(town)[0]
    lat, lon = cell_to_point(town)
    hot = np.hypot(lat - MIDDLE[0], lon - MIDDLE[1]) < 0.012
    moved = universe(shapely.Point(MIDDLE[1] + east, MIDDLE[0] + north).buffer(0.03), 9)
    there_lat, there_lon = cell_to_point(moved)
    still = np.hypot(there_lat - north - MIDDLE[0], there_lon - east - MIDDLE[1]) < 0.012
    parts = part_still_hot(town, moved, still, level=9, shift=(north, east))
    assert parts[hot].mean() > 0.85
    assert parts[~hot].mean() < 0.05


def test_the_surface_hot_on_the_coarser_grid_is_that_of_its_hot_cells(town: Array) -> None:
    coarse = universe(shapely.Point(MIDDLE[1], MIDDLE[0]).buffer(0.05), 8)
    hot = np.zeros(len(coarse), dtype=bool)
    hot[coarse == point_to_cell([MIDDLE[0]], [MIDDLE[1]], 8)[0]] = True
    parts = part_still_hot(town, coarse, hot, level=8)
    surface = shapely.area(to_metres(cell_to_polygon(town), MIDDLE))
    one = shapely.area(to_metres(cell_to_polygon(coarse[hot]), MIDDLE))[0]
    assert (parts * surface).sum() == pytest.approx(one, rel=0.03)


def test_what_lies_outside_the_other_grid_is_not_judged(town: Array) -> None:
    west = cell_to_point(town)[1] < MIDDLE[1]
    parts = part_still_hot(town, town[west], np.ones(west.sum(), dtype=bool), level=9)
    assert (parts[west] == 1).all()
    assert np.isnan(parts).sum() > 0.4 * (~west).sum()
    assert np.nanmin(parts) == 1


def test_an_exposure_is_neither_made_nor_lost(town: Array) -> None:
    people = np.random.default_rng(SEED).gamma(2.0, 50.0, len(town))
    people[:10] = np.nan
    coarse = universe(shapely.Point(MIDDLE[1], MIDDLE[0]).buffer(0.06), 8)
    poured = pour(people, town, coarse, level=8)
    assert np.nansum(poured) == pytest.approx(np.nansum(people))
    assert np.isnan(poured).any(), "where nobody is known the coarser cell knows nobody either"


def test_a_cluster_is_the_mean_of_its_judged_cells() -> None:
    parts = np.array([1.0, 0.0, np.nan, 0.25, np.nan])
    assert mean_by_cluster(parts, np.array([2, 2, 2, 1, 3])) == pytest.approx([0.25, 0.5, np.nan], nan_ok=True)
    assert mean_by_cluster(parts[:0], np.empty(0, np.int64)).size == 0
