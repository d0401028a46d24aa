"""Scan statistics: which zone, over which last days, holds more cases than chance would put there.

Space-time permutation: Kulldorff, Heffernan, Hartman, Assuncao and Mostashari (2005), PLoS Medicine 2, e59,
doi:10.1371/journal.pmed.0020059. Poisson: Kulldorff (1997), Communications in Statistics 26, 1481-1496,
doi:10.1080/03610929708831995; prospective: Kulldorff (2001), JRSS A 164, 61-72, doi:10.1111/1467-985X.00186.
Expectation-based Poisson: Neill (2009), International Journal of Forecasting 25, 498-517,
doi:10.1016/j.ijforecast.2008.12.002.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.stats.results import Floats
from geo.stats.scan_kernels import scan_cases
from geo.stats.scan_models import Model, make_model
from geo.stats.threads import on_every_core
from geo.stats.zones import Positions, Zones, listed_zones

REPLICATES = 199
LEAST_BY_CHANCE = 2
"""Cases from which the clusters of a replicate count, even where more are asked of those that are found.

Were they asked for four, hardly any replicate of a rare category would hold one, and no distribution fits so many
zeros: of 1,500 sets of 100 cases, with 91% zeros, seven in a thousand had a Gumbel p of .001. From two on it was none
in a thousand. So p is on the safe side where few cases come together.
"""
_EULER = 0.5772156649015329
_EQUAL = 1e-12  # relative: two sums of the same cases in another order
_DIGITS = 10  # of a ratio, in which two are a tie


class Cluster(NamedTuple):
    """A zone over some periods, as strong as it was found and as rare as chance makes one so strong."""

    zone: int  # as `Zones.zone` numbers them
    locations: NDArray[np.int32]
    first: int  # of the periods, included
    last: int
    cases: int
    expected: float
    llr: float
    p_value: float  # by rank among the replicates: (1 + those at least as strong) / (replicates + 1)
    gumbel_p: float  # by the Gumbel distribution that fits the replicates; see `gumbel_chance`


@dataclass(frozen=True)
class Scan:
    """What was found, the strongest first, no two with a location in common; and what chance alone gave."""

    clusters: tuple[Cluster, ...]
    maxima: Floats  # (replicates,) the greatest ratio of each replicate


def scan_zones(
    cases: tuple[ArrayLike, ArrayLike],
    zones: Zones | Sequence[Sequence[int]],
    *,
    method: str = "permutation",
    periods: int | None = None,
    longest: int | None = None,
    locations: int | None = None,
    exposure: ArrayLike | None = None,
    baselines: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    retrospective: bool = False,
    least_cases: int = 2,
    replicates: int = REPLICATES,
    most: int = 10,
    seed: int = 0,
) -> Scan:
    """Look in every zone, over every interval of periods, for more cases than expected.

    Parameters
    ----------
    cases
        Location and period of every case, two arrays of whole numbers from 0; a later period has a greater number.
    zones
        What `hex_zones` and the other builders of `geo.stats.zones` return, or a list of zones, each a list of
        locations.
    method
        `permutation`: each place keeps its cases and each period too, and only which fell together is by chance: finds
        what is sudden and local, never a rise of the whole city. `poisson`: cases in proportion to `exposure`.
        `expectation`: cases as `baselines` expect them, each place by itself.
    periods
        How many there are; up to the last with a case unless given. One: a purely spatial scan.
    longest
        Periods of an interval at the most; half of them unless given.
    locations
        How many there are, where `zones` is a list; up to the last in a zone, or with a case, unless given.
    exposure, baselines
        (locations,) for every period alike, or (locations, periods).
    strata
        (cases,) the kind of each case, a number or a name, for a permutation: cases are expected, and dealt by chance,
        among their own kind, so that a rise of one kind in the whole city is no cluster either. One unless given.
    retrospective
        Whether intervals may end before the last period too.
    least_cases
        Cases of a cluster at the least; the replicates it is held against count from LEAST_BY_CHANCE on.
    replicates
        How often cases are dealt by chance, to tell how strong the strongest then is. Each replicate has random numbers
        of its own, so the answer does not depend on the number of cores.
    most
        Clusters returned at the most.

    Raises
    ------
    RefusedQuestion
        Where the method is none of these, its exposure or baselines are missing, or cases lie where there are none.
    ValueError
        Where a location or a period is out of range, shapes do not fit, or strata are given to another method.

    >>> found = scan_zones(([0, 0, 0, 1, 2, 1], [3, 3, 3, 0, 1, 2]), [[0], [1], [0, 1]], replicates=99, seed=1)
    >>> [(c.locations.tolist(), c.first, c.last, c.cases, c.expected, round(c.llr, 3)) for c in found.clusters]
    [([0], 3, 3, 3, 1.5, 0.863)]
    """
    location, period = (np.asarray(side, dtype=np.int64) for side in cases)
    if not isinstance(zones, Zones):
        last = max([-1, *(int(place) for zone in zones for place in zone), *location.tolist()])
        zones = listed_zones(zones, last + 1 if locations is None else locations)
    periods = int(period.max(initial=0)) + 1 if periods is None else periods
    if location.shape != period.shape or (location < 0).any() or (location >= zones.locations).any():
        raise ValueError(f"cases: a location (0 to {zones.locations - 1}) and a period each")
    if (period < 0).any() or (period >= periods).any():
        raise ValueError(f"cases: periods from 0 to {periods - 1}")
    longest = max(1, periods // 2) if longest is None else min(longest, periods)
    reach = periods if retrospective else longest  # ages below it are looked at
    age = periods - 1 - period
    model = make_model(method, location, age, zones, reach, periods, exposure, baselines, strata)
    search = partial(_search, zones, model, reach, reach if retrospective else 1, longest)
    recent = age < reach
    observed = search(least_cases)(location[recent], age[recent], whole=True)
    maxima = _maxima(partial(search, min(least_cases, LEAST_BY_CHANCE)), model, replicates, seed)
    picked = _without_overlap(zones, observed, most)
    clusters = (_cluster(zones, model, observed, maxima, periods, zone) for zone in picked)
    return Scan(tuple(clusters), maxima)


# ---------------------------------------------------------------------------------------------------------- the search


class Observed(NamedTuple):
    best: float
    ratio: Floats  # (zones,)
    span: Positions  # (zones, 3): first age, last age, cases


def _search(zones: Zones, model: Model, reach: int, begins: int, longest: int, least: int) -> Callable[..., Observed]:
    """Return what looks for the best cylinder of given cases; it keeps its own scratch arrays, one thread at a time."""
    held, kinds = zones.held, len(zones.families) - 1
    counts, queued = np.zeros((zones.count, reach), np.int32), np.zeros(kinds, dtype=bool)
    queue = np.empty(kinds, np.int64)
    fixed = (held.starts, held.shells, zones.family, zones.families, model.expected, model.judged, model.total)

    def best_of(location: Positions, age: Positions, *, whole: bool = False) -> Observed:
        ratio, span = np.zeros(zones.count if whole else 0), np.zeros((zones.count if whole else 0, 3), np.int64)
        best = scan_cases(location, age, *fixed, begins, longest, least, counts, queued, queue, ratio, span)
        return Observed(best, ratio, span)

    return best_of


def _maxima(search: Callable[[], Callable[..., Observed]], model: Model, replicates: int, seed: int) -> Floats:
    """Return the greatest ratio of every replicate; a share of them on each core."""
    maxima, cores = np.zeros(replicates), os.cpu_count() or 1

    def work(first: int) -> None:
        best_of = search()
        for replicate in range(first, replicates, cores):
            maxima[replicate] = best_of(*model.draw(np.random.default_rng([seed, replicate]))).best

    on_every_core(work, range(min(cores, replicates)))
    return maxima


def _without_overlap(zones: Zones, found: Observed, most: int) -> list[int]:
    """Return the strongest zones, none with a location of a stronger one.

    Of equal ones the one of fewer rings, then of fewer periods, then around the first location.
    """
    above = np.flatnonzero(found.ratio > 0)
    periods = (found.span[:, 1] - found.span[:, 0])[above]
    order = np.lexsort((above, periods, zones.ring[above], -found.ratio[above].round(_DIGITS)))
    taken, picked = np.zeros(zones.locations, dtype=bool), list[int]()
    for zone in above[order]:
        if len(picked) == most:
            break
        inside = zones.zone(zone)
        if not taken[inside].any():
            taken[inside] = True
            picked.append(int(zone))
    return picked


def _cluster(zones: Zones, model: Model, found: Observed, maxima: Floats, periods: int, zone: int) -> Cluster:
    begin, end, cases = found.span[zone].tolist()
    llr = float(found.ratio[zone])
    return Cluster(
        zone,
        zones.zone(zone),
        periods - 1 - end,
        periods - 1 - begin,
        cases,
        float(model.expected[zone, end + 1] - model.expected[zone, begin]),
        llr,
        rank_chance(llr, maxima),
        gumbel_chance(llr, maxima),
    )


# ----------------------------------------------------------------------------------------------------------- by chance


def rank_chance(llr: float, maxima: Floats) -> float:
    """Return the Monte Carlo p-value (Dwass 1957): the rank of what was observed among itself and the replicates.

    >>> rank_chance(3.0, np.array([1.0, 2.0, 4.0]))
    0.5
    """
    return float((1 + (maxima >= llr * (1 - _EQUAL)).sum()) / (len(maxima) + 1))


def gumbel_chance(llr: float, maxima: Floats) -> float:
    """Return the chance of a maximum of `llr` or more by the Gumbel distribution with the replicates' mean and spread.

    beta = s sqrt(6) / pi, mu = mean - 0.5772 beta, p = 1 - exp(-exp(-(x - mu) / beta)): Abrams, Kleinman and Kulldorff
    (2010), International Journal of Health Geographics 9, 61, doi:10.1186/1476-072X-9-61. It tells small p-values that
    a few hundred replicates cannot. Where the replicates do not differ, the rank is all there is.

    >>> round(gumbel_chance(6.0, np.array([1.0, 2.0, 3.0])), 4)
    0.0033
    """
    beta = float(maxima.std(ddof=1)) * math.sqrt(6) / math.pi if len(maxima) > 1 else 0.0
    if beta == 0:
        return rank_chance(llr, maxima)
    mu = float(maxima.mean()) - _EULER * beta
    return -math.expm1(-math.exp(-(llr - mu) / beta))
