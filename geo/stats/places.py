"""Where a cell is and who answers for it: its areas, its landmark, its unit, its backlog.

Numbers tell a planner how much; these columns tell whom to send and where to.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

from geo.grid import overlay
from geo.grid.cells import cell_to_polygon
from geo.grid.cube import Cube, Slice
from geo.grid.metres import middle_of, to_metres
from geo.grid.windows import Window
from geo.stats.rings import disk_sum
from geo.words import say

NAMED_KINDS = ("community", "market", "construction_site")
"""The kinds that have a column of their own in the list."""
LANDMARKS = ("market", "construction_site")
NEAR_M = 400.0
"""Metres within which a market or a site is worth naming."""
SLIVER = 0.02
"""A cell counts as touching an area from this share of its surface on; what is less is a border drawn twice."""


def describe_cells(cube: Cube, areas: gpd.GeoDataFrame | None, *, lang: str = "en") -> pl.DataFrame:
    """Return the areas and responsible units of every cell, in the order of `cube.cells`.

    Columns: place, community, market, construction_site (names joined by `;`, the largest share first), unit,
    assisting_units, contact. All null where no area layer was read.

    `place` is the market or site the cell touches, else the street, estate or community it lies in; and, within
    NEAR_M metres, the market or site it is near.
    """
    columns = ("place", *NAMED_KINDS, "unit", "assisting_units", "contact")
    cells = pl.DataFrame({"cell": cube.cells})
    if areas is None or not len(areas) or not cells.height:
        return cells.with_columns(pl.lit(None, pl.String).alias(c) for c in columns).drop("cell")
    facts = pl.from_pandas(areas.drop(columns=["geometry", "kind"])).with_columns(pl.col(pl.String).replace("", None))
    shares = (
        overlay.cells_of_areas(cube.cells, areas)
        .join(facts, on="area_id", how="left")
        .sort(["share", "area_id"], descending=[True, False])
    )
    shares = shares.filter((pl.col("share") >= SLIVER) | pl.col("kind").is_in(LANDMARKS))
    table = cells
    first: dict[str, pl.Series] = {}
    for kind in NAMED_KINDS:
        names = shares.filter(pl.col("kind") == kind).group_by("cell").agg(pl.col("name").unique(maintain_order=True))
        listed = cells.join(names, on="cell", how="left")["name"]
        first[kind] = listed.list.first()
        table = table.with_columns(listed.list.join(";").alias(kind))
    streets = cells.join(
        _first(shares, ("street", "old_estate", "urban_village", "estate"), "name"), on="cell", how="left"
    )
    home = pl.select(
        pl.coalesce(first["market"], first["construction_site"], first["community"], streets["name"])
    ).to_series()
    landmark = _landmarks(cube, areas)
    has_mark = first["market"].is_not_null() | first["construction_site"].is_not_null()
    place = [
        say("{place}, near {landmark}", lang, place=name, landmark=mark) if name and mark and not own else name or mark
        for name, mark, own in zip(home, landmark, has_mark, strict=True)
    ]
    lead = cells.join(
        _first(shares.drop_nulls("unit"), (*LANDMARKS, "community"), "unit", "contact"), on="cell", how="left"
    )
    helping = (
        shares.filter(pl.col("kind").is_in(NAMED_KINDS))
        .with_columns(helper=pl.concat_str("assisting_units", "unit", separator=";", ignore_nulls=True).str.split(";"))
        .select("cell", "helper")
        .explode("helper")
        .filter(pl.col("helper") != "")
        .join(lead.select("cell", "unit"), on="cell", how="left")
        .filter(pl.col("helper") != pl.col("unit"))
        .group_by("cell")
        .agg(pl.col("helper").unique().sort().str.join(";"))
    )
    return table.with_columns(
        place=pl.Series(place, dtype=pl.String),
        unit=lead["unit"],
        contact=lead["contact"],
        assisting_units=cells.join(helping, on="cell", how="left")["helper"],
    ).select(columns)


def backlog(cube: Cube, reports: pl.DataFrame | None, until: date) -> pl.DataFrame:
    """Return open_reports, overdue_reports, oldest_open (local day) and busiest_unit of every cell up to `until`.

    `reports` are assigned; those at a pile are left out, as everywhere; what was closed later was open (`still_open`).
    `busiest_unit`: the one most reports name.
    """
    cells = pl.DataFrame({"cell": cube.cells})
    if reports is None:
        nothing = {
            "open_reports": pl.Int64,
            "overdue_reports": pl.Int64,
            "oldest_open": pl.Date,
            "busiest_unit": pl.String,
        }
        return cells.with_columns(pl.lit(None, dtype).alias(name) for name, dtype in nothing.items()).drop("cell")
    seen = _until(reports, until, cube.timezone)
    waiting = seen.filter(still_open("closed_at", until)).group_by("cell").agg(_waiting(until))
    unit = (
        seen.drop_nulls("unit")
        .group_by("cell", "unit")
        .len()
        .sort(["len", "unit"], descending=[True, False])
        .group_by("cell", maintain_order=True)
        .agg(pl.col("unit").first().alias("busiest_unit"))
    )
    table = cells.join(waiting, on="cell", how="left").join(unit, on="cell", how="left")
    return table.with_columns(pl.col("open_reports", "overdue_reports").fill_null(0)).drop("cell")


def backlog_of(reports: pl.DataFrame, until: date, timezone: str) -> dict[str, Any]:
    """Return open_reports, overdue_reports and oldest_open (local day, or None) of all these reports together.

    >>> from geo.grid.example import small_reports
    >>> backlog_of(small_reports(), date(2026, 3, 14), "Asia/Shanghai")
    {'open_reports': 3, 'overdue_reports': 3, 'oldest_open': datetime.date(2026, 3, 2)}
    """
    return (
        _until(reports, until, timezone)
        .filter(still_open("closed_at", until))
        .select(_waiting(until))
        .row(0, named=True)
    )


def still_open(closed: str, until: date) -> pl.Expr:
    """Return whether a report was open at the end of a day: by its closing, a local day, or without one by its status.

    >>> rows = pl.DataFrame({"status": ["open", "closed", "closed"], "closed": [None, date(2026, 3, 9), None]})
    >>> [rows.select(open=still_open("closed", date(2026, 3, day)))["open"].to_list() for day in (8, 9)]
    [[True, True, False], [True, False, False]]
    """
    return pl.when(pl.col(closed).is_null()).then(pl.col("status") == "open").otherwise(pl.col(closed) > until)


def _until(reports: pl.DataFrame, until: date, timezone: str) -> pl.DataFrame:
    """Return the reports up to a day that are not at a pile, with their times as local days."""
    local = {c: pl.col(c).dt.convert_time_zone(timezone).dt.date() for c in ("reported_at", "closed_at", "due_at")}
    return reports.filter(~pl.col("pile")).with_columns(**local).filter(pl.col("reported_at") <= until)


def _waiting(until: date) -> list[pl.Expr]:
    return [
        pl.len().cast(pl.Int64).alias("open_reports"),
        (pl.col("due_at") < until).sum().cast(pl.Int64).alias("overdue_reports"),
        pl.col("reported_at").min().alias("oldest_open"),
    ]


def top_category(cube: Cube, window: Window, chosen: Slice) -> pl.Series:
    """Return the category with most incidents in each cell and its ring; null where there is none.

    >>> from geo.grid.example import small_cube
    >>> top_category(small_cube(), Window(date(2026, 3, 1), date(2026, 3, 14)), Slice()).to_list()
    ['litter', 'litter']
    """
    rows = cube.rows(window, chosen)
    names = rows["category"].unique().sort()
    if not len(names):
        return pl.Series([None] * len(cube.cells), dtype=pl.String)
    best, most = np.zeros(len(cube.cells), np.int64), np.zeros(len(cube.cells))
    parts = rows.select("category", "position", "incidents").partition_by("category", as_dict=True)
    for at, name in enumerate(names):
        own = parts[name,]
        counts = np.bincount(own["position"].to_numpy(), own["incidents"].to_numpy(), len(cube.cells))
        ring = disk_sum(counts, cube.neighbours)
        more = ring > most
        best[more], most[more] = at, ring[more]
    return names.gather(best).set(pl.Series(most == 0), None)


def disks(neighbours: NDArray[np.int32]) -> sparse.csr_matrix:
    """Return the sparse 0/1 matrix whose row i marks cell i and its neighbours.

    >>> disks(np.array([[1], [0]], np.int32)).toarray()
    array([[1., 1.],
           [1., 1.]])
    """
    n, width = neighbours.shape
    rows, columns = np.repeat(np.arange(n), width), neighbours.ravel()
    there = columns >= 0
    ring = sparse.csr_matrix((np.ones(there.sum()), (rows[there], columns[there])), shape=(n, n))
    return (ring + sparse.identity(n)).tocsr()


def number_clusters(
    hot: NDArray[np.bool_], excess: NDArray[np.float64], neighbours: NDArray[np.int32]
) -> NDArray[np.int64]:
    """Return the cluster of every hot cell, 1 for the one with the greatest excess in a single ring; 0 where not hot.

    A cluster is a connected component of neighbouring hot cells.

    >>> line = np.array([[-1, 1], [0, 2], [1, 3], [2, -1]], np.int32)
    >>> number_clusters(np.array([True, False, True, True]), np.array([3.0, 0, 1, 9]), line)
    array([2, 0, 1, 1])
    """
    number = np.zeros(len(hot), np.int64)
    at = np.flatnonzero(hot)
    if not len(at):
        return number
    _, label = csgraph.connected_components(disks(neighbours)[at][:, at], directed=False)
    peak = np.full(label.max() + 1, -np.inf)
    np.maximum.at(peak, label, excess[at])
    rank = np.empty(len(peak), np.int64)
    rank[np.argsort(-peak, kind="stable")] = np.arange(1, len(peak) + 1)
    number[at] = rank[label]
    return number


def _first(shares: pl.DataFrame, kinds: tuple[str, ...], *columns: str) -> pl.DataFrame:
    """Return one row per cell: the columns of its first area, kinds in the order given, then the largest share."""
    order = {kind: rank for rank, kind in enumerate(kinds)}
    ranked = shares.filter(pl.col("kind").is_in(kinds)).with_columns(
        rank=pl.col("kind").replace_strict(order, return_dtype=pl.Int64)
    )
    return (
        ranked.sort(["rank", "share", "area_id"], descending=[False, True, False])
        .group_by("cell", maintain_order=True)
        .agg(pl.col(c).first() for c in columns)
    )


def _landmarks(cube: Cube, areas: gpd.GeoDataFrame) -> list[str | None]:
    """Return the name of the market or site nearest to each cell, within NEAR_M metres of it."""
    marks = areas[areas["kind"].isin(LANDMARKS)]
    near: list[str | None] = [None] * len(cube.cells)
    if not len(marks):
        return near
    hexagons = cell_to_polygon(cube.cells)
    middle = middle_of(hexagons)  # not that of the marks: one in another city would bend every distance
    hexagons = to_metres(hexagons, middle)
    tree = shapely.STRtree(to_metres(marks.geometry.to_numpy(), middle))
    found = tree.query_nearest(hexagons, max_distance=NEAR_M, all_matches=False)
    names = marks["name"].to_numpy()
    for cell, mark in found.T:
        near[cell] = str(names[mark])
    return near
