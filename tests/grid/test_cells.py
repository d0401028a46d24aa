"""Cells: the same as H3's own, for whole arrays."""

from __future__ import annotations

import geopandas as gpd
import h3
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.grid import cells as grid
from geo.grid.lattice import library_cells

CITY_HALL = (42.3594, -71.0587)


def text(cells: np.ndarray) -> list[str]:
    return [h3.int_to_str(int(cell)) for cell in cells]


@settings(max_examples=100, deadline=None)
@given(lat=st.floats(-90, 90), lon=st.floats(-180, 180), resolution=st.integers(7, 10))
def test_point_to_cell_and_back(lat: float, lon: float, resolution: int) -> None:
    cell = grid.point_to_cell([lat], [lon], resolution)
    assert text(cell) == [h3.latlng_to_cell(lat, lon, resolution)]
    assert (grid.point_to_cell(*grid.cell_to_point(cell), resolution) == cell).all()
    assert grid.cell_to_string(cell).to_list() == text(cell)
    assert (grid.string_to_cell(grid.cell_to_string(cell)) == cell).all()


@pytest.mark.parametrize("resolution", [8, 9])
@pytest.mark.parametrize(
    ("lat", "lon"),
    [
        pytest.param(*CITY_HALL, id="lattice"),
        pytest.param(31.23, 121.47, id="face edge"),
        pytest.param(-17.0, 179.95, id="antimeridian"),
    ],
)
def test_large_inputs_take_the_same_cells(lat: float, lon: float, resolution: int) -> None:
    rng = np.random.default_rng(11)
    lats = lat + rng.normal(0, 0.05, grid.FEWEST_FOR_LATTICE)
    lons = (lon + rng.normal(0, 0.05, grid.FEWEST_FOR_LATTICE) + 180) % 360 - 180
    lats[5], lons[7], lats[9] = np.nan, np.inf, 0.0
    np.testing.assert_array_equal(grid.point_to_cell(lats, lons, resolution), library_cells(lats, lons, resolution))


def test_a_cells_polygon_is_h3s_own_boundary() -> None:
    cell = grid.point_to_cell([CITY_HALL[0]], [CITY_HALL[1]], 9)
    expected = shapely.Polygon([(lon, lat) for lat, lon in h3.cell_to_boundary(text(cell)[0])])
    assert shapely.equals_exact(shapely.normalize(grid.cell_to_polygon(cell)[0]), shapely.normalize(expected), 1e-12)
    assert grid.cell_to_polygon(cell[:0]).shape == (0,)


def test_a_centre_and_its_ring() -> None:
    centre = grid.point_to_cell([CITY_HALL[0]], [CITY_HALL[1]], 9)
    seven = np.sort(grid.string_to_cell(h3.grid_disk(text(centre)[0], 1)))
    around = grid.neighbours(seven)
    position = int(np.searchsorted(seven, centre[0]))
    assert around.dtype == np.int32
    assert around.shape == (7, 6)
    assert around[position].tolist() == [p for p in range(7) if p != position]
    assert ((around >= 0).sum(axis=1) == np.where(np.arange(7) == position, 6, 3)).all()


@pytest.mark.parametrize("k", [1, 2, 3])
def test_disks_are_h3s_own(k: int) -> None:
    town = grid.universe(shapely.Point(CITY_HALL[::-1]).buffer(0.02), 9)
    at = {cell: position for position, cell in enumerate(text(town))}
    disks = grid.disks(town, k)
    for position, cell in enumerate(text(town)):
        assert disks[position, 0] == position
        expected = sorted(at[c] for c in h3.grid_disk(cell, k) if c in at and c != cell)
        assert [p for p in disks[position, 1:] if p >= 0] == expected


def test_a_pentagon_has_five_neighbours() -> None:
    pentagon = h3.get_pentagons(9)[0]
    cells = np.sort(grid.string_to_cell(h3.grid_disk(pentagon, 1)))
    assert cells.size == 6
    position = int(np.searchsorted(cells, h3.str_to_int(pentagon)))
    assert (grid.neighbours(cells)[position] >= 0).sum() == 5


def test_no_cells_have_no_neighbours_and_unsorted_cells_are_a_bug() -> None:
    none = np.empty(0, np.uint64)
    assert grid.neighbours(none).shape == (0, 6)
    assert grid.disks(none, 2).shape == (0, 19)
    assert grid.cell_to_string(none).to_list() == []
    assert grid.string_to_cell([]).size == 0
    with pytest.raises(ValueError, match="sorted"):
        grid.neighbours(np.array([3, 2, 1], np.uint64))


def centres_inside(boundary: shapely.Geometry, resolution: int) -> np.ndarray:
    """The slow way: every cell around, then shapely."""
    west, south, east, north = boundary.bounds
    edge = h3.average_hexagon_edge_length(resolution, "m") / 111_320
    lat, lon = np.meshgrid(
        np.arange(south - edge, north + 2 * edge, edge / 2), np.arange(west - 2 * edge, east + 3 * edge, edge / 2)
    )
    cells = np.unique(library_cells(lat.ravel(), lon.ravel(), resolution))
    lat, lon = grid.cell_to_point(cells)
    return cells[shapely.contains_xy(boundary, lon, lat)]


@settings(max_examples=25, deadline=None)
@given(data=st.data(), resolution=st.sampled_from([8, 9]))
def test_the_universe_is_every_cell_whose_centre_is_inside(data: st.DataObject, resolution: int) -> None:
    point = st.tuples(st.floats(-0.04, 0.04), st.floats(-0.04, 0.04))
    parts = data.draw(st.lists(st.lists(point, min_size=3, max_size=8), min_size=1, max_size=3))
    lat, lon = data.draw(st.sampled_from([CITY_HALL, (30.66, 104.06), (-33.87, 151.21)]))
    hulls = [shapely.MultiPoint([(lon + x, lat + y) for x, y in part]).convex_hull for part in parts]
    boundary = shapely.union_all([h for h in hulls if h.area > 1e-9])
    if boundary.is_empty:
        return
    hole = boundary.representative_point().buffer(0.01)
    for shape in (boundary, boundary.difference(hole)):
        if not shape.is_empty:
            np.testing.assert_array_equal(grid.universe(shape, resolution), centres_inside(shape, resolution))


@pytest.mark.parametrize("resolution", [7, 8, 9, 10])
def test_the_universe_of_boston(shared, resolution: int) -> None:
    layer = gpd.read_file(shared / "data/boston/Boston_Neighborhoods.geojson")
    boston = shapely.union_all(shapely.make_valid(layer.geometry.to_numpy()))
    assert boston.geom_type == "MultiPolygon"
    cells = grid.universe(boston, resolution)
    np.testing.assert_array_equal(cells, centres_inside(boston, resolution))
    assert (cells[1:] > cells[:-1]).all()
