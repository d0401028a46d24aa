"""What a map owes to decisions about the data: duplicates, piles, coarse points, and every source."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from geo import tables
from geo.checks.again import (
    ask_again,
    counting_reports,
    exposure_of,
    groups_of,
    recount,
    reports_of_the_days,
)
from geo.grid.cube import Cube
from geo.stats.places import number_clusters
from geo.stats.results import Flags, HotspotTest
from geo.study import Answer, Study

SENSITIVITY: dict[str, Any] = {
    "change": pl.String,  # as_shown, reports, piles, coarse or source
    "source": pl.String,  # which one is left out
    "reports": pl.Int64,  # reports of the window that come in or stay out
    "refused": pl.Int64,  # questions that can no longer be asked: one, or categories; what follows is of the others
    "hot": pl.Int64,  # cells; null where none can be asked
    "core": pl.Int64,
    "clusters": pl.Int64,
    "kept": pl.Float64,  # part of the hot cells shown that are hot here too; null where none is shown
    "new": pl.Int64,  # hot here, not among those shown
}


def sensitivity(study: Study, answer: Answer) -> pl.DataFrame:
    """Return what the map would be with other decisions about the data; columns: SENSITIVITY, a row per decision.

    A decision that changes no report of the days looked at has no row.
    """
    return pl.DataFrame(list(_decisions(study, answer)), schema=SENSITIVITY, orient="row")


def compared(hot: Flags, shown: Flags) -> dict[str, Any]:
    """Return which part of the hot cells `shown` is hot here too (None where none is shown), and how many are new.

    >>> compared(np.array([True, False, True]), np.array([True, True, False]))
    {'kept': 0.5, 'new': 1}
    """
    kept = float((hot & shown).sum() / shown.sum()) if shown.any() else None
    return {"kept": kept, "new": int((hot & ~shown).sum())}


def without_coarse(reports: pl.DataFrame) -> pl.DataFrame:
    """Return the reports that have a place of their own; an incident counts at the first of those it has.

    Where the first report of an incident is coarse, a neighbour's may say where the same trouble lies: on the day of
    that report the incident is counted. One whose reports are all coarse, or at a pile, is left out.
    """
    lost = reports.filter("coarse", pl.col("incident_id") == tables.REPORT_KEY).select("incident_id")
    placed = reports.filter(~pl.col("coarse"))
    first = (
        placed.filter(~pl.col("pile"))
        .join(lost, on="incident_id", how="semi")
        .sort("reported_at", "system", "report_id")
        .group_by("incident_id", maintain_order=True)
        .agg(tables.REPORT_KEY.first().alias("named"))
    )
    named = placed.join(first, on="incident_id", how="left", maintain_order="left")
    return named.with_columns(incident_id=pl.coalesce("named", "incident_id")).drop("named")


def _decisions(study: Study, answer: Answer) -> Iterator[dict[str, Any]]:
    groups, cube, exposure = groups_of(answer), study.cube, exposure_of(study, answer)

    def row(change: str, tests: Sequence[HotspotTest | None], reports: int = 0, source: str = "") -> dict[str, Any]:
        judged = [(test, shown) for test, shown in zip(tests, answer.tests, strict=True) if test]
        refused = len(tests) - len(judged)
        found = {"change": change, "source": source, "reports": reports, "refused": refused}
        if not judged:
            return found | dict.fromkeys(("hot", "core", "clusters", "kept", "new"))
        hot, shown = (np.stack([test.hot for test in column]) for column in zip(*judged, strict=True))
        return found | {
            "hot": int(hot.sum()),
            "core": sum(int(test.core.sum()) for test, _ in judged),
            "clusters": sum(
                int(number_clusters(test.hot, test.ring - test.expected, cube.neighbours).max(initial=0))
                for test, _ in judged
            ),
            **compared(hot, shown),
        }

    yield row("as_shown", answer.tests)
    seen = reports_of_the_days(study, answer)
    of_it = seen.filter(pl.any_horizontal(pl.lit(False), *(group.condition for group in groups)))
    span = answer.window
    now = of_it.filter(pl.col("day").is_between(span.first, span.last))
    first = pl.col("incident_id") == tables.REPORT_KEY
    cases = {
        "reports": (of_it.select((~first & ~pl.col("pile")).sum()).item(), now.filter(~first & ~pl.col("pile")).height),
        "piles": (of_it["pile"].sum(), now["pile"].sum()),
        "coarse": (of_it["coarse"].sum(), now.filter("coarse", ~pl.col("pile")).height),
    }
    others: dict[str, Callable[[], Cube]] = {
        "reports": lambda: counting_reports(cube),
        "piles": lambda: recount(study, seen.with_columns(pile=pl.lit(False))),
        "coarse": lambda: recount(study, without_coarse(seen)),
    }
    for change, (touched, inside) in cases.items():
        if touched:
            yield row(change, ask_again(others[change](), answer, groups, exposure), int(inside))
    counted = of_it.filter(~pl.col("pile"))
    sources = counted["source"].unique().sort().to_list()
    for source in sources if len(sources) > 1 else ():
        rest = tuple(other for other in sources if other != source)
        without = [replace(group, sources=rest) for group in groups]
        inside = now.filter(~pl.col("pile"), pl.col("source") == source).height
        yield row("source", ask_again(cube, answer, without, exposure), inside, source)
