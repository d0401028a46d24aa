"""The rows of the list of alarms: where each is, who answers for it, and what its numbers say in one sentence."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import geopandas as gpd
import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray

from geo import tables
from geo.grid.cells import cell_to_polygon, cell_to_string
from geo.grid.cube import Slice
from geo.grid.windows import Window
from geo.intake.categories import category_name
from geo.stats.alarms import Sighting, is_signal, recurrence_words
from geo.stats.places import NAMED_KINDS
from geo.stats.scan import Cluster
from geo.stats.witness import PATROLS
from geo.study import Study
from geo.words import Note, note, say, together
from geo.words.numbers import ratio as say_ratio

_MOSTLY = 0.5  # part of an alarm's incidents from which one category is what it mostly is
_VISITED = 0.8  # part that patrols and inspections found, from which it may be their round
_MOST_DAYS = 36_525.0  # a century: what is rarer is extrapolated from a few hundred random cities
_SENT_OUT = pl.col("source").is_in(PATROLS)


@dataclass(frozen=True)
class Candidate:
    """A cluster of one scan that chance would seldom give."""

    cells: NDArray[np.uint64]
    cluster: Cluster
    recurrence: float  # days
    sighting: Sighting
    state: str = "new"

    @classmethod
    def of(
        cls, category: str, cells: NDArray[np.uint64], start: date, end: date, cluster: Cluster, recurrence: float
    ) -> Candidate:
        seen = Sighting(category, frozenset(cell_to_string(cells)), start, end)
        return cls(cells, cluster, recurrence, seen)

    @property
    def category(self) -> str:
        return self.sighting.category

    def rows(self, counts: pl.DataFrame) -> pl.DataFrame:
        """Return those of the `counts` or reports (cell, day, category) that are the alarm's."""
        seen = self.sighting
        inside = pl.col("cell").is_in(self.cells) & pl.col("day").is_between(seen.start, seen.end)
        own = pl.lit(True) if self.category == tables.ALL_CATEGORIES else pl.col("category") == self.category
        return counts.filter(inside & own)

    def shared_with(self, other: Candidate, counts: pl.DataFrame) -> int:
        """Return how many incidents two alarms have in common."""
        return int(other.rows(self.rows(counts))["incidents"].sum())

    def named(self, last: date, earlier: Sighting | None) -> Candidate:
        """Return the alarm with its id: that of the earlier look that it goes on from, or one of its own."""
        seen = self.sighting
        if earlier is not None:
            known = replace(seen, alarm_id=earlier.alarm_id, since=earlier.since)
            return replace(self, sighting=known, state="continuing")
        what = ";".join([seen.category, *sorted(seen.cells), seen.start.isoformat()])
        name = hashlib.blake2b(what.encode(), digest_size=3).hexdigest()
        return replace(self, sighting=replace(seen, alarm_id=f"{last:%Y%m%d}-{name}", since=last), state="new")


@dataclass(frozen=True)
class Found:
    """What one look found, before it is named."""

    alarms: list[Candidate]
    window: Window  # the last days
    history: Window  # all that was compared
    asked: Window  # all that should have been
    scans: int
    too_few: int  # categories with too few incidents for a scan
    incidents: int  # of the window


def first_reports(study: Study, span: Window, chosen: Slice) -> pl.DataFrame:
    """Return the first report of every chosen incident of these days, with its local `day`: what the scan counts."""
    first = (pl.col("incident_id") == tables.REPORT_KEY) & ~pl.col("pile")
    return (
        study.reports.filter(first & chosen.condition)
        .with_columns(day=_local_day(study))
        .filter(pl.col("day").is_between(span.first, span.last))
    )


def _local_day(study: Study) -> pl.Expr:
    return pl.col("reported_at").dt.convert_time_zone(study.timezone).dt.date()


def alarm_table(
    study: Study, alarms: Sequence[Candidate], reports: pl.DataFrame, every: int, lang: str
) -> tuple[gpd.GeoDataFrame, pl.DataFrame]:
    """Return the list, `tables.ALARMS` with the hexagons of each zone, and the reports of each alarm's incidents.

    `reports`: what `first_reports` returns. Of repeated reports those up to the alarm's last day are told.
    """
    counted = [alarm.rows(reports) for alarm in alarms]
    rows = [_row(study, alarm, own, every, lang) for alarm, own in zip(alarms, counted, strict=True)]
    table = pl.DataFrame(rows, schema=tables.ALARMS, orient="row") if rows else tables.empty(tables.ALARMS)
    shapes = [shapely.union_all(cell_to_polygon(alarm.cells)) for alarm in alarms]
    listed = [
        study.reports.filter(
            pl.col("incident_id").is_in(own["incident_id"].implode()) & ~pl.col("pile"),
            _local_day(study) <= alarm.sighting.end,
        )
        .sort("reported_at", "incident_id")
        .select(pl.lit(alarm.sighting.alarm_id).alias("alarm_id"), "incident_id", *tables.REPORTS)
        for alarm, own in zip(alarms, counted, strict=True)
    ]
    known = study.reports.clear().select(pl.lit("").alias("alarm_id"), "incident_id", *tables.REPORTS)
    return gpd.GeoDataFrame(table.to_pandas(), geometry=shapes, crs="EPSG:4326"), pl.concat([known, *listed])


def _row(study: Study, alarm: Candidate, own: pl.DataFrame, every: int, lang: str) -> dict[str, object]:
    cluster, seen = alarm.cluster, alarm.sighting
    by_cell = own.group_by("cell").len().sort(["len", "cell"], descending=[True, False])
    at = np.searchsorted(study.cube.cells, by_cell["cell"].to_numpy())
    where = study.cube.universe[at]
    named = study.described(lang)[at]
    units = own.drop_nulls("unit").group_by("unit").len().sort(["len", "unit"], descending=[True, False])["unit"]
    facts = named.row(0, named=True)
    return {
        "alarm_id": seen.alarm_id,
        "state": alarm.state,
        "category": seen.category,
        "cells": ";".join(sorted(seen.cells)),
        "size": len(seen.cells),
        "lat": round(float(np.average(where["lat"], weights=by_cell["len"])), 7),
        "lon": round(float(np.average(where["lon"], weights=by_cell["len"])), 7),
        "start": seen.start,
        "end": seen.end,
        "incidents": cluster.cases,
        "expected": cluster.expected,
        "ratio": cluster.cases / cluster.expected,
        "llr": cluster.llr,
        "p_value": cluster.gumbel_p,
        "recurrence_days": min(alarm.recurrence, _MOST_DAYS),
        "signal": is_signal(alarm.recurrence, every),
        "since": seen.since,
        "place": facts["place"],
        **{kind: _joined(named[kind]) for kind in NAMED_KINDS},
        "unit": facts["unit"] or next(iter(units), None),
        "contact": facts["contact"],
        "reason": reason(alarm, own, every, lang),
    }


def _joined(names: pl.Series) -> str | None:
    """Return every name once, that of the cell with most incidents first."""
    found = dict.fromkeys(name for cell in names.drop_nulls() for name in cell.split(";"))
    return ";".join(found) or None


def reason(alarm: Candidate, own: pl.DataFrame, every: int, lang: str = "en") -> str:
    """Return what an alarm's numbers say, and what may have feigned it. `own`: the first reports of its incidents."""
    told = [_numbers(alarm, own, every, lang), *(doubt.sentence(lang) for doubt in _doubts(own))]
    return together(told, lang)


def _numbers(alarm: Candidate, own: pl.DataFrame, every: int, lang: str) -> str:
    days, cells = (alarm.sighting.end - alarm.sighting.start).days + 1, len(alarm.sighting.cells)
    values = {
        "incidents": f"{alarm.cluster.cases:,}",
        "hexagons": say("1 hexagon", lang) if cells == 1 else say("{cells} hexagons", lang, cells=cells),
        "span": say("1 day", lang) if days == 1 else say("{days} days", lang, days=days),
        "expected": say_ratio(alarm.cluster.expected),
        "chance": recurrence_words(alarm.recurrence, every, lang),
    }
    if alarm.category != tables.ALL_CATEGORIES:
        return say(
            "{incidents} incidents of {category} in {hexagons} within {span}, {expected} expected; {chance}.",
            lang,
            **values,
            category=category_name(alarm.category, lang),
        )
    largest = own.group_by("category").len().sort(["len", "category"], descending=[True, False])
    category, count = largest.row(0)
    if count >= _MOSTLY * alarm.cluster.cases:
        return say(
            "{incidents} incidents, {count} of them {category}, in {hexagons} within {span}, {expected} expected; "
            "{chance}.",
            lang,
            **values,
            count=count,
            category=category_name(category, lang),
        )
    return say(
        "{incidents} incidents of {kinds} categories in {hexagons} within {span}, {expected} expected; {chance}.",
        lang,
        **values,
        kinds=largest.height,
    )


def from_rounds(listed: pl.DataFrame) -> int:
    """Return how many alarms consist mostly of what patrols and inspections found. `listed`: see `alarm_table`."""
    first = listed.filter(pl.col("incident_id") == tables.REPORT_KEY)
    return int((first.group_by("alarm_id").agg(_SENT_OUT.mean())["source"] >= _VISITED).sum())


def _doubts(own: pl.DataFrame) -> list[Note]:
    """Say what of an alarm was found by those sent out to look, and what lies at one address."""
    visited = int(own.select(_SENT_OUT.sum()).item())
    addresses = own.filter(pl.col("address") != "").group_by("address").len()["len"]
    alike = int(addresses.max() or 0)  # type: ignore[arg-type]
    doubts = []
    if visited >= _VISITED * own.height:
        doubts.append(note("{count} of them come from patrols or inspections: perhaps one round.", count=visited))
    if alike > _MOSTLY * own.height:
        doubts.append(note("{count} of them are at one address.", count=alike))
    return doubts
