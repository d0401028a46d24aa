"""Work orders as workbooks, reopened by another library: what stands in them, what may be filled in, how they print."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path

import numpy as np
import openpyxl
import polars as pl
import pytest
from openpyxl.worksheet.worksheet import Worksheet
from PIL import Image, ImageOps

from geo.errors import BadList
from geo.export.order_book import write_book
from geo.export.order_columns import DUTIES, FILLED, SENT, Column
from geo.export.order_photos import small_photo
from geo.planning.orders import NO_UNIT
from tests.export.printed_orders import DEPOT, EAST, orders

HOSTILE = '=HYPERLINK("http://example.invalid","\x07<b>梧桐街</b>")\n@SUM(A1)'


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> openpyxl.Workbook:
    path = tmp_path_factory.mktemp("orders") / "east.xlsx"
    return openpyxl.load_workbook(write_book(orders(place=HOSTILE), EAST, path, lang="zh"))


def column(sheet: Worksheet, header: str) -> int:
    return next(cell.column for cell in sheet[2] if cell.value == header)


def test_every_problem_of_the_unit_and_no_other_stands_in_its_order(book: openpyxl.Workbook) -> None:
    assert book.sheetnames == ["问题清单", "责任清单", "填写说明"]
    sheet, sent = book["问题清单"], orders(place=HOSTILE).problems_of(EAST)
    ids = [sheet.cell(row, column(sheet, "问题编号")).value for row in range(3, sheet.max_row + 1)]
    assert ids == sent["target_id"].to_list()
    assert [sheet.cell(row, 1).value for row in range(3, sheet.max_row + 1)] == [*range(1, sent.height + 1)]
    assert "WO-20261115-XTE3-01" in sheet["A1"].value
    assert EAST in sheet["A1"].value
    assert book["责任清单"].max_row == 2 + orders().responsibilities_of(EAST).height


def test_values_are_said_in_chinese(book: openpyxl.Workbook) -> None:
    sheet = book["问题清单"]
    row = {cell.value: sheet.cell(3, cell.column).value for cell in sheet[2]}
    assert row["类别代码"] == "S09005"
    assert row["问题类别"] == "店外经营"
    assert row["配合单位"] == "城管执法中队、市场监管所"
    assert {sheet.cell(at, column(sheet, "超期")).value for at in range(3, sheet.max_row + 1)} == {"是", "否"}
    assert row["整改时限"].date() == orders().problems_of(EAST)["deadline"][0]
    assert row["纬度"] == pytest.approx(orders().problems_of(EAST)["lat"][0], abs=1e-6)


def test_text_stays_text_on_one_line(book: openpyxl.Workbook) -> None:
    sheet = book["问题清单"]
    cell = sheet.cell(3, column(sheet, "地点"))
    assert cell.data_type == "s"
    assert cell.value == '=HYPERLINK("http://example.invalid","<b>梧桐街</b>") @SUM(A1)'
    assert cell.quotePrefix
    assert not [c for one in book for line in one.iter_rows() for c in line if c.data_type == "f"]


def test_only_what_the_unit_fills_in_is_open(book: openpyxl.Workbook) -> None:
    sheet = book["问题清单"]
    assert sheet.protection.sheet
    assert sheet.protection.password is None
    for place in range(1, len(SENT) + len(FILLED) + 1):
        assert sheet.cell(3, place).protection.locked == (place <= len(SENT))
        assert sheet.cell(sheet.max_row, place).protection.locked == (place <= len(SENT))
    assert book["责任清单"].protection.sheet
    assert not sheet.protection.objects  # photos may be put in
    assert not sheet.protection.autoFilter


def test_answers_are_checked_as_they_are_typed(book: openpyxl.Workbook) -> None:
    sheet = book["问题清单"]
    rules = {str(rule.sqref).split(":")[0]: rule for rule in sheet.data_validations.dataValidation}
    letter = openpyxl.utils.get_column_letter
    assert rules[f"{letter(column(sheet, '整改结果'))}3"].formula1 == '"已整改,未整改,非本单位职责"'
    day = rules[f"{letter(column(sheet, '整改日期'))}3"]
    assert (day.type, day.formula2) == ("date", "TODAY()")
    assert str(day.sqref).endswith(str(sheet.max_row))


def test_it_prints_on_a4_across_with_its_header_on_every_page(book: openpyxl.Workbook) -> None:
    for sheet in book:
        assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
        assert "&P" in sheet.oddFooter.right.text
    for name, wide in (("问题清单", 2), ("责任清单", 1)):
        sheet = book[name]
        assert sheet.print_title_rows == "$2:$2"
        assert "$A$2:" in sheet.print_area  # the title stands in the head of every page instead
        assert sheet["A1"].value[:50] in sheet.oddHeader.left.text
        assert (sheet.page_setup.fitToWidth or 1, int(sheet.page_setup.fitToHeight)) == (wide, 0)
        assert sheet.auto_filter.ref.startswith("A2:")
        assert sheet.freeze_panes == "C3"
    assert book["填写说明"].page_setup.fitToHeight in (None, 1)  # its map is not cut in two


def test_a_row_is_as_high_as_its_longest_text(tmp_path: Path) -> None:
    long = "梧桐街道长堰社区建设路七十二号院三栋二单元门口花坛旁边"
    rows = [
        openpyxl.load_workbook(write_book(orders(place=place), EAST, tmp_path / "a.xlsx", lang="zh"))["问题清单"]
        for place in ("路", long)
    ]
    short, high = (sheet.row_dimensions[3].height for sheet in rows)
    wide = rows[1].column_dimensions[openpyxl.utils.get_column_letter(column(rows[1], "地点"))].width
    assert high >= 10 * 1.2 * 2 * len(long) / wide  # ten points a line, a character of Chinese as wide as two
    assert high > short


@pytest.mark.parametrize("one", sorted({*SENT, *FILLED, *DUTIES}), ids=lambda one: f"{one.name}-{one.width:g}")
def test_no_word_of_a_header_is_wider_than_its_column(one: Column) -> None:
    words = one.header("en").split()
    assert max(len(word) for word in words) * 1.15 + 1 <= one.width  # bold letters, and the edges of the cell


def test_a_unit_without_a_problem_gets_its_duties(tmp_path: Path) -> None:
    made = orders()
    bare = replace(made, problems=made.problems.clear())
    book = openpyxl.load_workbook(write_book(bare, DEPOT, tmp_path / "depot.xlsx"))
    assert book.sheetnames == ["Problem list", "Responsibility list", "About this order"]
    assert "Nothing is open" in book["Problem list"]["A1"].value
    assert book["Problem list"].max_row == 2
    assert book["Responsibility list"].max_row == 2 + made.responsibilities_of(DEPOT).height


def test_nobodys_problems_are_an_order_too(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(write_book(orders(), NO_UNIT, tmp_path / "nobody.xlsx"))
    sheet = book["Problem list"]
    assert "No unit named" in sheet["A1"].value
    assert sheet.cell(3, column(sheet, "Lead unit")).value == "No unit named"


def test_very_many_report_numbers_are_cut_and_the_book_still_opens(tmp_path: Path) -> None:
    made = orders(problems=1)
    numbers = ";".join(f"H{number:09d}" for number in range(5_000))
    made = replace(made, problems=made.problems.with_columns(evidence=pl.lit(numbers), reports=pl.lit(5_000)))
    sheet = openpyxl.load_workbook(write_book(made, DEPOT, tmp_path / "many.xlsx"))["Problem list"]
    written = sheet.cell(3, column(sheet, "Report numbers")).value
    assert written.endswith("…")
    assert numbers.replace(";", "; ").startswith(written[:-1])
    assert sheet.cell(3, column(sheet, "Number of reports")).value == 5_000


def test_the_same_orders_make_the_same_file(tmp_path: Path) -> None:
    files = [write_book(orders(), EAST, tmp_path / f"{at}.xlsx", lang="zh").read_bytes() for at in (1, 2)]
    assert files[0] == files[1]


def photo(path: Path, size: tuple[int, int] = (1600, 1200)) -> Path:
    """Write a picture as a telephone does: turned by its EXIF, with the place and the name of its owner."""
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by a quarter
    exif[0x013B] = "Somebody Private"
    exif.get_ifd(0x8825)[1] = "N"
    Image.new("RGB", size, "#AA3344").save(path, exif=exif)
    return path


def test_a_photo_is_small_upright_and_without_its_metadata(tmp_path: Path) -> None:
    small = small_photo(photo(tmp_path / "r0.jpg"))
    assert small is not None
    assert b"Private" in (tmp_path / "r0.jpg").read_bytes()
    assert b"Private" not in small
    with Image.open(BytesIO(small)) as picture:
        assert (picture.width, picture.height) == (135, 180)
        assert not dict(picture.getexif())
        assert "icc_profile" not in picture.info


@pytest.mark.parametrize("kept", [0, 3, 5, 9, 20, 40, 60])
@pytest.mark.parametrize("ending", ["jpg", "png"])
def test_a_photo_whose_exif_is_cut_off_is_shown_as_it_was_taken(tmp_path: Path, ending: str, kept: int) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x013B] = 6, "Somebody Private"
    path = tmp_path / f"r0.{ending}"
    Image.new("RGB", (1600, 1200), "#AA3344").save(path, exif=b"Exif\0\0" + exif.tobytes()[6:][:kept])
    small = small_photo(path)
    assert small is not None
    with Image.open(BytesIO(small)) as picture:
        assert picture.size in {(240, 180), (135, 180)}
        assert picture.getpixel((9, 9)) != (255, 255, 255)


def test_every_turn_of_a_camera_is_undone(tmp_path: Path) -> None:
    marked = Image.new("RGB", (160, 120), "white")
    marked.paste("black", (0, 0, 40, 40))
    for turn in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = turn
        marked.save(tmp_path / "r0.png", exif=exif)
        small = small_photo(tmp_path / "r0.png")
        assert small is not None
        with Image.open(BytesIO(small)) as picture:
            expected = ImageOps.exif_transpose(Image.open(tmp_path / "r0.png"))
            assert picture.size == expected.size
            difference = np.abs(np.asarray(picture, int) - np.asarray(expected, int))
            assert difference.mean() < 3


def test_a_photo_that_cannot_be_read_leaves_its_name(tmp_path: Path) -> None:
    photo(tmp_path / "r0.jpg")
    (tmp_path / "r1.jpg").write_bytes((tmp_path / "r0.jpg").read_bytes()[:300])
    (tmp_path / "r2.png").write_text("<svg/>")
    made = orders(problems=2)
    pictures = ["r0.jpg", "r1.jpg", "r2.png", None]
    names = pl.Series("photo", (pictures * made.problems.height)[: made.problems.height])
    made = replace(made, problems=made.problems.with_columns(names), photos=tmp_path)
    path = write_book(made, EAST, tmp_path / "east.xlsx")
    sheet = openpyxl.load_workbook(path)["Problem list"]
    at = column(sheet, "Photo before")
    written = [sheet.cell(row, at).value for row in range(3, sheet.max_row + 1)]
    assert written[:4] == [None, "r1.jpg", "r2.png", None]
    assert len(sheet._images) == pictures.count("r0.jpg") * 2
    assert sheet._images[0].anchor._from.row == 2
    with zipfile.ZipFile(path) as archive:
        assert not any(b"Private" in archive.read(name) for name in archive.namelist())


def test_the_map_stands_under_the_guide(tmp_path: Path) -> None:
    drawn = BytesIO()
    Image.new("RGB", (1800, 1200), "white").save(drawn, "PNG", dpi=(150, 150))
    path = write_book(orders(), EAST, tmp_path / "east.xlsx", about={"Asked": "=all"}, picture=drawn.getvalue())
    sheet = openpyxl.load_workbook(path)["About this order"]
    assert len(sheet._images) == 1
    assert sheet._images[0].anchor._from.row > sheet.max_row - 1
    assert [row for row in sheet.iter_rows(values_only=True) if row[:2] == ("Asked", "=all")]
    assert not sheet.protection.sheet


def test_a_book_that_cannot_be_written_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(BadList, match="cannot be written"):
        write_book(orders(), EAST, tmp_path / "nowhere" / "east.xlsx")


def test_days_are_days_whatever_is_open(book: openpyxl.Workbook) -> None:
    sheet = book["问题清单"]
    days = [sheet.cell(row, column(sheet, "整改时限")).value.date() for row in range(3, sheet.max_row + 1)]
    assert min(days) > date(2026, 11, 15)
