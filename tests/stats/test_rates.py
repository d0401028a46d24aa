"""Rates of small areas are those of R's spdep, digit by digit."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.stats.rates import probability_map, shrunken_rates

AREAS = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 9000)), min_size=2, max_size=40)


def column(path: Path, *names: str) -> list[np.ndarray]:
    rows = list(csv.DictReader(path.open()))
    return [np.array([float(row[name]) for row in rows]) for name in names]


@pytest.mark.parametrize(
    ("file", "events", "population", "a", "b"),
    [
        ("nc_sids_EBest.csv", "SID74", "BIR74", 7.692931e-07, 0.002021445),
        ("auckland_EBest.csv", "M77_85", "pop", 7.284173e-07, 0.002633436),
    ],
)
def test_empirical_bayes_as_in_r(shared: Path, file: str, events: str, population: str, a: float, b: float) -> None:
    """R7: EBest of spdep, family Poisson."""
    n, x, estimated = column(shared / "reference/r_reference" / file, events, population, "estmm")
    ours = shrunken_rates(n, x)
    np.testing.assert_allclose([ours.a, ours.b], [a, b], rtol=5e-7)  # R printed seven digits
    np.testing.assert_allclose(ours.rates, estimated, rtol=1e-9)


def test_probability_map_as_in_r(shared: Path) -> None:
    """R7b: probmap of spdep. Its file holds no events and population, they stand in the other one."""
    folder = shared / "reference/r_reference"
    n, x = column(folder / "auckland_EBest.csv", "M77_85", "pop")
    expected, risk, p = column(folder / "auckland_probmap.csv", "expCount", "relRisk", "pmap")
    ours = probability_map(n, x)
    np.testing.assert_allclose(ours.expected, expected, rtol=1e-9)
    np.testing.assert_allclose(ours.ratio, risk / 100, rtol=1e-9)
    np.testing.assert_allclose(ours.at_most, p, rtol=1e-9)


@settings(max_examples=60, deadline=None)
@given(AREAS)
def test_a_rate_lies_between_its_own_and_that_of_all(areas: list[tuple[int, int]]) -> None:
    n, x = np.array(areas, dtype=float).T
    ours = shrunken_rates(n, x)
    low, high = np.minimum(n / x, ours.b), np.maximum(n / x, ours.b)
    assert (ours.rates >= low - 1e-12).all()
    assert (ours.rates <= high + 1e-12).all()


def test_the_two_tails_share_the_count_itself() -> None:
    map = probability_map([0, 3, 9], [100, 200, 300])
    from_both = map.at_most + map.at_least - 1
    np.testing.assert_allclose(from_both[0], np.exp(-2.0), rtol=1e-12)  # 12 events among 600: 2 expected
    assert (from_both > 0).all()


def test_an_empty_area_has_the_rate_of_all_and_events_need_people() -> None:
    assert shrunken_rates([4, 1, 0], [100, 100, 0]).rates[2] == pytest.approx(5 / 200)
    for wrong in (([1, 2], [0, 10]), ([0, 0], [0, 0])):
        with pytest.raises(ValueError, match="population"):
            shrunken_rates(*wrong)
    assert shrunken_rates([0, 0], [10, 20]).rates.tolist() == [0.0, 0.0]
