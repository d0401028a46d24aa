"""Why problems pile up at the hot spots and in the areas of the small demo city."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest

from geo import tables
from geo.account import backlog_of_area
from geo.grid import cells as h3_cells
from geo.recurring.causes import Diagnosis, diagnose, why_area, why_cell
from geo.stats.causes import CAUSES
from geo.stats.relapse import end_of_day
from geo.study import Answer, Question, Study, ask
from geo.ui.why_here import lead_words, why_lines


@pytest.fixture(scope="module")
def diagnosis(study: Study, answer: Answer) -> Diagnosis:
    return diagnose(study, answer)


def test_every_hot_spot_and_every_area_has_a_row(study: Study, answer: Answer, diagnosis: Diagnosis) -> None:
    hot = answer.table[answer.table["hot"]]
    assert diagnosis.cells["cell"].to_list() == hot["cell"].to_list()
    assert sorted(diagnosis.areas["area_id"]) == sorted(study.areas["area_id"])
    assert diagnosis.cells["relapse"].to_list() == hot["returned"].to_list()
    assert diagnosis.cells["nobody"].to_list() == hot["unowned"].to_list()
    assert diagnosis.cells["cause"].to_list() == hot["cause"].to_list()
    assert diagnosis.cells["incidents"].to_list() == hot["ring_incidents"].to_list()


def test_the_list_names_a_cause_of_hot_spots_alone(answer: Answer) -> None:
    assert set(answer.table["cause"]) <= {"", *CAUSES}
    assert (answer.table.loc[~answer.table["hot"], "cause"] == "").all()


def test_an_area_counts_what_lies_in_it(study: Study, answer: Answer, diagnosis: Diagnosis) -> None:
    area = diagnosis.areas.filter(kind="community").sort("incidents")[-1]
    day = pl.col("reported_at").dt.convert_time_zone(study.timezone).dt.date()
    inside = study.reports.filter(
        pl.col("community").list.contains(area["area_id"].item())
        & day.is_between(answer.window.first, answer.window.last)
        & ~pl.col("pile")
        & (pl.col("incident_id") == tables.REPORT_KEY)
    )
    assert area["incidents"].item() == inside.height
    assert area["nobody"].item() >= inside["unit"].null_count()


def test_a_hot_spot_of_reports_that_nobody_answers_for_is_said_to_be_one(study: Study, answer: Answer) -> None:
    cell = answer.only("hot")["cell"].iloc[0]
    here = pl.col("cell") == h3_cells.string_to_cell([cell])[0]
    nobody = replace(study, reports=study.reports.with_columns(unit=pl.when(~here).then("unit")))
    found = ask(nobody, Question())
    row = found.table.set_index("cell").loc[cell]
    assert (row["cause"], row["hot"]) == ("nobody", True)
    why = why_cell(nobody, found, cell)
    assert why.leading == "nobody"
    assert "nobody" in lead_words(why, "en")
    line = dict(why_lines(why, "en"))["Nobody's"]
    assert line.startswith(f"{row['unowned']} of {row['ring_incidents']} incidents")
    assert line.endswith("beyond chance")
    assert dict(why_lines(why, "zh"))["无人负责"].endswith("超出偶然")


def test_a_cell_and_an_area_tell_the_same_as_the_tables(study: Study, answer: Answer, diagnosis: Diagnosis) -> None:
    row = diagnosis.cells.row(0, named=True)
    why = why_cell(study, answer, row["cell"])
    assert [(reading.cause, reading.number) for reading in why.readings] == [(name, row[name]) for name in CAUSES]
    area = diagnosis.areas.filter(kind="market").row(0, named=True)
    told = why_area(study, answer, area["area_id"])
    assert (told.leading, told.incidents, told.new) == (area["cause"], area["incidents"], area["new"])
    with pytest.raises(KeyError):
        why_area(study, answer, "no such area")


def test_a_day_in_the_past_knows_nothing_of_what_came_after_it(study: Study) -> None:
    """As on a city whose records end on that day; and one number of open reports, wherever it is told."""
    assert study.cube.last_day is not None
    until = study.cube.last_day - timedelta(days=90)
    seen = study.reports.filter(pl.col("reported_at") <= end_of_day(until, study.timezone))
    then = replace(study, reports=seen)
    early = pl.col("day") <= until
    known = study.marked_until(until).reports.filter(early)["returned"]
    assert known.to_list() == then.marked_until(until).reports["returned"].to_list()
    assert known.to_list() != study.marked.reports.filter(early)["returned"].to_list()
    assert study.marked_until(until) is study.marked_until(until)
    assert study.marked_until(study.cube.last_day) is study.marked
    found, same = (ask(city, Question(until=until)) for city in (study, then))
    columns = ["returned", "unowned", "cause", "open_reports", "overdue_reports"]
    assert found.table[columns].equals(same.table[columns])
    areas = diagnose(study, found).areas.filter(kind="community").sort("backlog")
    told = [backlog_of_area(study, found, area)["open_reports"] for area in areas["area_id"]]
    assert areas["backlog"].to_list() == told
    assert told[-1] > 1


def test_a_cell_that_is_not_hot_is_not_judged(study: Study, answer: Answer) -> None:
    quiet = answer.table[~answer.table["hot"]]["cell"].iloc[0]
    why = why_cell(study, answer, quiet)
    assert (why.judged, why.leading, lead_words(why, "en")) == (False, "", "")
    assert not any(reading.beyond for reading in why.readings)
