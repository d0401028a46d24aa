"""The dirt of the world: what happens to rows between a city's systems and a file on somebody's desk.

A row gets at most one kind of dirt, named in its column `dirt`. What can be done to the row itself is done here; what
shows only in the writing (a date nobody can read, swapped coordinates) is done by `data.exports`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from data.plan import CityPlan
from data.problems import SYSTEMS

BAD_DATES = ("9/31", "待定", "昨天下午", "2025-13-02 08:00:00", "2025年9月31日")
ODD_CATEGORIES = ("其它-杂项", "综合类/待分类", "咨询")
HOSTILE = (
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://example.invalid","点击查看")',
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "+0000-0000 请回电",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    '市民说："这里太脏了"\n第二行：请尽快处理',
    "门口\t有垃圾,还有'引号'与；分号",
    "</td></tr></table><h1>停用</h1>",
)
"""Descriptions that try to be a formula, a script, or two cells."""


@dataclass(frozen=True)
class Kind:
    """A kind of dirt: a field of the plan with its share, who shows it, and what intake should make of the row."""

    name: str
    systems: tuple[int, ...]  # positions in SYSTEMS
    outcome: str  # "rejected" or "warning"
    elsewhere: float = 1.0  # of the plan's share, outside the hotline


KINDS = (
    Kind("no_coordinates", (0, 1, 2), "rejected", 0.3),
    Kind("swapped", (0, 2), "warning"),
    Kind("zero", (0, 1), "rejected"),
    Kind("far", (0, 1), "rejected", 0.5),
    Kind("bad_date", (0, 1, 2), "rejected"),
    Kind("closed_before_opened", (0, 1), "warning"),
    Kind("future", (0, 1), "rejected"),
    Kind("no_category", (0, 1), "warning"),
    Kind("odd_category", (0,), "warning"),
    Kind("repeated_key", (0, 1), "rejected"),
)
OUTCOMES = {kind.name: kind.outcome for kind in KINDS}


def soil(plan: CityPlan, reports: pl.DataFrame) -> pl.DataFrame:
    """Return the reports with `dirt` (empty where clean), `hostile` and `again`; some have lost their unit.

    Of a repeated key the first export is marked as dirt: the row's earlier state, not closed yet. The second export,
    `again`, is added as it should be.
    """
    rng = plan.random("dirt")
    dirt = _kinds(plan, rng, reports)
    hostile = np.full(len(reports), -1)
    for system in range(len(SYSTEMS)):
        clean = np.flatnonzero((reports["system"].to_numpy() == system) & (dirt == ""))
        chosen = rng.permutation(clean)[: plan.hostile]
        hostile[chosen] = np.arange(chosen.size) % len(HOSTILE)
    marked = reports.with_columns(dirt=pl.Series(dirt, dtype=pl.String), hostile=hostile >= 0, again=pl.lit(False))
    marked = marked.with_columns(
        description=pl.when("hostile").then(pl.Series(HOSTILE).gather(np.maximum(hostile, 0))).otherwise("description"),
        unit=pl.when(pl.Series(rng.random(len(reports)) >= plan.no_unit)).then("unit"),
    )
    repeated = pl.col("dirt") == "repeated_key"
    second = marked.filter(repeated).with_columns(dirt=pl.lit(""), again=pl.lit(True))
    return pl.concat([marked.with_columns(closed=pl.when(repeated).then(np.inf).otherwise("closed")), second])


def _kinds(plan: CityPlan, rng: np.random.Generator, reports: pl.DataFrame) -> np.ndarray:
    """Return the kind of dirt of every row; at least two rows of each kind in each system that shows it."""
    system, still_open = reports["system"].to_numpy(), reports["closed"].to_numpy() >= plan.days
    dirt = np.full(len(reports), "", dtype=object)
    for number in range(len(SYSTEMS)):
        rows = rng.permutation(np.flatnonzero(system == number))
        for kind in KINDS:
            if number in kind.systems:
                share = getattr(plan, kind.name) * (1.0 if number == 0 else kind.elsewhere)
                count = max(2, round(share * np.count_nonzero(system == number))) if share > 0 else 0
                dirt[rows[:count]] = kind.name
                rows = rows[count:]
    dirt[(dirt == "closed_before_opened") & still_open] = ""  # without a closing date none can be wrong
    return dirt
