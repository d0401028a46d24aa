"""Small grids for the tests of the statistics: who is next to whom."""

from __future__ import annotations

import h3
import numpy as np

from geo.stats.results import Neighbours


def hexagons(rings: int) -> Neighbours:
    """Return the neighbours of all cells within so many rings of the first; 1 ring: a centre and the six around it."""
    cells = h3.grid_disk(h3.latlng_to_cell(31.23, 121.47, 9), rings)
    position = {cell: i for i, cell in enumerate(cells)}
    table = np.full((len(cells), 6), -1, dtype=np.int32)
    for i, cell in enumerate(cells):
        for side, other in enumerate(h3.grid_ring(cell, 1)):
            table[i, side] = position.get(other, -1)
    return table


def shuffle_cells(neighbours: Neighbours, order: np.ndarray) -> Neighbours:
    """Return the table of the same grid with its cells in another order: new cell i is old cell order[i]."""
    new_place = np.empty(len(order) + 1, dtype=np.int32)
    new_place[order] = np.arange(len(order))
    new_place[-1] = -1
    return new_place[neighbours[order]]
