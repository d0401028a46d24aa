"""What a planner does with the map page, and how a test sees what came of it."""

from __future__ import annotations

import io
import re
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import FrameLocator, Locator, Page, expect

from geo.maps.palette import PALETTES, Fill
from tests.browser.conftest import Visit

FRAME = 'iframe[title^="streamlit_folium"]'
FIRST_MS, NEXT_MS = 120_000, 40_000  # the first visit makes and reads the demo city
LOOK_MS = 100
ROW_PIXELS, HEADER_PIXELS = 29, 33
NEAR = 24  # largest difference of a channel from the colour looked for
LIGHT = PALETTES["light"]
EVERY_LOOK = [
    ("en", "light"),
    pytest.param("zh", "dark", marks=pytest.mark.slow),
    pytest.param("en", "dark", marks=pytest.mark.slow),
    pytest.param("zh", "light", marks=pytest.mark.slow),
]
EVERY_THEME = ["light", pytest.param("dark", marks=pytest.mark.slow)]
"""Languages and themes, all in `make test-all`; in `make test` the pages Recurring and Priorities are looked at dark
and in Chinese."""


def open_map(visit: Visit, lang: str = "en") -> FrameLocator:
    """Go to the map of the demo city and wait until it has come to rest; return its frame."""
    visit.page.goto(f"{visit.address}/?lang={lang}")
    return await_map(visit.page)


def await_map(page: Page) -> FrameLocator:
    expect(page.locator(".story h3")).to_be_visible(timeout=FIRST_MS)
    frame = page.frame_locator(FRAME)
    expect(frame.locator(".legend")).to_be_visible(timeout=NEXT_MS)
    expect(frame.locator(".rank").first).to_be_visible(timeout=NEXT_MS)
    settle(page, frame)
    return frame


def settle(page: Page, frame: FrameLocator) -> None:
    """Wait until the script has run and the map has fitted itself to its frame: a point of it stays where it is."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=NEXT_MS)
    seen = []
    for _ in range(NEXT_MS // LOOK_MS):
        seen.append(look := (view_of(frame), page.locator(FRAME).bounding_box()))
        if seen[-4:].count(look) == 4:
            return
        page.wait_for_timeout(LOOK_MS)
    pytest.fail(f"the map did not come to rest: {seen[-4:]}")


def view_of(frame: FrameLocator) -> list[float]:
    """Return zoom, latitude and longitude of the map's middle, width and height."""
    view: list[float] = frame.locator("#map_div").evaluate(
        "() => [map.getZoom(), map.getCenter().lat, map.getCenter().lng, map.getSize().x, map.getSize().y]"
    )
    return view


def on_map(frame: FrameLocator, place: str) -> Any:
    """Return where a place, a JavaScript expression, lies in the map: x and y in pixels."""
    return frame.locator("#map_div").evaluate(
        f"() => {{ const p = map.latLngToContainerPoint({place}); return {{x: p.x, y: p.y}}; }}"
    )


def click_hexagon(frame: FrameLocator, rank: int) -> None:
    """Click the northernmost hexagon of the cluster of this rank."""
    frame.locator("#map_div").click(position=on_map(frame, f"map.furniture.ranks[{rank - 1}].at"))


def choose_view(visit: Visit, name: str) -> None:
    with visit.run():
        visit.page.get_by_test_id("stButtonGroup").get_by_text(name, exact=True).click()


def zoom(page: Page, frame: FrameLocator, button: str, until: str) -> None:
    """Press + or - until the map's zoom fulfils a condition in JavaScript."""
    for _ in range(20):
        settle(page, frame)
        if frame.locator("#map_div").evaluate(f"() => map.getZoom() {until}"):
            return
        frame.locator(f".leaflet-control-zoom-{button}").click()
    pytest.fail(f"the zoom is never {until}")


def row(page: Page, number: int) -> Locator:
    """Return a row of the list as the table tells it to screen readers; the first is 1."""
    return page.get_by_test_id("stDataFrame").locator(f'canvas tr[aria-rowindex="{number + 1}"]')


def click_row(page: Page, number: int, *, across: int = 16) -> None:
    """Click a row of the list at its box, or so many pixels `across` it."""
    table = page.get_by_test_id("stDataFrame")
    expect(table).to_have_count(1)
    box = table.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + across, box["y"] + HEADER_PIXELS + ROW_PIXELS * (number - 0.5))


def go_to(page: Page, name: str) -> None:
    """Go to a page of the app by its name in the navigation."""
    page.get_by_test_id("stTopNavLinkContainer").get_by_text(name, exact=True).click()


def told(page: Page) -> Locator:
    """Return the heading of what is told at the right."""
    return page.locator(".story h3")


def ranked(rank: int) -> re.Pattern[str]:
    return re.compile(rf"^{rank}\. ")


def pixels(picture: bytes) -> NDArray[np.float64]:
    return np.asarray(Image.open(io.BytesIO(picture)).convert("RGB"), float)


def count_painted(seen: NDArray[np.float64], fill: Fill, ground: str) -> int:
    """Return how many pixels have the colour of `fill` laid over `ground`."""
    over, under = (np.array([int(c[k : k + 2], 16) for k in (1, 3, 5)]) for c in (fill.fill or "", ground))
    wanted = over * fill.opacity + under * (1 - fill.opacity)
    return int((np.abs(seen - wanted).max(axis=-1) <= NEAR).sum())


def painted(page: Page, fill: Fill, ground: str) -> int:
    """Return how many pixels of the map have the colour of `fill` laid over `ground`."""
    return count_painted(pixels(page.locator(FRAME).screenshot()), fill, ground)


def await_painted(page: Page, fill: Fill, ground: str, at_least: int = 0, at_most: int | None = None) -> None:
    """Wait until so many pixels of the map have this colour."""
    for _ in range(NEXT_MS // LOOK_MS // 4):
        found = painted(page, fill, ground)
        if at_least <= found and (at_most is None or found <= at_most):
            return
        page.wait_for_timeout(LOOK_MS)
    pytest.fail(f"{fill.fill} on {found} pixels, wanted {at_least} to {at_most}")
