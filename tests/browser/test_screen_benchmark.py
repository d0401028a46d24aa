"""`make bench-ui` measures what it says: a repaint, bytes, a long frame, a request to a stranger are all noticed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
from playwright.sync_api import Browser, WebSocket

from benchmarks.browser import Server, Visit, held, visit
from benchmarks.screen_cells import FIRST
from benchmarks.screen_recolour import Page, address, pages, probes, shows

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.xdist_group("browser")]  # one browser for all

CELLS = 400
LONG_MS = 400
BUSY = "ms => { const until = performance.now() + ms; while (performance.now() < until); }"


@pytest.fixture(scope="module")
def server(chromium: Browser) -> Iterator[Server]:
    with pages() as running:
        yield running


@pytest.fixture(scope="module")
def seen(chromium: Browser, server: Server) -> Iterator[Visit]:
    with visit(chromium, address(server, "ours", CELLS)) as opened:
        yield opened


def test_a_repaint_is_noticed_and_not_before_it_happens(seen: Visit) -> None:
    page, later = Page(seen, CELLS), probes(seen, CELLS, FIRST + 1)
    assert not seen.map.evaluate("probes => probes.some(bench.has)", later)
    assert not shows(seen.screenshot(), seen.corner(), later)
    found = page.recolour()
    assert 0 < found.first <= found.shot
    assert found.bytes > CELLS  # a class a cell
    assert seen.map.evaluate("probes => probes.every(bench.has)", later)
    assert shows(seen.screenshot(), seen.corner(), later)


def test_bytes_are_those_the_browser_received(chromium: Browser, server: Server) -> None:
    told: list[int] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", lambda payload: told.append(len(payload)))

    with visit(chromium, address(server, "tooltip", CELLS)) as plain:
        Page(plain, CELLS)  # or frames of this connection, not of the one to come, would be told
        plain.page.on("websocket", listen)
        plain.page.reload()
        Page(plain, CELLS)
        plain.page.wait_for_timeout(1_000)
        counted = plain.page.evaluate("() => bench.received.map(message => message[1])")
        assert sum(counted) == sum(told)
        assert max(counted) > 100 * CELLS  # a polygon a cell


def test_a_long_frame_is_noticed(seen: Visit) -> None:
    seen.film()
    seen.page.wait_for_timeout(300)
    seen.map.evaluate(BUSY, LONG_MS)
    seen.page.wait_for_timeout(300)
    times = seen.filmed()
    assert len(times) > 10
    assert max(after - before for before, after in pairwise(times)) >= 0.9 * LONG_MS


def test_what_a_page_keeps_is_noticed(seen: Visit) -> None:
    before = held(seen.page).heap_mb
    seen.map.evaluate("() => { window.kept = Array.from({ length: 1e6 }, (_, k) => ({ k })); }")
    full = held(seen.page).heap_mb
    seen.map.evaluate("() => { delete window.kept; }")
    assert full - before > 10
    assert held(seen.page).heap_mb - before < 2


def test_a_stranger_asked_and_an_error_logged_are_noticed(chromium: Browser, server: Server) -> None:
    with visit(chromium, address(server, "ours", CELLS)) as faulty:
        assert (faulty.foreign, faulty.errors) == ([], [])
        faulty.page.evaluate("() => fetch('http://stranger.invalid/a.js').catch(() => console.error('blocked'))")
        faulty.page.wait_for_timeout(500)
        assert faulty.foreign == ["http://stranger.invalid/a.js"]
        assert "blocked" in faulty.errors
