"""How the scan's time grows with cells, cases, rings, days and replicates, and plain numpy beside it (bar Q9).

`python -m benchmarks.scan_growth` prints the section that stands in docs/benchmarks.md.
"""

from __future__ import annotations

import os
import statistics
import time
from functools import cache
from typing import NamedTuple

import h3
import numpy as np

from benchmarks.kernels import interleaved
from benchmarks.peers.plain_scan import membership, strongest
from benchmarks.stamp import commit
from benchmarks.worlds import CENTRE
from geo.stats.scan import scan_zones
from geo.stats.scan_models import make_model
from geo.stats.zones import Positions, Zones, hex_zones

DAYS = 90
BAR_SECONDS = 5.0
ROUNDS = 3
PEER_REPLICATES = 8


class Size(NamedTuple):
    """A scan: rings of the city (81: 19,927 cells), cases, rings and days of a cluster, replicates, categories."""

    city: int = 81
    cases: int = 20_000
    rings: int = 3
    longest: int = 14
    replicates: int = 199
    kinds: int = 1


BASE = Size()
SIZES = {
    "as the bar asks": BASE,
    "5,167 cells": BASE._replace(city=41),
    "80,197 cells": BASE._replace(city=163),
    "2,000 cases": BASE._replace(cases=2_000),
    "60,000 cases": BASE._replace(cases=60_000),
    "5 rings": BASE._replace(rings=5),
    "90 categories, each dealt apart": BASE._replace(kinds=90),
    "7 days": BASE._replace(longest=7),
    "999 replicates": BASE._replace(replicates=999),
    "999 replicates, 2,000 cases": BASE._replace(replicates=999, cases=2_000),
}


@cache
def zones_of(city: int, rings: int) -> Zones:
    cells = [h3.str_to_int(cell) for cell in h3.grid_disk(h3.latlng_to_cell(*CENTRE, 9), city)]
    zones = hex_zones(np.array(sorted(cells), np.uint64), rings)
    assert zones.held.shells.size  # made once, before any clock
    return zones


def cases_of(size: Size, cells: int) -> tuple[Positions, Positions]:
    """Return cases in places that hold very different numbers, and of every day alike."""
    random = np.random.default_rng(9)
    weight = np.exp(random.standard_normal(cells))
    return random.choice(cells, size.cases, p=weight / weight.sum()), random.integers(0, DAYS, size.cases)


class Taken(NamedTuple):
    seconds: float
    processor: float  # seconds of all cores together


def taken(size: Size) -> Taken:
    """Return what one warm scan takes, medians of ROUNDS."""
    zones = zones_of(size.city, size.rings)
    cases, rounds = cases_of(size, zones.locations), []
    strata = np.random.default_rng(4).geometric(3 / (size.kinds + 2), size.cases) % size.kinds
    for _ in range(ROUNDS):
        started, worked = time.perf_counter(), time.process_time()
        scan_zones(cases, zones, strata=strata, periods=DAYS, longest=size.longest, replicates=size.replicates)
        rounds.append(Taken(time.perf_counter() - started, time.process_time() - worked))
    return Taken(*(statistics.median(column) for column in zip(*rounds, strict=True)))


def beside_plain(city: int = 41) -> tuple[float, float, int]:
    """Return milliseconds a replicate, of the kernel on one core and of plain numpy, and the number of cells.

    In turn, in one process, the same cases; raises where the maxima differ.
    """
    zones = zones_of(city, BASE.rings)
    place, day = cases_of(BASE._replace(cases=BASE.cases // 4), zones.locations)
    age = DAYS - 1 - day
    model = make_model("permutation", place, age, zones, BASE.longest, DAYS, None, None)
    inside, daily = membership(zones), np.bincount(day, minlength=DAYS) / len(day)
    held = inside @ np.bincount(place, minlength=zones.locations)
    expected = np.outer(held, daily[-BASE.longest :])

    def ours() -> list[float]:
        found = scan_zones((place, day), zones, periods=DAYS, longest=BASE.longest, replicates=PEER_REPLICATES, seed=0)
        return list(found.maxima)

    def plain() -> list[float]:
        maxima = []
        for replicate in range(PEER_REPLICATES):
            at, back = model.draw(np.random.default_rng([0, replicate]))
            recent = BASE.longest - 1 - back
            total = float(len(place))
            maxima.append(strongest(at, recent, inside, expected, total=total, longest=BASE.longest))
        return maxima

    if not np.allclose(ours(), plain(), atol=1e-9):
        raise AssertionError("the kernel and plain numpy disagree")
    mine, theirs = interleaved(ours, plain)
    return 1e3 * mine / PEER_REPLICATES, 1e3 * theirs / PEER_REPLICATES, zones.locations


def growth_lines() -> list[str]:
    """Return the Markdown lines of the section."""
    taken(BASE._replace(city=10, cases=500, replicates=9))  # compiled, whatever comes first
    found = {name: taken(size) for name, size in SIZES.items()}
    base = found["as the bar asks"]
    mine, theirs, cells = beside_plain()
    return [
        f"Space-time permutation scan, warm, {os.cpu_count()} cores, medians of {ROUNDS}. Bar: 20,000 cells, "
        f"20,000 cases in {DAYS} days, 0 to 3 rings, the last 14 days, 199 replicates in at most {BAR_SECONDS:.0f} s: "
        f"{base.seconds:.1f} s, {'met' if base.seconds <= BAR_SECONDS else '**missed**'}. Commit {commit()}.",
        "",
        "| | cells | cases | rings | days | replicates | seconds | of processors | times the first |",
        "|---|---|---|---|---|---|---|---|---|",
        *(
            f"| {name} | {zones_of(size.city, size.rings).locations:,} | {size.cases:,} | {size.rings} | "
            f"{size.longest} | {size.replicates} | {found[name].seconds:.2f} | {found[name].processor:.2f} | "
            f"{found[name].processor / base.processor:.2f} |"
            for name, size in SIZES.items()
        ),
        "",
        f"Beside plain numpy (every zone, every interval, a sparse product), {cells:,} cells and {BASE.cases // 4:,} "
        f"cases, in one process, in turn, equal to 1e-9: {mine:.1f} ms and {theirs:.0f} ms a replicate, the scan of "
        f"what was seen included, ratio **{theirs / mine:.0f}**.",
    ]


if __name__ == "__main__":
    print("\n".join(growth_lines()))
