"""The kinds of list: hot spots, emerging ones, those of what keeps coming back, and those of what is put first."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache

import geopandas as gpd

from geo import tables
from geo.export.agenda_kinds import CHOICES, LOSSES, PERFORMANCE, PRIORITIES
from geo.export.kind import Kind
from geo.export.recurring_kinds import ALARMS, BLIND_SPOTS, CLUSTERS, RELAPSES
from geo.maps.classes import Classes, classify
from geo.maps.palette import PALETTES
from geo.stats.emerging import PATTERNS
from geo.words import note

HOT = Kind(
    layer="hotspots",
    heading=note("Hot spots"),
    columns=tables.HOTSPOTS,
    mark="hot",
    drawn=lambda table, lang: classify(table, "hot", PALETTES["light"], lang),
    names=("few", "expected", "hot", "core"),
    filters=("ELSE", 'NOT "hot" AND NOT "core" AND "enough"', '"hot" AND NOT "core"', '"core"'),
    found=2,
    strength='CASE WHEN "core" THEN 2 WHEN "hot" THEN 1 ELSE 0 END',
    # The rank of a cluster, said once, at its northernmost cell.
    caption='CASE WHEN "hot" AND "lat" = maximum("lat", "cluster_id", "hot") THEN "cluster_id" END',
    words=("cause",),
)


@cache
def emerging() -> Kind:
    """Return the kind of lists of emerging hot spots, whose classes are the patterns in the order of the map."""
    labels, words = zip(*PATTERNS, strict=True)
    position, _ = _by_pattern(gpd.GeoDataFrame({"label": labels, "planner_label": words}), "en")
    patterns = [pattern for _, pattern in sorted(zip(position.tolist(), PATTERNS, strict=True))]
    hot = [at for at, (_, word) in enumerate(patterns, start=1) if word]
    filters = [_filter(label, word if labels.count(label) > 1 else "") for label, word in patterns]
    ordered = " ".join(f"WHEN {which} THEN {at}" for at, which in enumerate(filters, start=1))
    return Kind(
        layer="emerging",
        heading=note("Emerging hot spots"),
        columns=tables.EMERGING,
        mark="label",
        drawn=_by_pattern,
        names=("few", *(" ".join(pattern).strip().replace(" ", "-") for pattern in patterns)),
        filters=("ELSE", *filters),
        found=min(hot),
        strength=f"CASE {ordered} ELSE 0 END",
        words=("label", "planner_label"),
    )


def _by_pattern(table: gpd.GeoDataFrame, lang: str) -> Classes:
    """Return class and style by label; rows with too few reports have a label of their own."""
    return classify(table.assign(enough=True), "change", PALETTES["light"], lang, quiet=True)


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
    """Return which kind of list has these columns; the map's table, which has several marks, is one of hot spots.

    >>> kind_of(tables.EMERGING).layer, kind_of([*tables.HOTSPOTS, "label"]).layer, kind_of(tables.PRIORITIES).layer
    ('emerging', 'hotspots', 'priorities')
    """
    return next((kind for kind in every_kind() if kind.mark in columns), HOT)


def every_kind() -> tuple[Kind, ...]:
    """Return the kinds there are; each has a column, its `mark`, that those after it have not."""
    recurring, agenda = (RELAPSES, CLUSTERS, ALARMS, BLIND_SPOTS), (PRIORITIES, PERFORMANCE, LOSSES, CHOICES)
    return (HOT, emerging(), *recurring, *agenda)
