"""What the browser needs, from this machine: Leaflet out of the package XStatic-Leaflet, our own scripts and styles.

Nothing third-party is committed and nothing is asked of another host. `python -m geo.maps.assets` fills the folder
`static/`, which Streamlit serves (`enableStaticServing`); the app does the same at its start, and copies what changed.
What a PMTiles base map takes comes from npm at setup (`archive_readers.py`), and is loaded by no page without one.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import folium
import xstatic.pkg.leaflet

from geo.maps.assets.archive_readers import READERS

HERE = Path(__file__).parent
STATIC = HERE.parents[2] / "static"
STATIC_URL = "../../app/static/"
"""From the map's frame (component/NAME/index.html) to the static folder, whatever the path the app is served under."""

_LEAFLET = Path(xstatic.pkg.leaflet.BASE_DIR)
_FIRST = ("channel.js",)  # the others speak through it
ON_EVERY_MAP = (
    _LEAFLET / "leaflet.js",
    _LEAFLET / "leaflet.css",
    *sorted((*HERE.glob("*.js"), *HERE.glob("*.css")), key=lambda file: (file.name not in _FIRST, file.name)),
)


def prepare(folder: Path = STATIC) -> list[Path]:
    """Copy the assets into `folder`, point folium at them, and return what had changed.

    A file is replaced whole: a page that is being loaded meanwhile sees the old one or the new one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    changed = []
    for source in (*ON_EVERY_MAP, *(reader for reader in READERS if reader.exists())):
        target = folder / source.name
        if not target.exists() or target.read_bytes() != source.read_bytes():
            part = target.with_suffix(f".{os.getpid()}")
            shutil.copyfile(source, part)
            part.replace(target)
            changed.append(target)
    links = [(f.name, STATIC_URL + f.name) for f in ON_EVERY_MAP]  # by whole name: folium keeps one link of each
    folium.Map.default_js = [link for link in links if link[0].endswith(".js")]
    folium.Map.default_css = [link for link in links if link[0].endswith(".css")]
    return changed
