"""The space-time cube: incidents and reports per cell, day, category, source, status and unit.

Every number on the screen comes from here, so a filter answers in milliseconds at any number of reports. Piled reports
(`pile`) are left out, as METHODS 7 asks: they add nothing to any cell's count, expected value or flag.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property

import geopandas as gpd
import h3
import numpy as np
import polars as pl
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo import tables
from geo.errors import RefusedQuestion
from geo.grid import cells as h3_cells
from geo.grid.windows import Window, spans_back

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Slice:
    """Which incidents count; an empty tuple means all of them.

    >>> Slice(sources=("resident",)).sources
    ('resident',)
    """

    categories: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    units: tuple[str, ...] = ()

    @property
    def condition(self) -> pl.Expr:
        chosen = {"category": self.categories, "source": self.sources, "status": self.statuses, "unit": self.units}
        return pl.all_horizontal(pl.lit(True), *(pl.col(c).is_in(list(v)) for c, v in chosen.items() if v))


EVERYTHING = Slice()


@dataclass(frozen=True)
class Cube:
    """Counts by cell and by area; see `tables.COUNTS`, `tables.AREA_COUNTS`, `tables.UNIVERSE`.

    `universe` is sorted by cell and holds every cell of the study area, empty ones too; arrays below are in its order.
    `counts` may hold cells outside the universe: reports at its rim whose cell has its centre outside.
    """

    counts: pl.DataFrame
    areas: pl.DataFrame
    universe: pl.DataFrame
    resolution: int
    timezone: str
    version: str

    @cached_property
    def cells(self) -> NDArray[np.uint64]:
        return self.universe["cell"].to_numpy()

    @cached_property
    def neighbours(self) -> NDArray[np.int32]:
        """Positions of the up to six neighbours of every cell, -1 where there is none; shape (cells, 6)."""
        return h3_cells.neighbours(self.cells)

    @property
    def first_day(self) -> date | None:
        return self.counts["day"].min()  # type: ignore[return-value]

    @property
    def last_day(self) -> date | None:
        return self.counts["day"].max()  # type: ignore[return-value]

    @cached_property
    def _inside(self) -> pl.DataFrame:
        """The counts inside the universe, with the cell's position in it."""
        cell = self.counts["cell"].to_numpy()
        if not len(self.cells):
            return self.counts.clear().with_columns(position=pl.lit(0, pl.Int64))
        position = np.minimum(np.searchsorted(self.cells, cell), len(self.cells) - 1)
        inside = self.cells[position] == cell
        placed = self.counts.with_columns(position=pl.Series(position))
        return placed if inside.all() else placed.filter(pl.Series(inside))  # as a rule: no second copy of millions

    @cached_property
    def outside_reports(self) -> int:
        """Reports in cells whose centre lies outside the study area: kept in area totals, in no hexagon."""
        return int(self.counts["reports"].sum()) - int(self._inside["reports"].sum())

    def rows(self, window: Window, chosen: Slice = EVERYTHING) -> pl.DataFrame:
        """Return the counts of the universe inside `window` that pass the filter, with the cell's `position`."""
        named, days = self._of_categories(chosen.categories), pl.col("day").is_between(window.first, window.last)
        return named.filter(days & replace(chosen, categories=()).condition)

    @cached_property
    def _runs(self) -> dict[str, list[tuple[int, int]]]:
        """Where each category stands in `_inside`: first row and length of every run; `build_cube` makes one."""
        runs = self._inside["category"].rle().struct
        lengths = runs.field("len").to_numpy()
        found: dict[str, list[tuple[int, int]]] = {}
        for category, last, length in zip(runs.field("value"), lengths.cumsum(), lengths, strict=True):
            found.setdefault(category, []).append((int(last - length), int(length)))
        return found

    def _of_categories(self, categories: Sequence[str]) -> pl.DataFrame:
        """Return the counts of these categories without a look at the others; of all where none is named."""
        if not categories:
            return self._inside
        runs = sorted(run for category in set(categories) for run in self._runs.get(category, ()))
        return pl.concat([self._inside.slice(*run) for run in runs] or [self._inside.clear()], rechunk=False)

    def in_window(self, window: Window, chosen: Slice = EVERYTHING) -> Floats:
        """Return the incidents of every cell in `window`; shape (cells,).

        >>> from geo.grid.example import small_cube
        >>> cube = small_cube()
        >>> cube.in_window(Window(date(2026, 3, 1), date(2026, 3, 14)), Slice(categories=("litter",)))
        array([2., 0.])
        """
        rows = self.rows(window, chosen)
        return np.bincount(rows["position"].to_numpy(), rows["incidents"].to_numpy(), len(self.cells)).astype(float)

    def by_period(self, last: date, periods: int, days: int = 7, chosen: Slice = EVERYTHING) -> Floats:
        """Return the incidents by cell in `periods` of `days` days up to `last`; (cells, periods), oldest first.

        >>> from geo.grid.example import small_cube
        >>> small_cube().by_period(date(2026, 3, 14), 2)
        array([[1., 1.],
               [0., 1.]])
        """
        spans = spans_back(last, periods, days)
        return self.cut(self.rows(Window(last - timedelta(days=periods * days - 1), last), chosen), spans)

    def cut(self, rows: pl.DataFrame, periods: Sequence[Window]) -> Floats:
        """Return the incidents of `rows` by cell and period; shape (cells, periods).

        The periods stand in order and do not overlap; rows of other days are left out.
        """
        shape = len(self.cells), len(periods)
        if not rows.height or not all(shape):
            return np.zeros(shape)
        firsts, lasts = (np.array([getattr(p, end) for p in periods], "datetime64[D]") for end in ("first", "last"))
        day = rows["day"].to_numpy()
        period = np.searchsorted(firsts, day, side="right") - 1
        inside = (period >= 0) & (day <= lasts[period])
        flat = rows["position"].to_numpy() * len(periods) + period
        counted = np.bincount(flat[inside], rows["incidents"].to_numpy()[inside], len(self.cells) * len(periods))
        return np.asarray(counted, float).reshape(shape)

    def weeks_before(self, day: date) -> int:
        """Return how many whole weeks of records lie before `day`."""
        return max(0, (day - self.first_day).days // 7) if self.first_day else 0

    def weeks_recorded(self, last: date, most: int) -> int:
        """Return how many weeks counted back from `last` the records reach into, at most `most`."""
        return min(most, self.weeks_before(last) + 1) if self.first_day else 0


def build_cube(
    assigned: pl.DataFrame,
    *,
    universe: gpd.GeoDataFrame | BaseGeometry | Sequence[int] | NDArray[np.uint64],
    resolution: int | None = None,
    timezone: str = "Asia/Shanghai",
) -> Cube:
    """Count assigned reports by cell and by area.

    Parameters
    ----------
    assigned
        `tables.REPORTS` after `merge_duplicates` and `assign`. Without `incident_id` every report is its own incident.
        An incident is counted once, at its first report; piled reports are left out.
    universe
        The study area (EPSG:4326: a geometry, or areas, whose `community` layer it then is) or the cells themselves.
    resolution
        H3 level; that of the assigned cells unless there are none.
    timezone
        The zone whose days are counted.

    Raises
    ------
    RefusedQuestion
        Where the resolution is not the one of the assigned cells.

    >>> from geo.grid.example import small_reports
    >>> cube = build_cube(small_reports(), universe=small_reports()["cell"].unique().to_list())
    >>> cube.counts.group_by("category", maintain_order=True).agg(pl.col("incidents", "reports").sum()).rows()
    [('litter', 2, 3), ('noise', 1, 1)]
    """
    found = h3.get_resolution(h3.int_to_str(int(assigned["cell"][0]))) if assigned.height else resolution or 9
    if resolution not in (None, found):
        raise RefusedQuestion(
            "The reports were assigned to cells of level {found}, not {resolution}. Assign them again.",
            found=found,
            resolution=resolution,
        )
    if isinstance(universe, gpd.GeoDataFrame):
        community = universe[universe["kind"] == "community"] if "kind" in universe else universe
        universe = (community if len(community) else universe).geometry.union_all()
    if isinstance(universe, BaseGeometry):
        universe = h3_cells.universe(universe, found)
    cells = np.unique(np.asarray(universe, np.uint64))
    lat, lon = h3_cells.cell_to_point(cells)

    if "incident_id" not in assigned.columns:
        assigned = assigned.with_columns(incident_id=tables.REPORT_KEY, pile=False, coarse=False)
    reports = assigned.filter(~pl.col("pile")).with_columns(
        day=pl.col("reported_at").dt.convert_time_zone(timezone).dt.date(),
        incidents=(pl.col("incident_id") == tables.REPORT_KEY).cast(pl.UInt32),
    )
    counts = _count(reports, list(tables.COUNTS)[:-2])
    kinds = [name for name, dtype in assigned.schema.items() if dtype == pl.List(pl.String)]
    by_area = [
        _count(
            reports.select(pl.exclude(kinds), pl.col(kind).alias("area_id"))
            .explode("area_id")
            .drop_nulls("area_id")
            .with_columns(kind=pl.lit(kind)),
            list(tables.AREA_COUNTS)[:-2],
        )
        for kind in kinds
    ]
    areas = pl.concat(by_area) if by_area else tables.empty(tables.AREA_COUNTS)
    digest = hashlib.blake2b(digest_size=8)
    for part in (counts["cell"].to_numpy(), counts["incidents"].to_numpy(), counts["reports"].to_numpy(), cells):
        digest.update(part.tobytes())
    for column in ("day", "category", "source", "status", "unit"):
        digest.update(counts[column].hash().to_numpy().tobytes())
    return Cube(
        counts=counts,
        areas=areas,
        universe=pl.DataFrame({"cell": cells, "lat": lat, "lon": lon}, schema=tables.UNIVERSE),
        resolution=found,
        timezone=timezone,
        version=digest.hexdigest(),
    )


def _count(reports: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    order = ["category", "day", *(k for k in keys if k not in ("category", "day"))]
    counted = reports.group_by(keys).agg(pl.col("incidents").sum(), pl.len().cast(pl.UInt32).alias("reports"))
    return counted.sort(order)
