"""An answer as a map sheet: the scene that the screen draws, and the one file that needs nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from geo.account import about, narrowed_to, stamp, summary_sentence
from geo.maps import standalone
from geo.maps.ground import City, city_shapes
from geo.maps.hexcells import Geometry
from geo.maps.palette import PALETTES, Palette
from geo.maps.scene import Scene, corners
from geo.stats import sentences
from geo.study import Answer, Study

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
    geometry: Geometry | None = None,
    city: City | None = None,
) -> Scene:
    """Return what a map of the answer shows: the cells of `which` as in `Answer.only`, the areas of the kinds `shown`.

    `selected`: the H3 string of the cell with the ring. `geometry` and `city` are worked out unless they are at hand.
    """
    table = answer.only(which)
    return Scene(
        table,
        geometry or Geometry.of([f"{cell:x}" for cell in study.cube.cells.tolist()]),
        city or city_shapes(study.areas, study.boundary),
        view,
        palette,
        lang,
        lens=answer.question.lens,
        question=sentences.lens_question(answer.question.lens, lang, delta=answer.tests[0].model.delta),
        window=(answer.window.first, answer.window.last),
        shown=tuple(shown),
        selected=selected,
        fly={"mark": "areas", "bounds": corners(table.total_bounds)} if answer.question.areas and len(table) else None,
    )


def map_page(study: Study, answer: Answer, scene: Scene) -> str:
    """Return `scene`, a map of the answer, as one HTML file that needs nothing else. Holds no single report."""
    lang = scene.lang
    filters = [f"{name}: {text}" for name, text in narrowed_to(study, answer, lang=lang).items()]
    lines = [summary_sentence(answer, lang=lang), *filters, stamp(study, lang=lang)]
    return standalone.page(scene, title=answer.headline, lines=lines, facts=about(study, answer, lang=lang))
