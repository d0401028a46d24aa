"""GeoJSON and GeoPackage: the shapes with every column, under the English names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import polars as pl
import pyarrow as pa
import pyogrio
import shapely
from numpy.typing import NDArray

from geo.export.kinds import Kind
from geo.export.qgis import add_style


def write_geojson(plain: pl.DataFrame, shapes: NDArray[Any], path: Path, kind: Kind, about: Mapping[str, str]) -> None:
    """Write rows and their shapes (EPSG:4326) as RFC 7946 wants them, and `about` as the collection's description."""
    _write(plain, shapes, path, kind, about, driver="GeoJSON", RFC7946="YES")


def write_geopackage(
    plain: pl.DataFrame, shapes: NDArray[Any], path: Path, kind: Kind, lang: str, about: Mapping[str, str]
) -> None:
    """Write rows and their shapes (EPSG:4326), the style that QGIS loads, and `about` as the layer's description."""
    _write(plain, shapes, path, kind, about, driver="GPKG")
    add_style(path, kind, lang)


def add_layers(path: Path, layers: Mapping[str, gpd.GeoDataFrame]) -> None:
    """Add layers to the GeoPackage at `path`, by name."""
    for name, layer in layers.items():
        pyogrio.write_dataframe(layer, path, layer=name, driver="GPKG")


def _write(
    plain: pl.DataFrame,
    shapes: NDArray[Any],
    path: Path,
    kind: Kind,
    about: Mapping[str, str],
    *,
    driver: str,
    **options: str,
) -> None:
    if about:
        options["DESCRIPTION"] = "\n".join(f"{name}: {text}" for name, text in about.items())
    arrow = plain.to_arrow(compat_level=pl.CompatLevel.oldest())
    arrow = arrow.append_column("geometry", pa.array(shapely.to_wkb(shapes), pa.binary()))
    pyogrio.write_arrow(
        arrow,
        path,
        layer=kind.layer,
        driver=driver,
        geometry_name="geometry",
        geometry_type=kind.geometry,
        crs="EPSG:4326",
        **options,
    )
