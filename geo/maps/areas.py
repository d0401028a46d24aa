"""Areas filled by class: tiers, what is chosen, what a visit would cost. Drawn by areas.js."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from folium.elements import JSCSSMixin
from folium.map import Layer
from folium.template import Template

from geo.maps.hexcells import digest

Told = tuple[int, tuple[str, ...]]
"""The class of an area, a position among the styles, and the lines of its tooltip."""


class AreaFills(JSCSSMixin, Layer):
    """The fills of areas of the city that `Furniture` draws before them; their outlines are drawn there.

    `areas`: by area_id what is `Told` of it. `styles`: per class `fill` (None is hollow), `opacity`, `stroke` and
    `weight` (pixels). `rings`: area_ids, and the `stroke`, `weight` and `dash` of the ring around them. `reach`: areas
    are small or thin, and what is clicked close by is meant too. `parts` must have reached the browser by
    `Channel.keep`.
    """

    _template = Template("""
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = L.hexAreas({{ this.payload|tojson }}).addTo({{ this._parent.get_name() }});
        {% endmacro %}
    """)

    def __init__(
        self,
        areas: Mapping[str, Told],
        styles: Sequence[Mapping[str, Any]],
        *,
        rings: Sequence[tuple[Sequence[str], Mapping[str, Any]]] = (),
        reach: bool = False,
    ) -> None:
        super().__init__(overlay=True)
        self._name = "AreaFills"
        wire = {area_id: [group, list(words)] for area_id, (group, words) in areas.items()}
        key = digest(repr(wire))
        self.parts = {key: wire}
        self.payload: dict[str, Any] = {
            "areas": key,
            "styles": [dict(style) for style in styles],
            "rings": [{"ids": list(ids), **ring} for ids, ring in rings],
            "reach": reach,
        }
