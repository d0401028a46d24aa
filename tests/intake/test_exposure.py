"""Exposure tables: headers in two languages, several measures, units, and every fault in one sentence."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest

from geo.errors import HexwardError, UnreadableFile
from geo.intake.areas import combine_layers, read_area_layer
from geo.intake.exposure import ExposureTable, read_exposure

ROOT = Path(__file__).resolve().parents[2]


def read(folder: Path, text: str, name: str = "exposure.csv") -> ExposureTable:
    file = folder / name
    file.write_text(text, "utf-8")
    return read_exposure(file)


@pytest.mark.parametrize(
    ("text", "key", "measures"),
    [
        ("name,households\na,1\n", "name", ("households",)),
        ("社区名称,户数,人口（人）,道路长度（米）\na,1,2,3\n", "name", ("households", "population", "street_length")),
        ("h3_cell,POI count,benches\n8928308280fffff,1,2\n", "cell", ("points_of_interest", "benches")),
        ("社区编码,社区名称,人口数\n01,a,5\n", "area_id", ("population",)),
        ("name,year,lat,lon,households,remark\na,2026,30.1,104.2,4,old\n", "name", ("households",)),
    ],
)
def test_key_and_measures_are_recognised(text: str, key: str, measures: tuple[str, ...], tmp_path: Path) -> None:
    table = read(tmp_path, text)
    assert (table.key, table.measures) == (key, measures)
    assert table.frame.schema == {key: pl.String, **dict.fromkeys(measures, pl.Float64)}


def test_a_unit_is_multiplied_out_and_an_empty_field_is_unknown(tmp_path: Path) -> None:
    table = read(tmp_path, '名称,道路长度（公里）,人口（万人）,户数\na,1.5,2,"1,200"\nb,,0.3,\n')
    assert table.frame["street_length"].to_list() == [1500, None]
    assert table.frame["population"].to_list() == [20_000, 3_000]
    assert table.frame["households"].to_list() == [1200, None]


def test_a_title_above_the_header_is_skipped(tmp_path: Path) -> None:
    table = read(tmp_path, "二〇二六年各社区户数,,\n,,\n社区名称,户数,人口\na,1,2\n")
    assert table.measures == ("households", "population")


def test_a_column_that_holds_more_than_numbers_is_left_out_and_named(tmp_path: Path) -> None:
    table = read(tmp_path, "name,households,height,kind\na,1,12,x\nb,2,-3,y\n")
    assert table.measures == ("households",)
    assert table.left_out == ("height",)


def test_decimal_commas_of_a_file_with_semicolons_are_decimals(tmp_path: Path) -> None:
    table = read(tmp_path, "name;street_length (km);households\na;1,5;1,234,567\nb;12,34;8,200\nc;0,75;9\n")
    assert table.frame["street_length"].to_list() == [1500, 12_340, 750]
    assert table.frame["households"].to_list() == [1_234_567, 8200, 9]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('name,street_length\na,3\nb,"1,5"\n', "1,5"),
        ('name,benches\na,3\nb,"1,5"\n', "1,5"),
        ("name;households\na;3\nb;1,200\n", "1,200"),  # 1200 households, or 1.2 thousand
        ("name;street_length (km)\na;1,5\nb;12.5\n", "12.5"),
        ("name;street_length (km)\na;2\nb;1.200,5\n", "1.200,5"),
        ('name,population\na,"1,200"\nb,"12,00"\n', "12,00"),
    ],
)
def test_a_comma_that_may_mean_two_things_is_never_guessed(text: str, value: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=f'row 3: the comma of "{value}"') as refusal:
        read(tmp_path, text)
    assert "小数点" in refusal.value.sentence("zh")


def test_units_are_known_or_said(tmp_path: Path) -> None:
    table = read(tmp_path, "name,户数（千户）,道路长度(mi),人口（万）,长凳（个）,绿地（亩）\na,1.5,2,3,4,5\n")
    assert table.measures == ("households", "street_length", "population", "长凳", "绿地（亩）")
    assert table.frame.row(0)[1:] == pytest.approx((1500, 3218.688, 30_000, 4, 5))
    assert table.unknown_units == ()
    odd = read(tmp_path, "name,street_length (rods),人口（2025年）\na,7,8\n")
    assert odd.frame.row(0)[1:] == (7, 8)
    assert odd.unknown_units == ("street_length (rods)",)


def test_columns_that_count_nothing_are_no_measures_and_are_named(tmp_path: Path) -> None:
    header = "序号,name,households,Rank,联系电话,street_code,摊位,year,lat,lon,contact person"
    table = read(tmp_path, f"{header}\n1,a,10,3,028123,77,5,2026,30.1,104.2,Li\n")
    assert table.measures == ("households", "摊位")
    assert table.left_out == ("序号", "Rank", "联系电话", "street_code", "year", "lat", "lon")


def test_two_columns_of_one_name_are_refused_whatever_they_count(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="two columns of benches: benches \\(个\\)"):
        read(tmp_path, "name,benches,benches (个)\na,1,2\n")


def test_commas_and_units_of_an_area_file_are_read_the_same_way(tmp_path: Path) -> None:
    file = tmp_path / "markets.csv"
    file.write_text("name;lat;lon;length (km)\na;30.1;104.1;1,5\nb;30.2;104.2;12,34\n", "utf-8")
    columns = {"exposure": "length (km)"}
    layer = read_area_layer(file, "market", mapping={"areas": {"market": columns}})
    assert layer.areas["exposure"].tolist() == [1500, 12_340]
    file.write_text('name,lat,lon,households\na,30.1,104.1,"1,5"\nb,30.2,104.2,"1,500"\n', "utf-8")
    assert read_area_layer(file, "market").areas["exposure"].fillna(-1).tolist() == [-1, 1500]


BROKEN = {
    "no key": ("district office,households\na,1\n", "is no exposure table"),
    "no measure": ("name,remark\na,x\n", "is no exposure table"),
    "only empty": ("name,households\na,\n", "is no exposure table"),
    "text": ("name,households\na,1\nb,many\n", 'row 3: "many" in column households'),
    "negative": ("name,households\na,-1\n", 'row 2: "-1"'),
    "infinite": ("name,户数\na,inf\n", 'row 2: "inf" in column 户数'),
    "doubled key": ("name,households\na,1\na,2\n", 'row 3: "a" in column name'),
    "empty key": ("name,households\na,1\n,2\n", 'row 3: "" in column name'),
    "doubled measure": ("name,households,户数\na,1,2\n", "two columns of households: 户数"),
    "empty file": ("", "is empty"),
}


@pytest.mark.parametrize(("text", "sentence"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_table_is_refused_in_one_sentence(text: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(HexwardError, match=sentence) as refusal:
        read(tmp_path, text)
    assert isinstance(refusal.value, UnreadableFile)
    assert refusal.value.sentence("zh") != str(refusal.value)
    assert "exposure.csv" in str(refusal.value)


def test_an_area_layer_says_what_its_exposure_counts() -> None:
    sample = ROOT / "data" / "sample"
    layer = read_area_layer(sample / "communities.geojson", "community", mapping=sample / "mapping.toml")
    assert combine_layers([layer]).measures == {"community": "households"}


def test_streets_are_measured(tmp_path: Path) -> None:
    """0.01 degrees of latitude at 30 N are 1,108.6 m on WGS-84: radius of curvature 6,351.4 km."""
    text = (
        '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"name": "北路"}, "geometry": '
        '{"type": "LineString", "coordinates": [[104.0, 30.0], [104.0, 30.01]]}}]}'
    )
    file = tmp_path / "streets.geojson"
    file.write_text(text, "utf-8")
    streets = read_area_layer(file, "street")
    assert streets.measures == {"street": "street_length"}
    assert streets.areas["exposure"].tolist() == pytest.approx([1108.6], rel=1e-4)
    assert read_area_layer(file, "river").measures == {}


def test_the_example_of_the_documents_can_be_read(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "intake.md").read_text("utf-8")
    (example,) = re.findall(r"```csv\n(.*?)```", page, re.DOTALL)
    table = read(tmp_path, example)
    assert table.measures == ("households", "population", "street_length", "长凳")
    assert table.frame["street_length"].to_list() == [12_400, 9_100]
