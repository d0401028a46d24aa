"""Sudden clusters of the last days: one category, some streets, a week at the most. What a nightly scan should see."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
import shapely

from data.background import Background
from data.district import District, Ints
from data.incidents import INCIDENTS, delays, hours, incidents_of
from data.patrols import Unpatrolled
from data.places import Places
from data.plan import CityPlan
from data.planted import RelapsePlace, Spot
from data.problems import FLARING, NUMBER

RADII = (320.0, 400.0)  # metres; a cell of H3 level 9 and its ring reach 400 to 480
APART = 2_000.0  # metres between two
ASIDE = 600.0  # metres from relapsing places and the default point; from a risen spot its radius more
SPACING = 110.0  # metres between the problems of one, before 15 m of chance: no two of them are merged as one
KNOWN, RARE = 0.02, 0.8  # problems of the category expected in the same disk and days; KNOWN at 100,000 reports


@dataclass(frozen=True)
class FlareUp:
    """A disk in which one category happens as never before, from `first_day` to the plan's end."""

    x: float  # metres
    y: float
    radius: float
    category: int
    first_day: int  # since the plan's start
    points: Ints  # grid points, one for every problem added


def choose_flare_ups(
    plan: CityPlan,
    district: District,
    places: Places,
    background: Background,
    spots: tuple[Spot, ...],
    relapse_places: tuple[RelapsePlace, ...],
    unpatrolled: tuple[Unpatrolled, ...],
) -> tuple[FlareUp, ...]:
    """Choose disks where their category is rare, far from each other and from everything else that is planted."""
    rng = plan.random("flare ups")
    weight = background.expected(0, plan.days) ** 0.7
    for spot in spots:
        weight[background.within(spot.x, spot.y, spot.radius + ASIDE)] = 0.0
    for place in relapse_places:
        weight[background.within(place.x, place.y, ASIDE)] = 0.0
    weight[background.within(*places.service_hall, ASIDE)] = 0.0
    for one in unpatrolled:
        near = district.communities[one.community].buffer(RADII[1] + 60)
        weight[shapely.contains_xy(near, background.x, background.y)] = 0.0
    inside = district.boundary.buffer(-650)
    weight[~shapely.contains_xy(inside, background.x, background.y)] = 0.0

    categories = [NUMBER[FLARING[k]] for k in rng.permutation(len(FLARING))]
    found: list[FlareUp] = []
    for point in rng.choice(weight.size, 4_000, p=weight / weight.sum()):
        if len(found) == plan.flare_ups:
            break
        x, y = float(background.x[point]), float(background.y[point])
        if any(np.hypot(x - other.x, y - other.y) < APART for other in found):
            continue
        category, radius = categories[len(found) % len(categories)], float(np.round(rng.uniform(*RADII)))
        first_day = plan.days - int(rng.integers(plan.flare_up_days[0], plan.flare_up_days[1] + 1))
        count = int(rng.integers(plan.flare_up_size[0], plan.flare_up_size[1] + 1))
        disk = background.within(x, y, radius)
        usual = _usual(background, category, disk, first_day, plan.days)
        points = _spread(rng, background, disk, count)
        if KNOWN * plan.reports / 100_000 <= usual <= RARE and points.size == count:
            found.append(FlareUp(x, y, radius, category, first_day, points))
    return tuple(found)


def _usual(background: Background, category: int, disk: Ints, first_day: int, last_day: int) -> float:
    """Return how many problems of a category are expected at some grid points in some days, by all systems."""
    weekly = background.weekly[:, category] * background.days[:, category, first_day:last_day].sum(axis=1) / 7
    return float(sum(rate * background.where(s, category)[disk].sum() for s, rate in enumerate(weekly)))


def _spread(rng: np.random.Generator, background: Background, disk: Ints, count: int) -> Ints:
    """Return up to `count` grid points of the disk, drawn one after the other, SPACING apart."""
    chosen: list[int] = []
    for point in rng.permutation(np.sort(disk)):
        far = np.hypot(background.x[chosen] - background.x[point], background.y[chosen] - background.y[point])
        if (far >= SPACING).all():
            chosen.append(int(point))
        if len(chosen) == count:
            break
    return np.array(chosen, dtype=np.int64)


def flare(plan: CityPlan, background: Background, flare_ups: tuple[FlareUp, ...]) -> pl.DataFrame:
    """Return the problems of the flare-ups: any day from their first to the plan's last."""
    rng = plan.random("flaring")
    found = [pl.DataFrame(schema=INCIDENTS)]
    for number, one in enumerate(flare_ups):
        category = np.full(one.points.size, one.category)
        seen = np.cumsum(background.weekly[:, category], axis=0)
        system = (rng.random(category.size) * seen[-1] > seen).sum(axis=0)
        time = rng.integers(one.first_day, plan.days, category.size) + hours(rng, system, category)
        x, y = (side[one.points] + rng.uniform(-15, 15, category.size) for side in (background.x, background.y))
        added = incidents_of(x, y, time, time + delays(rng, category), system, category)
        found.append(added.with_columns(flare_up=pl.lit(number, dtype=pl.Int64)))
    return pl.concat(found)
