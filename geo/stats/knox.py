"""Near repeats: do problems of a kind follow each other close by and soon, more often than their days would have it?

For records that do not say when a problem was closed: that the same returns cannot be told from a second one then, but
that there are more of them than chance gives can. Knox (1964), Applied Statistics 13, 25-29, doi:10.2307/2985220.
"""

from __future__ import annotations

from collections.abc import Sequence

import numba
import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from geo.errors import RefusedQuestion
from geo.grid.cells import disks, point_to_cell
from geo.stats.results import Floats

LAGS = (7.0, 14.0, 30.0)
"""Days apart at most: 0-7, 8-14, 15-30."""
RINGS = ("same", "ring 1", "ring 2")
LEVEL = 10
"""H3 level of the cells: 130 m across."""
REPLICATES = 199
MOST_PAIRS = 20_000_000
"""Of points near each other: nine bytes each in the end, some forty while they are looked for, so below a gigabyte."""

Pairs = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.uint8]]
"""Positions of two points, and how near they are: 0 for the nearest class."""


def pairs_within(x: Floats, y: Floats, metres: Sequence[float]) -> Pairs:
    """Return the pairs of points at most so far apart, by the first of the rising distances that holds them.

    Raises RefusedQuestion where there are more than MOST_PAIRS.

    >>> one, other, near = pairs_within(np.array([0.0, 3.0, 9.0]), np.zeros(3), [4.0, 7.0])
    >>> one.tolist(), other.tolist(), near.tolist()
    ([0, 1], [1, 2], [0, 1])
    """
    tree = cKDTree(np.column_stack([x, y]))
    _refuse_too_many((int(tree.count_neighbors(tree, metres[-1])) - len(x)) // 2)
    found = tree.query_pairs(metres[-1], output_type="ndarray")
    found = found[np.lexsort((found[:, 1], found[:, 0]))]
    away = np.hypot(x[found[:, 0]] - x[found[:, 1]], y[found[:, 0]] - y[found[:, 1]])
    near = np.searchsorted(np.asarray(metres), away)
    return found[:, 0].astype(np.int32), found[:, 1].astype(np.int32), near.astype(np.uint8)


def pairs_in_rings(cells: NDArray[np.uint64], kind: NDArray[np.int64]) -> Pairs:
    """Return the pairs of points of one kind in the same cell, in neighbouring cells, or two cells apart.

    Raises RefusedQuestion where there are more than MOST_PAIRS.
    """
    points = pl.DataFrame({"cell": cells, "kind": kind}).with_row_index("one")
    held = points.group_by("cell", "kind", maintain_order=True).len().with_row_index("group")
    there = np.unique(cells)
    around, beside = disks(there, 2), disks(there, 1)
    known = around >= 0
    ring = np.where((around[:, :, None] == beside[:, None, :]).any(axis=2), 1, 2)
    ring[:, 0] = 0  # its own
    steps = pl.DataFrame(
        {
            "cell": np.repeat(there, known.sum(axis=1)),
            "beside": there[around[known]],
            "near": ring[known].astype(np.uint8),
        }
    )
    meeting = held.join(steps, on="cell").join(held, left_on=["beside", "kind"], right_on=["cell", "kind"])
    meeting = meeting.filter(pl.col("group") <= pl.col("group_right"))  # each pair once
    own = pl.col("group") == pl.col("group_right")
    pairs = pl.col("len").cast(pl.Int64) * (pl.col("len_right").cast(pl.Int64) - own.cast(pl.Int64))
    _refuse_too_many(int(meeting.select((pairs // (1 + own.cast(pl.Int64))).sum()).item()))
    grouped = points.join(held, on=["cell", "kind"]).select("group", pl.col("one").cast(pl.Int32))
    found = (
        grouped.join(meeting.select("group", "group_right", "near"), on="group")
        .drop("group")
        .join(grouped.rename({"one": "other"}), left_on="group_right", right_on="group")
        .drop("group_right")
        .filter((pl.col("near") > 0) | (pl.col("one") < pl.col("other")))
        .select(pl.min_horizontal("one", "other"), pl.max_horizontal("one", "other").alias("other"), "near")
    )
    return found["one"].to_numpy(), found["other"].to_numpy(), found["near"].to_numpy()


def _refuse_too_many(pairs: int) -> None:
    if pairs > MOST_PAIRS:
        raise RefusedQuestion(
            "There are {pairs} pairs of reports near each other, too many to compare. Choose fewer categories or days.",
            pairs=f"{pairs:,}",
        )


def knox(pairs: Pairs, days: Floats, lags: Sequence[float] = LAGS, classes: int = 1) -> tuple[Floats, Floats]:
    """Return how many pairs are near in space and in time, and how many would be if the two had nothing to do with
    each other; both (classes of distance, lags).

    Expected: pairs near in space times pairs near in time, over all pairs (Knox). `lags`: days apart at most, rising;
    a pair counts for the first that holds it.

    >>> pairs = pairs_within(np.array([0.0, 1.0, 50.0, 51.0]), np.zeros(4), [2.0])
    >>> observed, expected = knox(pairs, np.array([0.0, 3.0, 80.0, 200.0]), [7.0])
    >>> observed.tolist(), expected.round(3).tolist()
    ([[1.0]], [[0.333]])
    """
    limits = np.asarray(lags, dtype=np.float64)
    observed = _count(*pairs, np.asarray(days, np.float64), limits, classes)
    space = np.bincount(pairs[2], minlength=classes)[:classes].astype(np.float64)
    ordered = np.sort(days)
    within = [
        (np.searchsorted(ordered, ordered + lag, side="right") - np.arange(len(ordered)) - 1).sum() for lag in lags
    ]
    time = np.diff(np.array([0, *within], dtype=np.float64))
    return observed, np.outer(space, time) / max(len(ordered) * (len(ordered) - 1) / 2, 1.0)


@numba.njit(cache=True, nogil=True)
def _count(
    one: NDArray[np.int32],
    other: NDArray[np.int32],
    near: NDArray[np.uint8],
    days: Floats,
    lags: Floats,
    classes: int,
) -> Floats:
    """Return the pairs by class of distance and of time."""
    found = np.zeros((classes, len(lags)))
    for pair in range(len(one)):
        apart = abs(days[one[pair]] - days[other[pair]])
        for at in range(len(lags)):
            if apart <= lags[at]:
                found[near[pair], at] += 1.0
                break
    return found


def near_repeats(
    incidents: pl.DataFrame, *, level: int = LEVEL, replicates: int = REPLICATES, seed: int = 1
) -> pl.DataFrame:
    """Return the Knox table of problems of the same category: one row per distance and lag.

    Parameters
    ----------
    incidents
        One row per incident: incident_id, category, lat, lon (degrees), day (local date).
    level, replicates, seed
        H3 level of the cells, and of the shuffles.

    Columns: near (same cell, ring 1, ring 2), days ("0-7", "8-14", "15-30"), observed, expected, ratio, p_value.
    Expected is the mean of `replicates` shuffles of the days among the incidents of one category and calendar month:
    so seasons, and what was busy in a month, repeat nothing. p_value: the part of the shuffles, with the data
    themselves, that have as many. Same seed and same incidents, in whatever order: same table.

    Duplicates that were merged (within 72 hours where nothing says when a problem was closed) are missing from the
    first week at the same place, so its ratio is too low rather than too high.

    >>> months = pl.date_range(pl.date(2026, 1, 4), pl.date(2026, 8, 4), "1mo", eager=True)
    >>> day = pl.concat([months, months.dt.offset_by("3d"), months.dt.offset_by("18d")])
    >>> lat = [30 + 0.01 * n for n in range(8)] * 2 + [29.9] * 8  # at each of eight places a second one after 3 days
    >>> rows = pl.DataFrame({"day": day, "lat": lat, "lon": 104.0, "category": "litter"}).with_row_index("incident_id")
    >>> near_repeats(rows).select("near", "days", "observed", pl.col("expected").round(1), "p_value").row(0)
    ('same', '0-7', 8, 2.8, 0.005)
    """
    rows = incidents.drop_nulls(["day", "lat", "lon"]).sort("day", "incident_id")
    kind = rows["category"].rank("dense").fill_null(0).cast(pl.Int64).to_numpy()
    cells = point_to_cell(rows["lat"].to_numpy(), rows["lon"].to_numpy(), level)
    pairs = pairs_in_rings(cells, kind)
    days = rows["day"].cast(pl.Int32).cast(pl.Float64).to_numpy()
    lags, random = np.asarray(LAGS), np.random.default_rng(seed)
    month = (
        rows.select(pl.struct("category", pl.col("day").dt.truncate("1mo")).rank("dense"))
        .to_series()
        .to_numpy()
        .astype(float)
    )
    stratum = np.argsort(month, kind="stable")  # the incidents of each category and month, side by side
    observed = _count(*pairs, days, lags, len(RINGS))
    total, as_many = np.zeros_like(observed), np.ones_like(observed)
    for _ in range(replicates):
        shuffled = np.empty_like(days)
        shuffled[stratum] = days[np.argsort(month + random.random(len(days)))]
        found = _count(*pairs, shuffled, lags, len(RINGS))
        total += found
        as_many += found >= observed
    expected = total / max(replicates, 1)
    spans = [f"{low:.0f}-{high:.0f}" for low, high in zip((0, *(lag + 1 for lag in LAGS[:-1])), LAGS, strict=True)]
    return pl.DataFrame(
        {
            "near": np.repeat(RINGS, len(LAGS)),
            "days": spans * len(RINGS),
            "observed": observed.ravel().astype(np.int64),
            "expected": expected.ravel(),
            "ratio": np.divide(observed, expected, out=np.full_like(observed, np.nan), where=expected > 0).ravel(),
            "p_value": (as_many / (replicates + 1)).ravel(),
        }
    ).with_columns(pl.col("ratio").fill_nan(None))
