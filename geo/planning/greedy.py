"""Quick choices: one target after the other, and one exchanged for another while that adds something."""

from __future__ import annotations

import heapq

import numpy as np

from geo.planning.packing import SLACK, fullest_with_room, pack
from geo.planning.programme import Programme
from geo.stats.results import Flags


def pick_greedily(problem: Programme, team_days: float, teams: int | None) -> Flags:
    """Return what is picked one after the other: always the target that adds most per team-day and still fits.

    What a planner does with a sorted list, with what is already reached taken off. The musts come first. Equals in the
    order of the targets. Lazily: what a target adds only shrinks (Minoux 1978, Accelerated greedy algorithms).
    """
    picked, days = problem.must.copy(), team_days / (teams or 1)
    loads = np.zeros(teams or 1)
    placed = pack(problem.cost[picked], len(loads), days)
    np.add.at(loads, placed if placed is not None else 0, problem.cost[picked])
    of_unit = np.bincount(problem.unit[picked & (problem.unit >= 0)], minlength=problem.unit.max(initial=-1) + 2)
    reaches = problem.shared.tocsc()
    reached = (problem.shared @ picked.astype(np.float64)) > 0

    def adds(target: int) -> float:
        rows = reaches.indices[reaches.indptr[target] : reaches.indptr[target + 1]]
        return float(problem.gain[target] + problem.weight[rows[~reached[rows]]].sum()) / float(problem.cost[target])

    heap = [(-adds(int(i)), int(i)) for i in np.flatnonzero(~picked)]
    heapq.heapify(heap)
    while heap:
        claimed, target = heapq.heappop(heap)
        now = adds(target)
        if now <= 0:
            continue
        if heap and (-now, target) > heap[0] and now < -claimed:
            heapq.heappush(heap, (-now, target))
            continue
        unit, team = problem.unit[target], fullest_with_room(loads, float(problem.cost[target]), days)
        full = problem.per_unit is not None and unit >= 0 and of_unit[unit] >= problem.per_unit
        if team is None or full:
            continue
        picked[target] = True
        loads[team] += problem.cost[target]
        of_unit[unit] += unit >= 0
        reached[reaches.indices[reaches.indptr[target] : reaches.indptr[target + 1]]] = True
    return picked


def exchange(problem: Programme, picked: Flags, team_days: float) -> Flags:
    """Return what becomes of a choice when one target is exchanged for another, the most worthwhile first, to the end.

    What a search without time left is given: Teitz and Bart (1968), Operations Research 16, 955-961.
    """
    picked, reaches = picked.copy(), problem.shared.T.tocsr()
    while True:
        reached = problem.shared @ picked.astype(np.float64)
        room = team_days + SLACK - problem.cost[picked].sum()
        of_unit = np.bincount(problem.unit[picked] + 1, minlength=problem.unit.max(initial=-1) + 2)
        best: tuple[float, int, int] | None = None
        for out in np.flatnonzero(picked & ~problem.must):
            left = reached.copy()
            left[reaches.indices[reaches.indptr[out] : reaches.indptr[out + 1]]] -= 1
            adds = problem.gain + reaches @ (problem.weight * (left <= 0))
            fits = ~picked & (problem.cost <= room + problem.cost[out])
            if problem.per_unit is not None:
                full = of_unit - (np.arange(len(of_unit)) == problem.unit[out] + 1) >= problem.per_unit
                fits &= ~full[problem.unit + 1] | (problem.unit < 0)
            more = np.where(fits, adds - adds[out], 0.0)
            if more.max() > (best[0] if best else 1e-9):
                best = (float(more.max()), int(out), int(more.argmax()))
        if best is None:
            return picked
        picked[best[1]], picked[best[2]] = False, True
