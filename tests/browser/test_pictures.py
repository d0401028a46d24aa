"""The pictures of the documentation: the map page in both languages and themes at two sizes, looked at and kept.

`make pictures` writes them to docs/images; otherwise they go to a temporary folder, and are checked all the same.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from scipy.spatial import cKDTree

from geo.maps.palette import PALETTES
from geo.words import say
from tests.browser.conftest import ROOT, Visit
from tests.browser.screen import FRAME, LOOK_MS, await_painted, choose_view, open_map, painted, ranked, settle, told
from tests.browser.test_priorities import rest
from tests.browser.test_priorities import turn_to as turn_to_priorities
from tests.browser.test_recurring import choose_list, turn_to

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

SIZES = ((1366, 768), (1920, 1080))
MOST_BYTES = 275_000
COLOURS, OFTEN = 256, 160
SEEN_ALIKE = 0.5  # mean difference of a channel, of 255
OURS = {
    "the story": ".story h3",
    "its sentence": ".story .say",
    "the counts": ".strip",
    "the views": '[data-testid="stMain"] [data-testid="stButtonGroup"]',
    "the map": FRAME,
    "the list": '[data-testid="stDataFrame"]',
    "the way to the files": '[data-testid="stPopoverButton"]',
}


def cut(page: Page) -> list[str]:
    """Return what of ours does not lie whole on the screen, where nothing scrolls to it."""
    size, lost = page.viewport_size, []
    assert size is not None
    for name, where in OURS.items():
        box = page.locator(where).first.bounding_box()
        if box is None or box["x"] < 0 or box["y"] < 0 or box["x"] + box["width"] > size["width"]:
            lost.append(name)
        elif box["y"] + box["height"] > size["height"]:
            lost.append(f"{name}, below")
    return lost


def keep(page: Page, file: Path) -> None:
    """Write what the screen shows, in 256 colours where these look the same; those of surfaces stay as they are."""
    whole = Image.open(io.BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
    seen = np.asarray(whole)
    colours, which, counts = np.unique(seen.reshape(-1, 3), axis=0, return_inverse=True, return_counts=True)
    often = colours[np.argsort(-counts)[:OFTEN]]
    rest = np.reshape(whole.quantize(COLOURS - OFTEN, method=Image.Quantize.MAXCOVERAGE).getpalette() or [], (-1, 3))
    palette = np.concatenate([often, rest]).astype(np.uint8)
    nearest = cKDTree(palette).query(colours)[1].astype(np.uint8)[which.reshape(seen.shape[:2])]
    few = Image.fromarray(nearest, "P")
    few.putpalette(palette.ravel().tolist())
    alike = np.abs(palette[nearest].astype(float) - seen).mean() < SEEN_ALIKE
    (few if alike else whole).save(file, optimize=True)


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_map_page_is_whole_and_has_its_picture_taken(
    lang: str, theme: str, visits: Callable[[str], Visit], tmp_path: Path
) -> None:
    visit, colours = visits(theme), PALETTES[theme]
    page, frame = visit.page, open_map(visit, lang)
    folder = ROOT / "docs/images" if os.environ.get("PICTURES") == "1" else tmp_path
    for wide, high in SIZES:
        page.set_viewport_size({"width": wide, "height": high})
        settle(page, frame)
        expect(told(page)).to_have_text(ranked(1))
        await_painted(page, colours.core, colours.land, at_least=500)
        assert painted(page, colours.hot, colours.land) > 200
        assert painted(page, colours.expected, colours.land) > 5_000
        root = "document.documentElement"
        assert page.evaluate(f"{root}.scrollWidth <= {root}.clientWidth")
        main = page.get_by_test_id("stMain")
        assert main.evaluate("box => box.scrollWidth <= box.clientWidth")
        assert cut(page) == []
        legend = frame.locator(".legend")
        assert legend.evaluate(
            "box => box.getBoundingClientRect().bottom <= innerHeight && box.scrollWidth <= box.clientWidth"
        )
        page.mouse.move(wide - 2, high - 2)
        file = folder / f"map_{lang}_{theme}_{wide}.png"
        keep(page, file)
        assert file.stat().st_size < MOST_BYTES


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "legend", "lang", "theme"),
    [
        ("Relapses", "问题回潮的地方", "zh", "light"),
        ("Clusters", "Clusters through time", "en", "dark"),
        ("Alarms", "突然增多", "zh", "dark"),
        ("Blind spots", "Who saw it", "en", "light"),
    ],
)
def test_each_list_of_what_comes_back_has_its_picture_taken(
    name: str, legend: str, lang: str, theme: str, visits: Callable[[str], Visit], tmp_path: Path
) -> None:
    visit = visits(theme)
    visit.page.set_viewport_size({"width": SIZES[0][0], "height": SIZES[0][1]})
    frame = turn_to(visit, lang)
    if name != "Relapses":
        choose_list(visit, frame, say(name, lang), legend)
    settle(visit.page, frame)
    visit.page.mouse.move(SIZES[0][0] - 2, SIZES[0][1] - 2)
    assert cut(visit.page) == []
    folder = ROOT / "docs/images" if os.environ.get("PICTURES") == "1" else tmp_path
    keep(visit.page, folder / f"recurring_{name.lower().replace(' ', '_')}_{lang}_{theme}.png")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "lang", "theme"),
    [("Ranking", "zh", "light"), ("Choice", "en", "light"), ("Units", "zh", "dark"), ("Score loss", "en", "dark")],
)
def test_each_view_of_what_comes_first_has_its_picture_taken(
    name: str, lang: str, theme: str, visits: Callable[[str], Visit], tmp_path: Path
) -> None:
    visit = visits(theme)
    visit.page.set_viewport_size({"width": SIZES[0][0], "height": SIZES[0][1]})
    turn_to_priorities(visit, lang)
    if name != "Ranking":
        choose_view(visit, say(name, lang))
        rest(visit.page)
        visit.page.wait_for_timeout(LOOK_MS * 30)  # the map fades in
    visit.page.mouse.move(SIZES[0][0] - 2, SIZES[0][1] - 2)
    folder = ROOT / "docs/images" if os.environ.get("PICTURES") == "1" else tmp_path
    file = folder / f"priorities_{name.lower().replace(' ', '_')}_{lang}_{theme}.png"
    keep(visit.page, file)
    assert file.stat().st_size < MOST_BYTES
