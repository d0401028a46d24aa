"""The best choice under a budget by an integer program, and whether it is proven to be the best."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import optimize, sparse

from geo.planning.greedy import exchange, pick_greedily
from geo.planning.packing import MOST_SIZES, SLACK, pack, size_rows, sizes_of
from geo.planning.programme import Programme
from geo.stats.results import Flags, Floats

_SAME = 1e-9
"""Relative difference below which a bound is reached: sums of floats are no more exact."""
_MANY = 3_000
"""Demands from which on a bound is worked out first: the search may end before it has one of its own."""
_TRIMS = (0.002, 0.005, 0.01, 0.02, 0.05)
"""Parts of the budget left free, one after the other, until the teams can share out what is chosen."""


@dataclass(frozen=True)
class Solved:
    picked: Flags  # (targets,)
    worth: float
    bound: float  # no choice can be worth more
    optimal: bool  # proven: `worth` is `bound`


def solve(problem: Programme, team_days: float, teams: int | None, seconds: float) -> Solved:
    """Return the best choice within `team_days`, or the best found when the time ends.

    max  sum_i gain_i x_i + sum_j weight_j y_j   with   sum_i cost_i x_i <= team_days,   y_j <= sum_{i reaches j} x_i,
    x_i in {0, 1},   0 <= y_j <= 1   and at most `per_unit` of the x of a unit: a knapsack where nothing is shared
    (Dantzig 1957, Operations Research 5, 266-288), maximum coverage where reaches overlap (Church and ReVelle 1974,
    Papers in Regional Science 32, 101-118); y needs no integers, as a full one never costs. By the branch and bound of
    HiGHS (Huangfu and Hall 2018, Mathematical Programming Computation 10, 119-142) to a gap of 0.

    Where the best choice cannot be shared out among `teams`, it is looked for again with the loads of teams in the
    program. With more than `MOST_SIZES` different costs a little of the budget is left free instead, until teams can
    share out what is chosen; that is then not proven to be the best, and `bound` is that of the whole budget.
    """
    if not len(problem.gain):
        return Solved(np.zeros(0, bool), 0.0, 0.0, optimal=True)
    end = time.monotonic() + seconds
    found = _solve(problem, team_days, None, seconds)
    if teams is None or _packs(problem, found.picked, team_days, teams):
        return found
    if len(sizes_of(problem.cost)[0]) <= MOST_SIZES:
        return _solve(problem, team_days, teams, max(1.0, end - time.monotonic()))
    best = pick_greedily(problem, team_days, teams)
    for part in _TRIMS:
        tried = _solve(problem, team_days * (1 - part), None, max(1.0, end - time.monotonic())).picked
        if _packs(problem, tried, team_days, teams):
            best = max(best, tried, key=problem.worth)
            break
    return _solved(problem, best, found.bound)


def _packs(problem: Programme, picked: Flags, team_days: float, teams: int) -> bool:
    return pack(problem.cost[picked], teams, team_days / teams) is not None


def _solved(problem: Programme, picked: Flags, bound: float) -> Solved:
    worth = problem.worth(picked)
    return Solved(picked, worth, max(bound, worth), optimal=bound <= worth * (1 + _SAME))


def _solve(problem: Programme, team_days: float, teams: int | None, seconds: float) -> Solved:
    count, demands = len(problem.gain), len(problem.weight)
    rows, upper = _limits(problem, team_days)
    ceiling, began = np.inf, time.monotonic()
    if demands > _MANY:
        ceiling = _ceiling(problem, rows, upper, 0.6 * seconds)
        # What is kept back is for an exchange of targets where nothing is proven.
        seconds = 0.9 * (seconds - (time.monotonic() - began))
    worth, whole = np.r_[problem.gain, problem.weight], np.r_[np.ones(count), np.zeros(demands)]
    low, high = np.r_[problem.must.astype(float), np.zeros(demands)], np.ones(count + demands)
    limits: list[Any] = [optimize.LinearConstraint(rows, -np.inf, upper)]
    if teams is not None:
        loads, extra = _loads(problem, count + demands, team_days, teams)
        limits = [optimize.LinearConstraint(_wider(rows, extra), -np.inf, upper), *loads]
        worth, low = np.r_[worth, np.zeros(extra)], np.r_[low, np.zeros(extra)]
        whole, high = np.r_[whole, np.ones(extra)], np.r_[high, np.full(extra, np.inf)]
    options = {"time_limit": seconds, "mip_rel_gap": 0.0}
    found = optimize.milp(
        -worth, integrality=whole, bounds=optimize.Bounds(low, high), constraints=limits, options=options
    )
    if found.status == 0:
        picked = found.x[:count] > 0.5
        return _solved(problem, picked, problem.worth(picked))
    known = [] if found.x is None else [found.x[:count] > 0.5]
    known.append(pick_greedily(problem, team_days, teams))
    if teams is None:
        known += [exchange(problem, picked, team_days) for picked in known]
    best = max(known, key=problem.worth)
    return _solved(problem, best, min(ceiling, _bound(found, problem), _no_more_than(problem, best, team_days)))


def _ceiling(problem: Programme, rows: sparse.csr_array, upper: Floats, seconds: float) -> float:
    """Return what no choice can be worth: the program without its integers, by the prices of its limits.

    sum_r price_r upper_r + sum_j (weight_j - mu_j) + sum_i max(0, gain_i + sum_{j: i reaches j} mu_j - price of i)
    holds for any prices >= 0 and 0 <= mu <= weight (Lagrange), so no tolerance of a solver can make it too low.
    """
    worth = np.r_[problem.gain, problem.weight]
    found = optimize.linprog(-worth, A_ub=rows, b_ub=upper, bounds=(0, 1), options={"time_limit": seconds})
    if found.status != 0:
        return float(np.inf)
    own = len(upper) - len(problem.weight)
    prices = np.maximum(-found.ineqlin.marginals[:own], 0)
    mu = np.clip(-found.ineqlin.marginals[own:], 0, problem.weight)
    left = problem.gain + problem.shared.T @ mu - rows[:own, : len(problem.gain)].T @ prices
    # A target that must be in may be worth less than its price.
    chosen = np.where(problem.must, left, np.maximum(left, 0))
    return float(prices @ upper[:own] + (problem.weight - mu).sum() + chosen.sum())


def _no_more_than(problem: Programme, picked: Flags, team_days: float) -> float:
    """Return what no choice can be worth, by what each target adds to this one, the best of it within the budget.

    What is added only shrinks, so the best choice is worth no more than this one and all that its targets add to it
    (Nemhauser, Wolsey and Fisher 1978, Mathematical Programming 14, 265-294), a part of the last one counted in.
    """
    free = (problem.shared @ picked.astype(np.float64)) <= 0
    adds = np.where(picked, 0.0, problem.gain + problem.shared.T @ (problem.weight * free))
    order = np.argsort(-adds / problem.cost, kind="stable")
    before = np.cumsum(problem.cost[order]) - problem.cost[order]
    part = np.clip((team_days + SLACK - before) / problem.cost[order], 0, 1)
    return problem.worth(picked) + float(part @ adds[order])


def _bound(found: Any, problem: Programme) -> float:
    """Return what the solver could not rule out; everything where it has not begun."""
    everything = float(problem.gain.sum() + problem.weight.sum())
    known = found.mip_dual_bound is not None and np.isfinite(found.mip_dual_bound)
    return min(-float(found.mip_dual_bound), everything) if known else everything


def _limits(problem: Programme, team_days: float) -> tuple[sparse.csr_array, Floats]:
    """Return the rows and upper ends that hold the budget, the units and what is reached at all."""
    demands = len(problem.weight)
    rows, upper = [sparse.csr_array(problem.cost[None, :])], [np.array([team_days + SLACK])]
    if problem.per_unit is not None:
        members = sparse.csr_array(problem.unit[None, :] == np.arange(problem.unit.max(initial=-1) + 1)[:, None])
        tight = members[np.flatnonzero(members.sum(axis=1) > problem.per_unit)]
        rows.append(tight.astype(np.float64))
        upper.append(np.full(tight.shape[0], float(problem.per_unit)))
    of_targets = _wider(sparse.vstack(rows, format="csr"), demands)
    reached = sparse.hstack([-problem.shared, sparse.eye_array(demands)], format="csr")
    return sparse.vstack([of_targets, reached], format="csr"), np.r_[np.concatenate(upper), np.zeros(demands)]


def _loads(problem: Programme, before: int, team_days: float, teams: int) -> tuple[list[Any], int]:
    """Return the limits that let teams share out what is picked, and how many columns they add after `before`."""
    sizes, which = sizes_of(problem.cost)
    extra = teams * len(sizes)
    rows, upper = size_rows(sizes, teams, team_days / teams)
    of_teams = sparse.hstack([sparse.csr_array((rows.shape[0], before)), rows], format="csr")
    picked = sparse.csr_array((np.ones(len(which)), (which, np.arange(len(which)))), shape=(len(sizes), before))
    taken = sparse.kron(np.ones((1, teams)), sparse.eye_array(len(sizes)), format="csr")
    same = sparse.hstack([-picked, taken], format="csr")
    return [optimize.LinearConstraint(of_teams, -np.inf, upper), optimize.LinearConstraint(same, 0, 0)], extra


def _wider(rows: sparse.csr_array, columns: int) -> sparse.csr_array:
    """Return the rows with so many columns of nothing after them."""
    return sparse.hstack([rows, sparse.csr_array((rows.shape[0], columns))], format="csr")
