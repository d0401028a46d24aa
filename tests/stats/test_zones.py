"""Zones: shells that nest, each location found again in every shell that holds it, disks as H3 has them."""

from __future__ import annotations

import h3
import numpy as np
import pytest

from geo.stats.zones import hex_zones, listed_zones, nearest_zones, nested_zones

CENTRE = h3.latlng_to_cell(31.23, 121.47, 9)
CELLS = np.array(sorted(h3.str_to_int(cell) for cell in h3.grid_disk(CENTRE, 6)), np.uint64)


def test_disks_are_those_of_h3_cut_to_the_city() -> None:
    zones, names = hex_zones(CELLS, 3), [h3.int_to_str(cell) for cell in CELLS]
    assert (zones.locations, zones.count) == (127, 127 * 4)
    for centre in (0, 40, 126):
        for ring in range(4):
            disk = {names.index(cell) for cell in h3.grid_disk(names[centre], ring) if cell in names}
            assert set(zones.zone(4 * centre + ring)) == disk
    assert zones.zone(4 * 40)[0] == 40


def test_disks_around_a_pentagon_have_five_neighbours() -> None:
    pentagon = h3.get_pentagons(9)[0]
    cells = np.array(sorted(h3.str_to_int(cell) for cell in h3.grid_disk(pentagon, 3)), np.uint64)
    at = int(np.searchsorted(cells, h3.str_to_int(pentagon)))
    assert len(hex_zones(cells, 1).zone(2 * at + 1)) == 6


def test_every_location_knows_its_shells() -> None:
    zones = hex_zones(CELLS, 2)
    for location in range(0, 127, 9):
        shells = zones.held.shells[zones.held.starts[location] : zones.held.starts[location + 1]]
        inside = [s for s in range(zones.count) if location in zones.members[zones.starts[s] : zones.starts[s + 1]]]
        assert shells.tolist() == inside


def test_sums_are_those_of_the_members() -> None:
    random = np.random.default_rng(4)
    zones, values = hex_zones(CELLS, 3), random.uniform(size=(127, 3))
    plain = [values[zones.zone(number)].sum(axis=0) for number in range(zones.count)]
    assert zones.sums(values) == pytest.approx(np.array(plain), abs=1e-9)
    assert zones.sums(values[:, 0]) == pytest.approx(np.array(plain)[:, 0], abs=1e-9)


def test_no_cells_no_zones() -> None:
    assert hex_zones(CELLS[:0], 3).count == 0
    assert nested_zones([], 5).sums(np.ones(5)).tolist() == []


def test_empty_shells_are_the_zone_before_them() -> None:
    zones = nested_zones([[[1], [], [0]]], 2)
    assert [zones.zone(s).tolist() for s in range(3)] == [[1], [1], [1, 0]]
    assert zones.sums([10.0, 1.0]).tolist() == [1.0, 1.0, 11.0]


@pytest.mark.parametrize("zone", [[0, 0], [3], [-1]])
def test_a_zone_that_cannot_be_is_refused(zone: list[int]) -> None:
    with pytest.raises(ValueError, match="locations from 0 to 2"):
        listed_zones([zone], 3)


def test_circles_grow_to_their_limits_and_take_equal_distances_at_once() -> None:
    line = np.abs(np.subtract.outer(np.arange(5), np.arange(5)))
    assert [nearest_zones(line, within=2).zone(s).tolist() for s in range(3)] == [[0], [0, 1], [0, 1, 2]]
    middle = nearest_zones(line, size=np.full(5, 2.0), most=6.0)
    sizes = [len(middle.zone(s)) for s in range(middle.count)]
    assert sizes == [1, 2, 3, 1, 3, 1, 3, 1, 3, 1, 2, 3]


def test_cells_out_of_order_are_refused() -> None:
    with pytest.raises(ValueError, match="sorted"):
        hex_zones(CELLS[::-1], 1)
