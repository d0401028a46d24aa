"""Benjamini-Hochberg against its definition, and the short cut against the long way."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from geo.stats.multiplicity import LEVEL, adjust, adjust_judged, beyond_chance, can_pass

RANDOM = np.random.default_rng(11)


@pytest.mark.parametrize("size", [1, 2, 7, 500])
def test_adjusted_values_are_those_of_scipy(size: int) -> None:
    p = np.round(RANDOM.random(size) ** 3, 2)  # with ties
    assert adjust(p) == pytest.approx(stats.false_discovery_control(p))


def test_what_is_not_judged_counts_for_nothing() -> None:
    p = np.round(RANDOM.random(50) ** 3, 2)
    with_gaps = np.insert(p, [0, 7, 50], np.nan)
    adjusted = adjust_judged(with_gaps)
    assert np.array_equal(np.isnan(adjusted), np.isnan(with_gaps))
    assert np.array_equal(adjusted[~np.isnan(adjusted)], adjust(p))
    assert np.isnan(adjust_judged([np.nan, np.nan])).all()


@pytest.mark.parametrize("level", [LEVEL, 0.2, 0.001])
@pytest.mark.parametrize("power", [1, 2, 6])
def test_the_short_cut_passes_the_same(level: float, power: int) -> None:
    for size in (1, 2, 5, 30, 400) * 40:
        p = np.round(RANDOM.random(size) ** power, 3)
        assert np.array_equal(beyond_chance(p, level), adjust(p) <= level)


def test_the_large_ones_may_be_left_out() -> None:
    for _ in range(200):
        p = np.round(RANDOM.random(200) ** 6, 3)
        small = can_pass(p)
        assert np.array_equal(beyond_chance(p[small], tests=len(p)), (adjust(p) <= LEVEL)[small])
        assert not (adjust(p) <= LEVEL)[~small].any()


def test_a_value_at_the_very_limit_passes_both_ways() -> None:
    p = LEVEL * np.arange(1, 50) / 49  # every p n / k is the level, up to rounding
    assert np.array_equal(beyond_chance(p), adjust(p) <= LEVEL)
