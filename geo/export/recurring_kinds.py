"""The lists of what keeps coming back as files: relapses, clusters, alarms, blind spots."""

from __future__ import annotations

from geo import tables
from geo.export.shades import POINT, by_shade
from geo.words import note

RELAPSE_SENTENCES = {
    "place": "Address or facility; the H3 index of the point where there is neither.",
    "category": "Category of the problems.",
    "lat": "Latitude, degrees, WGS-84.",
    "lon": "Longitude, degrees, WGS-84.",
    "incidents": "Problems of the category at the place, in all the records.",
    "expected": "Relapses expected from how often the place has such problems anyway.",
    "ratio": "Relapses over expected.",
    "p_value": "Chance of so many relapses or more if closing made no difference to what the place has anyway.",
    "q_value": "The same, corrected for the number of places tested.",
    "community": "Communities that the place lies in.",
    "market": "Markets that the place lies in.",
    "construction_site": "Construction sites that the place lies in.",
}
CLUSTER_SENTENCES = {
    "cluster_id": "Name of the cluster, the same through all periods.",
    "state": "What became of it in the last period: born, continued, split, merged, dormant, ended, reborn.",
    "incidents": "Incidents in its hexagons and their neighbours, in the last period in which it was seen.",
    "expected": "Incidents expected there.",
    "ratio": "Incidents over expected.",
    "history": "One letter per period, the oldest first: h hot, . not seen.",
}
ALARM_SENTENCES = {
    "state": "New, or continuing since the look before.",
    "category": 'Category that was counted; "all" counts them together.',
    "incidents": "Incidents in its hexagons, from its first to its last day.",
    "expected": "Incidents expected there in these days.",
    "ratio": "Incidents over expected.",
    "p_value": "Chance of so strong an alarm in the scan of its category; how rare the look is, see recurrence_days.",
    "community": "Communities that it touches.",
    "market": "Markets that it touches.",
    "construction_site": "Construction sites that it touches.",
}
BLIND_SPOT_SENTENCES = {
    "lat": "Latitude of a point inside, degrees, WGS-84.",
    "lon": "Longitude of a point inside, degrees, WGS-84.",
    "incidents": "Incidents seen by residents, patrols or inspections in the window.",
    "expected": "Finds of patrols and inspections expected as in all areas of its kind.",
    "p_value": "Chance of so few finds or fewer if their odds were two thirds of the expected, as blind is told.",
    "q_value": "The same, corrected for the number of areas of the kind.",
}

RELAPSES = by_shade(
    "relapses",
    note("Relapses"),
    mark="closures",
    columns=tables.RELAPSES,
    found=1,
    called=("place", "market", "construction_site", "community"),
    geometry="Point",
    technical=(*POINT, "p_value", "q_value"),
    meanings=RELAPSE_SENTENCES,
    words=("category",),
)
CLUSTERS = by_shade(
    "clusters",
    note("Clusters over time"),
    mark="peak_start",
    columns=tables.CLUSTERS,
    found=2,
    caption='"cluster_id"',
    called=("areas", "cluster_id"),
    geometry="MultiPolygon",
    technical=(*POINT, "cells"),
    words=("state", "top_category"),
    meanings=CLUSTER_SENTENCES,
)
ALARMS = by_shade(
    "alarms",
    note("Alarms"),
    mark="alarm_id",
    columns=tables.ALARMS,
    found=1,
    called=("place", "alarm_id"),
    geometry="MultiPolygon",
    technical=(*POINT, "cells", "llr", "p_value"),
    words=("state", "category"),
    meanings=ALARM_SENTENCES,
)
BLIND_SPOTS = by_shade(
    "blind_spots",
    note("Blind spots"),
    mark="blind",
    columns=tables.BLIND_SPOTS,
    found=1,
    caption='CASE WHEN "blind" THEN "name" END',
    called=("name", "area_id"),
    geometry="MultiPolygon",
    technical=("area_id", *POINT, "p_value", "q_value"),
    words=("kind",),
    meanings=BLIND_SPOT_SENTENCES,
)
