"""Single reports, shown once the map is close enough: one dot per position, with what was reported there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
from folium.elements import JSCSSMixin
from folium.map import Layer
from folium.template import Template

from geo.maps.hexcells import digest
from geo.maps.labels import category_name
from geo.maps.palette import Palette
from geo.words import numbers, say

SHOWN_FROM_ZOOM = 15
LINES = 5
STATES = ("closed", "in_progress", "overdue")
"""Of the reports at a position the one that matters most: the last of these. Names of colours in the palette."""


@dataclass(frozen=True)
class Dot:
    """The reports at one position. `words`: lines of the tooltip."""

    lat: float
    lon: float
    state: str
    words: tuple[str, ...]


def dots(reports: pl.DataFrame, until: date, timezone: str, lang: str) -> list[Dot]:
    """Return one dot per position of `reports` (newest first), as things stood on the day `until`."""
    zone, at_position = ZoneInfo(timezone), dict[tuple[float, float], list[tuple[str, str]]]()
    for report in reports.iter_rows(named=True):
        state = state_of(report, until, zone)
        day = numbers.day(report["reported_at"].astimezone(zone).date(), lang)
        words = f"{category_name(report['category'], lang)} · {day} · {state_name(state, lang)}"
        at_position.setdefault((report["lat"], report["lon"]), []).append((state, words))
    found = [
        Dot(lat, lon, max((state for state, _ in told), key=STATES.index), _lines([words for _, words in told], lang))
        for (lat, lon), told in at_position.items()
    ]
    return sorted(found, key=lambda dot: STATES.index(dot.state))  # what matters most lies on top


def _lines(words: Sequence[str], lang: str) -> tuple[str, ...]:
    if len(words) <= LINES:
        return tuple(words)
    return (*words[: LINES - 1], say("and {count} more here", lang, count=len(words) - LINES + 1))


def state_of(report: Mapping[str, Any], until: date, zone: ZoneInfo) -> str:
    """Return which of STATES a row of `tables.REPORTS` was in on the day `until`.

    >>> state_of({"status": "open", "due_at": None}, date(2026, 11, 15), ZoneInfo("UTC"))
    'in_progress'
    """
    if report["status"] == "closed":
        return "closed"
    due = report["due_at"]
    return "overdue" if due and due.astimezone(zone).date() < until else "in_progress"


def state_name(state: str, lang: str) -> str:
    """Return the word for one of STATES."""
    return {"closed": say("Closed", lang), "in_progress": say("Open", lang), "overdue": say("Overdue", lang)}[state]


class ReportPoints(JSCSSMixin, Layer):
    """The dots inside `bounds` (west, south, east, north); the map asks for others when the view leaves them.

    `parts` must have reached the browser by `Channel.keep`: most drawings change nothing about the dots.
    """

    _template = Template("""
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = L.hexPoints({{ this.payload|tojson }}).addTo({{ this._parent.get_name() }});
        {% endmacro %}
    """)

    def __init__(self, dots: Sequence[Dot], bounds: Sequence[float] | None, palette: Palette) -> None:
        super().__init__(overlay=True)
        self._name = "ReportPoints"
        wire = [[round(dot.lat, 6), round(dot.lon, 6), getattr(palette, dot.state), list(dot.words)] for dot in dots]
        key = digest(repr(wire))
        self.parts = {key: wire}
        self.payload: dict[str, Any] = {
            "from": SHOWN_FROM_ZOOM,
            "bounds": list(bounds) if bounds else None,
            "dots": key,
            "casing": palette.page,
        }
