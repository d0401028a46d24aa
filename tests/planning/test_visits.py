"""Who comes when: days that fit, stops near each other, and the shortest way where it can be known."""

from __future__ import annotations

import itertools

import numpy as np
import polars as pl
import pytest
from pyproj import Geod

from geo.planning.visits import EXACT_STOPS, length, plan_visits, routes, shortest_order


def apart(seed: int, count: int) -> np.ndarray:
    points = np.random.default_rng(seed).random((count, 2)) * 1_000
    return np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))


def city(seed: int, count: int) -> tuple[list[str], np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    names = [f"market/{i:03}" for i in rng.permutation(count)]
    return names, 30.6 + 0.1 * rng.random(count), 104.1 + 0.1 * rng.random(count)


@pytest.mark.parametrize("seed", range(3))
def test_no_order_of_few_stops_is_shorter(seed: int) -> None:
    metres = apart(seed, 7)
    best = min(length(np.array(way), metres) for way in itertools.permutations(range(7)))
    assert length(shortest_order(metres), metres) == pytest.approx(best)


def test_many_stops_are_visited_once_and_no_piece_can_be_turned_to_advantage() -> None:
    metres = apart(5, 40)
    way = shortest_order(metres)
    assert sorted(way) == list(range(40))
    for first, last in itertools.combinations(range(41), 2):
        turned = np.r_[way[:first], way[first:last][::-1], way[last:]]
        assert length(turned, metres) >= length(way, metres) - 1e-3


def test_the_search_for_many_stops_is_close_to_the_shortest(monkeypatch: pytest.MonkeyPatch) -> None:
    longer = []
    for seed in range(10):
        metres = apart(seed, EXACT_STOPS)
        exact = length(shortest_order(metres), metres)
        with monkeypatch.context() as patch:
            patch.setattr("geo.planning.visits.EXACT_STOPS", 0)
            longer.append(length(shortest_order(metres), metres) / exact)
    assert min(longer) >= 1 - 1e-9
    assert np.mean(longer) < 1.05


@pytest.mark.parametrize("costs", [[1.0], [0.5, 0.25], [0.5, 1.0, 2.5], [0.6, 0.7]])
def test_no_team_has_more_than_its_days_and_nobody_is_left_out(costs: list[float]) -> None:
    names, lat, lon = city(1, 16)
    cost = np.resize(costs, 16)
    teams, days = 4, int(np.ceil(cost.sum() / 4)) + 1
    plan = plan_visits(names, lat, lon, cost, teams=teams, days=days).with_columns(cost=pl.Series(cost))
    assert plan["team"].null_count() == 0
    assert plan["day"].min() == 1
    assert plan["last_day"].max() <= days
    assert plan.group_by("team").agg(pl.col("cost").sum())["cost"].max() <= days + 1e-6
    for team in plan.sort("team", "day", "stop").partition_by("team"):
        assert team["day"].is_sorted()
        assert all(part["stop"].to_list() == [*range(1, part.height + 1)] for part in team.partition_by("day"))
        assert team["walk_m"].null_count() == 1


def test_a_team_ends_a_target_before_night_where_its_days_can_be_filled_so() -> None:
    names, lat, lon = city(2, 12)
    cost = np.resize([0.6, 0.4], 12)
    plan = plan_visits(names, lat, lon, cost, teams=1, days=6).with_columns(cost=pl.Series(cost))
    assert (plan["day"] == plan["last_day"]).all()
    assert plan.group_by("team", "day").agg(pl.col("cost").sum())["cost"].to_list() == pytest.approx([1.0] * 6)


def test_what_does_not_fill_whole_days_goes_on_the_next_morning() -> None:
    plan = plan_visits(list("abc"), [30.0, 30.01, 30.02], [104.0] * 3, [0.66, 0.67, 0.67], teams=1, days=2)
    assert plan.select("day", "last_day", "stop").rows() == [(1, 1, 1), (1, 2, 2), (2, 2, 1)]


def test_what_no_team_has_room_for_has_no_team() -> None:
    plan = plan_visits(list("abc"), [30.0, 30.01, 30.02], [104.0] * 3, [2.0] * 3, teams=2, days=3)
    assert plan["team"].null_count() == 1


def test_neighbours_go_to_one_team() -> None:
    rng = np.random.default_rng(0)
    quarter = np.repeat([0, 1, 2, 3], 5)
    lat = 30.6 + 0.1 * (quarter // 2) + 0.005 * rng.random(20)
    lon = 104.1 + 0.1 * (quarter % 2) + 0.005 * rng.random(20)
    plan = plan_visits([f"{i:02}" for i in range(20)], lat, lon, np.ones(20), teams=4, days=5)
    assert len(set(zip(plan["team"], quarter, strict=True))) == 4


@pytest.mark.parametrize(("count", "teams", "costs"), [(16, 4, [1.0]), (17, 7, [0.5]), (13, 4, [0.5, 1.0, 1.5])])
def test_teams_along_a_ring_road_have_the_same_work_but_for_one_target(
    count: int, teams: int, costs: list[float]
) -> None:
    around = np.linspace(0, 2 * np.pi, count, endpoint=False) + 0.3 * np.random.default_rng(1).random(count)
    cost = np.resize(costs, count)
    plan = plan_visits(
        [f"{i:02}" for i in range(count)],
        30.6 + 0.1 * np.sin(around),
        104.1 + 0.1 * np.cos(around),
        cost,
        teams=teams,
        days=5,
    )
    loads = plan.with_columns(cost=pl.Series(cost)).group_by("team").agg(pl.col("cost").sum())["cost"]
    assert len(loads) == teams
    assert float(np.ptp(loads.to_numpy())) <= max(costs) + 1e-6
    assert float(np.max(loads.to_numpy())) <= 5 + 1e-6


def test_the_order_of_rows_changes_nothing() -> None:
    names, lat, lon = city(3, 30)
    order = np.random.default_rng(4).permutation(30)
    one = plan_visits(names, lat, lon, np.ones(30), teams=5, days=6)
    other = plan_visits([names[i] for i in order], lat[order], lon[order], np.ones(30), teams=5, days=6)
    assert one[order].equals(other)


def test_a_line_a_day_carries_the_metres_of_its_stops() -> None:
    names, lat, lon = city(5, 20)
    plan = plan_visits(names, lat, lon, np.full(20, 0.5), teams=2, days=5)
    ways = routes(plan, lat, lon)
    assert ways["stops"].sum() == 20
    assert ways["metres"].sum() == pytest.approx(plan["walk_m"].sum())
    on_earth = [Geod(ellps="WGS84").geometry_length(line) for line in ways.geometry]
    assert ways["metres"].to_numpy() == pytest.approx(on_earth, rel=2e-3, abs=0.1)


def test_nobody_goes_anywhere_without_a_target() -> None:
    plan = plan_visits([], [], [], [], teams=2, days=3)
    assert plan.height == 0
    assert len(routes(plan, [], [])) == 0
