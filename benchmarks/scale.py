"""A city of 100,000 cells, 20 categories and 52 weeks: seconds and memory, and the usual way beside it (bar Q9).

`python -m benchmarks.scale` makes the city once and asks it in fresh processes, each of which has asked a small city
before the clock starts. It prints the section that `make bench` writes to docs/benchmarks.md, and takes some minutes.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import h3
import numpy as np
import polars as pl

from benchmarks.kernels import interleaved
from benchmarks.peers import plain_emerging
from benchmarks.stamp import commit
from benchmarks.worlds import CENTRE, World, base_rates, draw, make_ground, movement
from geo import tables
from geo.grid.cells import cell_to_point
from geo.grid.cube import Cube, Slice
from geo.grid.windows import Window, window_back
from geo.stats import hotspots
from geo.stats.emerging import label_histories
from geo.stats.find import answer
from geo.stats.gi_star import gi_star
from geo.stats.question import Question
from geo.stats.scope import cut_series
from geo.stats.threads import on_every_core
from geo.stats.timeline import periods_back, time_lines
from geo.stats.trend import mann_kendall

ROOT = Path(__file__).resolve().parent.parent
RINGS, CATEGORIES, WEEKS = 182, 20, 52
BUSIEST = 0.5  # incidents a cell and week of the first category; the n-th has one n-th of it
LAST_DAY = date(2026, 11, 15)
WINDOW = "13w"
BAR_SECONDS, BAR_GIGABYTES = 20.0, 4.0
ROUNDS = 3
PEER_RINGS, PEER_CATEGORIES = 30, 2
STEPS = {"four weeks": ("4w", 13), "weeks": ("1w", 52)}
"""Periods of the time line: as the product cuts a year, and the strictest reading of the bar."""


def make_cube(rings: int, categories: int, weeks: int = WEEKS, seed: int = 9) -> Cube:
    """Return the counts of a made-up city: uneven, sparse, with shocks and drift; a row per cell, week and category."""
    ground = make_ground(rings)
    cells = np.array(sorted(h3.str_to_int(cell) for cell in h3.grid_disk(h3.latlng_to_cell(*CENTRE, 9), rings)), "u8")
    days = np.array([LAST_DAY - timedelta(days=7 * age + 3) for age in range(weeks)][::-1], "datetime64[D]")
    parts = []
    for rank in range(1, categories + 1):
        random = np.random.default_rng([seed, rank])
        world = World(BUSIEST / rank, D=1.5, city=0.1, regional=0.1, drift=0.2)
        rates = base_rates(world, ground, random)[:, None] * movement(world, ground, weeks, random)
        counts = draw(rates, world.D, random).astype(np.uint32)
        cell, week = np.nonzero(counts)
        seen = counts[cell, week]
        part = pl.DataFrame({"cell": cells[cell], "day": days[week], "incidents": seen, "reports": seen})
        named = {"category": f"c{rank:02}", "source": "hotline", "status": "closed", "unit": ""}
        parts.append(part.with_columns(**{name: pl.lit(value) for name, value in named.items()}).sort("day"))
    lat, lon = cell_to_point(cells)
    return Cube(
        counts=pl.concat(parts).select(list(tables.COUNTS)).cast(pl.Schema(tables.COUNTS)),
        areas=tables.empty(tables.AREA_COUNTS),
        universe=pl.DataFrame({"cell": cells, "lat": lat, "lon": lon}, schema=tables.UNIVERSE),
        resolution=9,
        timezone="Asia/Shanghai",
        version="scale",
    )


@dataclass
class Stages:
    """Seconds that the threads spent, by what they did."""

    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        with self._lock:
            self.seconds[name] += time.perf_counter() - started


@dataclass(frozen=True)
class Asked:
    """What is kept of one category: how many, and no array of the size of its counts."""

    city: int  # hot cells
    past: int
    hot: int  # hot cells and periods
    labels: Counter[str]


def year(steps: str) -> tuple[Window, ...]:
    """Return the periods of the last 52 weeks."""
    period, most = STEPS[steps]
    return periods_back(period, LAST_DAY, LAST_DAY - timedelta(days=7 * WEEKS - 1), most)


def ask(cube: Cube, category: str, steps: str, stages: Stages) -> Asked:
    """Answer everything about one category as the product does: two lenses, the time line, trends and labels."""
    chosen, window, periods = Slice((category,)), window_back(WINDOW, LAST_DAY), year(steps)
    with stages("counts of the window and the weeks before it"):
        series = cut_series(cube, window, chosen, with_all=False)
    with stages("lens city: variance, expected, tails, correction"):
        city = hotspots.city_lens(series, cube.neighbours)
    with stages("lens past: the same, and rises that last"):
        past = hotspots.past_lens(series, cube.neighbours)
    del series
    with stages("time line: counts, variance, expected, tails, correction"):
        (line,) = time_lines(cube, periods, [chosen])
    with stages("trends"):
        trend = mann_kendall(line.ratio)
    with stages("labels"):
        labels = label_histories(line.hot, line.cold, trend)
    return Asked(int(city.hot.sum()), int(past.hot.sum()), int(line.hot.sum()), Counter(labels.tolist()))


def ask_all(cube: Cube, steps: str) -> tuple[list[Asked], Stages]:
    """Answer every category, one at a time on each core."""
    stages = Stages()
    work = partial(ask, cube, steps=steps, stages=stages)
    return on_every_core(work, cube.counts["category"].unique().sort().to_list()), stages


def list_all(cube: Cube, steps: str) -> tuple[list[Asked], Stages]:
    """Make the list of `hotspots --each-category`: one lens, decided over all categories, with places and sentences."""
    stages = Stages()
    question = Question(window=WINDOW, lens=steps, each_category=True)
    with stages("list"):
        hot = int(answer(cube, question).table["hot"].sum())
    return [Asked(hot, 0, 0, Counter())], stages


def measure(folder: Path, what: str) -> dict[str, object]:
    """Ask a city in this process, after a small one, and say what it took."""
    work = ask_all if what in STEPS else list_all
    work(make_cube(6, 2), what)
    city = load(folder)
    started, worked = time.perf_counter(), time.process_time()
    answers, stages = work(city, what)
    return {
        "seconds": time.perf_counter() - started,
        "processor": time.process_time() - worked,
        "gigabytes": peak_gigabytes(),
        "stages": dict(stages.seconds),
        "city": sum(one.city for one in answers),
        "hot": sum(one.hot for one in answers),
        "cells": len(city.cells),
        "rows": city.counts.height,
        "incidents": int(city.counts["incidents"].sum()),
    }


def beside_peer(rings: int = PEER_RINGS, categories: int = PEER_CATEGORIES) -> tuple[float, float, int]:
    """Return seconds of the time line, trends and labels, of esda with pymannkendall, and the number of cells.

    In turn, in one process, on one core, the same counts by four weeks; raises where the ring scores differ.
    """
    cube = make_cube(rings, categories)
    periods = year("four weeks")
    named = [Slice((name,)) for name in cube.counts["category"].unique().sort()]
    counts = [cube.cut(cube.rows(Window(periods[0].first, periods[-1].last), one), periods) for one in named]
    weights = plain_emerging.disks(cube.neighbours)

    def ours() -> None:
        for one in named:
            (line,) = time_lines(cube, periods, [one])
            label_histories(line.hot, line.cold, mann_kendall(line.ratio))

    for now, (z, *_) in zip(counts, plain_emerging.emerging(counts, weights), strict=True):
        scores = np.column_stack([gi_star(column, cube.neighbours) for column in now.T])
        if not np.allclose(scores, z, atol=1e-9):
            raise AssertionError("esda and gi_star disagree: they have not been given the same city")
    mine, theirs = interleaved(ours, partial(plain_emerging.emerging, counts, weights))
    return mine, theirs, len(cube.cells)


def peak_gigabytes() -> float:
    """Return the most memory that this process has held."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**30


def save(cube: Cube, folder: Path) -> None:
    cube.counts.write_parquet(folder / "counts.parquet")
    cube.universe.write_parquet(folder / "universe.parquet")


def load(folder: Path) -> Cube:
    counts, universe = (pl.read_parquet(folder / f"{name}.parquet") for name in ("counts", "universe"))
    return Cube(counts, tables.empty(tables.AREA_COUNTS), universe, 9, "Asia/Shanghai", "scale")


def in_fresh_process(folder: Path, what: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.scale", str(folder), what]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def scale_lines() -> list[str]:
    """Return the Markdown lines of the section."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        save(make_cube(RINGS, CATEGORIES), folder)
        runs = {what: [in_fresh_process(folder, what) for _ in range(ROUNDS)] for what in (*STEPS, "city")}
    mine, theirs, cells = beside_peer()
    found = runs["weeks"][0]

    def median(what: str, name: str) -> float:
        return statistics.median(run[name] for run in runs[what])

    most = {what: max(run["gigabytes"] for run in made) for what, made in runs.items()}
    met = median("weeks", "seconds") <= BAR_SECONDS and most["weeks"] < BAR_GIGABYTES

    def row(what: str, name: str) -> str:
        times = [run["seconds"] for run in runs[what]]
        wall = f"{median(what, 'seconds'):.1f} ({min(times):.1f} to {max(times):.1f})"
        return f"| {name} | {wall} | {median(what, 'processor'):.1f} | {most[what]:.1f} |"

    def stage_seconds(what: str, stage: str) -> float:
        return statistics.median(run["stages"][stage] for run in runs[what])

    every = "lenses `city` and `past` ({window} weeks), time line of {steps}, 17 labels, Mann-Kendall"
    return [
        f"Time line, trends and labels of {cells:,} cells x 13 x {PEER_CATEGORIES} beside esda (Gi*, diagonal filled, "
        f"no permutations) and pymannkendall, in one process, in turn: {mine:.2f} s and {theirs:.2f} s, ratio "
        f"**{theirs / mine:.0f}**. Gi* of both agree to 1e-9. The usual way does less: no variance from the past, no "
        "correction for many cells, no cold spots, no labels, and its counts lie ready.",
        "",
        f"{found['cells']:,} cells x {WEEKS} weeks x {CATEGORIES} categories, {found['incidents']:,} incidents in "
        f"{found['rows']:,} rows, warm, {os.cpu_count()} cores; medians of {ROUNDS} fresh processes and range, the "
        f"most memory of any. Counting from the cube is included. Commit {commit()}.",
        "",
        "| | seconds | of processors | GB |",
        "|---|---|---|---|",
        row("weeks", every.format(window=13, steps="52 weeks")),
        row("four weeks", every.format(window=13, steps="13 times four weeks (the product)")),
        row("city", f"`hotspots --each-category`: {CATEGORIES * found['cells']:,} rows with places and sentences"),
        "",
        f"Bar, at 52 weeks: at most {BAR_SECONDS:.0f} s and {BAR_GIGABYTES:.0f} GB: {'met' if met else '**missed**'}.",
        "",
        "| stage, seconds of both cores together | 52 weeks | 13 times four weeks |",
        "|---|---|---|",
        *(
            f"| {stage} | {stage_seconds('weeks', stage):.1f} | {stage_seconds('four weeks', stage):.1f} |"
            for stage in found["stages"]
        ),
    ]


if __name__ == "__main__":
    if len(sys.argv) == 3:
        print(json.dumps(measure(Path(sys.argv[1]), sys.argv[2])))
    else:
        print("\n".join(scale_lines()))
