"""What is written is what is read back, in every format, and hostile text stays text."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import geopandas as gpd
import h3
import openpyxl
import polars as pl
import pytest

from geo import tables
from geo.errors import BadList
from geo.export.lists import ENDINGS, csv_bytes, list_bytes, neutral, write_list
from geo.grid.cells import cell_to_polygon

CELLS = sorted(h3.grid_disk(h3.latlng_to_cell(30.6, 104.2, 9), 1))[:3]
HOSTILE = (
    "=cmd|'/C calc'!A0",
    "+86 28",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "<script>alert(1)</script>",
    '"quoted", and\nbroken',
)


def hotspots(**columns: list[object]) -> gpd.GeoDataFrame:
    """Three rows of tables.HOTSPOTS; what is not given is empty."""
    usual: dict[str, list[object]] = {
        "cell": list(CELLS),
        "lat": [30.6] * 3,
        "lon": [104.2] * 3,
        "category": ["all"] * 3,
        "incidents": [5, 0, 2],
        "expected": [4.25, 4.25, 4.25],
        "hot": [True, False, False],
        "window_start": [date(2026, 8, 17)] * 3,
        "cluster_id": [1, None, None],
    }
    frame = pl.DataFrame(
        {name: {**usual, **columns}.get(name, [None] * 3) for name in tables.HOTSPOTS}, tables.HOTSPOTS
    )
    cells = [h3.str_to_int(c) for c in CELLS]
    table = frame.to_pandas().astype({"cluster_id": "Int64", "open_reports": "Int64", "overdue_reports": "Int64"})
    return gpd.GeoDataFrame(table, geometry=cell_to_polygon(cells), crs="EPSG:4326")


def test_csv_comes_back_as_it_was(tmp_path: Path) -> None:
    file = write_list(hotspots(place=["东风社区", "a,b", None]), tmp_path / "list.csv")
    assert file.read_bytes().startswith(b"\xef\xbb\xbf"), "Excel needs the byte order mark"
    back = pl.read_csv(file)
    assert back.columns == list(tables.HOTSPOTS)
    assert back["place"].to_list() == ["东风社区", "a,b", None]
    assert back["hot"].to_list() == [True, False, False]
    assert back["window_start"].to_list() == ["2026-08-17"] * 3
    assert back["cluster_id"].to_list() == [1, None, None]


@pytest.mark.parametrize("ending", [".gpkg", ".geojson"])
def test_layers_come_back_as_they_were(ending: str, tmp_path: Path) -> None:
    table = hotspots(place=["东风社区", "b", None])
    back = gpd.read_file(write_list(table, tmp_path / f"list{ending}"))
    assert back.crs.to_epsg() == 4326
    assert back["cell"].tolist() == CELLS
    assert back["expected"].tolist() == [4.25] * 3
    assert back["hot"].astype(bool).tolist() == [True, False, False]
    assert str(back["window_start"].iloc[0])[:10] == "2026-08-17"
    assert back.geometry.geom_equals_exact(table.geometry, 1e-6).all()


@pytest.mark.parametrize(("lang", "header"), [("en", "ring_incidents"), ("zh", "含邻格问题数")])
def test_the_workbook_has_headers_in_the_readers_language(lang: str, header: str, tmp_path: Path) -> None:
    file = write_list(hotspots(), tmp_path / "list.xlsx", lang=lang, about={"Days": "17 Aug to 15 Nov 2026"})
    book = openpyxl.load_workbook(file)
    sheet = book.worksheets[0]
    assert header in [c.value for c in sheet[1]]
    assert sheet.freeze_panes == "B2"
    assert sheet.max_row == 4
    assert [c.value for c in book.worksheets[1][1]] == ["Days", "17 Aug to 15 Nov 2026"]


def test_workbook_values_keep_their_types(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(write_list(hotspots(), tmp_path / "list.xlsx"))
    names = list(tables.HOTSPOTS)
    row = {name: cell.value for name, cell in zip(names, book.worksheets[0][2], strict=True)}
    assert (row["incidents"], row["expected"], row["hot"]) == (5, 4.25, True)
    assert row["window_start"].date() == date(2026, 8, 17)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_never_becomes_a_formula(text: str, tmp_path: Path) -> None:
    table = hotspots(place=[text, "b", "c"], unit=[text, "b", "c"])
    raw = pl.read_csv(write_list(table, tmp_path / "list.csv"))["place"][0]
    assert raw[0] not in "=+-@\t\r"
    cell = openpyxl.load_workbook(write_list(table, tmp_path / "list.xlsx")).worksheets[0].cell(2, 18)
    assert cell.data_type == "s"
    assert cell.value == text
    assert cell.quotePrefix == text.startswith(("=", "+", "-", "@", "\t"))
    assert raw == neutral(text)


def test_an_empty_table_is_written_with_its_columns(tmp_path: Path) -> None:
    nothing = hotspots().iloc[:0]
    for ending in ENDINGS:
        assert write_list(nothing, tmp_path / f"list{ending}").stat().st_size > 0
    assert pl.read_csv(tmp_path / "list.csv").columns == list(tables.HOTSPOTS)


def test_a_download_is_the_file_itself(tmp_path: Path) -> None:
    table = hotspots()
    assert list_bytes(table, ".csv") == write_list(table, tmp_path / "list.csv").read_bytes()


def test_the_same_table_is_written_over_an_older_file(tmp_path: Path) -> None:
    for _ in range(2):
        file = write_list(hotspots(), tmp_path / "list.gpkg")
    assert len(gpd.read_file(file)) == 3
    assert [p.name for p in tmp_path.iterdir()] == ["list.gpkg"], "no half-written file is left behind"


@pytest.mark.parametrize(
    ("name", "sentence"), [("list.pdf", "end in .csv, .xlsx"), ("nowhere/list.csv", "does not exist")]
)
def test_a_list_that_cannot_be_written_is_refused(name: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(BadList, match=sentence):
        write_list(hotspots(), tmp_path / name)


def test_csv_of_any_table() -> None:
    assert csv_bytes(pl.DataFrame({"a": [1], "b": ["x\ny"]})).decode("utf-8-sig") == 'a,b\n1,"x\ny"\n'


def test_csv_headers_become_no_formula_and_numbers_stay_numbers() -> None:
    table = csv_bytes(pl.DataFrame({"=1+1": ["-71.06"], "'=1+1": ["-71.06+1"], "n": ["+5"]})).decode("utf-8-sig")
    assert table.splitlines() == ["'=1+1,'=1+1 (2),n", "-71.06,'-71.06+1,+5"]
