"""What is written is what is read back, in every format, and hostile text stays text."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import geopandas as gpd
import openpyxl
import polars as pl
import pyogrio
import pytest

from geo import tables
from geo.errors import BadList
from geo.export.lists import ENDINGS, csv_bytes, list_bytes, neutral, write_list
from tests.export.rows import CELLS, HOSTILE, hotspots


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
    file = write_list(table, tmp_path / f"list{ending}", about={"Days": "17 Aug to 15 Nov 2026"})
    back = gpd.read_file(file, layer="hotspots")
    assert pyogrio.read_info(file, layer="hotspots")["layer_metadata"]["DESCRIPTION"] == "Days: 17 Aug to 15 Nov 2026"
    assert back.crs.to_epsg() == 4326
    assert back["cell"].tolist() == CELLS[:3]
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
    assert sheet.print_title_rows == "$1:$1", "the header stands on every page"
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert "&P" in sheet.oddFooter.right.text
    assert [c.value for c in book.worksheets[1][1]] == ["Days", "17 Aug to 15 Nov 2026"]


def test_workbook_values_keep_their_types(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(write_list(hotspots(), tmp_path / "list.xlsx"))
    names = list(tables.HOTSPOTS)
    row = {name: cell.value for name, cell in zip(names, book.worksheets[0][2], strict=True)}
    assert (row["incidents"], row["expected"], row["hot"]) == (5, 4.25, True)
    assert row["window_start"].date() == date(2026, 8, 17)


def test_the_workbook_shows_classes_and_folds_what_nobody_reads(tmp_path: Path) -> None:
    table = hotspots(core=[True, False, False], place=["a", None, "c"])
    sheet = openpyxl.load_workbook(write_list(table, tmp_path / "list.xlsx")).worksheets[0]
    at = {cell.value: cell for cell in sheet[1]}
    fills = {name: sheet.cell(2, at[name].column).fill.fgColor.rgb for name in ("core", "hot", "place")}
    assert fills == {"core": "FF9B1319", "hot": "FFE67E22", "place": "00000000"}
    assert sheet.cell(3, at["core"].column).fill.fill_type is None
    folded = {
        name
        for name, cell in at.items()
        for d in sheet.column_dimensions.values()
        if d.hidden and d.min <= cell.column <= d.max
    }
    assert {"lat", "q_value", "market"} <= folded, "technical, or without a value"
    assert not {"cell", "place", "incidents", "core", "expected"} & folded


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_never_becomes_a_formula(text: str, tmp_path: Path) -> None:
    table = hotspots(place=[text, "b", "c"], unit=[text, "b", "c"])
    raw = pl.read_csv(write_list(table, tmp_path / "list.csv"))["place"][0]
    assert raw[0] not in "=+-@\t\r"
    cell = (
        openpyxl.load_workbook(write_list(table, tmp_path / "list.xlsx"))
        .worksheets[0]
        .cell(2, 1 + list(tables.HOTSPOTS).index("place"))
    )
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
    assert len(gpd.read_file(file, layer="hotspots")) == 3
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
