"""Episodes on scripted reports: what joins, what returns, what is never known; and the order of rows says nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from geo import tables
from geo.stats.episodes import HELD_DAYS, find_episodes
from geo.stats.place_keys import name_places

START = datetime(2026, 1, 1, tzinfo=UTC)


def reports(*rows: tuple[float, float | None], **columns: Any) -> pl.DataFrame:
    """Return reports opened and closed on these days of 2026, each its own incident."""
    day = [START + timedelta(days=opened) for opened, _ in rows]
    closed = [None if end is None else START + timedelta(days=end) for _, end in rows]
    usual = {
        "system": "a",
        "report_id": [f"{number:03d}" for number in range(len(rows))],
        "reported_at": day,
        "closed_at": closed,
        "status": ["open" if end is None else "closed" for end in closed],
        "category": "litter",
        "lat": 30.0,
        "lon": 104.0,
        "address": "12 Elm St",
        "unit": "East",
        "source": "resident",
        "incident_id": [f"a/{number:03d}" for number in range(len(rows))],
        "pile": False,
        "coarse": False,
    }
    types = dict.fromkeys(("closed_at", "reported_at"), tables.UTC_TIME) | {"address": pl.String, "unit": pl.String}
    return pl.DataFrame(usual | columns, schema_overrides=types)


def test_what_is_reported_while_a_problem_is_open_is_the_same_problem() -> None:
    found = find_episodes(reports((0, 10), (4, 6), (9, 14), (20, 25)))
    assert found["incidents"].to_list() == [3, 1]
    assert found["days_to_next"].to_list() == [6.0, None]  # from day 14, the last closing, to day 20
    assert found["relapse"].to_list() == [True, False]
    assert found["watched_days"].to_list() == [6.0, 0.0]  # the last report ends the data before its closing
    assert found["is_open"].to_list() == [False, True]


def test_a_return_within_three_days_is_quick_and_one_after_the_window_is_none() -> None:
    found = find_episodes(reports((0, 1), (4, 5), (8.5, 9), (39, 40), (80, 81)))
    assert found["days_to_next"].to_list() == [3.0, 3.5, 30.0, 40.0, None]
    assert found["quick"].to_list() == [True, False, False, False, False]
    assert found["relapse"].to_list() == [True, True, True, False, False]
    assert found["watched_days"].to_list() == [3.0, 3.5, 30.0, 30.0, 0.0]
    assert found["window_days"].to_list() == [30.0, 30.0, 30.0, 30.0, 0.0]


def test_a_forgotten_record_does_not_swallow_all_that_follows() -> None:
    found = find_episodes(reports((0, None), (HELD_DAYS - 1, HELD_DAYS), (HELD_DAYS + 5, HELD_DAYS + 6)))
    assert found["incidents"].to_list() == [2, 1]
    assert found["closed"].is_null().to_list() == [True, True]
    assert found["relapse"].to_list() == [False, False], "nothing is known of when it was closed"
    assert found["open_days"][0] == HELD_DAYS + 5


def test_work_entered_as_done_is_one_visit() -> None:
    minute = 1 / 1440
    visit = [(hour / 24, hour / 24 + minute) for hour in range(6)]
    found = find_episodes(reports(*visit, (4, 5)))
    assert found["incidents"].to_list() == [6, 1]
    assert found["quick"].to_list() == [False, False], "3.8 days after the last pothole of the day"


def test_a_crew_that_enters_work_every_day_is_on_a_visit_of_a_week_at_the_most() -> None:
    minute = 1 / 1440
    daily = [(0.9 * day, 0.9 * day + minute) for day in range(20)]
    assert find_episodes(reports(*daily))["incidents"].to_list() == [8, 8, 4]
    held = find_episodes(reports((0.0, 30.0), *[(day + 0.5, day + 0.5 + minute) for day, _ in daily]))
    assert held["incidents"].to_list() == [21], "all within a problem that was open"


def test_days_that_nobody_saw_are_not_quiet_ones() -> None:
    rows = reports((0, 5), (8, 30), (50, 55))
    assert find_episodes(rows, end=START + timedelta(days=400)).equals(find_episodes(rows))


def test_the_end_of_the_data_cuts_what_came_later() -> None:
    rows = reports((0, 5), (8, 30), (50, 55))
    found = find_episodes(rows, end=START + timedelta(days=20))
    assert found.height == 2
    assert found["is_open"].to_list() == [False, True]
    assert found["open_days"].to_list() == [5.0, 12.0]


def test_other_categories_and_places_are_other_episodes() -> None:
    rows = reports(
        (0, 5), (6, 7), (8, 9), category=["litter", "noise", "litter"], address=["1 A St", "1 A St", "2 A St"]
    )
    assert find_episodes(rows)["relapse"].to_list() == [False] * 3


def test_piles_and_estates_without_an_address_are_left_out() -> None:
    rows = reports((0, 5), (6, 7), (8, 9), pile=[True, False, False], coarse=[False, True, True])
    rows = rows.with_columns(address=pl.Series([None, "Rose Garden", "Rose Garden 3栋"]))
    assert find_episodes(rows)["place_key"].to_list() == ["Rose Garden 3栋"]


@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_rows_says_nothing(seed: int) -> None:
    rows = reports(*[(day, day + 3) for day in range(0, 200, 5)], lat=[30 + 0.0002 * (n % 3) for n in range(40)])
    rows = rows.with_columns(address=pl.lit(None, pl.String))
    assert find_episodes(rows.sample(fraction=1, shuffle=True, seed=seed)).equals(find_episodes(rows))


def test_no_reports_no_episodes() -> None:
    assert find_episodes(reports()).schema == find_episodes(reports((0, 1))).schema
    assert find_episodes(reports((5, 6)), end=START).height == 0


def incidents(*rows: tuple[float, str | None]) -> pl.DataFrame:
    """Return incidents so many metres north of one point, and their addresses."""
    return pl.DataFrame(
        {
            "category": "litter",
            "lat": [30 + metres / 111_195 for metres, _ in rows],
            "lon": 104.0,
            "address": pl.Series([address for _, address in rows], dtype=pl.String),
            "coarse": False,
        }
    )


def test_an_asset_goes_before_all_else() -> None:
    rows = incidents((0, "1 A St"), (200, "9 B St")).with_columns(asset_id=pl.lit("L-7"))
    assert name_places(rows).rows() == [("L-7", "asset")] * 2


def test_a_number_that_two_districts_gave_is_no_asset() -> None:
    rows = incidents((0, None), (5_000, None), (10, None), (5_010, None)).with_columns(asset_id=pl.lit("12"))
    found = name_places(rows)
    assert found["place_kind"].to_list() == ["point"] * 4
    assert found["place_key"].n_unique() == 2
    once_wrong = incidents(*[(0, None)] * 19, (5_000, None)).with_columns(asset_id=pl.lit("12"))
    assert name_places(once_wrong)["place_kind"].to_list() == ["asset"] * 19 + ["point"]


def test_an_address_names_a_place_where_its_points_agree() -> None:
    assert name_places(incidents((0, "1 A St"), (2, "1 A St")))["place_kind"].to_list() == ["address"] * 2
    pinned = name_places(incidents((0, "Village group 3"), (400, "Village group 3"), (20, "Village group 3")))
    assert pinned["place_kind"].to_list() == ["point"] * 3
    assert pinned["place_key"][0] == pinned["place_key"][2] != pinned["place_key"][1]


def test_a_street_without_a_number_names_no_place_and_a_crossing_does() -> None:
    found = name_places(
        incidents((0, "Elm Street"), (0, "Elm Street"), (200, "Elm St & Oak St"), (200, "Elm St & Oak St"))
    )
    assert found["place_kind"].to_list() == ["point", "point", "address", "address"]


def test_points_belong_to_the_first_within_thirty_metres() -> None:
    found = name_places(incidents((0, None), (29, None), (31, None), (58, None)))["place_key"]
    assert found[0] == found[1]
    assert found[2] == found[3]
    assert found[0] != found[2]
