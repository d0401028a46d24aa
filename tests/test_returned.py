"""Filled-in work orders read back on the command line: a conflict is decided either way, and asked about once."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from geo.__main__ import main
from geo.export.order_book import write_book
from geo.export.order_columns import FILLED, SENT
from geo.export.order_progress import write_sent
from tests.export.printed_orders import EAST, orders

ORDERS = orders(problems=2)
FIRST = ORDERS.problems_of(EAST)["target_id"][0]


def filled(folder: Path, name: str, state: str, done: str | None = None) -> Path:
    path = write_book(ORDERS, EAST, folder / name)
    book = openpyxl.load_workbook(path)
    at = {column.name: place for place, column in enumerate((*SENT, *FILLED), start=1)}
    sheet = book.worksheets[0]
    for column, value in {"state": state, "done_on": done, "by_unit": name[0], "after_photo": f"IMG_{name[0]}"}.items():
        sheet.cell(3, at[column]).value = value
    book.save(path)
    return path


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["workorders", *arguments, "--until", "2026-11-20"]) == 0
    return capsys.readouterr().out


def test_a_conflict_is_told_apart_and_decided_either_way(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_sent(ORDERS.problems, tmp_path / "orders.csv")
    north, south = filled(tmp_path, "N.xlsx", "rectified", "2026-11-18"), filled(tmp_path, "S.xlsx", "not yet")
    out = "--out", str(tmp_path)
    said = told(capsys, "--read-back", str(north), *out, "--confirm")
    assert f"Change: {FIRST}: no answer → rectified, 18 Nov 2026, N, photo IMG_N, N.xlsx row 3\n" in said
    both = ("--read-back", str(north), "--read-back", str(south), *out)
    said = told(capsys, *both)
    assert "→ not yet, S, photo IMG_S, S.xlsx row 3\n" in said
    assert "→ rectified, 18 Nov 2026, N, photo IMG_N, accepted before, N.xlsx row 3\n" in said
    told(capsys, *both, "--confirm", "--accept", FIRST)
    assert "conflicts: 0" in told(capsys, *both)
    third = filled(tmp_path, "T.xlsx", "not ours")
    told(capsys, "--read-back", str(third), *out, "--confirm", "--accept", "T.xlsx:3")
    assert "conflicts: 0" in told(capsys, *both, "--read-back", str(third))


def test_why_a_file_is_not_read_names_it_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_sent(ORDERS.problems, tmp_path / "orders.csv")
    (tmp_path / "a.xlsx").write_text("a,b")
    said = told(capsys, "--read-back", str(tmp_path / "a.xlsx"), "--out", str(tmp_path), "--lang", "zh")
    assert said.splitlines()[0].endswith("a.xlsx 不是 .xlsx 工作簿。请发回下发的工作簿。")
    assert said.count("a.xlsx") == 1
