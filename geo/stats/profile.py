"""What is known of one area: a community, a market, a site, a street, as the cube counts it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import polars as pl

from geo.grid.cube import Cube, Slice
from geo.grid.windows import Window

TOP = 3


@dataclass(frozen=True)
class AreaProfile:
    """One area in one window. Incidents lie in the area itself, exactly, whatever hexagons it meets.

    `rank`: by incidents among `peers`, the areas of its kind, those without an incident too; equal counts share the
    better rank. `before`: incidents of the days directly before the window, as many; None where records do not reach.
    """

    area_id: str
    kind: str
    incidents: int
    before: int | None
    rank: int
    peers: int
    categories: tuple[tuple[str, int], ...]  # most frequent first
    weekly: pl.DataFrame  # week (its first local day), incidents; oldest first, none before the records


def area_profile(
    cube: Cube, area_id: str, kind: str, *, peers: int, window: Window, chosen: Slice, weeks: int = 26
) -> AreaProfile:
    """Return the profile of an area of `kind`, one of `peers` such areas.

    >>> from dataclasses import replace
    >>> from datetime import date
    >>> from geo.grid.example import small_cube
    >>> cube = small_cube()
    >>> north = cube.counts.drop("cell").with_columns(area_id=pl.lit("community/1"), kind=pl.lit("community"))
    >>> window = Window(date(2026, 3, 8), date(2026, 3, 14))
    >>> found = area_profile(
    ...     replace(cube, areas=north), "community/1", "community", peers=2, window=window, chosen=Slice()
    ... )
    >>> found.incidents, found.before, found.rank, found.categories
    (2, None, 1, (('litter', 1), ('noise', 1)))
    """
    kin = cube.areas.filter((pl.col("kind") == kind) & chosen.condition)
    inside = kin.filter(pl.col("day").is_between(window.first, window.last))
    totals = inside.group_by("area_id").agg(pl.col("incidents").sum())
    own = kin.filter(pl.col("area_id") == area_id)
    now = own.filter(pl.col("day").is_between(window.first, window.last))
    incidents = int(now["incidents"].sum())
    length = (window.last - window.first).days + 1
    earlier = window.first - timedelta(days=length)
    reached = cube.first_day is not None and cube.first_day <= earlier
    before = own.filter(pl.col("day").is_between(earlier, window.first - timedelta(days=1)))
    by_category = (
        now.group_by("category")
        .agg(pl.col("incidents").sum())
        .sort(["incidents", "category"], descending=[True, False])
    )
    return AreaProfile(
        area_id=area_id,
        kind=kind,
        incidents=incidents,
        before=int(before["incidents"].sum()) if reached else None,
        rank=1 + totals.filter(pl.col("incidents") > incidents).height,
        peers=peers,
        categories=tuple(row for row in by_category.head(TOP).iter_rows() if row[1]),
        weekly=_weekly(own, window, cube.weeks_recorded(window.last, weeks)),
    )


def _weekly(own: pl.DataFrame, window: Window, weeks: int) -> pl.DataFrame:
    starts = [window.last - timedelta(days=7 * back - 1) for back in range(weeks, 0, -1)]
    back = (pl.lit(window.last) - pl.col("day")).dt.total_days() // 7
    counted = own.select("incidents", week=weeks - 1 - back).group_by("week").agg(pl.col("incidents").sum())
    found = dict(counted.iter_rows())
    return pl.DataFrame(
        {"week": starts, "incidents": [int(found.get(at, 0)) for at in range(weeks)]},
        schema={"week": pl.Date, "incidents": pl.Int64},
    )
