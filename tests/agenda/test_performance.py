"""Closing performance of units and areas in the small demo city."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest

from geo import tables
from geo.agenda.performance import LEAST_DUE, closing_performance
from geo.agenda.priorities import rank
from geo.errors import NoReports, RefusedQuestion
from geo.planning.closing import shrunken_shares
from geo.study import Question, Study
from geo.words import say


@pytest.fixture(scope="module")
def units(study: Study):  # type: ignore[no-untyped-def]
    return closing_performance(study, Question())


def test_every_unit_has_a_row_of_the_fixed_columns(study: Study, units) -> None:  # type: ignore[no-untyped-def]
    assert list(units.table.columns) == [*tables.PERFORMANCE, "geometry"]
    assert set(units.table["key"]) == set(study.reports.filter(~pl.col("pile"))["unit"].drop_nulls())
    assert units.table.geometry.isna().all()
    assert units.table["by"].eq("unit").all()


def test_the_counts_are_those_of_the_cube(study: Study, units) -> None:  # type: ignore[no-untyped-def]
    window = pl.col("day").is_between(units.window.first, units.window.last)
    assert units.summary["reported"] == study.cube.counts.filter(window)["incidents"].sum()
    table = units.table
    assert (table["on_time"] <= table["due"]).all()
    assert (table["overdue"] <= table["backlog"]).all()
    assert (table["failed"] <= table["checked"]).all()
    inside = table["on_time_share"].between(table["on_time_low"], table["on_time_high"])
    assert inside[table["due"] > 0].all()


def test_a_few_cases_neither_lead_nor_trail(units) -> None:  # type: ignore[no-untyped-def]
    enough = units.table["due"].ge(LEAST_DUE).tolist()
    assert enough == sorted(enough, reverse=True)
    due, on_time = (units.table[name].astype(float) for name in ("due", "on_time"))
    judged = shrunken_shares(on_time, due)[: sum(enough)].tolist()
    assert judged == sorted(judged, reverse=True)
    assert any("no league table" in text.sentence() for text in units.notes)


def test_overdue_is_what_the_ranking_calls_so(study: Study) -> None:
    """But for problems whose reports lie in two areas: they are of the first's here, and of each one's there."""
    listed = rank(study, Question(), half_life=16).table.set_index("area_id")["overdue"]
    told = closing_performance(study, Question(), by="community").table.set_index("key")["overdue"]
    apart = listed - told[listed.index].astype(int)
    assert listed.sum() > 0
    assert abs(apart).sum() <= 0.02 * listed.sum()


def test_areas_of_a_kind_have_their_polygons_and_empty_ones_a_row(study: Study) -> None:
    found = closing_performance(study, Question(), by="market")
    own = study.areas[study.areas["kind"] == "market"]
    assert set(found.table["key"]) == set(own["area_id"])
    assert (
        found.table.set_index("key")
        .geometry.geom_equals(own.set_index("area_id").geometry.loc[found.table["key"]])
        .all()
    )
    assert found.table["reported"].notna().all()
    chosen = found.table["key"].iloc[0]
    assert closing_performance(study, Question(areas=(chosen,)), by="market").table["key"].tolist() == [chosen]


def test_the_whole_is_of_what_lies_in_the_areas_shown(study: Study) -> None:
    """With a market chosen the strip beside its row once told of the whole city."""
    every = closing_performance(study, Question(), by="market")
    chosen = every.table.sort_values(["backlog", "key"])["key"].iloc[-1]
    few = closing_performance(study, Question(areas=(chosen,)), by="market")
    row = few.table.iloc[0]
    counts = ("reported", "closed", "due", "on_time", "backlog", "overdue", "checked", "failed")
    assert {name: few.summary[name] for name in counts} == {name: row[name] for name in counts}
    assert few.summary["median_days"] == row["median_days"]
    assert few.summary["reported"] < every.summary["reported"]
    assert few.curve["at_risk"].max() <= row["reported"]


def test_what_names_no_unit_is_in_no_row_and_it_is_said(study: Study) -> None:
    half = pl.col("report_id").hash(seed=1) % 2 == 0
    found = closing_performance(
        replace(study, reports=study.reports.with_columns(unit=pl.when(half).then("unit"))), Question()
    )
    assert found.table["backlog"].sum() < found.summary["backlog"]
    assert any("Orders give them to the unit that leads the area" in text.sentence() for text in found.notes)


def test_without_deadlines_nothing_is_a_hundred_per_cent(study: Study) -> None:
    bare = replace(study, reports=study.reports.with_columns(due_at=pl.lit(None, tables.UTC_TIME)))
    found = closing_performance(bare, Question(), by="market", lang="zh")
    columns = ["due", "on_time", "on_time_share", "on_time_low", "on_time_high", "overdue"]
    assert found.table[columns].isna().all(axis=None)
    assert found.summary["on_time_share"] is None
    assert found.table["backlog"].notna().all()
    assert any("due_at" in text.sentence() for text in found.notes)
    assert not found.table["reason"].str.contains("%").any()


def test_without_closing_dates_nothing_is_timed(study: Study) -> None:
    bare = replace(study, reports=study.reports.with_columns(closed_at=pl.lit(None, tables.UTC_TIME)))
    found = closing_performance(bare, Question())
    assert (
        found.table[["closed", "due", "on_time_share", "median_days", "checked", "failed_share"]].isna().all(axis=None)
    )
    assert any(text.text.startswith("No report says when") for text in found.notes)


def test_filters_narrow_what_counts_and_a_status_does_not(study: Study, units) -> None:  # type: ignore[no-untyped-def]
    unit = units.table["key"].iloc[0]
    assert closing_performance(study, Question(units=(unit,))).table["key"].tolist() == [unit]
    still = closing_performance(study, Question(statuses=("open",)))
    assert still.summary["on_time_share"] == units.summary["on_time_share"]
    assert any("status" in text.sentence() for text in still.notes)
    market = study.areas[study.areas["kind"] == "market"]["area_id"].iloc[0]
    inside = closing_performance(study, Question(areas=(market,))).summary["reported"]
    assert 0 < inside < units.summary["reported"]


def test_an_earlier_day_knows_nothing_of_what_came_after(study: Study) -> None:
    until = study.cube.last_day - timedelta(days=60)  # type: ignore[operator]
    day = {name: pl.col(name).dt.convert_time_zone(study.timezone).dt.date() for name in ("reported_at", "closed_at")}
    seen = until + timedelta(days=1)  # or the data would end with the last report of that day
    cut = study.reports.filter(day["reported_at"] <= seen).with_columns(
        closed_at=pl.when(day["closed_at"] <= seen).then("closed_at"),
        status=pl.when(day["closed_at"] > seen).then(pl.lit("open")).otherwise("status"),
    )
    asked = Question(window="8w", until=until)
    whole, known = (closing_performance(one, asked).table for one in (study, replace(study, reports=cut)))
    columns = ["key", "reported", "closed", "due", "on_time", "backlog", "overdue", "checked", "failed"]
    assert whole[columns].equals(known[columns])


def test_formulas_are_said_in_both_languages(units) -> None:  # type: ignore[no-untyped-def]
    for text in units.formulas.values():
        assert text.sentence("zh") != text.sentence()
    assert "应结案数" in say(units.formulas["on_time_share"].text, "zh")


def test_what_cannot_be_told_is_refused(study: Study) -> None:
    with pytest.raises(RefusedQuestion, match="No area of the kind"):
        closing_performance(study, Question(), by="lake")
    with pytest.raises(NoReports):
        closing_performance(study, Question(units=("nobody",)))
