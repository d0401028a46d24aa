"""What the rows of clusters say: their numbers, their areas and units, their state period by period."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray

from geo import tables
from geo.grid.cells import cell_to_polygon, cell_to_string
from geo.grid.cube import Cube, Slice
from geo.grid.windows import Window
from geo.stats import places
from geo.stats.cluster_words import ClusterFacts, cluster_sentence
from geo.stats.identity import SEEN, Footprint, Life, strongest
from geo.stats.results import Floats
from geo.stats.tails import negative_binomial_tail
from geo.stats.timeline import TimeLine

CLEAR = 1e-4
"""A new cluster counts at once if the chance of its clearest cell is at most this; else only when a second period shows
it too (METHODS 7)."""
LINES: dict[str, Any] = {
    "cluster_id": pl.String,
    "step": pl.Int64,
    "state": pl.String,
    "cells": pl.List(pl.String),
    "size": pl.Int64,
    "incidents": pl.Int64,
    "expected": pl.Float64,
}
"""One row per cluster and period since its birth. `step`: of the periods shown, 0 the oldest. `cells` and `size` are
of the hot cells; `incidents` and `expected` of these and their neighbours, each counted once. Where it is not seen
there are no `cells`, and `incidents` and `expected` are those of where it was seen last."""
MOST_NAMED = 8
"""Areas of a cluster that are named: communities, then markets, then sites; those of its fullest cells first."""
_HAIR = 1e-9  # degrees: what the corners of neighbouring hexagons may differ by


class ClusterRows:
    """What the rows of clusters are made from."""

    def __init__(
        self,
        cube: Cube,
        line: TimeLine,
        expected: Floats,
        described: pl.DataFrame | None,
        start: int,
        chosen: Slice,
        lang: str,
    ) -> None:
        self.cube, self.line, self.start, self.chosen, self.lang = cube, line, start, chosen, lang
        self.expected = expected  # of the cells alone, as line.incidents
        self.described = places.describe_cells(cube, None) if described is None else described
        self.position = {cell: at for at, cell in enumerate(cell_to_string(cube.cells))}

    def ordered(self, lives: Iterable[Life]) -> list[Life]:
        """Return those there in the last period first, then those missing for a while, then what is over; the greatest
        excess first."""

        def rank(life: Life) -> tuple[int, float, str]:
            standing = 0 if life.state in SEEN else 1 if life.state == "dormant" else 2
            incidents, expected = self._sums(life.footprint, life.last)
            return standing, expected - incidents, life.cluster_id

        return sorted(lives, key=rank)

    def table(self, lives: Sequence[Life]) -> gpd.GeoDataFrame:
        """Return `tables.CLUSTERS` and the union of the hexagons, one row per life."""
        tops = self._top_categories(lives)
        rows = pl.DataFrame([self._row(life, tops.get(life.cluster_id)) for life in lives], schema=tables.CLUSTERS)
        cells = [cell_to_polygon(self.cube.cells[self._at(life.footprint)]) for life in lives]
        shapes = [shapely.union_all(hexagons, grid_size=_HAIR) for hexagons in cells]
        return gpd.GeoDataFrame(rows.to_pandas(), geometry=shapes, crs="EPSG:4326")

    def lines(self, lives: Iterable[Life]) -> pl.DataFrame:
        """Return LINES, one row per life and period."""
        return pl.DataFrame([row for life in lives for row in self._steps(life)], schema=LINES, orient="row")

    def is_provisional(self, life: Life) -> bool:
        """Return whether only the last period, or one that overlaps it, shows a cluster, and no cell of it is CLEAR."""
        line, last = self.line, life.last
        now = len(line.periods) - 1
        overlap = now > 0 and line.periods[now].first <= line.periods[now - 1].last
        if life.birth == 0 or life.birth < now - overlap:
            return False
        at = self._at(life.footprint)
        mean = line.expected[at, last] * line.delta
        p_value = negative_binomial_tail(line.ring[at, last], mean, line.spread.variance(mean))
        return bool(p_value.min() > CLEAR)

    def _at(self, footprint: Footprint) -> NDArray[np.int64]:
        return np.array(sorted(self.position[cell] for cell in footprint), np.int64)

    def _near(self, footprint: Footprint) -> NDArray[np.int64]:
        """Return the cells of a footprint and their neighbours, which it was judged by, each once."""
        own = self._at(footprint)
        near = np.union1d(own, self.cube.neighbours[own])
        return near[(near >= 0) & self.line.tested[near]]

    def _sums(self, footprint: Footprint, step: int) -> tuple[int, float]:
        """Return the incidents and the expected of a footprint and its neighbours in a period."""
        at = self._near(footprint)
        return int(self.line.incidents[at, step].sum()), float(self.expected[at, step].sum())

    def _row(self, life: Life, top: str | None) -> dict[str, Any]:
        periods, last = self.line.periods, life.last
        incidents, expected = self._sums(life.footprint, last)
        steps = range(self.start, len(periods))
        held = {step: self._sums(footprint, step)[0] for step, footprint in life.seen.items() if step >= self.start}
        peak = max(held, key=lambda step: (held[step], -step))
        middle = self.position[strongest(life.footprint)]
        areas, unit = self._named(life.footprint)
        history = "".join("h" if step in life.seen else "." for step in steps)
        facts = ClusterFacts(
            state=life.state,
            since=periods[life.birth].first,
            from_start=life.birth == 0,
            last=periods[last],
            size=len(life.footprint),
            incidents=incidents,
            expected=expected,
            hot_steps=len(held),
            steps=len(steps),
            missed=_missed(life),
            parent_id=life.parent_id,
            merged_into=life.merged_into,
            provisional=self.is_provisional(life),
            lens=self.line.lens,
        )
        return {
            "cluster_id": life.cluster_id,
            "state": life.state,
            "first_seen": facts.since,
            "last_seen": facts.last.last,
            "cells": ";".join(sorted(life.footprint)),
            "size": facts.size,
            "lat": round(float(self.cube.universe["lat"][middle]), 7),
            "lon": round(float(self.cube.universe["lon"][middle]), 7),
            "incidents": incidents,
            "expected": round(expected, 4),
            "ratio": round(incidents / expected, 4) if expected > 0 else None,
            "peak": held[peak],
            "peak_start": periods[peak].first,
            "steps": len(steps),
            "hot_steps": len(held),
            "history": history,
            "top_category": top,
            "areas": areas,
            "unit": unit,
            "parent_id": life.parent_id,
            "merged_into": life.merged_into,
            "reason": cluster_sentence(facts, self.lang),
        }

    def _steps(self, life: Life) -> list[tuple[Any, ...]]:
        """Return the rows of one cluster, from its birth or the first period shown."""
        rows: list[tuple[Any, ...]] = []
        latest: Footprint = {}
        for step, state in enumerate(life.states, start=life.birth):
            latest = life.seen.get(step, latest)
            if step >= self.start:
                cells = sorted(latest) if step in life.seen else []
                at = step - self.start
                rows.append((life.cluster_id, at, state, cells, len(cells), *self._sums(latest, step)))
        return rows

    def _named(self, footprint: Footprint) -> tuple[str | None, str | None]:
        """Return up to MOST_NAMED areas that a footprint touches, and the unit of most of its incidents."""
        order = sorted(footprint, key=lambda cell: (-footprint[cell], cell))
        own = self.described[[self.position[cell] for cell in order]]
        listed = (named for kind in places.NAMED_KINDS for named in own[kind].drop_nulls() if named)
        names = dict.fromkeys(name for joined in listed for name in joined.split(";"))
        held: dict[str, float] = {}
        for cell, unit in zip(order, own["unit"], strict=True):
            if unit:
                held[unit] = held.get(unit, 0.0) + footprint[cell]
        return ";".join([*names][:MOST_NAMED]) or None, min(
            held, key=lambda unit: (-held[unit], unit)
        ) if held else None

    def _top_categories(self, lives: Iterable[Life]) -> dict[str, str]:
        """Return the category of most incidents in and around each cluster, in the period in which it was seen last."""
        wanted = [
            (life.cluster_id, cell, period.first, period.last)
            for life in lives
            for period in (self.line.periods[life.last],)
            for cell in self._near(life.footprint).tolist()
        ]
        if not wanted:
            return {}
        names = {"cluster_id": pl.String, "position": pl.Int64, "first": pl.Date, "last": pl.Date}
        cells = pl.DataFrame(wanted, schema=names, orient="row")
        span = Window(min(cells["first"]), max(cells["last"]))
        counted = (
            self.cube.rows(span, self.chosen)
            .select(pl.col("position").cast(pl.Int64), "day", "category", "incidents")
            .join(cells, on="position")
            .filter(pl.col("day").is_between("first", "last"))
            .group_by("cluster_id", "category")
            .agg(pl.col("incidents").sum())
            .filter(pl.col("incidents") > 0)
            .sort(["incidents", "category"], descending=[True, False])
            .group_by("cluster_id", maintain_order=True)
            .agg(pl.col("category").first())
        )
        return dict(counted.iter_rows())


def _missed(life: Life) -> int:
    """Return for how many periods a cluster was away before it was last seen."""
    before = [step for step in life.seen if step < life.last]
    return life.last - max(before) - 1 if before else 0
