"""A generated city as large as asked, in files such as a planner uploads: reports, communities, markets.

A square in the plain of Chengdu. Half a year of reports: 60 % around trouble spots, so that `auto` chooses level 9, the
rest anywhere. Seeds are fixed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import geopandas as gpd
import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray

WEST, SOUTH = 103.80, 30.40
METRES_LAT, METRES_LON = 110_850.0, 95_900.0
"""Length of a degree at this latitude."""
CELL_M2 = 101_300.0
"""Area of an H3 cell of level 9 here."""
SPOT_SHARE, SPOT_M = 0.6, 180.0
FIRST, LAST = datetime(2026, 4, 1), datetime(2026, 9, 30)
CATEGORIES = ("S09005", "S05001", "S02007", "S01003", "B01001")
UNITS = tuple(f"第{number}环卫所" for number in "一二三四五六七八")
SEED = 9


@dataclass(frozen=True)
class Size:
    """How large a city is generated."""

    cells: int
    reports: int
    spots: int
    communities: int
    """a side"""
    markets: int

    @property
    def side_m(self) -> float:
        return float(np.sqrt(self.cells * CELL_M2))


SIZES = {
    5_000: Size(cells=5_000, reports=30_000, spots=45, communities=12, markets=40),
    20_000: Size(cells=20_000, reports=90_000, spots=130, communities=24, markets=120),
}


@dataclass(frozen=True)
class Files:
    """A city on disk."""

    reports: Path
    communities: Path
    markets: Path


def write(size: Size, folder: Path) -> Files:
    """Write the files of a city into `folder`."""
    rng = np.random.default_rng(SEED)
    files = Files(folder / "reports.csv", folder / "communities.geojson", folder / "markets.geojson")
    _reports(size, rng).write_csv(files.reports)
    corners, names = _communities(size, rng)
    gpd.GeoDataFrame(
        {"name": names, "unit": [UNITS[at % len(UNITS)] for at in range(len(names))]}, geometry=corners, crs="EPSG:4326"
    ).to_file(files.communities)
    at = _degrees(rng.uniform(0.03, 0.97, (size.markets, 2)) * size.side_m)
    gpd.GeoDataFrame(
        {"name": [f"{number}号市场" for number in range(1, size.markets + 1)]},
        geometry=shapely.points(at),
        crs="EPSG:4326",
    ).to_file(files.markets)
    return files


def _degrees(metres: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return longitude and latitude of points given in metres from the south-west corner."""
    return np.array([WEST, SOUTH]) + metres / np.array([METRES_LON, METRES_LAT])


def _reports(size: Size, rng: np.random.Generator) -> pl.DataFrame:
    spots = rng.uniform(0.03, 0.97, (size.spots, 2)) * size.side_m
    near = rng.random(size.reports) < SPOT_SHARE
    around = spots[rng.integers(0, size.spots, size.reports)] + rng.normal(0, SPOT_M, (size.reports, 2))
    points = np.where(near[:, None], around, rng.uniform(0, 1, (size.reports, 2)) * size.side_m)
    lon, lat = _degrees(points.clip(1, size.side_m - 1)).T
    seconds = np.sort(rng.integers(0, int((LAST - FIRST).total_seconds()), size.reports))
    reported = np.datetime64(FIRST, "ms") + 1000 * seconds
    closed = reported + 1000 * rng.integers(3600, 12 * 86400, size.reports)
    still_open = (rng.random(size.reports) < 0.1) | (closed > np.datetime64(LAST, "s"))
    frame = pl.DataFrame(
        {
            "system": "12345",
            "report_id": [f"R{number:06d}" for number in range(size.reports)],
            "reported_at": reported,
            "closed_at": closed,
            "status": np.where(still_open, "open", "closed"),
            "category": np.array(CATEGORIES)[rng.integers(0, len(CATEGORIES), size.reports)],
            "lat": lat.round(6),
            "lon": lon.round(6),
            "source": "resident",
            "description": "路面有积存垃圾,多日无人清理",
        }
    )
    told = frame.with_columns(closed_at=pl.when(pl.col("status") == "closed").then("closed_at"))
    return told.with_columns(pl.col("reported_at", "closed_at").dt.strftime("%Y-%m-%dT%H:%M:%S+08:00"))


def _communities(size: Size, rng: np.random.Generator) -> tuple[list[shapely.Polygon], list[str]]:
    """Return a grid of quadrilaterals with shaken corners, the outer ones straight, and their names."""
    steps = np.linspace(0, size.side_m, size.communities + 1)
    corners = np.stack(np.meshgrid(steps, steps), axis=-1)
    shaken = rng.normal(0, size.side_m / size.communities / 10, corners.shape)
    shaken[[0, -1]] = shaken[:, [0, -1]] = 0
    at = _degrees(corners + shaken)
    shapes, names = [], []
    for row in range(size.communities):
        for column in range(size.communities):
            shapes.append(
                shapely.Polygon([at[row, column], at[row, column + 1], at[row + 1, column + 1], at[row + 1, column]])
            )
            names.append(f"{row + 1}区{column + 1}社区")
    return shapes, names
