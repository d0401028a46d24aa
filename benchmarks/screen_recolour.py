"""Recolouring: the same cells, classes, tooltip and button in two minimal pages, ours and plain folium's, in turn."""

from __future__ import annotations

import os
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser

from benchmarks import screen_cells as told
from benchmarks.browser import NEAR, WAIT_MS, Pixels, Probe, Repaint, Server, Visit, repaint, served, visit
from benchmarks.peers.geojson_map import SAME_CONTENT, VARIANTS

DOOR = """from pathlib import Path

from benchmarks.screen_page import page

page(Path(__file__).parent / "static")
"""
AJAX = """window.$ = { ajax: function (url) {          // what folium's template needs of jQuery, and no more
  const call = new XMLHttpRequest();
  call.open('GET', url, false);
  call.send();
  return { done: function (use) { use(JSON.parse(call.responseText)); } };
} };
"""
PROBES = 12
OUTER = 0.35
"""Probes are taken among this share of the cells, those nearest to the centre: they are in view."""


@contextmanager
def pages() -> Iterator[Server]:
    """Serve both pages from a folder of their own."""
    with tempfile.TemporaryDirectory(prefix="hexward-bench-") as name:
        folder = Path(name)
        (folder / "static").mkdir()
        (folder / "static" / "ajax.js").write_text(AJAX)
        (folder / "door.py").write_text(DOOR)
        with served(folder / "door.py") as server:
            yield server


def probes(seen: Visit, cells: int, version: int) -> list[Probe]:
    """Return places whose class changes between this version and the one before, with their new colour."""
    now, before = told.classes(cells, version), told.classes(cells, version - 1)
    near = np.flatnonzero(now != before)
    near = near[near < cells * OUTER]
    chosen = near[np.linspace(0, len(near) - 1, PROBES).astype(int)]
    where = seen.map.evaluate(
        "places => places.map(p => { const at = map.latLngToContainerPoint(p); return [at.x, at.y]; })",
        told.places(cells)[chosen].tolist(),
    )
    alpha = round(255 * told.OPACITY)
    return [
        (x, y, [*told.rgb(told.COLOURS[kind]), alpha]) for (x, y), kind in zip(where, now[chosen].tolist(), strict=True)
    ]


class Page:
    """One of the pages, open, painted and checked."""

    def __init__(self, seen: Visit, cells: int) -> None:
        self.seen, self.cells, self.version = seen, cells, told.FIRST
        seen.settle()
        first = probes(seen, cells, told.FIRST)
        seen.map.evaluate("probes => { bench.watch(probes); return bench.all; }", first)
        button = seen.page.get_by_role("button", name=told.BUTTON).bounding_box(timeout=WAIT_MS)
        if button is None:
            raise RuntimeError("the page has no button")
        self.press = (button["x"] + button["width"] / 2, button["y"] + button["height"] / 2)

    def recolour(self) -> Repaint:
        self.version += 1
        changing, corner = probes(self.seen, self.cells, self.version), self.seen.corner()
        return repaint(self.seen, self.press, changing, lambda picture: shows(picture, corner, changing))


def shows(picture: Pixels, corner: tuple[float, float], changing: list[Probe]) -> bool:
    """Return whether nine in ten of the probes are seen in a picture of the page, over white."""
    hits = 0
    for x, y, (*colour, alpha) in changing:
        wanted = np.array(colour) * alpha / 255 + 255 - alpha
        hits += bool(np.abs(picture[int(corner[1] + y), int(corner[0] + x)] - wanted).max() <= 2 * NEAR)
    return hits >= 0.9 * len(changing)


@dataclass(frozen=True)
class Runs:
    """Several repaints of one page."""

    runs: list[Repaint]
    load: float
    """of the machine when the first began: the one-minute average"""

    def median(self, name: str) -> float:
        return statistics.median(getattr(run, name) for run in self.runs)

    def span(self, name: str) -> str:
        values = sorted(getattr(run, name) for run in self.runs)
        return f"{values[0] / 1000:.2f} to {values[-1] / 1000:.2f}"

    @property
    def weight(self) -> float:
        """Bytes, those of files included."""
        return statistics.median(run.bytes + run.files for run in self.runs)


def address(server: Server, kind: str, cells: int, *, new_numbers: bool = False) -> str:
    return f"{server.address}/?map={kind}&cells={cells}" + ("&new_numbers=1" if new_numbers else "")


def variants(browser: Browser, server: Server, cells: int) -> dict[str, Runs]:
    """Return three repaints of each plain variant; the first of each is warming up and not among them."""
    found = {}
    for kind in VARIANTS:
        load = os.getloadavg()[0]
        with visit(browser, address(server, kind, cells)) as seen:
            page = Page(seen, cells)
            page.recolour()
            found[kind] = Runs([page.recolour() for _ in range(3)], load)
            _clean(seen)
    return found


def best(found: dict[str, Runs]) -> str:
    """Return the variant that is fastest to the first changed pixel, of those that show the same tooltip."""
    return min(SAME_CONTENT, key=lambda kind: found[kind].median("first"))


def in_turn(browser: Browser, server: Server, cells: int, peer: str, rounds: int) -> dict[str, Runs]:
    """Return `rounds` repaints of ours, of ours with new numbers in the tooltip as well, and of the peer, in turn."""
    asked = {
        "ours": address(server, "ours", cells),
        "numbers": address(server, "ours", cells, new_numbers=True),
        "peer": address(server, peer, cells),
    }
    found: dict[str, list[Repaint]] = {name: [] for name in asked}
    load = os.getloadavg()[0]
    with (
        visit(browser, asked["ours"]) as first,
        visit(browser, asked["numbers"]) as second,
        visit(browser, asked["peer"]) as third,
    ):
        opened = {name: Page(seen, cells) for name, seen in zip(asked, (first, second, third), strict=True)}
        for page in opened.values():
            page.recolour()
        for _ in range(rounds):
            for name, page in opened.items():
                page.seen.page.bring_to_front()  # a page in the background gets no animation frames
                found[name].append(page.recolour())
        for page in opened.values():
            _clean(page.seen)
    return {name: Runs(runs, load) for name, runs in found.items()}


def _clean(seen: Visit) -> None:
    if seen.foreign or seen.errors:
        raise RuntimeError(f"foreign requests {seen.foreign}, console {seen.errors}")
