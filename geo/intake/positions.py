"""The coordinates of a table of text, whatever way they are written, to WGS-84."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from geo.errors import UnknownCRS
from geo.intake.datum import WGS_84, area_of_use, crs_name, is_geographic, to_wgs84
from geo.intake.faults import Flags
from geo.words import Note, note

Floats = NDArray[np.float64]

_NUMBER = r"([-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)"
_SRID = r"(?i)^\s*SRID\s*=\s*(\d+)\s*;"
_MORE = r"(?:\s+[-+.\deE]+)*"  # height and measure
_WELL_KNOWN = rf"(?i)^\s*(?:SRID\s*=\s*\d+\s*;)?\s*POINT\s*Z?M?\s*\(\s*{_NUMBER}\s+{_NUMBER}{_MORE}\s*\)\s*$"
_GEOJSON = rf"coordinates['\"]?\s*:\s*\[\s*{_NUMBER}\s*,\s*{_NUMBER}"
_NAMED = rf"latitude['\"]?\s*:\s*['\"]?{_NUMBER}['\"]?\s*,.*longitude['\"]?\s*:\s*['\"]?{_NUMBER}"
_PAIR = rf"^\s*[(\[]?\s*{_NUMBER}\s*[,;，；、\s]\s*{_NUMBER}\s*[)\]]?\s*$"
_DECIMAL_COMMA = r"^\s*[-+]?\d{1,3},\d+\s*$"

_ANY_DEGREES = (4326, 4490)  # SRIDs that say no more than "degrees": the file's own datum holds
_ZERO = 1e-9
_FAR, _NEAR = 3.0, 1.5  # degrees: a point so far from its file's middle, and so near once swapped, was swapped


class Columns(NamedTuple):
    """Which columns hold the position: `x` (longitude, easting) and `y` (latitude, northing), or both in `point`."""

    x: str | None = None
    y: str | None = None
    point: str | None = None


@dataclass(frozen=True)
class Positions:
    """One position per row of the table, and what was wrong with it. NaN where `missing`, `unreadable` or `zero`."""

    lon: Floats  # degrees, WGS-84
    lat: Floats
    missing: Flags  # nothing was written
    unreadable: Flags  # something was, but no two numbers on the earth
    zero: Flags  # both are 0
    swapped: Flags  # latitude stood where longitude should; put right
    crs: str  # as `datum.crs_name` gives it
    notes: tuple[Note, ...] = ()

    @property
    def usable(self) -> Flags:
        return ~(self.missing | self.unreadable | self.zero)


def read_positions(frame: pl.DataFrame, columns: Columns, crs: str | None, file: str) -> Positions:
    """Return the WGS-84 position of every row of `frame`, whose columns are text.

    `crs`: how the coordinates are written; None stands for WGS-84. A plane SRID written in the text itself goes before
    it. `file` names the file in sentences. Raises UnknownCRS where `crs` is not known, or where degrees were expected
    and most of the numbers are metres.
    """
    name = crs_name(crs or WGS_84)
    given = _read_point(frame, columns, name, file) if columns.point else _read_pair(frame, columns, name, file)
    x, y, notes = given.x, given.y, list(given.notes)
    usable = np.isfinite(x) & np.isfinite(y)
    zero = usable & (np.abs(x) < _ZERO) & (np.abs(y) < _ZERO)
    usable &= ~zero
    swapped = np.zeros(len(x), dtype=bool)
    lon, lat = np.full(len(x), np.nan), np.full(len(x), np.nan)
    systems = {int(srid): _system(int(srid), name) for srid in np.unique(given.srid[usable])}
    for srid, system in systems.items():
        here = usable & (given.srid == srid)
        if is_geographic(system):
            x[here], y[here], swapped[here] = _in_range(x[here], y[here], file)
        elif _northing_first(x[here], y[here], system):
            x[here], y[here] = y[here], x[here]
            notes.append(note("{file}: northing stands where easting is expected; the two were exchanged.", file=file))
        lon[here], lat[here] = to_wgs84(x[here], y[here], system)
    on_earth = (np.abs(lon) <= 180) & (np.abs(lat) <= 90)  # false for NaN
    lon[~on_earth], lat[~on_earth] = np.nan, np.nan
    return Positions(
        lon,
        lat,
        missing=~given.written,
        unreadable=given.written & ~zero & ~on_earth,
        zero=zero,
        swapped=swapped & on_earth,
        crs=next(iter(systems.values())) if len(systems) == 1 else name,
        notes=tuple(notes),
    )


def _system(srid: int, name: str) -> str:
    """Return the system of points with this SRID in a file whose coordinates are written in `name`."""
    return name if srid == 0 or (srid in _ANY_DEGREES and is_geographic(name)) else crs_name(str(srid))


class _Given(NamedTuple):
    """Coordinates as they stand in the file, NaN where they are no numbers."""

    x: Floats
    y: Floats
    srid: NDArray[np.int64]
    written: Flags  # something stood there
    notes: tuple[Note, ...] = ()


def _read_point(frame: pl.DataFrame, columns: Columns, crs: str, file: str) -> _Given:
    texts = frame[columns.point or ""]
    x, y, srid, guessed = parse_points(texts)
    doubt = note(
        '{file}: column "{column}" was read as longitude, latitude. If it is the other way round, map lat and lon.',
        file=file,
        column=columns.point,
    )
    return _Given(x, y, srid, _written(texts), (doubt,) if guessed and is_geographic(crs) else ())


def _read_pair(frame: pl.DataFrame, columns: Columns, crs: str, file: str) -> _Given:
    texts = frame[columns.x or ""], frame[columns.y or ""]
    x, y = (_floats(column) for column in texts)
    notes: tuple[Note, ...] = ()
    commas = [column.str.contains(_DECIMAL_COMMA).fill_null(False).to_numpy() for column in texts]
    if is_geographic(crs) and any(flags.any() for flags in commas):  # degrees never have a comma between thousands
        pointed = [_floats(column.str.replace(",", ".", literal=True)) for column in texts]
        x, y = (np.where(flags, better, old) for flags, better, old in zip(commas, pointed, (x, y), strict=True))
        notes = (
            note(
                '{file}: decimal commas in columns "{x}" and "{y}" were read as points. Export with decimal points to '
                "be sure.",
                file=file,
                x=columns.x,
                y=columns.y,
            ),
        )
    return _Given(x, y, np.zeros(len(x), dtype=np.int64), _written(texts[0]) & _written(texts[1]), notes)


def parse_points(texts: pl.Series) -> tuple[Floats, Floats, NDArray[np.int64], bool]:
    """Return x, y and SRID (0 where none is written) of texts that hold both coordinates, NaN where unreadable.

    Read are `SRID=26986;POINT(x y)`, WKT points, GeoJSON points, `{'latitude': .., 'longitude': ..}`, "lon,lat" and
    "lat,lon". Which of the last two it is, the whole column decides: the number beyond 90 is the longitude. Where there
    is none, pairs in parentheses are "(lat, lon)", as open data portals write them, and others "lon,lat"; the last
    result says whether any had to be taken so.

    >>> x, y, srid, _ = parse_points(pl.Series(["SRID=26986;POINT(239759.5 904050.3)", "POINT (104.06 30.65)", None]))
    >>> x.round().tolist(), y.round().tolist(), srid.tolist()
    ([239760.0, 104.0, nan], [904050.0, 31.0, nan], [26986, 0, 0])
    >>> parse_points(pl.Series(["30.65,104.06"]))[:2]
    (array([104.06]), array([30.65]))
    >>> parse_points(pl.Series(["(42.3504, -71.0867)"]))[:2]
    (array([-71.0867]), array([42.3504]))
    """
    texts = texts.cast(pl.String)
    first, second = _two_numbers(texts, _PAIR)
    long_first, long_second = (bool((np.abs(numbers) > 90).any()) for numbers in (first, second))
    bracketed = texts.str.contains(r"^\s*\(").fill_null(False).to_numpy()
    undecided = np.isfinite(first) & (not (long_first or long_second))
    lat_first = (bracketed & undecided) | (long_second and not long_first)
    readings = [
        _two_numbers(texts, _WELL_KNOWN),
        _two_numbers(texts, _GEOJSON),
        _two_numbers(texts, _NAMED)[::-1],
        (np.where(lat_first, second, first), np.where(lat_first, first, second)),
    ]
    x, y = np.full(len(texts), np.nan), np.full(len(texts), np.nan)
    for read_x, read_y in readings:
        x, y = np.where(np.isnan(x), read_x, x), np.where(np.isnan(y), read_y, y)
    srid = texts.str.extract(_SRID).cast(pl.Int64, strict=False).fill_null(0).to_numpy()
    return x, y, srid, bool((undecided & ~bracketed).any())


def _two_numbers(texts: pl.Series, pattern: str) -> tuple[Floats, Floats]:
    """Return the numbers in the two groups of `pattern`, NaN where a text does not match it."""
    if not texts.str.contains(pattern).any():
        return np.full(len(texts), np.nan), np.full(len(texts), np.nan)
    groups = texts.str.extract_groups(pattern)
    return _floats(groups.struct.field("1")), _floats(groups.struct.field("2"))


def _floats(texts: pl.Series) -> Floats:
    """Return texts as numbers, NaN where they are none."""
    return texts.str.strip_chars().cast(pl.Float64, strict=False).fill_null(np.nan).to_numpy().astype(np.float64)


def _written(texts: pl.Series) -> Flags:
    return texts.str.strip_chars().replace("", None).is_not_null().to_numpy()


def _in_range(x: Floats, y: Floats, file: str) -> tuple[Floats, Floats, Flags]:
    """Return longitude and latitude, NaN off the earth, with swapped pairs put right; and which those were.

    A pair was swapped where only the other order is on the earth, or where it lies far from the middle of the file and
    the other order lies near it.
    """
    fits = (np.abs(x) <= 180) & (np.abs(y) <= 90)
    fits_swapped = (np.abs(y) <= 180) & (np.abs(x) <= 90)
    possible = fits | fits_swapped
    if len(x) and possible.mean() < 0.5:
        first = int(np.argmin(possible))
        raise UnknownCRS(
            "The coordinates of {file} are no degrees (for example {x}, {y}) and no coordinate system is given. Name "
            'it: crs = "EPSG:4549", or whichever it is.',
            file=file,
            x=f"{x[first]:.12g}",
            y=f"{y[first]:.12g}",
        )
    swapped = fits_swapped & ~fits
    lon, lat = np.where(swapped, y, x), np.where(swapped, x, y)
    if possible.any():
        middle_lon, middle_lat = np.median(lon[possible]), np.median(lat[possible])
        far = np.hypot(lon - middle_lon, lat - middle_lat) > _FAR
        near = np.hypot(lat - middle_lon, lon - middle_lat) < _NEAR
        astray = fits & fits_swapped & far & near
        lon, lat, swapped = np.where(astray, lat, lon), np.where(astray, lon, lat), swapped | astray
    return np.where(possible, lon, np.nan), np.where(possible, lat, np.nan), swapped


def _northing_first(x: Floats, y: Floats, crs: str) -> bool:
    """Say whether the middle of the points lies where `crs` is used only if the two columns are exchanged."""
    area = area_of_use(crs)
    if area is None:
        return False
    west, south, east, north = area
    middle = np.array([[np.median(x), np.median(y)], [np.median(y), np.median(x)]])
    lon, lat = to_wgs84(middle[:, 0], middle[:, 1], crs)
    within = (np.abs(lon - (west + east) / 2) < (east - west) / 2 + _FAR) & (
        np.abs(lat - (south + north) / 2) < (north - south) / 2 + _FAR
    )
    return bool(within[1] and not within[0])
