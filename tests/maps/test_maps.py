"""A table becomes classes, a legend and outlines: on a town of seven cells, worked by hand."""

from __future__ import annotations

import html
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.maps.classes import VIEWS, classify, spread
from geo.maps.ground import STEPS_PER_DEGREE, city_shapes, rings
from geo.maps.labels import lens_name
from geo.maps.legend import legend
from geo.maps.palette import PALETTES
from geo.maps.places import busiest, leading_cells
from geo.words import LANGUAGES

LIGHT = PALETTES["light"]


@pytest.fixture
def town() -> gpd.GeoDataFrame:
    """Two clusters (0, 1 and 4), a usual cell, thin ones, and one without any incident."""
    return gpd.GeoDataFrame(
        {
            "cell": list("abcdefg"),
            "incidents": [30, 5, 2, 1, 41, 0, 1],
            "ring_incidents": [60, 50, 9, 3, 80, 1, 2],
            "expected": [20.0, 20.0, 10.0, 2.0, 60.0, 1.0, 1.0],
            "ratio": [3.0, 2.5, 0.9, np.nan, 1.33, np.nan, np.nan],
            "hot": [True, True, False, False, True, False, False],
            "core": [True, False, False, False, True, False, False],
            "enough": [True, True, True, False, True, False, False],
            "cluster_id": pd.array([1, 1, None, None, 2, None, None], "Int64"),
        },
        geometry=[shapely.box(k, 0, k + 1, 1) for k in range(7)],
        crs="EPSG:4326",
    )


def test_hot_spots_are_drawn_over_what_is_usual_and_thin_cells_stay_hollow(town: gpd.GeoDataFrame) -> None:
    classes, styles = classify(town, "hot", LIGHT, "en")
    assert classes.tolist() == [3, 2, 1, 0, 3, 0, 0]
    assert [style["fill"] for style in styles] == [None, LIGHT.expected.fill, LIGHT.hot.fill, LIGHT.core.fill]


def test_counts_fall_into_fixed_steps(town: gpd.GeoDataFrame) -> None:
    assert classify(town, "count", LIGHT, "en")[0].tolist() == [5, 2, 1, 1, 6, 0, 1]


def test_a_ratio_on_thin_data_is_not_shown(town: gpd.GeoDataFrame) -> None:
    assert classify(town, "ratio", LIGHT, "en")[0].tolist() == [5, 4, 2, 0, 3, 0, 0]


def test_cells_outside_the_chosen_areas_are_not_drawn(town: gpd.GeoDataFrame) -> None:
    classes, _ = classify(town.iloc[:2], "hot", LIGHT, "en")
    assert spread(classes, np.array([6, 4]), 7).tolist() == [0, 0, 0, 0, 3, 0, 4]


def test_each_cluster_is_told_by_the_cell_with_the_greatest_excess(town: gpd.GeoDataFrame) -> None:
    assert leading_cells(town)["cell"].tolist() == ["a", "e"]
    assert leading_cells(town[~town["hot"]]).empty
    assert busiest(town[~town["hot"]], 2)["cell"].tolist() == ["c", "d"]


@pytest.mark.parametrize("kind", ["water", "core", "count", "school"])
def test_a_kind_of_the_users_own_has_the_colour_of_all_others(kind: str) -> None:
    text = legend(
        "hot", LIGHT, "en", lens="city", question="", window=(date(2026, 8, 17), date(2026, 11, 15)), resolution=9,
        kinds=[kind],
    )  # fmt: skip
    assert f'stroke="{LIGHT.other}"' in text


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_legend_escapes_what_is_not_its_own(view: str, lang: str) -> None:
    kind, question = "<img src=x>", "<script>1</script>"
    text = legend(
        view, LIGHT, lang, lens="city", question=question, window=(date(2026, 8, 17), date(2026, 11, 15)), resolution=9,
        kinds=["community", kind],
    )  # fmt: skip
    assert kind not in text
    assert question not in text
    assert html.escape(kind) in text


def test_every_lens_has_its_own_name() -> None:
    for lang in LANGUAGES:
        assert len({lens_name(lens, lang) for lens in ("city", "past", "share", "places")}) == 4


def test_outlines_come_back_within_two_metres() -> None:
    ring = shapely.Point(104.06, 30.66).buffer(0.01)
    hole = ring.difference(shapely.Point(104.06, 30.66).buffer(0.004))
    drawn = [np.cumsum(np.reshape(steps, (-1, 2)), axis=0) / STEPS_PER_DEGREE for steps in rings(hole)]
    assert len(drawn) == 2
    rebuilt = shapely.Polygon(drawn[0], [drawn[1]])
    assert rebuilt.symmetric_difference(hole).area / hole.area < 1e-3
    assert shapely.hausdorff_distance(rebuilt.boundary, hole.boundary) < 2e-5


def test_a_city_without_areas_still_has_land() -> None:
    nothing = gpd.GeoDataFrame({"area_id": [], "kind": [], "name": []}, geometry=[], crs="EPSG:4326")
    city = city_shapes(nothing, shapely.box(104, 30, 104.1, 30.1))
    assert city.kinds == ()
    assert len(city.wire["land"]) == 1
