"""Which cluster of one period is which of the next: ids that stay through moves, splits, merges and gaps.

METHODS 4(d). Nothing here knows of maps or dates: a footprint is the cells of a cluster with the incidents of each.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linear_sum_assignment

Footprint = Mapping[str, float]
"""Cell to incidents. The footprints of one step share no cell."""

GAP = 3
"""Steps back that a footprint is looked for; a cluster that was not seen for longer has ended."""
MEMORY = 13
"""Steps after it was last seen within which an ended cluster can be reborn: 52 weeks of four-week steps."""
LEAST_OVERLAP, LEAST_CONTAINED = 0.2, 0.5
"""Of |A and B| / |A or B|, or of |A and B| / min(|A|, |B|): what makes two footprints the same cluster's."""

STATES = ("born", "continued", "split", "reborn", "dormant", "ended", "merged")
SEEN = ("born", "continued", "split", "reborn")
"""The states of a cluster that is there."""
OVER = ("ended", "merged")

_LETTERS = "23456789BCDFGHJKLMNPQRSTVWXZ"  # none that sounds or looks like another, no vowels: no words
_LETTERS_SAID = 4


@dataclass
class Life:
    """One cluster through time. `states`: one per step since its birth. `seen`: its footprint in each step it was in.

    `parent_id`: the cluster it was split from; `merged_into`: the one that took its place, while it is so.
    """

    cluster_id: str
    birth: int
    states: list[str] = field(default_factory=list)
    seen: dict[int, Footprint] = field(default_factory=dict)
    parent_id: str | None = None
    merged_into: str | None = None

    @property
    def last(self) -> int:
        """The step in which it was last seen."""
        return max(self.seen)

    @property
    def footprint(self) -> Footprint:
        """The footprint last seen."""
        return self.seen[self.last]

    @property
    def state(self) -> str:
        return self.states[-1]

    def _take(self, step: int, footprint: Footprint, state: str) -> None:
        self.seen[step] = footprint
        self.states.append(state)
        self.merged_into = None


def strongest(footprint: Footprint) -> str:
    """Return the cell with most incidents; of several the first by name.

    >>> strongest({"b": 2.0, "a": 2.0, "c": 1.0})
    'a'
    """
    return min(footprint, key=lambda cell: (-footprint[cell], cell))


def trace(steps: Sequence[Sequence[Footprint]], *, gap: int = GAP, memory: int = MEMORY) -> tuple[Life, ...]:
    """Return every cluster that is ever seen, in the order of their births.

    Step by step the footprints are matched to the last ones of the clusters seen at most `gap` steps ago: those
    eligible by LEAST_OVERLAP or LEAST_CONTAINED, one to one, so that the sum of their weighted overlaps is greatest
    (Kuhn 1955, doi:10.1002/nav.3800020109, by `scipy.optimize.linear_sum_assignment`). The weighted overlap is the
    incidents, of both steps, in the cells they share over those in all their cells. What is left over:

    - a footprint that holds half of an ended or merged cluster, or lies to a half in one, at most `memory` steps after
      that was last seen: the same cluster, `reborn` (one to one, in the same way). It goes before a split: what two
      clusters grew together by, and lost again, does not cost the smaller one its name.
    - a footprint eligible for a cluster that went on elsewhere: a new cluster, `split` from it;
    - any other footprint: a new cluster, `born`;
    - a cluster eligible for a footprint that another took: `merged` into that one;
    - any other cluster: `dormant`, and `ended` once it was not seen for more than `gap` steps.

    What happened up to a step does not depend on later steps, nor on the order of cells or footprints.

    >>> lives = trace([[{"a": 3.0, "b": 1.0}], [{"b": 2.0, "c": 2.0}], []])
    >>> lives[0].states, sorted(lives[0].footprint)
    (['born', 'continued', 'dormant'], ['b', 'c'])
    >>> [life.states for life in trace([[{"a": 3.0, "b": 1.0, "c": 2.0}], [{"a": 1.0}, {"c": 4.0}]])]
    [['born', 'continued'], ['split']]
    """
    lives: list[Life] = []
    names: set[str] = set()
    for step, found in enumerate(steps):
        footprints = sorted(found, key=strongest)
        known = [life for life in lives if life.state not in OVER and step - life.last <= gap]
        past = [life for life in lives if life.state in OVER or step - life.last > gap]
        owner: dict[int, Life] = {}
        shares = _shares([life.footprint for life in known], footprints, LEAST_OVERLAP)
        for at, new in _assign(shares):
            owner[new] = known[at]
            known[at]._take(step, footprints[new], "continued")
        matched = {id(life) for life in owner.values()}

        free = [new for new in range(len(footprints)) if new not in owner]
        recent = [life for life in past if step - life.last <= memory]
        again = _shares([life.footprint for life in recent], [footprints[new] for new in free], None)
        for at, place in _assign(again):
            owner[free[place]] = recent[at]
            recent[at]._take(step, footprints[free[place]], "reborn")
            matched.add(id(recent[at]))

        born: list[Life] = []
        for new in (new for new in free if new not in owner):
            parents = [(share.common, known[at].cluster_id) for (at, other), share in shares.items() if other == new]
            parent = max(parents)[1] if parents else None
            life = Life(_name(strongest(footprints[new]), names), step, parent_id=parent)
            life._take(step, footprints[new], "split" if parent else "born")
            owner[new] = life
            born.append(life)

        for at, life in enumerate(known):
            if id(life) not in matched:
                takers = [(share.common, owner[new].cluster_id) for (old, new), share in shares.items() if old == at]
                life.merged_into = max(takers)[1] if takers else None
                life.states.append("merged" if takers else "dormant")
        for life in past:
            if id(life) not in matched:
                life.states.append("merged" if life.state == "merged" else "ended")
        lives += born
    return tuple(lives)


@dataclass(frozen=True)
class _Share:
    common: float  # incidents of the older footprint in the cells of both
    overlap: float  # weighted: incidents of both steps in the common cells over those in all cells


def _shares(
    old: Sequence[Footprint], new: Sequence[Footprint], least_overlap: float | None
) -> dict[tuple[int, int], _Share]:
    """Return the eligible pairs, by their positions; without `least_overlap` by containment alone."""
    place = {cell: at for at, footprint in enumerate(new) for cell in footprint}
    pairs: dict[tuple[int, int], _Share] = {}
    for at, before in enumerate(old):
        common: dict[int, list[str]] = {}
        for cell in sorted(before):
            if cell in place:
                common.setdefault(place[cell], []).append(cell)
        for other, cells in sorted(common.items()):
            now = new[other]
            contained = len(cells) / min(len(before), len(now))
            overlap = len(cells) / (len(before) + len(now) - len(cells))
            if contained >= LEAST_CONTAINED or (least_overlap is not None and overlap >= least_overlap):
                whole = sum(before.values()) + sum(now.values())
                shared = sum(before[cell] + now[cell] for cell in cells)
                weighted = shared / whole if whole else overlap
                pairs[at, other] = _Share(sum(before[cell] for cell in cells), weighted)
    return pairs


def _assign(shares: Mapping[tuple[int, int], _Share]) -> list[tuple[int, int]]:
    """Return the pairs, one to one, whose weighted overlaps have the greatest sum."""
    if not shares:
        return []
    olds, news = (sorted({pair[side] for pair in shares}) for side in (0, 1))
    gain = np.zeros((len(olds), len(news)))
    for (old, new), share in shares.items():
        gain[olds.index(old), news.index(new)] = max(share.overlap, 1e-9)  # eligible, if by cells without incidents
    rows, columns = linear_sum_assignment(gain, maximize=True)
    pairs = ((olds[row], news[column]) for row, column in zip(rows, columns, strict=True))
    return [pair for pair in pairs if pair in shares]


def _name(cell: str, names: set[str]) -> str:
    """Return the id of a cluster born around this cell, and keep it among `names`.

    It comes from the cell alone. So it does not depend on how many clusters there were before, nor on the day on which
    the records or the periods begin, as long as the cluster is born around the same cell. A second birth there, or one
    of the few cells that share four letters with another (1 in 614,656), takes the next four.

    >>> names = set()
    >>> [_name("892a3066027ffff", names) for _ in range(2)]
    ['C-GQQJ', 'C-RMLJ']
    """
    turn = 0
    while True:
        number = int.from_bytes(hashlib.blake2b(f"{cell}/{turn}".encode(), digest_size=8).digest(), "big")
        letters = ""
        for _ in range(_LETTERS_SAID):
            number, at = divmod(number, len(_LETTERS))
            letters += _LETTERS[at]
        if (name := f"C-{letters}") not in names:
            names.add(name)
            return name
        turn += 1
