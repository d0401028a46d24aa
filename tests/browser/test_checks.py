"""How sure a place is, in a real browser: the badge comes after the map, the tables only when asked for."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.screen import EVERY_THEME, NEXT_MS, await_map, open_map, told

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

VERDICT = re.compile("Robust|Holds . of . checks")
INTERVAL = re.compile(r"times what is expected, 90 % interval \d+(\.\d+)? to \d")


def reads_well(page: Page, selector: str) -> None:
    """Hold that nothing in these blocks is cut off or wider than its block."""
    cut = page.locator(selector).evaluate_all("found => found.filter(e => e.scrollWidth > e.clientWidth + 1).length")
    assert cut == 0


def test_the_badge_says_how_sure_a_hot_place_is_and_unfolds_its_checks(visit: Visit) -> None:
    open_map(visit)
    page = visit.page
    badge = page.locator(".sure .tag")
    expect(badge).to_have_text(VERDICT, timeout=NEXT_MS)
    expect(page.locator(".sure")).to_contain_text(INTERVAL)
    expect(page.locator(".sure li").first).to_be_hidden()
    badge.click()
    expect(page.locator(".sure li")).to_have_count(4)
    expect(page.locator(".sure li").first).to_contain_text(re.compile(r"level \d\).*: \d+% of it still hot"))
    reads_well(page, ".sure, .sure li")


@pytest.mark.parametrize("theme", EVERY_THEME)
def test_the_tables_come_when_they_are_asked_for(visits: Callable[[str], Visit], theme: str) -> None:
    visit = visits(theme)
    page = visit.page
    if theme == "dark":
        page.goto(f"{visit.address}/?lang=zh&lens=past")
        await_map(page)
    else:
        open_map(visit)
    place = told(page).inner_text()
    expect(page.locator(".checks")).to_have_count(0)
    page.get_by_text(re.compile("^(How sure is this\\?|结果有多可靠？)$")).click()
    expect(page.locator(".checks")).to_have_count(2, timeout=NEXT_MS)
    rows = page.locator(".checks").first.locator("tbody tr")
    expect(rows).to_have_count(7)  # as shown, duplicates, piles, coarse points, three sources
    reads_well(page, ".checks > div")
    expect(told(page)).to_have_text(place)
