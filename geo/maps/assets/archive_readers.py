"""The scripts that read PMTiles archives in the browser, from npm at setup.

Without a connection at setup the app works, only PMTiles base maps are refused in a sentence.
"""

from __future__ import annotations

from pathlib import Path

from geo.maps.assets.npm import ROOT, bring

_READERS = (
    "node_modules/pmtiles/dist/pmtiles.js",
    "node_modules/protomaps-leaflet/dist/protomaps-leaflet.js",
)
READERS = tuple(ROOT / reader for reader in _READERS)
_HOW = ("ci", "--omit=optional", "--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=20000")


def fetch(root: Path = ROOT) -> bool:
    """Fetch the scripts that the lock file in `root` names, unless they are here; say whether they are."""
    return bring(_READERS, _HOW, root)
