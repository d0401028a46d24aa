"""How units and areas closed what was given to them: in time, still open, overdue, and reported again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import geopandas as gpd
import polars as pl

from geo import tables
from geo.errors import NoReports, RefusedQuestion
from geo.grid.windows import Window
from geo.planning.closing import FORMULA_SENTENCES, checks, shrunken_shares, tally, times_to_close, waiting_curve
from geo.recurring.listed import Listed
from geo.stats import scope
from geo.stats.episodes import HELD_DAYS, RELAPSE_DAYS, find_episodes
from geo.stats.question import Question
from geo.stats.relapse import end_of_day
from geo.study import Study
from geo.words import Note, note, numbers, say, together

LEAST_DUE = 10
"""Problems due below which a share on time says too little to stand among the others."""
LONG_OPEN = ~pl.col("closed") & (pl.col("days") > HELD_DAYS)
"""Whether a problem has been open for so long that its closing may never have been entered."""
UNIT = "unit"


@dataclass(frozen=True)
class Performance(Listed):
    """`table`: `tables.PERFORMANCE` with the polygons of areas (none for units).

    Those with LEAST_DUE problems due or more come first, by their share on time drawn toward that of all the more the
    fewer were due (`closing.shrunken_shares`): so neither first nor last are small ones for being small. Then those
    with fewer, then those without any. It is an order to read in and no league table.
    """

    by: str
    formulas: dict[str, Note]  # column -> how it is reckoned
    curve: pl.DataFrame  # `closing.waiting_curve` of all problems reported in the window


def closing_performance(study: Study, question: Question, *, by: str = UNIT, lang: str = "en") -> Performance:
    """Return how every unit (`by` unit), or every area of a kind, closed the problems of the question's window.

    `question.areas` narrow the rows of areas to these and to those within them, and the problems to what lies in a row;
    of units, to what lies in these areas. A problem is of the unit that a report of it names. Categories, sources and
    units narrow the problems. A status is not asked for: an open one counts against a unit.

    Without a deadline in the data the columns due to overdue are null, as those of closings are without closing dates.

    Raises RefusedQuestion where no area of the kind was read or the data cannot carry the window, NoReports where no
    problem passes the filter.
    """
    question = study.with_codes(question)
    scope.check_question(question)
    areas = _areas_of(study, by)
    span = scope.resolve_window(study.cube, question.window, question.until, "city")
    last = min(span.last, study.cube.last_day or span.last)
    every = times_to_close(study.reports, last, study.timezone)
    times = every.filter(replace(question.chosen, statuses=()).condition)
    shown = areas_shown(study, question)
    if question.areas:
        times = times.filter(_inside(times, question.areas) if by == UNIT else _inside(times.select(by), shown))
    if not times.height:
        raise NoReports("No report of these days passes the filter. Choose a longer window or clear a filter.")
    days = Window(span.first, last)
    failures = checks(episodes_known(study, last), days.first, days.last, study.timezone, RELAPSE_DAYS)
    counted = _known_only(_counted(times, failures, by, days), times)
    table = _with_names(counted, study, areas, by).with_columns(by=pl.lit(by))
    if by != UNIT:
        table = table.filter(pl.col("key").is_in(shown))
    reasons = pl.Series([_reason(row, lang) for row in table.iter_rows(named=True)], dtype=pl.String)
    shares = shrunken_shares(table["on_time"].fill_null(0), table["due"].fill_null(0))
    table = table.with_columns(reason=reasons, order=pl.Series(shares).fill_nan(None)).sort(
        (pl.col("due") >= LEAST_DUE).fill_null(False),
        "order",
        "due",
        "reported",
        "key",
        descending=[True, True, True, True, False],
        nulls_last=True,
    )
    whole = _known_only(_counted(times.with_columns(all=pl.lit("all")), failures, "all", days), times)
    recent = times.filter(pl.col("opened").is_between(days.first, days.last))
    return Performance(
        table=_frame(table, areas),
        window=span,
        notes=(*_notes(question, times, by), *_order(table), *scope.edge_notes(study.cube, span)),
        summary=_summary(whole, table, by, span),
        by=by,
        formulas={column: note(text) for column, text in FORMULA_SENTENCES.items()},
        curve=waiting_curve(recent["days"], recent["closed"]),
    )


def _areas_of(study: Study, by: str) -> gpd.GeoDataFrame:
    areas = study.areas[study.areas["kind"] == by]
    if by != UNIT and not len(areas):
        raise RefusedQuestion(
            'No area of the kind "{kind}" was read. There are: {kinds}.',
            kind=by,
            kinds=", ".join([UNIT, *sorted(study.areas["kind"].unique())]),
        )
    return areas


def episodes_known(study: Study, last: date) -> pl.DataFrame:
    """Return the episodes as they were known on a day."""
    if study.cube.last_day is None or last >= study.cube.last_day:
        return study.episodes
    return find_episodes(study.reports, end=end_of_day(last, study.timezone))


def _inside(times: pl.DataFrame, areas: Sequence[str]) -> pl.Expr:
    """Return whether a problem lies in one of these areas."""
    kinds = [name for name, dtype in times.schema.items() if dtype == pl.List(pl.String)]
    met = (pl.col(kind).list.set_intersection(list(areas)).list.len() > 0 for kind in kinds)
    return pl.any_horizontal(pl.lit(False), *met)


def _counted(times: pl.DataFrame, failures: pl.DataFrame, by: str, days: Window) -> pl.DataFrame:
    """Return `closing.tally` by unit or area, with the checks of their closings."""
    keyed = times.with_columns(key=pl.col(by))
    if times.schema[by] == pl.List(pl.String):
        keyed = keyed.explode("key")
    keyed = keyed.drop_nulls("key")
    looked = keyed.select("incident_id", "key").join(failures, on="incident_id")
    checked = looked.group_by("key").agg(
        checked=pl.len().cast(pl.Int64), failed=pl.col("failed").sum().cast(pl.Int64), failed_share=pl.mean("failed")
    )
    return tally(keyed, days.first, days.last).join(checked, on="key", how="left")


def _known_only(counted: pl.DataFrame, times: pl.DataFrame) -> pl.DataFrame:
    """Take away what these data cannot tell: a unit without deadlines is not one that met them all."""
    counted = counted.with_columns(pl.col("checked", "failed").fill_null(0))
    hidden: list[str] = []
    on_time = ["due", "on_time", "on_time_share", "on_time_low", "on_time_high"]
    if not times["due_on"].count():
        hidden += [*on_time, "overdue"]
    if not times["closed_on"].count():
        hidden += ["closed", *on_time, "median_days", "checked", "failed", "failed_share"]
    return counted.with_columns(pl.lit(None).cast(counted.schema[name]).alias(name) for name in dict.fromkeys(hidden))


def _with_names(counted: pl.DataFrame, study: Study, areas: gpd.GeoDataFrame, by: str) -> pl.DataFrame:
    """Add name and contact; of areas those without a problem too."""
    if by == UNIT:
        facts = pl.from_pandas(study.areas[["unit", "contact"]]).cast(pl.String)
        known = facts.filter((pl.col("unit") != "") & (pl.col("contact") != "")).group_by("unit", "contact").len()
        first = known.sort("len", "contact", descending=[True, False]).unique("unit", keep="first")
        named = counted.join(first.select(key="unit", contact="contact"), on="key", how="left")
        return named.with_columns(name=pl.col("key"))
    facts = pl.from_pandas(areas[["area_id", "name", "contact"]]).cast(pl.String).rename({"area_id": "key"})
    counts = ("reported", "closed", "due", "on_time", "backlog", "overdue", "checked", "failed")
    told = [name for name in counts if not counted.height or counted[name].null_count() < counted.height]
    return facts.join(counted, on="key", how="left").with_columns(
        pl.col(told).fill_null(0), contact=pl.col("contact").replace("", None)
    )


def areas_shown(study: Study, question: Question) -> list[str]:
    """Return the areas chosen and those whose middle lies in one of them; all where none is chosen."""
    areas = study.areas
    if question.areas:
        chosen = areas["area_id"].isin(list(question.areas))
        areas = areas[chosen | areas.geometry.representative_point().within(areas[chosen].geometry.union_all())]
    return list(areas["area_id"])


def _frame(table: pl.DataFrame, areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    plain = table.select(list(tables.PERFORMANCE)).cast(pl.Schema(tables.PERFORMANCE)).to_pandas()
    whole = {name: "Int64" for name, dtype in tables.PERFORMANCE.items() if dtype == pl.Int64}
    shapes = areas.set_index("area_id").geometry.reindex(plain["key"]).to_numpy() if len(areas) else [None] * len(plain)
    return gpd.GeoDataFrame(plain.astype(whole), geometry=shapes, crs="EPSG:4326")


def _reason(row: dict[str, Any], lang: str) -> str:
    """Say in a few words how a unit or an area closed its problems."""
    said = []
    if row["due"]:
        said.append(
            say(
                "Closed in time: {on_time} of {due} due, {share} % (90 % interval {low} to {high} %).",
                lang,
                on_time=f"{row['on_time']:,}",
                due=f"{row['due']:,}",
                share=f"{100 * row['on_time_share']:.0f}",
                low=f"{100 * row['on_time_low']:.0f}",
                high=f"{100 * row['on_time_high']:.0f}",
            )
        )
        if row["due"] < LEAST_DUE:
            said.append(say("Too few due to compare.", lang))
    elif row["due"] == 0:
        said.append(say("Nothing was due.", lang))
    if row["backlog"]:
        since = numbers.day(row["oldest_open"], lang)
        if row["overdue"] is None:
            said.append(say("Open: {open}, the oldest since {since}.", lang, open=f"{row['backlog']:,}", since=since))
        else:
            said.append(
                say(
                    "Open: {open}, {overdue} of them overdue, the oldest since {since}.",
                    lang,
                    open=f"{row['backlog']:,}",
                    overdue=f"{row['overdue']:,}",
                    since=since,
                )
            )
    else:
        said.append(say("Nothing is open.", lang))
    if row["checked"]:
        said.append(
            say(
                "Reported again within 30 days: {failed} of {checked} closings.",
                lang,
                failed=f"{row['failed']:,}",
                checked=f"{row['checked']:,}",
            )
        )
    return together(said, lang)


def _notes(question: Question, times: pl.DataFrame, by: str) -> list[Note]:
    """Return what to keep in mind when reading the table."""
    said = []
    if not times["due_on"].count():
        said.append(
            note(
                "No report has a deadline, so closing on time cannot be told. Name the column of the deadline in the "
                "mapping (due_at = ...)."
            )
        )
    elif missing := times["due_on"].null_count():
        said.append(
            note("Problems without a deadline, which count neither as due nor as overdue: {n}.", n=f"{missing:,}")
        )
    if not times["closed_on"].count():
        said.append(note("No report says when its problem was closed, so nothing is known of the time it took."))
    elif undated := times.filter(pl.col("closed") & pl.col("closed_on").is_null()).height:
        said.append(
            note("Problems closed on a day that is not known, left out of shares and times: {n}.", n=f"{undated:,}")
        )
    said += forgotten(times)
    if question.statuses:
        said.append(note("A status is not asked for here: problems left open count against whoever was to close them."))
    if by == UNIT and (nobody := times["unit"].null_count()):
        said.append(
            note(
                "Problems that no report names a unit for, in no row: {n}. Orders give them to the unit that leads the "
                "area; by kind of area, they count in its row.",
                n=f"{nobody:,}",
            )
        )
    return said


def _order(table: pl.DataFrame) -> list[Note]:
    """Return what the order is and is not, where there is one."""
    if table.filter(pl.col("due") >= LEAST_DUE).height < 2:
        return []
    return [
        note(
            "Listed by the share on time, drawn toward that of all the more the fewer were due. This is no league "
            "table: where intervals overlap, two rows can hardly be told apart."
        )
    ]


def forgotten(times: pl.DataFrame) -> list[Note]:
    """Return what to say of problems open for so long that their closing may never have been entered."""
    old = times.filter(LONG_OPEN).height
    if not old:
        return []
    return [
        note(
            "Open for more than {days} days: {old} of {open} open problems, perhaps put right and never closed in the "
            "records. They count as open; look into them first.",
            days=f"{HELD_DAYS:.0f}",
            old=f"{old:,}",
            open=f"{times.filter(~pl.col('closed')).height:,}",
        )
    ]


def _summary(whole: pl.DataFrame, table: pl.DataFrame, by: str, span: Window) -> dict[str, Any]:
    return {
        "by": by,
        "rows": table.height,
        "too_few": table.filter(pl.col("due") < LEAST_DUE).height,
        **whole.drop("key").row(0, named=True),
        "window_start": span.first,
        "window_end": span.last,
    }
