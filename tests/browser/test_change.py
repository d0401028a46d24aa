"""The view of change in a real browser: colours of groups, a clicked cell with its squares, what comes on request."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from geo.maps.palette import PALETTES
from tests.browser.conftest import Visit
from tests.browser.screen import (
    EVERY_LOOK,
    FIRST_MS,
    LIGHT,
    NEXT_MS,
    await_map,
    await_painted,
    choose_view,
    click_hexagon,
    open_map,
    painted,
    ranked,
    row,
    settle,
    told,
)
from tests.browser.test_pictures import SIZES, cut

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

STEPS = 13


def squares(page: Page) -> list[str]:
    """Return the states of the periods, the oldest first."""
    marks: list[str] = page.locator(".squares i").evaluate_all("marks => marks.map(mark => mark.className)")
    return marks


def test_a_labelled_cell_is_painted_clicked_and_told(visit: Visit) -> None:
    frame, page = open_map(visit), visit.page
    await_painted(page, LIGHT.core, LIGHT.land, at_least=500)
    choose_view(visit, "Change")
    expect(frame.locator(".legend summary")).to_have_text(re.compile("^Change, against"), timeout=NEXT_MS)
    expect(frame.locator(".legend")).to_contain_text("13 periods of 4 weeks")
    for group in (LIGHT.new, LIGHT.coming_back):
        await_painted(page, group, LIGHT.land, at_least=100)
    expect(told(page)).to_be_visible()
    with visit.run():
        click_hexagon(frame, 3)
    expect(told(page)).to_have_text(ranked(3), timeout=NEXT_MS)
    expect(page.locator(".story .tag")).to_have_text(re.compile("^▲ ?New · (new|consecutive) hot spot$"))
    expect(page.locator(".story .say")).to_contain_text(re.compile(r"Hot in \d+ of 13 periods of 4 weeks"))
    states = squares(page)
    assert len(states) == STEPS
    assert states[-1] == "hot", "new places are hot in the latest period"
    assert states.count("hot") == int(re.findall(r"Hot in (\d+)", page.locator(".story .say").inner_text())[0])
    expect(page.locator(".squares i").last).to_have_attribute("title", re.compile("2026: hot; .* expected"))
    expect(row(page, 3)).to_have_attribute("aria-selected", "true", timeout=NEXT_MS)
    expect(row(page, 3)).to_contain_text("▲ New")
    expect(frame.locator(".rank.selected")).to_have_text("3")


def test_an_address_opens_the_view_with_its_half_months_and_quiet_places(visit: Visit) -> None:
    page = visit.page
    page.goto(f"{visit.address}/?lang=en&view=change&period=half-month&show=quiet-places")
    frame = await_map(page)
    expect(frame.locator(".legend")).to_contain_text("13 half-months", timeout=FIRST_MS)
    await_painted(page, LIGHT.coming_back, LIGHT.land, at_least=100)
    await_painted(page, LIGHT.quiet, LIGHT.land, at_least=1)
    with visit.run():
        page.get_by_test_id("stSidebar").get_by_text("Quiet places", exact=True).click()
    expect(frame.locator(".legend")).not_to_contain_text("Quiet", timeout=NEXT_MS)
    await_painted(page, LIGHT.quiet, LIGHT.land, at_most=0)
    with visit.run():
        page.locator(".st-key-period-choice").get_by_text("4 weeks", exact=True).click()
    expect(frame.locator(".legend")).to_contain_text("13 periods of 4 weeks", timeout=NEXT_MS)
    expect(page).not_to_have_url(re.compile("period="))


def test_high_but_not_proven_comes_on_request(visit: Visit) -> None:
    frame, page = open_map(visit), visit.page
    expect(frame.locator(".legend")).not_to_contain_text("not proven")
    with visit.run():
        page.get_by_test_id("stSidebar").get_by_text("High, not proven", exact=True).click()
    expect(frame.locator(".legend")).to_contain_text("High, not proven", timeout=NEXT_MS)
    expect(page).to_have_url(re.compile("show=not-proven"))
    choose_view(visit, "Change")
    expect(page.get_by_test_id("stSidebar").get_by_text("Quiet places", exact=True)).to_be_visible(timeout=NEXT_MS)
    expect(page.get_by_test_id("stSidebar").get_by_text("High, not proven", exact=True)).to_have_count(0)
    expect(page).to_have_url(re.compile("show=not-proven"))


@pytest.mark.parametrize(("lang", "theme"), EVERY_LOOK)
def test_nothing_of_the_view_is_cut(lang: str, theme: str, visits: Callable[[str], Visit]) -> None:
    visit, colours = visits(theme), PALETTES[theme]
    page = visit.page
    page.goto(f"{visit.address}/?lang={lang}&view=change")
    frame = await_map(page)
    for wide, high in SIZES:
        page.set_viewport_size({"width": wide, "height": high})
        settle(page, frame)
        assert painted(page, colours.coming_back, colours.land) > 200
        assert cut(page) == []
        assert frame.locator(".legend").evaluate(
            "box => box.getBoundingClientRect().bottom <= innerHeight && box.scrollHeight <= box.clientHeight"
        )
        table = page.get_by_test_id("stDataFrame").locator(".dvn-scroller")
        assert table.evaluate("box => box.scrollWidth <= box.clientWidth"), "the list does not scroll sideways"


def test_the_map_of_the_view_is_one_file(visit: Visit, tmp_path: Path) -> None:
    page = visit.page
    page.goto(f"{visit.address}/?lang=en&view=change")
    await_map(page)
    page.get_by_text("Download the list").click()
    expect(page.get_by_test_id("stPopoverBody")).to_contain_text("Hot patterns", timeout=NEXT_MS)
    with page.expect_download(timeout=NEXT_MS) as waiting:
        page.get_by_text("The map as one HTML file").click()
    file = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(file)
    html = file.read_text("utf-8")
    assert "Change, against" in html
    assert "▲ New" in html
    with page.expect_download(timeout=NEXT_MS) as waiting:
        page.get_by_test_id("stPopoverBody").get_by_text("CSV", exact=True).click()
    waiting.value.save_as(tmp_path / "list.csv")
    head, *rows = (tmp_path / "list.csv").read_text("utf-8-sig").splitlines()
    assert {"label", "planner_label", "history"} <= set(head.split(","))
    assert rows
    assert all("hot spot" in line for line in rows)
