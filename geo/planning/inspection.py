"""A mock inspection: places drawn by a seed, what each was found to lose, and what that says of all places."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from scipy import stats

from geo.errors import RefusedQuestion
from geo.planning.scorecard import Scorecard
from geo.stats.intervals import COVERAGE
from geo.words import Note, note

POINTS: dict[str, Any] = {
    "area_id": pl.String,
    "kind": pl.String,
    "name": pl.String,
    "unit": pl.String,
    "lat": pl.Float64,
    "lon": pl.Float64,
    "number": pl.Int64,  # from 1, in the order of the form
    "of": pl.Int64,  # places of the kind among which it was drawn
}
RESULTS: dict[str, Any] = {
    "area_id": pl.String,
    "indicator": pl.String,
    "found": pl.Int64,  # problems; null where the place was not visited
    "not_rectified": pl.Int64,  # of these, past a deadline that was set
    "notified_twice": pl.Int64,  # of these, notified before
    "note": pl.String,
    "photo": pl.String,
}
SAME = 1e-9
"""Points by which what places lost must differ to be called different."""
LEAST_VISITED = 5
"""Places of a kind that must have been visited before they tell of the others."""


@dataclass(frozen=True)
class Visit:
    """What a mock inspection found.

    `rows`: area_id, kind, name, unit, indicator, found, not_rectified, notified_twice, points; `places`: area_id, kind,
    name, unit, points; `units`: unit, points, places; `kinds`: kind, visited, of, points (of the places visited), mean,
    estimate (for all places of the kind), estimate_se and estimate_margin (what the estimate is off by at the most in
    some 90 of 100 draws): all three null where some but fewer than `LEAST_VISITED` were visited, or all visited lost
    the same, which says nothing of how unlike the others are. `total`: points of all places visited, null where none
    was. The dearest first.
    """

    rows: pl.DataFrame
    places: pl.DataFrame
    units: pl.DataFrame
    kinds: pl.DataFrame
    total: float | None
    notes: tuple[Note, ...]


def draw_points(areas: pl.DataFrame, per_kind: Mapping[str, int], seed: int) -> pl.DataFrame:
    """Return POINTS: so many areas of each kind, every one of them with the same chance (simple random sampling).

    `areas`: area_id, kind, name, unit, lat, lon, in any order. The same areas and seed give the same draw, whatever
    else is drawn and however the rows stand, so that anyone can check it.

    Raises RefusedQuestion where a kind has fewer areas, or nothing is to be drawn.

    >>> town = pl.DataFrame({"area_id": ["a", "b", "c"], "kind": "market", "name": "", "unit": "", "lat": 0, "lon": 0})
    >>> draw_points(town, {"market": 2}, 7).equals(draw_points(town.reverse(), {"market": 2}, 7))
    True
    """
    if not any(per_kind.values()):
        raise RefusedQuestion("Nothing is to be drawn. Say how many places of which kind.")
    drawn = []
    for kind, count in per_kind.items():
        own = areas.filter(pl.col("kind") == kind).unique("area_id").sort("area_id")
        if not 0 <= count <= own.height:
            raise RefusedQuestion(
                "Of {kind} there are {available} places: {asked} cannot be drawn.",
                kind=kind,
                available=own.height,
                asked=count,
            )
        rng = np.random.default_rng([seed, zlib.crc32(kind.encode())])
        chosen = np.sort(rng.permutation(own.height)[:count])
        drawn.append(own[chosen].with_columns(of=pl.lit(own.height)))
    points = pl.concat(drawn).with_columns(number=pl.int_range(1, pl.len() + 1))
    return points.select(list(POINTS)).cast(pl.Schema(POINTS))


def form_rows(points: pl.DataFrame, scorecard: Scorecard) -> pl.DataFrame:
    """Return number, area_id, kind and indicator of every line of the form: each place with the indicators of its kind.

    Raises RefusedQuestion where the scorecard has no indicator for a kind that was drawn.
    """
    if missing := [kind for kind in points["kind"].unique(maintain_order=True) if not scorecard.of(kind)]:
        raise RefusedQuestion(
            "The scorecard has no indicator for {kind}. It has some for: {kinds}.",
            kind=missing[0],
            kinds=", ".join(scorecard.kinds),
        )
    lines = [
        (number, area_id, kind, one.code)
        for number, area_id, kind in points.select("number", "area_id", "kind").iter_rows()
        for one in scorecard.of(kind)
    ]
    schema = {"number": pl.Int64, "area_id": pl.String, "kind": pl.String, "indicator": pl.String}
    return pl.DataFrame(lines, schema=schema, orient="row")


def score_visit(points: pl.DataFrame, results: pl.DataFrame, scorecard: Scorecard) -> Visit:
    """Return the points that the places visited lose, and what the whole kind would.

    `points`: POINTS; `results`: RESULTS, one row per place and indicator at the most. A place counts as visited where
    `found` is given for each of its indicators.

    Of N places of a kind n were drawn with equal chance and lost y on average, s their standard deviation: all lose
    N y, give or take its standard error N s sqrt((1 - n / N) / n) (Cochran 1977, Sampling Techniques, 3rd edition,
    theorem 2.2 and its corollaries); the margin is Student's t of n - 1 times that, which few places with unlike points
    only roughly follow (Cochran, section 2.8). Where not all drawn were visited, n are those visited: as if the others
    had been left out by lot.

    Raises ValueError for a result of a place or an indicator that is not on the form, or that stands twice.
    """
    lines = form_rows(points, scorecard)
    known = results.select(list(RESULTS)).cast(pl.Schema(RESULTS))
    keys = ["area_id", "indicator"]
    if known.select(keys).is_duplicated().any() or known.join(lines, on=keys, how="anti").height:
        raise ValueError("a result is of no line of the form, or stands twice")
    whole = lines.join(known, on=keys, how="left", maintain_order="left")
    visited = whole.filter(pl.col("found").is_not_null().all().over("area_id"))
    codes = {one.code: one for one in scorecard.indicators}
    counts = ("found", "not_rectified", "notified_twice")
    lost = [
        codes[row["indicator"]].cost(*(float(row[name] or 0) for name in counts))
        for row in visited.iter_rows(named=True)
    ]
    named = points.select("area_id", "name", "unit", "of")
    rows = visited.with_columns(points=pl.Series(lost, dtype=pl.Float64)).join(
        named, on="area_id", how="left", maintain_order="left"
    )
    of_place = ("area_id", "kind", "name", "unit", "of")
    places = rows.group_by(*of_place, maintain_order=True).agg(pl.col("points").sum())
    units = places.group_by("unit").agg(pl.col("points").sum(), places=pl.len().cast(pl.Int64))
    kinds = _scaled(places)
    dearest: dict[str, Any] = {"descending": [True, False], "nulls_last": True}
    return Visit(
        rows=rows.select(*of_place[:-1], "indicator", *counts, "points").sort(
            "points", "area_id", "indicator", descending=[True, False, False]
        ),
        places=places.drop("of").sort("points", "area_id", **dearest),
        units=units.sort("points", "unit", **dearest),
        kinds=kinds,
        total=float(places["points"].sum()) if places.height else None,
        notes=_notes(points, places, kinds, scorecard),
    )


def _scaled(places: pl.DataFrame) -> pl.DataFrame:
    """Return what each kind loses: of the places visited, and estimated for all."""
    kinds = places.group_by("kind").agg(
        pl.col("points").sum(),
        of=pl.col("of").first(),
        visited=pl.len().cast(pl.Int64),
        mean=pl.col("points").mean(),
        spread=pl.col("points").std(),
    )
    n, whole = pl.col("visited"), pl.col("of")
    error = whole * pl.col("spread") * ((1 - n / whole) / n).sqrt()
    told = (n == whole) | ((n >= LEAST_VISITED) & (pl.col("spread") > SAME))
    least = np.maximum(kinds["visited"].to_numpy() - 1, 1)
    return (
        kinds.with_columns(
            estimate=pl.when(told).then(whole * pl.col("mean")),
            estimate_se=pl.when(told).then(pl.when(n == whole).then(0.0).otherwise(error)),
        )
        .with_columns(estimate_margin=pl.col("estimate_se") * pl.Series(stats.t.isf((1 - COVERAGE) / 2, least)))
        .select("kind", "visited", "of", "points", "mean", "estimate", "estimate_se", "estimate_margin")
        .sort("points", "kind", descending=[True, False])
    )


def _notes(points: pl.DataFrame, places: pl.DataFrame, kinds: pl.DataFrame, scorecard: Scorecard) -> tuple[Note, ...]:
    said = [*scorecard.caution]
    if not places.height:
        return (*said, note("No place is filled in: no estimate."))
    if left := points.height - places.height:
        said.append(
            note(
                "Places drawn and not visited, or not filled in whole: {n}. The estimate takes them as left by lot.",
                n=left,
            )
        )
    if kinds["estimate"].null_count():
        said.append(
            note(
                "Too few places visited, or all visited lost the same: nothing is said of all places of such a kind. "
                "It takes {least} visited.",
                least=LEAST_VISITED,
            )
        )
    if kinds["estimate"].count() == 0:
        return tuple(said)
    said.append(
        note(
            "What stands after ± is of the draw alone: it knows nothing of what a visitor overlooks, or of another day."
        )
    )
    return tuple(said)
