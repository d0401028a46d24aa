"""A ranking hangs on nothing but the counts: not on the order of files, not on what is not known yet."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date, timedelta

import geopandas as gpd
import numpy as np
import polars as pl
import pytest
import shapely

from geo import tables
from geo.errors import NoReports, RefusedQuestion
from geo.grid.cube import Cube, Slice
from geo.grid.windows import Window
from geo.planning.area_counts import weeks_known
from geo.planning.example import small_town
from geo.planning.priority import Facts, Weights, learn, rank_areas
from geo.planning.priority_words import reason_of

LAST = date(2026, 11, 15)
SPAN = Window(LAST - timedelta(days=90), LAST)


def town(counts: np.ndarray, exposure: np.ndarray | None = None) -> tuple[Cube, gpd.GeoDataFrame]:
    """A town of squares in a row that holds these counts (areas, weeks)."""
    cube = small_town(1)[0]
    ids = [f"c{at:02}" for at in range(len(counts))]
    area, week = np.nonzero(counts)
    rows = pl.DataFrame(
        {
            "area_id": np.array(ids)[area],
            "day": [LAST - timedelta(days=7 * int(counts.shape[1] - 1 - at)) for at in week],
            "incidents": counts[area, week],
        }
    )
    same = cube.areas.head(1).drop("area_id", "day", "incidents", "reports")
    counted = rows.join(same, how="cross").with_columns(reports="incidents").select(list(tables.AREA_COUNTS))
    counted = counted.cast(pl.Schema(tables.AREA_COUNTS))
    cells = counted.with_columns(cell=pl.lit(0, pl.UInt64)).select(list(tables.COUNTS))
    shapes = [shapely.box(120 + at / 100, 30, 120.01 + at / 100, 30.01) for at in range(len(counts))]
    frame = gpd.GeoDataFrame(
        dict.fromkeys(tables.AREA_COLUMNS)
        | {"area_id": ids, "name": ids, "kind": "community", "exposure": float("nan"), "geometry": shapes},
        crs="EPSG:4326",
    )
    return replace(cube, areas=counted, counts=cells), frame if exposure is None else frame.assign(exposure=exposure)


@pytest.fixture(scope="module")
def counts() -> np.ndarray:
    rng = np.random.default_rng(1)
    return rng.poisson(rng.gamma(2, 1, 30)[:, None], (30, 60))


def test_the_order_of_rows_and_areas_changes_nothing(counts: np.ndarray) -> None:
    cube, areas = town(counts)
    mixed = replace(cube, areas=cube.areas.sample(fraction=1, shuffle=True, seed=1))
    one, other = rank_areas(cube, areas), rank_areas(mixed, areas.sample(frac=1, random_state=1))
    assert list(one.columns) == [*tables.PRIORITIES, "geometry"]
    assert one.drop(columns="geometry").equals(other.drop(columns="geometry"))
    assert one.geometry.geom_equals(other.geometry).all()


def test_later_reports_are_not_known(counts: np.ndarray) -> None:
    cube, areas = town(counts)
    until = LAST - timedelta(days=70)
    earlier = replace(
        cube,
        areas=cube.areas.filter(pl.col("day") <= until),
        counts=cube.counts.filter(pl.col("day") <= until),
    )
    assert rank_areas(cube, areas, until=until).equals(rank_areas(earlier, areas, until=until))


def test_rank_tier_chance_and_interval_go_together(counts: np.ndarray) -> None:
    people = np.random.default_rng(2).lognormal(0, 1, len(counts))
    for exposure in (None, people):
        ranked = rank_areas(*town(counts, exposure))
        assert ranked["rank"].tolist() == list(range(1, 31))
        assert ranked["score"].is_monotonic_decreasing
        assert "".join(ranked["tier"]) == "".join(sorted(ranked["tier"]))
        assert ranked["rank"].between(ranked["rank_low"], ranked["rank_high"]).all()
        assert ranked["p_top"].sum() == pytest.approx(6, abs=0.01), "the chances of a list of six add up to six"
        assert (ranked["p_top"][ranked["tier"] == "A"] > 0.9).all()
        assert ranked["excess"].sum() == pytest.approx(0, abs=1e-3)
        assert (ranked["forecast"].between(ranked["forecast_low"], ranked["forecast_high"])).all()


def test_what_is_expected_goes_by_exposure_where_every_area_has_one(counts: np.ndarray) -> None:
    people = np.arange(30.0) + 1
    by_people = rank_areas(*town(counts, people)).set_index("area_id").sort_index()
    assert by_people["expected"].to_numpy() == pytest.approx(
        by_people["forecast"].sum() * people / people.sum(), rel=1e-4
    )
    people[3] = np.nan
    alike = rank_areas(*town(counts, people))
    assert alike["expected"].to_numpy() == pytest.approx(alike["forecast"].mean(), rel=1e-4)
    assert set(alike["board"]) == {""}


def test_three_reports_are_no_ground_for_a_list_or_a_tier() -> None:
    rng = np.random.default_rng(3)
    people = np.full(40, 1000.0)
    people[0] = people[1] = 8.0  # two hamlets: one with three reports last week, one without any
    counts = rng.poisson(np.outer(people / 500, np.ones(60)))
    counts[:2] = 0
    counts[0, -1] = 3
    ranked = rank_areas(*town(counts, people)).set_index("area_id")
    assert ranked.loc[["c00", "c01"], "board"].tolist() == ["", ""]
    assert ranked.loc["c00", "tier"] == "C"
    assert not ranked.loc["c00", "enough"]
    assert "few incidents to go by" in ranked.loc["c00", "reason"]
    assert set(ranked["board"]) == {""}, "the others are alike"


def test_who_rises_moves_up_and_a_short_record_says_nothing_of_it() -> None:
    counts = np.full((9, 40), 2)
    counts[4, -4:] = 12
    ranked = rank_areas(*town(counts)).set_index("area_id")
    assert ranked.loc["c04", "rank"] == 1
    assert ranked.loc["c04", "moved"] == ranked["moved"].max() > 0 > ranked["moved"].min()
    assert ranked["moved"].sum() == 0
    assert ranked.loc["c04", "trend"] > 0
    short = rank_areas(*town(counts[:, -9:]))
    assert short["moved"].isna().all()
    assert (short["trend"] == 0).all()


def test_weights_move_the_rank_and_facts_are_not_in_doubt(counts: np.ndarray) -> None:
    cube, areas = town(counts)
    plain = learn(cube, areas, kind="community", span=SPAN)
    late = np.arange(30)
    known = replace(plain, facts=replace(Facts.none(30), overdue=late))
    by_overdue = known.weigh(Weights(excess=0, overdue=2))
    assert by_overdue["overdue"].tolist() == sorted(late, reverse=True)
    assert (by_overdue["rank_low"] == by_overdue["rank_high"]).all()
    assert by_overdue["tier"].tolist() == ["A"] * 6 + ["C"] * 24, "no two are equal"
    assert "what weighs most: overdue problems" in by_overdue["reason"][0]
    both = known.weigh(Weights(trend=0.5, overdue=0.25)).set_index("area_id")
    sums = both["excess"] + 0.5 * both["trend"] + 0.25 * both["overdue"]
    assert both["score"].to_numpy() == pytest.approx(sums.to_numpy(), abs=1e-5)
    assert (
        known.weigh(Weights())
        .drop(columns=["overdue", "reason"])
        .equals(plain.weigh(Weights()).drop(columns=["overdue", "reason"]))
    )


def test_what_cannot_be_ranked_is_refused_in_one_sentence() -> None:
    cube, areas = small_town()
    for refused, ask in (
        ("there are 2 areas", lambda: rank_areas(cube, areas.head(2))),
        ("there are 0 areas", lambda: rank_areas(cube, areas, kind="market")),
        ("8 weeks of records", lambda: rank_areas(*small_town(weeks=6))),
        ("8 weeks of records", lambda: rank_areas(cube, areas, until=date(2020, 1, 1))),
        ("weeks above 0, not 0", lambda: rank_areas(cube, areas, half_life=0)),
        ("1 area or more, not 0", lambda: learn(cube, areas, kind="community", span=SPAN, top=0)),
        ("one of them is above 0", lambda: Weights(excess=0)),
        ("one of them is above 0", lambda: Weights(overdue=-1)),
        ("one of them is above 0", lambda: Weights(trend=float("nan"))),
    ):
        with pytest.raises(RefusedQuestion, match=refused):
            ask()
    nothing = replace(cube, areas=cube.areas.clear(), counts=cube.counts.clear())
    with pytest.raises(NoReports):
        rank_areas(nothing, areas)


def test_without_exposure_there_is_no_list_of_the_large_and_the_small() -> None:
    counts = np.random.default_rng(5).poisson(np.repeat([20.0, 4, 1], 20)[:, None], (60, 52))
    people = np.ones(60)
    listed = rank_areas(*town(counts, people))
    assert {"black", "red"} <= set(listed["board"])
    found = learn(*town(counts), kind="community", span=SPAN)
    assert set(found.weigh(Weights())["board"]) == {""}
    assert "large and of small areas" in found.unlisted[0].sentence()


def test_nobody_is_listed_before_it_is_known_how_noisy_counts_are() -> None:
    counts, people = np.random.default_rng(6).poisson(np.repeat([20.0, 4, 1], 20)[:, None], (60, 17)), np.ones(60)
    cube, areas = town(counts[:, 4:], people)
    earlier = cube.counts.head(1).with_columns(day=pl.lit(LAST - timedelta(days=400)))  # of something else, elsewhere
    for short in (cube, replace(cube, counts=pl.concat([cube.counts, earlier]))):
        found = learn(short, areas, kind="community", span=SPAN)
        assert set(found.weigh(Weights())["board"]) == {""}
        assert "first reported 12 weeks ago" in found.unlisted[0].sentence()
        assert "12周前" in found.unlisted[0].sentence("zh")
    long = learn(*town(counts, people), kind="community", span=SPAN)
    assert {"black", "red"} <= set(long.weigh(Weights())["board"])
    assert not long.unlisted


def test_weeks_before_what_is_counted_was_there_are_no_weeks_without_one(counts: np.ndarray) -> None:
    alone, areas = town(counts[:, -20:])
    other = alone.counts.head(1).with_columns(day=pl.lit(LAST - timedelta(days=391)), category=pl.lit("noise"))
    joined = replace(alone, counts=pl.concat([alone.counts, other]))
    of_one = Slice(categories=(alone.areas["category"][0],))
    assert weeks_known(joined, LAST) == 56
    assert weeks_known(joined, LAST, of_one) == weeks_known(alone, LAST) == 19
    late = learn(joined, areas, kind="community", span=SPAN, chosen=of_one)
    assert np.array_equal(late.forecast, learn(alone, areas, kind="community", span=SPAN).forecast)
    few = pl.concat(
        [other, alone.counts.filter(pl.col("day") == LAST).head(5).with_columns(incidents=pl.lit(1, pl.UInt32))]
    )
    assert weeks_known(replace(joined, counts=few), LAST, of_one) == 56, "so few that the silence is chance"


def test_days_after_the_last_report_are_no_weeks_without_one(counts: np.ndarray) -> None:
    cube, areas = town(counts)
    known = rank_areas(cube, areas)
    assert rank_areas(cube, areas, until=LAST + timedelta(days=56)).equals(known)


def test_who_rises_with_the_city_has_no_trend() -> None:
    people = np.arange(1.0, 31.0)
    counts = np.repeat(4 * people[:, None], 52, axis=1)
    counts[:, -4:] *= 2
    ranked = rank_areas(*town(counts.astype(int), people))
    assert ranked["forecast"].max() > 4 * 120
    assert ranked["trend"].abs().max() < 1, "all doubled, so nobody rose beyond the city"


def test_equals_share_their_rank_and_tier(counts: np.ndarray) -> None:
    plain = learn(*town(counts), kind="community", span=SPAN)
    late = np.repeat([5, 1, 0], 10)
    known = replace(plain, facts=replace(Facts.none(30), overdue=late))
    ranked = known.weigh(Weights(excess=0, overdue=1))
    assert ranked["rank"].tolist() == list(range(1, 31))
    bounds = ranked.groupby("overdue")[["rank_low", "rank_high"]].agg(["nunique", "first"]).loc[[5, 1, 0]]
    assert bounds.to_numpy().tolist() == [[1, 1, 1, 10], [1, 11, 1, 20], [1, 21, 1, 30]]
    assert ranked["p_top"].tolist() == pytest.approx([0.6] * 10 + [0.0] * 20), "6 places for 10 equals"
    assert set(ranked["tier"]) == {"C"}, "six of ten equals are no better than the other four"


def test_where_patrols_stopped_nobody_is_praised() -> None:
    counts = np.random.default_rng(5).poisson(np.repeat([20.0, 4, 1], 20)[:, None], (60, 52))
    plain = learn(*town(counts, np.ones(60)), kind="community", span=SPAN)
    best = plain.weigh(Weights()).query("board == 'red'")["area_id"].iloc[0]
    blind = (plain.areas["area_id"] == best).to_numpy()
    seen = replace(plain, facts=replace(Facts.none(60), blind=blind)).weigh(Weights())
    changed = seen.set_index("area_id")["board"] != plain.weigh(Weights()).set_index("area_id")["board"]
    assert changed[changed].index.tolist() == [best]
    assert "may mean few visits" in seen.set_index("area_id").loc[best, "reason"]
    assert seen["reason"].str.contains("few visits").sum() == 1


def test_what_came_back_counts_as_of_four_weeks(counts: np.ndarray) -> None:
    plain = learn(*town(counts), kind="community", span=SPAN)
    known = replace(plain, facts=replace(Facts.none(30), relapses=np.full(30, 13), overdue=np.full(30, 13)))
    score = known.weigh(Weights(relapses=1))["score"].to_numpy() - known.weigh(Weights())["score"].to_numpy()
    assert score == pytest.approx(4.0, abs=1e-6), "13 in 13 weeks"
    assert known.weigh(Weights(excess=0, overdue=1))["score"].tolist() == [13.0] * 30


@pytest.mark.slow
def test_three_thousand_areas_and_two_thousand_draws_take_two_seconds() -> None:
    rng = np.random.default_rng(4)
    cube, areas = town(rng.poisson(rng.gamma(1.5, 1, 3000)[:, None], (3000, 108)))
    rank_areas(cube, areas)
    started = time.process_time()  # of all threads: whoever else is at work on this machine, and more than on two cores
    assert len(rank_areas(cube, areas)) == 3000
    assert time.process_time() - started < 2.0


def test_a_town_where_nothing_happens_is_ranked_without_a_word_of_alarm() -> None:
    cube, areas = small_town()
    other = areas.assign(kind="market", area_id=["m1", "m2", "m3"])
    quiet = rank_areas(cube, other, kind="market")
    assert quiet["tier"].tolist() == ["C"] * 3
    assert quiet["forecast"].tolist() == [0.0] * 3
    assert set(quiet["board"]) == {""}
    assert quiet[["rank_low", "rank_high"]].to_numpy().tolist() == [[1, 3]] * 3, "nobody is first where nothing is"
    assert not quiet["enough"].any()
    assert set(quiet["reason"]) == {"nothing that is counted here was reported."}


def test_the_reason_is_said_in_chinese_too() -> None:
    row = rank_areas(*small_town(), lang="zh").iloc[0]
    assert row["reason"].startswith("预计今后4周")
    assert row["reason"].endswith("几乎肯定属于前1名。") or "排名第1" in row["reason"]
    facts = {**row, "relapses": 2, "overdue": 1234, "hot_cells": 0, "blind": False}
    said = reason_of(facts, {"excess": 1.0}, 1, 3, "zh")
    assert "回潮2件" in said
    assert "超期1,234件" in said
    assert "热点" not in said
