"""The tails are scipy's where scipy is exact, and exact where it is not."""

from __future__ import annotations

import math
from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from geo.stats.tails import beta_binomial_tail, moving_tail, negative_binomial_tail


@settings(max_examples=300, deadline=None)
@given(
    mean=st.floats(0.001, 3000),
    extra=st.floats(0.001, 60),
    deviations=st.floats(-4, 40),
)
def test_negative_binomial_is_scipys(mean: float, extra: float, deviations: float) -> None:
    variance = mean * (1 + extra)
    count = max(0.0, np.floor(mean + deviations * variance**0.5))
    oracle = stats.nbinom.sf(count - 1, mean / extra, 1 / (1 + extra))
    if oracle > 1e-300:
        assert negative_binomial_tail([count], mean, variance)[0] == pytest.approx(oracle, rel=1e-10)


@pytest.mark.parametrize("mean", [0.02, 3.0, 40.0, 5000.0])
def test_without_extra_variance_it_is_poisson(mean: float) -> None:
    counts = np.floor(mean + mean**0.5 * np.arange(-2, 12)).clip(0)
    np.testing.assert_allclose(
        negative_binomial_tail(counts, mean, mean), stats.poisson.sf(counts - 1, mean), rtol=1e-10
    )


def test_far_tails_are_small_but_never_zero() -> None:
    ours = negative_binomial_tail([400, 900, 1500], 20.0, 40.0)
    np.testing.assert_allclose(ours, stats.nbinom.sf([399, 899, 1499], 20, 0.5), rtol=1e-10)
    assert 0 < ours[1] < 1e-200


def test_no_incident_is_never_a_surprise() -> None:
    assert negative_binomial_tail([0, 0], [5.0, 0.0], [9.0, 0.0]).tolist() == [1.0, 1.0]
    assert beta_binomial_tail([0, 0], [9, 0], [0.2, 0.2], 1.0).tolist() == [1.0, 1.0]


@settings(max_examples=300, deadline=None)
@given(total=st.integers(2, 800), share=st.floats(0.01, 0.6), inflation=st.floats(1.05, 5), part=st.floats(0, 1))
def test_beta_binomial_is_scipys(total: int, share: float, inflation: float, part: float) -> None:
    inflation = min(inflation, 0.9 * total)
    if inflation <= 1.01:
        return
    count = round(part * total)
    spread = (total - inflation) / (inflation - 1)
    oracle = stats.betabinom.sf(count - 1, total, share * spread, (1 - share) * spread)
    assert beta_binomial_tail([count], total, share, inflation)[0] == pytest.approx(oracle, abs=1e-9)


def exact_beta_binomial(count: int, total: int, alpha: Fraction, beta: Fraction) -> Fraction:
    """Sum the masses from `count` on as whole-number fractions."""

    def rising(x: Fraction, times: int) -> Fraction:
        product = Fraction(1)
        for step in range(times):
            product *= x + step
        return product

    return sum(
        (comb(total, j) * rising(alpha, j) * rising(beta, total - j) for j in range(count, total + 1)), Fraction(0)
    ) / rising(alpha + beta, total)


@pytest.mark.parametrize(("count", "total"), [(3, 60), (25, 60), (60, 60), (120, 200), (200, 200)])
def test_beta_binomial_is_exact_far_out(count: int, total: int) -> None:
    """scipy takes one minus a sum here, and says 0 or noise."""
    alpha, beta = Fraction(7, 2), Fraction(189, 2)
    spread = float(alpha + beta)
    inflation = (total + spread) / (1 + spread)
    share = float(alpha / (alpha + beta))
    ours = beta_binomial_tail([count], total, share, inflation)[0]
    assert ours == pytest.approx(float(exact_beta_binomial(count, total, alpha, beta)), rel=1e-9)


def test_an_inflation_of_one_is_binomial() -> None:
    counts = np.arange(0, 41)
    ours = beta_binomial_tail(counts, 40, 0.3, 1.0)
    np.testing.assert_allclose(ours, stats.binom.sf(counts - 1, 40, 0.3), rtol=1e-10)


def test_an_answer_from_memory_is_the_answer() -> None:
    """Tails that were summed before are looked up; the places of the table are few enough here to be taken in turns."""
    random = np.random.default_rng(5)
    means = np.concatenate([random.choice([0.5, 3.0, 3.5, 21.0], 3_000), random.gamma(2, 3, 6_000)])
    counts, variances = random.poisson(means * 1.3).astype(float), means * random.choice([1.0, 1.5, 4.0], len(means))
    alone = [negative_binomial_tail([c], [m], [v])[0] for c, m, v in zip(counts, means, variances, strict=True)]
    assert np.array_equal(negative_binomial_tail(counts, means, variances), alone)
    table = negative_binomial_tail(counts.reshape(3, -1), means.reshape(3, -1), variances.reshape(3, -1))
    assert np.array_equal(table.ravel(), alone)


@pytest.mark.parametrize(
    ("count", "mean", "noise", "movement"),
    [
        (70, 30.0, 1.5, 0.2),
        (150, 60.0, 1.5, 0.217),
        (700, 300.0, 1.0, 0.3),
        (25, 3.0, 2.0, 0.4),
        (900, 300.0, 5.0, 0.15),
    ],
)
def test_a_moving_mean_is_the_integral_over_log_normal_means(
    count: int, mean: float, noise: float, movement: float
) -> None:
    sigma = math.sqrt(math.log1p(movement**2))

    def weighted(z: float) -> float:
        at = mean * math.exp(sigma * z - sigma**2 / 2)
        tail = (
            stats.poisson.sf(count - 1, at) if noise <= 1 else stats.nbinom.sf(count - 1, at / (noise - 1), 1 / noise)
        )
        return float(tail * stats.norm.pdf(z))

    reached = (math.log(count / mean) + sigma**2 / 2) / sigma
    oracle = integrate.quad(weighted, -10, 12, points=[reached - 1, reached, reached + 1], limit=500, epsrel=1e-10)[0]
    gamma = negative_binomial_tail([count], [mean], [noise * mean + (movement * mean) ** 2])[0]
    assert moving_tail([count], [mean], noise, movement)[0] == pytest.approx(max(gamma, oracle), rel=1e-6)


def test_a_higher_count_never_has_the_larger_tail_where_means_move() -> None:
    tails = moving_tail(np.arange(0.0, 400.0), np.full(400, 40.0), 1.5, 0.3)
    assert (np.diff(tails) <= 0).all()
    assert 0 < tails[-1] < 1e-6


def test_a_mean_that_does_not_move_has_the_usual_tail() -> None:
    counts = np.arange(0.0, 60.0)
    usual = negative_binomial_tail(counts, 12.0, 18.0)
    np.testing.assert_array_equal(moving_tail(counts, 12.0, 1.5, 0.0), usual)
