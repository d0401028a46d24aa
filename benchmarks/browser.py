"""A Streamlit program on a free port and a real Chromium beside it: what arrives, what is painted, and when.

Every clock is the browser's own, `performance.timeOrigin + performance.now()`: page and map frame agree. WEIGH runs
before anything else in both. It notes the time of each click and the size of each WebSocket message (Streamlit sends
them uncompressed), and waits, with one look per animation frame, until canvas pixels have the colours expected. A look
is `getImageData`: it sees what was drawn, not merely what was ordered. A screenshot then says whether it is shown.
"""

from __future__ import annotations

import io
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlparse

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, ConsoleMessage, Frame, Page, Route, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = ("--no-sandbox", "--disable-background-networking", "--disable-component-update", "--no-first-run")
HERE = ("localhost", "127.0.0.1")
FRAME = 'iframe[title^="streamlit_folium"]'
VIEWPORT = (1366, 768)
START_SECONDS, WAIT_MS = 60, 60_000
NEAR = 8
"""Largest difference of a channel between two pixels that count as one colour; antialiasing and rounding need it."""

WEIGH = """(() => {
  const now = () => performance.timeOrigin + performance.now();
  const bench = window.bench = { clicked: NaN, received: [], frames: [] };
  addEventListener('click', () => { bench.clicked = now(); }, true);
  const Plain = window.WebSocket;
  window.WebSocket = class extends Plain {
    constructor(...how) {
      super(...how);
      this.addEventListener('message', e => bench.received.push([now(), e.data.byteLength || e.data.length || 0]));
    }
  };
  bench.ink = (x, y) => {                    // RGBA of the uppermost canvas that holds something there
    for (const canvas of Array.from(document.querySelectorAll('canvas')).reverse()) {
      const box = canvas.getBoundingClientRect(), scale = canvas.width / box.width;
      const column = Math.floor((x - box.left) * scale), row = Math.floor((y - box.top) * scale);
      if (!(column >= 0 && row >= 0 && column < canvas.width && row < canvas.height)) continue;
      const rgba = canvas.getContext('2d').getImageData(column, row, 1, 1).data;
      if (rgba[3]) return Array.from(rgba);
    }
    return [0, 0, 0, 0];
  };
  bench.has = p => {                         // p: [x, y, [r, g, b, a]]
    const seen = bench.ink(p[0], p[1]);
    return p[2].every((value, k) => Math.abs(value - seen[k]) <= NEAR);
  };
  bench.until = test => new Promise((done, fail) => {
    const start = now();
    const look = () => {
      if (test()) done(now());
      else if (now() - start > WAIT_MS) fail(new Error('never seen: ' + test));
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  bench.watch = probes => {                  // the first of the pixels to change, and the last
    bench.first = bench.until(() => probes.some(bench.has));
    bench.all = bench.until(() => probes.every(bench.has));
  };
  bench.film = () => {
    bench.frames = [];
    bench.filming = true;
    const next = at => { bench.frames.push(at); if (bench.filming) requestAnimationFrame(next); };
    requestAnimationFrame(next);
  };
})();""".replace("NEAR", str(NEAR)).replace("WAIT_MS", str(WAIT_MS))

Pixels = NDArray[np.float64]
Probe = tuple[float, float, list[int]]
"""A place in the map's frame, in CSS pixels, and the RGBA its canvas must come to hold."""


@dataclass(frozen=True)
class Server:
    """A Streamlit program that answers."""

    address: str
    process: int

    def resident_mb(self) -> float:
        """Return the memory the process holds, in MB (Linux)."""
        pages = int(Path(f"/proc/{self.process}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@contextmanager
def served(script: Path) -> Iterator[Server]:
    """Serve a Streamlit script with the app's own settings; it ends with the block."""
    with socket.socket() as free:
        free.bind((HERE[1], 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [*command, "--server.headless", "true"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as program:
        try:
            _wait(f"http://localhost:{port}/_stcore/health", program)
            yield Server(f"http://localhost:{port}", program.pid)
        finally:
            program.terminate()


def _wait(url: str, program: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if program.poll() is not None:
            raise RuntimeError(f"the program ended with code {program.returncode} before it answered")
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.3)
    raise RuntimeError("the program did not answer")


def browser_path() -> str | None:
    """Return where Chromium is, or None."""
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Open Chromium, without a graphics card."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=list(QUIET))
        yield browser
        browser.close()


@dataclass
class Visit:
    """A page, and what it did that it should not: `foreign` requests (blocked) and `errors` on its console."""

    page: Page
    foreign: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def watch(self) -> None:
        self.page.context.route("**/*", self._only_here)
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda fault: self.errors.append(str(fault)))

    def _only_here(self, route: Route) -> None:
        url = urlparse(route.request.url)
        if url.scheme in ("http", "https", "ws", "wss") and url.hostname not in HERE:
            self.foreign.append(route.request.url)
            route.abort()
        else:
            route.continue_()

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    @property
    def map(self) -> Frame:
        """The frame the map lives in."""
        frame = self.page.locator(FRAME).element_handle(timeout=WAIT_MS).content_frame()
        if frame is None:
            raise RuntimeError("the map has no frame")
        return frame

    def settle(self) -> None:
        """Wait until the map stands still, its size included, for a second."""
        rest = "() => window.map ? JSON.stringify([map.getZoom(), map.getSize(), map.getCenter()]) : ''"
        seen: list[str] = []
        until = time.monotonic() + WAIT_MS / 1000
        while time.monotonic() < until:
            seen.append(self.map.evaluate(rest))
            if seen[-1] and seen[-5:].count(seen[-1]) == 5:
                return
            self.page.wait_for_timeout(250)
        raise RuntimeError(f"the map did not come to rest: {seen[-4:]}")

    def corner(self) -> tuple[float, float]:
        """Return where the map's frame begins in the page, in CSS pixels."""
        box = self.page.locator(FRAME).bounding_box()
        if box is None:
            raise RuntimeError("the map is not on the page")
        return box["x"], box["y"]

    def screenshot(self) -> Pixels:
        """Return the page as it is shown: rows, columns, RGB."""
        return np.asarray(Image.open(io.BytesIO(self.page.screenshot())).convert("RGB"), float)

    def film(self) -> None:
        """Note the time of every animation frame of the map from now on."""
        self.map.evaluate("() => bench.film()")

    def filmed(self) -> list[float]:
        """Return the times of the animation frames since `film`, in milliseconds, and end it."""
        return self.map.evaluate(
            "() => { bench.filming = false; return bench.frames.map(at => performance.timeOrigin + at); }"
        )

    def received(self, since: float) -> tuple[int, float, int]:
        """Return what came since then: WebSocket bytes, when the largest message came, and bytes of files."""
        messages = self.page.evaluate("since => bench.received.filter(message => message[0] >= since)", since)
        files = sum(frame.evaluate(FILES, since) for frame in self.page.frames)
        largest = max(messages, key=lambda message: message[1], default=[since, 0])
        return sum(size for _, size in messages), largest[0], files


FILES = """since => performance.getEntriesByType('resource')
  .filter(e => performance.timeOrigin + e.startTime >= since).reduce((sum, e) => sum + e.transferSize, 0)"""


@contextmanager
def visit(browser: Browser, url: str) -> Iterator[Visit]:
    """Open a fresh visit that may speak to this machine only."""
    wide, high = VIEWPORT
    context = browser.new_context(viewport={"width": wide, "height": high}, color_scheme="light", locale="en-US")
    opened = Visit(context.new_page())
    opened.watch()
    context.add_init_script(WEIGH)
    opened.page.goto(url)
    yield opened
    context.close()


@dataclass(frozen=True)
class Repaint:
    """One change of the map: milliseconds from the click, and bytes."""

    first: float
    """to the first pixel of the canvas that has its new colour"""
    shot: float
    """to a returned screenshot that shows it"""
    arrived: float
    """to the last byte of the largest message: what the server and the way took"""
    bytes: int
    """received over the WebSocket"""
    files: int
    """received as files"""


def repaint(seen: Visit, press: tuple[float, float], probes: list[Probe], shown: Callable[[Pixels], bool]) -> Repaint:
    """Click at `press` and measure until `probes` have their new colours on the canvas, and `shown` in a screenshot.

    Raises RuntimeError where screenshots do not come to show what the canvas holds.
    """
    frame, before = seen.map, seen.page.evaluate("() => performance.timeOrigin + performance.now()")
    frame.evaluate("probes => { bench.watch(probes); }", probes)
    seen.page.mouse.click(*press)
    frame.evaluate("() => bench.all")
    first = frame.evaluate("() => bench.first")
    for _ in range(20):
        pixels = seen.screenshot()
        returned = time.time() * 1000
        if shown(pixels):
            break
    else:
        raise RuntimeError("the screenshot does not show what was drawn")
    clicked = seen.page.evaluate("() => bench.clicked")
    if not before <= clicked <= first:
        raise RuntimeError(f"click at {clicked}, watched from {before}, first pixel at {first}")
    seen.page.wait_for_timeout(600)  # what still comes belongs to this change
    size, arrived, files = seen.received(clicked)
    return Repaint(first - clicked, returned - clicked, arrived - clicked, size, files)


@dataclass(frozen=True)
class Held:
    """What a page, its frames included, holds after a full garbage collection."""

    heap_mb: float
    nodes: int
    listeners: int


def held(page: Page) -> Held:
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    session.send("HeapProfiler.enable")
    for _ in range(2):
        session.send("HeapProfiler.collectGarbage")
    found = {entry["name"]: entry["value"] for entry in session.send("Performance.getMetrics")["metrics"]}
    session.detach()
    return Held(found["JSHeapUsedSize"] / 1e6, int(found["Nodes"]), int(found["JSEventListeners"]))
