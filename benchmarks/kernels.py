"""Point -> cell and point -> area beside the usual way, a million points of one city, interleaved, warm."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import geopandas as gpd
import numpy as np
import polars as pl

from data import make_city
from geo.grid.cells import point_to_cell
from geo.grid.lattice import library_cells
from geo.grid.overlay import assign
from geo.intake.areas import combine_layers, read_area_layer

POINTS = 1_000_000
ROUNDS = 5


def interleaved(*calls: Callable[[], object]) -> list[float]:
    """Return the median seconds of each call, taken in turn after one round to warm up."""
    taken: list[list[float]] = [[] for _ in calls]
    for round_ in range(ROUNDS + 1):
        for at, call in enumerate(calls):
            started = time.perf_counter()
            call()
            if round_:
                taken[at].append(time.perf_counter() - started)
    return [statistics.median(times) for times in taken]


def kernel_lines() -> list[str]:
    """Return a Markdown table of seconds and ratios."""
    with tempfile.TemporaryDirectory() as folder:
        made = make_city(Path(folder))
        layers = {kind: read_area_layer(path, kind, mapping=made["mapping"]) for kind, path in made["areas"]}
    rng = np.random.default_rng(7)
    west, south, east, north = layers["community"].areas.total_bounds
    lat, lon = rng.uniform(south, north, POINTS), rng.uniform(west, east, POINTS)
    reports = pl.DataFrame({"lat": lat, "lon": lon})
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(lon, lat), crs="EPSG:4326")
    assert (point_to_cell(lat, lon, 9) == library_cells(lat, lon, 9)).all()
    ours, theirs = interleaved(lambda: point_to_cell(lat, lon, 9), lambda: library_cells(lat, lon, 9))
    rows = [("point -> cell, level 9", "h3ronpy", ours, theirs)]
    for kind in ("community", "construction_site"):
        layer = layers[kind].areas
        one = combine_layers([layers[kind]]).areas
        ours, theirs = interleaved(
            partial(assign, reports, one, resolution=9),
            partial(gpd.sjoin, points, layer[["area_id", "geometry"]], predicate="intersects"),
        )
        rows.append((f"point -> {kind} ({len(layer)}), cell included", "geopandas.sjoin", ours, theirs))
    return [
        f"{POINTS:,} points of the demo city, medians of {ROUNDS}, warm, results equal (tests/grid).",
        "",
        "| | ours, s | usual way, s | ratio |",
        "|---|---|---|---|",
        *(
            f"| {what} | {ours:.3f} | {theirs:.3f} ({peer}) | {theirs / ours:.0f} |"
            for what, peer, ours, theirs in rows
        ),
    ]


if __name__ == "__main__":
    print("\n".join(kernel_lines()))
