"""The page Recurring in a real browser: its lists are painted, clicked, told, downloaded, and legible to everybody."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import FrameLocator, Page, expect

from geo.maps.palette import PALETTES
from tests.browser.conftest import Visit
from tests.browser.screen import (
    FIRST_MS,
    FRAME,
    LIGHT,
    NEXT_MS,
    await_painted,
    choose_view,
    click_hexagon,
    click_row,
    go_to,
    on_map,
    open_map,
    ranked,
    row,
    settle,
    told,
)
from tests.browser.test_accessibility import faults

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

PAGE = {"en": "Recurring", "zh": "反复"}
LISTS = {"Clusters": "Clusters through time", "Alarms": "Sudden rises", "Blind spots": "Who saw it"}


def turn_to(visit: Visit, lang: str) -> FrameLocator:
    """Go from the map to the page and wait until its map has come to rest."""
    open_map(visit, lang)
    go_to(visit.page, PAGE[lang])
    expect(visit.page).to_have_url(re.compile("/recurring"), timeout=NEXT_MS)
    frame = visit.page.frame_locator(FRAME)
    expect(visit.page.locator(".story h3")).to_have_text(ranked(1), timeout=FIRST_MS)
    expect(frame.locator(".legend")).to_be_visible(timeout=NEXT_MS)
    settle(visit.page, frame)
    return frame


def choose_list(visit: Visit, frame: FrameLocator, name: str, legend: str) -> None:
    choose_view(visit, name)
    expect(frame.locator(".legend summary")).to_have_text(legend, timeout=NEXT_MS)
    expect(visit.page.get_by_test_id("stApp")).to_have_attribute(
        "data-test-script-state", "notRunning", timeout=NEXT_MS
    )


def count_rows(page: Page, label: str) -> int:
    button = page.get_by_test_id("stPopoverBody").get_by_text(re.compile(rf"^{label} [\d,]+$")).first
    return int(button.inner_text().split()[-1].replace(",", ""))


def test_a_planner_reads_clicks_and_downloads_the_lists(visit: Visit, tmp_path: Path) -> None:
    frame, page = turn_to(visit, "en"), visit.page
    for chosen in ("Auto", "All"):
        button = page.get_by_test_id("stSidebar").get_by_role("radio", name=chosen, exact=True)
        expect(button).to_have_attribute("aria-checked", "true", timeout=NEXT_MS)
    frame.locator("#map_div").evaluate("() => { window.still = true; }")
    await_painted(page, LIGHT.core, LIGHT.land, at_least=1)
    with visit.run():
        frame.locator("#map_div").click(position=on_map(frame, "map.furniture.ranks[1].at"))
    expect(told(page)).to_have_text(ranked(2), timeout=NEXT_MS)
    expect(row(page, 2)).to_have_attribute("aria-selected", "true", timeout=NEXT_MS)

    choose_list(visit, frame, "Clusters", "Clusters through time")
    await_painted(page, LIGHT.chronic, LIGHT.land, at_least=200)
    expect(page.locator(".life.chosen > span")).to_have_text("1")
    with visit.run():
        click_hexagon(frame, 3)
    expect(told(page)).to_have_text(ranked(3), timeout=NEXT_MS)
    expect(page.locator(".life.chosen > span")).to_have_text("3", timeout=NEXT_MS)
    expect(row(page, 3)).to_have_attribute("aria-selected", "true", timeout=NEXT_MS)
    with visit.run():
        click_row(page, 2)
    expect(told(page)).to_have_text(ranked(2), timeout=NEXT_MS)
    expect(frame.locator(".rank.selected")).to_have_text("2", timeout=NEXT_MS)
    expect(page).to_have_url(re.compile("list=clusters.*item=C-"))

    choose_list(visit, frame, "Alarms", "Sudden rises")
    expect(page.locator(".story h3, .empty h3")).to_have_text(re.compile("^1. |^Nothing unusual"))
    choose_list(visit, frame, "Blind spots", "Who saw it")
    await_painted(page, LIGHT.hot, LIGHT.land, at_least=100)
    assert frame.locator("#map_div").evaluate("() => window.still"), "the map is one and the same for all lists"

    page.get_by_text("Download the list").click()
    expect(page.get_by_test_id("stPopoverBody")).to_be_visible(timeout=NEXT_MS)
    with page.expect_download(timeout=NEXT_MS) as started:
        page.get_by_test_id("stPopoverBody").get_by_role("button", name="CSV", exact=True).click()
    path = tmp_path / started.value.suggested_filename
    started.value.save_as(path)
    assert path.name.startswith("hexward-blind-spots-all-")
    assert pl.read_csv(path, infer_schema_length=None).height == count_rows(page, "All rows")
    page.keyboard.press("Escape")
    name = told(page).inner_text().removeprefix("1. ")
    page.get_by_role("button", name="Show on the map").click()
    expect(told(page)).to_have_text(name, timeout=NEXT_MS)  # the profile of the area
    expect(page).to_have_url(re.compile(r"/(\?|$)"))


@pytest.mark.slow
def test_no_list_has_a_serious_fault_in_either_language(visits: Callable[[str], Visit]) -> None:
    visit, colours = visits("dark"), PALETTES["dark"]
    frame = turn_to(visit, "zh")
    await_painted(visit.page, colours.core, colours.land, at_least=1)
    expect(frame.locator(".legend summary")).to_have_text("问题回潮的地方")
    expect(visit.page.get_by_test_id("stDataFrame").locator("canvas tr").first).to_contain_text("回潮")
    assert faults(visit.page) == []
    with visit.run():
        visit.page.get_by_text("English", exact=True).click()
    for name, legend in LISTS.items():
        choose_list(visit, frame, name, legend)
        assert faults(visit.page) == []
