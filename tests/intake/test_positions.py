"""Coordinates in every way they are written."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from geo.errors import UnknownCRS
from geo.intake.datum import from_wgs84
from geo.intake.positions import Columns, Positions, read_positions

PAIR = Columns(x="lon", y="lat")


def pair(rows: list[tuple[str | None, str | None]], crs: str | None = None) -> Positions:
    frame = pl.DataFrame(rows, schema={"lon": pl.String, "lat": pl.String}, orient="row")
    return read_positions(frame, PAIR, crs, "a.csv")


def point(*texts: str | None, crs: str | None = None) -> Positions:
    return read_positions(pl.DataFrame({"p": pl.Series(texts, dtype=pl.String)}), Columns(point="p"), crs, "a.csv")


@pytest.mark.parametrize(
    "text",
    [
        "POINT (104.06 30.65)",
        "point(104.06 30.65)",
        "SRID=4326;POINT(104.06 30.65)",
        "POINT Z (104.06 30.65 500)",
        "104.06,30.65",
        "30.65,104.06",
        "104.06，30.65",
        "104.06 30.65",
        "(104.06, 30.65)",
        "[104.06; 30.65]",
        '{"type":"Point","coordinates":[104.06,30.65]}',
        "{'latitude': '30.65', 'longitude': '104.06'}",
    ],
)
def test_one_column_for_both(text: str) -> None:
    read = point(text)
    assert (read.lon[0], read.lat[0]) == (104.06, 30.65)
    assert not read.notes


def test_the_whole_column_decides_which_number_is_the_latitude() -> None:
    assert point("30.65,89.9", "30.66,104.07").lat.tolist() == [30.65, 30.66]


def test_a_pair_that_nothing_decides_is_read_as_lon_lat_and_said() -> None:
    read = point("2.35,48.85")
    assert (read.lon[0], read.lat[0]) == (2.35, 48.85)
    assert "longitude, latitude" in str(read.notes[0])


def test_plane_coordinates_with_their_srid() -> None:
    read = point("SRID=26986;POINT(239759.492200002 904050.266899999)")
    assert (round(read.lon[0], 3), round(read.lat[0], 3)) == (-71.017, 42.386)
    assert read.crs == "EPSG:26986"


def test_gcj02_and_plane_pairs() -> None:
    lon, lat = (array[0] for array in from_wgs84([104.06], [30.65], "GCJ-02"))
    read = pair([(f"{lon:.9f}", f"{lat:.9f}")], "GCJ-02")
    assert (round(read.lon[0], 7), round(read.lat[0], 7)) == (104.06, 30.65)


def test_an_srid_of_degrees_does_not_hide_the_datum_of_the_file() -> None:
    assert point("SRID=4326;POINT(104.06 30.65)", crs="GCJ-02").lon[0] < 104.059


@pytest.mark.parametrize("turned", [False, True])
def test_northing_and_easting_in_either_order(turned: bool) -> None:
    """CGCS2000 / 3-degree Gauss-Kruger CM 105E; surveyors call the northing x."""
    row = ("410000.0", "3390000.0")
    read = pair([row[::-1] if turned else row], "EPSG:4544")
    assert (round(read.lon[0], 1), round(read.lat[0], 1)) == (104.1, 30.6)
    assert bool(read.notes) == turned


def test_metres_without_a_system_are_refused() -> None:
    with pytest.raises(UnknownCRS, match="no coordinate system is given"):
        pair([("410000.0", "3390000.0"), ("410001.0", "3390001.0")])


def test_one_stray_row_of_metres_does_not_stop_the_file() -> None:
    read = pair([("104.06", "30.65"), ("104.07", "30.66"), ("410001.0", "3390001.0")])
    assert read.unreadable.tolist() == [False, False, True]


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ((None, None), "missing"),
        (("104.06", None), "missing"),
        (("", " "), "missing"),
        (("east", "30.65"), "unreadable"),
        (("0", "0.000"), "zero"),
        (("nan", "inf"), "unreadable"),
        (("200", "30"), "unreadable"),
        (("104°3'36\"", "30°39'"), "unreadable"),
    ],
)
def test_faults(row: tuple[str | None, str | None], fault: str) -> None:
    read = pair([("104.06", "30.65"), ("104.07", "30.66"), row])
    assert {name: getattr(read, name)[2] for name in ("missing", "unreadable", "zero")} == {
        name: name == fault for name in ("missing", "unreadable", "zero")
    }
    assert np.isnan(read.lon[2])
    assert read.usable.tolist() == [True, True, False]


def test_swapped_pairs_are_put_right_where_only_one_order_is_on_the_earth() -> None:
    read = pair([("104.06", "30.65"), ("30.66", "104.07")])
    assert read.swapped.tolist() == [False, True]
    assert (read.lon[1], read.lat[1]) == (104.07, 30.66)


def test_swapped_pairs_are_put_right_where_the_other_order_lies_in_town() -> None:
    """In Boston both orders are on the earth; only one is in Boston."""
    read = pair([("-71.06", "42.36")] * 5 + [("42.35", "-71.07"), ("-112.07", "33.45")])
    assert read.swapped.tolist() == [False] * 5 + [True, False]
    assert (read.lon[5], read.lat[5]) == (-71.07, 42.35)
    assert (read.lon[6], read.lat[6]) == (-112.07, 33.45)  # Phoenix is far away, but not swapped


def test_decimal_commas_are_read_and_said() -> None:
    read = pair([("104,0612", "30,65"), ("104.07", "30.66")])
    assert (read.lon[0], read.lat[0]) == (104.0612, 30.65)
    assert "decimal commas" in str(read.notes[0])


def test_no_rows() -> None:
    assert pair([]).lon.size == 0
    assert point().lon.size == 0
