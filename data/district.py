"""Communities, street offices and the district: a tiling with natural borders.

A fine mesh of Voronoi cells is laid over the land, with its seeds in pairs along both banks of the river and both sides
of the main roads, so that mesh edges run along them. Communities grow over the mesh from their seats, every mesh cell
going to the seat that is nearest by a path for which a road is an effort and the river a great one. Borders therefore
keep to river and roads where these are near, and wander where nothing is. The shared borders are then simplified
together (`shapely.coverage_simplify`), which keeps the tiling exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import Voronoi

from data.plan import CityPlan
from data.plane import Floats
from data.terrain import Terrain

MESH = 165.0  # metres between mesh seeds
BANK = 42.0  # metres from a road or the river to the seeds beside it
ROAD_EFFORT, RIVER_EFFORT = 420.0, 1_500.0  # metres of detour that a crossing is worth
TOLERANCE = 38.0  # of the simplified borders, metres

Ints = NDArray[np.int64]
Shapes = NDArray[np.object_]


@dataclass(frozen=True)
class District:
    """A tiling in metres. `office[i]` is the position of the street office of community i."""

    communities: Shapes
    office: Ints
    offices: Shapes
    boundary: shapely.Polygon


@dataclass(frozen=True)
class _Mesh:
    """Voronoi cells of the land, and which of them share a side."""

    seeds: Floats  # (cells, 2), metres
    shapes: Shapes
    pairs: Ints  # (sides, 2) cells left and right
    side: Floats  # (sides,) length, metres
    effort: Floats  # (sides,) metres of the way across


def make_district(plan: CityPlan, terrain: Terrain) -> District:
    """Tile the land with communities, small where people live close, and join them to street offices."""
    rng = plan.random("district")
    mesh = _make_mesh(rng, terrain)
    weight = shapely.area(mesh.shapes) * terrain.population(*mesh.seeds.T) ** 0.9
    seats = _seats(rng, mesh.seeds, weight, plan.communities)
    community = grow(seats, mesh.pairs, mesh.effort, len(mesh.seeds))
    tiles = np.array([shapely.coverage_union_all(mesh.shapes[community == k]) for k in range(plan.communities)])
    tiles = shapely.transform(shapely.coverage_simplify(tiles, TOLERANCE), np.round)

    middle = shapely.get_coordinates(shapely.centroid(tiles))
    load = np.bincount(community, weight, minlength=plan.communities).astype(np.float64)
    heads = _seats(rng, middle, load, plan.street_offices)
    office = grow(heads, *_borders(community, mesh, middle), plan.communities)
    offices = np.array([shapely.coverage_union_all(tiles[office == k]) for k in range(plan.street_offices)])
    return District(tiles, office, offices, shapely.coverage_union_all(tiles))


def community_of(district: District, points: Floats) -> Ints:
    """Return the position of the community that holds each point (n, 2), or of the nearest one."""
    tree, there = shapely.STRtree(district.communities), shapely.points(points)
    found = np.full(len(there), -1, dtype=np.int64)
    who, which = tree.query(there, predicate="intersects")
    found[who] = which
    astray = np.flatnonzero(found < 0)
    found[astray] = tree.nearest(there[astray])
    return found


def grow(seats: Ints, pairs: Ints, effort: Floats, size: int) -> Ints:
    """Return for each of `size` cells the position of the seat that is nearest by path; every region hangs together.

    >>> grow(np.array([0, 3]), np.array([[0, 1], [1, 2], [2, 3]]), np.array([1.0, 5.0, 1.0]), 4)
    array([0, 0, 1, 1])
    """
    ways = csr_array((effort, (pairs[:, 0], pairs[:, 1])), shape=(size, size))
    *_, source = dijkstra(ways, directed=False, indices=seats, min_only=True, return_predecessors=True)
    return np.argsort(seats)[np.searchsorted(np.sort(seats), source)]


def _make_mesh(rng: np.random.Generator, terrain: Terrain) -> _Mesh:
    roads = [road.line for road in terrain.roads if road.rank == "主干路"]
    diagram = Voronoi(_seeds(rng, terrain, [terrain.river, *roads]))
    regions = [diagram.regions[region] for region in diagram.point_region]
    closed = np.array([len(region) > 2 and -1 not in region for region in regions])
    inside = np.flatnonzero(closed & shapely.contains_xy(terrain.outline, diagram.points))
    position = np.full(len(regions), -1, dtype=np.int64)
    position[inside] = np.arange(inside.size)

    pairs = position[diagram.ridge_points]
    ends = diagram.vertices[np.array(diagram.ridge_vertices)]
    side = np.linalg.norm(ends[:, 0] - ends[:, 1], axis=1)
    real = (pairs >= 0).all(axis=1) & (side > 0.1 * MESH)  # cells that meet in a point are no neighbours
    pairs, side = pairs[real], side[real]

    seeds = diagram.points[inside]
    steps = shapely.linestrings(seeds[pairs])
    effort = shapely.length(steps) + rng.exponential(0.35 * MESH, len(steps))
    effort += ROAD_EFFORT * shapely.intersects(shapely.MultiLineString(roads), steps)
    effort += RIVER_EFFORT * shapely.intersects(terrain.river, steps)
    shapes = np.array([shapely.Polygon(diagram.vertices[regions[k]]) for k in inside])
    return _Mesh(seeds, shapes, pairs, side, effort)


def _seeds(rng: np.random.Generator, terrain: Terrain, lines: list[shapely.LineString]) -> Floats:
    """Return mesh seeds, some beyond the outline: in pairs beside the lines, a shaken triangular lattice elsewhere."""
    left, low, right, high = terrain.outline.buffer(4 * MESH).bounds
    columns, rows = np.meshgrid(np.arange(left, right, MESH), np.arange(low, high, 0.87 * MESH))
    columns = columns + np.where(np.arange(len(rows)) % 2, MESH / 2, 0.0)[:, None]
    lattice = np.c_[columns.ravel(), rows.ravel()] + rng.normal(0, 0.26 * MESH, (columns.size, 2))
    beside = np.vstack([_both_sides(line) for line in lines])
    network = shapely.MultiLineString(lines)
    shapely.prepare(network)
    lattice = lattice[~shapely.dwithin(network, shapely.points(lattice), 2.4 * BANK)]
    beside = beside[~shapely.dwithin(network, shapely.points(beside), 0.8 * BANK)]
    return np.vstack([beside, lattice])


def _both_sides(line: shapely.LineString) -> Floats:
    """Return points in pairs, `BANK` metres left and right of the line."""
    along = np.arange(BANK, line.length, 2.2 * BANK)
    behind, here, ahead = (
        shapely.get_coordinates(shapely.line_interpolate_point(line, along + step)) for step in (-5.0, 0.0, 5.0)
    )
    direction = (ahead - behind) / np.linalg.norm(ahead - behind, axis=1, keepdims=True)
    aside = BANK * np.c_[-direction[:, 1], direction[:, 0]]
    return np.vstack([here + aside, here - aside])


def _seats(rng: np.random.Generator, points: Floats, weight: Floats, count: int) -> Ints:
    """Return the points nearest to `count` centres that share the weight fairly (Lloyd's algorithm)."""
    centres = points[rng.choice(len(points), count, replace=False, p=weight / weight.sum())]
    for _ in range(12):
        nearest = _nearest(centres, points)
        total = np.bincount(nearest, weight, minlength=count)
        sums = np.c_[[np.bincount(nearest, weight * side, minlength=count) for side in points.T]].T
        held = total > 0
        centres[held] = sums[held] / total[held, None]
    return _nearest(points, centres)


def _nearest(points: Floats, targets: Floats) -> Ints:
    """Return the position of the point nearest to each target."""
    return np.argmin(((points[None] - targets[:, None]) ** 2).sum(axis=2), axis=1)


def _borders(community: Ints, mesh: _Mesh, middle: Floats) -> tuple[Ints, Floats]:
    """Return the pairs of communities with a border worth the name, and the effort between their middles."""
    holders = np.sort(community[mesh.pairs], axis=1)
    apart = holders[:, 0] != holders[:, 1]
    pairs, number = np.unique(holders[apart], axis=0, return_inverse=True)
    step = np.linalg.norm(np.diff(mesh.seeds[mesh.pairs[apart]], axis=1)[:, 0], axis=1)
    barrier = np.bincount(number, mesh.effort[apart] - step) / np.bincount(number)
    effort = np.linalg.norm(middle[pairs[:, 0]] - middle[pairs[:, 1]], axis=1) + barrier
    real = np.bincount(number, mesh.side[apart]) > 2 * MESH
    return pairs[real], effort[real]
