"""The lie of the land: outline, centres of population, river, lakes and roads, in metres."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from data.plan import CityPlan
from data.plane import Floats

HALF_WIDTH, HALF_HEIGHT = 8_800.0, 7_200.0
RIVER_WIDTH = 95.0
EMPTIEST = 0.12  # people per area where there is no centre near
GRIDS = ((2_900.0, 520.0), (1_900.0, 500.0), (1_800.0, 500.0), (1_350.0, 480.0), (1_200.0, 480.0))
"""Half the reach and the spacing of the streets around each centre, metres."""


@dataclass(frozen=True)
class Centre:
    """Where people live close together: a bell of this weight and spread (metres)."""

    x: float
    y: float
    weight: float
    spread: float


@dataclass(frozen=True)
class Road:
    line: shapely.LineString
    rank: str  # 主干路, 次干路, 支路


@dataclass(frozen=True)
class Terrain:
    outline: shapely.Polygon  # rough; the communities draw the exact border
    centres: tuple[Centre, ...]
    river: shapely.LineString
    lakes: tuple[shapely.Polygon, ...]
    roads: tuple[Road, ...]

    def population(self, x: Floats, y: Floats) -> Floats:
        """Return people per area at (x, y), relative: six tenths in the old town, an eighth at the border."""
        density = np.full(np.shape(x), EMPTIEST)
        for c in self.centres:
            density = density + c.weight * np.exp(-((x - c.x) ** 2 + (y - c.y) ** 2) / (2 * c.spread**2))
        return density

    @property
    def water(self) -> shapely.MultiPolygon:
        surfaces = [self.river.buffer(RIVER_WIDTH / 2, quad_segs=3), *self.lakes]
        water = shapely.union_all(surfaces).intersection(self.outline.buffer(400))
        return shapely.MultiPolygon([water] if water.geom_type == "Polygon" else list(water.geoms))


def make_terrain(plan: CityPlan) -> Terrain:
    """Lay out a district of about 200 square kilometres."""
    rng = plan.random("terrain")
    outline = _outline(rng)
    centres = _centres(rng)
    river = _river(rng)
    lakes = _lakes(rng, centres, river)
    return Terrain(outline, centres, river, lakes, tuple(_roads(rng, outline, centres)))


def smooth(points: NDArray[np.float64], *, step: float = 60.0, closed: bool = False) -> NDArray[np.float64]:
    """Return a smooth curve through the points, one vertex about every `step` metres."""
    if closed:
        points = np.vstack([points, points[:1]])
    along = np.r_[0, np.cumsum(np.hypot(*np.diff(points, axis=0).T))]
    spline = CubicSpline(along, points, bc_type="periodic" if closed else "natural")
    return np.asarray(spline(np.linspace(0, along[-1], max(2, int(along[-1] / step)))))


def _outline(rng: np.random.Generator) -> shapely.Polygon:
    angle = np.linspace(0, 2 * np.pi, 240, endpoint=False)
    radius = np.ones_like(angle)
    for waves, amplitude in ((2, 0.07), (3, 0.09), (5, 0.055), (7, 0.035), (11, 0.022), (17, 0.014), (29, 0.008)):
        radius += amplitude * np.sin(waves * angle + rng.uniform(0, 2 * np.pi))
    return shapely.Polygon(np.c_[HALF_WIDTH * radius * np.cos(angle), HALF_HEIGHT * radius * np.sin(angle)])


def _centres(rng: np.random.Generator) -> tuple[Centre, ...]:
    """The old town, two newer centres on different sides, two small ones farther out."""
    first = rng.uniform(0, 2 * np.pi)
    turns = first + np.array([0.0, 2.3, 4.1, 5.2]) + rng.normal(0, 0.12, 4)
    reach = np.array([4_300.0, 4_600.0, 5_000.0, 5_200.0]) * rng.uniform(0.94, 1.06, 4)
    weight, spread = (0.36, 0.32, 0.24, 0.20), (1_500.0, 1_400.0, 1_150.0, 1_050.0)
    new = [
        Centre(float(r * np.cos(t)), float(0.82 * r * np.sin(t)), w, s)
        for r, t, w, s in zip(reach, turns, weight, spread, strict=True)
    ]
    return (Centre(float(rng.normal(0, 250)), float(rng.normal(0, 250)), 0.46, 2_900.0), *new)


def _river(rng: np.random.Generator) -> shapely.LineString:
    """From the north-west, past the old town, to the south-east, in bends."""
    x = np.linspace(-12_500, 12_500, 26)
    course = 2_300 - 0.34 * (x + 9_000) + 900 * np.sin(x / 3_900 + 0.5)
    y = course + rng.normal(0, 190, x.size) + 250 * np.sin(x / 1_150 + rng.uniform(0, 6))
    return shapely.LineString(smooth(np.c_[x, y]))


def _lakes(
    rng: np.random.Generator, centres: tuple[Centre, ...], river: shapely.LineString
) -> tuple[shapely.Polygon, ...]:
    """Two park lakes near the newer centres, away from the river."""
    lakes = []
    for centre in centres[1:3]:
        turns = rng.uniform(0, 2 * np.pi) + np.arange(9) * 0.7
        around = shapely.points(centre.x + 900 * np.cos(turns), centre.y + 900 * np.sin(turns))
        middle = around[int(np.argmax(shapely.distance(river, around) > 500))]
        angle = np.linspace(0, 2 * np.pi, 40, endpoint=False)
        radius = 1 + 0.22 * np.sin(2 * angle + rng.uniform(0, 6)) + 0.12 * np.sin(3 * angle + rng.uniform(0, 6))
        across, along = rng.uniform(130, 170), rng.uniform(210, 300)
        shore = np.c_[middle.x + along * radius * np.cos(angle), middle.y + across * radius * np.sin(angle)]
        lakes.append(shapely.Polygon(shore))
    return tuple(lakes)


def _roads(rng: np.random.Generator, outline: shapely.Polygon, centres: tuple[Centre, ...]) -> list[Road]:
    """Two rings, radials and the links between centres first; then a bent grid where people live."""
    old = np.array([centres[0].x, centres[0].y])
    arterials = [_ring(rng, old, radius) for radius in (2_250.0, 4_700.0)]
    first = rng.uniform(0, 2 * np.pi)
    arterials += [_radial(rng, old, turn) for turn in first + np.arange(7) * 2 * np.pi / 7 + rng.normal(0, 0.10, 7)]
    inside = outline.buffer(-120)
    roads = [Road(piece, "主干路") for line in arterials for piece in _pieces(line, inside)]
    tangle = shapely.union_all([road.line for road in roads]).buffer(140)
    for centre, (half_length, spacing) in zip(centres, GRIDS, strict=True):
        for line in _grid(rng, centre, half_length, spacing):
            roads += [Road(piece, "次干路") for piece in _pieces(line.difference(tangle), inside) if piece.length > 450]
    return roads


def _ring(rng: np.random.Generator, middle: NDArray[np.float64], radius: float) -> shapely.LineString:
    angle = np.linspace(0, 2 * np.pi, 14, endpoint=False)
    reach = radius * (1 + 0.06 * np.sin(2 * angle + rng.uniform(0, 6)) + 0.04 * np.sin(3 * angle + rng.uniform(0, 6)))
    loop = smooth(middle + np.c_[1.12 * reach * np.cos(angle), 0.88 * reach * np.sin(angle)], closed=True)
    return shapely.LineString(loop)


def _radial(rng: np.random.Generator, middle: NDArray[np.float64], turn: float) -> shapely.LineString:
    reach = np.array([500.0, 2_200.0, 4_200.0, 6_500.0, 9_000.0, 12_500.0])
    turns = turn + np.cumsum(np.r_[0, rng.normal(0, 0.045, reach.size - 1)])
    return shapely.LineString(smooth(middle + np.c_[reach * np.cos(turns), 0.92 * reach * np.sin(turns)]))


def _grid(rng: np.random.Generator, centre: Centre, half: float, spacing: float) -> list[shapely.LineString]:
    """Streets in two directions around a centre, turned and bent a little, shorter towards the rim."""
    turn = rng.uniform(-0.35, 0.35)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    lines = []
    for direction in (0, 1):
        for offset in np.arange(-half + spacing / 2, half, spacing) + rng.normal(0, 60):
            reach = np.sqrt(max(half**2 - offset**2, 0.0)) * rng.uniform(0.75, 1.0, 2)
            if reach.sum() < 900:
                continue
            along = np.linspace(-reach[0], reach[1], 5)
            across = offset + np.cumsum(rng.normal(0, 28, 5))
            points = np.c_[along, across] if direction == 0 else np.c_[across, along]
            lines.append(shapely.LineString(smooth(points @ rotation.T + [centre.x, centre.y])))
    return lines


def _pieces(line: shapely.Geometry, inside: shapely.Polygon) -> list[shapely.LineString]:
    parts = shapely.get_parts(shapely.line_merge(shapely.intersection(line, inside)))
    return [part for part in parts if part.geom_type == "LineString" and part.length > 250]
