"""`priorities`, `performance`, `loss`, `choose` and `workorders` as a planner's script meets them."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import polars as pl
import pyogrio
import pytest
import shapely

from geo import tables
from geo.__main__ import main
from geo.command.choosing import Budget, Ranking, read_costs
from geo.command.naming import find_area, find_areas
from geo.command.workorders import read_targets
from geo.errors import RefusedQuestion
from geo.export.lists import write_list
from tests.agenda_town import NAMES, write_town
from tests.export.agenda_rows import choices


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return write_town(tmp_path_factory.mktemp("town"))


@pytest.fixture(scope="module")
def squares() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"area_id": [str(at + 1) for at in range(9)], "name": NAMES})


def run(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[dict[str, Any], str]:
    """Return the object that a verb prints, and what it says aside."""
    assert main([*arguments, "--json"]) == 0
    said = capsys.readouterr()
    return json.loads(said.out), said.err


def test_priorities_put_the_middle_first(town: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "first.gpkg"
    summary, aside = run(["priorities", *town, "--half-life", "16", "--out", str(out), "--only", "A"], capsys)
    layer = gpd.read_file(out, layer="priorities")
    assert list(layer.columns) == [*tables.PRIORITIES, "geometry"]
    assert layer["name"].to_list() == ["Middle"]
    assert (summary["areas"], summary["rows"], summary["half_life"]) == (9, 1, 16)
    assert "Ranking the areas" in aside


def test_the_weights_stand_on_the_cover_sheet(
    town: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "first.xlsx"
    weights = ["--half-life", "8", "--weights", "excess=0,relapses=.5", "--top", "3"]
    assert main(["priorities", *town, *weights, "--lang", "zh", "--out", str(out)]) == 0
    assert capsys.readouterr().out.startswith("参加排序的区域9个")
    sheet, cover = openpyxl.load_workbook(out).worksheets
    assert sheet.title == "优先级"
    told = dict(cover.values)
    assert (told["排序对象"], told["半衰期"], told["权重"]) == ("社区", "8周", "回潮次数 0.5")


def test_a_kind_that_was_not_read_is_refused(town: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["priorities", *town, "--kind", "market", "--out", "x.csv"]) == 2
    assert 'No areas of the kind "market" were read, only: community.' in capsys.readouterr().err


def test_closing_performance_of_units(town: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "closing.csv"
    summary, _ = run(["performance", *town, "--out", str(out)], capsys)
    table = pl.read_csv(out)
    assert sorted(table["key"]) == ["Middle depot", "North depot", "South depot"]
    assert table["on_time"].sum() == summary["on_time"]
    assert 0.4 < summary["on_time_share"] < 0.95, "closings take 60 hours on average, and 72 are allowed"


def test_a_choice_with_its_ways_and_its_countdown(
    town: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    costs = tmp_path / "costs.csv"
    costs.write_text("name,cost\nMiddle,2\nWest,0.5\n", "utf-8")
    out = tmp_path / "choice.gpkg"
    wishes = ["--must", "West", "--never", "North", "North East", "--cost", str(costs), "--half-life", "16"]
    budget = ["--teams", "2", "--days", "2", "--review", "2026-12-15"]
    summary, _ = run(["choose", *town, *wishes, *budget, "--out", str(out)], capsys)
    layer = gpd.read_file(out, layer="choices").set_index("name")
    assert layer.loc[["West", "Middle"], "chosen"].astype(bool).all()
    assert not layer.loc[["North", "North East"], "chosen"].astype(bool).any()
    assert layer.loc["West", "wish"] == "must"
    taken = layer[layer["chosen"].astype(bool)]
    assert taken["cost"].sum() == summary["team_days"] <= 4
    assert summary["covered_share"] == pytest.approx(taken["gain"].sum() / layer["gain"].sum(), abs=1e-4)
    assert (summary["optimal"], summary["rows"]) == (True, 9)
    assert len(gpd.read_file(out, layer="routes")) == len(taken.groupby(["team", "day"]))
    assert (summary["countdown"]["today"], summary["countdown"]["days_left"]) == ("2026-11-14", 31)
    assert {row["unit"] for row in summary["countdown"]["by_unit"]} <= {"Middle depot", "North depot", "South depot"}


def test_a_choice_is_said_in_sentences(town: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ask = ["choose", *town, "--half-life", "16", "--teams", "1", "--days", "2", "--near", "30.615,104.215,3000"]
    assert main([*ask, "--out", str(tmp_path / "choice.csv")]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("Targets chosen: 2. They hold ")
    assert "that is proven" in said.out
    assert "One team more would add " in said.out
    listed = pl.read_csv(tmp_path / "choice.csv").filter(pl.col("chosen").cast(pl.String) == "true").sort("day")
    days = [line for line in said.out.splitlines() if line.startswith("Team ")]
    assert days == [f"Team {row['team']}, day {row['day']}: {row['name']}" for row in listed.iter_rows(named=True)]
    assert len(days) == 2
    assert "Targets chosen" not in said.err, "once is enough"


def test_only_targets_along_a_line(town: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = tmp_path / "river.geojson"
    river = shapely.LineString([(104.201, 30.605), (104.229, 30.605)])
    gpd.GeoDataFrame({"name": ["River"]}, geometry=[river], crs="EPSG:4326").to_file(line)
    ask = ["choose", *town, "--half-life", "16", "--teams", "1", "--days", "9"]
    for along, offered in ((f"{line},100", ["1", "2", "3"]), ("North West,10", ["1", "2", "4", "5"])):
        out = tmp_path / "choice.csv"
        summary, _ = run([*ask, "--along", along, "--out", str(out)], capsys)
        assert sorted(pl.read_csv(out, schema_overrides={"area_id": pl.String})["area_id"]) == offered
        assert summary["targets"] == summary["rows"] == len(offered)
    assert main([*ask, "--along", "River,100", "--out", str(out)]) == 2
    assert 'no area "River" here' in capsys.readouterr().err


@pytest.fixture(scope="module")
def orders(town: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of work orders for the middle and the west."""
    folder = tmp_path_factory.mktemp("campaign")
    listed = folder / "targets.csv"
    listed.write_text("area_id,chosen\n5,true\n4,true\n1,false\n", "utf-8")
    ask = ["workorders", *town, "--half-life", "16", "--targets", str(listed), "--due", "2026-12-10"]
    assert main([*ask, "--out", str(folder / "orders")]) == 0
    return folder / "orders"


def test_every_file_of_the_orders_opens(orders: Path) -> None:
    names = sorted(file.name for file in orders.iterdir())
    assert names == ["Middle depot.pdf", "Middle depot.xlsx", "bulletin.docx", "orders.csv", "orders.geojson"]
    book = openpyxl.load_workbook(orders / "Middle depot.xlsx")
    points = gpd.read_file(orders / "orders.geojson")
    sent = pl.read_csv(orders / "orders.csv")
    assert book.sheetnames[:2] == ["Problem list", "Responsibility list"]
    assert len(points) == sent.height > 0
    assert set(sent["area"]) <= {"Middle", "West"}
    assert (orders / "Middle depot.pdf").read_bytes().startswith(b"%PDF-")
    assert zipfile.ZipFile(orders / "bulletin.docx").testzip() is None


def test_nothing_is_taken_until_it_is_confirmed(
    orders: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = openpyxl.load_workbook(orders / "Middle depot.xlsx")
    sheet = book.worksheets[0]
    header = next(row for row in sheet.iter_rows(max_row=5) if any(cell.value == "Result" for cell in row))
    at = {cell.value: cell.column for cell in header}
    first = header[0].row + 1
    sheet.cell(first, at["Result"], "rectified")
    sheet.cell(first, at["Rectified on"], "2026-11-18")
    filled = tmp_path / "filled.xlsx"
    book.save(filled)
    ask = ["workorders", "--read-back", str(filled), "--out", str(orders), "--until", "2026-11-20"]
    assert main(ask) == 0
    assert capsys.readouterr().out.endswith("Nothing was taken. Repeat with --confirm to accept the changes.\n")
    shown, _ = run(ask, capsys)
    assert ([row["after"] for row in shown["changes"]], shown["faults"], shown["taken"]) == (["rectified"], [], 0)
    assert not (orders / "progress.csv").exists()
    taken, _ = run([*ask, "--confirm"], capsys)
    assert taken["taken"] == 1
    assert pl.read_csv(orders / "progress.csv")["state"].to_list() == ["rectified"]
    again, _ = run(ask, capsys)
    assert (again["changes"], again["unchanged"]) == ([], 1)
    sheet = openpyxl.load_workbook(filled)
    sheet.worksheets[0].cell(first, at["Rectified on"], "2026-13-18")
    sheet.save(filled)
    assert main(ask) == 0
    said = capsys.readouterr().out
    assert f"Fault: filled.xlsx row {first}: Rectified on: " in said
    assert said.endswith("They say nothing new: there is nothing to accept.\n")


def test_a_mock_inspection_goes_out_and_comes_back(
    town: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    areas = town[town.index("--areas") + 1].replace("community=", "market=")
    ask = ["inspection", "--areas", areas, "--draw", "market=2", "--seed", "7"]
    form = tmp_path / "form.xlsx"
    drawn, aside = run([*ask, "--out", str(form)], capsys)
    assert len(set(drawn["drawn"])) == drawn["places"] == 2
    assert "example" in aside
    book = openpyxl.load_workbook(form)
    sheet = book.worksheets[0]
    header = next(row for row in sheet.iter_rows() if any(cell.value == "Problems found" for cell in row))
    at = {cell.value: cell.column for cell in header}
    lines = range(header[0].row + 1, sheet.max_row + 1)
    for line in lines:
        sheet.cell(line, at["Problems found"], 0)
    sheet.cell(lines[0], at["Problems found"], 3)
    book.save(form)
    scored, _ = run([*ask, "--filled", str(form)], capsys)
    assert scored["points"] > 0
    assert (scored["kinds"][0]["visited"], scored["kinds"][0]["of"]) == (2, 9)
    capsys.readouterr()
    for other in (["--seed", "8"], ["--draw", "market=3"], ["--draw", "market=1"]):
        assert main([*ask, *other, "--filled", str(form)]) == 2
        said = capsys.readouterr()
        assert (said.out, len(said.err.splitlines())) == ("", 1)
        assert "form.xlsx does not hold the places of this draw" in said.err
    sheet.cell(lines[0], at["Problems found"], "=1+2")
    book.save(form)
    assert main([*ask, "--filled", str(form)]) == 0
    assert f"Fault: form.xlsx row {lines[0]}: " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--draw", "market"], '--draw cannot be "market"'),
        (["--draw", "market=2"], "one of the two"),
        (["--draw", "market=2", "--out", "form.csv"], 'cannot be written as "form.csv"'),
        (["--draw", "market=2", "--seed", "-1", "--out", "form.xlsx"], "--seed cannot be -1"),
        (["--draw", "market=99", "--out", "form.xlsx"], "99 cannot be drawn"),
        (["--draw", "market=2", "--filled", "nowhere.xlsx"], "nowhere.xlsx is not there"),
        (["--filled", "form.xlsx"], "repeat the --draw and --seed of the form"),
        (["--out", "form.xlsx"], "Nothing is to be drawn"),
    ],
)
def test_a_mock_inspection_refuses_in_one_sentence(
    town: list[str], arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    areas = town[town.index("--areas") + 1].replace("community=", "market=")
    assert main(["inspection", "--areas", areas, *arguments]) == 2
    said = capsys.readouterr()
    assert sentence in said.err
    assert (said.out, len(said.err.splitlines())) == ("", 1)


def test_orders_overwrite_nothing(orders: Path, town: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["workorders", *town, "--due", "2026-12-10", "--out", str(orders)]) == 2
    assert "is not empty" in capsys.readouterr().err


def test_areas_are_named_by_index_or_by_a_name_that_only_one_has(squares: gpd.GeoDataFrame) -> None:
    assert find_areas(squares, ["Middle", "5", "North East"], option="must") == ("5", "3")
    with pytest.raises(RefusedQuestion, match=r"several areas.*: 8, 9\.$"):
        find_area(squares, "South", option="must")
    with pytest.raises(RefusedQuestion, match=r'no area "Midle" here. There are: Middle'):
        find_area(squares, "Midle", option="never")


def test_costs_are_read_by_name_or_index(squares: gpd.GeoDataFrame, tmp_path: Path) -> None:
    file = tmp_path / "costs.csv"
    file.write_bytes("名称,工日\nMiddle,2\nWest,0.5\n".encode("gb18030"))
    assert read_costs(file, squares) == {"5": 2.0, "4": 0.5}
    for text, sentence in (
        ("name,cost\nMiddle,0\n", "Row 2 of costs.csv has no cost above 0"),
        ("name,cost\nMiddle,two\n", "Row 2 of costs.csv has no cost above 0"),
        ("name,cost\nMiddle,1\n5,1\n", "stands there twice"),
        ("name,cost\nSouth,1\n", "several areas"),
        ("name,price\nMiddle,1\n", "no table of costs"),
    ):
        file.write_text(text, "utf-8")
        with pytest.raises(RefusedQuestion, match=sentence):
            read_costs(file, squares)


@pytest.mark.parametrize("ending", [".csv", ".xlsx", ".geojson", ".gpkg"])
def test_targets_are_those_chosen_in_the_list(ending: str, tmp_path: Path) -> None:
    found = read_targets(write_list(choices(), tmp_path / f"list{ending}", lang="zh"))
    assert found["area_id"].to_list() == ["community/1", "community/2"]
    assert found["tier"].to_list() == ["A", "B"]
    assert found["gain"].to_list() == [40.25, 20.5]


def test_weights_name_parts_and_the_others_keep_theirs() -> None:
    assert Ranking(weights="excess=2, overdue=.5").parts().parts() == {"excess": 2.0, "overdue": 0.5}
    assert Ranking().parts().parts() == {"excess": 1.0}


def test_places_are_read_off_the_options() -> None:
    budget = Budget(near="30.66, 104.06,1000", along="South River, west bank,200")
    assert (budget.point(), budget.line()) == ((30.66, 104.06, 1000.0), ("South River, west bank", 200.0))


OUT = ["--out", "x.csv"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["priorities", "--out", "x.pdf"], '"x.pdf"'),
        (["priorities", *OUT, "--only", "B"], '--only cannot be "B"'),
        (["priorities", *OUT, "--half-life", "12"], '--half-life cannot be "12"'),
        (["priorities", *OUT, "--weights", "excess"], '--weights cannot be "excess"'),
        (["priorities", *OUT, "--weights", "speed=1"], "the parts are excess, trend, relapses, overdue, hot"),
        (["priorities", *OUT, "--weights", "excess=-1"], '--weights cannot be "excess=-1"'),
        (["priorities", *OUT, "--weights", "excess=0"], "one of them is above 0"),
        (["priorities", *OUT, "--top", "0"], "--top cannot be 0"),
        (["priorities", *OUT], "a.csv is not there"),
        (["performance", *OUT, "--until", "today"], '"today" is not a date'),
        (["loss", *OUT, "--visit", "soon"], '"soon" is not a date'),
        (["choose", *OUT, "--teams", "0"], "--teams cannot be 0"),
        (["choose", *OUT, "--days", "400"], "--days cannot be 400"),
        (["choose", *OUT, "--per-unit", "0"], "--per-unit cannot be 0"),
        (["choose", *OUT, "--cost", "0"], "--cost cannot be 0"),
        (["choose", *OUT, "--cost", "nowhere.csv"], '--cost cannot be "nowhere.csv"'),
        (["choose", *OUT, "--near", "30.6,104.2"], '--near cannot be "30.6,104.2"'),
        (["choose", *OUT, "--near", "99,104.2,100"], '--near cannot be "99,104.2,100"'),
        (["choose", *OUT, "--along", "River"], '--along cannot be "River"'),
        (["choose", *OUT, "--reach", "nan"], "--reach cannot be nan"),
        (["choose", *OUT, "--review", "31-12-2026"], '"31-12-2026" is not a date'),
        (["workorders", "--out", "pyproject.toml", "--due", "2026-12-01"], "pyproject.toml is a file, not a folder"),
        (["workorders", "--out", "tests", "--due", "2026-12-01"], "is not empty"),
        (["workorders", "--out", "nowhere"], "Work orders need --due"),
        (["workorders", "--out", "nowhere", "--due", "2026-12-01", "--targets", "x.csv"], "x.csv is not there"),
        (["workorders", "--out", "nowhere", "--confirm"], "Name the workbooks with --read-back"),
        (["workorders", "--out", "nowhere", "--read-back", "a.xlsx"], "orders.csv is not the table"),
        (["workorders", "--out", "nowhere", "--read-back", "a.xlsx", "--accept", "a"], '--accept cannot be "a"'),
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


@pytest.mark.slow
def test_from_the_demo_city_to_the_orders(files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chosen = tmp_path / "chosen.gpkg"
    quick = ["--resolution", "8", "--lang", "zh"]
    summary, _ = run(["choose", *files, *quick, "--per-unit", "1", "--reach", "200", "--out", str(chosen)], capsys)
    assert {str(name) for name, _ in pyogrio.list_layers(chosen)} == {"choices", "routes", "layer_styles"}
    folder = tmp_path / "orders"
    ask = ["workorders", *files, *quick, "--targets", str(chosen), "--due", "2026-12-10", "--out", str(folder)]
    made, _ = run(ask, capsys)
    assert made["areas"] == summary["chosen"]
    assert sorted(made["files"]) == sorted(str(file) for file in folder.iterdir())
    losses, _ = run(["loss", *files, *quick, "--out", str(tmp_path / "loss.xlsx")], capsys)
    assert losses["points"] >= losses["recoverable"] > 0
