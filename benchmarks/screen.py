"""The screen against its bars: recolouring beside plain folium, and the Map page with two generated cities.

`python -m benchmarks.screen` drives a real Chromium without a graphics card, other hosts blocked, and writes
docs/screen-speed.md. How a time is taken stands in benchmarks/browser.py. Exit code 1 where a bar is missed.
"""

from __future__ import annotations

import os
import platform
import statistics
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from benchmarks.browser import ROOT, browser_path, chromium, served
from benchmarks.peers.geojson_map import VARIANTS
from benchmarks.screen_city import SIZES
from benchmarks.screen_map import VIEWS, Report, measure
from benchmarks.screen_recolour import Runs, best, in_turn, pages, variants
from benchmarks.stamp import commit

CELLS, ROUNDS, CLICKS, INTERACTIONS = 20_000, 5, 20, 200
FIRST_TIMES, SHOT_TIMES, BYTES_TIMES = 8, 5, 50
SWITCH_S, CLICK_S, FRAME_MS = 1.0, 0.7, 300
GROWTH, GROWTH_MB = 0.10, 3.0
"""Memory is stable where from the 40th to the 200th interaction it grows by less than the larger of the two: caches
fill at first, and a collected heap still wavers by a megabyte or two."""

HEAD = """# Speed of the screen

Written by `make bench-ui` on {day}, commit {commit}: {machine}, real
Chromium, other hosts blocked. Compare ratios: seconds depend on the machine. Load is its one-minute average when a
measurement began. How each time is taken: `benchmarks/browser.py`.
"""
RECOLOURING = """## Recolouring {cells:,} cells

Two minimal pages with the same cells, classes, tooltip and button, in turn, medians of {rounds} (range). A click deals
the classes anew. *Arrived*: until the largest message was received; reading and painting follow. Bytes are those of
the WebSocket and of files. Colours were checked at the first paint and after every change, on the canvas and in the
screenshot. Load {load:.1f}.
"""
COLUMNS = """| | first changed pixel, s | screenshot, s | arrived, s | KB |
|---|---|---|---|---|"""
PLAIN = """Plain folium is `folium.GeoJson` on a map with `prefer_canvas=True`, inside `feature_group_to_add` of
st_folium with `returned_objects=[]`, Leaflet from this machine. The fastest is the peer; medians of {rounds}:
"""
PEERS = """The one without a tooltip shows less and cannot be the peer. `embed=False` can, although its script calls
jQuery, for which six lines stand in here, and every drawing leaves a file behind. Its files come packed with gzip;
Streamlit's WebSocket does not pack, so ours and the other variants' bytes are plain ones. Bytes of the WebSocket alone:
ours {ours:,.0f} KB, `embed=False` {linked:,.0f} KB, the first variant {first:,.0f} KB."""


@dataclass(frozen=True)
class Bar:
    """One thing asked for."""

    asked: str
    found: str
    met: bool


def main() -> int:
    if browser_path() is None:
        print("needs Chromium, which is not on this machine", file=sys.stderr)
        return 2
    with chromium() as browser, tempfile.TemporaryDirectory(prefix="hexward-bench-") as name:
        with pages() as server:
            plain = variants(browser, server, CELLS)
            peer = best(plain)
            runs = in_turn(browser, server, CELLS, peer, ROUNDS)
        reports = []
        for cells, size in SIZES.items():
            folder = Path(name) / f"{cells}"
            folder.mkdir()
            asked = INTERACTIONS if cells == max(SIZES) else 0
            with served(ROOT / "app.py") as server:
                reports.append(measure(browser, server, size, folder, rounds=ROUNDS, clicks=CLICKS, interactions=asked))
    bars = [*recolour_bars(runs), *map_bars(*reports)]
    text = page(bars, runs, plain, peer, reports)
    (ROOT / "docs" / "screen-speed.md").write_text(text, encoding="utf-8")
    print(text)
    return 0 if all(bar.met for bar in bars) else 1


def recolour_bars(runs: dict[str, Runs]) -> list[Bar]:
    """Judge ours against the peer."""
    ours, peer = runs["ours"], runs["peer"]
    asked = (
        ("first changed pixel", peer.median("first") / ours.median("first"), FIRST_TIMES, "faster"),
        ("returned screenshot", peer.median("shot") / ours.median("shot"), SHOT_TIMES, "faster"),
        ("bytes received", peer.weight / ours.weight, BYTES_TIMES, "fewer"),
    )
    return [
        Bar(f"{CELLS:,} cells recoloured, {what}: {least} times {word}", f"{ratio:.1f} times", ratio >= least)
        for what, ratio, least, word in asked
    ]


def map_bars(small: Report, large: Report) -> list[Bar]:
    """Judge the Map page."""
    switch = _seconds(run.shot for run in small.switches[VIEWS[1]])
    click = small.click_median() / 1000
    bars = [
        Bar(
            f"{small.size.cells:,} cells, Hot spots -> Incidents, to a screenshot: {SWITCH_S} s",
            f"{switch:.2f} s",
            switch <= SWITCH_S,
        ),
        Bar(
            f"{small.size.cells:,} cells, click -> marked row and sentence: {CLICK_S} s",
            f"{click:.2f} s",
            click <= CLICK_S,
        ),
    ]
    if large.frames:
        longest = large.frames.longest
        bars.append(
            Bar(
                f"{large.size.cells:,} cells, pan and zoom: no frame over {FRAME_MS} ms",
                f"longest {longest:.0f} ms",
                longest <= FRAME_MS,
            )
        )
    if large.memory:
        early, late = large.memory[1].page, large.memory[-1].page
        grown = late.heap_mb - early.heap_mb
        bars.append(
            Bar(
                f"page memory stable over {large.memory[-1].after} interactions: "
                f"below {GROWTH:.0%} (at least {GROWTH_MB:.0f} MB) from the {large.memory[1].after}th on",
                f"{grown:+.1f} MB ({grown / early.heap_mb:+.0%})",
                grown < max(GROWTH * early.heap_mb, GROWTH_MB),
            )
        )
    foreign = [url for report in (small, large) for url in report.foreign]
    errors = [text for report in (small, large) for text in report.errors]
    bars.append(Bar("no request to another host", f"{len(foreign)}" + _first(foreign), not foreign))
    bars.append(Bar("console free of errors", f"{len(errors)} errors" + _first(errors), not errors))
    return bars


def _first(texts: list[str]) -> str:
    return f": {texts[0][:120]}" if texts else ""


def _seconds(milliseconds: Iterable[float]) -> float:
    return statistics.median(milliseconds) / 1000


def page(bars: list[Bar], runs: dict[str, Runs], plain: dict[str, Runs], peer: str, reports: list[Report]) -> str:
    """Return docs/screen-speed.md."""
    machine = f"{os.cpu_count()} cores, no graphics card, {platform.machine()}, Python {platform.python_version()}"
    lines = [
        HEAD.format(day=date.today(), commit=commit(), machine=machine),
        "| bar | found | |",
        "|---|---|---|",
        *(f"| {bar.asked} | {bar.found} | {'met' if bar.met else '**missed**'} |" for bar in bars),
        "",
        RECOLOURING.format(cells=CELLS, rounds=ROUNDS, load=runs["ours"].load),
        COLUMNS,
        _recoloured("Hexward's layer", runs["ours"]),
        _recoloured("the same, with new numbers in the tooltip", runs["numbers"]),
        _recoloured(f"plain folium: {VARIANTS[peer]}", runs["peer"]),
        "",
        PLAIN.format(rounds=len(plain[peer].runs)),
        COLUMNS,
        *(_recoloured(VARIANTS[kind], found) for kind, found in plain.items()),
        "",
        PEERS.format(
            ours=runs["ours"].median("bytes") / 1000,
            linked=plain["linked"].median("bytes") / 1000,
            first=plain["tooltip"].median("bytes") / 1000,
        ),
    ]
    for report in reports:
        lines += ["", *_map_lines(report)]
    return "\n".join(lines) + "\n"


def _recoloured(name: str, runs: Runs) -> str:
    cells = [f"{runs.median(what) / 1000:.2f} ({runs.span(what)})" for what in ("first", "shot")]
    return f"| {name} | {' | '.join(cells)} | {runs.median('arrived') / 1000:.2f} | {runs.weight / 1000:,.0f} |"


def _map_lines(report: Report) -> list[str]:
    size, clicks = report.size, report.clicks
    lines = [
        f"## The Map page with {size.cells:,} cells",
        "",
        f"A generated city ({size.reports:,} reports, {size.communities**2} communities, {size.markets} markets), "
        f"loaded on the Data page in {report.seconds:.0f} s, the demo city before it included. Load {report.load:.1f}.",
        "",
        "| | median, s | slowest, s | arrived, s | KB |",
        "|---|---|---|---|---|",
    ]
    for view, runs in report.switches.items():
        lines.append(
            f"| switch to {view}, first changed pixel | {_spread(run.first for run in runs)} "
            f"| {_seconds(run.arrived for run in runs):.2f} | {runs[0].bytes / 1000:.0f} |"
        )
        lines.append(f"| switch to {view}, screenshot | {_spread(run.shot for run in runs)} | | |")
    lines.append(
        f"| click on a hexagon -> row and sentence ({len(clicks)} clusters) "
        f"| {_spread(click.told for click in clicks)} | {_seconds(click.arrived for click in clicks):.2f} "
        f"| {statistics.median(click.bytes for click in clicks) / 1000:.0f} |"
    )
    if frames := report.frames:
        lines += [
            "",
            f"Dragged and zoomed from the whole city down to streets and back, {len(frames.intervals):,} frames: the "
            f"longest {frames.longest:.0f} ms ({frames.longest_during}), 95 % within {frames.p95:.0f} ms.",
        ]
    if report.memory:
        lines += [
            "",
            "After a full garbage collection, between clicks on hexagons, view switches and pans:",
            "",
            "| interactions | page heap, MB | nodes | listeners | server, MB |",
            "|---|---|---|---|---|",
            *(
                f"| {at.after} | {at.page.heap_mb:.1f} | {at.page.nodes:,} | {at.page.listeners:,} "
                f"| {at.server_mb:.0f} |"
                for at in report.memory
            ),
        ]
    return lines


def _spread(milliseconds: Iterable[float]) -> str:
    values = list(milliseconds)
    return f"{_seconds(values):.2f} | {max(values) / 1000:.2f}"


if __name__ == "__main__":
    sys.exit(main())
