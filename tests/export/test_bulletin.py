"""The bulletin, reopened: real styles, the fonts of both scripts, tables whose head stands again."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from docx import Document
from docx.oxml.ns import qn

from geo.agenda.performance import closing_performance
from geo.errors import BadList
from geo.export.bulletin import bulletin, check_letters
from geo.export.bulletin_tables import MOST_ROWS
from geo.maps.assets import print_font
from geo.planning.scorecard import example
from geo.study import Question, open_study
from geo.words import note
from tests.agenda_town import write_town
from tests.export.bulletin_rows import LEDGER, NAMES, performance, priorities

PERIOD = (date(2026, 8, 17), date(2026, 11, 15))


def written(path: Path, lang: str = "zh", **changed: Any) -> Any:
    tables = {"priorities": priorities(), "performance": performance(), "losses": LEDGER} | changed
    notes = (note("An order lists what is open, whatever status is asked for."),)
    return Document(str(bulletin(path, **tables, period=PERIOD, lang=lang, notes=notes)))


@pytest.mark.usefixtures("font")
def test_a_bulletin_says_who_stands_where(tmp_path: Path) -> None:
    found = written(tmp_path / "通报.docx")
    styles = {paragraph.text: paragraph.style.name for paragraph in found.paragraphs}
    assert styles["关于市容环境问题整治情况的通报"] == "Title"
    assert styles["2026年8月17日至11月15日"] == "Subtitle"
    heads = [text for text, style in styles.items() if style == "Heading 1"]
    assert heads == ["一、整治优先级", "二、红黑榜", "三、按期结案情况", "四、预计失分", "五、注意"]
    ranking, boards, closing, losses = found.tables
    first = [cell.text for cell in ranking.rows[1].cells]
    assert first == ["A", "东湖社区", "1–4", "200", "60.0 (45–80)", "↑2", "东湖街道办事处"]
    assert ranking.rows[4].cells[5].text == ""  # not ranked 4 weeks ago
    assert ranking.rows[6].cells[1].text == "=1+1（东湖街道）"
    assert [row.cells[0].text for row in boards.rows[1:]] == ["红榜", "黑榜"]
    assert [cell.text for cell in closing.rows[1].cells][1:4] == ["0", "0", "–"]
    assert closing.rows[2].cells[3].text == "67% (56–76)"
    assert [cell.text for cell in losses.rows[2].cells][:3] == ["未指定责任单位", "3.0", "2.0"]


@pytest.mark.usefixtures("font")
@pytest.mark.parametrize(("lang", "asian"), [("zh", "仿宋"), ("en", "Microsoft YaHei")])
def test_styles_are_real_and_every_head_stands_again(tmp_path: Path, lang: str, asian: str) -> None:
    found = written(tmp_path / "b.docx", lang)
    fonts = found.styles["Normal"].element.rPr.rFonts
    assert fonts.get(qn("w:eastAsia")) == asian
    for name in ("Title", "Heading 1", "Table text", "List Bullet"):
        fonts = found.styles[name].element.rPr.rFonts
        assert fonts.get(qn("w:eastAsia"))
        assert fonts.get(qn("w:eastAsiaTheme")) is None
    for table in found.tables:
        assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
        assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in table.rows)
        assert sum(cell.width.mm for cell in table.rows[0].cells) == pytest.approx(156, abs=0.5)
    section = found.sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    assert "PAGE" in section.footer._element.xml
    (shape,) = found.inline_shapes
    assert shape._inline.docPr.get("descr").count(NAMES[0]) == 1
    assert shape.width.mm == pytest.approx(156, abs=0.1)


@pytest.mark.usefixtures("font")
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_word_finds_the_parts_of_a_table_in_the_order_of_its_schema(tmp_path: Path, lang: str) -> None:
    """ECMA-376, CT_TblPr: Word calls a file damaged whose parts stand otherwise."""
    schema = ["tblStyle", "tblW", "jc", "tblBorders", "tblLayout", "tblCellMar", "tblLook"]
    file = written(tmp_path / "b.docx", lang)
    assert len(file.tables) >= 3
    for table in file.tables:
        assert [part.tag.split("}")[1] for part in table._tbl.tblPr] == schema


@pytest.mark.usefixtures("font")
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_chinese_is_said_to_be_that_of_the_mainland(tmp_path: Path, lang: str) -> None:
    """Or a program sets it in the form of the first East Asian font it finds, commas in the middle of the line."""
    styles = written(tmp_path / "b.docx", lang).styles.element
    assert [one.get(qn("w:eastAsia")) for one in styles.iter(qn("w:lang"))] == ["zh-CN"]


@pytest.mark.usefixtures("font")
def test_an_area_of_too_few_reports_gets_no_tier(tmp_path: Path) -> None:
    few = priorities().with_columns(enough=pl.col("rank") > 2)
    found, usual = written(tmp_path / "b.docx", "en", priorities=few), written(tmp_path / "c.docx", "en")
    text = next(one.text for one in found.paragraphs if one.text.startswith("Community:"))
    assert text.endswith("Tier A 0, tier B 2, tier C 4. Too few reports for a tier, marked □: 2.")
    assert [row.cells[0].text for row in found.tables[0].rows[1:4]] == ["□", "□", "B"]
    assert "marked □" not in "".join(one.text for one in usual.paragraphs)


@pytest.mark.usefixtures("font")
def test_the_same_bulletin_is_the_same_file(tmp_path: Path) -> None:
    for name in "ab":
        written(tmp_path / f"{name}.docx", "en", priorities=priorities(0))
    assert (tmp_path / "a.docx").read_bytes() == (tmp_path / "b.docx").read_bytes()


@pytest.mark.usefixtures("font")
def test_long_rankings_are_cut_and_say_so(tmp_path: Path) -> None:
    found = written(tmp_path / "b.docx", "en", priorities=priorities(MOST_ROWS + 9))
    assert len(found.tables[0].rows) == MOST_ROWS + 1
    assert f"Community: the first {MOST_ROWS} of {MOST_ROWS + 9}" in [p.text for p in found.paragraphs]


def test_a_bulletin_of_nothing_says_so(tmp_path: Path) -> None:
    found = written(
        tmp_path / "b.docx", "en", priorities=priorities(0), performance=performance().head(0), losses=LEDGER.head(0)
    )
    text = "\n".join(paragraph.text for paragraph in found.paragraphs)
    assert "No area was ranked." in text
    assert "Nothing was given to anybody in the period." in text
    assert "The scorecard assesses none of these areas." in text
    assert not found.tables


def test_what_cannot_be_written_is_refused(tmp_path: Path) -> None:
    tables = {"priorities": priorities(0), "performance": performance(), "period": PERIOD}
    with pytest.raises(BadList, match=r"\.docx"):
        bulletin(tmp_path / "b.doc", **tables)
    with pytest.raises(BadList, match="does not exist"):
        bulletin(tmp_path / "none" / "b.docx", **tables)
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("font")
def test_control_characters_do_not_break_the_document(tmp_path: Path) -> None:
    odd = priorities(2).to_pandas().assign(name=["a\x00\x0b<w:p>", "\u202eb"], reason="x\x1fy")
    found = written(tmp_path / "b.docx", "en", priorities=odd)
    assert found.tables[0].rows[1].cells[1].text.startswith("a <w:p>")


@pytest.mark.parametrize("without", [["due_at"], ["closed_at"], ["due_at", "closed_at"]], ids=" ".join)
def test_what_the_reports_do_not_tell_is_a_dash(tmp_path: Path, without: list[str]) -> None:
    """Reports without deadlines, or without closings, stopped the bulletin with a TypeError."""
    write_town(tmp_path)
    file = tmp_path / "reports.csv"
    pl.read_csv(file).drop(without).write_csv(file)
    found = closing_performance(open_study([file], resolution=8, timezone="Asia/Shanghai"), Question())
    paper = written(tmp_path / "b.docx", "en", priorities=priorities(0), performance=found.table, losses=None)
    unit, due, on_time, share, backlog, overdue, days, failed = (cell.text for cell in paper.tables[0].rows[1].cells)
    assert unit.endswith("depot")
    assert int(backlog) > 0
    assert [due, on_time, share] == ["–"] * 3
    assert (overdue == "–") == ("due_at" in without)
    assert (days == "–", failed == "–") == ("closed_at" in without,) * 2


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_an_indicator_is_called_by_its_name_and_an_example_is_called_one(tmp_path: Path, lang: str) -> None:
    ledger = LEDGER.with_columns(indicator=pl.Series(["M1", "Z9"]))  # Z9 is none of this scorecard
    one = next(one for one in example().indicators if one.code == "M1")
    nothing = {"priorities": priorities(0), "losses": ledger}
    found = written(tmp_path / "b.docx", lang, scorecard=example(), **nothing)
    assert [row.cells[5].text for row in found.tables[1].rows[1:]] == [one.name(lang), "Z9"]
    caution = example().caution[0].sentence(lang)
    assert [p.text for p in found.paragraphs].count(caution) == 1
    nameless = written(tmp_path / "c.docx", lang, **nothing)
    assert [row.cells[5].text for row in nameless.tables[1].rows[1:]] == ["M1", "Z9"]
    assert caution not in [p.text for p in nameless.paragraphs]


def test_what_two_tables_say_is_said_once(tmp_path: Path) -> None:
    twice = (note("Team-days left over: {left}.", left=1), note("Team-days left over: {left}.", left=2)) * 2
    tables = {"priorities": priorities(0), "performance": performance()}
    found = Document(str(bulletin(tmp_path / "b.docx", **tables, period=PERIOD, notes=twice)))
    said = [paragraph.text for paragraph in found.paragraphs if paragraph.text.startswith("Team-days left")]
    assert said == ["Team-days left over: 1.", "Team-days left over: 2."]


def test_without_the_font_only_a_chart_with_chinese_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The words of the chart were not looked at, nor the numbers of areas without a name: they came out as "?"."""
    monkeypatch.setattr(print_font, "REGULAR", tmp_path / "none.ttf")
    latin = priorities(2).with_columns(name=pl.Series(["Quay", "Hill"]))  # units and parents are Chinese: in no chart
    nameless = latin.with_columns(name=pl.lit(None, pl.String), area_id=pl.Series(["社区/1", "community/2"]))
    check_letters(latin, "en")
    assert written(tmp_path / "b.docx", "en", priorities=latin).inline_shapes
    for rows, lang in ((latin, "zh"), (nameless, "en"), (priorities(2), "en")):
        with pytest.raises(BadList, match="make setup"):
            check_letters(rows, lang)
        with pytest.raises(BadList, match="make setup"):
            written(tmp_path / "c.docx", lang, priorities=rows)
    assert [file.name for file in tmp_path.iterdir()] == ["b.docx"]
