"""The Getis-Ord Gi* score, shown beside our test for comparison with other tools. It never decides a flag or a rank."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from geo.stats.results import Floats, Neighbours
from geo.stats.rings import disk_size, disk_sum


def gi_star(counts: ArrayLike, neighbours: Neighbours) -> Floats:
    """Return the Gi* z-score of every cell: its disk's count against what the mean cell would put there.

    Ord and Getis (1995), binary weights, the cell itself included:
    z = (S - mean w) / (s sqrt((n w - w^2) / (n - 1))), w cells in the disk, s the standard deviation with 1/n.
    `neighbours` may be of any width. Where every cell holds the same count, or the disk is the whole city, the score is
    undefined and comes back NaN.

    >>> line = np.array([[-1, 1], [0, 2], [1, 3], [2, 4], [3, -1]])     # five cells in a row
    >>> gi_star([9, 6, 0, 0, 0], line).round(2)
    array([ 1.94,  1.29, -0.65, -1.94, -1.29])
    >>> gi_star([2, 2, 2, 2, 2], line)
    array([nan, nan, nan, nan, nan])
    """
    values = np.asarray(counts, dtype=np.float64)
    cells = len(values)
    if cells < 2 or values.min() == values.max():
        return np.full(cells, np.nan)
    size = disk_size(neighbours)
    deviation = values.std() * np.sqrt((cells * size - size**2) / (cells - 1))
    with np.errstate(invalid="ignore", divide="ignore"):
        score = (disk_sum(values, neighbours) - values.mean() * size) / deviation
    return np.where(deviation > 0, score, np.nan)
