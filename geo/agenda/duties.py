"""Who is to do what: the unit, its helpers and its contact for every problem, and the duties of every chosen area."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import geopandas as gpd
import polars as pl

from geo.planning.orders import NO_UNIT
from geo.words import note, numbers


def inside(problems: pl.DataFrame, chosen: Sequence[str], areas: gpd.GeoDataFrame) -> pl.DataFrame:
    """Return a row per problem and chosen area that it lies in, `area_id`, in the order of problems and of `chosen`.

    `problems`: with a list of area_ids per kind; the first row of each says under which area it stands.
    """
    order = pl.DataFrame({"area_id": list(chosen)}, schema={"area_id": pl.String}).with_row_index("rank")
    kinds = sorted(set(areas.loc[areas["area_id"].isin(list(chosen)), "kind"]) & set(problems.columns))
    every = pl.concat_list(kinds) if kinds else pl.lit([], pl.List(pl.String))
    rows = problems.with_row_index("at").with_columns(area_id=every).explode("area_id")
    return rows.join(order, on="area_id").sort("at", "rank").drop("at")


def answering(problems: pl.DataFrame, areas: gpd.GeoDataFrame) -> pl.DataFrame:
    """Return the problems with the `unit` that answers for each: the one it names, else the lead of its `area_id`.

    Null where neither is known. The one rule of orders and countdown.
    """
    led = _leads(areas).select("area_id", "lead")
    owned = problems.join(led, on="area_id", how="left", maintain_order="left")
    return owned.with_columns(unit=pl.coalesce("unit", "lead")).drop("lead")


def with_owners(problems: pl.DataFrame, areas: gpd.GeoDataFrame) -> pl.DataFrame:
    """Return the problems with `unit`, `assisting_units` and `contact` as they go into an order.

    `problems`: area_id and unit, null where none is named. `areas`: of the whole city, for the contacts of units.
    """
    owned = answering(problems, areas).with_columns(pl.col("unit").fill_null(NO_UNIT))
    return _with_help(owned, _leads(areas))


def duties_of(
    problems: pl.DataFrame, held: pl.DataFrame, chosen: pl.DataFrame, areas: gpd.GeoDataFrame, deadline: date, lang: str
) -> pl.DataFrame:
    """Return how much every unit has to do in every chosen area: RESPONSIBILITIES without the order's number, and rank.

    Every area has a row of the unit that leads it, also where nothing is open.

    `problems`: as in the order: area_id, unit, overdue, returned. `held`: area_id and how many open problems lie in it,
    those that stand under another area too: `held` all, `asked` those asked for. `chosen`: area_id, area, kind, rank,
    tier, gain.
    """
    led = _leads(areas)
    tally = problems.group_by("area_id", "unit").agg(
        problems=pl.len(), overdue=pl.col("overdue").sum(), returned=pl.col("returned").sum()
    )
    own = problems.group_by("area_id").agg(own=pl.len())
    leads = chosen.join(led, on="area_id", how="left").select("area_id", unit=pl.col("lead").fill_null(NO_UNIT))
    rows = pl.concat([leads, tally.select("area_id", "unit")]).unique()
    for other, keys in ((chosen, ["area_id"]), (tally, ["area_id", "unit"]), (held, ["area_id"]), (own, ["area_id"])):
        rows = rows.join(other, on=keys, how="left")
    rows = _with_help(rows, led).with_columns(
        pl.col("problems", "overdue", "returned", "held", "asked", "own").fill_null(0),
        tier=pl.col("tier").fill_null(""),
        deadline=pl.lit(deadline),
    )
    measures = [_measure(row, lang) for row in rows.iter_rows(named=True)]
    return rows.with_columns(measure=pl.Series(measures, dtype=pl.String))


def _leads(areas: gpd.GeoDataFrame) -> pl.DataFrame:
    """Return area_id, lead, assisting_units and contact of areas; null where nothing is written."""
    columns = {"area_id": "area_id", "unit": "lead", "assisting_units": "assisting_units", "contact": "contact"}
    texts = {
        ours: [text.strip() or None if isinstance(text, str) else None for text in areas[theirs]]
        for theirs, ours in columns.items()
    }
    return pl.DataFrame(texts, schema=dict.fromkeys(texts, pl.String))


def _with_help(rows: pl.DataFrame, led: pl.DataFrame) -> pl.DataFrame:
    """Add lead, assisting_units and contact to rows of an area and a unit.

    Where a unit does what lies in the area of another, that one assists. Its contact is that of the area if it leads
    it, else the one named with it most often.
    """
    joined = rows.join(led, on="area_id", how="left", maintain_order="left")
    named = led.drop_nulls(["lead", "contact"]).group_by("lead", "contact").len()
    usual = named.sort("len", "contact", descending=[True, False]).unique("lead", keep="first", maintain_order=True)
    joined = joined.join(
        usual.select(unit="lead", usual="contact"), on="unit", how="left", maintain_order="left"
    ).with_columns(contact=pl.coalesce(pl.when(pl.col("unit") == pl.col("lead")).then("contact"), "usual"))
    helpers = [_others(*row) for row in joined.select("unit", "lead", "assisting_units").iter_rows()]
    return joined.with_columns(assisting_units=pl.Series(helpers, dtype=pl.String)).drop("usual")


def _others(unit: str, lead: str | None, assisting: str | None) -> str | None:
    """Return who assists a unit in an area: its lead, where that is another, and those it names.

    >>> _others("Greening", "West office", "Market office;Greening"), _others("West office", "West office", None)
    ('West office;Market office', None)
    """
    named = [lead or "", *(name.strip() for name in (assisting or "").split(";"))]
    return ";".join(dict.fromkeys(name for name in named if name and name != unit)) or None


def _measure(row: dict[str, Any], lang: str) -> str:
    """Return what a unit is to do in an area, in one sentence."""
    values = {name: f"{row[name]:,}" for name in ("problems", "overdue", "returned")}
    values["by"] = numbers.day(row["deadline"], lang)
    if row["problems"] and row["overdue"] and row["returned"]:
        said = note(
            "Put right what is listed by {by}: {problems}, of which {overdue} overdue, these first, and {returned} "
            "that came back after a closing: remedy their cause.",
            **values,
        )
    elif row["problems"] and row["overdue"]:
        said = note("Put right what is listed by {by}: {problems}, of which {overdue} overdue, these first.", **values)
    elif row["problems"] and row["returned"]:
        said = note(
            "Put right what is listed by {by}: {problems}, of which {returned} came back after a closing: remedy their "
            "cause.",
            **values,
        )
    elif row["problems"]:
        said = note("Put right what is listed by {by}: {problems}.", **values)
    elif row["own"]:
        said = note("What is open here is for other units; see that it is put right by {by}.", **values)
    elif row["asked"]:
        said = note(
            "What is open here is listed under another chosen area; see that it is put right by {by}.", **values
        )
    elif row["held"] and round(row["gain"] or 0.0):
        said = note(
            "Nothing of what was asked for is open. About {expected} new problems are expected in the next 4 weeks: "
            "patrol and prevent.",
            expected=f"{row['gain']:,.0f}",
        )
    elif row["held"]:
        said = note("Nothing of what was asked for is open. Patrol and prevent.")
    elif round(row["gain"] or 0.0):
        said = note(
            "Nothing is open. About {expected} new problems are expected in the next 4 weeks: patrol and prevent.",
            expected=f"{row['gain']:,.0f}",
        )
    else:
        said = note("Nothing is open. Patrol and prevent.")
    return said.sentence(lang)
