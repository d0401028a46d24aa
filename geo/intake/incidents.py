"""Duplicate reports of one problem become one incident; geocoding piles are marked.

METHODS 7. A report is a duplicate of an incident's *first* report, never of another duplicate, so that incidents cannot
grow into chains that swallow a neighbourhood or a later relapse.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numba
import numpy as np
import polars as pl

from geo.intake.piles import find_piles

Array = np.ndarray[Any, Any]

METRES, HOURS, DAYS = 50.0, 72.0, 30.0
_EARTH_M = 6_371_008.8
_HOUR, _DAY = 3_600_000_000, 86_400_000_000  # microseconds


def merge_duplicates(
    reports: pl.DataFrame,
    *,
    areas: gpd.GeoDataFrame | None = None,
    metres: float = METRES,
    hours: float = HOURS,
    days: float = DAYS,
    default_points: Sequence[tuple[float, float]] = (),
) -> pl.DataFrame:
    """Return the reports with `incident_id`, `pile` and `coarse` (tables.INCIDENT_COLUMNS), in their order.

    Parameters
    ----------
    reports
        `tables.REPORTS`.
    areas, default_points
        As in `piles.find_piles`.
    metres, hours, days
        A report is a duplicate of an earlier one of its category within `metres`, as long as that one is open, `days`
        at most; one without a closing date counts as open for `hours`. Of several the nearest takes it.

    A position says nothing at a pile, and little at the middle of an estate: there only reports of the same address are
    duplicates of one another.

    >>> from datetime import UTC, datetime
    >>> day = lambda number: datetime(2026, 3, number, tzinfo=UTC)
    >>> rows = {"system": "hotline", "report_id": ["1", "2", "3"], "reported_at": [day(1), day(2), day(9)],
    ...         "closed_at": [day(5), None, None], "category": "litter", "lat": 30.66, "lon": 104.06, "address": None}
    >>> merge_duplicates(pl.DataFrame(rows))["incident_id"].to_list()      # the third came after the closure
    ['hotline/1', 'hotline/1', 'hotline/3']
    """
    order = reports.select(pl.arg_sort_by("reported_at", "system", "report_id")).to_series()
    ordered = reports.select(
        "reported_at", "closed_at", "category", "lat", "lon", "system", "report_id", pl.col("address").cast(pl.String)
    )[order]
    opened = ordered["reported_at"].dt.epoch("us").to_numpy()
    closed = ordered["closed_at"].cast(pl.Datetime("us", "UTC")).dt.epoch("us")
    until = closed.fill_null(-1).to_numpy()
    until = np.where(closed.is_null(), opened + int(hours * _HOUR), np.minimum(until, opened + int(days * _DAY)))
    lat, lon = (ordered[side].to_numpy() for side in ("lat", "lon"))

    theme = _codes(ordered["category"])
    first = _first_reports(opened, until, lat, lon, theme, metres)
    placed = ordered.select("lat", "lon", "address", first=pl.Series(first == np.arange(first.size)))
    marks = find_piles(placed, areas, default_points=default_points)
    loose = np.flatnonzero(marks["pile"] | marks["coarse"])
    if loose.size:
        theme[loose] = theme.max() + _codes(_addressed(ordered.hstack(marks)[loose]))
        first = _first_reports(opened, until, lat, lon, theme, metres)
    found = ordered.select(incident_id=pl.format("{}/{}", "system", "report_id").gather(first)).hstack(marks)
    back = np.empty(order.len(), np.uint32)
    back[order.to_numpy()] = np.arange(order.len(), dtype=np.uint32)
    return reports.with_columns(found[back].get_columns())


def _addressed(loose: pl.DataFrame) -> pl.Series:
    """Return what two reports at a pile or in the middle of an estate must have in common: category and address."""
    address = pl.col("address").str.to_lowercase().str.replace_all(r"\s+", " ").str.strip_chars()
    alone = pl.int_range(pl.len()).cast(pl.String)  # no address at a pile: nobody's duplicate
    return loose.select(
        pl.struct(
            "category",
            "pile",
            address.alias("address"),
            pl.when(pl.col("pile") & address.is_null()).then(alone).alias("alone"),
        )
    ).to_series()


def _codes(values: pl.Series) -> Array:
    return values.rank("dense").fill_null(0).cast(pl.Int64).to_numpy(writable=True)


def _first_reports(opened: Array, until: Array, lat: Array, lon: Array, theme: Array, metres: float) -> Array:
    """Return for every report, in the order of time, the position of the first report of its incident."""
    if opened.size == 0:
        return np.empty(0, np.int64)
    square, beside = _squares(lat, lon, theme, metres)
    return _merge(opened, until, np.radians(lat), np.radians(lon), square, beside, metres / _EARTH_M)


def _squares(lat: Array, lon: Array, theme: Array, metres: float) -> tuple[Array, Array]:
    """Sort reports into squares of `metres` by `metres` per theme; return each one's square, and each square's nine.

    The number of a square is its theme, its row and its column in one; nine are itself and those around it, -1 where
    no report is.
    """
    height = np.degrees(metres / _EARTH_M) * 1.001
    width = height / max(0.001, np.cos(np.radians(np.abs(lat).max())))
    row = np.floor((lat - lat.min()) / height).astype(np.int64) + 1
    column = np.floor((lon - lon.min()) / width).astype(np.int64) + 1
    columns, rows = int(column.max()) + 2, int(row.max()) + 2
    number, square = np.unique((theme * rows + row) * columns + column, return_inverse=True)
    beside = np.empty((number.size, 9), np.int64)
    steps = [north * columns + east for north in (-1, 0, 1) for east in (-1, 0, 1)]
    for place, step in enumerate(steps):
        at = np.minimum(np.searchsorted(number, number + step), number.size - 1)
        beside[:, place] = np.where(number[at] == number + step, at, -1)
    return square, beside


@numba.njit(cache=True)
def _merge(opened: Array, until: Array, lat: Array, lon: Array, square: Array, beside: Array, reach: float) -> Array:
    """Go through time, keeping the open first reports of every square in a list; `reach` is in radians."""
    newest = np.full(beside.shape[0], -1, np.int64)  # of the first reports of a square
    older = np.full(opened.size, -1, np.int64)  # the next one in its square's list
    first = np.arange(opened.size)
    for report in range(opened.size):
        nearest, best = -1, reach * reach
        for at in beside[square[report]]:
            if at < 0:
                continue
            last, other = -1, newest[at]
            while other >= 0:
                following = older[other]
                if until[other] < opened[report]:  # closed by now, and for all that come
                    if last < 0:
                        newest[at] = following
                    else:
                        older[last] = following
                else:
                    north = lat[report] - lat[other]
                    east = (lon[report] - lon[other]) * np.cos(lat[other])
                    distance = north * north + east * east
                    if distance < best or (distance <= best and (nearest < 0 or other < nearest)):
                        nearest, best = other, distance
                    last = other
                other = following
        if nearest >= 0:
            first[report] = nearest
        else:
            older[report] = newest[square[report]]
            newest[square[report]] = report
    return first
