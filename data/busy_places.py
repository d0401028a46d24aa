"""Busy places: one category at one point again and again, and no closing ever has to do with the next one.

They are to relapsing places what a full waiting room is to a patient who comes back: by their counts alone the two
cannot be told apart. By chance a problem of theirs soon follows a closing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
import shapely

from data.background import Background
from data.campaigns import cells_of
from data.district import District, community_of
from data.flare_ups import FlareUp
from data.incidents import INCIDENTS, delays, hours, incidents_of
from data.places import Places
from data.plan import CityPlan
from data.planted import RelapsePlace, Spot
from data.problems import NUMBER, RELAPSING

APART = 220.0  # metres between two, and to relapsing places and the default point
ASIDE = 300.0  # metres beyond the disk of a risen spot or a flare-up
STRAY = 2.5  # metres, standard deviation each way: as at relapsing places


@dataclass(frozen=True)
class BusyPlace:
    """A point where one category happens `yearly` times a year, as chance will have it."""

    x: float  # metres
    y: float
    category: int
    yearly: float


def choose_busy_places(
    plan: CityPlan,
    district: District,
    places: Places,
    background: Background,
    spots: tuple[Spot, ...],
    taken: set[str],
    relapse_places: tuple[RelapsePlace, ...],
    flare_ups: tuple[FlareUp, ...],
) -> tuple[BusyPlace, ...]:
    """Choose points where much happens, away from everything that is planted and from what campaigns have `taken`."""
    rng = plan.random("busy places")
    weight = background.expected(0, plan.days) ** 0.6
    disks = [(one.x, one.y, one.radius) for one in spots] + [(one.x, one.y, one.radius) for one in flare_ups]
    for x, y, radius in disks:
        weight[background.within(x, y, radius + ASIDE)] = 0.0
    community = community_of(district, np.c_[background.x, background.y])
    weight[np.isin(community, [k for k, name in enumerate(places.communities) if name in taken])] = 0.0
    cells = [int(target, 16) for target in taken - set(places.communities)]
    weight[np.isin(cells_of(background.x, background.y), np.array(cells, dtype=np.uint64))] = 0.0

    others = [(place.x, place.y) for place in relapse_places] + [places.service_hall]
    found: list[BusyPlace] = []
    for point in rng.choice(weight.size, 8 * plan.busy_places, replace=False, p=weight / weight.sum()):
        if len(found) == plan.busy_places:
            break
        x, y = float(background.x[point] + rng.uniform(-20, 20)), float(background.y[point] + rng.uniform(-20, 20))
        inside = district.boundary.contains(shapely.Point(x, y).buffer(4 * STRAY))
        if inside and all(np.hypot(x - left, y - low) > APART for left, low in others):
            category = NUMBER[RELAPSING[int(rng.integers(0, len(RELAPSING)))]]
            found.append(BusyPlace(x, y, category, round(rng.uniform(*plan.busy_yearly), 1)))
            others.append((x, y))
    return tuple(found)


def bustle(plan: CityPlan, background: Background, busy_places: tuple[BusyPlace, ...]) -> pl.DataFrame:
    """Return the problems of the busy places: Poisson, any day, whatever was closed there before."""
    rng = plan.random("bustle")
    found = [pl.DataFrame(schema=INCIDENTS)]
    for number, place in enumerate(busy_places):
        count = rng.poisson(place.yearly * plan.days / 365)
        category = np.full(count, place.category)
        weekly = background.weekly[:2, place.category]
        system = (rng.random(count) > weekly[0] / weekly.sum()).astype(np.int64)
        time = rng.integers(0, plan.days, count) + hours(rng, system, category)
        x, y = rng.normal(place.x, STRAY, count), rng.normal(place.y, STRAY, count)
        added = incidents_of(x, y, time, time + delays(rng, category), system, category)
        found.append(added.with_columns(busy=pl.lit(number, dtype=pl.Int64)))
    return pl.concat(found)
