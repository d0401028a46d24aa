"""The map of a work order: where the areas of one unit lie, numbered as in its list, and what is open in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.patches import Circle, Rectangle
from shapely.geometry.base import BaseGeometry

from geo.export.drawing import canvas, letter, outline, picture
from geo.export.print_text import face, wrap
from geo.grid.metres import middle_of, to_metres
from geo.maps.labels import kind_name
from geo.maps.palette import PALETTES
from geo.planning.orders import WorkOrders
from geo.words import say

SIZE = (178.0, 104.0)  # millimetres: as wide as an A4 sheet between its margins
LOW = (178.0, 68.0)  # of an order so short that it fits one page with a lower map
SMALL = 8.0  # points: the smallest lettering

_SHORT = 5  # problems, and areas
_KEY = 43.0  # millimetres of the key's column
_DISC = 2.3  # radius
_DETAIL = 0.05
_TINY = 4.0
_LEAST = 500.0  # metres of ground that a map shows at least
_INK = PALETTES["light"]
_Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Sign:
    """How a state is drawn: a shape and a colour, so that either is enough. `glyph` is the same shape as a letter."""

    marker: str
    glyph: str
    colour: str
    size: float


OPEN = Sign("o", "●", _INK.in_progress, 15)
RETURNED = Sign("s", "■", _INK.coming_back.fill or _INK.text, 15)
OVERDUE = Sign("^", "▲", _INK.overdue, 24)


def sign_of(overdue: bool | None, returned: bool | None) -> Sign:
    """Return how a problem is drawn; one past its deadline as overdue, whether it came back or not."""
    return OVERDUE if overdue else RETURNED if returned else OPEN


def state_name(sign: Sign, lang: str) -> str:
    """Return the word for a state."""
    return {OPEN: say("Open", lang), RETURNED: say("Came back", lang), OVERDUE: say("Overdue", lang)}[sign]


def map_size(orders: WorkOrders, unit: str) -> tuple[float, float]:
    """Return the millimetres that the map of a unit's order takes: LOW for a short order, else SIZE."""
    short = orders.problems_of(unit).height <= _SHORT and orders.responsibilities_of(unit).height <= _SHORT
    return LOW if short else SIZE


def order_map(orders: WorkOrders, unit: str, *, lang: str = "en", dpi: int = 200) -> bytes:
    """Return the map of a unit's order as PNG, of `map_size`.

    Left its key and where in the city it lies; right the areas of the order in the outline of their kind, each with its
    number of the responsibility list on a disc above it, and a mark for every problem that has coordinates. Names stand
    where they touch nothing else. North is up. Raises BadList where a name cannot be lettered without the font.
    """
    size = map_size(orders, unit)
    duties = orders.responsibilities_of(unit)
    numbers = {area: at for at, area in enumerate(duties["area_id"].to_list(), start=1)}
    problems = orders.problems_of(unit).drop_nulls(["lat", "lon"])
    points = shapely.points(problems["lon"].to_numpy(), problems["lat"].to_numpy())
    signs = [sign_of(*pair) for pair in problems.select("overdue", "returned").rows()]
    areas = orders.areas[orders.areas.geometry.notna() & ~orders.areas.geometry.is_empty]
    own = areas["area_id"].isin(list(numbers)).to_numpy(bool)

    middle = middle_of(np.array([orders.boundary], object))
    shapes = to_metres(areas.geometry.to_numpy(), middle)
    city = to_metres(np.array([orders.boundary], object), middle)[0]
    at = to_metres(points, middle) if len(points) else points
    shown = [*shapes[own], *at] or [city]
    scale, corner = _fit(shapely.total_bounds(np.array(shown, object)), size)

    def placed(geometries: Sequence[BaseGeometry]) -> Any:
        found = shapely.transform(np.array(geometries, object), lambda xy: (xy - corner) * scale)
        return shapely.simplify(found, _DETAIL)

    axes = canvas(*size)
    axes.add_patch(Rectangle((0, 0), *size, facecolor=_INK.outside, edgecolor="none"))
    frame = shapely.box(-2, -2, size[0] + 2, size[1] + 2)
    outline(axes, [shapely.intersection(placed([city])[0], frame)], facecolor=_INK.land, edgecolor=_INK.muted, lw=0.8)
    kinds = areas["kind"].to_numpy()
    drawn = placed(list(shapes))
    for shape, kind, ours in sorted(zip(drawn, kinds, own, strict=True), key=lambda row: -row[0].area):
        _area(axes, shape, kind, ours)
    marks = shapely.get_coordinates(placed(list(at))) if len(at) else np.empty((0, 2))
    for sign in (OPEN, RETURNED, OVERDUE):
        chosen = np.array([found is sign for found in signs], bool)
        if chosen.any():
            x, y = marks[chosen].T
            axes.scatter(x, y, s=sign.size, marker=sign.marker, c=sign.colour, ec=_INK.page, lw=0.5, zorder=5)
    taken = [(0.0, 0.0, _KEY, size[1]), (size[0] - 14, size[1] - 16, *size), (size[0] - 45, 0.0, size[0], 10.0)]
    rows = areas[own].reset_index(drop=True)
    _names(axes, list(drawn[own]), rows, numbers, marks, taken, size)
    _key(axes, [OPEN, RETURNED, OVERDUE], signs, sorted(set(kinds[own])), lang, size)
    _overview(axes, city, corner, scale, size, lang)
    _scale_bar(axes, scale, size, lang)
    edge = Rectangle(
        (0.15, 0.15), size[0] - 0.3, size[1] - 0.3, facecolor="none", edgecolor=_INK.muted, lw=0.8, zorder=20
    )
    axes.add_patch(edge)
    return picture(axes, dpi)


def _fit(bounds: Any, size: tuple[float, float]) -> tuple[float, Any]:
    """Return millimetres a metre and the point of the ground at the lower left corner: all right of the key."""
    west, south, east, north = bounds
    wide, high = size[0] - _KEY, size[1]
    room = (wide - 22, high - 26)  # a margin for discs and names
    scale = min(room[0] / max(east - west, _LEAST), room[1] / max(north - south, _LEAST))
    centre = np.array([(west + east) / 2, (south + north) / 2])
    return scale, centre - np.array([_KEY + wide / 2, high / 2 - 2]) / scale


def _area(axes: Axes, shape: BaseGeometry, kind: str, ours: bool) -> None:
    """Draw an area: those of the order tinted, in the outline of their kind on a casing of the page's colour."""
    if not ours:
        outline(axes, [shape], edgecolor=_INK.community, lw=0.5, alpha=0.5)
        return
    outline(axes, [shape], facecolor=_INK.chosen.fill, alpha=0.13, edgecolor="none")
    style = _line(kind)
    west, south, east, north = shape.bounds
    if max(east - west, north - south) < _TINY:  # a dash and a casing would leave nothing of it
        style |= {"ls": "-"}
    else:
        outline(axes, [shape], edgecolor=_INK.page, lw=style["lw"] + 1.8, zorder=3)
    outline(axes, [shape], zorder=3, **style)


def _line(kind: str) -> dict[str, Any]:
    """Return the outline of a kind, as on the screen: solid, dashed, dotted; districts as borders are."""
    border = {"edgecolor": _INK.muted, "lw": 1.6, "ls": (0, (6, 1.6, 1.2, 1.6))}
    known = {
        "district": border,
        "street_office": border,
        "community": {"edgecolor": _INK.community, "lw": 1.3, "ls": "-"},
        "market": {"edgecolor": _INK.market, "lw": 1.6, "ls": "-"},
        "construction_site": {"edgecolor": _INK.construction_site, "lw": 1.6, "ls": (0, (4, 2))},
        "street": {"edgecolor": _INK.other, "lw": 1.1, "ls": "-"},
    }
    return known.get(kind, {"edgecolor": _INK.other, "lw": 1.6, "ls": (0, (1, 1.6))})


def _names(
    axes: Axes,
    shapes: Sequence[BaseGeometry],
    rows: Any,
    numbers: dict[str, int],
    marks: Any,
    taken: list[_Box],
    size: tuple[float, float],
) -> None:
    """Letter the areas: first every number, then the names that still have room."""
    frame = (0.0, 0.0, *size)
    spots = [(x - 0.9, y - 0.9, x + 0.9, y + 0.9) for x, y in marks]
    order = sorted(range(len(shapes)), key=lambda at: numbers[rows["area_id"][at]])
    discs: dict[int, tuple[float, float]] = {}
    for at in order:
        tried = [(x, y, _square(x, y, _DISC)) for x, y in _around(shapes[at])]
        free = [(x, y) for x, y, box in tried if _inside(box, frame) and not _touches(box, taken)]
        discs[at] = free[0] if free else tried[0][:2]
        taken.append(_square(*discs[at], _DISC))
    for at in order:
        x, y = discs[at]
        axes.add_patch(Circle((x, y), _DISC, facecolor=_INK.text, edgecolor=_INK.page, lw=0.8, zorder=9))
        letter(axes, x, y - 0.1, str(numbers[rows["area_id"][at]]), size=SMALL, colour="#FFFFFF", bold=True,
               ha="center", va="center_baseline", zorder=10)  # fmt: skip
        name = wrap(str(rows["name"][at] or ""), 46, SMALL, most=1)
        if not name:
            continue
        wide, high = face().width(name[0], SMALL), 1.7
        for left, middle in ((x + _DISC + 0.8, y), (x - _DISC - 0.8 - wide, y), (x - wide / 2, y + _DISC + high + 0.3)):
            box = (left - 0.3, middle - high, left + wide + 0.3, middle + high)
            if _inside(box, frame) and not _touches(box, [*taken, *spots]):
                letter(axes, left, middle - 0.1, name[0], size=SMALL, colour=_INK.text, halo=_INK.page, zorder=8)
                taken.append(box)
                break


def _around(shape: BaseGeometry) -> list[tuple[float, float]]:
    """Return where the disc of an area may stand: on its upper edge, else beside or under it, else within."""
    inner = shape.representative_point()
    west, south, east, north = shape.bounds
    line = shapely.intersection(shape, shapely.LineString([(inner.x, south - 1), (inner.x, north + 1)]))
    top = north if line.is_empty else line.bounds[3]
    gap = _DISC + 0.6
    return [
        (inner.x, top + gap),
        (inner.x + 2 * gap, top + gap),
        (inner.x - 2 * gap, top + gap),
        (east + gap, inner.y),
        (west - gap, inner.y),
        (inner.x, south - gap),
        (inner.x, inner.y),
    ]


def _square(x: float, y: float, half: float) -> _Box:
    return x - half, y - half, x + half, y + half


def _inside(box: _Box, frame: _Box) -> bool:
    return box[0] > frame[0] + 1 and box[1] > frame[1] + 1 and box[2] < frame[2] - 1 and box[3] < frame[3] - 1


def _touches(box: _Box, others: Sequence[_Box]) -> bool:
    return any(box[0] < o[2] and o[0] < box[2] and box[1] < o[3] and o[1] < box[3] for o in others)


def _key(
    axes: Axes, known: Sequence[Sign], signs: Sequence[Sign], kinds: Sequence[str], lang: str, size: tuple[float, float]
) -> None:
    """Draw the key, from the foot of its column upwards: outlines, marks with how many of them, number."""
    axes.add_patch(Rectangle((0, 0), _KEY, size[1], facecolor=_INK.page, edgecolor=_INK.line, lw=0.8, zorder=11))
    y = 5.0
    lines: dict[str, tuple[dict[str, Any], list[str]]] = {}
    for kind in kinds:  # kinds in the same outline share a line of the key
        lines.setdefault(repr(_line(kind)), (_line(kind), []))[1].append(kind_name(kind, lang))
    for style, names in reversed(lines.values()):
        y = _entry(axes, y, ("、" if lang == "zh" else ", ").join(names))
        axes.plot([3, 8.5], [y - 0.2, y - 0.2], c=style["edgecolor"], lw=style["lw"], ls=style["ls"], zorder=12)
        y += 5
    for sign in reversed(known):
        count = sum(found is sign for found in signs)
        if count:
            y = _entry(axes, y, f"{state_name(sign, lang)} {count:,}")
            axes.scatter([5.7], [y], s=sign.size * 1.4, marker=sign.marker, c=sign.colour, lw=0, zorder=12)
            y += 5
    y = _entry(axes, y, say("Area, by its number in the list", lang))
    axes.add_patch(Circle((5.7, y), _DISC * 0.85, facecolor=_INK.text, edgecolor="none", zorder=12))
    letter(
        axes,
        5.7,
        y - 0.1,
        "1",
        size=SMALL - 1,
        colour="#FFFFFF",
        bold=True,
        ha="center",
        va="center_baseline",
        zorder=13,
    )


def _entry(axes: Axes, y: float, text: str) -> float:
    """Letter an entry of the key upwards from `y`; return where its sign belongs."""
    lines = wrap(text, _KEY - 13, SMALL, most=3)
    for at, line in enumerate(reversed(lines)):
        letter(axes, 11, y + 3.6 * at, line, size=SMALL, colour=_INK.text, zorder=12)
    return y + 3.6 * (len(lines) - 1)


def _overview(axes: Axes, city: BaseGeometry, corner: Any, scale: float, size: tuple[float, float], lang: str) -> None:
    """Draw the city at the head of the key's column, with a frame around what the map shows."""
    west, south, east, north = city.bounds
    room = (_KEY - 8, min(34.0, size[1] / 3))
    small = min(room[0] / max(east - west, 1.0), room[1] / max(north - south, 1.0))
    origin = np.array([_KEY / 2, size[1] - 10 - room[1] / 2])
    centre = np.array([(west + east) / 2, (south + north) / 2])
    letter(axes, 4, size[1] - 5, say("In the city", lang), size=SMALL, colour=_INK.muted, zorder=12)
    inset = shapely.simplify(shapely.transform(city, lambda xy: (xy - centre) * small + origin), _DETAIL)
    outline(axes, [inset], facecolor=_INK.land, edgecolor=_INK.muted, lw=0.6, zorder=12)
    ground = np.array([[_KEY, 0.0], size]) / scale + corner
    (left, low), (right, high) = (ground - centre) * small + origin
    window = shapely.intersection(shapely.box(left, low, right, high), shapely.box(*inset.bounds).buffer(1.5))
    outline(axes, [window], edgecolor=_INK.text, lw=1.2, zorder=13)


def _scale_bar(axes: Axes, scale: float, size: tuple[float, float], lang: str) -> None:
    """Draw the scale at the lower right, the north arrow at the upper right."""
    fit = 36 / scale  # metres
    power = 10 ** np.floor(np.log10(fit))
    metres = max(step * power for step in (1, 2, 5) if step * power <= fit)
    long, right, y = metres * scale, size[0] - 5, 4.0
    axes.plot([right - long, right - long, right, right], [y + 1.2, y, y, y + 1.2], c=_INK.text, lw=1.2, zorder=12)
    words = say("{km} km", lang, km=f"{metres / 1000:g}") if metres >= 1000 else say("{m} m", lang, m=f"{metres:g}")
    letter(axes, right - long / 2, y + 2.6, words, size=SMALL, colour=_INK.text, halo=_INK.page, ha="center", zorder=12)
    x, top = size[0] - 7, size[1] - 4
    axes.fill([x, x - 2, x, x + 2], [top, top - 7, top - 5.4, top - 7], c=_INK.text, zorder=12)
    letter(
        axes,
        x,
        top - 9.2,
        say("N", lang),
        size=SMALL,
        colour=_INK.text,
        halo=_INK.page,
        bold=True,
        ha="center",
        zorder=12,
    )
