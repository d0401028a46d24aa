"""Names of uploaded files: a browser sends longer ones than the file system here may take."""

from __future__ import annotations

from pathlib import Path

_MOST_BYTES = 255


def fitting(name: str) -> str:
    """Return a file name of 255 bytes at most: where it is longer, its end is cut and its ending stays.

    >>> fitting("North.xlsx"), len(fitting("东" * 90 + ".xlsx").encode()), fitting("东" * 90 + ".xlsx")[-6:]
    ('North.xlsx', 254, '东.xlsx')
    """
    if len(name.encode()) <= _MOST_BYTES:
        return name
    ending = Path(name).suffix.encode()[:20].decode(errors="ignore")
    room = _MOST_BYTES - len(ending.encode())
    return Path(name).stem.encode()[:room].decode(errors="ignore") + ending
