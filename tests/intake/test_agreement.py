"""Merging beside the marks of a city: what is counted, and why a marked report stands alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from geo.intake import agreement as marks
from geo.intake.agreement import agreement
from geo.intake.incidents import merge_duplicates
from geo.intake.radii import Rule
from geo.intake.reports import read_reports
from geo.material import read_material
from tests.intake.test_incidents import elsewhere, heap, report, table

DAY = 24.0


def compared(rows: list[dict[str, Any]], marked: set[int], rule: Rule | None = None) -> marks.Agreement | None:
    rule = rule or Rule()
    reports = table(rows).with_columns(labelled_duplicate=pl.col("report_id").cast(pl.Int64).is_in(list(marked)))
    merged = merge_duplicates(reports, metres=rule.metres, hours=rule.hours, days=rule.days)
    return agreement(merged, rule)


@pytest.mark.parametrize(
    ("before", "reason"),
    [
        ([], marks.NOTHING),
        ([report(1, open_hours=5)], marks.CLOSED),
        ([report(1, open_hours=5, category="noise")], marks.NOTHING),  # that one was closed as well
        ([report(1, 24, open_hours=5000, category="noise")], marks.OTHER_CATEGORY),
        ([report(1, 3, open_hours=5000, north=80)], marks.FARTHER),
        ([report(1, 3, open_hours=5000, north=160)], marks.NOTHING),
        ([report(1, 3)], marks.TOO_LONG_AGO),  # no closing date, 97 hours before
        ([report(1, -31 * DAY, open_hours=5000)], marks.TOO_LONG_AGO),
        ([report(1, 3, open_hours=5000, north=80), report(3, 4, open_hours=5000, north=40)], marks.NEAR_A_DUPLICATE),
    ],
)
def test_why_a_marked_report_stands_alone(before: list[dict[str, Any]], reason: str) -> None:
    found = compared([*before, report(2, 100)], {2})
    assert found is not None
    assert (found.labelled, found.together, found.reasons) == (1, 0, {reason: 1})


def test_the_reasons_follow_the_rule_that_merged() -> None:
    rows = [report(1, open_hours=5000), report(2, 40 * DAY, north=30)]
    longer = compared(rows, {2}, Rule(days=60))
    assert longer is not None
    assert (longer.together, longer.reasons) == (1, {})
    nearer = compared(rows, {2}, Rule({"litter": 20.0}, days=60))
    assert nearer is not None
    assert nearer.reasons == {marks.FARTHER: 1}


def test_a_position_at_a_pile_says_nothing() -> None:
    rows = heap([f"{road}1号" for road in ("建设路", "和平路", "新华大道", "染坊巷", "油篓街", "北城大街")] * 2)
    found = compared([*rows, *elsewhere()], {1003})
    assert found is not None
    assert found.reasons == {marks.AT_A_PILE: 1}


def test_of_an_estate_another_address() -> None:
    rows = heap([f"翠湖小区{n}栋" for n in range(1, 12)])
    asked = [report(71, 0, address="翠湖小区3栋"), report(72, 1, address="翠湖小区5栋")]
    found = compared([*rows, *asked, *elsewhere()], {72})
    assert found is not None
    assert found.reasons == {marks.OTHER_ADDRESS: 1}


def test_the_first_report_of_an_incident_with_others_is_in_company() -> None:
    """A clerk may keep the later number and close the earlier one."""
    found = compared([report(1), report(2, 1), report(3, 2), report(4, north=900)], {1, 2})
    assert found is not None
    assert (found.labelled, found.together, found.merged, found.merged_labelled) == (2, 2, 2, 1)
    assert (found.share_of_merged, found.share_of_all) == (0.5, 0.5)


def test_without_marks_nothing_is_said() -> None:
    assert compared([report(1), report(2, 1)], set()) is None


CSV = """CASE_ENQUIRY_ID,OPEN_DT,CLOSED_DT,CASE_STATUS,CLOSURE_REASON,TYPE,LATITUDE,LONGITUDE
1,2015-03-02 08:00:00,2015-03-09 08:00:00,Closed,Case Closed,Potholes,42.34,-71.06
2,2015-03-03 08:00:00,2015-03-04 08:00:00,Closed,Duplicate of Existing Case 1,Potholes,42.34,-71.06
3,2015-03-03 09:00:00,2015-03-04 08:00:00,Closed,DUPLICATE,Potholes,42.36,-71.06
4,2015-03-05 09:00:00,2015-03-06 08:00:00,Closed,Case Closed,Potholes,42.35,-71.06
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "boston.csv"
    path.write_text(CSV, "utf-8")
    return path


def test_the_quality_report_says_how_far_merging_and_the_marks_agree(file: Path) -> None:
    report = read_material([file]).quality()
    assert report.summary["labelled_duplicates"] == 2
    assert report.summary["labelled_together"] == report.summary["labelled_merged"] == 1
    assert report.summary["labelled_alone_by_reason"] == {marks.NOTHING: 1}
    lines = report.lines()
    assert "The files mark 2 reports as duplicates: 1 of them (50%) are in one incident with another report." in lines
    assert (
        "Of the 1 merged reports 100.0% are marked, of all reports 50.0%: a city does not mark every duplicate."
        in lines
    )
    at = lines.index("Marked, and not merged:")
    assert lines[at + 1] == f"    1  {marks.NOTHING}"
    chinese = "\n".join(read_material([file]).quality("zh").lines("zh"))
    assert "文件自身标记的重复件有2件，其中1件（50%）" in chinese
    assert "该处当时没有未办结的上报" in chinese


def test_a_file_without_marks_says_nothing_of_them(file: Path) -> None:
    file.write_text(CSV.replace("Duplicate of Existing Case 1", "Done").replace("DUPLICATE", "Done"), "utf-8")
    report = read_material([file]).quality()
    assert not [key for key in report.summary if key.startswith("labelled")]
    assert not [line for line in report.lines() if "mark" in line]


def test_the_rule_of_the_mapping_is_the_one_that_merges(file: Path) -> None:
    mapping = {"duplicates": {"hours": 1, "days": 0.5, "category_metres": {"Pot holes": 20}}}
    material = read_material([file], mapping=mapping)
    assert material.merged["incident_id"].n_unique() == 4  # the second came a day later: too late now
    assert marks.TOO_LONG_AGO in material.quality().summary["labelled_alone_by_reason"]
    assert any("Pot holes" in line for line in material.quality().lines())


def test_boston_marks_merged_reports_far_more_often_than_others(shared: Path) -> None:
    reports = read_reports(shared / "data/boston/boston311_2015_city_export.csv.gz").reports
    found = agreement(merge_duplicates(reports), Rule())
    assert found is not None
    assert found.labelled >= 3_861
    assert found.together / found.labelled > 0.6
    assert found.share_of_merged > 3.5 * found.share_of_all
    assert sum(found.reasons.values()) == found.labelled - found.together
