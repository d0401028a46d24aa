"""Alarms of a city: what is planted is found and named, what goes on keeps its id, and every number adds up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from geo import tables
from geo.errors import RefusedQuestion
from geo.grid.cells import cell_to_string
from geo.grid.cube import build_cube
from geo.grid.windows import window_back
from geo.recurring.alarms import LEAST_CASES, Alarms, look_for_alarms
from geo.stats.alarms import recurrence_days
from geo.stats.question import Question
from geo.study import Study

ADDED = 14
CATEGORY = "S06011"


def with_flare_up(study: Study, last: date, *, categories: tuple[str, ...] = (CATEGORY,), added: int = ADDED) -> Study:
    """Return the study with so many incidents more in one hexagon and a neighbour, in the four days up to `last`."""
    cells = quarter(study, last)
    more = [(at % 4, categories[at % len(categories)], cells[at % 2], f"{at} Elm Road") for at in range(added)]
    return with_reports(study, last, more)


def quarter(study: Study, last: date) -> NDArray[np.uint64]:
    """Return a hexagon, as busy as half of the others, and those around it."""
    busy = study.cube.in_window(window_back("13w", last))
    whole = np.flatnonzero((study.cube.neighbours >= 0).all(axis=1))
    centre = int(whole[np.argsort(busy[whole], kind="stable")[len(whole) // 2]])
    return study.cube.cells[[centre, *study.cube.neighbours[centre]]]


def with_reports(
    study: Study, last: date, added: Sequence[tuple[int, str, int, str]], again: Sequence[tuple[int, int]] = ()
) -> Study:
    """Return the study with residents' reports more: days before `last`, category, cell and address of each.

    `again`: which of them is reported once more, and how many days before `last`.
    """
    like = study.reports.filter(~pl.col("pile") & (pl.col("incident_id") == tables.REPORT_KEY)).head(1)
    noon = datetime(last.year, last.month, last.day, 4, tzinfo=UTC)

    def row(at: int, report: str, back: int) -> dict[str, Any]:
        _, category, cell, address = added[at]
        return {
            "system": "flare",
            "report_id": report,
            "incident_id": f"flare/{at}",
            "reported_at": noon - timedelta(days=back),
            "category": category,
            "cell": int(cell),
            "source": "resident",
            "address": address,
        }

    told = [row(at, str(at), back) for at, (back, *_) in enumerate(added)]
    told += [row(at, f"{at} again", back) for at, back in again]
    fresh = pl.DataFrame(told).cast({"cell": pl.UInt64, "reported_at": tables.UTC_TIME})
    rest = like.drop(fresh.columns)
    rows = pl.concat([fresh, pl.concat([rest] * len(told))], how="horizontal").select(like.columns)
    reports = pl.concat([study.reports, rows])
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
    rare = [recurrence_days(p, found.summary["scans"]) for p in found.table["p_value"]]  # p is that of one scan
    assert found.table["recurrence_days"].tolist() == pytest.approx(np.minimum(rare, 36_525))  # a century
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


def test_a_category_that_rises_wherever_it_occurs_is_no_alarm_of_all_together(study: Study, last: date) -> None:
    cells, random = quarter(study, last), np.random.default_rng(5)
    days = [*range(7, 91), *random.integers(0, 7, 60).tolist()]  # one a day, and then eight to nine a day
    stalls = [(back, "stalls", int(cells[random.integers(7)]), f"{n} Market Street") for n, back in enumerate(days)]
    found = look_for_alarms(
        with_reports(study, last, stalls), Question(until=last), previous=pl.DataFrame(schema=tables.ALARMS)
    )
    market = {cell_to_string(cells[at : at + 1])[0] for at in range(7)}
    assert not [row for row in found.table.itertuples() if market & set(row.cells.split(";"))]


def test_an_alarm_tells_what_was_reported_up_to_its_last_day(study: Study, last: date) -> None:
    cells = quarter(study, last)
    same = [(at % 4, CATEGORY, int(cells[at % 2]), "1 Elm Road") for at in range(ADDED)]
    later = with_reports(study, last, same, again=[(0, 0), (1, -5)])
    asked = Question(until=last, categories=(CATEGORY,))
    found = look_for_alarms(later, asked, previous=pl.DataFrame(schema=tables.ALARMS), replicates=99, lang="zh")
    row = planted(found)
    told = found.incidents_of(row["alarm_id"]).filter(pl.col("system") == "flare")
    assert told.height == ADDED + 1
    assert told["report_id"].is_in(["0 again"]).sum() == 1
    assert f"。其中{ADDED}起在同一地址。" in row["reason"]
    assert " " not in row["reason"]


def test_a_short_past_is_compared_as_far_as_it_reaches(study: Study) -> None:
    assert study.cube.first_day is not None
    none = pl.DataFrame(schema=tables.ALARMS)
    early = Question(until=study.cube.first_day + timedelta(days=42), categories=(CATEGORY,))
    found = look_for_alarms(study, early, previous=none, replicates=99)
    assert found.summary["history_start"] == study.cube.first_day
    said = " ".join(one.sentence() for one in found.notes)
    assert f"The records begin on {study.cube.first_day}" in said
    assert "compared with 29 days before them" in said
    with pytest.raises(RefusedQuestion, match=r"there are 27 days\. Choose a later last day"):
        look_for_alarms(study, replace(early, until=study.cube.first_day + timedelta(days=40)), previous=none)


def test_filters_narrow_what_is_scanned_and_areas_only_the_rows(flaring: Study, found: Alarms, last: date) -> None:
    none = pl.DataFrame(schema=tables.ALARMS)
    one = look_for_alarms(flaring, Question(until=last, categories=(CATEGORY,)), previous=none, replicates=99)
    assert (one.summary["scans"], set(one.table["category"])) == (1, {CATEGORY})
    warned = [[note.text.startswith("Only the scans of this") for note in each.notes] for each in (one, found)]
    assert [any(said) for said in warned] == [True, False]
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
