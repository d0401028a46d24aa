"""Coordinates of any kind to WGS-84, and which kind a file probably has.

China's map services publish GCJ-02, which shifts WGS-84 by 300 to 700 m in a smooth, undocumented way, and BD-09, which
shifts GCJ-02 once more. Neither is a CRS that pyproj knows. The formulas are the widely published reconstruction
(eviltransform, coordtransform); CGCS2000 agrees with WGS-84 to a few centimetres and is taken as the same.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError

from geo.errors import UnknownCRS

Floats = NDArray[np.float64]

WGS_84, GCJ_02, BD_09 = "WGS-84", "GCJ-02", "BD-09"
DATUMS = (WGS_84, GCJ_02, BD_09)

_NAMES = {
    "wgs84": WGS_84,
    "gps": WGS_84,
    "epsg4326": WGS_84,
    "crs84": WGS_84,
    "ogccrs84": WGS_84,
    "4326": WGS_84,
    "cgcs2000": WGS_84,
    "epsg4490": WGS_84,
    "4490": WGS_84,
    "国家2000": WGS_84,
    "2000国家大地坐标系": WGS_84,
    "gcj02": GCJ_02,
    "gcj": GCJ_02,
    "火星坐标": GCJ_02,
    "火星坐标系": GCJ_02,
    "高德": GCJ_02,
    "高德坐标": GCJ_02,
    "腾讯": GCJ_02,
    "腾讯坐标": GCJ_02,
    "国测局": GCJ_02,
    "amap": GCJ_02,
    "bd09": BD_09,
    "bd09ll": BD_09,
    "百度": BD_09,
    "百度坐标": BD_09,
    "百度坐标系": BD_09,
    "baidu": BD_09,
}

_AXIS = 6378245.0  # Krasovsky 1940, metres
_ECCENTRICITY = 0.00669342162296594323
_BD_ANGLE = np.pi * 3000.0 / 180.0
_INVERSE_STEPS = 12  # each divides the error by more than 100


def crs_name(crs: str) -> str:
    """Return the name under which a CRS is known here: WGS-84, GCJ-02, BD-09, or what pyproj calls it.

    Raises UnknownCRS where neither this table nor pyproj knows it.

    >>> crs_name("gcj02"), crs_name("CGCS2000"), crs_name("epsg:4549"), crs_name("26986")
    ('GCJ-02', 'WGS-84', 'EPSG:4549', 'EPSG:26986')
    """
    bare = "".join(c for c in crs.casefold().removeprefix("urn:ogc:def:crs:") if c.isalnum())
    if bare in _NAMES:
        return _NAMES[bare]
    known = _pyproj_crs(crs)
    authority = known.to_authority(min_confidence=90)
    name = ":".join(authority) if authority else known.to_wkt()
    return _NAMES.get(name.replace(":", "").casefold(), name)


@functools.cache
def _pyproj_crs(crs: str) -> CRS:
    try:
        return CRS.from_user_input(f"EPSG:{crs}" if crs.strip().isdigit() else crs)
    except CRSError as error:
        raise UnknownCRS(
            "The coordinate system {crs} is not known. Write WGS-84, GCJ-02, BD-09, CGCS2000 or a code such as "
            "EPSG:4549.",
            crs=crs,
        ) from error


def is_geographic(crs: str) -> bool:
    """Say whether coordinates in `crs` are degrees.

    >>> is_geographic("GCJ-02"), is_geographic("EPSG:4549")
    (True, False)
    """
    name = crs_name(crs)
    return name in DATUMS or bool(_pyproj_crs(name).is_geographic)


def area_of_use(crs: str) -> tuple[float, float, float, float] | None:
    """Return west, south, east, north in degrees where `crs` is meant to be used, or None where nothing is said."""
    name = crs_name(crs)
    area = None if name in DATUMS else _pyproj_crs(name).area_of_use
    return area.bounds if area else None


def to_wgs84(x: ArrayLike, y: ArrayLike, crs: str = WGS_84) -> tuple[Floats, Floats]:
    """Return WGS-84 longitude and latitude of points given in `crs`.

    `x` is longitude or easting, `y` latitude or northing, whatever order the CRS itself prescribes. Where a point is
    not finite or cannot be transformed both results are NaN.

    >>> lon, lat = to_wgs84([236000.0], [900600.0], "EPSG:26986")
    >>> lon.round(4), lat.round(4)
    (array([-71.063]), array([42.3551]))
    >>> to_wgs84([], [], "GCJ-02")
    (array([], dtype=float64), array([], dtype=float64))
    """
    east, north = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    name = crs_name(crs)
    if name == GCJ_02:
        lon, lat = gcj02_to_wgs84(east, north)
    elif name == BD_09:
        lon, lat = gcj02_to_wgs84(*bd09_to_gcj02(east, north))
    elif name == WGS_84:
        lon, lat = east.copy(), north.copy()
    else:
        lon, lat = _transformer(name).transform(east, north)
    lost = ~(np.isfinite(lon) & np.isfinite(lat))
    return np.where(lost, np.nan, lon), np.where(lost, np.nan, lat)


@functools.cache
def _transformer(crs: str) -> Transformer:
    try:
        return Transformer.from_crs(_pyproj_crs(crs), "EPSG:4326", always_xy=True)
    except ProjError as error:
        raise UnknownCRS(
            "Coordinates in {crs} cannot be turned into degrees. Give the system they are in, for example EPSG:4549.",
            crs=crs if len(crs) < 40 else crs[:40] + "...",
        ) from error


def from_wgs84(lon: ArrayLike, lat: ArrayLike, datum: str) -> tuple[Floats, Floats]:
    """Return WGS-84 points as one of DATUMS writes them, degrees."""
    east, north = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    name = crs_name(datum)
    if name == WGS_84:
        return east, north
    shifted = wgs84_to_gcj02(east, north)
    if name == GCJ_02:
        return shifted
    if name == BD_09:
        return gcj02_to_bd09(*shifted)
    raise UnknownCRS(
        "{crs} is not one of the datums compared here: WGS-84, GCJ-02, BD-09. Choose one of them.", crs=datum
    )


def in_china(lon: Floats, lat: Floats) -> NDArray[np.bool_]:
    """Say which points the GCJ-02 shift applies to: the box around China that the published code uses."""
    return (lon >= 72.004) & (lon <= 137.8347) & (lat >= 0.8293) & (lat <= 55.8271)


def _shift(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Return the GCJ-02 shift in degrees of longitude and latitude at WGS-84 points."""
    x, y = lon - 105.0, lat - 35.0
    waves = 20.0 * np.sin(6.0 * x * np.pi) + 20.0 * np.sin(2.0 * x * np.pi)
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x))
    north += (waves + 20.0 * np.sin(y * np.pi) + 40.0 * np.sin(y / 3.0 * np.pi)) * 2.0 / 3.0
    north += (160.0 * np.sin(y / 12.0 * np.pi) + 320.0 * np.sin(y * np.pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x))
    east += (waves + 20.0 * np.sin(x * np.pi) + 40.0 * np.sin(x / 3.0 * np.pi)) * 2.0 / 3.0
    east += (150.0 * np.sin(x / 12.0 * np.pi) + 300.0 * np.sin(x / 30.0 * np.pi)) * 2.0 / 3.0
    slant = 1.0 - _ECCENTRICITY * np.sin(np.radians(lat)) ** 2
    north_degrees = np.degrees(north * slant * np.sqrt(slant) / (_AXIS * (1.0 - _ECCENTRICITY)))
    east_degrees = np.degrees(east * np.sqrt(slant) / (_AXIS * np.cos(np.radians(lat))))
    inside = in_china(lon, lat)
    return np.where(inside, east_degrees, 0.0), np.where(inside, north_degrees, 0.0)


def wgs84_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
    """Return GCJ-02 longitude and latitude of WGS-84 points; the same outside China.

    >>> lon, lat = wgs84_to_gcj02([116.4074], [39.9042])
    >>> lon.round(6), lat.round(6)
    (array([116.413642]), array([39.905603]))
    """
    east, north = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    shift_east, shift_north = _shift(east, north)
    return east + shift_east, north + shift_north


def gcj02_to_wgs84(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
    """Return WGS-84 longitude and latitude of GCJ-02 points, exact to well below a millimetre.

    The shift is known as a function of the WGS-84 point only, so the point is found by repeating: point = given -
    shift.
    """
    east, north = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    found_east, found_north = east, north
    for _ in range(_INVERSE_STEPS):
        shift_east, shift_north = _shift(found_east, found_north)
        moved = max(
            np.nanmax(np.abs(east - shift_east - found_east), initial=0.0),
            np.nanmax(np.abs(north - shift_north - found_north), initial=0.0),
        )
        found_east, found_north = east - shift_east, north - shift_north
        if moved < 1e-11:
            break
    return found_east, found_north


def gcj02_to_bd09(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
    """Return BD-09 longitude and latitude of GCJ-02 points."""
    x, y = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    radius = np.hypot(x, y) + 0.00002 * np.sin(y * _BD_ANGLE)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(x * _BD_ANGLE)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def bd09_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
    """Return GCJ-02 longitude and latitude of BD-09 points, by the same repeating."""
    x, y = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    found_x, found_y = x - 0.0065, y - 0.006
    for _ in range(_INVERSE_STEPS):
        again_x, again_y = gcj02_to_bd09(found_x, found_y)
        found_x, found_y = found_x + x - again_x, found_y + y - again_y
    return found_x, found_y


def near(lon: ArrayLike, lat: ArrayLike, boundary: shapely.Geometry, metres: float) -> NDArray[np.bool_]:
    """Say which WGS-84 points lie inside `boundary` (EPSG:4326) or at most `metres` outside it.

    >>> near([0.5, 1.004, 1.006], [0.5, 0.5, 0.5], shapely.box(0, 0, 1, 1), 500.0)
    array([ True,  True, False])
    """
    east, north = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    inside = np.zeros(east.shape, dtype=bool)
    west, south, right, top = boundary.bounds
    degree = 111_000.0
    margin_x = metres / (degree * max(0.01, np.cos(np.radians(max(abs(south), abs(top))))))
    margin_y = metres / degree * 1.01
    close = (east >= west - margin_x * 1.01) & (east <= right + margin_x * 1.01)
    close &= (north >= south - margin_y) & (north <= top + margin_y)
    shapely.prepare(boundary)
    inside[close] = shapely.contains_xy(boundary, east[close], north[close])
    rim = np.flatnonzero(close & ~inside)
    if rim.size:
        centre = boundary.centroid
        plane = Transformer.from_crs("EPSG:4326", f"+proj=aeqd +lat_0={centre.y} +lon_0={centre.x}", always_xy=True)
        flat = shapely.transform(boundary, lambda xy: np.column_stack(plane.transform(xy[:, 0], xy[:, 1])))
        points = shapely.points(*plane.transform(east[rim], north[rim]))
        shapely.prepare(flat)
        inside[rim] = shapely.dwithin(flat, points, metres)
    return inside


@dataclass(frozen=True)
class DatumSuggestion:
    """How well each datum fits the study area, and which one to change to, if any."""

    declared: str
    shares: dict[str, float] = field(default_factory=dict)  # datum -> share of the points that fall inside
    suggested: str | None = None  # None: keep the declared one
    points: int = 0  # points compared


def suggest_datum(
    lon: ArrayLike, lat: ArrayLike, boundary: shapely.Geometry, *, declared: str = WGS_84, sample: int = 20_000
) -> DatumSuggestion:
    """Compare what share of one source's points falls inside the study area if read as WGS-84, GCJ-02 or BD-09.

    `lon`, `lat`: WGS-84 degrees as the reports hold them after reading them as `declared`. `boundary`: EPSG:4326. At
    most `sample` points are compared, evenly over the file. Another datum is suggested only where it takes in at least
    one in a thousand more of the points and the points that change sides favour it by more than three standard errors
    (McNemar's comparison of pairs): a shift of 500 m moves few points of a whole city, and chance must not decide.
    Outside China, where nobody writes the other datums, nothing is compared.

    >>> suggest_datum([104.2], [30.6], shapely.box(104, 30, 105, 31))
    DatumSuggestion(declared='WGS-84', shares={'WGS-84': 1.0, 'GCJ-02': 1.0, 'BD-09': 1.0}, suggested=None, points=1)
    >>> suggest_datum([0.5], [0.5], shapely.box(0, 0, 1, 1)).shares
    {'WGS-84': 1.0}
    >>> suggest_datum([], [], shapely.box(0, 0, 1, 1)).suggested is None
    True
    """
    declared = crs_name(declared)
    east, north = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    given = np.flatnonzero(np.isfinite(east) & np.isfinite(north))
    if given.size == 0:
        return DatumSuggestion(declared)
    chosen = given[np.unique(np.linspace(0, given.size - 1, min(sample, given.size)).round().astype(int))]
    east, north = east[chosen], north[chosen]
    readings = {declared: (east, north)}
    if declared in DATUMS and in_china(east, north).mean() > 0.5:
        written = from_wgs84(east, north, declared)
        readings = {datum: (east, north) if datum == declared else to_wgs84(*written, datum) for datum in DATUMS}
    shapely.prepare(boundary)
    inside = {datum: shapely.contains_xy(boundary, *points) for datum, points in readings.items()}
    shares = {datum: float(flags.mean()) for datum, flags in inside.items()}
    best = max(shares, key=lambda datum: (shares[datum], datum == declared))
    won = int((inside[best] & ~inside[declared]).sum())
    lost = int((inside[declared] & ~inside[best]).sum())
    meaningful = won - lost > 3 * np.sqrt(won + lost) and won - lost >= 0.001 * chosen.size
    return DatumSuggestion(declared, shares, best if meaningful else None, int(chosen.size))
