"""Areas of the map and their profiles: by name, by outline, by the story, and back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.screen import NEXT_MS, on_map, open_map, ranked, settle, told, view_of

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_a_name_on_the_map_leads_to_the_profile_of_its_area_and_back(visit: Visit) -> None:
    frame, page = open_map(visit), visit.page
    whole = view_of(frame)
    name = frame.locator(".name.community").first
    words = name.inner_text()
    with visit.run():
        name.click()
    expect(told(page)).to_have_text(re.compile(rf"^{words}(社区)?$"), timeout=NEXT_MS)
    expect(page).to_have_url(re.compile("profile="))
    expect(page.locator(".story .say")).to_contain_text(re.compile(r"place \d+ of \d+ \(Community\)"))
    expect(frame.locator("path.chosen")).to_have_count(1)
    with visit.run():
        page.get_by_role("button", name="Back", exact=True).click()
    expect(told(page)).to_have_text(ranked(1), timeout=NEXT_MS)
    expect(page).not_to_have_url(re.compile("profile="))
    expect(frame.locator("path.chosen")).to_have_count(0)
    assert view_of(frame) == whole


def test_only_one_area_is_shown_and_the_map_goes_there(visit: Visit) -> None:
    frame, page = open_map(visit), visit.page
    whole = view_of(frame)
    with visit.run():
        page.locator(".st-key-areas-here button").filter(has_text="社区").first.click()
    expect(page).to_have_url(re.compile("profile="), timeout=NEXT_MS)
    name = told(page).inner_text()
    with visit.run():
        page.get_by_role("button", name="Show only this").click()
    expect(page).to_have_url(re.compile("area="), timeout=NEXT_MS)
    filters = page.get_by_test_id("stSidebar").get_by_test_id("stExpander")
    if not filters.locator("details[open]").count():  # Streamlit keeps it as the reader left it
        filters.locator("summary").click()
    expect(filters).to_contain_text(name, timeout=NEXT_MS)
    expect(page.get_by_role("button", name="Show only this")).to_have_count(0, timeout=NEXT_MS)
    settle(page, frame)
    assert view_of(frame)[0] > whole[0] + 1


def test_the_outline_of_a_market_leads_to_its_profile(visit: Visit) -> None:
    frame, page = open_map(visit), visit.page
    name = frame.locator("#map_div").evaluate(
        """() => {
          const market = map.areas.find(area => area.kind === 'market');
          map.takeView();
          map.setView(market.at, 16, {animate: false});
          window.corner = L.hexUnpack(market.rings[0]);
          return market.name;
        }"""
    )
    settle(page, frame)
    middle = "[(corner[0][0] + corner[1][0]) / 2, (corner[0][1] + corner[1][1]) / 2]"
    tip = frame.locator(".leaflet-tooltip").filter(has_text=name)
    frame.locator("#map_div").hover(position=on_map(frame, middle))
    expect(tip).to_be_visible()
    told(page).hover()  # the pointer leaves the map without another move on it
    expect(tip).to_have_count(0)
    with visit.run():
        frame.locator("#map_div").click(position=on_map(frame, middle))
    expect(told(page)).to_have_text(name, timeout=NEXT_MS)
    expect(page.locator(".story .say")).to_contain_text("(Market)")
