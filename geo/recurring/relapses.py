"""Where closed problems come back: the list of relapses of a city, its groups, and how soon problems return."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
import shapely

from geo import tables
from geo.errors import NoReports
from geo.grid.cells import point_to_cell
from geo.grid.cube import Slice
from geo.grid.windows import Window, window_back
from geo.intake import addresses
from geo.recurring.listed import Listed
from geo.stats import scope
from geo.stats.episodes import RELAPSE_DAYS, find_episodes
from geo.stats.knox import near_repeats
from geo.stats.question import Question
from geo.stats.relapse import LEAST_DAYS, LEAST_WINDOWS, LEVEL, end_of_day, rank_places, start_of_day, table_of
from geo.stats.relapse_groups import group_ratios
from geo.stats.returning import return_times, survival
from geo.study import Study
from geo.words import Note, note

GROUPS = ("category", "unit", "street", "community")
THIN = 0.5
"""Part of the problems with a closing date below which the list speaks of the smaller part of them."""


@dataclass(frozen=True)
class Relapses(Listed):
    """`table`: `tables.RELAPSES` with points, the places with most relapses beyond their own background first."""

    groups: dict[str, pl.DataFrame]  # of each of GROUPS what `relapse_groups.group_ratios` returns
    return_times: pl.DataFrame  # `returning.return_times` by category, the first row ("all") of all together
    unit_times: pl.DataFrame  # the same by unit
    curve: pl.DataFrame  # `returning.survival` of all closings together
    knox: pl.DataFrame | None  # `knox.near_repeats` where no problem has a closing date
    episodes: pl.DataFrame  # `episodes.EPISODES`, one row per episode


def find_returns(study: Study, question: Question, *, days: float = RELAPSE_DAYS, lang: str = "en") -> Relapses:
    """Return the places to which problems came back within `days` of their closing, and what lets them come back.

    All records of its categories up to the question's last day are looked at; its window only says which relapses are
    recent. `areas`, `units` and `sources` narrow the rows, not the test: to places in these areas, and to those where a
    problem of such a unit or source came back, whoever reported it again. A status is not asked for: what came back is
    often still open. The notes and the summary speak of the rows; groups, times, curve and episodes of the whole city.

    The table holds places with a relapse or more; `relapse.rank_places` says how they are judged, and the summary how
    many others there are. Unit is who answered for most of the place's problems, and contact is given where the areas
    name that unit. Without closing dates the table is empty, and `knox` says whether problems follow each other.

    Raises RefusedQuestion or NoReports where the data cannot carry the question.
    """
    question = study.with_codes(question)
    scope.check_question(question)
    span = _recent_days(study, question)
    end = end_of_day(question.until, study.timezone)
    chosen = Slice(question.categories).condition
    reports = study.reports.filter(chosen & (pl.col("incident_id") == tables.REPORT_KEY))  # the first of each incident
    episodes = find_episodes(study.reports, end=end, days=days).filter(chosen)
    theirs = _of(question, episodes)
    if not theirs.height:
        raise NoReports("No report of these days passes the filter. Choose a longer window or clear a filter.")
    ranked = rank_places(episodes, since=start_of_day(span.first, study.timezone))
    places = _located(study, ranked.places, episodes, lang)
    shown = _within(study, question.areas, _where(places, theirs))
    table = table_of(shown.filter(pl.col("relapses") > 0), days=days, timezone=study.timezone, lang=lang)
    times = pl.concat([return_times(episodes).rename({"group": "category"}), return_times(episodes, "category")])
    followed = episodes.drop_nulls("followed_days")
    groups = {"category": ranked.categories} | {by: group_ratios(places, by) for by in GROUPS[1:]}
    return Relapses(
        table=table,
        window=span,
        notes=(
            *scope.edge_notes(study.cube, span),
            *_notes(question, episodes, shown, reports, days),
            *_group_notes(shown, groups["unit"]),
        ),
        summary=_summary(shown, episodes, span),
        groups=groups,
        return_times=times,
        unit_times=return_times(episodes, "unit"),
        curve=survival(followed["followed_days"], followed["days_to_next"].is_not_null()),
        knox=None if followed.height else _near_repeats(study, reports, question),
        episodes=episodes,
    )


def _located(study: Study, places: pl.DataFrame, episodes: pl.DataFrame, lang: str) -> pl.DataFrame:
    """Add to places their street, community, market and site, and the unit and contact of the areas."""
    keys = ["place_key", "category"]
    first = study.reports.filter(pl.col("incident_id") == tables.REPORT_KEY)
    first = first.join(episodes.select("incident_id"), on="incident_id", how="semi", maintain_order="left")
    written = episodes.select(*keys, "incident_id").join(first.select("incident_id", "address"), on="incident_id")
    marks = {"street": _streets(study, first)}
    if "community" in first.columns:
        marks["of_community"] = _names(study, first["community"])
    named = first.select("incident_id").with_columns(**marks)
    located = episodes.select(*keys, "incident_id").join(named, on="incident_id", how="left")
    located = located.group_by(keys).agg(pl.col(name).drop_nulls().sort().first() for name in marks)
    cells = point_to_cell(places["lat"].to_numpy(), places["lon"].to_numpy(), study.cube.resolution)
    described = study.described(lang).select("community", "market", "construction_site", "unit", "contact")
    described = described.rename({"unit": "lead"}).with_columns(cell=pl.Series(study.cube.cells, dtype=pl.UInt64))
    found = (
        places.with_columns(cell=pl.Series(cells, dtype=pl.UInt64))
        .join(located, on=keys, how="left", maintain_order="left")
        .join(described, on="cell", how="left", maintain_order="left")
        .join(_agreed(written, keys), on=keys, how="left", maintain_order="left")
        .with_columns(unit=pl.coalesce("unit", "lead"))
        .with_columns(contact=pl.when(pl.col("unit") == pl.col("lead")).then("contact"))
    )
    if "of_community" in marks:
        found = found.with_columns(community=pl.coalesce("of_community", "community"))
    return found.drop("cell", "lead", "of_community", strict=False)


def _agreed(written: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Return the address that half of the problems of a place and more name."""
    named = written.group_by(*keys, "address").len().with_columns(part=pl.col("len") / pl.col("len").sum().over(keys))
    agreed = named.filter((pl.col("part") >= 0.5) & pl.col("address").is_not_null())
    return agreed.sort("part", "address", descending=[True, False]).unique(keys, keep="first").drop("len", "part")


def _streets(study: Study, reports: pl.DataFrame) -> pl.Series:
    """Return the street of every report: the area of that kind that it lies in, else the first in its address."""
    nowhere = pl.Series([None] * reports.height, dtype=pl.String)
    named = _names(study, reports["street"]) if "street" in reports.columns else nowhere
    texts = reports.filter(named.is_null()).select(pl.col("address").drop_nulls().unique()).to_series()
    found = pl.DataFrame({"address": texts, "written": addresses.streets(texts).list.first()})
    written = reports.select("address").join(found, on="address", how="left", maintain_order="left")["written"]
    return pl.select(pl.coalesce(named, written)).to_series()


def _names(study: Study, area_ids: pl.Series) -> pl.Series:
    """Return the name of the first of each list of areas, null where there is none."""
    known = dict(zip(study.areas["area_id"], study.areas["name"], strict=True))
    return area_ids.list.first().replace_strict(known, default=None, return_dtype=pl.String)


def _recent_days(study: Study, question: Question) -> Window:
    """Return the days in which a relapse is recent: the question's window, as far back as there are records."""
    cube, window, last = study.cube, question.window, question.until or study.cube.last_day
    if window != "auto" and cube.first_day and last and cube.first_day <= last:
        window = f"{min(window_back(window, last).days, (last - cube.first_day).days + 1)}d"
    return scope.resolve_window(cube, window, question.until, "city")


def _of(question: Question, episodes: pl.DataFrame) -> pl.DataFrame:
    """Return the episodes of the units and sources asked for."""
    asked = [
        pl.col(name).is_in(some) for name, some in (("unit", question.units), ("source", question.sources)) if some
    ]
    return episodes.filter(asked) if asked else episodes


def _where(places: pl.DataFrame, theirs: pl.DataFrame) -> pl.DataFrame:
    """Return the places where one of these episodes came back, and those where nothing did and one was closed."""
    keys = ["place_key", "category"]
    closed = theirs.filter(pl.col("watched_days") > 0).group_by(keys).agg(back=pl.col("relapse").any())
    return places.join(closed, on=keys, how="inner", maintain_order="left").filter(
        pl.col("back") | (pl.col("relapses") == 0)
    )


def _within(study: Study, areas: Sequence[str], places: pl.DataFrame) -> pl.DataFrame:
    """Return the places in these areas; all where none is asked for."""
    if not areas:
        return places
    chosen = study.areas[study.areas["area_id"].isin(list(areas))].geometry.to_numpy()
    points = shapely.points(places["lon"].to_numpy(), places["lat"].to_numpy())
    found = shapely.STRtree(chosen).query(points, predicate="intersects")[0]
    return places[np.unique(found)]


def _near_repeats(study: Study, reports: pl.DataFrame, question: Question) -> pl.DataFrame:
    seen = reports.filter(~pl.col("pile") & ~pl.col("coarse")).with_columns(
        day=pl.col("reported_at").dt.convert_time_zone(study.timezone).dt.date()
    )
    return near_repeats(seen if question.until is None else seen.filter(pl.col("day") <= question.until))


def _notes(
    question: Question, episodes: pl.DataFrame, shown: pl.DataFrame, reports: pl.DataFrame, days: float
) -> list[Note]:
    """Return what to keep in mind when reading the list."""
    closed = int(episodes["closed"].is_not_null().sum())
    back, judged = shown.filter(pl.col("relapses") > 0), shown.drop_nulls("expected").height
    said: list[Note] = []
    if question.statuses:
        said.append(
            note("A status is not asked for here: a problem that came back is often open, and was closed before.")
        )
    if question.units or question.sources:
        said.append(
            note(
                "Units and sources narrow the list to places where a problem of theirs came back; returns count "
                "whoever reported them, and the test is of all."
            )
        )
    if not closed and reports["closed_at"].count():
        said.append(note("No problem was closed up to this day, so none can have come back."))
    elif not closed:
        said.append(
            note(
                "No report says when its problem was closed, so a return cannot be told from a new problem. Whether "
                "problems of a kind follow each other is shown instead."
            )
        )
    elif judged:
        said.append(
            note(
                "Beyond chance one by one: {confirmed} of {places} places with a relapse. Few returns prove little "
                "about a single place; the order of the list and the ratios of groups say more.",
                confirmed=f"{int(shown['confirmed'].sum()):,}",
                places=f"{back.height:,}",
            )
        )
    if 0 < closed < THIN * episodes.height:
        said.append(
            note(
                "Only {share} % of the problems have a closing date; nothing is known of the return of the others.",
                share=round(100 * closed / episodes.height),
            )
        )
    if unjudged := back["expected"].null_count():
        said.append(
            note(
                "Not enough history: {weeks} weeks of a category are needed to say what is expected. Places ranked by "
                "their returns alone, after any others: {places}.",
                weeks=math.ceil(max(LEAST_DAYS, LEAST_WINDOWS * days) / 7),
                places=f"{unjudged:,}",
            )
        )
    left_out = _left_out(episodes, reports)
    if left_out:
        said.append(
            note(
                "Problems known only to the estate or the block are left out: {incidents}. What came back there cannot "
                "be told.",
                incidents=f"{left_out:,}",
            )
        )
    quick = int(shown["quick"].sum())
    if quick and days >= 3:
        said.append(
            note("Reported again within 3 days of the closing, perhaps not put right: {quick}.", quick=f"{quick:,}")
        )
    return said


def _group_notes(shown: pl.DataFrame, units: pl.DataFrame) -> list[Note]:
    """Return what to keep in mind when reading the ratios of groups."""
    if not shown.drop_nulls("expected").height:
        return []
    said = [
        note(
            "The ratio of a group is of all its places together, and a little too low: 1 means only busy, and one "
            "relapsing place in ten makes about 1.3."
        )
    ]
    if units.height > 1:
        said.append(
            note(
                "Units whose ratio lies above 1 beyond chance, after all were looked at: {high} of {units}.",
                high=units.filter(pl.col("q_value") <= LEVEL).height,
                units=units.height,
            )
        )
    return said


def _left_out(episodes: pl.DataFrame, reports: pl.DataFrame) -> int:
    """Return the incidents that no place could be told of, those at piles aside."""
    seen = reports.filter(pl.col("reported_at") <= episodes["seen_until"][0])
    return max(0, seen.filter(~pl.col("pile"))["incident_id"].n_unique() - int(episodes["incidents"].sum()))


def _summary(shown: pl.DataFrame, episodes: pl.DataFrame, span: Window) -> dict[str, Any]:
    whole = group_ratios(shown.with_columns(whole=pl.lit(tables.ALL_CATEGORIES)), "whole")
    ratio, low, high = whole.select("ratio", "ratio_low", "ratio_high").row(0) if whole.height else (None,) * 3
    own = episodes.join(shown.select("place_key", "category"), on=["place_key", "category"], how="semi")
    never = int((shown["relapses"] == 0).sum())
    return {
        "places": shown.height - never,
        "looked_at": shown.height,
        "without_relapse": never,
        "confirmed": int(shown["confirmed"].sum()),
        "closures": int(shown["closures"].sum()),
        "relapses": int(shown["relapses"].sum()),
        "recent": int(shown["recent"].sum()),
        "quick": int(shown["quick"].sum()),
        "episodes": own.height,
        "closed": int(own["closed"].is_not_null().sum()),
        "ratio": ratio,
        "ratio_low": low,
        "ratio_high": high,
        "window_start": span.first,
        "window_end": span.last,
    }
