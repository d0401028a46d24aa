"""Which areas a report lies in, exactly and fast; where areas overlap, and what no area covers.

The areas of one kind are drawn on a raster. Pixels no border touches fall into connected patches, and all of a patch
lies in the same areas, overlapping or not, so one look-up answers for every point in it. Only points in border pixels
are compared with the polygons themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numba
import numpy as np
import polars as pl
import pyarrow as pa
import shapely
from scipy import ndimage

from geo.grid.cells import cell_to_polygon, point_to_cell
from geo.grid.metres import middle_of, to_metres

Array = np.ndarray[Any, Any]

FEWEST_FOR_RASTER = 20_000  # points below which drawing the areas costs more than it saves
PIXELS_PER_POINT = 2  # more pixels cost drawing, fewer leave more points to compare
MOST_PIXELS = 2_000_000
SLIVER_M = 5.0  # an overlap narrower than this is two drawings of one border
BORDER, OUTSIDE = -1, 0  # of a pixel; patches count from 1


def assign(reports: pl.DataFrame, areas: gpd.GeoDataFrame, *, resolution: int = 9) -> pl.DataFrame:
    """Return the reports with their `cell` and, for every kind of area, the sorted `area_id`s they lie in.

    Parameters
    ----------
    reports
        `tables.REPORTS`; `lat` and `lon` in degrees, WGS-84.
    areas
        `tables.AREA_COLUMNS`, EPSG:4326. A point on a border lies in the area, and so in both of two neighbours.
    resolution
        H3 resolution of `cell`.

    Returns
    -------
    The reports in their order, with `cell` (UInt64) and one `List[String]` column named after each kind, empty lists
    where a report lies in no area of the kind.

    >>> town = gpd.GeoDataFrame({"area_id": ["a", "b"], "kind": "community"},
    ...                         geometry=[shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)], crs="EPSG:4326")
    >>> places = pl.DataFrame({"lat": [.5, .5, .5], "lon": [.5, 1.0, 3.0]})
    >>> assign(places, town)["community"].to_list()
    [['a'], ['a', 'b'], []]
    >>> assign(places.clear(), town).columns
    ['lat', 'lon', 'cell', 'community']
    """
    lat, lon = (np.ascontiguousarray(reports[side].to_numpy(), dtype=np.float64) for side in ("lat", "lon"))
    columns = [pl.Series("cell", point_to_cell(lat, lon, resolution), dtype=pl.UInt64)]
    columns += [_areas_of(lat, lon, areas[areas["kind"] == kind], str(kind)) for kind in areas["kind"].unique()]
    return reports.with_columns(columns)


def uncovered(assigned: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Return the reports that lie in no area of this kind: seen by the city, and in nobody's care.

    >>> uncovered(pl.DataFrame({"report_id": ["1", "2"], "market": [["m"], []]}), "market")["report_id"].to_list()
    ['2']
    """
    return assigned.filter(pl.col(kind).list.len() == 0)


def overlaps(areas: gpd.GeoDataFrame) -> pl.DataFrame:
    """Return the pairs of areas of one kind that overlap by more than a sliver: kind, area_id, other_id, area_m2.

    A sliver is narrower than 5 m on average: the same border drawn twice.

    >>> town = gpd.GeoDataFrame({"area_id": ["a", "b"], "kind": "community"},
    ...                         geometry=[shapely.box(0, 0, .02, .01), shapely.box(.01, 0, .03, .01)], crs="EPSG:4326")
    >>> overlaps(town).rows()
    [('community', 'a', 'b', 1230907.0)]
    """
    found = []
    for kind, layer in areas.groupby("kind", sort=False):
        shapes = to_metres(layer.geometry.to_numpy(), middle_of(layer.geometry.to_numpy()))
        one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
        one, other = one[one < other], other[one < other]
        common = shapely.intersection(shapes[one], shapes[other])
        area, length = shapely.area(common), shapely.length(common)
        wide = 2 * area > SLIVER_M * length
        ids = layer["area_id"].to_numpy()
        found.append(
            pl.DataFrame(
                {"kind": str(kind), "area_id": ids[one[wide]], "other_id": ids[other[wide]], "area_m2": area[wide]},
                schema=_OVERLAPS,
            )
        )
    table = pl.concat(found) if found else pl.DataFrame(schema=_OVERLAPS)
    return table.with_columns(pl.col("area_m2").round()).sort("area_m2", descending=True)


_OVERLAPS = {"kind": pl.String, "area_id": pl.String, "other_id": pl.String, "area_m2": pl.Float64}


def cells_of_areas(cells: Array, areas: gpd.GeoDataFrame) -> pl.DataFrame:
    """Return every pair of a cell and an area that meet: cell, area_id, kind, share (of the cell's area, 0 to 1).

    >>> cells = point_to_cell([42.3594], [-71.0587], 9)
    >>> whole = gpd.GeoDataFrame({"area_id": ["a"], "kind": "community"}, geometry=[shapely.box(-72, 42, -71, 43)],
    ...                          crs="EPSG:4326")
    >>> cells_of_areas(cells, whole).rows()
    [(617735346681544703, 'a', 'community', 1.0)]
    """
    hexagons, shapes = cell_to_polygon(cells), areas.geometry.to_numpy()
    shapely.prepare(shapes)
    cell, area = shapely.STRtree(hexagons).query(shapes, predicate="intersects")[::-1]
    share = np.ones(cell.size)
    cut = np.flatnonzero(~shapely.covers(shapes[area], hexagons[cell]))
    common = shapely.intersection(shapes[area[cut]], hexagons[cell[cut]])
    share[cut] = shapely.area(common) / shapely.area(hexagons[cell[cut]])
    table = {
        "cell": np.asarray(cells, np.uint64)[cell],
        "area_id": areas["area_id"].to_numpy()[area],
        "kind": areas["kind"].to_numpy()[area],
        "share": share,
    }
    schema = {"cell": pl.UInt64, "area_id": pl.String, "kind": pl.String, "share": pl.Float64}
    return pl.DataFrame(table, schema=schema).filter(pl.col("share") > 0).sort("cell", "area_id")


def _areas_of(lat: Array, lon: Array, layer: gpd.GeoDataFrame, kind: str) -> pl.Series:
    """Return the list of area_ids of every point, for the areas of one kind."""
    ids = layer["area_id"].to_numpy(dtype=object)
    order = np.argsort(ids, kind="stable")
    shapes = layer.geometry.to_numpy()[order]
    found = _locate(lat, lon, shapes)
    names = pa.array(ids[order], pa.large_string()).take(pa.array(found.members))
    lists = pa.LargeListArray.from_arrays(pa.array(found.starts), names)
    return pl.Series(kind, pl.from_arrow(lists), dtype=pl.List(pl.String))


@dataclass(frozen=True)
class _Lists:
    """Lists of area numbers laid end to end: list i is `members[starts[i]:starts[i + 1]]`."""

    starts: Array
    members: Array

    @staticmethod
    def from_pairs(owner: Array, member: Array, count: int) -> _Lists:
        order = np.lexsort((member, owner))
        starts = np.zeros(count + 1, np.int64)
        np.cumsum(np.bincount(owner, minlength=count), out=starts[1:])
        return _Lists(starts, member[order].astype(np.int64))

    def take(self, which: Array) -> _Lists:
        length = np.diff(self.starts)[which]
        starts = np.zeros(which.size + 1, np.int64)
        np.cumsum(length, out=starts[1:])
        shift = np.repeat(self.starts[which] - starts[:-1], length)
        return _Lists(starts, self.members[np.arange(starts[-1]) + shift])

    def followed_by(self, more: _Lists) -> _Lists:
        return _Lists(np.append(self.starts, more.starts[1:] + self.starts[-1]), np.append(self.members, more.members))


def _locate(lat: Array, lon: Array, shapes: Array) -> _Lists:
    """Return the numbers of the shapes every point lies in or on, in ascending order."""
    tree = shapely.STRtree(shapes)
    shapely.prepare(shapes)
    if lat.size < FEWEST_FOR_RASTER:
        return _compare(lat, lon, tree)
    raster = _draw(shapes, min(MOST_PIXELS, PIXELS_PER_POINT * lat.size))
    if raster is None:
        return _compare(lat, lon, tree)
    patch = np.empty(lat.size, np.int32)
    _read(lat, lon, raster.south, raster.west, raster.per_lat, raster.per_lon, raster.patches, patch)
    ask = np.flatnonzero(patch == BORDER)
    places, place = np.unique(lon[ask] + 1j * lat[ask], return_inverse=True)  # many reports share a door
    both = _compare(*raster.examples, tree).followed_by(_compare(places.imag, places.real, tree))
    patch[ask] = raster.examples[0].size + place
    return both.take(patch)


def _compare(lat: Array, lon: Array, tree: shapely.STRtree) -> _Lists:
    """The plain way: every point against the (prepared) polygons whose bounds hold it. NaN lies nowhere."""
    point, shape = tree.query(shapely.points(lon, lat))
    meet = shapely.intersects_xy(tree.geometries[shape], lon[point], lat[point])
    return _Lists.from_pairs(point[meet], shape[meet], lat.size)


@dataclass(frozen=True)
class _Raster:
    """Patches of pixels no border touches. Patch 0 is everything outside the raster, and lies in no area."""

    south: float
    west: float
    per_lat: float  # pixels per degree
    per_lon: float
    patches: Array  # (rows, columns) patch numbers, BORDER where a border touches the pixel
    examples: tuple[Array, Array]  # latitude and longitude of one pixel centre of every patch; NaN for patch 0


def _draw(shapes: Array, pixels: int) -> _Raster | None:
    """Draw the borders of all shapes with about so many square pixels, and number the patches between them."""
    west, south, east, north = shapely.total_bounds(shapes)
    shrink = np.cos(np.radians((south + north) / 2))
    if not (north > south and east > west):
        return None
    per_lat = np.sqrt(pixels / ((north - south) * (east - west) * shrink))
    per_lon = per_lat * shrink
    south, west = south - 1 / per_lat, west - 1 / per_lon  # a pixel of air on every side
    rows, columns = int((north - south) * per_lat) + 2, int((east - west) * per_lon) + 2
    if rows * columns > 4 * MOST_PIXELS:  # long and thin
        return None
    free = np.ones((rows, columns), np.bool_)
    ring, owner = shapely.get_coordinates(shapely.get_rings(shapely.get_parts(shapes)), return_index=True)
    column, row = (ring[:, 0] - west) * per_lon, (ring[:, 1] - south) * per_lat
    _trace(column, row, owner, free)
    patches, count = ndimage.label(free, output=np.int32)
    example = np.zeros(count + 1, np.int64)
    example[patches.ravel()] = np.arange(patches.size)
    lat = south + (example // columns + 0.5) / per_lat
    lon = west + (example % columns + 0.5) / per_lon
    lat[0] = lon[0] = np.nan
    patches[~free] = BORDER
    return _Raster(south, west, per_lat, per_lon, patches, (lat, lon))


@numba.njit(cache=True)
def _trace(column: Array, row: Array, owner: Array, free: Array) -> None:
    """Clear every pixel a border touches, and those it comes within a ten-thousandth of a pixel of."""
    rows, columns = free.shape
    near = 1e-4
    for end in range(1, column.size):
        if owner[end] != owner[end - 1]:
            continue
        x0, y0, x1, y1 = column[end - 1], row[end - 1], column[end], row[end]
        if y0 > y1:
            x0, y0, x1, y1 = x1, y1, x0, y0
        for j in range(max(0, int(np.floor(y0 - near))), min(rows - 1, int(np.floor(y1 + near))) + 1):
            left, right = x0, x1
            if y1 > y0:  # the part of the segment in this row
                left = x0 + (x1 - x0) * (max(y0, j - near) - y0) / (y1 - y0)
                right = x0 + (x1 - x0) * (min(y1, j + 1 + near) - y0) / (y1 - y0)
            if left > right:
                left, right = right, left
            for i in range(max(0, int(np.floor(left - near))), min(columns - 1, int(np.floor(right + near))) + 1):
                free[j, i] = False


@numba.njit(cache=True)
def _read(
    lat: Array, lon: Array, south: float, west: float, per_lat: float, per_lon: float, patches: Array, out: Array
) -> None:
    rows, columns = patches.shape
    for point in range(lat.size):
        x, y = (lon[point] - west) * per_lon, (lat[point] - south) * per_lat
        inside = x >= 0 and y >= 0 and x < columns and y < rows  # NaN is not
        out[point] = patches[int(y), int(x)] if inside else OUTSIDE
