"""Bar Q4 and comparison R9: trends hold their level, what is planted gets its name, and how sfdep differs and why."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import NamedTuple

import h3
import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.bars import YEAR, Limit, Numbers, Setting, ground
from benchmarks.worlds import CENTRE, Ground, World, base_rates, disk_of, draw, movement, scatter_centres
from geo import tables
from geo.errors import UnreadableFile
from geo.grid.cells import cell_to_point
from geo.grid.cube import Cube
from geo.stats.change import classify
from geo.stats.emerging import LABEL_SENTENCES, NO_PATTERN, label_histories, planner_word
from geo.stats.question import Question
from geo.stats.results import Floats
from geo.stats.rings import disk_sum
from geo.stats.timeline import HALF_MONTH
from geo.stats.trend import Trend, mann_kendall

SERIES = 2_000
STEPS, WEEKS = 13, 4
LAST_DAY = date(2026, 11, 15)
RECORDS = 2 * YEAR
CENTRES = 2  # of each story on a map
CASES = Path(__file__).resolve().parent.parent.parent / "shared/reference/ehsa/sfdep_classification_cases.csv"

# ----------------------------------------------------------------------------------------- Q4: the size of Mann-Kendall


def normal(random: np.random.Generator, steps: int) -> Floats:
    return random.standard_normal((SERIES, steps))


def few_counts(random: np.random.Generator, steps: int) -> Floats:
    """Counts of about two: half of the pairs of neighbouring values are within one, a fifth are tied."""
    return random.poisson(2.0, (SERIES, steps)).astype(np.float64)


def rings(random: np.random.Generator, steps: int) -> Floats:
    """Ring counts over the city's level of the step, in an uneven city in which nothing moves but the whole."""
    town, world = ground(), World(0.3, city=0.2)
    rates = base_rates(world, town, random)[:, None] * movement(world, town, steps * WEEKS, random)
    counts = draw(rates, world.D, random).reshape(town.cells, steps, WEEKS).sum(axis=2)
    return disk_sum(counts, town.neighbours) / counts.mean(axis=0)


def size(random: np.random.Generator, *, series: Callable[[np.random.Generator, int], Floats], steps: int) -> Numbers:
    """Series without a trend: of how many is one found at .05?"""
    return {"size": float((mann_kendall(series(random, steps)).p_value <= 0.05).mean())}


def attainable(steps: int) -> float:
    """Return the largest two-sided size up to .05 that an exact test of `steps` different values can have.

    The orders of n values by their inversions are the coefficients of the product of 1 + q + ... + q^(k - 1) for k up
    to n (Mann 1945); S is their pairs less twice the inversions.

    >>> attainable(6) == (1 + 5) * 2 / 720  # no pair falls, or one: S is 15 or 13; and the mirror
    True
    """
    orders = [1]
    for k in range(2, steps + 1):
        orders = [sum(orders[max(0, at - k + 1) : at + 1]) for at in range(len(orders) + k - 1)]
    sizes = (2 * sum(orders[:extreme]) / math.factorial(steps) for extreme in range(len(orders) // 2 + 1))
    return max(size for size in sizes if size <= 0.05)


# ------------------------------------------------------------------------------------------------- Q4: labels of cities


def cube_of(counts: Floats, ground_rings: int = 30) -> Cube:
    """Return weekly counts (cells of `ground`, weeks) as a cube whose last week ends on LAST_DAY."""
    cells = np.array([h3.str_to_int(cell) for cell in h3.grid_disk(h3.latlng_to_cell(*CENTRE, 9), ground_rings)], "u8")
    cells.sort()
    at, week = np.nonzero(counts)
    days = np.array([LAST_DAY - timedelta(days=7 * back) for back in reversed(range(counts.shape[1]))], "datetime64[D]")
    lat, lon = cell_to_point(cells)
    seen = counts[at, week].astype(np.uint32)
    rows = pl.DataFrame({"cell": cells[at], "day": days[week], "incidents": seen, "reports": seen}).with_columns(
        pl.lit("all").alias(name) for name in ("category", "source", "status", "unit")
    )
    return Cube(
        counts=rows.select(list(tables.COUNTS)).cast(pl.Schema(tables.COUNTS)),
        areas=tables.empty(tables.AREA_COUNTS),
        universe=pl.DataFrame({"cell": cells, "lat": lat, "lon": lon}, schema=tables.UNIVERSE),
        resolution=9,
        timezone="UTC",
        version="planted",
    )


def null_city(random: np.random.Generator, *, world: World, lens: str, period: str = "4w") -> Numbers:
    """No place holds more than the city, or than its people would explain: how many cells have a hot label?

    Asked at delta 1. At the 1.5 of the city lens no cell of an even city comes near, whatever is wrong with the test.
    """
    town = ground()
    base = base_rates(world, town, random)
    cube = cube_of(draw(base[:, None] * movement(world, town, RECORDS, random), world.D, random))
    asked = Question(lens=lens, min_ratio=1.0)
    labels = classify(cube, asked, period=period, exposure=base if lens == "places" else None).table["label"]
    hot = labels.map(planner_word).ne("")
    return {
        "any": float(hot.any()),
        "hot labels": float(hot.mean()),
        "cold labels": float(labels.str.endswith("cold spot").mean()),
    }


HIGH = 5.0
_FLICKER = np.array([1, 0, 0, 1, 0, 1, 1, 0, 0, 1, 0, 1, 1])
STORIES: Mapping[str, tuple[Floats, str]] = {
    "up in the last step": (np.array([1.0] * 12 + [HIGH]), "new hot spot"),
    "up in the last three": (np.array([1.0] * 10 + [HIGH] * 3), "consecutive hot spot"),
    "always up": (np.full(STEPS, HIGH), "persistent hot spot"),
    "ramp x4 to x10": (np.linspace(4, 10, STEPS), "intensifying hot spot"),
    "decay x10 to x4": (np.linspace(10, 4, STEPS), "diminishing hot spot"),
    "over since the last step": (np.array([HIGH] * 12 + [1.0]), "historical hot spot"),
    "on and off": (np.where(_FLICKER, HIGH, 1.0), "sporadic hot spot"),
    "on and empty": (np.where(_FLICKER, HIGH, 0.0), "oscillating hot spot"),
    "over for nine steps": (np.array([HIGH] * 4 + [1.0] * 9), NO_PATTERN),
}
"""By what a disk's rate is multiplied in each step, and what the place must be called."""


def planted(random: np.random.Generator, *, world: World) -> Numbers:
    """An even city in which disks go through every story; which part of them is called as it should be?"""
    town = ground()
    rates = base_rates(world, town, random)[:, None] * movement(world, town, RECORDS, random)
    centres = scatter_centres(np.ones(town.cells, dtype=bool), CENTRES * len(STORIES), town, random)
    factors = [np.repeat(story, WEEKS) for story, _ in STORIES.values()]
    for centre, factor in zip(centres, factors * CENTRES, strict=True):
        rates[np.ix_(disk_of(centre, town), np.arange(RECORDS - STEPS * WEEKS, RECORDS))] *= factor
    labels = classify(cube_of(draw(rates, world.D, random)), Question()).table["label"].to_numpy()
    told = labels[centres].reshape(CENTRES, len(STORIES))
    right = [(told[:, at] == label).mean() for at, (_, label) in enumerate(STORIES.values())]
    return {name: float(part) for name, part in zip(STORIES, right, strict=True)} | _elsewhere(labels, centres, town)


def _elsewhere(labels: np.ndarray, centres: np.ndarray, town: Ground) -> Numbers:
    """Return which part of the cells two rings and more away from anything planted has a hot label."""
    near = np.zeros(town.cells)
    near[centres] = 1
    for _ in range(2):
        near = disk_sum(near, town.neighbours)
    away = labels[near == 0]
    return {"hot labels elsewhere": float(np.mean([planner_word(label) != "" for label in away]))}


def q4(maps: int = 40) -> list[Setting]:
    """Mann-Kendall rejects as often as it says, pure noise gets no name, and what is planted gets its own."""
    fair = (Limit("size", ">=", 0.035), Limit("size", "<=", 0.065))

    def exact(steps: int) -> tuple[Limit, ...]:
        """A discrete test cannot reach .05 and must not pass it; ties change what it can reach by a tenth or more."""
        return (Limit("size", ">=", 0.8 * attainable(steps)), Limit("size", "<=", 0.05))

    kinds = {"normal": normal, "counts with ties": few_counts, "rings of a city": rings}
    trends = [
        Setting(f"trend, {name}, {STEPS} steps", partial(size, series=series, steps=STEPS), maps, fair)
        for name, series in kinds.items()
    ] + [
        Setting(f"trend, {name}, {steps} steps, exact", partial(size, series=series, steps=steps), maps, exact(steps))
        for name, series in kinds.items()
        for steps in (6, 8, 9)
    ]
    few = (Limit("hot labels", "<=", 0.005), Limit("cold labels", "<=", 0.005))
    nulls = [
        Setting(
            name,
            partial(null_city, world=world, lens=lens, period=period),
            maps,
            (*few, Limit("any", *((">=", 0.0) if world.drift else ("<=", 0.2)))),  # what drifts does hold more
        )
        for name, world, lens, period in (
            ("even city, D 1", World(0.3, D=1.0, uneven=False), "city", "4w"),
            ("even city, regional .3", World(1.5, regional=0.3, uneven=False), "city", "4w"),
            ("even city, drift .2, half-months", World(1.5, drift=0.2, uneven=False), "city", HALF_MONTH),
            ("people explain all, D 1.5", World(0.3), "places", "4w"),
            ("people explain all, regional .2", World(1.5, regional=0.2), "places", "4w"),
            ("people explain all, drift .2", World(1.5, drift=0.2), "places", "4w"),
        )
    ]
    named = (*(Limit(name, ">=", 0.8) for name in STORIES), Limit("hot labels elsewhere", "<=", 0.02))
    stories = [
        Setting(
            f"planted, mean {mean:g}, D {D:g}",
            partial(planted, world=World(mean, D=D, uneven=False)),
            max(1, maps // 4),
            named,
        )
        for mean, D in ((1.5, 1.0), (1.5, 1.5))
    ]
    return [*trends, *nulls, *stories]


# ----------------------------------------------------------------------------------------------- R9: sfdep, and why not

SFDEP_LEVEL = 0.01
"""At which sfdep calls a trend."""


class Case(NamedTuple):
    """One history of the reference: states (1 hot, -1 cold, 0 neither; oldest first), last Gi*, trend, both labels."""

    states: NDArray[np.int64]
    last_gi: float
    score: int
    p_value: float
    ours: str
    theirs: str

    @property
    def side(self) -> int:
        """The side that their label, else ours, speaks of: 1 hot, -1 cold."""
        return -1 if "cold" in (self.ours if self.theirs == NO_PATTERN else self.theirs) else 1

    def is_run(self, flags: NDArray[np.bool_]) -> bool:
        """Say whether flags are set in one run of two or more that ends the history."""
        times = int(flags.sum())
        return times >= 2 and bool(flags[-times:].all())


def r9_cases() -> list[Case]:
    """Return the reference. Raises UnreadableFile where it is not there."""
    if not CASES.is_file():
        raise UnreadableFile("{file} is not there.", file=CASES)
    table = pl.read_csv(CASES)
    states = np.array([row.split(",") for row in table["states"]], np.int64)
    last_gi = [float(row.rsplit(",", 1)[1]) for row in table["gs"]]
    score, p_value = table["S"].to_numpy(), table["p"].to_numpy()
    ours = label_histories(states == 1, states == -1, Trend(score, np.sign(score).astype(float), p_value))
    spelled = table["sfdep"].str.replace("oscilating", "oscillating").str.replace("spot", " spot")
    theirs = [label if label in LABEL_SENTENCES else NO_PATTERN for label in spelled]
    return [Case(*row) for row in zip(states, last_gi, score, p_value, ours, theirs, strict=True)]


def reason(case: Case) -> str:
    """Return why sfdep calls a history otherwise (METHODS 2.2, 2.4); "unexplained" where nothing fits."""
    own, any_side, last = case.states == case.side, case.states != 0, case.states[-1]
    ours, theirs = (label.rsplit(" ", 2)[0] for label in (case.ours, case.theirs))
    if theirs == "sporadic" and case.ours == NO_PATTERN and own.any() and last == 0:
        return "sporadic in the older wording: the last period need not be hot"
    if theirs == "persistent" and ours in ("intensifying", "diminishing") and SFDEP_LEVEL < case.p_value <= 0.05:
        return "a trend at .05 is none at .01"
    if theirs == "intensifying" and "cold" in case.ours and case.score > 0 and any_side.sum() >= 9:
        return "intensifying without a sign: a steadily cold place that warms"
    if case.is_run(any_side) and not case.is_run(own) and theirs == "consecutive":
        return "consecutive without a sign: a run of hot and cold periods"
    if case.is_run(own) and not case.is_run(any_side) and ours == "consecutive":
        return "consecutive without a sign: once on the other side"
    if ours == "historical" and theirs == "persistent" and last == 0:
        return "persistent though the last period is not hot"
    if ours == "historical" and case.theirs == NO_PATTERN and case.last_gi * case.side >= 0:
        return "historical only where the last Gi* is on the other side of nought"
    if ours == "new" and theirs == "oscillating" and own.sum() == 1 and (case.states == -case.side).any():
        return "oscillating though never on this side before"
    return "unexplained"


def r9_differences() -> dict[str, int]:
    """Return how many of the 600 histories sfdep names otherwise, by reason; "unexplained" is always among them.

    Raises UnreadableFile where the reference is not there.
    """
    counted = Counter(reason(case) for case in r9_cases() if case.ours != case.theirs)
    return {"unexplained": 0} | dict(counted.most_common())
