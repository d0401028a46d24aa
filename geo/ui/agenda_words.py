"""What the page Priorities calls its parts: its views, the parts of a score, movement, boards."""

from __future__ import annotations

from typing import Any

import pandas as pd

from geo.maps.labels import kind_name
from geo.words import say

PARTS = ("excess", "trend", "relapses", "overdue", "hot_excess")
"""The columns whose weighted sum is the score, in the order of `Weights`."""
ITEMS = ("excess", "trend", "relapses", "overdue", "hot")
"""The fields of `Weights`, in the same order."""


def agenda_name(agenda: str, lang: str) -> str:
    """Return the word for a view of the page.

    >>> agenda_name("choice", "zh"), agenda_name("loss", "en")
    ('选点', 'Score loss')
    """
    return {
        "ranking": say("Ranking", lang),
        "choice": say("Choice", lang),
        "units": say("Units", lang),
        "loss": say("Score loss", lang),
    }[agenda]


def agenda_question(agenda: str, kind: str, lang: str) -> str:
    """Return what a view answers."""
    return {
        "ranking": say("What to put right first: {kind}", lang, kind=kind_name(kind, lang)),
        "choice": say("Where so many teams reach most: {kind}", lang, kind=kind_name(kind, lang)),
        "units": say("Who closes in time", lang),
        "loss": say("What a visit would cost", lang),
    }[agenda]


def part_name(part: str, lang: str) -> str:
    """Return what a part of the score is called."""
    return {
        "excess": say("Excess", lang),
        "trend": say("Rise", lang),
        "relapses": say("Relapses", lang),
        "overdue": say("Overdue", lang),
        "hot_excess": say("Hot cells", lang),
    }[part]


def part_meaning(part: str, lang: str) -> str:
    """Say what a part of the score counts."""
    return {
        "excess": say("Forecast of the next 4 weeks beyond what its kind would hold there.", lang),
        "trend": say(
            "Excess beyond that of 4 weeks ago, the city's own movement taken out. It is noisy: mostly chance where "
            "counts are small.",
            lang,
        ),
        "relapses": say("Problems that came back in the window, scaled to 4 weeks.", lang),
        "overdue": say("Open problems past their deadline: a stock, each open one counts 1.", lang),
        "hot_excess": say(
            "Incidents beyond expectation in its hot cells, scaled to 4 weeks. Part of them is in the first part "
            "already.",
            lang,
        ),
    }[part]


def moved_words(moved: Any, lang: str) -> str:
    """Return how many places an area rose (worse) or fell since 4 weeks ago, in short.

    >>> moved_words(3, "en"), moved_words(-2, "en"), moved_words(0, "en"), moved_words(None, "en")
    ('▲ 3', '▽ 2', '–', 'new')
    """
    if moved is None or pd.isna(moved):
        return say("new", lang)
    steps = int(moved)
    return f"▲ {steps}" if steps > 0 else f"▽ {-steps}" if steps < 0 else "–"


def moved_sentence(moved: Any, lang: str) -> str:
    """Say how an area moved since 4 weeks ago."""
    if moved is None or pd.isna(moved):
        return say("not ranked 4 weeks ago", lang)
    if not int(moved):
        return say("rank as 4 weeks ago", lang)
    words = say("up {places} in 4 weeks", lang, places=int(moved))
    return words if moved > 0 else say("down {places} in 4 weeks", lang, places=-int(moved))


def rank_words(row: Any) -> str:
    """Return a rank with its 90 % interval, so filled up that a list sorts by it.

    >>> rank_words(pd.Series({"rank": 3, "rank_low": 1, "rank_high": 7})).strip()
    '3 (1–7)'
    """
    return f"{row['rank']:\u2007>3} ({row['rank_low']}–{row['rank_high']})"
