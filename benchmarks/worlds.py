"""Made-up cities whose truth is known: H3 cells, uneven rates, shocks, drift, seasons, and planted rises.

Counts are negative binomial with variance D times the mean. The log rate of a cell adds up

    base        log-normal: sd .8 smooth over about 1 km, .3 per cell; or the same everywhere
    city        a shock every week, shared by the whole city
    regional    a shock every week, shared by each of 16 districts
    drift       AR(1) by week with correlation .5 after 26 weeks, smooth over about two rings; its sd is that of the
                change between two half-years
    season      a sine of the year of amplitude .25 +- its sd, and a cosine of that sd, by district

as METHODS 1.5b describes them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import h3
import numpy as np
from numba import njit
from numpy.typing import NDArray

from geo.stats.results import Floats, Neighbours
from geo.stats.rings import disk_size, disk_sum

CENTRE = (31.23, 121.47)  # degrees, WGS-84
DISTRICTS = 16
DRIFT_WEEKS = 26
YEAR = 52


@dataclass(frozen=True)
class Ground:
    """The hexagons of a city: the adjacent cells of each, and its district."""

    neighbours: Neighbours
    district: NDArray[np.int64]

    @property
    def cells(self) -> int:
        return len(self.neighbours)


@dataclass(frozen=True)
class World:
    """How a city's counts move: incidents per cell and week, noise D, and standard deviations of the log rate."""

    mean: float
    D: float = 1.5
    city: float = 0.0
    regional: float = 0.0
    drift: float = 0.0
    season: float = 0.0
    uneven: bool = True


def make_ground(rings: int = 30, resolution: int = 9) -> Ground:
    """Return all cells within so many rings of a centre (30: 2,791 cells), with districts around random capitals."""
    cells = sorted(h3.grid_disk(h3.latlng_to_cell(*CENTRE, resolution), rings))
    position = {cell: i for i, cell in enumerate(cells)}
    neighbours = np.full((len(cells), 6), -1, dtype=np.int32)
    for i, cell in enumerate(cells):
        for side, other in enumerate(sorted(h3.grid_ring(cell, 1))):
            neighbours[i, side] = position.get(other, -1)
    where = np.array([h3.cell_to_latlng(cell) for cell in cells]) * [1.0, np.cos(np.radians(CENTRE[0]))]
    capitals = where[np.random.default_rng(1).choice(len(cells), DISTRICTS, replace=False)]
    district = ((where[:, None] - capitals[None]) ** 2).sum(axis=2).argmin(axis=1)
    return Ground(neighbours, district)


def smooth(noise: Floats, ground: Ground, rings: int) -> Floats:
    """Return `noise` (cells, ...) averaged over neighbours so many times, with the sd of each cell back at one."""
    size = disk_size(ground.neighbours)[:, None]
    for _ in range(rings):
        noise = disk_sum(noise, ground.neighbours) / size
    return noise / noise.std(axis=0)


def base_rates(world: World, ground: Ground, random: np.random.Generator) -> Floats:
    """Return the lasting rate of each cell per week; their mean is the world's."""
    if not world.uneven:
        return np.full(ground.cells, world.mean)
    log_rate = 0.8 * smooth(random.standard_normal((ground.cells, 1)), ground, 3)[:, 0]
    rate = np.exp(log_rate + 0.3 * random.standard_normal(ground.cells))
    return rate * (world.mean / rate.mean())


def movement(world: World, ground: Ground, weeks: int, random: np.random.Generator) -> Floats:
    """Return the factor (cells, weeks) by which each cell's rate moves."""
    log_factor = np.zeros((ground.cells, weeks))
    if world.city:
        log_factor += world.city * random.standard_normal(weeks)
    if world.regional:
        log_factor += world.regional * random.standard_normal((DISTRICTS, weeks))[ground.district]
    if world.season:
        week = 2 * np.pi * (np.arange(weeks) + random.uniform(0, YEAR)) / YEAR
        sine, cosine = random.normal(0.25, world.season, DISTRICTS), random.normal(0.0, world.season, DISTRICTS)
        log_factor += (np.outer(sine, np.sin(week)) + np.outer(cosine, np.cos(week)))[ground.district]
    if world.drift:
        keep = 0.5 ** (1 / DRIFT_WEEKS)
        steps = smooth(random.standard_normal((ground.cells, weeks)), ground, 2)
        steps[:, 1:] *= np.sqrt(1 - keep**2)
        for now in range(1, weeks):
            steps[:, now] += keep * steps[:, now - 1]
        log_factor += world.drift * steps
    return np.exp(log_factor)


@njit(cache=True, nogil=True)
def _counts(rates: Floats, D: float, chance: Floats) -> Floats:
    """The smallest count that is at least as likely as `chance`, by adding up the masses from zero."""
    counts = np.empty(len(rates))
    for i in range(len(rates)):
        rate, left, count = rates[i], chance[i], 0.0
        size = rate / (D - 1.0) if D > 1.0 else 0.0
        mass = math.exp(-size * math.log(D)) if D > 1.0 else math.exp(-rate)
        while left > mass and (mass > 1e-20 or count <= rate):
            left -= mass
            mass *= (size + count) * ((D - 1.0) / D) / (count + 1.0) if D > 1.0 else rate / (count + 1.0)
            count += 1.0
        counts[i] = count
    return counts


def draw(rates: Floats, D: float, random: np.random.Generator) -> Floats:
    """Return counts with mean `rates` and variance D times the mean: negative binomial, Poisson at D 1.

    By inversion (Devroye 1986, section X.4): a third of the time numpy takes where rates are small. Rates that are not,
    and whose first mass would be no float, are numpy's.

    >>> round(float(draw(np.full(100_000, 0.3), 2.0, np.random.default_rng(1)).mean()), 2)
    0.3
    """
    if rates.size and rates.max() < 500:
        return np.asarray(_counts(rates.ravel(), max(D, 1.0), random.random(rates.size))).reshape(rates.shape)
    if D <= 1:
        return random.poisson(rates).astype(np.float64)
    return random.negative_binomial(rates / (D - 1), 1 / D).astype(np.float64)


def scatter_centres(
    allowed: NDArray[np.bool_], how_many: int, ground: Ground, random: np.random.Generator
) -> NDArray[np.int64]:
    """Return cells of full disks, no two of which are within six cells of each other."""
    free = allowed & (ground.neighbours >= 0).all(axis=1)
    centres: list[int] = []
    while len(centres) < how_many:
        centre = int(random.choice(np.flatnonzero(free)))
        centres.append(centre)
        taken = np.zeros(ground.cells)
        taken[centre] = 1
        for _ in range(6):
            taken = disk_sum(taken, ground.neighbours)
        free &= taken == 0
    return np.array(centres)


def disk_of(centre: int, ground: Ground) -> NDArray[np.int64]:
    """Return the cell and its neighbours."""
    return np.append(ground.neighbours[centre], centre)
