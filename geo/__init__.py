"""Hexward: where city problems concentrate beyond chance, which come back, and what to put right first.

The public names, and the rooms they live in. A room is opened when its first name is asked for.

>>> from datetime import date
>>> import geo
>>> geo.window_back("13w", date(2026, 11, 15)).first.isoformat()
'2026-08-17'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geo.export.lists import write_list
    from geo.grid.cube import Cube, Slice, build_cube
    from geo.grid.overlay import assign
    from geo.grid.windows import window_back
    from geo.intake.areas import read_areas
    from geo.intake.incidents import merge_duplicates
    from geo.intake.reports import read_reports
    from geo.planning.priority import rank_areas
    from geo.stats.change import classify_emerging
    from geo.stats.clusters import find_clusters
    from geo.stats.find import find_hotspots
    from geo.stats.question import Question
    from geo.stats.relapse import find_relapses
    from geo.stats.scan import scan_zones
    from geo.study import ask, follow, open_study

_ROOMS = {
    "read_reports": "geo.intake.reports",
    "read_areas": "geo.intake.areas",
    "merge_duplicates": "geo.intake.incidents",
    "assign": "geo.grid.overlay",
    "build_cube": "geo.grid.cube",
    "Cube": "geo.grid.cube",
    "Slice": "geo.grid.cube",
    "window_back": "geo.grid.windows",
    "find_hotspots": "geo.stats.find",
    "classify_emerging": "geo.stats.change",
    "find_clusters": "geo.stats.clusters",
    "find_relapses": "geo.stats.relapse",
    "scan_zones": "geo.stats.scan",
    "rank_areas": "geo.planning.priority",
    "write_list": "geo.export.lists",
    "open_study": "geo.study",
    "ask": "geo.study",
    "follow": "geo.study",
    "Question": "geo.stats.question",
}

__all__ = [
    "Cube",
    "Question",
    "Slice",
    "ask",
    "assign",
    "build_cube",
    "classify_emerging",
    "find_clusters",
    "find_hotspots",
    "find_relapses",
    "follow",
    "merge_duplicates",
    "open_study",
    "rank_areas",
    "read_areas",
    "read_reports",
    "scan_zones",
    "window_back",
    "write_list",
]


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        raise AttributeError(f"module 'geo' has no attribute {name!r}")
    return getattr(import_module(_ROOMS[name]), name)
