"""The spread of counts is learned from the past, and learned right."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize, stats
from scipy.special import gammaln

from geo.stats.likelihood import log_likelihood, most_likely
from geo.stats.variance import ASSUMED, fit_spread, past_predictions, variance_from_past
from tests.stats.hexagons import hexagons

TOWN = hexagons(15)  # 721 cells


def weekly(D: float, tau: float, weeks: int, seed: int = 1) -> np.ndarray:
    """Counts with noise D, in a town where each cell takes a new rate every quarter, of relative sd tau."""
    random = np.random.default_rng(seed)
    base = np.exp(random.normal(0, 0.5, len(TOWN)))[:, None]
    quarters = random.normal(1, tau, (len(TOWN), weeks // 13 + 1)).clip(0.05)
    rates = base * np.repeat(quarters, 13, axis=1)[:, :weeks]
    if D == 1:
        return random.poisson(rates).astype(float)
    return random.negative_binomial(rates / (D - 1), 1 / D).astype(float)


@pytest.mark.parametrize(
    ("weeks", "window", "blocks"),
    [(104, 13, 7), (52, 13, 3), (39, 13, 2), (26, 13, 1), (20, 13, 2), (8, 4, 1), (12, 4, 2), (3, 13, 0), (0, 13, 0)],
)
def test_how_many_predictions_the_past_holds(weeks: int, window: int, blocks: int) -> None:
    found = list(past_predictions(np.ones((7, weeks)), window))
    assert len(found) == blocks
    for prediction in found:
        assert prediction.expected.sum() == pytest.approx(prediction.seen.sum())
        assert 0 < prediction.growth <= 1


def test_a_prediction_never_sees_the_weeks_it_predicts() -> None:
    """Change the last quarter: only what was seen in it changes, not what was expected of it."""
    before = weekly(1.5, 0.1, 52)
    after = before.copy()
    after[:, 39:] = after[::-1, 39:]
    old, new = list(past_predictions(before, 13)), list(past_predictions(after, 13))
    np.testing.assert_allclose(new[0].expected, old[0].expected)
    assert (new[0].seen != old[0].seen).any()
    for earlier, same in zip(old[1:], new[1:], strict=True):
        np.testing.assert_array_equal(earlier.seen, same.seen)


@pytest.mark.parametrize("D", [1.0, 1.5, 3.0])
def test_noise_is_found_where_nothing_moves(D: float) -> None:
    """D and tau can stand in for each other; what counts is the variance at the disks' usual expectation."""
    spread = variance_from_past(weekly(D, 0.0, 104), 13, TOWN).disk
    assert spread.variance(np.array([90.0]))[0] / 90 == pytest.approx(D, rel=0.2)
    assert spread.tau < 0.08


def test_movement_is_found_beside_noise() -> None:
    still, moving = (variance_from_past(weekly(1.5, tau, 104), 13, TOWN).cell.tau for tau in (0.0, 0.4))
    assert still < 0.2 < 0.3 < moving


def test_the_fit_is_as_likely_as_any() -> None:
    """Another optimiser, from several starts and on scipy's own masses, finds no better D and tau."""
    predictions = list(past_predictions(weekly(2.0, 0.2, 52, seed=3), 13))
    ours = fit_spread(predictions)
    assert ours is not None
    seen, expected = (np.concatenate([p[i] for p in predictions]) for i in (0, 1))
    k, growth = (np.repeat([p[i] for p in predictions], len(TOWN)) for i in (2, 3))
    use = expected > 0.05

    def unlikely(point: np.ndarray) -> float:
        mean = expected[use]
        variance = (1 + np.exp(point[0])) * (1 + k[use]) * mean + np.exp(point[1]) * growth[use] * mean**2
        return -stats.nbinom.logpmf(seen[use], mean**2 / (variance - mean), mean / variance).sum()

    best = min(
        optimize.minimize(unlikely, start, bounds=[(-12, 3), (-12, 3)]).fun for start in ([-1, -4], [0, -2], [-3, -6])
    )
    assert unlikely(np.log([ours.D - 1, ours.tau**2])) == pytest.approx(best, abs=0.1)


@pytest.mark.parametrize(("mean", "D", "tau2"), [(0.3, 1.2, 0.4), (20.0, 2.5, 0.0), (150.0, 4.0, 0.3)])
def test_slopes_and_bends_are_those_of_the_likelihood(mean: float, D: float, tau2: float) -> None:
    """Few incidents go by products, many by series; the value is scipy's and the derivatives are differences."""
    random = np.random.default_rng(8)
    means = mean * random.uniform(0.5, 2, 300)
    counts, noise = random.poisson(means).astype(float) + 1, random.uniform(1, 1.5, 300)

    def at(D: float, tau2: float) -> np.ndarray:
        return log_likelihood(counts, means, noise, means, D, tau2)

    variance = means * (D * noise + tau2 * means)
    masses = stats.nbinom.logpmf(counts, means**2 / (variance - means), means / variance) + gammaln(counts + 1)
    value, by_D, by_tau2, *bends = at(D, tau2)
    assert value == pytest.approx(masses.sum(), rel=1e-9)
    step = 1e-5
    along_D = (at(D + step, tau2) - at(D - step, tau2)) / (2 * step)
    along_tau2 = (at(D, tau2 + step) - at(D, tau2 - step)) / (2 * step)
    np.testing.assert_allclose([by_D, *bends[:2]], along_D[:3], rtol=1e-5, atol=1e-4)
    np.testing.assert_allclose([by_tau2, *bends[1:]], along_tau2[:3], rtol=1e-5, atol=1e-4)


def test_the_search_ends_at_the_edge_where_the_best_lies_there() -> None:
    random = np.random.default_rng(2)
    means = random.uniform(5, 90, 3000)
    even = np.round(means)  # less than Poisson: D can only be 1 and tau 0
    assert most_likely(even, means, np.ones(3000), means) == (1.0, 0.0)
    D, tau2 = most_likely(random.negative_binomial(means, 0.5).astype(float), means, np.ones(3000), means)
    assert pytest.approx(2.0, rel=0.1) == D
    assert tau2 < 0.002


def test_too_little_history_is_assumed_and_said() -> None:
    for history in (np.ones((len(TOWN), 7)), np.zeros((len(TOWN), 104)), np.zeros((len(TOWN), 0))):
        assert variance_from_past(history, 13, TOWN) == (ASSUMED, ASSUMED, 0)


@pytest.mark.parametrize("seed", [1, 76])  # 76 ran off to D = inf
def test_a_handful_of_incidents_sends_no_fit_to_infinity(seed: int) -> None:
    rng, neighbours = np.random.default_rng(seed), hexagons(9)
    history = np.zeros((len(neighbours), 39))
    history[rng.choice(len(neighbours), 12, replace=False), rng.integers(39, size=12)] = 1
    spread = variance_from_past(history, 13, neighbours)
    assert 1 <= spread.disk.D <= 1001
    assert 0 <= spread.disk.tau <= 32
