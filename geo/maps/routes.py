"""The ways of the teams of a campaign from stop to stop, as the crow flies. Drawn by routes.js."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from folium.elements import JSCSSMixin
from folium.map import Layer
from folium.template import Template

from geo.maps.palette import Palette

DASHES = (None, "7 4", "2 4", "10 3 2 3")
"""Ways are told apart by their dash and by the number at each stop, not by colour."""


class Routes(JSCSSMixin, Layer):
    """One line per team and day: `routes` are pairs of a team, from 1, and its stops (lat, lon)."""

    _template = Template("""
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = L.hexRoutes({{ this.payload|tojson }}).addTo({{ this._parent.get_name() }});
        {% endmacro %}
    """)

    def __init__(self, routes: Sequence[tuple[int, Sequence[tuple[float, float]]]], palette: Palette) -> None:
        super().__init__(overlay=True)
        self._name = "Routes"
        self.parts: dict[str, Any] = {}
        lines = [
            {"dash": dash_of(team), "at": [[round(lat, 6), round(lon, 6)] for lat, lon in stops]}
            for team, stops in routes
        ]
        self.payload = {"routes": lines, "ink": palette.text, "casing": palette.page}


def dash_of(team: int) -> str | None:
    """Return how the line of a team, from 1, is dashed.

    >>> dash_of(1), dash_of(2), dash_of(6)
    (None, '7 4', '7 4')
    """
    return DASHES[(team - 1) % len(DASHES)]
