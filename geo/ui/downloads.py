"""Downloads of exactly what is filtered: the campaign list (core), the hot spots, every cell; and the map itself."""

from __future__ import annotations

from functools import partial

import streamlit as st

from geo import account, sheet
from geo.export.lists import list_bytes
from geo.maps.palette import Palette
from geo.study import Answer
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
    counts = {"core": int(answer.table["core"].sum()), "hot": int(answer.table["hot"].sum()), "all": len(answer.table)}
    names = {
        "core": say("Core {count}", lang, count=counts["core"]),
        "hot": say("Hot {count}", lang, count=counts["hot"]),
        "all": say("All cells {count}", lang, count=f"{counts['all']:,}"),
    }
    with st.popover(say("Download the list", lang), type="primary"):
        which = st.segmented_control(
            say("Which cells", lang),
            list(names),
            format_func=names.__getitem__,
            required=True,
            key=f"download-cells-{bool(counts['core'])}",
            default="core" if counts["core"] else "all",
        )
        columns = st.container(width=PIXELS).columns(IN_A_ROW, gap="xsmall")
        for at, (ending, (label, mime)) in enumerate(FORMATS.items()):
            columns[at % IN_A_ROW].download_button(
                label,
                partial(_file, answer, opened, which, ending, lang),
                mime=mime,
                on_click="ignore",
                file_name=f"hexward-{answer.question.lens}-{which}-{answer.window.last}{ending}",
                key=f"download{ending}",
                width="stretch",
            )
        filters = current_filters()
        st.container(width=PIXELS).download_button(
            say("The map as one HTML file", lang),
            partial(_map, answer, opened, filters, palette(), lang),
            mime="text/html",
            on_click="ignore",
            file_name=f"hexward-{answer.question.lens}-{filters.view}-{answer.window.last}.html",
            key="download.html",
            width="stretch",
        )


def _file(answer: Answer, opened: OpenedStudy, which: str, ending: str, lang: str) -> bytes:
    about = account.about(opened.study, answer, lang=lang)
    return list_bytes(answer.only(which), ending, lang=lang, about=about)


def _map(answer: Answer, opened: OpenedStudy, filters: Filters, colours: Palette, lang: str) -> bytes:
    """Return the map as it is seen: its view, its kinds of areas, its theme and its language."""
    known = (answer.table["cell"] == filters.cell).any()
    scene = scene_seen(opened, answer, filters, colours, lang, selected=filters.cell if known else None)
    return sheet.map_page(opened.study, answer, scene).encode()
