"""What the areas of one kind hold, week by week, and which of them lie side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import geopandas as gpd
import numpy as np
import polars as pl
import shapely
from numpy.typing import ArrayLike
from scipy import sparse

from geo.grid.cube import EVERYTHING, Cube, Slice
from geo.grid.metres import middle_of, to_metres
from geo.grid.windows import Window
from geo.planning.forecast import Floats
from geo.stats.sources import began

MOST_WEEKS = 108
"""Weeks looked at, at most: two years, and the four by which a rank is compared with that of a month ago."""
LEAST_WEEKS = 8
"""Weeks of records without which nothing is foretold."""
BESIDE_M = 20.0
"""Metres up to which two areas count as neighbours: borders drawn twice, and a lane between two estates."""


def areas_of(areas: gpd.GeoDataFrame, kind: str) -> gpd.GeoDataFrame:
    """Return the areas of a kind by their id, so that nothing hangs on the order of the file."""
    return areas[areas["kind"] == kind].sort_values("area_id", ignore_index=True)


def describe_areas(areas: gpd.GeoDataFrame, names: Mapping[str, str]) -> pl.DataFrame:
    """Return what areas are called, whose they are and where: area_id, kind, name, parent_id, parent (by `names`, of
    areas by their id), lat and lon of a point inside, unit, assisting_units, contact; null where it is not known.
    """
    columns = ["area_id", "kind", "name", "parent_id", "unit", "assisting_units", "contact"]
    points = areas.geometry.representative_point()
    table = pl.from_pandas(areas[columns].astype(object)).cast(dict.fromkeys(columns, pl.String))
    return table.with_columns(pl.col(columns[3:]).replace("", None)).with_columns(
        parent=pl.col("parent_id").replace_strict(dict(names), default=None, return_dtype=pl.String),
        lat=pl.Series(points.y.to_numpy()).round(7),
        lon=pl.Series(points.x.to_numpy()).round(7),
    )


def known_part(cube: Cube, span: Window) -> Window:
    """Return the part of `span` that lies in the records, which a count of it is a count of."""
    first, last = cube.first_day or span.first, cube.last_day or span.last
    return Window(max(span.first, min(first, span.last)), max(span.first, min(last, span.last)))


def weeks_known(cube: Cube, until: date, chosen: Slice = EVERYTHING, *, most: int = MOST_WEEKS) -> int:
    """Return how many whole weeks of records end on `until`, at most `most`.

    Those before the first report of what is counted are not known where so much was due in them that the silence is no
    accident (`geo.stats.sources.began`): a source that joined last spring found nothing in the winter. LEAST_WEEKS are
    left, as far as there are records.
    """
    weeks = min(most, cube.weeks_before(until + timedelta(days=1)))
    if not weeks:
        return 0
    start = until - timedelta(days=7 * weeks - 1)
    rows = cube.counts.filter(pl.col("day").is_between(start, until) & chosen.condition)
    week = (rows["day"] - start).dt.total_days().to_numpy() // 7
    weekly = np.bincount(week, rows["incidents"].to_numpy(), weeks).astype(np.float64)
    if not began(weekly):
        return weeks
    lived = (until - rows.select(pl.col("day").min()).item()).days + 1
    return max(lived // 7, min(weeks, LEAST_WEEKS))


def count_weeks(
    cube: Cube, area_ids: Sequence[str], until: date, weeks: int, chosen: Slice = EVERYTHING, *, days: int = 7
) -> Floats:
    """Return the incidents of areas in the weeks that end on `until`; shape (areas, weeks), the newest last.

    An incident counts in every area it lies in. `days`: length of a week, for other periods.
    """
    span = Window(until - timedelta(days=weeks * days - 1), until)
    rows = _rows(cube, area_ids, span, chosen)
    week = (rows["day"] - span.first).dt.total_days().to_numpy() // days
    flat = rows["at"].to_numpy() * weeks + week
    found = np.bincount(flat, rows["incidents"].to_numpy(), len(area_ids) * weeks)
    return np.asarray(found, np.float64).reshape(len(area_ids), weeks)


def count_window(cube: Cube, area_ids: Sequence[str], span: Window, chosen: Slice = EVERYTHING) -> Floats:
    """Return the incidents of areas in `span`; shape (areas,)."""
    rows = _rows(cube, area_ids, span, chosen)
    return np.bincount(rows["at"].to_numpy(), rows["incidents"].to_numpy(), len(area_ids)).astype(np.float64)


def exposure_of(areas: gpd.GeoDataFrame) -> Floats | None:
    """Return what each area holds (households, metres of street); None unless all of them say so.

    With a gap, an area without a number could be compared with none of the others.
    """
    held = areas["exposure"].to_numpy(np.float64)
    return held if len(held) and (np.nan_to_num(held) > 0).all() else None


def share_expected(exposure: ArrayLike | None, areas: int) -> Floats:
    """Return which part of all incidents each area is expected to hold: by what it holds, else all the same.

    >>> share_expected(None, 4), share_expected([30, 10], 2)
    (array([0.25, 0.25, 0.25, 0.25]), array([0.75, 0.25]))
    """
    held = np.ones(areas) if exposure is None else np.asarray(exposure, np.float64)
    return np.asarray(held / held.sum())


def area_neighbours(areas: gpd.GeoDataFrame) -> sparse.csr_matrix:
    """Return which areas lie within BESIDE_M metres of each other: a sparse 0/1 matrix, nobody beside itself.

    >>> squares = [shapely.box(east, 30, east + 0.01, 30.01) for east in (120, 120.01, 120.05)]
    >>> area_neighbours(gpd.GeoDataFrame(geometry=squares, crs="EPSG:4326")).toarray()
    array([[0., 1., 0.],
           [1., 0., 0.],
           [0., 0., 0.]])
    """
    shapes = areas.geometry.to_numpy()
    if not len(shapes):
        return sparse.csr_matrix((0, 0))
    ground = to_metres(shapes, middle_of(shapes))
    one, other = shapely.STRtree(ground).query(ground, predicate="dwithin", distance=BESIDE_M)
    apart = one != other
    marks = np.ones(apart.sum())
    return sparse.csr_matrix((marks, (one[apart], other[apart])), shape=(len(shapes), len(shapes)))


def _rows(cube: Cube, area_ids: Sequence[str], span: Window, chosen: Slice) -> pl.DataFrame:
    """Return the counts of these areas in `span`, each with the position `at` of its area."""
    known = pl.DataFrame({"area_id": list(area_ids)}, schema={"area_id": pl.String}).with_row_index("at")
    rows = cube.areas.filter(pl.col("day").is_between(span.first, span.last) & chosen.condition)
    return rows.select("area_id", "day", "incidents").join(known, on="area_id")
