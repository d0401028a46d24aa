"""The problem behind a choice, as arrays: what targets reach, what they cost, and the rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from geo.planning.packing import Ints
from geo.stats.results import Flags, Floats


@dataclass(frozen=True)
class Programme:
    """Targets, what they give and cost, and the rules of a choice. Arrays are in the order of the targets."""

    gain: Floats  # (targets,) what nobody else reaches
    cost: Floats  # (targets,) team-days, above 0
    unit: Ints  # (targets,) number of its unit, -1 where nobody answers for it
    must: Flags  # (targets,)
    per_unit: int | None
    shared: sparse.csr_array  # (demands, targets) 1 where a target reaches a demand that others reach too
    weight: Floats  # (demands,) expected incidents of each

    def worth(self, picked: Flags) -> float:
        """Return what these targets reach together, each incident once."""
        reached = (self.shared @ picked.astype(np.float64)) > 0
        return float(self.gain[picked].sum() + self.weight[reached].sum())


def merge_demands(covers: sparse.csr_array, demand: Floats) -> tuple[Floats, sparse.csr_array, Floats]:
    """Return (gain, shared, weight) of a `Programme` from what each target reaches.

    `covers`: bool (targets, demand points); `demand`: (demand points,). Points that the same targets reach become one;
    those that a single target reaches are its own gain. That changes no choice, and makes the program small.

    >>> covers = sparse.csr_array(np.array([[1, 1, 1, 0], [0, 1, 1, 1]], bool))
    >>> gain, shared, weight = merge_demands(covers, np.array([1.0, 2.0, 4.0, 8.0]))
    >>> gain.tolist(), shared.toarray().tolist(), weight.tolist()
    ([1.0, 8.0], [[1.0, 1.0]], [6.0])
    """
    columns = covers.tocsc()
    columns.sort_indices()
    gain, merged = np.zeros(covers.shape[0]), dict[bytes, tuple[NDArray[Any], float]]()
    for point, amount in enumerate(demand.tolist()):
        by = columns.indices[columns.indptr[point] : columns.indptr[point + 1]]
        if len(by) == 1:
            gain[by[0]] += amount
        elif len(by) and amount > 0:
            key = by.tobytes()
            merged[key] = (by, merged[key][1] + amount if key in merged else amount)
    # In an order that the points' own does not touch: the solver's way, and so a tie, may hang on it.
    groups = [merged[key] for key in sorted(merged)]
    members = np.concatenate([by for by, _ in groups]) if groups else np.zeros(0, np.int64)
    ends = np.r_[0, np.cumsum([len(by) for by, _ in groups])].astype(np.int64)
    shared = sparse.csr_array((np.ones(len(members)), members, ends), shape=(len(groups), covers.shape[0]))
    return gain, shared, np.array([amount for _, amount in groups], np.float64)
