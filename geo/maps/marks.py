"""Places of a list as discs on the map: their size tells how many, filled ones are proven. Drawn by marks.js."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

from folium.elements import JSCSSMixin
from folium.map import Layer
from folium.template import Template

from geo.maps.hexcells import digest
from geo.maps.palette import Palette

SMALLEST, LARGEST = 3.5, 13.0  # pixels of radius


@dataclass(frozen=True)
class Mark:
    """A place. `item`: what a click on it tells. `words`: lines of the tooltip. `fill` None is hollow."""

    lat: float
    lon: float
    item: str
    radius: float
    fill: str | None
    stroke: str
    words: tuple[str, ...]


def radius(count: float, most: float) -> float:
    """Return the radius of a disc in pixels: its area grows with what it counts, up to the `most` of the map.

    >>> radius(9, 9), radius(0, 9), round(radius(4, 9), 2)
    (13.0, 3.5, 8.67)
    """
    return max(SMALLEST, LARGEST * sqrt(max(0.0, count) / most)) if most > 0 else SMALLEST


class Marks(JSCSSMixin, Layer):
    """The discs, the first of them on top, with a ring around the one that is `selected` (an item).

    `parts` must have reached the browser by `Channel.keep`.
    """

    _template = Template("""
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = L.hexMarks({{ this.payload|tojson }}).addTo({{ this._parent.get_name() }});
        {% endmacro %}
    """)

    def __init__(self, marks: Sequence[Mark], palette: Palette, selected: str) -> None:
        super().__init__(overlay=True)
        self._name = "Marks"
        wire = [
            [round(m.lat, 6), round(m.lon, 6), m.item, round(m.radius, 1), m.fill, m.stroke, list(m.words)]
            for m in marks
        ]
        key = digest(repr(wire))
        at = next((at for at, mark in enumerate(marks) if mark.item == selected), -1)
        self.parts = {key: wire}
        self.payload: dict[str, Any] = {"marks": key, "selected": at, "casing": palette.page, "ink": palette.text}
