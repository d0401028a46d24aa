"""Broken files: each is answered by one sentence that names file, row or column, fault and remedy; no two say the same.

Every file is made here. Layers of areas that are broken have their own test.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import random
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path

import geopandas
import polars as pl
import pytest
import shapely
import xlsxwriter

from geo.errors import HexwardError, UnknownColumns, UnknownCRS, UnreadableFile
from geo.intake.reports import read_reports
from geo.words import chinese

HEADER = "工单编号,受理时间,经度,纬度\n"
GOOD = HEADER + "A1,2026-03-02 08:00,104.06,30.65\nA2,2026-03-02 09:00,104.07,30.66\n"


def text(name: str, content: str | bytes) -> Callable[[Path], Path]:
    """Return the maker of a file with this content."""

    def make(folder: Path) -> Path:
        file = folder / name
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    return make


def book(*rows: list[object], sheets: int = 1) -> bytes:
    data = io.BytesIO()
    made = xlsxwriter.Workbook(data)
    for _ in range(sheets):
        sheet = made.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    made.close()
    return data.getvalue()


def archive(**parts: bytes) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return data.getvalue()


def damaged_gzip() -> bytes:
    packed = gzip.compress(GOOD.encode() * 50)
    return packed[:20] + b"\xff" * 40 + packed[60:]


def damaged_workbook() -> bytes:
    """Return a workbook whose table of contents is whole and whose parts are not XML."""
    data = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book(["a"]))) as good, zipfile.ZipFile(data, "w") as bad:
        for part in good.namelist():
            bad.writestr(part, b"<<<" if part.startswith("xl/work") else good.read(part))
    return data.getvalue()


def old_office(*, encrypted: bool) -> bytes:
    """Return the head of an OLE file, with the name of the stream that an encrypted workbook has."""
    return (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + b"\0" * 600
        + ("EncryptedPackage".encode("utf-16-le") if encrypted else b"Workbook")
    )


def parquet(folder: Path) -> Path:
    file = folder / "cut.parquet"
    pl.DataFrame({"工单编号": ["A1"]}).write_parquet(file)
    file.write_bytes(file.read_bytes()[:-30])
    return file


def polygons(folder: Path) -> Path:
    file = folder / "areas.geojson"
    table = {"工单编号": ["A1"], "受理时间": ["2026-03-02"]}
    geopandas.GeoDataFrame(table, geometry=[shapely.box(104, 30, 104.1, 30.1)], crs="EPSG:4326").to_file(file)
    return file


def without_layers(folder: Path) -> Path:
    file = folder / "nothing.gpkg"
    geopandas.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(0, 0)], crs="EPSG:4326").to_file(file, layer="reports")
    with sqlite3.connect(file) as store:
        store.execute("DELETE FROM gpkg_contents")
        store.execute("DELETE FROM gpkg_geometry_columns")
        store.execute("DROP TABLE reports")
    return file


def without_features(folder: Path) -> Path:
    file = folder / "blank.geojson"
    file.write_text('{"type": "FeatureCollection", "features": []}')
    return file


def folder_itself(folder: Path) -> Path:
    inner = folder / "march.csv"
    inner.mkdir()
    return inner


GIF = b"GIF89a\x01\0\x01\0\0\0"

BROKEN: dict[str, tuple[Callable[[Path], Path], type[HexwardError], str]] = {
    "missing": (lambda folder: folder / "none.csv", UnreadableFile, "is not there"),
    "a folder": (folder_itself, UnreadableFile, "is a folder"),
    "empty": (text("a.csv", ""), UnreadableFile, "a.csv is empty"),
    "nothing but a byte order mark": (text("a.csv", b"\xff\xfe"), UnreadableFile, "a.csv is empty"),
    "header only": (text("a.csv", HEADER), UnreadableFile, "no rows under it. Export"),
    "header only in a sheet": (
        text("a.xlsx", book(["工单编号", "受理时间"])),
        UnreadableFile,
        'Sheet "Sheet1" of a.xlsx',
    ),
    "sheets without values": (text("a.xlsx", book(sheets=2)), UnreadableFile, "no sheet with values"),
    "truncated gzip": (
        text("a.csv.gz", gzip.compress(GOOD.encode() * 50)[:-20]),
        UnreadableFile,
        "breaks off before its end",
    ),
    "damaged gzip": (text("a.csv.gz", damaged_gzip()), UnreadableFile, "damaged gzip"),
    "gzip bomb": (text("a.csv.gz", gzip.compress(b"0" * 120_000_000, 1)), UnreadableFile, "unpacks to more than"),
    "truncated workbook": (
        text("a.xlsx", book(["a", "b"], [1, 2])[:-100]),
        UnreadableFile,
        "table of contents is missing",
    ),
    "damaged workbook": (text("a.xlsx", damaged_workbook()), UnreadableFile, "damaged workbook"),
    "zip bomb": (
        text("a.xlsx", archive(xl__workbook_xml=b"<x/>", xl__sheet_xml=b"0" * 60_000_000)),
        UnreadableFile,
        "would unpack from 0.1 to 60 MB",
    ),
    "zip without a workbook": (
        text("a.xlsx", archive(word__document_xml=b"<x/>")),
        UnreadableFile,
        "zip archive without a workbook",
    ),
    "old workbook": (text("a.xls", old_office(encrypted=False)), UnreadableFile, "Excel 97-2003"),
    "password": (text("a.xlsx", old_office(encrypted=True)), UnreadableFile, "protected by a password"),
    "web page as csv": (
        text("a.csv", "<!DOCTYPE html>\n<html><body>Sign in</body></html>"),
        UnreadableFile,
        "is a web page, not a table",
    ),
    "web page as workbook": (
        text("a.xls", "\n<html><table><tr><td>工单编号</td></tr></table></html>"),
        UnreadableFile,
        "under the name of a workbook",
    ),
    "text as workbook": (text("a.xlsx", GOOD), UnreadableFile, "not what .xlsx promises"),
    "PDF": (text("a.csv", b"%PDF-1.7\n\0\0"), UnreadableFile, "is a PDF file"),
    "unknown ending": (text("a.gif", GIF), UnreadableFile, "ends in .gif"),
    "wrong encoding": (
        text("a.csv", HEADER.encode() + b"A1,\xff\xfe\xfa\x81\x30,104,30\n" * 3),
        UnreadableFile,
        "Line 2 of a.csv is written in neither",
    ),
    "Western European": (
        text("a.csv", "id,straße,número\n1,Königsstraße,é\n".encode("cp1252")),
        UnreadableFile,
        "Line 1 of a.csv is written in neither",
    ),
    "cut UTF-16": (text("a.csv", GOOD.encode("utf-16")[:-1]), UnreadableFile, "begins as UTF-16"),
    "NUL bytes": (text("a.csv", GOOD.replace("A2", "A\0")), UnreadableFile, "NUL byte in line 3"),
    "open quotation mark": (
        text("a.csv", GOOD + 'A3,"2026-03-02,104.06,30.65\n' + "A4,2026-03-02,104,30\n" * 3),
        UnreadableFile,
        "opened in row 4",
    ),
    "comma decimals without quotes": (
        text("a.csv", HEADER + "A1,2026-03-02,104,06,30,65\n" * 3),
        UnreadableFile,
        "3 of 3 rows of a.csv have more fields",
    ),
    "ids shortened by Excel": (
        text("a.csv", HEADER + "1.23E+15,2026-03-02,104.06,30.65\n" * 3),
        UnreadableFile,
        "for example 1.23E+15",
    ),
    "duplicate headers": (
        text("a.csv", GOOD.replace("纬度", "经度")),
        UnknownColumns,
        'has the column "经度" more than once',
    ),
    "unknown columns": (text("a.csv", "a,b\n1,2\n"), UnknownColumns, "not recognised"),
    "no coordinates": (
        text("a.csv", "工单编号,受理时间,地址\nA1,2026-03-02,x\n"),
        UnknownColumns,
        "no column holds coordinates",
    ),
    "no CRS": (text("a.csv", HEADER + "A1,2026-03-02,410000,3390000\n"), UnknownCRS, "no coordinate system is given"),
    "polygons": (polygons, UnreadableFile, "holds Polygon where reports need points (first: row 2)"),
    "JSON, not GeoJSON": (text("a.json", '{"reports": []}'), UnreadableFile, "JSON, not GeoJSON"),
    "damaged JSON": (
        text("a.geojson", '{"type": "FeatureCollection",\n "features": [{'),
        UnreadableFile,
        "damaged in line 2",
    ),
    "no features": (without_features, UnreadableFile, "no feature or row at all"),
    "GeoPackage without layers": (without_layers, UnreadableFile, "GeoPackage without a layer"),
    "damaged GeoPackage": (
        text("a.gpkg", b"SQLite format 3\0" + b"\x01" * 200),
        UnreadableFile,
        "cannot be opened as GeoPackage",
    ),
    "damaged Parquet": (parquet, UnreadableFile, "damaged Parquet"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_answered_by_a_sentence(tmp_path: Path, name: str) -> None:
    make, kind, part = BROKEN[name]
    file = make(tmp_path)
    with pytest.raises(kind) as refusal:
        read_reports(file)
    sentence = str(refusal.value)
    assert part in sentence
    assert file.name in sentence
    assert sentence.endswith(".")
    assert refusal.value.text in chinese()
    assert file.name in refusal.value.sentence("zh")


def test_no_two_faults_share_a_sentence(tmp_path: Path) -> None:
    said: dict[str, list[str]] = {}
    for number, (name, (make, kind, _)) in enumerate(BROKEN.items()):
        folder = tmp_path / str(number)
        folder.mkdir()
        with pytest.raises(kind) as refusal:
            read_reports(make(folder))
        said.setdefault(refusal.value.text, []).append(name)
    one_fault_in_two_files = [["empty", "nothing but a byte order mark"], ["wrong encoding", "Western European"]]
    assert [names for names in said.values() if len(names) > 1] == one_fault_in_two_files


def test_numbers_of_a_workbook_that_lost_their_last_digits(tmp_path: Path) -> None:
    """Excel keeps 15 digits of a number. Two reports would pass for one, so the file is refused; text is kept."""
    rows: list[list[object]] = [["工单编号", "受理时间", "经度", "纬度"]]
    numbers = [20260302000000001 + n for n in range(12)]
    for number, kind in ((int, "numbers"), (str, "text")):
        file = text(f"{kind}.xlsx", book(*rows, *([number(n), "2026-03-02", 104.06, 30.65] for n in numbers)))(tmp_path)
        if kind == "numbers":
            with pytest.raises(UnreadableFile, match="Excel has shortened"):
                read_reports(file)
        else:
            assert read_reports(file).quality.accepted == len(numbers)


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "xlsx", "parquet", "geojson", "gpkg"])
def test_a_file_damaged_anywhere_is_read_or_refused_and_never_a_crash(tmp_path: Path, ending: str) -> None:
    chance = random.Random(5)
    points = geopandas.GeoDataFrame(
        {
            "工单编号": ["A1", "A2"],
            "受理时间": ["2026-03-02", "2026-03-03"],
            "经度": [104.06, 104.07],
            "纬度": [30.65, 30.66],
        },
        geometry=[shapely.Point(104.06, 30.65), None],
        crs="EPSG:4326",
    )
    file = tmp_path / f"reports.{ending}"
    if ending in ("geojson", "gpkg"):
        points.to_file(file)
    elif ending == "parquet":
        points.to_parquet(file)
    elif ending == "xlsx":
        table = points.drop(columns="geometry")
        file.write_bytes(book([*table.columns], *table.to_numpy().tolist()))
    else:
        file.write_bytes(gzip.compress(GOOD.encode()) if ending == "csv.gz" else GOOD.encode())
    whole = file.read_bytes()
    for _ in range(40):
        damaged = bytearray(whole[: chance.choice([len(whole), chance.randrange(1, len(whole))])])
        for _ in range(chance.choice([0, 1, 20])):
            damaged[chance.randrange(len(damaged))] = chance.choice([0, 10, 34, 44, 255, chance.randrange(256)])
        file.write_bytes(damaged)
        with contextlib.suppress(HexwardError):
            quality = read_reports(file).quality
            assert quality.accepted + quality.rejected == quality.rows_read


def test_faults_that_can_be_mended_are_mended_and_said(tmp_path: Path) -> None:
    """Mixed dates, quoted comma decimals and ragged rows do not stop a file."""
    file = tmp_path / "a.csv"
    file.write_text(
        HEADER + 'A1,2026-03-02 08:00,"104,06","30,65"\nA2,2026年3月2日,104.06,30.65\n'
        "A3,46083.5,104.06,30.65\nA4,9/31/2012,104.06,30.65\n"
        "A5,2026-03-02\nA6,2026-03-02,104.06,30.65,x\n",
        "utf-8",
    )
    intake = read_reports(file)
    assert intake.reports["report_id"].to_list() == ["A1", "A2", "A3"]
    assert intake.rejected["row"].to_list() == [5, 6, 7]
    assert any("decimal commas" in str(note) and "a.csv" in note.sentence("zh") for note in intake.quality.notes)
