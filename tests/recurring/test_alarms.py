"""Alarms of a city: what is planted is found and named, what goes on keeps its id, and every number adds up."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from geo import tables
from geo.errors import RefusedQuestion
from geo.grid.cube import build_cube
from geo.grid.windows import window_back
from geo.recurring.alarms import LEAST_CASES, Alarms, look_for_alarms
from geo.stats.question import Question
from geo.study import Study

ADDED = 14
CATEGORY = "S06011"


def with_flare_up(study: Study, last: date, *, categories: tuple[str, ...] = (CATEGORY,), added: int = ADDED) -> Study:
    """Return the study with so many incidents more in one hexagon and a neighbour, in the four days up to `last`."""
    busy = study.cube.in_window(window_back("13w", last))
    whole = np.flatnonzero((study.cube.neighbours >= 0).all(axis=1))
    centre = int(whole[np.argsort(busy[whole], kind="stable")[len(whole) // 2]])  # as busy as half of the others
    cells = study.cube.cells[[centre, study.cube.neighbours[centre][0]]]
    like = study.reports.filter(~pl.col("pile") & (pl.col("incident_id") == tables.REPORT_KEY)).head(1)
    noon = datetime(last.year, last.month, last.day, 4, tzinfo=UTC)
    rows = [
        like.with_columns(
            system=pl.lit("flare"),
            report_id=pl.lit(str(at)),
            incident_id=pl.lit(f"flare/{at}"),
            reported_at=pl.lit(noon - timedelta(days=at % 4)).cast(tables.UTC_TIME),
            category=pl.lit(categories[at % len(categories)]),
            cell=pl.lit(int(cells[at % 2])).cast(pl.UInt64),
            source=pl.lit("resident"),
            address=pl.lit(f"{at} Elm Road"),
        )
        for at in range(added)
    ]
    reports = pl.concat([study.reports, *rows])
    cube = build_cube(
        reports, universe=study.cube.cells, resolution=study.cube.resolution, timezone=study.cube.timezone
    )
    return Study(study.material, reports, cube, study.exposures, study.exposure_notes)


@pytest.fixture(scope="module")
def last(study: Study) -> date:
    assert study.cube.last_day is not None
    return study.cube.last_day - timedelta(days=28)  # before what the demo city itself has planted in its last days


@pytest.fixture(scope="module")
def flaring(study: Study, last: date) -> Study:
    return with_flare_up(study, last)


@pytest.fixture(scope="module")
def found(flaring: Study, last: date) -> Alarms:
    return look_for_alarms(flaring, Question(until=last))


def planted(found: Alarms) -> Any:
    """Return the row that holds most of what was planted."""
    held = {name: found.incidents_of(name)["system"].eq("flare").sum() for name in found.table["alarm_id"]}
    name = max(held, key=lambda one: held[one])
    return found.table[found.table["alarm_id"] == name].iloc[0]


def test_a_flare_up_is_a_signal_with_its_days_and_reports(found: Alarms, last: date) -> None:
    row = planted(found)
    assert row["signal"]
    assert row["category"] == CATEGORY
    assert (row["start"].date(), row["end"].date()) == (last - timedelta(days=3), last)
    reports = found.incidents_of(row["alarm_id"])
    assert reports["system"].eq("flare").sum() == ADDED
    assert reports["incident_id"].n_unique() == row["incidents"] >= ADDED
    assert row["ratio"] == pytest.approx(row["incidents"] / row["expected"])
    assert row["reason"].startswith(f"{row['incidents']} incidents of Accumulated refuse or rubble in ")
    assert "by chance less than once in 100 years of daily looks" in row["reason"]


def test_the_list_is_what_the_tables_say(found: Alarms) -> None:
    assert list(found.table.columns) == [*tables.ALARMS, "geometry"]
    assert found.table["recurrence_days"].is_monotonic_decreasing
    assert (found.table["incidents"] >= LEAST_CASES).all()
    assert (found.table["size"] == found.table["cells"].str.count(";") + 1).all()
    assert found.summary["signals"] == found.table["signal"].sum()
    assert found.window.days == 14


def test_the_day_before_is_looked_at_again_and_an_earlier_list_is_believed(flaring: Study, last: date) -> None:
    asked, before = (Question(until=day, categories=(CATEGORY,)) for day in (last, last - timedelta(days=1)))
    again = planted(look_for_alarms(flaring, asked))
    assert (again["state"], again["since"].date()) == ("continuing", last - timedelta(days=1))
    nothing = pl.DataFrame(schema=tables.ALARMS)
    first = look_for_alarms(flaring, before, previous=nothing)
    assert planted(first)["state"] == "new"
    told = pl.from_pandas(first.table.drop(columns="geometry")).with_columns(
        pl.col("start", "end", "since").dt.date().cast(pl.String)
    )  # as it is read back from a file
    second = planted(look_for_alarms(flaring, asked, previous=told))
    assert (second["state"], second["alarm_id"]) == ("continuing", planted(first)["alarm_id"])
    assert second["since"].date() == last - timedelta(days=1)


def test_the_same_question_has_the_same_answer_whatever_was_before(flaring: Study, found: Alarms, last: date) -> None:
    again = look_for_alarms(flaring, Question(until=last), previous=pl.DataFrame(schema=tables.ALARMS))
    same = ["category", "cells", "start", "incidents", "llr", "p_value", "recurrence_days", "place", "reason"]
    assert again.table[same].equals(found.table[same])
    assert set(again.table["state"]) == {"new"}


def test_of_several_categories_in_one_place_all_together_speak_once(study: Study, last: date) -> None:
    names = study.cube.counts.group_by("category").agg(pl.col("incidents").sum()).sort("incidents", "category")
    three = tuple(names["category"][-3:])
    mixed = with_flare_up(study, last, categories=three, added=18)
    asked = Question(until=last, categories=three)
    found = look_for_alarms(mixed, asked, previous=pl.DataFrame(schema=tables.ALARMS), replicates=99)
    row = planted(found)
    assert row["category"] == tables.ALL_CATEGORIES
    assert "of 3 categories in" in row["reason"]
    cells = set(row["cells"].split(";"))
    assert [cells & set(other.split(";")) for other in found.table["cells"]].count(set()) == len(found.table) - 1


def test_filters_narrow_what_is_scanned_and_areas_only_the_rows(flaring: Study, found: Alarms, last: date) -> None:
    none = pl.DataFrame(schema=tables.ALARMS)
    one = look_for_alarms(flaring, Question(until=last, categories=(CATEGORY,)), previous=none, replicates=99)
    assert (one.summary["scans"], set(one.table["category"])) == (1, {CATEGORY})
    row = planted(found)
    home = flaring.areas[
        (flaring.areas["kind"] == "community") & (flaring.areas["name"] == row["community"].split(";")[0])
    ]
    elsewhere = flaring.areas[~flaring.areas.intersects(row["geometry"].buffer(0.02))]
    asked = Question(until=last, categories=(CATEGORY,))
    here = look_for_alarms(flaring, replace(asked, areas=(home["area_id"].iloc[0],)), previous=none)
    assert set(row["cells"].split(";")) in [set(cells.split(";")) for cells in here.table["cells"]]
    far = look_for_alarms(flaring, replace(asked, areas=tuple(elsewhere["area_id"][:1])), previous=none)
    assert (len(far.table), far.summary["incidents"]) == (0, here.summary["incidents"])


def test_its_own_past_finds_the_flare_up_too(flaring: Study, last: date) -> None:
    none = pl.DataFrame(schema=tables.ALARMS)
    asked = Question(until=last, categories=(CATEGORY,))
    own = look_for_alarms(flaring, asked, model="expectation", previous=none)
    assert planted(own)["signal"]
    assert any("Compared with each place's own past" in said.sentence() for said in own.notes)


def test_notes_name_the_city_and_the_holiday(study: Study) -> None:
    asked, none = Question(until=date(2026, 10, 7), categories=(CATEGORY,)), pl.DataFrame(schema=tables.ALARMS)
    notes = look_for_alarms(study, asked, previous=none).notes
    said = [one.sentence() for one in notes]
    assert any(one.startswith("National Day (") for one in said)
    assert any(one.startswith("The whole city: ") for one in said)
    assert not any("{" in one.sentence("zh") for one in notes)


@pytest.mark.parametrize(
    "options",
    [{"rings": 9}, {"days": 0}, {"replicates": 3}, {"model": "bernoulli"}, {"every": 0}, {"days": 50, "history": "8w"}],
)
def test_what_cannot_be_asked_is_refused(study: Study, options: dict[str, Any]) -> None:
    with pytest.raises(RefusedQuestion):
        look_for_alarms(study, Question(), **options)


def test_another_list_is_no_list_of_alarms(study: Study) -> None:
    with pytest.raises(RefusedQuestion, match="alarm_id is missing"):
        look_for_alarms(study, Question(), previous=pl.DataFrame({"cell": ["a"]}), replicates=99)
