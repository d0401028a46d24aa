"""The legend of each view: title, question, period, classes, kinds of outlines, size of a cell."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from html import escape

import h3

from geo.maps.changes import GLYPHS, group_words, labels_of
from geo.maps.classes import group_fill
from geo.maps.labels import kind_name
from geo.maps.palette import COUNT_BREAKS, RATIO_BREAKS, Fill, Palette
from geo.maps.points import STATES, state_name
from geo.stats.emerging import CONSECUTIVE
from geo.stats.exposure import measure_words
from geo.words import numbers, say

BORDERS = {"community": 1.0, "street_office": 1.6, "district": 2.2}  # as in map.css
HEXAGON = "M0-7L6-3.5V3.5L0 7L-6 3.5V-3.5Z"


def legend(
    view: str,
    palette: Palette,
    lang: str,
    *,
    lens: str,
    per: str = "",
    question: str,
    window: tuple[date, date],
    resolution: int,
    kinds: Sequence[str],
    reports: bool = False,
    left_out: int = 0,
    over_base_map: bool = False,
    periods: str = "",
    high: bool = False,
    quiet: bool = False,
) -> str:
    """Return the legend as HTML, of the same width in every view.

    `per`: the measure that the lens `places` compares by.
    `periods`: what the view of change counts, in words. `high`, `quiet`: whether these classes are drawn.
    """
    if view == "change":
        body = _change_rows(palette, lang, drawn=not over_base_map, quiet=quiet)
    elif view == "hot":
        body = _hot_rows(palette, lang, drawn=2 if over_base_map else 4, high=high)
    else:
        body = (_count_rows if view == "count" else _ratio_rows)(palette, lang)
    said = [question] if view in ("hot", "ratio") else [periods] if view == "change" else []
    more = _report_rows(palette, left_out, lang) if reports else ""
    title = _legend_title(view, lens, per, lang)
    return framed(
        title, said, numbers.span(*window, lang), body, palette, lang, resolution=resolution, kinds=kinds, more=more
    )


def framed(
    title: str,
    said: Sequence[str],
    days: str,
    body: str,
    palette: Palette,
    lang: str,
    *,
    resolution: int | None,
    kinds: Sequence[str],
    more: str = "",
) -> str:
    """Return a legend: its title, what is `said` of it, the `days`, its `body`, kinds of outlines, `more`, the grid.

    `body` and `more` are HTML. `resolution` is None where no hexagons are drawn.
    """
    outlines = "".join(row(_line(kind, palette), kind_name(kind, lang)) for kind in kinds if kind != "street")
    return (
        f"<details open><summary>{escape(title)}</summary>"
        + "".join(f"<p>{escape(sentence)}</p>" for sentence in said)
        + f'<p class="period">{escape(days)}</p>{body}'
        + (f'<div class="kinds">{outlines}</div>' if outlines else "")
        + more
        + ("" if resolution is None else f"<p>{escape(_cell_size(resolution, lang))}</p>")
        + "</details>"
    )


def _cell_size(resolution: int, lang: str) -> str:
    edge = numbers.ratio(float(f"{h3.average_hexagon_edge_length(resolution, unit='km'):.1g}"))
    return say("H3 level {level}, edge about {edge} km", lang, level=resolution, edge=edge)


def _legend_title(view: str, lens: str, per: str, lang: str) -> str:
    measure = measure_words(per).sentence(lang) if per else say("people or streets", lang)
    if view == "count":
        return say("Incidents per cell", lang)
    if view == "ratio":
        return say("Times the expected number", lang)
    if view == "change":
        return {
            "city": say("Change, against the city", lang),
            "places": say("Change, against {measure}", lang, measure=measure),
        }[lens]
    return {
        "city": say("Hot spots, against the city", lang),
        "past": say("Hot spots, against own past", lang),
        "share": say("Hot spots, against the mix", lang),
        "places": say("Hot spots, against {measure}", lang, measure=measure),
    }[lens]


def _hot_rows(palette: Palette, lang: str, drawn: int, high: bool) -> str:
    rows = (
        (palette.core, say("Core: own count high too", lang)),
        (palette.hot, say("Hot: with its neighbours", lang)),
        (palette.expected, say("Within expectation", lang)),
        (palette.few, say("Too few reports to tell", lang)),
    )
    shown = (*rows[:drawn], *([(palette.high, say("High, not proven", lang))] if high else []))
    return "".join(row(hexagon(fill, palette), text) for fill, text in shown)


def _change_rows(palette: Palette, lang: str, drawn: bool, quiet: bool) -> str:
    """Return a row for each group with the labels it holds; Esri's names without the words they share."""
    rows = ""
    for group in GLYPHS:
        held = escape(say(", ", lang).join(_pattern(label, group, lang) for label in labels_of(group)))
        rows += row(hexagon(group_fill(group, palette), palette), group_words(group, lang), held)
    if quiet:
        glyphs = " ".join(
            f'<i style="color:{palette.quiet.fill}">{glyph}</i>&nbsp;{escape(say(group, lang))}'
            for group, glyph in GLYPHS.items()
        )
        rows += row(hexagon(palette.quiet, palette), say("Quiet: fewer than expected", lang), glyphs)
    if drawn:
        rows += row(hexagon(palette.expected, palette), say("No pattern", lang))
        rows += row(hexagon(palette.few, palette), say("Too few or too short to tell", lang))
    return rows


def _pattern(label: str, group: str, lang: str) -> str:
    """Return the label without its last words, hot spot; of the one that two groups share, what tells them apart.

    >>> _pattern("diminishing hot spot", "chronic", "en"), _pattern("consecutive hot spot", "chronic", "en")
    ('diminishing', 'consecutive for half of the periods')
    """
    if (label, group) == (CONSECUTIVE, "chronic"):
        return say("consecutive for half of the periods", lang)
    return say(label, lang).removesuffix(say(" hot spot", lang))


def _count_rows(palette: Palette, lang: str) -> str:
    ticks = [f"{first}" for first in COUNT_BREAKS[:-1]] + [f"{COUNT_BREAKS[-1]}+"]
    return _steps(palette.count, palette, ticks) + row(hexagon(palette.few, palette), say("No incident", lang))


def _ratio_rows(palette: Palette, lang: str) -> str:
    ticks = [f"<{RATIO_BREAKS[0]:g}", *(f"{first:g}" for first in RATIO_BREAKS[:-1]), f"{RATIO_BREAKS[-1]:g}+"]
    return _steps(palette.ratio, palette, ticks) + row(
        hexagon(palette.few, palette), say("Too few reports to tell", lang)
    )


def _report_rows(palette: Palette, left_out: int, lang: str) -> str:
    """Say what the dots of single reports mean, and how many older ones are not drawn; seen while they are."""
    rows = (row(_dot(getattr(palette, state)), state_name(state, lang)) for state in STATES)
    older = say("{count} older reports are not drawn: zoom in.", lang, count=f"{left_out:,}") if left_out else ""
    return f'<div class="kinds reports">{"".join(rows)}<p>{escape(older)}</p></div>'


def _dot(colour: str) -> str:
    return f'<svg width="11" height="11" aria-hidden="true"><circle cx="5.5" cy="5.5" r="4.5" fill="{colour}"/></svg>'


def _steps(colours: Sequence[str], palette: Palette, ticks: Sequence[str]) -> str:
    boxes = "".join(f'<i style="background:{colour};opacity:{palette.step_opacity}"></i>' for colour in colours)
    return f'<div class="steps">{boxes}' + "".join(f"<span>{escape(tick)}</span>" for tick in ticks) + "</div>"


def row(mark: str, text: str, more: str = "") -> str:
    """Return a mark, what it means, and `more` below it, which is HTML as `mark` is."""
    below = f"<small>{more}</small>" if more else ""
    return f'<div class="row">{mark}<span>{escape(text)}{below}</span></div>'


def hexagon(fill: Fill, palette: Palette) -> str:
    """Return a small hexagon drawn as the cells of a class are."""
    stroke = "none" if fill.fill else palette.muted if fill is palette.few else fill.stroke
    return (
        f'<svg width="15" height="15" viewBox="-8 -8 16 16" aria-hidden="true"><path d="{HEXAGON}" '
        f'fill="{fill.fill or "none"}" fill-opacity="{fill.opacity}" stroke="{stroke}"/></svg>'
    )


def _line(kind: str, palette: Palette) -> str:
    plain = kind in BORDERS
    own = {"market": palette.market, "construction_site": palette.construction_site}
    colour = palette.community if plain else own.get(kind, palette.other)
    dash = {"construction_site": "4 3"}.get(kind, "" if plain or kind == "market" else "1 3")
    return (
        '<svg width="15" height="9" aria-hidden="true"><path d="M0 4.5H15" '
        f'stroke="{colour}" stroke-width="{BORDERS.get(kind, 2)}" stroke-dasharray="{dash}"/></svg>'
    )
