"""What axe-core finds on every page, in both languages and themes, and what it cannot judge: names over the map."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from geo.maps.palette import PALETTES
from tests.browser.conftest import Visit
from tests.browser.screen import EVERY_LOOK, EVERY_THEME, NEXT_MS, choose_view, go_to, open_map, told

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

GRAVE = ("serious", "critical")
WORDS = {"en": ("Download the list", "Change", "Data", "en"), "zh": ("下载清单", "变化", "数据", "zh-CN")}
FADE_MS = 500
LEAST_CONTRAST = 4.5  # WCAG 1.4.3, small text


def faults(page: Page) -> list[str]:
    """Return the serious and critical faults of the page and of the frames in it, at rest: rule, element, why.

    While a run goes on, Streamlit shows what it may replace half transparent.
    """
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=NEXT_MS)
    expect(page.locator('[data-stale="true"]')).to_have_count(0, timeout=NEXT_MS)
    page.wait_for_timeout(FADE_MS)
    found = []
    for frame in page.frames:
        frame.evaluate(Axe().axe_script)
        result = frame.evaluate("axe.run({resultTypes: ['violations'], iframes: false})")
        found += [
            f"{rule['id']}: {node['html'][:200]}: {node['failureSummary']}"
            for rule in result["violations"]
            if rule["impact"] in GRAVE
            for node in rule["nodes"]
        ]
    return found


def contrast(over: str, under: str, opacity: float) -> float:
    """Return the contrast of two colours, rgb(...) or #rrggbb, as WCAG 2 defines it."""

    def channels(colour: str) -> list[float]:
        if colour.startswith("#"):
            return [int(colour[k : k + 2], 16) for k in (1, 3, 5)]
        return [float(part) for part in re.findall(r"[\d.]+", colour)[:3]]

    def luminance(rgb: list[float]) -> float:
        linear = [(c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4) for c in (v / 255 for v in rgb)]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    ground = channels(under)
    ink = [o * opacity + u * (1 - opacity) for o, u in zip(channels(over), ground, strict=True)]
    dark, light = sorted((luminance(ink), luminance(ground)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(("lang", "theme"), EVERY_LOOK)
def test_no_page_has_a_serious_fault(lang: str, theme: str, visits: Callable[[str], Visit]) -> None:
    visit, (button, change, data, html_lang) = visits(theme), WORDS[lang]
    page, frame = visit.page, open_map(visit, lang)
    assert page.evaluate("document.documentElement.lang") == html_lang
    assert frame.locator("html").get_attribute("lang") == html_lang
    assert faults(page) == []
    page.get_by_text(button).click()
    expect(page.get_by_test_id("stPopoverBody")).to_be_visible(timeout=NEXT_MS)
    assert faults(page) == []
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("stPopoverBody")).to_be_hidden()
    choose_view(visit, change)
    expect(page.locator(".bars")).to_be_visible(timeout=NEXT_MS)
    assert faults(page) == []
    cell = told(page).inner_text()
    with visit.run():
        page.locator(".st-key-areas-here button").first.click()
    expect(told(page)).not_to_have_text(cell, timeout=NEXT_MS)
    assert faults(page) == []
    go_to(page, data)
    expect(page.locator(".quality")).to_be_visible(timeout=NEXT_MS)
    assert faults(page) == []


@pytest.mark.parametrize("theme", EVERY_THEME)
def test_names_on_the_map_stand_out_from_their_halo(theme: str, visits: Callable[[str], Visit]) -> None:
    """axe-core does not judge text over a drawing; each name carries a halo of the page's colour."""
    visit = visits(theme)
    frame = open_map(visit)
    names = frame.locator(".names > *").evaluate_all(
        """labels => labels.map(label => {
          const style = getComputedStyle(label);
          return [label.className, style.color, Number(style.opacity), style.textShadow, style.backgroundColor];
        })"""
    )
    assert {name.split()[0] for name, *_ in names} == {"name", "rank"}
    for name, colour, opacity, halo, ground in names:
        if name.startswith("rank"):
            assert contrast(colour, ground, 1) >= LEAST_CONTRAST, name
        else:
            assert halo != "none"
            assert contrast(colour, PALETTES[theme].page, opacity) >= LEAST_CONTRAST, name
