"""A public list of the best and the worst names nobody by luck."""

from __future__ import annotations

import numpy as np
import pytest

from geo.planning.boards import boards
from geo.planning.forecast import dispersion_of
from tests.planning.towns import weekly_counts


def listed(people: np.ndarray, ratio: np.ndarray, rng: np.random.Generator, noise: float) -> np.ndarray:
    """The lists of a city of which one household in so many reports, the last 13 weeks looked at."""
    counts = weekly_counts(people * ratio, 78, rng, noise=noise)
    incidents = counts[:, -13:].sum(1)
    expected = incidents.sum() * people / people.sum()
    return boards(incidents, expected, dispersion=dispersion_of(counts))


@pytest.mark.parametrize("noise", [1.0, 2.5])
def test_where_all_are_alike_the_lists_are_empty(noise: float) -> None:
    rng = np.random.default_rng(1)
    black = red = 0
    for _ in range(100):
        people = rng.lognormal(0, 1.2, 80)  # tiny ones and large ones, 0.03 to 20 incidents a week
        found = listed(people, np.ones(80), rng, noise)
        black, red = black + ("black" in found), red + ("red" in found)
    assert max(black, red) <= 8, "5 in 100 are promised; 8 is within the luck of 100 maps"


def test_communities_far_from_the_others_are_listed() -> None:
    rng = np.random.default_rng(2)
    people, ratio = np.full(60, 4.0), np.ones(60)
    ratio[7], ratio[9] = 3.0, 0.2
    found = [listed(people, ratio, rng, 1.5) for _ in range(20)]
    assert np.mean([one[7] == "black" and one[9] == "red" for one in found]) >= 0.9
    assert sum(bool(set(np.delete(one, [7, 9])) - {""}) for one in found) <= 4


def test_three_reports_win_and_lose_nothing() -> None:
    people = np.array([0.001] + [30.0] * 20 + [900.0])
    for incidents in ([3] + [30] * 20 + [900], [30] * 21 + [3]):
        shares = np.asarray(incidents).sum() * people / people.sum()
        found = boards(incidents, shares, dispersion=1.0)
        assert not found[np.asarray(incidents) == 3].any()


def test_households_that_are_a_little_off_fill_no_list() -> None:
    rng, listed_maps = np.random.default_rng(3), 0
    for _ in range(20):
        homes = rng.lognormal(0, 0.5, 64)
        counts = weekly_counts(15 * homes / homes.mean(), 52, rng, noise=2)
        known = homes * rng.lognormal(0, 0.1, 64)  # every area is alike, its figure is not quite right
        incidents = counts[:, -13:].sum(1)
        expected = incidents.sum() * known / known.sum()
        listed_maps += bool(set(boards(incidents, expected, dispersion=dispersion_of(counts))) - {""})
    assert listed_maps <= 1, "with the margin beside the test, not in it, half of these maps name somebody"


def test_a_list_is_short() -> None:
    incidents = np.concatenate([np.full(30, 300.0), np.full(30, 10.0)])
    found = boards(incidents, np.full(60, incidents.mean()), dispersion=1.2)
    assert (found == "black").sum() == (found == "red").sum() == 6
    assert len(boards([], [], dispersion=1.0)) == 0
