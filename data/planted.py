"""What is planted in the city to be found again: risen spots and relapsing places."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
import shapely

from data.assets import stands
from data.background import Background
from data.campaigns import cells_of
from data.district import District, community_of
from data.incidents import INCIDENTS, NEVER, UNPLANTED, delays, hours, incidents_of, jittered
from data.places import Places
from data.plan import CityPlan
from data.plane import Floats
from data.problems import NUMBER, PROBLEMS, RELAPSING, RELAPSING_ASSETS, RISES

ROOM = ((80.0, 1_700.0), (70.0, 1_500.0), (60.0, 1_300.0))
"""Fewest problems expected in a risen spot's weeks, at 100,000 reports, and metres to the next; tried in this order."""
MOST = 140.0  # expected there, likewise
RADII = (430.0, 490.0)  # metres; a cell of H3 level 9 and its ring reach about 480
SHARES = (0.4, 0.25, 0.2, 0.15)  # of a rise, by its categories


@dataclass(frozen=True)
class Spot:
    """A disk in which all categories together happen `ratio` times as often as before, in the last weeks."""

    name: str
    anchor: str  # a kind of RISES
    x: float  # metres
    y: float
    radius: float
    categories: tuple[str, ...]  # which ones carry the rise
    expected: float  # problems in these weeks without the rise


@dataclass(frozen=True)
class RelapsePlace:
    """A point to which one category returns after its closing, with probability `share`."""

    x: float  # metres
    y: float
    category: int
    share: float
    yearly: float  # times a year that it starts by itself


def choose_spots(plan: CityPlan, district: District, places: Places, background: Background) -> tuple[Spot, ...]:
    """Choose middles at markets, streets, estates and sites in turn, far apart, where enough is expected to show.

    A city without room for them all gets closer and thinner ones, down to the last of ROOM.
    """
    rng = plan.random("spots")
    expected = background.expected(plan.days - 7 * plan.risen_weeks, plan.days) * (1 + plan.companions)
    inside = district.boundary.buffer(-650)
    layers = {"market": places.markets, "street": places.streets, "estate": places.estates, "site": places.sites}
    spots: list[Spot] = []
    for fewest, apart in ROOM:
        waiting = {kind: [int(k) for k in rng.permutation(len(layer.names))] for kind, layer in layers.items()}
        while len(spots) < plan.risen_spots and any(waiting.values()):
            turn = tuple(layers)[len(spots) % len(layers)]
            kind = turn if waiting[turn] else max(waiting, key=lambda other: len(waiting[other]))
            k = waiting[kind].pop()
            x, y = (float(side) for side in layers[kind].middles[k])
            radius = float(np.round(rng.uniform(*RADII)))
            here = float(expected[background.within(x, y, radius)].sum())
            crowded = any(np.hypot(x - spot.x, y - spot.y) < apart for spot in spots)
            enough = fewest <= here * 100_000 / plan.reports <= MOST
            if enough and not crowded and inside.contains(shapely.Point(x, y)):
                spots.append(Spot(layers[kind].names[k], kind, x, y, radius, RISES[kind], here))
    return tuple(spots)


def rises(plan: CityPlan, background: Background, spots: tuple[Spot, ...]) -> pl.DataFrame:
    """Return the additional problems of the risen spots: Poisson, where and when the background has its own."""
    rng = plan.random("rises")
    first = plan.days - 7 * plan.risen_weeks
    expected = background.expected(first, plan.days)
    by_day = background.days[:2, :, first:].mean(axis=(0, 1))
    found = [pl.DataFrame(schema=INCIDENTS)]
    for number, spot in enumerate(spots):
        inside = background.within(spot.x, spot.y, spot.radius)
        count = rng.poisson((plan.risen_ratio - 1) * spot.expected)
        point = rng.choice(inside, count, p=expected[inside] / expected[inside].sum())
        category = rng.choice([NUMBER[code] for code in spot.categories], count, p=SHARES)
        seen = np.cumsum(background.weekly[:, category], axis=0)
        system = (rng.random(count) * seen[-1] > seen).sum(axis=0)
        day = first + rng.choice(by_day.size, count, p=by_day / by_day.sum())
        time = day + hours(rng, system, category)
        x, y = jittered(rng, background, point)
        added = incidents_of(x, y, time, time + delays(rng, category), system, category)
        found.append(added.with_columns(spot=pl.lit(number, dtype=pl.Int64)))
    return pl.concat(found)


def choose_relapse_places(
    plan: CityPlan, district: District, places: Places, background: Background, spots: tuple[Spot, ...], taken: set[str]
) -> tuple[RelapsePlace, ...]:
    """Choose points where much happens, away from risen spots and from what campaigns have `taken`."""
    rng = plan.random("relapse places")
    weight = background.expected(0, plan.days) ** 0.6
    for spot in spots:
        weight[background.within(spot.x, spot.y, spot.radius + 300)] = 0.0
    community = community_of(district, np.c_[background.x, background.y])
    weight[np.isin(community, [k for k, name in enumerate(places.communities) if name in taken])] = 0.0
    cells = [int(target, 16) for target in taken - set(places.communities)]
    weight[np.isin(cells_of(background.x, background.y), np.array(cells, dtype=np.uint64))] = 0.0
    found: list[RelapsePlace] = []
    for point in rng.choice(weight.size, 8 * plan.relapse_places, replace=False, p=weight / weight.sum()):
        if len(found) == plan.relapse_places:
            break
        x, y = float(background.x[point] + rng.uniform(-20, 20)), float(background.y[point] + rng.uniform(-20, 20))
        if all(np.hypot(x - other.x, y - other.y) > 220 for other in found):
            category = NUMBER[RELAPSING[int(rng.integers(0, len(RELAPSING)))]]
            share, yearly = round(rng.uniform(*plan.relapse_share), 2), round(rng.uniform(2.0, 5.0), 1)
            found.append(RelapsePlace(x, y, category, share, yearly))
    return (*found, *_relapse_assets(plan, background, weight, found))


def _relapse_assets(
    plan: CityPlan, background: Background, weight: Floats, places: list[RelapsePlace]
) -> list[RelapsePlace]:
    """Return lamps, covers and trees that are mended and break again, under the same conditions as the `places`."""
    rng, where = plan.random("relapse assets"), stands(plan, background)
    found: list[RelapsePlace] = []
    for point in rng.choice(weight.size, 8 * plan.relapse_assets, replace=False, p=weight / weight.sum()):
        if len(found) == plan.relapse_assets:
            break
        category = NUMBER[RELAPSING_ASSETS[len(found) % len(RELAPSING_ASSETS)]]
        x, y = (float(side) for side in where[category][point])
        if all(np.hypot(x - other.x, y - other.y) > 220 for other in (*places, *found)):
            share, yearly = round(rng.uniform(*plan.relapse_share), 2), round(rng.uniform(2.0, 5.0), 1)
            found.append(RelapsePlace(x, y, category, share, yearly))
    return found


def relapses(plan: CityPlan, places: tuple[RelapsePlace, ...]) -> pl.DataFrame:
    """Return the problems of the relapsing places: each starts by itself, and comes back after some of its closings."""
    rng = plan.random("relapses")
    rows: list[dict[str, float | int | bool]] = []
    for number, place in enumerate(places):
        problem = PROBLEMS[place.category]
        by_hotline = problem.weekly[0] / (problem.weekly[0] + problem.weekly[1])
        time, comeback = rng.exponential(365 / place.yearly), False
        while time < plan.days:
            delay = float(delays(rng, np.array([place.category]))[0])
            closed = time + (3 * problem.days if delay == NEVER else delay)
            x, y = rng.normal((place.x, place.y), 2.5)
            rows.append(
                {
                    "x": x,
                    "y": y,
                    "time": time,
                    "closed": closed,
                    "system": int(rng.random() > by_hotline),
                    "category": place.category,
                }
                | UNPLANTED
                | {"relapse": number, "comeback": comeback}
            )
            comeback = bool(rng.random() < place.share)
            time = closed + (rng.uniform(*plan.relapse_days) if comeback else rng.exponential(365 / place.yearly))
    return pl.DataFrame(rows, schema=INCIDENTS)
