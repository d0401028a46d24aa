"""The three kinds of scan: what each zone expects, and how cases fall where nothing is going on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.errors import RefusedQuestion
from geo.stats.results import Flags, Floats
from geo.stats.zones import Positions, Zones

METHODS = ("permutation", "poisson", "expectation")
LARGEST = 0.5
"""Of all cases, or of all people: a zone that holds more is the rest of the city turned inside out."""


class Model(NamedTuple):
    """A kind of scan, ready to be run: what each zone expects, and how cases fall by chance."""

    expected: Floats  # (zones, periods + 1): in its last 0, 1, 2, ... periods
    judged: Flags  # (zones,): those not too large
    total: float  # of all cases; 0 where the rest counts as expected
    draw: Callable[[np.random.Generator], tuple[Positions, Positions]]  # location and age of recent cases by chance


def make_model(
    method: str,
    location: Positions,
    age: Positions,
    zones: Zones,
    reach: int,
    periods: int,
    exposure: ArrayLike | None,
    baselines: ArrayLike | None,
    strata: ArrayLike | None = None,
) -> Model:
    """Return the model of a scan over the last `reach` periods; `geo.stats.scan.scan_zones` says the rest.

    `location`, `age` (cases,): where each case is, and how many periods before the last one.
    """
    if method not in METHODS:
        raise RefusedQuestion(
            'There is no scan "{method}". Choose one of permutation, poisson and expectation.', method=method
        )
    kind = np.zeros(len(location), np.int64) if strata is None else np.asarray(strata)
    if kind.shape != location.shape or (strata is not None and method != "permutation"):
        raise ValueError("strata: one for every case of a permutation")
    if method == "permutation":
        return _permutation(location, age, kind, zones, reach)
    if method == "poisson":
        if exposure is None:
            raise RefusedQuestion("A Poisson scan compares with people or streets: give an exposure.")
        return _poisson(len(location), _by_age(exposure, zones, periods, location, age), zones, reach)
    if baselines is None:
        raise RefusedQuestion("An expectation-based scan compares with expected numbers: give baselines.")
    return _expectation(_by_age(baselines, zones, periods, location, age), zones, reach)


def _permutation(location: Positions, age: Positions, kind: NDArray[Any], zones: Zones, reach: int) -> Model:
    """E = sum of A_z B_d / N: cases of the zone, times cases of the last d periods, over all; stratum by stratum (3.1).

    Strata as SaTScan adjusts this model for covariates (Kulldorff, SaTScan User Guide, Covariate Adjustments).
    """
    names, kind, sizes = np.unique(kind, return_inverse=True, return_counts=True)
    total, kinds, rows = len(location), len(names), zones.locations
    held = np.bincount(location * kinds + kind, minlength=rows * kinds).reshape(rows, kinds)
    recent = np.flatnonzero(age < reach)
    recent = recent[np.lexsort((age[recent], kind[recent]))]
    daily = np.bincount(kind[recent] * reach + age[recent], minlength=kinds * reach).reshape(kinds, reach)
    ending = np.hstack([np.zeros((kinds, 1), np.int64), daily.cumsum(axis=1)])
    if kinds <= reach:  # fewer sums over zones either way
        parts = (np.outer(*pair) / size for *pair, size in zip(zones.sums(held).T, ending, sizes, strict=True))
        expected = sum(parts, np.zeros((zones.count, reach + 1)))
    else:
        expected = zones.sums(held @ (ending / sizes[:, None]))
    place, dealt = location[np.argsort(kind, kind="stable")], age[recent]
    decks = [deck for deck in zip(sizes.cumsum() - sizes, sizes, ending[:, -1], strict=True) if deck[2]]

    def draw(random: np.random.Generator) -> tuple[Positions, Positions]:
        """Only which cases carry the recent days matters: a partial Fisher-Yates shuffle, which numpy's choice is."""
        chosen = (first + random.choice(size, number, replace=False) for first, size, number in decks)
        return place[np.concatenate([np.empty(0, np.int64), *chosen])], dealt

    return Model(expected, zones.sums(held.sum(axis=1)) <= LARGEST * total, float(total), draw)


def _poisson(total: int, people: Floats, zones: Zones, reach: int) -> Model:
    """E = N times the zone's part of the exposure of all periods; given their number, cases are multinomial."""
    everyone = people.sum()
    held = zones.sums(people.sum(axis=1))
    scatter = _scatter(people[:, :reach])
    part = min(1.0, people[:, :reach].sum() / everyone)

    def draw(random: np.random.Generator) -> tuple[Positions, Positions]:
        return scatter(random, random.binomial(total, part))

    expected = _cumulated(zones, people[:, :reach] * (total / everyone))
    return Model(expected, held <= LARGEST * everyone, float(total), draw)


def _expectation(baselines: Floats, zones: Zones, reach: int) -> Model:
    """E = the zone's own baselines; cases are Poisson, place by place and period by period."""
    recent = baselines[:, :reach]
    scatter = _scatter(recent)

    def draw(random: np.random.Generator) -> tuple[Positions, Positions]:
        return scatter(random, random.poisson(recent.sum()))

    return Model(_cumulated(zones, recent), np.ones(zones.count, dtype=bool), 0.0, draw)


def _by_age(values: ArrayLike, zones: Zones, periods: int, location: Positions, age: Positions) -> Floats:
    """Return exposure or baselines (locations, periods), the last period first."""
    held = np.asarray(values, dtype=np.float64)
    held = np.repeat(held[:, None], periods, axis=1) if held.ndim == 1 else held
    if held.shape != (zones.locations, periods) or not (held >= 0).all():
        raise ValueError(
            f"exposure and baselines: at least 0 each, for {zones.locations} locations x {periods} periods"
        )
    held = held[:, ::-1]
    if not held[location, age].all():
        raise RefusedQuestion("Cases lie where there is no exposure and none are expected.")
    return held


def _cumulated(zones: Zones, values: Floats) -> Floats:
    """Return what zones hold in the last 0, 1, 2, ... periods of `values` (locations, periods)."""
    running = np.cumsum(zones.sums(values), axis=1)
    return np.hstack([np.zeros((zones.count, 1)), running])


def _scatter(weight: Floats) -> Callable[[np.random.Generator, int], tuple[Positions, Positions]]:
    """Return what deals a number of cases over locations and periods in proportion to `weight` (locations, periods).

    A multinomial of a few thousand cases over millions of slots, by drawing each case by itself.
    """
    running = np.cumsum(weight)

    def scatter(random: np.random.Generator, number: int) -> tuple[Positions, Positions]:
        slot = np.searchsorted(running, random.random(number) * running[-1], side="right")
        return np.divmod(np.minimum(slot, len(running) - 1), weight.shape[1])

    return scatter
