"""What is put first in the small demo city: counted again by hand, weighed again, narrowed."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import polars as pl
import pytest

from geo import tables
from geo.agenda.priorities import CHILDREN, Priorities, kinds_of, rank, reweigh
from geo.errors import RefusedQuestion
from geo.planning.priority import Weights, rank_areas
from geo.recurring.blind_spots import find_blind_spots
from geo.stats.question import Question
from geo.study import Study
from geo.ui.ranking_story import part_bars

ALL_PARTS = Weights(1, 0.5, 0.5, 0.25, 0.5)


@pytest.fixture(scope="module")
def found(study: Study) -> Priorities:
    return rank(study, Question(), half_life=16)


def test_the_list_is_what_the_tables_say(study: Study, found: Priorities) -> None:
    assert list(found.table.columns) == [*tables.PRIORITIES, "geometry"]
    assert sorted(found.table["area_id"]) == sorted(study.areas.query("kind == 'community'")["area_id"])
    assert found.draws.shape == (len(found.table), 2000)
    assert np.corrcoef(found.draws.mean(1), found.table["forecast"])[0, 1] > 0.999, (
        "rows of draws are rows of the table"
    )
    plain = rank_areas(study.cube, study.areas)
    for column in ("area_id", "forecast", "expected", "score", "rank", "rank_high", "tier", "moved", "board"):
        assert found.table[column].equals(plain[column]), "the study adds facts, the ranking is the library's"
    assert set(found.table["parent"]) <= set(study.areas.query("kind == 'street_office'")["name"])


def test_parts_are_those_counted_by_hand(study: Study, found: Priorities) -> None:
    area = str(found.table["area_id"][int(found.table["overdue"].argmax())])
    row = found.table.set_index("area_id").loc[area]
    zone, last = study.timezone, found.window.last
    day = {name: pl.col(name).dt.convert_time_zone(zone).dt.date() for name in ("reported_at", "due_at", "closed_at")}
    own = study.reports.filter(~pl.col("pile") & pl.col("community").list.contains(area)).with_columns(**day)
    first = pl.col("incident_id") == tables.REPORT_KEY
    inside = pl.col("reported_at").is_between(found.window.first, last)
    waiting = (pl.col("status") == "open") & pl.col("closed_at").is_null()
    assert row["incidents"] == own.filter(first & inside).height
    assert row["open_reports"] == own.filter(waiting).height
    late = own.filter(waiting & (pl.col("due_at") < last))
    assert row["overdue"] == late["incident_id"].n_unique() > 0
    place = ["place_key", "category"]
    before = study.episodes.filter("relapse").select(*place, opened="next_opened")
    back = study.episodes.join(before, on=[*place, "opened"], how="semi")["incident_id"]
    begun = own.filter(first & inside & pl.col("incident_id").is_in(back.to_list()))
    assert row["relapses"] == begun.height
    assert (found.table["hot_excess"] <= found.table["incidents"] * 4 / found.window.weeks + 1e-6).all()
    assert ((found.table["hot_excess"] > 0) == (found.table["hot_cells"] > 0)).all()
    assert found.table["hot_cells"].sum() > 0
    assert found.table["relapses"].sum() > 0


def test_other_weights_need_no_other_look(study: Study, found: Priorities) -> None:
    started = time.perf_counter()
    again = reweigh(found, ALL_PARTS)
    assert time.perf_counter() - started < 1.0
    asked = rank(study, Question(), half_life=16, weights=ALL_PARTS)
    assert again.table.equals(asked.table)
    assert again.notes == asked.notes
    assert again.children.equals(asked.children)
    assert again.table["area_id"].tolist() != found.table["area_id"].tolist()
    assert reweigh(again, Weights()).table.equals(found.table)
    parts = again.table[["excess", "trend", "relapses", "overdue", "hot_excess"]].to_numpy(float)
    parts[:, 2] *= 4 / again.window.weeks
    assert again.table["score"].to_numpy() == pytest.approx(parts @ [1, 0.5, 0.5, 0.25, 0.5], abs=1e-4)


def test_areas_narrow_the_rows_and_not_the_ranking(study: Study, found: Priorities) -> None:
    office = str(study.areas.query("kind == 'street_office'")["area_id"].iloc[0])
    few = rank(study, Question(areas=(office,)), half_life=16)
    assert 0 < len(few.table) < len(found.table)
    assert set(few.table["parent_id"]) == {office}
    whole = found.table.set_index("area_id").loc[few.table["area_id"]]
    assert few.table["rank"].tolist() == whole["rank"].tolist()
    assert few.draws.shape[0] == len(few.table)
    assert few.summary["shown"] == len(few.table)
    assert few.children.equals(found.children)


def test_a_filter_narrows_what_is_counted(study: Study, found: Priorities) -> None:
    patrols = rank(study, Question(sources=("patrol",)), half_life=16)
    seen = study.cube.areas.filter(
        pl.col("day").is_between(patrols.window.first, patrols.window.last)
        & (pl.col("source") == "patrol")
        & (pl.col("kind") == "community")
    )
    assert patrols.summary["incidents"] == seen["incidents"].sum() < found.summary["incidents"]
    assert (patrols.table["forecast"].sum()) < found.table["forecast"].sum()


def test_what_was_known_on_an_earlier_day(study: Study) -> None:
    assert study.cube.last_day is not None
    until = study.cube.last_day - timedelta(days=120)
    then = rank(study, Question(until=until), half_life=16)
    reports = study.reports.filter(pl.col("reported_at").dt.convert_time_zone(study.timezone).dt.date() <= until)
    assert then.window.last == until
    assert then.table["open_reports"].sum() <= reports.height
    assert then.table["incidents"].sum() <= reports["incident_id"].n_unique()
    assert then.table["relapses"].sum() > 0


def test_the_status_of_today_and_days_to_come_change_nothing(study: Study, found: Priorities) -> None:
    assert study.cube.last_day is not None
    late = study.cube.last_day + timedelta(days=28)
    asked = rank(study, Question(statuses=("open",), until=late), half_life=16)
    assert asked.table.equals(found.table)
    assert asked.window == found.window
    assert asked.question.statuses == (), "a choice reads it too"
    said = " ".join(note.sentence() for note in asked.notes)
    assert "Status is not asked for here" in said
    assert "The last report is of" in said


def test_parts_count_by_the_weeks_that_are_known(study: Study) -> None:
    assert study.cube.first_day is not None
    until = study.cube.first_day + timedelta(days=20 * 7 - 1)
    asked = (Question(until=until, window=window) for window in ("20w", "30w"))
    known, beyond = (rank(study, question, half_life=16, weights=ALL_PARTS) for question in asked)
    assert known.table["hot_excess"].sum() > 0
    assert beyond.ranking.parts()["hot"] == pytest.approx(known.ranking.parts()["hot"], rel=1e-6)
    assert known.table["relapses"].sum() > 0
    assert beyond.ranking.parts()["relapses"] == pytest.approx(known.ranking.parts()["relapses"], rel=1e-6)


def test_the_bars_add_up_to_the_score(found: Priorities) -> None:
    again = reweigh(found, Weights(excess=0, relapses=1))
    first = again.table.iloc[0]
    score = 4 * first["relapses"] / found.window.weeks
    assert first["score"] == pytest.approx(score, abs=1e-5)
    assert part_bars(first, again, "en").count(f"{score:,.1f}<") == 2, "beside the bar, and as the score"


def test_nobody_is_praised_where_patrols_find_far_less_than_elsewhere(study: Study) -> None:
    seen = find_blind_spots(study, Question()).table.query("kind == 'community' and blind")["area_id"].tolist()
    assert seen, "the small demo city has a community that nobody patrols"
    crowded = study.areas.assign(
        exposure=study.areas["exposure"].where(~study.areas["area_id"].isin(seen), 30 * study.areas["exposure"])
    )  # as many households make its few reports far too few
    layers = replace(study.material.layers, areas=crowded)
    told = rank(replace(study, material=replace(study.material, layers=layers)), Question(), half_life=16)
    rows = told.table.set_index("area_id")
    assert set(told.ranking.areas.loc[told.ranking.board == "red", "area_id"]) >= set(seen)
    assert set(rows.loc[seen, "board"]) == {""}
    assert rows["reason"].str.contains("few visits").sum() == len(seen)
    assert rows.loc[seen[0], "name"] in " ".join(note.sentence() for note in told.notes if "patrols" in note.text)
    residents = rank(study, Question(sources=("resident",)), half_life=16)
    assert not residents.ranking.facts.blind.any(), "what residents report does not hang on patrols"


def test_larger_areas_add_up_what_is_in_them(study: Study, found: Priorities) -> None:
    assert list(found.children.columns) == list(CHILDREN)
    assert found.children["kind"].unique(maintain_order=True).to_list() == ["district", "street_office"]
    district = found.children.row(0, named=True)
    tiers = found.table["tier"].value_counts()
    assert [district[tier] for tier in "ABC"] == [tiers.get(tier, 0) for tier in "ABC"]
    offices = found.children.filter(kind="street_office")
    assert offices["incidents"].sum() == district["incidents"] == found.table["incidents"].sum()
    estates = rank(study, Question(), kind="estate", half_life=16).children
    assert estates["kind"].unique(maintain_order=True).to_list() == ["district", "street_office", "community"]


def test_every_kind_of_three_and_more_is_ranked_on_its_own(study: Study) -> None:
    kinds = kinds_of(study)
    assert kinds == ("street_office", "community", "estate", "market", "construction_site", "street")
    for kind in kinds:
        one = rank(study, Question(), kind=kind, half_life=16, lang="zh")
        assert set(one.table["kind"]) == {kind}
        assert one.summary["share_80"] <= 1
        assert one.concentration["share_areas"].len() == len(one.table) + 1
        assert all(note.sentence("zh") for note in one.notes)
    with pytest.raises(RefusedQuestion, match="a ranking needs 3"):
        rank(study, Question(), kind="district", half_life=16)


def test_the_half_life_is_the_one_that_served_best(study: Study) -> None:
    chosen = rank(study, Question(), kind="market")
    assert chosen.half_life in (4, 8, 16, 32)
    assert chosen.summary["half_life"] == chosen.half_life


def test_a_source_that_joined_is_named_and_its_own_list_begins_with_it(study: Study) -> None:
    joined = date(2025, 11, 24)
    there = (pl.col("source") != "patrol") | (pl.col("day") >= joined)
    late = replace(
        study, cube=replace(study.cube, counts=study.cube.counts.filter(there), areas=study.cube.areas.filter(there))
    )
    assert any("Grid patrol began on" in note.sentence() for note in rank(late, Question(), half_life=16).notes)
    alone = rank(late, Question(sources=("patrol",)), half_life=1000)
    said = " ".join(note.sentence() for note in alone.notes)
    assert "Weeks count from " in said
    assert "Grid patrol began" not in said
    assert late.cube.last_day
    weekly = late.cube.areas.filter(pl.col("source") == "patrol", pl.col("area_id").is_in(alone.table["area_id"]))
    lived = (late.cube.last_day - joined).days / 7
    assert alone.table["forecast"].sum() == pytest.approx(4 * weekly["incidents"].sum() / lived, rel=0.05)


def test_overlaps_of_a_kind_are_said(study: Study) -> None:
    twice = study.areas[study.areas["kind"] == "market"].assign(area_id=lambda own: own["area_id"] + "-again")
    layers = replace(study.material.layers, areas=pd.concat([study.areas, twice], ignore_index=True))
    doubled = rank(
        replace(study, material=replace(study.material, layers=layers)), Question(), kind="market", half_life=16
    )
    assert any(f"overlap in {len(twice)} places" in note.sentence() for note in doubled.notes)
    assert not any(
        "overlap in" in note.sentence() for note in rank(study, Question(), kind="market", half_life=16).notes
    )


def test_what_the_files_do_not_tell_is_said(study: Study) -> None:
    bare = study.reports.with_columns(closed_at=pl.lit(None, tables.UTC_TIME), due_at=pl.lit(None, tables.UTC_TIME))
    found = rank(replace(study, reports=bare), Question(lens="share"), half_life=16)
    said = " ".join(note.sentence() for note in found.notes)
    assert "nothing is known of relapses" in said
    assert "nothing is known of what is overdue" in said
    assert "Hot cells are not told: What is unusual here compares one category" in said
    assert found.table[["relapses", "overdue", "hot_cells"]].to_numpy().sum() == 0
    assert "households" in said, "the demo city says how many each community has"
