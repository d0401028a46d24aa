"""The files: columns, manners, dirt, truth, and the same bytes for the same seed."""

from __future__ import annotations

import csv
import json
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import polars as pl
import pytest
from pyproj import Transformer

from data import CityPlan, make_city
from data.dirt import KINDS
from data.problems import PROBLEMS, SYSTEMS
from data.sample import FOLDER, KEPT, make_sample
from data.truth import FILES
from geo.intake.datum import gcj02_to_wgs84
from tests.data.conftest import Made


def test_the_summary_names_files_that_exist(made: Made) -> None:
    files = [*made.summary["reports"], *(path for _, path in made.summary["areas"]), made.summary["mapping"]]
    assert all(path.is_file() for path in files)
    assert {path.name for path in (made.folder / "truth").iterdir()} == set(FILES)
    assert abs(made.summary["rows"] - 3_000) < 500  # 250 rows are planted whatever the size


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(made: Made, other: Made, tmp_path: Path) -> None:
    told: list[tuple[str, float]] = []
    make_city(tmp_path, plan=CityPlan.small(), progress=lambda text, share: told.append((text, share)))
    files = sorted(path.relative_to(made.folder) for path in made.folder.rglob("*") if path.is_file())
    assert len(files) == 3 + 9 + len(FILES) + 1
    assert [name for name in files if (tmp_path / name).read_bytes() != (made.folder / name).read_bytes()] == []
    for name in ("reports/12345.csv", "areas/communities.geojson"):
        assert (other.folder / name).read_bytes() != (made.folder / name).read_bytes()
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)


def test_the_three_files_have_their_columns(made: Made) -> None:
    assert made.hotline().columns == [
        "工单编号",
        "受理时间",
        "办结时间",
        "诉求类别",
        "诉求地址",
        "诉求内容",
        "承办单位",
        "办理期限",
        "工单状态",
        "经度",
        "纬度",
    ]
    assert made.patrol().columns == [
        "rec_id",
        "create_time",
        "archive_time",
        "event_type",
        "sub_type",
        "部件标识码",
        "address",
        "event_desc",
        "dispose_unit_name",
        "dispose_deadline",
        "rec_status",
        "coordinate_x",
        "coordinate_y",
    ]
    sheet = openpyxl.load_workbook(made.folder / "reports" / "inspection.xlsx").active
    assert sheet is not None
    title, header, *rows = sheet.iter_rows(values_only=True)
    assert title[1:] == (None,) * 11
    assert header == (
        "问题编号",
        "检查时间",
        "问题类别",
        "点位名称",
        "地址",
        "问题描述",
        "责任单位",
        "整改时限",
        "整改完成时间",
        "整改状态",
        "经度",
        "纬度",
    )
    assert {type(row[1]).__name__ for row in rows} == {"datetime", "str"}


def test_every_row_has_its_truth_and_its_line(made: Made) -> None:
    truth = made.truth("reports.csv")
    assert truth.height == made.summary["rows"]
    incidents = made.truth("incidents.csv")
    assert truth["incident_id"].is_in(incidents["incident_id"].implode()).all()
    assert truth.filter(pl.col("first") & (pl.col("dirt") != "repeated_key"))["incident_id"].is_unique().all()
    keys = {"12345.csv": made.hotline()["工单编号"], "patrol.csv": made.patrol()["rec_id"]}
    for file, written in keys.items():
        rows = truth.filter(pl.col("file") == file)
        assert rows["report_id"].cast(pl.String).to_list() == written.to_list()
        assert rows["line"].to_list() == list(range(2, 2 + len(written)))
    sheet = openpyxl.load_workbook(made.folder / "reports" / "inspection.xlsx").active
    assert sheet is not None
    for line, report_id in truth.filter(pl.col("file") == "inspection.xlsx").select("line", "report_id").iter_rows():
        assert sheet.cell(line, 1).value == report_id


def test_pins_come_back_to_the_place_where_it_happened(made: Made) -> None:
    truth = made.truth("reports.csv").with_columns(pl.col("report_id").cast(pl.String))
    hotline = made.hotline().with_columns(line=pl.int_range(pl.len()) + 2)
    patrol = made.patrol().with_columns(line=pl.int_range(pl.len()) + 2)
    to_degrees = Transformer.from_crs("EPSG:4544", "EPSG:4326", always_xy=True).transform
    for file, rows, columns, back in (
        ("12345.csv", hotline, ("经度", "纬度"), gcj02_to_wgs84),
        ("patrol.csv", patrol, ("coordinate_x", "coordinate_y"), to_degrees),
    ):
        clean = truth.filter((pl.col("file") == file) & (pl.col("dirt") == "") & (pl.col("place") == "exact"))
        both = clean.join(rows, on="line")
        east, north = (both[name].cast(pl.Float64).to_numpy() for name in columns)
        lon, lat = back(east, north)
        off = np.hypot((lon - both["lon"].to_numpy()) * 95_900, (lat - both["lat"].to_numpy()) * 110_900)
        assert off.max() < 32
        assert 1 < np.median(off) < 15


def test_dirt_is_where_the_truth_says(made: Made) -> None:
    truth = made.truth("reports.csv")
    dirt = dict(truth.filter(pl.col("file") == "12345.csv").select("line", "dirt").iter_rows())
    seen = set()
    for line, row in enumerate(made.hotline().iter_rows(named=True), start=2):
        lon, lat = row["经度"], row["纬度"]
        kind = dirt[line] or ""
        seen.add(kind)
        assert (kind == "no_coordinates") == (lon is None and lat is None)
        assert (kind == "zero") == (lon == "0" and lat == "0")
        assert (kind == "swapped") == (lon is not None and 20 < float(lon) < 40)
        assert (kind == "no_category") == (row["诉求类别"] is None)
        assert (kind == "odd_category") == (row["诉求类别"] not in (None, *(p.name for p in PROBLEMS)))
        assert (kind == "bad_date") == (len(row["受理时间"]) != 19 or row["受理时间"][5:7] == "13")
        if kind == "closed_before_opened":
            assert row["办结时间"] < row["受理时间"]
        if kind == "future":
            assert row["受理时间"] > "2026-11-30"
    assert seen == {"", *(kind.name for kind in KINDS)}


def test_a_repeated_key_ends_with_its_later_state(made: Made) -> None:
    hotline = made.hotline()
    last = hotline.unique("工单编号", keep="last", maintain_order=True)
    truth = made.truth("reports.csv")
    lines = truth.filter((pl.col("file") == "12345.csv") & (pl.col("dirt") == "repeated_key"))["line"]
    assert hotline.height - last.height == len(lines) >= 2
    earlier = hotline[(lines - 2).to_list()]
    assert set(earlier["工单状态"]) == {"处理中"}
    assert "已办结" in set(last.filter(pl.col("工单编号").is_in(earlier["工单编号"].implode()))["工单状态"])


def test_hostile_texts_stand_in_every_file_as_text(made: Made) -> None:
    for texts in (made.hotline()["诉求内容"], made.patrol()["event_desc"]):
        assert texts.str.starts_with("=cmd|").any()
        assert texts.str.contains("<script>", literal=True).any()
        assert texts.str.contains("\n", literal=True).any()
    sheet = openpyxl.load_workbook(made.folder / "reports" / "inspection.xlsx").active
    assert sheet is not None
    cells = [cell for cell in sheet["F"] if str(cell.value).startswith("=")]
    assert cells
    stored = zipfile.ZipFile(made.folder / "reports" / "inspection.xlsx").read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in stored  # openpyxl calls any text with "=" a formula


def test_the_pile_has_addresses_from_everywhere_and_coarse_pins_one_estate(made: Made) -> None:
    truth = made.truth("reports.csv").filter((pl.col("file") == "12345.csv") & (pl.col("dirt") == ""))
    lines = made.hotline().with_columns(line=pl.int_range(pl.len()) + 2)
    hotline = lines.join(truth.select("line", "place"), on="line")
    community = pl.col("诉求地址").str.extract("街道(.+?社区)")
    pile = hotline.filter(pl.col("place") == "pile")
    assert pile.select("经度", "纬度").n_unique() == 1
    assert pile.select(community).n_unique() > 20
    coarse = hotline.filter(pl.col("place") == "coarse")
    estates = coarse.group_by("经度", "纬度").agg(pl.col("诉求地址").str.extract("社区(.+?)[0-9]").n_unique())
    assert estates["诉求地址"].max() == 1


def test_several_calls_on_one_problem_come_soon_and_before_its_closing(made: Made) -> None:
    truth = made.truth("reports.csv").filter(pl.col("dirt") != "repeated_key")
    calls = truth.group_by("incident_id").len().filter(pl.col("len") > 1)
    assert 0.04 < calls.height / truth["incident_id"].n_unique() < 0.2
    opened = made.hotline().select(pl.col("工单编号").alias("report_id"), pl.col("受理时间").alias("opened"))
    again = truth.filter(~pl.col("first") & (pl.col("dirt") == "")).join(opened, on="report_id")
    incidents = made.truth("incidents.csv").select("incident_id", "reported_at", "closed_at")
    both = again.join(incidents, on="incident_id")
    assert (both["opened"] >= both["reported_at"]).all()
    assert (both["opened"] <= both["closed_at"].fill_null("9999")).all()


def test_planted_truth_can_be_read(made: Made) -> None:
    campaigns = json.loads((made.folder / "truth" / "campaigns.json").read_text("utf-8"))
    assert [campaign["kind"] for campaign in campaigns] == ["cell", "community"]
    assert {campaign["start"] for campaign in campaigns} == {"2026-05-18"}
    sources = json.loads((made.folder / "truth" / "sources.json").read_text("utf-8"))
    assert sources[0]["system"] in SYSTEMS
    assert made.truth("relapse_places.csv").height == 10 + 3
    assert made.truth("flare_ups.csv")["flare_up"].to_list() == [1, 2]
    busy = made.truth("incidents.csv").drop_nulls("busy_place").group_by("busy_place").len("incidents")
    told = made.truth("busy_places.csv")
    assert told["busy_place"].to_list() == [1, 2, 3, 4]
    assert busy.sort("busy_place")["incidents"].to_list() == told["incidents"].to_list()
    assert len(json.loads((made.folder / "truth" / "unpatrolled.json").read_text("utf-8"))) == 2


def test_a_component_keeps_its_number_and_its_place(made: Made) -> None:
    truth = made.truth("reports.csv").filter((pl.col("file") == "patrol.csv") & (pl.col("dirt") == ""))
    incidents = made.truth("incidents.csv").select("incident_id", "asset_id")
    lines = made.patrol().with_columns(line=pl.int_range(pl.len(), dtype=pl.Int64) + 2)
    rows = truth.join(incidents, on="incident_id").join(lines, on="line")
    assert rows["部件标识码"].to_list() == rows["asset_id"].cast(pl.String).to_list()
    component = pl.col("category").str.starts_with("B")
    assert rows.filter(component)["部件标识码"].str.len_chars().unique().to_list() == [16]
    assert rows.filter(~component)["部件标识码"].null_count() == rows.filter(~component).height
    several = rows.filter(component).group_by("部件标识码").agg(pl.len(), pl.col("lat", "lon", "category").n_unique())
    assert max(several["len"].to_list()) > 2
    assert several.select("lat", "lon", "category").max().row(0) == (1, 1, 1)


def test_construction_sites_are_a_list_of_points_with_the_finished_ones_on_it(made: Made) -> None:
    with (made.folder / "areas" / "construction_sites.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert sum(row["状态"] != "竣工" for row in rows) == 25
    assert all(30 < float(row["纬度"]) < 31 and 104 < float(row["经度"]) < 105 for row in rows)


def test_the_committed_sample_is_what_the_code_makes(tmp_path: Path) -> None:
    make_sample(tmp_path)
    names = {Path(name).name for name in KEPT}
    assert {path.name for path in FOLDER.iterdir()} == names
    assert sum((FOLDER / name).stat().st_size for name in names) < 200_000
    for name in names - {"inspection.xlsx"}:  # a workbook's bytes follow the library's version
        assert (FOLDER / name).read_bytes() == (tmp_path / name).read_bytes()


def test_categories_are_those_of_the_standard(shared: Path) -> None:
    with (shared / "data/china/gb47678_5_2026_categories.csv").open(encoding="utf-8-sig", newline="") as file:
        names = {("B" if row["kind"] == "管理部件" else "S") + row["code"]: row["name"] for row in csv.DictReader(file)}
    assert {problem.code: problem.name for problem in PROBLEMS} == {p.code: names[p.code] for p in PROBLEMS}
    assert all(sum(problem.where.values()) == pytest.approx(1) for problem in PROBLEMS)
