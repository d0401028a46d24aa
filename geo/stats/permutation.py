"""The exact permutation test of a disk's count, for comparison: what other tools approximate by shuffling."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from geo.stats.results import Floats, Neighbours
from geo.stats.rings import disk_size, disk_sum


def permutation_tail(now: ArrayLike, neighbours: Neighbours) -> Floats:
    """Return how often a disk would hold so many or more if the counts of the city were dealt to its cells at random.

    For places that nothing is expected of: no past, no exposure, no other category. It asks whether high counts lie
    together, so one lone high cell counts here too, and every city that has a centre is hot there. It holds its level
    where z-scores of Gi* do not, and it has no smallest p-value as shuffling 999 times has; but it knows neither noise
    that neighbours share nor movement, so no flag of Hexward stands on it.

    "Total randomisation", the cell itself included: a disk of m cells holds the sum of m counts drawn from those of the
    city, whose distribution is the m-fold convolution of theirs. Drawn with replacement, which errs by m^2 / cells.
    METHODS 1.6; Cliff and Ord (1981), Spatial Processes, for the two hypotheses of randomisation.

    `now` (cells,): whole numbers >= 0. Time and memory grow with the largest count.

    >>> line = np.array([[-1, 1], [0, 2], [1, 3], [2, 4], [3, -1]])      # five cells in a row
    >>> permutation_tail([9, 6, 0, 0, 0], line).round(3)
    array([0.12 , 0.28 , 0.784, 1.   , 1.   ])
    >>> permutation_tail([], line[:0])
    array([], dtype=float64)
    """
    counts = np.asarray(now, dtype=np.float64)
    p_values = np.ones(len(counts))
    if not len(counts):
        return p_values
    ring = disk_sum(counts, neighbours).astype(np.int64)
    sizes = disk_size(neighbours).astype(np.int64)
    single = np.bincount(counts.astype(np.int64)) / len(counts)
    masses = single
    for size in range(1, sizes.max() + 1):
        if size > 1:
            masses = np.convolve(masses, single)
        of_size = sizes == size
        if of_size.any():
            tail = np.minimum(np.cumsum(masses[::-1])[::-1], 1.0)  # from the far end, so that small tails keep digits
            p_values[of_size] = tail[ring[of_size]]
    return np.where(ring == 0, 1.0, p_values)
