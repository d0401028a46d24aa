"""Boston's 311 reports of 2015 with their weeks shuffled: neighbours' shared bursts stay, season and drift are gone."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

import numpy as np

from benchmarks.bars import WINDOW, Limit, Numbers, Setting, series_of
from geo.stats.hotspots import past_lens
from geo.stats.results import Floats, Neighbours
from geo.study import open_study

DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data" / "boston"
WEEKS = 52


@cache
def weekly_counts() -> tuple[Floats, Neighbours]:
    """Return the incidents of the year by cell and week, and the neighbours of each cell, at resolution 9."""
    study = open_study(
        [DATA / "boston311_2015_city_export.csv.gz"],
        [("community", DATA / "Boston_Neighborhoods.geojson")],
        mapping=Path(__file__).with_name("boston.toml"),
        resolution=9,
        timezone="America/New_York",
    )
    return study.cube.by_period(date(2015, 12, 31), WEEKS), study.cube.neighbours


def shuffled(random: np.random.Generator) -> Numbers:
    """Shuffle the weeks, the same way for all cells; is any cell hot?"""
    counts, neighbours = weekly_counts()
    return {"any": float(past_lens(series_of(counts[:, random.permutation(WEEKS)]), neighbours).hot.any())}


def boston_bar(maps: int = 100) -> list[Setting]:
    """Return the bar (METHODS 9, Q2), or nothing where ../shared/data/boston is absent."""
    limit = (Limit("any", "<=", 0.12),)
    return [Setting(f"P {WEEKS - WINDOW} W {WINDOW}, weeks shuffled", shuffled, maps, limit)] if DATA.is_dir() else []
