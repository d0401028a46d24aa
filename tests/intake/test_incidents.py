"""Which reports are one incident, and which points are piles: every rule of METHODS 7 worked by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import polars as pl
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import tables
from geo.intake.incidents import merge_duplicates
from geo.intake.reports import read_reports

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
METRE = 1 / 111_195.0  # degrees of latitude
LAT, LON = 30.66, 104.06


def report(
    number: int,
    hours: float = 0,
    *,
    open_hours: float | None = None,
    north: float = 0,
    east: float = 0,
    category: str = "litter",
    address: str | None = None,
) -> dict[str, Any]:
    """A report so many hours after the start, so many metres from the middle, open for so long (None: not closed)."""
    opened = START + timedelta(hours=hours)
    return {
        "system": "hotline",
        "report_id": f"{number:05}",
        "reported_at": opened,
        "closed_at": None if open_hours is None else opened + timedelta(hours=open_hours),
        "category": category,
        "lat": LAT + north * METRE,
        "lon": LON + east * METRE / np.cos(np.radians(LAT)),
        "address": address,
    }


def table(rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={name: tables.REPORTS[name] for name in report(0)})


def incidents(*rows: dict[str, Any], **settings: Any) -> list[int]:
    """Return the number of the first report of every report's incident."""
    return [int(name.split("/")[1]) for name in merge_duplicates(table(list(rows)), **settings)["incident_id"]]


@pytest.mark.parametrize(
    ("second", "one"),
    [
        (report(2, 71.9), True),  # no closing date: open for 72 hours
        (report(2, 72.1), False),
        (report(2, 1, category="noise"), False),
        (report(2, 1, north=49.9), True),
        (report(2, 1, north=50.2), False),
        (report(2, 1, north=35, east=35), True),  # 49.5 m across the corner
        (report(2, 1, north=36, east=36), False),  # 50.9 m
        (report(2, 1, east=-49.9), True),
        (report(2, 0), True),
    ],
)
def test_second_report_of_an_incident_without_a_closing_date(second: dict[str, Any], one: bool) -> None:
    assert incidents(report(1), second) == ([1, 1] if one else [1, 2])


@pytest.mark.parametrize(
    ("open_hours", "after", "one"),
    [
        (24, 23.9, True),
        (24, 24.1, False),  # closed: a relapse, not a duplicate, within 72 hours too
        (24 * 20, 24 * 19, True),  # still open
        (24 * 90, 24 * 29.9, True),
        (24 * 90, 24 * 30.1, False),  # open, but for more than 30 days
    ],
)
def test_second_report_of_an_incident_with_a_closing_date(open_hours: float, after: float, one: bool) -> None:
    assert incidents(report(1, open_hours=open_hours), report(2, after)) == ([1, 1] if one else [1, 2])


def test_reports_do_not_chain() -> None:
    """Each is 40 m from the last, 80 m from the one before: the third starts anew, the fourth is its duplicate."""
    assert incidents(*(report(n, n, north=40 * n) for n in range(5))) == [0, 0, 2, 2, 4]


def test_time_does_not_chain() -> None:
    assert incidents(*(report(n, 48 * n) for n in range(5))) == [0, 0, 2, 2, 4]


def test_the_nearest_incident_takes_a_report() -> None:
    assert incidents(report(1), report(2, 1, north=60), report(3, 2, north=35)) == [1, 2, 2]
    assert incidents(report(1), report(2, 1, north=60), report(3, 2, north=25)) == [1, 2, 1]


def test_a_relapse_gathers_its_own_duplicates() -> None:
    rows = [report(1, open_hours=10), report(2, 5), report(3, 20, open_hours=50), report(4, 30)]
    assert incidents(*rows) == [1, 1, 3, 3]


def test_other_limits() -> None:
    assert incidents(report(1), report(2, 1, north=80), metres=100) == [1, 1]
    assert incidents(report(1), report(2, 80), hours=100) == [1, 1]
    assert incidents(report(1, open_hours=2000), report(2, 24 * 40), days=60) == [1, 1]


def test_no_reports_have_the_usual_columns() -> None:
    none = merge_duplicates(table([]))
    assert none.height == 0
    assert {name: none.schema[name] for name in tables.INCIDENT_COLUMNS} == tables.INCIDENT_COLUMNS
    full = merge_duplicates(tables.empty(tables.REPORTS))
    assert full.columns == [*tables.REPORTS, *tables.INCIDENT_COLUMNS]


# What must always hold

MANY = st.lists(
    st.tuples(
        st.integers(0, 60 * 24),
        st.one_of(st.none(), st.integers(0, 60 * 24)),
        st.integers(-120, 120),
        st.integers(-120, 120),
        st.sampled_from(["litter", "noise"]),
    ),
    max_size=60,
)


def town(rows: list[tuple[int, int | None, int, int, str]]) -> pl.DataFrame:
    return table(
        [
            report(n, hours, open_hours=open_hours, north=north, east=east, category=category)
            for n, (hours, open_hours, north, east, category) in enumerate(rows)
        ]
    )


def by_hand(reports: pl.DataFrame, radii: dict[str, float]) -> list[str]:
    """The rule written down as plainly as can be: every report against every incident before it."""
    found: dict[str, str] = {}
    firsts: list[dict[str, Any]] = []
    for row in reports.sort("reported_at", "report_id").iter_rows(named=True):
        near = []
        for place, first in enumerate(firsts):
            since = row["reported_at"] - first["reported_at"]
            is_open = (
                since <= timedelta(hours=72)
                if first["closed_at"] is None
                else row["reported_at"] <= first["closed_at"] and since <= timedelta(days=30)
            )
            north = (row["lat"] - first["lat"]) * 111_195.08
            east = (row["lon"] - first["lon"]) * 111_195.08 * np.cos(np.radians(first["lat"]))
            if is_open and row["category"] == first["category"] and np.hypot(north, east) <= radii[row["category"]]:
                near.append((np.hypot(north, east), place))
        if near:
            found[row["report_id"]] = firsts[min(near)[1]]["report_id"]
        else:
            firsts.append(row)
            found[row["report_id"]] = row["report_id"]
    return [f"hotline/{found[number]}" for number in reports["report_id"]]


@settings(max_examples=80, deadline=None)
@given(rows=MANY)
def test_the_same_incidents_as_by_hand(rows: list[Any]) -> None:
    reports = town(rows)
    for radii in ({"litter": 50.0, "noise": 50.0}, {"litter": 20.0, "noise": 90.0}):
        assert merge_duplicates(reports, metres=radii)["incident_id"].to_list() == by_hand(reports, radii)


@settings(max_examples=30, deadline=None)
@given(rows=MANY, seed=st.integers(0, 1000))
def test_the_order_of_rows_changes_nothing(rows: list[Any], seed: int) -> None:
    merged = merge_duplicates(town(rows))
    shuffled = merge_duplicates(town(rows).sample(fraction=1, shuffle=True, seed=seed))
    assert shuffled.sort("report_id").equals(merged.sort("report_id"))


@settings(max_examples=30, deadline=None)
@given(rows=MANY)
def test_every_report_is_in_one_incident_that_its_first_report_names(rows: list[Any]) -> None:
    reports = town(rows)
    merged = merge_duplicates(reports)
    assert merged.select(reports.columns).equals(reports)
    assert merged["incident_id"].null_count() == 0
    firsts = merged.filter(pl.format("{}/{}", "system", "report_id") == pl.col("incident_id"))
    assert firsts["incident_id"].n_unique() == firsts.height == merged["incident_id"].n_unique()
    assert (merged.group_by("incident_id").agg(pl.col("category").n_unique())["category"] == 1).all()


@settings(max_examples=25, deadline=None)
@given(rows=MANY)
def test_categories_do_not_touch_each_other(rows: list[Any]) -> None:
    reports = town(rows)
    merged = merge_duplicates(reports)
    for category in ("litter", "noise"):
        alone = merge_duplicates(reports.filter(pl.col("category") == category))
        assert merged.filter(pl.col("category") == category)["incident_id"].equals(alone["incident_id"])


# Piles and the middles of estates


def heap(addresses: list[str | None], **place: float) -> list[dict[str, Any]]:
    """One report of its own category per address, all on one point."""
    return [report(1000 + n, n, category=f"c{n}", address=text, **place) for n, text in enumerate(addresses)]


def elsewhere(count: int = 40) -> list[dict[str, Any]]:
    """Single reports around."""
    return [report(n, north=200 * n + 500, address=f"光华街道和平社区建设路{n}号") for n in range(count)]


def marks(
    rows: list[dict[str, Any]], areas: gpd.GeoDataFrame | None = None, **settings: Any
) -> tuple[set[str], set[str]]:
    """Return the report numbers at piles, and those that are coarse."""
    merged = merge_duplicates(table(rows), areas=areas, **settings)
    return set(merged.filter("pile")["report_id"]), set(merged.filter("coarse")["report_id"])


COMMUNITIES = ["和平", "新华", "胜利", "光明", "书院", "文庙"]
ROADS = ["建设路", "和平路", "新华大道", "染坊巷", "油篓街", "北城大街"]
STREETS = ["Arch St", "Harrison Ave", "Bremen St", "Mount Vernon Rd", "Massachusetts Ave", "Lanark Rd"]


@pytest.mark.parametrize(
    "addresses",
    [
        [f"青羊区光华街道{road}{n}号" for n, road in enumerate(ROADS * 2)],
        [f"{n} {street}  Boston  MA  02110" for n, street in enumerate(STREETS * 2)],
        [f"INTERSECTION of {a} & {b}  Boston  MA" for a, b in zip(STREETS, [*STREETS[1:], "Elm St"], strict=True)] * 2,
        [f"青羊区光华街道{name}社区翠湖花园{n}栋" for n, name in enumerate(COMMUNITIES * 2)],
        [f"{name}街道幸福小区{n}栋" for n, name in enumerate(COMMUNITIES * 2)],
        [*(f"{road}{n}号" for n, road in enumerate(ROADS)), *[None] * 6],
    ],
)
def test_more_than_five_streets_or_communities_at_one_point_are_a_pile(addresses: list[str | None]) -> None:
    piled = {row["report_id"] for row in heap(addresses)}
    assert marks(heap(addresses) + elsewhere()) == (piled, set())


@pytest.mark.parametrize(
    "addresses",
    [
        [f"青羊区光华街道{road}{n}号" for n, road in enumerate(ROADS[:5] * 3)],  # five streets
        [f"{road}{n}号" for n, road in enumerate(ROADS)] + ["建设路1号"] * 3,  # nine incidents
        [f"建设路{n}号{n}室" for n in range(30)],  # one street
        [f"{n} Arch St  Boston  MA  02110" for n in range(30)],
        [f"和平农贸市场{gate}" for gate in ("东门", "西门", "北门", "水产区", "蔬菜区", "门口", "后街口")] * 3,
        [None] * 30,
    ],
)
def test_a_busy_place_is_no_pile(addresses: list[str | None]) -> None:
    assert marks(heap(addresses) + elsewhere()) == (set(), set())


def test_many_buildings_of_one_estate_are_coarse_and_no_pile() -> None:
    rows = heap([f"青羊区光华街道和平社区建设路12号翠湖小区{n}栋{n % 3 + 1}单元{n}0{n}室" for n in range(1, 21)])
    assert marks(rows + elsewhere()) == (set(), {row["report_id"] for row in rows})
    few = heap([f"建设路12号翠湖小区{n % 5}栋" for n in range(20)])
    assert marks(few + elsewhere()) == (set(), set())


def test_only_the_busiest_thousandth_of_the_points_is_looked_at() -> None:
    """Of 2,005 points the four with most incidents count; here four are busier than the one with many streets."""
    spread = heap([f"{road}{n}号" for n, road in enumerate(ROADS * 2)])
    busy = [row for at in range(4) for row in heap(["建设路1号"] * (20 + at), east=300.0 * (at + 1))]
    for n, row in enumerate(busy):
        row["report_id"] = f"b{n}"
    assert marks(spread + busy + elsewhere(2000)) == (set(), set())
    assert marks(spread + elsewhere(2000))[0] == {row["report_id"] for row in spread}


def districts() -> gpd.GeoDataFrame:
    names = ["光华街道", "和平街道", "Dorchester"]
    shapes = [
        shapely.box(LON - 0.01, LAT - 0.01, LON + 0.01, LAT + 0.01),
        shapely.box(LON + 0.05, LAT - 0.01, LON + 0.07, LAT + 0.01),
        shapely.box(LON + 0.08, LAT - 0.01, LON + 0.09, LAT + 0.01),
    ]
    facts = {"area_id": names, "name": names, "kind": "street_office"}
    return gpd.GeoDataFrame(facts, geometry=shapes, crs="EPSG:4326")


@pytest.mark.parametrize(
    ("addresses", "pile"),
    [
        ([f"和平街道{n}组" for n in range(12)], True),  # all belong in an office 4 km away
        ([f"光华街道{n}组" for n in range(12)], False),
        ([f"和平街道{n}组" for n in range(6)] + [f"光华街道{n}组" for n in range(7)], False),  # less than half of them
        (["和平街道1组"] * 12, False),  # one address proves nothing
        ([f"{n} Elm St, DORCHESTER" for n in range(12)], True),
        ([f"{n} Dorchester Ave" for n in range(12)], False),  # a street of that name leads anywhere
    ],
)
def test_addresses_that_name_another_area_make_a_pile(addresses: list[str], pile: bool) -> None:
    rows = heap(addresses)
    around = [report(n, north=20 * n + 60) for n in range(20)]
    assert marks(rows + around, districts())[0] == ({row["report_id"] for row in rows} if pile else set())
    assert marks(rows + around)[0] == set()


def test_a_known_default_point_is_a_pile() -> None:
    rows = heap([None] * 12)
    assert marks(rows + elsewhere(), default_points=[(LAT, LON)])[0] == {row["report_id"] for row in rows}
    assert marks(rows[:9] + elsewhere(), default_points=[(LAT, LON)])[0] == set()  # nine incidents are no pile


def test_reports_at_a_pile_merge_by_address_only() -> None:
    """Two of one address are one incident; those without an address, and a neighbour 10 m away, stand alone."""
    rows = heap([f"{road}{n}号" for n, road in enumerate(ROADS * 2)])
    more = [
        report(1, 0, address="青石巷1号"),
        report(2, 1, address="青石巷1号"),
        report(3, 2, address="青石巷2号"),
        report(4, 3),
        report(5, 4),
        report(6, 5, north=10),
    ]
    merged = merge_duplicates(table(rows + more + elsewhere()))
    found = merged[len(rows) : len(rows) + 6]
    assert found["incident_id"].str.slice(-1).to_list() == ["1", "1", "3", "4", "5", "6"]
    assert found["pile"].to_list() == [True] * 5 + [False]


def test_reports_in_the_middle_of_an_estate_merge_by_building() -> None:
    rows = heap([f"翠湖小区{n}栋" for n in range(1, 12)])
    more = [report(n, n, address=f"翠湖小区{block}栋") for n, block in enumerate([3, 5, 3, 4], 1)]
    found = merge_duplicates(table(rows + more + elsewhere()))[len(rows) : len(rows) + 4]
    assert found["coarse"].all()
    assert found["incident_id"].str.slice(-1).to_list() == ["1", "2", "1", "4"]


LOOSE = heap([f"{road}{n}号" for n, road in enumerate(ROADS * 2)])  # a pile at the middle
ESTATE = heap([f"翠湖小区{n}栋" for n in range(1, 12)])  # the middle of an estate


@pytest.mark.parametrize(
    ("around", "pair", "one"),
    [
        (LOOSE, [report(71, address="梧桐街8号", north=-900), report(72, 1, address="梧桐街8号")], True),
        (LOOSE, [report(71, address="梧桐街8号", north=-900), report(72, 73, address="梧桐街8号")], False),  # too late
        (LOOSE, [report(71, address="梧桐街8号", north=-900, open_hours=1), report(72, 2, address="梧桐街8号")], False),
        (LOOSE, [report(71, address="梧桐街8号", north=-900), report(72, 1, address="梧桐街9号")], False),
        (LOOSE, [report(71, north=-900), report(72, 1)], False),  # without an address
        (LOOSE, [report(71, address="梧桐街8号"), report(72, 1, address="梧桐街8号", north=-900)], False),  # not lost
        (ESTATE, [report(71, address="翠湖小区3栋", north=80), report(72, 1, address="翠湖小区3栋")], True),
        (ESTATE, [report(71, address="翠湖小区3栋"), report(72, 1, address=" 翠湖小区3栋", north=80)], True),
        (ESTATE, [report(71, address="翠湖小区3栋"), report(72, 1, address="翠湖小区3栋", north=310)], False),
        (ESTATE, [report(71, address="翠湖小区3栋"), report(72, 1, address="翠湖小区4栋", north=20)], False),
        (
            ESTATE,
            [report(71, address="翠湖小区3栋", north=20), report(72, 1, address="翠湖小区3栋", north=80)],
            False,  # both have a place of their own: it decides
        ),
    ],
)
def test_where_a_position_says_little_the_address_decides(
    around: list[dict[str, Any]], pair: list[dict[str, Any]], one: bool
) -> None:
    merged = merge_duplicates(table(around + pair + elsewhere()))[len(around) : len(around) + 2]
    assert (merged["incident_id"].n_unique() == 1) is one


# Real reports


@pytest.mark.parametrize("with_areas", [False, True])
def test_boston_has_one_pile_at_city_hall(shared: Path, with_areas: bool) -> None:
    from geo.intake.areas import read_area_layer

    reports = read_reports(shared / "data/boston/boston311_2015_city_export.csv.gz").reports
    layer = shared / "data/boston/Boston_Neighborhoods.geojson"
    merged = merge_duplicates(reports, areas=read_area_layer(layer, "community").areas if with_areas else None)
    piled = merged.filter("pile")
    assert piled.select("lat", "lon").unique().rows() == [(42.3594, -71.0587)]
    assert piled.height == 17_070
    assert merged["coarse"].sum() == 0
    opened = pl.col("reported_at")
    spans = merged.filter(~pl.col("pile")).group_by("incident_id").agg(days=opened.max() - opened.min())
    assert spans["days"].max() <= timedelta(days=30)
    assert 0.10 < 1 - merged["incident_id"].n_unique() / merged.height < 0.16  # the chaining rule merged 26 %
