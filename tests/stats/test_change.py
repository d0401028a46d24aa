"""What became of places, from a cube and a question to the table and its notes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

import geo
from benchmarks.emerging_bars import LAST_DAY, STORIES, cube_of, null_city, planted
from benchmarks.worlds import World
from geo import tables
from geo.account import change_sentence, change_summary
from geo.errors import NoReports, RefusedQuestion
from geo.grid.cube import build_cube
from geo.stats.change import Emerging, classify
from geo.stats.emerging import LABEL_SENTENCES, NO_PATTERN, PATTERNS, TOO_SHORT, planner_word
from geo.stats.question import Question
from geo.study import Study, follow
from tests.towns import TOWN, town


@pytest.fixture(scope="module")
def found(study: Study) -> Emerging:
    return follow(study, Question())


def texts(found: Emerging, lang: str = "en") -> str:
    return " ".join(said.sentence(lang) for said in found.notes)


def test_one_row_per_cell_with_its_history(found: Emerging, study: Study) -> None:
    table, line = found.table, found.lines[0]
    assert list(table.columns) == [*tables.EMERGING, "geometry"]
    assert table["cell"].is_unique
    assert len(table) == len(study.cube.cells)
    assert set(table["label"]) <= set(LABEL_SENTENCES)
    told = zip(table["label"], table["history"], strict=True)
    assert table["planner_label"].tolist() == [planner_word(*place) for place in told]
    assert (table["steps"] == len(found.periods)).all()
    assert table["hot_steps"].tolist() == line.hot.sum(axis=1).tolist()
    assert [row.count("h") for row in table["history"]] == table["hot_steps"].tolist()
    assert [row.count("c") for row in table["history"]] == line.cold.sum(axis=1).tolist()
    assert table["place"].notna().any()
    assert table["unit"].notna().any()
    assert found.periods[-1].last == study.cube.last_day
    assert f"{line.hot.size:,} tests" in texts(found)
    assert str(found.periods[0].first) in texts(found)


def test_the_same_by_the_public_name(found: Emerging, study: Study) -> None:
    table = geo.classify_emerging(study.cube, areas=study.areas, reports=study.reports)
    assert table.equals(found.table)


def test_filters_and_last_day_are_those_of_the_question(study: Study) -> None:
    until = date(2026, 9, 30)
    category = study.cube.counts["category"].value_counts(sort=True)["category"][0]
    question = Question(until=until, categories=(category,), sources=("resident",), window="26w")
    found = follow(study, question, period="2w")
    line = found.lines[0]
    assert found.periods[-1].last == until
    assert line.incidents[:, -1].tolist() == study.cube.in_window(found.periods[-1], question.chosen).tolist()
    assert set(found.table["category"]) == {category}


def test_areas_narrow_the_rows_only(found: Emerging, study: Study) -> None:
    area = study.areas[study.areas["kind"] == "community"]["area_id"].iloc[0]
    few = follow(study, Question(areas=(area,)))
    assert 0 < len(few.table) < len(found.table)
    assert few.lines[0].hot.shape == found.lines[0].hot.shape
    rest = found.table[found.table["cell"].isin(few.table["cell"])].reset_index(drop=True)
    assert few.table.equals(rest)


def test_each_category_by_itself(study: Study) -> None:
    found = follow(study, Question(each_category=True), period="2w")
    categories = found.table["category"].unique()
    assert len(categories) == len(found.lines) > 3
    assert len(found.table) == len(categories) * len(study.cube.cells)


@pytest.mark.parametrize("lens", ["past", "share"])
def test_other_lenses_stand_on_the_city_also_where_people_are_known(study: Study, lens: str) -> None:
    category = study.cube.counts["category"].value_counts(sort=True)["category"][0]
    question = Question(lens=lens, categories=(category,), min_ratio=2.0)
    without, people = classify(study.cube, question), np.ones(len(study.cube.cells))
    assert (without.lines[0].lens, without.lines[0].delta) == ("city", 1.5)
    assert "Patterns compare places with each other" in texts(without)
    assert "the city's average of that period" in texts(without)
    with_people = classify(study.cube, question, exposure=people)
    assert (with_people.lines[0].lens, with_people.lines[0].delta) == ("city", 1.5)
    asked = classify(study.cube, Question(lens="places"), exposure=people)
    assert (asked.lines[0].lens, asked.lines[0].delta) == ("places", 1.0)
    assert "would give" in texts(asked)


def test_the_ratio_asked_for_is_the_ratio_tested(study: Study) -> None:
    assert follow(study, Question(min_ratio=2.5)).lines[0].delta == 2.5
    with pytest.raises(RefusedQuestion, match="The ratio to be exceeded"):
        follow(study, Question(min_ratio=-1))


def weekly(weeks: int, rings: int = 6) -> geo.Cube:
    counts = np.random.default_rng(1).poisson(3.0, (1 + 3 * rings * (rings + 1), weeks)).astype(float)
    return cube_of(counts, rings)


@pytest.mark.parametrize(
    ("weeks", "steps", "said"),
    [
        (3, 0, "Periods of 4 weeks: 0, too short to call; 5 are needed."),
        (7, 1, "Periods of 4 weeks: 1, too short to call; 5 are needed. Single weeks give"),
        (17, 4, "Periods of 4 weeks: 4, too short to call; 5 are needed. Half-months give"),
        (33, 8, "no place can be historical"),
        (45, 11, "Quiet is judged where 5 incidents are expected"),
    ],
)
def test_a_short_history_says_what_it_can(weeks: int, steps: int, said: str) -> None:
    found = classify(weekly(weeks), Question())
    assert len(found.periods) == steps
    assert said in texts(found)
    assert ((found.table["label"] == TOO_SHORT) == (steps < 5)).all()
    assert ("exact count" in texts(found)) == (5 <= steps < 10)
    assert "期" in texts(found, "zh")


def test_half_months_answer_where_four_weeks_do_not() -> None:
    cube = weekly(17)
    said = texts(classify(cube, Question()))
    halves = classify(cube, Question(), period="half-month")
    assert f"Half-months give {len(halves.periods)}." in said
    assert TOO_SHORT not in set(halves.table["label"])


def test_days_after_the_records_are_said() -> None:
    found = classify(weekly(60), Question(until=LAST_DAY + timedelta(days=9)))
    assert "days of the window lie after the last report" in texts(found)


def test_a_source_that_begins_within_the_periods_is_said_and_can_be_left_out(study: Study, found: Emerging) -> None:
    assert [(change.name, change.what) for change in found.changes] == [("inspection", "began")]
    assert "Inspection began on" in texts(found)
    without = follow(study, Question(sources=("resident", "patrol")))
    assert without.changes == ()
    assert "Inspection began" not in texts(without)


def test_categories_that_begin_within_the_periods_are_said() -> None:
    old = weekly(60)
    recent = old.counts.filter(pl.col("day") > LAST_DAY - timedelta(weeks=20))
    both = replace(old, counts=old.counts.vstack(recent.with_columns(category=pl.lit("snow"))).sort("day"))
    found = classify(both, Question())
    assert "Categories that begin in this time: snow" in texts(found)
    assert found.changes == (), "a button leaves out sources, not categories"


def test_a_period_without_any_report_takes_no_trend_away() -> None:
    counts = np.random.default_rng(2).poisson(3.0, (127, 60)).astype(float)
    counts[:19] *= np.linspace(1, 8, 60)
    counts[:, -28:-24] = 0
    found = classify(cube_of(counts.round(), 6), Question())
    assert "Periods without any report in the whole city: 1; trends leave them out." in texts(found)
    assert np.isnan(found.lines[0].ratio).any(axis=0).sum() == 1
    assert found.table["trend_p"].notna().all()
    assert (found.table["trend_p"] < 0.01).any()
    each = classify(cube_of(counts.round(), 6), Question(each_category=True))
    assert "trends leave them out" in texts(each)


def test_a_place_of_which_nothing_is_expected_has_no_trend() -> None:
    """Null in the table, not a certain zero; and the cells without people are counted in the notes."""
    people = np.full(127, 50.0)
    people[0], people[1] = np.nan, 0
    found = classify(weekly(60), Question(lens="places", per="households"), exposure=people)
    assert "1 cells hold incidents but no households" in texts(found)
    assert found.table.loc[0, ["trend_z", "trend_p"]].isna().all()
    assert found.table["trend_p"].isna().sum() == found.table["trend_z"].isna().sum() == 1
    assert found.table.loc[0, "label"] == NO_PATTERN


def test_each_category_counts_hexagons_and_says_pairs(study: Study, found: Emerging) -> None:
    rates = np.where(np.arange(127) < 20, 12.0, 1.0)
    city = cube_of(np.random.default_rng(6).poisson(rates[:, None], (127, 60)).astype(float), 6)
    snow = city.counts.with_columns(category=pl.lit("snow"))
    each = classify(replace(city, counts=city.counts.vstack(snow).sort("day")), Question(each_category=True))
    summary = change_summary(study, each)
    rows = each.table[each.table["planner_label"] != ""]
    assert summary["pairs"] == len(rows) == 2 * rows["cell"].nunique() > 0
    for word, hexagons in summary["planner_labels"].items():
        assert hexagons == rows.loc[rows["planner_label"] == word, "cell"].nunique()
    assert max(summary["labels"].values()) <= summary["cells"]
    assert f"{len(rows):,} pairs of hexagon and category" in change_sentence(summary)
    assert "网格与类别的组合" in change_sentence(summary, lang="zh")
    assert "pairs" not in change_sentence(change_summary(study, found))


def test_an_empty_city_and_an_unknown_lens_are_refused() -> None:
    nothing = build_cube(town([]), universe=TOWN, resolution=9)
    with pytest.raises(NoReports):
        geo.classify_emerging(nothing)
    with pytest.raises(RefusedQuestion, match='no lens "weather"'):
        geo.classify_emerging(weekly(60), lens="weather")
    with pytest.raises(RefusedQuestion, match="exposure table"):
        geo.classify_emerging(weekly(60), lens="places")


def test_only_what_has_a_pattern_new_places_first(found: Emerging) -> None:
    assert found.only("all") is found.table
    labelled, hot = found.only("labelled"), found.only("hot")
    assert set(labelled["label"]) == set(found.table["label"]) - {NO_PATTERN, TOO_SHORT}
    assert (hot["planner_label"] != "").all()
    assert len(hot) == (found.table["planner_label"] != "").sum()
    order = [PATTERNS.index(told) for told in zip(labelled["label"], labelled["planner_label"], strict=True)]
    assert order == sorted(order)
    assert list(labelled.columns) == list(found.table.columns)


@pytest.mark.parametrize(
    ("world", "lens", "period"),
    [
        (World(1.0, uneven=False), "city", "4w"),
        (World(1.0, D=2.0, regional=0.2), "places", "4w"),
        (World(1.0, uneven=False), "city", "half-month"),
    ],
)
def test_pure_noise_gets_no_name(world: World, lens: str, period: str) -> None:
    assert null_city(np.random.default_rng(8), world=world, lens=lens, period=period)["hot labels"] <= 0.02


def test_what_is_planted_gets_its_name() -> None:
    maps = [planted(np.random.default_rng([4, seed]), world=World(1.5, D=1.0, uneven=False)) for seed in range(2)]
    for story in STORIES:
        assert np.mean([found[story] for found in maps]) >= 0.75, story
    assert max(found["hot labels elsewhere"] for found in maps) <= 0.02


def test_the_order_of_rows_changes_nothing() -> None:
    cube = weekly(60, rings=5)
    shuffled = replace(cube, counts=cube.counts.sample(fraction=1, shuffle=True, seed=3))
    one, two = classify(cube, Question()), classify(shuffled, Question())
    assert one.table.equals(two.table)
    assert one.notes == two.notes


def test_a_city_of_one_cell() -> None:
    cube = cube_of(np.full((1, 60), 4.0), 0)
    assert classify(cube, Question()).table["label"].tolist() == [NO_PATTERN]
