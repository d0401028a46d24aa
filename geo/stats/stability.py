"""How much of what is hot stays hot when the grid is another one (METHODS 7, the modifiable areal unit).

A hexagon is looked at through the centres of its 49 grandchildren, which share its surface in equal parts: the part of
them that lies in a hot cell of the other grid is the part of the hexagon that is still hot there.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from h3ronpy import cells_resolution, change_resolution_list
from numpy.typing import NDArray

from geo.grid.cells import Array, cell_to_point, neighbours, point_to_cell
from geo.stats.results import Flags, Floats

ROBUST = 0.6
"""The least part of a cluster that is still hot, in every check, for the cluster to be called robust (METHODS 7)."""
LEAST_CELLS = 30
"""A grid of fewer cells compares a place with little but itself."""
_FINER = 2  # levels: 7 ** 2 points in every hexagon


def sample_points(cells: Array, finer: int = _FINER) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Return points that share the surface of every cell in equal parts: the position of their cell, their lat, lon.

    7 ** `finer` points in each cell, degrees.

    >>> owner, lat, lon = sample_points(np.array([617735346681544703], np.uint64), finer=1)
    >>> owner, np.sort(lat).round(3)
    (array([0, 0, 0, 0, 0, 0, 0]), array([42.357, 42.358, 42.358, 42.358, 42.359, 42.359, 42.359]))
    """
    cells = np.asarray(cells, np.uint64)
    if not cells.size:
        return np.empty(0, np.int64), np.empty(0), np.empty(0)
    level = int(np.asarray(cells_resolution(pa.array(cells[:1])))[0])
    within = pa.array(change_resolution_list(pa.array(cells), level + finer))
    owner = np.repeat(np.arange(cells.size), np.diff(within.offsets.to_numpy()))
    return owner, *cell_to_point(within.values.to_numpy())


def half_shifts(cells: Array) -> tuple[tuple[float, float], ...]:
    """Return the three steps (degrees north, east) that lead halfway to every other neighbour of the middle cell.

    Every grid of the same hexagons that lies half a cell aside is one of these three: the opposite step leads to the
    same grid. `cells` is sorted; none where no cell has six neighbours.

    >>> from geo.grid.cells import universe
    >>> import shapely
    >>> steps = half_shifts(universe(shapely.Point(-71.0587, 42.3594).buffer(0.01), 9))
    >>> len(steps), np.abs(np.sum(steps, axis=0)).max() < 1e-5                       # 120 degrees apart
    (3, np.True_)
    """
    beside = neighbours(cells)
    whole = np.flatnonzero((beside >= 0).all(axis=1))
    if not whole.size:
        return ()
    lat, lon = cell_to_point(cells)
    away = (lat[whole] - lat.mean()) ** 2 + (lon[whole] - lon.mean()) ** 2
    middle = whole[away.argmin()]
    north, east = lat[beside[middle]] - lat[middle], lon[beside[middle]] - lon[middle]
    around = np.argsort(np.arctan2(north, east * np.cos(np.radians(lat[middle]))))[::2]
    return tuple((float(north[side]) / 2, float(east[side]) / 2) for side in around)


def part_still_hot(
    cells: Array, others: Array, hot: Flags, *, level: int, shift: tuple[float, float] = (0.0, 0.0)
) -> Floats:
    """Return which part of the surface of every one of `cells` lies in a hot cell of another grid.

    `others`: the cells of that grid, sorted, and whether each is `hot`; `level`: theirs; `shift` (degrees north, east):
    how far the points were moved before they were counted in it. What lies in none of `others` is not judged; NaN where
    that is the whole cell.

    >>> cell = np.array([617735346681544703], np.uint64)
    >>> part_still_hot(cell, cell, np.array([True]), level=9)
    array([1.])
    >>> part_still_hot(cell, cell, np.array([False]), level=9)
    array([0.])
    >>> part_still_hot(cell, cell[:0], np.zeros(0, bool), level=9)
    array([nan])
    """
    owner, lat, lon = sample_points(cells)
    if not len(others):
        return np.full(len(cells), np.nan)
    found = point_to_cell(lat + shift[0], lon + shift[1], level)
    at = np.minimum(np.searchsorted(others, found), len(others) - 1)
    judged = others[at] == found
    seen = np.bincount(owner[judged], minlength=len(cells))
    still = np.bincount(owner[judged & hot[at]], minlength=len(cells))
    return np.divide(still, seen, out=np.full(len(cells), np.nan), where=seen > 0)


def mean_by_cluster(parts: Floats, cluster: NDArray[np.int64]) -> Floats:
    """Return the mean part of every cluster, 1 to the last; hexagons of one city are of one size. NaN: not judged.

    `parts` and `cluster` have one entry per hot cell.

    >>> mean_by_cluster(np.array([1.0, 0.5, np.nan, np.nan]), np.array([1, 1, 1, 2]))
    array([0.75,  nan])
    """
    judged = np.isfinite(parts)
    count = int(cluster.max(initial=0)) + 1
    total = np.bincount(cluster[judged], parts[judged], count)[1:]
    seen = np.bincount(cluster[judged], minlength=count)[1:]
    return np.divide(total, seen, out=np.full(count - 1, np.nan), where=seen > 0)


def pour(values: Floats, cells: Array, others: Array, *, level: int, shift: tuple[float, float] = (0.0, 0.0)) -> Floats:
    """Return what `values` (cells,) amount to in the cells of another grid, each spread evenly over its surface.

    NaN where no known value reaches. For an exposure, which goes where the reports go; arguments as `part_still_hot`.

    >>> cell = np.array([617735346681544703], np.uint64)
    >>> pour(np.array([7.0]), cell, cell, level=9)
    array([7.])
    """
    owner, lat, lon = sample_points(cells, finer=1)
    found = point_to_cell(lat + shift[0], lon + shift[1], level)
    if not len(others):
        return np.empty(0)
    at = np.minimum(np.searchsorted(others, found), len(others) - 1)
    reached = (others[at] == found) & np.isfinite(values[owner])
    parts = (values / np.bincount(owner, minlength=len(cells)))[owner]
    total = np.bincount(at[reached], parts[reached], len(others))
    return np.where(np.bincount(at[reached], minlength=len(others)) > 0, total, np.nan)
