"""Blind spots: where residents report and nobody patrols, and how long ago each area was last looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import polars as pl

from geo import tables
from geo.grid.cube import Cube, Slice
from geo.grid.windows import Window
from geo.maps.labels import kind_name
from geo.recurring.listed import Listed
from geo.stats import coverage, scope, witness
from geo.stats.caveats import caveats
from geo.stats.question import Question
from geo.stats.sentences import window_words
from geo.study import Study
from geo.words import Note, note, numbers, say

_LEAST_OF_KIND = 20.0
"""Finds expected of all areas of a kind from which it is worth saying that they differ from the city."""


@dataclass(frozen=True)
class BlindSpots(Listed):
    """`table`: `tables.BLIND_SPOTS` over every area, its polygon the geometry; the blind ones first."""

    seen_by: pl.DataFrame  # of every cell with its ring, see `witness.seen_by`; no row where one kind of source is all


def find_blind_spots(study: Study, question: Question, *, lang: str = "en") -> BlindSpots:
    """Return every area with what patrols found there beside the areas of its kind, and their last report from it.

    Blind: at least 3 patrol finds are expected from the area's own incidents, and there are so few that their odds are,
    beyond chance, less than two thirds of those of its kind; Benjamini-Hochberg over the areas of a kind. `p_value` is
    that of so few at two thirds of the odds, as the flag is. After the blind ones come the areas without a patrol
    report in the window, those with more expected first, then the others by their last one, and at the end those
    without any report. `question.areas` narrow the rows to these and to those within them; of `question.sources`, which
    must name residents and patrols or inspections, those not named are not counted, nor are their visits.

    Without a source of residents or without one of patrols the table is empty, and a note says what is missing.

    Raises RefusedQuestion or NoReports where the data cannot carry the window.
    """
    question = study.with_codes(question)
    cube, chosen = study.cube, question.chosen
    span = scope.resolve_window(cube, question.window, question.until, "city")
    sources = dict(cube.rows(span, chosen).group_by("source").agg(pl.col("incidents").sum()).iter_rows())
    missing = _missing(cube, question, study.areas, sources)
    if missing:
        seen = witness.seen_by(cube, span, chosen).clear()
        return BlindSpots(_frame(study.areas.head(0), pl.DataFrame()), span, (missing,), {"areas": 0}, seen)
    counted = _count_areas(cube, study.areas, span, chosen)
    table = _ranked(_shown(study, question), counted, span, lang)
    seen = witness.seen_by(cube, span, chosen)
    _, changed = caveats(cube, span, Slice(), lens="city", lang=lang)
    notes = (*_notes(cube, question, span, sources, table, counted, lang), *changed)
    return BlindSpots(table, span, notes, _summary(table, seen, sources, span), seen)


def unvisited(table: gpd.GeoDataFrame) -> int:
    """Return how many areas of the list have no patrol report in the window though finds are expected there.

    At least `LEAST_EXPECTED` of them: where hardly anything happens a window without a find tells nothing.

    >>> table = gpd.GeoDataFrame({"never": [True, True, False], "expected": [0.2, 5.0, 9.0]})
    >>> unvisited(table)
    1
    """
    return int((table["never"] & (table["expected"] >= witness.LEAST_EXPECTED)).sum())


def _missing(cube: Cube, question: Question, areas: gpd.GeoDataFrame, sources: dict[str, int]) -> Note | None:
    """Return why no blind spot can be told, if none can."""
    chosen = set(question.sources)
    if chosen and not (chosen & set(witness.RESIDENTS) and chosen & set(witness.PATROLS)):
        return note("Blind spots compare what residents report with what patrols find. Clear the filter of sources.")
    kinds = set(cube.counts["source"].unique())
    if not kinds & set(witness.PATROLS):
        return note(
            "No report is marked as found by a patrol or an inspection, so blind spots cannot be told. Name the column "
            "that says who saw it in the mapping (source = ...), and in [values.source] its words for patrol and "
            "inspection; or give the file of the patrols a [[source]] table."
        )
    if not kinds & set(witness.RESIDENTS):
        return note(
            "No report is marked as a resident's, so blind spots cannot be told. Name the column that says who saw it "
            "in the mapping (source = ...), and in [values.source] its words for resident."
        )
    if not any(sources.get(source) for source in witness.PATROLS):
        return note("Patrols and inspections found nothing of this kind in the window: no place stands out as unseen.")
    if not len(areas):
        return note("No areas were read. Blind spots are told of areas: communities, markets, sites or streets.")
    return None


def _count_areas(cube: Cube, areas: gpd.GeoDataFrame, span: Window, chosen: Slice) -> pl.DataFrame:
    """Return what was seen and expected in every area, beside chance, and when it was last looked at."""
    every = pl.DataFrame({"area_id": areas["area_id"].to_list(), "kind": areas["kind"].to_list()})
    patrols = witness.patrols_of(chosen)
    return (
        witness.judge_areas(cube, every, span, chosen)
        .join(coverage.last_visits(cube, span.last, patrols), on="area_id", how="left")
        .join(coverage.visits_in(cube, span, patrols), on="area_id", how="left")
        .with_columns(never=pl.col("visits").is_null())
    )


def _shown(study: Study, question: Question) -> gpd.GeoDataFrame:
    """Return the areas chosen and those whose middle lies in one of them; all where none is chosen."""
    areas = study.areas
    if not question.areas:
        return areas
    chosen = areas["area_id"].isin(list(question.areas))
    within = areas.geometry.representative_point().within(areas[chosen].geometry.union_all())
    return areas[chosen | within]


def _ranked(areas: gpd.GeoDataFrame, counted: pl.DataFrame, span: Window, lang: str) -> gpd.GeoDataFrame:
    points = areas.geometry.representative_point()
    facts = pl.from_pandas(areas[["area_id", "name", "unit", "contact"]]).with_columns(
        pl.col("unit", "contact").cast(pl.String).replace("", None),
        lat=pl.Series(points.y.to_numpy()).round(7),
        lon=pl.Series(points.x.to_numpy()).round(7),
    )
    table = facts.join(counted, on="area_id", how="left").with_columns(
        incidents=pl.col("resident") + pl.col("patrol"),
        since=pl.when(~pl.col("never")).then("days_since"),
    )
    table = table.sort(
        [pl.col("incidents") > 0, "blind", pl.when("blind").then("p_value"), "never", "since", "expected", "area_id"],
        descending=[True, True, False, True, True, True, False],
        nulls_last=True,
    )
    reasons = pl.Series([_reason(row, span, lang) for row in table.iter_rows(named=True)], dtype=pl.String)
    return _frame(areas, table.with_columns(pl.col("expected").round(4), reason=reasons))


def _frame(areas: gpd.GeoDataFrame, table: pl.DataFrame) -> gpd.GeoDataFrame:
    """Return the rows as `tables.BLIND_SPOTS` with the polygons of their areas."""
    if not table.height:
        table = tables.empty(tables.BLIND_SPOTS)
    plain = table.select(list(tables.BLIND_SPOTS)).cast(pl.Schema(tables.BLIND_SPOTS))
    frame = plain.to_pandas().astype({"days_since": "Int64"})
    shapes = areas.set_index("area_id").geometry.loc[frame["area_id"]].to_numpy() if len(frame) else []
    return gpd.GeoDataFrame(frame, geometry=shapes, crs="EPSG:4326")


def _reason(row: dict[str, Any], span: Window, lang: str) -> str:
    """Say in one sentence what is known of an area."""
    seen = say(
        "Incidents in {span}: {incidents}, {resident} by residents; patrol finds: {patrol}, {expected} expected as in "
        "areas of its kind",
        lang,
        span=window_words(span.weeks, lang),
        incidents=f"{row['incidents']:,}",
        resident=f"{row['resident']:,}",
        patrol=f"{row['patrol']:,}",
        expected=f"{row['expected']:,.1f}",
    )
    if row["expected"] < witness.LEAST_EXPECTED:
        seen = say("{facts} (too few to tell)", lang, facts=seen)
    return say("{facts}; {visit}.", lang, facts=seen, visit=_visit(row, lang))


def _visit(row: dict[str, Any], lang: str) -> str:
    if row["last_visit"] is None:
        return say("no patrol report in all the records", lang)
    when, days = numbers.day(row["last_visit"], lang), row["days_since"]
    if days == 0:
        return say("last patrol report {day}, the last day", lang, day=when)
    ago = say("1 day", lang) if days == 1 else say("{days} days", lang, days=f"{days:,}")
    return say("last patrol report {day}, {ago} before the last day", lang, day=when, ago=ago)


def _notes(
    cube: Cube,
    question: Question,
    span: Window,
    sources: dict[str, int],
    table: gpd.GeoDataFrame,
    counted: pl.DataFrame,
    lang: str,
) -> tuple[Note, ...]:
    notes = [
        note(
            "A visit that found nothing leaves no trace in the reports: no patrol report does not prove that nobody "
            "was there."
        ),
        note(
            "An incident counts as seen by whoever reported it first; places with fewer than {least} patrol finds "
            "expected are not judged.",
            least=f"{witness.LEAST_EXPECTED:g}",
        ),
    ]
    if sources.get("other"):
        notes.append(
            note("Incidents left out because it is not known who saw them: {other}.", other=f"{sources['other']:,}")
        )
    if question.categories or question.units or question.statuses:
        notes.append(note("The last patrol report is that of any kind, whatever is filtered."))
    notes += _kinds_apart(counted, lang)
    if len(table) and not table["blind"].any():
        notes.append(note("No area has far fewer patrol finds than its kind beyond chance."))
    return (*notes, *scope.edge_notes(cube, span))


def _kinds_apart(counted: pl.DataFrame, lang: str) -> list[Note]:
    """Return the kinds of which patrols find far less, or far more, than the city's share: no area can tell of that."""
    whole = counted.group_by("kind", maintain_order=True).agg(pl.col("patrol", "at_city").sum())
    apart = ~pl.col("patrol").is_between(pl.col("at_city") / witness.MARGIN, pl.col("at_city") * witness.MARGIN)
    return [
        note(
            "{kind}: patrols found {found} where the city's share is {expected}; each is compared with its kind.",
            kind=kind_name(kind, lang),
            found=f"{found:,}",
            expected=f"{expected:,.0f}",
        )
        for kind, found, expected in whole.filter(apart & (pl.col("at_city") >= _LEAST_OF_KIND)).iter_rows()
    ]


def _summary(table: gpd.GeoDataFrame, seen: pl.DataFrame, sources: dict[str, int], span: Window) -> dict[str, Any]:
    found = sum(sources.get(source, 0) for source in witness.PATROLS)
    resident = sum(sources.get(source, 0) for source in witness.RESIDENTS)
    return {
        "areas": len(table),
        "blind": int(table["blind"].sum()),
        "never": unvisited(table),
        "too_few": int((table["expected"] < witness.LEAST_EXPECTED).sum()),
        "resident": resident,
        "patrol": found,
        "other": sources.get("other", 0),
        "patrol_share": found / max(found + resident, 1),
        "cells_seen_by_residents": int((seen["side"] == witness.SIDES[0]).sum()),
        "cells_seen_by_patrols": int((seen["side"] == witness.SIDES[1]).sum()),
        "window_start": span.first,
        "window_end": span.last,
    }
