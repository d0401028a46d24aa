"""A zipped Shapefile keeps rows, values and shapes; short names have a key, long texts go on, no chance turns 0."""

from __future__ import annotations

import zipfile
from datetime import date
from pathlib import Path

import geopandas as gpd
import pandas as pd
import polars as pl
import pytest

from geo import tables
from geo.errors import BadList
from geo.export.columns import COLUMN_SENTENCES
from geo.export.kinds import every_kind
from geo.export.lists import write_list
from geo.export.shapefile import SHORT, split
from tests.export.rows import HOSTILE, four_classes, hotspots


def test_every_column_has_a_short_name_and_a_meaning() -> None:
    lists = [kind.columns for kind in every_kind()]
    assert set(SHORT) == set().union(*lists) >= set(COLUMN_SENTENCES)
    assert all(kind.meaning(column) for kind in every_kind() for column in kind.columns)
    assert len(set(SHORT.values())) == len(SHORT)
    assert all(name.isascii() and name.islower() and len(name) <= 10 for name in SHORT.values())
    texts = [SHORT[name] for columns in lists for name, kind in columns.items() if kind == pl.String]
    assert all(len(name) <= 7 for name in texts), "reason goes on in reason_2"


def test_rows_values_and_shapes_come_back(tmp_path: Path) -> None:
    table = four_classes(
        place=["东风社区", "b", None, "  indented"],
        open_reports=[3, None, 0, 1],
        due_at=[date(2026, 12, 1), None, None, None],
    )
    back = gpd.read_file(write_list(table, tmp_path / "list.zip"))
    assert back.crs.to_epsg() == 4326
    assert list(back.columns) == [*(SHORT[name] for name in tables.HOTSPOTS), "geometry"]
    for name in ("cell", "lat", "p_value", "ratio", "open_reports", "cluster_id", "incidents", "hot", "core", "enough"):
        got = [None if pd.isna(value) else value for value in back[SHORT[name]]]
        assert got == [None if pd.isna(value) else value for value in table[name]], name
    assert [str(value)[:10] for value in back["due_at"]] == ["2026-12-01", "NaT", "NaT", "NaT"]
    assert [None if pd.isna(text) else text.strip() for text in back["place"]] == ["东风社区", "b", None, "indented"]
    assert back.geometry.geom_equals(table.geometry).all()


def test_a_chance_of_one_in_ten_to_the_twenty_is_not_zero(tmp_path: Path) -> None:
    back = gpd.read_file(write_list(four_classes(), tmp_path / "list.zip"))
    assert back["p_value"].iloc[0] == 1.25e-20


def test_long_text_goes_on_at_a_letter(tmp_path: Path) -> None:
    long, spaced = "数" * 200, "word " * 120
    back = gpd.read_file(write_list(hotspots(reason=[long, spaced, "short"], place=["b"] * 3), tmp_path / "list.zip"))
    parts = [name for name in back.columns if name.startswith("reason")]
    assert parts == ["reason", "reason_2", "reason_3"]
    joined = back[parts].fillna("").agg("".join, axis=1).tolist()
    assert joined == [long, spaced.rstrip(), "short"]
    assert "place_2" not in back.columns
    with zipfile.ZipFile(tmp_path / "list.zip") as archive:
        key = pl.read_csv(archive.read("columns.csv"))
    assert key["Short name"].to_list() == [name for name in back.columns if name != "geometry"]
    assert key.filter(pl.col("Short name") == "reason_3")["Column"].to_list() == ["reason"]


@pytest.mark.parametrize("text", ["数" * 85 + "字", "a" * 253 + "字", "🙂" * 70, " " * 300, "x" * 1000])
def test_pieces_join_to_the_text(text: str) -> None:
    assert "".join(split(text)) == text
    assert max(len(piece.encode()) for piece in split(text)) <= 254


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text: str, tmp_path: Path) -> None:
    file = write_list(hotspots(unit=[text] * 3), tmp_path / "list.zip", about={"Note": text})
    assert gpd.read_file(file)["unit"].iloc[0].strip() == text.strip()
    with zipfile.ZipFile(file) as archive:
        assert archive.read("about.csv").startswith(b"\xef\xbb\xbf")
        assert pl.read_csv(archive.read("about.csv")).row(0)[1][0] not in "=+-@\t\r"


@pytest.mark.parametrize(("lang", "meaning"), [("en", "Who answers for it."), ("zh", "负责的单位。")])
def test_the_zip_explains_itself(lang: str, meaning: str, tmp_path: Path) -> None:
    with zipfile.ZipFile(write_list(hotspots(), tmp_path / "list.zip", lang=lang)) as archive:
        names = {f"hotspots.{ending}" for ending in ("shp", "shx", "dbf", "prj", "cpg")}
        assert set(archive.namelist()) == names | {"columns.csv"}
        assert archive.read("hotspots.cpg") == b"UTF-8"
        key = archive.read("columns.csv")
    assert key.startswith(b"\xef\xbb\xbf")
    assert meaning in pl.read_csv(key)[:, 2].to_list()


def test_no_row_gives_a_shapefile_without_rows(tmp_path: Path) -> None:
    back = gpd.read_file(write_list(hotspots().iloc[:0], tmp_path / "list.zip"))
    assert (len(back), list(back.columns)) == (0, [*(SHORT[name] for name in tables.HOTSPOTS), "geometry"])


def test_a_text_that_no_shapefile_holds_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadList, match="Choose GeoPackage"):
        write_list(hotspots(reason=["x" * 70_000] * 3), tmp_path / "list.zip")
    assert not list(tmp_path.iterdir())
