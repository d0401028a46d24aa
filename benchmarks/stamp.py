"""Which commit a result belongs to."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def commit() -> str:
    """Return the commit that is measured, `-dirty` where code has changed since; "uncommitted" outside a repository.

    The pages in docs/, which results are written to, do not count as code.
    """
    head = _git("rev-parse", "--short", "HEAD")
    changed = _git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!docs")
    return (head + ("-dirty" if changed else "")) or "uncommitted"


def _git(*arguments: str) -> str:
    run = subprocess.run(
        ["git", "--no-optional-locks", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return run.stdout.strip()
