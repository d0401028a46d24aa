"""What an answer has to tell: its sentence, its cover sheet, and of a cell or an area the weeks and the reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import geopandas as gpd
import numpy as np
import polars as pl

from geo.grid import cells as h3_cells
from geo.grid.overlay import cells_of_areas
from geo.grid.windows import Window
from geo.intake.themes import names_of
from geo.maps.labels import source_name, status_name
from geo.stats.calendar import LONG, holidays_between
from geo.stats.change import Emerging
from geo.stats.emerging import LABEL_SENTENCES, PLANNER_SENTENCES, TOO_SHORT
from geo.stats.expected import by_week
from geo.stats.places import LANDMARKS, SLIVER, backlog_of
from geo.stats.profile import AreaProfile, area_profile
from geo.stats.question import Question
from geo.stats.sentences import lens_title
from geo.study import Answer, Study, unplaced
from geo.words import say
from geo.words.numbers import day, span

LATEST = 3
KIND_ORDER = ("district", "street_office", "community", "street", "estate", "construction_site", "market")
"""From the widest kind of area to the one worth naming first."""


def summary_sentence(answer: Answer, *, lang: str = "en") -> str:
    """Say the result in one line."""
    counted = answer.summary
    return say(
        "{hot} of {cells} hexagons are hot, {core} of them core, in {clusters} clusters; {span}, level {resolution}.",
        lang,
        hot=f"{counted['hot']:,}",
        cells=f"{counted['cells']:,}",
        core=f"{counted['core']:,}",
        clusters=counted["clusters"],
        span=span(answer.window.first, answer.window.last, lang),
        resolution=counted["resolution"],
    )


def about(study: Study, answer: Answer, *, lang: str = "en") -> dict[str, str]:
    """Return what belongs on the cover sheet of a list: the question, the days, the data, what to keep in mind."""
    return cover(study, answer.question, answer.headline, (answer.window,), answer.notes, lang)


def cover(
    study: Study, question: Question, headline: str, windows: Sequence[Window], notes: Sequence[str], lang: str
) -> dict[str, str]:
    """Return what belongs on every cover sheet. `question`: with its categories as codes."""
    quality = study.material.intake.quality
    facts = {
        say("Question", lang): headline,
        say("Days", lang): span(windows[0].first, windows[-1].last, lang) if windows else "",
        **_filters(study, question, lang),
        say("Files", lang): ", ".join(quality.files),
        say("Rows", lang): say(
            "{rows} rows read: {accepted} accepted, {rejected} rejected.",
            lang,
            rows=f"{quality.rows_read:,}",
            accepted=f"{quality.accepted:,}",
            rejected=f"{quality.rejected:,}",
        ),
    }
    return facts | {f"{say('Keep in mind', lang)} {at}": text for at, text in enumerate(notes, start=1)}


def about_changes(study: Study, question: Question, found: Emerging, *, lang: str = "en") -> dict[str, str]:
    """Return what belongs on the cover sheet of a list of emerging hot spots."""
    headline = lens_title(found.lines[0].lens, lang, per=question.per)
    notes = change_notes(study, found, lang=lang)
    facts = cover(study, study.with_codes(question), headline, found.periods, notes, lang)
    key = say("One letter per period, the oldest first: h hot, c cold, . neither.", lang)
    return facts | {say("history", lang): key}


def change_notes(study: Study, found: Emerging, *, lang: str = "en") -> list[str]:
    """Return what to keep in mind when reading what became of places."""
    return [n.sentence(lang) for n in (*study.material.notes, *found.notes)] + unplaced(study, lang)


def change_summary(study: Study, found: Emerging) -> dict[str, Any]:
    """Return the numbers of a list of emerging hot spots: its periods, and its hexagons by label and planner's word.

    Where each category is tested by itself a hexagon may count under several labels; `pairs` of hexagon and category
    are the rows with a planner's word.
    """
    labels, words = (found.table.groupby(name)["cell"].nunique() for name in ("label", "planner_label"))
    return {
        **rows_counted(study),
        "incidents": study.reports["incident_id"].n_unique(),
        "resolution": study.cube.resolution,
        "cells": found.table["cell"].nunique(),
        "categories": len(found.lines),  # tested by themselves; 1 where they are counted together
        "pairs": int((found.table["planner_label"] != "").sum()),
        "lens": found.lines[0].lens,
        "steps": len(found.periods),
        "first_day": found.periods[0].first if found.periods else None,
        "last_day": found.periods[-1].last if found.periods else None,
        "labels": {label: int(labels[label]) for label in LABEL_SENTENCES if label in labels},
        "planner_labels": {word: int(words.get(word, 0)) for word in PLANNER_SENTENCES},
    }


def rows_counted(study: Study) -> dict[str, int]:
    """Return how many rows were read, accepted and rejected."""
    quality = study.material.intake.quality
    return {"rows_read": quality.rows_read, "accepted": quality.accepted, "rejected": quality.rejected}


def change_sentence(summary: Mapping[str, Any], *, lang: str = "en") -> str:
    """Say the numbers of `change_summary` in one line."""
    if TOO_SHORT in summary["labels"]:
        return say("{steps} periods: too short to call.", lang, steps=summary["steps"])
    values = {
        "cells": f"{summary['cells']:,}",
        **{word.removeprefix("coming "): f"{count:,}" for word, count in summary["planner_labels"].items()},
        "steps": summary["steps"],
        "span": span(summary["first_day"], summary["last_day"], lang),
        "resolution": summary["resolution"],
    }
    if summary["categories"] > 1:
        return say(
            "Of {cells} hexagons {new} hold a category that is new as a hot spot there, {back} one that is coming "
            "back, {chronic} a chronic and {past} a past one: {pairs} pairs of hexagon and category; {steps} periods, "
            "{span}, level {resolution}.",
            lang,
            **values,
            pairs=f"{summary['pairs']:,}",
        )
    return say(
        "Of {cells} hexagons {new} are new hot spots, {back} are coming back, {chronic} are chronic, {past} are past; "
        "{steps} periods, {span}, level {resolution}.",
        lang,
        **values,
    )


def narrowed_to(study: Study, answer: Answer, *, lang: str = "en") -> dict[str, str]:
    """Return the filters of the answer, by name, as they are said."""
    return _filters(study, answer.question, lang)


def _filters(study: Study, asked: Question, lang: str) -> dict[str, str]:
    names = study.areas.set_index("area_id")["name"]
    chosen: dict[str, Sequence[str]] = {
        say("Categories", lang): names_of(asked.categories, study.themes, lang),
        say("Sources", lang): [source_name(source, lang) for source in asked.sources],
        say("Status", lang): [status_name(status, lang) for status in asked.statuses],
        say("Unit", lang): asked.units,
        say("Areas", lang): [names[area] for area in asked.areas],
    }
    return {name: say(", ", lang).join(values) for name, values in chosen.items() if values}


def stamp(study: Study, *, lang: str = "en") -> str:
    """Say up to which day the data go, and how much there is."""
    last = study.cube.last_day
    assert last is not None  # a study holds at least one report
    return say(
        "Data to {day}. {reports} reports, {merged} duplicates merged.",
        lang,
        day=day(last, lang),
        reports=f"{study.reports.height:,}",
        merged=f"{study.reports.height - study.reports['incident_id'].n_unique():,}",
    )


def weekly(study: Study, answer: Answer, cell: str, weeks: int = 26, *, lang: str = "en") -> pl.DataFrame:
    """Return week, incidents, expected, holiday and days_off of a cell and its ring, the last `weeks` of the answer.

    `week` is its first local day, `holiday` the long public holiday whose middle lies in it ("" for none) and
    `days_off` its length. `expected` follows the city week by week, see `by_week`, also before the window. Weeks before
    the records are left out.
    """
    ring = _ring(study, cell)
    last = answer.window.last
    weeks = study.cube.weeks_recorded(last, weeks)
    counts = study.cube.by_period(last, weeks, chosen=answer.question.chosen)
    days = [last - timedelta(days=7 * back - 1) for back in range(weeks, 0, -1)]
    test = answer.tests[0]
    if test.total is None:
        whole, total = counts.sum(axis=0), float(test.count.sum())
    else:
        every = replace(answer.question.chosen, categories=())
        whole, total = study.cube.by_period(last, weeks, chosen=every)[ring].sum(axis=0), float(test.total[ring[0]])
    return pl.DataFrame(
        {
            "week": days,
            "incidents": counts[ring].sum(axis=0).astype(int),
            "expected": by_week(float(test.expected[ring[0]]), total, whole),
        },
        schema_overrides={"week": pl.Date},
    ).hstack(_holidays(days, study.timezone, lang))


def _holidays(weeks: Sequence[date], zone: str, lang: str) -> pl.DataFrame:
    """Return `holiday` and `days_off` of the weeks that begin on these days; of two in a week the longer."""
    found = dict.fromkeys(weeks, ("", 0))
    for holiday in holidays_between(weeks[0], weeks[-1] + timedelta(days=6), zone, lang) if weeks else ():
        middle = holiday.first + (holiday.last - holiday.first) // 2
        week = next((day for day in weeks if day <= middle <= day + timedelta(days=6)), None)
        if week is not None and holiday.days >= max(LONG, found[week][1]):
            found[week] = (holiday.name, holiday.days)
    return pl.DataFrame(list(found.values()), schema={"holiday": pl.String, "days_off": pl.Int64}, orient="row")


def latest_reports(study: Study, answer: Answer, cell: str, most: int = LATEST) -> pl.DataFrame:
    """Return the latest reports of a cell and its ring inside the window, the newest first."""
    return _reports(study, answer, pl.col("cell").is_in(study.cube.cells[_ring(study, cell)])).top_k(
        most, by="reported_at"
    )


def reports_within(
    study: Study, answer: Answer, bounds: tuple[float, float, float, float], most: int
) -> tuple[pl.DataFrame, int]:
    """Return the latest `most` reports of the window inside `bounds` (west, south, east, north), and the number of all.

    Reports at a pile or known to the block only are left out: their points are not where the problem is.
    """
    west, south, east, north = bounds
    inside = pl.col("lon").is_between(west, east) & pl.col("lat").is_between(south, north) & ~pl.col("coarse")
    if answer.question.areas:
        inside &= pl.col("cell").is_in(h3_cells.string_to_cell(answer.table["cell"].to_list()))
    found = _reports(study, answer, inside)
    return found.top_k(most, by="reported_at"), found.height


def areas_at(study: Study, cell: str) -> gpd.GeoDataFrame:
    """Return the areas that a cell meets, the smallest kind first, then by the share of the cell they cover."""
    shares = cells_of_areas(h3_cells.string_to_cell([cell]), study.areas)
    met = study.areas.merge(shares.select("area_id", "share").to_pandas(), on="area_id")
    met = met[(met["share"] >= SLIVER) | met["kind"].isin(LANDMARKS)]
    order = {kind: at for at, kind in enumerate(reversed(KIND_ORDER))}
    met["order"] = met["kind"].map(order).fillna(-1)
    return met.sort_values(["order", "share", "area_id"], ascending=[True, False, True], ignore_index=True)


def profile(study: Study, answer: Answer, area_id: str) -> AreaProfile:
    """Return the profile of an area in the window and with the filters of the answer. Raises KeyError for no area."""
    kinds = study.areas.set_index("area_id")["kind"]
    kind = str(kinds[area_id])
    return area_profile(
        study.cube,
        area_id,
        kind,
        peers=int((kinds == kind).sum()),
        window=answer.window,
        chosen=answer.question.chosen,
    )


def hexagons_of_area(study: Study, answer: Answer, area_id: str) -> tuple[int, int, int]:
    """Return how many hexagons an area meets, and how many of them are hot and core, whatever areas are chosen."""
    met = np.isin(study.cube.cells, h3_cells.string_to_cell(study.cells_in([area_id]).to_list()))
    test = answer.tests[0]
    return int(met.sum()), int((met & test.hot).sum()), int((met & test.core).sum())


def reports_of_area(study: Study, answer: Answer, area_id: str) -> pl.DataFrame:
    """Return the reports of the window that lie in an area."""
    kind = str(study.areas.set_index("area_id").loc[area_id, "kind"])
    return _reports(study, answer, pl.col(kind).list.contains(area_id))


def backlog_of_area(study: Study, answer: Answer, area_id: str) -> dict[str, Any]:
    """Return open_reports, overdue_reports and oldest_open of an area, up to the last day of the answer.

    The filters of the answer count here as they do for the backlog of a cell.
    """
    kind = str(study.areas.set_index("area_id").loc[area_id, "kind"])
    inside = study.reports.filter(pl.col(kind).list.contains(area_id) & answer.question.chosen.condition)
    return backlog_of(inside, answer.window.last, study.timezone)


def _reports(study: Study, answer: Answer, where: pl.Expr) -> pl.DataFrame:
    """Return the reports of the window, with the filters of the answer, that meet a condition; none at a pile."""
    day = pl.col("reported_at").dt.convert_time_zone(study.timezone).dt.date()
    inside = day.is_between(answer.window.first, answer.window.last)
    return study.reports.filter(where & inside & ~pl.col("pile") & answer.question.chosen.condition)


def _ring(study: Study, cell: str) -> list[int]:
    """Return the positions in the universe of a cell, first, and of its neighbours."""
    at = int(np.searchsorted(study.cube.cells, h3_cells.string_to_cell([cell])[0]))
    return [at, *(int(n) for n in study.cube.neighbours[at] if n >= 0)]
