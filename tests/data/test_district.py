"""The district is tiled exactly, and everything lies where it should."""

from __future__ import annotations

from itertools import pairwise

import geopandas as gpd
import numpy as np
import pytest
import shapely

from data.history import City
from data.plane import to_degrees, to_metres
from tests.data.conftest import Made


@pytest.mark.parametrize("which", ["made", "other"])
def test_the_communities_of_the_file_tile_the_district_exactly(which: str, request: pytest.FixtureRequest) -> None:
    folder = request.getfixturevalue(which).folder
    communities = gpd.read_file(folder / "areas" / "communities.geojson")
    district = gpd.read_file(folder / "areas" / "district.geojson").geometry.iloc[0]
    tiles = communities.geometry.to_numpy()
    assert len(communities) == 64
    assert communities["name"].is_unique
    assert shapely.coverage_is_valid(tiles)
    assert shapely.union_all(tiles).symmetric_difference(district).area == 0
    first, second = shapely.STRtree(tiles).query(tiles, predicate="intersects")
    overlaps = shapely.area(shapely.intersection(tiles[first], tiles[second]))[first != second]
    assert overlaps.sum() == 0


@pytest.mark.parametrize("which", ["made", "other"])
def test_communities_are_whole_without_holes_or_slivers(which: str, request: pytest.FixtureRequest) -> None:
    folder = request.getfixturevalue(which).folder
    communities, offices, district = (
        gpd.read_file(folder / "areas" / f"{name}.geojson").to_crs("EPSG:4544").geometry.to_numpy()
        for name in ("communities", "street_offices", "district")
    )
    assert set(shapely.get_type_id(np.r_[communities, offices])) == {shapely.GeometryType.POLYGON}
    assert shapely.get_num_interior_rings(communities).sum() == 0
    areas = shapely.area(communities)
    assert 0.4e6 < areas.min() < areas.max() < 12e6
    assert (4 * np.pi * areas / shapely.length(communities) ** 2).min() > 0.12
    assert 180e6 < district[0].area < 230e6


def test_street_offices_are_unions_of_their_communities(made: Made) -> None:
    communities = gpd.read_file(made.folder / "areas" / "communities.geojson")
    offices = gpd.read_file(made.folder / "areas" / "street_offices.geojson").set_index("name")
    assert len(offices) == 8
    joined = communities.dissolve("street_office", aggfunc={"households": "sum"})
    for name, office in offices.iterrows():
        assert joined.geometry[name].symmetric_difference(office.geometry).area == 0
        assert joined["households"][name] == office["households"]


def test_borders_keep_to_the_river_and_the_main_roads(city: City) -> None:
    """Far more of the inner borders runs along them than of lines moved by 700 m."""
    inner = shapely.union_all([tile.boundary for tile in city.district.communities])
    inner = inner.difference(city.district.boundary.boundary.buffer(50))
    barriers = shapely.union_all([city.terrain.river, *(r.line for r in city.terrain.roads if r.rank == "主干路")])
    moved = shapely.transform(barriers, lambda points: points + 500.0)
    near, by_chance = (inner.intersection(lines.buffer(60)).length / inner.length for lines in (barriers, moved))
    assert near > 0.2
    assert near > 2 * by_chance


def test_places_are_many_apart_and_inside(city: City) -> None:
    places, plan = city.places, city.plan
    assert len(places.markets.names) == plan.markets == 12
    assert places.sites.about["status"].count("竣工") == plan.finished_sites
    assert len(places.sites.names) - plan.finished_sites == plan.sites == 25
    assert len(places.estates.names) == plan.estates
    assert places.streets.about["class"].count("背街小巷") == plan.alleys
    for layer in (places.estates, places.markets, places.sites, places.streets):
        assert len(set(layer.names)) == len(layer.names)
        assert shapely.within(layer.shapes, city.district.boundary).all()
    built = np.r_[places.estates.shapes, places.markets.shapes, places.sites.shapes]
    first, second = shapely.STRtree(built).query(built, predicate="intersects")
    assert (first == second).all()
    assert not shapely.intersects(shapely.MultiPolygon(city.terrain.water), built).any()


def test_each_estate_lies_in_the_community_it_names(made: Made) -> None:
    estates = gpd.read_file(made.folder / "areas" / "estates.geojson")
    communities = gpd.read_file(made.folder / "areas" / "communities.geojson").set_index("name")
    held = communities.geometry[estates["community"]].to_numpy()
    assert shapely.contains(held, estates.geometry.to_numpy()).all()


def test_degrees_and_metres_are_inverse() -> None:
    x, y = np.array([0.0, 4_000.0, -8_000.0]), np.array([0.0, -7_000.0, 100.0])
    np.testing.assert_allclose(to_metres(*to_degrees(x, y)), (x, y), atol=1e-6)


def test_communities_are_smaller_where_people_live_close(city: City) -> None:
    middles = shapely.get_coordinates(shapely.centroid(city.district.communities))
    by_density = np.argsort(city.terrain.population(*middles.T))
    quarters = [shapely.area(city.district.communities[part]).mean() for part in np.array_split(by_density, 4)]
    assert all(sparse > dense for sparse, dense in pairwise(quarters))
