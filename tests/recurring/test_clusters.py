"""Clusters of the demo city through time: rows, lines, what is chronic, what is seasonal, and what is said of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import h3
import numpy as np
import polars as pl
import pytest

from geo import tables
from geo.errors import RefusedQuestion
from geo.recurring.clusters import Clusters, follow_clusters
from geo.recurring.seasons import COLUMNS, find_seasons
from geo.stats.chronic import chronic_cells
from geo.stats.clusters import SHOWN, find_clusters
from geo.stats.identity import SEEN
from geo.stats.question import Question
from geo.stats.timeline import periods_back, time_line
from geo.study import Study


@pytest.fixture(scope="module")
def found(study: Study) -> Clusters:
    return follow_clusters(study, Question())


def texts(found: Clusters, lang: str = "en") -> str:
    return " ".join(said.sentence(lang) for said in found.notes)


def test_rows_lines_and_seasons_speak_of_the_same_clusters(found: Clusters) -> None:
    ids = found.table["cluster_id"].tolist()
    assert list(found.table.columns) == [*tables.CLUSTERS, "geometry"]
    assert found.table.crs == "EPSG:4326"
    assert set(found.lines["cluster_id"]) == set(ids)
    assert found.seasonal["cluster_id"].to_list() == ids == [life.cluster_id for life in found.lives]
    assert found.table["state"].isin(SEEN).sum() == found.summary["present"]
    assert found.summary["clusters"] == len(ids) > 0
    assert 0 < len(found.periods) <= SHOWN
    assert (found.window.first, found.window.last) == (found.periods[0].first, found.periods[-1].last)
    assert found.table["unit"].notna().any()
    assert found.table["areas"].notna().all()


def test_the_public_step_gives_the_same_clusters(found: Clusters, study: Study) -> None:
    table = find_clusters(study.cube, areas=study.areas)
    assert table.drop(columns="unit").equals(found.table.drop(columns="unit"))


def test_the_last_day_and_the_filters_are_those_of_the_question(study: Study) -> None:
    until = date(2026, 9, 30)
    major = sorted(code for code in study.cube.counts["category"].unique() if code.startswith("S"))
    question = Question(until=until, categories=tuple(major), sources=("resident", "patrol"), each_category=True)
    few = follow_clusters(study, question, period="13w")
    assert few.window.last == until
    assert few.lens == "city"
    assert len(few.table)
    assert set(few.table["top_category"].dropna()) <= set(major)
    assert "counted together" in texts(few)
    held = {period.last: study.cube.in_window(period, question.chosen) for period in few.periods}
    place = {cell: at for at, cell in enumerate(few.chronic["cell"])}
    for row in few.table.to_dict("records"):
        near = {other for cell in row["cells"].split(";") for other in h3.grid_disk(cell, 1)}
        assert row["incidents"] == held[row["last_seen"].date()][[place[cell] for cell in near & set(place)]].sum()


def test_the_window_counts_for_nothing_and_is_not_refused(study: Study) -> None:
    first = study.cube.first_day
    assert first is not None
    early = Question(until=first + timedelta(days=150))
    asked = follow_clusters(study, replace(early, window="52w"))
    assert asked.table.equals(follow_clusters(study, early).table)


def test_areas_narrow_the_rows_only(found: Clusters, study: Study) -> None:
    name = found.table["areas"].iloc[0].split(";")[0]
    area = study.areas[study.areas["name"] == name]["area_id"].iloc[0]
    few = follow_clusters(study, Question(areas=(area,)))
    inside = set(study.cells_in([area]))
    met = [bool(inside & set(cells.split(";"))) for cells in found.table["cells"]]
    assert 0 < len(few.table) < len(met)
    assert few.table.equals(found.table[met].reset_index(drop=True))
    assert few.lines["cluster_id"].unique().sort().to_list() == sorted(few.table["cluster_id"])
    assert set(few.chronic["cell"]) == inside
    assert few.seasonal.equals(found.seasonal.filter(pl.Series(met)))


def test_other_lenses_are_answered_by_the_city_in_either_language(found: Clusters, study: Study) -> None:
    other = follow_clusters(study, Question(lens="past"), lang="zh")
    assert other.table.drop(columns="reason").equals(found.table.drop(columns="reason"))
    assert "not with their own past or mix" in texts(other)
    assert "不与其自身过去" in texts(other, "zh")
    assert "not with their own past or mix" not in texts(found)
    assert "city's average" in texts(found)
    assert other.table["reason"].str.contains("期中有").all()
    assert not other.table["reason"].str.contains("incidents").any()


def test_people_where_they_are_known(study: Study) -> None:
    found = follow_clusters(study, Question(lens="places"))
    assert found.lens == "places"
    assert "people or streets" in texts(found)
    assert len(found.table)
    assert found.table["reason"].str.contains("by its people or streets").all()
    with pytest.raises(RefusedQuestion):
        follow_clusters(replace(study, exposures={}), Question(lens="places"))


def test_chronic_cells_are_judged_by_blocks_that_do_not_overlap(found: Clusters, study: Study) -> None:
    """Also where the last period of the clusters overlaps the one before, and with other periods."""
    cube = study.cube
    assert cube.first_day is not None
    assert cube.last_day is not None
    blocks = periods_back("4w", cube.last_day, cube.first_day, 13)
    assert found.chronic.equals(chronic_cells(time_line(cube, blocks), cube.cells))
    assert found.summary["chronic_cells"] == found.chronic["chronic"].sum() > 0
    assert follow_clusters(study, Question(), period="2w").chronic.equals(found.chronic)


def test_what_the_records_are_too_short_for_is_said(found: Clusters, study: Study) -> None:
    assert "Seasons: not enough history; two years are needed, there are 80 weeks." in texts(found)
    assert set(found.seasonal["season"]) == {"not enough history"}
    assert {"own", "none", "too few"} >= set(found.seasonal["weekday"])
    first = study.cube.first_day
    assert first is not None
    short = follow_clusters(study, Question(until=first + timedelta(days=80)))
    assert "Too few periods (3)" in texts(short)
    assert "not enough history, 6 blocks" in texts(short)
    assert not short.chronic["chronic"].any()
    assert set(short.seasonal["weekday"]) <= {"not enough history"}
    year = follow_clusters(study, Question(until=first + timedelta(days=250)))
    assert "judged by 8 blocks" in texts(year)
    assert "期" in texts(year, "zh")


def test_a_season_that_comes_back_every_year_is_found_in_its_cluster(found: Clusters, study: Study) -> None:
    """The demo city's last year three times over, in which one cluster's incidents swing from none to twelvefold."""
    cube, life = study.cube, found.lives[0]
    last = found.window.last
    counts = cube.counts.filter(pl.col("day") > last - timedelta(days=364))
    back = (pl.lit(last) - pl.col("day")).dt.total_days() / 364 * 2 * np.pi
    swing = (6 * (1 + (back - np.pi).cos())).round()  # most half a year before the last day
    here = pl.col("cell").is_in([int(cell, 16) for cell in life.footprint])
    swung = counts.with_columns(pl.when(here).then(pl.col("incidents") * swing).otherwise("incidents").cast(pl.UInt32))
    years = [swung.with_columns((pl.col("day") - pl.duration(days=364 * n)).cast(pl.Date)) for n in range(3)]
    table = find_seasons(replace(cube, counts=pl.concat(years)), found.lives, Question().chosen, last)
    own = table.row(0, named=True)
    assert table.schema == COLUMNS
    assert own["season"] == "own"
    assert abs((last - own["peak_day"]).days % 364 - 182) <= 28
    assert "largest around" in own["words"]
    assert "in the years looked at" in own["words"]
