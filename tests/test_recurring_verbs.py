"""`relapses`, `clusters`, `scan` and `blindspots` as a nightly job meets them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import polars as pl
import pytest

from geo import tables
from geo.__main__ import main
from geo.errors import UnreadableFile
from geo.export.lists import write_list
from geo.recurring.blind_spots import unvisited
from geo.recurring.earlier import read_alarms, with_codes
from tests.export.recurring_rows import alarms

QUICK = ["--resolution", "8"]
SCAN = [*QUICK, "--replicates", "99", "--category", "S09011", "S06042"]


def run(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[dict[str, Any], str]:
    """Return the object that a verb prints, and what it says aside."""
    assert main([*arguments, "--json"]) == 0
    said = capsys.readouterr()
    return json.loads(said.out), said.err


def test_relapses(files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "relapses.gpkg"
    summary, aside = run(["relapses", *files, *QUICK, "--out", str(out), "--days", "30", "--only", "confirmed"], capsys)
    layer = gpd.read_file(out, layer="relapses")
    assert len(layer) == summary["rows"]
    assert layer["confirmed"].astype(bool).all()
    assert list(layer.columns) == [*tables.RELAPSES, "geometry"]
    assert summary["accepted"] + summary["rejected"] == summary["rows_read"]
    assert "Looking for what keeps coming back" in aside


def test_clusters_in_chinese(files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "clusters.xlsx"
    assert main(["clusters", *files, *QUICK, "--period", "8w", "--lang", "zh", "--out", str(out)]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("聚集区")
    sheet, cover = openpyxl.load_workbook(out).worksheets
    assert [cell.value for cell in sheet[1]][:2] == ["聚集区", "状态"]
    assert ("每期长度", "8w") in list(cover.values)


def test_blind_spots(files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "blind.geojson"
    summary, _ = run(["blindspots", *files, *QUICK, "--out", str(out), "--window", "26w"], capsys)
    layer = gpd.read_file(out)
    assert len(layer) == summary["areas"] == summary["rows"]
    assert unvisited(layer) == summary["never"] < int(layer["never"].sum())
    assert set(layer["kind"]) == {"community", "market", "construction_site"}


def test_a_scan_goes_on_from_the_file_of_the_night_before(
    files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, after = tmp_path / "before.xlsx", tmp_path / "after.csv"
    ask = ["scan", *files, *SCAN, "--lang", "zh"]
    first, _ = run([*ask, "--until", "2026-11-14", "--out", str(before)], capsys)
    assert first["alarms"] > 0, "or nothing could go on"
    second, aside = run([*ask, "--until", "2026-11-15", "--previous", str(before), "--out", str(after)], capsys)
    assert second["new"] + second["continuing"] == second["alarms"] == second["rows"]
    assert 0 <= second["signals"] <= second["alarms"]
    known, told = (set(read_alarms(file)["alarm_id"]) for file in (before, after))
    assert len(told & known) == second["continuing"] > 0, "an alarm that goes on keeps its name"
    assert "未提供上次清单" not in aside


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("ending", [".csv", ".xlsx", ".geojson", ".gpkg"])
def test_a_list_of_alarms_is_read_back(ending: str, lang: str, tmp_path: Path) -> None:
    table = alarms()
    table["category"] = ["S09005", "all", "=1+1"]
    read = with_codes(read_alarms(write_list(table, tmp_path / f"list{ending}", lang=lang)), ["all", "S09005", "=1+1"])
    wanted = pl.from_pandas(table[read.columns])
    assert read.rows() == wanted.cast(dict(read.schema)).rows()
    none = read_alarms(write_list(table.iloc[:0], tmp_path / f"none{ending}", lang=lang))
    assert (none.height, none.columns) == (0, read.columns), "a night without an alarm is no fault"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", b""),
        ("b.csv", b"id,name\n1,2\n"),
        ("c.csv", b"alarm_id,category,cells,start,end,since\nx,all,somewhere,2026-11-01,2026-11-02,2026-11-02\n"),
        ("d.csv", b"alarm_id,category,cells,start,end,since\nx,all,8940e3c0143ffff,soon,2026-11-02,2026-11-02\n"),
        ("e.csv", b"a,b\n1,2,3,4\n"),
        ("f.xlsx", b"PK\x03\x04 no workbook"),
        ("g.gpkg", b"SQLite format 3\0 no layer"),
        ("h.geojson", b"{}"),
        ("i.kml", b"<kml/>"),
    ],
)
def test_what_is_no_list_of_alarms_is_said_in_one_sentence(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnreadableFile, match=name) as refusal:
        read_alarms(tmp_path / name)
    assert refusal.value.sentence("zh") != str(refusal.value)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["relapses", "--out", "x.pdf"], '"x.pdf"'),
        (["relapses", "--out", "x.csv", "--days", "0"], "--days cannot be 0"),
        (["relapses", "--out", "x.csv", "--only", "hot"], '--only cannot be "hot"'),
        (["clusters", "--out", "x.csv", "--period", "3m"], 'cannot have steps of "3m"'),
        (["clusters", "--out", "x.csv", "--lens", "past"], '--lens cannot be "past"'),
        (["scan", "--out", "x.csv", "--rings", "9"], "from 0 to 5"),
        (["scan", "--out", "x.csv", "--model", "poisson"], '"poisson"'),
        (["scan", "--out", "x.csv", "--previous", "nowhere.csv"], "nowhere.csv is not there"),
        (["scan", "--out", "x.csv", "--previous", "pyproject.toml"], "pyproject.toml cannot be read"),
        (["scan", "--out", "x.csv", "--only", "new"], '--only cannot be "new"'),
        (["scan", "--out", "x.csv", "--until", "tonight"], '"tonight" is not a date'),
        (["blindspots", "--out", "x.html"], "or .zip for a Shapefile"),
        (["blindspots", "--out", "x.csv", "--only", "never"], '--only cannot be "never"'),
        (["blindspots", "--out", "x.csv"], "a.csv is not there"),
    ],
)
def test_a_refusal_is_one_sentence_and_exit_code_2(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, "--reports", "a.csv"]) == 2
    said = capsys.readouterr()
    assert sentence in said.err
    assert said.out == ""
    assert len([line for line in said.err.splitlines() if line and not line.startswith("Reading")]) == 1
