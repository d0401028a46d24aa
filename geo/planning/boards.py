"""The red and black list (红黑榜): the areas that are best and worst of their kind, and not by luck."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from geo.planning.forecast import Floats

RED, BLACK = "red", "black"
FALSE_LIST = 0.05
"""Chance that a list names anybody where all areas are alike."""
LEAST = 5.0
"""Incidents counted, and expected, without which an area is on no list."""
MARGIN = 1.25
"""Ratio to what is expected that an area is surely beyond: what errors of exposure and small differences may make."""
MOST = 10
TENTH = 10


def boards(incidents: ArrayLike, expected: ArrayLike, *, dispersion: float) -> NDArray[np.str_]:
    """Return `black`, `red` or "" for every area; (areas,).

    The incidents of an area are negative binomial with variance D times their mean. Black: so many that even at 1.25
    times what is expected the chance of as many is at most 0.05 / areas; red: so few that at 1 / 1.25 of it the chance
    of as few is (Bonferroni: a list of equals stays empty in more than 95 of 100 months). The margin stands in the test
    and not beside it, since `expected` is no better than the figures of exposure behind it, and with enough incidents
    any error of theirs is beyond luck: where households are off by 10 % (one standard deviation) the black list of
    equals stays empty, by 20 % it names somebody in two months of five, by 30 % nearly always. 5 incidents expected
    and counted, so that nobody is best because hardly anybody lives there or reports. Of those, a tenth of the areas
    and 10 at the most: those with the surest distance, by the bound of the 90 % interval of their ratio that is nearer
    to 1.

    `expected` goes by exposure. Without one there is no such list: it would be that of large and of small areas.

    >>> boards([80, 30, 28, 31, 3], [32.0, 32, 32, 32, 3], dispersion=1.0).tolist()
    ['black', '', '', '', '']
    """
    n, mean = np.asarray(incidents, np.float64), np.asarray(expected, np.float64)
    found = np.full(len(n), "", "<U5")
    if not len(n):
        return found
    judged = (n >= LEAST) & (mean >= LEAST)
    safe = np.maximum(mean, 1e-9)
    at_least, _ = tails(n, MARGIN * safe, dispersion)
    _, at_most = tails(n, safe / MARGIN, dispersion)
    level, most = FALSE_LIST / len(n), min(MOST, max(1, len(n) // TENTH))
    low = stats.gamma.ppf(0.05, np.maximum(n, 1e-9) / dispersion) * dispersion
    high = stats.gamma.ppf(0.95, n / dispersion + 1) * dispersion
    worst, best = judged & (at_least <= level), judged & (at_most <= level)
    for name, those, distance in ((BLACK, worst, -low / safe), (RED, best, high / safe)):
        listed = np.flatnonzero(those)
        found[listed[np.argsort(distance[listed], kind="stable")][:most]] = name
    return found


def tails(n: Floats, mean: Floats, dispersion: float) -> tuple[Floats, Floats]:
    """Return the chances of at least and at most `n` where `mean` is expected with variance `dispersion` times it."""
    if dispersion <= 1:
        return np.asarray(stats.poisson.sf(n - 1, mean)), np.asarray(stats.poisson.cdf(n, mean))
    size = mean / (dispersion - 1)
    return np.asarray(stats.nbinom.sf(n - 1, size, 1 / dispersion)), np.asarray(
        stats.nbinom.cdf(n, size, 1 / dispersion)
    )
