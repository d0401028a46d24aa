"""The hexagons that the browser draws stand where h3 says."""

from __future__ import annotations

import base64
from typing import Any

import h3
import numpy as np
import pytest

from geo.maps.hexcells import CORNERS_IJ, EARTH_GIRTH_M, Geometry, HexCells

CITIES = {
    "Chengdu": (30.66, 104.06),
    "Boston": (42.36, -71.06),
    "Quito": (-0.18, -78.47),
    "Tromso": (69.65, 18.96),
    "Sydney": (-33.87, 151.21),
}
PENTAGON = h3.get_pentagons(9)[0]


def disk(lat: float, lon: float, resolution: int, rings: int) -> list[str]:
    return h3.grid_disk(h3.latlng_to_cell(lat, lon, resolution), rings)


def drawn_corners(wire: dict[str, Any]) -> list[np.ndarray]:
    """Read the wire form as hexcells.js does: corners per cell, as fractions of the Mercator world."""
    if "runs" not in wire:
        steps = np.frombuffer(base64.b64decode(wire["corners"]), np.int16).reshape(-1, 2) + 32768.0
        lengths = np.frombuffer(base64.b64decode(wire["lengths"]), np.uint8)
        return np.split(steps / 65535 * wire["span"] + wire["origin"], np.cumsum(lengths)[:-1])
    runs = np.frombuffer(base64.b64decode(wire["runs"]), np.int16).reshape(-1, 3)
    centres = np.array([(i + k, j) for i, j, length in runs for k in range(length)], float)
    x, y = np.moveaxis((centres[:, None] + CORNERS_IJ - wire["middle"]) / wire["half"], -1, 0)
    factors = np.array(wire["factors"]).reshape(-1, 2)
    degree = wire["degree"]
    terms = np.stack([x**a * y**b for a in range(degree + 1) for b in range(degree + 1 - a)], axis=-1)
    return list(terms @ factors + wire["origin"])


def metres_off(geometry: Geometry) -> float:
    """Return the worst distance of a corner of h3 from the nearest drawn corner of the same cell, in metres."""
    worst = 0.0
    for cell, corners in zip(geometry.cells, drawn_corners(geometry.wire), strict=True):
        lat, lon = np.array(h3.cell_to_boundary(cell)).T
        sine = np.sin(np.radians(lat))
        true = np.stack([lon / 360 + 0.5, 0.5 - np.log((1 + sine) / (1 - sine)) / (4 * np.pi)], axis=-1)
        gaps = np.hypot(*np.moveaxis(true[:, None] - corners[None], -1, 0)).min(axis=1)
        worst = max(worst, float((gaps * EARTH_GIRTH_M * np.cos(np.radians(lat))).max()))
    return worst


@pytest.mark.parametrize("city", CITIES)
@pytest.mark.parametrize(("resolution", "rings"), [(7, 12), (8, 20), (9, 30), (10, 30)])
def test_a_city_is_told_by_a_lattice_to_half_a_metre(city: str, resolution: int, rings: int) -> None:
    geometry = Geometry.of(disk(*CITIES[city], resolution, rings))
    assert "runs" in geometry.wire
    assert metres_off(geometry) < 0.5
    assert metres_off(geometry) == pytest.approx(geometry.error_m, rel=0.01, abs=1e-4)


def test_twenty_thousand_cells_take_less_than_four_kilobytes() -> None:
    geometry = Geometry.of(disk(*CITIES["Chengdu"], 9, 81))
    assert len(geometry.cells) > 19_000
    assert len(str(geometry.wire)) < 4_000
    assert geometry.error_m < 0.5


def test_holes_and_scattered_cells_keep_their_places() -> None:
    cells = disk(*CITIES["Boston"], 9, 12)
    some = [cell for at, cell in enumerate(cells) if at % 3]
    geometry = Geometry.of(some)
    assert sorted(geometry.cells) == sorted(some)
    assert metres_off(geometry) < 0.5


def in_box(resolution: int, south: float, west: float, north: float, east: float) -> list[str]:
    return h3.h3shape_to_cells(h3.LatLngPoly([(south, west), (south, east), (north, east), (north, west)]), resolution)


@pytest.mark.parametrize(
    ("cells", "resolution"),
    [(h3.grid_disk(PENTAGON, 4), 9), (in_box(5, 24, 98, 34, 118), 5), (in_box(4, 25, 75, 52, 133), 4)],
    ids=["around a pentagon", "a country's south", "a country over several faces"],
)
def test_what_is_no_lattice_travels_as_corners_within_a_hundredth_of_an_edge(cells: list[str], resolution: int) -> None:
    geometry = Geometry.of(cells)
    assert "runs" not in geometry.wire
    assert metres_off(geometry) == pytest.approx(geometry.error_m, rel=0.01, abs=1e-3)
    assert geometry.error_m < h3.average_hexagon_edge_length(resolution, unit="m") / 100


def test_a_pentagon_keeps_its_five_corners() -> None:
    geometry = Geometry.of([PENTAGON])
    assert [len(corners) for corners in drawn_corners(geometry.wire)] == [len(h3.cell_to_boundary(PENTAGON))]
    assert geometry.error_m < 0.5


def test_no_cell_is_an_empty_layer() -> None:
    geometry = Geometry.of([])
    assert geometry.cells == ()
    assert HexCells(geometry, [], []).payload["classes"] == ""


def test_the_order_of_the_cells_does_not_matter() -> None:
    cells = disk(*CITIES["Quito"], 9, 5)
    assert Geometry.of(cells).key == Geometry.of(cells[::-1]).key


def test_a_click_counts_only_on_the_city_it_was_made_on() -> None:
    geometry = Geometry.of(disk(*CITIES["Sydney"], 9, 2))
    hit = {"at": 3, "key": geometry.key, "mark": 17}
    assert geometry.cell_of(hit) == geometry.cells[3]
    assert geometry.cell_of({**hit, "key": "another"}) is None
    assert geometry.cell_of({**hit, "at": 999}) is None
    assert geometry.cell_of({}) is None
