"""Why problems pile up at a place: old ones come back, work is left undone, or nobody answers for it.

Three numbers beside what the whole city would give, in the window:

    relapse   incidents that began within 30 days of a closing of the same category at the same place
    backlog   reports still open at its end, of those and the reports closed in it
    nobody    incidents without a unit, in no area, or in areas of one kind claimed by two different units

Exact binomial tail against the city's share (Clopper and Pearson 1934, Biometrika 26, 404-413), Benjamini-Hochberg over
the places shown. A large place may differ beyond chance by little: the shares stand beside each other.

Where much is reported, the next report falls within 30 days of a closing by chance alone. So returns are expected not
from the whole city but from its incidents with as many of the same category in their hexagon in a year (indirect
standardisation, Breslow and Day 1987, Statistical Methods in Cancer Research II, 2.3; strata by powers of two). A spot
that is busier than its hexagon is not told from one that relapses: the list of relapses, with the background of every
place of its own, is for that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from itertools import combinations
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import polars as pl
from scipy import stats

from geo import tables
from geo.grid import overlay
from geo.grid.cube import Cube, Slice
from geo.grid.windows import Window
from geo.stats.multiplicity import LEVEL, adjust_judged
from geo.stats.places import NAMED_KINDS, still_open
from geo.stats.results import Flags, Floats, Neighbours
from geo.stats.rings import disk_sum
from geo.stats.share import LEAST_TOTAL

CAUSES = ("relapse", "backlog", "nobody")
CAUSE_SENTENCES = {"relapse": "relapse", "backlog": "backlog", "nobody": "nobody"}
"""The causes as a list says them."""
OLD_DAYS = 30
_STRATUM = 200  # incidents, fewer than which do not make a stratum of their own
_YEAR = timedelta(days=364)
_INCIDENTS = ("incidents", "returned", "due", "new", "unowned")
_REPORTS = ("open", "overdue", "old", "closed")


class Tally(NamedTuple):
    """One cause at every place: `number` of `of`, and how many of these the city's share gives."""

    number: Floats
    of: Floats
    expected: Floats


class Verdict(NamedTuple):
    """What is beyond chance: arrays (causes, places) in the order of `CAUSES`, and the leading cause of each place."""

    p_value: Floats  # NaN where there are too few to tell, or the place is not shown
    q_value: Floats
    leading: list[str]  # one of CAUSES, or ""


@dataclass(frozen=True)
class Causes:
    """The three causes of every place (cells with their rings, or areas); None where the files do not tell."""

    relapse: Tally | None
    backlog: Tally
    nobody: Tally | None
    incidents: Floats
    new: Floats  # incidents of a category that had not been reported at the place before
    overdue: Floats  # open reports past their due date
    old: Floats  # open reports older than OLD_DAYS

    @property
    def tallies(self) -> tuple[Tally | None, ...]:
        return self.relapse, self.backlog, self.nobody

    def judge(self, shown: Flags) -> Verdict:
        """Return which causes are beyond chance at the places `shown`, and the one with the largest excess share."""
        p = np.full((len(CAUSES), len(shown)), np.nan)
        q, excess = p.copy(), np.full(p.shape, -np.inf)
        for at, tally in enumerate(self.tallies):
            if tally is None:
                continue
            judged = shown & (tally.of >= LEAST_TOTAL)
            number, of, expected = (column[judged] for column in tally)
            p[at, judged] = stats.binom.sf(number - 1, of, np.clip(expected / of, 0.0, 1.0))
            q[at] = adjust_judged(p[at])
            excess[at, judged] = np.where(q[at, judged] <= LEVEL, (number - expected) / of, -np.inf)
        best = excess.argmax(axis=0)
        told = excess.max(axis=0) > 0
        return Verdict(p, q, [CAUSES[cause] if sure else "" for cause, sure in zip(best, told, strict=True)])


@dataclass(frozen=True)
class Marked:
    """Every report that is not at a pile, with what its incident says of the causes; made once per city.

    `reports`: row, incident_id, category, source, status, unit, cell, `position` in the universe (-1 outside), `first`
    of its incident, the local days `day`, `closed_day` and `due_day`, and, of the incident's first report, `returned`,
    `new` and `unowned`. `inside`: by kind of area the row and the area_id of every report in one.
    """

    reports: pl.DataFrame
    inside: Mapping[str, pl.DataFrame]
    closings_known: bool
    owners_known: bool

    def told_by(self, episodes: pl.DataFrame) -> Marked:
        """Return the same reports with what these episodes say of returns, instead of what others said.

        `episodes`: of `geo.stats.episodes.find_episodes`, over the same reports up to some day.
        """
        same = pl.all_horizontal(pl.col(name) == pl.col(name).shift(1) for name in ("place_key", "category"))
        begun = episodes.select(  # in the order of place, category and time
            "incident_id",
            returned=(pl.col("relapse").shift(1) & same).fill_null(False),
            new=~same.fill_null(False),
        )
        told = self.reports.drop("returned", "new", strict=False).join(
            begun, on="incident_id", how="left", maintain_order="left"
        )
        return replace(
            self,
            reports=told.with_columns(pl.col("returned", "new").fill_null(False)),
            closings_known=bool(episodes["closed"].is_not_null().any()),
        )

    @cached_property
    def _by_category(self) -> dict[str, pl.DataFrame]:
        parts = self.reports.partition_by("category", as_dict=True)
        return {str(category): part for (category,), part in parts.items()}

    def of(self, chosen: Slice) -> pl.DataFrame:
        """Return the reports that pass the filter, without a look at those of other categories."""
        if not chosen.categories:
            return self.reports.filter(chosen.condition)
        parts = [self._by_category[name] for name in sorted(set(chosen.categories)) if name in self._by_category]
        rows = pl.concat(parts or [self.reports.clear()])
        return rows.filter(replace(chosen, categories=()).condition)


def mark_reports(reports: pl.DataFrame, areas: gpd.GeoDataFrame, cube: Cube, episodes: pl.DataFrame) -> Marked:
    """Return the assigned reports with what every question about causes needs.

    `episodes`: of `geo.stats.episodes.find_episodes`, over the same reports.
    """
    kept = reports.filter(~pl.col("pile")).with_row_index("row")
    local = {
        name: pl.col(column).dt.convert_time_zone(cube.timezone).dt.date()
        for name, column in (("day", "reported_at"), ("closed_day", "closed_at"), ("due_day", "due_at"))
    }
    cell = kept["cell"].to_numpy()
    position = np.minimum(np.searchsorted(cube.cells, cell), max(len(cube.cells) - 1, 0))
    within = cube.cells[position] == cell if len(cube.cells) else np.zeros(len(cell), dtype=bool)
    unowned, known = _unowned(kept, areas)
    marked = kept.select(
        *("row", "incident_id", "category", "source", "status", "unit", "cell"),
        **local,
        first=pl.col("incident_id") == tables.REPORT_KEY,
        unowned=unowned,
        position=pl.Series(np.where(within, position, -1)),
    )
    kinds = [name for name, dtype in reports.schema.items() if dtype == pl.List(pl.String)]
    return Marked(
        marked,
        {kind: kept.select("row", area_id=kind).explode("area_id").drop_nulls() for kind in kinds},
        closings_known=False,
        owners_known=known,
    ).told_by(episodes)


def _unowned(reports: pl.DataFrame, areas: gpd.GeoDataFrame) -> tuple[pl.Series, bool]:
    """Return which reports nobody answers for, and whether the files tell: they name units, or communities are read."""
    nobody = pl.Series(np.zeros(reports.height, dtype=bool))
    named = bool(reports["unit"].is_not_null().any())
    if named:
        nobody |= reports["unit"].is_null()
    kinds = [kind for kind in NAMED_KINDS if kind in reports.columns]
    if "community" in kinds:
        nobody |= reports.select(pl.all_horizontal(pl.col(kind).list.len() == 0 for kind in kinds)).to_series()
    if kinds:
        disputed = _disputed(areas[areas["kind"].isin(kinds)])
        for kind in kinds if disputed else ():
            several = reports[kind].list.len() > 1
            claimed = [
                any(pair in disputed for pair in combinations(sorted(ids), 2))
                for ids in reports.filter(several)[kind].to_list()
            ]
            nobody = nobody.scatter(several.arg_true(), nobody.filter(several) | pl.Series(claimed, dtype=pl.Boolean))
    return nobody, named or "community" in kinds


def _disputed(areas: gpd.GeoDataFrame) -> set[tuple[str, str]]:
    """Return the pairs of areas of one kind that overlap and are led by different units."""
    unit = areas.set_index("area_id")["unit"]
    pairs = overlay.overlaps(areas).select("area_id", "other_id").iter_rows()
    led = {area: str(name) for area, name in unit.items() if isinstance(name, str) and name}
    return {
        (min(one, other), max(one, other))
        for one, other in pairs
        if one in led and other in led and led[one] != led[other]
    }


def causes_of_cells(marked: Marked, span: Window, chosen: Slice, neighbours: Neighbours) -> Causes:
    """Return the causes of every cell of the universe, each with its ring."""
    begun, standing = _in_window(marked, span, chosen)
    own = np.zeros((len(neighbours), len(_INCIDENTS) + len(_REPORTS)))
    for rows, names, at in ((begun, _INCIDENTS, 0), (standing, _REPORTS, len(_INCIDENTS))):
        position = rows["position"].to_numpy()
        inside = position >= 0
        for column, name in enumerate(names, start=at):
            weights = rows[name].cast(pl.Float64).to_numpy()
            own[:, column] = np.bincount(position[inside], weights[inside], len(neighbours))
    return _causes(disk_sum(own, neighbours), marked, begun, standing)


def causes_of_areas(marked: Marked, span: Window, chosen: Slice, kind: str, area_ids: Sequence[str]) -> Causes:
    """Return the causes of these areas of one kind."""
    begun, standing = _in_window(marked, span, chosen)
    counted = pl.DataFrame({"area_id": list(area_ids)}, schema={"area_id": pl.String})
    for rows, names in ((begun, _INCIDENTS), (standing, _REPORTS)):
        each = rows.select("row", *names).join(marked.inside[kind], on="row").group_by("area_id")
        counted = counted.join(
            each.agg(pl.col(names).cast(pl.Float64).sum()), on="area_id", how="left", maintain_order="left"
        )
    sums = counted.drop("area_id").fill_null(0.0).to_numpy()
    return _causes(sums, marked, begun, standing)


def _causes(sums: Floats, marked: Marked, begun: pl.DataFrame, standing: pl.DataFrame) -> Causes:
    """Return the causes from the sums of every place, and the rows of the whole city."""
    incidents, returned, due, new, unowned, waiting, overdue, old, closed = sums.T.astype(float)
    handled = waiting + closed
    open_share = standing["open"].mean() if standing.height else 0.0
    nobody_share = begun["unowned"].mean() if begun.height else 0.0
    return Causes(
        relapse=Tally(returned, incidents, due) if marked.closings_known else None,
        backlog=Tally(waiting, handled, handled * float(open_share or 0.0)),  # type: ignore[arg-type]
        nobody=Tally(unowned, incidents, incidents * float(nobody_share or 0.0))  # type: ignore[arg-type]
        if marked.owners_known
        else None,
        incidents=incidents,
        new=new,
        overdue=overdue,
        old=old,
    )


def _in_window(marked: Marked, span: Window, chosen: Slice) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the incidents that began in the window, and the reports open at its end or closed in it."""
    rows = marked.of(chosen).filter(pl.col("day") <= span.last)
    standing = rows.with_columns(
        open=still_open("closed_day", span.last),
        closed=pl.col("closed_day").is_between(span.first, span.last).fill_null(False),
    ).filter(pl.col("open") | pl.col("closed"))
    standing = standing.with_columns(
        overdue=pl.col("open") & (pl.col("due_day") < span.last).fill_null(False),
        old=pl.col("open") & (pl.col("day") < span.last - timedelta(days=OLD_DAYS)),
    )
    return _with_due(rows.filter("first"), span), standing


def _with_due(incidents: pl.DataFrame, span: Window) -> pl.DataFrame:
    """Return the incidents of the window with `due`, the chance that one is a return at a place as busy."""
    year = incidents.filter(pl.col("day") > span.last - _YEAR).group_by("cell", "category").agg(near=pl.len())
    begun = (
        incidents.filter(pl.col("day") >= span.first)
        .join(year, on=["cell", "category"], how="left", maintain_order="left")
        .with_columns(busy=pl.col("near").fill_null(1).log(2).floor().cast(pl.Int64), incidents=pl.lit(1.0))
    )
    strata = begun.group_by("busy").agg(pl.len(), pl.col("returned").sum()).sort("busy", descending=True)
    return begun.with_columns(due=pl.col("busy").replace_strict(_rates(strata), default=0.0, return_dtype=pl.Float64))


def _rates(strata: pl.DataFrame) -> dict[int, float]:
    """Return the share of returns of every stratum, small ones taken together, the busiest first.

    >>> _rates(pl.DataFrame({"busy": [3, 2, 0], "len": [150, 150, 20], "returned": [30, 15, 1]}))
    {3: 0.15, 2: 0.15, 0: 0.05}
    """
    groups: list[tuple[list[int], int, int]] = []
    for busy, incidents, returned in strata.iter_rows():
        if groups and groups[-1][1] < _STRATUM:
            members, total, back = groups.pop()
            groups.append(([*members, busy], total + incidents, back + returned))
        else:
            groups.append(([busy], incidents, returned))
    return {busy: back / total for members, total, back in groups for busy in members}
