"""A list of what keeps coming back as the layers of a map: the same hexagons, ground and furniture as for hot spots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import geopandas as gpd
import h3
import numpy as np
import pandas as pd
import shapely
from folium import FeatureGroup
from numpy.typing import NDArray
from shapely.geometry import Point

from geo.maps.channel import Channel
from geo.maps.classes import INVISIBLE, OVER_BASE_MAP, spread, style_of
from geo.maps.furniture import Furniture
from geo.maps.ground import City
from geo.maps.hexcells import Geometry, HexCells
from geo.maps.labels import category_name, kind_name
from geo.maps.list_classes import SHADES, classify_list
from geo.maps.list_legend import list_legend, nothing_here, who_saw
from geo.maps.marks import Mark, Marks, radius
from geo.maps.palette import Palette
from geo.maps.points import Dot, ReportPoints
from geo.maps.scene import ALWAYS_SHOWN, BASE_MAP, REPORTS, behind, cell_radius, grouped
from geo.stats.identity import SEEN
from geo.stats.witness import SIDES
from geo.words import say

MOST_MARKS = 250
"""Discs drawn: the first of the list. More would hide one another."""
MOST_NUMBERS = 30
WHOLE_WORLD = (-180.0, -90.0, 180.0, 90.0)


@dataclass(frozen=True)
class ListScene:
    """What a map of a list shows. `table`: rows of RELAPSES, CLUSTERS, ALARMS or BLIND_SPOTS, as `listed` names them.

    `window`: the days looked at. `selected`: the item of the chosen row, see `items`. `seen_by`: of every cell, where
    blind spots are listed: cell, lat, lon, resident, patrol, expected, p_value and side. `dots`: single reports of the
    chosen row.
    """

    listed: str
    table: gpd.GeoDataFrame
    window: tuple[date, date]
    geometry: Geometry
    city: City
    palette: Palette
    lang: str
    shown: tuple[str, ...] = ()
    selected: str = ""
    seen_by: pd.DataFrame | None = None
    dots: Sequence[Dot] = ()
    fly: Mapping[str, Any] | None = None

    @property
    def resolution(self) -> int:
        """The H3 level of the cells."""
        return h3.get_resolution(self.geometry.cells[0])


def items(table: pd.DataFrame, listed: str) -> list[str]:
    """Return what names each row of a list: a click, the address and a link say it.

    >>> items(pd.DataFrame({"place": ["7 Elm"], "category": ["litter"]}), "relapses")
    ['litter@7 Elm']
    """
    if listed == "relapses":
        return [f"{category}@{place}" for place, category in zip(table["place"], table["category"], strict=True)]
    return (
        table[{"clusters": "cluster_id", "alarms": "alarm_id", "blind_spots": "area_id"}[listed]].astype(str).tolist()
    )


def cells_of(row: pd.Series) -> list[str]:
    """Return the H3 strings of a cluster or an alarm.

    >>> cells_of(pd.Series({"cells": "891;892"}))
    ['891', '892']
    """
    return [cell for cell in str(row["cells"]).split(";") if cell]


def item_at(table: gpd.GeoDataFrame, listed: str, cell: str) -> str | None:
    """Return the item that a click on a hexagon means: the first listed one that holds it, the smallest area around it.

    A hexagon says nothing of a single place: a relapse is chosen by its disc.
    """
    named = items(table, listed)
    if listed == "blind_spots":
        lat, lon = h3.cell_to_latlng(cell)
        around = np.flatnonzero(table.geometry.contains(Point(lon, lat)).to_numpy())
        sizes = table.geometry.to_crs(table.geometry.estimate_utm_crs()).area.to_numpy() if len(around) else []
        return named[min(around, key=lambda at: sizes[at])] if len(around) else None
    if listed == "relapses":
        return None
    holding = (item for item, cells in zip(named, table["cells"], strict=True) if cell in cells.split(";"))
    return next(holding, None)


def list_layers(scene: ListScene, channel: Channel) -> FeatureGroup:
    """Return the layers of a list; what the browser at the end of `channel` already has is not sent again."""
    drawn: list[Any] = [_cells(scene), _furniture(scene)]
    if scene.listed == "relapses":
        drawn.append(Marks(_marks(scene), scene.palette, scene.selected))
    if REPORTS in scene.shown:
        drawn.append(ReportPoints(scene.dots, WHOLE_WORLD, scene.palette))
    return grouped(drawn, channel)


def _cells(scene: ListScene) -> HexCells:
    if scene.listed in ("clusters", "alarms"):
        classes, styles, numbers = _held(scene)
    elif scene.listed == "blind_spots":
        classes, styles, numbers = _seen(scene)
    else:
        classes, styles, numbers = np.zeros(len(scene.geometry.cells), np.uint8), [INVISIBLE], []
    ring = (scene.palette.text, scene.palette.page)
    return HexCells(scene.geometry, classes, styles, numbers=numbers, selected=_strongest(scene), ring=ring)


Drawn = tuple[NDArray[np.uint8], list[dict[str, Any]], list[tuple[str, NDArray[np.float64], int]]]


def _held(scene: ListScene) -> Drawn:
    """Return the cells of clusters or alarms, where they overlap the later class and the earlier row on top."""
    table, position, lang = scene.table, scene.geometry.position, scene.lang
    of_row, styles = classify_list(table, SHADES[scene.listed], scene.palette, lang)
    ground = style_of(scene.palette.few, nothing_here(scene.listed, lang))
    over = BASE_MAP in scene.shown
    styles = [style | ({"opacity": OVER_BASE_MAP} if over else {}) for style in styles]
    classes = np.ones(len(scene.geometry.cells), np.uint8)
    shown = np.full((3, len(classes)), np.nan)
    rows = sorted(range(len(table)), key=lambda row: (of_row[row], -row))
    counted = table[["incidents", "expected"]].to_numpy(float)
    for row in rows:
        at = [position[cell] for cell in cells_of(table.iloc[row]) if cell in position]
        classes[at] = 2 + of_row[row]
        shown[:, at] = np.array([row + 1, *counted[row]])[:, None]
    labels = ((say("Number", lang), 0), (say("Incidents", lang), 0), (say("Expected", lang), 1))
    numbers = [(label, values, decimals) for (label, decimals), values in zip(labels, shown, strict=True)]
    return classes, [INVISIBLE, INVISIBLE if over else ground, *styles], numbers


def _seen(scene: ListScene) -> Drawn:
    """Return who saw it, cell by cell."""
    lang, palette, position = scene.lang, scene.palette, scene.geometry.position
    over = BASE_MAP in scene.shown
    styles = [style_of(fill, word) for fill, word in who_saw(palette, lang)]
    if over:
        styles = [INVISIBLE, INVISIBLE, *(style | {"opacity": OVER_BASE_MAP} for style in styles[2:])]
    if scene.seen_by is None or not len(scene.seen_by):
        return np.ones(len(position), np.uint8), [INVISIBLE, *styles], []
    seen = scene.seen_by
    at = np.array([position[cell] for cell in seen["cell"]], np.intp)
    side = seen["side"].to_numpy(object)
    blind = scene.table.loc[scene.table["blind"].to_numpy(bool)].geometry.union_all()
    inside = shapely.contains_xy(blind, seen["lon"].to_numpy(float), seen["lat"].to_numpy(float))
    conditions = [side == SIDES[0], inside, side == SIDES[1], seen["p_value"].notna().to_numpy()]
    classes = spread(np.select(conditions, [4, 3, 2, 1], 0).astype(np.uint8), at, len(position))
    numbers = []
    for column, label, decimals in (
        ("resident", say("By residents, with neighbours", lang), 0),
        ("patrol", say("By patrols, with neighbours", lang), 0),
        ("expected", say("By patrols at the city's share", lang), 1),
    ):
        values = np.full(len(position), np.nan)
        values[at] = seen[column].to_numpy(float)
        numbers.append((label, values, decimals))
    return classes, [INVISIBLE, *styles], numbers


def _marks(scene: ListScene) -> list[Mark]:
    """Return the first places of the list, and the chosen one, confirmed ones filled."""
    table, palette, lang = scene.table, scene.palette, scene.lang
    named = items(table, scene.listed)
    kept = [at for at, item in enumerate(named) if at < MOST_MARKS or item == scene.selected]
    most = float(table["relapses"].iloc[kept].max()) if kept else 0.0
    marks = []
    for at in kept:
        row = table.iloc[at]
        words = (
            f"{at + 1}. {category_name(row['category'], lang)}",
            say("Came back {relapses} times", lang, relapses=row["relapses"])
            if np.isnan(row["expected"])  # the records are too short to tell
            else say(
                "Came back {relapses} times, {expected} expected",
                lang,
                relapses=row["relapses"],
                expected=f"{row['expected']:.1f}",
            ),
        )
        fill = palette.core.fill if row["confirmed"] else None
        stroke = palette.page if row["confirmed"] else palette.high.stroke or palette.muted
        marks.append(Mark(row["lat"], row["lon"], named[at], radius(row["relapses"], most), fill, stroke, words))
    return marks


def _furniture(scene: ListScene) -> Furniture:
    city, lang = scene.city, scene.lang
    outlined = [kind for kind in scene.shown if kind in city.kinds]
    numbered = _numbers(scene)
    return Furniture(
        city,
        scene.palette,
        lang,
        legend=list_legend(
            scene.listed,
            scene.table,
            scene.window,
            scene.palette,
            lang,
            resolution=scene.resolution,
            kinds=outlined,
            drawn=MOST_MARKS,
            over_base_map=BASE_MAP in scene.shown,
        ),
        shown=[*outlined, *ALWAYS_SHOWN],
        ranks=numbered,
        small_ranks=scene.listed == "relapses",
        flagged=_flagged(scene),
        cell_radius=cell_radius(scene.resolution, city.middle[0]),
        base_map=behind(scene.shown, scene.palette, fade=False),
        kind_names={kind: kind_name(kind, lang) for kind in outlined},
        file=f"hexward-{scene.listed}-{scene.window[1]}.png",
        area=(scene.selected or None) if scene.listed == "blind_spots" else None,
        fly=scene.fly,
    )


def _numbers(scene: ListScene) -> list[dict[str, Any]]:
    """Return the number of the first rows and of the chosen one, on top of the northernmost cell where it has cells."""
    table, found = scene.table, []
    for at, item in enumerate(items(table, scene.listed)):
        row, chosen = table.iloc[at], item == scene.selected
        if not chosen and (at >= MOST_NUMBERS or not _is_found(row, scene.listed)):
            continue
        where = (float(row["lat"]), float(row["lon"]))
        if scene.listed in ("clusters", "alarms"):
            where = max((h3.cell_to_latlng(cell) for cell in cells_of(row)), default=where)
        found.append({"text": f"{at + 1}", "at": list(where), "selected": chosen})
    return found


def _strongest(scene: ListScene) -> str | None:
    """Return the hexagon in the middle of the chosen cluster or alarm, which gets a ring."""
    named = items(scene.table, scene.listed)
    if scene.listed not in ("clusters", "alarms") or scene.selected not in named:
        return None
    row = scene.table.iloc[named.index(scene.selected)]
    cell = h3.latlng_to_cell(row["lat"], row["lon"], scene.resolution)
    return cell if cell in cells_of(row) and cell in scene.geometry.position else None


def _flagged(scene: ListScene) -> list[tuple[float, float]]:
    """Return where no name of an area is to be written: on what is found."""
    rows = [row for _, row in scene.table.iterrows() if _is_found(row, scene.listed)]
    if scene.listed in ("clusters", "alarms"):
        return [h3.cell_to_latlng(cell) for row in rows for cell in cells_of(row)]
    return [(float(row["lat"]), float(row["lon"])) for row in rows[:MOST_NUMBERS]]


def _is_found(row: pd.Series, listed: str) -> bool:
    """Return whether a row is numbered on the map: a cluster that is over is not, nor an area that is not blind."""
    if listed == "clusters":
        return row["state"] in SEEN
    return listed != "blind_spots" or bool(row["blind"])
