"""The lists of what is put first as files: priorities, closing performance, score loss, choices."""

from __future__ import annotations

from geo import tables
from geo.export.shades import POINT, by_shade
from geo.planning.closing import FORMULA_SENTENCES
from geo.words import note

POINT_SENTENCES = {
    "lat": "Latitude of a point inside, degrees, WGS-84.",
    "lon": "Longitude of a point inside, degrees, WGS-84.",
}
PRIORITY_SENTENCES = {
    **POINT_SENTENCES,
    "parent_id": "Index of the area that it belongs to.",
    "incidents": "Incidents in the window.",
    "expected": "Incidents that it would hold in the next 4 weeks were it like its kind.",
    "relapses": "Problems that came back in the window; the score takes them as of 4 weeks.",
    "overdue": "Open problems past their due date; in the score each counts 1.",
}
PRIORITY_HEADER_SENTENCES = {"parent_id": "Index of the parent area", "relapses": "Came back"}
PERFORMANCE_SENTENCES = {
    **FORMULA_SENTENCES,
    "name": "Name of the unit or area.",
    "oldest_open": "Day of the oldest open problem.",
}
PERFORMANCE_HEADER_SENTENCES = {"median_days": "Median days to close", "backlog": "Open now"}
CHOICE_SENTENCES = {**POINT_SENTENCES, "tier": "Tier in the list of priorities: A first, B next, C the rest."}

PRIORITIES = by_shade(
    "priorities",
    note("Priorities"),
    mark="p_top",
    columns=tables.PRIORITIES,
    found=2,
    strength='-"rank"',
    caption='CASE WHEN "tier" = \'A\' THEN "rank" || \' \' || "name" END',
    called=("name", "area_id"),
    geometry="MultiPolygon",
    technical=("area_id", "parent_id", *POINT),
    words=("kind", "board"),
    meanings=PRIORITY_SENTENCES,
    headers=PRIORITY_HEADER_SENTENCES,
)
PERFORMANCE = by_shade(
    "performance",
    note("Closing performance"),
    mark="on_time_share",
    columns=tables.PERFORMANCE,
    found=2,
    caption='"name"',
    called=("name", "key"),
    geometry="MultiPolygon",
    technical=("key",),
    words=("by",),
    meanings=PERFORMANCE_SENTENCES,
    headers=PERFORMANCE_HEADER_SENTENCES,
)
LOSSES = by_shade(
    "losses",
    note("Score loss"),
    mark="recoverable",
    columns=tables.LOSSES,
    found=1,
    strength='"points"',
    called=("name", "area_id"),
    geometry="MultiPolygon",
    technical=("area_id", *POINT),
    words=("kind",),
    meanings=POINT_SENTENCES,
)
CHOICES = by_shade(
    "choices",
    note("Choice of targets"),
    mark="chosen",
    columns=tables.CHOICES,
    found=2,
    caption='CASE WHEN "chosen" THEN "team" || \'-\' || "day" || \'-\' || "stop" END',
    called=("name", "area_id"),
    geometry="MultiPolygon",
    technical=("area_id", *POINT),
    words=("kind", "wish"),
    meanings=CHOICE_SENTENCES,
)
