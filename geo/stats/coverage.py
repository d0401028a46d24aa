"""When an area was last looked at, as far as reports tell: a visit that found nothing leaves no trace in them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl

from geo.grid.cube import Cube
from geo.grid.windows import Window
from geo.stats.witness import PATROLS


def last_visits(cube: Cube, until: date, sources: Sequence[str] = PATROLS) -> pl.DataFrame:
    """Return area_id, last_visit (local day) and days_since of every area with a report by one of these sources.

    Reports of every category count, whatever is asked about, and merged ones too: whoever entered them was there.
    `days_since`: as of `until`; reports after it are not looked at.

    >>> from dataclasses import replace
    >>> from geo.grid.example import small_cube
    >>> cube = small_cube()
    >>> seen = cube.counts.drop("cell").with_columns(
    ...     area_id=pl.lit("m"), kind=pl.lit("market"), source=pl.lit("patrol")
    ... )
    >>> last_visits(replace(cube, areas=seen), date(2026, 3, 14)).rows()
    [('m', datetime.date(2026, 3, 9), 5)]
    """
    return (
        cube.areas.filter(pl.col("source").is_in(sources) & (pl.col("day") <= until))
        .group_by("area_id")
        .agg(last_visit=pl.col("day").max())
        .with_columns(days_since=(pl.lit(until) - pl.col("last_visit")).dt.total_days())
        .sort("area_id")
    )


def visits_in(cube: Cube, span: Window, sources: Sequence[str] = PATROLS) -> pl.DataFrame:
    """Return area_id and visits: the days of the window with a report by a patrol or inspection, of areas with any.

    >>> from geo.grid.example import small_cube
    >>> visits_in(small_cube(), Window(date(2026, 3, 1), date(2026, 3, 14))).rows()
    []
    """
    inside = pl.col("day").is_between(span.first, span.last)
    return (
        cube.areas.filter(pl.col("source").is_in(sources) & inside)
        .group_by("area_id")
        .agg(visits=pl.col("day").n_unique().cast(pl.Int64))
        .sort("area_id")
    )
