"""Where closed problems come back: the list of relapses of a city, its groups, and how soon problems return."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import polars as pl
import shapely

from geo import tables
from geo.errors import NoReports
from geo.grid.cells import point_to_cell
from geo.grid.windows import Window
from geo.intake import addresses
from geo.recurring.listed import Listed
from geo.stats import scope
from geo.stats.episodes import RELAPSE_DAYS, find_episodes
from geo.stats.knox import near_repeats
from geo.stats.question import Question
from geo.stats.relapse import end_of_day, group_ratios, rank_places, start_of_day, table_of
from geo.stats.returning import return_times, survival
from geo.study import Study
from geo.words import Note, note

GROUPS = ("category", "unit", "street", "community")
THIN = 0.5
"""Part of the problems with a closing date below which the list speaks of the smaller part of them."""


@dataclass(frozen=True)
class Relapses(Listed):
    """`table`: `tables.RELAPSES` with points, the places with most relapses beyond their own background first."""

    groups: dict[str, pl.DataFrame]  # of each of GROUPS what `relapse.group_ratios` returns
    return_times: pl.DataFrame  # `returning.return_times` by category, the first row ("all") of all together
    unit_times: pl.DataFrame  # the same by unit
    curve: pl.DataFrame  # `returning.survival` of all closings together
    knox: pl.DataFrame | None  # `knox.near_repeats` where no problem has a closing date
    episodes: pl.DataFrame  # `episodes.EPISODES`, one row per episode


def find_returns(study: Study, question: Question, *, days: float = RELAPSE_DAYS, lang: str = "en") -> Relapses:
    """Return the places to which problems came back within `days` of their closing, and what lets them come back.

    All records up to the question's last day are looked at, of what it asks for (categories, sources, statuses, units);
    its window only says which relapses are recent. `question.areas` narrow the rows of the table, nothing else.

    The table holds places with a relapse or more; `relapse.rank_places` says how they are judged, and the summary how
    many others there are. Unit is who answered for most of the place's problems, and contact is given where the areas
    name that unit. Without closing dates the table is empty, and `knox` says whether problems follow each other.

    Raises RefusedQuestion or NoReports where the data cannot carry the question.
    """
    question = study.with_codes(question)
    scope.check_question(question)
    span = scope.resolve_window(study.cube, question.window, question.until, "city")
    reports = study.reports.filter(question.chosen.condition)
    end = end_of_day(question.until, study.timezone)
    episodes = find_episodes(reports, end=end, days=days)
    if not episodes.height:
        raise NoReports("No report of these days passes the filter. Choose a longer window or clear a filter.")
    ranked = rank_places(episodes, since=start_of_day(span.first, study.timezone))
    places = _located(study, ranked.places, episodes, reports, lang)
    back = places.filter(pl.col("relapses") > 0)
    table = _within(study, question.areas, table_of(back, days=days, timezone=study.timezone, lang=lang))
    times = pl.concat([return_times(episodes).rename({"group": "category"}), return_times(episodes, "category")])
    followed = episodes.drop_nulls("followed_days")
    return Relapses(
        table=table,
        window=span,
        notes=_notes(episodes, places, reports, days),
        summary=_summary(table, places, episodes, span),
        groups={"category": ranked.categories} | {by: group_ratios(places, by) for by in GROUPS[1:]},
        return_times=times,
        unit_times=return_times(episodes, "unit"),
        curve=survival(followed["followed_days"], followed["days_to_next"].is_not_null()),
        knox=None if followed.height else _near_repeats(study, reports, question),
        episodes=episodes,
    )


def _located(
    study: Study, places: pl.DataFrame, episodes: pl.DataFrame, reports: pl.DataFrame, lang: str
) -> pl.DataFrame:
    """Add to places their street, community, market and site, and the unit and contact of the areas."""
    keys = ["place_key", "category"]
    first = reports.unique("incident_id", keep="first", maintain_order=True)
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
        .with_columns(unit=pl.coalesce("unit", "lead"))
        .with_columns(contact=pl.when(pl.col("unit") == pl.col("lead")).then("contact"))
    )
    if "of_community" in marks:
        found = found.with_columns(community=pl.coalesce("of_community", "community"))
    return found.drop("cell", "lead", "of_community", strict=False)


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


def _within(study: Study, areas: Sequence[str], table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the rows in these areas; all where none is asked for."""
    if not areas:
        return table
    chosen = study.areas[study.areas["area_id"].isin(list(areas))].geometry.to_numpy()
    found = shapely.STRtree(chosen).query(table.geometry.to_numpy(), predicate="intersects")[0]
    return table.iloc[sorted(set(found.tolist()))].reset_index(drop=True)


def _near_repeats(study: Study, reports: pl.DataFrame, question: Question) -> pl.DataFrame:
    first = reports.filter(~pl.col("pile") & ~pl.col("coarse")).unique("incident_id", keep="first", maintain_order=True)
    seen = first.with_columns(day=pl.col("reported_at").dt.convert_time_zone(study.timezone).dt.date())
    return near_repeats(seen if question.until is None else seen.filter(pl.col("day") <= question.until))


def _notes(episodes: pl.DataFrame, places: pl.DataFrame, reports: pl.DataFrame, days: float) -> tuple[Note, ...]:
    """Return what to keep in mind when reading the list."""
    closed, confirmed = int(episodes["closed"].is_not_null().sum()), int(places["confirmed"].sum())
    said: list[Note] = []
    if not closed:
        said.append(
            note(
                "No report says when its problem was closed, so a return cannot be told from a new problem. Whether "
                "problems of a kind follow each other is shown instead."
            )
        )
    else:
        said.append(
            note(
                "Beyond chance one by one: {confirmed} of {places} places with a relapse. Few returns prove little "
                "about a single place; the order of the list and the ratios of groups say more.",
                confirmed=f"{confirmed:,}",
                places=f"{places.filter(pl.col('relapses') > 0).height:,}",
            )
        )
        said.append(
            note(
                "The ratio of a group is of all its places together, and a little too low: 1 means only busy, and one "
                "relapsing place in ten makes about 1.3."
            )
        )
    if 0 < closed < THIN * episodes.height:
        said.append(
            note(
                "Only {share} % of the problems have a closing date; nothing is known of the return of the others.",
                share=round(100 * closed / episodes.height),
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
    quick = int(episodes["quick"].sum())
    if quick and days >= 3:
        said.append(
            note("Reported again within 3 days of the closing, perhaps not put right: {quick}.", quick=f"{quick:,}")
        )
    return tuple(said)


def _left_out(episodes: pl.DataFrame, reports: pl.DataFrame) -> int:
    """Return the incidents that no place could be told of, those at piles aside."""
    seen = reports.filter(pl.col("reported_at") <= episodes["seen_until"][0])
    return max(0, seen.filter(~pl.col("pile"))["incident_id"].n_unique() - int(episodes["incidents"].sum()))


def _summary(table: gpd.GeoDataFrame, places: pl.DataFrame, episodes: pl.DataFrame, span: Window) -> dict[str, Any]:
    whole = group_ratios(places.with_columns(whole=pl.lit(tables.ALL_CATEGORIES)), "whole")
    ratio, low, high = whole.select("ratio", "ratio_low", "ratio_high").row(0) if whole.height else (None,) * 3
    return {
        "places": len(table),
        "looked_at": places.height,
        "without_relapse": places.filter(pl.col("relapses") == 0).height,
        "confirmed": int(table["confirmed"].sum()),
        "closures": int(places["closures"].sum()),
        "relapses": int(places["relapses"].sum()),
        "recent": int(places["recent"].sum()),
        "quick": int(places["quick"].sum()),
        "episodes": episodes.height,
        "closed": int(episodes["closed"].is_not_null().sum()),
        "ratio": ratio,
        "ratio_low": low,
        "ratio_high": high,
        "window_start": span.first,
        "window_end": span.last,
    }
