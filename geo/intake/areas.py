"""Area layers: communities, markets, construction sites and whatever else somebody answers for.

What comes in as point, line or polygon, in any coordinate system, goes out as valid polygons in EPSG:4326, with every
row that was repaired, merged or left out listed.
"""

from __future__ import annotations

import warnings as python_warnings
from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import polars as pl
import shapely

from geo import tables
from geo.errors import BadAreas
from geo.grid.cells import cell_to_polygon, point_to_cell
from geo.grid.metres import to_metres
from geo.intake.area_facts import area_facts, exposure_measure
from geo.intake.area_files import read_area_rows
from geo.intake.area_shapes import (
    SHAPE_REJECTED_REASONS,
    SHAPE_WARNING_REASONS,
    as_polygons,
    is_polygon,
    line_lengths,
)
from geo.intake.faults import Faults
from geo.intake.mapping import AreaMapping, Mapping, load_mapping
from geo.words import Note

Array = np.ndarray[Any, Any]

LEVELS = ("district", "street_office", "community", "estate")  # from the largest down
POLYGONS_ONLY = ("district", "street_office", "community", "boundary")  # a point with a radius cannot stand for these
STREET = "street"  # lines of this kind are measured: their length is what they hold
SAME_PLACE = 6  # decimals of a degree: 0.1 m

PLACE_WARNING_REASONS = {
    "merged": "The same name at the same place as an earlier row: merged",
    "shared_point": "Another area has the very same position: one of them is probably wrong",
}
UNUSABLE_SENTENCES = {
    "none": "None of the {rows} rows of {file} has a geometry. Export the layer with its shapes.",
    "unreadable": "Neither row {row} of {file} nor any other holds a position or shape that can be read. Export it "
    "again.",
    "no_surface": "No polygon of {file} has a surface: row {row} and all others collapse into a line. Draw them again.",
    "not_a_polygon": "{file} holds no polygon that can be used, only points or lines such as row {row}. Choose the "
    "layer with borders.",
}
"""Said where a layer has nothing left, after the fault of its first row."""


@dataclass(frozen=True)
class AreaLayer:
    """Areas, and everything about their files that was not clean."""

    areas: gpd.GeoDataFrame  # tables.AREA_COLUMNS, EPSG:4326
    rejected: pl.DataFrame  # tables.FAULTS (+ `file` where several layers were read)
    warnings: pl.DataFrame  # tables.FAULTS (+ `file`)
    files: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    measures: dict[str, str] = field(default_factory=dict)  # of each kind: what its column of exposure counts


def read_areas(
    path: str | Path,
    kind: str,
    *,
    mapping: Mapping | Dictionary[str, Any] | str | Path | None = None,
    crs: str | None = None,
) -> gpd.GeoDataFrame:
    """Return the areas of a file as `read_area_layer` does, with a Python warning for each row that was not clean."""
    layer = read_area_layer(path, kind, mapping=mapping, crs=crs)
    for faults in (layer.rejected, layer.warnings):
        for row, column, value, reason in faults.select("row", "column", "value", "reason").iter_rows():
            where = {"file": layer.files[0], "row": row, "column": column, "reason": reason}
            sentence = "{file}, row {row}, {column}: {reason} ({value})." if value else "{file}, row {row}: {reason}."
            python_warnings.warn(sentence.format(value=value, **where), stacklevel=2)
    return layer.areas


def read_area_layer(
    path: str | Path,
    kind: str,
    *,
    mapping: Mapping | Dictionary[str, Any] | str | Path | None = None,
    crs: str | None = None,
) -> AreaLayer:
    """Read one layer of areas of one kind.

    Parameters
    ----------
    path
        GeoJSON, GeoPackage, Shapefile (.shp or .zip), or a table of points: CSV, TSV, XLSX.
    kind
        One of `tables.KINDS`, or a word of the user's own.
    mapping
        As in `mapping.load_mapping`; `[areas.KIND]` is what counts here.
    crs
        Goes before the mapping's and the file's own; WGS-84 where nobody says anything and the numbers are degrees.

    Returns
    -------
    Points as circles and lines as corridors of `tables.RADIUS_M` metres, polygons repaired. Rows of the same name at
    the same place are one area.

    Raises UnreadableFile, UnknownCRS, BadMapping, or BadAreas where no usable area is left.
    """
    _check_kind(kind)
    settings = load_mapping(mapping).areas.get(kind, AreaMapping())
    found = read_area_rows(path, kind, settings, crs)
    rejected, warnings = Faults(pl.Series(found.rows)), Faults(pl.Series(found.rows))
    radius = settings.radius_m or tables.RADIUS_M.get(kind, tables.DEFAULT_RADIUS_M)
    only_polygons = kind in POLYGONS_ONLY and settings.radius_m is None
    if only_polygons and not is_polygon(found.shapes).any() and (shapely.get_dimensions(found.shapes) >= 0).any():
        raise BadAreas(
            "{file} holds points or lines, and {kind} needs polygons. Choose the layer with borders, or give radius_m "
            "under [areas.{kind}].",
            file=found.file,
            kind=kind,
        )
    polygons = as_polygons(found.shapes, radius, only_polygons=only_polygons, rejected=rejected, warnings=warnings)
    warnings.add(found.swapped, "geometry", None, SHAPE_WARNING_REASONS["swapped"])
    usable = np.flatnonzero(~shapely.is_missing(polygons))
    if usable.size == 0:
        first = rejected.table().row(0, named=True)
        fault = next(name for name, reason in SHAPE_REJECTED_REASONS.items() if reason == first["reason"])
        raise BadAreas(UNUSABLE_SENTENCES[fault], file=found.file, rows=found.rows.size, row=first["row"])
    facts, measure = area_facts(found, kind, settings, warnings), exposure_measure(found, kind, settings)
    if kind == STREET and not measure and np.isfinite(lengths := line_lengths(found.shapes)).any():
        facts, measure = facts.with_columns(exposure=pl.Series(lengths)), "street_length"
    areas = _table(facts.with_columns(kind=pl.lit(kind)), polygons)
    areas = areas.iloc[_merge_same(found.shapes, facts["name"], usable, warnings)]
    return AreaLayer(
        areas.reset_index(drop=True),
        rejected.table(),
        warnings.table(),
        (found.file,),
        found.notes,
        {kind: measure} if measure else {},
    )


def combine_layers(layers: Sequence[AreaLayer]) -> AreaLayer:
    """Return several layers as one, with area_ids that differ and parents filled in.

    A parent written in a file is looked up by area_id, then by name, among the larger kinds; where none is written or
    found, the nearest larger kind that contains the area's middle is its parent.

    >>> combine_layers([]).areas.columns.tolist() == list(tables.AREA_COLUMNS)
    True
    """
    parts = [layer.areas for layer in layers]
    areas = pd.concat(parts, ignore_index=True) if parts else _table(pl.DataFrame(), np.empty(0, object))
    areas = gpd.GeoDataFrame(areas, geometry="geometry", crs="EPSG:4326")
    areas["area_id"] = _distinct(areas["area_id"], areas["kind"])
    areas["parent_id"] = _parents(areas)
    files = tuple(file for layer in layers for file in layer.files)
    notes = tuple(note for layer in layers for note in layer.notes)
    measures = {kind: measure for layer in reversed(layers) for kind, measure in layer.measures.items()}
    return AreaLayer(areas, _faults(layers, "rejected"), _faults(layers, "warnings"), files, notes, measures)


def _faults(layers: Sequence[AreaLayer], which: str) -> pl.DataFrame:
    """Return the faults of all layers with the `file` they stand in."""
    none = tables.empty(tables.FAULTS | {"file": pl.String})
    found = [getattr(layer, which).with_columns(file=pl.lit(";".join(layer.files))) for layer in layers]
    return pl.concat([none, *found])


def study_area(areas: gpd.GeoDataFrame) -> shapely.Geometry:
    """Return the union of the communities, EPSG:4326. Raises BadAreas where there is none.

    >>> pair = gpd.GeoDataFrame({"kind": "community"}, index=[0, 1], crs="EPSG:4326",
    ...                         geometry=[shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)])
    >>> study_area(pair).bounds
    (0.0, 0.0, 2.0, 1.0)
    """
    communities = areas.geometry[areas["kind"] == "community"].to_numpy()
    if communities.size == 0:
        raise BadAreas("There is no community layer to take the study area from. Add one, or give a boundary file.")
    return shapely.union_all(communities)


def outside(areas: gpd.GeoDataFrame, boundary: shapely.Geometry) -> gpd.GeoDataFrame:
    """Return the areas that lie wholly outside the study area, such as a market geocoded to another city."""
    shapely.prepare(boundary)
    return areas[~shapely.intersects(boundary, areas.geometry.to_numpy())]


def hull(lon: Array, lat: Array) -> shapely.Geometry:
    """Return the convex hull of the cells (resolution 8) that hold the densest 99 % of the points, EPSG:4326.

    Where no layer says what the study area is. Cells more than five times as far from the middle as nine tenths of the
    points are left out: a pile of reports on another city's town hall is dense too.

    >>> rng = np.random.default_rng(1)
    >>> lon, lat = rng.normal(104, 0.02, 5000), rng.normal(30.6, 0.02, 5000)
    >>> west, south, east, north = hull(np.append(lon, np.zeros(200)), np.append(lat, np.zeros(200))).bounds
    >>> 103.9 < west < east < 104.1 and 30.5 < south < north < 30.7
    True
    """
    cells, first, place, count = np.unique(
        point_to_cell(lat, lon, 8), return_index=True, return_inverse=True, return_counts=True
    )
    points = shapely.points(lon[first], lat[first])
    metres = shapely.get_coordinates(to_metres(points, (float(np.median(lat)), float(np.median(lon)))))
    distance = np.hypot(*metres.T)
    near = distance <= 5 * np.quantile(distance[place], 0.9) + 1_000
    dense = np.argsort(-count, kind="stable")
    dense = dense[near[dense]]
    enough = np.searchsorted(np.cumsum(count[dense]), 0.99 * count[dense].sum()) + 1
    return shapely.convex_hull(shapely.union_all(cell_to_polygon(cells[dense[:enough]])))


def _check_kind(kind: str) -> None:
    taken = (*tables.REPORTS, *tables.INCIDENT_COLUMNS, *tables.COUNTS)
    if not kind.strip() or kind in taken:
        raise BadAreas(
            '"{kind}" cannot be the kind of a layer: it is empty or the name of a column of the reports. Choose '
            "another word.",
            kind=kind,
        )


def _table(facts: pl.DataFrame, polygons: Array) -> gpd.GeoDataFrame:
    """Return tables.AREA_COLUMNS; text columns hold text or NaN, as pandas has it."""
    columns: dict[str, Any] = {}
    for name in tables.AREA_COLUMNS[:-1]:
        kind = "float64" if name == "exposure" else "str"
        columns[name] = pd.Series(facts[name].to_list() if name in facts.columns else [], dtype=kind)
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries(polygons, crs="EPSG:4326"))


def _merge_same(shapes: Array, names: pl.Series, usable: Array, warnings: Faults) -> Array:
    """Return the positions to keep of the usable rows: the first of each name and place."""
    x, y = (np.round(get(shapes[usable]), SAME_PLACE) for get in (shapely.get_x, shapely.get_y))
    point = np.isfinite(x)
    drawn = pl.Series(
        [None if p else s for p, s in zip(point, shapely.to_wkb(shapes[usable]), strict=True)], dtype=pl.Binary
    )
    rows = pl.DataFrame(
        {
            "at": usable,
            "name": names.gather(usable).str.to_lowercase(),
            "x": x,
            "y": y,
            "drawn": drawn,
            "point": point,
        }
    )
    rows = rows.with_columns(
        merged=~pl.struct("name", "x", "y", "drawn").is_first_distinct(),
        shared=pl.col("point") & (pl.col("name").n_unique().over("x", "y") > 1),
    )
    for column in ("merged", "shared"):
        flags = np.zeros(shapes.size, bool)
        chosen = rows.filter(pl.col(column) & ~pl.col("merged")) if column == "shared" else rows.filter("merged")
        flags[chosen["at"].to_numpy()] = True
        reason = PLACE_WARNING_REASONS["merged" if column == "merged" else "shared_point"]
        warnings.add(flags, "name", names, reason)
    return rows.filter(~pl.col("merged"))["at"].to_numpy()


def _distinct(ids: pd.Series, kinds: pd.Series) -> pd.Series:
    """Return ids that differ: of equal ones all but the first get their kind before, then a number behind."""
    ids = ids.copy()
    doubled = ids.duplicated() & ~ids.str.startswith(tuple(f"{kind}/" for kind in kinds.unique()) or ("/",))
    ids[doubled] = kinds[doubled] + "/" + ids[doubled]
    again = ids.groupby(ids).cumcount()
    return ids.where(again == 0, ids + "-" + (again + 1).astype(str)).astype("str")


def _parents(areas: gpd.GeoDataFrame) -> pd.Series:
    """Return the parent_id of every area: the one told, else the nearest larger kind that holds its middle."""
    kinds, told = (areas[name].to_numpy(object) for name in ("kind", "parent_id"))
    middles = shapely.point_on_surface(areas.geometry.to_numpy())
    parents = np.full(len(areas), None, object)
    for kind in areas["kind"].unique():
        rows = np.flatnonzero(kinds == kind)
        above = LEVELS[: LEVELS.index(kind)] if kind in LEVELS else LEVELS[:-1]
        larger = [areas[kinds == level].sort_values("area_id") for level in reversed(above)]
        known: dict[str, str] = {}
        for layer in reversed(larger):  # the nearest level has the last word
            known |= dict(zip(layer["name"], layer["area_id"], strict=True))
        known |= {area_id: area_id for layer in larger for area_id in layer["area_id"]}
        parents[rows] = [known.get(name) for name in told[rows]]
        for layer in larger:
            orphans = rows[[parents[row] is None for row in rows]]
            child, parent = shapely.STRtree(layer.geometry.to_numpy()).query(middles[orphans], "intersects")
            ids = layer["area_id"].to_numpy(object)
            for one, other in sorted(zip(child, parent, strict=True), reverse=True):
                parents[orphans[one]] = ids[other]  # on a shared border the lowest area_id
    return pd.Series(parents, index=areas.index, dtype="str")
