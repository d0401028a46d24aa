"""The real export of Boston, 121,145 rows as published: its known traps, and the time it takes."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import polars as pl
import pytest
import shapely

from geo.intake.datum import suggest_datum
from geo.intake.faults import REJECTED_REASONS, WARNING_REASONS
from geo.intake.positions import parse_points
from geo.intake.readers import read_table
from geo.intake.reports import read_reports, reject_outside
from geo.tables import Intake

SECONDS = 15.0  # about 1 s on two quiet cores; a guard against slowness that grows with the square of the rows


@pytest.fixture(scope="module")
def boston(shared: Path) -> Intake:
    began = time.perf_counter()
    intake = read_reports(shared / "data/boston/boston311_2015_city_export.csv.gz")
    assert time.perf_counter() - began < SECONDS
    return intake


@pytest.fixture(scope="module")
def city(shared: Path) -> shapely.Geometry:
    shapes = shapely.from_geojson((shared / "data/boston/Boston_Neighborhoods.geojson").read_text("utf-8"))
    return shapely.union_all(shapely.make_valid(shapely.get_parts(shapes)))


def test_every_row_is_accounted_for(boston: Intake) -> None:
    quality = boston.quality
    assert (quality.rows_read, quality.accepted, quality.rejected) == (121_145, 121_145, 0)
    assert (quality.recognised, quality.timezone, quality.encoding) == (
        ("Boston 311",),
        ("America/New_York",),
        ("UTF-8",),
    )
    assert quality.columns[0]["address"] == "Location"
    assert quality.notes == ()


def test_known_traps(boston: Intake) -> None:
    assert Counter(boston.warnings["reason"]) == {WARNING_REASONS["closed_before_opened"]: 197}
    reports = boston.reports
    assert reports["closed_at"].null_count() == 19_873 + 197
    assert Counter(reports["status"]) == {"closed": 101_272, "open": 19_873}
    assert reports.filter((pl.col("lat") == 42.3594) & (pl.col("lon") == -71.0587)).height == 17_070  # City Hall
    assert 3_861 <= reports["labelled_duplicate"].sum() <= 3_900
    assert Counter(reports["source"]) == {"resident": 93_489, "patrol": 27_458, "other": 198}
    assert reports["reported_at"].dt.convert_time_zone("America/New_York").dt.year().unique().to_list() == [2015]


def test_the_city_holds_its_reports(boston: Intake, city: shapely.Geometry) -> None:
    kept = reject_outside(boston, city)
    assert kept.quality.accepted + kept.quality.rejected == 121_145
    assert kept.quality.rejected < 500
    assert set(kept.rejected["reason"]) <= {REJECTED_REASONS["outside"]}
    assert suggest_datum(boston.reports["lon"], boston.reports["lat"], city).suggested is None


def test_positions_of_the_developments_stand_in_one_column_only(shared: Path) -> None:
    table = read_table(shared / "data/boston/construction_massbuilds_boston_2018.csv")
    x, _, srid, _ = parse_points(table.frame["geom"])
    assert table.frame.height == 1_169
    assert set(srid.tolist()) == {26986}
    assert (x > 0).all()
