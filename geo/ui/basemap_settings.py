"""The base map of the settings: the table [basemap] of `.streamlit/secrets.toml`, where Streamlit keeps keys."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from geo.errors import BadBaseMap
from geo.maps.archive_server import serve
from geo.maps.assets import STATIC
from geo.maps.basemaps import BaseMap, BaseTiles, choose_base_map, scripts
from geo.ui.plain import plain


def configured() -> BaseMap | None:
    """Return the base map the settings ask for, None where they ask for none or there are no settings.

    Raises BadBaseMap where they cannot be followed.
    """
    if not st.secrets.load_if_toml_exists():
        for file in map(Path, st.get_option("secrets.files")):
            if file.is_file():
                raise BadBaseMap("The settings in {file} cannot be read. It must be a TOML file.", file=file.name)
        return None
    table = st.secrets.get("basemap", {})
    if isinstance(table, str | int | float | bool | list):
        raise BadBaseMap("Write [basemap] on a line of its own, and its settings below.")
    base = choose_base_map(dict(table))
    if base and not all((STATIC / script).exists() for script in scripts(base)):
        raise BadBaseMap(
            "PMTiles base maps need scripts that were not fetched at setup. Run `python -m geo.maps.assets` with a "
            "connection."
        )
    return base


def tiles_of(base: BaseMap) -> BaseTiles:
    """Return the base map as a part of the constant map. An archive is served where the app is, from now on."""
    if base.archive is None:
        return BaseTiles(base)
    return BaseTiles(base, serve(base.archive, st.get_option("server.address"), base.port))


def has_base_map() -> bool:
    """Say whether the settings ask for a base map that can be drawn."""
    try:
        return configured() is not None
    except BadBaseMap:  # told where the map is drawn
        return False


def base_tiles(lang: str) -> BaseTiles | None:
    """Return the base map for the map's page, or None; what is wrong with the settings is said in a sentence."""
    try:
        base = configured()
        return tiles_of(base) if base else None
    except BadBaseMap as refusal:
        st.warning(plain(refusal.sentence(lang)))
        return None
