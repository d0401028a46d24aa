"""How soon problems come back after a closing: the part that did, day by day, of a category beside all."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
import polars as pl

from geo.maps.labels import category_name
from geo.maps.palette import Palette
from geo.stats.returning import survival
from geo.ui.list_story import title
from geo.words import say

DAYS = tuple(range(3, 91, 3))
TOLD_DAY = 30
ENDS = (0, 30, 60, 90)
CURVE_PIXELS = 56
LEAST_CLOSINGS = 10
"""Closings from which a curve is drawn: of fewer, each moves it by a tenth and more."""


def draw_curve(episodes: pl.DataFrame, category: str, palette: Palette, lang: str) -> str:
    """Return the curve of a category as HTML, that of all dashed. `episodes`: geo.stats.episodes.EPISODES."""
    own = episodes.filter(pl.col("category") == category)
    heading = title(say("How soon it comes back", lang), category_name(category, lang))
    if own["followed_days"].is_not_null().sum() < LEAST_CLOSINGS:
        few = say("Fewer than {least} closings of this category: too few for a curve.", lang, least=LEAST_CLOSINGS)
        return f'<div class="hx">{heading}<small>{escape(few)}</small></div>'
    mine, every = back_by(own), back_by(episodes)
    own_part, usual = (parts[DAYS.index(TOLD_DAY)] for parts in (mine, every))
    said = [] if own_part is None else [_back_words(own_part, TOLD_DAY, lang)]
    said += [] if usual is None else [say("┄ all categories {part}", lang, part=f"{usual:.0%}")]
    told = [_back_words(part, day, lang) for day, part in zip(DAYS, mine, strict=True) if part is not None]
    ends = "".join(f"<span>{escape(say('{days} days', lang, days=day))}</span>" for day in ENDS)
    return (
        f'<div class="hx periods curve" style="--bar:{palette.bar};--steps:{len(DAYS)}">{heading}'
        f"<small>{escape(say(', ', lang).join(said))}</small>"
        f'<div class="bars" role="img" aria-label="{escape(say("; ", lang).join(told))}" '
        f'style="height:{CURVE_PIXELS}px">{_bars(mine, every, lang)}</div><div class="axis m">{ends}</div></div>'
    )


def _bars(mine: Sequence[float | None], every: Sequence[float | None], lang: str) -> str:
    """Return a bar for each of DAYS, empty where nothing was followed so long, with the dash of all categories."""
    top = max(0.01, *(part for part in (*mine, *every) if part is not None))
    drawn = ""
    for day, part, usual in zip(DAYS, mine, every, strict=True):
        if part is None:
            drawn += "<span></span>"
            continue
        mark = "" if usual is None else f'<u style="bottom:{100 * usual / top:.1f}%"></u>'
        words = escape(_back_words(part, day, lang))
        drawn += f'<span title="{words}"><b style="height:{100 * part / top:.1f}%"></b>{mark}</span>'
    return drawn


def _back_words(part: float, day: int, lang: str) -> str:
    return say("{part} back within {days} days", lang, part=f"{part:.0%}", days=day)


def back_by(episodes: pl.DataFrame, days: Sequence[int] = DAYS) -> list[float | None]:
    """Return the part of closed problems that is back by each of these days (Kaplan-Meier); None beyond what was seen.

    >>> from geo.stats.episodes import example_reports, find_episodes
    >>> back_by(find_episodes(example_reports()), (1, 3, 30))
    [0.25, 0.5, 1.0]
    """
    closed = episodes.drop_nulls("followed_days")
    followed, returned = closed["followed_days"].to_numpy(), closed["days_to_next"].is_not_null().to_numpy()
    curve = survival(followed, returned)
    at = np.searchsorted(curve["days"].to_numpy(), days, side="right").tolist()
    left = [1.0, *curve["left"].to_list()]
    everything = bool(returned.all())
    return [
        1.0 - left[position] if everything or bool((followed >= day).any()) else None
        for day, position in zip(days, at, strict=True)
    ]
