"""Two minimal Streamlit pages with one button each, drawing the same cells: our layer, and plain folium.

Which one, and how many cells, stands in the address: `?map=ours&cells=20000`, `?map=tooltip&cells=20000`.
"""

from __future__ import annotations

from pathlib import Path

import folium
import streamlit as st
from streamlit_folium import st_folium

from benchmarks import screen_cells as told
from benchmarks.peers import geojson_map
from geo.maps import assets
from geo.maps.channel import Channel
from geo.maps.hexcells import Geometry, HexCells

MAP = "map"
geometry_of = st.cache_resource(show_spinner=False)(lambda count: Geometry.of(told.cells(count)))


def page(static: Path) -> None:
    """Draw the page that the address asks for; each press of the button is one version further."""
    st.set_page_config(layout="wide")
    assets.prepare(static)
    asked = st.query_params
    count, kind = int(asked.get("cells", 5000)), asked.get("map", "ours")
    version = st.session_state.setdefault("version", told.FIRST)
    st.button(told.BUTTON, on_click=_next)
    numbers = version if "new_numbers" in asked else told.FIRST
    layers = folium.FeatureGroup("cells")
    if kind == "ours":
        add_ours(layers, count, version, numbers)
    else:
        address = str(st.context.url).split("?")[0].rstrip("/")
        geojson_map.layer(count, version, numbers, kind, static, address).add_to(layers)
    view = folium.Map(
        told.CENTRE, zoom_start=11 if count > 5000 else 12, tiles=None, prefer_canvas=True, attributionControl=False
    )
    if kind == "linked":
        view.default_js = [*view.default_js, ("ajax", f"{assets.STATIC_URL}ajax.js")]
    st_folium(
        view,
        key=MAP,
        height=told.MAP_PIXELS,
        use_container_width=True,
        feature_group_to_add=layers,
        returned_objects=[],
    )


def _next() -> None:
    st.session_state["version"] += 1


def add_ours(layers: folium.FeatureGroup, count: int, version: int, numbers: int) -> None:
    """Add the product's layer: what is large travels once, the classes with every drawing."""
    geometry = geometry_of(count)
    order = _order(count, geometry)
    hexagons = HexCells(
        geometry,
        told.classes(count, version)[order],
        [
            {"fill": fill, "opacity": told.OPACITY, "label": label}
            for fill, label in zip(told.COLOURS, told.LABELS, strict=True)
        ],
        numbers=[("Incidents", told.counts(count, numbers)[order], 0)],
    )
    channel = st.session_state.setdefault("channel", Channel())
    channel.news(st.session_state.get(MAP))
    channel.keep(hexagons.parts).add_to(layers)
    hexagons.add_to(layers)


@st.cache_resource(show_spinner=False)
def _order(count: int, _geometry: Geometry) -> list[int]:
    """Return which of the told cells stands at each place of the geometry."""
    position = {cell: at for at, cell in enumerate(told.cells(count))}
    return [position[cell] for cell in _geometry.cells]
