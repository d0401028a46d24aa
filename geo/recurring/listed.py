"""What every list of this room is handed out as."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd

from geo.grid.windows import Window
from geo.words import Note


@dataclass(frozen=True)
class Listed:
    """A list, the days it looked at, what to keep in mind when reading it, and its numbers in short."""

    table: gpd.GeoDataFrame
    window: Window
    notes: tuple[Note, ...]
    summary: dict[str, Any]
