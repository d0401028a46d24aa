"""The Getis-Ord scores, for comparison with other tools: Gi* is shown beside our test. They decide no flag, no rank."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from geo.stats.results import Floats, Neighbours
from geo.stats.rings import disk_size, disk_sum


def gi_star(counts: ArrayLike, neighbours: Neighbours) -> Floats:
    """Return the Gi* z-score of every cell: its disk's count against what the mean cell would put there.

    Ord and Getis (1995), Geographical Analysis 27, 286-306, doi:10.1111/j.1538-4632.1995.tb00912.x; binary weights, the
    cell itself included:
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


def gi(counts: ArrayLike, neighbours: Neighbours) -> Floats:
    """Return the Gi z-score of every cell: what its neighbours hold, against the mean of all cells but this one.

    Ord and Getis (1995), see `gi_star`; binary weights, without the cell itself:
    z = (R - mean w) / (s sqrt(((n - 1) w - w^2) / (n - 2))), w neighbours that hold R; mean and s (with 1 / (n - 1))
    over the other cells. As `localG` of R's spdep. NaN where undefined, as in `gi_star`.

    >>> line = np.array([[-1, 1], [0, 2], [1, 3], [2, 4], [3, -1]])     # five cells in a row
    >>> gi([9, 6, 0, 0, 0], line).round(2)
    array([ 1.73,  1.  , -0.33, -1.67, -0.96])
    """
    values = np.asarray(counts, dtype=np.float64)
    cells = len(values)
    if cells < 3 or values.min() == values.max():
        return np.full(cells, np.nan)
    sides = disk_size(neighbours) - 1
    mean = (values.sum() - values) / (cells - 1)
    variance = ((values**2).sum() - values**2) / (cells - 1) - mean**2
    deviation = np.sqrt(variance.clip(min=0) * ((cells - 1) * sides - sides**2) / (cells - 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        score = (disk_sum(values, neighbours) - values - mean * sides) / deviation
    return np.where(deviation > 0, score, np.nan)
