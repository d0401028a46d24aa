"""An answer as a map sheet: the scene that the screen draws, and the one file that needs nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import geopandas as gpd
import numpy as np

from geo.account import about, about_changes, narrowed_to, stamp, summary_sentence
from geo.grid import cells as h3_cells
from geo.grid.windows import Window
from geo.maps import standalone
from geo.maps.changes import period_words, with_changes
from geo.maps.ground import City, city_shapes
from geo.maps.hexcells import Geometry
from geo.maps.palette import PALETTES, Palette
from geo.maps.scene import HIGH, Scene, corners
from geo.stats import sentences
from geo.stats.change import Emerging
from geo.stats.places import top_category
from geo.stats.timeline import FOUR_WEEKS
from geo.study import Answer, Study, follow
from geo.words import numbers

SHOWN = ("community", "market")
"""Kinds of areas on a map unless others are chosen."""


def map_scene(
    study: Study,
    answer: Answer,
    *,
    view: str = "hot",
    palette: Palette = PALETTES["light"],
    lang: str = "en",
    shown: Sequence[str] = SHOWN,
    which: str = "all",
    selected: str | None = None,
    period: str = FOUR_WEEKS,
    followed: Emerging | None = None,
    geometry: Geometry | None = None,
    city: City | None = None,
) -> Scene:
    """Return what a map of the answer shows: the cells of `which` as in `Answer.only`, the areas of the kinds `shown`.

    `selected`: the H3 string of the cell with the ring. The view `change` tells what became of every place, `period` by
    period. `followed` (of every cell, whatever the areas), `geometry` and `city` are worked out unless at hand.
    """
    asked, table, window, periods = answer.question, answer.only(which), answer.window, ""
    lens = asked.lens
    if view == "change":
        followed = followed or follow(study, replace(asked, areas=()), period=period, named=False, lang=lang)
        table = what_became(study, answer, followed, table, view=view)
        line = followed.lines[0]
        lens, periods = line.lens, period_words(len(line.periods), period, lang)
        if line.periods:
            window = Window(line.periods[0].first, line.periods[-1].last)
    if view == "hot" and HIGH in shown:
        high = study.cube.cells[answer.tests[0].rising]
        table = table.assign(high=np.isin(h3_cells.string_to_cell(table["cell"].to_list()), high))
    return Scene(
        table,
        geometry or Geometry.of([f"{cell:x}" for cell in study.cube.cells.tolist()]),
        city or city_shapes(study.areas, study.boundary),
        view,
        palette,
        lang,
        lens=lens,
        per=asked.per,
        question=sentences.lens_question(asked.lens, lang, delta=answer.tests[0].model.delta, per=asked.per),
        window=(window.first, window.last),
        shown=tuple(shown),
        selected=selected,
        periods=periods,
        followed=followed if view == "change" else None,
        fly={"mark": "areas", "bounds": corners(table.total_bounds)} if asked.areas and len(table) else None,
    )


def what_became(
    study: Study,
    answer: Answer,
    followed: Emerging,
    table: gpd.GeoDataFrame | None = None,
    *,
    view: str = "change",
) -> gpd.GeoDataFrame:
    """Return rows of the answer, all of them unless given, with the label of their histories and their places' numbers.

    `followed` holds every cell of the study: areas would cut places in two. Within a group the place with the greatest
    excess in the last period comes first. For the view `change`, `top_category` is that of all periods.
    """
    changes = followed.table.set_index("cell", drop=False)
    changes = changes.reindex(h3_cells.cell_to_string(study.cube.cells).to_list())
    line = followed.lines[0]
    nothing = np.zeros(len(changes))
    latest, usual = (line.ring[:, -1], line.expected[:, -1]) if line.periods else (nothing, nothing)
    table = with_changes(answer.table if table is None else table, changes, latest, usual, study.cube.neighbours)
    if view != "change" or not line.periods:
        return table
    span = Window(line.periods[0].first, line.periods[-1].last)
    mostly = top_category(study.cube, span, answer.question.chosen).to_pandas().set_axis(changes.index)
    return table.assign(top_category=mostly.reindex(table["cell"]).to_numpy())


def map_page(study: Study, answer: Answer, scene: Scene) -> str:
    """Return `scene`, a map of the answer, as one HTML file that needs nothing else. Holds no single report."""
    lang = scene.lang
    filters = [f"{name}: {text}" for name, text in narrowed_to(study, answer, lang=lang).items()]
    if scene.followed is None:
        title, summary = answer.headline, summary_sentence(answer, lang=lang)
        facts = about(study, answer, lang=lang)
    else:
        title = sentences.lens_title(scene.lens, lang, per=answer.question.per)
        summary = f"{scene.periods} · {numbers.span(*scene.window, lang)}"
        facts = about_changes(study, answer.question, scene.followed, lang=lang)
    return standalone.page(scene, title=title, lines=[summary, *filters, stamp(study, lang=lang)], facts=facts)
