"""Every report is in exactly the areas it lies in, on whatever road the answer was found."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import polars as pl
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.grid import cells as grid
from geo.grid.overlay import FEWEST_FOR_RASTER, assign, cells_of_areas, overlaps, uncovered


def layer(kind: str, shapes: list[shapely.Geometry]) -> gpd.GeoDataFrame:
    ids = [f"{kind}/{number:03}" for number in range(len(shapes))]
    return gpd.GeoDataFrame({"area_id": ids, "kind": kind}, geometry=list(shapes), crs="EPSG:4326")


def together(*layers: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    rows = [row for each in layers for row in each.itertuples(index=False)]
    return gpd.GeoDataFrame(rows, geometry="geometry", crs="EPSG:4326")


def points(lon: np.ndarray, lat: np.ndarray) -> pl.DataFrame:
    return pl.DataFrame({"lat": lat, "lon": lon})


def by_geopandas(reports: pl.DataFrame, areas: gpd.GeoDataFrame, kind: str) -> list[list[str]]:
    """The usual way, as the oracle."""
    shapes = gpd.GeoDataFrame(geometry=gpd.points_from_xy(reports["lon"], reports["lat"]), crs="EPSG:4326")
    joined = shapes.sjoin(areas[areas["kind"] == kind], predicate="intersects")
    found: list[list[str]] = [[] for _ in range(reports.height)]
    for row, area in zip(joined.index, joined["area_id"], strict=True):
        found[row].append(area)
    return [sorted(ids) for ids in found]


def town(seed: int) -> gpd.GeoDataFrame:
    """Communities that tile a square, one in two parts and one with a hole; sites that overlap; a far-away market."""
    rng = np.random.default_rng(seed)
    seeds = shapely.MultiPoint(rng.uniform(0, 0.1, (12, 2)))
    square = shapely.box(0, 0, 0.1, 0.1)
    tiles = list(shapely.intersection(shapely.get_parts(shapely.voronoi_polygons(seeds, extend_to=square)), square))
    tiles[0] = shapely.union(tiles[0], shapely.box(0.11, 0.02, 0.12, 0.03))
    tiles[1] = shapely.difference(tiles[1], shapely.buffer(shapely.point_on_surface(tiles[1]), 0.002))
    sites = list(shapely.buffer(shapely.points(rng.uniform(0, 0.1, (15, 2))), rng.uniform(0.002, 0.02, 15)))
    return together(
        layer("community", tiles), layer("construction_site", sites), layer("market", [shapely.box(1, 1, 1.01, 1.01)])
    )


def places(areas: gpd.GeoDataFrame, count: int, seed: int) -> pl.DataFrame:
    """Points at random, on corners of the areas, on their borders, and outside everything."""
    rng = np.random.default_rng(seed)
    corners = shapely.get_coordinates(areas.geometry.to_numpy())
    middles = (corners[1:] + corners[:-1]) / 2
    chosen = np.concatenate([rng.uniform(-0.02, 0.14, (count, 2)), corners, middles, [[90.0, 45.0], [-170.0, -60.0]]])
    return points(chosen[:, 0], chosen[:, 1])


@pytest.mark.parametrize("count", [500, FEWEST_FOR_RASTER + 1, 60_000])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_same_areas_as_geopandas(count: int, seed: int) -> None:
    areas = town(seed)
    reports = places(areas, count, seed)
    assigned = assign(reports, areas, resolution=9)
    for kind in ("community", "construction_site", "market"):
        assert assigned[kind].to_list() == by_geopandas(reports, areas, kind)
    assert assigned["community"].list.len().max() >= 2  # a corner belongs to all who share it
    assert (assigned["cell"].to_numpy() == grid.point_to_cell(reports["lat"], reports["lon"], 9)).all()


@settings(max_examples=12, deadline=None)
@given(
    triangles=st.lists(
        st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=3, max_size=5), min_size=1, max_size=6
    ),
    seed=st.integers(0, 999),
)
def test_the_same_areas_as_geopandas_for_any_shapes(triangles: list[list[tuple[int, int]]], seed: int) -> None:
    """Whole-number corners: borders run exactly through points, along one another and along pixel rows."""
    shapes = [shapely.MultiPoint(t).convex_hull for t in triangles]
    shapes = [shape for shape in shapes if shape.area > 0]
    if not shapes:
        return
    areas = layer("estate", shapes)
    rng = np.random.default_rng(seed)
    x, y = np.meshgrid(np.arange(-1.0, 42.0, 0.5), np.arange(-1.0, 42.0, 0.5))
    reports = points(
        np.append(x.ravel(), rng.uniform(-1, 42, FEWEST_FOR_RASTER)),
        np.append(y.ravel(), rng.uniform(-1, 42, FEWEST_FOR_RASTER)),
    )
    assert assign(reports, areas)["estate"].to_list() == by_geopandas(reports, areas, "estate")


def test_the_order_of_rows_and_areas_changes_nothing() -> None:
    areas = town(3)
    reports = places(areas, 30_000, 3).with_row_index("number")
    assigned = assign(reports, areas)
    again = assign(reports.sample(fraction=1, shuffle=True, seed=4), areas.sample(frac=1, random_state=5))
    assert again.sort("number").select(assigned.columns).equals(assigned)


def test_boston(shared) -> None:
    boston = gpd.read_file(shared / "data/boston/Boston_Neighborhoods.geojson")
    areas = layer("community", list(shapely.make_valid(boston.geometry.to_numpy())))
    table = pl.read_csv(shared / "data/boston/boston311_2015_city_export.csv.gz", columns=["LATITUDE", "LONGITUDE"])
    reports = table.select(lat="LATITUDE", lon="LONGITUDE")
    assigned = assign(reports, areas)
    every = reports.with_row_index().gather_every(5)
    assert assigned["community"].gather_every(5).to_list() == by_geopandas(every, areas, "community")
    assert uncovered(assigned, "community").height == (assigned["community"].list.len() == 0).sum() > 0


def test_reports_without_a_place_lie_nowhere() -> None:
    areas = layer("community", [shapely.box(-180, -90, 180, 90)])
    assigned = assign(pl.DataFrame({"lat": [np.nan, 1.0], "lon": [1.0, None]}), areas)
    assert assigned["community"].to_list() == [[], []]
    assert assigned["cell"].to_list() == [0, 0]


def test_no_reports_and_no_areas_leave_the_usual_columns() -> None:
    areas = town(1)
    none = assign(pl.DataFrame(schema={"lat": pl.Float64, "lon": pl.Float64}), areas)
    assert none.schema["community"] == pl.List(pl.String)
    assert none.schema["cell"] == pl.UInt64
    assert assign(points(np.array([1.0]), np.array([1.0])), areas.iloc[:0]).columns == ["lat", "lon", "cell"]


def test_overlaps_are_listed_and_slivers_are_not() -> None:
    metre = 1 / 111_195
    shapes = [
        shapely.box(0, 0, 1000 * metre, 1000 * metre),
        shapely.box(900 * metre, 0, 2000 * metre, 1000 * metre),  # 100 m into the first
        shapely.box(1997 * metre, 0, 3000 * metre, 1000 * metre),  # 3 m into the second: a border drawn twice
        shapely.box(3000 * metre, 0, 4000 * metre, 1000 * metre),  # touches the third
    ]
    found = overlaps(together(layer("community", shapes), layer("market", shapes[:1])))
    assert found.select("kind", "area_id", "other_id").rows() == [("community", "community/000", "community/001")]
    assert found["area_m2"][0] == pytest.approx(100 * 1000, rel=0.01)


def test_boston_neighbourhoods_do_not_overlap(shared) -> None:
    boston = gpd.read_file(shared / "data/boston/Boston_Neighborhoods.geojson")
    areas = layer("community", list(shapely.make_valid(boston.geometry.to_numpy())))
    assert overlaps(areas).height == 0


def test_shares_of_cells_that_tile_add_up_to_one() -> None:
    areas = town(6)
    tiles = areas[areas["kind"] == "community"].drop(index=1)  # the one with a hole
    cells = grid.universe(shapely.box(0.02, 0.02, 0.08, 0.08), 9)
    whole = shapely.union_all(tiles.geometry.to_numpy())
    inside = cells[shapely.covers(whole, grid.cell_to_polygon(cells))]
    total = cells_of_areas(inside, tiles).group_by("cell").agg(pl.col("share").sum())
    assert total.height == inside.size > 50
    assert total["share"].to_numpy() == pytest.approx(1.0, abs=1e-9)
    assert cells_of_areas(cells[:0], tiles).height == 0
    assert cells_of_areas(cells, tiles.iloc[:0]).height == 0
