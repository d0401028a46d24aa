"""Fast certified point -> cell for one city.

On one face of H3's icosahedron the cells are a plain hexagonal lattice seen through a gnomonic projection, which over
a city is a smooth, nearly linear function of latitude and longitude. A polynomial fitted to cell centres therefore
gives a point's lattice position in a few nanoseconds, and rounding gives its cell. Three things make that exact:

- The fit is *certified* before use, on centres and corners of cells it has not seen. A box that reaches another face, a
  pentagon, the antimeridian or a pole, or that is too large, gets no lattice at all.
- A point nearer to the edge of its cell than many times the error found goes to the H3 library.
- Which cell a lattice position is, is asked of the H3 library, once for every position that occurs.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import Any

import h3
import numba
import numpy as np
import pyarrow as pa
import shapely
from h3ronpy import cells_to_localij
from h3ronpy.vector import cells_to_coordinates, cells_to_wkb_polygons, coordinates_to_cells
from numpy.polynomial.polynomial import polyvander2d

Array = np.ndarray[Any, Any]

DEGREE = 5  # of the polynomial, in both directions together
MARGIN = 1e-6  # of a cell's width: points nearer to an edge are left to the library
MOST_ERROR = 1e-5  # of a cell's width: a worse fit is refused
MOST_POSITIONS = 4_000_000  # lattice positions of one box: about two million cells
MOST_DEGREES = 3.0  # height or width of a box
TRIMMED = 0.001  # share of points on each side that may lie outside the box, and go to the library
CORNERS = np.array([(1, 1), (-1, 2), (-2, 1), (-1, -1), (1, -2), (2, -1)]) / 3  # of a cell, in lattice units


def library_cells(lat: Array, lon: Array, resolution: int) -> Array:
    """Return the uint64 cell of every point from the H3 library; 0 where a coordinate is not a finite number."""
    finite = np.isfinite(lat) & np.isfinite(lon)
    if finite.all():
        return coordinates_to_cells(np.ascontiguousarray(lat), np.ascontiguousarray(lon), resolution).to_numpy()
    cells = np.zeros(lat.size, np.uint64)
    cells[finite] = coordinates_to_cells(lat[finite], lon[finite], resolution).to_numpy()
    return cells


@dataclass(frozen=True)
class Lattice:
    """The cells of one box as a lattice. Made by `fit_lattice`, which alone certifies it.

    Position (q, r) of a point is a polynomial of its scaled latitude and longitude, `along_q` and `along_r`; the number
    of a position is `q * columns + r`.
    """

    resolution: int
    south: float
    west: float
    north: float
    east: float
    along_q: Array  # coefficient [i, j] belongs to latitude**i * longitude**j
    along_r: Array
    rows: int
    columns: int
    margin: float  # in units of a cell's width
    error: float  # the largest found on cells held out of the fit, in the same unit

    def positions(self, lat: Array, lon: Array) -> Array:
        """Return every point's int32 lattice position, -1 where only the library can tell."""
        out = np.empty(lat.size, np.int32)
        middle = ((self.south + self.north) / 2, (self.west + self.east) / 2)
        half = ((self.north - self.south) / 2, (self.east - self.west) / 2)
        box = (self.south, self.west, self.north, self.east)
        _round_to_lattice(lat, lon, self.along_q, self.along_r, middle, half, box, 1 - self.margin, self.columns, out)
        return out

    def cells(self, lat: Array, lon: Array) -> Array:
        """Return every point's uint64 cell, exactly as the library would."""
        positions = self.positions(lat, lon)
        example = np.full(self.rows * self.columns, -1, np.int64)
        uncertain = _examples(positions, example)
        occupied = np.flatnonzero(example >= 0)
        cell_at = np.zeros(example.size, np.uint64)
        cell_at[occupied] = library_cells(lat[example[occupied]], lon[example[occupied]], self.resolution)
        cells = cell_at[positions]
        if uncertain:
            ask = np.flatnonzero(positions < 0)
            cells[ask] = library_cells(lat[ask], lon[ask], self.resolution)
        return cells


def box_of(lat: Array, lon: Array) -> tuple[float, float, float, float] | None:
    """Return (south, west, north, east) of a sample of the points, None where no point has coordinates.

    The outermost thousandth on each side is left out: one report at (0, 0) must not cost the city its lattice.
    """
    step = max(1, lat.size // 20_000)
    sample = np.stack([lat[::step], lon[::step]])
    sample = sample[:, np.isfinite(sample).all(axis=0)]
    if sample.shape[1] == 0:
        return None
    (south, west), (north, east) = np.quantile(sample, [TRIMMED, 1 - TRIMMED], axis=1)
    return float(south), float(west), float(north), float(east)


def fit_lattice(south: float, west: float, north: float, east: float, resolution: int) -> Lattice | None:
    """Return the certified lattice of a box (degrees, WGS-84), or None where there is none to be had.

    >>> fit_lattice(42.2, -71.2, 42.4, -70.9, 9).error < 1e-9
    True
    >>> fit_lattice(30.7, 120.8, 31.6, 122.0, 9) is None            # Shanghai lies on an edge of the icosahedron
    True
    """
    edge = h3.average_hexagon_edge_length(resolution, "m") / 111_195  # degrees of a great circle
    shrink = np.cos(np.radians(np.clip(max(abs(south), abs(north)), 0, 80)))
    south, north = south - edge, north + edge
    west, east = west - edge / shrink, east + edge / shrink
    sides = np.array([north - south, east - west])
    if not sides.max() <= MOST_DEGREES or max(abs(south), abs(north)) > 80 or max(abs(west), abs(east)) > 180:
        return None
    if not _within_one_face(south, west, north, east, margin=6 * edge):
        return None

    lat, lon = _grid(south, west, north, east, 25)
    cells = library_cells(lat, lon, resolution)
    anchor, fitted = cells[cells.size // 2], np.unique(cells)
    held_out = np.setdiff1d(library_cells(*_grid(south, west, north, east, 42), resolution), fitted)
    if min(fitted.size, held_out.size) < 4 * (DEGREE + 1) ** 2:  # a few streets: the library will do
        return None

    def terms(points: Array) -> Array:
        """Scaled to between -1 and 1, which keeps the equations below well conditioned."""
        middle, half = [[(south + north) / 2], [(west + east) / 2]], [[(north - south) / 2], [(east - west) / 2]]
        return _terms((points - np.array(middle)) / np.array(half))

    known, position = terms(_centres(fitted)), _lattice_of(fitted, anchor)
    try:
        coefficients = np.linalg.solve(known.T @ known, known.T @ position)
    except np.linalg.LinAlgError:  # all on one line
        return None
    truth = _lattice_of(held_out, anchor)
    centre_error = float(np.abs(terms(_centres(held_out)) @ coefficients - truth).max())
    corner_error = _corner_error(terms(_corners(held_out)) @ coefficients, np.repeat(truth, 6, axis=0))
    error = max(centre_error, corner_error)
    if not (centre_error <= MOST_ERROR and corner_error <= MOST_ERROR):  # NaN is not
        return None

    reach = terms(np.stack([lat, lon])) @ coefficients
    first = np.floor(reach.min(axis=0)) - 2
    rows, columns = (int(n) for n in np.ceil(reach.max(axis=0)) + 3 - first)
    if rows * columns > MOST_POSITIONS:
        return None
    coefficients[0] -= first
    i, j = _powers()
    along_q, along_r = np.zeros((2, DEGREE + 1, DEGREE + 1))
    along_q[i, j], along_r[i, j] = coefficients.T
    margin = max(MARGIN, 100 * error)
    return Lattice(resolution, south, west, north, east, along_q, along_r, rows, columns, margin, error)


@numba.njit(cache=True, fastmath={"contract", "nsz", "arcp"}, error_model="numpy")
def _round_to_lattice(
    lat: Array,
    lon: Array,
    along_q: Array,
    along_r: Array,
    middle: tuple[float, float],
    half: tuple[float, float],
    box: tuple[float, float, float, float],
    inside: float,
    columns: int,
    out: Array,
) -> None:
    """Horner's scheme in two variables, then the nearest hexagon. The degree is a constant, so the loops unroll."""
    south, west, north, east = box
    for point in range(lat.size):
        y = (lat[point] - middle[0]) / half[0]
        x = (lon[point] - middle[1]) / half[1]
        q = r = 0.0
        for i in range(DEGREE, -1, -1):
            row_q = row_r = 0.0
            for j in range(DEGREE - i, -1, -1):
                row_q = row_q * x + along_q[i, j]
                row_r = row_r * x + along_r[i, j]
            q = q * y + row_q
            r = r * y + row_r
        # of the three cube coordinates q + r + s = 0, the one rounded furthest follows from the other two
        near_q, near_r, near_s = np.rint(q), np.rint(r), np.rint(-q - r)
        off_q, off_r, off_s = abs(near_q - q), abs(near_r - r), abs(near_s + q + r)
        fix_q = (off_q > off_r) & (off_q > off_s)
        fix_r = (not fix_q) & (off_r > off_s)
        cell_q = -near_r - near_s if fix_q else near_q
        cell_r = -near_q - near_s if fix_r else near_r
        off_q, off_r = q - cell_q, r - cell_r
        certain = (
            (abs(2 * off_q + off_r) < inside)
            & (abs(off_q + 2 * off_r) < inside)
            & (abs(off_q - off_r) < inside)
            & (lat[point] >= south)
            & (lat[point] <= north)
            & (lon[point] >= west)
            & (lon[point] <= east)
        )
        out[point] = np.int32(cell_q * columns + cell_r) if certain else np.int32(-1)


@numba.njit(cache=True)
def _examples(positions: Array, example: Array) -> int:
    """Note one point for every position that occurs; return how many points have none."""
    uncertain = 0
    for point in range(positions.size):
        if positions[point] >= 0:
            example[positions[point]] = point
        else:
            uncertain += 1
    return uncertain


def _grid(south: float, west: float, north: float, east: float, count: int) -> tuple[Array, Array]:
    """Points over the box, its border included, denser towards the border as a polynomial fit wants them."""
    spread = -np.cos(np.linspace(0, np.pi, count))
    lat = (south + north) / 2 + spread * (north - south) / 2
    lon = (west + east) / 2 + spread * (east - west) / 2
    return np.repeat(lat, count), np.tile(lon, count)


@cache
def _face_centres() -> Array:
    """Unit vectors of the 20 face centres; the icosahedron's corners are the 12 pentagons of resolution 0."""
    corners = [_unit(*h3.cell_to_latlng(cell)) for cell in h3.get_pentagons(0)]
    beside = 1 / np.sqrt(5) - 0.01  # cosine between two neighbouring corners
    triangles = [a + b + c for a, b, c in combinations(corners, 3) if min(a @ b, b @ c, a @ c) > beside]
    return np.array(triangles) / np.linalg.norm(triangles, axis=1, keepdims=True)


def _unit(lat: Any, lon: Any) -> Array:
    lat, lon = np.radians(lat), np.radians(lon)
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


def _within_one_face(south: float, west: float, north: float, east: float, *, margin: float) -> bool:
    """Whether all of the box lies on one face, at least `margin` degrees from its edges.

    The distance to an edge changes no faster than one moves, so samples and their spacing speak for the whole box.
    """
    count = 60
    lat, lon = (side.ravel() for side in np.meshgrid(np.linspace(south, north, count), np.linspace(west, east, count)))
    nearness = _face_centres() @ _unit(lat, lon)
    if np.unique(nearness.argmax(axis=0)).size > 1:
        return False
    second, first = np.sort(nearness, axis=0)[-2:]
    between_centres = np.sqrt(2 - 2 * np.sqrt(5) / 3)  # chord between neighbouring face centres
    to_edge = np.degrees(np.arcsin(np.clip((first - second) / between_centres, 0, 1)))
    spacing = np.hypot(north - south, east - west) / (count - 1)
    return bool(to_edge.min() > margin + spacing)


def _centres(cells: Array) -> Array:
    table = pa.record_batch(cells_to_coordinates(pa.array(cells)))
    return np.stack([table.column("lat").to_numpy(), table.column("lng").to_numpy()])


def _corners(cells: Array) -> Array:
    """Latitudes and longitudes of the six corners of every cell; NaN, hence no certificate, where one has not six."""
    polygons = shapely.from_wkb(cells_to_wkb_polygons(pa.array(cells)).to_numpy())
    ring, owner = shapely.get_coordinates(polygons, return_index=True)
    distinct = np.append(owner[1:] == owner[:-1], False)  # without the closing corner
    lon, lat = ring[distinct].T
    return np.stack([lat, lon]) if lat.size == 6 * cells.size else np.full((2, 6 * cells.size), np.nan)


def _lattice_of(cells: Array, anchor: np.uint64) -> Array:
    """H3's local IJ coordinates as axial coordinates, in which all six neighbours of a cell lie alike."""
    table = pa.record_batch(cells_to_localij(pa.array(cells), int(anchor), set_failing_to_invalid=True))
    i, j = (table.column(name).to_numpy(zero_copy_only=False).astype(float) for name in ("i", "j"))
    return np.stack([i - j, j], axis=1)


def _corner_error(found: Array, centre: Array) -> float:
    """The largest distance of the corners found from where the lattice has corners, each of the six used once."""
    offset = (found - centre)[:, None, :] - CORNERS
    distance = np.abs(offset).max(axis=2)
    nearest = distance.argmin(axis=1).reshape(-1, 6)
    if not (np.sort(nearest, axis=1) == np.arange(6)).all():
        return float("inf")
    return float(distance.min(axis=1).max())


def _powers() -> tuple[list[int], list[int]]:
    pairs = [(i, j) for i in range(DEGREE + 1) for j in range(DEGREE + 1 - i)]
    return [i for i, _ in pairs], [j for _, j in pairs]


def _terms(scaled: Array) -> Array:
    """Every power of latitude times every power of longitude, up to DEGREE together, in the order of `_powers`."""
    i, j = _powers()
    return polyvander2d(scaled[0], scaled[1], (DEGREE, DEGREE))[:, np.array(i) * (DEGREE + 1) + np.array(j)]
