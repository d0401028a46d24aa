"""Sums over each cell and its ring."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import ArrayLike

from geo.stats.results import Floats, Neighbours


@njit(cache=True, nogil=True)
def _disk_sums(values: Floats, neighbours: Neighbours) -> Floats:
    cells, columns = values.shape
    sums = values.copy()
    for cell in range(cells):
        for side in range(neighbours.shape[1]):
            other = neighbours[cell, side]
            if other >= 0:
                for column in range(columns):
                    sums[cell, column] += values[other, column]
    return sums


def disk_sum(values: ArrayLike, neighbours: Neighbours) -> Floats:
    """Return, for every cell, the sum of `values` (cells,) or (cells, columns) over the cell and its neighbours.

    S_i = sum of y_j over N_1(i), METHODS 1.1.

    >>> row = np.array([[-1, 1], [0, 2], [1, -1]])      # three cells in a row
    >>> disk_sum([5, 0, 2], row)
    array([5., 7., 2.])
    >>> disk_sum([], row[:0])
    array([], dtype=float64)
    """
    own = np.asarray(values, dtype=np.float64)
    columns = own[:, None] if own.ndim == 1 else own
    sums = _disk_sums(np.ascontiguousarray(columns), np.ascontiguousarray(neighbours, dtype=np.int32))
    return np.asarray(sums).reshape(own.shape)


def without(neighbours: Neighbours, left_out: ArrayLike) -> Neighbours:
    """Return the neighbours as they are when some cells are `left_out` (cells,): these have none and are nobody's.

    >>> without(np.array([[-1, 1], [0, 2], [1, -1]]), [False, False, True])
    array([[-1,  1],
           [ 0, -1],
           [-1, -1]])
    """
    out = np.asarray(left_out, dtype=bool)
    if not out.any():
        return neighbours
    return np.where(out[:, None] | out[neighbours], neighbours.dtype.type(-1), neighbours)


def within(neighbours: Neighbours, kept: ArrayLike) -> Neighbours:
    """Return the neighbours of the cells that are `kept` (cells,), among themselves and by their new positions.

    >>> within(np.array([[-1, 1], [0, 2], [1, -1]]), [False, True, True])
    array([[-1,  1],
           [ 0, -1]])
    """
    chosen = np.asarray(kept, dtype=bool)
    position = np.full(len(chosen) + 1, -1, dtype=neighbours.dtype)  # the last for -1
    position[:-1][chosen] = np.arange(chosen.sum())
    return position[neighbours[chosen]]


def disk_size(neighbours: Neighbours) -> Floats:
    """Return how many cells each disk holds: 7 inside the city, fewer at its edge.

    >>> disk_size(np.array([[-1, 1], [0, 2], [1, -1]]))
    array([2., 3., 2.])
    """
    return 1.0 + (np.asarray(neighbours) >= 0).sum(axis=1)
