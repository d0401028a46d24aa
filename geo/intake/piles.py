"""Points at which a geocoder drops what it cannot place: piles, and the middles of estates.

METHODS 7. A pile is a point whose addresses belong elsewhere; its reports add nothing to any cell. The middle of an
estate (小区) holds the reports of many of its buildings: a true place, known less exactly.
"""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import polars as pl
import shapely

from geo.grid.metres import middle_of, to_metres
from geo.intake import addresses

POINT_DECIMALS = 6
FEWEST_INCIDENTS = 10
BUSIEST = 0.999  # quantile over the points of the incidents each holds
DISTINCT = 5  # more streets, communities or buildings than this at one point are too many for one place
ELSEWHERE_M = 300.0  # an address naming an area nearer than this may only be off by a border
NAMING_KINDS = ("district", "street_office", "community")


def find_piles(
    reports: pl.DataFrame, areas: gpd.GeoDataFrame | None = None, *, default_points: Sequence[tuple[float, float]] = ()
) -> pl.DataFrame:
    """Return `pile` and `coarse`, one row per report.

    Parameters
    ----------
    reports
        `lat`, `lon` (degrees), `address`, and `first`: true at the first report of every incident.
    areas
        `tables.AREA_COLUMNS`; with them an address that names another district, street office or community counts.
    default_points
        (lat, lon) that are known to stand for "unknown", such as the town hall.

    A pile is a point with at least ten incidents, and at least as many as the busiest thousandth of the points, where
    the addresses name more than five streets or communities, or mostly areas elsewhere, or that is a known default. A
    point with more than five buildings that is no pile is coarse.
    """
    points = reports.select(
        pl.struct(pl.col("lat", "lon").round(POINT_DECIMALS)).rank("dense").alias("point"),
        "lat",
        "lon",
        "address",
        "first",
    )
    counts = points.group_by("point").agg(
        pl.col("first").sum().alias("incidents"), pl.len().alias("reports"), pl.col("lat", "lon").first()
    )
    busy = np.quantile(counts["incidents"].to_numpy(), BUSIEST, method="lower") if counts.height else 0
    crowded = pl.col("incidents") >= max(FEWEST_INCIDENTS, busy)
    candidates = counts.filter(crowded)
    texts = points.join(counts.filter(crowded | (pl.col("reports") > DISTINCT)).select("point"), on="point", how="semi")
    texts = texts.drop_nulls("address").group_by("point", "address").agg(pl.len().alias("reports"))

    suspects = texts.join(candidates.select("point"), on="point", how="semi")
    piles = [
        _with_many(suspects, addresses.streets(suspects["address"])),
        _with_many(suspects, addresses.communities(suspects["address"])),
        _with_many(suspects, addresses.offices(suspects["address"])),
        _known(candidates, default_points),
    ]
    if areas is not None and len(areas):
        piles.append(_naming_elsewhere(suspects.join(candidates.select("point", "lat", "lon"), on="point"), areas))
    pile = pl.concat(piles)
    coarse = _with_many(texts, addresses.buildings(texts["address"]))
    return points.select(
        pile=pl.col("point").is_in(pile.implode()),
        coarse=pl.col("point").is_in(coarse.implode()) & ~pl.col("point").is_in(pile.implode()),
    )


def _with_many(texts: pl.DataFrame, named: pl.Series) -> pl.Series:
    """Return the points whose addresses name more than DISTINCT different things."""
    things = texts.select("point", named.alias("named")).explode("named").drop_nulls()
    return things.group_by("point").agg(pl.col("named").n_unique()).filter(pl.col("named") > DISTINCT)["point"]


def _known(candidates: pl.DataFrame, default_points: Sequence[tuple[float, float]]) -> pl.Series:
    known = pl.DataFrame(list(default_points), schema={"lat": pl.Float64, "lon": pl.Float64}, orient="row")
    rounded = pl.col("lat", "lon").round(POINT_DECIMALS)
    return candidates.with_columns(rounded).join(known.with_columns(rounded), on=["lat", "lon"], how="semi")["point"]


def _naming_elsewhere(suspects: pl.DataFrame, areas: gpd.GeoDataFrame) -> pl.Series:
    """Return the points with more than DISTINCT addresses in an area elsewhere, if they are most that name an area.

    Elsewhere is more than ELSEWHERE_M metres from every area of that name. One address alone proves nothing: in Boston
    the post office says Roxbury of places that the city's map has in the South End.
    """
    named = areas[areas["kind"].isin(NAMING_KINDS) & (areas["name"].str.len() >= 2)]
    if not len(named):
        return suspects["point"].clear()
    names = pl.DataFrame({"name": named["name"].str.lower().to_list(), "area": np.arange(len(named))})
    found = addresses.without_streets(suspects["address"]).str.to_lowercase()
    found = found.str.extract_many(names["name"].unique(maintain_order=True).to_list(), leftmost=True)
    told = suspects.with_columns(found.alias("name")).explode("name").drop_nulls("name")
    pairs = told.select("point", "lat", "lon", "name").unique().join(names, on="name")
    middle = middle_of(shapely.points(suspects["lon"], suspects["lat"]))
    at = to_metres(shapely.points(pairs["lon"], pairs["lat"]), middle)
    shapes = to_metres(named.geometry.to_numpy(), middle)
    away = shapely.distance(at, shapes[pairs["area"].to_numpy()])
    checks = (
        pairs.with_columns(metres=pl.Series(away, dtype=pl.Float64))
        .group_by("point", "name")
        .agg(elsewhere=pl.col("metres").min() > ELSEWHERE_M)
    )
    votes = (
        told.join(checks, on=["point", "name"])
        .group_by("point")
        .agg(
            many=pl.col("address").filter("elsewhere").n_unique() > DISTINCT,
            most=(pl.col("elsewhere") * pl.col("reports")).sum() > pl.col("reports").sum() / 2,
        )
    )
    return votes.filter("many", "most")["point"]
