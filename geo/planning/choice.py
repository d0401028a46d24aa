"""The best targets under a budget of team-days, and how good they are beside a greedy pick and one team more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import ArrayLike
from scipy import sparse

from geo.errors import RefusedQuestion
from geo.planning.exact import Solved, solve
from geo.planning.greedy import pick_greedily
from geo.planning.packing import SLACK, pack
from geo.planning.programme import Programme, merge_demands
from geo.stats.results import Flags, Floats

TARGETS = {"area_id": pl.String, "gain": pl.Float64, "cost": pl.Float64, "unit": pl.String}
"""What is chosen from: `gain` is what working there reaches (expected incidents), `cost` its team-days; `unit` may be
null."""


@dataclass(frozen=True)
class Chosen:
    """What was picked. Arrays are in the order of the rows given; incidents are expected ones, each counted once."""

    picked: Flags  # (targets,)
    gain: Floats  # (targets,) what each reaches by itself
    added: Floats  # (targets,) the part of it that nothing else that was picked reaches
    total: float  # of all there is, reached or not
    covered: float  # by what was picked
    bound: float  # no choice under these rules can cover more
    optimal: bool  # proven: nothing covers more than `covered`
    team_days: float  # that what was picked costs
    greedy_covered: float  # by picking one after the other what adds most per team-day
    next_covered: float | None  # with `more` team-days, chosen anew; None where not asked for
    next_optimal: bool  # proven
    too_long: Flags  # (targets,) more than one team can do in its days

    @property
    def next_team_gain(self) -> float | None:
        """What the team-days of one team more would add."""
        return None if self.next_covered is None else max(0.0, self.next_covered - self.covered)

    @property
    def greedy_shortfall(self) -> float:
        """The part of what was covered that a greedy pick misses, 0 to 1."""
        return max(0.0, 1 - self.greedy_covered / self.covered) if self.covered > 0 else 0.0

    @property
    def gap(self) -> float:
        """The part by which a better choice could still be better; 0 where the best is proven."""
        return (self.bound - self.covered) / self.bound if self.bound > 0 else 0.0


def choose(
    targets: pl.DataFrame,
    *,
    team_days: float,
    teams: int | None = None,
    must: Sequence[str] = (),
    never: Sequence[str] = (),
    per_unit: int | None = None,
    covers: sparse.csr_array | None = None,
    demand: ArrayLike | None = None,
    more: float | None = None,
    seconds: float = 10.0,
) -> Chosen:
    """Return the targets that reach most within `team_days`; `exact.solve` says how, and its sources.

    `targets`: `TARGETS`, one row each. Without `covers` what they reach adds up (areas that do not overlap). With it,
    bool (targets, demand points), and `demand` (demand points,) a point reached twice counts once and `gain` is not
    read. `must` are picked, `never` are not; at most `per_unit` of one unit, those without a unit not counted.
    `teams`: no target is shared by two of so many teams, each of which has `team_days / teams`. `more`: the team-days
    that one team more would bring; it is then chosen anew, with so many teams. `seconds`: when to end the search,
    for each of the two.

    The same whatever the order of rows; where the time ends the search, `optimal` is false and the choice may differ
    between machines.

    Raises RefusedQuestion where the list is empty, or the wishes, costs or gains contradict each other or themselves.

    >>> towns = pl.DataFrame({"area_id": list("abc"), "gain": [6.0, 5.0, 5.0], "cost": [3.0, 2.0, 2.0], "unit": "u"})
    >>> found = choose(towns, team_days=4, more=1)
    >>> found.picked.tolist(), found.covered, found.optimal, found.next_team_gain
    ([False, True, True], 10.0, True, 1.0)
    >>> choose(towns, team_days=4, per_unit=1).picked.tolist()
    [True, False, False]
    """
    check_wishes(targets["area_id"].to_list(), must, never)
    _check_numbers(targets, team_days, teams, per_unit)
    order = targets.with_row_index("row").sort("area_id")["row"].to_numpy()
    known = targets[order]
    gain, shared, weight = _reaches(known["gain"].to_numpy(), covers, demand, order)
    days = team_days / (teams or 1)
    cost, musts = known["cost"].to_numpy(), known["area_id"].is_in(list(must)).to_numpy()
    too_long = cost > days + SLACK
    _check_musts(known.filter(musts), team_days, teams, per_unit)
    offered = np.flatnonzero(~known["area_id"].is_in(list(never)).to_numpy() & ~too_long)
    units = known["unit"].fill_null("").to_numpy()
    named, number = np.unique(units, return_inverse=True)
    number = np.where(units == "", -1, number - (named[:1] == "").sum())
    problem = Programme(
        gain[offered],
        cost[offered],
        number[offered].astype(np.int64),
        musts[offered],
        per_unit,
        shared[:, offered],
        weight,
    )
    found = solve(problem, team_days, teams, seconds)
    further = _with_more(problem, found, team_days, teams, more, seconds)
    picked = np.zeros(len(order), bool)
    picked[offered[found.picked]] = True
    times = shared @ picked.astype(np.float64)
    alone = np.where(picked, shared.T @ (weight * (times == 1)), shared.T @ (weight * (times == 0)))
    back = np.argsort(order)
    return Chosen(
        picked=picked[back],
        gain=(gain + shared.T @ weight)[back],
        added=(gain + alone)[back],
        total=float(gain.sum() if covers is None else np.asarray(demand, np.float64).sum()),
        covered=found.worth,
        bound=found.bound,
        optimal=found.optimal,
        team_days=float(cost[picked].sum()),
        greedy_covered=problem.worth(pick_greedily(problem, team_days, teams)),
        next_covered=further.worth if further else None,
        next_optimal=further is not None and further.optimal,
        too_long=too_long[back],
    )


def check_wishes(
    known: Sequence[str], must: Sequence[str], never: Sequence[str], names: Mapping[str, str] | None = None
) -> None:
    """Raise RefusedQuestion for an empty list, areas that are not in it, and those wished both in and out.

    `names`: of the areas, said beside their numbers.
    """
    if not len(known):
        raise RefusedQuestion("There is no target to choose from. Rank a kind of area that has reports.")
    unknown = sorted({*must, *never} - set(known))
    if unknown:
        raise RefusedQuestion(
            "Not in the list of targets: {areas}. Check the number of each area, or rank the kind it is of.",
            areas=", ".join(unknown),
        )
    both = sorted({*must} & {*never})
    if both:
        raise RefusedQuestion(
            "Both to be included and to be left out: {areas}. Take each out of one of the two.",
            areas=", ".join(f"{names[area]} ({area})" if names and names.get(area) else area for area in both),
        )


def _check_numbers(targets: pl.DataFrame, team_days: float, teams: int | None, per_unit: int | None) -> None:
    if not (np.isfinite(team_days) and team_days > 0 and (teams is None or teams >= 1)):
        raise RefusedQuestion("A choice needs one team and one day or more, in whole numbers.")
    if per_unit is not None and per_unit < 1:
        raise RefusedQuestion("At most so many per unit: 1 or more, not {per_unit}.", per_unit=per_unit)
    twice = sorted(targets.filter(pl.col("area_id").is_duplicated())["area_id"].unique())
    if twice:
        raise RefusedQuestion("Twice in the list of targets: {areas}.", areas=", ".join(twice))
    cost, gain = pl.col("cost"), pl.col("gain")
    bad = targets.filter(~(cost.is_finite() & (cost > 0)).fill_null(False))["area_id"].sort().to_list()
    if bad:
        raise RefusedQuestion(
            "The cost of a target is a number of team-days above 0; it is not for {areas}.", areas=", ".join(bad)
        )
    bad = targets.filter(~(gain.is_finite() & (gain >= 0)).fill_null(False))["area_id"].sort().to_list()
    if bad:
        raise RefusedQuestion(
            "What a target holds is a number of incidents, 0 or more; it is not for {areas}.", areas=", ".join(bad)
        )


def _check_musts(musts: pl.DataFrame, team_days: float, teams: int | None, per_unit: int | None) -> None:
    """Raise RefusedQuestion where what must be included cannot be, whatever else is picked."""
    needed = float(musts["cost"].sum())
    if needed > team_days + SLACK:
        raise RefusedQuestion(
            "The targets that must be included need {needed} team-days, and there are {team_days}. Add teams or days, "
            "or take targets out.",
            needed=f"{needed:g}",
            team_days=f"{team_days:g}",
        )
    if teams is not None and pack(musts["cost"].to_numpy(), teams, team_days / teams) is None:
        raise RefusedQuestion(
            "The targets that must be included cannot be shared out among {teams} teams of {days} days without two "
            "teams working on one. Give the teams more days, or split a target.",
            teams=teams,
            days=f"{team_days / teams:g}",
        )
    many = musts.drop_nulls("unit").group_by("unit").len().filter(pl.col("len") > (per_unit or musts.height))
    if many.height:
        raise RefusedQuestion(
            "At most {per_unit} per unit, and more must be included of {units}. Raise the limit, or take targets out.",
            per_unit=per_unit,
            units=", ".join(many["unit"].sort()),
        )


def _reaches(
    gain: Floats, covers: sparse.csr_array | None, demand: ArrayLike | None, order: ArrayLike
) -> tuple[Floats, sparse.csr_array, Floats]:
    """Return (gain, shared, weight) of the programme, targets in `order`."""
    if covers is None:
        return gain, sparse.csr_array((0, len(gain))), np.zeros(0)
    points = np.asarray(demand, np.float64)
    if covers.shape != (len(gain), len(points)) or not (np.isfinite(points).all() and (points >= 0).all()):
        raise ValueError("covers is (targets, demand points), demand (demand points,) of 0 or more")
    return merge_demands(sparse.csr_array(covers[np.asarray(order)]), points)


def _with_more(
    problem: Programme, found: Solved, team_days: float, teams: int | None, more: float | None, seconds: float
) -> Solved | None:
    """Return the best choice with `more` team-days; what was found is one of those that it is chosen from."""
    if more is None:
        return None
    further = solve(problem, team_days + more, None if teams is None else teams + 1, seconds)
    return replace(further, worth=max(further.worth, found.worth))
