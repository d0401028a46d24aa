"""A map as one HTML file: opens from a memory stick, asks nobody for anything, and prints.

What is drawn is what the app draws: the same `layers`, written by folium, with Leaflet and our scripts inside the file.
Around it stand a head, the list of places and the sentence of every cell. Single reports and base maps stay at home.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
from branca.element import Element
from jinja2 import Environment, FileSystemLoader
from jinja2.utils import htmlsafe_json_dumps

from geo.maps.assets import ON_EVERY_MAP
from geo.maps.changes import group_words, history_sentence, no_change, trend_arrow
from geo.maps.channel import Channel
from geo.maps.furniture import LANDS
from geo.maps.ground import City, base_map
from geo.maps.labels import category_name
from geo.maps.palette import PALETTES
from geo.maps.places import busiest, leading_cells, ranks
from geo.maps.scene import ALWAYS_SHOWN, Scene, layers
from geo.stats.sentences import nothing_found
from geo.words import say

PAGE = Path(__file__).parent / "page"
NOT_NEEDED = ("points", "tiles")
"""Scripts and styles of single reports and base maps."""
_ELSEWHERE = re.compile(r"//# sourceMappingURL=.*|[\w-]+:\s*url\([^)]*\);")
_NUMBER = re.compile(r"\d(?:[\d,.]*\d)?")
_TEMPLATES = Environment(autoescape=True, loader=FileSystemLoader(PAGE), trim_blocks=True, lstrip_blocks=True)


def page(scene: Scene, *, title: str, lines: Sequence[str], facts: Mapping[str, str]) -> str:
    """Return the HTML file of a scene, in its language and its colours; equal scenes give equal files.

    `title` and `lines` stand above the map, `facts` (name: text) beside it. All are text, whatever they hold.
    """
    lang, found = scene.lang, leading_cells(scene.table, scene.view)
    places = found if len(found) else busiest(scene.table)
    script = "\n".join((_inlined(".js"), _drawing(scene), f"L.hexPage(map_page, {_told(scene, places)});"))
    return _TEMPLATES.get_template("page.html").render(
        land=LANDS[lang],
        colours=scene.palette,
        dark=scene.palette == PALETTES["dark"],
        title=title,
        lines=lines,
        facts={name: text for name, text in facts.items() if text != title},
        nothing="" if len(found) else _nothing(scene),
        caption=say("Places", lang) if len(found) or scene.view == "change" else say("Busy, not hot", lang),
        columns=_columns(scene.view, lang),
        rows=[_row(place, scene) for place in places.to_dict("records")],
        words={
            "map": say("Map", lang),
            "print": say("Print", lang),
            "about": say("About this map", lang),
            "north": say("N", lang),
        },
        style=_inlined(".css"),
        script=script,
        digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


def _nothing(scene: Scene) -> str:
    if scene.view == "change":
        return no_change(int(scene.table["steps"].max()), scene.periods, scene.lang)
    weeks = ((scene.window[1] - scene.window[0]).days + 1) / 7
    return nothing_found(weeks, bool(scene.table["enough"].any()), scene.lang)


def _inlined(ending: str) -> str:
    """Return the files of a map and of the page in one, without the pictures that Leaflet's style would ask for."""
    files = [file for file in ON_EVERY_MAP if file.suffix == ending and file.stem not in NOT_NEEDED]
    return "\n".join(_ELSEWHERE.sub("", file.read_text("utf-8")) for file in (*files, PAGE / f"page{ending}"))


def _drawing(scene: Scene) -> str:
    """Return the script that draws the scene on the element `map_page`."""
    shown = tuple(kind for kind in scene.shown if kind in scene.city.kinds)  # neither REPORTS nor BASE_MAP
    kinds = {kind: areas for kind, areas in scene.city.wire["kinds"].items() if kind in (*shown, *ALWAYS_SHOWN)}
    city = City({**scene.city.wire, "kinds": kinds})
    view = base_map(city)
    layers(replace(scene, city=city, shown=shown, dots=()), Channel()).add_to(view)
    view._id = "page"
    for at, element in enumerate(_below(view)):  # folium's names are random
        element._id = f"{at}"
    figure: Any = view.get_root()
    figure.render()
    return str(figure.script.render())


def _below(element: Element) -> Iterator[Element]:
    for child in element._children.values():
        yield child
        yield from _below(child)


def _columns(view: str, lang: str) -> list[tuple[str, bool]]:
    """Return the heads of the list, and whether numbers stand below."""
    return [
        (say("#", lang), True),
        (say("Place", lang), False),
        *(_change_columns(lang) if view == "change" else _window_columns(lang)),
        (say("Mostly", lang), False),
        (say("Unit", lang), False),
    ]


def _window_columns(lang: str) -> list[tuple[str, bool]]:
    return [(say("Incidents", lang), True), (say("Expected", lang), True), (say("Ratio", lang), True)]


def _change_columns(lang: str) -> list[tuple[str, bool]]:
    """Return the heads of what the drawn periods say."""
    return [
        (say("Change", lang), False),
        (say("Hot periods", lang), True),
        (say("Trend", lang), False),
        (say("Last period, with neighbours", lang), True),
        (say("Expected", lang), True),
    ]


def _row(place: Mapping[Any, Any], scene: Scene) -> dict[str, Any]:
    """Return a row of the list: the position of its cell among those drawn, and its texts."""
    rank, ratio = place["rank"], place["ratio"]
    if scene.view == "change":
        counted = [
            group_words(place["planner_label"], scene.lang),
            f"{place['hot_steps']} / {place['steps']}",
            trend_arrow(place["trend_z"], place["trend_p"]),
            f"{place['last_incidents']:,.0f}",
            f"{place['last_expected']:,.1f}",
        ]
    else:
        counted = [
            f"{place['ring_incidents']:,.0f}",
            f"{place['expected']:,.1f}",
            "" if pd.isna(ratio) else f"{ratio:,.1f}",
        ]
    return {
        "at": scene.geometry.position[place["cell"]],
        "texts": (
            "" if pd.isna(rank) else f"{rank}",
            _text(place["place"]) or place["cell"],
            *counted,
            category_name(_text(place["top_category"]), scene.lang),
            _text(place["unit"]),
        ),
    }


def _told(scene: Scene, places: pd.DataFrame) -> str:
    """Return as JSON what the page says of each cell, in the order in which the cells are drawn."""
    lang, geometry = scene.lang, scene.geometry
    table = scene.table.drop_duplicates("cell").set_index("cell")
    if scene.view == "change":
        table = table.assign(reason=_histories(table, scene))
    table = table.reindex(geometry.cells)
    columns = {name: [_text(value) for value in table[name]] for name in ("place", "unit", "top_category", "reason")}
    mostly = [category_name(code, lang) for code in columns["top_category"]]
    first = scene.selected or (places["cell"].iloc[0] if len(places) else None)
    numbered = scene.table.assign(rank=ranks(scene.table, scene.view)).dropna(subset="rank")
    told = {
        "places": _each_once(columns["place"]),
        "units": _each_once([say("Unit {unit}", lang, unit=unit) if unit else "" for unit in columns["unit"]]),
        "mostly": _each_once([say("Mostly {category}", lang, category=name) if name else "" for name in mostly]),
        "reasons": _as_patterns(columns["reason"]),
        "ranks": {
            geometry.position[cell]: int(rank) for cell, rank in numbered[["cell", "rank"]].itertuples(index=False)
        },
        "first": geometry.position.get(first or "", -1),
        "unnamed": say("Selected cell", lang),
    }
    return str(htmlsafe_json_dumps(told, ensure_ascii=False, separators=(",", ":")))


def _histories(table: pd.DataFrame, scene: Scene) -> list[str]:
    """Return what each cell's label is read from."""
    rows = table[["history", "trend_z", "trend_p"]].itertuples(index=False)
    return [history_sentence(history, z, p_value, scene.periods, scene.lang) for history, z, p_value in rows]


def _each_once(texts: Sequence[str]) -> dict[str, list[Any]]:
    """Return the different texts, and which of them stands in each row.

    >>> _each_once(["a", "b", "a"])
    {'texts': ['a', 'b'], 'which': [0, 1, 0]}
    """
    known = {text: at for at, text in enumerate(dict.fromkeys(texts))}
    return {"texts": list(known), "which": [known[text] for text in texts]}


def _as_patterns(sentences: Sequence[str]) -> dict[str, list[Any]]:
    """Return the few patterns of many sentences, cut where a number stands, and the numbers of each row.

    >>> _as_patterns(["3 in 13 weeks, 1.5 expected.", "40 in 13 weeks, 2.0 expected."])
    {'patterns': [['', ' in ', ' weeks, ', ' expected.']], 'which': [0, 0], 'numbers': ['3 13 1.5', '40 13 2.0']}
    """
    cut = [tuple(_NUMBER.split(sentence)) for sentence in sentences]
    known = {pieces: at for at, pieces in enumerate(dict.fromkeys(cut))}
    return {
        "patterns": [list(pieces) for pieces in known],
        "which": [known[pieces] for pieces in cut],
        "numbers": [" ".join(_NUMBER.findall(sentence)) for sentence in sentences],
    }


def _text(value: Any) -> str:
    return "" if pd.isna(value) else str(value)
