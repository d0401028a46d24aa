"""Which team can take what: pieces of work into teams that have so many days each."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, sparse

from geo.stats.results import Floats

Ints = NDArray[np.int64]

MOST_SIZES = 12
"""Different costs up to which it is decided exactly whether work fits; beyond, by best fit decreasing alone."""
_PER_DAY = 100
"""Parts of a day that loads are told apart by when teams are filled up."""
SLACK = 1e-6
"""Team-days by which a sum of costs may pass a limit: 0.1 is no exact number."""


def pack(costs: ArrayLike, teams: int, days: float) -> Ints | None:
    """Return the team (0, 1, ...) of every piece of work no team having more than `days`; None where none is found.

    Largest first into the fullest team that has room (best fit decreasing: Johnson 1973, Near-optimal bin packing
    algorithms, MIT); where that fails, each team in turn as full as it can be (Gupta and Ho 1999, Production Planning
    and Control 10, 598-603). Where both fail and there are at most `MOST_SIZES` different costs, by an integer program
    over how many of each size a team takes (Kantorovich 1960, Management Science 6, 366-422): None is then a proof.

    >>> pack([0.5, 0.5, 1, 2], teams=2, days=2).tolist(), pack([2, 2, 2], teams=2, days=3)
    ([1, 1, 1, 0], None)
    >>> pack([4, 4, 5, 5, 2, 2, 2, 3, 3], teams=3, days=10) is not None  # best fit decreasing fails
    True
    """
    cost = np.asarray(costs, np.float64)
    if cost.sum() > teams * days + SLACK or (cost > days + SLACK).any():
        return None
    team = np.zeros(len(cost), np.int64)
    loads = np.zeros(teams)
    for piece in np.argsort(-cost, kind="stable"):
        best = fullest_with_room(loads, float(cost[piece]), days)
        if best is None:
            return _pack_full(cost, teams, days)
        team[piece] = best
        loads[best] += cost[piece]
    return team


def fullest_with_room(loads: Floats, cost: float, days: float) -> int | None:
    """Return the team with the highest load that can still take `cost`, the first of equals; None where none can."""
    room = loads + cost <= days + SLACK
    return int(np.argmax(np.where(room, loads, -1.0))) if room.any() else None


def size_rows(sizes: Floats, teams: int, days: float) -> tuple[sparse.csr_array, Floats]:
    """Return the limits on how many pieces of each size each team takes, as (rows, upper ends).

    Columns: teams x sizes, team by team. A row per team: its load is at most `days`; and one for each two teams that
    follow each other: the second has no more than the first, as teams are alike and no order need be tried twice.
    """
    load = sparse.kron(sparse.eye_array(teams), sizes[None, :], format="csr")
    fewer = load[1:] - load[:-1]
    return sparse.vstack([load, fewer], format="csr"), np.r_[np.full(teams, days + SLACK), np.zeros(teams - 1)]


def sizes_of(cost: Floats) -> tuple[Floats, Ints]:
    """Return the different costs and which of them each is."""
    sizes, which = np.unique(cost.round(9), return_inverse=True)
    return sizes, which.astype(np.int64)


def _pack_full(cost: Floats, teams: int, days: float) -> Ints | None:
    """Return what `pack` does by filling each team as far as what is left allows, the largest pieces first."""
    whole = np.ceil(cost * _PER_DAY - SLACK).astype(np.int64)
    room, team = int(days * _PER_DAY + SLACK), np.full(len(cost), -1)
    for number in range(teams):
        left = np.flatnonzero(team < 0)
        left = left[np.argsort(-whole[left], kind="stable")]
        last = np.full(room + 1, -1)  # the piece that first reached a load
        last[0] = len(cost)
        for piece in left:
            size = whole[piece]
            new = (last[size:] < 0) & (last[: room + 1 - size] >= 0)
            last[size:][new] = piece
        load = int(np.flatnonzero(last >= 0)[-1])
        while load:
            team[last[load]] = number
            load -= int(whole[last[load]])
    return team if (team >= 0).all() else _pack_sizes(cost, teams, days)


def _pack_sizes(cost: Floats, teams: int, days: float) -> Ints | None:
    """Return what `pack` does, exactly, by the number of pieces of each size in each team."""
    sizes, which = sizes_of(cost)
    if len(sizes) > MOST_SIZES:
        return None
    rows, upper = size_rows(sizes, teams, days)
    count = np.bincount(which, minlength=len(sizes))
    every = sparse.kron(np.ones((1, teams)), sparse.eye_array(len(sizes)), format="csr")
    limits: list[Any] = [
        optimize.LinearConstraint(rows, -np.inf, upper),
        optimize.LinearConstraint(every, count, count),
    ]
    free = np.zeros(teams * len(sizes))
    bounds = optimize.Bounds(0, np.tile(count, teams))
    found = optimize.milp(free, integrality=np.ones(len(free)), bounds=bounds, constraints=limits)
    if found.x is None:
        return None
    taken = found.x.round().astype(np.int64).reshape(teams, len(sizes))
    team = np.zeros(len(cost), np.int64)
    for size in range(len(sizes)):
        team[np.flatnonzero(which == size)] = np.repeat(np.arange(teams), taken[:, size])
    return team
