"""The scan itself: counts of zones and intervals, and the likelihood ratio of each, as few of them as can matter.

A zone is worth looking at only where its last shell adds a case to the interval: else the zone without that shell has
the same cases and expects no more. An interval likewise begins and ends on a period with a case. Nothing is lost:
the ratio falls as the expected number grows.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geo.stats.results import Flags, Floats
from geo.stats.zones import Positions

Counts = NDArray[np.int32]


@njit(cache=True, nogil=True)
def log_ratio(cases: float, expected: float, total: float) -> float:
    """Return the log-likelihood ratio of `cases` inside a cylinder that expects `expected`, fewer than the cases.

    With a `total` of all cases, the conditional one of Kulldorff (1997): c ln(c / e) + (N - c) ln((N - c) / (N - e)).
    With a total of 0, the one of own baselines (Neill 2009), where the rest counts as it is: c ln(c / e) + e - c.
    """
    inside = cases * math.log(cases / expected)
    if total == 0:
        return inside + expected - cases
    rest = total - cases
    return inside + rest * math.log(rest / (total - expected)) if rest > 0 else inside


@njit(cache=True, nogil=True)
def _cannot_reach(best: float, cases: float, expected: float, total: float) -> bool:
    """Say, without a logarithm, that a cylinder stays below `best`.

    ln x <= x - 1 gives c ln(c / e) - (c - e) <= (c - e)^2 / e, and ln(1 + x) >= x - x^2 / 2 gives
    (N - c) ln((N - c) / (N - e)) <= -(c - e) + (c - e)^2 / (2 (N - c)).
    """
    excess = cases - expected
    bound = excess * excess / expected
    rest = total - cases
    return bound + (excess * excess / (2.0 * rest) if rest > 0 else 0.0) < best and (total == 0 or rest > 0)


@njit(cache=True, nogil=True)
def scan_cases(
    location: Positions,  # (cases,)
    age: Positions,  # (cases,) periods before the last one
    held_starts: Positions,
    held_shells: Counts,
    family: Counts,
    families: Positions,
    expected: Floats,  # (zones, periods + 1), of each zone in its last 0, 1, 2, ... periods
    judged: Flags,  # (zones,)
    total: float,  # of the cases, or 0: see log_ratio
    begins: int,  # intervals begin at ages below it: 1 for those that reach the last period
    longest: int,  # periods of an interval at the most
    least: int,  # cases of a cylinder at the least
    counts: Counts,  # (zones, periods), all zero, and again in the end
    queued: Flags,  # (families,), the same
    queue: Positions,  # (families,)
    ratio: Floats,  # (zones,) the best of each zone; or empty, where only the best of all is asked for
    span: Positions,  # (zones, 3) its first age, its last, and its cases
) -> float:
    """Return the greatest log-likelihood ratio of all zones and intervals, 0 where no cylinder exceeds its expected."""
    periods = counts.shape[1]
    waiting = 0
    for case in range(len(location)):
        for at in range(held_starts[location[case]], held_starts[location[case] + 1]):
            shell = held_shells[at]
            counts[shell, age[case]] += 1
            home = family[shell]
            if not queued[home]:
                queued[home] = True
                queue[waiting] = home
                waiting += 1
    best = 0.0
    whole = len(ratio) > 0
    inside, added = np.zeros(periods, np.int64), np.zeros(periods, np.int64)
    for turn in range(waiting):
        home = queue[turn]
        queued[home] = False
        inside[:] = 0
        for shell in range(families[home], families[home + 1]):
            fresh = False
            for period in range(periods):
                count = counts[shell, period]
                added[period] = count
                if count:
                    inside[period] += count
                    counts[shell, period] = 0
                    fresh = True
            if not fresh or not judged[shell]:
                continue
            for begin in range(begins):
                if begin and not inside[begin]:
                    continue
                cases, new = 0, 0
                for period in range(begin, min(periods, begin + longest)):
                    if not inside[period]:
                        continue
                    cases += inside[period]
                    new += added[period]
                    if cases < least or not new:
                        continue
                    hoped = expected[shell, period + 1] - expected[shell, begin]
                    if cases <= hoped or (not whole and _cannot_reach(best, cases, hoped, total)):
                        continue
                    found = log_ratio(cases, hoped, total)
                    best = max(best, found)
                    if whole and (
                        found > ratio[shell]
                        or (found == ratio[shell] and period - begin < span[shell, 1] - span[shell, 0])
                    ):
                        ratio[shell] = found
                        span[shell, 0], span[shell, 1], span[shell, 2] = begin, period, cases
    return best
