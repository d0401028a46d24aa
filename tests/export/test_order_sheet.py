"""The printed order, reopened by another library: what it says, and that nothing leaves the page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path

import polars as pl
import pypdfium2
import pytest

from geo.errors import BadList
from geo.export import print_text
from geo.export.blocks import Table, Words
from geo.export.order_map import order_map
from geo.export.order_sheet import order_sheet
from geo.export.paper import HEIGHT, MARGIN, WIDTH, print_sheets
from geo.export.print_text import face, wrap
from geo.maps.assets import print_font
from tests.export.printed_orders import DEPOT, EAST, only, orders
from tests.export.rows import HOSTILE

MM = 72 / 25.4


@contextmanager
def opened(path: Path) -> Iterator[pypdfium2.PdfDocument]:
    document = pypdfium2.PdfDocument(path)
    try:
        yield document
    finally:
        document.close()


@cache
def picture(lang: str) -> bytes:
    return order_map(orders(1), EAST, lang=lang, dpi=60)


def printed(folder: Path, *names: str, problems: int = 24, place: str = "", lang: str = "zh") -> Path:
    """Print an order under each of the names; return the last."""
    found = orders(problems, place=place, lang=lang)
    paths = [folder / f"{name}.pdf" for name in names or ("a",)]
    sheet = order_sheet(found, EAST, picture=picture(lang), lang=lang, about={"Window": "13"})
    print_sheets(dict.fromkeys(paths, sheet))
    return paths[-1]


def pages(path: Path) -> list[str]:
    with opened(path) as document:
        return [document[at].get_textpage().get_text_bounded() for at in range(len(document))]


@pytest.mark.usefixtures("font")
def test_a_printed_order_says_everything_on_a4(tmp_path: Path) -> None:
    path = printed(tmp_path)
    with opened(path) as document:
        assert document.get_metadata_dict()["Title"].endswith("整改工单：东湖街道办事处")
        for at in range(len(document)):
            page = document[at]
            assert page.get_size() == pytest.approx((WIDTH * MM, HEIGHT * MM), abs=0.5)
            text = page.get_textpage()
            for box in (text.get_rect(n) for n in range(text.count_rects())):
                assert box[0] >= MARGIN * MM - 0.5
                assert box[2] <= (WIDTH - MARGIN) * MM + 0.5
                assert box[1] >= 8 * MM
                assert box[3] <= (HEIGHT - MARGIN) * MM + 0.5
    text = pages(path)
    assert len(text) > 2
    for said in (
        "整改工单：东湖街道办事处",
        "WO-20261115-XTE3-01",
        "2026年12月1日",
        "16天",
        "028-0000 转 12",
        "责任清单",
    ):
        assert said in text[0]
    for at, page in enumerate(text, start=1):
        assert f"{at} / {len(text)}" in page
        assert "数据截至2026年11月15日" in page
    assert sum("问题编号" in page for page in text) >= len(text) - 1  # the head of the table, again on every page
    whole = "".join(text)
    assert all(whole.count(f"T-{key:08d}") == 1 for key in range(72))
    assert "（续）" in whole
    assert "有3件问题没有坐标" in whole
    assert "签收人" in text[-1]


@pytest.mark.usefixtures("font")
def test_a_short_order_is_one_page_that_says_everything_once(tmp_path: Path) -> None:
    found = only(orders(4), DEPOT)
    number = "QH20261101047689"
    found = replace(found, problems=found.problems.with_columns(evidence=pl.lit(number)))
    about = {"问题": found.title, "窗口": "13周", "注意1": "数据的注意事项"}
    path = tmp_path / "short.pdf"
    print_sheets({path: order_sheet(found, DEPOT, picture=order_map(found, DEPOT, dpi=60), lang="zh", about=about)})
    (text,) = pages(path)
    assert text.count(number) == 4  # none broken over two lines
    assert text.count(found.title) == 1
    assert "签收人" in text
    assert text.rstrip().endswith("窗口：13周")
    assert "数据的注意事项" not in text  # it is in the workbook


def test_a_unit_without_a_problem_reads_who_has_some() -> None:
    found = orders(2, lang="en")
    none = replace(found, problems=found.problems.with_columns(unit=pl.lit(DEPOT)))
    said = [
        line
        for block in order_sheet(none, EAST, picture=b"").blocks
        if isinstance(block, Words)
        for line in block.lines
    ]
    assert "This unit has no problem of its own here; other units have 6 in these areas." in said


def test_of_very_many_problems_the_overdue_ones_are_printed() -> None:
    found = orders(90, lang="en")
    sheet = order_sheet(found, EAST, picture=b"")
    table = [block for block in sheet.blocks if isinstance(block, Table)][-1]
    listed = [row for row in table.rows if isinstance(row, tuple)]
    numbered = found.problems_of(EAST).with_row_index("at", offset=1)
    overdue = numbered.filter("overdue")["at"].cast(pl.String).to_list()
    assert len(listed) == 200 < numbered.height
    assert set(overdue) < {str(row[0]) for row in listed}
    assert [row[1] for row in listed] == [numbered["target_id"][int(str(row[0])) - 1] for row in listed]
    assert any("Printed are 200 of 270 problems" in str(block) for block in sheet.blocks)


@pytest.mark.usefixtures("font")
def test_the_same_order_is_the_same_file(tmp_path: Path) -> None:
    again = printed(tmp_path, "first", "again", problems=1, lang="en")
    first = tmp_path / "first.pdf"
    assert first.read_bytes() == again.read_bytes()
    assert first.stat().st_size < 400_000


@pytest.mark.usefixtures("font")
@pytest.mark.parametrize("place", ["很长" * 3000, "x" * 5000, "a\n" * 400, *HOSTILE], ids=lambda text: ascii(text[:6]))
def test_no_text_leaves_its_column_whatever_a_reporter_wrote(place: str) -> None:
    for width in (8.0, 29.0, 178.0):
        lines = wrap(place, width, 8.5, most=8)
        assert len(lines) <= 8
        assert all(face().width(line, 8.5) <= width for line in lines)


@pytest.mark.usefixtures("font")
def test_a_long_place_is_cut_and_a_strange_letter_is_told(tmp_path: Path) -> None:
    text = "".join(pages(printed(tmp_path, problems=1, place="\U0001f600" + "很长" * 3000)))
    assert "U+1F600" in text
    assert "…" in text
    assert "\ufffd" not in text


@pytest.mark.usefixtures("font")
def test_chinese_breaks_between_characters_but_not_before_a_mark() -> None:
    text = "梧桐街十二号，河埠头市场（北门）外人行道。" * 5
    for size in range(20, 60):
        lines = wrap(text, size, 10)
        assert "".join(lines) == text
        assert not [line for line in lines[1:] if re.match("[，。）]", line)]
        assert not [line for line in lines[:-1] if line.endswith("（")]
    assert wrap("Quay Street 7, second yard", 28, 10) == ["Quay Street 7,", "second yard"]


def test_chinese_without_the_font_is_refused_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(print_font, "REGULAR", tmp_path / "none.ttf")
    with pytest.raises(BadList, match="make setup"):
        print_text.not_in_font(["责任清单"])
    assert print_text.not_in_font(["Über die Brücke \U0001f9ff"]) == ["\U0001f9ff"]
    assert wrap("Plain English is lettered without it", 30, 9)
    with pytest.raises(BadList, match="make setup"):
        printed(tmp_path, problems=1)
    assert not list(tmp_path.glob("*.pdf"))


def test_the_font_is_whole_and_under_its_licence(font: None) -> None:
    assert "SIL Open Font License" in (print_font.REGULAR.parents[1] / "LICENSE_FONT").read_text("utf-8")
    hanzi = [chr(code) for code in range(0x4E00, 0x9FA6)]  # the characters of GBK and of Unicode 1.1
    for bold in (False, True):
        assert all(char in face(bold).widths for char in hanzi)
