"""Closing curves for a day ahead: what of the open problems still stands then, and what of those still to come.

A unit's own curve for a kind of problem where it closed enough of them, else the unit's for all, else the city's; and
not one curve only, but as many as the data allow.
"""

from __future__ import annotations

import zlib
from datetime import date
from typing import NamedTuple

import numpy as np
import polars as pl

from geo.planning.countdown import pace
from geo.stats.results import Floats

CURVES = 200
"""Curves drawn of each unit; one is behind every so manieth visit."""
CURVE_DAYS = 365
"""Days before the last one whose problems say how long a closing takes."""
LEAST_CLOSINGS = 30
"""Closings of a unit and an indicator for a curve of their own; then of the unit; else the indicator's, else all."""
_STEPS = 400  # of the days ahead, in which a curve is added up
_PART = 4  # of a day, to which waits are rounded


class _Drawn(NamedTuple):
    """Curves of one group: the part still waiting after `days[i]` is `waiting[:, i + 1]`; before the first, all."""

    days: Floats  # (steps,)
    waiting: Floats  # (CURVES, steps + 1)

    def at(self, days: Floats) -> Floats:
        """Return the part still waiting after so many days; (CURVES, days)."""
        return np.asarray(self.waiting[:, np.searchsorted(self.days, days, side="right")])


class Curves:
    """How long the problems of an indicator stay, by unit; every curve drawn CURVES times.

    The steps of a Kaplan-Meier curve are drawn as beta variables of those closed and those left: Lo (1993), Annals of
    Statistics 21, 100-123, doi:10.1214/aos/1176349017, a Bayesian bootstrap for censored data.
    """

    def __init__(
        self, every: pl.DataFrame, own: pl.DataFrame, allowed: pl.Series, ahead: int, seed: tuple[int, str]
    ) -> None:
        """Fit. `every`, `own`: `seen_lately` of all problems, and of the indicator; `allowed`: days to deadlines."""
        self._ahead, self._seed = ahead, seed
        self._middles = (np.arange(_STEPS) + 0.5) * ahead / _STEPS
        limits = np.sort(allowed.cast(pl.Float64).fill_null(np.inf).to_numpy()) + 1  # the whole day of the deadline
        self._late = np.searchsorted(limits, self._middles, side="left") / max(len(limits), 1)
        self._whole = self._drawn(own if _closings(own) >= LEAST_CLOSINGS else every, "")
        self._units = {}
        for unit in own["unit"].drop_nulls().unique().sort():
            parts = (some.filter(pl.col("unit") == unit) for some in (own, every))
            chosen = next((part for part in parts if _closings(part) >= LEAST_CLOSINGS), None)
            if chosen is not None:
                self._units[unit] = self._drawn(chosen, unit)

    def of_open(self, problems: pl.DataFrame) -> Floats:
        """Return the chance that open problems of a certain `age` still stand; (problems, CURVES)."""
        chance = np.ones((problems.height, CURVES))
        for (unit,), part in problems.with_row_index("at").partition_by("unit", as_dict=True).items():
            curve, age = self._units.get(unit, self._whole), part["age"].to_numpy().astype(np.float64)
            now, then = curve.at(age), curve.at(age + self._ahead)
            chance[part["at"].to_numpy()] = np.divide(then, now, out=np.ones(now.shape), where=now > 0).T
        return chance

    def of_new(self, areas: pl.Series, began: pl.DataFrame) -> tuple[Floats, Floats]:
        """Return how many stand of one new problem a day, before and past its deadline; (areas, CURVES) each.

        An area's problems are shared among units as those that `began` there were; where none did, it is the city's.
        """
        units = [None, *self._units]
        stays = np.array([self._stay(self._units.get(unit, self._whole)) for unit in units])  # (units, 2, CURVES)
        place = {unit: at for at, unit in enumerate(units)}
        position = {area: at for at, area in enumerate(areas)}
        shares = np.zeros((len(areas), len(units)))
        for area, unit, count in began.group_by("area_id", "unit").len().iter_rows():
            if area in position:
                shares[position[area], place.get(unit, 0)] += count
        shares[shares.sum(axis=1) == 0, 0] = 1
        shares /= shares.sum(axis=1, keepdims=True)
        both = np.einsum("au,usc->sac", shares, stays)
        return both[0], both[1]

    def _stay(self, curve: _Drawn) -> tuple[Floats, Floats]:
        """Return the days that the curves, and their parts past the deadline, add up to until the visit."""
        there = curve.at(self._middles) * self._ahead / _STEPS
        return (there * (1 - self._late)).sum(axis=1), (there * self._late).sum(axis=1)

    def _drawn(self, problems: pl.DataFrame, unit: str) -> _Drawn:
        """Draw the curves of some problems. To its end: cut off early, the last few would stand for ever."""
        days = (problems["days"] * _PART).round() / _PART
        curve = pace(problems["entered"], days, problems["closed"], least=1).filter(pl.col("closings") > 0)
        gone, left = curve["closings"].to_numpy().astype(float), (curve["at_risk"] - curve["closings"]).to_numpy()
        rng = np.random.default_rng([self._seed[0], zlib.crc32(f"{self._seed[1]}/{unit}".encode())])
        steps = np.where(left > 0, rng.beta(gone, np.maximum(left, 1.0), (CURVES, len(gone))), 1.0)
        return _Drawn(curve["days"].to_numpy(), np.c_[np.ones(CURVES), np.cumprod(1 - steps, axis=1)])


def seen_lately(problems: pl.DataFrame, last: date) -> pl.DataFrame:
    """Return the problems open on a day of the last year, with the age (`entered`) that they had when it began."""
    start = pl.lit(last).dt.offset_by(f"-{CURVE_DAYS}d")
    age = (start - pl.col("opened")).dt.total_days().clip(lower_bound=0).cast(pl.Float64)
    known = problems.filter(pl.col("days").is_not_null()).with_columns(entered=age)
    return known.filter(~pl.col("closed") | (pl.col("closed_on") >= start))


def _closings(problems: pl.DataFrame) -> int:
    return int(problems["closed"].sum())
