"""The files of a city, read and cleaned: reports, areas, the study area, duplicates and piles marked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import polars as pl
from shapely.geometry.base import BaseGeometry

from geo import tables
from geo.grid.overlay import assign, overlaps, uncovered
from geo.intake import areas as area_files
from geo.intake import reports as report_files
from geo.intake.agreement import agreement
from geo.intake.area_shapes import GEOMETRY
from geo.intake.areas import AreaLayer
from geo.intake.datum import DatumSuggestion, suggest_datum
from geo.intake.incidents import merge_duplicates
from geo.intake.mapping import check_timezone, load_mapping
from geo.intake.quality import QualityReport
from geo.intake.radii import Rule, rule_of
from geo.intake.themes import Theme, all_themes
from geo.words import Note, note

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
                    names=_with_places(away.head(5)) + (" ..." if len(away) > 5 else ""),
                )
            )
        intake = report_files.reject_outside(intake, area, metres=OUTSIDE_M)
    intake = replace(intake, texts=(), rows=tables.empty({}))  # every rejected row is settled: forget the raw files
    tell("Merging duplicates", 0.6)
    rule, strange = rule_of(settings, intake.reports["category"].unique().sort())
    merged = merge_duplicates(intake.reports, areas=layers.areas, metres=rule.metres, hours=rule.hours, days=rule.days)
    notes += strange
    return Material(intake, layers, area, merged, zone, datums, tuple(notes), all_themes(settings.themes), rule)


def _with_places(areas: gpd.GeoDataFrame) -> str:
    """Name areas with where they are (latitude, longitude): one inside the study area may bear the same name."""
    points = areas.representative_point()
    return "; ".join(f"{name} {at.y:.4f}, {at.x:.4f}" for name, at in zip(areas["name"], points, strict=True))


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


def _datum(intake: tables.Intake, area: BaseGeometry) -> DatumSuggestion:
    points = intake.reports.select("lon", "lat")
    return suggest_datum(points["lon"].to_numpy(), points["lat"].to_numpy(), area, declared=intake.quality.crs[0])


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
