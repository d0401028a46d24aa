"""What an answer has to tell: its sentence, its cover sheet, and of a cell or an area the weeks and the reports."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import geopandas as gpd
import numpy as np
import polars as pl

from geo.grid import cells as h3_cells
from geo.grid.overlay import cells_of_areas
from geo.intake.themes import names_of
from geo.maps.labels import source_name, status_name
from geo.stats.places import LANDMARKS, SLIVER, backlog_of
from geo.stats.profile import AreaProfile, area_profile
from geo.study import Answer, Study
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
    quality = study.material.intake.quality
    facts = {
        say("Question", lang): answer.headline,
        say("Days", lang): span(answer.window.first, answer.window.last, lang),
        **narrowed_to(study, answer, lang=lang),
        say("Files", lang): ", ".join(quality.files),
        say("Rows", lang): say(
            "{rows} rows read: {accepted} accepted, {rejected} rejected.",
            lang,
            rows=f"{quality.rows_read:,}",
            accepted=f"{quality.accepted:,}",
            rejected=f"{quality.rejected:,}",
        ),
    }
    return facts | {f"{say('Keep in mind', lang)} {at}": text for at, text in enumerate(answer.notes, start=1)}


def narrowed_to(study: Study, answer: Answer, *, lang: str = "en") -> dict[str, str]:
    """Return the filters of the answer, by name, as they are said."""
    asked, names = answer.question, study.areas.set_index("area_id")["name"]
    chosen: dict[str, Sequence[str]] = {
        say("Categories", lang): names_of(asked.categories, study.themes, lang),
        say("Sources", lang): [source_name(source, lang) for source in asked.sources],
        say("Status", lang): [status_name(status, lang) for status in asked.statuses],
        say("Unit", lang): asked.units,
        say("Areas", lang): [names[area] for area in asked.areas],
    }
    return {name: ", ".join(values) for name, values in chosen.items() if values}


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


def weekly(study: Study, answer: Answer, cell: str, weeks: int = 26) -> pl.DataFrame:
    """Return week (its first local day), incidents and expected of a cell and its ring, the last `weeks` of the answer.

    `expected` is that of the window spread evenly, the same for every week. Weeks before the records are left out.
    """
    ring = _ring(study, cell)
    last = answer.window.last
    weeks = study.cube.weeks_recorded(last, weeks)
    counts = study.cube.by_period(last, weeks, chosen=answer.question.chosen)[ring].sum(0)
    days = [last - timedelta(days=7 * back - 1) for back in range(weeks, 0, -1)]
    expected = float(answer.tests[0].expected[ring[0]]) / answer.window.weeks
    return pl.DataFrame({"week": days, "incidents": counts.astype(int), "expected": [expected] * weeks})


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
