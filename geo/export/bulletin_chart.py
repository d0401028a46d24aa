"""The chart of a bulletin: what the next 4 weeks are expected to bring to each area, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from geo.export.drawing import canvas, letter, picture
from geo.export.print_text import face, wrap
from geo.maps.palette import PALETTES
from geo.maps.tiers import tier_name
from geo.words import say

WIDTH = 156.0  # millimetres: between the margins of an official document
_NAMES, _ROW, _HEAD, _SMALL = 44.0, 6.4, 13.0, 8.5
_INK = PALETTES["light"]


def chart(rows: pd.DataFrame, lang: str = "en") -> bytes:
    """Return a bar for each row of tables.PRIORITIES, the first on top, as PNG `WIDTH` millimetres wide.

    The bar is `forecast`, in the colour of its tier; the line over it the 90 % interval; the tick what is `expected`
    of an area of its kind. Every bar begins at 0.
    """
    high = _HEAD + _ROW * len(rows) + 10
    axes = canvas(WIDTH, high)
    left, right = _NAMES + 2, WIDTH - 14
    most = max(float(rows[["forecast_high", "expected"]].max().max()), 1e-9)
    step = _step(most)
    scale = (right - left) / most
    foot = high - _HEAD - _ROW * len(rows)
    for at in range(int(most / step) + 1):
        x = left + at * step * scale
        axes.plot([x, x], [foot, high - _HEAD], c=_INK.line, lw=0.7, zorder=0)
        letter(axes, x, foot - 3, f"{at * step:g}", size=_SMALL, colour=_INK.muted, ha="center")
    letter(axes, 0, high - 3, _title(lang), size=_SMALL + 1, colour=_INK.text, bold=True)
    _key(axes, high - 9, _tiers(rows), lang)
    for at, row in enumerate(rows.itertuples(index=False)):
        y = high - _HEAD - _ROW * (at + 0.5)
        name = (wrap(_name(row), _NAMES - 2, _SMALL, most=1) or [""])[0]
        letter(axes, _NAMES - face().width(name, _SMALL), y, name, size=_SMALL, colour=_INK.text)
        axes.barh(y, row.forecast * scale, _ROW * 0.62, left=left, **_look(row.tier))
        ends = [left + row.forecast_low * scale, left + row.forecast_high * scale]
        axes.plot(ends, [y, y], c=_INK.page, lw=2.6, solid_capstyle="butt", zorder=3)
        axes.plot(ends, [y, y], c=_INK.text, lw=1.2, solid_capstyle="butt", zorder=4)
        expected = left + row.expected * scale
        axes.plot([expected, expected], [y - _ROW * 0.42, y + _ROW * 0.42], c=_INK.control, lw=1.8, zorder=5)
        value = f"{row.forecast:.1f}"
        beside = ends[1] + 1.5
        if beside - 1 < expected < beside + face().width(value, _SMALL) + 1:
            beside = expected + 1.5
        letter(axes, beside, y, value, size=_SMALL, colour=_INK.muted)
    axes.plot([left, left], [foot, high - _HEAD], c=_INK.muted, lw=0.9, zorder=6)
    return picture(axes)


def lettered(rows: pd.DataFrame, lang: str = "en") -> list[str]:
    """Return all that `chart` letters of these rows, to ask first whether the font has it."""
    names = [_name(row) for row in rows.itertuples(index=False)]
    return [_title(lang), *(tier_name(tier, lang) for tier in _tiers(rows)), _interval(lang), _usual(lang), *names]


def _title(lang: str) -> str:
    return say("Incidents expected in the next 4 weeks, with 90 % interval", lang)


def _interval(lang: str) -> str:
    return say("90 % interval", lang)


def _usual(lang: str) -> str:
    return say("usual for its kind", lang)


def _tiers(rows: pd.DataFrame) -> list[str]:
    return ["A", "B", "C", *([""] if (rows["tier"] == "").any() else [])]


def _name(row: Any) -> str:
    return str(row.name or row.area_id)


def _key(axes: Axes, y: float, tiers: Sequence[str], lang: str) -> None:
    """Letter the key in one line, in the shapes of the chart."""
    x = 0.0
    for tier in tiers:
        axes.barh(y, 4, 2.6, left=x, **_look(tier))
        x = _word(axes, x + 5, y, tier_name(tier, lang))
    axes.plot([x, x + 5], [y, y], c=_INK.text, lw=1.2)
    x = _word(axes, x + 6, y, _interval(lang))
    axes.plot([x + 1, x + 1], [y - 1.6, y + 1.6], c=_INK.control, lw=1.8)
    _word(axes, x + 3, y, _usual(lang))


def _look(tier: str) -> dict[str, Any]:
    """Return how the bars of a tier are drawn: hollow without one."""
    if not tier:
        return {"color": _INK.page, "edgecolor": _INK.muted, "linewidth": 0.8}
    return {"color": {"A": _INK.tier_a, "B": _INK.tier_b, "C": _INK.tier_c}[tier].fill}


def _word(axes: Axes, x: float, y: float, words: str) -> float:
    letter(axes, x, y, words, size=_SMALL, colour=_INK.muted)
    return x + face().width(words, _SMALL) + 5


def _step(most: float) -> float:
    """Return the step of the axis: 1, 2 or 5 times a power of ten, four to eight of them.

    >>> _step(37.0), _step(0.9)
    (5.0, 0.2)
    """
    power = 10.0 ** len(str(int(most))) / 10 if most >= 1 else 0.1
    return next(step * power for step in (0.1, 0.2, 0.5, 1.0, 2.0, 5.0) if most / (step * power) <= 8)
