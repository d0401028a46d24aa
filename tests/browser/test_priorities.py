"""The page Priorities in a real browser: from the demo city to the work orders, every file of which is opened again."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
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

PAGE = {"en": "Priorities", "zh": "优先级"}
CHOSEN = re.compile(r"^20 of 64 areas")


def turn_to(visit: Visit, lang: str) -> FrameLocator:
    """Go from the map to the page and wait until its map has come to rest."""
    open_map(visit, lang)
    go_to(visit.page, PAGE[lang])
    expect(visit.page).to_have_url(re.compile("/priorities"), timeout=NEXT_MS)
    frame = visit.page.frame_locator(FRAME)
    expect(told(visit.page)).to_have_text(ranked(1), timeout=FIRST_MS)
    expect(frame.locator(".legend")).to_be_visible(timeout=NEXT_MS)
    settle(visit.page, frame)
    return frame


def rest(page: Page) -> None:
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=FIRST_MS)


def download(page: Page, button: str, folder: Path) -> Path:
    with page.expect_download(timeout=FIRST_MS) as started:
        page.get_by_role("button", name=button, exact=True).click()
    path = folder / started.value.suggested_filename
    started.value.save_as(path)
    return path


def test_a_planner_goes_from_the_ranking_to_the_work_orders(visit: Visit, tmp_path: Path) -> None:
    frame, page = turn_to(visit, "en"), visit.page
    await_painted(page, LIGHT.tier_a, LIGHT.land, at_least=300)
    with visit.run():
        frame.locator("#map_div").click(position=on_map(frame, "map.furniture.ranks[2].at"))
    expect(told(page)).to_have_text(ranked(3), timeout=NEXT_MS)
    expect(row(page, 3)).to_have_attribute("aria-selected", "true", timeout=NEXT_MS)
    with visit.run():
        click_row(page, 2)
    expect(told(page)).to_have_text(ranked(2), timeout=NEXT_MS)
    expect(frame.locator(".rank.selected")).to_have_text(
        re.compile(r"^2\b"), timeout=NEXT_MS
    )  # perhaps with a board's sign
    name = told(page).inner_text().removeprefix("2. ")
    with visit.run():
        page.get_by_text("Leave out", exact=True).click()
    expect(page).to_have_url(re.compile("never="), timeout=NEXT_MS)

    choose_view(visit, "Choice")
    expect(page.locator(".story .say")).to_have_text(CHOSEN, timeout=FIRST_MS)
    await_painted(page, LIGHT.chosen, LIGHT.land, at_least=300)
    expect(page.get_by_test_id("stMultiSelect").last).to_contain_text(name)
    with visit.run():
        page.get_by_text("Countdown", exact=True).click()
    expect(page.locator(".story .say")).to_contain_text("28 days are left", timeout=FIRST_MS)
    with visit.run():
        page.get_by_text("Work orders", exact=True).click()
    page.get_by_role("button", name="Make the work orders").click()
    expect(page.locator(".story .say")).to_have_text(re.compile(r"^\d+ orders"), timeout=FIRST_MS)
    rest(page)
    held = download(page, "All files (ZIP)", tmp_path)
    workbook = reopened(held, tmp_path)
    paper = download(page, "Bulletin (DOCX)", tmp_path)
    with zipfile.ZipFile(paper) as archive:
        assert "word/document.xml" in archive.namelist()
        assert name in archive.read("word/document.xml").decode()
    sent_back(page, workbook)


def reopened(held: Path, folder: Path) -> Path:
    """Open every file of the orders again, and return a workbook."""
    with zipfile.ZipFile(held) as archive:
        archive.extractall(folder)
        names = archive.namelist()
    books = [folder / name for name in names if name.endswith(".xlsx")]
    printed = [folder / name for name in names if name.endswith(".pdf")]
    assert len(books) == len(printed) > 0
    for path in printed:
        assert path.read_bytes().startswith(b"%PDF-")
        assert b"%%EOF" in path.read_bytes()[-1024:]
    problems = 0
    for path in books:
        book = openpyxl.load_workbook(path)
        assert len(book.sheetnames) >= 2
        sheet = book.worksheets[0]
        problems += sum(str(cell.value).startswith("T-") for column in sheet.iter_cols() for cell in column)
    points = next(folder / name for name in names if name.endswith(".geojson"))
    features = json.loads(points.read_text("utf-8"))["features"]
    assert len(features) == problems > 0
    return max(books, key=lambda path: path.stat().st_size)


def sent_back(page: Page, workbook: Path) -> None:
    """Fill a workbook in, one row of it wrong, and send it back: nothing holds before it is accepted."""
    book = openpyxl.load_workbook(workbook)
    sheet = book.worksheets[0]
    head = next(row for row in sheet.iter_rows() if any(cell.value == "Result" for cell in row))
    column = {cell.value: cell.column for cell in head}
    first = head[0].row + 1
    sheet.cell(first, column["Result"], "not yet")
    sheet.cell(first + 1, column["Result"], "perhaps")
    filled = io.BytesIO()
    book.save(filled)
    page.get_by_test_id("stFileUploader").last.locator("input").set_input_files(
        {"name": workbook.name, "mimeType": "application/octet-stream", "buffer": filled.getvalue()}
    )
    answers = page.locator(".story .say").last
    expect(answers).to_have_text(re.compile(r"^Answers: 1, of these 1 new.* faults: 1\.$"), timeout=FIRST_MS)
    expect(page.locator(".faults li")).to_have_text(re.compile(rf"^Row {first + 1} · Result .*perhaps"))
    expect(page.get_by_role("button", name="Answers accepted so far (CSV)")).to_have_count(0)
    page.get_by_role("button", name="Accept the answers: 1").click()
    expect(page.get_by_role("button", name="Answers accepted so far (CSV)")).to_be_visible(timeout=NEXT_MS)


@pytest.mark.parametrize("english_too", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["zh", "zh, en"])
def test_no_view_has_a_serious_fault(english_too: bool, visits: Callable[[str], Visit]) -> None:
    visit, colours = visits("dark"), PALETTES["dark"]
    turn_to(visit, "zh")
    await_painted(visit.page, colours.tier_a, colours.land, at_least=300)
    found = {"排名": faults(visit.page)}
    for name in ("选点", "责任单位", "失分"):
        choose_view(visit, name)
        rest(visit.page)
        found[name] = faults(visit.page)
    if english_too:
        with visit.run():
            visit.page.get_by_text("English", exact=True).click()
        choose_view(visit, "Ranking")
        rest(visit.page)
        found["Ranking"] = faults(visit.page)
    assert not any(found.values()), found


def test_the_map_leads_to_an_area_and_back_to_its_priority(visit: Visit) -> None:
    turn_to(visit, "en")
    page, name = visit.page, told(visit.page).inner_text().removeprefix("1. ")
    page.get_by_role("button", name="Show on the map").click()
    expect(told(page)).to_have_text(name, timeout=NEXT_MS)
    page.get_by_role("button", name="Its priority").click()
    expect(told(page)).to_have_text(f"1. {name}", timeout=NEXT_MS)
    expect(page).to_have_url(re.compile("/priorities.*target="))
