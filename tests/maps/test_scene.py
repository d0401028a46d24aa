"""A scene becomes layers: what is large travels once, what a reporter or a file named stays text."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, date, datetime

import geopandas as gpd
import h3
import numpy as np
import pandas as pd
import polars as pl
import pytest
import shapely

from geo.grid.cells import cell_to_polygon, string_to_cell
from geo.maps.channel import Channel, Keep
from geo.maps.ground import city_shapes
from geo.maps.hexcells import Geometry, HexCells
from geo.maps.palette import PALETTES
from geo.maps.points import Dot, ReportPoints, dots
from geo.maps.scene import REPORTS, Scene, layers

CELLS = h3.grid_disk(h3.latlng_to_cell(30.66, 104.06, 9), 12)
HOSTILE = "</script><script>alert(1)</script>"


@pytest.fixture(scope="module")
def scene() -> Scene:
    geometry = Geometry.of(CELLS)
    shapes = cell_to_polygon(string_to_cell(list(geometry.cells)))
    lat, lon = np.array([h3.cell_to_latlng(cell) for cell in geometry.cells]).T
    first = np.arange(len(geometry.cells)) == 0
    table = gpd.GeoDataFrame(
        {
            "cell": geometry.cells, "lat": lat, "lon": lon, "incidents": 3, "ring_incidents": 9, "expected": 2.5,
            "ratio": np.where(first, 3.6, np.nan), "ratio_low": np.where(first, 2.0, np.nan),
            "ratio_high": np.where(first, 5.5, np.nan), "hot": first, "core": first, "enough": first,
            "cluster_id": pd.array([1, *[None] * (len(first) - 1)], "Int64"),
        },
        geometry=shapes, crs="EPSG:4326",
    )  # fmt: skip
    areas = gpd.GeoDataFrame(
        {"area_id": ["a1"], "kind": ["community"], "name": [HOSTILE]},
        geometry=[shapely.union_all(shapes)],
        crs="EPSG:4326",
    )
    return Scene(
        table, geometry, city_shapes(areas, areas.geometry[0]), "hot", PALETTES["light"], "en", lens="city",
        question="?", window=(date(2026, 8, 17), date(2026, 11, 15)), shown=("community", REPORTS),
    )  # fmt: skip


def parts_of(scene: Scene, channel: Channel) -> set[str]:
    return set(next(child for child in layers(scene, channel)._children.values() if isinstance(child, Keep)).sent)


def test_what_is_large_travels_once(scene: Scene) -> None:
    channel = Channel()
    assert {scene.geometry.key, scene.city.key} <= parts_of(scene, channel)
    assert parts_of(scene, channel) == set()
    assert parts_of(replace(scene, view="count"), channel) == set(), "another colour is no other number"
    other = scene.table.assign(incidents=4)
    assert len(parts_of(replace(scene, table=other), channel)) == 1
    near = replace(scene, table=other, dots=[Dot(30.6, 104.0, "closed", ("Litter",))])
    assert len(parts_of(near, channel)) == 1
    assert parts_of(replace(near, view="ratio", selected=scene.geometry.cells[0]), channel).isdisjoint(
        next(layer for layer in layers(near, Channel())._children.values() if isinstance(layer, ReportPoints)).parts
    ), "the reports of a view do not travel again with another colour"


def test_a_browser_that_lost_its_parts_gets_all_again(scene: Scene) -> None:
    channel = Channel()
    first = parts_of(scene, channel)
    asked = channel.news({"missing": {"mark": 1}})
    channel.hear(asked)
    assert parts_of(scene, channel) == first
    assert not channel.news({"missing": {"mark": 1}}), "one request is granted once"
    assert parts_of(scene, channel) == set()


def test_python_and_browser_forget_the_same_parts(scene: Scene) -> None:
    channel = Channel()
    layers(scene, channel)
    layers(replace(scene, table=scene.table.assign(incidents=4)), channel)
    keep = next(c for c in layers(scene, channel)._children.values() if isinstance(c, Keep))
    assert len(keep.sent) == 1, "the numbers of the first drawing were forgotten with the second"
    assert set(keep.used) == channel.kept


def test_a_name_cannot_leave_the_script(scene: Scene) -> None:
    for child in layers(scene, Channel())._children.values():
        script = child._template.module.script(child)
        assert "</script" not in script.lower()


def test_every_cell_of_the_table_gets_its_class(scene: Scene) -> None:
    few = replace(scene, table=scene.table.iloc[:5])
    cells = next(c for c in layers(few, Channel())._children.values() if isinstance(c, HexCells))
    bits = np.unpackbits(np.frombuffer(base64.b64decode(cells.payload["classes"]), np.uint8))
    width = cells.payload["bits"]
    classes = bits[: width * len(CELLS)].reshape(-1, width) @ (1 << np.arange(width)[::-1])
    assert (classes > 0).sum() == 5
    assert classes[scene.geometry.position[scene.table["cell"].iloc[0]]] == classes.max()


def test_reports_at_one_position_are_one_dot_and_the_worst_state_colours_it() -> None:
    day = datetime(2026, 11, 3, 4, tzinfo=UTC)
    row = {"lat": 30.6, "lon": 104.0, "category": "S09005", "reported_at": day, "closed_at": None}
    reports = pl.DataFrame(
        [
            {**row, "status": "closed", "due_at": day},
            {**row, "status": "open", "due_at": day},
            {**row, "status": "open", "due_at": None},
            {**row, "lat": 30.7, "status": "closed", "due_at": None},
        ]
    )
    there, here = dots(reports, date(2026, 11, 15), "Asia/Shanghai", "en")
    assert (here.state, there.state) == ("overdue", "closed")
    assert len(here.words) == 3
    assert "3 Nov 2026" in here.words[0]
    many = pl.concat([reports.head(1)] * 9)
    assert dots(many, date(2026, 11, 15), "Asia/Shanghai", "zh")[0].words[-1] == "此处另有5件"
    layer = ReportPoints([here, there], (1.0, 2.0, 3.0, 4.0), PALETTES["dark"])
    assert json.loads(json.dumps(layer.parts))[layer.payload["dots"]][0][2] == PALETTES["dark"].overdue
