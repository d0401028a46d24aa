"""The same steps as `python -m geo hotspots` on Boston, as a good analyst writes them with pandas, geopandas and h3.

Read, clean, join to neighbourhoods, markets and sites, merge duplicates, drop the pile, bin into hexagons, expected
values, a negative-binomial flag with Benjamini-Hochberg on rings, a GeoPackage. Simpler than Hexward where the
plain way is simpler: one fixed variance, one known pile, no quality report, no reasons.

    python -m benchmarks.peers.plain_boston DATA_FOLDER OUT.gpkg
"""

from __future__ import annotations

import sys
from pathlib import Path

import geopandas as gpd
import h3
import numpy as np
import pandas as pd
from scipy import stats
from shapely.geometry import Polygon

RESOLUTION = 9
METRIC = "EPSG:26986"  # Massachusetts state plane, metres
DISPERSION = 3.0


def read_reports(folder: Path) -> gpd.GeoDataFrame:
    reports = pd.read_csv(folder / "boston311_2015_city_export.csv.gz", low_memory=False)
    for column in ("OPEN_DT", "TARGET_DT", "CLOSED_DT"):
        reports[column] = pd.to_datetime(reports[column], format="%m/%d/%Y %I:%M:%S %p", errors="coerce")
    reports = reports.dropna(subset=["OPEN_DT", "LATITUDE", "LONGITUDE"]).drop_duplicates(
        "CASE_ENQUIRY_ID", keep="last"
    )
    points = gpd.points_from_xy(reports["LONGITUDE"], reports["LATITUDE"])
    return gpd.GeoDataFrame(reports, geometry=points, crs="EPSG:4326").sort_values("OPEN_DT").reset_index(drop=True)


def read_areas(folder: Path) -> dict[str, gpd.GeoDataFrame]:
    hoods = gpd.read_file(folder / "Boston_Neighborhoods.geojson")[["Name", "geometry"]]
    hoods["geometry"] = hoods.make_valid()
    farmers = pd.read_csv(folder / "markets_farmers_2012_boston_cambridge.csv")
    usda = pd.read_csv(folder / "markets_usda_farmers_markets_boston.csv")
    names = pd.concat([farmers["name"], usda["MarketName"]], ignore_index=True)
    points = gpd.points_from_xy(np.r_[farmers["lon"], usda["x"]], np.r_[farmers["lat"], usda["y"]])
    markets = gpd.GeoDataFrame({"Name": names}, geometry=points, crs="EPSG:4326").to_crs(METRIC)
    markets["geometry"] = markets.buffer(150)
    sites = pd.read_csv(folder / "construction_massbuilds_boston_2018.csv")
    sites = sites[sites["status"] == "in_construction"]
    shapes = gpd.GeoSeries.from_wkt(sites["geom"].str.split(";").str[1], crs=METRIC).buffer(200)
    building = gpd.GeoDataFrame({"Name": sites["name"].to_numpy()}, geometry=shapes.to_numpy(), crs=METRIC)
    return {
        "community": hoods.to_crs("EPSG:4326"),
        "market": markets.to_crs("EPSG:4326"),
        "construction_site": building.to_crs("EPSG:4326"),
    }


def join_areas(reports: gpd.GeoDataFrame, areas: dict[str, gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    for kind, layer in areas.items():
        joined = gpd.sjoin(reports[["geometry"]], layer, predicate="intersects")
        reports[kind] = joined.groupby(level=0)["Name"].agg(lambda names: ";".join(sorted(map(str, names))))
    return reports


def merge_duplicates(reports: gpd.GeoDataFrame) -> pd.Series:
    """True for reports that repeat an earlier one: same type, within 50 m, within 72 h or while open (30 days)."""
    metric = reports.to_crs(METRIC)
    until = np.minimum(
        reports["CLOSED_DT"].fillna(pd.Timestamp("2200-01-01")), reports["OPEN_DT"] + pd.Timedelta(days=30)
    )
    until = until.where(reports["CLOSED_DT"].notna(), reports["OPEN_DT"] + pd.Timedelta(hours=72))
    repeat = np.zeros(len(reports), bool)
    opened, until_time = reports["OPEN_DT"].to_numpy(), until.to_numpy()
    for _, group in metric.groupby("TYPE"):
        order = group.index.to_numpy()
        tree = group.sindex
        for at, row in enumerate(order):
            if repeat[row]:
                continue
            near = order[tree.query(group.geometry.iloc[at], predicate="dwithin", distance=50)]
            later = near[(near > row) & (opened[near] <= until_time[row])]
            repeat[later] = True
    return pd.Series(repeat, index=reports.index)


def hexagons(boundary: gpd.GeoDataFrame) -> list[str]:
    return sorted(h3.geo_to_cells(boundary.geometry.union_all(), RESOLUTION))


def flag(reports: pd.DataFrame, cells: list[str]) -> gpd.GeoDataFrame:
    until = reports["OPEN_DT"].max().normalize()
    window = reports[reports["OPEN_DT"] > until - pd.Timedelta(weeks=13)]
    own = window.groupby("cell").size().reindex(cells, fill_value=0)
    position = {cell: at for at, cell in enumerate(cells)}
    counts, ring, expected = own.to_numpy(), np.zeros(len(cells)), np.zeros(len(cells))
    for at, cell in enumerate(cells):
        disk = [position[c] for c in h3.grid_disk(cell, 1) if c in position]
        ring[at], expected[at] = counts[disk].sum(), counts.mean() * len(disk)
    mean = 1.5 * expected
    p = stats.nbinom.sf(ring - 1, mean / (DISPERSION - 1), 1 / DISPERSION)
    q = stats.false_discovery_control(np.clip(p, 0, 1))
    shapes = [Polygon([(lon, lat) for lat, lon in h3.cell_to_boundary(c)]) for c in cells]
    return gpd.GeoDataFrame(
        {
            "cell": cells,
            "incidents": counts,
            "ring_incidents": ring,
            "expected": expected,
            "p_value": p,
            "q_value": q,
            "hot": q <= 0.05,
        },
        geometry=shapes,
        crs="EPSG:4326",
    )


def main(folder: Path, out: Path) -> None:
    areas = read_areas(folder)
    reports = join_areas(read_reports(folder), areas)
    pile = (reports["LATITUDE"].round(4) == 42.3594) & (reports["LONGITUDE"].round(4) == -71.0587)
    reports = reports[~pile].reset_index(drop=True)
    reports = reports[~merge_duplicates(reports)]
    reports["cell"] = [h3.latlng_to_cell(p.y, p.x, RESOLUTION) for p in reports.geometry]
    flag(reports, hexagons(areas["community"])).to_file(out, driver="GPKG")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
