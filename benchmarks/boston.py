"""Real reports: Boston's 311 of 2015, where nothing is known to be true, but much can be made false.

- weeks shuffled, the same way for all cells: neighbours' shared bursts stay, season and drift are gone;
- categories dealt anew to the incidents of each four weeks: places and load stay, every unusual mix is gone;
- the last eight blocks of four weeks predicted from what lay before them: was the variance right?
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from benchmarks.bars import WINDOW, Limit, Numbers, Setting, series_of
from geo.grid.cube import Slice
from geo.stats.expected import PAST_WEEKS, from_past
from geo.stats.hotspots import past_lens, share_lens, together
from geo.stats.results import Floats, HotspotTest, Neighbours
from geo.stats.rings import disk_sum
from geo.stats.tails import negative_binomial_tail
from geo.stats.variance import Spread, variance_from_past
from geo.study import open_study

DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data" / "boston"
LAST_DAY = date(2015, 12, 31)
WEEKS = 52
BLOCK = 4  # weeks
LARGEST = 15  # categories
PREDICTED = 8  # blocks


class Boston(NamedTuple):
    """Incidents of the year at resolution 9."""

    neighbours: Neighbours
    everything: Floats  # (cells, weeks)
    categories: Floats  # (LARGEST + 1, cells, weeks): the largest ones, then all others together


@cache
def boston() -> Boston:
    study = open_study(
        [DATA / "boston311_2015_city_export.csv.gz"],
        [("community", DATA / "Boston_Neighborhoods.geojson")],
        mapping=Path(__file__).with_name("boston.toml"),
        resolution=9,
        timezone="America/New_York",
    )
    cube = study.cube
    everything = cube.by_period(LAST_DAY, WEEKS)
    sizes = cube.counts.group_by("category").agg(pl.col("incidents").sum())
    names = sizes.sort(["incidents", "category"], descending=True)["category"].head(LARGEST).to_list()
    largest = np.stack([cube.by_period(LAST_DAY, WEEKS, chosen=Slice((name,))) for name in names])
    return Boston(cube.neighbours, everything, np.concatenate([largest, [everything - largest.sum(axis=0)]]))


# ------------------------------------------------------------------------------------------------------ weeks shuffled


def shuffled(random: np.random.Generator, *, weeks: int, window: int) -> Numbers:
    """Shuffle the weeks, the same way for all cells; is any cell hot?"""
    city = boston()
    counts = city.everything[:, random.permutation(WEEKS)[:weeks]]
    return {"any": float(past_lens(series_of(counts, window), city.neighbours).hot.any())}


# --------------------------------------------------------------------------------------------------- categories dealt


def dealt(categories: Floats, random: np.random.Generator) -> Floats:
    """Return the counts with the categories of each block of weeks dealt anew to its incidents."""
    kinds, anew = len(categories), np.empty_like(categories)
    for start in range(0, categories.shape[2], BLOCK):
        block = categories[:, :, start : start + BLOCK].astype(np.int64)
        places = block[0].size
        labels = np.repeat(np.arange(kinds), block.sum(axis=(1, 2)))
        where = np.repeat(np.arange(places), block.sum(axis=0).ravel())
        counts = np.bincount(random.permutation(labels) * places + where, minlength=kinds * places)
        anew[:, :, start : start + BLOCK] = counts.reshape(block.shape)
    return anew


def mixed(random: np.random.Generator) -> Numbers:
    """Deal the categories; in how many of the 13 blocks, and of their maps of one category, is any mix unusual?"""
    city = boston()
    categories = dealt(city.categories, random)
    blocks = [_unusual(categories, city, end) for end in range(BLOCK, WEEKS + 1, BLOCK)]
    return {
        "maps with any": float(np.mean([[test.hot.any() for test in tests] for tests in blocks])),
        "blocks with any": float(np.mean([any(test.hot.any() for test in together(tests)) for tests in blocks])),
    }


def _unusual(categories: Floats, city: Boston, end: int) -> list[HotspotTest]:
    """Return the share lens of each of the largest categories over the block that ends before week `end`."""
    whole = series_of(city.everything[:, :end], BLOCK)
    tests = []
    for counts in categories[:LARGEST, :, :end]:
        series = series_of(
            counts,
            BLOCK,
            all_now=whole.now,
            all_history=whole.history,
            all_recent=city.everything[:, end - BLOCK : end],
        )
        tests.append(share_lens(series, city.neighbours, delta=1.0))
    return tests


# ------------------------------------------------------------------------------------------------- variance refitted


class Held(NamedTuple):
    """One past block as the test would have seen it: what came, what was expected, and how far it might stray."""

    seen: Floats  # disks
    expected: Floats
    variance: Floats
    spread: Spread


@cache
def held_out() -> tuple[Held, ...]:
    """Return the last blocks, each predicted from the weeks before it."""
    city = boston()
    return tuple(hold_out(city.everything[:, : WEEKS - back * BLOCK], city.neighbours) for back in range(PREDICTED))


def hold_out(counts: Floats, neighbours: Neighbours) -> Held:
    """Predict the last block of `counts` (cells, weeks) from the weeks before it."""
    series = series_of(counts, BLOCK)
    weeks = min(PAST_WEEKS, series.history.shape[1])
    expected, k, _ = from_past(series.history[:, -weeks:].sum(axis=1), weeks, series.now.sum())
    spread = variance_from_past(series.history, BLOCK, neighbours).disk
    mean = disk_sum(expected, neighbours)
    return Held(disk_sum(series.now, neighbours), mean, spread.variance(mean, k), spread)


def refitted(random: np.random.Generator, *, blocks: Sequence[int], least: float, most: float) -> Numbers:
    """Compare the errors of some blocks with the variance, over disks with so much expected; `random` is not needed."""
    chosen = [held_out()[at] for at in blocks]
    seen, expected, variance = (np.concatenate([block[i] for block in chosen]) for i in range(3))
    band = (expected >= least) & (expected < most)
    error = (seen - expected)[band] ** 2 / variance[band]
    p_value = negative_binomial_tail(seen[band], expected[band], variance[band])
    return {
        "disks": float(band.sum()),
        "squared error over V": float(error.mean()),
        "D": float(np.mean([block.spread.D for block in chosen])),
        "tau": float(np.mean([block.spread.tau for block in chosen])),
        "p <= .05": float((p_value <= 0.05).mean()),
        "p <= .01": float((p_value <= 0.01).mean()),
    }


# ---------------------------------------------------------------------------------------------------------------- bars


def boston_shuffled(maps: int = 300) -> list[Setting]:
    """Return the bar (METHODS 9, Q2) and how shorter windows do, or nothing where ../shared/data/boston is absent."""
    if not DATA.is_dir():
        return []
    asked, shown = (Limit("any", "<=", 0.12),), (Limit("any", ">=", 0.0),)
    return [
        Setting(
            f"P {past} W {window}, weeks shuffled",
            partial(shuffled, weeks=past + window, window=window),
            maps,
            asked if window == WINDOW else shown,
        )
        for past, window in ((WEEKS - WINDOW, WINDOW), (26, 8), (8, 4))
    ]


def boston_mixed(maps: int = 10) -> list[Setting]:
    """Return the bar (METHODS 11), or nothing where the data are absent. One map is 13 blocks of 15 categories."""
    limits = (Limit("maps with any", "<=", 0.10), Limit("blocks with any", "<=", 0.10))
    return [Setting("13 blocks of 4 weeks, 15 categories, dealt anew", mixed, maps, limits)] if DATA.is_dir() else []


def boston_refitted() -> list[Setting]:
    """Return the comparison (METHODS 11), or nothing where the data are absent."""
    if not DATA.is_dir():
        return []
    names = ("disks", "D", "tau", "squared error over V", "p <= .05", "p <= .01")
    shown = tuple(Limit(name, ">=", 0.0) for name in names)
    bands = ((5.0, 20.0), (20.0, 50.0), (50.0, np.inf))
    pooled = [
        Setting(
            f"{PREDICTED} blocks, E {least:g}" + (f" to {most:g}" if np.isfinite(most) else " and more"),
            partial(refitted, blocks=range(PREDICTED), least=least, most=most),
            1,
            shown,
        )
        for least, most in bands
    ]
    single = [
        Setting(
            f"block to {LAST_DAY - timedelta(weeks=BLOCK * back)}, E 5 and more",
            partial(refitted, blocks=(back,), least=5.0, most=np.inf),
            1,
            shown,
        )
        for back in reversed(range(PREDICTED))
    ]
    return pooled + single
