"""GeoJSON, GeoPackage and Parquet files as tables of text."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import shapely

from geo.errors import UnreadableFile
from geo.intake.text_table import GEOMETRY_X, GEOMETRY_Y, TextTable, plain, unique_names
from geo.words import Note, note

if TYPE_CHECKING:
    import pyarrow

_POINT, _MULTIPOINT = 0, 4
_TIME_ZONED = "%Y-%m-%dT%H:%M:%S%.6f%:z"


def read_geofile(path: Path, name: str, kind: str, known: Collection[str] = ()) -> TextTable:
    """Return the table of the points of a GeoJSON or GeoPackage file, their positions as GEOMETRY_X and GEOMETRY_Y.

    Of several layers the one with most names of `known` is read. A feature that is not a point keeps its kind in place
    of coordinates. Raises UnreadableFile, also where no feature is a point.
    """
    import pyogrio
    from pyarrow import ArrowException

    damaged = (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError)
    if kind == "GeoJSON":
        _check_json(path, name)
    else:
        _check_layers(path, name)
    try:
        layers = [str(layer) for layer, _ in pyogrio.list_layers(path)]
        fields = {layer: pyogrio.read_info(path, layer=layer)["fields"] for layer in layers}
        layer = max(layers, key=lambda layer: sum(plain(str(f)) in known for f in fields[layer]))
        meta, features = pyogrio.read_arrow(path, layer=layer)
        frame = _as_frame(features)
    except (*damaged, ArrowException, UnicodeDecodeError) as error:
        raise UnreadableFile(
            "{file} cannot be opened as {kind}: it is damaged or cut off. Export it again.", file=name, kind=kind
        ) from error
    geometry = meta["geometry_name"] or "wkb_geometry"
    shapes = frame[geometry].to_list() if geometry in frame.columns else []
    notes: list[Note] = []
    if len(layers) > 1:
        notes.append(note('{file}: layer "{layer}" was read, the others were not.', file=name, layer=layer))
    return _with_points(
        _as_text(frame.drop(geometry, strict=False)),
        shapely.from_wkb(np.array(shapes, dtype=object), on_invalid="ignore"),
        name,
        kind,
        crs=meta["crs"],
        layer=layer,
        notes=tuple(notes),
    )


def _check_json(path: Path, name: str) -> None:
    """Refuse JSON that is damaged or is not a collection of features."""
    try:
        top = json.loads(path.read_bytes())
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else 1
        raise UnreadableFile(
            "{file} is JSON that breaks off or is damaged in line {row}. Export it again.", file=name, row=line
        ) from error
    if not isinstance(top, dict) or top.get("type") != "FeatureCollection" or not isinstance(top.get("features"), list):
        raise UnreadableFile(
            "{file} is JSON, not GeoJSON: it is no FeatureCollection. Export it as GeoJSON, or as CSV.", file=name
        )


def _check_layers(path: Path, name: str) -> None:
    """Refuse a GeoPackage whose table of contents lists no layer."""
    try:
        with closing(sqlite3.connect(path)) as store:
            layers = store.execute("SELECT count(*) FROM gpkg_contents").fetchone()[0]
    except sqlite3.OperationalError:
        layers = 0  # an SQLite file of another kind
    except (sqlite3.DatabaseError, UnicodeDecodeError):
        return  # damaged: GDAL says so
    if not layers:
        raise UnreadableFile("{file} is a GeoPackage without a layer. Export the layer again.", file=name)


def read_parquet(path: Path, name: str) -> TextTable:
    """Return the table of a Parquet file; the points of a GeoParquet file become GEOMETRY_X and GEOMETRY_Y."""
    from pyarrow import ArrowException, parquet

    try:
        content = parquet.read_table(path)
        frame = _as_frame(content)
        geo = json.loads((content.schema.metadata or {}).get(b"geo", b"{}"))
    except (ArrowException, json.JSONDecodeError, UnicodeDecodeError, OSError) as error:
        raise UnreadableFile("{file} is a damaged Parquet file. Write it again.", file=name) from error
    geometry = geo.get("primary_column")
    if geometry not in frame.columns or frame[geometry].dtype != pl.Binary:
        return _finish(TextTable(name, _as_text(frame), _row_numbers(frame), "Parquet"))
    crs = geo.get("columns", {}).get(geometry, {}).get("crs", "OGC:CRS84")
    return _with_points(
        _as_text(frame.drop(geometry)),
        shapely.from_wkb(frame[geometry].to_numpy(), on_invalid="ignore"),
        name,
        "Parquet",
        crs=json.dumps(crs) if isinstance(crs, dict) else crs,
    )


def _as_frame(content: pyarrow.Table) -> pl.DataFrame:
    """Return an Arrow table in Polars. Raises ArrowException or UnicodeDecodeError where its bytes are damaged."""
    import pyarrow

    content.validate(full=True)
    columns = [
        column.cast(column.type.storage_type) if isinstance(column.type, pyarrow.BaseExtensionType) else column
        for column in content.columns
    ]
    return pl.DataFrame(pl.from_arrow(pyarrow.Table.from_arrays(columns, names=content.column_names)))


def _with_points(
    frame: pl.DataFrame,
    shapes: np.ndarray,
    name: str,
    kind: str,
    *,
    crs: str | None,
    layer: str = "",
    notes: tuple[Note, ...] = (),
) -> TextTable:
    """Return the table with the shapes' coordinates as text columns at its end."""
    if len(shapes) == 0:
        return _finish(TextTable(name, frame, _row_numbers(frame), kind, crs=crs, sheet=layer, notes=notes))
    types = shapely.get_type_id(shapes)
    single = (types == _MULTIPOINT) & (shapely.get_num_geometries(shapes) == 1)
    shapes = np.where(single, shapely.get_geometry(shapes, 0), shapes)
    points = (types == _POINT) | single
    present = (types >= 0) & ~shapely.is_empty(shapes)
    if present.any() and not (points & present).any():
        first = int(np.flatnonzero(present)[0])
        raise UnreadableFile(
            "{file} holds {shape} where reports need points (first: row {row}). If they are areas, add them as "
            "an area layer.",
            file=name,
            shape=str(shapely.get_type_id(shapes[first : first + 1]).size and shapes[first].geom_type),
            row=first + 2,
        )
    usable = points & present
    names = pl.Series(
        [None if not p else s.geom_type for s, p in zip(shapes, present & ~points, strict=True)], dtype=pl.String
    )
    x, y = (
        pl.Series(np.where(usable, get(shapes), np.nan)).fill_nan(None).cast(pl.String)
        for get in (shapely.get_x, shapely.get_y)
    )
    frame = frame.with_columns(pl.coalesce(x, names).alias(GEOMETRY_X), pl.coalesce(y, names).alias(GEOMETRY_Y))
    return _finish(TextTable(name, frame, _row_numbers(frame), kind, crs=crs, sheet=layer, notes=notes))


def _finish(table: TextTable) -> TextTable:
    if table.frame.height == 0:
        raise UnreadableFile(
            "{file} holds no feature or row at all. Export it again with the reports in it.", file=table.name
        )
    return table


def _row_numbers(frame: pl.DataFrame) -> pl.Series:
    return pl.int_range(2, frame.height + 2, eager=True).alias("row")


def _as_text(frame: pl.DataFrame) -> pl.DataFrame:
    """Return every column as text: times as ISO with their zone, lists and structures as JSON, empty text as null."""
    columns = []
    for column in frame.iter_columns():
        kind = column.dtype
        if kind == pl.Datetime:
            zoned = isinstance(kind, pl.Datetime) and kind.time_zone is not None
            text = column.dt.strftime(_TIME_ZONED if zoned else "%Y-%m-%dT%H:%M:%S%.6f")
        elif kind in (pl.List, pl.Array):
            text = pl.Series(
                [None if v is None else json.dumps(v, ensure_ascii=False, default=str) for v in column.to_list()],
                dtype=pl.String,
            )
        elif kind == pl.Struct:
            text = column.struct.json_encode()
        elif kind in (pl.Binary, pl.Object, pl.Null):
            text = pl.Series([None] * len(column), dtype=pl.String)
        else:
            text = column.cast(pl.String)
        columns.append(text.replace("", None).alias(column.name))
    names, _ = unique_names(frame.columns)
    made = pl.DataFrame(columns)
    made.columns = names
    return made
