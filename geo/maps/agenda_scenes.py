"""The maps of what comes first: areas by tier, the chosen ones with the ways of the teams, and by points lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.maps.agenda_legend import chosen_legend, loss_legend, tier_legend
from geo.maps.area_scene import WIDE_KINDS, AreaScene, Numbered
from geo.maps.areas import Told
from geo.maps.classes import OVER_BASE_MAP, style_of
from geo.maps.ground import City
from geo.maps.list_classes import SHADES, classify_list
from geo.maps.palette import Fill, Palette
from geo.maps.scene import BASE_MAP
from geo.maps.tiers import BOARD_GLYPHS, board_name, board_ring
from geo.words import say

MOST_NUMBERS = 12
STEPS = 6


@dataclass(frozen=True)
class Around:
    """What these maps have in common. `window`: the days looked at; `selected`: the area_id of the chosen row."""

    kind: str
    window: tuple[date, date]
    city: City
    palette: Palette
    lang: str
    shown: tuple[str, ...] = ()
    selected: str = ""
    fly: Mapping[str, Any] | None = None

    @property
    def outlined(self) -> list[str]:
        """Kinds of areas with an outline and names: the one that is read, and those shown beside it."""
        return [kind for kind in dict.fromkeys((self.kind, *self.shown)) if kind in self.city.kinds]

    @property
    def lines(self) -> list[str]:
        """Kinds whose outlines the legend explains: small areas that are filled have discs in their place."""
        return [kind for kind in self.outlined if kind != self.kind or kind in WIDE_KINDS]

    def scene(
        self,
        areas: Mapping[str, Told],
        styles: Sequence[Mapping[str, Any]],
        table: pd.DataFrame,
        legend: str,
        name: str,
        **more: Any,
    ) -> AreaScene:
        """Return the map; `table` says where its areas are (area_id, lat, lon)."""
        if BASE_MAP in self.shown:
            styles = [{**style, "opacity": min(style["opacity"], OVER_BASE_MAP)} for style in styles]
        places = {row.area_id: (row.lat, row.lon) for row in table[["area_id", "lat", "lon"]].itertuples(index=False)}
        return AreaScene(
            kind=self.kind,
            areas=areas,
            styles=styles,
            places=places,
            legend=legend,
            city=self.city,
            palette=self.palette,
            lang=self.lang,
            file=f"hexward-{name}-{self.kind}-{self.window[1]}.png",
            selected=self.selected,
            outlined=self.outlined,
            over_base_map=BASE_MAP in self.shown,
            fly=self.fly,
            **more,
        )


def ranked_scene(table: gpd.GeoDataFrame, top: int, around: Around) -> AreaScene:
    """Return the map of `tables.PRIORITIES` by tier: boards are ringed, they, the first and the chosen one numbered."""
    lang = around.lang
    classes, styles = classify_list(table, SHADES["priorities"], around.palette, lang)
    areas = {}
    for row, group in zip(table.itertuples(index=False), classes, strict=True):
        words: tuple[str, ...] = (
            f"{row.rank}. {row.name}",
            styles[group]["label"],
            say(
                "{count} incidents, next 4 weeks {forecast}", lang, count=row.incidents, forecast=f"{row.forecast:.1f}"
            ),
        )
        if row.board:
            words += (f"{BOARD_GLYPHS[row.board]} {board_name(row.board, lang)}",)
        areas[row.area_id] = (int(group), words)
    numbers = [
        Numbered(f"{row.rank}{BOARD_GLYPHS.get(row.board, '')}", row.lat, row.lon, row.area_id)
        for at, row in enumerate(table.itertuples(index=False))
        if at < MOST_NUMBERS or row.board or row.area_id == around.selected
    ]
    rings = [
        (table.loc[table["board"] == board, "area_id"].tolist(), board_ring(board, around.palette))
        for board in BOARD_GLYPHS
    ]
    legend = tier_legend(table, top, around.window, around.palette, lang, kind=around.kind, kinds=around.lines)
    return around.scene(areas, styles, table, legend, "priorities", numbers=numbers, rings=rings)


def chosen_scene(table: gpd.GeoDataFrame, around: Around) -> AreaScene:
    """Return the map of `tables.CHOICES`: what is chosen, each team's way from stop to stop, the others faint."""
    lang = around.lang
    classes, styles = classify_list(table, SHADES["choices"], around.palette, lang)
    areas, numbers = {}, []
    for row, group in zip(table.itertuples(index=False), classes, strict=True):
        told = [row.name, styles[group]["label"]]
        if row.chosen and not pd.isna(row.team):
            team, day, stop = int(row.team), int(row.day), int(row.stop)
            told[1] = say("Team {team}, day {day}, stop {stop}", lang, team=team, day=day, stop=stop)
            numbers.append(Numbered(stop_words(team, day, stop), row.lat, row.lon, row.area_id))
        told.append(say("{gain} incidents expected in 4 weeks", lang, gain=f"{row.gain:.1f}"))
        areas[row.area_id] = (int(group), tuple(told))
    legend = chosen_legend(around.window, around.palette, lang, kinds=around.lines)
    return around.scene(areas, styles, table, legend, "choice", numbers=numbers, routes=ways(table))


def stop_words(team: int, day: int, stop: int) -> str:
    """Return what a stop is called on the map and in the list: team, day, and the place in the day's order.

    >>> stop_words(2, 1, 3)
    '2-1-3'
    """
    return f"{team}-{day}-{stop}"


def ways(table: pd.DataFrame) -> list[tuple[int, list[tuple[float, float]]]]:
    """Return each team's stops in the order of its days: team, and lat, lon of each.

    >>> rows = pd.DataFrame({"chosen": True, "team": [1, 1, 2], "day": [2, 1, 1], "stop": [1, 1, 1],
    ...                      "lat": [3.0, 1.0, 7.0], "lon": [4.0, 2.0, 8.0]})
    >>> ways(rows)
    [(1, [(1.0, 2.0), (3.0, 4.0)])]
    """
    stops = table[table["chosen"].astype(bool) & table["team"].notna()].sort_values(["team", "day", "stop"])
    every = [(int(team), list(zip(own["lat"], own["lon"], strict=True))) for team, own in stops.groupby("team")]
    return [(team, way) for team, way in every if len(way) > 1]


def loss_scene(table: gpd.GeoDataFrame, around: Around) -> AreaScene:
    """Return the map of areas by the points a visit would cost: area_id, name, lat, lon, points, recoverable, rank."""
    palette, lang = around.palette, around.lang
    breaks = point_breaks(table["points"].to_numpy(float))
    styles = [style_of(palette.few, say("No points lost", lang))]
    styles += [style_of(Fill(colour, palette.step_opacity), say("Points lost", lang)) for colour in palette.count]
    areas = {}
    for row in table.itertuples(index=False):
        group = 0 if row.points <= 0 else 1 + int(np.digitize(row.points, breaks[1:]))
        words = (
            f"{row.rank}. {row.name}",
            say(
                "{points} points, of which {part} can be saved",
                lang,
                points=f"{row.points:.2f}",
                part=f"{row.recoverable:.2f}",
            ),
        )
        areas[row.area_id] = (group, words)
    numbers = [
        Numbered(f"{row.rank}", row.lat, row.lon, row.area_id)
        for at, row in enumerate(table.itertuples(index=False))
        if (at < MOST_NUMBERS and row.points > 0) or row.area_id == around.selected
    ]
    legend = loss_legend(breaks, around.window, palette, lang, kinds=around.lines)
    return around.scene(areas, styles, table, legend, "score-loss", numbers=numbers)


def point_breaks(points: np.ndarray[Any, np.dtype[np.float64]]) -> list[float]:
    """Return the lower ends of at most STEPS classes of points, quantiles of those above zero.

    >>> point_breaks(np.array([0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]))
    [0.0, 1.8, 2.7, 3.5, 4.3, 5.2]
    >>> point_breaks(np.zeros(3))
    [0.0]
    """
    lost = points[points > 0]
    if not len(lost):
        return [0.0]
    inner = np.quantile(lost, np.arange(1, STEPS) / STEPS)
    return [0.0, *dict.fromkeys(float(f"{value:.2g}") for value in inner)]
