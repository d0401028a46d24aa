"""What a visit would cost: the problems that it would find standing, and the points that a scorecard takes for them.

Only what is reported is known. What nobody reports stands on the day of the visit too, and no number here holds it.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from geo.intake.themes import Theme
from geo.planning.loss_curves import CURVES, Curves, seen_lately
from geo.planning.scorecard import Scorecard, matched
from geo.stats.intervals import COVERAGE
from geo.stats.rates import shrunken_rates
from geo.stats.results import Flags, Floats

DRAWS = 2000
SEED = 20261123
_BLOCK = 256  # standing problems drawn at once

LOSS_ROWS: dict[str, Any] = {
    "area_id": pl.String,
    "kind": pl.String,
    "indicator": pl.String,
    "unit": pl.String,  # that most of its problems name, else the one that leads the area
    "standing": pl.Int64,
    "overdue": pl.Int64,
    "expected_problems": pl.Float64,
    "points": pl.Float64,
    "points_low": pl.Float64,
    "points_high": pl.Float64,
    "recoverable": pl.Float64,
}
LOSS_PROBLEMS: dict[str, Any] = {
    "incident_id": pl.String,
    "area_id": pl.String,  # the one that it counts in
    "indicator": pl.String,
    "areas": pl.Int64,  # of the kind, that it lies in
    "open": pl.Boolean,
    "overdue": pl.Boolean,
}
"""What the rows are reckoned from: problems that stand, and those that began in the window; once per indicator."""


@dataclass(frozen=True)
class Loss:
    """`rows`: LOSS_ROWS, by kind, indicator and area. `draws`, `kept`: points of every row in each of DRAWS visits as

    things go, and if all that stands on the last day were put right; both (rows, draws). `problems`: LOSS_PROBLEMS.
    """

    rows: pl.DataFrame
    draws: Floats
    kept: Floats
    problems: pl.DataFrame

    def of(self, area_ids: Sequence[str]) -> Loss:
        """Return the rows of these areas, as they are among all others."""
        which = pl.col("area_id").is_in(list(area_ids))
        held = self.rows.select(which).to_series().to_numpy()
        return Loss(self.rows.filter(which), self.draws[held], self.kept[held], self.problems.filter(which))

    def count(self, which: str) -> int:
        """Return how many problems are `open` or `overdue`; one in a market and in its community is one."""
        return self.problems.filter(which)["incident_id"].n_unique()

    def total(self, by: str | None = None) -> pl.DataFrame:
        """Return points with their 90 % interval and the recoverable ones of all rows together, or by a column.

        A row's interval cannot be added up: the draws are. Most points first.
        """
        keys = self.rows[by].fill_null("") if by else pl.Series("all", ["all"]).new_from_index(0, self.rows.height)
        found = []
        for key in keys.unique().sort():
            own = (keys == key).to_numpy()
            low, mean, high = _summed(self.draws[own].sum(axis=0))
            kept = float(self.kept[own].sum(axis=0).mean())
            found.append((key, mean, low, high, mean - kept))
        name = by or "all"
        schema = {name: pl.String, **dict.fromkeys(("points", "points_low", "points_high", "recoverable"), pl.Float64)}
        table = pl.DataFrame(found, schema=schema, orient="row").sort(["points", name], descending=[True, False])
        return table.with_columns(pl.col(name).replace("", None)) if by else table


def expected_losses(
    problems: pl.DataFrame,
    areas: pl.DataFrame,
    scorecard: Scorecard,
    *,
    first: date,
    last: date,
    visit: date,
    themes: Sequence[Theme] | None = None,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Loss:
    """Return what a visitor would take from every area for every indicator of its kind.

    Parameters
    ----------
    problems
        `closing.times_to_close` up to `last`, with `returned` (had been closed at the place, and came back).
    areas
        area_id, kind, unit (of its lead; null where nobody leads), m2 (surface).
    first, last
        Days whose problems say how many begin a day. `last`: what is open then stands.
    visit
        The day of the visit, `last` or later.

    An indicator deducts for a problem once: in the smallest area of its kind that the problem lies in, of equal ones
    the first by area_id. So the points of all places together are those of the city. In areas of two kinds (a market
    and its community) it counts for the indicators of both.

    On the day of the visit, h days after the last, there stand

    - of the problems open for a days, each with probability S(a + h) / S(a), where S is the part still waiting, by days
      since the report, of the unit's problems of this kind in the last year (`loss_curves`);
    - of those that begin until then at a rate r a day, a Poisson number of mean r * integral of S from 0 to h: the
      number in an M/G/infinity queue that begins empty (Eick, Massey and Whitt 1993, Operations Research 41, 731-742,
      doi:10.1287/opre.41.4.731). For long h that is r times the mean wait, Little's law (Little 1961, Operations
      Research 9, 383-387, doi:10.1287/opre.9.3.383).

    S is not known better than its problems tell: it is drawn too, its steps as beta variables of those closed and those
    left (Lo 1993, Annals of Statistics 21, 100-123, doi:10.1214/aos/1176349017), the same for all areas of a unit.

    r is a gamma variable around the area's own rate, drawn toward that of its kind: Marshall's mean and variance
    (`geo.stats.rates.shrunken_rates`) as the prior, whose mean is his estimate. A new problem is past its deadline if
    the indicator's problems were given fewer days than it has stood, and has come back as often as they had: as if the
    days given had nothing to do with the days taken. One that is open now is past it if one of its open reports is past
    its own. A unit works at one pace, however much there is to do, and the rate stays.

    Points are `Indicator.cost` of what stands, so capped; mean and 90 % interval of `draws` visits. Every row has
    random numbers of its own, drawn by area and indicator: other areas, or another order, do not change them.
    """
    ahead, days = (visit - last).days, (last - first).days + 1
    problems = problems.sort("incident_id").with_columns(
        age=pl.when(~pl.col("closed")).then("days"), wait=(pl.col("due_on") - pl.col("opened")).dt.total_days()
    )
    known = problems["category"].unique().to_list()
    recent = seen_lately(problems, last)
    rows: list[dict[str, Any]] = []
    points: list[Floats] = []
    kept: list[Floats] = []
    held: list[pl.DataFrame] = []
    behind = np.arange(draws) % CURVES  # the curve of each visit: the same for all that a unit answers for
    for one in scorecard.indicators:
        own = areas.filter(pl.col("kind") == one.point_type).sort("area_id")
        if one.point_type not in problems.columns or not own.height:
            continue
        of_it = pl.col("category").is_in(list(matched(one, known, themes)))
        mine = problems.filter(of_it)
        curves = Curves(recent, recent.filter(of_it), mine["wait"], ahead, (seed, one.code))
        placed = _in_one_area(mine, one.point_type, own).with_columns(
            indicator=pl.lit(one.code), open=pl.col("age").is_not_null()
        )
        began = placed.filter(pl.col("opened").is_between(first, last))
        lately = mine.filter(pl.col("opened").is_between(first, last))
        returns = int(lately["returned"].sum()) / max(lately.height, 1)
        shape, rate = _rates(own, began, days)
        within, late = curves.of_new(own["area_id"], began)
        left = placed.filter("open")
        held.append(placed.filter(pl.col("open") | pl.col("opened").is_between(first, last)))
        stays = curves.of_open(left)
        parts = left.with_row_index("at").partition_by("area_id", as_dict=True)
        busiest = _busiest(began, left)
        for at, (area_id, lead) in enumerate(own.select("area_id", "unit").iter_rows()):
            standing = parts.get((area_id,), left.clear().with_row_index("at"))
            chance = stays[standing["at"].to_numpy()]
            rng = np.random.default_rng([seed, zlib.crc32(f"{area_id}/{one.code}".encode())])
            r = rng.gamma(shape[at], 1 / rate[at], draws) if shape[at] > 0 else np.zeros(draws)
            fresh = _fresh(rng, r * within[at][behind], r * late[at][behind], returns)
            old = _lasting(rng, chance, behind, standing["open_due_on"] < visit, standing["returned"])
            lost, later = one.cost(*(new + there for new, there in zip(fresh, old, strict=True))), one.cost(*fresh)
            low, mean, high = _summed(lost)
            points.append(lost)
            kept.append(later)
            rows.append(
                {
                    "area_id": area_id,
                    "kind": one.point_type,
                    "indicator": one.code,
                    "unit": busiest.get(area_id, lead),
                    "standing": standing.height,
                    "overdue": int(standing["overdue"].sum()),
                    "expected_problems": float(chance.mean(axis=1).sum())
                    + shape[at] / rate[at] * float((within[at] + late[at]).mean()),
                    "points": mean,
                    "points_low": low,
                    "points_high": high,
                    "recoverable": mean - float(later.mean()),
                }
            )
    empty = np.zeros((0, draws))
    return Loss(
        pl.DataFrame(rows, schema=LOSS_ROWS),
        np.array(points) if points else empty,
        np.array(kept) if kept else empty,
        pl.concat([pl.DataFrame(schema=LOSS_PROBLEMS), *(part.select(list(LOSS_PROBLEMS)) for part in held)]),
    )


def _in_one_area(problems: pl.DataFrame, kind: str, own: pl.DataFrame) -> pl.DataFrame:
    """Return the problems in areas of a kind, each in the smallest that it lies in, with how many those are."""
    every = problems.explode(kind).rename({kind: "area_id"}).join(own.select("area_id", "m2"), on="area_id")
    every = every.with_columns(areas=pl.len().over("incident_id").cast(pl.Int64))
    return every.sort("incident_id", "m2", "area_id").unique("incident_id", keep="first", maintain_order=True)


def _rates(areas: pl.DataFrame, began: pl.DataFrame, days: int) -> tuple[Floats, Floats]:
    """Return shape and rate of the gamma variable of each area's problems a day."""
    counts = areas.join(began.group_by("area_id").len("n"), on="area_id", how="left", maintain_order="left")["n"]
    n = counts.fill_null(0).to_numpy().astype(np.float64)
    a, b, _ = shrunken_rates(n, np.full(len(n), float(days)))
    if b == 0:
        return np.zeros(len(n)), np.ones(len(n))
    if a == 0:  # no area differs from the others: all tell of the one rate
        return np.full(len(n), n.sum()), np.full(len(n), float(days * len(n)))
    return b * b / a + n, np.full(len(n), b / a + days)


def _busiest(began: pl.DataFrame, left: pl.DataFrame) -> dict[str, str]:
    """Return the unit that most problems of each area name, of the new ones and the open ones."""
    recent = pl.concat([began.select(left.columns), left]).unique(["incident_id", "area_id"]).drop_nulls("unit")
    counted = recent.group_by("area_id", "unit").len().sort("len", "unit", descending=[True, False])
    return dict(counted.unique("area_id", keep="first", maintain_order=True).select("area_id", "unit").iter_rows())


def _fresh(rng: np.random.Generator, within: Floats, late: Floats, returns: float) -> Sequence[Floats]:
    """Draw the problems that begin until the visit and stand on it: all, overdue, returned; (draws,) each.

    `within`, `late`: how many stand on average before and past their deadline, in each draw.
    """
    overdue = rng.poisson(late)
    found = rng.poisson(within) + overdue
    return found.astype(float), overdue.astype(float), rng.binomial(found, returns).astype(float)


def _lasting(
    rng: np.random.Generator, chance: Floats, behind: NDArray[np.int64], overdue: pl.Series, returned: pl.Series
) -> Sequence[Floats]:
    """Draw which open problems still stand on the visit: all, overdue by then, returned; (draws,) each.

    `chance`: (problems, CURVES); `behind`: the curve of every draw.
    """
    marks: list[Flags] = [overdue.fill_null(False).to_numpy(), returned.to_numpy()]
    found = np.zeros((3, len(behind)))
    for start in range(0, len(chance), _BLOCK):
        part = slice(start, start + _BLOCK)
        there = rng.random((len(behind), len(chance[part]))) < chance[part].T[behind]
        found += np.array([there.sum(axis=1), *(there @ mark[part].astype(float) for mark in marks)])
    return list(found)


def _summed(lost: Floats) -> tuple[float, float, float]:
    """Return the lower end, the mean and the upper end of draws."""
    tail = (1 - COVERAGE) / 2
    low, high = np.quantile(lost, [tail, 1 - tail])
    return float(low), float(lost.mean()), float(high)
