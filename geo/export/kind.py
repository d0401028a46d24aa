"""What a list is to the writers: its name, its columns and their meaning, and how its rows fall into classes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from geo.export.columns import COLUMN_SENTENCES, TECHNICAL
from geo.maps.classes import Classes
from geo.words import Note, say


@dataclass(frozen=True)
class Kind:
    """`mark`: the column that no other kind has. `names`, `filters`: of the classes, from below; a filter is an
    expression of QGIS, ELSE what no other takes. `found`: the first class that is a finding.

    `strength`: what QGIS draws on top where rows overlap; `caption`: what it writes at a row. `called`: the columns of
    which the first that holds a name names the row. `technical`: columns that a reader does without.
    `words`: those whose values a workbook says in the reader's language. `meanings`, `headers`: of columns that mean
    something else here than in a list of hot spots.
    """

    layer: str
    heading: Note
    columns: dict[str, Any]
    mark: str
    drawn: Callable[[gpd.GeoDataFrame, str], Classes]
    names: tuple[str, ...]
    filters: tuple[str, ...]
    found: int
    strength: str
    caption: str = "''"
    called: tuple[str, ...] = ("place", "cell")
    geometry: str = "Polygon"  # or Point, or MultiPolygon
    technical: tuple[str, ...] = TECHNICAL
    words: tuple[str, ...] = ()
    meanings: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def title(self, lang: str) -> str:
        return self.heading.sentence(lang)

    def header(self, column: str, lang: str) -> str:
        """Return what stands above a column: its name, or its word in the reader's language."""
        return column if lang == "en" else say(self.headers.get(column, column), lang)

    def meaning(self, column: str, lang: str = "en") -> str:
        """Return what a column holds."""
        return say(self.meanings.get(column) or COLUMN_SENTENCES[column], lang)

    def styles(self, lang: str) -> list[dict[str, Any]]:
        """Return how each class is drawn and called."""
        return self.drawn(gpd.GeoDataFrame({name: [] for name in self.columns}), lang)[1]

    def classes(self, table: gpd.GeoDataFrame) -> NDArray[np.uint8]:
        """Return the class of every row."""
        return self.drawn(table, "en")[0]

    def shapes(self, table: gpd.GeoDataFrame) -> NDArray[Any]:
        """Return the shapes of the rows, all of the type `geometry`; None where a row has no place."""
        shapes = table.geometry.to_numpy()
        if self.geometry != "MultiPolygon":
            return shapes
        return np.array([shape and shapely.multipolygons(shapely.get_parts(shape)) for shape in shapes], object)
