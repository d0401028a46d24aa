"""The best targets under a budget: against every choice there is, and what is refused."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import sparse

from geo.errors import RefusedQuestion
from geo.planning import exact
from geo.planning.choice import choose
from geo.planning.greedy import exchange, pick_greedily
from geo.planning.packing import pack
from geo.planning.programme import Programme, merge_demands


def town(seed: int, count: int = 10) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "area_id": [f"community/{i:03}" for i in range(count)],
            "gain": rng.gamma(1.0, 10.0, count).round(2),
            "cost": rng.choice([0.5, 1.0, 1.5, 2.0], count),
            "unit": rng.choice(["east", "west", None], count, p=[0.4, 0.4, 0.2]).tolist(),
        },
        schema_overrides={"unit": pl.String},
    )


def reaches(seed: int, targets: int = 10, points: int = 40, density: float = 0.15) -> tuple[sparse.csr_array, Any]:
    rng = np.random.default_rng(seed)
    return sparse.csr_array(rng.random((targets, points)) < density), rng.gamma(0.5, 2.0, points)


def best_of_all(
    targets: pl.DataFrame,
    team_days: float,
    *,
    must: tuple[str, ...] = (),
    never: tuple[str, ...] = (),
    per_unit: int | None = None,
    covers: sparse.csr_array | None = None,
    demand: Any = None,
    teams: int | None = None,
) -> float:
    """Return what the best of every subset covers, without any of the product's own sums."""
    names, cost = targets["area_id"].to_list(), targets["cost"].to_numpy()
    units, named, best = targets["unit"].to_numpy(), targets["unit"].drop_nulls().unique().to_list(), -1.0
    for bits in itertools.product((False, True), repeat=targets.height):
        picked = np.array(bits)
        chosen = {name for name, there in zip(names, bits, strict=True) if there}
        if cost[picked].sum() > team_days + 1e-9 or not chosen.issuperset(must) or chosen & {*never}:
            continue
        if per_unit is not None and any((picked & (units == name)).sum() > per_unit for name in named):
            continue
        if teams is not None and not _shares_out(cost[picked].tolist(), teams, team_days / teams):
            continue
        reached = 0.0 if covers is None else demand[covers.toarray()[picked].any(axis=0)].sum()
        best = max(best, float(targets["gain"].to_numpy()[picked].sum()) if covers is None else float(reached))
    return best


def _shares_out(costs: list[float], teams: int, days: float) -> bool:
    """Say by trying whether every piece can be one team's."""
    states = {(0.0,) * teams}
    for cost in costs:
        states = {
            tuple(sorted((*loads[:i], loads[i] + cost, *loads[i + 1 :])))
            for loads in states
            for i in range(teams)
            if loads[i] + cost <= days + 1e-9
        }
    return bool(states)


@pytest.mark.parametrize("seed", range(3))
def test_no_choice_of_disjoint_targets_is_better(seed: int) -> None:
    targets = town(seed)
    wishes: dict[str, Any] = {"must": ("community/002",), "never": ("community/005",), "per_unit": 2}
    found = choose(targets, team_days=5.0, more=1.0, **wishes)
    assert found.optimal
    assert found.covered == pytest.approx(best_of_all(targets, 5.0, **wishes))
    assert found.next_covered == pytest.approx(best_of_all(targets, 6.0, **wishes))
    assert found.picked[2]
    assert not found.picked[5]
    assert found.greedy_covered <= found.covered + 1e-9


@pytest.mark.parametrize("seed", range(3))
def test_no_choice_of_overlapping_reaches_is_better(seed: int) -> None:
    targets, (covers, demand) = town(seed), reaches(seed)
    found = choose(targets, team_days=4.0, per_unit=3, must=["community/001"], covers=covers, demand=demand)
    best = best_of_all(targets, 4.0, per_unit=3, must=("community/001",), covers=covers, demand=demand)
    assert found.optimal
    assert found.covered == pytest.approx(best)
    assert found.covered == pytest.approx(demand[covers.toarray()[found.picked].any(axis=0)].sum())
    assert found.gain == pytest.approx(covers @ demand)
    assert found.total == pytest.approx(demand.sum())


@pytest.mark.parametrize("seed", range(2))
def test_every_target_is_the_work_of_one_team_and_the_choice_still_the_best(seed: int) -> None:
    targets = town(seed, 9).with_columns(cost=pl.Series(np.random.default_rng(seed).choice([1.5, 2.0, 2.5], 9)))
    found = choose(targets, team_days=9.0, teams=3)
    assert found.covered == pytest.approx(best_of_all(targets, 9.0, teams=3))
    assert pack(targets["cost"].to_numpy()[found.picked], 3, 3.0) is not None


def test_what_fits_the_sum_but_no_team_is_not_chosen() -> None:
    targets = pl.DataFrame({"area_id": list("abc"), "gain": 1.0, "cost": 2.0, "unit": "u"})
    assert choose(targets, team_days=6.0).picked.sum() == 3
    shared = choose(targets, team_days=6.0, teams=2)
    assert shared.picked.sum() == 2
    assert shared.optimal


@pytest.mark.parametrize("with_reach", [False, True])
def test_the_order_of_rows_changes_nothing(with_reach: bool) -> None:
    targets = town(7, 60).with_columns(gain=pl.col("gain").round(0))  # with ties
    covers, demand = reaches(7, 60, 200)
    order = np.random.default_rng(1).permutation(60)

    def ask(rows: Any) -> set[str]:
        reach = {"covers": covers[rows], "demand": demand} if with_reach else {}
        found = choose(targets[rows], team_days=20.0, teams=4, per_unit=9, **reach)
        return set(targets[rows].filter(pl.Series(found.picked))["area_id"])

    assert ask(np.arange(60)) == ask(order)


def test_a_greedy_pick_falls_short_where_the_small_and_dense_block_the_large() -> None:
    targets = pl.DataFrame({"area_id": ["a", "b"], "gain": [2.0, 10.0], "cost": [1.0, 6.0], "unit": "u"})
    found = choose(targets, team_days=6.0)
    assert (found.covered, found.greedy_covered, found.greedy_shortfall) == (10.0, 2.0, 0.8)


def test_greedy_does_not_count_twice_what_is_reached_already() -> None:
    covers = sparse.csr_array(np.array([[1, 1, 0], [1, 1, 0], [0, 0, 1]], bool))
    targets = pl.DataFrame({"area_id": list("abc"), "gain": 0.0, "cost": 1.0, "unit": "u"})
    found = choose(targets, team_days=2.0, covers=covers, demand=[5.0, 5.0, 1.0])
    assert found.covered == found.greedy_covered == 11.0
    assert found.picked.tolist() in ([True, False, True], [False, True, True])


def test_without_time_the_greedy_pick_is_given_with_what_could_be_had() -> None:
    targets, (covers, demand) = town(3, 400), reaches(3, 400, 3_000, 0.005)
    found = choose(targets, team_days=20.0, covers=covers, demand=demand, seconds=0.0)
    assert not found.optimal
    assert found.covered >= found.greedy_covered
    assert found.covered < found.bound <= demand.sum() + 1e-6
    assert 0 < found.gap < 1


@pytest.mark.parametrize("seed", range(4))
def test_bounds_are_never_below_the_best_there_is(seed: int) -> None:
    targets, (covers, demand) = town(seed), reaches(seed)
    gain, shared, weight = merge_demands(covers, demand)
    unit = targets["unit"].fill_null("").to_numpy() == "east"
    problem = Programme(
        gain, targets["cost"].to_numpy(), unit.astype(np.int64) - 1, np.arange(10) == 3, 2, shared, weight
    )
    one_unit = targets.with_columns(unit=pl.Series(["east" if there else None for there in unit], dtype=pl.String))
    best = best_of_all(one_unit, 5.0, must=("community/003",), per_unit=2, covers=covers, demand=demand)
    rows, upper = exact._limits(problem, 5.0)
    assert best <= exact._ceiling(problem, rows, upper, 10.0) + 1e-9
    assert best <= exact._no_more_than(problem, pick_greedily(problem, 5.0, None), 5.0) + 1e-9
    assert exact._ceiling(problem, rows, upper, 10.0) < demand.sum() * 1.3
    better = exchange(problem, pick_greedily(problem, 5.0, None), 5.0)
    assert problem.worth(pick_greedily(problem, 5.0, None)) <= problem.worth(better) <= best + 1e-9
    assert better[3]
    assert targets["cost"].to_numpy()[better].sum() <= 5 + 1e-6
    assert (better & unit).sum() <= 2


def test_nothing_that_fits_is_nothing_chosen() -> None:
    targets = pl.DataFrame({"area_id": ["a"], "gain": [2.0], "cost": [9.0], "unit": "u"})
    found = choose(targets, team_days=6.0, teams=2, more=3.0)
    assert not found.picked.any()
    assert found.too_long.all()
    assert (found.covered, found.next_team_gain, found.greedy_shortfall, found.optimal) == (0.0, 0.0, 0.0, True)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"must": ["community/001"], "never": ["community/001"]}, "Both to be included and to be left out"),
        ({"must": ["community/001", "x/1"], "never": ["x/2"]}, "Not in the list of targets: x/1, x/2."),
        ({"must": [f"community/{i:03}" for i in range(10)]}, "need 13 team-days, and there are 4"),
        ({"team_days": 0.0}, "one team and one day or more"),
        ({"team_days": float("nan")}, "one team and one day or more"),
        ({"per_unit": 0}, "1 or more, not 0"),
        ({"must": ["community/000", "community/001", "community/002"], "per_unit": 1}, "more must be included of"),
        ({"must": ["community/000", "community/001"], "team_days": 3.0, "teams": 3}, "cannot be shared out among"),
    ],
)
def test_what_cannot_be_had_is_refused_in_one_sentence(options: dict[str, Any], said: str) -> None:
    units = pl.Series(["east"] * 10)
    targets = town(0).with_columns(unit=units, cost=pl.Series([1.3] * 10))
    with pytest.raises(RefusedQuestion, match=said):
        choose(targets, **({"team_days": 4.0} | options))


@pytest.mark.parametrize("bad", [0.0, -1.0, float("nan"), float("inf"), None])
def test_a_cost_that_is_none_is_refused_by_name(bad: float | None) -> None:
    rows = {"area_id": ["a", "b"], "gain": [1.0, 1.0], "cost": [1.0, bad], "unit": ["u", "u"]}
    with pytest.raises(RefusedQuestion, match="above 0; it is not for b"):
        choose(pl.DataFrame(rows, schema_overrides={"cost": pl.Float64}), team_days=4.0)


def test_lists_that_are_no_lists_are_refused() -> None:
    with pytest.raises(RefusedQuestion, match="no target to choose from"):
        choose(town(0).clear(), team_days=4.0)
    with pytest.raises(RefusedQuestion, match="Twice in the list of targets: community/000"):
        choose(pl.concat([town(0), town(0)[:1]]), team_days=4.0)
    with pytest.raises(RefusedQuestion, match="0 or more; it is not for community/000"):
        choose(town(0).with_columns(gain=pl.lit(-1.0)), team_days=4.0)


@pytest.mark.parametrize("seed", range(20))
def test_work_is_packed_wherever_it_can_be(seed: int) -> None:
    rng = np.random.default_rng(seed)
    costs = rng.choice([2.0, 3.0, 4.0, 5.0], 8)
    days = float(np.ceil(costs.sum() / 3))
    team = pack(costs, 3, days)
    assert (team is not None) == _shares_out(costs.tolist(), 3, days)
    if team is not None:
        assert np.bincount(team, costs, 3).max() <= days + 1e-6


@pytest.mark.parametrize("seed", range(4))
def test_what_a_target_adds_is_what_the_others_do_not_reach(seed: int) -> None:
    targets, (covers, demand) = town(seed), reaches(seed)
    found = choose(targets, team_days=4, covers=covers, demand=demand)
    for at, picked in enumerate(found.picked):
        others = found.picked.copy()
        others[at] = False
        missed = np.asarray(covers[others].sum(axis=0)).ravel() == 0
        assert found.added[at] == pytest.approx(demand[missed & covers[[at]].toarray()[0]].sum())
        assert picked or found.added[at] <= found.gain[at] + 1e-9
    alone = choose(targets, team_days=4)
    assert np.array_equal(alone.added, alone.gain)
