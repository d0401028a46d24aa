"""A choice over the demo city: what it holds, who goes where, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import polars as pl
import pytest
import shapely

from geo import tables
from geo.agenda.choice import Choice, choose_targets
from geo.agenda.countdown import count_down
from geo.agenda.performance import closing_performance
from geo.agenda.priorities import Priorities, rank
from geo.errors import RefusedQuestion
from geo.stats.question import Question
from geo.study import Study, open_study


@pytest.fixture(scope="module")
def ranked(study: Study) -> Priorities:
    return rank(study, Question(), kind="community", half_life=16.0)


@pytest.fixture(scope="module")
def usual(study: Study, ranked: Priorities) -> Choice:
    return choose_targets(study, ranked, teams=3, days=4)


def test_the_table_is_the_one_agreed_and_the_chosen_come_first(usual: Choice, ranked: Priorities) -> None:
    table = usual.table
    assert [*table.columns] == [*tables.CHOICES, "geometry"]
    assert len(table) == len(ranked.table)
    assert table["chosen"].tolist() == sorted(table["chosen"], reverse=True)
    assert table["chosen"].sum() == 12
    chosen = table[table["chosen"]]
    assert chosen[["team", "day", "stop"]].values.tolist() == sorted(chosen[["team", "day", "stop"]].values.tolist())
    assert table.loc[~table["chosen"], ["team", "day", "stop"]].isna().all(axis=None)
    assert table["reason"].str.len().min() > 10


def test_of_targets_that_cost_the_same_the_fullest_are_taken(usual: Choice, ranked: Priorities) -> None:
    forecast = ranked.table["forecast"].sort_values(ascending=False)
    assert usual.optimal
    assert usual.covered_share == pytest.approx(forecast.head(12).sum() / forecast.sum())
    assert usual.next_team_share == pytest.approx(forecast.iloc[12:16].sum() / forecast.sum())
    assert usual.greedy_shortfall == pytest.approx(0, abs=1e-9)


def test_large_areas_with_less_than_expected_are_named(study: Study, usual: Choice, ranked: Priorities) -> None:
    excess = ranked.table.set_index("area_id")["excess"]
    below = int((excess[usual.table.loc[usual.table["chosen"], "area_id"]] < 0).sum())
    said = [one.sentence() for one in usual.notes if "less than expected for their kind" in one.sentence()]
    assert (f"{below} of the 12 chosen hold less" in said[0]) if below else not said
    quiet = excess.idxmin()
    forced = choose_targets(study, ranked, teams=1, days=1, must=[quiet])
    assert any(one.sentence().startswith("1 of the 1 chosen hold less than expected") for one in forced.notes)
    assert any("选中的1个中，有1个" in one.sentence("zh") for one in forced.notes)
    layers = replace(study.material.layers, areas=study.areas.assign(exposure=float("nan")))
    bare = replace(study, material=replace(study.material, layers=layers))
    alike = choose_targets(bare, rank(bare, Question(), half_life=16.0), teams=1, days=1, must=[quiet])
    assert not any("less than expected for their kind" in one.sentence() for one in alike.notes)


def test_every_day_of_every_team_has_its_line(usual: Choice) -> None:
    assert len(usual.routes) == 12
    assert usual.routes["metres"].sum() == pytest.approx(usual.table["walk_m"].sum(), abs=1)
    assert usual.routes.geometry.geom_type.unique().tolist() == ["LineString"]


def test_the_order_of_rows_changes_nothing(study: Study, ranked: Priorities, usual: Choice) -> None:
    shuffled = Priorities(**{**vars(ranked), "table": ranked.table.sample(frac=1, random_state=4)})
    again = choose_targets(study, shuffled, teams=3, days=4)
    assert again.table.drop(columns="geometry").equals(usual.table.drop(columns="geometry"))
    assert again.routes.geometry.equals(usual.routes.geometry)


def test_a_reach_covers_more_and_counts_nothing_twice(study: Study, ranked: Priorities) -> None:
    reached = [choose_targets(study, ranked, teams=2, days=3, reach_m=metres) for metres in (1.0, 400.0)]
    assert 0 < reached[0].covered_share < reached[1].covered_share < 1
    assert reached[1].table.loc[reached[1].table["chosen"], "gain"].sum() > reached[1].found.covered - 0.01
    assert reached[0].found.total == pytest.approx(reached[1].found.total)
    assert all(choice.optimal for choice in reached)


def test_what_lies_in_two_areas_counts_once(demo: dict[str, Any], tmp_path: Path) -> None:
    """Every market twice, as in a register of stalls: no second entry of one is worth a day."""
    markets = next(gpd.read_file(path) for kind, path in demo["areas"] if kind == "market")
    again = markets.assign(id=markets["id"] + "-again", geometry=markets.scale(1.001, 1.001))  # the same is read once
    pd.concat([markets, again]).to_file(tmp_path / "markets.geojson")
    study = open_study(demo["reports"], [("market", tmp_path / "markets.geojson")], mapping=demo["mapping"])
    listed = rank(study, Question(), kind="market", half_life=16.0)
    found = choose_targets(study, listed, teams=1, days=4)
    chosen = found.table.loc[found.table["chosen"], "area_id"].str.removesuffix("-again")
    assert len(chosen) == chosen.nunique() == 4
    left = found.table[~found.table["chosen"] & found.table["area_id"].str.removesuffix("-again").isin(set(chosen))]
    assert len(left) == 4
    assert left["reason"].str.startswith("Most of what it reaches, the chosen targets reach: it would add 0.").all()
    assert left.index.min() > found.table[found.table["reason"].str.startswith("Beyond the budget")].index.max()
    fullest = listed.table.nlargest(4, "forecast")["area_id"].str.removesuffix("-again")
    assert fullest.nunique() < 4  # by forecast alone both entries of one would be chosen
    whole = choose_targets(study, listed, teams=1, days=len(markets))
    assert whole.covered_share == pytest.approx(1)
    assert whole.found.total == pytest.approx(listed.table["forecast"].sum() / 2, rel=0.02)


def test_with_a_reach_of_nothing_an_area_holds_its_own_forecast(study: Study, ranked: Priorities) -> None:
    close = choose_targets(study, ranked, teams=1, days=2, reach_m=0.01)
    forecast = ranked.table.set_index("area_id")["forecast"]
    held = close.table.set_index("area_id")["gain"]
    # Patches at a border lie in one area and within a centimetre of the next at times; hardly any do.
    assert held.to_numpy() == pytest.approx(forecast[held.index].to_numpy(), rel=0.05, abs=0.2)


def test_near_a_place_and_along_a_line(study: Study, ranked: Priorities) -> None:
    middle = shapely.Point(ranked.table["lon"].median(), ranked.table["lat"].median())
    near = choose_targets(study, ranked, teams=1, days=2, near=(middle.y, middle.x, 1_000))
    assert 0 < len(near.table) < len(ranked.table)
    line = shapely.LineString([(middle.x - 0.02, middle.y), (middle.x + 0.02, middle.y)])
    along = choose_targets(study, ranked, teams=1, days=2, along=(line, 200))
    assert line.buffer(0.0005).intersects(along.table.geometry.iloc[0]) or len(along.table)
    both = choose_targets(study, ranked, teams=1, days=2, near=(middle.y, middle.x, 1_000), along=(line, 200))
    assert set(both.table["area_id"]) == set(near.table["area_id"]) & set(along.table["area_id"])
    assert near.covered_share < choose_targets(study, ranked, teams=1, days=2).covered_share + 1e-9


def test_near_an_area_or_along_it_by_its_number(study: Study, ranked: Priorities) -> None:
    market = study.areas[study.areas["kind"] == "market"].iloc[0]
    near = choose_targets(study, ranked, teams=1, days=1, near=(market["area_id"], 100.0))
    assert near.table.geometry.intersects(market.geometry).any()
    assert len(near.table) < len(ranked.table)
    assert choose_targets(study, ranked, teams=1, days=1, along=(market["area_id"], 100.0)).table.equals(near.table)


def test_wishes_and_costs_are_kept(study: Study, ranked: Priorities) -> None:
    last, first = ranked.table.sort_values("forecast")["area_id"].iloc[[0, -1]]
    found = choose_targets(study, ranked, teams=2, days=3, must=[last], never=[first], costs={last: 2.5}, per_unit=2)
    table = found.table.set_index("area_id")
    assert table.loc[last, ["chosen", "wish", "cost"]].tolist() == [True, "must", 2.5]
    assert table.loc[first, ["chosen", "wish"]].tolist() == [False, "never"]
    assert table[table["chosen"]]["unit"].value_counts().max() <= 2
    assert table.loc[table["chosen"], "cost"].sum() <= 6


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"must": ["nowhere/1"], "costs": {"nowhere/2": 1.0}}, "nowhere/1, nowhere/2"),
        ({"teams": 0}, "one team and one day or more"),
        ({"days": 2.5}, "in whole numbers"),
        ({"near": ("nowhere/3", 100.0), "along": ("nowhere/4", 100.0)}, "no area nowhere/3, nowhere/4"),
        ({"near": (0.0, 0.0, 1_000.0)}, "No target lies within"),
        ({"near": (0.0, 0.0, -5.0)}, "not -5"),
        ({"near": (95.0, 0.0, 5.0)}, "latitude and a longitude"),
        ({"reach_m": -1.0}, "not -1"),
        ({"along": (shapely.LineString(), 10.0)}, "line to look along is empty"),
        ({"costs": 0.0}, "above 0"),
    ],
)
def test_what_cannot_be_had_is_refused_in_one_sentence(
    study: Study, ranked: Priorities, options: dict[str, Any], said: str
) -> None:
    with pytest.raises(RefusedQuestion, match=said):
        choose_targets(study, ranked, **options)


def test_everything_is_said_in_chinese_too(study: Study, ranked: Priorities) -> None:
    found = choose_targets(study, ranked, teams=2, days=2, costs=0.6, lang="zh")
    words = [*found.table["reason"], *(said.sentence("zh") for said in found.notes)]
    assert not [text for text in words if any("a" <= letter <= "z" for letter in text)]


def test_a_countdown_says_what_each_unit_can_still_close(study: Study) -> None:
    today = study.cube.last_day
    assert today is not None
    performance = closing_performance(study, Question())
    review = today + (today - today.replace(day=1)) + (today - today.replace(day=1))
    review = review if (review - today).days > 10 else today.replace(year=today.year + 1)
    found = count_down(study, Question(), review=review, performance=performance)
    table = found.table
    backlog = dict(zip(performance.table["key"], performance.table["backlog"], strict=True))
    told = table.drop_nulls("unit")
    assert dict(told.select("unit", "open").iter_rows()) == {unit: n for unit, n in backlog.items() if n}
    assert ((table["expected_closed"] + table["late"] - table["open"]).abs() < 1e-9).all()
    assert table["days_left"].unique().to_list() == [(review - today).days]
    assert found.problems.height == table["open"].sum()
    assert found.problems["chance"].is_between(0, 1).all()
    later = count_down(study, Question(), review=review.replace(year=review.year + 1))
    assert later.summary["expected_closed"] >= found.summary["expected_closed"]


def test_a_countdown_of_chosen_areas_counts_what_lies_in_them(study: Study, usual: Choice) -> None:
    today = study.cube.last_day
    assert today is not None
    chosen = usual.table.loc[usual.table["chosen"], "area_id"].tolist()
    review = today.replace(year=today.year + 1)
    some, every = (count_down(study, Question(), review=review, areas=areas) for areas in (chosen, ()))
    assert 0 < some.summary["open"] < every.summary["open"]
    medians = every.table.select("unit", every="median_days")
    both = some.table.join(medians, on="unit", nulls_equal=True)
    assert both.filter(~pl.col("median_days").eq_missing(pl.col("every"))).height == 0


def test_a_review_that_is_over_is_refused(study: Study) -> None:
    assert study.cube.last_day is not None
    with pytest.raises(RefusedQuestion, match="is not after the last day"):
        count_down(study, Question(), review=study.cube.last_day)


def test_shares_never_exceed_the_whole(study: Study, ranked: Priorities) -> None:
    everything = choose_targets(study, ranked, teams=20, days=20)
    assert everything.table["chosen"].all()
    assert everything.covered_share == pytest.approx(1)
    assert everything.next_team_share == pytest.approx(0)
    assert np.isfinite(everything.table["gain"]).all()
