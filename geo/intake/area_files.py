"""Area files of any kind as rows: the file's own columns, and one geometry a row in WGS-84.

GeoJSON, GeoPackage and Shapefile (plain or zipped) go through GDAL; CSV, TSV and XLSX through `readers.read_table`,
with their position in latitude and longitude, in x and y, or in one column of points or of well-known text.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import polars.selectors as cs
import pyogrio
import shapely

from geo.errors import BadAreas, BadMapping, UnknownCRS
from geo.intake.datum import WGS_84, crs_name, is_geographic, to_wgs84
from geo.intake.delimited import decode
from geo.intake.mapping import AreaMapping
from geo.intake.positions import Columns, read_positions
from geo.intake.readers import read_table
from geo.intake.text_table import TextTable, plain
from geo.words import Note, note

Array = np.ndarray[Any, Any]

LAT_NAMES = ("lat", "latitude", "纬度", "wgs84lat", "gcj02lat", "gcjlat", "地图纬度")
LON_NAMES = ("lon", "lng", "long", "longitude", "经度", "wgs84lng", "wgs84lon", "gcj02lng", "gcjlng", "地图经度")
X_NAMES = ("x", "xcoord", "coordinatex", "coordx", "easting", "横坐标", "x坐标")
Y_NAMES = ("y", "ycoord", "coordinatey", "coordy", "northing", "纵坐标", "y坐标")
POINT_NAMES = ("geom", "geometry", "thegeom", "wkt", "point", "location", "coordinates", "坐标", "经纬度", "空间位置")
WELL_KNOWN = r"(?i)^\s*(?:SRID\s*=\s*\d+\s*;)?\s*(?:MULTI)?(?:POLYGON|LINESTRING|POINT)\s*Z?M?\s*\("
_MOST_BYTES = 4_000_000_000


@dataclass(frozen=True)
class AreaRows:
    """The rows of an area file. `shapes` are in WGS-84; None where there is none, empty where it cannot be read."""

    file: str
    frame: pl.DataFrame  # the file's own columns and types
    shapes: Array
    rows: Array  # line numbers, header = 1; the first feature of a vector file is 2
    swapped: Array  # latitude stood where longitude should; put right
    notes: tuple[Note, ...] = ()
    separator: str = ""  # of a CSV

    def only(self, chosen: Array) -> AreaRows:
        """Return the rows at these positions."""
        return replace(
            self,
            frame=self.frame[chosen],
            shapes=self.shapes[chosen],
            rows=self.rows[chosen],
            swapped=self.swapped[chosen],
        )


def read_area_rows(path: str | Path, kind: str, mapping: AreaMapping, crs: str | None = None) -> AreaRows:
    """Return the rows of an area file that fulfil `mapping.where`.

    `crs` goes before the mapping's, and both before the file's own: GCJ-02 is written in files that call themselves
    WGS-84. Raises UnreadableFile, UnknownCRS, BadAreas, BadMapping.
    """
    path = Path(path)
    crs = crs or mapping.crs
    start = _first_bytes(path)
    if start.startswith(b"PAR1"):
        raise BadAreas(
            "{file} is a Parquet file, and area layers are not read from Parquet. Save it as GeoPackage or GeoJSON.",
            file=path.name,
        )
    if path.suffix.lower() == ".shp" and start:
        rows = _read_vector(path, path.name, kind, crs, encoding=_dbf_encoding(path.with_suffix(".dbf"), path.name))
    elif start.startswith(b"PK\x03\x04") and not _is_workbook(path):
        inner, encoding = _shapefile_in(path)
        rows = _read_vector(f"/vsizip/{path.resolve()}/{inner}", path.name, kind, crs, encoding=encoding)
    elif start.startswith(b"SQLite format 3\0") or start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"["):
        rows = _read_vector(path, path.name, kind, crs)
    else:
        rows = _read_points(read_table(path), kind, mapping, crs)
    return rows if mapping.where is None else rows.only(_where(rows, mapping.where, kind))


def _first_bytes(path: Path) -> bytes:
    """Return the start of a file, nothing where there is no file: `readers.read_table` says so."""
    if not path.is_file():
        return b""
    with path.open("rb") as file:
        return file.read(64)


def _read_vector(path: Path | str, file: str, kind: str, crs: str | None, encoding: str | None = None) -> AreaRows:
    """Read the layer named after the kind, else the first layer with geometry."""
    try:
        layers = [(str(name), shape) for name, shape in pyogrio.list_layers(path)]
        drawn = [name for name, shape in layers if shape is not None]
        if not drawn:
            raise BadAreas("{file} holds a table without geometry. Export the layer with its shapes.", file=file)
        layer = next((name for name in drawn if name.casefold() == kind.casefold()), drawn[0])
        meta, features = pyogrio.read_arrow(path, layer=layer, encoding=encoding)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise BadAreas(
            "{file} cannot be opened as an area layer: it is damaged, cut off, or of another kind than its name says. "
            "Export it again as GeoPackage or GeoJSON.",
            file=file,
        ) from error
    frame = pl.DataFrame(pl.from_arrow(features))
    geometry = meta["geometry_name"] or "wkb_geometry"
    if frame.height == 0:
        raise BadAreas("{file} is an area layer without a single feature. Export it again.", file=file)
    shapes = _from_wkb(frame[geometry].to_list())
    notes: tuple[Note, ...] = ()
    if len(drawn) > 1:
        notes = (note('{file}: areas were read from layer "{layer}", not from the others.', file=file, layer=layer),)
    frame = frame.select(cs.string() | cs.numeric() | cs.boolean() | cs.temporal())
    rows = np.arange(2, shapes.size + 2)
    if not frame.width:  # features without any property
        frame = pl.DataFrame({"row": rows})
    shapes = _to_wgs84(shapes, crs or meta["crs"], file, given=crs is not None)
    return AreaRows(file, frame, shapes, rows, np.zeros(rows.size, bool), notes)


def _from_wkb(values: list[bytes | None]) -> Array:
    """Shapes without their height; empty where the bytes are no geometry."""
    shapes = np.asarray(shapely.from_wkb(np.array(values, object), on_invalid="ignore"), object)
    written = np.array([value is not None for value in values])
    shapes[written & shapely.is_missing(shapes)] = shapely.GeometryCollection()
    return np.asarray(shapely.force_2d(shapes), object)


def _to_wgs84(shapes: Array, crs: str | None, file: str, *, given: bool) -> Array:
    """Project shapes, after a look whether their coordinates can be what the file says they are."""
    xy = shapely.get_coordinates(shapes)
    finite = xy[np.isfinite(xy).all(axis=1)]
    odd = finite[(np.abs(finite) > (180.0000001, 90.0000001)).any(axis=1)]
    values = {"file": file, "x": f"{odd[0, 0]:.12g}", "y": f"{odd[0, 1]:.12g}"} if odd.size else {}
    if crs is None and odd.size:
        raise UnknownCRS(
            "{file} names no coordinate system (a Shapefile keeps it in its .prj) and its coordinates, for example "
            '{x}, {y}, are no degrees. Add the .prj file, or name the system: crs = "EPSG:4549", or whichever it is.',
            **values,
        )
    name = crs_name(crs or WGS_84)
    if is_geographic(name) and odd.size:
        raise UnknownCRS(
            "{file} is said to be in {crs}, in degrees, but holds coordinates such as {x}, {y}. Name the system "
            "they are written in.",
            crs=crs if given else name,
            **values,
        )
    if name == WGS_84:
        return shapes
    moved = shapely.transform(shapes, lambda x, y: to_wgs84(x, y, name), interleaved=False)
    lost = np.isnan(shapely.get_coordinates(moved)).any(axis=1)
    if lost.any():
        owner = shapely.get_coordinates(moved, return_index=True)[1]
        moved[np.unique(owner[lost])] = shapely.GeometryCollection()
    return np.asarray(moved, object)


def _is_workbook(path: Path) -> bool:
    try:
        return any(name.startswith("xl/") for name in zipfile.ZipFile(path).namelist())
    except zipfile.BadZipFile as error:
        raise BadAreas(
            "{file} is a zip archive that breaks off or is damaged. Pack the Shapefile again.", file=path.name
        ) from error


def _shapefile_in(path: Path) -> tuple[str, str | None]:
    """Return the one Shapefile of a zip archive, and the encoding of its texts where it does not say it itself."""
    archive = zipfile.ZipFile(path)
    names = [name for name in archive.namelist() if not name.startswith("__MACOSX")]
    found = [name for name in names if name.lower().endswith(".shp")]
    if not found:
        raise BadAreas(
            "{file} is a zip archive without a .shp file. Pack the .shp, .shx, .dbf and .prj of one layer.",
            file=path.name,
        )
    if len(found) > 1:
        raise BadAreas(
            "{file} packs {count} Shapefiles ({names}). Pack each layer alone.",
            file=path.name,
            count=len(found),
            names=", ".join(found[:4]),
        )
    if sum(part.file_size for part in archive.infolist()) > _MOST_BYTES:
        raise BadAreas(
            "{file} unpacks to more than 4 GB and was not opened. Cut the layer to the city.", file=path.name
        )
    stem = found[0][:-4]
    beside = {name.lower(): name for name in names}
    missing = [ending for ending in (".shx", ".dbf") if (stem + ending).lower() not in beside]
    if missing:
        raise BadAreas(
            "{file} packs {layer} without its {missing}. A Shapefile needs .shp, .shx and .dbf.",
            file=path.name,
            layer=found[0],
            missing=", ".join(missing),
        )
    if (stem + ".cpg").lower() in beside:
        return found[0], None
    return found[0], _encoding_of(archive.read(beside[(stem + ".dbf").lower()]), path.name)


def _dbf_encoding(dbf: Path, file: str) -> str | None:
    return None if dbf.with_suffix(".cpg").exists() or not dbf.exists() else _encoding_of(dbf.read_bytes(), file)


def _encoding_of(dbf: bytes, file: str) -> str | None:
    """Return the encoding of a .dbf table that names none (byte 29 is 0); GDAL would take it for Latin-1."""
    start = int.from_bytes(dbf[8:10], "little")
    if dbf[29:30] != b"\0" or not any(byte > 127 for byte in dbf[start:]):
        return None
    return decode(dbf[start:].replace(b"\0", b" "), file)[1].split()[0]


def _read_points(table: TextTable, kind: str, mapping: AreaMapping, crs: str | None) -> AreaRows:
    """Return the rows of a table of text whose position stands in its columns."""
    found = _position_columns(table, mapping, kind)
    shapes = np.full(table.frame.height, None, object)
    swapped = np.zeros(table.frame.height, bool)
    notes = table.notes
    texts = table.frame[found.point] if found.point else pl.Series([None], dtype=pl.String)
    if texts.str.contains(WELL_KNOWN).any() and not texts.drop_nulls().str.contains(r"(?i)^[^(]*\bPOINT").all():
        shapes = _from_text(texts, crs or table.crs, table.name, given=crs is not None)
    else:
        at = read_positions(table.frame, found, crs or table.crs, table.name)
        shapes[at.usable] = shapely.points(at.lon[at.usable], at.lat[at.usable])
        shapes[at.unreadable | at.zero] = shapely.GeometryCollection()
        swapped, notes = at.swapped, (*notes, *at.notes)
    frame = _with_numbers(table.frame)
    return AreaRows(table.name, frame, shapes, table.rows.to_numpy(), swapped, notes, table.separator)


def _from_text(texts: pl.Series, crs: str | None, file: str, *, given: bool) -> Array:
    """Shapes of any kind written as (extended) well-known text."""
    parts = texts.str.extract_groups(r"(?is)^\s*(?:SRID\s*=\s*(\d+)\s*;)?\s*(.*?)\s*$")
    codes = parts.struct.field("1").fill_null("")
    body = parts.struct.field("2").replace("", None).to_numpy()
    shapes = np.asarray(shapely.from_wkt(body, on_invalid="ignore"), object)
    shapes[texts.is_not_null().to_numpy() & shapely.is_missing(shapes)] = shapely.GeometryCollection()
    for code in codes.unique():
        here = (codes == code).to_numpy()
        shapes[here] = _to_wgs84(shapely.force_2d(shapes[here]), f"EPSG:{code}" if code else crs, file, given=given)
    return shapes


def _position_columns(table: TextTable, mapping: AreaMapping, kind: str) -> Columns:
    """Return the mapped columns of the position, else the recognised ones that most rows have filled."""
    chosen = {ours: theirs for ours, theirs in mapping.columns.items() if ours in ("lat", "lon", "x", "y", "point")}
    for ours, theirs in chosen.items():
        if theirs not in table.frame.columns:
            raise missing_column(table.name, kind, ours, theirs, table.frame.columns)
    if "point" in chosen:
        return Columns(point=chosen["point"])
    if {"lat", "lon"} <= chosen.keys():
        return Columns(chosen["lon"], chosen["lat"])
    if {"x", "y"} <= chosen.keys():
        return Columns(chosen["x"], chosen["y"])

    named = {plain(column): column for column in reversed(table.frame.columns)}

    def first(names: tuple[str, ...]) -> str | None:
        return next((named[name] for name in names if name in named), None)

    candidates = [Columns(first(LON_NAMES), first(LAT_NAMES)), Columns(first(X_NAMES), first(Y_NAMES))]
    candidates = [pair for pair in candidates if pair.x and pair.y]
    candidates += [Columns(point=named[name]) for name in POINT_NAMES if name in named]
    if not candidates:
        raise BadAreas(
            "{file} has no column of positions: it has {found}. Name them under [areas.{kind}] as lat and lon, x and "
            "y, or point.",
            file=table.name,
            found=", ".join(table.frame.columns[:30]),
            kind=kind,
        )
    filled = [table.frame.select([c for c in columns if c]).drop_nulls().height for columns in candidates]
    return candidates[filled.index(max(filled))]


def missing_column(file: str, kind: str, ours: str, theirs: str, found: list[str]) -> BadMapping:
    return BadMapping(
        "[areas.{kind}] gives {ours} as column {theirs}, which {file} does not have. It has: {found}.",
        kind=kind,
        ours=ours,
        theirs=theirs,
        file=file,
        found=", ".join(found[:30]),
    )


def _with_numbers(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a table of text with those columns as numbers that hold nothing else, so that `where` can compare them."""
    numbers = frame.select(pl.all().cast(pl.Float64, strict=False))
    whole = [
        name
        for name in frame.columns
        if frame[name].null_count() == numbers[name].null_count() < frame.height
        and not frame[name].str.contains(r"^\s*0\d").any()  # a code, not a number: 010, 0405
    ]
    return frame.with_columns(numbers[name] for name in whole)


def _where(rows: AreaRows, condition: str, kind: str) -> Array:
    """Return the positions of the rows that fulfil an SQL condition on the file's own columns."""
    numbered = rows.frame.with_row_index("row number of the file")
    try:
        kept = numbered.sql(f'SELECT "row number of the file" FROM self WHERE {condition}').to_series()
    except (
        pl.exceptions.SQLSyntaxError,
        pl.exceptions.SQLInterfaceError,
        pl.exceptions.ColumnNotFoundError,
        pl.exceptions.InvalidOperationError,
        pl.exceptions.ComputeError,
        pl.exceptions.SchemaError,
    ) as error:
        raise BadMapping(
            'The condition "{condition}" of [areas.{kind}] does not work on {file} ({fault}). Its columns are: '
            "{found}.",
            condition=condition,
            kind=kind,
            file=rows.file,
            fault=str(error).splitlines()[0],
            found=", ".join(rows.frame.columns[:30]),
        ) from error
    if kept.is_empty():
        raise BadAreas(
            'None of the {rows} rows of {file} fulfils "{condition}". Look at the values of that column.',
            rows=rows.frame.height,
            file=rows.file,
            condition=condition,
        )
    return kept.to_numpy()
