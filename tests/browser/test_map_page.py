"""The page as a planner uses it, in a real browser: seen, clicked, switched, fed and downloaded from."""

from __future__ import annotations

import io
import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import polars as pl
import pytest
import shapely
from PIL import Image
from playwright.sync_api import FrameLocator, Page, expect

from geo.maps.palette import PALETTES, Fill
from tests.browser.conftest import Visit

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]  # one app and one browser for all of them

FRAME = 'iframe[title^="streamlit_folium"]'
FIRST_MS, NEXT_MS = 120_000, 40_000  # the first visit makes and reads the demo city
ROW_PIXELS, HEADER_PIXELS = 29, 33
SETTLED_MS = 250
NEAR = 24  # largest difference of a channel from the colour looked for


def open_map(visit: Visit, lang: str = "en") -> FrameLocator:
    visit.page.goto(f"{visit.address}/?lang={lang}")
    expect(visit.page.locator(".story h3")).to_be_visible(timeout=FIRST_MS)
    frame = visit.page.frame_locator(FRAME)
    expect(frame.locator(".legend")).to_be_visible(timeout=NEXT_MS)
    expect(frame.locator(".rank.selected")).to_be_visible(timeout=NEXT_MS)
    settle(visit.page, frame)
    return frame


def settle(page: Page, frame: FrameLocator) -> None:
    """Wait until the map has fitted itself to its frame: a point of it then stays where it is."""
    view, seen = None, []
    for _ in range(NEXT_MS // SETTLED_MS):
        seen.append(view := frame.locator("#map_div").evaluate("() => [map.getZoom(), map.getSize(), map.getCenter()]"))
        if seen[-4:].count(view) == 4:
            return
        page.wait_for_timeout(SETTLED_MS)
    pytest.fail(f"the map did not come to rest: {seen[-4:]}")


def painted(page: Page, fill: Fill, ground: str) -> int:
    """Return how many pixels of the map have the colour of `fill` laid over `ground`."""
    picture = Image.open(io.BytesIO(page.locator(FRAME).screenshot())).convert("RGB")
    over, under = (np.array([int(c[k : k + 2], 16) for k in (1, 3, 5)]) for c in (fill.fill or "", ground))
    wanted = over * fill.opacity + under * (1 - fill.opacity)
    return int((np.abs(np.asarray(picture, float) - wanted).max(axis=-1) <= NEAR).sum())


def test_the_map_is_painted_in_the_colours_of_its_legend(visit: Visit) -> None:
    open_map(visit)
    light = PALETTES["light"]
    visit.page.wait_for_timeout(500)
    assert painted(visit.page, light.core, light.land) > 500
    assert painted(visit.page, light.hot, light.land) > 200
    assert painted(visit.page, light.expected, light.land) > 5_000
    visit.page.get_by_test_id("stButtonGroup").get_by_text("Incidents", exact=True).click()
    expect(visit.page.frame_locator(FRAME).locator(".legend summary")).to_have_text(
        "Incidents per cell", timeout=NEXT_MS
    )
    visit.page.wait_for_timeout(500)
    assert painted(visit.page, light.core, light.land) < 100
    assert painted(visit.page, Fill(light.count[3], light.step_opacity), light.land) > 200


def test_a_clicked_hexagon_is_told_and_its_row_is_marked(visit: Visit) -> None:
    frame = open_map(visit)
    page = visit.page
    first = page.locator(".story h3").inner_text()
    assert first.startswith("1. ")
    at = frame.locator("#map_div").evaluate(
        "() => { const p = map.latLngToContainerPoint(map.furniture.ranks[2].at); return {x: p.x, y: p.y}; }"
    )
    frame.locator("#map_div").click(position=at)
    expect(page.locator(".story h3")).to_have_text(re.compile(r"^3\. "), timeout=NEXT_MS)
    expect(frame.locator(".rank.selected")).to_have_text("3", timeout=NEXT_MS)
    view = frame.locator("#map_div").evaluate("() => [map.getZoom(), map.getCenter().lat]")
    click_row(page, 2)
    expect(page.locator(".story h3")).to_have_text(re.compile(r"^2\. "), timeout=NEXT_MS)
    page.wait_for_timeout(1_500)  # a selection written from Python would come back now, and undo the click
    expect(page.locator(".story h3")).to_have_text(re.compile(r"^2\. "))
    expect(frame.locator(".rank.selected")).to_have_text("2")
    assert frame.locator("#map_div").evaluate("() => map.getZoom()") == view[0]


def click_row(page: Page, row: int) -> None:
    table = page.get_by_test_id("stDataFrame")
    expect(table).to_have_count(1)
    box = table.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 16, box["y"] + HEADER_PIXELS + ROW_PIXELS * (row - 0.5))


def test_the_language_switches_and_the_filters_stay(visit: Visit) -> None:
    page = visit.page
    open_map(visit, "zh")
    page.get_by_test_id("stSidebar").get_by_text("8", exact=True).click()
    expect(page).to_have_url(re.compile("window=8w"), timeout=NEXT_MS)
    page.get_by_text("English", exact=True).click()
    expect(page.get_by_text("Where problems concentrate, not adjusted for people or streets")).to_be_visible(
        timeout=NEXT_MS
    )
    expect(page).to_have_url(re.compile("window=8w.*lang=en|lang=en.*window=8w"))
    expect(page.locator(".story .say")).to_contain_text("in 8 weeks")


def test_the_way_out_of_a_refusal_leads_to_a_map(visit: Visit) -> None:
    page = visit.page
    page.goto(f"{visit.address}/?lang=en&lens=share")
    expect(page.locator(".empty h3")).to_have_text("This cannot be answered", timeout=FIRST_MS)
    page.locator('[class*="st-key-way-out-categories"] button').first.click()
    expect(page.locator(".story h3")).to_be_visible(timeout=NEXT_MS)
    expect(page).to_have_url(re.compile("category="))
    expect(page.get_by_test_id("stSidebar").get_by_test_id("stMultiSelect").first).to_contain_text(re.compile("."))


def test_the_download_holds_the_rows_that_are_shown(visit: Visit, tmp_path: Path) -> None:
    page = visit.page
    open_map(visit)
    shown = page.locator(".strip").inner_text()
    hot = int(re.search(r"([\d,]+) hot", shown)[1].replace(",", ""))  # type: ignore[index]
    core = int(re.search(r"([\d,]+) core", shown)[1].replace(",", ""))  # type: ignore[index]
    page.get_by_text("Download the list").click()
    for label, rows in (("Core", core), ("Hot", hot)):
        page.get_by_text(re.compile(rf"^{label} {rows}$")).click()
        page.wait_for_timeout(1_000)
        with page.expect_download(timeout=NEXT_MS) as started:
            page.get_by_test_id("stPopoverBody").get_by_role("button", name="CSV").click()
        path = tmp_path / started.value.suggested_filename
        started.value.save_as(path)
        assert path.read_bytes().startswith(b"\xef\xbb\xbf")
        assert pl.read_csv(path).height == rows


def test_a_broken_file_is_refused_in_a_sentence(visit: Visit, tmp_path: Path) -> None:
    page = visit.page
    open_map(visit, "zh")
    page.get_by_test_id("stTopNavLinkContainer").get_by_text("数据").click()
    broken = tmp_path / "工单.csv"
    broken.write_text("<!doctype html><html><body>login</body></html>", "utf-8")
    page.locator('input[type="file"]').first.set_input_files(broken)
    expect(page.locator(".refusal")).to_contain_text("工单.csv", timeout=NEXT_MS)
    expect(page.locator(".refusal")).to_contain_text("网页")
    expect(page.get_by_text("Traceback")).to_have_count(0)


def test_own_files_are_read_and_drawn(visit: Visit, tmp_path: Path) -> None:
    page = visit.page
    open_map(visit)
    page.get_by_test_id("stTopNavLinkContainer").get_by_text("Data").click()
    reports, areas = tmp_path / "calls.csv", tmp_path / "communities.geojson"
    rng = np.random.default_rng(5)
    days = pl.datetime_range(pl.datetime(2026, 1, 1), pl.datetime(2026, 6, 30), "1h", eager=True)
    pl.DataFrame(
        {
            "number": range(len(days)),
            "when": days.dt.to_string("%Y-%m-%d %H:%M:%S"),
            "breite": 30.66 + rng.normal(0, 0.008, len(days)),
            "laenge": 104.06 + rng.normal(0, 0.008, len(days)),
        }
    ).write_csv(reports)
    square = shapely.box(104.02, 30.62, 104.1, 30.7)
    gpd.GeoDataFrame({"name": ["<b>Mitte</b>"]}, geometry=[square], crs="EPSG:4326").to_file(areas)
    page.locator('input[type="file"]').nth(0).set_input_files(reports)
    expect(page.locator(".refusal")).to_contain_text("calls.csv", timeout=NEXT_MS)
    for label, column in (("Reported at", "when"), ("Latitude", "breite"), ("Longitude", "laenge")):
        box = page.get_by_test_id("stSelectbox").filter(has_text=label).locator("input")
        box.scroll_into_view_if_needed()
        page.wait_for_timeout(500)  # a list that opens while the page scrolls closes again
        box.click()
        page.locator('[role="option"]').get_by_text(column, exact=True).click()
        page.wait_for_timeout(1_000)
    page.locator('input[type="file"]').nth(1).set_input_files(areas)
    page.get_by_role("button", name="Use these files").click(timeout=NEXT_MS)
    expect(page.get_by_text("Your files", exact=True)).to_be_visible(timeout=NEXT_MS)
    expect(page.get_by_text("calls.csv", exact=True).first).to_be_visible()
    page.get_by_test_id("stTopNavLinkContainer").get_by_text("Map").click()
    expect(page.locator(".story h3")).to_be_visible(timeout=NEXT_MS)
    expect(page.locator(".facts")).to_contain_text("<b>Mitte</b>")  # a name is text, whatever it holds
    expect(page.frame_locator(FRAME).locator(".legend")).to_be_visible(timeout=NEXT_MS)
    light = PALETTES["light"]
    page.wait_for_timeout(500)
    assert painted(page, light.core, light.land) > 500
