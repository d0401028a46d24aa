"""Clusters of a study through time, the cells that are chronic, and the clusters with a season of their own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from geo.grid.windows import Window
from geo.recurring.listed import Listed
from geo.recurring.seasons import find_seasons
from geo.stats import places, scope
from geo.stats.caveats import changes_over
from geo.stats.change_notes import lens_notes, without_exposure_notes
from geo.stats.chronic import BLOCKS, LEAST_BLOCKS, chronic_cells
from geo.stats.clusters import Followed, follow_hot
from geo.stats.exposure import choose_measure
from geo.stats.identity import GAP, SEEN, Life
from geo.stats.question import Question
from geo.stats.results import Floats
from geo.stats.seasonal import LEAST_YEARS, YEAR_WEEKS
from geo.stats.timeline import FOUR_WEEKS, TimeLine, periods_back, time_lines
from geo.study import Study
from geo.words import Note, note

LARGE = 20
"""Hexagons from which a cluster is a part of the city rather than a place."""


@dataclass(frozen=True)
class Clusters(Listed):
    """Clusters through time; `table` is tables.CLUSTERS and what the cells cover, `window` the days of the periods."""

    periods: tuple[Window, ...]  # those shown, the oldest first
    lines: pl.DataFrame  # geo.stats.clusters.LINES: one row per cluster and period
    lives: tuple[Life, ...]  # in the order of the table
    chronic: pl.DataFrame  # geo.stats.chronic.COLUMNS: one row per cell
    seasonal: pl.DataFrame  # geo.recurring.seasons.COLUMNS: one row per cluster
    lens: str  # that the periods are compared by: city or places


def follow_clusters(study: Study, question: Question, *, period: str = FOUR_WEEKS, lang: str = "en") -> Clusters:
    """Return the clusters of hot cells that are seen in the last 26 periods, with the id that each keeps through time.

    Hot as on the map of what became of places (`geo.study.follow`): period by period, by the city's average or by
    people and streets; a question about the past or the mix is answered by the city's average, and the notes say so.
    `question.areas` narrow the rows, not the tests. The question's window counts for nothing but its last day.

    Raises RefusedQuestion or NoReports where the data cannot carry it.
    """
    question = replace(study.with_codes(question), per=choose_measure(question.per, tuple(study.exposures)))
    cube, exposure = study.cube, study.exposures.get(question.per)
    until = scope.resolve_window(cube, "auto", question.until, "city").last  # its window counts for nothing
    seen = places.backlog(cube, study.reports.filter(question.chosen.condition), until)
    described = study.described(lang)
    named = described.with_columns(unit=pl.coalesce(described["unit"], seen["busiest_unit"]))
    found = follow_hot(cube, question, period=period, exposure=exposure, described=named, lang=lang)
    chronic = chronic_cells(_blocks(study, found, exposure), cube.cells)
    seasonal = find_seasons(cube, found.lives, found.chosen, found.window.last, lang=lang)
    notes = _notes(study, question, found, chronic, lang)
    table, lines, lives = found.table, found.lines, found.lives
    if question.areas:
        inside = set(study.cells_in(question.areas))
        met = [not inside.isdisjoint(life.footprint) for life in lives]
        table, lives = (
            table[met].reset_index(drop=True),
            tuple(life for life, own in zip(lives, met, strict=True) if own),
        )
        kept = table["cluster_id"].to_list()
        lines, seasonal = (rows.filter(pl.col("cluster_id").is_in(kept)) for rows in (lines, seasonal))
        chronic = chronic.filter(pl.col("cell").is_in(list(inside)))
    return Clusters(
        table=table,
        window=found.window,
        notes=notes,
        summary=_summary(found, lives, chronic, seasonal),
        periods=found.periods,
        lines=lines,
        lives=lives,
        chronic=chronic,
        seasonal=seasonal,
        lens=found.line.lens,
    )


def _blocks(study: Study, found: Followed, exposure: Floats | None) -> TimeLine:
    """Return a time line of the latest four-week blocks, which do not overlap, by the same lens."""
    first = study.cube.first_day
    assert first is not None  # or nothing was found
    blocks = periods_back(FOUR_WEEKS, found.window.last, first, BLOCKS)
    line = found.line
    return time_lines(study.cube, blocks, [found.chosen], lens=line.lens, exposure=exposure, delta=line.delta)[0]


def _notes(study: Study, question: Question, found: Followed, chronic: pl.DataFrame, lang: str) -> tuple[Note, ...]:
    """Say what the periods are compared with, and what so few of them, or so few weeks, cannot tell."""
    line, periods = found.line, found.periods
    notes: list[Note] = []
    if question.lens != line.lens:
        notes.append(note("Clusters are followed by comparing places with each other, not with their own past or mix."))
    notes += lens_notes(line.lens, line.lens)
    if question.each_category:
        notes.append(note("All chosen categories are counted together."))
    if periods:
        notes.append(
            note(
                "Clusters of the {steps} periods from {first} to {last}; ids are followed through {all}.",
                steps=len(periods),
                first=periods[0].first,
                last=periods[-1].last,
                all=len(line.periods),
            )
        )
    if len(found.table):
        notes.append(
            note(
                "A hexagon is judged together with those around it: incidents and expected are with these, the size is "
                "without."
            )
        )
    if len(periods) < GAP + 2:
        notes.append(note("Too few periods ({steps}) to tell what is dormant from what has ended.", steps=len(periods)))
    if found.provisional:
        notes.append(
            note(
                "Clusters seen in the last period only: {count}. A single new flag can be chance; it counts when the "
                "next period shows it too.",
                count=len(found.provisional),
            )
        )
    largest = max((len(life.footprint) for life in found.lives if life.state in SEEN), default=0)
    if largest >= LARGE:
        notes.append(
            note("The largest cluster covers {cells} hexagons: busy places that touch are one cluster.", cells=largest)
        )
    notes += _history_notes(study, found, int(chronic["blocks"][0]) if chronic.height else 0)
    if line.lens == "places":
        notes += without_exposure_notes([line], study.exposures.get(question.per), question.per)
        notes += study.exposure_notes.get(question.per, ())
    overlap = len(periods) > 1 and periods[-1].first <= periods[-2].last
    if overlap:
        notes.append(note("The last period ends on the last day and overlaps the one before."))
    apart = [*periods[:-2], *periods[-1:]] if overlap else periods
    _, said = changes_over(study.cube, apart, found.chosen, lang)
    return (*notes, *said, *scope.edge_notes(study.cube, found.window))


def _history_notes(study: Study, found: Followed, blocks: int) -> list[Note]:
    """Say what the records are too short for."""
    notes: list[Note] = []
    if found.line.origins == 0:
        notes.append(note("Too little history to learn how far counts stray: usual values are assumed."))
    if blocks < LEAST_BLOCKS:
        notes.append(
            note(
                "Chronic cells: not enough history, {least} blocks of four weeks are needed; there are {blocks}.",
                least=LEAST_BLOCKS,
                blocks=blocks,
            )
        )
    elif blocks < BLOCKS:
        notes.append(note("Chronic cells are judged by {blocks} blocks of four weeks instead of 13.", blocks=blocks))
    weeks = study.cube.weeks_before(found.window.last) + 1
    if weeks < LEAST_YEARS * YEAR_WEEKS:
        notes.append(note("Seasons: not enough history; two years are needed, there are {weeks} weeks.", weeks=weeks))
    return notes


def _summary(found: Followed, lives: tuple[Life, ...], chronic: pl.DataFrame, seasonal: pl.DataFrame) -> dict[str, Any]:
    states = [life.state for life in lives]
    return {
        "periods": len(found.periods),
        "periods_followed": len(found.line.periods),
        "lens": found.line.lens,
        "clusters": len(lives),
        "present": sum(state in SEEN for state in states),
        **{state: states.count(state) for state in ("born", "reborn", "dormant", "ended", "merged")},
        "provisional": sum(life.cluster_id in found.provisional for life in lives),
        "chronic_cells": int(chronic["chronic"].sum()) if chronic.height else 0,
        "own_season": seasonal.filter(pl.col("season") == "own").height,
        "own_weekday": seasonal.filter(pl.col("weekday") == "own").height,
        "window_start": found.window.first,
        "window_end": found.window.last,
    }
