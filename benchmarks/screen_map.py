"""The app's own Map page, with a generated city loaded as a planner loads one: switched, clicked, panned, zoomed."""

from __future__ import annotations

import os
import statistics
import time
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser, Error, expect

from benchmarks.browser import FRAME, NEAR, WAIT_MS, Held, Pixels, Probe, Repaint, Server, Visit, held, repaint, visit
from benchmarks.screen_city import Files, Size, write

GRID = (48, 28)
PROBES = 40
DIFFERENT = 40
"""Smallest difference of a channel between the two colours of a probe."""
PAUSE_MS = 500
VIEWS = ("Hot spots", "Incidents")
SAMPLE_EVERY = 40
WHEEL_PIXELS, ZOOMS = 240, 8
RING_PIXELS = 14
HEADER_PIXELS, ROW_PIXELS = 33, 29
"""Of the list under the map."""

TARGETS = """reach => {
  let cells;
  map.eachLayer(layer => { if (layer.cellAt) cells = layer; });
  const steps = [-reach, 0, reach], near = steps.flatMap(x => steps.map(y => [x, y])), size = map.getSize();
  return map.furniture.ranks.map(rank => {
    const at = map.latLngToContainerPoint(rank.at), own = cells.cellAt(L.latLng(rank.at));
    const inside = at.x > 12 && at.y > 12 && at.x < size.x - 12 && at.y < size.y - 12;
    const hit = inside && document.elementFromPoint(at.x, at.y), covered = !hit || hit.closest('.leaflet-control');
    const area = map.above.some(under => under(L.latLng(rank.at)));
    const sure = near.every(by => cells.cellAt(map.containerPointToLatLng(at.add(by))) === own);
    return { rank: rank.text, x: at.x, y: at.y, free: sure && !covered && !area };
  }).filter(target => target.free);
}"""
"""A place in each cluster that a miss by so many pixels does not miss, under no area and no legend."""

TELLS = """rank => { const list = '[data-testid="stDataFrame"] canvas', old = document.querySelector(list);
bench.told = bench.until(() => {
  const title = document.querySelector('.story h3'), sentence = document.querySelector('.story .say');
  if (!title || !sentence || !sentence.textContent || !title.textContent.startsWith(rank + '. ')) return false;
  const grid = document.querySelector(list);
  if (!grid || !grid.width || grid === old) return false;
  const box = grid.getBoundingClientRect(), inks = [];
  for (let y = HEADER + ROW / 2; y < box.height - 2; y += ROW) inks.push(bench.ink(box.left + 3, box.top + y));
  const gap = (a, b) => Math.max(...a.map((value, k) => Math.abs(value - b[k])));
  const plain = inks.find(ink => inks.filter(other => gap(ink, other) <= 2).length > inks.length / 2);
  if (!plain || !plain[3]) return false;
  const marked = inks.map((ink, k) => gap(ink, plain) > 2 ? k : -1).filter(k => k >= 0);
  return marked.length === 1 && marked[0] === (rank <= inks.length ? rank - 1 : 0);
}); }""".replace("HEADER", str(HEADER_PIXELS)).replace("ROW", str(ROW_PIXELS))
"""The story names the cluster, its sentence stands beside (one element with the name), and in a list drawn since, its
row alone has another ground: a row from further down is put on top."""

LOOK = """([wide, high]) => Array.from({ length: wide * high }, (_, k) => {
  const x = Math.round((k % wide + 0.5) * innerWidth / wide) + 0.5;
  const y = Math.round((Math.floor(k / wide) + 0.5) * innerHeight / high) + 0.5;
  return [x, y, bench.ink(x, y)];
})"""


@dataclass(frozen=True)
class Click:
    """A click on a hexagon: milliseconds until the row was marked and the sentence told."""

    told: float
    arrived: float
    """until the last byte of the largest message"""
    bytes: int


@dataclass(frozen=True)
class Frames:
    """Intervals between animation frames while the map was dragged and zoomed, in milliseconds."""

    intervals: list[float]
    longest_during: str

    @property
    def longest(self) -> float:
        return max(self.intervals)

    @property
    def p95(self) -> float:
        return float(np.percentile(self.intervals, 95))


@dataclass(frozen=True)
class Memory:
    """What page and server held after so many interactions."""

    after: int
    page: Held
    server_mb: float


class MapPage:
    """The Map page, showing a generated city that was loaded on the Data page."""

    def __init__(self, seen: Visit, files: Files) -> None:
        self.seen, self.page = seen, seen.page
        started = time.perf_counter()
        self._load(files)
        self.load_seconds = time.perf_counter() - started
        seen.settle()

    def _load(self, files: Files) -> None:
        page = self.page
        expect(page.locator(".story h3")).to_be_visible(timeout=WAIT_MS)
        page.get_by_test_id("stTopNavLinkContainer").get_by_text("Data").click()
        page.locator('input[type="file"]').nth(0).set_input_files(files.reports, timeout=WAIT_MS)
        page.locator('input[type="file"]').nth(1).set_input_files([files.communities, files.markets])
        expect(page.get_by_test_id("stSelectbox").filter(has_text=files.markets.name)).to_be_visible(timeout=WAIT_MS)
        page.get_by_role("button", name="Use these files").click(timeout=WAIT_MS)
        expect(page.get_by_text("Your files", exact=True)).to_be_visible(timeout=WAIT_MS)
        page.get_by_test_id("stTopNavLinkContainer").get_by_text("Map").click()
        expect(page.locator(".story h3")).to_be_visible(timeout=WAIT_MS)

    def press(self, view: str) -> tuple[float, float]:
        """Return where the switch to a view is, in CSS pixels."""
        box = self.page.get_by_test_id("stButtonGroup").get_by_text(view, exact=True).bounding_box(timeout=WAIT_MS)
        if box is None:
            raise RuntimeError(f"no switch to {view}")
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def switches(self, rounds: int) -> dict[str, list[Repaint]]:
        """Switch to Incidents and back, and measure each; how both look is learnt first, without a clock.

        Before each another hexagon is clicked: Streamlit would not send a drawing again that it had sent before.
        """
        looks, pictures = {}, {}
        for view in (VIEWS[1], VIEWS[0]):
            self.page.mouse.click(*self.press(view))
            self.page.wait_for_timeout(5 * PAUSE_MS)
            looks[view] = self.seen.map.evaluate(LOOK, list(GRID))
            pictures[view] = self.seen.screenshot()
        chosen = _changing(looks[VIEWS[0]], looks[VIEWS[1]])
        found: dict[str, list[Repaint]] = {view: [] for view in VIEWS}
        elsewhere = iter(_apart(self.seen.map.evaluate(TARGETS, 0), [looks[VIEWS[0]][at] for at in chosen]))
        for _ in range(rounds):
            for view in (VIEWS[1], VIEWS[0]):
                changing: list[Probe] = [looks[view][at] for at in chosen]
                self._press(next(elsewhere))
                self.page.wait_for_timeout(4 * PAUSE_MS)
                picture, corner = pictures[view], self.seen.corner()

                def shown(now: Pixels, picture: Pixels = picture, changing: list[Probe] = changing) -> bool:
                    return alike(now, picture, corner, changing)  # noqa: B023 - used up within the round

                found[view].append(repaint(self.seen, self.press(view), changing, shown))
        return found

    def targets(self) -> list[dict[str, Any]]:
        """Return a free place in each cluster that is in view: x and y in the map's frame."""
        return self.seen.map.evaluate(TARGETS, 1)

    def click(self, target: dict[str, Any]) -> Click:
        """Click on a hexagon, and measure until the page tells of it."""
        self.page.evaluate(TELLS, target["rank"])
        self._press(target)
        try:
            told = self.page.evaluate("() => bench.told")
        except Error as fault:
            now = self.page.locator(".story").inner_text()
            raise RuntimeError(f"clicked on {target}, the page tells of: {now}") from fault
        clicked = self.seen.map.evaluate("() => bench.clicked")
        self.page.wait_for_timeout(PAUSE_MS)
        size, arrived, _ = self.seen.received(clicked)
        return Click(told - clicked, arrived - clicked, size)

    def _press(self, target: dict[str, Any]) -> None:
        x, y = self.seen.corner()
        self.page.mouse.click(x + target["x"], y + target["y"])

    def clicks(self, count: int) -> list[Click]:
        """Click on `count` different clusters, spread over the ranks; zoom in until their cells can be hit."""
        for _ in range(ZOOMS):
            targets = [target for target in self.targets() if target["rank"] != self._told_rank()]
            if len(targets) >= count:
                break
            self._wheel(self._middle(), -WHEEL_PIXELS / 4)
        else:
            raise RuntimeError(f"only {len(targets)} clusters are in view")
        first = count // 4  # rows at the top of the list; those further down are put on top
        others = np.linspace(first, len(targets) - 1, count - first).astype(int)
        return [self.click(targets[at]) for at in (*range(first), *others)]

    def _told_rank(self) -> str:
        return self.page.locator(".story h3").inner_text().split(". ")[0]

    def frames(self) -> Frames:
        """Drag and zoom, near and far, and return the intervals between the animation frames in the map's frame."""
        steps: list[tuple[float, str]] = []
        self.seen.film()
        for name, act in self._moves():
            steps.append((time.time() * 1000, name))
            act()
        self.page.wait_for_timeout(PAUSE_MS)
        times = self.seen.filmed()
        intervals = np.diff(times).tolist()
        worst = int(np.argmax(intervals))
        during = [name for at, name in steps if at <= times[worst + 1]]
        return Frames(intervals, during[-1] if during else "the beginning")

    def _moves(self) -> list[tuple[str, Any]]:
        middle = self._middle()
        drags = [(160, 0), (-160, 60), (0, -120), (0, 120)]
        moves: list[tuple[str, Any]] = []
        for depth in ("whole city", "closer", "district", "streets"):
            moves += [(f"dragging, {depth}", lambda by=by: self._drag(middle, by)) for by in drags]
            moves += [(f"zooming in, {depth}", lambda: self._wheel(middle, -WHEEL_PIXELS))] * 2
        return moves + [("zooming out", lambda: self._wheel(middle, WHEEL_PIXELS))] * 8

    def _middle(self) -> tuple[float, float]:
        """Return the middle of what the legend leaves of the map."""
        box = self.page.locator(FRAME).bounding_box()
        if box is None:
            raise RuntimeError("the map is not on the page")
        return box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.5

    def _drag(self, start: tuple[float, float], by: tuple[float, float]) -> None:
        self.page.mouse.move(*start)
        self.page.mouse.down()
        self.page.mouse.move(start[0] + by[0], start[1] + by[1], steps=20)
        self.page.mouse.up()
        self.page.wait_for_timeout(PAUSE_MS)

    def _wheel(self, at: tuple[float, float], delta: float) -> None:
        self.page.mouse.move(*at)
        self.page.mouse.wheel(0, delta)
        self.page.wait_for_timeout(PAUSE_MS)

    def long_use(self, interactions: int, server: Server) -> list[Memory]:
        """Click on hexagons, switch views and pan, so many times in all; return the memory at every fortieth."""
        middle = self._middle()
        found = [Memory(0, held(self.page), server.resident_mb())]
        views, ways, ranks = cycle((VIEWS[1], VIEWS[0])), cycle(((40, 20), (-40, -20))), 0
        for number in range(1, interactions + 1):
            match number % 4:
                case 0:
                    self._drag(middle, next(ways))
                case 2:
                    self._switch(next(views))
                case _:
                    targets = [target for target in self.targets() if target["rank"] != self._told_rank()]
                    ranks += 1
                    self.click(targets[ranks * 7 % len(targets)])
            if number % SAMPLE_EVERY == 0:
                self.page.wait_for_timeout(4 * PAUSE_MS)
                found.append(Memory(number, held(self.page), server.resident_mb()))
        return found

    def _switch(self, view: str) -> None:
        legend = self.seen.map.locator(".legend").inner_text()
        self.page.mouse.click(*self.press(view))
        expect(self.seen.map.locator(".legend")).not_to_have_text(legend, timeout=WAIT_MS, use_inner_text=True)


def _changing(one: list[Probe], other: list[Probe]) -> list[int]:
    """Return where two looks of the map differ clearly: at most PROBES places, spread over all."""
    gaps = np.abs(np.array([probe[2] for probe in one]) - np.array([probe[2] for probe in other])).max(axis=1)
    places = np.flatnonzero(gaps >= DIFFERENT)
    if len(places) < PROBES:
        raise RuntimeError(f"only {len(places)} of the places looked at change their colour")
    return places[np.linspace(0, len(places) - 1, PROBES).astype(int)].tolist()


def _apart(targets: list[dict[str, Any]], probes: list[Probe]) -> list[dict[str, Any]]:
    """Return the targets that no ring around them brings near to a probe."""
    at = np.array([[x, y] for x, y, _ in probes])
    return [target for target in targets if np.hypot(*(at - [target["x"], target["y"]]).T).min() > RING_PIXELS]


def alike(now: Pixels, picture: Pixels, corner: tuple[float, float], probes: list[Probe]) -> bool:
    """Return whether nine in ten of the probes have, in one picture of the page, their colour of the other."""
    at = [(int(corner[1] + y), int(corner[0] + x)) for x, y, _ in probes]
    return sum(bool(np.abs(now[place] - picture[place]).max() <= NEAR) for place in at) >= 0.9 * len(at)


@dataclass(frozen=True)
class Report:
    """What was measured with one city. `load` is the machine's one-minute average when it began."""

    size: Size
    seconds: float
    """from the upload to the map"""
    switches: dict[str, list[Repaint]]
    clicks: list[Click]
    frames: Frames | None
    memory: list[Memory]
    foreign: list[str]
    errors: list[str]
    load: float

    def click_median(self) -> float:
        return statistics.median(click.told for click in self.clicks)


def measure(
    browser: Browser, server: Server, size: Size, folder: Path, *, rounds: int, clicks: int, interactions: int = 0
) -> Report:
    """Load a city of this size and measure its page; frames and memory where `interactions` are asked for."""
    files = write(size, folder)
    load = os.getloadavg()[0]
    with visit(browser, f"{server.address}/?lang=en") as seen:
        page = MapPage(seen, files)
        switches = page.switches(rounds)
        frames = page.frames() if interactions else None
        told = page.clicks(clicks)
        memory = page.long_use(interactions, server) if interactions else []
        return Report(
            size, page.load_seconds, switches, told, frames, memory, list(seen.foreign), list(seen.errors), load
        )
