"""The real app on a free port, and a real Chromium that may speak to this machine only."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlparse

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, Route, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
HERE = ("localhost", "127.0.0.1")
START_SECONDS = 60


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
    """A page of the app, and what it did that it should not."""

    page: Page
    address: str
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


@pytest.fixture
def visit(chromium: Browser, address: str) -> Iterator[Visit]:
    """A fresh visit at 1366x768 in the light theme; whatever it does, it asks no other host and logs no error."""
    context = chromium.new_context(viewport={"width": 1366, "height": 768}, color_scheme="light", accept_downloads=True)
    opened = Visit(context.new_page(), address)
    opened.watch()
    yield opened
    context.close()
    assert opened.foreign == []
    assert opened.errors == []
