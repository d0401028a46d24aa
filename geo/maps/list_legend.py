"""The legends of the lists of what keeps coming back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from html import escape

import pandas as pd

from geo.maps.legend import framed, hexagon, row
from geo.maps.list_classes import SHADES
from geo.maps.palette import Fill, Palette
from geo.words import numbers, say


def list_legend(
    listed: str,
    table: pd.DataFrame,
    window: tuple[date, date],
    palette: Palette,
    lang: str,
    *,
    resolution: int,
    kinds: Sequence[str],
    drawn: int,
    over_base_map: bool = False,
) -> str:
    """Return the legend of a list as HTML; `drawn`: so many places of it are, at most."""
    said, days = list[str](), numbers.span(*window, lang)
    if listed == "relapses":
        body, days = _relapse_rows(palette, lang), say("All records to {day}", lang, day=numbers.day(window[1], lang))
        if len(table) > drawn:
            said = [say("The first {drawn} of {all} places.", lang, drawn=drawn, all=f"{len(table):,}")]
    elif listed == "blind_spots":
        body = _seen_rows(palette, lang, over_base_map)
    else:
        body = _shade_rows(listed, palette, lang, over_base_map)
    return framed(_title(listed, lang), said, days, body, palette, lang, resolution=resolution, kinds=kinds)


def _title(listed: str, lang: str) -> str:
    return {
        "relapses": say("Where problems return", lang),
        "clusters": say("Clusters through time", lang),
        "alarms": say("Sudden rises", lang),
        "blind_spots": say("Who saw it", lang),
    }[listed]


def _relapse_rows(palette: Palette, lang: str) -> str:
    outline = palette.high.stroke or palette.muted
    return (
        row(_disc(palette.core.fill, palette.page), say("Confirmed: beyond the place's own background", lang))
        + row(_disc(None, outline), say("Returned, may be chance", lang))
        + row(_sizes(outline), say("Larger: returned more often", lang))
    )


def _disc(fill: str | None, stroke: str) -> str:
    return (
        '<svg width="15" height="15" aria-hidden="true"><circle cx="7.5" cy="7.5" r="5.5" '
        f'fill="{fill or "none"}" stroke="{stroke}" stroke-width="1.6"/></svg>'
    )


def _sizes(stroke: str) -> str:
    rings = "".join(f'<circle cx="7.5" cy="{14 - r}" r="{r}"/>' for r in (2, 4, 6))
    return f'<svg width="15" height="15" aria-hidden="true" fill="none" stroke="{stroke}">{rings}</svg>'


def _shade_rows(listed: str, palette: Palette, lang: str, over_base_map: bool) -> str:
    """Return a row for each colour, the highest first, with the words that share it."""
    shared: dict[tuple[str, str], list[str]] = {}
    for shade in reversed(SHADES[listed]):
        shared.setdefault((shade.fill, shade.glyph), []).append(shade.label.sentence(lang))
    rows = "".join(
        row(hexagon(getattr(palette, fill), palette), " ".join(filter(None, (glyph, say(", ", lang).join(words)))))
        for (fill, glyph), words in shared.items()
    )
    return rows + ("" if over_base_map else row(hexagon(palette.few, palette), nothing_here(listed, lang)))


def nothing_here(listed: str, lang: str) -> str:
    """Return the word for a hexagon in which no cluster or alarm lies.

    >>> nothing_here("alarms", "en")
    'Nothing unusual'
    """
    return say("In no cluster", lang) if listed == "clusters" else say("Nothing unusual", lang)


def who_saw(palette: Palette, lang: str) -> tuple[tuple[Fill, str], ...]:
    """Return how hexagons are drawn and called by who saw what they hold, from below.

    >>> from geo.maps.palette import PALETTES
    >>> who_saw(PALETTES["light"], "en")[-1][1]
    'Residents report, patrols find few'
    """
    return (
        (palette.few, say("Too few reports to tell", lang)),
        (palette.expected, say("Both, as in the city", lang)),
        (palette.quiet, say("Patrols find, residents report few", lang)),
        (palette.hot, say("In an area that is a blind spot", lang)),
        (palette.core, say("Residents report, patrols find few", lang)),
    )


def _seen_rows(palette: Palette, lang: str, over_base_map: bool) -> str:
    shown = who_saw(palette, lang)[::-1][: 3 if over_base_map else 5]
    note = say("Of each hexagon and its neighbours, beyond chance.", lang)
    return "".join(row(hexagon(fill, palette), text) for fill, text in shown) + f"<p>{escape(note)}</p>"
