"""Blind spots of the small demo city: one planted, one city without patrols, and what is said of each."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from geo import tables
from geo.grid.cube import build_cube
from geo.maps.palette import PALETTES
from geo.recurring.blind_spots import BlindSpots, find_blind_spots
from geo.recurring.told import blind_spots_in_short
from geo.stats import witness
from geo.stats.question import Question
from geo.study import Study
from geo.ui.recurring_counts import counts_of

ASKED = Question(window="52w")  # the small city has few reports


def without(study: Study, gone: pl.Expr) -> Study:
    """The same city without some reports."""
    kept = study.reports.filter(~gone)
    boundary, level = study.boundary, study.cube.resolution
    return replace(
        study, reports=kept, cube=build_cube(kept, universe=boundary, resolution=level, timezone=study.timezone)
    )


@pytest.fixture(scope="module")
def spots(study: Study) -> BlindSpots:
    return find_blind_spots(study, ASKED)


@pytest.fixture(scope="module")
def unseen(spots: BlindSpots) -> str:
    """The community with most patrol finds expected: where none are made from now on."""
    here = spots.table[spots.table["kind"] == "community"]
    return str(here.loc[here["expected"].idxmax(), "area_id"])


def test_every_area_has_a_row_with_its_polygon(study: Study, spots: BlindSpots) -> None:
    assert list(spots.table.columns) == [*tables.BLIND_SPOTS, "geometry"]
    assert sorted(spots.table["area_id"]) == sorted(study.areas["area_id"])
    shapes = study.areas.set_index("area_id").geometry
    assert spots.table.geometry.iloc[5].equals(shapes[spots.table["area_id"].iloc[5]])
    assert (spots.table["incidents"] == spots.table["resident"] + spots.table["patrol"]).all()
    whole = spots.table[spots.table["kind"] == "district"].iloc[0]
    assert whole["expected"] == pytest.approx(whole["patrol"], rel=0.05), "the city is as the city"


def test_a_community_that_patrols_never_enter_comes_first(study: Study, spots: BlindSpots, unseen: str) -> None:
    blind = without(study, pl.col("community").list.contains(unseen) & pl.col("source").is_in(witness.PATROLS))
    found = find_blind_spots(blind, ASKED)
    first = found.table[found.table["kind"] == "community"].iloc[0]
    assert (first["area_id"], bool(first["blind"]), bool(first["never"]), first["patrol"]) == (unseen, True, True, 0)
    assert "no patrol report in all the records" in first["reason"]
    assert found.table["blind"].is_monotonic_decreasing
    community = found.table[found.table["kind"] == "community"]
    assert community["blind"].sum() <= 1 + spots.table[spots.table["kind"] == "community"]["blind"].sum()
    assert found.summary["blind"] == found.table["blind"].sum()


def test_areas_without_a_report_stand_at_the_end(study: Study) -> None:
    found = find_blind_spots(study, Question(window="4w"))
    reported = found.table["incidents"] > 0
    assert 0 < reported.sum() < len(reported)
    assert reported.is_monotonic_decreasing


def test_a_place_with_few_reports_is_not_called_blind(spots: BlindSpots) -> None:
    few = spots.table[spots.table["expected"] < witness.LEAST_EXPECTED]
    assert len(few) > 100
    assert not few["blind"].any()
    assert few["q_value"].isna().all()
    assert few["reason"].str.contains("too few to tell").all()


def test_a_city_without_patrols_is_told_what_is_missing(study: Study) -> None:
    found = find_blind_spots(without(study, pl.col("source").is_in(witness.PATROLS)), ASKED)
    assert found.table.empty
    assert list(found.table.columns) == [*tables.BLIND_SPOTS, "geometry"]
    assert found.seen_by.is_empty()
    assert "source = ..." in str(found.notes[0])


def test_a_city_of_patrols_alone_is_told_so_too(study: Study) -> None:
    found = find_blind_spots(without(study, pl.col("source") == "resident"), ASKED)
    assert found.table.empty
    assert "resident" in str(found.notes[0])


def test_a_filter_of_one_source_leaves_nothing_to_compare(study: Study) -> None:
    found = find_blind_spots(study, replace(ASKED, sources=("resident",)))
    assert found.table.empty
    assert "Clear the filter of sources" in str(found.notes[0])


def test_of_the_sources_only_those_named_are_counted(study: Study, spots: BlindSpots) -> None:
    """Without inspections nothing is found by them, expected of them, or visited by them."""
    found = find_blind_spots(study, replace(ASKED, sources=("resident", "patrol")))
    gone = find_blind_spots(without(study, pl.col("source").is_in(["inspection", "other"])), ASKED)
    assert found.table.drop(columns="geometry").equals(gone.table.drop(columns="geometry"))
    assert found.seen_by.equals(gone.seen_by)
    assert found.summary == gone.summary
    assert found.table["patrol"].sum() < spots.table["patrol"].sum()
    assert not found.table["last_visit"].equals(spots.table["last_visit"])


def test_areas_where_hardly_anything_happens_are_not_said_to_be_unvisited(spots: BlindSpots) -> None:
    told = spots.table["never"] & (spots.table["expected"] >= witness.LEAST_EXPECTED)
    assert spots.summary["never"] == told.sum() < spots.table["never"].sum()
    assert f"without a patrol report: {told.sum()};" in blind_spots_in_short(spots)
    drawn = counts_of(spots, "blind_spots", PALETTES["light"], "en")
    assert f"<b>{told.sum()}</b> without patrols" in drawn


def test_areas_narrow_the_rows_and_never_the_test(study: Study, spots: BlindSpots, unseen: str) -> None:
    found = find_blind_spots(study, replace(ASKED, areas=(unseen,)))
    assert unseen in set(found.table["area_id"])
    assert 1 <= len(found.table) < len(spots.table)
    own, same = (table.set_index("area_id").loc[unseen, "q_value"] for table in (found.table, spots.table))
    assert own == same


def test_cells_have_what_both_sides_saw(study: Study, spots: BlindSpots) -> None:
    seen = spots.seen_by
    assert seen.height == len(study.cube.cells)
    assert seen["side"].is_in(["", *witness.SIDES]).all()
    assert (seen["incidents"] == seen["resident"] + seen["patrol"]).all()


def test_chinese_readers_are_told_in_chinese(study: Study) -> None:
    found = find_blind_spots(study, ASKED, lang="zh")
    assert found.table["reason"].str.contains("居民上报").all()
    assert "不留痕迹" in found.notes[0].sentence("zh")
