"""Between Python and the map in the browser: parts that travel once, and what the map tells back.

Each run of the page draws the map's layers anew. What is large and seldom changes (corners, outlines, the tooltip's
numbers) is a part under a key that names its content: it travels with the first drawing that needs it and is kept by
the browser. A browser that lacks a part (the page was left, a drawing was overtaken) asks, and all are sent again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from folium.elements import JSCSSMixin
from folium.map import Layer
from folium.template import Template

from geo.maps.assets import STATIC_URL


class Keep(JSCSSMixin, Layer):
    """The parts that the layers after it need: `sent` now, `used` at all."""

    _template = Template("""
        {% macro script(this, kwargs) %}
        L.hexKeep({{ this.sent|tojson }}, {{ this.used|tojson }});
        var {{ this.get_name() }} = L.layerGroup();
        {% endmacro %}
    """)
    default_js = [  # noqa: RUF012 - folium's own way to declare it
        ("channel.js", f"{STATIC_URL}channel.js")
    ]

    def __init__(self, sent: Mapping[str, Any], used: Collection[str]) -> None:
        super().__init__(overlay=True)
        self._name = "Keep"
        self.sent = dict(sent)
        self.used = sorted(used)


@dataclass
class Channel:
    """What one map in one visit has received, and which of its messages were heard."""

    kept: frozenset[str] = frozenset()
    heard: dict[str, int] = field(default_factory=dict)

    def keep(self, parts: Mapping[str, Any]) -> Keep:
        """Return the layer that sends what the browser does not have yet.

        >>> channel = Channel()
        >>> channel.keep({"a": [1], "b": [2]}).sent, channel.keep({"a": [1], "c": [3]}).sent
        ({'a': [1], 'b': [2]}, {'c': [3]})
        """
        layer = Keep({key: part for key, part in parts.items() if key not in self.kept}, parts)
        self.kept = frozenset(parts)
        return layer

    def news(self, value: Mapping[str, Any] | None) -> dict[str, Any]:
        """Return what the map told since it was last asked, in the order in which it was told.

        It stays news until it was `hear`d: a run that is broken off in between loses nothing.

        >>> channel = Channel()
        >>> told = channel.news({"hexagon": {"at": 3, "mark": 17}})
        >>> channel.hear(told)
        >>> told, channel.news({"hexagon": {"at": 3, "mark": 17}})
        ({'hexagon': {'at': 3, 'mark': 17}}, {})
        >>> list(channel.news({"hexagon": {"at": 4, "mark": 25}, "area": {"id": "a", "mark": 21}}))
        ['area', 'hexagon']
        """
        told_in_turn = sorted((value or {}).items(), key=lambda item: item[1]["mark"])
        return {name: told for name, told in told_in_turn if told["mark"] != self.heard.get(name)}

    def hear(self, news: Mapping[str, Any]) -> None:
        """Remember that these messages were acted on. A request for parts is granted by the next `keep`."""
        self.heard |= {name: told["mark"] for name, told in news.items()}
        if "missing" in news:
            self.kept = frozenset()
