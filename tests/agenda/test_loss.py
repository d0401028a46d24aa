"""What a visit would cost in the small demo city."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest

from geo import tables
from geo.agenda.loss import expected_loss
from geo.errors import RefusedQuestion
from geo.planning.closing import times_to_close
from geo.planning.scorecard import Indicator, Scorecard, matched
from geo.study import Question, Study


@pytest.fixture(scope="module")
def losses(study: Study):  # type: ignore[no-untyped-def]
    return expected_loss(study, Question())


def test_every_assessed_area_has_a_row_per_indicator(study: Study, losses) -> None:  # type: ignore[no-untyped-def]
    assert list(losses.table.columns) == [*tables.LOSSES, "geometry"]
    kinds = study.areas["kind"].value_counts()
    rows = losses.table.groupby(["kind", "indicator"]).size()
    assert {key: int(kinds[key[0]]) for key in rows.index} == rows.to_dict()
    assert losses.table["points"].is_monotonic_decreasing
    assert losses.table.geometry.notna().all()
    assert losses.visit == study.cube.last_day + timedelta(weeks=4)  # type: ignore[operator]


def test_the_example_and_what_is_not_reported_are_said(losses) -> None:  # type: ignore[no-untyped-def]
    told = [text.sentence() for text in losses.notes]
    assert any("not an official standard" in text for text in told)
    assert any("never reported" in text for text in told)
    assert losses.summary["example"]


def test_the_ledger_and_the_areas_add_up_to_the_same(losses) -> None:  # type: ignore[no-untyped-def]
    total = losses.summary["points"]
    assert losses.ledger["points"].sum() == pytest.approx(total)
    assert losses.area_totals["points"].sum() == pytest.approx(total)
    assert losses.table["points"].sum() == pytest.approx(total, rel=1e-3)
    assert losses.summary["points_low"] <= total <= losses.summary["points_high"]
    assert set(losses.ledger["indicator"]) <= {one.code for one in losses.scorecard.indicators}


def standing_by_hand(study: Study, card: Scorecard, *, days: int = -1) -> set[str]:
    """The problems that an indicator is about, open for more than so many days."""
    known = study.reports["category"].unique().to_list()
    times = times_to_close(study.reports, study.cube.last_day, study.timezone)
    there = times.filter(~pl.col("closed") & (pl.col("days") > days))
    found: set[str] = set()
    for one in card.indicators:
        about = pl.col("category").is_in(list(matched(one, known, study.material.themes)))
        found |= set(there.filter(about & (pl.col(one.point_type).list.len() > 0))["incident_id"])
    return found


def test_what_rests_on_records_open_for_long_is_told_apart(study: Study, losses) -> None:  # type: ignore[no-untyped-def]
    last = study.cube.last_day
    assert last is not None
    first = study.reports.filter(pl.col("market").list.len() > 0)["incident_id", "report_id"].head(40)
    long_ago = pl.col("reported_at").min() + pl.duration(days=1)
    old = study.reports.with_columns(
        closed_at=pl.when(~pl.col("report_id").is_in(first["report_id"].implode())).then("closed_at"),
        status=pl.when(pl.col("report_id").is_in(first["report_id"].implode()))
        .then(pl.lit("open"))
        .otherwise("status"),
        reported_at=pl.when(pl.col("report_id").is_in(first["report_id"].implode()))
        .then(long_ago)
        .otherwise("reported_at"),
    )
    found = expected_loss(replace(study, reports=old), Question()).summary
    usual = losses.summary
    assert found["long_open"] >= usual["long_open"] + 20
    assert found["long_open"] == len(standing_by_hand(replace(study, reports=old), losses.scorecard, days=90))
    assert found["points_without"] < found["points"]
    assert found["recoverable_without"] < found["recoverable"]
    assert found["points_without"] == pytest.approx(usual["points_without"], rel=0.1), "whatever was forgotten"
    told = " ".join(text.sentence() for text in losses.notes)
    assert ("Without the problems open for more than 90 days" in told) == (usual["long_open"] > 0)
    assert "10 times of 14" in told


def test_what_stands_is_counted_in_problems(study: Study, losses) -> None:  # type: ignore[no-untyped-def]
    """One in a market and in its community is deducted for twice, and stands once; so it is for a unit too."""
    standing = standing_by_hand(study, losses.scorecard)
    assert losses.summary["standing"] == len(standing) < losses.table["standing"].sum()
    assert losses.summary["overdue"] < losses.table["overdue"].sum()
    assert losses.summary["long_open"] == len(standing_by_hand(study, losses.scorecard, days=90))
    by_unit = losses.table.groupby("unit")["standing"].sum()
    told = losses.ledger.drop_nulls("unit")
    assert (told["standing"].to_numpy() <= by_unit[told["unit"].to_list()].to_numpy()).all()


def test_a_problem_in_two_streets_counts_in_the_smaller_and_a_note_says_so(study: Study) -> None:
    card = Scorecard("表", "Card", False, (Indicator("S", "街", "Streets", "street", (), 1.0),))
    found = expected_loss(study, Question(), scorecard=card, visit=study.cube.last_day)
    inside = times_to_close(study.reports, study.cube.last_day, study.timezone).filter(~pl.col("closed"))
    inside = inside.filter(pl.col("street").list.len() > 0)
    assert found.table["standing"].sum() == found.summary["standing"] == inside.height
    assert found.summary["points"] == pytest.approx(inside.height)
    twice = inside.filter(pl.col("street").list.len() > 1).height
    assert twice
    assert any(f"of which {twice} are open" in text.sentence() for text in found.notes)


def test_a_window_that_reaches_beyond_the_records_dilutes_no_rate(study: Study, losses) -> None:  # type: ignore[no-untyped-def]
    """Of 18 weeks asked for there are records of ten: a rate is by day of these."""
    cut = study.cube.last_day - timedelta(days=69)  # type: ignore[operator]
    day = pl.col("reported_at").dt.convert_time_zone(study.timezone).dt.date()
    young = replace(
        study,
        reports=study.reports.filter(day >= cut),
        cube=replace(study.cube, counts=study.cube.counts.filter(pl.col("day") >= cut)),
    )
    known, beyond = (expected_loss(young, Question(window=window)) for window in ("10w", "18w"))
    assert beyond.window.first < cut
    assert beyond.table["points"].tolist() == known.table["points"].tolist()
    assert any("before the first report" in text.sentence() for text in beyond.notes)


def test_areas_narrow_the_rows_and_not_their_points(study: Study, losses) -> None:  # type: ignore[no-untyped-def]
    market = losses.table[losses.table["kind"] == "market"]["area_id"].iloc[0]
    few = expected_loss(study, Question(areas=(market,))).table
    same = losses.table[losses.table["area_id"].isin(few["area_id"])]
    assert market in set(few["area_id"])
    assert len(few) < len(losses.table)
    assert few["points"].tolist() == same["points"].tolist()


def test_without_deadlines_only_the_usual_deduction_is_taken(study: Study) -> None:
    card = Scorecard("表", "Card", False, (Indicator("M", "市场", "Markets", "market", (), 1.0, 5.0),))
    asked = Question(window="8w", until=study.cube.last_day - timedelta(days=30))  # type: ignore[operator]
    bare = replace(study, reports=study.reports.with_columns(due_at=pl.lit(None, tables.UTC_TIME)))
    visit = study.cube.last_day
    without, with_them = (expected_loss(one, asked, scorecard=card, visit=visit) for one in (bare, study))
    assert without.table["points"].tolist() == pytest.approx(without.table["expected_problems"].tolist(), abs=0.8)
    assert without.summary["points"] < with_them.summary["points"]
    assert any("No report has a deadline" in text.sentence() for text in without.notes)
    assert not any("example" in text.sentence() for text in without.notes)


def test_a_kind_without_a_layer_is_named(study: Study) -> None:
    card = Scorecard("表", "Card", False, (Indicator("T", "公厕", "Toilets", "lake", (), 1.0),))
    found = expected_loss(study, Question(), scorecard=card)
    assert len(found.table) == 0
    assert found.ledger.height == 0
    assert any("lake" in text.sentence() for text in found.notes)


def test_a_visit_in_the_past_or_far_away_is_refused(study: Study) -> None:
    last = study.cube.last_day
    assert last is not None
    for visit in (last - timedelta(days=1), last + timedelta(days=366)):
        with pytest.raises(RefusedQuestion, match="within a year"):
            expected_loss(study, Question(), visit=visit)
