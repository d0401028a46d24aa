"""The places lens: false flags where people explain everything, power where a place holds more than they would."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from benchmarks.bars import KINDS, MOVEMENTS, WINDOW, YEAR, Limit, Numbers, Setting, ground, plant, power, series_of
from benchmarks.worlds import World, base_rates, draw, movement
from geo.stats.hotspots import places_lens
from geo.stats.rings import disk_sum

HOUSEHOLDS = 1000  # of a cell, per incident a week


def unexplained(random: np.random.Generator, *, world: World, beyond: float = 0.0) -> Numbers:
    """A city whose lasting rates are those of its households, times e^N(0, beyond) for each cell; is any cell hot?

    `deserved`: hot disks whose true rate in the window was above what their households explain, by a tenth at least;
    `more at all`: by anything.
    """
    town = ground()
    people = base_rates(world, town, random)
    lasting = people * np.exp(beyond * random.standard_normal(town.cells))
    rates = lasting[:, None] * movement(world, town, 2 * YEAR, random)
    test = places_lens(series_of(draw(rates, world.D, random)), town.neighbours, HOUSEHOLDS * people)
    true = rates[:, -WINDOW:].sum(axis=1)
    explained = people * (true.sum() / people.sum())
    ratio = disk_sum(true, town.neighbours) / disk_sum(explained, town.neighbours)
    return {
        "any": float(test.hot.any()),
        "hot": float(test.hot.sum()),
        "deserved": float((test.hot & (ratio >= 1.1)).sum()),
        "more at all": float((test.hot & (ratio > 1.0)).sum()),
    }


def excess(random: np.random.Generator, *, world: World) -> Numbers:
    """A city with three places of each kind that always hold more than their households; which are found?"""
    town = ground()
    people = base_rates(world, town, random)
    centres, factor = plant(people, town, random)
    rates = (people * factor)[:, None] * movement(world, town, 2 * YEAR, random)
    test = places_lens(series_of(draw(rates, world.D, random)), town.neighbours, HOUSEHOLDS * people)
    return power(test, centres, factor, town)


def q3d(maps: int = 200) -> list[Setting]:
    """People explain everything: no flag. They do not, for a while or for good: flags that say so."""
    silent = (Limit("any", "<=", 0.12),)
    shown = tuple(Limit(name, ">=", 0.0) for name in ("any", "hot", "deserved / hot", "more at all / hot"))
    steady = {"D 1.5": {}, **{name: MOVEMENTS[name] for name in ("D 2", "regional .3", "drift .1", "local season")}}
    moving: dict[str, tuple[dict[str, Any], float]] = {
        **{name: (MOVEMENTS[name], 0.0) for name in ("drift .2", "drift .3", "all together")},
        "cells differ by .15 for good": ({}, 0.15),
        "cells differ by .3 for good": ({}, 0.3),
    }
    means = (0.3, 1.5)
    settings = [
        Setting(f"mean {mean:g}, {name}", partial(unexplained, world=World(mean, **moves)), maps, silent)
        for mean in means
        for name, moves in steady.items()
    ]
    settings += [
        Setting(
            f"mean {mean:g}, {name}",
            partial(unexplained, world=World(mean, **moves), beyond=beyond),
            max(1, maps // 4),
            shown,
        )
        for mean in means
        for name, (moves, beyond) in moving.items()
    ]
    wanted = {"D 1.5": (0.0, 0.80, 0.65, 0.95), "regional .3": (0.0, 0.0, 0.0, 0.95)}
    return settings + [
        Setting(
            f"{name}: three places of each kind",
            partial(excess, world=World(0.3, **MOVEMENTS.get(name, {}))),
            maps,
            (
                *(Limit(f"power at {e} x{r}", ">=", least) for (e, r), least in zip(KINDS, powers, strict=True)),
                Limit("disk FDR", "<=", 0.05),
                Limit("core FDR", "<=", 0.07),
            ),
        )
        for name, powers in wanted.items()
    ]
