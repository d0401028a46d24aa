"""Known answers: what R prints for published data, and what comes out here (../shared/reference, README there)."""

from __future__ import annotations

import csv
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.bars import Limit, Numbers, Setting
from benchmarks.emerging_bars import r9_differences
from geo.stats.gi_star import gi, gi_star
from geo.stats.rates import probability_map, shrunken_rates
from geo.stats.results import Floats, Neighbours

REFERENCE = Path(__file__).resolve().parent.parent.parent / "shared" / "reference"
EXACT = 1e-9
PRINTED = 5e-7  # R printed seven digits
ERROR = "relative error"

Table = tuple[str, str, str]
"""A file, and its columns of events and of population."""


def columns(file: str, *names: str) -> list[Floats]:
    """Return columns of a table of R's."""
    with (REFERENCE / "r_reference" / file).open() as table:
        rows = list(csv.DictReader(table))
    return [np.array([float(row[name]) for row in rows]) for name in names]


def neighbours_within(x: Floats, y: Floats, distance: float) -> Neighbours:
    """Return for every point the others within a distance, -1 where there are fewer than the most."""
    near = np.hypot(x[:, None] - x, y[:, None] - y) <= distance
    np.fill_diagonal(near, False)
    table = np.full((len(x), near.sum(axis=1).max()), -1, dtype=np.int32)
    for i, others in enumerate(near):
        table[i, : others.sum()] = np.flatnonzero(others)
    return table


def worst(found: Floats | float, known: Floats | float) -> Numbers:
    """Return the largest difference relative to what is known; the difference itself where that is 0."""
    return {ERROR: float(np.max(np.abs(np.asarray(found) - known) / np.where(known == 0, 1.0, np.abs(known))))}


def getis_ord(random: np.random.Generator, *, score: Callable[[Floats, Neighbours], Floats], name: str) -> Numbers:
    x, y, value, known = columns("getisord_full_d30.csv", "x", "y", "val", name)
    return worst(score(value, neighbours_within(x, y, 30)), known)


def empirical_bayes(random: np.random.Generator, *, table: Table) -> Numbers:
    n, x, known = columns(*table, "estmm")
    return worst(shrunken_rates(n, x).rates, known)


def prior(random: np.random.Generator, *, table: Table, a: float, b: float) -> Numbers:
    found = shrunken_rates(*columns(*table))
    return worst(np.array(found[:2]), np.array([a, b]))


def choynowski(random: np.random.Generator, *, name: str, of: str, times: float = 1.0) -> Numbers:
    n, x = columns("auckland_EBest.csv", "M77_85", "pop")
    (known,) = columns("auckland_probmap.csv", name)
    return worst(getattr(probability_map(n, x), of) * times, known)


def emerging(random: np.random.Generator) -> Numbers:
    """Names of 600 histories beside those sfdep gives; each difference has its reason (METHODS 2.4)."""
    reasons = r9_differences()
    return {"differences": float(sum(reasons.values())), "unexplained": float(reasons["unexplained"])}


def q1() -> list[Setting]:
    """Return a row for every known answer, or nothing where ../shared/reference is absent."""
    if not REFERENCE.is_dir():
        return []
    sids, auckland = ("nc_sids_EBest.csv", "SID74", "BIR74"), ("auckland_EBest.csv", "M77_85", "pop")
    printed = {"NC sids": (sids, 7.692931e-07, 0.002021445), "Auckland": (auckland, 7.284173e-07, 0.002633436)}
    exact: dict[str, Callable[[np.random.Generator], Numbers]] = {
        "R6 Gi, 256 cells, distance 30 (spdep localG)": partial(getis_ord, score=gi, name="G_d30"),
        "R6 Gi*, the same": partial(getis_ord, score=gi_star, name="Gstar_d30"),
        "R7 empirical Bayes rates, NC sids (spdep EBest)": partial(empirical_bayes, table=sids),
        "R7 empirical Bayes rates, Auckland": partial(empirical_bayes, table=auckland),
        "R7b expected, Auckland (spdep probmap)": partial(choynowski, name="expCount", of="expected"),
        "R7b relative risk": partial(choynowski, name="relRisk", of="ratio", times=100.0),
        "R7b Poisson probability": partial(choynowski, name="pmap", of="at_most"),
    }
    return [
        *(Setting(name, measure, 1, (Limit(ERROR, "<=", EXACT),)) for name, measure in exact.items()),
        *(
            Setting(f"R7 a and b, {name}", partial(prior, table=table, a=a, b=b), 1, (Limit(ERROR, "<=", PRINTED),))
            for name, (table, a, b) in printed.items()
        ),
        Setting(
            "R9 names of 600 histories (sfdep)",
            emerging,
            1,
            (Limit("differences", ">=", 0.0), Limit("unexplained", "<=", 0.0)),
        ),
    ]
