"""The two kinds of list, hot spots and emerging ones: what each is called, and how its rows fall into classes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import Any

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from geo import tables
from geo.maps.classes import classify
from geo.maps.palette import PALETTES
from geo.stats.emerging import PATTERNS
from geo.words import say


@dataclass(frozen=True)
class Kind:
    """`names`, `filters`: of the classes, from below; a filter is an expression of QGIS, ELSE what no other takes.

    `found`: the first class that is a finding. `strength`: what QGIS draws on top where rows overlap; `caption`: what
    it writes at a row.
    """

    layer: str
    columns: dict[str, Any]
    view: str
    names: tuple[str, ...]
    filters: tuple[str, ...]
    found: int
    strength: str
    caption: str

    def title(self, lang: str) -> str:
        return say("Emerging hot spots", lang) if self.view == "change" else say("Hot spots", lang)

    def styles(self, lang: str) -> list[dict[str, Any]]:
        """Return how each class is drawn and called."""
        columns = ("core", "hot", "enough", "label", "planner_label")
        return self._classify(gpd.GeoDataFrame({name: [] for name in columns}), lang)[1]

    def classes(self, table: gpd.GeoDataFrame) -> NDArray[np.uint8]:
        """Return the class of every row."""
        return self._classify(table, "en")[0]

    def _classify(self, table: gpd.GeoDataFrame, lang: str) -> tuple[NDArray[np.uint8], list[dict[str, Any]]]:
        if self.view == "change":  # rows with too few reports have a label of their own
            table = table.assign(enough=True)
        return classify(table, self.view, PALETTES["light"], lang, **({"quiet": True} if self.view == "change" else {}))


HOT = Kind(
    layer="hotspots",
    columns=tables.HOTSPOTS,
    view="hot",
    names=("few", "expected", "hot", "core"),
    filters=("ELSE", 'NOT "hot" AND NOT "core" AND "enough"', '"hot" AND NOT "core"', '"core"'),
    found=2,
    strength='CASE WHEN "core" THEN 2 WHEN "hot" THEN 1 ELSE 0 END',
    # The rank of a cluster, said once, at its northernmost cell.
    caption='CASE WHEN "hot" AND "lat" = maximum("lat", "cluster_id", "hot") THEN "cluster_id" END',
)


@cache
def emerging() -> Kind:
    """Return the kind of lists of emerging hot spots, whose classes are the patterns in the order of the map."""
    labels, words = zip(*PATTERNS, strict=True)
    table = gpd.GeoDataFrame({"label": labels, "planner_label": words, "enough": True})
    position, _ = classify(table, "change", PALETTES["light"], "en", quiet=True)
    patterns = [pattern for _, pattern in sorted(zip(position.tolist(), PATTERNS, strict=True))]
    hot = [at for at, (_, word) in enumerate(patterns, start=1) if word]
    filters = [_filter(label, word if labels.count(label) > 1 else "") for label, word in patterns]
    ordered = " ".join(f"WHEN {which} THEN {at}" for at, which in enumerate(filters, start=1))
    return Kind(
        layer="emerging",
        columns=tables.EMERGING,
        view="change",
        names=("few", *(" ".join(pattern).strip().replace(" ", "-") for pattern in patterns)),
        filters=("ELSE", *filters),
        found=min(hot),
        strength=f"CASE {ordered} ELSE 0 END",
        caption="''",
    )


def _filter(label: str, word: str) -> str:
    """Return the expression of QGIS for a label, and for the planner's word where a label can have several.

    >>> print(_filter("new hot spot", ""))
    "label" = 'new hot spot'
    >>> print(_filter("consecutive hot spot", "new"))
    "label" = 'consecutive hot spot' AND "planner_label" = 'new'
    """
    of_word = f" AND \"planner_label\" = '{word}'" if word else ""
    return f"\"label\" = '{label}'{of_word}"


def kind_of(columns: Collection[str]) -> Kind:
    """Return which kind of list has these columns; the map's table has both.

    >>> kind_of(tables.EMERGING).layer, kind_of([*tables.HOTSPOTS, "label"]).layer
    ('emerging', 'hotspots')
    """
    return emerging() if "label" in columns and "hot" not in columns else HOT
