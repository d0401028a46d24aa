"""Exports of other cities and systems, recognised by their columns: one real-looking row of each, read to the end."""

from __future__ import annotations

import csv
import tomllib
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from geo.errors import BadMapping, UnknownColumns
from geo.intake.headers import exports
from geo.intake.reports import read_reports

NOON = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)

EXPORTS = {
    "Boston 311": (
        {
            "CASE_ENQUIRY_ID": "101001242404",
            "OPEN_DT": "03/02/2026 12:00:00 PM",
            "TARGET_DT": "03/05/2026 12:00:00 PM",
            "CLOSED_DT": "03/03/2026 12:00:00 PM",
            "CASE_STATUS": "Closed",
            "CLOSURE_REASON": "Case Closed Duplicate of Existing Case",
            "TYPE": "Graffiti Removal",
            "Department": "PWDx",
            "Location": "29 Hereford St  Boston",
            "LATITUDE": "42.3504",
            "LONGITUDE": "-71.0867",
            "Source": "City Worker App",
        },
        {
            "reported_at": NOON,
            "category": "Graffiti Removal",
            "source": "patrol",
            "status": "closed",
            "labelled_duplicate": True,
        },
    ),
    "Boston 311 in lower case": (
        {
            "case_enquiry_id": "1",
            "open_dt": "2026-03-02 12:00:00",
            "sla_target_dt": "2026-03-05 12:00:00",
            "closed_dt": "",
            "case_status": "Open",
            "closure_reason": " ",
            "type": "Pothole",
            "department": "PWDx",
            "location": "1 Main St",
            "latitude": "42.35",
            "longitude": "-71.08",
            "source": "Constituent Call",
        },
        {"reported_at": NOON, "source": "resident", "status": "open", "closed_at": None, "labelled_duplicate": False},
    ),
    "Chicago 311": (
        {
            "SR_NUMBER": "SR26-1",
            "SR_TYPE": "Pothole in Street Complaint",
            "OWNER_DEPARTMENT": "CDOT",
            "STATUS": "Completed",
            "ORIGIN": "Phone Call",
            "CREATED_DATE": "03/02/2026 11:00:00 AM",
            "CLOSED_DATE": "03/04/2026 11:00:00 AM",
            "STREET_ADDRESS": "1 N State St",
            "DUPLICATE": "false",
            "LATITUDE": "41.88",
            "LONGITUDE": "-87.63",
        },
        {"reported_at": NOON, "status": "closed", "unit": "CDOT", "source": "resident", "labelled_duplicate": False},
    ),
    "Chicago 311 before 2018": (
        {
            "Creation Date": "03/02/2026",
            "Status": "Completed - Dup",
            "Completion Date": "03/04/2026",
            "Service Request Number": "14-1",
            "Type of Service Request": "Graffiti Removal",
            "Street Address": "1 N State St",
            "Latitude": "41.88",
            "Longitude": "-87.63",
        },
        {"status": "closed", "labelled_duplicate": True},
    ),
    "NYC 311": (
        {
            "Unique Key": "1",
            "Created Date": "03/02/2026 12:00:00 PM",
            "Closed Date": "",
            "Agency": "NYPD",
            "Agency Name": "Police",
            "Complaint Type": "Noise",
            "Descriptor": "Loud Music",
            "Incident Address": "1 Broadway",
            "Status": "In Progress",
            "Due Date": "03/02/2026 08:00:00 PM",
            "Open Data Channel Type": "ONLINE",
            "Latitude": "40.71",
            "Longitude": "-74.01",
            "Location": "(40.71, -74.01)",
        },
        {"reported_at": NOON, "category": "Noise", "unit": "Police", "status": "open", "source": "resident"},
    ),
    "San Francisco 311": (
        {
            "CaseID": "1",
            "Opened": "03/02/2026 09:00:00 AM",
            "Closed": "03/03/2026 09:00:00 AM",
            "Status": "Closed",
            "Responsible Agency": "DPW",
            "Category": "Street and Sidewalk Cleaning",
            "Address": "1 Market St",
            "Source": "Mobile/Open311",
            "Latitude": "37.79",
            "Longitude": "-122.4",
            "Point": "(37.79, -122.4)",
        },
        {"reported_at": NOON, "unit": "DPW", "source": "resident"},
    ),
    "San Francisco 311 through the API": (
        {
            "service_request_id": "1",
            "requested_datetime": "2026-03-02T09:00:00.000",
            "closed_date": "",
            "status_description": "Open",
            "agency_responsible": "DPW",
            "service_name": "Graffiti",
            "address": "1 Market St",
            "lat": "37.79",
            "long": "-122.4",
            "source": "Web",
            "status_notes": "",
            "updated_datetime": "2026-03-02T09:00:00.000",
        },
        {"reported_at": NOON, "category": "Graffiti"},
    ),
    "Open311 GeoReport v2": (
        {
            "service_request_id": "638344",
            "status": "closed",
            "status_notes": "Duplicate request.",
            "service_name": "Sidewalk and Curb Issues",
            "service_code": "006",
            "description": "",
            "requested_datetime": "2026-03-02T09:00:00-08:00",
            "updated_datetime": "2026-03-03T09:00:00-08:00",
            "expected_datetime": "2026-03-05T09:00:00-08:00",
            "address": "8TH AVE",
            "lat": "37.76",
            "long": "-122.42",
        },
        {"reported_at": NOON, "status": "closed", "labelled_duplicate": True, "source": "resident"},
    ),
    "12345 hotline": (
        {
            "工单编号": "CD20260303001",
            "受理时间": "2026-03-03 01:00:00",
            "办结时间": "2026-03-04 01:00:00",
            "诉求类别": "店外经营",
            "诉求地址": "建设路1号",
            "诉求内容": "商户占道",
            "承办单位": "综合执法队",
            "办理期限": "2026-03-06 01:00:00",
            "工单状态": "已办结",
            "经度": "104.06",
            "纬度": "30.65",
            "联系电话": "13800000000",
        },
        {"reported_at": NOON, "category": "S09005", "status": "closed", "source": "resident", "unit": "综合执法队"},
    ),
    "数字城管 grid patrol": (
        {
            "rec_id": "7",
            "create_time": "2026-03-03 01:00:00",
            "archive_time": "",
            "coordinate_x": "104.06",
            "coordinate_y": "30.65",
            "dispose_deadline": "2026-03-04 01:00:00",
            "dispose_unit_name": "环卫所",
            "event_type": "事件",
            "main_type": "06",
            "sub_type": "010",
            "address": "建设路",
            "event_desc": "垃圾",
            "rec_status": "派遣",
        },
        {"reported_at": NOON, "category": "S06010", "status": "open", "source": "patrol", "unit": "环卫所"},
    ),
    "undercover inspection": (
        {
            "问题编号": "12",
            "检查时间": "2026年3月3日",
            "问题类别": "暴露垃圾",
            "点位名称": "东风市场",
            "地址": "建设路",
            "问题描述": "有垃圾",
            "责任单位": "市场物业",
            "整改时限": "2026-03-10",
            "整改完成时间": "",
            "整改状态": "未整改",
            "经度": "104.06",
            "纬度": "30.65",
        },
        {"category": "S06010", "status": "open", "source": "inspection", "unit": "市场物业"},
    ),
}
EXPECTED_NAMES = {title: next(e.name for e in exports() if title.startswith(e.name)) for title in EXPORTS}


def write(file: Path, *rows: dict[str, str]) -> Path:
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return file


@pytest.mark.parametrize("title", EXPORTS)
def test_an_export_is_recognised_and_its_words_understood(tmp_path: Path, title: str) -> None:
    row, wanted = EXPORTS[title]
    intake = read_reports(write(tmp_path / "reports.csv", row), today=date(2026, 4, 1), timezone="America/Los_Angeles")
    assert intake.quality.recognised == (EXPECTED_NAMES[title],)
    report = intake.reports.row(0, named=True)
    assert {ours: report[ours] for ours in wanted} == wanted
    assert intake.rejected.is_empty()
    assert intake.warnings.is_empty()


@pytest.mark.parametrize("export", exports(), ids=lambda export: export.name)
def test_no_export_uses_a_word_for_two_things(export: object) -> None:
    for words in export.values.values():  # type: ignore[attr-defined]
        meanings = [word for ours, theirs in words.items() if ours != "duplicate" for word in theirs]
        assert len(meanings) == len(set(meanings))


def test_columns_about_persons_are_not_kept_anywhere(tmp_path: Path) -> None:
    row = EXPORTS["12345 hotline"][0] | {"来电人姓名": "某某"}
    intake = read_reports(write(tmp_path / "a.csv", row, row | {"经度": "", "工单编号": "2"}))
    assert not {"联系电话", "来电人姓名"} & set(intake.originals.columns)
    assert not any(
        "13800000000" in str(value)
        for frame in (intake.reports, intake.originals, *intake.texts)
        for value in frame.rows()
    )
    assert any("联系电话" in note.sentence("zh") for note in intake.quality.notes)


def test_a_refusal_lists_what_was_found_and_missing_and_offers_a_mapping(tmp_path: Path) -> None:
    file = write(
        tmp_path / "a.csv", {"编号X": "1", "发现日期": "2026-03-02", "东": "104.06", "北": "30.65", "大致类型": "垃圾"}
    )
    with pytest.raises(UnknownColumns, match="reported_at, lat, lon not found") as refusal:
        read_reports(file)
    assert refusal.value.found == ["编号X", "发现日期", "东", "北", "大致类型"]
    assert refusal.value.missing == ["reported_at", "lat, lon"]
    draft = tomllib.loads(refusal.value.mapping)
    assert draft["reported_at"] == "发现日期"
    assert draft["category"] == "大致类型"
    intake = read_reports(file, draft | {"lon": "东", "lat": "北"})
    assert intake.reports.select("report_id", "lon", "lat", "category").row(0) == ("1", 104.06, 30.65, "垃圾")


def test_a_refusal_does_not_miss_what_is_there(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", {"受理时间": "2026-03-02", "经度": "104.06", "纬度": "30.65"})
    with pytest.raises(UnknownColumns, match="not recognised: report_id not found"):
        read_reports(file)


def test_our_own_columns_are_known_without_numbers(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", {"reported_at": "2026-03-02", "lat": "30.65", "lon": "104.06"})
    assert read_reports(file).reports["report_id"].to_list() == ["a.csv:2"]


def test_an_export_without_coordinates_says_so(tmp_path: Path) -> None:
    row = {k: v for k, v in EXPORTS["12345 hotline"][0].items() if k not in ("经度", "纬度")}
    with pytest.raises(UnknownColumns, match="recognised as 12345 hotline, but no column holds coordinates"):
        read_reports(write(tmp_path / "a.csv", row))


def test_a_mapping_goes_before_what_is_recognised(tmp_path: Path) -> None:
    row = EXPORTS["12345 hotline"][0] | {"区县单位": "某区"}
    mapping = {
        "unit": "区县单位",
        "due_at": "",
        "source": "patrol",
        "system": "热线",
        "values": {"status": {"open": ["已办结"]}},
    }
    report = read_reports(write(tmp_path / "a.csv", row), mapping).reports.row(0, named=True)
    assert (report["unit"], report["due_at"], report["source"], report["system"]) == ("某区", None, "patrol", "热线")
    assert (report["status"], report["closed_at"]) == ("open", None)


@pytest.mark.parametrize("header", ["部件编号", "部件标识码", "asset_id", "Asset Number"])
def test_the_number_of_an_asset_is_kept_where_there_is_one(tmp_path: Path, header: str) -> None:
    row = EXPORTS["数字城管 grid patrol"][0]
    numbers = ["5101040102000123", " 5101040102000123 ", "", "无", "0"]
    rows = [row | {"rec_id": str(at), header: number} for at, number in enumerate(numbers)]
    intake = read_reports(write(tmp_path / "a.csv", *rows), today=date(2026, 4, 1))
    assert intake.quality.columns[0]["asset_id"] == header
    assert intake.reports["asset_id"].to_list() == ["5101040102000123", "5101040102000123", None, None, None]


def test_shortened_numbers_of_assets_do_not_make_different_lamps_one(tmp_path: Path) -> None:
    row = EXPORTS["数字城管 grid patrol"][0]
    rows = [row | {"rec_id": str(at), "部件编号": number} for at, number in enumerate(("5.10104E+15", "K17"))]
    intake = read_reports(write(tmp_path / "a.csv", *rows), today=date(2026, 4, 1))
    assert intake.reports["asset_id"].to_list() == [None, "K17"]
    assert any("部件编号" in note.sentence() and "5.10104E+15" in note.sentence() for note in intake.quality.notes)


def test_another_column_can_be_named_as_the_number_of_an_asset(tmp_path: Path) -> None:
    row = EXPORTS["12345 hotline"][0] | {"灯杆": "L-0815"}
    intake = read_reports(write(tmp_path / "a.csv", row), {"asset_id": "灯杆"}, today=date(2026, 4, 1))
    assert intake.reports["asset_id"].to_list() == ["L-0815"]


def test_a_mapping_that_names_a_missing_column_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadMapping, match=r'says unit = "单位", but a\.csv has no such column'):
        read_reports(write(tmp_path / "a.csv", EXPORTS["12345 hotline"][0]), {"unit": "单位"})


def test_the_status_of_an_empty_position_column_gives_way_to_a_filled_one(tmp_path: Path) -> None:
    row = EXPORTS["12345 hotline"][0] | {"经度": "", "纬度": "", "经纬度": "104.06,30.65"}
    assert read_reports(write(tmp_path / "a.csv", row)).reports.select("lon", "lat").row(0) == (104.06, 30.65)
