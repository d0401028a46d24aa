"""Maps of areas: what travels to the browser, and what is filled, numbered and joined by a line."""

from __future__ import annotations

from datetime import date

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo import tables
from geo.maps.agenda_scenes import Around, chosen_scene, loss_scene, point_breaks, ranked_scene
from geo.maps.area_scene import DISC, FAINT_DISC, area_layers
from geo.maps.areas import AreaFills
from geo.maps.channel import Channel
from geo.maps.furniture import Furniture
from geo.maps.ground import city_shapes
from geo.maps.marks import Marks
from geo.maps.palette import PALETTES
from geo.maps.routes import Routes
from geo.maps.tiers import tier_letter, tier_mark

LIGHT = PALETTES["light"]
DAYS = (date(2026, 8, 17), date(2026, 11, 15))
NAMES = ["Hill & Dale", "<b>Brook</b>", "Field"]


def areas(kind: str = "community") -> gpd.GeoDataFrame:
    boxes = [shapely.box(104 + at / 100, 30, 104.009 + at / 100, 30.01) for at in range(3)]
    return gpd.GeoDataFrame({"area_id": ["a", "b", "c"], "kind": kind, "name": NAMES}, geometry=boxes, crs="EPSG:4326")


def around(kind: str = "community", selected: str = "", lang: str = "en") -> Around:
    town = areas(kind)
    city = city_shapes(town, town.union_all())
    return Around(kind, DAYS, city, LIGHT, lang, ("market", "community"), selected)


def table(schema: dict[str, object], **columns: object) -> gpd.GeoDataFrame:
    town = areas()
    told = {name: [3, 3, 3] for name in schema} | {"area_id": town["area_id"], "name": NAMES}
    told |= {"lat": [30.005] * 3, "lon": [104.005, 104.015, 104.025], "rank": [1, 2, 3]} | columns
    return gpd.GeoDataFrame(told, geometry=town.geometry, crs="EPSG:4326")


PRIORITIES = {"tier": ["A", "B", "C"], "enough": [True, True, False], "board": ["black", "", ""], "incidents": 7}
STOPS = {"chosen": [True, True, False], "wish": ["", "must", "never"], "team": [1, 1, None], "day": [1, 2, None]}


def layer_of(scene: object, kind: type) -> list[object]:
    group = area_layers(scene, Channel())  # type: ignore[arg-type]
    return [layer for layer in group._children.values() if isinstance(layer, kind)]


def test_every_area_has_its_tier_and_its_words_unescaped_for_the_browser_to_write_as_text() -> None:
    scene = ranked_scene(table(tables.PRIORITIES, **PRIORITIES), 1, around(selected="b"))
    (fills,) = layer_of(scene, AreaFills)
    (wire,) = fills.parts.values()  # type: ignore[attr-defined]
    labels = [scene.styles[group]["label"] for group, _ in wire.values()]
    assert labels == ["Tier A", "Tier B", "Too few reports"], "the board changes no tier"
    assert wire["b"][1][0] == "2. <b>Brook</b>"
    assert [(one.text, one.item) for one in scene.numbers] == [("1▼", "a"), ("2", "b"), ("3", "c")]
    assert scene.outlined == ["community"], "no market was read"


def test_the_legend_counts_the_tiers_and_names_the_boards() -> None:
    legend = ranked_scene(table(tables.PRIORITIES, **PRIORITIES), 1, around()).legend
    for words in ("almost certainly among the first 1 · 1", "Too few reports · 1", "Black board · 1"):
        assert words in legend
    assert "Red board" not in legend
    assert "H3" not in legend, "there are no hexagons"


def test_boards_are_ringed_whatever_the_tier_and_told_in_words() -> None:
    boards = {"tier": ["C", "C", "B"], "enough": True, "board": ["black", "red", ""]}
    scene = ranked_scene(table(tables.PRIORITIES, **(PRIORITIES | boards)), 1, around())
    (fills,) = layer_of(scene, AreaFills)
    rings = fills.payload["rings"]  # type: ignore[attr-defined]
    assert [ring["ids"] for ring in rings] == [["a"], ["b"]]
    assert rings[0]["dash"] != rings[1]["dash"]
    assert {ring["stroke"] for ring in rings} == {LIGHT.text}, "no colour speaks for or against a board"
    assert [scene.styles[scene.areas[area][0]]["label"] for area in "abc"] == ["Tier C", "Tier C", "Tier B"]
    assert scene.areas["b"][1][-1] == "★ Red board"


def test_small_areas_get_a_disc_that_can_be_seen() -> None:
    ranked = table(tables.PRIORITIES, **(PRIORITIES | {"board": ["", "", ""]}))
    assert not layer_of(ranked_scene(ranked, 1, around()), Marks)
    (marks,) = layer_of(ranked_scene(ranked, 1, around("market")), Marks)
    (wire,) = marks.parts.values()  # type: ignore[attr-defined]
    sizes = {item: radius for _, _, item, radius, *_ in wire}
    assert sizes["a"] == DISC > FAINT_DISC == sizes["c"]
    (furniture,) = layer_of(ranked_scene(ranked, 1, around("market")), Furniture)
    told = furniture.furniture  # type: ignore[attr-defined]
    assert told["bare"] == "market" in told["shown"], "its outline would hide the tier, its name would not"
    assert told["rankLift"] > DISC, "the number stands above the disc"


def test_a_team_goes_from_stop_to_stop_in_the_order_of_its_days() -> None:
    scene = chosen_scene(table(tables.CHOICES, **STOPS, stop=[1, 1, None]), around())
    (routes,) = layer_of(scene, Routes)
    (line,) = routes.payload["routes"]  # type: ignore[attr-defined]
    assert line["at"] == [[30.005, 104.005], [30.005, 104.015]]
    assert [one.text for one in scene.numbers] == ["1-1-1", "1-2-1"]
    assert scene.styles[scene.areas["c"][0]]["label"] == "Left out on request"


def test_points_fall_into_classes_and_none_is_hollow() -> None:
    scene = loss_scene(table(tables.LOSSES, points=[9.0, 0.5, 0.0], recoverable=[1.0, 0.1, 0.0]), around())
    groups = [group for group, _ in scene.areas.values()]
    assert groups[0] > groups[1] > groups[2] == 0
    assert scene.styles[0]["fill"] is None
    assert [one.text for one in scene.numbers] == ["1", "2"]


@pytest.mark.parametrize("points", [[], [0.0], [2.0], [2.0, 2.0, 2.0], list(range(100))])
def test_breaks_rise_and_no_point_is_below_the_first(points: list[float]) -> None:
    breaks = point_breaks(np.array(points, float))
    assert breaks[0] == 0.0
    assert breaks == sorted(set(breaks))
    assert len(breaks) <= 6


@pytest.mark.parametrize("theme", PALETTES)
def test_the_letter_of_a_tier_can_be_read(theme: str) -> None:
    for tier in "ABC":
        assert f">{tier}<" in tier_letter(tier, PALETTES[theme])
        assert f">{tier}<" in tier_mark(tier, PALETTES[theme])
