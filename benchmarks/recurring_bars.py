"""Bar Q6b: clusters that are none, names that last, chronic cells by chance, and seasons that are none (METHODS 4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import h3
import numpy as np

from benchmarks.bars import YEAR, Limit, Numbers, Setting, ground
from benchmarks.emerging_bars import LAST_DAY, RECORDS, cube_of
from benchmarks.worlds import DRIFT_WEEKS, World, base_rates, disk_of, draw, movement, scatter_centres
from geo.grid.windows import spans_back
from geo.stats.chronic import BLOCKS, chronic_cells
from geo.stats.clusters import Followed, follow_hot
from geo.stats.identity import SEEN, strongest
from geo.stats.question import Question
from geo.stats.results import Floats
from geo.stats.seasonal import REPEATS_LEVEL, season
from geo.stats.timeline import time_lines

PERIODS, WEEKS = 13, 4
CENTRES = 10
PLACES = 150  # whose seasons are asked for on a map

# --------------------------------------------------------------------------------------------------- clusters and names


def no_clusters(random: np.random.Generator, *, world: World) -> Numbers:
    """An even city, asked at delta 1: how many clusters are there in two years, and for how long?

    At the 1.5 of the product no cell of an even city comes near.
    """
    town = ground()
    cube = cube_of(draw(base_rates(world, town, random)[:, None] * movement(world, town, RECORDS, random), 1.5, random))
    found = follow_hot(cube, Question(min_ratio=1.0))
    hot = [len(life.seen) for life in found.lives]
    return {
        "clusters": float(len(hot)),
        "per period": sum(hot) / len(found.periods),
        "seen twice or more": float(sum(times > 1 for times in hot)),
        "hot periods each": float(np.mean(hot)) if hot else 0.0,
        "told as unclear": float(len(found.provisional)),
    }


def _owners(found: Followed, cell: str, periods: int) -> list[str]:
    """Return the name of the cluster that holds a cell in each of the last periods, "" where none does."""
    steps = range(len(found.line.periods) - periods, len(found.line.periods))
    return [next((life.cluster_id for life in found.lives if cell in life.seen.get(step, {})), "") for step in steps]


def lasting(random: np.random.Generator, *, world: World, high: float) -> Numbers:
    """Disks that hold `high` times as much for the last year: how often does one name cover their hot periods?

    Names are also asked for a week earlier, when the last period was another.
    """
    town = ground()
    rates = base_rates(world, town, random)[:, None] * movement(world, town, RECORDS, random)
    centres = scatter_centres(np.ones(town.cells, dtype=bool), CENTRES, town, random)
    for centre in centres:
        rates[disk_of(int(centre), town), -PERIODS * WEEKS :] *= high
    cube = cube_of(draw(rates, world.D, random))
    found, before = follow_hot(cube, Question()), follow_hot(cube, Question(until=LAST_DAY - timedelta(days=7)))
    hot, one, same, names, asked = 0.0, 0, 0, 0, 0
    for centre in centres:
        cell = h3.int_to_str(int(cube.cells[centre]))
        held = [name for name in _owners(found, cell, PERIODS) if name]
        hot += len(held) / PERIODS
        names += len(set(held))
        one += len(set(held)) == 1
        now, then = _owners(found, cell, 1)[0], _owners(before, cell, 1)[0]
        if now and then:
            asked += 1
            same += now == then
    return {
        "hot periods": hot / CENTRES,
        "one name": one / CENTRES,
        "names": names / CENTRES,
        "same a week earlier": same / asked if asked else 1.0,
    }


def busy(random: np.random.Generator, *, world: World) -> Numbers:
    """An uneven city in which no place changes: how many names do its busy places have in two years?

    Asked at the strongest cell of each cluster of the last period, and a week earlier too.
    """
    town = ground()
    rates = base_rates(world, town, random)[:, None] * movement(world, town, RECORDS, random)
    cube = cube_of(draw(rates, world.D, random))
    found, before = follow_hot(cube, Question()), follow_hot(cube, Question(until=LAST_DAY - timedelta(days=7)))
    cells = [strongest(life.footprint) for life in found.lives if life.state in SEEN]
    held = [[name for name in _owners(found, cell, PERIODS) if name] for cell in cells]
    pairs = [(_owners(found, cell, 1)[0], _owners(before, cell, 1)[0]) for cell in cells]
    both = [now == then for now, then in pairs if then]
    return {
        "clusters": float(len(cells)),
        "hot periods": float(np.mean([len(names) for names in held])) / PERIODS,
        "names": float(np.mean([len(set(names)) for names in held])),
        "one name": float(np.mean([len(set(names)) == 1 for names in held])),
        "same a week earlier": float(np.mean(both)),
    }


# -------------------------------------------------------------------------------------------------------- chronic cells


def by_chance_chronic(random: np.random.Generator, *, world: World) -> Numbers:
    """An even city, asked at delta 1: how many blocks of a cell are hot, and is any cell chronic?"""
    town = ground()
    cube = cube_of(draw(base_rates(world, town, random)[:, None] * movement(world, town, RECORDS, random), 1.5, random))
    (line,) = time_lines(cube, spans_back(LAST_DAY, BLOCKS, 28), [Question().chosen], delta=1.0)
    table = chronic_cells(line, cube.cells)
    hot = table["hot_blocks"].to_numpy()
    chronic = table["chronic"].to_numpy()
    return {"hot blocks": float(hot.mean() / BLOCKS), "chronic": float(chronic.mean()), "any": float(chronic.any())}


# -------------------------------------------------------------------------------------------------------------- seasons


def still(random: np.random.Generator, weeks: int) -> Floats:
    return np.zeros(weeks)


def risen(random: np.random.Generator, weeks: int) -> Floats:
    """Three times as much since some day of the last nine months."""
    return np.where(np.arange(weeks) >= weeks - random.integers(4, 40), np.log(3), 0.0)


def drifting(random: np.random.Generator, weeks: int, *, half: float, sd: float) -> Floats:
    """A log rate that wanders: AR(1) with a correlation of .5 after `half` weeks."""
    keep, steps = 0.5 ** (1 / half), random.standard_normal(weeks)
    log_rate = steps.copy()
    for now in range(1, weeks):
        log_rate[now] = keep * log_rate[now - 1] + np.sqrt(1 - keep**2) * steps[now]
    return sd * log_rate


def swinging(random: np.random.Generator, weeks: int, *, amplitude: float) -> Floats:
    """A season of its own, from 6 times as much in its best weeks as in its worst at an amplitude of .9."""
    return amplitude * np.cos(2 * np.pi * (np.arange(weeks) - random.uniform(0, YEAR)) / YEAR)


def seasons(
    random: np.random.Generator, *, path: Callable[[np.random.Generator, int], Floats], mean: float, years: int
) -> Numbers:
    """Places in a city with a season: which part of them is said to have one of its own?

    `own` as the product says it, but each place by itself; `first test` what METHODS 4(c) asks for.
    """
    weeks, D = years * YEAR, 1.5
    first = own = 0
    for _ in range(PLACES):
        shocks = 0.1 * random.standard_normal(weeks)
        city = mean * np.exp(0.25 * np.sin(2 * np.pi * np.arange(weeks) / YEAR) + shocks)
        place = draw(np.exp(path(random, weeks)) * city, D, random)
        found = season(place, np.round(300 * city) + place)
        if found:
            first += found.p_value <= 0.05
            own += found.p_value <= 0.05 and found.repeats <= REPEATS_LEVEL
    return {"own": own / PLACES, "first test": first / PLACES}


def q6b(maps: int = 6) -> list[Setting]:
    """What does not stand out gives few clusters and no chronic cell; names last; a rise is no season."""
    even = {
        "even city": World(1.5, uneven=False),
        "even city, few reports": World(0.3, uneven=False),
        "even city, regional .3": World(1.5, regional=0.3, uneven=False),
        "even city, drift .2": World(1.5, drift=0.2, uneven=False),
    }
    quiet = (Limit("per period", "<=", 0.5), Limit("seen twice or more", "<=", 0.5))
    rare = (Limit("hot blocks", "<=", 0.065), Limit("chronic", "<=", 0.001))
    # what drifts does hold more, for a while: here only that it stays as rare as it was when this was written
    stirred = (Limit("per period", "<=", 1.0), Limit("seen twice or more", "<=", 4.0))
    frequent = (Limit("hot blocks", "<=", 0.08), Limit("chronic", "<=", 0.05))
    kept = (Limit("one name", ">=", 0.75), Limit("same a week earlier", ">=", 0.9))
    nulls = [
        Setting(f"clusters, {name}", partial(no_clusters, world=world), maps, stirred if world.drift else quiet)
        for name, world in even.items()
    ]
    chances = [
        Setting(f"chronic, {name}", partial(by_chance_chronic, world=world), maps, frequent if world.drift else rare)
        for name, world in even.items()
    ]
    names = [
        Setting(
            f"a year at {high:g} times, {name}",
            partial(lasting, world=world, high=high),
            maps // 2,
            (*kept, Limit("hot periods", ">=", hot)),
        )
        for high, name, world, hot in (
            (5.0, "even city", World(1.5, uneven=False), 0.9),
            (3.0, "even city", World(1.5, uneven=False), 0.35),
            (5.0, "drift .2", World(1.5, drift=0.2, uneven=False), 0.9),
        )
    ]
    names += [
        Setting(
            f"uneven city, {name}",
            partial(busy, world=world),
            maps // 2,
            (Limit("one name", ">=", 0.55), Limit("same a week earlier", ">=", least)),
        )
        for name, world, least in (
            ("mean .3", World(0.3), 0.7),
            ("mean 1.5, regional .2", World(1.5, regional=0.2), 0.8),
        )
    ]
    no_season = (Limit("own", "<=", 0.09), Limit("first test", ">=", 0.0))
    paths: dict[str, Callable[[np.random.Generator, int], Floats]] = {
        "nothing": still,
        "a rise": risen,
        "drift .3": partial(drifting, half=DRIFT_WEEKS, sd=0.3),
        "drift .3 by the month": partial(drifting, half=WEEKS, sd=0.3),
    }
    flat = [
        Setting(f"season, {name}, {years} years", partial(seasons, path=path, mean=10.0, years=years), 2, no_season)
        for name, path in paths.items()
        for years in (2, 3)
    ]
    power = [
        Setting(
            f"season of its own {amplitude:g}, {mean:g} a week, {years} years",
            partial(seasons, path=partial(swinging, amplitude=amplitude), mean=mean, years=years),
            2,
            (Limit("own", ">=", least),),
        )
        for amplitude, mean, years, least in ((0.5, 15.0, 2, 0.8), (0.5, 3.0, 2, 0.0), (0.5, 3.0, 3, 0.8))
    ]
    return [*nulls, *chances, *names, *flat, *power]
