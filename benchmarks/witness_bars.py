"""Who saw it: how often a city whose patrols are fair shows a blind spot, and how often a planted one is found."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import cache, partial

import h3
import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.bars import WINDOW, YEAR, Limit, Numbers, Setting, ground
from benchmarks.emerging_bars import LAST_DAY
from benchmarks.worlds import CENTRE, World, base_rates, draw, movement, scatter_centres
from geo import tables
from geo.grid.cells import cell_to_point
from geo.grid.cube import Cube, Slice
from geo.grid.windows import Window
from geo.stats import witness
from geo.stats.results import Floats
from geo.stats.rings import disk_sum

SPAN = Window(LAST_DAY - timedelta(days=7 * WINDOW - 1), LAST_DAY)
SHARES = {"litter": 0.7, "noise": 0.1}  # what patrols find of each
PARTS = 93  # of about thirty cells each


@cache
def cells_of_ground(rings: int = 30) -> NDArray[np.uint64]:
    return np.sort(np.array([h3.str_to_int(cell) for cell in h3.grid_disk(h3.latlng_to_cell(*CENTRE, 9), rings)], "u8"))


@cache
def parts_of_ground() -> NDArray[np.int64]:
    """Return the part of the city that every cell lies in, that of the nearest of so many random capitals."""
    lat, lon = cell_to_point(cells_of_ground())
    where = np.column_stack([lat, lon * np.cos(np.radians(CENTRE[0]))])
    capitals = where[np.random.default_rng(2).choice(len(where), PARTS, replace=False)]
    return np.asarray(((where[:, None] - capitals[None]) ** 2).sum(axis=2).argmin(axis=1))


def city_of(counts: Mapping[tuple[str, str], Floats]) -> tuple[Cube, pl.DataFrame]:
    """Return weekly counts (cells, weeks) by category and source as a cube, and its areas: the parts of the city."""
    cells = cells_of_ground()
    lat, lon = cell_to_point(cells)
    rows = []
    for (category, source), weekly in counts.items():
        at, week = np.nonzero(weekly)
        days = np.array(
            [LAST_DAY - timedelta(days=7 * back) for back in reversed(range(weekly.shape[1]))], "datetime64[D]"
        )
        seen = weekly[at, week].astype(np.uint32)
        frame = {"cell": cells[at], "day": days[week], "incidents": seen, "reports": seen}
        rows.append(
            pl.DataFrame(frame).with_columns(
                pl.lit(category).alias("category"),
                pl.lit(source).alias("source"),
                pl.lit("closed").alias("status"),
                pl.lit("all").alias("unit"),
                pl.Series("area_id", parts_of_ground()[at]).cast(pl.String),
            )
        )
    table = pl.concat(rows).sort("category", "day", "cell", "source").with_columns(kind=pl.lit("community"))
    cube = Cube(
        counts=table.select(list(tables.COUNTS)).cast(pl.Schema(tables.COUNTS)),
        areas=table.select(list(tables.AREA_COUNTS)).cast(pl.Schema(tables.AREA_COUNTS)),
        universe=pl.DataFrame({"cell": cells, "lat": lat, "lon": lon}, schema=tables.UNIVERSE),
        resolution=9,
        timezone="UTC",
        version="planted",
    )
    areas = pl.DataFrame({"area_id": [str(part) for part in range(PARTS)], "kind": "community"})
    return cube, areas


def _draw_city(
    random: np.random.Generator, world: World, weeks: int, effort: Floats | None = None
) -> tuple[Cube, pl.DataFrame]:
    """Return a city of two categories whose mix differs from place to place; `effort` (cells,) of its patrols."""
    town = ground()
    base = base_rates(world, town, random)[:, None] * movement(world, town, weeks, random)
    noisy = random.beta(2.0, 2.0, (town.cells, 1))  # the part of noise among a cell's incidents
    walked = np.ones((town.cells, 1)) if effort is None else effort[:, None]
    counts = {}
    for category, mix in (("litter", 1.0 - noisy), ("noise", noisy)):
        share = SHARES[category]
        counts[category, "patrol"] = draw(base * mix * share * walked, world.D, random)
        counts[category, "resident"] = draw(base * mix * (1.0 - share), world.D, random)
    return city_of(counts)


def fair_patrols(random: np.random.Generator, *, world: World, weeks: int, margin: float) -> Numbers:
    """Patrols find the same part of each category everywhere: is any cell, or any area, called unseen?"""
    cube, areas = _draw_city(random, world, weeks)
    sides = witness.seen_by(cube, SPAN, Slice(), margin)["side"]
    judged = witness.judge_areas(cube, areas, SPAN, Slice(), margin)
    return {
        "any": float((sides != "").any()),
        "any area": float(judged["blind"].any()),
        "flagged cells": float(np.mean(sides.to_numpy() != "")),
    }


def unpatrolled(random: np.random.Generator, *, world: World, effort: float) -> Numbers:
    """Six parts of the city get so little of the patrols' effort: how many are found, and what is flagged beside?"""
    town = ground()
    chosen = random.choice(PARTS, 6, replace=False)
    left_out = np.isin(parts_of_ground(), chosen)
    cube, areas = _draw_city(random, world, YEAR, np.where(left_out, effort, 1.0))
    judged = witness.judge_areas(cube, areas, SPAN, Slice())
    told = judged.filter(pl.col("expected") >= 10.0)
    planted = pl.col("area_id").is_in([str(part) for part in chosen])
    sides = witness.seen_by(cube, SPAN, Slice())["side"].to_numpy()
    near = disk_sum(left_out.astype(float), town.neighbours) > 0
    unseen = sides == witness.SIDES[0]
    return {
        "found": float(told.filter(planted & pl.col("blind")).height),
        "planted": float(told.filter(planted).height),
        "others": float(judged.filter(~planted & pl.col("blind")).height),
        "cells away": float((unseen & ~near).sum()),
        "cells": float(unseen.sum()),
    }


def cells_only_patrols_see(random: np.random.Generator, *, world: World) -> Numbers:
    """Around six cells patrols look ten times as closely: are the disks found on that side and on no other?"""
    town = ground()
    centres = scatter_centres(np.ones(town.cells, dtype=bool), 6, town, random)
    effort = np.ones(town.cells)
    for centre in centres:
        effort[[centre, *town.neighbours[centre]]] = 10.0
    cube, _ = _draw_city(random, world, YEAR, effort)
    table = witness.seen_by(cube, SPAN, Slice())
    told = table[centres].filter((pl.col("incidents") - pl.col("expected")) >= 10.0)
    return {
        "found": float((told["side"] == witness.SIDES[1]).sum()),
        "planted": float(told.height),
        "wrong side": float((table["side"] == witness.SIDES[0]).sum()),
    }


def q_witness(maps: int = 100) -> list[Setting]:
    """Fair patrols make no blind spot, at margin 1 or 1.5; places they do not enter are found, and not much else."""
    few = (Limit("any", "<=", 0.10), Limit("any area", "<=", 0.10))
    fair = [
        Setting(
            f"fair patrols, {name}, {weeks} weeks, odds x{margin:g}",
            partial(fair_patrols, world=world, weeks=weeks, margin=margin),
            maps,
            few,
        )
        for name, world in (
            ("mean 0.3, D 1", World(0.3, D=1.0)),
            ("mean 0.3, D 2", World(0.3, D=2.0)),
            ("mean 1.5, D 2", World(1.5, D=2.0)),
            ("mean 0.3, D 1.5, regional .2", World(0.3, regional=0.2)),
        )
        for weeks, margin in ((YEAR, 1.0), (YEAR, witness.MARGIN), (WINDOW, 1.0))
    ]
    found = (Limit("found / planted", ">=", 0.8), Limit("others", "<=", 0.2), Limit("cells away", "<=", 0.5))
    planted = [
        Setting(
            f"unpatrolled parts, mean {mean:g}, D {D:g}, effort x{effort:g}",
            partial(unpatrolled, world=World(mean, D=D), effort=effort),
            maps,
            found,
        )
        for mean, D, effort in ((0.3, 1.0, 0.0), (0.3, 2.0, 0.0), (1.5, 2.0, 0.1))
    ]
    seen = (Limit("found / planted", ">=", 0.5), Limit("wrong side", "<=", 0.2))
    closely = Setting(
        "closely patrolled disks, mean 1.5, D 1.5", partial(cells_only_patrols_see, world=World(1.5)), maps, seen
    )
    return [*fair, *planted, closely]
