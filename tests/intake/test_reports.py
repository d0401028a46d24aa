"""Reports read to the end: every row accepted or rejected with its reason, whatever the dirt."""

from __future__ import annotations

import csv
import random
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import geopandas
import polars as pl
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from geo import tables
from geo.intake.faults import REJECTED_REASONS, WARNING_REASONS
from geo.intake.reports import combine, read_reports, reject_outside
from geo.tables import Intake

HEADER = (
    "工单编号",
    "受理时间",
    "办结时间",
    "办理期限",
    "工单状态",
    "诉求类别",
    "经度",
    "纬度",
    "诉求来源",
    "诉求地址",
)
GOOD = (
    "A1",
    "2026-03-02 08:00:00",
    "2026-03-03 08:00:00",
    "2026-03-05 08:00:00",
    "已结案",
    "店外经营",
    "104.06",
    "30.65",
    "电话",
    "建设路1号",
)
TODAY = date(2026, 4, 1)


def row(**changes: str) -> tuple[str, ...]:
    """Return the good row with some of its values changed."""
    return tuple(changes.get(name, value) for name, value in zip(HEADER, GOOD, strict=True))


def write(folder: Path, *rows: tuple[str, ...], name: str = "reports.csv") -> Path:
    file = folder / name
    with file.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([HEADER, *rows])
    return file


def read(folder: Path, *rows: tuple[str, ...], **options: object) -> Intake:
    return read_reports(write(folder, *rows), today=TODAY, **options)  # type: ignore[arg-type]


def test_a_clean_row_becomes_a_report(tmp_path: Path) -> None:
    intake = read(tmp_path, GOOD)
    assert intake.reports.schema == pl.Schema(tables.REPORTS)
    assert intake.reports.row(0, named=True) == {
        "system": "12345",
        "report_id": "A1",
        "reported_at": datetime(2026, 3, 2, 0, 0, tzinfo=UTC),
        "closed_at": datetime(2026, 3, 3, 0, 0, tzinfo=UTC),
        "status": "closed",
        "category": "S09005",
        "lat": 30.65,
        "lon": 104.06,
        "source": "resident",
        "unit": None,
        "address": "建设路1号",
        "asset_id": None,
        "description": None,
        "due_at": datetime(2026, 3, 5, 0, 0, tzinfo=UTC),
        "labelled_duplicate": False,
    }
    assert intake.rejected.schema == intake.warnings.schema == pl.Schema(tables.FAULTS)


REJECTED = [
    ({"经度": ""}, "no_coordinates", "纬度, 经度", "30.65"),
    ({"经度": "东"}, "unreadable_coordinates", "纬度, 经度", "30.65, 东"),
    ({"经度": "0", "纬度": "0"}, "zero_coordinates", "纬度, 经度", "0, 0"),
    ({"受理时间": ""}, "no_opening_date", "受理时间", None),
    ({"受理时间": "9/31/2012"}, "unreadable_opening_date", "受理时间", "9/31/2012"),
    ({"受理时间": "2026-04-03 08:00"}, "future_opening_date", "受理时间", "2026-04-03 08:00"),
    ({"工单编号": "1.23E+15"}, "damaged_id", "工单编号", "1.23E+15"),
]


@pytest.mark.parametrize(
    ("changes", "reason", "column", "value"), REJECTED, ids=[reason for _, reason, _, _ in REJECTED]
)
def test_a_row_is_rejected_with_its_reason(
    tmp_path: Path, changes: dict[str, str], reason: str, column: str, value: str | None
) -> None:
    intake = read(tmp_path, row(工单编号="B1"), row(工单编号="B2"), row(**({"工单编号": "B3"} | changes)))
    assert intake.rejected.rows() == [(4, column, value, REJECTED_REASONS[reason])]
    assert intake.originals["row"].to_list() == [4]
    assert intake.originals.row(0)[1:] == tuple(cell or None for cell in row(**({"工单编号": "B3"} | changes)))
    assert (intake.quality.rows_read, intake.quality.accepted, intake.quality.rejected) == (3, 2, 1)


WARNED = [
    ({"经度": "30.65", "纬度": "104.06"}, "swapped_coordinates", {"lat": 30.65, "lon": 104.06}),
    ({"办结时间": "2026-03-01"}, "closed_before_opened", {"closed_at": None, "status": "closed"}),
    ({"办结时间": "2026-05-01"}, "future_closing_date", {"closed_at": None, "status": "closed"}),
    ({"办结时间": "9/31/2026"}, "unreadable_closing_date", {"closed_at": None}),
    ({"办理期限": "尽快"}, "unreadable_due_date", {"due_at": None}),
    ({"工单状态": "办理中"}, "closing_date_while_open", {"closed_at": None, "status": "open"}),
    ({"诉求类别": " "}, "no_category", {"category": "unknown"}),
    ({"诉求类别": "飞碟"}, "unknown_category", {"category": "飞碟"}),
    ({"工单状态": "待定"}, "unknown_status", {"status": "closed"}),
    ({"诉求来源": "鸽子"}, "unknown_source", {"source": "other"}),
    ({"工单编号": ""}, "no_id", {"report_id": "reports.csv:4"}),
]


@pytest.mark.parametrize(("changes", "reason", "kept"), WARNED, ids=[reason for _, reason, _ in WARNED])
def test_a_row_is_kept_with_a_warning(
    tmp_path: Path, changes: dict[str, str], reason: str, kept: dict[str, object]
) -> None:
    intake = read(tmp_path, row(工单编号="B1"), row(工单编号="B2"), row(**({"工单编号": "B3"} | changes)))
    assert intake.warnings.select("row", "reason").rows() == [(4, WARNING_REASONS[reason])]
    report = intake.reports.row(2, named=True)
    assert {name: report[name] for name in kept} == kept
    assert intake.rejected.is_empty()


def test_every_reason_is_met_by_a_test() -> None:
    others = {"too_many_fields", "superseded", "outside"}  # have tests of their own below
    assert {reason for _, reason, _, _ in REJECTED} | others == set(REJECTED_REASONS)
    assert {reason for _, reason, _ in WARNED} == set(WARNING_REASONS)


def test_a_row_with_two_faults_is_listed_twice_and_counted_once(tmp_path: Path) -> None:
    intake = read(tmp_path, GOOD, row(工单编号="A2", 经度="", 受理时间="", 诉求类别=""))
    assert intake.rejected["row"].to_list() == [3, 3]
    assert (intake.quality.accepted, intake.quality.rejected) == (1, 1)
    assert intake.originals.height == 1
    assert intake.warnings.is_empty()  # what a rejected row also lacks is no warning


def test_a_row_with_more_fields_than_the_header(tmp_path: Path) -> None:
    intake = read(tmp_path, GOOD, row(工单编号="A2"), (*row(工单编号="A3"), "多出", "的"))
    assert intake.rejected.rows() == [(4, "诉求地址", "多出,的", REJECTED_REASONS["too_many_fields"])]


def test_of_the_same_number_the_last_by_time_stays(tmp_path: Path) -> None:
    intake = read(
        tmp_path,
        row(办结时间="2026-03-09 08:00:00"),
        row(办结时间="", 工单状态="办理中"),
        row(办结时间="2026-03-03 08:00:00"),
        row(工单编号="A2"),
    )
    assert intake.reports["closed_at"].to_list()[0] == datetime(2026, 3, 9, 0, 0, tzinfo=UTC)
    assert intake.rejected.rows() == [(n, "工单编号", "A1", REJECTED_REASONS["superseded"]) for n in (3, 4)]


def test_a_broken_row_never_replaces_a_good_one(tmp_path: Path) -> None:
    intake = read(tmp_path, GOOD, row(受理时间="2026-03-20 08:00:00", 经度=""))
    assert intake.reports.height == 1
    assert intake.rejected["reason"].to_list() == [REJECTED_REASONS["no_coordinates"]]


def test_a_file_without_numbers_names_its_reports_after_their_rows(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("when,lng,lat\n2026-03-02,104.06,30.65\n2026-03-02,104.06,30.65\n")
    intake = read_reports(file, {"reported_at": "when", "lon": "lng", "lat": "lat"}, today=TODAY)
    assert intake.reports["report_id"].to_list() == ["list.csv:2", "list.csv:3"]
    assert intake.reports["system"].to_list() == ["list", "list"]
    assert intake.reports["category"].to_list() == ["unknown", "unknown"]
    assert intake.quality.recognised == ("",)
    assert intake.quality.timezone == ("Asia/Shanghai",)
    assert len(intake.quality.notes) == 2  # no numbers; no time zone


def test_the_time_zone_option_serves_where_nobody_else_says(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("when,lng,lat\n2026-03-02 12:00,104.06,30.65\n")
    mapping = {"reported_at": "when", "lon": "lng", "lat": "lat"}
    assert read_reports(file, mapping, timezone="UTC").reports["reported_at"].dt.hour().to_list() == [12]
    assert read_reports(file, mapping | {"timezone": "Asia/Tokyo"}, timezone="UTC").reports[
        "reported_at"
    ].dt.hour().to_list() == [3]
    assert read(tmp_path, GOOD, timezone="UTC").quality.timezone == ("Asia/Shanghai",)  # the export's own


def test_the_datum_of_a_file_shifts_its_reports(tmp_path: Path) -> None:
    shifted = read(tmp_path, GOOD, mapping={"crs": "GCJ-02"})
    assert shifted.quality.crs == ("GCJ-02",)
    assert 0.001 < 104.06 - shifted.reports["lon"][0] < 0.01


def test_categories_of_a_city_with_its_own_words_are_kept_without_a_warning_each(tmp_path: Path) -> None:
    intake = read(
        tmp_path,
        *(row(工单编号=f"B{n}", 诉求类别=f"城乡建设-{n}") for n in range(5)),
        row(工单编号="B6", 诉求类别="市容环境/暴露垃圾"),
    )
    assert intake.reports["category"].to_list() == [*(f"城乡建设-{n}" for n in range(5)), "S06010"]
    assert intake.warnings.is_empty()
    assert any("GB/T 47678.5" in str(note) for note in intake.quality.notes)


def test_codes_of_2013_are_suggested_and_the_mapping_confirms_them(tmp_path: Path) -> None:
    rows = [GOOD, row(工单编号="A2", 诉求类别="0405")]
    intake = read(tmp_path, *rows)
    assert intake.reports["category"].to_list() == ["S09005", "0405"]
    assert any('S09005 = ["0405"]' in str(note) for note in intake.quality.notes)
    confirmed = read(tmp_path, *rows, mapping={"values": {"category": {"S09005": ["0405"]}}})
    assert confirmed.reports["category"].to_list() == ["S09005", "S09005"]
    assert confirmed.warnings.is_empty()


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_reports_written_by_us_are_read_back(tmp_path: Path, ending: str) -> None:
    first = read(tmp_path, GOOD, row(工单编号="A2", 办结时间="", 工单状态="办理中", 诉求类别="", 诉求来源="巡查"))
    file = tmp_path / f"written.{ending}"
    (first.reports.write_csv if ending == "csv" else first.reports.write_parquet)(file)
    again = read_reports(file, today=TODAY)
    assert again.quality.recognised == ("Hexward reports",)
    assert_frame_equal(again.reports, first.reports)


@pytest.mark.parametrize(("ending", "crs"), [("geojson", "EPSG:4326"), ("gpkg", "EPSG:4544")])
def test_reports_with_geometry(tmp_path: Path, ending: str, crs: str) -> None:
    points = geopandas.GeoDataFrame(
        {"工单编号": ["A1", "A2"], "受理时间": ["2026-03-02 08:00:00"] * 2},
        geometry=[shapely.Point(104.06, 30.65), None],
        crs="EPSG:4326",
    )
    file = tmp_path / f"reports.{ending}"
    points.to_crs(crs).to_file(file)
    intake = read_reports(file, crs="WGS-84", today=TODAY)  # a datum given does not make degrees of the file's metres
    assert intake.reports.select(pl.col("lon", "lat").round(9)).row(0) == (104.06, 30.65)
    assert intake.rejected.select("row", "reason").rows() == [(3, REJECTED_REASONS["no_coordinates"])]
    assert intake.quality.crs == ("WGS-84" if crs == "EPSG:4326" else crs,)


def two_files(folder: Path) -> tuple[Intake, Intake]:
    first = write(folder, GOOD, row(工单编号="A2"), row(工单编号="A3", 经度=""), name="march.csv")
    second = write(folder, row(办结时间="2026-03-20 08:00:00"), row(工单编号="A4", 办结时间="soon"), name="april.csv")
    return read_reports(first, today=TODAY), read_reports(second, today=TODAY)


def test_several_files_as_one(tmp_path: Path) -> None:
    intake = combine(two_files(tmp_path))
    assert intake.quality.files == ("march.csv", "april.csv")
    assert (intake.quality.rows_read, intake.quality.accepted, intake.quality.rejected) == (5, 3, 2)
    assert intake.reports["report_id"].to_list() == ["A2", "A1", "A4"]
    assert intake.rejected.select("file", "row", "value", "reason").rows() == [
        ("march.csv", 4, "30.65", REJECTED_REASONS["no_coordinates"]),
        ("march.csv", 2, "A1", REJECTED_REASONS["superseded"]),
    ]
    assert intake.warnings.select("file", "row").rows() == [("april.csv", 3)]
    assert sorted(intake.originals.select("file", "row").rows()) == [("march.csv", 2), ("march.csv", 4)]


def test_combining_combinations_and_single_files_agree(tmp_path: Path) -> None:
    first, second = two_files(tmp_path)
    once, twice = combine([first, second]), combine([combine([first]), second])
    assert_frame_equal(once.reports, twice.reports)
    assert_frame_equal(once.rejected, twice.rejected)
    assert_frame_equal(once.originals, twice.originals)
    assert combine([]).reports.schema == pl.Schema(tables.REPORTS)


def test_the_same_file_name_twice_stays_apart(tmp_path: Path) -> None:
    first, _ = two_files(tmp_path)
    intake = combine([first, first])
    assert intake.quality.files == ("march.csv", "march.csv (2)")
    assert intake.quality.accepted == 2
    assert Counter(intake.rejected["file"]) == {"march.csv": 3, "march.csv (2)": 1}


def test_reports_far_outside_the_study_area_are_rejected(tmp_path: Path) -> None:
    near_by, far = (
        row(工单编号="A2", 经度="104.1040"),
        row(工单编号="A3", 经度="104.1060", 诉求来源="鸽子"),
    )  # 383 m and 575 m outside
    boundary = shapely.box(104.0, 30.6, 104.1, 30.7)
    for intake in (read(tmp_path, GOOD, near_by, far), combine([read(tmp_path, GOOD, near_by, far)])):
        kept = reject_outside(intake, boundary, metres=500.0)
        assert kept.reports["report_id"].to_list() == ["A1", "A2"]
        assert kept.rejected.select("row", "column", "value", "reason").rows() == [
            (4, "纬度, 经度", "30.65, 104.1060", REJECTED_REASONS["outside"])
        ]
        assert kept.originals["工单编号"].to_list() == ["A3"]
        assert kept.warnings.is_empty()
        assert (kept.quality.rows_read, kept.quality.accepted, kept.quality.rejected) == (3, 2, 1)
        assert kept.rows.height == kept.reports.height


dirt = st.fixed_dictionaries(
    {},
    optional={
        "工单编号": st.sampled_from(["A1", "A2", "A3", "", "1.2E+15"]),
        "受理时间": st.sampled_from(["2026-03-05", "", "x", "2027-01-01", "46083"]),
        "办结时间": st.sampled_from(["", "2026-02-01", "2026-03-09", "9/31/2012"]),
        "经度": st.sampled_from(["", "30.65", "0", "104.07", "x"]),
        "纬度": st.sampled_from(["", "104.06", "0", "30.66"]),
        "诉求类别": st.sampled_from(["", "飞碟", "S06010"]),
        "工单状态": st.sampled_from(["办理中", "", "?"]),
    },
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(st.lists(dirt, min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_whatever_the_dirt_every_row_is_accounted_for_and_order_does_not_matter(
    tmp_path: Path, changes: list[dict[str, str]], shuffle: random.Random
) -> None:
    rows = [
        row(工单编号="A0"),
        row(工单编号="A9"),
        row(工单编号="A8"),
        *(row(**change) for change in changes if change.get("工单编号") != ""),
    ]
    damaged = sum(change.get("工单编号") == "1.2E+15" for change in changes)
    rows += [row(工单编号=f"C{n}") for n in range(damaged + 1)]  # a file with most numbers damaged would be refused
    intake = read(tmp_path, *rows)
    quality = intake.quality
    assert quality.rows_read == len(rows)
    assert quality.accepted + quality.rejected == quality.rows_read
    assert quality.accepted == intake.reports.height == intake.rows.height
    assert quality.rejected == intake.originals.height == intake.rejected["row"].n_unique()
    assert not set(intake.warnings["row"]) & set(intake.rejected["row"])
    shuffle.shuffle(rows)
    again = read(tmp_path, *rows)
    assert_frame_equal(again.reports, intake.reports, check_row_order=False)
    assert Counter(again.rejected["reason"]) == Counter(intake.rejected["reason"])


def test_without_a_status_a_closing_date_before_the_opening_still_says_closed(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text(
        "report_id,reported_at,closed_at,lat,lon\n1,2026-05-02 10:00,2026-05-01 10:00,30.6,104.2\n"
        "2,2026-05-02 10:00,,30.6,104.2\n"
    )
    intake = read_reports(file, timezone="Asia/Shanghai")
    assert intake.reports["closed_at"].null_count() == 2
    assert intake.reports["status"].to_list() == ["closed", "open"]


def test_rows_without_numbers_of_two_files_of_one_name_are_all_kept(tmp_path: Path) -> None:
    intakes = []
    for month in ("03", "04"):
        (tmp_path / month).mkdir()
        file = tmp_path / month / "reports.csv"
        file.write_text(f"reported_at,lat,lon\n2026-{month}-02,30.6,104.2\n2026-{month}-03,30.6,104.2\n")
        intakes.append(read_reports(file, timezone="Asia/Shanghai"))
    together = combine(intakes)
    assert (together.quality.accepted, together.quality.rejected) == (4, 0)
    ids = ["reports.csv:2", "reports.csv:3", "reports.csv (2):2", "reports.csv (2):3"]
    assert together.reports["report_id"].to_list() == ids
