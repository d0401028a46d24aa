"""Which clusters have a season or weekdays of their own, beside those of the whole city."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from geo.grid.cells import string_to_cell
from geo.grid.cube import Cube, Slice
from geo.grid.windows import Window
from geo.stats.identity import Life
from geo.stats.multiplicity import LEVEL, adjust_judged
from geo.stats.results import Floats
from geo.stats.seasonal import (
    LEAST_WEEKDAY_WEEKS,
    LEAST_YEARS,
    MOST_YEARS,
    REPEATS_LEVEL,
    YEAR_WEEKS,
    Season,
    Weekdays,
    peak_day,
    season,
    weekdays,
)
from geo.words import say, together
from geo.words.numbers import day, ratio

COLUMNS: dict[str, Any] = {
    "cluster_id": pl.String,
    "season": pl.String,
    "season_p": pl.Float64,
    "season_q": pl.Float64,
    "repeats_p": pl.Float64,
    "peak_day": pl.Date,
    "weekday": pl.String,
    "weekday_p": pl.Float64,
    "weekday_q": pl.Float64,
    "busiest_weekday": pl.Int64,
    "weekday_ratio": pl.Float64,
    "words": pl.String,
}
"""One row per cluster. `season`, `weekday`: `own`, `none`, `too few`, or `not enough history`. `season_q`, `weekday_q`:
Benjamini-Hochberg among the clusters that were asked; `repeats_p`: see `geo.stats.seasonal.season`. `peak_day`: a day
of the year, in one year of the records. `busiest_weekday`: 1 for Monday."""

WEEKDAY_SENTENCES = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
_SEASON_SENTENCES = {
    "own": "Its part of the city is largest around {day}, in the years looked at.",
    "none": "No season of its own.",
    "too few": "Too few incidents to tell its season.",
    "not enough history": "Seasons: not enough history, two years are needed.",
}
_WEEKDAY_SENTENCES = {
    "own": "Most on {weekdays}: {ratio} times what the city's week would give.",
    "none": "No weekday of its own.",
    "too few": "Too few incidents to tell its weekdays.",
    "not enough history": "Weekdays: not enough history, 26 weeks are needed.",
}


def find_seasons(cube: Cube, lives: Sequence[Life], chosen: Slice, until: date, *, lang: str = "en") -> pl.DataFrame:
    """Return what season and which weekdays each cluster has of its own, in the cells where it was seen last; COLUMNS.

    Up to `until`, of what is `chosen`: five years of whole weeks for seasons, one for weekdays.
    """
    weeks = min(MOST_YEARS * YEAR_WEEKS, cube.weeks_before(until + timedelta(days=1)))
    first = until - timedelta(days=7 * weeks - 1)
    own, city = (
        _by_day(cube, lives, chosen, Window(first, until)) if weeks else (np.zeros((len(lives), 0)), np.zeros(0))
    )
    years, week = weeks >= LEAST_YEARS * YEAR_WEEKS, weeks >= LEAST_WEEKDAY_WEEKS
    by_week, city_by_week = own.reshape(len(lives), weeks, 7).sum(axis=2), city.reshape(weeks, 7).sum(axis=1)
    seasons = [season(row, city_by_week) for row in by_week]
    days = [weekdays(row, city) for row in own]
    season_q = _adjusted([found.p_value if found else None for found in seasons])
    days_q = _adjusted([found.p_value if found else None for found in days])
    rows = [
        {"cluster_id": life.cluster_id, **_season(now, q, years, until), **_weekday(then, other, week, until)}
        for life, now, q, then, other in zip(lives, seasons, season_q, days, days_q, strict=True)
    ]
    return pl.DataFrame([row | {"words": _words(row, lang)} for row in rows], schema=COLUMNS)


def _by_day(cube: Cube, lives: Sequence[Life], chosen: Slice, window: Window) -> tuple[Floats, Floats]:
    """Return the incidents of each cluster's last footprint (clusters, days), and of the whole city (days,)."""
    rows = cube.rows(window, chosen).select(
        pl.col("position").cast(pl.Int64),
        (pl.col("day") - pl.lit(window.first)).dt.total_days().alias("at"),
        pl.col("incidents").cast(pl.Int64),
    )
    city = np.bincount(rows["at"].to_numpy(), rows["incidents"].to_numpy(), window.days).astype(np.float64)
    places = [np.searchsorted(cube.cells, string_to_cell(list(life.footprint))) for life in lives]
    owner = np.repeat(np.arange(len(lives)), [len(place) for place in places])
    cells = pl.DataFrame({"position": np.concatenate([*places, np.zeros(0, np.int64)]).astype(np.int64), "own": owner})
    held = rows.join(cells, on="position")
    flat = held["own"].to_numpy() * window.days + held["at"].to_numpy()
    counted = np.bincount(flat, held["incidents"].to_numpy(), len(lives) * window.days)
    return counted.reshape(len(lives), window.days).astype(np.float64), city


def _adjusted(p_values: Sequence[float | None]) -> list[float | None]:
    """Return the Benjamini-Hochberg values of those that are known."""
    found = adjust_judged([np.nan if p is None else p for p in p_values]).tolist()
    return [None if p is None else q for p, q in zip(p_values, found, strict=True)]


def _season(found: Season | None, q: float | None, enough: bool, until: date) -> dict[str, Any]:
    if found is None or q is None:
        return {"season": "too few" if enough else "not enough history"}
    own = q <= LEVEL and found.repeats <= REPEATS_LEVEL
    first = until - timedelta(days=7 * found.weeks - 1)
    return {
        "season": "own" if own else "none",
        "season_p": found.p_value,
        "season_q": q,
        "repeats_p": found.repeats,
        "peak_day": peak_day(found.peak_week, first) if own else None,
    }


def _weekday(found: Weekdays | None, q: float | None, enough: bool, until: date) -> dict[str, Any]:
    if found is None or q is None:
        return {"weekday": "too few" if enough else "not enough history"}
    most = int(np.nanargmax(found.ratio))  # of the seven days that begin the day after `until` is one of
    return {
        "weekday": "own" if q <= LEVEL else "none",
        "weekday_p": found.p_value,
        "weekday_q": q,
        "busiest_weekday": (until + timedelta(days=1 + most)).isoweekday(),
        "weekday_ratio": float(found.ratio[most]),
    }


def _words(row: dict[str, Any], lang: str) -> str:
    facts: dict[str, str] = {}
    if row["season"] == "own":
        facts["day"] = day(row["peak_day"], lang, year=False)
    if row["weekday"] == "own":
        facts["weekdays"] = say(WEEKDAY_SENTENCES[row["busiest_weekday"] - 1], lang)
        facts["ratio"] = ratio(row["weekday_ratio"])
    told = say(_SEASON_SENTENCES[row["season"]], lang, **facts), say(_WEEKDAY_SENTENCES[row["weekday"]], lang, **facts)
    return together(told, lang)
