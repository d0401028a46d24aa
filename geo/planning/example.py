"""The smallest town with something to put right, for the examples in docstrings: three communities, half a year."""

from __future__ import annotations

from datetime import date, timedelta

import geopandas as gpd
import polars as pl
import shapely

from geo import tables
from geo.grid.cube import Cube


def small_town(weeks: int = 26) -> tuple[Cube, gpd.GeoDataFrame]:
    """Return the counts and the areas of three communities: five incidents a week in the north, one in the others.

    >>> cube, areas = small_town()
    >>> cube.areas["incidents"].sum(), areas["name"].to_list()
    (182, ['East', 'North', 'West'])
    """
    last, weekly = date(2026, 11, 15), {"c1": 1, "c2": 5, "c3": 1}
    rows = [
        {"area_id": area, "day": last - timedelta(days=7 * back), "incidents": count}
        for area, count in weekly.items()
        for back in range(weeks)
    ]
    same = {"kind": "community", "category": "litter", "source": "resident", "status": "open", "unit": "North office"}
    counted = pl.DataFrame(rows).with_columns(*(pl.lit(text).alias(name) for name, text in same.items()))
    counted = counted.with_columns(reports="incidents").select(list(tables.AREA_COUNTS))
    counts = counted.with_columns(cell=pl.lit(0, pl.UInt64)).select(list(tables.COUNTS)).cast(pl.Schema(tables.COUNTS))
    cube = Cube(counts, counted.cast(pl.Schema(tables.AREA_COUNTS)), tables.empty(tables.UNIVERSE), 9, "UTC", "")
    shapes = [shapely.box(120.0 + east, 30.0, 120.01 + east, 30.01) for east in (0.0, 0.01, 0.02)]
    columns = dict.fromkeys(tables.AREA_COLUMNS) | {"kind": "community", "exposure": float("nan")}
    areas = gpd.GeoDataFrame({**columns, "area_id": list(weekly), "geometry": shapes}, crs="EPSG:4326")
    return cube, areas.assign(name=["East", "North", "West"])
