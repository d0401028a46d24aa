"""The fast lattice says exactly what the H3 library says, or declines."""

from __future__ import annotations

import h3
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.grid.lattice import MOST_ERROR, box_of, fit_lattice, library_cells

CITIES = {
    "Boston": (42.36, -71.06),
    "Chengdu": (30.66, 104.06),
    "Beijing": (39.90, 116.40),
    "Sydney": (-33.87, 151.21),
    "São Paulo": (-23.55, -46.63),
    "Nairobi": (-1.29, 36.82),
    "Quito, on the equator": (0.0, -78.5),
    "Greenwich, on the meridian": (51.48, 0.0),
    "Anchorage": (61.2, -149.9),
    "Auckland": (-36.85, 174.76),
    "Shenzhen": (22.54, 114.06),
    "Stuttgart": (48.78, 9.18),
}
RESOLUTIONS = (7, 8, 9, 10)
REACH = {7: 0.30, 8: 0.15, 9: 0.10, 10: 0.05}  # half a box, degrees: a few thousand cells


def box(lat: float, lon: float, half: float) -> tuple[float, float, float, float]:
    return lat - half, lon - half, lat + half, lon + half


def awkward_points(lat: float, lon: float, half: float, resolution: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Random points, cell corners, middles and quarters of cell edges, and all of these pushed by a hair."""
    rng = np.random.default_rng(seed)
    near = lat + rng.uniform(-half, half, 2000), lon + rng.uniform(-half, half, 2000)
    corners = np.array(
        [
            h3.cell_to_boundary(h3.int_to_str(int(c)))
            for c in library_cells(*near, resolution)[:400]
            if len(h3.cell_to_boundary(h3.int_to_str(int(c)))) == 6
        ]
    )
    follow = np.roll(corners, 1, axis=1)
    edges = np.concatenate([corners, (corners + follow) / 2, corners * 0.75 + follow * 0.25]).reshape(-1, 2)
    pushed = [edges + rng.choice([-1, 1], edges.shape) * hair for hair in (0, 1e-13, 1e-11, 1e-9, 1e-8, 1e-6)]
    points = np.concatenate([np.stack(near, axis=1), *pushed])
    return np.ascontiguousarray(points[:, 0]), np.ascontiguousarray(points[:, 1])


@pytest.mark.parametrize("resolution", RESOLUTIONS)
@pytest.mark.parametrize("city", CITIES)
def test_every_point_has_the_librarys_cell(city: str, resolution: int) -> None:
    half = REACH[resolution]
    lattice = fit_lattice(*box(*CITIES[city], half), resolution)
    assert lattice is not None, "a city well inside a face has a lattice"
    lat, lon = awkward_points(*CITIES[city], half * 1.05, resolution, seed=resolution)
    np.testing.assert_array_equal(lattice.cells(lat, lon), library_cells(lat, lon, resolution))


@settings(max_examples=60, deadline=None)
@given(
    lat=st.floats(-78, 78),
    lon=st.floats(-179.4, 179.4),
    half=st.floats(0.02, 0.6),
    flat=st.sampled_from([1.0, 0.3, 0.01, 0.0]),
    resolution=st.sampled_from(RESOLUTIONS),
    seed=st.integers(0, 2**20),
)
def test_wherever_a_lattice_is_certified_it_is_exact(
    lat: float, lon: float, half: float, flat: float, resolution: int, seed: int
) -> None:
    lattice = fit_lattice(lat - half * flat, lon - half, lat + half * flat, lon + half, resolution)
    if lattice is not None:
        points = awkward_points(lat, lon, half, resolution, seed)
        np.testing.assert_array_equal(lattice.cells(*points), library_cells(*points, resolution))


def test_most_points_of_a_city_need_no_library() -> None:
    rng = np.random.default_rng(3)
    lattice = fit_lattice(*box(42.36, -71.06, 0.1), 9)
    assert lattice is not None
    assert lattice.error < 1e-9
    inside = 42.36 + rng.uniform(-0.1, 0.1, 100_000), -71.06 + rng.uniform(-0.1, 0.1, 100_000)
    assert (lattice.positions(*inside) < 0).mean() < 1e-4


@pytest.mark.parametrize(
    ("where", "corners"),
    [
        ("Shanghai, on an edge of two faces", (30.7, 120.8, 31.6, 122.0)),
        ("a pentagon off Norway", (64.6, 10.0, 64.8, 10.6)),
        ("both sides of the antimeridian", (-17.0, -179.9, -16.5, 179.9)),
        ("beyond the antimeridian", (-17.0, 179.9, -16.5, 180.4)),
        ("the pole", (84.0, 10.0, 85.0, 11.0)),
        ("a province", (28.0, 100.0, 33.0, 108.0)),
        ("one street", (42.3600, -71.0600, 42.3605, -71.0590)),
        ("no place", (float("nan"),) * 4),
    ],
)
@pytest.mark.parametrize("resolution", RESOLUTIONS)
def test_a_box_that_cannot_be_certified_has_no_lattice(
    where: str, corners: tuple[float, float, float, float], resolution: int
) -> None:
    assert fit_lattice(*corners, resolution) is None, where


def test_a_box_that_touches_a_face_edge_with_one_corner_has_no_lattice() -> None:
    """Moved towards the edge near Shanghai, a box loses its lattice before any of its points is on the other face."""
    steps = np.arange(118.0, 122.0, 0.05)
    certified = [fit_lattice(*box(31.2, lon, 0.1), 9) is not None for lon in steps]
    faces = []
    for lon in steps:
        lats, lons = np.meshgrid(np.linspace(31.1, 31.3, 9), lon + np.linspace(-0.1, 0.1, 9))
        cells = library_cells(lats.ravel(), lons.ravel(), 9)
        faces.append(set().union(*(h3.get_icosahedron_faces(h3.int_to_str(int(cell))) for cell in cells)))
    assert any(certified)
    assert any(len(f) > 1 for f in faces)
    assert not any(yes and len(f) > 1 for yes, f in zip(certified, faces, strict=True))


def test_points_that_are_nowhere_and_points_far_away() -> None:
    lattice = fit_lattice(*box(42.36, -71.06, 0.1), 9)
    assert lattice is not None
    lat = np.array([np.nan, 42.36, np.inf, -33.9, 42.36, 0.0])
    lon = np.array([-71.06, np.nan, -71.06, 151.2, -71.06, 0.0])
    cells = lattice.cells(lat, lon)
    assert cells[:3].tolist() == [0, 0, 0]
    assert (cells[3:] == library_cells(lat[3:], lon[3:], 9)).all()


def test_the_box_leaves_out_a_stray_report() -> None:
    lat, lon = np.full(5000, 42.36), np.linspace(-71.1, -71.0, 5000)
    lat[17] = lon[17] = 0.0
    lat[18] = np.nan
    south, west, north, east = box_of(lat, lon) or (0, 0, 0, 0)
    assert (south, north) == (42.36, 42.36)
    assert -71.1 < west < -71.09
    assert -71.01 < east < -71.0
    assert box_of(np.array([np.nan]), np.array([1.0])) is None
    assert box_of(np.array([]), np.array([])) is None


def test_the_worst_error_accepted_stays_within_the_margin() -> None:
    assert 100 * MOST_ERROR < 0.01  # the margin is 100 times the error found, and a hundredth of a cell at most
