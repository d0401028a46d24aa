"""The legends of the maps of what comes first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from html import escape

import pandas as pd

from geo.maps.labels import kind_name
from geo.maps.legend import framed, row
from geo.maps.palette import Palette
from geo.maps.tiers import board_mark, board_name, tier_mark, tier_meaning
from geo.words import numbers, say


def tier_legend(
    table: pd.DataFrame,
    top: int,
    window: tuple[date, date],
    palette: Palette,
    lang: str,
    *,
    kind: str,
    kinds: Sequence[str],
) -> str:
    """Return the legend of the map by tier as HTML; how many areas are in each stands beside it."""
    enough = table["enough"].astype(bool)
    counts = table.loc[enough, "tier"].value_counts().to_dict() | {"": int((~enough).sum())}
    rows = "".join(
        row(tier_mark(tier, palette), f"{tier_meaning(tier, top, lang)} · {counts.get(tier, 0):,}")
        for tier in ("A", "B", "C", "")
        if tier or counts[""]
    )
    for board in ("red", "black"):
        if count := int((table["board"] == board).sum()):
            rows += row(board_mark(board, palette), f"{board_name(board, lang)} · {count:,}")
    title = say("{kind} by tier", lang, kind=kind_name(kind, lang))
    return _framed(title, window, rows, palette, lang, kinds=kinds)


def chosen_legend(window: tuple[date, date], palette: Palette, lang: str, *, kinds: Sequence[str]) -> str:
    """Return the legend of the map of what is chosen as HTML."""
    line = (
        f'<svg width="15" height="9" aria-hidden="true"><path d="M0 4.5H15" stroke="{palette.text}" '
        'stroke-width="1.8"/></svg>'
    )
    rows = row(_square(palette.chosen.fill, palette), say("Chosen", lang))
    rows += row(_square(palette.expected.fill, palette), say("Not chosen", lang))
    rows += row(line, say("A team's way, as the crow flies", lang))
    rows += f"<p>{escape(say('2-1-3: team 2, day 1, third stop', lang))}</p>"
    return _framed(say("Chosen under the budget", lang), window, rows, palette, lang, kinds=kinds)


def loss_legend(
    breaks: Sequence[float], window: tuple[date, date], palette: Palette, lang: str, *, kinds: Sequence[str]
) -> str:
    """Return the legend of the map by points lost as HTML; `breaks`: the lower ends of its classes."""
    bars = "".join(f'<i style="background:{colour}"></i>' for colour in palette.count[: len(breaks)])
    ends = "".join(f"<span>{value:g}</span>" for value in breaks)
    rows = f'<div class="steps">{bars}{ends}</div>' + row(_square(None, palette), say("No points lost", lang))
    title = say("Points a visit would cost", lang)
    return _framed(title, window, rows, palette, lang, kinds=kinds)


def _square(fill: str | None, palette: Palette) -> str:
    return (
        '<svg width="15" height="15" aria-hidden="true"><rect x="1" y="1" width="13" height="13" rx="2" '
        f'fill="{fill or "none"}" stroke="{fill or palette.muted}"/></svg>'
    )


def _framed(
    title: str, window: tuple[date, date], rows: str, palette: Palette, lang: str, *, kinds: Sequence[str]
) -> str:
    days = numbers.span(*window, lang)
    return framed(title, [], days, rows, palette, lang, resolution=None, kinds=kinds)
