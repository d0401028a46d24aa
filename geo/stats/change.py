"""From a cube and a question to what became of every place: its periods, its trend and its pattern.

The same filters and the same last day as the map of the question, so that the two stand beside each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import geopandas as gpd
import numpy as np
import polars as pl

from geo import tables
from geo.grid.cells import cell_to_polygon, cell_to_string
from geo.grid.cube import Cube, Floats, Slice
from geo.grid.windows import Window
from geo.stats import emerging, places, scope
from geo.stats.caveats import changes_over
from geo.stats.change_notes import change_notes, without_exposure_notes
from geo.stats.question import Question
from geo.stats.sources import Change
from geo.stats.timeline import DELTA, FOUR_WEEKS, TimeLine, periods_back, time_lines
from geo.stats.trend import mann_kendall
from geo.words import Note


@dataclass(frozen=True)
class Emerging:
    """What became of every place: the table, the time lines behind it and what to keep in mind."""

    table: gpd.GeoDataFrame  # tables.EMERGING and the hexagons
    lines: tuple[TimeLine, ...]  # one, or one per category
    notes: tuple[Note, ...]
    changes: tuple[Change, ...] = ()  # sources that are not the same in all of the periods

    @property
    def periods(self) -> tuple[Window, ...]:
        return self.lines[0].periods

    def only(self, which: str) -> gpd.GeoDataFrame:
        """Return the rows with a pattern (`labelled`), with a hot one (`hot`), or `all`: new places first."""
        if which == "all":
            return self.table
        named = self.table["label"].str.endswith(" spot") if which == "labelled" else self.table["planner_label"] != ""
        rows = self.table[named]
        rank = [emerging.PATTERNS.index(told) for told in zip(rows["label"], rows["planner_label"], strict=True)]
        ranked = rows.assign(rank=rank).sort_values(["rank", "category", "cell"])
        return ranked.drop(columns="rank").reset_index(drop=True)


def classify_emerging(
    cube: Cube,
    *,
    period: str = FOUR_WEEKS,
    until: date | None = None,
    lens: str = "city",
    categories: Sequence[str] = (),
    each_category: bool = False,
    exposure: Floats | None = None,
    areas: gpd.GeoDataFrame | None = None,
    reports: pl.DataFrame | None = None,
    lang: str = "en",
) -> gpd.GeoDataFrame:
    """Return which of Esri's 17 patterns of emerging hot spots every cell shows, one row per cell of the universe.

    Parameters
    ----------
    cube
        What `build_cube` returned.
    period
        Length of the steps, which do not overlap: `4w` (weeks), `10d` (days, 7 at the least) or `half-month`.
    until, categories, each_category
        As in `Question`. The last period ends on `until`, or is the last half-month over by then.
    lens
        `city`, more than the city's average of the period, or `places`, more than people or streets explain.
    exposure
        Households, population or metres of street of every cell of the universe, NaN where unknown.
    areas, reports
        What places and units are named from; without them those columns are empty.
    lang
        `en` or `zh`, of `place`.

    Returns
    -------
    geopandas.GeoDataFrame
        `tables.EMERGING` and the hexagons (EPSG:4326). With `each_category` one block of cells per category.

    Raises
    ------
    RefusedQuestion, NoReports
        Where the data cannot carry the question. Too few periods are no reason: every label is then "too short to
        call".
    """
    question = Question(until=until, lens=lens, categories=tuple(categories), each_category=each_category)
    described = places.describe_cells(cube, areas, lang=lang)
    found = classify(cube, question, period=period, exposure=exposure, described=described, reports=reports, lang=lang)
    return found.table


def classify(
    cube: Cube,
    question: Question,
    *,
    period: str = FOUR_WEEKS,
    exposure: Floats | None = None,
    described: pl.DataFrame | None = None,
    reports: pl.DataFrame | None = None,
    lang: str = "en",
) -> Emerging:
    """Do what `classify_emerging` does for any question, and keep the time lines and notes behind the table.

    A history of hot and cold periods can stand on two lenses, `city` and `places`. A question through another one is
    answered through `city`, and the notes say so; METHODS 2.5 would take `places` wherever people are known, but nobody
    who asks about the past or the mix expects to be told about households. `described`: what `places.describe_cells`
    says of every cell, in the same language.
    """
    scope.check_question(replace(question, lens="city") if question.lens == "share" else question)
    until = scope.resolve_window(cube, question.window, question.until, "city").last
    first = cube.first_day
    assert first is not None  # or there would be no window
    periods = periods_back(period, until, first)
    span = Window(periods[0].first if periods else first, periods[-1].last if periods else until)
    lens = question.lens if question.lens in DELTA else "city"
    chosen = replace(question.chosen, categories=scope.find_codes(cube, question.categories))
    groups = scope.groups_of(cube, span, chosen, question.each_category)
    delta = question.min_ratio if lens == question.lens else None
    lines = time_lines(cube, periods, groups, lens=lens, exposure=exposure, delta=delta)
    described = places.describe_cells(cube, None) if described is None else described
    blocks = []
    for part, line in zip(groups, lines, strict=True):
        seen = places.backlog(cube, reports if reports is None else reports.filter(part.condition), until)
        named = described.with_columns(unit=pl.coalesce(described["unit"], seen["busiest_unit"]))
        blocks.append(_block(cube, part, line).hstack(named.select("place", *places.NAMED_KINDS, "unit")))
    table = pl.concat(blocks).select(list(tables.EMERGING)).cast(pl.Schema(tables.EMERGING))
    hexagons = np.tile(cell_to_polygon(cube.cells), len(blocks))
    notes = change_notes(lines, asked=question.lens, period=period, until=until, first=first, lang=lang)
    without = without_exposure_notes(lines, exposure, question.per) if lens == "places" else []
    changed, said = changes_over(cube, periods, chosen, lang)
    return Emerging(
        table=gpd.GeoDataFrame(table.to_pandas(), geometry=hexagons, crs="EPSG:4326"),
        lines=lines,
        notes=(*notes, *without, *said, *scope.edge_notes(cube, span)),
        changes=changed,
    )


def _block(cube: Cube, chosen: Slice, line: TimeLine) -> pl.DataFrame:
    """Return the columns of one time line."""
    trend = mann_kendall(line.ratio)
    labels = emerging.label_histories(line.hot, line.cold, trend)
    history = emerging.histories(line.hot, line.cold)
    return pl.DataFrame(
        {
            "cell": cell_to_string(cube.cells),
            "lat": cube.universe["lat"].round(7),
            "lon": cube.universe["lon"].round(7),
            "label": labels.tolist(),
            "planner_label": [emerging.planner_word(*told) for told in zip(labels, history, strict=True)],
            "trend_z": trend.z.round(4),
            "trend_p": trend.p_value,
            "hot_steps": line.hot.sum(axis=1),
            "history": history,
        }
    ).with_columns(
        pl.col("trend_z", "trend_p").fill_nan(None),
        category=pl.lit(chosen.categories[0] if len(chosen.categories) == 1 else tables.ALL_CATEGORIES),
        lens=pl.lit(line.lens),
        steps=pl.lit(len(line.periods)),
    )
