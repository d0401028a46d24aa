"""The map of a work order: what is on it, where, and in which letters."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import numpy as np
import polars as pl
import pytest
from PIL import Image

from geo.export import order_map as maps
from geo.export.order_map import OPEN, OVERDUE, RETURNED, SIZE, order_map, sign_of
from geo.maps.palette import PALETTES
from geo.planning.orders import WorkOrders
from tests.export.printed_orders import DEPOT, EAST, orders

pytestmark = pytest.mark.usefixtures("font")


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(BytesIO(png)).convert("RGB")).astype(int)


def of_colour(png: bytes, colour: str) -> np.ndarray:
    """Return which pixels right of the key are of a colour, as (rows, columns)."""
    image = pixels(png)
    image = image[:, round(image.shape[1] * maps._KEY / SIZE[0]) + 2 :]
    wanted = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    return np.abs(image - wanted).max(axis=2) < 6


def with_states(found: WorkOrders, overdue: bool, returned: bool) -> WorkOrders:
    return replace(found, problems=found.problems.with_columns(overdue=pl.lit(overdue), returned=pl.lit(returned)))


def test_the_map_is_as_large_as_asked_and_always_the_same() -> None:
    first, again = (order_map(orders(6), EAST, lang="zh") for _ in range(2))
    assert first == again
    opened = Image.open(BytesIO(first))
    assert opened.size == pytest.approx([side / 25.4 * 200 for side in SIZE], abs=1)
    assert opened.info["dpi"][0] == pytest.approx(200, abs=1)


def test_a_state_has_a_shape_and_a_colour_of_its_own() -> None:
    signs = (OPEN, RETURNED, OVERDUE)
    assert len({sign.marker for sign in signs}) == len({sign.colour for sign in signs}) == 3
    assert sign_of(True, True) is sign_of(True, False) is OVERDUE
    assert sign_of(None, True) is RETURNED
    assert sign_of(False, None) is OPEN
    states = ((True, False, OVERDUE), (False, True, RETURNED), (False, False, OPEN))
    for overdue, returned, sign in states:
        png = order_map(with_states(orders(6), overdue, returned), EAST, dpi=100)
        seen = {one for one in signs if of_colour(png, one.colour).sum() > 20}
        assert seen == {sign}


def test_areas_of_the_order_are_tinted_and_others_only_outlined() -> None:
    market = of_colour(order_map(orders(0), EAST, dpi=100), PALETTES["light"].market)
    assert market.sum() > 60
    assert of_colour(order_map(orders(0), DEPOT, dpi=100), PALETTES["light"].market).sum() == 0


def test_what_is_north_stands_above() -> None:
    found = orders(1)
    rows = found.problems.filter(pl.col("unit") == DEPOT)
    heights = []
    for lat in (30.601, 30.612):
        moved = replace(found, problems=rows.with_columns(lat=pl.lit(lat), overdue=pl.lit(True)))
        heights.append(of_colour(order_map(moved, DEPOT, dpi=100), OVERDUE.colour).nonzero()[0].mean())
    assert heights[1] < heights[0] - 50


def test_every_area_has_its_number_and_no_disc_lies_on_another(monkeypatch: pytest.MonkeyPatch) -> None:
    placed, lettered = [], []
    real_circle, real_letter = maps.Circle, maps.letter

    def circle(centre: tuple[float, float], radius: float, **how: object) -> object:
        placed.append((*centre, radius))
        return real_circle(centre, radius, **how)

    def letter(axes: object, x: float, y: float, text: str, **how: object) -> None:
        lettered.append(text)
        real_letter(axes, x, y, text, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(maps, "Circle", circle)
    monkeypatch.setattr(maps, "letter", letter)
    order_map(orders(4), EAST, lang="zh", dpi=60)
    discs = [disc for disc in placed if disc[2] == maps._DISC]
    assert len(discs) == 3
    for at, (x, y, radius) in enumerate(discs):
        assert maps._KEY + radius < x < SIZE[0] - radius
        assert radius < y < SIZE[1] - radius
        assert all(np.hypot(x - u, y - v) >= 2 * radius for u, v, _ in discs[:at])
    assert {"1", "2", "3", "东湖社区", "河埠头农贸市场", "北", "500米", "社区", "市场", "工地"} <= set(lettered)


def test_an_order_without_a_problem_or_a_shape_still_has_a_map() -> None:
    bare = orders(0)
    hollow = replace(bare, areas=bare.areas.assign(geometry=None).set_geometry("geometry", crs="EPSG:4326"))
    assert pixels(order_map(hollow, EAST, dpi=60)).std() > 5


def test_what_a_name_says_is_lettered_and_not_computed() -> None:
    found = orders(2)
    hostile = found.areas.assign(name=["$\\frac{1}{0}$", "<b>x</b>\n", "\u202eabc\U0001f600", "", None])
    assert order_map(replace(found, areas=hostile), EAST, dpi=60)
