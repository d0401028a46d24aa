"""The real app on a free port, and a real Chromium that may speak to this machine only."""

from __future__ import annotations

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

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, WebSocket, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
HERE = ("localhost", "127.0.0.1")
QUIET = (
    "--no-sandbox",
    "--host-resolver-rules=MAP * ~NOTFOUND, " + ", ".join(f"EXCLUDE {name}" for name in HERE),
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
START_SECONDS = 60
RUN_MS = 40_000
THEMES = ("light", "dark")
COUNT_RUNS = """
  const state = 'data-test-script-state';
  window.runsDone = 0;
  new MutationObserver(changes => changes.forEach(change => {
    const before = change.oldValue, now = change.target.getAttribute(state);
    if (before && before !== 'notRunning' && now === 'notRunning') runsDone++;
  })).observe(document, {subtree: true, attributes: true, attributeOldValue: true, attributeFilter: [state]});
"""


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if path is None:
        reason = "needs a browser: none of " + ", ".join(BROWSERS) + " is on this machine"
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        yield from _launched(playwright, path)


def _launched(playwright: Playwright, path: str) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=path, args=list(QUIET))
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def address(chromium: Browser) -> Iterator[str]:
    """The address of the app, started for these tests and ended after them."""
    with socket.socket() as free:
        free.bind((HERE[1], 0))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        "app.py",
        "--server.port",
        str(port),
        "--server.headless",
        "true",
    ]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as app:
        try:
            _wait(f"http://localhost:{port}/_stcore/health", app)
            yield f"http://localhost:{port}"
        finally:
            app.terminate()


def _wait(url: str, app: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if app.poll() is not None:
            pytest.fail(f"the app ended with code {app.returncode} before it answered")
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.3)
    pytest.fail("the app did not answer")


@dataclass
class Visit:
    """A page of the app, and what it did that it should not. Names of other hosts are not resolved in this browser."""

    page: Page
    address: str
    foreign: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    received: int = 0  # bytes that came over the page's socket

    def watch(self) -> None:
        self.page.on("request", lambda request: self._asked(request.url))
        self.page.on("websocket", self._listen)
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda fault: self.errors.append(str(fault)))
        self.page.add_init_script(COUNT_RUNS)

    @contextmanager
    def run(self) -> Iterator[None]:
        """What is done within makes the script of the page run; go on when that run has ended."""
        done = self.page.evaluate("runsDone")
        yield
        self.page.wait_for_function("done => runsDone > done", arg=done, timeout=RUN_MS)

    def _asked(self, address: str) -> None:
        url = urlparse(address)
        if url.scheme in ("http", "https", "ws", "wss") and url.hostname not in HERE:
            self.foreign.append(address)

    def _listen(self, socket: WebSocket) -> None:
        self._asked(socket.url)
        socket.on("framereceived", self._count)

    def _count(self, frame: str | bytes) -> None:
        self.received += len(frame)

    def _heard(self, message: ConsoleMessage) -> None:
        icon = message.location["url"].endswith("/favicon.ico")  # the browser asks for it by itself
        if message.type == "error" and not icon:
            self.errors.append(message.text)


@pytest.fixture(scope="session")
def themes(chromium: Browser) -> Iterator[dict[str, BrowserContext]]:
    """A browser at 1366x768 for each theme. Streamlit's scripts are loaded once; each page is a visit of its own."""
    size = {"width": 1366, "height": 768}
    contexts = {
        theme: chromium.new_context(viewport=size, color_scheme=theme, accept_downloads=True) for theme in THEMES
    }
    yield contexts
    for context in contexts.values():
        context.close()


@pytest.fixture
def visits(themes: dict[str, BrowserContext], address: str) -> Iterator[Callable[[str], Visit]]:
    """Open a fresh visit in a theme; whatever it does, it asks no other host and logs no error."""
    opened: list[Visit] = []

    def visit(theme: str) -> Visit:
        opened.append(Visit(themes[theme].new_page(), address))
        opened[-1].watch()
        return opened[-1]

    yield visit
    for one in opened:
        one.page.close()
    for one in opened:
        assert one.foreign == []
        assert one.errors == []


@pytest.fixture
def visit(visits: Callable[[str], Visit]) -> Visit:
    """A fresh visit at 1366x768 in the light theme; whatever it does, it asks no other host and logs no error."""
    return visits("light")
