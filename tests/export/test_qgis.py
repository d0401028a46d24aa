"""The GeoPackage brings its style: every row belongs to one class, drawn as on the map."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pyogrio
import pytest

from geo import tables
from geo.export.lists import write_list
from geo.export.qgis import qml
from geo.maps.classes import classify
from geo.maps.palette import PALETTES
from tests.export.rows import four_classes, hotspots


def rows(file: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(file)) as store:
        return store.execute(sql).fetchall()


def test_qgis_finds_the_style_where_it_looks(tmp_path: Path) -> None:
    file = write_list(four_classes(), tmp_path / "list.gpkg", lang="zh", about={"分析期": "近13周"})
    # the question that QGIS asks (QgsOgrProviderMetadata::loadStyle)
    ((style, default),) = rows(
        file,
        "SELECT styleQML, useAsDefault FROM layer_styles WHERE f_table_schema = '' AND f_table_name = 'hotspots' "
        "AND f_geometry_column = 'geom' ORDER BY CASE WHEN useAsDefault THEN 1 ELSE 2 END, update_time DESC LIMIT 1",
    )
    assert (style, default) == (qml("zh"), 1)
    assert rows(file, "SELECT data_type FROM gpkg_contents WHERE table_name = 'layer_styles'") == [("attributes",)]
    assert [name for name, _ in pyogrio.list_layers(file)] == ["hotspots", "layer_styles"]
    assert rows(file, "PRAGMA integrity_check") == [("ok",)]
    assert rows(file, "PRAGMA foreign_key_check") == []
    columns = [name for _, name, *_ in rows(file, "PRAGMA table_info(layer_styles)")]
    assert columns == [
        "id", "f_table_catalog", "f_table_schema", "f_table_name", "f_geometry_column", "styleName", "styleQML",
        "styleSLD", "useAsDefault", "description", "owner", "ui", "update_time",
    ]  # fmt: skip
    assert pyogrio.read_info(file, layer="hotspots")["layer_metadata"]["DESCRIPTION"] == "分析期: 近13周"


def test_the_rules_take_every_row_once_and_as_the_map_does(tmp_path: Path) -> None:
    flags = [(core, hot, enough) for core in (True, False) for hot in (True, False) for enough in (True, False)]
    for core, hot, enough in flags:
        table = hotspots(1, core=[core], hot=[hot], enough=[enough])
        file = write_list(table, tmp_path / "list.gpkg")
        rules = ET.fromstring(qml()).findall(".//rule")
        asked = [rule.get("filter", "") for rule in rules]
        assert asked[-1] == "ELSE"
        taken = [bool(rows(file, f"SELECT {condition} FROM hotspots")[0][0]) for condition in asked[:-1]]
        assert sum(taken) <= 1
        symbol = rules[taken.index(True) if any(taken) else -1].get("symbol")
        (drawn,), _ = classify(table, "hot", PALETTES["light"], "en")
        assert symbol == str(drawn)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_symbols_are_drawn_and_called_as_on_the_map(lang: str) -> None:
    root = ET.fromstring(qml(lang))
    _, styles = classify(four_classes(), "hot", PALETTES["light"], lang)
    for rule in root.findall(".//rule"):
        style = styles[int(rule.get("symbol", ""))]
        layer = root.find(f".//symbol[@name='{rule.get('symbol')}']/layer")
        assert layer is not None
        look = {p.get("k"): p.get("v", "") for p in layer.findall("prop")}
        assert rule.get("label") == style["label"]
        assert look["style"] == ("no" if style["fill"] is None else "solid")
        assert look["outline_style"] == ("no" if style["stroke"] is None else "solid")
        if style["fill"] is not None:
            *rgb, alpha = (int(part) for part in look["color"].split(","))
            assert "#{:02X}{:02X}{:02X}".format(*rgb) == style["fill"]
            assert np.isclose(alpha / 255, style["opacity"], atol=0.003)


def test_columns_are_headed_in_chinese_and_keep_their_names(tmp_path: Path) -> None:
    aliases = {a.get("field"): a.get("name") for a in ET.fromstring(qml("zh")).findall(".//alias")}
    assert list(aliases) == list(tables.HOTSPOTS)
    assert aliases["unit"] == "责任单位"
    file = write_list(four_classes(), tmp_path / "list.gpkg", lang="zh")
    assert list(gpd.read_file(file, layer="hotspots").columns) == [*tables.HOTSPOTS, "geometry"]
