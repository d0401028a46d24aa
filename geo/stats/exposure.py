"""What the `places` lens compares with: households, population or metres of street, spread over the cells."""

from __future__ import annotations

import geopandas as gpd
import h3
import numpy as np
import polars as pl
from numpy.typing import NDArray

from geo.errors import RefusedQuestion
from geo.grid import overlay
from geo.grid.cells import string_to_cell
from geo.grid.cube import Cube

KEYS = ("cell", "area_id", "name")
"""What an exposure table may be joined by, in this order of preference."""


def exposure_of_cells(
    cube: Cube, areas: gpd.GeoDataFrame | None = None, table: pl.DataFrame | None = None
) -> NDArray[np.float64] | None:
    """Return the exposure of every cell in the order of `cube.cells`, or None where nothing is known.

    An area's exposure is spread over its cells in proportion to the surface they share; NaN where no area with exposure
    reaches. A `table` (one of KEYS and `exposure`) goes before the areas' own `exposure` column.

    Raises RefusedQuestion where the table fits neither cells nor areas.
    """
    if table is not None and "cell" in table.columns:
        return _by_cell(cube, table)
    if areas is None or not len(areas):
        if table is not None:
            raise RefusedQuestion(
                "The exposure table is by {key}, but no area layer was read. Add the layer, or give a table by cell.",
                key=next(k for k in KEYS if k in table.columns),
            )
        return None
    frame = pl.from_pandas(areas[["area_id", "name", "kind", "exposure"]])
    if table is not None:
        key = "area_id" if "area_id" in table.columns else "name"
        frame = frame.drop("exposure").join(table.select(key, "exposure").unique(key), on=key, how="left")
    known = frame.with_columns(pl.col("exposure").cast(pl.Float64).fill_nan(None)).drop_nulls("exposure")
    if not known.height:
        if table is not None:
            raise RefusedQuestion(
                "No {key} of the exposure table is the {key} of an area. The areas begin with: {names}.",
                key="area_id" if "area_id" in table.columns else "name",
                names=", ".join(frame["area_id" if "area_id" in table.columns else "name"].head(3)),
            )
        return None
    kind = "community" if (known["kind"] == "community").any() else known["kind"].value_counts(sort=True)["kind"][0]
    known = known.filter(pl.col("kind") == kind)
    chosen = areas[areas["area_id"].isin(known["area_id"].to_list())]
    shares = overlay.cells_of_areas(cube.cells, chosen).join(known.select("area_id", "exposure"), on="area_id")
    spread = (
        shares.with_columns(part=pl.col("exposure") * pl.col("share") / pl.col("share").sum().over("area_id"))
        .group_by("cell")
        .agg(pl.col("part").sum())
    )
    return pl.DataFrame({"cell": cube.cells}).join(spread, on="cell", how="left")["part"].to_numpy().astype(float)


def _by_cell(cube: Cube, table: pl.DataFrame) -> NDArray[np.float64]:
    names = table["cell"].to_list()
    for name in names:
        if not h3.is_valid_cell(name) or h3.get_resolution(name) != cube.resolution:
            raise RefusedQuestion(
                'The exposure table names "{cell}", which is no H3 cell of level {resolution}. Give a table for the '
                "level of the map, or choose the table's level with --resolution.",
                cell=name,
                resolution=cube.resolution,
            )
    given = pl.DataFrame({"cell": string_to_cell(names), "exposure": table["exposure"].cast(pl.Float64)}).unique("cell")
    return pl.DataFrame({"cell": cube.cells}).join(given, on="cell", how="left")["exposure"].to_numpy().astype(float)
