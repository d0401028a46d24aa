"""Forecasts are shrunken as METHODS 5 says, and their intervals hold what they promise."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from geo.planning.forecast import FORECAST_WEEKS, city_shock, dispersion_of, doubt_of, forecast_rates
from geo.stats.rates import shrunken_rates
from tests.planning.towns import FUTURE, true_rates, weekly_counts


def by_hand(counts: np.ndarray, half_life: float, near: np.ndarray) -> np.ndarray:
    """METHODS 5, line by line."""
    weight = 2.0 ** (-np.arange(counts.shape[1])[::-1] / half_life)
    neff = weight.sum() ** 2 / (weight**2).sum()
    rate = (counts * weight).sum(1) / weight.sum()
    middle = 0.5 * np.array([rate[row > 0].mean() for row in near]) + 0.5 * rate.mean()
    between = max(((rate - middle) ** 2).mean() - middle.mean() / neff, 1e-6)
    kappa = np.clip(rate.mean() / between, 0.5, 60)
    return (rate * neff + kappa * middle) / (neff + kappa)


def test_the_formula_is_that_of_the_specification() -> None:
    rng = np.random.default_rng(3)
    counts = weekly_counts(true_rates(30, 0.8, 0.7, rng), 60, rng)
    ring = np.roll(np.eye(30), 1, axis=1) + np.roll(np.eye(30), -1, axis=1)
    expected = by_hand(counts, 16, ring)
    for near in (
        sparse.csr_matrix(ring),
        [np.flatnonzero(row) for row in ring],
        np.argwhere(ring)[:, 1].reshape(30, 2),
    ):
        assert forecast_rates(counts, half_life=16, neighbours=near).mean == pytest.approx(expected, rel=1e-12)


def test_with_exposure_the_shrinkage_is_that_of_marshall() -> None:
    rng = np.random.default_rng(4)
    people = rng.lognormal(7, 1, 60)
    counts = weekly_counts(people / 800 * true_rates(60, 1.0, 0.8, rng), 40, rng)
    ours = forecast_rates(counts, half_life=np.inf, exposure=people)
    marshall = shrunken_rates(counts.sum(1), people * 40)
    assert 0.5 < ours.kappa < 60, "the limits of kappa are ours, not Marshall's"
    assert ours.mean / people == pytest.approx(marshall.rates, rel=1e-3)


def test_a_place_without_a_record_gets_what_its_neighbours_and_the_city_have() -> None:
    counts = np.repeat([[0.0], [5.0], [1.0], [2.0]], 30, axis=1)
    quiet, busy = (forecast_rates(counts, neighbours=[[near], [0], [0], [0]]).mean[0] for near in (2, 1))
    assert 0 < quiet < busy


@pytest.mark.parametrize("noise", [1.0, 1.5, 3.0])
def test_the_noise_is_measured_whatever_moves_the_city(noise: float) -> None:
    rng = np.random.default_rng(5)
    counts = weekly_counts(true_rates(120, 3.0, 0.8, rng), 104, rng, noise=noise)
    assert dispersion_of(counts) == pytest.approx(noise, rel=0.12)
    season = rng.poisson(counts * (1 + 0.5 * np.sin(np.arange(104) / 8)))
    assert dispersion_of(season) < noise + 1.4, "thinning adds 1, the season next to nothing"
    assert city_shock(season) > 0.01 > city_shock(counts, dispersion=noise)


def test_the_noise_of_two_months_is_measured_too() -> None:
    rng = np.random.default_rng(7)
    short = [weekly_counts(true_rates(60, 2.0, 0.5, rng), weeks, rng, noise=4.0) for weeks in (8, 9, 11) * 10]
    assert np.mean([dispersion_of(counts) for counts in short]) == pytest.approx(4.0, rel=0.15), "and not taken for 1"
    assert dispersion_of(short[0][:, :7]) == 1.0


def test_the_forecast_interval_holds_what_comes() -> None:
    rng, inside = np.random.default_rng(6), []
    for _ in range(12):
        counts = weekly_counts(true_rates(80, 1.5, 0.8, rng), 104 + FUTURE, rng, noise=1.8)
        known, came = counts[:, :-FUTURE], counts[:, -FUTURE:].sum(1)
        noise = dispersion_of(known)
        rates = forecast_rates(known, dispersion=doubt_of(known, dispersion=noise))
        low, high = rates.interval(dispersion=noise, shock=city_shock(known, dispersion=noise))
        inside.append((low <= came) & (came <= high))
    assert 0.88 <= np.mean(inside) <= 0.97, "whole numbers make it a little wide"


def test_draws_and_chances_agree() -> None:
    rates = forecast_rates(np.array([[3, 4, 2, 5], [0, 1, 0, 0.0]]), dispersion=1.5)
    drawn = rates.draws(40_000, np.random.default_rng(1))
    assert drawn.mean(1) == pytest.approx(rates.mean, rel=0.02)
    assert (drawn > 1.0).mean(1) == pytest.approx(rates.exceeds(1.0), abs=0.01)


def test_nothing_at_all_is_no_fault_and_nonsense_is() -> None:
    nothing = forecast_rates(np.zeros((3, 10)))
    assert (nothing.mean == 0).all()
    assert [bound.tolist() for bound in nothing.interval(FORECAST_WEEKS)] == [[0, 0, 0]] * 2
    assert len(forecast_rates(np.zeros((0, 10))).mean) == 0
    for counts, half_life, held in (
        (np.zeros((3, 0)), 16, None),
        (np.zeros((3, 9)), 0, None),
        (np.ones((2, 9)), 8, [1, 0]),
    ):
        with pytest.raises(ValueError, match="above 0"):
            forecast_rates(counts, half_life=half_life, exposure=held)
