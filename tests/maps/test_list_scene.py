"""Lists of what keeps coming back on the map: which cells and discs are drawn, what a click means, what is numbered."""

from __future__ import annotations

import base64
from datetime import date

import geopandas as gpd
import h3
import numpy as np
import pandas as pd
import pytest
import shapely

from geo import tables
from geo.maps.channel import Channel
from geo.maps.ground import City, city_shapes
from geo.maps.hexcells import Geometry
from geo.maps.list_scene import MOST_MARKS, ListScene, item_at, items, list_layers
from geo.maps.palette import PALETTES
from geo.maps.scene import REPORTS

MIDDLE = h3.latlng_to_cell(30.66, 104.06, 9)
CELLS = sorted(h3.grid_disk(MIDDLE, 4))
GEOMETRY = Geometry.of(CELLS)
RING = sorted(h3.grid_ring(MIDDLE, 1))
WEEK = (date(2026, 11, 9), date(2026, 11, 15))


@pytest.fixture(scope="module")
def city() -> City:
    shape = shapely.union_all([shapely.Polygon([p[::-1] for p in h3.cell_to_boundary(cell)]) for cell in CELLS])
    areas = gpd.GeoDataFrame(
        {"area_id": ["c/1"], "kind": ["community"], "name": ["Hill"]}, geometry=[shape], crs="EPSG:4326"
    )
    return city_shapes(areas, shape)


def rows(columns: dict[str, object], *given: dict[str, object]) -> gpd.GeoDataFrame:
    """Return rows of a table, empty where nothing is given."""
    lat, lon = h3.cell_to_latlng(MIDDLE)
    blank = dict.fromkeys(columns) | {"lat": lat, "lon": lon}
    return gpd.GeoDataFrame([blank | row for row in given], geometry=[shapely.Point(lon, lat)] * len(given))


def clusters() -> gpd.GeoDataFrame:
    seen = {"size": 1, "incidents": 9, "expected": 2.5, "reason": ""}
    return rows(
        tables.CLUSTERS,
        {"cluster_id": "C-1", "state": "continued", "cells": MIDDLE, **seen},
        {"cluster_id": "C-2", "state": "ended", "cells": ";".join([MIDDLE, RING[0]]), **seen},
    )


def relapses(count: int) -> gpd.GeoDataFrame:
    return rows(
        tables.RELAPSES,
        *[
            {"place": f"{n} Elm", "category": "litter", "relapses": 1 + n % 9, "expected": 0.5, "confirmed": n == 0}
            for n in range(count)
        ],
    )


def scene(listed: str, table: gpd.GeoDataFrame, city: City, **more: object) -> ListScene:
    return ListScene(listed, table, WEEK, GEOMETRY, city, PALETTES["light"], "en", **more)  # type: ignore[arg-type]


def drawn(shown: ListScene) -> list[object]:
    """Return the layers after the one that carries their parts."""
    return list(list_layers(shown, Channel())._children.values())[1:]


def classes(shown: ListScene) -> dict[str, int]:
    """Return the class of every cell as the browser unpacks it."""
    payload = drawn(shown)[0].payload  # type: ignore[attr-defined]
    bits = np.unpackbits(np.frombuffer(base64.b64decode(payload["classes"]), np.uint8)).reshape(-1)
    wide = payload["bits"]
    told = bits[: wide * len(GEOMETRY.cells)].reshape(-1, wide) @ (1 << np.arange(wide)[::-1])
    return dict(zip(GEOMETRY.cells, told.tolist(), strict=True))


def test_where_two_clusters_lie_the_one_that_is_there_now_is_seen(city: City) -> None:
    shown = scene("clusters", clusters(), city)
    told, styles = classes(shown), drawn(shown)[0].payload["styles"]  # type: ignore[attr-defined]
    assert styles[told[MIDDLE]]["label"] == "Continued"
    assert styles[told[RING[0]]]["label"] == "Ended"
    assert {styles[told[cell]]["label"] for cell in set(CELLS) - {MIDDLE, RING[0]}} == {"In no cluster"}


def test_a_cluster_that_is_over_is_numbered_only_while_it_is_chosen(city: City) -> None:
    numbers = {
        chosen: [
            rank["text"] for rank in drawn(scene("clusters", clusters(), city, selected=chosen))[1].furniture["ranks"]
        ]  # type: ignore[attr-defined]
        for chosen in ("C-1", "C-2")
    }
    assert numbers == {"C-1": ["1"], "C-2": ["1", "2"]}


def test_the_chosen_cluster_has_its_ring_in_its_middle(city: City) -> None:
    rings = [
        drawn(scene("clusters", clusters(), city, selected=chosen))[0].payload["selected"]  # type: ignore[attr-defined]
        for chosen in ("C-1", "C-9")
    ]
    assert rings == [GEOMETRY.position[MIDDLE], -1]


def test_a_click_on_a_hexagon_means_the_first_that_holds_it() -> None:
    assert item_at(clusters(), "clusters", MIDDLE) == "C-1"
    assert item_at(clusters(), "clusters", RING[0]) == "C-2"
    assert item_at(clusters(), "clusters", RING[1]) is None
    assert item_at(relapses(3), "relapses", MIDDLE) is None, "a place is chosen by its disc"


def test_a_click_in_nested_areas_means_the_smallest() -> None:
    lat, lon = h3.cell_to_latlng(MIDDLE)
    table = rows(tables.BLIND_SPOTS, {"area_id": "district/1"}, {"area_id": "market/1"})
    table = table.set_geometry([shapely.Point(lon, lat).buffer(size) for size in (0.1, 0.001)], crs="EPSG:4326")
    assert item_at(table, "blind_spots", MIDDLE) == "market/1"


def test_confirmed_places_are_filled_and_their_size_tells_how_often(city: City) -> None:
    layers = drawn(scene("relapses", relapses(12), city, selected="litter@3 Elm"))
    marks = layers[2]
    wire = next(iter(marks.parts.values()))  # type: ignore[attr-defined]
    assert [bool(mark[4]) for mark in wire] == [True] + [False] * 11
    assert marks.payload["selected"] == 3  # type: ignore[attr-defined]
    sizes = [mark[3] for mark in wire]
    assert sizes[8] == max(sizes) > sizes[3] > sizes[0]
    assert set(classes(scene("relapses", relapses(2), city)).values()) == {0}, "no hexagon speaks for a place"


def test_where_the_records_are_too_short_a_mark_expects_nothing(city: City) -> None:
    marks = drawn(scene("relapses", relapses(2).assign(expected=np.nan), city))[2]
    words = str(next(iter(marks.parts.values())))  # type: ignore[attr-defined]
    assert "Came back 1 times" in words
    assert "nan" not in words
    assert "expected" not in words


def test_the_chosen_place_is_drawn_however_far_down_it_stands(city: City) -> None:
    table = relapses(MOST_MARKS + 40)
    named = items(table, "relapses")
    for chosen, count in ((named[0], MOST_MARKS), (named[-1], MOST_MARKS + 1)):
        marks = drawn(scene("relapses", table, city, selected=chosen))[2]
        assert len(next(iter(marks.parts.values()))) == count  # type: ignore[attr-defined]


def test_who_saw_it_is_shaded_with_the_areas_that_are_blind(city: City) -> None:
    lat, lon = h3.cell_to_latlng(MIDDLE)
    table = rows(tables.BLIND_SPOTS, {"area_id": "c/1", "blind": True, "never": False})
    table = table.set_geometry([shapely.Point(lon, lat).buffer(0.0001)], crs="EPSG:4326")
    where = [h3.cell_to_latlng(cell) for cell in CELLS]
    seen = pd.DataFrame(
        {
            "cell": CELLS,
            "lat": [at[0] for at in where],
            "lon": [at[1] for at in where],
            "resident": 5,
            "patrol": 1,
            "expected": 3.5,
            "p_value": [0.5 if cell != RING[2] else np.nan for cell in CELLS],
            "side": ["residents" if cell == RING[0] else "patrols" if cell == RING[1] else "" for cell in CELLS],
        }
    )
    shown = scene("blind_spots", table, city, seen_by=seen)
    told, styles = classes(shown), drawn(shown)[0].payload["styles"]  # type: ignore[attr-defined]
    words = {cell: styles[told[cell]]["label"] for cell in (MIDDLE, *RING[:4])}
    assert words == {
        MIDDLE: "In an area that is a blind spot",
        RING[0]: "Residents report, patrols find few",
        RING[1]: "Patrols find, residents report few",
        RING[2]: "Too few reports to tell",
        RING[3]: "Both, as in the city",
    }
    assert classes(scene("blind_spots", table, city)) == dict.fromkeys(GEOMETRY.cells, 1), "no patrols: nothing is told"


def test_a_list_without_rows_is_a_map_all_the_same(city: City) -> None:
    for listed, columns in (("relapses", tables.RELAPSES), ("clusters", tables.CLUSTERS), ("alarms", tables.ALARMS)):
        empty = gpd.GeoDataFrame(tables.empty(columns).to_pandas(), geometry=[], crs="EPSG:4326")
        layers = drawn(scene(listed, empty, city, shown=("community", REPORTS)))
        assert layers[1].furniture["ranks"] == []  # type: ignore[attr-defined]
        assert "community" in layers[1].furniture["shown"]  # type: ignore[attr-defined]
