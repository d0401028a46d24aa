"""Ranks hold the true one as often as they say, whatever the number of cores, and tiers never contradict them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from geo.planning.forecast import FORECAST_WEEKS, dispersion_of, doubt_of, forecast_rates
from geo.planning.ranks import first_fifth, order_of, rank_draws, tiers_of
from geo.stats import threads
from tests.planning.towns import true_rates, weekly_counts


def test_ranks_of_draws_are_those_of_scipy() -> None:
    draws = (
        np.random.default_rng(1).normal(size=(40, 1003)).astype(np.float32) + np.arange(40, dtype=np.float32)[:, None]
    )
    ranks = stats.rankdata(-draws, axis=0)
    found = rank_draws(draws, 8)
    assert found.p_top == pytest.approx((ranks <= 8).mean(1))
    covered = (ranks >= found.low[:, None]) & (ranks <= found.high[:, None])
    assert covered.mean(1).min() >= 0.9
    assert (found.low >= np.quantile(ranks, 0.03, axis=1)).all()
    assert (found.high <= np.quantile(ranks, 0.97, axis=1)).all()


def test_the_number_of_cores_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    draws = np.random.default_rng(2).gamma(2.0, size=(57, 1100)).astype(np.float32)
    many = rank_draws(draws, 5)
    monkeypatch.setattr(threads.os, "cpu_count", lambda: 1)
    for one, other in zip(rank_draws(draws, 5), many, strict=True):
        assert (one == other).all()


def test_a_tier_never_stands_above_a_better_one() -> None:
    rng = np.random.default_rng(3)
    for _ in range(50):
        score = rng.uniform(1, 9, size=30)
        rank = order_of(score)
        tiers = tiers_of(rng.uniform(size=30) ** 0.2, score, rank)
        assert "".join(tiers[np.argsort(rank)]) == "".join(sorted(tiers))
    unmixed, score = np.array([0.99, 0.96, 0.9, 0.8, 0.2]), np.array([5.0, 4, 3, 2, 1])
    assert "".join(tiers_of(unmixed, score, order_of(score))) == "AABBC", "the plain rule, where it goes with the rank"
    assert "".join(tiers_of(unmixed, score - 4.5, order_of(score))) == "ACCCC", (
        "no more than its kind holds: no priority"
    )


@pytest.mark.parametrize("unequal", [False, True])
def test_intervals_and_tiers_are_true(unequal: bool) -> None:
    """80 communities, known rates: the interval of the rank holds the true rank, tier A is truly among the first."""
    rng = np.random.default_rng(4)
    inside, first, probable = [], [], []
    for _ in range(10):
        people = rng.lognormal(0, 0.8, 80) if unequal else np.ones(80)
        people /= people.mean()
        rates = people * true_rates(80, 2.0, 0.6, rng)
        counts = weekly_counts(rates, 104, rng, noise=1.7)
        told = forecast_rates(
            counts, exposure=people if unequal else None, dispersion=doubt_of(counts, dispersion=dispersion_of(counts))
        )
        expected = FORECAST_WEEKS * told.mean.sum() * people / 80
        score = FORECAST_WEEKS * told.mean - expected
        rank, top = order_of(score), first_fifth(80)
        ranks = rank_draws(FORECAST_WEEKS * told.draws(600, rng) - expected.astype(np.float32)[:, None], top)
        true = FORECAST_WEEKS * (rates - rates.sum() * people / 80)
        inside.append((ranks.low <= order_of(true)) & (order_of(true) <= ranks.high))
        tiers = tiers_of(ranks.p_top, score, rank)
        first.append((order_of(true) <= top)[tiers == "A"])
        probable.append((order_of(true) <= top)[tiers == "B"])
    assert 0.87 <= np.mean(inside) <= 0.97
    assert np.concatenate(first).size > 40
    assert np.concatenate(first).mean() >= 0.95
    assert np.concatenate(probable).mean() >= 0.7
