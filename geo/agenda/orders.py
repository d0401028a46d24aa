"""Work orders: the open problems of chosen areas, each given to the unit that answers for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import geopandas as gpd
import polars as pl

from geo import tables
from geo.agenda.duties import duties_of, inside, with_owners
from geo.errors import NoReports, RefusedQuestion
from geo.grid.cube import Slice
from geo.intake import addresses
from geo.planning.orders import NO_UNIT, RESPONSIBILITIES, WorkOrders, order_mark, own_deadline, target_ids
from geo.stats import scope
from geo.stats.places import still_open
from geo.stats.question import Question
from geo.study import Study
from geo.words import Note, note, numbers, say

_PICTURES = (".jpg", ".jpeg", ".png")
_PERSONAL = r"\+?\d{7,}[Xx]?|\b1[3-9]\d[- ]\d{4}[- ]\d{4}\b|\b0\d{2,3}-\d{7,8}\b|\(?\b\d{3}\)?[-. ]\d{3}[-. ]\d{4}\b"
"""Telephone and identity numbers, which some write into the address."""


def make_orders(
    study: Study,
    chosen: gpd.GeoDataFrame | Sequence[str],
    *,
    deadline: date,
    question: Question | None = None,
    photos: Path | None = None,
    lang: str = "en",
) -> WorkOrders:
    """Return who is to put right what by when, in the areas `chosen`.

    Parameters
    ----------
    chosen
        A table with `area_id`, of which the rows that say `chosen` if it has that column (`tables.CHOICES`, or
        `tables.PRIORITIES`; `tier` and what is expected are used), or the area_ids themselves. A problem in two of
        them stands under the first.
    deadline
        Last day of the orders; a problem that is due earlier, and not overdue, keeps its own day.
    question
        Whose categories and sources narrow the problems, whose units the orders, and whose `until` is the last day, or
        that of the last report where it lies after it.
    photos
        Folder with a picture per report, named after its number (`REPORT.jpg` or `.png`).

    A problem is an incident of which a report is open at the end of the last day. It goes to its own unit (of its first
    report that names one), else to the unit that leads the area, else to NO_UNIT. Its day due is the earliest of its
    open reports, overdue before the last day; it `returned` where it began within 30 days of a closing of the same
    category at the same place (`geo.stats.episodes`). Incidents whose first report lies at a pile are in no order:
    nobody knows where they are. Of the units asked for the orders are those they get without being asked for.

    Raises RefusedQuestion where no area is chosen, one is not known, the deadline has passed, or no unit asked for has
    anything to do with the areas; NoReports where the study has no report.
    """
    question = study.with_codes(question or Question())
    if study.cube.last_day is None:
        raise NoReports("There is no report in the study area. Check the coordinate system and the boundary.")
    made_on = min(question.until or study.cube.last_day, study.cube.last_day)
    if deadline <= made_on:
        raise RefusedQuestion(
            "The deadline {deadline} is not after {day}, the day of the orders. Choose a later one.",
            deadline=deadline,
            day=made_on,
        )
    areas, facts = _chosen_areas(study, chosen)
    every = inside(_open_problems(study, made_on), facts["area_id"].to_list(), study.areas).join(
        facts.select("area_id", "area", "kind"), on="area_id", how="left", maintain_order="left"
    )
    every = every.with_columns(asked=_asked(question))
    asked = every.filter("asked")
    listed = with_owners(asked.unique("key", keep="first", maintain_order=True), study.areas).with_columns(
        deadline=own_deadline(deadline, "due_at", made_on), overdue=(pl.col("due_at") < made_on).fill_null(False)
    )
    held = every.group_by("area_id").agg(pl.col("asked").sum(), held=pl.len())
    duties = duties_of(listed, held, facts, study.areas, deadline, lang)
    if question.units:
        listed, duties = (rows.filter(pl.col("unit").is_in(question.units)) for rows in (listed, duties))
        if not duties.height:
            raise RefusedQuestion(
                "Nothing of what was asked for is open in the chosen areas, and none of them is led by {units}. Choose "
                "other areas or clear the filter of units.",
                units=", ".join(question.units),
            )
    pictures, left_out = _pictures(photos, listed)
    listed = listed.with_columns(pictures, _places(listed), evidence=pl.col("evidence").list.join(";"))
    mark = order_mark(made_on, deadline, [*facts["area_id"], *question.categories, *question.sources, *question.units])
    units = sorted(set(duties["unit"]), key=lambda name: (name == NO_UNIT, name))
    ids = pl.DataFrame({"unit": units, "order_id": [f"{mark}-{at:02d}" for at in range(1, len(units) + 1)]})
    by = pl.col("order_id").str.len_chars(), "order_id", "rank"  # the hundredth order after the ninety-ninth
    problems = listed.join(ids, on="unit").sort(*by, ~pl.col("overdue"), "deadline", "target_id")
    return WorkOrders(
        problems=problems.select(list(tables.ORDERS)).cast(pl.Schema(tables.ORDERS)),
        responsibilities=duties.join(ids, on="unit")
        .sort(*by)
        .select(list(RESPONSIBILITIES))
        .cast(pl.Schema(RESPONSIBILITIES)),
        areas=areas,
        boundary=study.boundary,
        deadline=deadline,
        made_on=made_on,
        title=say(
            "Work orders of {day}, to be done by {deadline}",
            lang,
            day=numbers.day(made_on, lang),
            deadline=numbers.day(deadline, lang),
        ),
        notes=(*_notes(study, question, made_on, problems, asked), *left_out),
        photos=photos,
    )


def _chosen_areas(study: Study, chosen: gpd.GeoDataFrame | Sequence[str]) -> tuple[gpd.GeoDataFrame, pl.DataFrame]:
    """Return the chosen areas in their order, and of each: area_id, area, kind, rank, tier and gain."""
    if isinstance(chosen, gpd.GeoDataFrame):
        table = chosen[chosen["chosen"].astype(bool)] if "chosen" in chosen.columns else chosen
    else:
        table = gpd.GeoDataFrame({"area_id": list(chosen)})
    table = table.drop_duplicates("area_id")
    if not len(table):
        raise RefusedQuestion("No area is chosen, so there is nothing to order. Choose one or more.")
    known = study.areas.set_index("area_id", drop=False)
    if strange := [name for name in table["area_id"] if name not in known.index]:
        raise RefusedQuestion("There is no area {area}. Choose those of the list of areas.", area=strange[0])
    areas = known.loc[table["area_id"].to_list(), list(tables.AREA_COLUMNS)].reset_index(drop=True)
    schema = {"area_id": pl.String, "area": pl.String, "kind": pl.String, "tier": pl.String, "gain": pl.Float64}
    columns = {"area_id": areas["area_id"].to_list(), "area": areas["name"].to_list(), "kind": areas["kind"].to_list()}
    for name, sources in (("tier", ("tier",)), ("gain", ("gain", "forecast"))):
        known_by = next((source for source in sources if source in table.columns), None)
        columns[name] = table[known_by].to_list() if known_by else [None] * len(table)
    facts = pl.DataFrame(columns, schema=schema, nan_to_null=True).with_row_index("rank")
    return areas, facts


def _asked(question: Question) -> pl.Expr:
    """Return which problems the question narrows to; all of them are open, whatever status it asks for.

    Units are not asked here: whose a problem is shows once the lead of its area is known.
    """
    return Slice(question.categories, question.sources).condition


def _open_problems(study: Study, last: date) -> pl.DataFrame:
    """Return one row per incident with a report open at the end of the day `last`, the oldest first.

    Where and what it is comes from its first report, as everywhere in counts; so do the areas it lies in, and whether
    it is at a pile. A later report at a pile is one of the same problem, as in `planning.closing.times_to_close`.
    """
    back = study.marked_until(last).reports.select("row", "returned")
    places = (
        study.reports.filter(~pl.col("pile")).select("system", "report_id").with_row_index("row").join(back, on="row")
    )
    days = {"day": "reported_at", "closed_day": "closed_at", "due_day": "due_at"}
    rows = study.reports.join(places.drop("row"), on=["system", "report_id"], how="left").with_columns(
        pl.col(time).dt.convert_time_zone(study.timezone).dt.date().alias(name) for name, time in days.items()
    )
    rows = rows.filter(pl.col("day") <= last).with_columns(open=still_open("closed_day", last))
    standing = rows.filter("open").select(pl.col("incident_id").unique())
    kinds = [name for name, dtype in rows.schema.items() if dtype == pl.List(pl.String)]
    found = (
        rows.join(standing, on="incident_id", how="semi")
        .sort(pl.col("incident_id") != tables.REPORT_KEY, "reported_at", "system", "report_id")
        .group_by("incident_id", maintain_order=True)
        .agg(
            pl.col("system", "report_id", "category", "source", "lat", "lon", "pile", "returned", *kinds).first(),
            pl.col("unit", "address").drop_nulls().first(),
            reported_at=pl.col("day").min(),
            due_at=pl.col("due_day").filter("open").min(),
            evidence=pl.col("report_id"),
            reports=pl.len(),
        )
        .filter(~pl.col("pile"))
        .rename({"incident_id": "key"})
        .sort("reported_at", "key")
    )
    return found.with_columns(target_id=pl.Series(target_ids(found["key"]), dtype=pl.String))


def _places(problems: pl.DataFrame) -> pl.Series:
    """Return where each problem is, for somebody who goes there: its address without district, else the area."""
    written = problems["address"].str.replace_all(_PERSONAL, "…").str.strip_chars()
    names = [addresses.short(text) if text else area for text, area in zip(written, problems["area"], strict=True)]
    return pl.Series("place", names, dtype=pl.String)


def _pictures(folder: Path | None, problems: pl.DataFrame) -> tuple[pl.Series, list[Note]]:
    """Return the name of the picture of each problem, and which pictures of its reports were left out."""
    nothing = pl.Series("photo", [None] * problems.height, dtype=pl.String)
    if folder is None:
        return nothing, []
    if not folder.is_dir():
        raise RefusedQuestion("The folder of photos {folder} does not exist. Choose another, or none.", folder=folder)
    names = sorted(file.name for file in folder.iterdir() if file.suffix.lower() in _PICTURES and file.is_file())
    by_number = {Path(name).stem: name for name in reversed(names)}
    numbered = problems.select("system", "evidence").explode("evidence")
    doubtful = set(
        numbered.group_by("evidence").agg(pl.col("system").n_unique()).filter(pl.col("system") > 1)["evidence"]
    ) & set(by_number)
    found = [
        next((by_number[one] for one in evidence if one in by_number and one not in doubtful), None)
        for evidence in problems["evidence"]
    ]
    said = []
    if doubtful:
        count = f"{len(doubtful):,}"
        said.append(note("Photos left out because reports of two systems have their number: {photos}.", photos=count))
    asked = set(numbered["evidence"]) - doubtful
    if spare := [name for name in names if Path(name).stem in asked and by_number[Path(name).stem] != name]:
        said.append(
            note("Photos left out because another of the same number is taken: {photos}.", photos=", ".join(spare))
        )
    return pl.Series("photo", found, dtype=pl.String), said


def _notes(
    study: Study, question: Question, last: date, problems: pl.DataFrame, asked: pl.DataFrame
) -> tuple[Note, ...]:
    """Return what to keep in mind when reading the orders."""
    said = [
        note(
            "What reporters wrote is left out: it may name persons. Telephone and identity numbers in addresses are "
            "hidden; the report is found by its number."
        )
    ]
    said += scope.as_of_notes(question.until, last)
    if twice := asked.join(problems, on="key", how="semi").height - problems.height:
        said.append(
            note(
                "Problems that lie in several chosen areas stand once, under the first chosen: left out elsewhere "
                "{times} times.",
                times=f"{twice:,}",
            )
        )
    if nobody := problems.filter(pl.col("unit") == NO_UNIT).height:
        said.append(
            note(
                "No unit is named for {problems} problems, neither in a report nor by the area: they are an order of "
                "their own. Name a unit and hand them out.",
                problems=f"{nobody:,}",
            )
        )
    if question.statuses:
        said.append(note("An order lists what is open, whatever status is asked for."))
    day = pl.col("reported_at").dt.convert_time_zone(study.timezone).dt.date()
    closed = pl.col("closed_at").dt.convert_time_zone(study.timezone).dt.date()
    first = study.reports.filter(pl.col("pile") & (pl.col("incident_id") == tables.REPORT_KEY)).select("incident_id")
    piled = study.reports.join(first, on="incident_id", how="semi").filter(pl.col("pile") & (day <= last))
    piled = piled.select("status", closed=closed)
    if waiting := piled.filter(still_open("closed", last)).height:
        said.append(
            note(
                "Open reports that only have the position of a pile are in no order, for nobody knows where they are: "
                "{reports} in the whole city.",
                reports=f"{waiting:,}",
            )
        )
    return tuple(said)
