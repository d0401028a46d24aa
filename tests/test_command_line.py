"""The command line as a scheduled job meets it: files, standard output, standard error, exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import polars as pl
import pytest

from geo.__main__ import main, spread

SUMMARY = {
    "rows_read",
    "accepted",
    "rejected",
    "incidents",
    "piles",
    "pile_reports",
    "resolution",
    "cells",
    "hot",
    "core",
    "enough",
    "seconds",
}


def test_hotspots_writes_a_layer_and_one_object(
    files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "hotspots.gpkg"
    assert main(["hotspots", *files, "--out", str(out), "--json"]) == 0
    said = capsys.readouterr()
    summary = json.loads(said.out)
    assert set(summary) >= SUMMARY
    assert summary["accepted"] + summary["rejected"] == summary["rows_read"]
    layer = gpd.read_file(out, layer="hotspots")
    assert len(layer) == summary["cells"]
    assert layer["hot"].sum() == summary["hot"]
    assert "Reading reports" in said.err


def test_only_core_in_chinese(files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "list.xlsx"
    options = ["--only", "core", "--lang", "zh", "--due", "2026-12-01", "--window", "26w", "--resolution", "8"]
    assert main(["hotspots", *files, *options, "--out", str(out), "--json"]) == 0
    summary = json.loads(capsys.readouterr().out)
    sheet = openpyxl.load_workbook(out).worksheets[0]
    assert sheet.max_row == summary["core"] + 1
    header = [cell.value for cell in sheet[1]]
    assert "整改时限" in header
    assert summary["resolution"] == 8
    assert str(sheet.cell(2, header.index("整改时限") + 1).value)[:10] == "2026-12-01"
    assert "近26周" in sheet.cell(2, header.index("依据") + 1).value


def test_hotspots_writes_a_map(files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "map.html"
    assert main(["hotspots", *files, "--lang", "zh", "--out", str(out), "--json"]) == 0
    summary, html = json.loads(capsys.readouterr().out), out.read_text("utf-8")
    assert html.startswith('<!doctype html>\n<html lang="zh-CN">')
    assert html.count("<tr data-at=") == summary["clusters"]
    assert "打印" in html
    assert list(tmp_path.iterdir()) == [out]


def test_emerging_counts_its_labels(files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "emerging.gpkg"
    assert main(["emerging", *files, "--out", str(out), "--period", "2w", "--json"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert set(summary) >= {"labels", "planner_labels", "steps", "cells", "seconds", "resolution", "lens"}
    layer = gpd.read_file(out, layer="emerging")
    assert len(layer) == summary["cells"] == sum(summary["labels"].values())
    assert layer["label"].value_counts().to_dict() == summary["labels"]
    assert (layer["planner_label"] == "new").sum() == summary["planner_labels"]["new"]
    assert summary["steps"] == 13


@pytest.mark.parametrize("verb", ["emerging", "hotspots"])
def test_a_measure_that_nobody_gave_is_refused(
    verb: str, demo: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = str(demo["reports"][0])
    given = ["--reports", report, "--mapping", str(demo["mapping"]), "--boundary", str(dict(demo["areas"])["district"])]
    assert main([verb, *given, "--per", "households", "--out", str(tmp_path / "list.csv")]) == 2
    assert 'There is no exposure to compare by "households".' in capsys.readouterr().err


def test_emerging_in_chinese_and_too_short(
    files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "list.xlsx"
    options = ["--only", "labelled", "--lang", "zh", "--category", "S09005", "--out", str(out)]
    assert main(["emerging", *files, *options]) == 0
    assert "个网格中，新出现的热点" in capsys.readouterr().out
    header = [cell.value for cell in openpyxl.load_workbook(out).worksheets[0][1]]
    assert "演变类型" in header
    assert main(["emerging", *files, "--period", "40w", "--out", str(out)]) == 0
    said = capsys.readouterr()
    assert "too short to call" in said.out
    assert "Half-months give 13." in said.err


@pytest.mark.parametrize("ending", [".csv", ".html"])
def test_the_same_call_writes_the_same_bytes(
    files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], ending: str
) -> None:
    one, two = tmp_path / f"one{ending}", tmp_path / f"two{ending}"
    for out in (one, two):
        assert main(["hotspots", *files, "--out", str(out)]) == 0
    assert one.read_bytes() == two.read_bytes()


def test_check_counts_and_writes_the_rejected_rows(
    files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rejected = tmp_path / "rejected.csv"
    assert main(["check", *files, "--rejected", str(rejected), "--json"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["accepted"] + summary["rejected"] == summary["rows_read"]
    rows = pl.read_csv(rejected, infer_schema=False)
    assert rows.select("file", "row").n_unique() == summary["rejected"]
    assert main(["check", *files, "--lang", "zh"]) == 0
    assert "读入" in capsys.readouterr().out


def test_demo_makes_the_city(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "geo", "demo", str(tmp_path / "city"), "--json"],
        capture_output=True, text=True, check=True, cwd=Path(__file__).resolve().parent.parent,
    )  # fmt: skip
    assert json.loads(done.stdout)["rows"] > 90_000
    assert (tmp_path / "city" / "mapping.toml").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["hotspots", "--reports", "nowhere.csv", "--out", "x.csv"], "nowhere.csv is not there"),
        (["hotspots", "--reports", "nowhere.csv", "--out", "x.pdf"], '"x.pdf"'),
        (["hotspots", "--reports", "a.csv", "--out", "x.pdf"], ".kml, .html, or .zip"),
        (["hotspots", "--reports", "a.csv", "--out", "nowhere/x.html"], "folder nowhere does not exist"),
        (["hotspots", "--reports", "a.csv", "--out", "x.html", "--each-category"], "A map shows one answer"),
        (["hotspots", "--reports", "a.csv", "--out", "x.csv", "--areas", "community"], "KIND=FILE"),
        (["hotspots", "--reports", "a.csv", "--out", "x.csv", "--until", "tomorrow"], '"tomorrow" is not a date'),
        (["hotspots", "--reports", "a.csv", "--out", "x.csv", "--only", "cold"], '--only cannot be "cold"'),
        (["hotspots", "--reports", "a.csv", "--out", "x.csv", "--lang", "fr"], '--lang cannot be "fr"'),
        (["emerging", "--reports", "a.csv", "--out", "x.csv", "--period", "3m"], 'cannot have steps of "3m"'),
        (["emerging", "--reports", "a.csv", "--out", "x.csv", "--lens", "past"], '--lens cannot be "past"'),
        (["emerging", "--reports", "a.csv", "--out", "x.csv", "--only", "core"], '--only cannot be "core"'),
        (["emerging", "--reports", "a.csv", "--out", "x.html"], "or .zip for a Shapefile"),
        (["check", "--reports", "nowhere.csv"], "nowhere.csv is not there"),
        (["check", "--reports", "a.csv", "--rejected", "nowhere/x.csv"], "folder nowhere does not exist"),
        (["check", "--reports", "a.csv", "--rejected", "tests"], "tests is a folder"),
        (["demo", "pyproject.toml"], "pyproject.toml is a file, not a folder"),
        (["hotspots", "--out", "x.csv"], "--reports"),
        (["demo", "x", "--seed", "-1"], "--seed cannot be -1"),
        (["weather"], "weather"),
    ],
)
def test_a_refusal_is_one_sentence_and_exit_code_2(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert sentence in said.err
    assert said.out == ""
    assert "Traceback" not in said.err
    assert len([line for line in said.err.splitlines() if line and not line.startswith("Reading")]) == 1


def test_the_refusal_speaks_the_language_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    for language in (["--lang", "zh"], ["--lang=zh"]):
        assert main(["check", "--reports=nowhere.csv", *language]) == 2
        assert "找不到" in capsys.readouterr().err


def test_unknown_columns_are_answered_with_a_mapping_to_start_from(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "odd.csv").write_text("Nummer,Wann,Was,Breite,Laenge\n1,2026-05-01,litter,30.6,104.2\n")
    assert main(["check", "--reports", str(tmp_path / "odd.csv")]) == 2
    said = capsys.readouterr().err
    assert "Nummer, Wann" in said, "what was found"
    assert "report_id" in said
    assert tomllib.loads(said[said.index("\n", said.index("odd.csv")) :]) is not None


def test_one_option_takes_several_values() -> None:
    assert spread(["hotspots", "--category", "a", "b", "--lens", "past", "c"])[1:] == [
        "--category", "a", "--category", "b", "--lens", "past", "c",
    ]  # fmt: skip
