"""One city and one question: the steps from files to answers, the same for the command line and the screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
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
from geo.grid.overlay import assign, cells_of_areas, overlaps, uncovered
from geo.grid.windows import Window
from geo.intake import areas as area_files
from geo.intake import reports as report_files
from geo.intake.agreement import agreement
from geo.intake.area_shapes import GEOMETRY
from geo.intake.areas import AreaLayer
from geo.intake.categories import category_name
from geo.intake.datum import DatumSuggestion, suggest_datum
from geo.intake.exposure import read_exposure
from geo.intake.incidents import merge_duplicates
from geo.intake.mapping import check_timezone, load_mapping
from geo.intake.quality import QualityReport, pile_points, pile_sentence
from geo.intake.radii import Rule, rule_of
from geo.intake.themes import Theme, all_themes
from geo.stats import change, find, sentences
from geo.stats.exposure import choose_measure, exposures_of_cells
from geo.stats.question import Question
from geo.stats.resolution import CANDIDATES, finest_resolution
from geo.stats.resolution import quality as quality_of
from geo.stats.results import HotspotTest
from geo.stats.sources import Change
from geo.stats.timeline import FOUR_WEEKS
from geo.words import LANGUAGES, Note, note, say

RESOLUTIONS = range(7, 11)
DEFAULT_TIMEZONE = "Asia/Shanghai"
OUTSIDE_M = 500.0
Progress = Callable[[str, float], None]
"""Called with what is being done and the share done so far, 0 to 1."""


@dataclass(frozen=True)
class Material:
    """The files of a study, read and cleaned: all that a quality report needs."""

    intake: tables.Intake
    layers: AreaLayer
    boundary: BaseGeometry | None  # None where no report was accepted
    merged: pl.DataFrame  # accepted reports with incidents, piles and coarse points marked
    timezone: str
    datums: dict[str, DatumSuggestion]  # of each report file
    notes: tuple[Note, ...]
    themes: tuple[Theme, ...] = ()  # the user's own and the shipped ones
    rule: Rule = field(default_factory=Rule)  # by which duplicates were merged

    def quality(self, lang: str = "en") -> QualityReport:
        """Return what the quality report says; overlaps and uncovered reports are worked out here."""
        assigned = assign(self.merged, self.layers.areas, resolution=RESOLUTIONS[0])
        kinds = [kind for kind in ("community",) if kind in assigned.columns]
        return QualityReport(
            self.intake,
            self.merged,
            self.layers,
            overlapping=overlaps(self.layers.areas[self.layers.areas["kind"] != "street"]),  # streets cross
            uncovered={kind: uncovered(assigned, kind) for kind in kinds},
            notes=tuple(n.sentence(lang) for n in self.notes),
            agreement=agreement(self.merged, self.rule),
        )


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
        there = set(self.cube.counts["category"].unique())
        codes = {category_name(code, lang): code for code in there for lang in LANGUAGES} | {c: c for c in there}
        held = (
            replace(theme, categories=tuple(dict.fromkeys(codes[name] for name in theme.categories if name in codes)))
            for theme in self.material.themes
        )
        return tuple(theme for theme in held if theme.categories)

    @property
    def boundary(self) -> BaseGeometry:
        return self.material.boundary

    @property
    def timezone(self) -> str:
        return self.cube.timezone

    def with_codes(self, question: Question) -> Question:
        """Return the question with its themes and names of categories as codes. Raises RefusedQuestion for no such."""
        codes = find.find_codes(self.cube, question.categories, self.material.themes)
        return replace(question, categories=codes)

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
    changes: tuple[Change, ...] = ()  # own past: sources that are not the same in the window and before

    def only(self, which: str) -> gpd.GeoDataFrame:
        """Return the rows of the map (`hot`) or of the campaign list (`core`), strongest cluster first; or `all`."""
        if which == "all":
            return self.table
        return self.table[self.table[which]].sort_values(["cluster_id", "p_value", "cell"], ignore_index=True)


def read_material(
    reports: Sequence[str | Path],
    areas: Sequence[tuple[str, str | Path]] = (),
    *,
    mapping: str | Path | dict[str, Any] | None = None,
    boundary: str | Path | None = None,
    timezone: str | None = None,
    progress: Progress | None = None,
) -> Material:
    """Read report files and area layers, cut out the study area, merge duplicates and mark piles.

    `areas` are pairs of kind and file. The study area is `boundary`, else the union of the communities, else the hull
    of the densest 99 % of the reports. Raises HexwardError for a file, a layer or a mapping that cannot be used.
    """
    tell = progress or (lambda step, share: None)
    settings = load_mapping(mapping)
    if timezone:
        check_timezone(timezone)
    tell("Reading areas", 0.0)
    layers = area_files.combine_layers(
        [area_files.read_area_layer(path, kind, mapping=settings) for kind, path in areas]
    )
    edge = None if boundary is None else area_files.read_area_layer(boundary, "boundary", mapping=settings)
    if edge is not None:
        layers = _with_faults(layers, edge)
    intakes = []
    for at, path in enumerate(reports):
        tell("Reading reports", 0.1 + 0.4 * at / len(reports))
        intakes.append(report_files.read_reports(path, mapping=settings, timezone=timezone))
    intake = intakes[0] if len(intakes) == 1 else report_files.combine(intakes)
    zone = timezone or next((z for z in intake.quality.timezone if z), DEFAULT_TIMEZONE)
    area: BaseGeometry | None = None
    notes: list[Note] = []
    datums: dict[str, DatumSuggestion] = {}
    if intake.reports.height:
        tell("Cutting out the study area", 0.5)
        area, notes = _study_area(intake, layers, edge)
        datums = {part.quality.files[0]: _datum(part, area) for part in intakes}
        notes += [n for file, fit in datums.items() if (n := datum_note(file, fit))]
        away = area_files.outside(layers.areas, area)
        if len(away):
            notes.append(
                note(
                    "Areas wholly outside the study area: {count} ({names}).",
                    count=len(away),
                    names=", ".join(away["name"].head(5)) + (" ..." if len(away) > 5 else ""),
                )
            )
        intake = report_files.reject_outside(intake, area, metres=OUTSIDE_M)
    intake = replace(intake, texts=(), rows=tables.empty({}))  # every rejected row is settled: forget the raw files
    tell("Merging duplicates", 0.6)
    rule, strange = rule_of(settings, intake.reports["category"].unique().sort())
    merged = merge_duplicates(
        intake.reports, areas=layers.areas, metres=rule.metres, hours=rule.hours, days=rule.days
    )
    notes += strange
    return Material(intake, layers, area, merged, zone, datums, tuple(notes), all_themes(settings.themes), rule)


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


def datum_note(file: str, fit: DatumSuggestion) -> Note | None:
    """Return what to say where a file fits the study area better in another datum than the one declared."""
    if fit.suggested is None:
        return None
    return note(
        "{file} fits the study area better as {suggested} ({better:.1%} inside) than as {declared} ({share:.1%}). "
        'If it is, write crs = "{suggested}" for it in the mapping.',
        file=file,
        suggested=fit.suggested,
        declared=fit.declared,
        better=fit.shares[fit.suggested],
        share=fit.shares[fit.declared],
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
        span = find.resolve_window(cube, window, until, "city")
        return find.typical_of(cube, span, Slice(find.find_codes(cube, categories, material.themes)))

    with_cells = [level for level in CANDIDATES if len(h3_cells.universe(material.boundary, level))]
    return finest_resolution(typical, with_cells or CANDIDATES[:1])[0]


def ask(study: Study, question: Question, *, lang: str = "en") -> Answer:
    """Answer `question`. Raises RefusedQuestion or NoReports where the data cannot carry it."""
    question = replace(study.with_codes(question), per=choose_measure(question.per, tuple(study.exposures)))
    found = find.answer(
        study.cube,
        question,
        exposure=study.exposures.get(question.per),
        areas=study.areas,
        reports=study.reports,
        lang=lang,
    )
    table = found.table
    if question.areas:
        table = table[table["cell"].isin(study.cells_in(question.areas).to_list())].reset_index(drop=True)
    measured = study.exposure_notes.get(question.per, ()) if question.lens == "places" else ()
    notes = [n.sentence(lang) for n in (*study.material.notes, *found.notes, *measured)]
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
        areas=study.areas if named else None,
        reports=study.reports if named else None,
        lang=lang,
    )
    if found.lines[0].lens == "places":
        found = replace(found, notes=(*found.notes, *study.exposure_notes.get(question.per, ())))
    if not question.areas:
        return found
    met = found.table["cell"].isin(study.cells_in(question.areas).to_list())
    return replace(found, table=found.table[met].reset_index(drop=True))


def _datum(intake: tables.Intake, area: BaseGeometry) -> DatumSuggestion:
    points = intake.reports.select("lon", "lat")
    return suggest_datum(points["lon"].to_numpy(), points["lat"].to_numpy(), area, declared=intake.quality.crs[0])


def _level(resolution: int | str) -> int | None:
    """Return the level asked for, None for auto."""
    if resolution == "auto":
        return None
    if str(resolution) not in {str(level) for level in RESOLUTIONS}:
        raise RefusedQuestion("Level {resolution} is not offered. Choose 7, 8, 9, 10 or auto.", resolution=resolution)
    return int(resolution)


def _with_faults(layers: AreaLayer, edge: AreaLayer) -> AreaLayer:
    """Return the layers with what was wrong with the shapes of the boundary file; what it is called does not matter."""
    faults = area_files.combine_layers([edge])
    shapes = pl.col("column") == GEOMETRY
    return replace(
        layers,
        rejected=pl.concat([layers.rejected, faults.rejected.filter(shapes)]),
        warnings=pl.concat([layers.warnings, faults.warnings.filter(shapes)]),
    )


def _study_area(intake: tables.Intake, layers: AreaLayer, edge: AreaLayer | None) -> tuple[BaseGeometry, list[Note]]:
    if edge is not None:
        return edge.areas.union_all(), []
    if (layers.areas["kind"] == "community").any():
        return area_files.study_area(layers.areas), []
    hull = area_files.hull(intake.reports["lon"].to_numpy(), intake.reports["lat"].to_numpy())
    return hull, [note("No community layer: the study area is the hull of the densest 99% of the reports.")]


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
