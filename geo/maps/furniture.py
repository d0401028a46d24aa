"""What stands over the hexagons and changes: theme, language, legend, names, rank numbers. Drawn by furniture.js."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from folium.elements import JSCSSMixin
from folium.map import Layer
from folium.template import Template

from geo.maps.ground import City
from geo.maps.palette import Palette
from geo.words import say

LANDS = {"en": "en", "zh": "zh-CN"}


class Furniture(JSCSSMixin, Layer):
    """The ground, drawn by the first of them, and what every drawing changes about the map."""

    _template = Template("""
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = L.hexFurniture({{ this.furniture|tojson }}).addTo({{ this._parent.get_name() }});
        {% endmacro %}
    """)

    def __init__(
        self,
        city: City,
        palette: Palette,
        lang: str,
        *,
        legend: str,
        shown: Sequence[str],
        ranks: Sequence[Mapping[str, Any]],
        small_ranks: bool = False,
        rank_lift: float = 0.0,
        bare: str = "",
        flagged: Sequence[tuple[float, float]],
        cell_radius: float,
        kind_names: Mapping[str, str],
        file: str,
        area: str | None = None,
        base_map: Mapping[str, bool] | None = None,
        fly: Mapping[str, Any] | None = None,
    ) -> None:
        """`ranks`: text, at (lat, lon), selected. `flagged`: lat, lon. `cell_radius`: in Mercator worlds.
        `small_ranks`: where places are many and single cells matter. `rank_lift`: pixels that a rank keeps from its
        place. `bare`: the kind that is named but not outlined, as something else marks its areas.

        `area`: the area_id of the area to mark. `fly`: a mark that is new for each flight, and `at` (lat, lon) or
        `bounds` ((south, west), (north, east)). `base_map`: whether it is to `fade`,
        and is `dark`; None hides it. `file`: what the view is called when it is saved as a picture.
        """
        super().__init__(overlay=True)
        self._name = "Furniture"
        self.parts = {city.key: city.wire}
        self.furniture = {
            "city": city.key,
            "colours": {name: value for name, value in asdict(palette).items() if isinstance(value, str)},
            "lang": LANDS[lang],
            "legend": legend,
            "shown": list(shown),
            "ranks": list(ranks),
            "smallRanks": small_ranks,
            "rankLift": rank_lift,
            "bare": bare,
            "flagged": [[round(lat, 5), round(lon, 5)] for lat, lon in flagged],
            "cellRadius": cell_radius,
            "kindNames": dict(kind_names),
            "area": area,
            "baseMap": base_map,
            "fly": fly,
            "words": {
                "closer": say("Zoom in", lang),
                "farther": say("Zoom out", lang),
                "whole": say("Show the whole city", lang),
            },
            "picture": {
                "file": file,
                "words": {
                    "save": say("Save the view as a picture (PNG)", lang),
                    "bare": say("The picture is without the base map: its service does not allow copies.", lang),
                    "failed": say("The view is too large for a picture in this browser.", lang),
                },
            },
        }
