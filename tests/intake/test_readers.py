"""Files of every format to tables of text."""

from __future__ import annotations

import csv
import gzip
import io
from datetime import datetime
from pathlib import Path

import geopandas
import polars as pl
import pytest
import shapely
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.intake.headers import known_headers
from geo.intake.readers import read_table
from geo.intake.text_table import GEOMETRY_X, GEOMETRY_Y

TABLE = "工单编号,受理时间,诉求内容\nA1,2026-03-02 08:00,道路破损\nA2,2026-03-02 09:00,井盖松动\n"


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8 with BOM"),
        ("gbk", "GB18030"),
        ("gb18030", "GB18030"),
        ("utf-16", "UTF-16"),
    ],
)
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("packed", [False, True])
def test_encodings_separators_and_gzip(tmp_path: Path, encoding: str, said: str, separator: str, packed: bool) -> None:
    data = TABLE.replace(",", separator).encode(encoding)
    file = tmp_path / ("reports.csv.gz" if packed else "reports.csv")
    file.write_bytes(gzip.compress(data) if packed else data)
    table = read_table(file)
    assert table.encoding == said
    assert table.frame.columns == ["工单编号", "受理时间", "诉求内容"]
    assert table.frame.rows() == [("A1", "2026-03-02 08:00", "道路破损"), ("A2", "2026-03-02 09:00", "井盖松动")]
    assert table.rows.to_list() == [2, 3]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_line_ends(tmp_path: Path, ending: str) -> None:
    file = tmp_path / "reports.csv"
    file.write_bytes("id,day\n1,2\n3,4\n".replace("\n", ending).encode())
    assert read_table(file).frame.rows() == [("1", "2"), ("3", "4")]


def test_rows_are_counted_as_a_spreadsheet_counts_them(tmp_path: Path) -> None:
    """A quoted field over three lines is one row; a title, and rows without a value, count but are not read."""
    file = tmp_path / "reports.csv"
    file.write_text(
        '2026年3月工单,,\n工单编号,受理时间,诉求内容\nA1,2026-03-02,"一\n二\n三"\n,,\nA2,2026-03-03,四\n', "utf-8"
    )
    table = read_table(file, known=known_headers())
    assert table.rows.to_list() == [3, 5]
    assert table.frame["诉求内容"].to_list() == ["一\n二\n三", "四"]


def test_a_title_without_separators_stands_above_the_header(tmp_path: Path) -> None:
    file = tmp_path / "reports.csv"
    file.write_text("2026年3月工单\n\n" + TABLE, "utf-8")
    table = read_table(file, known=known_headers())
    assert table.rows.to_list() == [4, 5]
    assert table.frame.row(1) == ("A2", "2026-03-02 09:00", "井盖松动")
    assert "row 3" in str(table.notes[0])


@pytest.mark.parametrize("broken", ['A1,5" pipe,x\n', 'A1,"5" pipe",x\n'])
def test_stray_quotation_marks_do_not_stop_the_file(tmp_path: Path, broken: str) -> None:
    file = tmp_path / "reports.csv"
    file.write_text("id,what,more\n" + broken + "A2,b,c\n")
    table = read_table(file)
    assert table.frame["id"].to_list() == ["A1", "A2"]
    assert "pipe" in table.frame["what"][0]


def test_a_row_with_too_many_fields_is_kept_apart(tmp_path: Path) -> None:
    file = tmp_path / "reports.csv"
    file.write_text("id,a,b\n1,x,y\n2,x,y,z,w\n3,x\n")
    table = read_table(file)
    assert table.overlong == {3: "z,w"}
    assert table.frame.row(2) == ("3", "x", None)


def workbook(file: Path) -> Path:
    """Write a cover sheet, and a sheet with a title, an empty row, dates of both kinds and long numbers."""
    book = xlsxwriter.Workbook(file)
    book.add_worksheet("说明").write_column(0, 0, ["本表由系统导出", "请勿外传", "共三页", "四", "五", "六"])
    sheet = book.add_worksheet("工单")
    day = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    sheet.write(0, 0, "某区2026年3月工单")
    sheet.write_row(2, 0, ["工单编号", "受理时间", "经度", "纬度"])
    sheet.write_row(3, 0, ["20260302000000001", None, 104.06, 30.65])
    sheet.write_datetime(3, 1, datetime(2026, 3, 2, 8, 0), day)
    sheet.write_row(4, 0, ["20260302000000002", 46083.375, 104.07, 30.66])
    sheet.write_row(6, 0, ["20260302000000003", "2026年3月2日 10:00", "104.08", "30.67"])
    book.close()
    return file


def test_the_right_sheet_the_header_under_a_title_and_the_sheets_own_rows(tmp_path: Path) -> None:
    table = read_table(workbook(tmp_path / "reports.xlsx"), known=known_headers())
    assert table.sheet == "工单"
    assert table.frame.columns == ["工单编号", "受理时间", "经度", "纬度"]
    assert table.rows.to_list() == [4, 5, 7]
    assert table.frame["受理时间"].to_list() == ["2026-03-02 08:00:00", "46083.375", "2026年3月2日 10:00"]
    assert table.frame["工单编号"][0] == "20260302000000001"
    assert "工单" in table.notes[0].sentence("zh")


def test_nested_properties_of_geojson_come_as_text(tmp_path: Path) -> None:
    file = tmp_path / "reports.geojson"
    properties = '{"工单编号": "A1", "parent": {"adcode": 110000}, "tags": [1, 2]}'
    geometry = '{"type": "Point", "coordinates": [104.06, 30.65]}'
    feature = f'{{"type": "Feature", "properties": {properties}, "geometry": {geometry}}}'
    file.write_text(f'{{"type": "FeatureCollection", "features": [{feature}]}}', "utf-8")
    assert read_table(file).frame.rows() == [("A1", '{ "adcode": 110000 }', "[1, 2]", "104.06", "30.65")]


@pytest.mark.parametrize(("ending", "crs"), [("geojson", "EPSG:4326"), ("gpkg", "EPSG:4549"), ("gpkg", "EPSG:4326")])
def test_points_of_geographic_files(tmp_path: Path, ending: str, crs: str) -> None:
    points = geopandas.GeoDataFrame(
        {"工单编号": ["A1", "A2", "A3"], "n": [1, 2, 3]},
        geometry=[shapely.Point(1.5, 2.25), None, shapely.MultiPoint([(3, 4)])],
        crs=crs,
    )
    file = tmp_path / f"reports.{ending}"
    points.to_file(file)
    table = read_table(file)
    assert table.crs == crs
    assert table.frame[GEOMETRY_X].to_list() == ["1.5", None, "3.0"]
    assert table.frame[GEOMETRY_Y].to_list() == ["2.25", None, "4.0"]
    assert table.rows.to_list() == [2, 3, 4]


def test_of_several_layers_the_familiar_one_is_read(tmp_path: Path) -> None:
    file = tmp_path / "city.gpkg"
    for layer, columns in {
        "roads": {"name": ["x"]},
        "gongdan": {"工单编号": ["A1"], "受理时间": ["2026-03-02"]},
    }.items():
        geopandas.GeoDataFrame(columns, geometry=[shapely.Point(104, 30)], crs="EPSG:4326").to_file(file, layer=layer)
    assert read_table(file, known=known_headers()).sheet == "gongdan"


def test_parquet_types_come_as_exact_text(tmp_path: Path) -> None:
    file = tmp_path / "reports.parquet"
    pl.DataFrame(
        {
            "id": [1, 2],
            "lon": [104.06123456789, None],
            "at": [datetime(2026, 3, 2, 8), None],
            "done": [True, False],
            "tags": [["a"], None],
        }
    ).with_columns(utc=pl.col("at").dt.replace_time_zone("UTC")).write_parquet(file)
    assert read_table(file).frame.row(0) == (
        "1",
        "104.06123456789",
        "2026-03-02T08:00:00.000000",
        "true",
        '["a"]',
        "2026-03-02T08:00:00.000000+00:00",
    )


def test_geoparquet_points(tmp_path: Path) -> None:
    file = tmp_path / "reports.parquet"
    geopandas.GeoDataFrame({"id": ["A1"]}, geometry=[shapely.Point(500_000, 3_400_000)], crs="EPSG:4549").to_parquet(
        file
    )
    table = read_table(file)
    assert table.frame.row(0) == ("A1", "500000.0", "3400000.0")
    assert "4549" in str(table.crs)


cells = st.text(st.characters(codec="utf-8", exclude_characters="\r\0", exclude_categories=["Cs"]), max_size=8)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.lists(st.tuples(cells, cells, cells), min_size=1, max_size=8), st.sampled_from(",;\t|"))
def test_any_text_written_as_csv_is_read_back(tmp_path: Path, rows: list[tuple[str, str, str]], separator: str) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator="\n").writerows(
        [("工单编号", "受理时间", "诉求内容"), ("A1", "x", "y"), *rows]
    )
    file = tmp_path / "reports.csv"
    file.write_bytes(text.getvalue().encode())
    wanted = [tuple(cell or None for cell in row) for row in [("A1", "x", "y"), *rows] if any(row)]
    assert read_table(file, known=known_headers()).frame.rows() == wanted
