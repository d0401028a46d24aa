"""Why problems pile up: returns, work left undone and what nobody answers for, each beside the city."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import geopandas as gpd
import numpy as np
import polars as pl
import pytest
from shapely import box

from geo.grid.cube import Cube, Slice, build_cube
from geo.grid.windows import Window
from geo.stats.causes import CAUSES, Causes, Marked, Tally, causes_of_areas, causes_of_cells, mark_reports
from geo.stats.episodes import find_episodes
from tests.towns import TOWN, town

SPAN = Window(date(2026, 8, 17), date(2026, 11, 15))
START = datetime(2026, 1, 1, 4, tzinfo=UTC)
RANDOM = np.random.default_rng(5)


def report(day: float, cell: int, place: str, **more: object) -> dict[str, object]:
    """A report of so many days after the start, closed two days later."""
    at = START + timedelta(days=day)
    closed = {"status": "closed", "closed_at": at + timedelta(days=2)}
    return {"reported_at": at, "cell": cell, "asset_id": place, **closed, **more}


def scattered(cell: int, incidents: int, places: int, **more: object) -> list[dict[str, object]]:
    """Incidents on any day of the year at any of so many places of the cell: none because of another."""
    days, at = RANDOM.uniform(0, 318, incidents), RANDOM.integers(0, places, incidents)
    return [report(day, cell, f"{cell}-{place}", **more) for day, place in zip(days, at, strict=True)]


def marked(rows: list[dict[str, object]], areas: gpd.GeoDataFrame | None = None) -> tuple[Cube, Marked]:
    reports = town(rows)
    cube = build_cube(reports, universe=TOWN, resolution=9)
    layer = areas if areas is not None else communities()
    return cube, mark_reports(reports, layer, cube, find_episodes(reports))


def communities(**units: str) -> gpd.GeoDataFrame:
    """Three communities in a row, the first two of which overlap by half."""
    shapes = [box(104.0, 30.0, 104.2, 30.1), box(104.1, 30.0, 104.3, 30.1), box(104.3, 30.0, 104.5, 30.1)]
    units = {"a": "north", "b": "south", "c": "north"} | units
    table = {"area_id": list("abc"), "name": list("abc"), "kind": "community", "unit": list(units.values())}
    return gpd.GeoDataFrame(table, geometry=shapes, crs="EPSG:4326")


def alone(causes: Causes, at: int) -> dict[str, tuple[int, int]]:
    return {
        name: (int(tally.number[at]), int(tally.of[at]))
        for name, tally in zip(CAUSES, causes.tallies, strict=True)
        if tally is not None
    }


def test_the_three_causes_are_counted_by_hand() -> None:
    rows = [
        report(250, TOWN[0], "p", community=["a"]),  # closed on day 252, in the window
        report(270, TOWN[0], "p", community=["a"]),  # 18 days later: it came back
        report(310, TOWN[0], "p", community=["a"], unit=None),  # 38 days after its closing: it did not
        report(100, TOWN[0], "q", community=["a"], status="open", closed_at=None),
        report(300, TOWN[0], "r", community=[]),  # in no area
        report(305, TOWN[0], "s", community=["a", "b"]),  # where two units claim it
        report(306, TOWN[0], "t", community=["a"], closed_at=START + timedelta(days=330)),  # closed after the window
    ]
    cube, found = marked(rows)
    causes = causes_of_cells(found, SPAN, Slice(), cube.neighbours)
    at = int(np.searchsorted(cube.cells, TOWN[0]))
    assert alone(causes, at) == {"relapse": (1, 6), "backlog": (2, 7), "nobody": (3, 6)}
    assert (causes.new[at], causes.overdue[at], causes.old[at]) == (4, 0, 1)
    areas = causes_of_areas(found, SPAN, Slice(), "community", list("abc"))
    assert [alone(areas, n)["relapse"] for n in range(3)] == [(1, 5), (0, 1), (0, 0)]


def test_neighbours_with_one_unit_do_not_dispute_what_they_share() -> None:
    rows = [report(300, TOWN[0], "p", community=["a", "b"]), report(300, TOWN[0], "q", community=["b", "c"])]
    _, found = marked(rows, communities(b="north"))
    assert found.reports["unowned"].sum() == 0
    _, found = marked(rows)
    assert found.reports["unowned"].to_list() == [True, False]  # b and c only touch


def test_files_without_units_and_closings_say_nothing_of_them() -> None:
    rows = [report(300 + n, TOWN[0], "p", unit=None, status="open", closed_at=None) for n in range(3)]
    reports = town(rows).drop("community")
    cube = build_cube(reports, universe=TOWN, resolution=9)
    found = mark_reports(reports, communities().head(0), cube, find_episodes(reports))
    causes = causes_of_cells(found, SPAN, Slice(), cube.neighbours)
    assert (causes.relapse, causes.nobody) == (None, None)
    assert causes.judge(np.ones(7, dtype=bool)).leading == [""] * 7


def cities(planted: list[dict[str, object]]) -> tuple[Cube, Causes]:
    """Return a town with a quiet street, a market and something planted, each in an area of its own."""
    rows = [
        *scattered(TOWN[0], 300, 300, community=["a"]),
        *scattered(TOWN[1], 1500, 150, community=["b"], category="vending"),
        *planted,
    ]
    cube, found = marked(rows, communities(b="north"))
    return cube, causes_of_areas(found, SPAN, Slice(), "community", list("abc"))


def leading(planted: list[dict[str, object]]) -> list[str]:
    return cities(planted)[1].judge(np.ones(3, dtype=bool)).leading


def test_a_place_of_returns_is_found_and_a_market_is_not() -> None:
    """In a market the next report falls within 30 days of a closing by chance: its plain share is far above the
    city's, and it is not called a relapse for that."""
    back = [report(day, TOWN[2], f"p{n}", community=["c"]) for n in range(4) for day in range(232, 310, 11)]
    others = scattered(TOWN[2], 10, 10, community=["c"])
    _, causes = cities([*back, *others])
    assert causes.judge(np.ones(3, dtype=bool)).leading == ["", "", "relapse"]
    assert causes.relapse is not None
    plain = causes.relapse.number / causes.relapse.of
    assert plain[1] > 3 * plain[0]


def test_a_place_that_nobody_answers_for_is_found() -> None:
    unowned = scattered(TOWN[2], 120, 100, community=["c"], unit=None)
    assert leading(unowned) == ["", "", "nobody"]


def test_a_place_where_work_is_left_undone_is_found() -> None:
    waiting = scattered(TOWN[2], 60, 50, community=["c"], status="open", closed_at=None)
    assert leading([*waiting, *scattered(TOWN[2], 60, 50, community=["c"])]) == ["", "", "backlog"]


def test_few_incidents_are_too_few_to_tell() -> None:
    unowned = [report(300, TOWN[2], f"p{n}", community=["c"], unit=None) for n in range(19)]
    causes = cities(unowned)[1]
    verdict = causes.judge(np.ones(3, dtype=bool))
    assert verdict.leading[2] == ""
    assert np.isnan(verdict.p_value[:, 2]).all()


def test_of_several_causes_the_largest_excess_leads() -> None:
    places = 30
    some, more = np.full(places, 30.0), np.full(places, 60.0)
    of, expected = np.full(places, 100.0), np.full(places, 5.0)
    causes = Causes(Tally(some, of, expected), Tally(more, of, expected), None, of, of, of, of)
    assert set(causes.judge(np.ones(places, dtype=bool)).leading) == {"backlog"}
    assert set(causes.judge(np.zeros(places, dtype=bool)).leading) == {""}


@pytest.mark.parametrize("share", [0.02, 0.2])
def test_places_like_the_city_have_no_leading_cause(share: float) -> None:
    """Of 300 maps of 100 places each, at most one in ten may name a cause anywhere."""
    random = np.random.default_rng(11)
    of = np.full(100, 80.0)
    named = 0
    for _ in range(300):
        back, waiting, nobody = (Tally(random.binomial(80, share, 100).astype(float), of, of * share) for _ in CAUSES)
        named += any(Causes(back, waiting, nobody, of, of, of, of).judge(np.ones(100, dtype=bool)).leading)
    assert named / 300 <= 0.10


def test_a_filter_narrows_what_is_counted() -> None:
    rows = [report(300, TOWN[0], "p"), report(301, TOWN[0], "q", category="noise", source="patrol")]
    cube, found = marked(rows)
    for chosen in (Slice(categories=("noise",)), Slice(sources=("patrol",))):
        causes = causes_of_cells(found, SPAN, chosen, cube.neighbours)
        assert causes.incidents.max() == 1
    assert causes_of_cells(found, SPAN, Slice(categories=("none",)), cube.neighbours).incidents.max() == 0


def test_the_order_of_the_reports_does_not_matter() -> None:
    rows = scattered(TOWN[0], 200, 30, community=["a"])
    reports = town(rows)
    cube = build_cube(reports, universe=TOWN, resolution=9)
    shuffled = reports.sample(fraction=1.0, shuffle=True, seed=3)
    one, other = (
        causes_of_cells(mark_reports(table, communities(), cube, find_episodes(table)), SPAN, Slice(), cube.neighbours)
        for table in (reports, shuffled)
    )
    assert one.relapse is not None
    assert other.relapse is not None
    assert pl.Series(one.relapse.number).equals(pl.Series(other.relapse.number))
    assert one.relapse.expected == pytest.approx(other.relapse.expected)
