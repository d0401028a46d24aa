"""What is known of areas besides their counts: what came back, what is overdue, and how hot their cells are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from geo.errors import NoReports, RefusedQuestion
from geo.grid.windows import Window
from geo.planning.area_counts import known_part
from geo.planning.forecast import FORECAST_WEEKS, Floats
from geo.planning.priority import Facts
from geo.recurring.blind_spots import find_blind_spots
from geo.stats import find, witness
from geo.stats.exposure import choose_measure
from geo.stats.places import still_open
from geo.stats.question import Question
from geo.study import Study
from geo.words import Note, note


def facts_of(
    study: Study, question: Question, span: Window, kind: str, area_ids: Sequence[str]
) -> tuple[Facts, tuple[Note, ...]]:
    """Return what is known of areas of one kind on the last day of `span`, and what could not be told.

    Reports are in an area exactly, by the polygons. A problem that came back, or is overdue, counts once, whatever the
    number of its reports. An incident in a hot cell is beyond expectation as far as the cell with its ring is:
    1 - expected / counted of it; `hot_cells` are those in which the area has one. `blind`: see `find_blind_spots`.
    """
    marked = study.marked_until(span.last)
    beyond, missing = _beyond(study, question, span)
    rows = marked.of(question.chosen).filter(pl.col("day") <= span.last)
    at = rows["position"].to_numpy()
    part = np.where(at >= 0, beyond[at], 0.0) if len(beyond) else np.zeros(len(at))
    rows = rows.with_columns(part=pl.Series(part, dtype=pl.Float64))
    nowhere = pl.DataFrame(schema={"row": rows.schema["row"], "area_id": pl.String})
    begun, waiting = pl.col("first") & (pl.col("day") >= span.first), still_open("closed_day", span.last)
    late = waiting & (pl.col("due_day") < span.last).fill_null(False)
    counted = (
        rows.join(marked.inside.get(kind, nowhere), on="row")
        .group_by("area_id")
        .agg(
            relapses=(begun & pl.col("returned")).sum(),
            overdue=pl.col("incident_id").filter(late).n_unique(),
            open_reports=waiting.sum(),
            hot_cells=pl.col("position").filter(begun & (pl.col("part") > 0)).n_unique(),
            hot_excess=pl.col("part").filter(begun).sum() * (FORECAST_WEEKS / known_part(study.cube, span).weeks),
        )
    )
    own = pl.DataFrame({"area_id": list(area_ids)}, schema={"area_id": pl.String})
    own = own.join(counted, on="area_id", how="left", maintain_order="left").fill_null(0)
    whole = {name: own[name].cast(pl.Int64).to_numpy() for name in ("relapses", "overdue", "open_reports", "hot_cells")}
    if not marked.closings_known:
        missing = (*missing, note("No report says when its problem was closed, so nothing is known of relapses."))
    if marked.reports["due_day"].null_count() == marked.reports.height:
        missing = (*missing, note("No report has a deadline, so nothing is known of what is overdue."))
    hot = own["hot_excess"].cast(pl.Float64).to_numpy()
    return Facts(**whole, hot_excess=hot, blind=_blind(study, question, span, area_ids)), missing


def _blind(study: Study, question: Question, span: Window, area_ids: Sequence[str]) -> NDArray[np.bool_]:
    """Return which areas patrols found far less in than in their kind; none where that cannot be told.

    None either where nothing is counted that patrols find. Who else counts is not asked: residents tell how much there
    is to be found.
    """
    if question.sources and not set(question.sources) & set(witness.PATROLS):
        return np.zeros(len(area_ids), bool)
    asked = replace(question, window=f"{span.days}d", until=span.last, areas=(), sources=())
    try:
        seen = find_blind_spots(study, asked).table
    except (RefusedQuestion, NoReports):
        return np.zeros(len(area_ids), bool)
    return np.isin(np.asarray(area_ids, object), seen.loc[seen["blind"].astype(bool), "area_id"].to_numpy(object))


def _beyond(study: Study, question: Question, span: Window) -> tuple[Floats, tuple[Note, ...]]:
    """Return for every cell which part of an incident is beyond expectation: 0 where the cell is not hot."""
    asked = replace(
        question,
        window=f"{span.days}d",
        until=span.last,
        areas=(),
        each_category=False,
        per=choose_measure(question.per, tuple(study.exposures)),
    )
    try:
        (test,) = find.answer(study.cube, asked, exposure=study.exposures.get(asked.per)).tests
    except (RefusedQuestion, NoReports) as refused:
        return np.zeros(len(study.cube.cells)), (
            note("Hot cells are not told: {reason}", reason=Note(refused.text, refused.values)),
        )
    part = 1 - np.divide(test.expected, test.ring, out=np.ones(len(test.ring)), where=test.ring > 0)
    return np.where(test.hot, np.maximum(part, 0.0), 0.0), ()
