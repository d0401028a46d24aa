"""China's shifted datums, plane coordinates, and which datum fits a study area."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import UnknownCRS
from geo.intake.datum import (
    bd09_to_gcj02,
    crs_name,
    from_wgs84,
    gcj02_to_bd09,
    gcj02_to_wgs84,
    near,
    suggest_datum,
    to_wgs84,
    wgs84_to_gcj02,
)

METRES = 111_320.0  # per degree of latitude
CHINA = st.tuples(st.floats(74, 134), st.floats(18, 53))


def metres_apart(lon: np.ndarray, lat: np.ndarray, other_lon: np.ndarray, other_lat: np.ndarray) -> np.ndarray:
    return np.hypot((lon - other_lon) * METRES * np.cos(np.radians(lat)), (lat - other_lat) * METRES)


@given(CHINA)
def test_gcj02_there_and_back_is_within_a_centimetre(point: tuple[float, float]) -> None:
    lon, lat = np.array([point[0]]), np.array([point[1]])
    assert metres_apart(lon, lat, *gcj02_to_wgs84(*wgs84_to_gcj02(lon, lat))) < 0.01
    shifted = metres_apart(lon, lat, *wgs84_to_gcj02(lon, lat))
    assert 20 < shifted < 1_500


@given(CHINA)
def test_bd09_there_and_back_is_within_a_centimetre(point: tuple[float, float]) -> None:
    lon, lat = np.array([point[0]]), np.array([point[1]])
    assert metres_apart(lon, lat, *bd09_to_gcj02(*gcj02_to_bd09(lon, lat))) < 0.01
    assert metres_apart(lon, lat, *to_wgs84(*from_wgs84(lon, lat, "BD-09"), "BD-09")) < 0.01


def test_outside_china_nothing_is_shifted() -> None:
    lon, lat = wgs84_to_gcj02([-71.06, 139.7], [42.36, 35.7])
    assert (lon.tolist(), lat.tolist()) == ([-71.06, 139.7], [42.36, 35.7])


def test_beijing_districts_converted_by_another_author(shared: Path) -> None:
    """The pair of files lies 555 m apart; converted by us, corners fall on the other author's outlines."""
    gcj02, wgs84 = (
        json.loads((shared / f"data/china/beijing_districts_{datum}.geojson").read_text("utf-8"))["features"]
        for datum in ("gcj02", "wgs84")
    )
    for theirs, other in zip(gcj02, wgs84, strict=True):
        shifted = shapely.get_coordinates(shapely.from_geojson(json.dumps(theirs["geometry"])))
        outline = shapely.boundary(shapely.from_geojson(json.dumps(other["geometry"])))
        ours = np.column_stack(gcj02_to_wgs84(shifted[:, 0], shifted[:, 1]))
        before, after = (np.median(shapely.distance(shapely.points(xy), outline)) * METRES for xy in (shifted, ours))
        assert before > 200
        assert after < 1


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("WGS-84", "WGS-84"),
        ("wgs84", "WGS-84"),
        ("EPSG:4326", "WGS-84"),
        ("OGC:CRS84", "WGS-84"),
        ("CGCS2000", "WGS-84"),
        ("EPSG:4490", "WGS-84"),
        ("GCJ02", "GCJ-02"),
        ("火星坐标系", "GCJ-02"),
        ("百度", "BD-09"),
        ("epsg:4549", "EPSG:4549"),
        ("4549", "EPSG:4549"),
    ],
)
def test_names_of_coordinate_systems(written: str, meant: str) -> None:
    assert crs_name(written) == meant


def test_an_unknown_system_is_refused_with_what_to_write() -> None:
    with pytest.raises(UnknownCRS, match="EPSG:4549") as refusal:
        crs_name("Atlantis 1900")
    assert "Atlantis 1900" in refusal.value.sentence("zh")


def test_plane_coordinates_come_back_as_degrees() -> None:
    lon, lat = to_wgs84([239759.4922, np.nan], [904050.266899999, 1.0], "EPSG:26986")  # 175 McClellan Highway, Boston
    assert metres_apart(lon[:1], lat[:1], np.array([-71.0172]), np.array([42.3856])) < 100
    assert np.isnan(lon[1])


def test_near_measures_metres_on_the_ground() -> None:
    square = shapely.box(104.0, 30.0, 104.1, 30.1)
    east = 104.1 + np.array([-0.01, 499, 501]) / (METRES * np.cos(np.radians(30.05)))
    assert near(east, np.full(3, 30.05), square, 500.0).tolist() == [True, True, False]


def uniform(box: shapely.Geometry, count: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(4)
    west, south, east, north = box.bounds
    return rng.uniform(west, east, count), rng.uniform(south, north, count)


@pytest.mark.parametrize("written", ["WGS-84", "GCJ-02", "BD-09"])
@pytest.mark.parametrize("declared", ["WGS-84", "GCJ-02", "BD-09"])
def test_the_datum_a_file_was_written_in_is_found(written: str, declared: str) -> None:
    district = shapely.box(104.10, 30.55, 104.26, 30.69)  # 15 km
    lon, lat = to_wgs84(*from_wgs84(*uniform(district, 4_000), written), declared)
    found = suggest_datum(lon, lat, district, declared=declared)
    assert found.suggested == (None if written == declared else written)
    assert max(found.shares, key=lambda datum: found.shares[datum]) == written


def test_points_all_inside_suggest_nothing() -> None:
    lon, lat = uniform(shapely.box(104.15, 30.6, 104.2, 30.65), 1_000)
    assert suggest_datum(lon, lat, shapely.box(104.0, 30.4, 104.4, 30.8)).suggested is None


def test_outside_china_nothing_is_suggested() -> None:
    lon, lat = uniform(shapely.box(-71.2, 42.2, -71.0, 42.4), 1_000)
    assert suggest_datum(lon, lat, shapely.box(-71.18, 42.22, -71.0, 42.4)).suggested is None
