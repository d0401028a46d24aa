"""Emerging hot spots as a good analyst computes them with esda and pymannkendall: Gi* per period, a trend per cell.

Less than Hexward does: no expectation but the city's mean, no variance learned from the past, no correction for many
cells, no labels.
"""

from __future__ import annotations

import numpy as np
import pymannkendall
from esda import G_Local
from libpysal.weights import W, fill_diagonal
from numpy.typing import NDArray

from geo.stats.results import Floats, Neighbours

_HOT = 1.96  # z


def disks(neighbours: Neighbours) -> W:
    """Return binary weights of each cell and its neighbours; the cell itself is in, so that esda need not add it."""
    return fill_diagonal(W({cell: [n for n in row if n >= 0] for cell, row in enumerate(neighbours.tolist())}))


def emerging(categories: list[Floats], weights: W) -> list[tuple[Floats, NDArray[np.bool_], list[str]]]:
    """Return Gi* (cells, periods), which are hot, and the trend of each cell; `categories`: counts (cells, periods)."""
    found = []
    for counts in categories:
        scores = [G_Local(now, weights, star=True, transform="B", permutations=0).Zs for now in counts.T]
        z = np.column_stack(scores)
        found.append((z, z >= _HOT, [pymannkendall.original_test(row).trend for row in z]))
    return found
