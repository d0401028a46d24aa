"""The tables that pass between the rooms: columns, types and units, in one place.

All times are UTC and all coordinates WGS-84 (EPSG:4326, degrees). A day is a local day of the study's time zone. A cell
is an H3 index as uint64 here and as its hexadecimal string in every file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import polars as pl

from geo.words import Note

UTC_TIME = pl.Datetime("us", "UTC")

STATUSES = ("open", "closed")
SOURCES = ("resident", "patrol", "inspection", "other")  # who saw it
UNKNOWN_CATEGORY = "unknown"
ALL_CATEGORIES = "all"  # the category of a row that counts them together
LENSES = ("city", "past", "share", "places")

REPORTS: dict[str, Any] = {
    "system": pl.String,  # the file's source system; key = system + report_id
    "report_id": pl.String,
    "reported_at": UTC_TIME,
    "closed_at": UTC_TIME,  # null while open
    "status": pl.String,  # one of STATUSES
    "category": pl.String,
    "lat": pl.Float64,
    "lon": pl.Float64,
    "source": pl.String,  # one of SOURCES
    "unit": pl.String,  # who answers for it; null where nobody does
    "address": pl.String,
    "asset_id": pl.String,  # number of the lamp, cover or bin, where the city numbers them; null where none
    "description": pl.String,
    "due_at": UTC_TIME,
    "labelled_duplicate": pl.Boolean,  # the city itself calls the row a duplicate
}
REPORT_KEY = pl.concat_str("system", pl.lit("/"), "report_id")
"""What names a report; an incident is named after its first."""
INCIDENT_COLUMNS: dict[str, Any] = {
    "incident_id": pl.String,  # "system/report_id" of the first report of the incident
    "pile": pl.Boolean,  # at a geocoding pile: adds nothing to any cell
    "coarse": pl.Boolean,  # at the centroid of an estate: speaks for the area, not for the cell
}
FAULTS: dict[str, Any] = {"row": pl.Int64, "column": pl.String, "value": pl.String, "reason": pl.String}
"""Rejected rows and warnings: one row per fault; row = line number of the file, header = 1."""

AREA_COLUMNS = (
    "area_id",  # unique over all kinds: "kind/number or the file's own id"
    "name",
    "kind",
    "parent_id",  # district > street_office > community > estate
    "unit",  # lead
    "assisting_units",  # joined by ";"
    "contact",
    "exposure",  # households, population or metres of street; NaN where unknown
    "geometry",  # polygons, EPSG:4326
)
KINDS = (
    "district",
    "street_office",
    "community",
    "estate",
    "market",
    "construction_site",
    "street",
    "old_estate",
    "urban_village",
    "toilet",
    "transfer_station",
    "school",
    "assessment_point",
)
"""Kinds known by name; the user may add more."""
RADIUS_M = {"market": 150.0, "construction_site": 200.0, "street": 15.0}
"""Metres around a point of the kind, or each side of a line; 100 m where a kind is not listed."""
DEFAULT_RADIUS_M = 100.0

COUNTS: dict[str, Any] = {
    "cell": pl.UInt64,
    "day": pl.Date,
    "category": pl.String,
    "source": pl.String,
    "status": pl.String,
    "unit": pl.String,
    "incidents": pl.UInt32,
    "reports": pl.UInt32,
}
AREA_COUNTS: dict[str, Any] = {
    "area_id": pl.String,
    "kind": pl.String,
    "day": pl.Date,
    "category": pl.String,
    "source": pl.String,
    "status": pl.String,
    "unit": pl.String,
    "incidents": pl.UInt32,
    "reports": pl.UInt32,
}
UNIVERSE: dict[str, Any] = {"cell": pl.UInt64, "lat": pl.Float64, "lon": pl.Float64}

HOTSPOTS: dict[str, Any] = {
    "cell": pl.String,
    "lat": pl.Float64,
    "lon": pl.Float64,
    "category": pl.String,
    "lens": pl.String,
    "window_start": pl.Date,
    "window_end": pl.Date,
    "incidents": pl.Int64,
    "ring_incidents": pl.Int64,
    "expected": pl.Float64,
    "ratio": pl.Float64,
    "ratio_low": pl.Float64,
    "ratio_high": pl.Float64,
    "p_value": pl.Float64,
    "q_value": pl.Float64,
    "hot": pl.Boolean,
    "core": pl.Boolean,
    "enough": pl.Boolean,
    "gi_star": pl.Float64,
    "place": pl.String,
    "community": pl.String,
    "market": pl.String,
    "construction_site": pl.String,
    "unit": pl.String,
    "assisting_units": pl.String,
    "contact": pl.String,
    "top_category": pl.String,
    "open_reports": pl.Int64,
    "overdue_reports": pl.Int64,
    "oldest_open": pl.Date,
    "returned": pl.Int64,
    "unowned": pl.Int64,
    "cause": pl.String,
    "due_at": pl.Date,
    "cluster_id": pl.Int64,
    "reason": pl.String,
}
"""`expected`, `ratio` with its 90 % interval, `p_value`: of the cell with its ring. `incidents`: of the cell alone.
`returned`, `unowned`: incidents of the cell with its ring that came back after a closing, and that nobody answers for;
null where the files do not tell. `cause`: of a hot cell, one of `geo.stats.causes.CAUSES`, or ""."""

EMERGING: dict[str, Any] = {
    "cell": pl.String,
    "lat": pl.Float64,
    "lon": pl.Float64,
    "category": pl.String,
    "lens": pl.String,
    "label": pl.String,
    "planner_label": pl.String,
    "trend_z": pl.Float64,
    "trend_p": pl.Float64,
    "hot_steps": pl.Int64,
    "steps": pl.Int64,
    "history": pl.String,
    "place": pl.String,
    "community": pl.String,
    "market": pl.String,
    "construction_site": pl.String,
    "unit": pl.String,
}
"""What became of places. `label`: one of `geo.stats.emerging.LABEL_SENTENCES`; `planner_label`: new, coming back,
chronic, past, or nothing. `trend_z`, `trend_p`: null where no trend can be told. `history`: one letter per step, the
oldest first: h hot, c cold, . neither."""

RELAPSES: dict[str, Any] = {
    "place": pl.String,
    "address": pl.String,
    "category": pl.String,
    "lat": pl.Float64,
    "lon": pl.Float64,
    "incidents": pl.Int64,
    "closures": pl.Int64,
    "relapses": pl.Int64,
    "recent": pl.Int64,
    "expected": pl.Float64,
    "ratio": pl.Float64,
    "p_value": pl.Float64,
    "q_value": pl.Float64,
    "confirmed": pl.Boolean,
    "quick": pl.Int64,
    "median_days": pl.Float64,
    "last_closed": pl.Date,
    "last_reported": pl.Date,
    "is_open": pl.Boolean,
    "community": pl.String,
    "market": pl.String,
    "construction_site": pl.String,
    "unit": pl.String,
    "contact": pl.String,
    "reason": pl.String,
}
"""Places to which a category returned after its closing, the least explained by the place's own background first.

`place`: an asset, an address, or the H3 cell of the point; `address`: what half of its reports and more name, null
where they do not agree. `closures`: closed problems whose return was watched for.
`relapses`: those followed by another within the days asked for, `recent` of them in the window, against `expected` from
the place's own background; null, as ratio and chances, where the records are too short. `quick`: reported again within
3 days, a suspected false closure. `median_days`: from a closing to the return, of those that returned; null where none
did.
"""

CLUSTERS: dict[str, Any] = {
    "cluster_id": pl.String,
    "state": pl.String,
    "first_seen": pl.Date,
    "last_seen": pl.Date,
    "cells": pl.String,
    "size": pl.Int64,
    "lat": pl.Float64,
    "lon": pl.Float64,
    "incidents": pl.Int64,
    "expected": pl.Float64,
    "ratio": pl.Float64,
    "peak": pl.Int64,
    "peak_start": pl.Date,
    "steps": pl.Int64,
    "hot_steps": pl.Int64,
    "history": pl.String,
    "top_category": pl.String,
    "areas": pl.String,
    "unit": pl.String,
    "parent_id": pl.String,
    "merged_into": pl.String,
    "reason": pl.String,
}
"""Clusters of hot spots with an identity through time. `state`: that of the last period, one of `born`, `continued`,
`split`, `merged`, `dormant`, `ended`, `reborn`. `cells` (H3, joined by `;`), `size`, `incidents`, `expected`: of the
last period in which it was hot. `cells` are the hot ones, `size` their number; `incidents` and `expected` (what the
city's average, or people or streets, would give) are of them and their neighbours, each counted once, as what makes
them hot is. `peak`: most such incidents in one period. `history`: one letter per period, the oldest first: h
hot, . not.
"""

ALARMS: dict[str, Any] = {
    "alarm_id": pl.String,
    "state": pl.String,
    "category": pl.String,
    "cells": pl.String,
    "size": pl.Int64,
    "lat": pl.Float64,
    "lon": pl.Float64,
    "start": pl.Date,
    "end": pl.Date,
    "incidents": pl.Int64,
    "expected": pl.Float64,
    "ratio": pl.Float64,
    "llr": pl.Float64,
    "p_value": pl.Float64,
    "recurrence_days": pl.Float64,
    "signal": pl.Boolean,
    "since": pl.Date,
    "place": pl.String,
    "community": pl.String,
    "market": pl.String,
    "construction_site": pl.String,
    "unit": pl.String,
    "contact": pl.String,
    "reason": pl.String,
}
"""Sudden clusters in space and time, the least likely first. `state`: `new` or `continuing` since the earlier look.
`p_value`: of the scan of its category, `recurrence_days`: how rarely chance alone gives one so strong, all categories
looked at and looks so far counted. `signal`: rarer than once a year. `since`: the day it was first alarmed.
"""

BLIND_SPOTS: dict[str, Any] = {
    "area_id": pl.String,
    "kind": pl.String,
    "name": pl.String,
    "lat": pl.Float64,
    "lon": pl.Float64,
    "incidents": pl.Int64,
    "resident": pl.Int64,
    "patrol": pl.Int64,
    "expected": pl.Float64,
    "p_value": pl.Float64,
    "q_value": pl.Float64,
    "last_visit": pl.Date,
    "days_since": pl.Int64,
    "never": pl.Boolean,
    "blind": pl.Boolean,
    "unit": pl.String,
    "contact": pl.String,
    "reason": pl.String,
}
"""Where residents report and nobody patrols. `patrol`: incidents found by patrols and inspections, `expected` of them
as in all areas of its kind. `p_value`: of so few at two thirds of the expected odds. `last_visit`: the last day with a
report by a patrol or inspection; a visit that found nothing leaves no trace. `never`: none in the window. `blind`: far
fewer than in areas of its kind, beyond chance.
"""


PRIORITIES: dict[str, Any] = {
    "area_id": pl.String,
    "kind": pl.String,
    "name": pl.String,
    "parent_id": pl.String,
    "parent": pl.String,
    "lat": pl.Float64,
    "lon": pl.Float64,
    "incidents": pl.Int64,
    "forecast": pl.Float64,
    "forecast_low": pl.Float64,
    "forecast_high": pl.Float64,
    "expected": pl.Float64,
    "excess": pl.Float64,
    "trend": pl.Float64,
    "relapses": pl.Int64,
    "overdue": pl.Int64,
    "hot_cells": pl.Int64,
    "hot_excess": pl.Float64,
    "score": pl.Float64,
    "rank": pl.Int64,
    "rank_low": pl.Int64,
    "rank_high": pl.Int64,
    "p_top": pl.Float64,
    "tier": pl.String,
    "moved": pl.Int64,
    "board": pl.String,
    "enough": pl.Boolean,
    "open_reports": pl.Int64,
    "unit": pl.String,
    "assisting_units": pl.String,
    "contact": pl.String,
    "reason": pl.String,
}
"""Areas of one kind, what is to be put right first on top. `incidents`: of the window. `forecast` with its 90 %
interval, and `expected` (what the area would hold were it like its kind): incidents of the next 4 weeks. The parts of
`score`: `excess` (forecast less expected), `trend` (excess less that of 4 weeks ago), `relapses` (problems that came
back in the window; the score takes them as of 4 weeks), `overdue` (open past their deadline, each counts 1),
`hot_excess` (incidents of 4 weeks beyond expectation in its hot cells, of which there are `hot_cells`). `rank_low`,
`rank_high`: 90 % interval of the rank; `p_top`: chance to be among the first so many. `tier`: A, B or C. `moved`:
places gained (+: worse) since 4 weeks ago, null where it was not ranked. `board`: `black` (worst beyond luck), `red`
(best beyond luck, 红榜) or "".
"""

PERFORMANCE: dict[str, Any] = {
    "key": pl.String,
    "name": pl.String,
    "by": pl.String,
    "reported": pl.Int64,
    "closed": pl.Int64,
    "due": pl.Int64,
    "on_time": pl.Int64,
    "on_time_share": pl.Float64,
    "on_time_low": pl.Float64,
    "on_time_high": pl.Float64,
    "backlog": pl.Int64,
    "overdue": pl.Int64,
    "oldest_open": pl.Date,
    "median_days": pl.Float64,
    "checked": pl.Int64,
    "failed": pl.Int64,
    "failed_share": pl.Float64,
    "contact": pl.String,
    "reason": pl.String,
}
"""How units (`by` unit, `key` its name) or areas (`by` their kind, `key` the area_id) closed what was given to them in
the window. `on_time_share`: of the incidents due in the window, those closed by their deadline, with a 90 % interval.
`backlog`: open on the last day, `overdue` of them past their deadline. `median_days`: from report to closing, open ones
counted as still waiting; null where half are not closed. `checked`: closings followed up for as long as a return may
take; `failed`: of these, reported again.
"""

LOSSES: dict[str, Any] = {
    "area_id": pl.String,
    "kind": pl.String,
    "name": pl.String,
    "lat": pl.Float64,
    "lon": pl.Float64,
    "unit": pl.String,
    "indicator": pl.String,
    "indicator_name": pl.String,
    "standing": pl.Int64,
    "overdue": pl.Int64,
    "expected_problems": pl.Float64,
    "points": pl.Float64,
    "points_low": pl.Float64,
    "points_high": pl.Float64,
    "recoverable": pl.Float64,
    "reason": pl.String,
}
"""What a visit would cost, one row per assessed area and indicator, the dearest first. `standing`: problems open on the
last day, `overdue` of them past their deadline. `expected_problems`: those a visitor would find on the day of the
visit. `points`: deduction times weight, capped as the scorecard says, with a 90 % interval; `recoverable`: the part of
it that goes when what stands open today is put right.
"""

CHOICES: dict[str, Any] = {
    "area_id": pl.String,
    "kind": pl.String,
    "name": pl.String,
    "lat": pl.Float64,
    "lon": pl.Float64,
    "unit": pl.String,
    "tier": pl.String,
    "gain": pl.Float64,
    "cost": pl.Float64,
    "chosen": pl.Boolean,
    "wish": pl.String,
    "team": pl.Int64,
    "day": pl.Int64,
    "stop": pl.Int64,
    "walk_m": pl.Float64,
    "contact": pl.String,
    "reason": pl.String,
}
"""Targets of a campaign: those chosen under the budget first, in the order of their visits. `gain`: expected incidents
of the next 4 weeks that it holds, with those in reach; `cost`: team-days. `wish`: `must`, `never` or "". `team`,
`day`, `stop`: who comes when, from 1, null where not chosen; `walk_m`: metres from the stop before, beeline.
"""

ORDERS: dict[str, Any] = {
    "order_id": pl.String,
    "target_id": pl.String,
    "area_id": pl.String,
    "area": pl.String,
    "kind": pl.String,
    "system": pl.String,
    "report_id": pl.String,
    "category": pl.String,
    "place": pl.String,
    "lat": pl.Float64,
    "lon": pl.Float64,
    "reported_at": pl.Date,
    "due_at": pl.Date,
    "deadline": pl.Date,
    "overdue": pl.Boolean,
    "returned": pl.Boolean,
    "evidence": pl.String,
    "reports": pl.Int64,
    "source": pl.String,
    "unit": pl.String,
    "assisting_units": pl.String,
    "contact": pl.String,
    "photo": pl.String,
}
"""What is to be put right, one row per open problem in a chosen area, by unit and target. `order_id`: of the unit's
order; `target_id`: of this line, the same in every later order of the problem, `T-` and eight letters of its key.
`deadline`: the day of the order, or the problem's own where that is before it and still to come. `evidence`: the
numbers of its reports, joined by `;`, `reports` of them. `photo`: file of the local picture, null where there is none.
"""


def empty(columns: dict[str, Any]) -> pl.DataFrame:
    """Return the table with these columns and no rows.

    >>> empty(FAULTS).shape
    (0, 4)
    """
    return pl.DataFrame(schema=columns)


@dataclass(frozen=True)
class Quality:
    """What was found in one or several report files, for the quality report."""

    files: tuple[str, ...]
    rows_read: int
    accepted: int
    rejected: int  # rows, not faults
    recognised: tuple[str, ...] = ()  # the export each file was recognised as; "" where mapped by hand
    columns: tuple[dict[str, str], ...] = ()  # per file: our column -> their column
    ignored: tuple[tuple[str, ...], ...] = ()  # per file: their columns that were dropped
    encoding: tuple[str, ...] = ()
    crs: tuple[str, ...] = ()
    timezone: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()  # about a whole file


@dataclass(frozen=True)
class Intake:
    """Clean reports, and everything that was not clean. `accepted + rejected = rows_read`, always."""

    reports: pl.DataFrame  # REPORTS
    rejected: pl.DataFrame  # FAULTS (+ `file` where several files were read)
    warnings: pl.DataFrame  # FAULTS (+ `file`)
    quality: Quality
    originals: pl.DataFrame = field(default_factory=pl.DataFrame)
    """The rejected rows whole, as text, with their `row` (and `file`)."""
    rows: pl.DataFrame = field(default_factory=pl.DataFrame)
    """Where each report of `reports` stands: file (position in `quality.files`), row."""
    texts: tuple[pl.DataFrame, ...] = ()
    """Every file whole, as text, with its `row`: the originals of rows that a later step rejects come from here."""
