"""Boston 2015 as published: the one false hot spot is found, and adds nothing to anything."""

from __future__ import annotations

import tomllib
from pathlib import Path

import polars as pl
import pytest
from h3 import latlng_to_cell

from geo.study import Answer, Question, Study, ask, open_study

CITY_HALL = (42.3594, -71.0587)
ROOT = Path(__file__).resolve().parent.parent


def opened(reports: Path, folder: Path) -> Study:
    areas = [
        ("community", folder / "Boston_Neighborhoods.geojson"),
        ("market", folder / "markets_farmers_2012_boston_cambridge.csv"),
        ("market", folder / "markets_usda_farmers_markets_boston.csv"),
        ("construction_site", folder / "construction_massbuilds_boston_2018.csv"),
    ]
    return open_study([reports], areas, mapping=ROOT / "benchmarks" / "boston.toml")


@pytest.fixture(scope="module")
def boston(shared: Path) -> Study:
    folder = shared / "data" / "boston"
    return opened(folder / "boston311_2015_city_export.csv.gz", folder)


@pytest.fixture(scope="module")
def answer(boston: Study) -> Answer:
    return ask(boston, Question())


def test_city_hall_is_the_one_pile(boston: Study, answer: Answer) -> None:
    assert answer.summary["rows_read"] == 121_145
    assert (answer.summary["piles"], answer.summary["pile_reports"]) == (1, 17_070)
    piled = boston.reports.filter("pile")
    assert piled.select(pl.col("lat", "lon").round(4)).unique().row(0) == CITY_HALL


def test_the_pile_adds_nothing_to_any_count_expected_value_or_flag(
    boston: Study, answer: Answer, shared: Path, tmp_path: Path
) -> None:
    folder = shared / "data" / "boston"
    raw = pl.read_csv(folder / "boston311_2015_city_export.csv.gz", infer_schema=False)
    here = (pl.col("LATITUDE").cast(float).round(4) == CITY_HALL[0]) & (
        pl.col("LONGITUDE").cast(float).round(4) == CITY_HALL[1]
    )
    raw.filter(~here).write_csv(tmp_path / "boston_without_the_pile.csv")
    without = ask(
        opened(tmp_path / "boston_without_the_pile.csv", folder), Question(window="13w", until=answer.window.last)
    )
    assert without.summary["piles"] == 0
    same = ["cell", "incidents", "ring_incidents", "expected", "p_value", "q_value", "hot", "core", "enough"]
    assert answer.table[same].equals(without.table[same])


def test_city_hall_itself_is_a_cell_like_any_other(answer: Answer) -> None:
    row = answer.table.set_index("cell").loc[latlng_to_cell(*CITY_HALL, answer.summary["resolution"])]
    assert row["incidents"] < 1_000, "3,687 reports were put there in these 13 weeks, nearly all of them by default"


def test_nothing_has_risen_in_bostons_last_quarter(boston: Study) -> None:
    past = ask(boston, Question(lens="past"))
    assert past.summary["hot"] == 0
    assert any("No place has risen beyond its own ups and downs" in note for note in past.notes)


def test_the_core_cells_hold_about_a_quarter_of_the_incidents(answer: Answer) -> None:
    core = answer.table[answer.table["core"]]
    assert 0.03 < len(core) / len(answer.table) < 0.06
    assert 0.15 < core["incidents"].sum() / answer.table["incidents"].sum() < 0.30


def test_dates_are_days_of_boston(boston: Study) -> None:
    mapping = tomllib.loads((ROOT / "benchmarks" / "boston.toml").read_text("utf-8"))
    assert boston.timezone == mapping["timezone"] == "America/New_York"
    assert str(boston.cube.last_day) == "2015-12-31"
