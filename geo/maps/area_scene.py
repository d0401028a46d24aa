"""A map of areas rather than hexagons: filled by class, numbered, with the ways of teams between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from folium import FeatureGroup

from geo.maps.areas import AreaFills, Told
from geo.maps.channel import Channel
from geo.maps.furniture import Furniture
from geo.maps.ground import City
from geo.maps.labels import kind_name
from geo.maps.marks import Mark, Marks
from geo.maps.palette import Palette
from geo.maps.routes import Routes
from geo.maps.scene import ALWAYS_SHOWN, BASE_MAP, behind, grouped

WIDE_KINDS = ("district", "street_office", "community")
"""Kinds whose areas are large enough on the map of a city to be seen by their fill; others get a disc too."""
DISC, FAINT_DISC = 6.0, 3.5
"""Pixels of the radius of that disc, and of one of the lowest class or a hollow one."""
NAME_SPACE = 1e-7
"""Mercator worlds that a number keeps from its place: about 4 m, so it stands right on top of it."""


@dataclass(frozen=True)
class Numbered:
    """A number at a place, which leads a row of the list too."""

    text: str
    lat: float
    lon: float
    item: str


@dataclass(frozen=True)
class AreaScene:
    """What a map of areas shows. `areas`: class and tooltip by area_id; `styles`: how each class is drawn.

    `places`: lat and lon by area_id, for the discs of small areas. `legend`: HTML. `routes`: team and stops (lat, lon).
    `rings`: area_ids and how the ring around them is drawn. `selected`: the area_id that is chosen. `outlined`: kinds
    of areas with an outline and names; small ones that are filled have their discs in its place.
    """

    kind: str
    areas: Mapping[str, Told]
    styles: Sequence[Mapping[str, Any]]
    places: Mapping[str, tuple[float, float]]
    legend: str
    city: City
    palette: Palette
    lang: str
    file: str
    numbers: Sequence[Numbered] = ()
    rings: Sequence[tuple[Sequence[str], Mapping[str, Any]]] = ()
    routes: Sequence[tuple[int, Sequence[tuple[float, float]]]] = ()
    selected: str = ""
    outlined: Sequence[str] = ()
    over_base_map: bool = False
    fly: Mapping[str, Any] | None = None


def area_layers(scene: AreaScene, channel: Channel) -> FeatureGroup:
    """Return the layers of a map of areas; what the browser at the end of `channel` already has is not sent again."""
    small = scene.kind not in WIDE_KINDS
    drawn: list[Any] = [_furniture(scene, small), AreaFills(scene.areas, scene.styles, rings=scene.rings, reach=small)]
    if scene.routes:
        drawn.append(Routes(scene.routes, scene.palette))
    if small:
        drawn.append(Marks(_discs(scene), scene.palette, scene.selected))
    return grouped(drawn, channel)


def _discs(scene: AreaScene) -> list[Mark]:
    """Return a disc for every area that its fill alone would not show, the strongest class on top."""
    order = sorted(scene.areas, key=lambda area_id: -scene.areas[area_id][0])
    found = []
    for area_id in order:
        if area_id in scene.places:
            group, words = scene.areas[area_id]
            style = scene.styles[group]
            edge = scene.palette.page if style["fill"] else scene.palette.muted
            size = DISC if group and style["fill"] else FAINT_DISC
            found.append(Mark(*scene.places[area_id], area_id, size, style["fill"], edge, words))
    return found


def _furniture(scene: AreaScene, small: bool) -> Furniture:
    numbers = [
        {"text": one.text, "at": [one.lat, one.lon], "selected": one.item == scene.selected} for one in scene.numbers
    ]
    return Furniture(
        scene.city,
        scene.palette,
        scene.lang,
        legend=scene.legend,
        shown=[*scene.outlined, *ALWAYS_SHOWN],
        ranks=numbers,
        small_ranks=bool(scene.routes),
        flagged=[],
        cell_radius=NAME_SPACE,
        rank_lift=DISC + 1 if small else 0.0,
        bare=scene.kind if small else "",
        base_map=behind((BASE_MAP,) if scene.over_base_map else (), scene.palette, fade=True),
        kind_names={kind: kind_name(kind, scene.lang) for kind in scene.outlined},
        file=scene.file,
        area=scene.selected or None,
        fly=scene.fly,
    )
