"""Why problems pile up here: the three causes of a hot spot or of an area, beside the city."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from geo.grid import cells as h3_cells
from geo.stats.causes import CAUSES, Causes, Verdict, causes_of_areas
from geo.stats.multiplicity import LEVEL
from geo.stats.results import Flags
from geo.stats.share import LEAST_TOTAL
from geo.study import Answer, Study


@dataclass(frozen=True)
class Reading:
    """One cause at one place: `number` of `of`, and the share that the city would give."""

    cause: str  # one of CAUSES
    number: int
    of: int
    city_share: float
    beyond: bool  # more than the city's share, beyond chance

    @property
    def share(self) -> float:
        return self.number / self.of if self.of else 0.0

    @property
    def enough(self) -> bool:
        return self.of >= LEAST_TOTAL


@dataclass(frozen=True)
class WhyHere:
    """The causes of one place; of those the files cannot tell there is no reading."""

    leading: str  # one of CAUSES, or "" for no single cause
    judged: bool  # compared with chance: a hot spot, or an area
    readings: tuple[Reading, ...]
    incidents: int
    new: int  # incidents of a category that had not been reported at the place before
    overdue: int
    old: int  # reports open for more than 30 days


@dataclass(frozen=True)
class Diagnosis:
    """The causes of every hot spot and of every area, one row each.

    `cells` begins with cell (H3), `areas` with area_id and kind; then `cause`, the leading one or "", `incidents`,
    `new`, `overdue`, `old`, and for each of `CAUSES` NAME (the number), NAME_of, NAME_share, NAME_city (shares, 0 to
    1), NAME_p, NAME_q (null where there are too few to tell).
    """

    cells: pl.DataFrame
    areas: pl.DataFrame


def diagnose(study: Study, answer: Answer) -> Diagnosis:
    """Return why problems pile up at the hot cells of the answer's first test, each with its ring, and in every area.

    The window and the filters are the answer's. Areas are judged kind by kind; hot cells all together.
    """
    hot = answer.tests[0].hot
    verdict = answer.causes[0].judge(hot)
    cells = pl.DataFrame({"cell": h3_cells.cell_to_string(study.cube.cells)})
    parts, marked = [], study.marked_until(answer.window.last)
    for kind, rows in study.areas.groupby("kind", sort=False):
        ids = rows["area_id"].to_list()
        found = causes_of_areas(marked, answer.window, answer.question.chosen, str(kind), ids)
        named = pl.DataFrame({"area_id": ids, "kind": str(kind)})
        parts.append(_columns(named, found, found.judge(np.ones(len(ids), dtype=bool))))
    told = _columns(cells, answer.causes[0], verdict).filter(pl.Series(hot))
    nowhere = told.clear().rename({"cell": "area_id"}).insert_column(1, pl.Series("kind", [], pl.String))
    return Diagnosis(told, pl.concat(parts) if parts else nowhere)


def why_cell(study: Study, answer: Answer, cell: str) -> WhyHere:
    """Return the causes of a cell with its ring; judged where it is hot."""
    at = int(np.searchsorted(study.cube.cells, h3_cells.string_to_cell([cell])[0]))
    hot = answer.tests[0].hot
    return _why(answer.causes[0], hot, at)


def why_area(study: Study, answer: Answer, area_id: str) -> WhyHere:
    """Return the causes of an area among all of its kind. Raises KeyError for no area."""
    kinds = study.areas.set_index("area_id")["kind"]
    kind = str(kinds[area_id])
    ids = kinds.index[kinds == kind].to_list()
    marked = study.marked_until(answer.window.last)
    found = causes_of_areas(marked, answer.window, answer.question.chosen, kind, ids)
    return _why(found, np.ones(len(ids), dtype=bool), ids.index(area_id))


def _why(causes: Causes, shown: Flags, at: int) -> WhyHere:
    verdict = causes.judge(shown)
    readings = [
        Reading(
            name,
            int(tally.number[at]),
            int(tally.of[at]),
            float(tally.expected[at] / tally.of[at]) if tally.of[at] else 0.0,
            bool(verdict.q_value[row, at] <= LEVEL),
        )
        for row, (name, tally) in enumerate(zip(CAUSES, causes.tallies, strict=True))
        if tally is not None
    ]
    return WhyHere(
        leading=verdict.leading[at],
        judged=bool(shown[at]),
        readings=tuple(readings),
        incidents=int(causes.incidents[at]),
        new=int(causes.new[at]),
        overdue=int(causes.overdue[at]),
        old=int(causes.old[at]),
    )


def _columns(named: pl.DataFrame, causes: Causes, verdict: Verdict) -> pl.DataFrame:
    """Return `named` with the columns of a diagnosis."""
    columns: dict[str, pl.Series] = {"cause": pl.Series(verdict.leading, dtype=pl.String)}
    for name in ("incidents", "new", "overdue", "old"):
        columns[name] = pl.Series(getattr(causes, name)).cast(pl.Int64)
    for row, (name, tally) in enumerate(zip(CAUSES, causes.tallies, strict=True)):
        unknown = np.full(named.height, np.nan)
        number, of, expected = tally if tally is not None else (unknown,) * 3
        known = np.where(of > 0, of, np.nan)
        columns[name] = pl.Series(number).fill_nan(None).cast(pl.Int64)
        columns[f"{name}_of"] = pl.Series(of).fill_nan(None).cast(pl.Int64)
        columns[f"{name}_share"] = pl.Series(number / known).fill_nan(None)
        columns[f"{name}_city"] = pl.Series(expected / known).fill_nan(None)
        columns[f"{name}_p"] = pl.Series(verdict.p_value[row]).fill_nan(None)
        columns[f"{name}_q"] = pl.Series(verdict.q_value[row]).fill_nan(None)
    return named.with_columns(**columns)
