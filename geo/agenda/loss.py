"""What a visit would cost in points, where, and whose: expected score loss and the ledger of units."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import geopandas as gpd
import polars as pl
import shapely

from geo import tables
from geo.agenda.performance import LONG_OPEN, areas_shown, episodes_known, forgotten
from geo.errors import NoReports, RefusedQuestion
from geo.grid.metres import middle_of, to_metres
from geo.grid.windows import Window
from geo.planning.area_counts import known_part
from geo.planning.closing import times_to_close
from geo.planning.score_loss import Loss, expected_losses
from geo.planning.scorecard import Scorecard, example, matched
from geo.recurring.listed import Listed
from geo.stats import scope
from geo.stats.episodes import HELD_DAYS
from geo.stats.question import Question
from geo.study import Study
from geo.words import Note, note, numbers, say

AHEAD = timedelta(weeks=4)
"""From the last day to the visit, where none is named."""
MOST_AHEAD = 365
_PLACE = ("place_key", "category")


@dataclass(frozen=True)
class Losses(Listed):
    """`table`: `tables.LOSSES` with the polygons of the areas, the dearest first."""

    scorecard: Scorecard
    visit: date
    ledger: pl.DataFrame  # unit, points with their interval, recoverable, areas, standing, indicator: its dearest
    area_totals: pl.DataFrame  # area_id, kind, name, unit, points with their interval, recoverable


def expected_loss(
    study: Study,
    question: Question,
    *,
    scorecard: Scorecard | None = None,
    visit: date | None = None,
    lang: str = "en",
) -> Losses:
    """Return what a visit would cost every area of the kinds that the scorecard names; `score_loss.expected_losses`.

    Parameters
    ----------
    question
        Its window, as far as there are records, says how many problems begin a day, its last day what stands.
        Categories, sources and units narrow the problems, areas the rows to these and to those within them; a status is
        not asked for.
    scorecard
        The example (`scorecard.example`) unless given; then a note says so.
    visit
        Day of the visit: `question.due`, else four weeks after the last day.

    All assessed areas are taken as visited. The interval is of what a visitor finds if problems are reported as they
    were: it holds neither what nobody reports nor a campaign. `summary` also has the sum without the problems open for
    more than 90 days (`points_without`, `recoverable_without`; `long_open` of them stand): many of those were put right
    and never closed in the records, and they can be most of the points.

    Raises RefusedQuestion where the visit lies before the last day or more than a year after it, or the data cannot
    carry the window; NoReports where no problem passes the filter.
    """
    question, card = study.with_codes(question), scorecard or example()
    scope.check_question(question)
    span = scope.resolve_window(study.cube, question.window, question.until, "city")
    known = known_part(study.cube, span)
    last = known.last
    day = visit or question.due or last + AHEAD
    if not last <= day <= last + timedelta(days=MOST_AHEAD):
        raise RefusedQuestion(
            "The visit on {visit} is not within a year after {last}, the last day. Choose another day.",
            visit=day,
            last=last,
        )
    times = times_to_close(study.reports, last, study.timezone)
    back = _came_back(episodes_known(study, last))
    problems = times.filter(replace(question.chosen, statuses=()).condition).with_columns(
        returned=pl.col("incident_id").is_in(back.implode())
    )
    if not problems.height:
        raise NoReports("No report of these days passes the filter. Choose a longer window or clear a filter.")
    facts = _facts(study.areas)

    def lost(some: pl.DataFrame) -> Loss:
        themes = study.material.themes
        found = expected_losses(some, facts, card, first=known.first, last=last, visit=day, themes=themes)
        return found.of(areas_shown(study, question))

    loss = lost(problems)
    recent = problems.filter(~LONG_OPEN)
    without = loss if recent.height in (0, problems.height) else lost(recent)
    table = _table(loss, card, facts, study.areas, day, lang)
    return Losses(
        table=_frame(table, study.areas),
        window=span,
        notes=(
            *_without(loss, without),
            *_once(loss),
            *_notes(question, card, problems, study),
            *scope.edge_notes(study.cube, span),
        ),
        summary=_summary(loss, without, card, day, last, span),
        scorecard=card,
        visit=day,
        ledger=_ledger(loss),
        area_totals=_area_totals(loss, facts),
    )


def _came_back(episodes: pl.DataFrame) -> pl.Series:
    """Return the incidents that began within 30 days of a closing of their category at their place."""
    again = episodes.sort(*_PLACE, "opened").with_columns(again=pl.col("relapse").shift(1).over(_PLACE))
    return again.filter(pl.col("again").fill_null(False))["incident_id"]


def _facts(areas: gpd.GeoDataFrame) -> pl.DataFrame:
    """Return what is asked of areas: area_id, kind, name, unit (null where none leads) and m2, their surface."""
    shapes = areas.geometry.to_numpy()
    facts = pl.from_pandas(areas[["area_id", "kind", "name", "unit"]]).cast(pl.String)
    surface = shapely.area(to_metres(shapes, middle_of(shapes)))
    return facts.with_columns(pl.col("unit").replace("", None), m2=pl.Series(surface, dtype=pl.Float64))


def _table(
    loss: Loss, card: Scorecard, facts: pl.DataFrame, areas: gpd.GeoDataFrame, visit: date, lang: str
) -> pl.DataFrame:
    """Return the rows with names, places and reasons, the dearest first."""
    names = {one.code: one.name(lang) for one in card.indicators}
    points = areas.geometry.representative_point()
    where = pl.DataFrame(
        {"area_id": areas["area_id"].to_list(), "lat": points.y.to_list(), "lon": points.x.to_list()},
        schema={"area_id": pl.String, "lat": pl.Float64, "lon": pl.Float64},
    )
    table = (
        loss.rows.join(facts.select("area_id", "name"), on="area_id", how="left")
        .join(where.with_columns(pl.col("lat", "lon").round(7)), on="area_id", how="left")
        .with_columns(indicator_name=pl.col("indicator").replace_strict(names, return_dtype=pl.String))
        .sort("points", "standing", "area_id", "indicator", descending=[True, True, False, False])
    )
    reasons = [_reason(row, visit, lang) for row in table.iter_rows(named=True)]
    figures = ("expected_problems", "points", "points_low", "points_high", "recoverable")
    return table.with_columns(pl.col(figures).round(4), reason=pl.Series(reasons, dtype=pl.String))


def _frame(table: pl.DataFrame, areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    plain = table.select(list(tables.LOSSES)).cast(pl.Schema(tables.LOSSES)).to_pandas()
    shapes = areas.set_index("area_id").geometry.reindex(plain["area_id"]).to_numpy() if len(plain) else []
    return gpd.GeoDataFrame(plain, geometry=shapes, crs="EPSG:4326")


def _reason(row: dict[str, Any], visit: date, lang: str) -> str:
    return say(
        "Open {standing}, overdue {overdue}. On {visit} about {expected} stand: {points} points (90 % interval {low} "
        "to {high}), {recoverable} of them recoverable.",
        lang,
        standing=f"{row['standing']:,}",
        overdue=f"{row['overdue']:,}",
        visit=numbers.day(visit, lang),
        expected=f"{row['expected_problems']:,.1f}",
        points=f"{row['points']:,.1f}",
        low=f"{row['points_low']:,.1f}",
        high=f"{row['points_high']:,.1f}",
        recoverable=f"{row['recoverable']:,.1f}",
    )


def _ledger(loss: Loss) -> pl.DataFrame:
    """Return whose the points are: one row per unit, the dearest first; null where nobody is named."""
    by_code = loss.rows.group_by("unit", "indicator").agg(pl.col("points").sum())
    dearest = by_code.sort("points", "indicator", descending=[True, False]).unique("unit", keep="first")
    named = loss.rows.select("area_id", "indicator", "unit")
    standing = loss.problems.filter("open").join(named, on=["area_id", "indicator"])
    counts = (
        named.group_by("unit")
        .agg(areas=pl.col("area_id").n_unique().cast(pl.Int64))
        .join(
            standing.group_by("unit").agg(standing=pl.col("incident_id").n_unique().cast(pl.Int64)),
            on="unit",
            how="left",
            nulls_equal=True,
        )
        .with_columns(pl.col("standing").fill_null(0))
    )
    return (
        loss.total("unit")
        .join(counts, on="unit", how="left", nulls_equal=True, maintain_order="left")
        .join(dearest.select("unit", "indicator"), on="unit", how="left", nulls_equal=True, maintain_order="left")
    )


def _area_totals(loss: Loss, facts: pl.DataFrame) -> pl.DataFrame:
    """Return what each area costs over all indicators, the dearest first."""
    named = facts.select("area_id", "kind", "name", "unit")
    total = loss.total("area_id").join(named, on="area_id", how="left", maintain_order="left")
    return total.select(*named.columns, "points", "points_low", "points_high", "recoverable")


def _notes(question: Question, card: Scorecard, problems: pl.DataFrame, study: Study) -> list[Note]:
    """Return what to keep in mind when reading the points."""
    said = [
        *card.caution,
        note(
            "A visitor finds what stands, reported or not; these points hold what is reported. How much is never "
            "reported is not known, so a visit can cost more."
        ),
    ]
    if gone := [kind for kind in card.kinds if kind not in set(study.areas["kind"])]:
        said.append(
            note("The scorecard names places of which no layer was read, left out: {kinds}.", kinds=", ".join(gone))
        )
    known = problems["category"].unique().to_list()
    if empty := [one.code for one in card.indicators if not matched(one, known, study.material.themes)]:
        said.append(note("Indicators of which there is no report: {indicators}.", indicators=", ".join(empty)))
    if not problems["closed_on"].count():
        said.append(note("No report says when its problem was closed, so what is open is taken to stay."))
    if not problems["due_on"].count():
        said.append(note("No report has a deadline, so nothing is deducted for what is not put right in time."))
    said += forgotten(problems)
    if question.statuses:
        said.append(note("A status is not asked for here: what stands on the day of the visit is open by then."))
    return said


def _sum(loss: Loss) -> dict[str, float]:
    total = loss.total()
    return total.drop("all").row(0, named=True) if total.height else {"points": 0.0, "recoverable": 0.0}


def _without(loss: Loss, without: Loss) -> list[Note]:
    """Return what the sum of all places hangs on."""
    if not loss.rows.height:
        return []
    said, total = [], _sum(without)
    if without is not loss:
        said.append(
            note(
                "Without the problems open for more than {days} days: {points} points, {recoverable} of them "
                "recoverable. If those were put right and never closed in the records, this is the figure.",
                days=f"{HELD_DAYS:.0f}",
                points=f"{total['points']:,.1f}",
                recoverable=f"{total['recoverable']:,.1f}",
            )
        )
    said.append(
        note(
            "The interval of a sum over many places holds only the luck of closings and arrivals. Season and holidays "
            "move all places together: on past days of the demo city it held what came 10 times of 14."
        )
    )
    return said


def _once(loss: Loss) -> list[Note]:
    """Return what to say of problems that lie in several areas of one kind."""
    shared = loss.problems.filter(pl.col("areas") > 1)
    if not shared.height:
        return []
    standing = shared.filter("open")
    return [
        note(
            "Problems that lie in several areas of one kind are deducted for once, in the smallest: {n}, of which "
            "{open} are open.",
            n=f"{shared['incident_id'].n_unique():,}",
            open=f"{standing['incident_id'].n_unique():,}",
        )
    ]


def _summary(loss: Loss, without: Loss, card: Scorecard, visit: date, last: date, span: Window) -> dict[str, Any]:
    less = _sum(without)
    return {
        "scorecard": card.english,
        "example": card.example,
        "visit": visit,
        "days_ahead": (visit - last).days,
        "areas": loss.rows["area_id"].n_unique(),
        "rows": loss.rows.height,
        "standing": loss.count("open"),
        "overdue": loss.count("overdue"),
        **_sum(loss),
        "long_open": loss.count("open") - without.count("open"),
        "points_without": less["points"],
        "recoverable_without": less["recoverable"],
        "window_start": span.first,
        "window_end": span.last,
    }
