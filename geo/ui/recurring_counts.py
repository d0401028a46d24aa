"""What stands over the map of a list: how many there are of each kind, and what the list is worth."""

from __future__ import annotations

from html import escape
from typing import Any

from geo.maps.list_classes import SHADES
from geo.maps.palette import Palette
from geo.recurring.blind_spots import unvisited
from geo.recurring.listed import Listed
from geo.stats.identity import SEEN
from geo.ui.cache import NEW_DAYS
from geo.words import say


def counts_of(found: Listed, listed: str, palette: Palette, lang: str) -> str:
    """Return the counts of a list as HTML: the strip at the head of the page. A list that cannot be told has none."""
    if not len(found.table) and listed != "alarms":  # why, stands beside the map
        return ""
    return {"relapses": _relapses, "clusters": _clusters, "alarms": _alarms, "blind_spots": _blind_spots}[listed](
        found, palette, lang
    )


def _one(count: int, words: str, colour: str = "", glyph: str = "") -> str:
    """Return one count; `words` hold its place at {count}."""
    mark = f'<i style="color:{colour}">{glyph}</i> ' if glyph else ""
    return f"<span>{mark}<b>{count:,}</b> {escape(words)}</span>"


def _small(words: str) -> str:
    return f'<span class="m">{escape(words)}</span>' if words else ""


def _relapses(found: Listed, palette: Palette, lang: str) -> str:
    table = found.table
    confirmed = int(table["confirmed"].sum())
    return (
        _one(len(table), say("places", lang))
        + _one(confirmed, say("confirmed", lang), palette.core.fill or "", "↻")
        + _small(say("an order to look in", lang))
    )


def _clusters(found: Listed, palette: Palette, lang: str) -> str:
    states = found.table["state"].value_counts()
    shades = {str(shade.where.get("state")): shade for shade in SHADES["clusters"]}
    parts = [_one(int(states.reindex(SEEN).fillna(0).sum()), say("now", lang))]
    for state in ("born", "reborn", "dormant"):
        shade = shades[state]
        colour = getattr(palette, shade.fill).fill
        parts.append(_one(int(states.get(state, 0)), shade.label.sentence(lang).lower(), colour, shade.glyph))
    return "".join(parts)


def _alarms(found: Any, palette: Palette, lang: str) -> str:
    table = found.table
    signals = int(table["signal"].sum())
    new = int((table["signal"] & (table["state"] == "new")).sum())
    return (
        _one(signals, say("signal", lang) if signals == 1 else say("signals", lang), palette.new.fill or "", "▲")
        + _one(new, say("new in the last {days} days", lang, days=NEW_DAYS))
        + (_one(len(table) - signals, say("weaker", lang)) if len(table) > signals else "")
        + _small(say("rarer than once a year", lang))
    )


def _blind_spots(found: Listed, palette: Palette, lang: str) -> str:
    table, summary = found.table, found.summary
    blind, never = int(table["blind"].sum()), unvisited(table)
    share = summary.get("patrol_share")
    return (
        _one(blind, say("blind spot", lang) if blind == 1 else say("blind spots", lang), palette.hot.fill or "", "■")
        + _one(never, say("without patrols", lang))
        + _small("" if share is None else say("patrols find {share}", lang, share=f"{share:.0%}"))
    )
