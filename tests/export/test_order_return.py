"""Filled-in work orders read back: what they say, each fault by its row, and nothing applied before it is confirmed."""

from __future__ import annotations

import random
import re
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from geo.errors import RefusedQuestion, UnreadableFile
from geo.export.order_book import write_book
from geo.export.order_columns import FILLED, SENT
from geo.export.order_progress import accepted, latest, read_progress, read_sent, write_sent
from geo.export.order_return import Returned, confirm, read_back
from geo.words import chinese
from tests.export.printed_orders import DEPOT, EAST, orders

TODAY = date(2026, 11, 25)
DONE = datetime(2026, 11, 20)
HOSTILE = "=cmd|' /C calc'!A0"
ORDERS = orders(problems=8, place=HOSTILE)
SENT_PROBLEMS = ORDERS.problems
IDS = ORDERS.problems_of(EAST)["target_id"].to_list()

Fill = Callable[[Worksheet, Callable[[int, str], Any]], object]


def filled(folder: Path, fill: Fill, *, unit: str = EAST, lang: str = "zh", name: str = "east.xlsx") -> Path:
    """Write the order of a unit, fill it in as a person would, and return it. `cell(n, column)`: of the nth problem."""
    path = write_book(ORDERS, unit, folder / name, lang=lang)
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    names = [column.name for column in (*SENT, *FILLED)]
    fill(sheet, lambda number, column: sheet.cell(number + 3, names.index(column) + 1))
    book.save(path)
    return path


def said(returned: Returned) -> list[tuple[Any, ...]]:
    return returned.faults.select("row", "column", "value", "reason").rows()


def read(*paths: Path, **options: Any) -> Returned:
    return read_back(paths, SENT_PROBLEMS, today=TODAY, **options)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_an_untouched_order_says_nothing(tmp_path: Path, lang: str) -> None:
    books = [write_book(ORDERS, unit, tmp_path / f"{at}.xlsx", lang=lang) for at, unit in enumerate(ORDERS.units)]
    returned = read(*books)
    assert (returned.answers, returned.changes.height, returned.faults.height, returned.warnings.height) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("lang", "words"), [("zh", ("已整改", "未整改", "非本单位职责")), ("en", ("rectified", "Not yet", "not ours"))]
)
def test_answers_come_back_in_either_language(tmp_path: Path, lang: str, words: tuple[str, ...]) -> None:
    def fill(sheet: Worksheet, cell: Callable[[int, str], Any]) -> None:
        for at, word in enumerate(words):
            cell(at, "state").value = word
        cell(0, "done_on").value = DONE
        cell(0, "by_unit").value = "东湖环卫所"
        cell(0, "after_photo").value = "IMG_0042"
        cell(1, "note").value = "=1+1 待协调"
        cell(1, "note").data_type = "s"

    returned = read(filled(tmp_path, fill, lang=lang))
    assert not returned.faults.height
    assert returned.changes["target_id"].to_list() == IDS[:3]
    assert returned.changes["after"].to_list() == ["rectified", "not_yet", "not_ours"]
    assert returned.changes["day"].to_list() == [DONE.date(), None, None]
    assert returned.changes["row"].to_list() == [3, 4, 5]
    assert returned.changes.row(0)[5:9] == ("东湖环卫所", None, "IMG_0042", "east.xlsx")
    assert returned.changes["note"][1] == "'=1+1 待协调"
    assert returned.changes["before"].null_count() == 3


def test_an_answer_given_in_a_language_other_than_that_of_the_book_counts(tmp_path: Path) -> None:
    returned = read(filled(tmp_path, lambda sheet, cell: setattr(cell(2, "state"), "value", "not yet")))
    assert returned.changes["after"].to_list() == ["not_yet"]


FAULTS: dict[str, tuple[dict[str, Any], list[tuple[str, str | None, str]]]] = {
    "unknown target": (
        {"target_id": "T-NOBODY22"},
        [("问题编号", "T-NOBODY22", "No problem of these orders has this number")],
    ),
    "no target": ({"target_id": None}, [("问题编号", None, "No problem of these orders has this number")]),
    "31 February": (
        {"done_on": "2026-02-31"},
        [("整改日期", "2026-02-31", "There is no such day, or it is not written as 2026-11-20")],
    ),
    "words for a day": (
        {"done_on": "上周三"},
        [("整改日期", "上周三", "There is no such day, or it is not written as 2026-11-20")],
    ),
    "a bare number for a day": (
        {"done_on": "46346"},
        [("整改日期", "46346", "There is no such day, or it is not written as 2026-11-20")],
    ),
    "future": ({"done_on": datetime(2026, 11, 26)}, [("整改日期", "2026-11-26", "A day that has not come yet")]),
    "before the report": (
        {"done_on": datetime(2026, 8, 31)},
        [("整改日期", "2026-08-31", "A day before the problem was reported")],
    ),
    "no day": ({"done_on": None}, [("整改日期", None, "Rectified, but without its day")]),
    "a day, not rectified": (
        {"state": "未整改"},
        [("整改日期", "2026-11-20", "A day, but the result is not rectified")],
    ),
    "unknown word": ({"state": "差不多好了"}, [("整改结果", "差不多好了", "Not one of the answers of the list")]),
    "no result": ({"state": None}, [("整改结果", None, "Filled in, but without a result")]),
    "edited order": (
        {"order_id": "WO-1"},
        [("工单编号", "WO-1", "Not what was sent: copy the row from the order again")],
    ),
    "edited place": ({"place": "别处"}, [("地点", "别处", "Not what was sent: copy the row from the order again")]),
    "emptied deadline": (
        {"deadline": None},
        [("整改时限", None, "Not what was sent: copy the row from the order again")],
    ),
    "moved point": ({"lat": 30.7}, [("纬度", "30.7", "Not what was sent: copy the row from the order again")]),
    "endless note": ({"note": "长" * 301}, [("备注", "长" * 40 + "…", "More than 300 characters")]),
    "formula for a result": (
        {"state": "=A1"},
        [
            ("整改结果", "W{row}: =A1", "A formula: type its value instead"),
            ("整改结果", None, "Filled in, but without a result"),
        ],
    ),
    "formula for a note": (
        {"note": "=WEBSERVICE(A1)"},
        [("备注", "Z{row}: =WEBSERVICE(A1)", "A formula: type its value instead")],
    ),
    "formula for what was sent": ({"unit": "=A1"}, [("牵头单位", "S{row}: =A1", "A formula: type its value instead")]),
    "two faults": (
        {"state": "?", "done_on": "2026-13-01"},
        [
            ("整改结果", "?", "Not one of the answers of the list"),
            ("整改日期", "2026-13-01", "There is no such day, or it is not written as 2026-11-20"),
        ],
    ),
}


def test_every_fault_is_told_by_its_row_and_the_row_is_not_taken(tmp_path: Path) -> None:
    def fill(sheet: Worksheet, cell: Callable[[int, str], Any]) -> None:
        for at, edits in enumerate([{}, *(edits for edits, _ in FAULTS.values())]):
            cell(at, "state").value, cell(at, "done_on").value = "已整改", DONE
            for column, value in edits.items():
                cell(at, column).value = value

    returned = read(filled(tmp_path, fill))
    told: dict[int, list[tuple[str, str | None, str]]] = {}
    for row, column, value, reason in said(returned):
        told.setdefault(row, []).append((column, value, reason))
    expected = {
        at: [(c, v.format(row=at) if v else v, r) for c, v, r in faults]
        for at, (_, faults) in enumerate(FAULTS.values(), start=4)
    }
    assert told == expected
    assert set(returned.faults["file"]) == {"east.xlsx"}
    assert returned.changes["target_id"].to_list() == IDS[:1]
    assert set(returned.faults["reason"]) <= set(chinese())
    renamed = [IDS[at] for at, (edits, _) in enumerate(FAULTS.values(), start=1) if "target_id" in edits]
    assert returned.warnings["value"].to_list() == renamed


def test_a_problem_in_two_rows_of_a_file_is_taken_from_neither(tmp_path: Path) -> None:
    def fill(sheet: Worksheet, cell: Callable[[int, str], Any]) -> None:
        cell(1, "state").value = cell(2, "state").value = "未整改"
        for column in SENT:
            cell(2, column.name).value = cell(1, column.name).value

    returned = read(filled(tmp_path, fill))
    assert [(row, value) for row, _, value, reason in said(returned)] == [(4, IDS[1]), (5, IDS[1])]
    assert not returned.changes.height
    assert returned.warnings["value"].to_list() == [IDS[2]]


def test_missing_rows_are_warned_of_and_the_others_taken(tmp_path: Path) -> None:
    def fill(sheet: Worksheet, cell: Callable[[int, str], Any]) -> None:
        cell(0, "state").value = "未整改"
        sheet.delete_rows(5, 2)

    returned = read(filled(tmp_path, fill))
    assert returned.warnings.select("row", "column", "value").rows() == [(None, "问题编号", one) for one in IDS[2:4]]
    assert returned.changes.height == 1
    assert not returned.faults.height


def test_a_column_in_front_and_rows_above_do_no_harm(tmp_path: Path) -> None:
    def fill(sheet: Worksheet, cell: Callable[[int, str], Any]) -> None:
        cell(0, "state").value = "未整改"
        cell(1, "note").value = "=A1"
        sheet.insert_cols(1)
        sheet.insert_rows(1)

    returned = read(filled(tmp_path, fill))
    assert returned.changes.select("target_id", "row").rows() == [(IDS[0], 4)]
    assert ("备注", "AA5: =A1") in [(column, value) for _, column, value, _ in said(returned)]


def test_two_files_that_disagree_are_shown_with_file_and_row_and_not_applied(tmp_path: Path) -> None:
    def one(sheet: Worksheet, cell: Callable[[int, str], Any]) -> None:
        cell(0, "state").value, cell(0, "done_on").value = "已整改", DONE
        cell(1, "state").value = "未整改"

    def other(sheet: Worksheet, cell: Callable[[int, str], Any]) -> None:
        cell(0, "state").value = cell(1, "state").value = "未整改"

    returned = read(filled(tmp_path, one, name="a.xlsx"), filled(tmp_path, other, name="b.xlsx"))
    assert returned.conflicts.select("target_id", "after", "file", "row", "accepted").rows() == [
        (IDS[0], "rectified", "a.xlsx", 3, False),
        (IDS[0], "not_yet", "b.xlsx", 3, False),
    ]
    assert returned.changes.select("target_id", "file").rows() == [(IDS[1], "a.xlsx")]
    assert (returned.answers, returned.unchanged) == (4, 1)


def answer(state: str, day: datetime | None = None, at: int = 0) -> Fill:
    def fill(sheet: Worksheet, cell: Callable[[int, str], Any]) -> None:
        cell(at, "state").value, cell(at, "done_on").value = state, day

    return fill


def test_nothing_is_written_before_it_is_confirmed_and_history_is_kept(tmp_path: Path) -> None:
    progress = tmp_path / "progress.csv"
    first = read(filled(tmp_path, answer("未整改")), progress=progress)
    assert not progress.exists()
    confirm(first, progress)
    second = read(filled(tmp_path, answer("已整改", DONE)), progress=progress)
    assert second.changes.select("before", "after").rows() == [("not_yet", "rectified")]
    kept = progress.read_bytes()
    after = confirm(second, progress)
    assert progress.read_bytes().startswith(kept)
    assert after.equals(read_progress(progress))
    assert after.select("state", "day", "accepted_on").rows() == [
        ("not_yet", None, TODAY),
        ("rectified", DONE.date(), TODAY),
    ]
    assert latest(after)["state"].to_list() == ["rectified"]
    assert [path.name for path in tmp_path.glob(".hexward-*")] == []


def test_an_answer_against_one_accepted_is_a_conflict_until_somebody_decides(tmp_path: Path) -> None:
    progress = tmp_path / "progress.csv"
    confirm(read(filled(tmp_path, answer("已整改", DONE), name="a.xlsx"), progress=progress), progress)
    again = read(filled(tmp_path, answer("已整改", DONE), name="b.xlsx"), progress=progress)
    assert (again.changes.height, again.conflicts.height, again.unchanged) == (0, 0, 1)
    against = read(filled(tmp_path, answer("非本单位职责"), name="c.xlsx"), progress=progress)
    assert not against.changes.height
    assert against.conflicts.select("before", "after", "file", "row", "accepted").rows() == [
        ("rectified", "not_ours", "c.xlsx", 3, False),
        ("rectified", "rectified", "a.xlsx", 3, True),
    ]
    kept = progress.read_bytes()
    assert confirm(against, progress).height == 1
    assert progress.read_bytes() == kept
    after = confirm(against, progress, accept=[("c.xlsx", 3)])
    assert after["state"].to_list() == ["rectified", "not_ours"]
    settled = read(tmp_path / "c.xlsx", progress=progress)
    assert (settled.changes.height, settled.conflicts.height, settled.unchanged) == (0, 0, 1)


def test_a_conflict_that_was_decided_is_not_asked_about_again(tmp_path: Path) -> None:
    progress = tmp_path / "progress.csv"
    books = [
        filled(tmp_path, answer("已整改", DONE), name="a.xlsx"),
        filled(tmp_path, answer("未整改"), name="b.xlsx"),
        filled(tmp_path, answer("未整改"), name="c.xlsx"),
    ]
    first = read(*books, progress=progress)
    assert first.conflicts.select("after", "file").rows() == [
        ("rectified", "a.xlsx"),
        ("not_yet", "b.xlsx"),
        ("not_yet", "c.xlsx"),
    ]
    after = confirm(first, progress, accept=[("a.xlsx", 3)])
    assert after.select("state", "file", "accepted_on").rows() == [
        ("not_yet", "b.xlsx", None),
        ("not_yet", "c.xlsx", None),
        ("rectified", "a.xlsx", TODAY),
    ]
    assert accepted(after)["state"].to_list() == latest(after)["state"].to_list() == ["rectified"]
    again = read(*books, progress=progress)
    assert (again.changes.height, again.conflicts.height, again.unchanged) == (0, 0, 3)
    later = read(filled(tmp_path, answer("非本单位职责"), name="b.xlsx"), progress=progress)
    assert later.conflicts.select("after", "accepted").rows() == [("not_ours", False), ("rectified", True)]


def test_what_was_accepted_earlier_can_be_kept(tmp_path: Path) -> None:
    progress = tmp_path / "progress.csv"
    confirm(read(filled(tmp_path, answer("已整改", DONE)), progress=progress), progress)
    against = read(filled(tmp_path, answer("未整改")), progress=progress)
    assert against.conflicts["accepted"].to_list() == [False, True]
    with pytest.raises(RefusedQuestion, match="two answers"):
        confirm(against, progress, accept=[("east.xlsx", 3)], keep=IDS[:1])
    with pytest.raises(RefusedQuestion, match=f"problem {IDS[1]} no answer was accepted"):
        confirm(against, progress, keep=[IDS[1]])
    after = confirm(against, progress, keep=IDS[:1])
    assert after.select("state", "accepted_on").rows() == [("rectified", TODAY), ("not_yet", None)]
    assert not read(tmp_path / "east.xlsx", progress=progress).conflicts.height


def test_what_follows_not_yet_is_progress_beside_the_older_workbook_too(tmp_path: Path) -> None:
    progress = tmp_path / "progress.csv"
    old = filled(tmp_path, answer("未整改"), name="week 1.xlsx")
    confirm(read(old, progress=progress), progress)
    new = filled(tmp_path, answer("已整改", DONE), name="week 2.xlsx")
    for books in ([old, new], [new, old]):
        returned = read(*books, progress=progress)
        assert returned.changes.select("before", "after", "file").rows() == [("not_yet", "rectified", "week 2.xlsx")]
        assert not returned.conflicts.height
    confirm(returned, progress)
    settled = read(old, new, progress=progress)
    assert (settled.changes.height, settled.conflicts.height, settled.unchanged) == (0, 0, 2)
    reopened = read(filled(tmp_path, answer("未整改"), name="week 3.xlsx"), progress=progress)
    assert reopened.conflicts.select("after", "accepted").rows() == [("not_yet", False), ("rectified", True)]


def test_an_answer_that_only_adds_contradicts_nothing(tmp_path: Path) -> None:
    def fuller(sheet: Worksheet, cell: Callable[[int, str], Any]) -> None:
        answer("已整改", DONE)(sheet, cell)
        cell(0, "after_photo").value = "IMG_0042"

    def other(sheet: Worksheet, cell: Callable[[int, str], Any]) -> None:
        answer("已整改", DONE)(sheet, cell)
        cell(0, "after_photo").value = "IMG_0043"

    progress = tmp_path / "progress.csv"
    bare = filled(tmp_path, answer("已整改", DONE), name="a.xlsx")
    full = filled(tmp_path, fuller, name="b.xlsx")
    together = read(bare, full)
    assert together.changes.select("photo", "file").rows() == [("IMG_0042", "b.xlsx")]
    confirm(read(bare, progress=progress), progress)
    added = read(full, progress=progress)
    assert (added.changes["photo"].to_list(), added.conflicts.height) == (["IMG_0042"], 0)
    confirm(added, progress)
    assert read(bare, progress=progress).unchanged == 1
    assert read(filled(tmp_path, other, name="c.xlsx"), progress=progress).conflicts.height == 2


def test_only_what_is_offered_can_be_accepted(tmp_path: Path) -> None:
    progress = tmp_path / "progress.csv"
    returned = read(
        filled(tmp_path, answer("未整改"), name="a.xlsx"), filled(tmp_path, answer("非本单位职责"), name="b.xlsx")
    )
    with pytest.raises(RefusedQuestion, match=re.escape("Row 9 of a.xlsx")):
        confirm(returned, progress, accept=[("a.xlsx", 9)])
    with pytest.raises(RefusedQuestion, match="two answers"):
        confirm(returned, progress, accept=[("a.xlsx", 3), ("b.xlsx", 3)])
    assert not progress.exists()
    assert accepted(confirm(returned, progress, accept=[("b.xlsx", 3)]))["state"].to_list() == ["not_ours"]
    with pytest.raises(RefusedQuestion, match="Read them again"):
        confirm(returned, progress, accept=[("a.xlsx", 3)])
    assert latest(read_progress(progress))["state"].to_list() == ["not_ours"]


def test_what_was_sent_can_be_kept_as_a_file(tmp_path: Path) -> None:
    kept = read_sent(write_sent(SENT_PROBLEMS, tmp_path / "orders.csv"))
    assert kept.drop("place").equals(SENT_PROBLEMS.drop("place"))
    books = [write_book(ORDERS, unit, tmp_path / f"{at}.xlsx") for at, unit in enumerate(ORDERS.units)]
    assert not read_back(books, kept, today=TODAY).faults.height
    (tmp_path / "orders.csv").write_text("a,b\n1,2\n")
    with pytest.raises(UnreadableFile, match="not the table"):
        read_sent(tmp_path / "orders.csv")


def test_a_file_of_answers_that_was_changed_is_refused(tmp_path: Path) -> None:
    (tmp_path / "progress.csv").write_text("target_id,row\nT-1,many\n")
    with pytest.raises(UnreadableFile, match=r"progress\.csv"):
        read(progress=tmp_path / "progress.csv")


def test_files_that_are_no_orders_are_faults_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "text.xlsx").write_text("a,b")
    (tmp_path / "cut.xlsx").write_bytes(write_book(ORDERS, EAST, tmp_path / "whole.xlsx").read_bytes()[:3000])
    book = openpyxl.Workbook()
    book.active.title = "Sheet1"
    book.save(tmp_path / "other.xlsx")
    book.active.title = "Problem list"
    book.active.append(["Problem number", "Order number", "Place"])
    book.save(tmp_path / "bare.xlsx")
    good = filled(tmp_path, answer("未整改"))
    names = ["text.xlsx", "cut.xlsx", "absent.xlsx", "other.xlsx", "bare.xlsx"]
    returned = read(*(tmp_path / name for name in names), good)
    told = {name: returned.faults.filter(pl.col("file") == name)["reason"].unique().to_list() for name in names}
    assert told["other.xlsx"] == ["No sheet of this name: the problem list of the order is needed"]
    assert told["bare.xlsx"] == ["This column is missing"]
    assert told["text.xlsx"] == ["text.xlsx is not an .xlsx workbook. Send back the workbook that was sent out."]
    assert told["cut.xlsx"][0].startswith("cut.xlsx is cut off or damaged")
    assert told["absent.xlsx"] == ["absent.xlsx is not there. Check the spelling and the folder."]
    assert returned.faults.filter(pl.col("file") == "bare.xlsx")["column"].to_list()[:2] == ["Number", "Category code"]
    assert returned.changes.height == 1


def test_why_a_file_is_not_read_is_a_whole_sentence_in_the_reader_s_language(tmp_path: Path) -> None:
    (tmp_path / "锁.xlsx").write_bytes(OLD_OFFICE + bytes(500) + "EncryptedPackage".encode("utf-16-le") + bytes(500))
    (tmp_path / "old.xlsx").write_bytes(OLD_OFFICE + bytes(2000))
    (tmp_path / "folder.xlsx").mkdir()
    paths = [tmp_path / name for name in ("锁.xlsx", "old.xlsx", "folder.xlsx")]
    assert read(*paths).faults["reason"].to_list() == [
        "锁.xlsx is protected by a password. Save it in Excel or WPS without one.",
        "old.xlsx is a workbook of Excel 97-2003 (.xls). Open it in Excel or WPS and save it as .xlsx.",
        "folder.xlsx cannot be opened: it is a folder, or locked. Name one workbook, and close it where it is open.",
    ]
    in_chinese = read(*paths, lang="zh").faults["reason"].to_list()
    assert in_chinese[0] == "锁.xlsx设有密码。请在Excel或WPS中取消密码后另存。"
    assert not any("workbook" in reason for reason in in_chinese)


def repacked(path: Path, edit: Callable[[str, bytes], bytes]) -> Path:
    """Change the parts of a workbook as somebody with bad intentions would."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, part in parts.items():
            archive.writestr(name, edit(name, part))
    return path


OLD_OFFICE = bytes.fromhex("d0cf11e0a1b11ae1")
SHEET = "xl/worksheets/sheet1.xml"
LAUGHS = b'<!DOCTYPE worksheet [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
ATTACKS: dict[str, tuple[Callable[[str, bytes], bytes], str]] = {
    "a document type": (
        lambda name, part: part.replace(b"<worksheet", LAUGHS + b"<worksheet", 1) if name == SHEET else part,
        "damaged workbook",
    ),
    "a cell at the end of the sheet": (
        lambda name, part: (
            part.replace(b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>')
            if name == SHEET
            else part
        ),
        "far larger",
    ),
    "a bomb": (lambda name, part: part + b" " * 60_000_000 if name == "docProps/app.xml" else part, "would unpack"),
    "a sheet that is not there": (
        lambda name, part: part.replace(b"sheet1.xml", b"sheet9.xml") if name.endswith("workbook.xml.rels") else part,
        "damaged workbook",
    ),
    "a sheet of another folder": (
        lambda name, part: (
            part.replace(b"worksheets/sheet1.xml", b"../../../etc/passwd")
            if name.endswith("workbook.xml.rels")
            else part
        ),
        "damaged workbook",
    ),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_hostile_workbooks_are_not_opened(tmp_path: Path, attack: str) -> None:
    edit, expected = ATTACKS[attack]
    returned = read(repacked(filled(tmp_path, answer("未整改")), edit))
    assert said(returned)[0][:3] == (None, None, None)
    assert re.search(expected, said(returned)[0][3])
    assert returned.faults.height == 1
    assert not returned.changes.height


def test_a_spoilt_workbook_never_ends_in_anything_but_a_fault(tmp_path: Path) -> None:
    whole = filled(tmp_path, answer("未整改")).read_bytes()
    spoilt, chance, refused = tmp_path / "spoilt.xlsx", random.Random(6), 0
    for _ in range(60):
        data = bytearray(whole)
        for _ in range(chance.choice([1, 20])):
            data[chance.randrange(len(data))] = chance.randrange(256)
        spoilt.write_bytes(data[: chance.choice([len(data), chance.randrange(len(data))])])
        returned = read(spoilt)
        refused += returned.faults.height > 0
        assert set(returned.changes.select("target_id", "after").rows()) <= {(IDS[0], "not_yet")}
    assert refused > 20


SPOILT = {  # places in the last entry of the archive's table of contents, and what is put there
    "a version that nobody reads": {6: b"\xb4\x00"},
    "a name that is no text": {8: b"\x00\x08", 46: b"\xfb"},
}


@pytest.mark.parametrize("entry", SPOILT)
def test_an_archive_whose_table_of_contents_is_spoilt_is_a_fault(tmp_path: Path, entry: str) -> None:
    path = filled(tmp_path, answer("未整改"))
    data = bytearray(path.read_bytes())
    start = data.rindex(b"PK\x01\x02")
    for at, put in SPOILT[entry].items():
        data[start + at : start + at + len(put)] = put
    path.write_bytes(data)
    assert [reason[:31] for *_, reason in said(read(path))] == ["east.xlsx is cut off or damaged"]


def test_hidden_sheets_and_links_are_told_and_links_not_followed(tmp_path: Path) -> None:
    def fill(sheet: Worksheet, cell: Callable[[int, str], Any]) -> None:
        cell(0, "state").value = "未整改"
        cell(1, "note").value = "='[https://example.invalid/other.xlsx]Sheet1'!A1"
        sheet.sheet_state = "hidden"

    path = filled(tmp_path, fill)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/externalLinks/externalLink1.xml", "<externalLink/>")
    returned = read(path)
    assert returned.warnings["reason"].to_list() == [
        "The sheet is hidden",
        "The workbook refers to other files; they were not opened",
    ]
    assert returned.changes.height == 1
    assert next((row, reason) for row, _, _, reason in said(returned)) == (4, "A formula: type its value instead")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_copied_sheet_is_named_and_the_list_itself_is_read(tmp_path: Path, lang: str) -> None:
    path = filled(tmp_path, answer("未整改"), lang=lang)
    book = openpyxl.load_workbook(path)
    name = f"{book.sheetnames[0]} (2)"
    book.copy_worksheet(book.worksheets[0]).title = name
    book.move_sheet(name, -3)
    book.save(path)
    returned = read(path)
    assert returned.changes.height == 1
    assert returned.warnings.select("row", "value").rows() == [(None, name)]
    assert returned.warnings["reason"][0].startswith("This sheet was not read")


def test_files_of_one_name_are_told_apart(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
    paths = [filled(tmp_path / "one", answer("未整改")), filled(tmp_path / "two", answer("非本单位职责"))]
    returned = read(*paths)
    assert returned.conflicts["file"].to_list() == [str(path) for path in paths]


def test_orders_of_several_units_come_back_together(tmp_path: Path) -> None:
    books = [filled(tmp_path, answer("未整改"), unit=unit, name=f"{at}.xlsx") for at, unit in enumerate((EAST, DEPOT))]
    returned = read(*books)
    firsts = [ORDERS.problems_of(unit)["target_id"][0] for unit in (EAST, DEPOT)]
    assert returned.changes["target_id"].to_list() == sorted(firsts)
    assert not returned.warnings.height
