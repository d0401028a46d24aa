"""The name of the place of an incident: its asset, its address, or a point with what lies within 30 m of it.

Whether a problem *came back* depends on what the same place is. Too wide a place (a street, a village group two
kilometres across) sees everything again; too narrow a one misses what a pin that strays by ten metres brings back.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from geo.grid.cells import cell_to_string, point_to_cell
from geo.intake import addresses
from geo.intake.incidents import first_within

RADIUS_M = 30.0
"""Metres from the first point of a place within which another of the category is the same place (METHODS 4)."""
AGREE_M = 5.0
"""Metres within which the points of an address agree: they were looked up from it, and it says more than they do."""
AGREEING = 0.9
"""Part of the incidents of an address or an asset whose points must agree with the middle one."""
ASSET_M = 300.0
"""Metres within which the points of an asset agree, pins of its estate included: numbers of one district return in
the next, and lamp 12 of the one is not lamp 12 of the other."""
POINT_LEVEL = 12
"""H3 level of the name of a point: cells some 19 m across, so that two places of a category never share one."""
NUMBERED = r"\d|[零〇一二三四五六七八九十百]\s*(?:号|栋|幢|座|单元)"
ASSET, ADDRESS, POINT = "asset", "address", "point"
_METRES = 111_195.0  # of a degree


def name_places(incidents: pl.DataFrame) -> pl.DataFrame:
    """Return `place_key` and `place_kind` (asset, address, point), one row per incident; null where nothing names it.

    `incidents`, in the order of time: category, lat, lon (degrees), address, coarse; and asset_id, if there is one.

    An asset names its place, if nine tenths of its points lie within ASSET_M of the middle one, and this one does: a
    number that several districts gave is none. So does an address that holds a number or a crossing, if nine tenths of
    its points lie within AGREE_M of the middle one, and this one does; an address seen once, if most of those seen more
    often do. Where the points of an address differ more they were pinned by hand or by satellite, and are better than
    it: then the place is what lies within RADIUS_M of its first point of the category, and its name is the H3 cell of
    that point. A coarse point, the middle of an estate, is no place; there the address is, if it holds a number.

    >>> rows = pl.DataFrame({"category": "litter", "lat": [30.0, 30.0002, 30.01, 30.01], "lon": 104.0,
    ...                      "address": [None, None, "3 Elm St", "Rose Garden"], "coarse": [False, False, True, True]})
    >>> name_places(rows).rows()
    [('8c40e02ee1423ff', 'point'), ('8c40e02ee1423ff', 'point'), ('3 Elm St', 'address'), (None, None)]
    """
    if "asset_id" not in incidents.columns:
        incidents = incidents.with_columns(asset_id=pl.lit(None, pl.String))
    rows = incidents.select("category", "lat", "lon", "address", "coarse", "asset_id").with_row_index("row")
    rows = rows.with_columns(pl.col("address").str.strip_chars().replace("", None))
    asset = _assets(rows)
    others = rows.join(asset, on="row", how="anti", maintain_order="left")
    written = others.join(_that_name_a_place(others), on="address", how="inner", maintain_order="left")
    there = pl.col("coarse") | (_metres_from("middle_lat", "middle_lon") <= AGREE_M)
    addressed = written.filter(there & ~(pl.col("coarse") & ~pl.col("numbered")) & (pl.col("agree") | pl.col("coarse")))
    pinned = others.filter(~pl.col("coarse")).join(addressed.select("row"), on="row", how="anti", maintain_order="left")
    named = pl.concat(
        [
            asset.select("row", place_key="asset_id", place_kind=pl.lit(ASSET)),
            addressed.select("row", place_key="address", place_kind=pl.lit(ADDRESS)),
            pinned.select("row", place_key=_points(pinned), place_kind=pl.lit(POINT)),
        ]
    )
    return rows.select("row").join(named, on="row", how="left", maintain_order="left").drop("row")


def _assets(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of the assets whose points agree: row, asset_id."""
    middle = pl.col("lat", "lon").median().over("asset_id").name.prefix("middle_")
    near = _metres_from("middle_lat", "middle_lon") <= ASSET_M
    known = rows.drop_nulls("asset_id").with_columns(middle).with_columns(near=near)
    return known.filter("near", pl.col("near").mean().over("asset_id") >= AGREEING).select("row", "asset_id")


def _that_name_a_place(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the addresses with a number or a crossing: address, middle_lat, middle_lon, agree, numbered.

    Coarse points say nothing of where an address lies; one with no other point has no middle, and does not agree.
    """
    texts = rows.select("address").drop_nulls().unique()
    texts = texts.with_columns(numbered=pl.col("address").str.contains(NUMBERED))
    others = texts.filter(~pl.col("numbered"))  # looking for streets takes long
    crossing = others.filter(addresses.streets(others["address"]).list.n_unique() > 1)
    texts = pl.concat([texts.filter("numbered"), crossing])
    fine = rows.filter(~pl.col("coarse")).join(texts, on="address", how="semi")
    middle = fine.group_by("address").agg(middle_lat=pl.col("lat").median(), middle_lon=pl.col("lon").median())
    agree = (
        fine.join(middle, on="address")
        .group_by("address")
        .agg(agree=(_metres_from("middle_lat", "middle_lon") <= AGREE_M).mean() >= AGREEING, seen=pl.len())
    )
    usual = agree.filter("agree", pl.col("seen") > 1).height * 2 > agree.filter(pl.col("seen") > 1).height
    agree = agree.select("address", agree=pl.when(pl.col("seen") > 1).then("agree").otherwise(pl.lit(usual)))
    found = texts.join(middle, on="address", how="left").join(agree, on="address", how="left")
    return found.with_columns(pl.col("agree").fill_null(False))


def _metres_from(lat: str, lon: str) -> pl.Expr:
    """Return the metres of a row from another point, near enough for the earth to be flat."""
    north = pl.col("lat") - pl.col(lat)
    east = (pl.col("lon") - pl.col(lon)) * (pl.col("lat") * (np.pi / 180)).cos()
    return (north.pow(2) + east.pow(2)).sqrt() * _METRES


def _points(pinned: pl.DataFrame) -> pl.Series:
    """Return the H3 cell of the first point of each row's place."""
    lat, lon = pinned["lat"].to_numpy(), pinned["lon"].to_numpy()
    kind = pinned["category"].rank("dense").cast(pl.Int64).fill_null(0).to_numpy()
    first = first_within(lat, lon, kind, RADIUS_M)
    return cell_to_string(point_to_cell(lat[first], lon[first], POINT_LEVEL))
