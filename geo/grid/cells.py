"""Cells: the words of H3 on whole arrays. A cell is uint64 here, and its hexadecimal string in files.

Points are latitude and longitude in degrees, WGS-84. Longer functions keep H3's own grammar: `point_to_cell`,
`cell_to_point`, `cell_to_polygon`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import shapely
from h3ronpy import ContainmentMode, cells_parse, cells_to_string, grid_disk
from h3ronpy.vector import cells_to_coordinates, cells_to_wkb_polygons, geometry_to_cells
from numpy.typing import ArrayLike

from geo.grid.lattice import box_of, fit_lattice, library_cells

Array = np.ndarray[Any, Any]

FEWEST_FOR_LATTICE = 100_000
"""Points below which a lattice costs more (15 ms to certify, as much to load its kernel once) than it saves."""


def point_to_cell(lat: ArrayLike, lon: ArrayLike, resolution: int) -> Array:
    """Return the uint64 cell of every point, 0 where a coordinate is not a finite number.

    Large inputs inside one city take the certified lattice of `geo.grid.lattice`; the cells are those of the H3 library
    either way.

    >>> point_to_cell([42.3594], [-71.0587], 9)
    array([617735346681544703], dtype=uint64)
    >>> point_to_cell([], [], 9)
    array([], dtype=uint64)
    >>> point_to_cell([float("nan")], [0.0], 9)
    array([0], dtype=uint64)
    """
    lat, lon = (np.ascontiguousarray(side, dtype=np.float64) for side in (lat, lon))
    if lat.size >= FEWEST_FOR_LATTICE and (box := box_of(lat, lon)) and (lattice := fit_lattice(*box, resolution)):
        return lattice.cells(lat, lon)
    return library_cells(lat, lon, resolution)


def cell_to_point(cells: ArrayLike) -> tuple[Array, Array]:
    """Return latitude and longitude of every cell's centre.

    >>> lat, lon = cell_to_point(np.array([617735346681544703], np.uint64))
    >>> lat.round(4), lon.round(4)
    (array([42.3583]), array([-71.0601]))
    """
    table = pa.record_batch(cells_to_coordinates(pa.array(np.asarray(cells, np.uint64))))
    return table.column("lat").to_numpy(), table.column("lng").to_numpy()


def cell_to_polygon(cells: ArrayLike) -> Array:
    """Return a shapely polygon (longitude, latitude) for every cell. A cell across the antimeridian comes back torn.

    >>> cell_to_polygon(np.array([617735346681544703], np.uint64))[0].geom_type
    'Polygon'
    """
    cells = np.asarray(cells, np.uint64)
    if cells.size == 0:
        return np.empty(0, object)
    return np.asarray(shapely.from_wkb(cells_to_wkb_polygons(pa.array(cells)).to_numpy()), object)


def cell_to_string(cells: ArrayLike) -> pl.Series:
    """Return the hexadecimal string of every cell, as a polars Series.

    >>> cell_to_string(np.array([617735346681544703], np.uint64)).to_list()
    ['892a3066027ffff']
    """
    strings = pa.array(cells_to_string(pa.array(np.asarray(cells, np.uint64))))
    return pl.Series("cell", strings, dtype=pl.String)


def string_to_cell(strings: pl.Series | list[str]) -> Array:
    """Return the uint64 cell of every hexadecimal string, 0 where a string is no cell.

    >>> string_to_cell(["892a3066027ffff", "Beijing"])
    array([617735346681544703,                  0], dtype=uint64)
    """
    parsed = pa.array(cells_parse(pl.Series(strings, dtype=pl.String).to_arrow(), set_failing_to_invalid=True))
    return parsed.fill_null(0).to_numpy()


def disks(cells: Array, k: int = 1) -> Array:
    """Return, for every cell, the positions of the cells within `k` steps, its own first, as int32 (n, 1 + 3k(k+1)).

    `cells` is sorted and without repetition, as `universe` returns it. -1 fills the places of cells not among `cells`,
    and the sixth neighbour that a pentagon does not have.

    >>> town = universe(shapely.Point(-71.0587, 42.3594).buffer(0.006), 9)
    >>> disks(town).shape, (disks(town)[:, 0] == np.arange(town.size)).all()
    ((10, 7), np.True_)
    """
    cells = np.asarray(cells, np.uint64)
    width = 1 + 3 * k * (k + 1)
    positions = np.full((cells.size, width), -1, np.int32)
    if cells.size == 0:
        return positions
    if (cells[1:] <= cells[:-1]).any():
        raise ValueError("cells must be sorted and without repetition")
    listed = pa.array(grid_disk(pa.array(cells), k))
    members, offsets = listed.values.to_numpy(), listed.offsets.to_numpy()
    owner = np.repeat(np.arange(cells.size), np.diff(offsets))
    place = np.minimum(np.searchsorted(cells, members), cells.size - 1).astype(np.int32)
    place[cells[place] != members] = -1
    order = np.lexsort((np.where(place < 0, cells.size, place), place != owner, owner))  # own first, absent last
    positions[owner, np.arange(members.size) - offsets[owner]] = place[order]
    return positions


def neighbours(cells: Array) -> Array:
    """Return the positions of every cell's neighbours within `cells`, int32 (n, 6), -1 where there is none.

    `cells` is sorted and without repetition, as `universe` returns it.

    >>> centre = np.uint64(617735346681544703)
    >>> seven = np.unique(grid_disk(pa.array([centre]), 1, flatten=True).to_numpy())
    >>> (neighbours(seven) >= 0).sum(axis=1)[seven == centre], (neighbours(seven) >= 0).sum()
    (array([6]), np.int64(24))
    """
    return np.ascontiguousarray(disks(cells, 1)[:, 1:])


def universe(boundary: shapely.Geometry, resolution: int) -> Array:
    """Return, sorted, every cell whose centre lies inside `boundary` (EPSG:4326; several parts and holes allowed).

    >>> universe(shapely.box(-71.07, 42.35, -71.05, 42.37), 8).size
    5
    >>> universe(shapely.Polygon(), 8)
    array([], dtype=uint64)
    """
    if boundary.is_empty:
        return np.empty(0, np.uint64)
    return np.unique(geometry_to_cells(boundary, resolution, ContainmentMode.ContainsCentroid).to_numpy())
