"""Downloads of exactly what is filtered: the campaign list (core), the hot spots, every cell; and the map itself.

In the view of change, what became of the places stands in their stead.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

import geopandas as gpd
import streamlit as st

from geo import account, sheet
from geo import study as studies
from geo.export.lists import list_bytes
from geo.intake.themes import PREFIX
from geo.maps.palette import Palette
from geo.maps.scene import QUIET
from geo.recurring import told
from geo.recurring.listed import Listed
from geo.stats.identity import SEEN
from geo.study import Answer, Question
from geo.ui import cache
from geo.ui.cache import OpenedStudy
from geo.ui.filters import Filters
from geo.ui.seen import scene_seen
from geo.ui.session import current_filters, palette
from geo.words import say

FORMATS = {
    ".xlsx": ("XLSX", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ".csv": ("CSV", "text/csv"),
    ".kml": ("KML", "application/vnd.google-earth.kml+xml"),
    ".gpkg": ("GeoPackage", "application/geopackage+sqlite3"),
    ".geojson": ("GeoJSON", "application/geo+json"),
    ".zip": ("Shapefile", "application/zip"),
}
IN_A_ROW, PIXELS = 3, 330  # to read above, for a GIS below; wide enough that no name is cut


def downloads(answer: Answer, opened: OpenedStudy, lang: str) -> None:
    """Offer the list. A file is made when it is asked for, not before."""
    filters = current_filters()
    changes = filters.view == "change"
    patterns = "labelled" if QUIET in filters.shown else "hot"
    kinds = (patterns, "all") if changes else ("core", "hot", "all")
    if changes:
        found = cache.follow(opened, filters.question, filters.period, lang).only(patterns)
        counts = {patterns: int(found["cell"].isin(answer.table["cell"]).sum()), "all": len(answer.table)}
    else:
        counts = {which: len(answer.only(which)) for which in kinds}
    names = {which: _list_name(which, count, changes, lang) for which, count in counts.items()}
    first, kind = kinds[0], "-".join(["change" if changes else answer.question.lens, *_asked(filters)])
    with st.popover(say("Download the list", lang), type="primary"):
        which = st.segmented_control(
            say("Which cells", lang),
            list(names),
            format_func=names.__getitem__,
            required=True,
            key=f"download-cells-{filters.view == 'change'}-{first}-{bool(counts[first])}",
            default=first if counts[first] else "all",
        )
        offer_files(partial(_file, answer, opened, filters, which, lang), f"{kind}-{which}-{answer.window.last}")
        st.container(width=PIXELS).download_button(
            say("The map as one HTML file", lang),
            partial(_map, answer, opened, filters, palette(), lang),
            mime="text/html",
            on_click="ignore",
            file_name="-".join(
                ["hexward", answer.question.lens, filters.view, *_asked(filters), f"{answer.window.last}.html"]
            ),
            key="download.html",
            width="stretch",
        )


def list_downloads(found: Listed, filters: Filters, question: Question, opened: OpenedStudy, lang: str) -> None:
    """Offer a list of what keeps coming back: what is found beyond chance or is there now, or every row."""
    listed, table = filters.listed, found.table
    in_window = listed == "relapses" and filters.back == "window"
    parts = {"found": _found(table, listed), "all": table}
    words = {
        "relapses": say("Confirmed {count}", lang, count=len(parts["found"])),
        "clusters": say("There now {count}", lang, count=len(parts["found"])),
        "alarms": say("Signals {count}", lang, count=len(parts["found"])),
        "blind_spots": say("Blind spots {count}", lang, count=len(parts["found"])),
    }
    names = {"all": say("All rows {count}", lang, count=f"{len(table):,}"), "found": words[listed]}
    with st.popover(say("Download the list", lang), type="primary"):
        which = st.segmented_control(
            say("Which rows", lang),
            list(names),
            format_func=names.__getitem__,
            required=True,
            key=f"download-rows-{listed}",
            default="all",
        )

        def make(ending: str) -> bytes:
            narrowed = {say("Came back", lang): say("In the window", lang)} if in_window else {}
            about = told.about(opened.study, question, found, asked=narrowed, lang=lang)
            return list_bytes(parts[which or "all"], ending, lang=lang, about=about)

        kind = "-".join([listed.replace("_", "-"), *(["in-window"] if in_window else []), *_asked(filters)])
        offer_files(make, f"{kind}-{which}-{found.window.last}")


def _found(table: gpd.GeoDataFrame, listed: str) -> gpd.GeoDataFrame:
    if listed == "clusters":
        return table[table["state"].isin(SEEN)]
    column = {"relapses": "confirmed", "alarms": "signal", "blind_spots": "blind"}[listed]
    return table[table[column].astype(bool)]


def offer_files(make: Callable[[str], bytes], name: str) -> None:
    """Draw a button for each format; `make` makes the file of an ending when it is asked for."""
    columns = st.container(width=PIXELS).columns(IN_A_ROW, gap="xsmall")
    for at, (ending, (label, mime)) in enumerate(FORMATS.items()):
        columns[at % IN_A_ROW].download_button(
            label,
            partial(make, ending),
            mime=mime,
            on_click="ignore",
            file_name=f"hexward-{name}{ending}",
            key=f"download{ending}",
            width="stretch",
        )


def _asked(filters: Filters) -> list[str]:
    """Return what the name of a file says of its categories: the category or theme, how many there are, or nothing.

    >>> _asked(Filters(categories=("theme:dust",))), _asked(Filters(categories=("S1", "S2"))), _asked(Filters())
    (['dust'], ['2-categories'], [])
    """
    if len(filters.categories) > 1:
        return [f"{len(filters.categories)}-categories"]
    return [re.sub(r"[^\w]+", "-", asked.removeprefix(PREFIX)).strip("-") for asked in filters.categories]


def _list_name(which: str, count: int, changes: bool, lang: str) -> str:
    if changes and which == "hot":
        return say("Hot patterns {count}", lang, count=count)
    return {
        "core": say("Core {count}", lang, count=count),
        "hot": say("Hot {count}", lang, count=count),
        "labelled": say("Hot and quiet {count}", lang, count=count),
        "all": say("All cells {count}", lang, count=f"{count:,}"),
    }[which]


def _rows(answer: Answer, opened: OpenedStudy, filters: Filters, which: str, lang: str) -> gpd.GeoDataFrame:
    """Return the rows of a list: of the answer, or in the view of change of what became of its cells."""
    if filters.view != "change":
        return answer.only(which)
    return studies.follow(opened.study, filters.question, period=filters.period, lang=lang).only(which)


def _file(answer: Answer, opened: OpenedStudy, filters: Filters, which: str, lang: str, ending: str) -> bytes:
    if filters.view == "change":
        followed = cache.follow(opened, filters.question, filters.period, lang)
        about = account.about_changes(opened.study, answer.question, followed, lang=lang)
    else:
        about = account.about(opened.study, answer, lang=lang)
    return list_bytes(_rows(answer, opened, filters, which, lang), ending, lang=lang, about=about)


def _map(answer: Answer, opened: OpenedStudy, filters: Filters, colours: Palette, lang: str) -> bytes:
    """Return the map as it is seen: its view, its kinds of areas, its theme and its language."""
    known = (answer.table["cell"] == filters.cell).any()
    scene = scene_seen(opened, answer, filters, colours, lang, selected=filters.cell if known else None)
    return sheet.map_page(opened.study, answer, scene).encode()
