"""The places within the district: estates, farmers' markets, construction sites, streets and back alleys, in metres."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely

from data.district import District, Ints, Shapes, community_of
from data.names import ESTATES, NAMES, estate_names, shuffled
from data.plan import CityPlan
from data.plane import Floats
from data.terrain import RIVER_WIDTH, Terrain

METRES_PER_FLAT = 95.0  # of built floor, stairs and shops included


@dataclass(frozen=True)
class Layer:
    """Places of one kind, in metres."""

    names: list[str]
    shapes: Shapes
    community: Ints  # position of the community that holds the middle
    about: dict[str, list[str]] = field(default_factory=dict)  # further columns of the file
    numbers: dict[str, Ints] = field(default_factory=dict)  # the same, where they are whole numbers

    @property
    def middles(self) -> Floats:
        return shapely.get_coordinates(shapely.centroid(self.shapes))


@dataclass(frozen=True)
class Places:
    """Everything that has a name."""

    communities: list[str]  # names, in the order of the district's
    street_offices: list[str]
    estates: Layer
    markets: Layer
    sites: Layer  # `about`: contractor, status
    streets: Layer  # lines; `about`: class
    service_hall: tuple[float, float]  # where the hotline pins what it cannot find


def make_places(plan: CityPlan, terrain: Terrain, district: District) -> Places:
    """Name the communities, then put alleys, markets, sites and estates on what land is left, in this order."""
    rng = plan.random("places")
    land = _Land(rng, terrain, district)
    communities = _community_names(rng, terrain, district)
    streets = _streets(plan, rng, terrain, district, land)
    markets = _markets(plan, rng, district, land, communities)
    sites = _sites(plan, rng, district, land, communities)
    estates = _estates(plan, rng, district, land)
    offices = [f"{name}街道" for name in shuffled(rng, NAMES["street_offices"])[: plan.street_offices]]
    hall = (terrain.centres[0].x + 340.0, terrain.centres[0].y + 210.0)
    return Places([f"{name}社区" for name in communities], offices, estates, markets, sites, streets, hall)


class _Land:
    """Land that is still free, and a draw from it that favours where people live."""

    def __init__(self, rng: np.random.Generator, terrain: Terrain, district: District) -> None:
        self.rng, self.population = rng, terrain.population
        self.roads = [road.line for road in terrain.roads]
        self.nearest_road = shapely.STRtree(self.roads).nearest
        self.bounds = district.boundary.bounds
        used = [shapely.MultiLineString(self.roads).buffer(20, quad_segs=1), terrain.river.buffer(RIVER_WIDTH)]
        used += [lake.buffer(40) for lake in terrain.lakes]
        self.free = district.boundary.buffer(-150).difference(shapely.union_all(used))
        shapely.prepare(self.free)
        self.taken: list[shapely.Geometry] = []

    def settle(
        self, count: int, shape_at: Callable[[Floats], shapely.Geometry | None], *, crowd: float, apart: float
    ) -> Shapes:
        """Return up to `count` shapes on free land, `apart` metres from each other and from all that was there.

        They are tried at points drawn in proportion to population to the power `crowd`; None is no shape.
        """
        found: list[shapely.Geometry] = []
        for point in self._points(1_800 * count, crowd):
            if len(found) == count:
                break
            shape = shape_at(point)
            if shape is None or not self.free.contains(shape):
                continue
            if not shapely.dwithin(np.array(self.taken + found), shape, apart).any():
                found.append(shape)
        self.taken += found
        return np.array(found)

    def _points(self, tries: int, crowd: float) -> Floats:
        left, low, right, high = self.bounds
        x, y = self.rng.uniform(left, right, tries), self.rng.uniform(low, high, tries)
        chance = self.population(x, y) ** crowd
        kept = (self.rng.random(tries) * chance.max() < chance) & shapely.contains_xy(self.free, x, y)
        return np.c_[x, y][kept]

    def direction(self, point: Floats) -> float:
        """Return the direction of the nearest road, for what stands along it."""
        here = shapely.Point(point)
        road = self.roads[int(self.nearest_road(here))]
        along = road.project(here)
        a, b = road.interpolate(max(along - 20.0, 0.0)), road.interpolate(along + 20.0)
        return float(np.arctan2(b.y - a.y, b.x - a.x))

    def block(self, point: Floats, width: float, height: float) -> shapely.Polygon:
        """Return a built block along the nearest road: a rectangle, a corner cut out of many, not quite straight."""
        w, h = width / 2, height / 2
        corners = np.array([[-w, -h], [w, -h], [w, h], [-w, h]])
        if self.rng.random() < 0.45:
            a, b = w * self.rng.uniform(0.1, 0.5), h * self.rng.uniform(0.0, 0.5)
            corners = np.array([[-w, -h], [w, -h], [w, b], [a, b], [a, h], [-w, h]])
        corners += self.rng.normal(0, 0.02 * (w + h), corners.shape)
        return shapely.Polygon(np.round(point + turned(corners, self.direction(point)), 1))


def turned(points: Floats, angle: float) -> Floats:
    """Return points turned about the origin, counterclockwise, radians.

    >>> turned(np.array([[1.0, 0.0]]), np.pi / 2).round(3).tolist()
    [[0.0, 1.0]]
    """
    cos, sin = np.cos(angle), np.sin(angle)
    return np.asarray(points @ np.array([[cos, sin], [-sin, cos]]))


def _community_names(rng: np.random.Generator, terrain: Terrain, district: District) -> list[str]:
    """Give the old town's names to the densest half; then exchange names that would say the wrong thing."""
    middle = shapely.get_coordinates(shapely.centroid(district.communities))
    inner, outer = shuffled(rng, NAMES["inner"]), shuffled(rng, NAMES["outer"])
    found = [""] * len(middle)
    for rank, k in enumerate(np.argsort(-terrain.population(*middle.T))):
        first, second = (inner, outer) if rank < len(middle) // 2 else (outer, inner)
        found[k] = (first or second).pop()

    from_river = shapely.distance(terrain.river, shapely.points(middle))
    fitness = {name: middle @ np.array(towards) for name, towards in NAMES["compass"].items()}
    fitness |= dict.fromkeys(NAMES["riverside"], -from_river)
    settled: list[int] = []
    for name, fit in fitness.items():
        group = NAMES["inner"] if name in NAMES["inner"] else NAMES["outer"]
        members = [k for k, other in enumerate(found) if other in group and k not in settled]
        if name in found:
            here, best = found.index(name), max(members, key=lambda k: float(fit[k]))
            found[here], found[best] = found[best], found[here]
            settled.append(best)
    return found


def _markets(
    plan: CityPlan, rng: np.random.Generator, district: District, land: _Land, communities: Sequence[str]
) -> Layer:
    """Farmers' markets, at most one in a community, whose name they bear."""
    supplied: set[int] = set()

    def market(point: Floats) -> shapely.Polygon | None:
        community = int(community_of(district, point[None])[0])
        if community in supplied:
            return None
        shape = land.block(point, rng.uniform(130, 200), rng.uniform(90, 130))
        if land.free.contains(shape):
            supplied.add(community)
        return shape

    shapes = land.settle(plan.markets, market, crowd=1.3, apart=650.0)
    community = community_of(district, shapely.get_coordinates(shapely.centroid(shapes)))
    return Layer([f"{communities[k]}农贸市场" for k in community], shapes, community)


def _sites(
    plan: CityPlan, rng: np.random.Generator, district: District, land: _Land, communities: Sequence[str]
) -> Layer:
    """Construction sites, nearly all of them at work; the finished ones are still on the list."""
    count = plan.sites + plan.finished_sites
    shapes = land.settle(
        count, lambda point: land.block(point, rng.uniform(120, 260), rng.uniform(110, 200)), crowd=0.9, apart=350.0
    )
    community = community_of(district, shapely.get_coordinates(shapely.centroid(shapes)))
    titles: list[str] = []
    for k in community:
        possible = [communities[k] + kind for kind in shuffled(rng, NAMES["site_kinds"])]
        titles.append(next(title for title in possible if title not in titles))
    paused = plan.sites // 12
    status = ["在建"] * (plan.sites - paused) + ["停工"] * paused + ["竣工"] * plan.finished_sites
    contractor = [NAMES["contractors"][k] for k in rng.integers(0, len(NAMES["contractors"]), count)]
    return Layer(titles, shapes, community, {"contractor": contractor, "status": status[: len(shapes)]})


def _estates(plan: CityPlan, rng: np.random.Generator, district: District, land: _Land) -> Layer:
    """Estates, each within one community: small old ones in the middle, tall new ones around."""

    def estate(point: Floats) -> shapely.Polygon | None:
        size = 1.25 - 0.8 * float(land.population(*point))
        shape = land.block(point, size * rng.uniform(120, 290), size * rng.uniform(90, 210))
        return shape if district.communities[community_of(district, point[None])[0]].contains(shape) else None

    shapes = land.settle(plan.estates, estate, crowd=2.0, apart=18.0)
    middles = shapely.get_coordinates(shapely.centroid(shapes))
    age = land.population(*middles.T) * rng.uniform(0.5, 1.5, len(shapes))
    types = ["老旧小区" if a > 0.48 else "安置房" if rng.random() < 0.25 else "商品房" for a in age]
    floors = np.array([ESTATES[kind]["storeys"] for kind in types]) * rng.uniform(0.32, 0.48, len(shapes))
    numbers = {
        "built": np.array([rng.integers(*ESTATES[kind]["built"]) for kind in types], dtype=np.int64),
        "households": np.round(shapely.area(shapes) * floors / METRES_PER_FLAT).astype(np.int64),
    }
    return Layer(estate_names(rng, types), shapes, community_of(district, middles), {"type": types}, numbers)


def _streets(plan: CityPlan, rng: np.random.Generator, terrain: Terrain, district: District, land: _Land) -> Layer:
    """Name the roads, and draw the back alleys of the old quarters."""
    arterials = list(NAMES["arterials"])
    streets = [
        name
        for ends in (("路", "街"), ("东路", "西路"), ("南街", "北街"))
        for name in shuffled(rng, [first + end for end in ends for first in NAMES["streets"]])
    ]
    titles, ranks = [], [road.rank for road in terrain.roads]
    for rank in ranks:
        free = arterials if rank == "主干路" and arterials else streets
        titles.append(free.pop(0))

    roads = shapely.MultiLineString(land.roads)
    shapely.prepare(roads)

    def alley(point: Floats) -> shapely.LineString | None:
        reach = np.c_[np.linspace(-1, 1, 4) * rng.uniform(80, 190), rng.normal(0, 14, 4)]
        turn = land.direction(point) + rng.choice([0.0, np.pi / 2])
        line = shapely.LineString(np.round(point + turned(reach, turn), 1))
        return None if roads.dwithin(line, 25) else line

    alleys = land.settle(plan.alleys, alley, crowd=2.2, apart=240.0)
    titles += shuffled(rng, NAMES["alleys"])[: len(alleys)]
    lines = np.r_[shapely.simplify(np.array(land.roads), 2.0), alleys]
    middles = shapely.get_coordinates(shapely.line_interpolate_point(lines, 0.5, normalized=True))
    about = {"class": ranks + ["背街小巷"] * len(alleys)}
    return Layer(titles, lines, community_of(district, middles), about)
