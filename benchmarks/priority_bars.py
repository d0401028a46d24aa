"""Bar Q7: what the ranking puts first holds more of the next weeks' incidents than what plain counts put first.

Cities of 2,791 cells with lasting differences, drift and noise go through the product's own back-test, beside an oracle
that knows every cell's rate in the weeks tested. Where METHODS 5 leaves a number open it is chosen here: the lasting
rates are log-normal with sd 1.35 (1.25 smooth over about 1 km, .5 per cell), at which the oracle finds what it found
there; D 1.5, drift .3, 104 weeks, of which the last 52 are tested four by four.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from benchmarks.bars import Limit, Numbers, Setting, ground
from benchmarks.worlds import Ground, World, draw, movement, smooth
from geo.planning.backtest import BASELINE, PICKED, roll_origins
from geo.planning.forecast import FORECAST_WEEKS
from geo.stats.results import Floats

WEEKS = 104
USUAL = "forecast 16"
SHOWN = ("raw 4", BASELINE, "raw 52", "forecast 4", "forecast 8", USUAL, "forecast 32", PICKED, "oracle")


@dataclass(frozen=True)
class Unequal:
    """The sd of the lasting log rates: smooth over about 1 km, and of each cell by itself."""

    smooth: float = 1.25
    cell: float = 0.5


def lasting_rates(mean: float, unequal: Unequal, town: Ground, random: np.random.Generator) -> Floats:
    """Return the lasting incidents a week of every cell."""
    log_rate = unequal.smooth * smooth(random.standard_normal((town.cells, 1)), town, 3)[:, 0]
    rate = np.exp(log_rate + unequal.cell * random.standard_normal(town.cells))
    return np.asarray(rate * (mean / rate.mean()))


def ranked(random: np.random.Generator, *, world: World, unequal: Unequal) -> Numbers:
    """One city: the mean PAI of every method over its origins, and what the ranking gains on 13 weeks of counts."""
    town = ground()
    rates = lasting_rates(world.mean, unequal, town, random)[:, None] * movement(world, town, WEEKS, random)
    oracle = {"oracle": lambda origin: rates[:, origin : origin + FORECAST_WEEKS].sum(axis=1)}
    rolled = roll_origins(draw(rates, world.D, random), np.ones(town.cells), town.neighbours, more=oracle)
    found = {method: float(part["pai"].mean()) for (method,), part in rolled.group_by("method")}  # type: ignore[arg-type]
    gains = {"gain": found[PICKED] - found[BASELINE], "gain of 16": found[USUAL] - found[BASELINE]}
    return found | gains


def q7(maps: int = 12) -> list[Setting]:
    """The ranking gains 5 % on plain counts where incidents are few, and loses no more than 1 % where they are many."""
    shown = tuple(Limit(name, ">=", 0.0) for name in SHOWN)

    def setting(name: str, world: World, least: float, unequal: Unequal | None = None) -> Setting:
        gains = tuple(Limit(f"{gain} / {BASELINE}", ">=", least) for gain in ("gain", "gain of 16"))
        return Setting(name, partial(ranked, world=world, unequal=unequal or Unequal()), maps, (*gains, *shown))

    return [
        setting("mean .05", World(0.05, drift=0.3), 0.05),
        setting("mean .3", World(0.3, drift=0.3), -0.01),
        setting("mean 1.5", World(1.5, drift=0.3), -0.01),
        setting("mean .05, no drift, D 2", World(0.05, D=2.0), 0.05),
        setting("mean 1.5, no drift, D 2", World(1.5, D=2.0), -0.01),
        setting("mean .05, an evener city", World(0.05, drift=0.3), 0.05, Unequal(0.8, 0.3)),
        setting("mean 1.5, an evener city", World(1.5, drift=0.3), -0.01, Unequal(0.8, 0.3)),
    ]
