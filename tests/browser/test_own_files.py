"""From a planner's own files to a map that opens on any machine, in one sitting; and a file that is none."""

from __future__ import annotations

import os
import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import polars as pl
import pytest
import shapely
from openpyxl import load_workbook
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import ROOT, Visit
from tests.browser.screen import (
    LIGHT,
    NEXT_MS,
    await_map,
    await_painted,
    click_hexagon,
    count_painted,
    go_to,
    open_map,
    pixels,
    ranked,
    row,
    told,
)

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

MARKUP = "<b>Mitte</b>"


def own_reports(file: Path) -> Path:
    """Write half a year of calls, two of three about one place, in a form nobody knows."""
    rng = np.random.default_rng(5)
    days = pl.datetime_range(pl.datetime(2026, 1, 1), pl.datetime(2026, 6, 30), "1h", eager=True)
    near = np.arange(len(days)) % 3 > 0
    pl.DataFrame(
        {
            "number": range(len(days)),
            "when": days.dt.to_string("%Y-%m-%d %H:%M:%S"),
            "breite": np.where(near, 30.66 + rng.normal(0, 0.004, len(days)), rng.uniform(30.63, 30.69, len(days))),
            "laenge": np.where(near, 104.04 + rng.normal(0, 0.004, len(days)), rng.uniform(104.01, 104.15, len(days))),
        }
    ).write_csv(file)
    return file


def own_areas(file: Path) -> Path:
    halves = [shapely.box(104.01, 30.63, 104.08, 30.69), shapely.box(104.08, 30.63, 104.15, 30.69)]
    gpd.GeoDataFrame({"name": [MARKUP, "Ost"]}, geometry=halves, crs="EPSG:4326").to_file(file)
    return file


def load(visit: Visit, reports: Path, areas: Path) -> None:
    """Hand over the two files and say which column is what."""
    page = visit.page
    go_to(page, "Data")
    page.locator('input[type="file"]').nth(0).set_input_files(reports)
    expect(page.locator(".refusal")).to_contain_text(reports.name, timeout=NEXT_MS)
    for label, column in (("Reported at", "when"), ("Latitude", "breite"), ("Longitude", "laenge")):
        box = page.get_by_test_id("stSelectbox").filter(has_text=label).locator("input")
        box.scroll_into_view_if_needed()
        option = page.locator('[role="option"]').get_by_text(column, exact=True)
        expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
        box.click()
        expect(option).to_be_visible(timeout=NEXT_MS)
        with visit.run():
            option.click()
    page.locator('input[type="file"]').nth(1).set_input_files(areas)
    page.get_by_role("button", name="Use these files").click(timeout=NEXT_MS)
    expect(page.get_by_text("Your files", exact=True)).to_be_visible(timeout=NEXT_MS)
    expect(page.get_by_text(reports.name, exact=True).first).to_be_visible()


def download(page: Page, name: re.Pattern[str], folder: Path) -> Path:
    with page.expect_download(timeout=NEXT_MS) as started:
        page.get_by_test_id("stPopoverBody").get_by_role("button", name=name).click()
    path = folder / started.value.suggested_filename
    started.value.save_as(path)
    return path


def test_from_own_files_to_a_map_that_opens_offline(visit: Visit, chromium: Browser, tmp_path: Path) -> None:
    page = visit.page
    open_map(visit)
    load(visit, own_reports(tmp_path / "calls.csv"), own_areas(tmp_path / "communities.geojson"))
    go_to(page, "Map")
    frame = await_map(page)
    await_painted(page, LIGHT.core, LIGHT.land, at_least=500)
    with visit.run():
        page.get_by_test_id("stSidebar").get_by_text("8", exact=True).click()
    expect(page.locator(".story .say")).to_contain_text("in 8 weeks", timeout=NEXT_MS)
    with visit.run():
        click_hexagon(frame, 1)
    expect(told(page)).to_have_text(ranked(1), timeout=NEXT_MS)
    expect(told(page)).to_contain_text(MARKUP)  # a name is text, whatever it holds
    expect(row(page, 1)).to_have_attribute("aria-selected", "true")
    with visit.run():
        frame.locator(".name", has_text="Ost").click()
    expect(told(page)).to_have_text("Ost", timeout=NEXT_MS)
    expect(page).to_have_url(re.compile("(?=.*window=8w)(?=.*cell=89)(?=.*profile=)"))
    shown = page.locator(".strip").inner_text()
    core = int(re.search(r"([\d,]+) core", shown)[1].replace(",", ""))  # type: ignore[index]
    page.get_by_text("Download the list").click()
    book = load_workbook(download(page, re.compile("XLSX"), tmp_path))
    assert core > 3
    assert core <= book.worksheets[0].max_row <= core + 12  # a cover or a heading above the rows
    offline = chromium.new_context(viewport={"width": 1000, "height": 700}, offline=True)
    reopened = Visit(offline.new_page(), "")
    reopened.watch()
    reopened.page.goto(download(page, re.compile("HTML"), tmp_path).as_uri())
    expect(reopened.page.locator(".legend")).to_be_visible(timeout=NEXT_MS)
    expect(reopened.page.locator(".rank").first).to_be_visible()
    seen = pixels(reopened.page.screenshot())
    assert count_painted(seen, LIGHT.core, LIGHT.land) > 500
    assert count_painted(seen, LIGHT.expected, LIGHT.land) > 2_000
    assert reopened.foreign == reopened.errors == []
    offline.close()


def test_a_broken_file_is_refused_in_a_sentence(visit: Visit, tmp_path: Path) -> None:
    page = visit.page
    open_map(visit, "zh")
    go_to(page, "数据")
    broken = tmp_path / "工单.csv"
    broken.write_text("<!doctype html><html><body>login</body></html>", "utf-8")
    page.locator('input[type="file"]').first.set_input_files(broken)
    expect(page.locator(".refusal")).to_contain_text("工单.csv", timeout=NEXT_MS)
    expect(page.locator(".refusal")).to_contain_text("网页")
    expect(page.get_by_text("Traceback")).to_have_count(0)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("lang", "data", "use", "away", "use_all"),
    [
        (
            "en",
            ("Data", "Map"),
            "Use this table with the files in use",
            "Take people.csv away again",
            "Demo city",
        ),
        ("zh", ("数据", "地图"), "与当前文件一起使用这份表", "不再使用people.csv", "示例城区"),
    ],
)
def test_an_exposure_table_alone_is_tried_on_the_demo_city(
    lang: str, data: tuple[str, str], use: str, away: str, use_all: str, visit: Visit, tmp_path: Path
) -> None:
    """It goes with the files in use, is still there after a look at the map, and can be taken away."""
    page = visit.page
    open_map(visit, lang)
    go_to(page, data[0])
    table = tmp_path / "people.csv"
    names = gpd.read_file(ROOT / "data/demo/areas/communities.geojson")["name"]
    table.write_text("name,population\n" + "".join(f"{name},{900 + at}\n" for at, name in enumerate(names)), "utf-8")
    page.locator('input[type="file"]').nth(2).set_input_files(table)
    page.get_by_role("button", name=use).click(timeout=NEXT_MS)
    expect(page.get_by_role("button", name=away)).to_be_visible(timeout=NEXT_MS)
    expect(page.locator(".page-title").first).to_contain_text(use_all)
    expect(page.locator(".page-title").first).to_contain_text("people.csv")
    if folder := os.environ.get("HEXWARD_PICTURES"):
        page.screenshot(path=f"{folder}/table-{lang}.png", full_page=True)
    go_to(page, data[1])
    await_map(page)
    go_to(page, data[0])
    kept = page.get_by_test_id("stButton").get_by_text("people.csv", exact=True).first
    expect(kept).to_be_visible(timeout=NEXT_MS)
    if folder:
        page.get_by_test_id("stFileUploader").last.scroll_into_view_if_needed()
        page.screenshot(path=f"{folder}/kept-{lang}.png")
    page.get_by_role("button", name=away).click()
    expect(page.get_by_role("button", name=use)).to_be_visible(timeout=NEXT_MS)
    expect(page.locator(".page-title").first).not_to_contain_text("people.csv")
