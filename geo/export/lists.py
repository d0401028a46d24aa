"""Lists out, in six formats, of exactly the rows handed in.

Column names are the English ones of `geo.tables` everywhere but in XLSX made for Chinese
readers, and shortened in a Shapefile. What a reporter wrote is hostile text: no cell of a written file can become a
formula, nor HTML.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
import polars as pl

from geo.errors import BadList
from geo.export.csv_text import csv_bytes, neutral
from geo.export.kinds import kind_of
from geo.export.kml import write_kml
from geo.export.layers import add_layers, write_geojson, write_geopackage
from geo.export.shapefile import write_shapefile
from geo.export.sheets import write_workbook

__all__ = [
    "ENDINGS",
    "check_folder",
    "check_made",
    "check_target",
    "csv_bytes",
    "list_bytes",
    "neutral",
    "write_csv",
    "write_html",
    "write_list",
]

ENDINGS = (".csv", ".xlsx", ".geojson", ".gpkg", ".zip", ".kml")


def write_list(
    table: gpd.GeoDataFrame,
    path: str | Path,
    *,
    lang: str = "en",
    about: Mapping[str, str] | None = None,
    beside: Mapping[str, gpd.GeoDataFrame] | None = None,
) -> Path:
    """Write `table` to `path`; the ending chooses the format.

    The file appears whole or not at all. `about` (what was asked, what to keep in mind) goes with it where the format
    has a place: a second sheet in XLSX, the description in GeoPackage, GeoJSON and KML, `about.csv` beside
    the Shapefile. `beside`: further layers by name, which only a GeoPackage holds.

    Raises BadList where the ending is not one of ENDINGS, the file cannot be written there, or the format is too narrow
    for the texts.
    """
    path = Path(path)
    ending = check_target(path)
    with whole(path) as part:
        _write(table, part, ending, lang, about or {})
        if ending == ".gpkg":
            add_layers(part, beside or {})
    return path


def write_html(page: str, path: str | Path) -> Path:
    """Write the page of a map. It appears whole or not at all. Raises BadList where it cannot be written there."""
    path = Path(path)
    check_folder(path)
    with whole(path) as part:
        part.write_bytes(page.encode())
    return path


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Give a file to write that then takes the place of `path`."""
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".hexward-") as folder:
            part = Path(folder) / f"part{path.suffix.lower()}"
            yield part
            os.replace(part, path)
    except OSError as fault:
        raise _unwritable(path, fault) from fault


def check_target(path: str | Path, more: Sequence[str] = ()) -> str:
    """Return the ending of `path`, or raise BadList: asked before the work, not after it. `more`: further endings."""
    path = Path(path)
    ending = path.suffix.lower()
    if ending not in (*ENDINGS, *more):
        raise BadList(
            'A list cannot be written as "{file}". Let its name end in {endings}, or .zip for a Shapefile.',
            file=path.name,
            endings=", ".join(known for known in (*ENDINGS, *more) if known != ".zip"),
        )
    check_folder(path)
    return ending


def check_folder(path: Path) -> None:
    """Raise BadList where no file can be at `path`: its folder is not there, or it is a folder itself."""
    if not path.parent.is_dir():
        raise BadList("The folder {folder} does not exist. Create it, or choose another.", folder=path.parent)
    if path.is_dir():
        raise BadList("{file} is a folder. Give the name of a file in it.", file=path)


def check_made(folder: Path) -> None:
    """Raise BadList where no folder can be made at `folder`: it, or one that it lies in, is a file."""
    if not folder.is_dir() and (folder.exists() or not all(p.is_dir() for p in folder.parents if p.exists())):
        raise BadList("{folder} is a file, not a folder. Choose another name.", folder=folder)


def write_csv(frame: pl.DataFrame, path: Path) -> None:
    """Write any table as `csv_bytes` gives it. Raises BadList where it cannot be written there."""
    try:
        path.write_bytes(csv_bytes(frame))
    except OSError as fault:
        raise _unwritable(path, fault) from fault


def _unwritable(path: Path, fault: OSError) -> BadList:
    return BadList(
        "{file} cannot be written ({fault}). Close it where it is open, or choose another folder.",
        file=path,
        fault=fault.strerror or fault,
    )


def list_bytes(
    table: gpd.GeoDataFrame, ending: str, *, lang: str = "en", about: Mapping[str, str] | None = None
) -> bytes:
    """Return the file that `write_list` would write, for a download."""
    with tempfile.TemporaryDirectory(prefix="hexward-") as folder:
        return write_list(table, Path(folder) / f"list{ending}", lang=lang, about=about).read_bytes()


def _write(table: gpd.GeoDataFrame, path: Path, ending: str, lang: str, about: Mapping[str, str]) -> None:
    plain = pl.from_pandas(table.drop(columns="geometry"), nan_to_null=True)
    kind = kind_of(plain.columns)
    plain = plain.cast({name: dtype for name, dtype in kind.columns.items() if name in plain.columns})
    shapes = kind.shapes(table)
    if ending == ".csv":
        path.write_bytes(csv_bytes(plain))
    elif ending == ".xlsx":
        write_workbook(plain, path, kind, lang, about)
    elif ending == ".geojson":
        write_geojson(plain, shapes, path, kind, about)
    elif ending == ".gpkg":
        write_geopackage(plain, shapes, path, kind, lang, about)
    elif ending == ".zip":
        write_shapefile(plain, shapes, path, kind, lang, about)
    else:
        write_kml(plain, table, path, kind, lang, about)
