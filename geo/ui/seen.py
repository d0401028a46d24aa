"""The map as the reader has it before them: the filters' view and kinds, the theme, the language."""

from __future__ import annotations

from geo import sheet
from geo.maps.palette import Palette
from geo.maps.scene import Scene
from geo.study import Answer
from geo.ui import cache
from geo.ui.cache import OpenedStudy
from geo.ui.filters import Filters


def scene_seen(
    opened: OpenedStudy, answer: Answer, filters: Filters, palette: Palette, lang: str, *, selected: str | None
) -> Scene:
    """Return the scene of an answer under these filters; `selected`: the cell with the ring."""
    changes = filters.view == "change"
    return sheet.map_scene(
        opened.study,
        answer,
        view=filters.view,
        palette=palette,
        lang=lang,
        shown=filters.shown,
        selected=selected,
        period=filters.period,
        followed=cache.follow(opened, filters.question, filters.period, lang) if changes else None,
        geometry=opened.geometry,
        city=opened.city,
    )
