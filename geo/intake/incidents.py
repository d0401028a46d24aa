"""Duplicate reports of one problem become one incident; geocoding piles are marked.

METHODS 7. A report is a duplicate of an incident's *first* report, never of another duplicate, so that incidents cannot
grow into chains that swallow a neighbourhood or a later relapse. `benchmarks/incidents.py` measures the rule.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numba
import numpy as np
import polars as pl

from geo.intake.piles import find_piles
from geo.intake.radii import DAYS, HOURS, radius_of, usual_radius

Array = np.ndarray[Any, Any]

ESTATE_M = 300.0  # two pins of one address farther apart than this are two addresses that read alike
_EARTH_M = 6_371_008.8
_HOUR, _DAY = 3_600_000_000, 86_400_000_000  # microseconds


def merge_duplicates(
    reports: pl.DataFrame,
    *,
    areas: gpd.GeoDataFrame | None = None,
    metres: float | Mapping[str, float] | None = None,
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
        at most; one without a closing date counts as open for `hours`. Of several the nearest takes it. `metres` is
        one radius for all, or category -> radius; what that leaves out has the usual one (`radii.radius_of`).

    A position says nothing at a pile, and little at the middle of an estate. A report there is a duplicate of an
    earlier one of its category and address wherever that one lies (in an estate: within ESTATE_M), and one with a place
    of its own is a duplicate of an earlier one in the middle of the estate. Nothing with a place of its own becomes a
    duplicate of a report at a pile: it would be lost to the map.

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
    reach = _reach(ordered["category"], theme, metres)
    nowhere = np.full(opened.size, -1), np.zeros(opened.size, bool), np.zeros(opened.size, bool)
    first = _first_reports(opened, until, lat, lon, theme, reach, *nowhere)
    placed = ordered.select("lat", "lon", "address", first=pl.Series(first == np.arange(first.size)))
    marks = find_piles(placed, areas, default_points=default_points)
    pile, coarse = (marks[mark].to_numpy() for mark in ("pile", "coarse"))
    if (pile | coarse).any():
        address = _addresses(ordered, pile | coarse)
        vague = coarse & (address < 0)  # the middle of an estate and no address: like only to its like
        theme[vague] += theme.max()
        alone = np.flatnonzero((pile | coarse) & ~vague)
        theme[alone] = theme.max() + 1 + np.arange(alone.size)
        first = _first_reports(opened, until, lat, lon, theme, reach, address, pile, coarse)
    found = ordered.select(incident_id=pl.format("{}/{}", "system", "report_id").gather(first)).hstack(marks)
    back = np.empty(order.len(), np.uint32)
    back[order.to_numpy()] = np.arange(order.len(), dtype=np.uint32)
    return reports.with_columns(found[back].get_columns())


def first_within(lat: Array, lon: Array, kind: Array, metres: float) -> Array:
    """Return for every point the position of the one that stands for it: the nearest of those before it of its kind
    within `metres` that stand for themselves, else itself. The rule of duplicates where nothing is ever closed.

    `lat`, `lon` in degrees, in the order of time; `kind` whole numbers >= 0.

    >>> first_within(np.array([30.0, 30.0002, 30.0004]), np.full(3, 104.0), np.zeros(3, np.int64), 30.0)  # 22 m apart
    array([0, 0, 2])
    """
    time, n = np.arange(len(lat)), len(lat)
    nowhere = np.full(n, -1), np.zeros(n, bool), np.zeros(n, bool)
    return _first_reports(time, np.full(n, n), lat, lon, kind, np.full(n, metres), *nowhere)


def _reach(category: pl.Series, theme: Array, metres: float | Mapping[str, float] | None) -> Array:
    """Return the radius of every report in metres; `theme` numbers the categories from 1 in their order."""
    if isinstance(metres, int | float):
        return np.full(category.len(), float(metres))
    return np.array([usual_radius(), *(radius_of(one, metres) for one in category.drop_nulls().unique().sort())])[theme]


def _addresses(ordered: pl.DataFrame, loose: Array) -> Array:
    """Return a number per category and address, for the addresses that stand at a pile or in an estate; else -1."""
    keyed = ordered.select("category", "address")
    written = keyed["address"].drop_nulls().unique()
    alike = written.str.to_lowercase().str.replace_all(r"\s+", " ").str.strip_chars()
    texts = pl.DataFrame({"address": written, "alike": alike})
    there = keyed.filter(pl.Series(loose)).join(texts, on="address").select("category", "alike").unique()
    numbered = there.with_row_index("number").join(texts, on="alike").select("category", "address", "number")
    found = keyed.join(numbered, on=["category", "address"], how="left", maintain_order="left")
    return found["number"].cast(pl.Int64).fill_null(-1).to_numpy()


def _codes(values: pl.Series) -> Array:
    return values.rank("dense").fill_null(0).cast(pl.Int64).to_numpy(writable=True)


def _first_reports(
    opened: Array,
    until: Array,
    lat: Array,
    lon: Array,
    theme: Array,
    reach: Array,
    address: Array,
    pile: Array,
    coarse: Array,
) -> Array:
    """Return for every report, in the order of time, the position of the first report of its incident."""
    if opened.size == 0:
        return np.empty(0, np.int64)
    square, beside = _squares(lat, lon, theme, reach)
    return _merge(
        opened, until, np.radians(lat), np.radians(lon), square, beside, reach / _EARTH_M, address, pile, coarse
    )


def _squares(lat: Array, lon: Array, theme: Array, reach: Array) -> tuple[Array, Array]:
    """Sort reports into squares, per theme, as wide as its `reach`; return each one's square, and each square's nine.

    The number of a square is its theme, its row and its column in one; nine are itself and those around it, -1 where
    no report is.
    """
    height = np.degrees(reach / _EARTH_M) * 1.001
    width = height / max(0.001, np.cos(np.radians(np.abs(lat).max())))
    row = np.floor((lat - lat.min()) / height).astype(np.int64) + 1
    column = np.floor((lon - lon.min()) / width).astype(np.int64) + 1
    columns, rows = int(column.max()) + 2, int(row.max()) + 2
    number, square = np.unique((theme * rows + row) * columns + column, return_inverse=True)
    beside = np.full((number.size, 9), -1, np.int64)
    beside[:, 0] = np.arange(number.size)
    for place, step in enumerate((1, columns - 1, columns, columns + 1)):  # east and the row to the north, and back
        at = np.minimum(np.searchsorted(number, number + step), number.size - 1)
        here = np.flatnonzero(number[at] == number + step)
        beside[here, 2 * place + 1] = at[here]
        beside[at[here], 2 * place + 2] = here
    return square, beside


@numba.njit(cache=True)
def _merge(
    opened: Array,
    until: Array,
    lat: Array,
    lon: Array,
    square: Array,
    beside: Array,
    reach: Array,
    address: Array,
    pile: Array,
    coarse: Array,
) -> Array:
    """Go through time, keeping the open first reports of every square, and of every address, in lists.

    `lat`, `lon` and `reach` are in radians. The place goes before the address.
    """
    newest = np.full(beside.shape[0], -1, np.int64)  # of the first reports of a square
    older = np.full(opened.size, -1, np.int64)  # the next one in its square's list
    newest_named = np.full(address.max() + 1, -1, np.int64)  # the same of an address
    older_named = np.full(opened.size, -1, np.int64)
    first = np.arange(opened.size)
    for report in range(opened.size):
        nearest, best = -1, reach[report] * reach[report]
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
                    distance = _squared(lat[report], lon[report], lat[other], lon[other])
                    if distance < best or (distance <= best and (nearest < 0 or other < nearest)):
                        nearest, best = other, distance
                    last = other
                other = following
        at = address[report]
        if nearest < 0 and at >= 0:
            other = newest_named[at]
            while other >= 0:
                apart = _squared(lat[report], lon[report], lat[other], lon[other])
                in_estate = (coarse[report] or coarse[other]) and apart <= (ESTATE_M / _EARTH_M) ** 2
                allowed = pile[report] or (in_estate and not pile[other])
                if allowed and until[other] >= opened[report]:
                    nearest = other  # the last in the list is the earliest
                other = older_named[other]
        if nearest >= 0:
            first[report] = nearest
        else:
            older[report] = newest[square[report]]
            newest[square[report]] = report
            if at >= 0:
                older_named[report] = newest_named[at]
                newest_named[at] = report
    return first


@numba.njit(cache=True)
def _squared(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Return the squared distance in radians, of points so near that the earth is flat between them."""
    north, east = lat - other_lat, (lon - other_lon) * np.cos(other_lat)
    return north * north + east * east
