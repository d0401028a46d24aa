"""One city, from its files to an answer: nothing is lost on the way, and what is refused is refused in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import geopandas as gpd
import polars as pl
import pytest
from shapely.geometry import Polygon

from geo import tables
from geo.account import (
    about,
    areas_at,
    backlog_of_area,
    hexagons_of_area,
    latest_reports,
    profile,
    reports_of_area,
    reports_within,
    weekly,
)
from geo.errors import HexwardError, NoReports, RefusedQuestion
from geo.grid.cells import string_to_cell
from geo.material import read_material
from geo.study import Answer, Question, Study, ask, finest_level, open_study


def test_every_row_is_accepted_or_rejected(study: Study) -> None:
    quality = study.material.intake.quality
    assert quality.rows_read == quality.accepted + quality.rejected
    assert quality.accepted == study.reports.height == study.material.merged.height
    assert quality.rejected == study.material.intake.rejected.select("file", "row").n_unique()


def test_every_accepted_report_is_in_the_cube_or_at_a_pile(study: Study) -> None:
    piled = int(study.reports["pile"].sum())
    assert study.cube.counts["reports"].sum() == study.reports.height - piled
    on_the_map = study.cube.counts.filter(pl.col("cell").is_in(study.cube.cells))["reports"].sum()
    assert on_the_map + study.cube.outside_reports == study.reports.height - piled


def test_the_pile_of_the_demo_city_is_the_one_found(study: Study, demo: dict[str, Any]) -> None:
    summary = study.material.quality().summary
    assert summary["piles"] == 1
    truth = pl.read_json(Path(demo["mapping"]).parent / "truth" / "pile.json")
    piled = study.reports.filter("pile")
    assert abs(piled["lat"][0] - truth["lat"][0]) < 1e-4


def test_an_answer_holds_every_cell_and_says_its_lens(study: Study, answer: Answer) -> None:
    assert len(answer.table) == len(study.cube.cells)
    assert answer.headline == "Where problems concentrate, not adjusted for people or streets"
    assert ask(study, Question(), lang="zh").headline.startswith("问题集中")
    assert answer.summary["hot"] == len(answer.only("hot"))
    assert answer.summary["core"] == len(answer.only("core"))
    assert answer.question.until == study.cube.last_day


def test_the_core_list_begins_with_the_strongest_cluster(answer: Answer) -> None:
    clusters = answer.only("core")["cluster_id"].tolist()
    assert clusters == sorted(clusters)


def test_an_area_filter_narrows_the_rows_and_not_the_test(study: Study, answer: Answer) -> None:
    home = study.areas[study.areas["kind"] == "community"].iloc[0]
    narrowed = ask(study, Question(areas=(home["area_id"],)))
    assert 0 < len(narrowed.table) < len(answer.table)
    whole = answer.table.set_index("cell").loc[narrowed.table["cell"]]
    assert narrowed.table["q_value"].tolist() == whole["q_value"].tolist()
    assert narrowed.table["cell"].tolist() == [c for c in answer.table["cell"] if c in set(narrowed.table["cell"])]


def test_the_weeks_of_a_cell_add_up_to_its_ring(study: Study, answer: Answer) -> None:
    row = answer.table.sort_values("ring_incidents").iloc[-1]
    weeks = weekly(study, answer, row["cell"], weeks=round(answer.window.weeks))
    assert weeks["incidents"].sum() == row["ring_incidents"]
    assert weeks["expected"].sum() == pytest.approx(row["expected"], abs=1e-3)
    assert weeks["week"][0] == answer.window.first


def test_the_latest_reports_of_a_cell_are_inside_its_ring_and_window(study: Study, answer: Answer) -> None:
    cell = answer.table.sort_values("ring_incidents").iloc[-1]["cell"]
    latest = latest_reports(study, answer, cell, most=5)
    assert latest.height == 5
    assert latest["reported_at"].is_sorted(descending=True)
    assert latest["reported_at"].dt.convert_time_zone(study.timezone).dt.date().min() >= answer.window.first


def test_the_places_lens_uses_the_households_of_the_communities(study: Study) -> None:
    found = ask(study, Question(lens="places"))
    assert found.table["expected"].sum() > 0
    assert found.table["expected"].nunique() > 20, "not one value for all, as the city's average would be"


def test_without_areas_the_study_area_is_the_hull_and_says_so(demo: dict[str, Any]) -> None:
    study = open_study(demo["reports"][:1], mapping=demo["mapping"], resolution=8)
    assert "hull of the densest 99%" in " ".join(ask(study, Question()).notes)
    assert len(study.cube.cells) > 50


def test_a_boundary_file_goes_before_the_communities(demo: dict[str, Any], study: Study, tmp_path: Path) -> None:
    half = study.areas[study.areas["kind"] == "street_office"].iloc[:1]
    file = tmp_path / "half.geojson"
    half[["name", "geometry"]].to_file(file)
    part = open_study(demo["reports"][1:2], demo["areas"], mapping=demo["mapping"], boundary=file, resolution=9)
    assert len(part.cube.cells) < len(study.cube.cells)
    assert "Outside the study area, beyond its margin" in part.material.intake.rejected["reason"].to_list()


def test_a_wrong_datum_is_noticed(demo: dict[str, Any]) -> None:
    hotline = demo["reports"][0]
    as_wgs84 = {"timezone": "Asia/Shanghai", "crs": "WGS-84"}
    material = read_material([hotline], demo["areas"][:1], mapping=as_wgs84)
    assert material.datums[hotline.name].suggested == "GCJ-02"
    assert any("GCJ-02" in note.sentence() for note in material.notes)


def test_the_cover_sheet_names_question_days_and_rows(study: Study, answer: Answer) -> None:
    facts = about(study, answer)
    assert facts["Question"] == answer.headline
    assert "rows read" in facts["Rows"]
    assert set(about(study, answer, lang="zh")) != set(facts)


def test_the_quality_report_says_everything_in_both_languages(study: Study) -> None:
    for lang in tables_of_languages():
        lines = study.material.quality(lang).lines(lang)
        assert len(lines) > 10
    summary = study.material.quality().summary
    assert sum(summary["rejected_by_reason"].values()) >= summary["rejected"]
    rejected = study.material.quality().rejected_rows()
    assert {"file", "row", "column", "value", "reason"} <= set(rejected.columns)
    assert len(rejected.columns) > 8, "the original row is kept whole"


def tables_of_languages() -> tuple[str, ...]:
    return ("en", "zh")


def broken(change: Callable[[dict[str, Any]], dict[str, Any]], demo: dict[str, Any]) -> None:
    options: dict[str, Any] = {"reports": demo["reports"][1:2], "areas": demo["areas"], "mapping": demo["mapping"]}
    options |= change(options)
    open_study(options.pop("reports"), options.pop("areas"), **options)


@pytest.mark.parametrize(
    ("change", "error", "sentence"),
    [
        (lambda o: {"resolution": 12}, RefusedQuestion, "Level 12 is not offered"),
        (lambda o: {"resolution": "fine"}, RefusedQuestion, "Level fine is not offered"),
        (lambda o: {"reports": [Path("nowhere.csv")]}, HexwardError, "nowhere.csv is not there"),
        (lambda o: {"window": "soon"}, RefusedQuestion, "not a length of time"),
    ],
)
def test_what_cannot_be_opened_is_refused(
    change: Any, error: type[HexwardError], sentence: str, demo: dict[str, Any]
) -> None:
    with pytest.raises(error, match=sentence):
        broken(change, demo)


def test_reports_of_another_city_are_refused_in_one_sentence(demo: dict[str, Any], tmp_path: Path) -> None:
    far = tmp_path / "far.csv"
    far.write_text("report_id,reported_at,category,lat,lon\n1,2026-05-01,litter,42.36,-71.06\n")
    with pytest.raises(NoReports, match="500 m outside the study area"):
        open_study([far], demo["areas"], mapping={"timezone": "Asia/Shanghai"})


def test_an_exposure_table_goes_before_the_areas_own(demo: dict[str, Any], study: Study, tmp_path: Path) -> None:
    names = study.areas[study.areas["kind"] == "community"]["name"]
    table = tmp_path / "streets.csv"
    table.write_text("name,street_length\n" + "".join(f"{name},1000\n" for name in names), encoding="utf-8")
    other = open_study(demo["reports"][1:2], demo["areas"], mapping=demo["mapping"], exposure=table, resolution=9)
    assert other.exposure is not None
    assert other.exposure[other.exposure > 0].sum() == pytest.approx(1000 * len(names), rel=1e-6)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a,b\n1,2\n", "is no exposure table"),
        ("name,households\nx,many\n", 'row 2: "many"'),
        ("name,households\nnowhere,5\n", "No name of the exposure table"),
        ("cell,households\n89abc,5\n", "no H3 cell of level"),
        ("name,households\nx,5\nx,6\n", 'row 3: "x" in column name'),
        ("name,households\nx,5\n,6\n", 'row 3: "" in column name'),
        ("name,households\nx,inf\n", 'row 2: "inf"'),
        ("Households of 2026,\n,\nname,households\nx,many\n", 'row 4: "many"'),
    ],
)
def test_a_broken_exposure_table_is_refused(text: str, sentence: str, demo: dict[str, Any], tmp_path: Path) -> None:
    table = tmp_path / "exposure.csv"
    table.write_text(text)
    with pytest.raises(HexwardError, match=sentence):
        broken(lambda o: {"exposure": table}, demo)


def test_a_category_may_be_asked_for_by_its_name(study: Study) -> None:
    code, name = "S09006", "占道经营"
    by_name, by_code = (ask(study, Question(categories=(c,)), lang="zh") for c in (name, code))
    assert by_name.question == by_code.question
    assert by_name.table.equals(by_code.table)
    assert set(by_name.table["category"]) == {code}
    assert set(by_name.table["top_category"].dropna()) == {name}, "lists are read by people"


def test_the_cover_sheet_names_what_was_filtered(study: Study) -> None:
    home = study.areas[study.areas["kind"] == "community"].iloc[0]
    asked = Question(categories=("S09006",), sources=("resident",), statuses=("open",), areas=(home["area_id"],))
    facts = about(study, ask(study, asked, lang="zh"), lang="zh")
    assert {"占道经营", "居民", "未结案", home["name"]} <= set(facts.values())


def test_reports_in_nobodys_care_and_overlaps_are_listed(demo: dict[str, Any], study: Study, tmp_path: Path) -> None:
    communities = study.areas[study.areas["kind"] == "community"][["name", "geometry"]]
    communities.to_file(tmp_path / "all.geojson")
    communities.iloc[10:].to_file(tmp_path / "some.geojson")
    some = [("community", tmp_path / "some.geojson")]
    patrol = {"timezone": "Asia/Shanghai", "crs": "EPSG:4544"}
    material = read_material(demo["reports"][1:2], some, mapping=patrol, boundary=tmp_path / "all.geojson")
    listed = material.quality().uncovered_reports()
    assert listed.height == material.quality().summary["uncovered"]["community"] > 0
    assert {"report_id", "lat", "lon", "address"} <= set(listed.columns)
    twice = read_material(demo["reports"][1:2], [*demo["areas"][:1], *demo["areas"][:1]], mapping=demo["mapping"])
    pairs = twice.quality().overlapping_names()
    assert (pairs["name"] == pairs["other"]).sum() == (study.areas["kind"] == "community").sum()


def test_a_question_is_a_value() -> None:
    assert replace(Question(), lens="past") == Question(lens="past")
    assert len({Question(), Question(), Question(lens="past")}) == 2


def test_the_table_is_a_layer(answer: Answer) -> None:
    assert isinstance(answer.table, gpd.GeoDataFrame)
    assert list(answer.table.columns) == [*tables.HOTSPOTS, "geometry"]


ONE_REPORT = "report_id,reported_at,category,lat,lon\n1,2026-05-01 10:00,litter,30.6,104.2\n"


def test_one_report_without_areas_is_a_map_of_one_cell(tmp_path: Path) -> None:
    file = tmp_path / "one.csv"
    file.write_text(ONE_REPORT)
    assert len(open_study([file], mapping={"timezone": "Asia/Shanghai"}).cube.cells) >= 1


def test_markets_alone_are_areas_enough(tmp_path: Path) -> None:
    reports, markets = tmp_path / "reports.csv", tmp_path / "markets.csv"
    reports.write_text(ONE_REPORT)
    markets.write_text("name,lat,lon\nEast market,30.6,104.2\n")
    study = open_study([reports], [("market", markets)], mapping={"timezone": "Asia/Shanghai"})
    assert study.reports["market"].to_list() == [["market/1"]]


def test_a_study_area_without_a_cell_is_refused(demo: dict[str, Any], study: Study, tmp_path: Path) -> None:
    speck = tmp_path / "speck.geojson"
    middle = study.areas.geometry.iloc[:1].representative_point().to_crs(3857).buffer(1).to_crs(4326)
    gpd.GeoDataFrame(geometry=middle).to_file(speck)
    with pytest.raises(RefusedQuestion, match="no hexagon of level 7"):
        open_study(demo["reports"][:1], demo["areas"], mapping=demo["mapping"], boundary=speck, resolution=7)


def test_a_time_zone_nobody_knows_is_refused_though_the_mapping_has_one(demo: dict[str, Any]) -> None:
    with pytest.raises(HexwardError, match="There is no time zone Mars/Base"):
        broken(lambda o: {"timezone": "Mars/Base"}, demo)


def test_what_was_wrong_with_the_boundary_is_listed(demo: dict[str, Any], tmp_path: Path) -> None:
    bow = Polygon([(104.0, 30.5), (104.3, 30.8), (104.3, 30.5), (104.0, 30.8)])
    gpd.GeoDataFrame(geometry=[bow], crs=4326).to_file(tmp_path / "bow.geojson")
    material = read_material(demo["reports"][:1], mapping=demo["mapping"], boundary=tmp_path / "bow.geojson")
    assert material.quality().summary["areas_warnings"] == {"A border that crosses itself: repaired": 1}


def test_the_summary_counts_what_is_shown(study: Study, answer: Answer) -> None:
    for area in study.areas[study.areas["kind"] == "street_office"]["area_id"]:
        shown = ask(study, Question(areas=(area,)))
        assert shown.summary["cells"] == len(shown.table) < answer.summary["cells"]
        assert shown.summary["clusters"] == shown.table["cluster_id"].nunique()


def test_the_level_is_chosen_for_the_category_asked_about(study: Study) -> None:
    rare = study.cube.counts.group_by("category").agg(pl.col("incidents").sum()).bottom_k(1, by="incidents")["category"]
    assert finest_level(study.material, categories=tuple(rare)) < finest_level(study.material)
    with pytest.raises(RefusedQuestion, match='no category "ghosts"'):
        finest_level(study.material, categories=("ghosts",))


def test_the_profile_of_an_area_counts_its_own_reports(study: Study, answer: Answer) -> None:
    for area_id in study.areas["area_id"].iloc[:5]:
        inside = reports_of_area(study, answer, area_id)
        told = profile(study, answer, area_id)
        assert told.incidents == inside.filter(pl.col("incident_id") == tables.REPORT_KEY).height
        assert told.weekly["incidents"].tail(13).sum() == told.incidents
        waiting = backlog_of_area(study, answer, area_id)
        assert 0 <= waiting["overdue_reports"] <= waiting["open_reports"]


def test_the_backlog_of_an_area_is_of_what_is_chosen(study: Study) -> None:
    area_id = study.areas.loc[study.areas["kind"] == "street_office", "area_id"].iloc[0]
    every = backlog_of_area(study, ask(study, Question()), area_id)["open_reports"]
    parts = [
        backlog_of_area(study, ask(study, Question(sources=(source,))), area_id)["open_reports"]
        for source in study.reports["source"].unique()
    ]
    assert sum(parts) == every > max(parts)
    assert backlog_of_area(study, ask(study, Question(statuses=("closed",))), area_id)["open_reports"] == 0


def test_the_hexagons_of_an_area_are_the_same_whatever_areas_are_chosen(study: Study, answer: Answer) -> None:
    one, other = study.areas[study.areas["kind"] == "street_office"]["area_id"].iloc[:2]
    met = answer.table[answer.table["cell"].isin(study.cells_in([one]).to_list())]
    told = (len(met), int(met["hot"].sum()), int(met["core"].sum()))
    assert told[0] > 0
    assert hexagons_of_area(study, answer, one) == told
    assert hexagons_of_area(study, ask(study, Question(areas=(other,))), one) == told


def test_weeks_before_the_records_are_not_drawn_as_quiet(study: Study) -> None:
    early = ask(study, Question(until=study.cube.first_day + timedelta(days=40), window="4w"))
    weeks = weekly(study, early, early.table["cell"].iloc[0])
    assert weeks.height == 6
    assert weeks["week"][0] <= study.cube.first_day <= weeks["week"][0] + timedelta(days=6)
    assert profile(study, early, study.areas["area_id"].iloc[0]).weekly["week"].to_list() == weeks["week"].to_list()


def test_the_reports_of_a_view_lie_in_it(study: Study, answer: Answer) -> None:
    west, south, east, north = study.boundary.bounds
    bounds = (west, south, (west + east) / 2, (south + north) / 2)
    latest, found = reports_within(study, answer, bounds, 50)
    assert latest.height == 50 < found
    assert latest["lon"].is_between(bounds[0], bounds[2]).all()
    assert latest["lat"].is_between(bounds[1], bounds[3]).all()
    assert not latest["pile"].any()
    every, _ = reports_within(study, answer, bounds, found)
    assert latest["reported_at"].min() >= every["reported_at"].top_k(51).min()


def test_an_area_filter_narrows_the_reports_too(study: Study) -> None:
    area_id = study.areas.loc[study.areas["kind"] == "community", "area_id"].iloc[0]
    narrow = ask(study, Question(areas=(area_id,)))
    reports, found = reports_within(study, narrow, study.boundary.bounds, 10_000)
    assert 0 < found < reports_within(study, ask(study, Question()), study.boundary.bounds, 10)[1]
    assert set(reports["cell"].unique()) <= set(string_to_cell(narrow.table["cell"].to_list()).tolist())


def test_the_areas_of_a_cell_begin_with_the_one_worth_naming(study: Study, answer: Answer) -> None:
    at_a_market = answer.table.dropna(subset="market")["cell"].iloc[0]
    met = areas_at(study, at_a_market)
    assert met["kind"].iloc[0] == "market"
    assert met["kind"].iloc[-1] == "district"
