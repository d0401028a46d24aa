"""The map page as a planner uses it, in a real browser: seen, clicked, moved, switched, left and found again."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Route, expect

from geo.maps.palette import Fill
from tests.browser.conftest import Visit
from tests.browser.screen import (
    FIRST_MS,
    LIGHT,
    NEXT_MS,
    await_map,
    await_painted,
    choose_view,
    click_hexagon,
    click_row,
    go_to,
    open_map,
    painted,
    ranked,
    row,
    told,
    view_of,
    zoom,
)

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]  # one app and one browser for all of them

CLICK_BYTES = 80_000  # a click is answered by the story, its bars, squares and four checks: 65 KB, and no hexagon
BOX_PIXELS, NAME_PIXELS = 16, 150
COUNT = Fill(LIGHT.count[3], LIGHT.step_opacity)


def test_the_map_is_painted_in_the_colours_of_its_legend(visit: Visit) -> None:
    frame = open_map(visit)
    await_painted(visit.page, LIGHT.core, LIGHT.land, at_least=500)
    assert painted(visit.page, LIGHT.hot, LIGHT.land) > 200
    assert painted(visit.page, LIGHT.expected, LIGHT.land) > 5_000
    choose_view(visit, "Incidents")
    expect(frame.locator(".legend summary")).to_have_text("Incidents per cell", timeout=NEXT_MS)
    await_painted(visit.page, LIGHT.core, LIGHT.land, at_most=100)
    assert painted(visit.page, COUNT, LIGHT.land) > 200


def test_a_clicked_hexagon_is_told_and_its_row_is_marked(visit: Visit) -> None:
    frame, page = open_map(visit), visit.page
    expect(told(page)).to_have_text(ranked(1))
    before, received = view_of(frame), visit.received
    with visit.run():
        click_hexagon(frame, 3)
    expect(told(page)).to_have_text(ranked(3), timeout=NEXT_MS)
    expect(page.locator(".story .say")).to_contain_text("incidents here and in the neighbouring cells")
    expect(frame.locator(".rank.selected")).to_have_text("3", timeout=NEXT_MS)
    expect(row(page, 3)).to_have_attribute("aria-selected", "true", timeout=NEXT_MS)
    expect(page).to_have_url(re.compile("cell=89"))
    assert view_of(frame) == before
    assert visit.received - received < CLICK_BYTES  # no geometry travels a second time
    with visit.run():
        click_row(page, 2)
    expect(told(page)).to_have_text(ranked(2), timeout=NEXT_MS)
    page.wait_for_timeout(1_500)  # a selection written from Python would come back now, and undo the click
    expect(told(page)).to_have_text(ranked(2))
    expect(frame.locator(".rank.selected")).to_have_text("2")
    expect(row(page, 2)).to_have_attribute("aria-selected", "true")
    assert view_of(frame)[0] >= before[0]


def test_a_click_anywhere_on_a_row_tells_its_place_also_on_the_marked_one(visit: Visit) -> None:
    page = visit.page
    open_map(visit)
    for number, across in ((3, NAME_PIXELS), (2, BOX_PIXELS), (2, BOX_PIXELS), (4, NAME_PIXELS)):
        with visit.run():
            click_row(page, number, across=across)
        expect(told(page)).to_have_text(ranked(number), timeout=NEXT_MS)
        expect(row(page, number)).to_have_attribute("aria-selected", "true", timeout=NEXT_MS)


def test_a_click_is_not_lost_to_a_filter_changed_at_once(visit: Visit) -> None:
    frame, page = open_map(visit), visit.page
    click_hexagon(frame, 3)
    page.get_by_test_id("stSidebar").get_by_text("26", exact=True).click()
    expect(page).to_have_url(re.compile("window=26w"), timeout=NEXT_MS)
    expect(page).to_have_url(re.compile("cell=89"), timeout=NEXT_MS)


def test_a_hexagon_whose_row_is_out_of_sight_finds_it_on_top(visit: Visit) -> None:
    frame, page = open_map(visit), visit.page
    with visit.run():
        click_hexagon(frame, 12)
    expect(told(page)).to_have_text(ranked(12), timeout=NEXT_MS)
    expect(row(page, 1).locator("td").first).to_have_text("12", timeout=NEXT_MS)
    expect(row(page, 1)).to_have_attribute("aria-selected", "true")
    expect(row(page, 2).locator("td").first).to_have_text("1")


def test_the_view_stays_where_the_planner_put_it(visit: Visit) -> None:
    frame, page = open_map(visit), visit.page
    whole = view_of(frame)
    box = page.locator("iframe").first.bounding_box()
    assert box is not None
    x, y = box["x"] + 0.7 * box["width"], box["y"] + 0.5 * box["height"]
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 90, y + 60, steps=5)
    page.mouse.up()
    zoom(page, frame, "in", f"> {whole[0] + 0.9}")
    mine = view_of(frame)
    assert mine[0] > whole[0]
    assert mine[1:3] != whole[1:3]
    choose_view(visit, "Ratio")
    expect(frame.locator(".legend summary")).to_have_text("Times the expected number", timeout=NEXT_MS)
    assert view_of(frame) == mine
    with visit.run():
        page.get_by_test_id("stSidebar").get_by_text("8", exact=True).click()
    expect(page).to_have_url(re.compile("window=8w"), timeout=NEXT_MS)
    expect(page.locator(".story .say")).to_contain_text("in 8 weeks", timeout=NEXT_MS)
    assert view_of(frame) == mine
    with visit.run():
        page.get_by_text("中文", exact=True).click()
    expect(frame.locator(".legend summary")).to_have_text("实际是预期的几倍", timeout=NEXT_MS)
    expect(page.locator(".story .say")).to_contain_text("近8周")
    expect(page).to_have_url(re.compile(r"window=8w.*lang=zh|lang=zh.*window=8w"))
    assert view_of(frame) == mine


def test_a_drawing_that_comes_while_the_scripts_load_is_drawn(visit: Visit) -> None:
    """What streamlit-folium is told while its scripts load it does not hear; the map has to show it all the same."""
    page, held, loading = visit.page, list[Route](), True
    page.route("**/app/static/*.js", lambda route: held.append(route) if loading else route.continue_())
    with page.expect_request("**/app/static/*.js", timeout=FIRST_MS):
        page.goto(f"{visit.address}/?lang=en")
        expect(told(page)).to_be_visible(timeout=FIRST_MS)
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=NEXT_MS)
    choose_view(visit, "Incidents")
    assert held
    loading = False
    for route in held:
        route.continue_()
    frame = await_map(page)
    expect(frame.locator(".legend summary")).to_have_text("Incidents per cell")
    await_painted(page, COUNT, LIGHT.land, at_least=200)
    assert painted(page, LIGHT.core, LIGHT.land) < 100


def test_reports_appear_when_the_map_is_near_and_go_when_it_is_far(visit: Visit) -> None:
    frame, page = open_map(visit), visit.page
    dots = "() => Object.values(map._layers).filter(layer => layer instanceof L.CircleMarker).length"
    key = frame.locator(".legend .reports")
    expect(key).to_be_hidden()
    with visit.run():
        click_row(page, 2)
    with visit.run():  # the map asks for the reports of its view
        zoom(page, frame, "in", ">= 15")
    expect(key).to_be_visible()
    assert frame.locator("#map_div").evaluate(dots) > 20
    await_painted(page, Fill(LIGHT.closed), LIGHT.land, at_least=200)
    zoom(page, frame, "out", "< 15")
    expect(key).to_be_hidden()
    assert frame.locator("#map_div").evaluate(dots) == 0
    received = visit.received
    choose_view(visit, "Incidents")
    expect(frame.locator(".legend summary")).to_have_text("Incidents per cell", timeout=NEXT_MS)
    assert visit.received - received < CLICK_BYTES  # the reports do not travel a second time


def test_who_comes_back_from_another_page_finds_the_map_drawn(visit: Visit) -> None:
    frame, page = open_map(visit), visit.page
    with visit.run():
        click_hexagon(frame, 4)
    expect(told(page)).to_have_text(ranked(4), timeout=NEXT_MS)
    go_to(page, "Data")
    expect(page.get_by_test_id("stFileUploader").first).to_be_visible(timeout=NEXT_MS)
    go_to(page, "Map")
    frame = await_map(page)
    expect(told(page)).to_have_text(ranked(4))
    expect(frame.locator(".rank.selected")).to_have_text("4")
    await_painted(page, LIGHT.core, LIGHT.land, at_least=500)


def test_an_address_shows_another_reader_the_same(visits: Callable[[str], Visit]) -> None:
    mine, theirs = visits("light"), visits("light")
    frame = open_map(mine)
    choose_view(mine, "Ratio")
    with mine.run():
        click_hexagon(frame, 5)
    expect(told(mine.page)).to_have_text(ranked(5), timeout=NEXT_MS)
    theirs.page.goto(mine.page.url)
    other = await_map(theirs.page)
    expect(told(theirs.page)).to_have_text(told(mine.page).inner_text())
    expect(other.locator(".rank.selected")).to_have_text("5")
    expect(other.locator(".legend summary")).to_have_text("Times the expected number")


def test_the_way_out_of_a_refusal_leads_to_a_map(visit: Visit) -> None:
    page = visit.page
    page.goto(f"{visit.address}/?lang=en&lens=share")
    expect(page.locator(".empty h3")).to_have_text("This cannot be answered", timeout=FIRST_MS)
    page.locator('[class*="st-key-way-out-categories"] button').first.click()
    expect(told(page)).to_be_visible(timeout=NEXT_MS)
    expect(page).to_have_url(re.compile("category="))
    chosen = page.get_by_test_id("stSidebar").get_by_test_id("stMultiSelect").first
    expect(chosen.get_by_role("button", name="Clear all")).to_have_count(1, timeout=NEXT_MS)
