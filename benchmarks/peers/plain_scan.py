"""The scan as its definition reads: every zone, every interval, in plain numpy. What the kernel must equal, slowly."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy import sparse

from geo.stats.results import Floats
from geo.stats.zones import Positions, Zones


def membership(zones: Zones) -> sparse.csr_matrix:
    """Return the 0/1 matrix (zones, locations)."""
    members = [zones.zone(number) for number in range(zones.count)]
    starts = np.concatenate([[0], np.cumsum([len(zone) for zone in members])])
    flat = np.concatenate([*members, np.empty(0, np.int32)])
    return sparse.csr_matrix((np.ones(len(flat)), flat, starts), shape=(zones.count, zones.locations))


def ratios(
    location: Positions,
    period: Positions,
    inside: sparse.csr_matrix,
    expected: Floats,
    *,
    total: float,
    longest: int,
    retrospective: bool = False,
    least: int = 2,
    judged: Floats | None = None,
) -> Iterator[tuple[int, int, Floats]]:
    """Yield first period, last period and the log-likelihood ratio of every zone, for every interval.

    `inside`: see `membership`; `expected` (zones, periods); `total`: 0 for own baselines.
    """
    periods = expected.shape[1]
    flat = np.bincount(location * periods + period, minlength=inside.shape[1] * periods)
    held = inside @ flat.reshape(inside.shape[1], periods).astype(float)
    for last in range(periods) if retrospective else (periods - 1,):
        for first in range(max(0, last - longest + 1), last + 1):
            c, e = held[:, first : last + 1].sum(axis=1), expected[:, first : last + 1].sum(axis=1)
            with np.errstate(divide="ignore", invalid="ignore"):
                ratio = c * np.log(c / e)
                rest = (total - c) * np.log((total - c) / (total - e)) if total else e - c
                ratio += np.where(c == total, 0.0, rest) if total else rest
            allowed = (c > e) & (c >= least)
            yield first, last, np.where(allowed if judged is None else allowed & judged, ratio, 0.0)


def strongest(*args: object, **options: object) -> float:
    """Return the greatest of all `ratios`."""
    return max(float(ratio.max(initial=0.0)) for *_, ratio in ratios(*args, **options))  # type: ignore[arg-type]
