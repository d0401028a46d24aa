"""The bars of `make bench-ui`: what meets them and what does not; and the city that it generates."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import polars as pl
import pytest

from benchmarks.browser import Held, Repaint
from benchmarks.screen import map_bars, recolour_bars
from benchmarks.screen_city import SIZES, Size, write
from benchmarks.screen_map import VIEWS, Click, Frames, Memory, Report
from benchmarks.screen_recolour import Runs
from geo.grid.cells import universe

QUICK = Repaint(first=100, shot=300, arrived=50, bytes=30_000, files=0)
GOOD = Report(
    size=SIZES[5_000],
    seconds=10,
    switches={view: [QUICK] * 5 for view in VIEWS},
    clicks=[Click(told=400, arrived=300, bytes=90_000)] * 20,
    frames=Frames([17, 40, 120], "zooming out"),
    memory=[Memory(after, Held(40, 2_000, 500), 700) for after in (0, 40, 200)],
    foreign=[],
    errors=[],
    load=1,
)


@pytest.mark.parametrize(
    ("first", "shot", "size", "met"),
    [
        (800, 1_500, 1_500_000, [True, True, True]),
        (799, 1_500, 1_500_000, [False, True, True]),
        (800, 1_499, 1_500_000, [True, False, True]),
        (800, 1_500, 1_499_000, [True, True, False]),
    ],
)
def test_each_ratio_has_its_bar(first: float, shot: float, size: int, met: list[bool]) -> None:
    peer = Repaint(first, shot, arrived=500, bytes=size - 1_000, files=1_000)
    assert [bar.met for bar in recolour_bars({"ours": Runs([QUICK] * 5, 0), "peer": Runs([peer] * 5, 0)})] == met


@pytest.mark.parametrize(
    ("worse", "missed"),
    [
        ({}, None),
        ({"switches": {view: [replace(QUICK, shot=1_001)] * 5 for view in VIEWS}}, "screenshot"),
        ({"clicks": [Click(701, 300, 90_000)] * 20}, "sentence"),
        ({"frames": Frames([17, 301], "zooming out")}, "frame"),
        ({"memory": [Memory(after, Held(40 + after / 20, 2_000, 500), 700) for after in (0, 40, 200)]}, "memory"),
        ({"foreign": ["http://stranger.invalid/"]}, "another host"),
        ({"errors": ["Uncaught"]}, "console"),
    ],
)
def test_each_fault_misses_its_own_bar(worse: dict[str, object], missed: str | None) -> None:
    report = replace(GOOD, **worse)  # type: ignore[arg-type]
    fallen = [bar.asked for bar in map_bars(report, report) if not bar.met]
    assert len(fallen) == (missed is not None)
    assert missed is None or missed in fallen[0]


def test_a_generated_city_has_the_cells_it_is_asked_for(tmp_path: Path) -> None:
    files = write(Size(cells=1_000, reports=2_000, spots=9, communities=5, markets=8), tmp_path)
    whole = gpd.read_file(files.communities).union_all()
    assert len(universe(whole, 9)) == pytest.approx(1_000, rel=0.03)
    reports = pl.read_csv(files.reports)
    assert reports.height == 2_000
    assert reports["report_id"].is_unique().all()
    assert gpd.GeoSeries.from_xy(reports["lon"], reports["lat"]).within(whole.buffer(1e-6)).all()
