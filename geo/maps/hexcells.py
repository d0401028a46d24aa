"""H3 cells as one light folium layer, drawn on Leaflet's canvas without h3-js.

Within one face of the icosahedron H3 is a regular lattice seen through a smooth projection. A whole city is therefore
told by a polynomial of low degree (local IJ -> Web Mercator) and runs of (i, j): 3 KB instead of 24 bytes a cell.
`Geometry.of` measures the worst corner against h3; above TOLERANCE_M (a face edge, a pentagon, a country) corners are
sent as quantised int16 instead. Corners and the tooltip's numbers are parts that travel once (channel.py); what travels
with every drawing are a few bits a cell: its class.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import h3
import numpy as np
from folium.elements import JSCSSMixin
from folium.map import Layer
from folium.template import Template
from numpy.typing import ArrayLike, NDArray

from geo.maps.assets import STATIC_URL

TOLERANCE_M = 0.5
"""Worst corner error, in metres, that the lattice form may have."""
DEGREES = (3, 4, 5)
CORNERS_IJ = np.array([(2, 1), (1, 2), (-1, 1), (-2, -1), (-1, -2), (1, -1)]) / 3
"""The corners of a hexagon in local IJ, its centre at the origin."""
EARTH_GIRTH_M = 40_075_016.686
INT16_STEPS = 65535

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Geometry:
    """The hexagons of a universe, in the order in which classes and values are sent.

    `wire` is what the browser receives, `error_m` the worst distance in metres of a drawn corner from h3's.
    """

    cells: tuple[str, ...]
    key: str
    wire: dict[str, Any]
    error_m: float

    @cached_property
    def position(self) -> dict[str, int]:
        """The position of each cell."""
        return {cell: at for at, cell in enumerate(self.cells)}

    def cell_of(self, click: Mapping[str, Any]) -> str | None:
        """Return the cell of a click; None where it was made on another geometry, before the city changed."""
        known = click.get("key") == self.key and 0 <= click["at"] < len(self.cells)
        return self.cells[click["at"]] if known else None

    @classmethod
    def of(cls, cells: Sequence[str]) -> Geometry:
        """Return the geometry of these H3 cells (hexadecimal strings). Computed once per universe; keep it.

        >>> geometry = Geometry.of(h3.grid_disk("89283082803ffff", 10))
        >>> len(geometry.cells), "runs" in geometry.wire, geometry.error_m < 0.01
        (331, True, True)
        >>> Geometry.of([]).cells
        ()
        """
        ij = _local_ij(cells)
        if ij is not None:
            rows = np.lexsort((ij[:, 0], ij[:, 1]))
            cells, ij = [cells[row] for row in rows], ij[rows]
        rings = [np.array(h3.cell_to_boundary(cell)) for cell in cells]
        key = digest(" ".join(cells))
        if ij is not None and all(len(ring) == len(CORNERS_IJ) for ring in rings):
            wire, error = _as_lattice(ij, np.stack(rings))
            if error <= TOLERANCE_M:
                return cls(tuple(cells), key, wire, error)
        wire, error = _as_corners(rings)
        return cls(tuple(cells), key, wire, error)


class HexCells(JSCSSMixin, Layer):
    """The hexagons in their classes, with a tooltip and the ring of the selected cell.

    `classes`: one small whole number per cell of `geometry`, a position in `styles`. `styles`: per class `label`,
    `fill`, `opacity`, and where wanted `stroke`, `weight` (pixels), `from` (pixels of a cell that is outlined), and a
    `glyph` with its `ink`. `numbers`: the tooltip's: label, values, decimals;
    a value that is not a number is not shown. `parts` must have reached the browser by `Channel.keep`.
    """

    _template = Template("""
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = L.hexCells({{ this.payload|tojson }}).addTo({{ this._parent.get_name() }});
        {% endmacro %}
    """)
    default_js = [("hexcells.js", f"{STATIC_URL}hexcells.js")]  # noqa: RUF012 - folium's own way to declare it

    def __init__(
        self,
        geometry: Geometry,
        classes: ArrayLike,
        styles: Sequence[Mapping[str, Any]],
        *,
        numbers: Sequence[tuple[str, ArrayLike, int]] = (),
        selected: str | None = None,
        ring: tuple[str, str] = ("#1B2733", "#FFFFFF"),
    ) -> None:
        super().__init__(overlay=True)
        self._name = "HexCells"
        values = [(label, decimals, _varints(column, decimals)) for label, column, decimals in numbers]
        self.parts = {geometry.key: geometry.wire} | {digest(column): column for _, _, column in values}
        self.payload = {
            "key": geometry.key,
            "bits": class_bits(len(styles)),
            "classes": _base64(_packed(np.asarray(classes, np.uint8), class_bits(len(styles)))),
            "styles": [dict(style) for style in styles],
            "numbers": [
                {"label": label, "decimals": decimals, "part": digest(column)} for label, decimals, column in values
            ],
            "selected": -1 if selected is None else geometry.position.get(selected, -1),
            "ring": list(ring),
        }


def _local_ij(cells: Sequence[str]) -> Floats | None:
    """Return the local IJ coordinates of the cells, or None where h3 cannot unfold them around the first."""
    if not cells:
        return None
    try:
        return np.array([h3.cell_to_local_ij(cells[0], cell) for cell in cells], float)
    except h3.H3BaseException:
        return None


def _mercator(lat: Floats, lon: Floats) -> Floats:
    """Return Web Mercator as fractions of the world: what Leaflet multiplies by 256 * 2 ** zoom."""
    sine = np.sin(np.radians(lat))
    return np.stack([lon / 360 + 0.5, 0.5 - np.log((1 + sine) / (1 - sine)) / (4 * np.pi)], axis=-1)


def _worst_m(drawn: Floats, true: Floats, lat: Floats) -> float:
    """Return the worst distance in metres of the points drawn (n, 2; Mercator) from the true ones at latitudes (n,)."""
    return float((np.hypot(*(drawn - true).T) * EARTH_GIRTH_M * np.cos(np.radians(lat))).max())


def _powers(points: Floats, degree: int) -> Floats:
    """Return the terms x^a y^b with a + b <= degree, b running fastest. (n, 2) -> (n, terms)."""
    x, y = points[:, 0], points[:, 1]
    return np.stack([x**a * y**b for a in range(degree + 1) for b in range(degree + 1 - a)], axis=-1)


def _as_lattice(ij: Floats, rings: Floats) -> tuple[dict[str, Any], float]:
    """Fit the corners `rings` (n, 6, 2; lat, lon) by a polynomial of `ij` (n, 2); return wire form and error."""
    middle, half = ij.mean(axis=0), max(1.0, float(np.ptp(ij, axis=0).max()) / 2)
    corners_ij = ((ij[:, None, :] + CORNERS_IJ) - middle) / half
    corners = _turn_to(_mercator(rings[..., 0], rings[..., 1]), (ij - middle) / half, corners_ij)
    points, wanted = corners_ij.reshape(-1, 2), corners.reshape(-1, 2)
    origin, lat = wanted.mean(axis=0), rings[..., 0].ravel()
    for degree in DEGREES:
        terms = _powers(points, degree)
        factors = np.linalg.lstsq(terms, wanted - origin, rcond=None)[0]
        error = _worst_m(terms @ factors + origin, wanted, lat)
        if error <= TOLERANCE_M:
            break
    wire = {
        "degree": degree,
        "factors": factors.ravel().tolist(),
        "origin": origin.tolist(),
        "middle": middle.tolist(),
        "half": half,
        "runs": _base64(_runs(ij)),
    }
    return wire, error


def _turn_to(corners: Floats, centres_ij: Floats, corners_ij: Floats) -> Floats:
    """Return `corners` (n, 6, 2) turned, or reversed, to start where CORNERS_IJ does: h3 starts anywhere."""
    plane = np.c_[centres_ij, np.ones(len(centres_ij))]
    flat = np.linalg.lstsq(plane, corners.mean(axis=1), rcond=None)[0]
    roughly = corners_ij @ flat[:2] + flat[2]
    turned = (np.roll(corners[:, ::step], shift, axis=1) for step in (1, -1) for shift in range(len(CORNERS_IJ)))
    return min(turned, key=lambda candidate: float(np.abs(candidate - roughly).max()))


def _runs(ij: Floats) -> NDArray[np.int16]:
    """Return (first i, j, length) for each unbroken row of cells. `ij` is sorted by j, then i."""
    breaks = np.flatnonzero((np.diff(ij[:, 0]) != 1) | (np.diff(ij[:, 1]) != 0)) + 1
    starts = np.r_[0, breaks]
    return np.c_[ij[starts], np.diff(np.r_[starts, len(ij)])].astype(np.int16)


def _as_corners(rings: Sequence[Floats]) -> tuple[dict[str, Any], float]:
    """Return the wire form of plain corners, quantised over the extent, and the worst rounding error in metres."""
    if not rings:
        return {"corners": "", "lengths": "", "origin": [0.0, 0.0], "span": 1.0}, 0.0
    flat = np.concatenate(rings)
    points = _mercator(flat[:, 0], flat[:, 1])
    origin, span = points.min(axis=0), float(np.ptp(points, axis=0).max())
    steps = np.rint((points - origin) / span * INT16_STEPS)
    error = _worst_m(steps / INT16_STEPS * span + origin, points, flat[:, 0])
    wire = {
        "corners": _base64((steps - 32768).astype(np.int16)),
        "lengths": _base64(np.array([len(r) for r in rings], np.uint8)),
        "origin": origin.tolist(),
        "span": span,
    }
    return wire, error


def _varints(values: ArrayLike, decimals: int) -> str:
    """Return non-negative numbers, rounded to `decimals`, in base 128, low digits first: a small one takes one byte.

    Each is sent as one more than itself, 0 stands for what is not a number.

    >>> base64.b64decode(_varints([3, 300, 0, np.nan], 0)).hex()
    '04ad020100'
    """
    numbers = np.asarray(values, float)
    whole = np.where(np.isnan(numbers), 0, np.rint(np.nan_to_num(numbers) * 10**decimals).clip(0, 2**28 - 2) + 1)
    whole = whole.astype(np.uint32)
    groups = np.stack([(whole >> shift) & 127 for shift in (0, 7, 14, 21)], axis=-1).astype(np.uint8)
    used = np.maximum(1, 4 - (groups[:, ::-1] != 0).argmax(axis=1) - 4 * (whole == 0))
    kept = np.arange(4) < used[:, None]
    groups[np.arange(4) < used[:, None] - 1] |= 128
    return _base64(groups[kept])


def class_bits(classes: int) -> int:
    """Return the bits that tell so many classes apart.

    >>> [class_bits(n) for n in (0, 1, 2, 5, 8, 9)]
    [1, 1, 1, 3, 3, 4]
    """
    return max(1, (classes - 1).bit_length())


def _packed(classes: NDArray[np.uint8], bits: int) -> NDArray[np.uint8]:
    """Return the classes side by side, the highest of their bits first.

    >>> _packed(np.array([1, 2, 3, 1], np.uint8), 2)
    array([109], dtype=uint8)
    """
    return np.packbits(np.unpackbits(classes[:, None], axis=1)[:, 8 - bits :])


def digest(text: str) -> str:
    """Return a short name for a content: equal contents, equal names."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _base64(array: NDArray[Any]) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()
