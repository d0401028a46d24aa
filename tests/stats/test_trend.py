"""Mann-Kendall against every order of short series, and against scipy where no exact count is needed."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from geo.stats.trend import EXACT_BELOW, mann_kendall


def score(row: tuple[float, ...] | np.ndarray) -> int:
    return int(sum(np.sign(b - a) for at, a in enumerate(row) for b in row[at + 1 :]))


@pytest.mark.parametrize("values", [(1, 2, 3, 4), (1, 1, 2, 3, 4), (0, 0, 0, 5, 5), (1, 1, 2, 2, 3, 3), (4, 4, 4, 4)])
def test_short_series_by_every_order(values: tuple[int, ...]) -> None:
    orders = list(permutations(values))
    scores = np.abs([score(order) for order in orders])
    trend = mann_kendall(np.array(orders, float))
    assert np.array_equal(np.abs(trend.score), scores)
    assert np.allclose(trend.p_value, [(scores >= s).mean() for s in scores])


@pytest.mark.parametrize("periods", [6, 8, 9])
def test_without_ties_as_kendalls_tau(periods: int) -> None:
    series = np.random.default_rng(periods).normal(size=(50, periods))
    oracle = [stats.kendalltau(np.arange(periods), row, method="exact").pvalue for row in series]
    assert np.allclose(mann_kendall(series).p_value, oracle)


@pytest.mark.parametrize("periods", [10, 13, 24])
def test_the_variance_with_ties_as_kendalls_tau(periods: int) -> None:
    series = np.random.default_rng(periods).poisson(1.5, size=(80, periods)).astype(float)
    trend = mann_kendall(series)
    oracle = np.array([stats.kendalltau(np.arange(periods), row, method="asymptotic").pvalue for row in series])
    moved = np.abs(trend.score) > 1
    without_correction = np.abs(trend.z) * np.abs(trend.score) / np.maximum(np.abs(trend.score) - 1, 1)
    assert np.allclose(2 * stats.norm.sf(without_correction[moved]), oracle[moved])
    assert np.allclose(trend.p_value, 2 * stats.norm.sf(np.abs(trend.z)))


@settings(max_examples=40, deadline=None)
@given(arrays(float, st.tuples(st.integers(1, 70), st.integers(1, 14)), elements=st.sampled_from([0.0, 1, 2, 7])))
def test_turned_round_a_rise_is_a_fall(series: np.ndarray) -> None:
    trend, back, lower = (mann_kendall(s) for s in (series, series[:, ::-1], -series))
    assert np.array_equal(trend.score, [score(row) for row in series])
    for other in (back, lower):
        assert np.array_equal(trend.score, -other.score)
        assert np.array_equal(trend.z, -other.z)
        assert np.array_equal(trend.p_value, other.p_value)
    assert ((trend.p_value > 0) & (trend.p_value <= 1)).all()


@pytest.mark.parametrize("periods", [7, 13])
def test_where_nothing_is_expected_there_is_no_trend(periods: int) -> None:
    series = np.tile(np.arange(periods, dtype=float), (3, 1))
    series[1, 2] = series[2] = np.nan
    trend = mann_kendall(series)
    assert trend.p_value[0] < 0.01
    assert trend.score.tolist() == [periods * (periods - 1) // 2, 0, 0]
    assert np.isnan(trend.z[1:]).all()
    assert np.isnan(trend.p_value[1:]).all()


@pytest.mark.parametrize("shape", [(0, 13), (2, 0), (2, 1), (0, 0)])
def test_no_series_or_no_periods(shape: tuple[int, int]) -> None:
    trend = mann_kendall(np.ones(shape))
    assert not (trend.p_value < 1).any()
    assert np.isnan(trend.p_value).all() == (shape[0] == 0 or shape[1] == 0)
    assert trend.score.tolist() == [0] * shape[0]


@pytest.mark.parametrize("periods", [7, EXACT_BELOW, 13])
def test_a_period_that_is_unknown_everywhere_is_no_period(periods: int) -> None:
    series = np.random.default_rng(7).normal(size=(40, periods))
    series[7] = np.nan
    with_gap = np.insert(series, 3, np.nan, axis=1)
    for ours, without in zip(mann_kendall(with_gap), mann_kendall(series), strict=True):
        assert np.array_equal(ours, without, equal_nan=True)
    assert np.isfinite(mann_kendall(with_gap).p_value).sum() == 39


def test_one_ratio_worked_out_in_several_ways_is_one_ratio() -> None:
    """Counts that are all the same times what is expected, as in a city where only the whole moves."""
    random = np.random.default_rng(11)
    levels = random.integers(1, 500, (1200, 13)).astype(float)
    cells = random.integers(100, 3000, (1200, 1))
    expected = 7 * (levels * 3 / cells)
    series = levels / expected
    assert (series != series[:, :1]).any(axis=1).mean() > 0.5, "or rounding has nothing to do"
    trend = mann_kendall(series)
    assert not trend.score.any()
    assert (trend.p_value == 1).all()
    assert mann_kendall(1 + np.arange(6.0)[None] * 1e-11).score.tolist() == [15], "what differs still differs"


@pytest.mark.parametrize("periods", [EXACT_BELOW - 1, EXACT_BELOW, 13])
def test_the_level_is_held(periods: int) -> None:
    random = np.random.default_rng(3)
    for series in (random.normal(size=(20_000, periods)), random.poisson(2, (20_000, periods)).astype(float)):
        size = (mann_kendall(series).p_value <= 0.05).mean()
        assert 0.03 < size < (0.052 if periods < EXACT_BELOW else 0.06)
