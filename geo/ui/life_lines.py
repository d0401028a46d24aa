"""Life lines: a line for each cluster through the periods, as thick as it is large, with what became of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from math import sqrt

import pandas as pd
import polars as pl

from geo.grid.windows import Window
from geo.maps.list_classes import SHADES
from geo.maps.palette import Palette
from geo.stats.identity import OVER, SEEN
from geo.words import numbers, say

MOST_LINES = 14
ROW_PIXELS, THICK_PIXELS, LEAST_PIXELS = 18, 14, 2.5  # of a row, of its line at its thickest and thinnest
GLYPHS = {"born": "▲", "reborn": "↻", "split": "⑂", "ended": "×", "merged": "×"}
FILLS = {str(shade.where["state"]): shade.fill for shade in SHADES["clusters"] if shade.where}


@dataclass(frozen=True)
class Line:
    """A cluster to draw: its number in the list and, by step, its state and how many cells it had.

    `from_start`: it was there when the records begin, so its birth is not known.
    """

    number: int
    cluster_id: str
    words: str
    steps: dict[int, tuple[str, int]]
    parent_id: str | None = None
    merged_into: str | None = None
    from_start: bool = False


def lines_of(
    table: pd.DataFrame, lines: pl.DataFrame, chosen: str, from_start: Collection[str] = frozenset()
) -> list[Line]:
    """Return the first clusters of the list, and the `chosen` one, as lines. `lines`: geo.stats.clusters.LINES.

    `from_start`: the ids of those that were there when the records begin.
    """
    named = table["cluster_id"].tolist()
    kept = [at for at, name in enumerate(named) if at < MOST_LINES or name == chosen]
    if len(kept) > MOST_LINES:
        kept.pop(MOST_LINES - 1)
    steps = lines.group_by("cluster_id").agg(pl.struct("step", "state", "size").alias("steps"))
    by_cluster = dict(steps.iter_rows())
    return [
        Line(
            at + 1,
            named[at],
            str(table["reason"].iloc[at]),
            {step["step"]: (step["state"], step["size"]) for step in by_cluster.get(named[at], [])},
            table["parent_id"].iloc[at],
            table["merged_into"].iloc[at],
            named[at] in from_start,
        )
        for at in kept
    ]


def draw_lines(lines: Sequence[Line], periods: Sequence[Window], chosen: str, palette: Palette, lang: str) -> str:
    """Return the life lines as HTML: the oldest period at the left, a bar as high as the cluster is large.

    >>> from geo.maps.palette import PALETTES
    >>> spans = [Window(date(2026, 1, 1), date(2026, 1, 28)), Window(date(2026, 1, 29), date(2026, 2, 25))]
    >>> line = Line(1, "C-7", "a cluster", {0: ("born", 3), 1: ("dormant", 0)})
    >>> drawn = draw_lines([line], spans, "C-7", PALETTES["light"], "en")
    >>> drawn.count("<b style"), "▲" in drawn, drawn.count('<u style')
    (1, True, 1)
    """
    steps = max(1, len(periods))
    largest = max((size for line in lines for _, size in line.steps.values()), default=1) or 1
    rows = {line.cluster_id: at for at, line in enumerate(lines)}
    drawn = "".join(
        f'<div class="life{" chosen" if line.cluster_id == chosen else ""}"><span>{line.number}</span>'
        f"<div>{_marks(line, steps, largest, periods, palette, lang)}{_joins(line, rows, steps)}</div></div>"
        for line in lines
    )
    label = escape(say("; ", lang).join(f"{line.number}: {line.words}" for line in lines))
    return f'<div class="lives" role="img" aria-label="{label}">{drawn}</div>{_axis(periods, lang)}'


def _marks(line: Line, steps: int, largest: int, periods: Sequence[Window], palette: Palette, lang: str) -> str:
    """Return a bar for each period in which a cluster was seen, dashes while it is dormant, and glyphs."""
    drawn, wide = "", 100 / steps
    for number, (state, size) in sorted(line.steps.items()):
        left = f"left:{wide * number:.2f}%;width:{wide:.2f}%"
        told = escape(_words(periods[number], state, size, lang))
        if state == "born" and line.from_start:
            told = escape(_known_since(periods[number], size, lang))
            drawn += f'<b class="open" style="{left};{_bar("continued", size, largest, palette)}" title="{told}"></b>'
            continue
        if state in SEEN:
            drawn += f'<b style="{left};{_bar(state, size, largest, palette)}" title="{told}"></b>'
        elif state not in OVER:
            drawn += f'<u style="{left}" title="{told}"></u>'
        if state in GLYPHS and (state not in OVER or line.steps.get(number - 1, ("",))[0] != state):
            drawn += f'<i style="{left}" title="{told}">{GLYPHS[state]}</i>'
    return drawn


def _bar(state: str, size: int, largest: int, palette: Palette) -> str:
    high = max(LEAST_PIXELS, THICK_PIXELS * sqrt(size / largest))
    return f"height:{high:.1f}px;background:{getattr(palette, FILLS[state]).fill}"


def _joins(line: Line, rows: dict[str, int], steps: int) -> str:
    """Return the strokes that join a cluster with the one it was split from, and with the one it merged into."""
    drawn = ""
    for other, wanted in ((line.parent_id, "split"), (line.merged_into, "merged")):
        at = next((number for number, (state, _) in sorted(line.steps.items()) if state == wanted), None)
        if at is None or not isinstance(other, str) or other not in rows:
            continue
        away = rows[other] - rows[line.cluster_id]
        top = ROW_PIXELS / 2 + min(0, away) * ROW_PIXELS
        place = f"left:{100 * at / steps:.2f}%;top:{top:.0f}px;height:{abs(away) * ROW_PIXELS}px"
        drawn += f'<em class="{"up" if away < 0 else "down"}" style="{place}"></em>'
    return drawn


def _axis(periods: Sequence[Window], lang: str) -> str:
    if not periods:
        return ""
    first, last = _month(periods[0].first, lang), _month(periods[-1].last, lang)
    return f'<div class="axis m"><span>{first}</span><span>{last}</span></div>'


def _month(day: date, lang: str) -> str:
    return escape(numbers.day(day, lang))


def _words(period: Window, state: str, size: int, lang: str) -> str:
    """Say what a cluster was in a period."""
    return _span_words(period, state_name(state, lang), size, lang)


def _known_since(period: Window, size: int, lang: str) -> str:
    """Say of a cluster that it was there in the first period of the records."""
    return _span_words(period, say("there when the records begin", lang), size, lang)


def _span_words(period: Window, word: str, size: int, lang: str) -> str:
    span = numbers.span(period.first, period.last, lang)
    if not size:
        return say("{days}: {state}", lang, days=span, state=word)
    cells = say("1 hexagon", lang) if size == 1 else say("{cells} hexagons", lang, cells=size)
    return say("{days}: {state}, {hexagons}", lang, days=span, state=word, hexagons=cells)


def state_name(state: str, lang: str) -> str:
    """Return the word for the state of a cluster.

    >>> state_name("reborn", "zh")
    '复现'
    """
    shades = {str(shade.where.get("state")): shade.label for shade in SHADES["clusters"] if shade.where}
    ended = next(shade.label for shade in SHADES["clusters"] if not shade.where)
    return shades.get(state, ended).sentence(lang)


def key_of(palette: Palette, lang: str) -> str:
    """Return what colours and glyphs of the lines mean, as HTML."""
    parts = [
        (palette.new.fill, "▲", say("born", lang)),
        (palette.chronic.fill, "■", say("goes on", lang)),
        (palette.coming_back.fill, "↻", say("reborn", lang)),
        (palette.muted, "┄", say("dormant", lang)),
        (palette.muted, "×", say("over", lang)),
    ]
    return (
        "<small>"
        + "&ensp;".join(
            f'<i style="color:{colour};font-style:normal">{glyph}</i> {escape(word)}' for colour, glyph, word in parts
        )
        + "</small>"
    )
