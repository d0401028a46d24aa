"""The grid is as fine as the reports can carry, wherever the boundary runs."""

from __future__ import annotations

import numpy as np
import pytest

from geo.stats.resolution import finest_resolution, typical_expected
from tests.stats.hexagons import hexagons


def test_half_of_the_incidents_by_hand() -> None:
    """Seven cells, a quarter of a year: the disk of the centre holds all of them, any other the centre and three."""
    assert typical_expected([52] + [8] * 6, 52, 13, hexagons(1)) == (52 + 6 * 8) / 4
    assert typical_expected([4] + [20] * 6, 52, 13, hexagons(1)) == (4 + 3 * 20) / 4


def test_empty_land_changes_nothing() -> None:
    """The old rules averaged over cells, so a generous boundary made the grid coarser."""
    small, large = hexagons(3), hexagons(9)
    counts = np.random.default_rng(1).poisson(30, len(small)).astype(float)
    in_small = typical_expected(counts, 52, 13, small)
    assert typical_expected(np.append(counts, np.zeros(len(large) - len(small))), 52, 13, large) == in_small


def test_a_shorter_window_expects_less() -> None:
    counts = np.arange(7.0)
    assert typical_expected(counts, 52, 4, hexagons(1)) == pytest.approx(
        typical_expected(counts, 52, 13, hexagons(1)) * 4 / 13
    )


@pytest.mark.parametrize(
    ("w", "resolution"),
    [
        ({9: 197, 8: 1050, 7: 3000}, 9),  # much as Boston, all categories (METHODS 1.5b)
        ({9: 22, 8: 107, 7: 300}, 9),  # Stuttgart
        ({9: 8.8, 8: 51, 7: 200}, 8),  # Chicago sanitation
        ({9: 7, 8: 19.9, 7: 35}, 7),
        ({9: 0.1, 8: 0.5, 7: 2.0}, 7),
    ],
)
def test_the_finest_that_good_maps_allow(w: dict[int, float], resolution: int) -> None:
    asked: list[int] = []

    def typical(level: int) -> float:
        asked.append(level)
        return w[level]

    assert finest_resolution(typical) == (resolution, w[resolution])
    assert asked == list(range(9, resolution - 1, -1))  # no cube is built that is not needed


def test_without_reports_the_coarsest() -> None:
    resolution, w = finest_resolution(lambda level: float("nan"))
    assert resolution == 7
    assert np.isnan(w)
