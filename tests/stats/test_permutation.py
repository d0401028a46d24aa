"""The exact permutation tail is what shuffling approximates, and it holds its level."""

from __future__ import annotations

import numpy as np
import pytest

from geo.stats.multiplicity import LEVEL, adjust
from geo.stats.permutation import permutation_tail
from tests.stats.hexagons import hexagons

TOWN = hexagons(8)  # 217 cells


def test_monte_carlo_agrees() -> None:
    """20,000 cities whose cells are drawn with replacement from the counts of one."""
    random = np.random.default_rng(4)
    counts = random.negative_binomial(0.4, 0.2, len(TOWN)).astype(float)
    exact = permutation_tail(counts, TOWN)
    ring = counts + np.where(TOWN >= 0, counts[TOWN], 0).sum(axis=1)
    for cell in np.argsort(exact)[[0, 5, 50, 150]]:
        size = 1 + (TOWN[cell] >= 0).sum()
        drawn = random.choice(counts, (20_000, size)).sum(axis=1)
        seen = (drawn >= ring[cell]).mean()
        assert seen == pytest.approx(exact[cell], abs=4 * (exact[cell] * (1 - exact[cell]) / 20_000) ** 0.5 + 1e-9)


def test_a_tail_far_out_keeps_its_digits() -> None:
    """Seven cells of the one high count, side by side: (1/217)^7 where no shuffling of a lifetime would come."""
    counts = np.zeros(len(TOWN))
    centre = int(np.flatnonzero((TOWN >= 0).all(axis=1))[0])
    counts[[centre, *TOWN[centre]]] = 3.0
    assert permutation_tail(counts, TOWN)[centre] == pytest.approx((7 / 217) ** 7, rel=1e-12)


@pytest.mark.parametrize(("mean", "D"), [(0.02, 1.0), (0.1, 2.0), (2.0, 5.0)])
def test_it_holds_its_level_where_nothing_is(mean: float, D: float) -> None:
    """60 maps without any structure, where Gi* z-scores flag cells on nearly every one: at most .10 and luck."""
    town, random, flagged = hexagons(20), np.random.default_rng(11), 0
    for _ in range(60):
        counts = (
            random.poisson(mean, len(town)) if D == 1 else random.negative_binomial(mean / (D - 1), 1 / D, len(town))
        )
        flagged += bool((adjust(permutation_tail(counts, town)) <= LEVEL).any())
    assert flagged <= 60 * (0.10 + 3 * (0.1 * 0.9 / 60) ** 0.5)


def test_empty_and_equal_cities_are_not_unusual() -> None:
    assert permutation_tail(np.zeros(len(TOWN)), TOWN).tolist() == [1.0] * len(TOWN)
    np.testing.assert_allclose(permutation_tail(np.full(len(TOWN), 4), TOWN), 1.0)
