"""One city and one question: the steps from files to answers, the same for the command line and the screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import geopandas as gpd
import polars as pl
from shapely.geometry.base import BaseGeometry

from geo import tables
from geo.errors import NoReports, RefusedQuestion
from geo.grid import cells as h3_cells
from geo.grid.cube import Cube, Floats, Slice, build_cube
from geo.grid.overlay import assign, cells_of_areas
from geo.grid.windows import Window
from geo.intake.exposure import read_exposure
from geo.intake.quality import pile_points, pile_sentence
from geo.intake.themes import Theme, themes_among
from geo.material import RESOLUTIONS, Material, Progress, read_material
from geo.stats import change, find, places, scope, sentences
from geo.stats.causes import Causes, Marked, mark_reports
from geo.stats.episodes import find_episodes
from geo.stats.exposure import choose_measure, exposures_of_cells
from geo.stats.question import Question
from geo.stats.relapse import end_of_day
from geo.stats.resolution import CANDIDATES, finest_resolution
from geo.stats.resolution import quality as quality_of
from geo.stats.results import HotspotTest
from geo.stats.sources import Change
from geo.stats.timeline import FOUR_WEEKS
from geo.words import Note, say

_DAYS_KEPT = 4  # days in the past of which a study remembers what was known then


@dataclass(frozen=True)
class Study:
    """One city, read and counted: what every question is put to."""

    material: Material
    reports: pl.DataFrame  # merged, with cell and areas
    cube: Cube
    exposures: dict[str, Floats]  # what every cell of the universe holds, by measure; the first is the usual one
    exposure_notes: dict[str, tuple[Note, ...]]  # what to keep in mind about each, and about those that are no use

    @property
    def exposure(self) -> Floats | None:
        """What `places` compares by unless asked otherwise, of every cell of the universe."""
        return next(iter(self.exposures.values()), None)

    @property
    def areas(self) -> gpd.GeoDataFrame:
        return self.material.layers.areas

    @cached_property
    def themes(self) -> tuple[Theme, ...]:
        """The themes of which there is a report, each with those of its categories that are there."""
        return themes_among(self.cube.counts["category"].unique().to_list(), self.material.themes)

    @property
    def boundary(self) -> BaseGeometry:
        return self.material.boundary

    @property
    def timezone(self) -> str:
        return self.cube.timezone

    def with_codes(self, question: Question) -> Question:
        """Return the question with its themes and names of categories as codes. Raises RefusedQuestion for no such."""
        codes = scope.find_codes(self.cube, question.categories, self.material.themes)
        return replace(question, categories=codes)

    def described(self, lang: str = "en") -> pl.DataFrame:
        """Return what `places.describe_cells` says of every cell; worked out once per language."""
        if lang not in self._described:
            self._described[lang] = places.describe_cells(self.cube, self.areas, lang=lang)
        return self._described[lang]

    @cached_property
    def episodes(self) -> pl.DataFrame:
        """The problems of every place from first report to closing, and what came after; `episodes.EPISODES`."""
        return find_episodes(self.reports)

    @cached_property
    def marked(self) -> Marked:
        """The reports with what their incidents say of the causes of a hot spot; worked out once."""
        return mark_reports(self.reports, self.areas, self.cube, self.episodes)

    def marked_until(self, until: date | None) -> Marked:
        """Return what `marked` would be on a day, when nothing later was known; that of the latest few days is kept."""
        last = self.cube.last_day
        if until is None or last is None or until >= last:
            return self.marked
        kept = self._marked_until.get(until)
        if kept is None:
            kept = self.marked.told_by(find_episodes(self.reports, end=end_of_day(until, self.timezone)))
            self._marked_until[until] = kept
            for day in [*self._marked_until][:-_DAYS_KEPT]:
                self._marked_until.pop(day, None)
        return kept

    @cached_property
    def _marked_until(self) -> dict[date, Marked]:
        return {}

    @cached_property
    def _described(self) -> dict[str, pl.DataFrame]:
        return {}

    def cells_in(self, areas: Sequence[str]) -> pl.Series:
        """Return the H3 strings of the cells that meet any of these areas."""
        chosen = self.areas[self.areas["area_id"].isin(list(areas))]
        return h3_cells.cell_to_string(cells_of_areas(self.cube.cells, chosen)["cell"].unique().to_numpy())


@dataclass(frozen=True)
class Answer:
    """What was found, and what to keep in mind when reading it."""

    question: Question  # with `until` resolved
    table: gpd.GeoDataFrame  # tables.HOTSPOTS and hexagons
    tests: tuple[HotspotTest, ...]  # one, or one per category; over the whole city
    window: Window
    headline: str  # the lens by name, with the question it answers
    notes: tuple[str, ...]
    summary: dict[str, Any]
    changes: tuple[Change, ...] = ()  # sources that are not the same in all of the days looked at
    causes: tuple[Causes, ...] = ()  # of every cell of the city, one for each of `tests`

    def only(self, which: str) -> gpd.GeoDataFrame:
        """Return the rows of the map (`hot`) or of the campaign list (`core`), strongest cluster first; or `all`."""
        if which == "all":
            return self.table
        return self.table[self.table[which]].sort_values(["cluster_id", "p_value", "cell"], ignore_index=True)


def open_study(
    reports: Sequence[str | Path],
    areas: Sequence[tuple[str, str | Path]] = (),
    *,
    mapping: str | Path | dict[str, Any] | None = None,
    boundary: str | Path | None = None,
    resolution: int | str = "auto",
    timezone: str | None = None,
    exposure: str | Path | Sequence[str | Path] = (),
    window: str = "auto",
    until: date | None = None,
    categories: Sequence[str] = (),
    progress: Progress | None = None,
) -> Study:
    """Read files as `read_material` does, assign the reports to cells and areas, and count.

    `resolution` auto takes the finest of 9, 8 and 7 that `window` (ending on `until`) can carry, counting `categories`
    alone if given: METHODS 1.5b.

    Raises HexwardError where a file, the resolution or the exposure table cannot be used, no report is left, or the
    study area holds no cell.
    """
    tell = progress or (lambda step, share: None)
    level = _level(resolution)
    files = [exposure] if isinstance(exposure, str | Path) else exposure
    exposure_tables = [read_exposure(path) for path in files]
    material = read_material(reports, areas, mapping=mapping, boundary=boundary, timezone=timezone, progress=progress)
    rows = material.intake.quality.rows_read
    if material.boundary is None:
        raise NoReports(
            "None of the {rows} rows can be used; python -m geo check says why, row by row.", rows=f"{rows:,}"
        )
    if not material.merged.height:
        raise NoReports(
            "All usable reports lie more than 500 m outside the study area. Check the coordinate system of the reports "
            "and of the areas."
        )
    tell("Assigning reports to cells and areas", 0.75)
    level = level or finest_level(material, window=window, until=until, categories=categories)
    assigned = assign(material.merged, material.layers.areas, resolution=level)
    tell("Counting", 0.85)
    cube = build_cube(assigned, universe=material.boundary, resolution=level, timezone=material.timezone)
    if not len(cube.cells):
        raise RefusedQuestion(
            "The study area holds no hexagon of level {resolution}. Choose a finer level, or check the boundary.",
            resolution=level,
        )
    layers = material.layers
    known = exposures_of_cells(cube, layers.areas, measures=layers.measures, tables=exposure_tables)
    return Study(
        material,
        assigned,
        cube,
        {name: exposure.cells for name, exposure in known.items() if exposure.usable},
        {name: exposure.notes for name, exposure in known.items()},
    )


def finest_level(
    material: Material, *, window: str = "auto", until: date | None = None, categories: Sequence[str] = ()
) -> int:
    """Return the finest H3 level at which half of the incidents lie in disks that expect 20 or more in the window.

    Where none does, the coarsest that has a cell in the study area.
    """
    first = material.merged.filter((pl.col("incident_id") == tables.REPORT_KEY) & ~pl.col("pile"))

    def typical(level: int) -> float:
        points = first.with_columns(
            cell=h3_cells.point_to_cell(first["lat"].to_numpy(), first["lon"].to_numpy(), level)
        )
        cube = build_cube(points, universe=material.boundary, resolution=level, timezone=material.timezone)
        span = scope.resolve_window(cube, window, until, "city")
        return scope.typical_of(cube, span, Slice(scope.find_codes(cube, categories, material.themes)))

    with_cells = [level for level in CANDIDATES if len(h3_cells.universe(material.boundary, level))]
    return finest_resolution(typical, with_cells or CANDIDATES[:1])[0]


def ask(study: Study, question: Question, *, lang: str = "en") -> Answer:
    """Answer `question`. Raises RefusedQuestion or NoReports where the data cannot carry it."""
    question = replace(study.with_codes(question), per=choose_measure(question.per, tuple(study.exposures)))
    found = find.answer(
        study.cube,
        question,
        exposure=study.exposures.get(question.per),
        described=study.described(lang),
        reports=study.reports,
        marked=study.marked_until(question.until),
        lang=lang,
    )
    table = found.table
    if question.areas:
        table = table[table["cell"].isin(study.cells_in(question.areas).to_list())].reset_index(drop=True)
    measured = study.exposure_notes.get(question.per, ()) if question.lens == "places" else ()
    notes = [n.sentence(lang) for n in (*found.notes, *measured, *study.material.notes)]
    notes += unplaced(study, lang)
    return Answer(
        question=replace(question, until=found.window.last),
        table=table,
        tests=found.tests,
        window=found.window,
        headline=sentences.lens_title(question.lens, lang, per=question.per),
        notes=tuple(notes),
        summary=_summary(study, table, found),
        changes=found.changes,
        causes=found.causes,
    )


def unplaced(study: Study, lang: str = "en") -> list[str]:
    """Return what to say of the reports that are in no cell: those at piles, and those at the rim."""
    notes = [
        pile_sentence(lat, lon, n, study.reports.height, lang) for lat, lon, n in pile_points(study.reports).iter_rows()
    ]
    if study.cube.outside_reports:
        notes.append(
            say(
                "Reports at the rim, in hexagons whose centre is outside the study area: {reports}, counted for areas, "
                "not on the map.",
                lang,
                reports=f"{study.cube.outside_reports:,}",
            )
        )
    return notes


def follow(
    study: Study, question: Question, *, period: str = FOUR_WEEKS, named: bool = True, lang: str = "en"
) -> change.Emerging:
    """Return what became of every place over the periods that end with the question's last day; `change.classify`.

    `question.areas` narrow the rows of the table, not the tests. `named`: whether places and units are filled in, which
    takes most of the time.

    Raises RefusedQuestion or NoReports where the data cannot carry it.
    """
    question = replace(study.with_codes(question), per=choose_measure(question.per, tuple(study.exposures)))
    found = change.classify(
        study.cube,
        question,
        period=period,
        exposure=study.exposures.get(question.per),
        described=study.described(lang) if named else None,
        reports=study.reports if named else None,
        lang=lang,
    )
    if found.lines[0].lens == "places":
        found = replace(found, notes=(*found.notes, *study.exposure_notes.get(question.per, ())))
    if not question.areas:
        return found
    met = found.table["cell"].isin(study.cells_in(question.areas).to_list())
    return replace(found, table=found.table[met].reset_index(drop=True))


def _level(resolution: int | str) -> int | None:
    """Return the level asked for, None for auto."""
    if resolution == "auto":
        return None
    if str(resolution) not in {str(level) for level in RESOLUTIONS}:
        raise RefusedQuestion("Level {resolution} is not offered. Choose 7, 8, 9, 10 or auto.", resolution=resolution)
    return int(resolution)


def _summary(study: Study, table: gpd.GeoDataFrame, found: find.Found) -> dict[str, Any]:
    quality, piles = study.material.intake.quality, pile_points(study.reports)
    return {
        "rows_read": quality.rows_read,
        "accepted": quality.accepted,
        "rejected": quality.rejected,
        "incidents": study.reports["incident_id"].n_unique(),
        "piles": piles.height,
        "pile_reports": int(piles["reports"].sum()),
        "resolution": study.cube.resolution,
        "cells": table["cell"].nunique(),
        "hot": int(table["hot"].sum()),
        "core": int(table["core"].sum()),
        "enough": quality_of(found.typical),
        "clusters": table["cluster_id"].nunique(),
        "window_start": found.window.first,
        "window_end": found.window.last,
    }
