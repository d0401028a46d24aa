"""The scan: equal to its definition, to published results, and the same whoever runs it."""

from __future__ import annotations

from itertools import permutations, product
from pathlib import Path

import numpy as np
import pytest

from benchmarks.scan_bars import (
    FEVER,
    LEUKAEMIA,
    STRATA,
    brute_force,
    chances,
    new_mexico,
    new_york_fever,
    new_york_leukaemia,
)
from geo.errors import RefusedQuestion
from geo.stats import scan
from geo.stats.scan import gumbel_chance, rank_chance, scan_zones
from geo.stats.scan_models import METHODS


@pytest.mark.parametrize("retrospective", [False, True], ids=["prospective", "retrospective"])
@pytest.mark.parametrize("method", METHODS)
def test_thirty_small_cases_equal_plain_numpy(method: str, retrospective: bool) -> None:
    for seed in range(30):
        found = brute_force(np.random.default_rng([8, seed]), method=method, retrospective=retrospective)
        assert found["difference"] <= 1e-9


def test_thirty_small_cases_in_strata_equal_plain_numpy() -> None:
    for seed in range(30):
        rng = np.random.default_rng([9, seed])
        found = brute_force(rng, method="permutation", retrospective=seed % 2 == 1, kinds=STRATA)
        assert found["difference"] <= 1e-9


def test_new_york_fever_as_satscan_has_it(shared: Path) -> None:
    found, codes = new_york_fever(199)
    for cluster, (llr, cases, expected, zone) in zip(found.clusters, FEVER, strict=False):
        assert cluster.llr == pytest.approx(llr, abs=1e-6)
        assert (cluster.cases, round(cluster.expected, 1)) == (cases, round(expected, 1))
        assert {codes[at] for at in cluster.locations} <= zone
    first = found.clusters[0]
    assert (first.first + 1, first.last + 1) == (22, 24)
    assert first.gumbel_p == pytest.approx(0.242, abs=0.04)


def test_new_york_leukaemia_as_smerc_has_it(shared: Path) -> None:
    for cluster, (llr, tracts, cases, expected) in zip(new_york_leukaemia(49).clusters, LEUKAEMIA, strict=False):
        assert cluster.llr == pytest.approx(llr, abs=1e-6)
        assert (len(cluster.locations), cluster.cases, round(cluster.expected, 2)) == (tracts, cases, expected)


def test_new_mexico_as_scanstatistics_has_it(shared: Path) -> None:
    found, counties = new_mexico(49)
    first = found.clusters[0]
    assert {counties[at] for at in first.locations} == {"losalamos", "santafe"}
    assert first.llr == pytest.approx(9.18062, abs=1e-4)
    assert (first.first, first.last, first.cases, round(first.expected, 2)) == (0, 3, 43, 20.66)


CASES = [0, 0, 0, 1, 1, 2], [3, 3, 2, 0, 1, 2]


def test_p_is_that_of_all_orders_of_the_days() -> None:
    zones, place, day = [[0], [1], [2], [0, 1]], *CASES
    found = scan_zones((place, day), zones, longest=2, replicates=4_999, seed=3)
    orders = set(permutations(day))
    maxima = []
    for order in orders:
        clusters = scan_zones((place, order), zones, periods=4, longest=2, replicates=1).clusters
        maxima.append(clusters[0].llr if clusters else 0.0)
    exact = float(np.mean(np.array(maxima) >= found.clusters[0].llr - 1e-9))
    assert found.clusters[0].p_value == pytest.approx(exact, abs=0.02)


def test_in_strata_p_is_that_of_all_orders_of_the_days_of_each() -> None:
    zones, place, day, kind = [[0], [1], [2], [0, 1]], *CASES, ["a", "a", "b", "b", "a", "b"]
    found = scan_zones((place, day), zones, longest=2, strata=kind, replicates=4_999, seed=3)
    own = {name: [at for at, other in enumerate(kind) if other == name] for name in "ab"}
    maxima = []
    for first, second in product(*(permutations(day[at] for at in own[name]) for name in "ab")):
        order = np.zeros(6, int)
        order[own["a"]], order[own["b"]] = first, second
        clusters = scan_zones((place, order), zones, longest=2, strata=kind, periods=4, replicates=1).clusters
        maxima.append(clusters[0].llr if clusters else 0.0)
    exact = float(np.mean(np.array(maxima) >= found.clusters[0].llr - 1e-9))
    assert found.clusters[0].p_value == pytest.approx(exact, abs=0.02)
    assert 0.05 < exact < 0.95


def test_strata_of_one_kind_are_none_and_neither_names_nor_rows_matter() -> None:
    random = np.random.default_rng(3)
    place, day, kind = random.integers(0, 20, 400), random.integers(0, 30, 400), random.integers(0, 3, 400)
    zones = [sorted(random.choice(20, 4, replace=False)) for _ in range(40)]
    alone = scan_zones((place, day), zones, replicates=19)
    assert scan_zones((place, day), zones, replicates=19, strata=np.full(400, "x")).maxima.tolist() == (
        alone.maxima.tolist()
    )
    apart = scan_zones((place, day), zones, replicates=19, strata=kind)
    named = scan_zones((place, day), zones, replicates=19, strata=np.array(["dirt", "litter", "noise"])[kind])
    assert named.maxima.tolist() == apart.maxima.tolist() != alone.maxima.tolist()
    assert [c.llr for c in named.clusters] == [c.llr for c in apart.clusters]
    order = random.permutation(400)
    moved = scan_zones((place[order], day[order]), zones, replicates=19, strata=kind[order])
    assert [(c.zone, c.cases) for c in moved.clusters] == [(c.zone, c.cases) for c in apart.clusters]


def test_one_category_that_rises_everywhere_is_a_cluster_only_where_kinds_are_mixed() -> None:
    place = [*np.tile(np.arange(5), 30), *np.tile(np.arange(5, 40), 28)]  # a market and the rest of the city
    day = [*np.repeat([*range(0, 26, 3), *[27] * 21], 5), *np.repeat(range(28), 35)]
    kind = ["stalls"] * 150 + ["litter"] * 980
    zones = [range(5), *([at] for at in range(40))]
    (first, *_) = scan_zones((place, day), zones, longest=3, replicates=99).clusters
    assert first.locations.tolist() == [0, 1, 2, 3, 4]
    assert first.gumbel_p < 1e-6
    assert all(c.p_value > 0.5 for c in scan_zones((place, day), zones, longest=3, strata=kind, replicates=99).clusters)


def test_the_answer_does_not_depend_on_the_number_of_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = scan_zones(CASES, [[0], [1], [2]], replicates=50, seed=7)
    monkeypatch.setattr(scan.os, "cpu_count", lambda: 7)
    split = scan_zones(CASES, [[0], [1], [2]], replicates=50, seed=7)
    assert whole.maxima.tolist() == split.maxima.tolist()
    assert len(set(whole.maxima)) > 1


def test_of_equal_clusters_the_smaller_the_shorter_and_the_first_is_told() -> None:
    place = [0, 0, 1, 1, 2, 2, 3, 3]
    day = [9, 9, 9, 9, 0, 1, 2, 3]
    listed = scan_zones((place, day), [[1], [0], [0, 4]], locations=5, replicates=1)
    assert [c.locations.tolist() for c in listed.clusters] == [[1], [0]]  # in the order of the list
    assert (listed.clusters[0].first, listed.clusters[0].last) == (9, 9)
    shells = scan.Zones(
        5, np.array([0, 4], np.int32), np.array([0, 1, 2], np.int64), np.array([0, 2], np.int64)
    )  # location 4 holds no case: the disk with it is no stronger
    assert scan_zones((place, day), shells, replicates=1).clusters[0].locations.tolist() == [0]


def test_clusters_share_no_location() -> None:
    random = np.random.default_rng(2)
    zones = [sorted(random.choice(20, random.integers(1, 6), replace=False)) for _ in range(60)]
    found = scan_zones((random.integers(0, 20, 300), random.integers(0, 30, 300)), zones, replicates=9)
    told = np.concatenate([cluster.locations for cluster in found.clusters])
    assert len(found.clusters) > 2
    assert len(told) == len(set(told))
    assert [c.llr for c in found.clusters] == sorted((c.llr for c in found.clusters), reverse=True)


def test_a_rise_of_the_whole_city_is_no_permutation_cluster() -> None:
    place, day = np.repeat(np.arange(10), 30), np.tile(np.repeat([0, 1, 2, 3], [2, 2, 2, 24]), 10)
    zones = [[at] for at in range(10)]
    assert not scan_zones((place, day), zones, replicates=9).clusters
    own = scan_zones((place, day), zones, method="expectation", baselines=np.full(10, 2.0), replicates=9)
    assert (own.clusters[0].cases, own.clusters[0].expected) == (24, 2.0)


def test_nothing_to_scan_finds_nothing() -> None:
    for more in ({}, {"strata": np.empty(0, int)}):
        found = scan_zones(([], []), [[0]], replicates=9, **more)  # type: ignore[arg-type]
        assert (found.clusters, found.maxima.tolist()) == ((), [0.0] * 9)
    assert chances(found) == {"rank": 0.0, "gumbel": 0.0, "yearly": 0.0}


@pytest.mark.parametrize("options", [{"method": "bernoulli"}, {"method": "poisson"}, {"method": "expectation"}])
def test_what_cannot_be_asked_is_refused(options: dict[str, str]) -> None:
    with pytest.raises(RefusedQuestion):
        scan_zones(CASES, [[0], [1], [2]], **options)  # type: ignore[arg-type]


def test_cases_where_nobody_lives_are_refused() -> None:
    with pytest.raises(RefusedQuestion, match="no exposure"):
        scan_zones(CASES, [[0], [1], [2]], method="poisson", exposure=[1.0, 0.0, 1.0])


@pytest.mark.parametrize(
    ("cases", "options"),
    [
        (([0, 9], [0, 0]), {"locations": 3}),
        (([0, 1], [0, 5]), {"periods": 3}),
        (([0, 1], [0]), {}),
        (([0, 1], [0, 1]), {"method": "poisson", "exposure": [1.0]}),
        (([0, 1], [0, 1]), {"strata": ["litter"]}),
        (([0, 1], [0, 1]), {"method": "poisson", "exposure": [1.0, 1.0], "strata": [0, 1]}),
    ],
)
def test_what_does_not_fit_is_an_error(cases: tuple[list[int], list[int]], options: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"cases|exposure|strata"):
        scan_zones(cases, [[0], [1]], **options)  # type: ignore[arg-type]


def test_gumbel_gives_back_its_own_quantiles() -> None:
    maxima = np.random.default_rng(1).gumbel(3.0, 0.8, 200_000)
    for p in (0.1, 0.001, 1e-6):
        assert gumbel_chance(3.0 - 0.8 * np.log(-np.log1p(-p)), maxima) == pytest.approx(p, rel=0.1)
    assert gumbel_chance(9.0, np.zeros(9)) == rank_chance(9.0, np.zeros(9)) == 0.1
