"""2,000 targets and 10 teams to proven optimality: how long a choice takes, and how far a greedy pick falls short.

`python -m benchmarks.choice_speed [CITIES]` prints the slowest and the typical of each setting; the bar is a proof
within BAR_SECONDS for the choice itself and its greedy pick. Choosing anew for one team more is timed once. Where
an incident is reached from ten targets and more the search ends without a proof; how far it may be off is shown.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
import shapely
from scipy import sparse

from benchmarks.stamp import commit
from geo.planning.choice import Chosen, choose
from geo.planning.reach import points_reached

BAR_SECONDS = 10.0
CITIES = 5
TARGETS, TEAMS, UNITS = 2_000, 10, 40
_PATIENCE = 10.0  # seconds: where the search ends, as it does in the product
_CITY_DEGREES = 0.3  # some 30 km
_PATCHES = 30_000
Random = np.random.Generator


@dataclass(frozen=True)
class Setting:
    name: str
    days: int
    costs: Callable[[Random], Any]
    reach_m: float = 0.0
    per_unit: int | None = None
    barred: bool = True  # whether a proof in time is asked for


def alike(rng: Random) -> Any:
    return np.ones(TARGETS)


def halves(rng: Random) -> Any:
    """Half a day to two days."""
    return rng.choice([0.5, 1.0, 1.5, 2.0], TARGETS, p=[0.3, 0.4, 0.2, 0.1])


def by_size(rng: Random) -> Any:
    """Any part of a day, as a formula over streets and households gives it."""
    return np.clip(rng.lognormal(-0.2, 0.5, TARGETS), 0.1, 4.0).round(2)


SETTINGS = (
    Setting("disjoint, a day each", 5, alike),
    Setting("disjoint, half a day to two days, 4 per unit", 5, halves, per_unit=4),
    Setting("disjoint, any cost, 4 per unit", 5, by_size, per_unit=4),
    Setting("disjoint, any cost, a month", 22, by_size),
    Setting("reach 200 m, a day each", 5, alike, reach_m=200),
    Setting("reach 300 m, half a day to two days, 4 per unit", 5, halves, reach_m=300, per_unit=4),
    Setting("reach 500 m, half a day to two days", 5, halves, reach_m=500, barred=False),
    Setting("reach 500 m, any cost, 4 per unit", 5, by_size, reach_m=500, per_unit=4, barred=False),
    Setting("reach 500 m, half a day to two days, a month", 22, halves, reach_m=500, barred=False),
)
COLUMNS = (
    "setting",
    "bar",
    "reached from",
    "slowest",
    "median",
    "one team more",
    "proven",
    "gap, worst",
    "greedy misses, worst",
)
"""`reached from`: how many targets reach an incident that any does, on average."""


def city(seed: int, setting: Setting) -> tuple[pl.DataFrame, dict[str, Any]]:
    """Return targets and, with a reach, what they reach: centres with many small areas, and incidents around them."""
    rng = np.random.default_rng(seed)
    centres = rng.random((25, 2)) * _CITY_DEGREES
    busy = rng.dirichlet(np.full(25, 0.7))

    def scattered(count: int) -> Any:
        near = centres[rng.choice(25, count, p=busy)] + rng.normal(0, 0.015, (count, 2))
        anywhere = rng.random((count, 2)) * _CITY_DEGREES
        return np.where(rng.random((count, 1)) < 0.7, near, anywhere) + np.array([104.0, 30.5])

    at, spots = scattered(TARGETS), scattered(_PATCHES)
    demand = rng.gamma(0.3, 1.0, _PATCHES)
    unit = (at * 20).astype(int) @ [1, 100] % UNITS
    targets = pl.DataFrame(
        {
            "area_id": [f"market/{i:04}" for i in range(TARGETS)],
            "gain": rng.lognormal(1.0, 1.0, TARGETS),
            "cost": setting.costs(rng),
            "unit": [f"unit {number}" for number in unit],
        }
    )
    if not setting.reach_m:
        return targets, {}
    areas = shapely.buffer(shapely.points(at), rng.uniform(0.0005, 0.0015, TARGETS))
    return targets, {"covers": points_reached(areas, spots[:, 1], spots[:, 0], setting.reach_m), "demand": demand}


def run(setting: Setting, seed: int, more: float | None = None) -> tuple[float, Chosen, sparse.csr_array | None]:
    targets, reach = city(seed, setting)
    began = time.perf_counter()
    found = choose(
        targets,
        team_days=float(TEAMS * setting.days),
        teams=TEAMS,
        per_unit=setting.per_unit,
        more=more,
        seconds=_PATIENCE,
        **reach,
    )
    return time.perf_counter() - began, found, reach.get("covers")


def choice_lines(cities: int = CITIES) -> list[str]:
    """Return the Markdown lines of the section."""
    rows, missed = [], False
    for setting in SETTINGS:
        runs = [run(setting, seed) for seed in range(cities)]
        both, _, covers = run(setting, 0, more=float(setting.days))
        took = [seconds for seconds, _, _ in runs]
        proven = sum(found.optimal for _, found, _ in runs)
        short = max(found.greedy_shortfall for _, found, _ in runs)
        missed |= setting.barred and (max(took) > BAR_SECONDS or proven < len(runs))
        overlap = covers.sum() / (covers.sum(axis=0) > 0).sum() if covers is not None else 1.0
        gap = max(found.gap for _, found, _ in runs)
        row = (
            setting.name,
            "10 s" if setting.barred else "",
            f"{overlap:.1f}",
            f"{max(took):.1f}",
            f"{np.median(took):.1f}",
            f"{both:.1f}",
            f"{proven} of {len(runs)}",
            f"{100 * gap:.2f} %",
            f"{100 * short:.2f} %",
        )
        rows.append("| " + " | ".join(row) + " |")
    return [
        f"{TARGETS:,} targets, {TEAMS} teams, {cities} cities each, {os.cpu_count()} cores, seconds. Bar: proven best "
        f"in {BAR_SECONDS:.0f} s: {'**missed**' if missed else 'met'}. The search ends after {_PATIENCE:.0f} s; `gap` "
        "says how far off its answer can then be, `greedy misses` what picking by worth per day leaves. "
        f"Commit {commit()}.",
        "",
        "| " + " | ".join(COLUMNS) + " |",
        "|" + "---|" * len(COLUMNS),
        *rows,
    ]


if __name__ == "__main__":
    print("\n".join(choice_lines(int(sys.argv[1]) if len(sys.argv) > 1 else CITIES)))
