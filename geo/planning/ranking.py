"""A ranking of the areas of one kind: all that no weight changes, and the list that given weights make of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import astuple, dataclass, field
from functools import cached_property

import geopandas as gpd
import numpy as np
import polars as pl
from numpy.typing import NDArray

from geo import tables
from geo.errors import RefusedQuestion
from geo.grid.windows import Window
from geo.planning.area_counts import describe_areas
from geo.planning.boards import RED
from geo.planning.forecast import FORECAST_WEEKS, Floats, Rates
from geo.planning.priority_words import reason_of
from geo.planning.ranks import Ranks, order_of, rank_draws, share_ties, tiers_of
from geo.words import Note

Counts = NDArray[np.int64]

ENOUGH = 5.0
"""Incidents like its kind in the record an area's forecast stands on, from which on it says something of the area."""


@dataclass(frozen=True)
class Weights:
    """What one incident of each part adds to the score, which is the sum of weights times `Ranking.parts`.

    By default it is the expected excess of the next 4 weeks alone.

    Raises RefusedQuestion for a weight below 0, and where all are 0.

    >>> Weights(overdue=0.5).parts()
    {'excess': 1.0, 'overdue': 0.5}
    """

    excess: float = 1.0
    trend: float = 0.0
    relapses: float = 0.0
    overdue: float = 0.0
    hot: float = 0.0

    def __post_init__(self) -> None:
        if not all(0 <= weight < math.inf for weight in astuple(self)) or not any(astuple(self)):
            raise RefusedQuestion("Weights are numbers from 0 up, and one of them is above 0.")

    def parts(self) -> dict[str, float]:
        """Return the weights that are above 0."""
        return {name: weight for name, weight in vars(self).items() if weight > 0}


USUAL = Weights()


@dataclass(frozen=True)
class Facts:
    """What the counts of areas do not tell; arrays (areas,), 0 where it is not known."""

    relapses: Counts  # problems that came back in the window
    overdue: Counts  # problems open past their deadline: a stock, whatever the window
    open_reports: Counts
    hot_cells: Counts
    hot_excess: Floats  # incidents of 4 weeks beyond expectation in hot cells
    blind: NDArray[np.bool_]  # far fewer patrol finds than its kind: few counts may mean few visits

    @classmethod
    def none(cls, areas: int) -> Facts:
        nothing = np.zeros(areas, np.int64)
        return cls(nothing, nothing, nothing, nothing, np.zeros(areas), np.zeros(areas, bool))


@dataclass(frozen=True)
class Ranking:
    """All that no weight changes, of the areas of one kind; arrays (areas,) in the order of their ids."""

    areas: gpd.GeoDataFrame
    names: Mapping[str, str]  # of areas of every kind, by their id
    span: Window  # of the incidents, the part within the records
    half_life: float  # weeks
    top: int
    rates: Rates
    draws: NDArray[np.float32]  # (areas, draws): expected incidents of the next 4 weeks
    bounds: tuple[Counts, Counts]  # 90 % interval of what will be counted in them
    expected: Floats  # of the next 4 weeks, were the area like its kind
    counts: Floats  # (areas, weeks) that the forecast stands on, the newest last
    incidents: Floats  # of the window
    earlier: tuple[Floats, Floats] | None  # forecast and expectation of 4 weeks ago
    board: NDArray[np.str_]  # by the counts alone, see `listed`
    unlisted: tuple[Note, ...]  # why there is no red and black list, if there is none
    dispersion: float  # variance of a count over its mean
    doubt: float  # the same as far as it makes the forecast unsure: more where rates drift
    by_exposure: bool
    facts: Facts = field(repr=False)

    @property
    def forecast(self) -> Floats:
        """Expected incidents of the next 4 weeks."""
        return FORECAST_WEEKS * self.rates.mean

    @property
    def excess(self) -> Floats:
        return self.forecast - self.expected

    @property
    def trend(self) -> Floats:
        """Excess less that of 4 weeks ago, so that what moved the whole city is no trend; 0 where there was none."""
        return self.excess - (self.earlier[0] - self.earlier[1]) if self.earlier else np.zeros(len(self.areas))

    @property
    def unseen(self) -> NDArray[np.bool_]:
        """Which areas would be praised although patrols hardly found anything there beside their kind."""
        return self.facts.blind & (self.board == RED)

    @property
    def listed(self) -> NDArray[np.str_]:
        """The red and black list: nobody is red because its patrols stopped."""
        return np.where(self.unseen, "", self.board)

    def parts(self) -> dict[str, Floats]:
        """Return the parts of the score by the names of `Weights`: columns of the list, relapses as of 4 weeks.

        All are incidents of 4 weeks but the overdue, of which each that is open counts 1.
        """
        return {
            "excess": self.excess,
            "trend": self.trend,
            "relapses": self.facts.relapses.astype(np.float64) * (FORECAST_WEEKS / self.span.weeks),
            "overdue": self.facts.overdue.astype(np.float64),
            "hot": self.facts.hot_excess,
        }

    def weigh(self, weights: Weights, lang: str = "en") -> gpd.GeoDataFrame:
        """Return `tables.PRIORITIES` with polygons, ranked by the weighted parts.

        Doubt about the forecast is carried into score, rank and tier; what was counted (relapses, overdue, hot cells)
        has none. Tier A: at least 95 % sure to be one of the first `top`, B: 80 %; `ranks.tiers_of` keeps a tier from
        standing above a better one. Areas of one score share bounds, chance and tier.
        """
        parts, uncertain = self.parts(), weights.excess + weights.trend
        score = sum((weight * parts[name] for name, weight in weights.parts().items()), np.zeros(len(self.areas)))
        score = score.round(9)
        rank = order_of(score)
        fixed = score - uncertain * self.forecast
        if uncertain:
            scores = self.draws * np.float32(uncertain) + fixed.astype(np.float32)[:, None]
            low, high, p_top = rank_draws(scores, self.top)
            drawn = Ranks(np.minimum(low, rank), np.maximum(high, rank), p_top)
        else:
            drawn = Ranks(rank, rank, (rank <= self.top).astype(float))
        low, high, p_top = share_ties(drawn, score)
        table = self._known.with_columns(
            score=pl.Series(score),
            rank=pl.Series(rank),
            rank_low=pl.Series(low),
            rank_high=pl.Series(high),
            p_top=pl.Series(p_top),
            tier=pl.Series(tiers_of(p_top, score, rank).tolist(), dtype=pl.String),
        )
        weighted = {name: weight * parts[name] for name, weight in weights.parts().items()}
        reasons = [
            reason_of(row, {name: values[at] for name, values in weighted.items()}, self.top, len(rank), lang)
            for at, row in enumerate(table.iter_rows(named=True))
        ]
        table = table.with_columns(pl.Series("reason", reasons, dtype=pl.String), pl.col(pl.Float64).round(6))
        frame = table.select(list(tables.PRIORITIES)).cast(pl.Schema(tables.PRIORITIES)).to_pandas()
        shapes = self.areas.geometry.to_numpy()
        ranked = gpd.GeoDataFrame(frame.astype({"moved": "Int64"}), geometry=shapes, crs="EPSG:4326")
        return ranked.sort_values("rank", ignore_index=True)

    @cached_property
    def _known(self) -> pl.DataFrame:
        """The columns that no weight changes."""
        numbers = {
            "incidents": self.incidents,
            "forecast": self.forecast,
            "forecast_low": self.bounds[0],
            "forecast_high": self.bounds[1],
            "expected": self.expected,
            "excess": self.excess,
            "trend": self.trend,
            **vars(self.facts),
            "enough": self.expected / FORECAST_WEEKS * self.rates.neff >= ENOUGH,
        }
        moved = pl.Series([None] * len(self.areas), dtype=pl.Int64)
        if self.earlier:
            then, now = self.earlier[0] - self.earlier[1], self.excess
            moved = pl.Series(order_of(then.round(9)) - order_of(now.round(9)))
        return describe_areas(self.areas, self.names).with_columns(
            *(pl.Series(name, values) for name, values in numbers.items()),
            moved=moved,
            board=pl.Series(self.listed.tolist(), dtype=pl.String),
        )
