"""A table of hot spots becomes the layers of a map: the same in the app, in the HTML file and in print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import cos, radians
from typing import Any

import geopandas as gpd
import h3
import numpy as np
import pandas as pd
from folium import FeatureGroup
from numpy.typing import NDArray

from geo.maps.channel import Channel
from geo.maps.classes import INVISIBLE, classify, spread
from geo.maps.furniture import Furniture
from geo.maps.ground import City
from geo.maps.hexcells import EARTH_GIRTH_M, Geometry, HexCells
from geo.maps.labels import kind_name
from geo.maps.legend import legend
from geo.maps.palette import PALETTES, Palette
from geo.maps.places import ranks
from geo.maps.points import Dot, ReportPoints
from geo.stats.change import Emerging
from geo.words import say

ALWAYS_SHOWN = ("street",)
"""Kinds drawn whenever they exist: the ground one finds one's way by."""
REPORTS = "reports"
"""Stands among the shown kinds for single reports, drawn when the map is close enough."""
BASE_MAP = "basemap"
"""Stands among the shown kinds for the base map of the settings, where there is one."""
LEAST_SEEN_M = 1_000
"""Of the ground, in view when a map flies to an area: a site alone is an empty box."""
HIGH, QUIET = "not-proven", "quiet-places"
"""Stand among the shown kinds for what is high but not proven, and for cold labels: each in one view, on request."""


@dataclass(frozen=True)
class Scene:
    """What a map shows. `table`: rows of `tables.HOTSPOTS` whose cells are among those of `geometry`.

    `shown`: kinds of areas, REPORTS, BASE_MAP, HIGH (with a column `high`), QUIET. `selected`: the cell with the ring.
    `area`: the area_id of one marked. `left_out`: reports of the view that are older than those of `dots`. In the view
    `change` the table has been through `with_changes`, `window` is the span of all `periods`, told in words,
    and `followed` is what the labels were read from. `per`: the measure that the lens `places` compares by.
    """

    table: gpd.GeoDataFrame
    geometry: Geometry
    city: City
    view: str
    palette: Palette
    lang: str
    lens: str
    question: str
    window: tuple[date, date]
    shown: tuple[str, ...] = ()
    selected: str | None = None
    area: str | None = None
    fly: Mapping[str, Any] | None = None
    dots: Sequence[Dot] = ()
    left_out: int = 0
    dots_within: Sequence[float] | None = None
    periods: str = ""
    per: str = ""
    followed: Emerging | None = None

    @property
    def resolution(self) -> int:
        """The H3 level of the cells."""
        return h3.get_resolution(self.geometry.cells[0])


def layers(scene: Scene, channel: Channel) -> FeatureGroup:
    """Return the layers of a scene; what the browser at the end of `channel` already has is not sent again."""
    drawn: list[Any] = [_cells(scene), _furniture(scene)]
    if REPORTS in scene.shown:
        drawn.append(ReportPoints(scene.dots, scene.dots_within, scene.palette))
    return grouped(drawn, channel)


def grouped(drawn: Sequence[Any], channel: Channel) -> FeatureGroup:
    """Return layers as one group, after the `parts` of theirs that the browser does not have yet."""
    parts: dict[str, Any] = {key: part for layer in drawn for key, part in layer.parts.items()}
    group = FeatureGroup("cells")
    for layer in (channel.keep(parts), *drawn):
        layer.add_to(group)
    return group


def corners(bounds: Sequence[float]) -> list[list[float]]:
    """Return west, south, east, north as the two corners that a map flies to: what is small, with its neighbourhood.

    At least LEAST_SEEN_M are seen in either direction, degrees taken as of a ball.

    >>> corners((104.0, 30.5, 104.2, 30.7))
    [[30.5, 104.0], [30.7, 104.2]]
    >>> [[round(degrees, 4) for degrees in corner] for corner in corners((104.0, 30.5, 104.0, 30.5))]
    [[30.4955, 103.9948], [30.5045, 104.0052]]
    """
    west, south, east, north = (float(edge) for edge in bounds)
    degree = EARTH_GIRTH_M / 360
    up = max(0.0, LEAST_SEEN_M / degree - (north - south)) / 2
    aside = max(0.0, LEAST_SEEN_M / (degree * cos(radians((south + north) / 2))) - (east - west)) / 2
    return [[south - up, west - aside], [north + up, east + aside]]


def _cells(scene: Scene) -> HexCells:
    geometry, table = scene.geometry, scene.table
    at = np.array([geometry.position[cell] for cell in table["cell"]], np.intp)
    classes, styles = classify(
        table,
        scene.view,
        scene.palette,
        scene.lang,
        over_base_map=BASE_MAP in scene.shown,
        high=HIGH in scene.shown,
        quiet=QUIET in scene.shown,
    )
    return HexCells(
        geometry,
        spread(classes, at, len(geometry.cells)),
        [INVISIBLE, *styles],
        selected=scene.selected,
        numbers=[
            (label, _in_order(table[column], at, len(geometry.cells)), decimals)
            for column, label, decimals in _tooltip(scene)
        ],
        ring=(scene.palette.text, scene.palette.page),
    )


def _tooltip(scene: Scene) -> tuple[tuple[str, str, int], ...]:
    """Return the columns of the tooltip, their words (with the number at {}, or else behind them) and decimals."""
    view, lang = scene.view, scene.lang
    counted = (
        ("incidents", say("Incidents", lang), 0),
        ("ring_incidents", say("With neighbours", lang), 0),
        ("expected", say("Expected", lang), 1),
    )
    if view == "change":
        steps = int(scene.table["steps"].max()) if len(scene.table) else 0
        return (
            ("hot_steps", say("Hot in {hot} of {steps} periods", lang, hot="{}", steps=steps), 0),
            ("last_incidents", say("Last period, with neighbours", lang), 0),
            ("last_expected", say("Expected", lang), 1),
        )
    if view != "ratio":
        return counted
    return (
        *counted[1:],
        ("ratio", say("Ratio", lang), 1),
        ("ratio_low", say("at least (90%)", lang), 1),
        ("ratio_high", say("at most (90%)", lang), 1),
    )


def _in_order(values: pd.Series, at: NDArray[np.intp], cells: int) -> NDArray[np.float64]:
    drawn = np.full(cells, np.nan)
    drawn[at] = values.to_numpy(float)
    return drawn


def _furniture(scene: Scene) -> Furniture:
    table, city = scene.table, scene.city
    outlined = [kind for kind in scene.shown if kind in city.kinds]
    return Furniture(
        city,
        scene.palette,
        scene.lang,
        legend=legend(
            scene.view,
            scene.palette,
            scene.lang,
            lens=scene.lens,
            per=scene.per,
            question=scene.question,
            window=scene.window,
            resolution=scene.resolution,
            kinds=outlined,
            reports=REPORTS in scene.shown,
            left_out=scene.left_out,
            over_base_map=BASE_MAP in scene.shown,
            periods=scene.periods,
            high=HIGH in scene.shown,
            quiet=QUIET in scene.shown,
        ),
        shown=[*outlined, *ALWAYS_SHOWN],
        ranks=_numbers(table, scene.view, scene.selected),
        small_ranks=scene.view == "change",
        flagged=list(table.loc[ranks(table, scene.view).notna(), ["lat", "lon"]].itertuples(index=False, name=None)),
        cell_radius=cell_radius(scene.resolution, city.middle[0]),
        base_map=behind(scene.shown, scene.palette, fade=scene.view in ("count", "ratio")),
        kind_names={kind: kind_name(kind, scene.lang) for kind in outlined},
        file=f"hexward-{scene.lens}-{scene.view}-{scene.window[1]}.png",
        area=scene.area,
        fly=scene.fly,
    )


def behind(shown: Sequence[str], palette: Palette, *, fade: bool) -> dict[str, bool] | None:
    """Return how the base map steps back behind what is drawn; None while it is not shown."""
    return {"fade": fade, "dark": palette is PALETTES["dark"]} if BASE_MAP in shown else None


def _numbers(table: pd.DataFrame, view: str, selected: str | None) -> list[dict[str, Any]]:
    """Return the rank number of each place, standing on top of its northernmost cell, never on its colour."""
    cells = table[["cell", "lat", "lon"]].assign(rank=ranks(table, view))
    cells = cells[cells["rank"].notna()]
    top = cells.sort_values("lat", ascending=False).drop_duplicates("rank").sort_values("rank")
    current = set(cells.loc[cells["cell"] == selected, "rank"])
    return [
        {"text": f"{rank}", "at": [float(lat), float(lon)], "selected": rank in current}
        for rank, lat, lon in top[["rank", "lat", "lon"]].itertuples(index=False)
    ]


def cell_radius(resolution: int, lat: float) -> float:
    """Return the radius of a cell as a fraction of the Mercator world."""
    metres = h3.average_hexagon_edge_length(resolution, unit="m")
    return metres / (EARTH_GIRTH_M * float(np.cos(np.radians(lat))))
