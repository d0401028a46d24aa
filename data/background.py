"""Where and when problems happen by themselves: the uneven, seasonal, restless background of a city.

Space is a grid of points 50 m apart; every category mixes layers over it (people, streets, markets ...). Time is a
profile over the days. What ties them are regional shocks: one week, one part of the district, log-normal and smooth
over kilometres, so that neighbours rise and fall together as they do in real cities.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property

import numpy as np
import shapely
from scipy.ndimage import gaussian_filter
from scipy.spatial import cKDTree

from data.district import District, Ints, Shapes
from data.places import Places
from data.plan import SPRING_FESTIVALS, CityPlan
from data.plane import Floats
from data.problems import PROBLEMS, SYSTEMS
from data.terrain import Terrain

STEP = 50.0  # metres between grid points
REGION = 1_900.0  # metres between the middles of regions
LIMIT = 2.4  # largest factor of a regional shock
ORIGINALS = 0.742  # of the rows: no repeat, no companion, not planted

TILT = {
    "12345": {"estate": 1.3},
    "patrol": {"estate": 0.3, "people": 0.7, "street": 1.3},
    "inspection": {"estate": 0.2, "people": 0.3, "market": 1.6, "alley": 1.6},
}
"""Who looks where: residents call from home, patrols see the street, inspectors visit their points."""

WEEKDAYS = {
    "12345": (1.13, 1.06, 1.04, 1.02, 1.00, 0.90, 0.85),
    "patrol": (1.22, 1.20, 1.19, 1.18, 1.15, 0.58, 0.48),
    "inspection": (1.35, 1.40, 1.40, 1.40, 1.15, 0.20, 0.10),
}
FESTIVAL = {"12345": 0.62, "patrol": 0.38, "inspection": 0.04}
"""What is left in the days of the Spring Festival; a week before and after, half of the loss."""


@dataclass(frozen=True)
class Background:
    """Rates of everything that happens by itself. Originals: the companions come on top."""

    x: Floats  # (points,) metres
    y: Floats
    layers: dict[str, Floats]  # (points,) each sums to 1
    weekly: Floats  # (systems, categories) originals per week
    days: Floats  # (systems, categories, days) mean 1 while it runs, else 0
    reach: Floats  # (points, regions) squares sum to 1
    shocks: Floats  # (regions, weeks) of the log rate

    def where(self, system: int, category: int) -> Floats:
        """Return the chance of each grid point, for one system and category."""
        tilt = TILT[SYSTEMS[system]]
        shares = {layer: share * tilt.get(layer, 1.0) for layer, share in PROBLEMS[category].where.items()}
        mixed = sum((share * self.layers[layer] for layer, share in shares.items()), np.zeros_like(self.x))
        return mixed / sum(shares.values())

    def expected(self, first_day: int, last_day: int) -> Floats:
        """Return the expected originals of each grid point from `first_day` up to `last_day`, shocks left out."""
        total = np.zeros_like(self.x)
        rates = self.weekly * self.days[:, :, first_day:last_day].sum(axis=2) / 7
        for (system, category), rate in np.ndenumerate(rates):
            total += rate * self.where(system, category)
        return total

    def within(self, x: float, y: float, metres: float) -> Ints:
        """Return the positions of the grid points within some metres of a point."""
        return np.array(self.tree.query_ball_point((x, y), metres), dtype=np.int64)

    @cached_property
    def tree(self) -> cKDTree:
        return cKDTree(np.c_[self.x, self.y])

    def factor(self, point: Ints, week: Ints) -> Floats:
        """Return the regional shocks' factor at grid points (positions) in weeks: mean 1, at most `LIMIT`."""
        return self.limited(np.einsum("ij,ij->i", self.reach[point], self.shocks.T[week]))

    def limited(self, log: Floats) -> Floats:
        """Return the factor of log rates."""
        return np.minimum(np.exp(log - self.shocks.var() / 2), LIMIT)


def make_background(plan: CityPlan, terrain: Terrain, district: District, places: Places) -> Background:
    """Spread the plan's reports over the district and its days."""
    rng = plan.random("background")
    left, low, right, high = district.boundary.bounds
    columns, rows = np.meshgrid(np.arange(left, right, STEP), np.arange(low, high, STEP))
    shapely.prepare(district.boundary)
    inside = shapely.contains_xy(district.boundary, columns, rows)
    x, y = columns[inside], rows[inside]
    smooth = gaussian_filter(rng.normal(size=columns.shape), 350 / STEP)
    uneven = np.exp(plan.unevenness * (0.9 * smooth / smooth.std() + 0.44 * rng.normal(size=columns.shape)))[inside]
    layers = {name: layer * uneven for name, layer in _layers(rng, terrain, places, x, y).items()}
    layers = {name: layer / layer.sum() for name, layer in layers.items()}
    days = _days(plan, rng)
    weekly = np.array([[float(problem.weekly[s]) for problem in PROBLEMS] for s in range(len(SYSTEMS))])
    weekly *= ORIGINALS * plan.reports / (weekly * days.sum(axis=2) / 7).sum()
    background = Background(x, y, layers, weekly, days, *_regions(plan, rng, x, y))
    return replace(background, weekly=weekly / _mean_factor(background))


def _mean_factor(background: Background) -> float:
    """Return what the shocks as drawn do to the total: a few per cent up or down, which the plan does not ask for."""
    some = slice(None, None, 37)
    factor = background.limited(background.reach[some] @ background.shocks).mean(axis=1)
    return float(np.average(factor, weights=background.expected(0, background.days.shape[2])[some]))


def _layers(rng: np.random.Generator, terrain: Terrain, places: Places, x: Floats, y: Floats) -> dict[str, Floats]:
    """Return the weight of every grid point in each of the layers that `problems.toml` mixes."""
    people = terrain.population(x, y)
    tree = cKDTree(np.c_[x, y])
    is_alley = np.array(places.streets.about["class"]) == "背街小巷"
    road = _distance(x, y, places.streets.shapes[~is_alley])
    alley = _distance(x, y, places.streets.shapes[is_alley])
    river = _distance(x, y, np.array([terrain.river]))
    sites = places.sites.middles[np.array(places.sites.about["status"]) != "竣工"]
    markets, estates = places.markets.middles, places.estates.middles
    return {
        "people": people,
        "street": people**0.5 * np.exp(-((road / 35) ** 2)),
        "alley": np.exp(-((alley / 35) ** 2)),
        "river": people**0.4 * np.exp(-((river / 90) ** 2)),
        "fringe": np.where(people < 0.30, 1.0, 0.0) * np.exp(-((road / 160) ** 2)),
        "market": _around(tree, markets, 150.0, rng.lognormal(0, 0.25, len(markets))),
        "site": _around(tree, sites, 170.0, rng.lognormal(0, 0.3, len(sites))),
        "estate": _around(tree, estates, 75.0, places.estates.numbers["households"].astype(float) ** 0.8),
    }


def _distance(x: Floats, y: Floats, lines: Shapes) -> Floats:
    """Return the distance to the nearest line, metres, to within some metres."""
    dots = shapely.get_coordinates(shapely.segmentize(lines, 20.0))
    return np.asarray(cKDTree(dots).query(np.c_[x, y])[0])


def _around(tree: cKDTree, middles: Floats, spread: float, weight: Floats) -> Floats:
    """Return a sum of bells around the middles, of this spread in metres."""
    total = np.zeros(tree.n)
    for middle, heavy in zip(middles, weight, strict=True):
        near = tree.query_ball_point(middle, 4 * spread)
        total[near] += heavy * np.exp(-((tree.data[near] - middle) ** 2).sum(axis=1) / (2 * spread**2))
    return total


def _regions(plan: CityPlan, rng: np.random.Generator, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Return how far each region reaches each point, and the regions' log rate by week: shocks on a slow drift."""
    columns, rows = np.meshgrid(*(np.arange(side.min(), side.max() + REGION, REGION) for side in (x, y)))
    squares = (x[:, None] - columns.ravel()) ** 2 + (y[:, None] - rows.ravel()) ** 2
    reach = np.exp(-squares / (2 * (0.7 * REGION) ** 2))
    reach /= np.sqrt((reach**2).sum(axis=1, keepdims=True))
    shocks = rng.normal(0, plan.regional_shock, (columns.size, plan.weeks))
    return reach, shocks + plan.drift * _wander(rng, columns.size, plan.weeks)


def _wander(rng: np.random.Generator, paths: int, weeks: int) -> Floats:
    """Return AR(1) paths of standard deviation 1 whose correlation is a half after 26 weeks."""
    memory = 0.5 ** (1 / 26)
    path = rng.normal(size=(paths, weeks))
    for week in range(1, weeks):
        path[:, week] = memory * path[:, week - 1] + np.sqrt(1 - memory**2) * path[:, week]
    return path


def _days(plan: CityPlan, rng: np.random.Generator) -> Floats:
    """Return the profile over the days of every system and category; 0 before a system starts."""
    dates = [plan.first_day + timedelta(days=day) for day in range(plan.days)]
    year = np.array([date.timetuple().tm_yday for date in dates]) / 365.25
    weekday = np.array([date.weekday() for date in dates])
    after = np.array([min(((date - festival).days for festival in SPRING_FESTIVALS), key=abs) for date in dates])
    dip = 0.5 * ((after >= -9) & (after <= 14)) + 0.5 * ((after >= -2) & (after <= 7))
    city = plan.city_shock * rng.normal(size=plan.weeks)
    restless = np.exp(np.repeat(city + plan.category_drift * _wander(rng, len(PROBLEMS), plan.weeks), 7, axis=1))
    days = np.empty((len(SYSTEMS), len(PROBLEMS), plan.days))
    for s, system in enumerate(SYSTEMS):
        calendar = np.array(WEEKDAYS[system])[weekday] * FESTIVAL[system] ** dip
        for c, problem in enumerate(PROBLEMS):
            amplitude, peak = problem.season
            season = 1 + amplitude * np.cos(2 * np.pi * (year - (peak - 0.5) / 12))
            days[s, c] = calendar * season * restless[c]
    days[SYSTEMS.index("inspection"), :, : 7 * plan.inspection_week] = 0.0
    return days / days.mean(axis=2, keepdims=True, where=days > 0)
