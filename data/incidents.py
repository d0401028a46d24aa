"""Problems as they happen, before anybody writes them down: the background drawn in space and time."""

from __future__ import annotations

import numpy as np
import polars as pl

from data.background import LIMIT, STEP, Background
from data.district import Ints
from data.plan import CityPlan
from data.plane import Floats
from data.problems import PROBLEMS

NEVER = np.inf  # closing time of what stays open

INCIDENTS = {
    "x": pl.Float64,
    "y": pl.Float64,  # metres
    "time": pl.Float64,
    "closed": pl.Float64,  # days since the plan's start; closed infinite: never
    "system": pl.Int64,
    "category": pl.Int64,  # positions in SYSTEMS and PROBLEMS
    "companion": pl.Boolean,  # found together with another one
    "spot": pl.Int64,
    "relapse": pl.Int64,  # planted: position of the spot or the place, else -1
    "comeback": pl.Boolean,  # returned after its closing, by the planted share
    "flare_up": pl.Int64,  # planted: position of the flare-up, else -1
    "busy": pl.Int64,  # planted: position of the busy place, else -1
    "asset": pl.Int64,  # the grid point whose lamp, cover or tree it is, -1 for events
    "unpatrolled": pl.Boolean,  # in a community that the patrol stops visiting
    "called": pl.Boolean,  # known by the hotline alone because nobody patrols there any more
}
UNPLANTED = {
    "companion": False,
    "spot": -1,
    "relapse": -1,
    "comeback": False,
    "flare_up": -1,
    "busy": -1,
    "asset": -1,
    "unpatrolled": False,
    "called": False,
}
"""What is true of a problem that happens by itself."""


def incidents_of(x: Floats, y: Floats, time: Floats, closed: Floats, system: Ints, category: Ints) -> pl.DataFrame:
    """Return a table of INCIDENTS, none of them planted.

    >>> none, nobody = np.empty(0), np.empty(0, dtype=np.int64)
    >>> incidents_of(none, none, none, none, nobody, nobody).shape
    (0, 15)
    """
    happened = {"x": x, "y": y, "time": time, "closed": closed, "system": system, "category": category}
    table = pl.DataFrame(happened).with_columns(pl.lit(value).alias(name) for name, value in UNPLANTED.items())
    return table.select(pl.col(name).cast(kind) for name, kind in INCIDENTS.items())


STUCK, FORGOTTEN = 0.02, 0.004
STUCK_DAYS, STUCK_TIMES = 30.0, 12.0


def delays(rng: np.random.Generator, category: Ints) -> Floats:
    """Return the days from opening to closing: log-normal around the category's median.

    One in fifty is stuck: most of them for a month or more, one in 250 for ever, forgotten in the records.
    """
    median = np.array([problem.days for problem in PROBLEMS])[category]
    days = median * rng.lognormal(0, 0.85, category.size)
    luck = rng.random(category.size)
    return np.where(luck < FORGOTTEN, NEVER, np.where(luck < STUCK, STUCK_DAYS + STUCK_TIMES * days, days))


def hours(rng: np.random.Generator, system: Ints, category: Ints) -> Floats:
    """Return a time of the day (fraction): residents call when it bothers them, the others in working hours."""
    usual = np.array([problem.hours for problem in PROBLEMS])[category]
    at_home = rng.normal(usual[:, 0], usual[:, 1]) % 24
    on_duty = np.clip(13 + rng.choice([-3.2, 2.6], system.size) + rng.normal(0, 1.2, system.size), 7.0, 19.5)
    return np.where(system == 0, at_home, on_duty) / 24


def originals(plan: CityPlan, background: Background) -> pl.DataFrame:
    """Draw the background by thinning (Lewis and Shedler 1979): a high rate without shocks, then shocks decide."""
    rng = plan.random("originals")
    rates = background.weekly * background.days.sum(axis=2) / 7
    parts = []
    for (system, category), rate in np.ndenumerate(rates):
        by_day = background.days[system, category]
        count = rng.poisson(rate * LIMIT)
        point = rng.choice(background.x.size, count, p=background.where(system, category))
        day = rng.choice(plan.days, count, p=by_day / by_day.sum())
        kept = rng.random(count) * LIMIT < background.factor(point, day // 7)
        parts.append(np.c_[point, day, np.full(count, system), np.full(count, category)][kept])
    point, day, system, category = np.vstack(parts).T
    x, y = jittered(rng, background, point)
    time = day + hours(rng, system, category)
    return incidents_of(x, y, time, time + delays(rng, category), system, category)


def jittered(rng: np.random.Generator, background: Background, point: Ints) -> tuple[Floats, Floats]:
    """Return a place anywhere in the square around each grid point, metres."""
    aside = rng.uniform(-STEP / 2, STEP / 2, (2, point.size))
    return background.x[point] + aside[0], background.y[point] + aside[1]


def companions(plan: CityPlan, incidents: pl.DataFrame) -> pl.DataFrame:
    """Return problems found on the same round as another: some houses on, within two hours.

    Their category is that of another problem of the quarter. They make counts vary more than chance alone would: the
    variance for one cell and week is about 1.4 times the mean.
    """
    rng = plan.random("companions")
    quarter = incidents["x"].to_numpy() // 400 * 1_000 + incidents["y"].to_numpy() // 400
    by_quarter = quarter.argsort(kind="stable")
    rank = np.flatnonzero(rng.random(len(incidents)) < plan.companions)
    seen = incidents[by_quarter[rank]]
    other = by_quarter[np.clip(rank + rng.integers(-12, 13, rank.size), 0, len(incidents) - 1)]
    category, system = incidents["category"].to_numpy()[other], seen["system"].to_numpy()
    turn, far = rng.uniform(0, 2 * np.pi, len(seen)), rng.uniform(60, 180, len(seen))
    x, y = seen["x"].to_numpy() + far * np.cos(turn), seen["y"].to_numpy() + far * np.sin(turn)
    time = np.minimum(seen["time"].to_numpy() + rng.uniform(0.002, 0.08, len(seen)), plan.days - 1e-3)
    found = incidents_of(x, y, time, time + delays(rng, category), system, category)
    return found.with_columns(companion=pl.lit(True))
