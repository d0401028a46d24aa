"""What a place's history of hot and cold periods is called: Esri's 17 patterns, and four words for planners.

Esri, "How Emerging Hot Spot Analysis works" (ArcGIS Pro, Space Time Pattern Mining), as read in METHODS 2.1: eight hot
patterns, their eight mirrors, and none. What the text leaves open is decided here and nowhere else (METHODS 2.2): in
the constants, in the order of RULES, and in the last lines of `label_histories`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.stats.results import Flags
from geo.stats.trend import Trend

TREND_LEVEL = 0.05
"""The text gives no level for "statistically significant" trends: two-sided .05, on periods that do not overlap."""
OFTEN = (9, 10)
""""90 percent of the time-step intervals" is at least nine tenths: 9 of 10, 12 of 13, and all of fewer than 10."""
LEAST_PERIODS = 5
"""Of four periods no order is a trend at TREND_LEVEL (2 of 24 orders rise or fall throughout, p .083), so rising and
falling places could not be told from lasting ones: too short to call."""
PAST_PERIODS = 10
"""With fewer, nine tenths of the periods are all of them, the last included: no place can be historical."""

NO_PATTERN = "no pattern detected"
TOO_SHORT = "too short to call"
CONSECUTIVE = "consecutive hot spot"


class Side(NamedTuple):
    """One side of the histories, hot or cold; one entry per place."""

    often: Flags  # in nine tenths of the periods
    last: Flags  # in the last period
    times: NDArray[np.int64]  # periods
    run: NDArray[np.int64]  # periods of the unbroken run at the end
    opposite: Flags  # ever on the other side
    trend: NDArray[np.int64]  # 1 further to this side, -1 away from it, 0 neither


class Rule(NamedTuple):
    """A pattern: its name, whether it is found often and in the last period, and what else holds."""

    name: str
    often: bool
    last: bool
    holds: Callable[[Side], Flags]


def _always(side: Side) -> Flags:
    return np.ones(len(side.times), dtype=bool)


RULES = (
    # Persistent asks for nine tenths and does not say that the last period is one of them; historical does say that it
    # is not. Both fit a place that was hot up to the last period: historical, or it would be told as if it still were.
    Rule("historical", True, False, _always),
    # The trend is that of the ratio of incidents to expected, for cold places downwards.
    Rule("intensifying", True, True, lambda side: side.trend > 0),
    Rule("diminishing", True, True, lambda side: side.trend < 0),
    Rule("persistent", True, True, _always),
    # "Never been a hot spot before": a place that was cold before fits new and oscillating. It is new: never *hot*.
    Rule("new", False, True, lambda side: side.times == 1),
    # The current text asks for at least two final periods, so that one is always new; the older text did not say.
    Rule("consecutive", False, True, lambda side: side.run == side.times),
    Rule("oscillating", False, True, lambda side: side.opposite),
    # The current text asks for the last period to be hot, of sporadic as of oscillating; the older one did not, and
    # named 123 of 600 random histories more. A place that is quiet now has no pattern unless it is historical.
    Rule("sporadic", False, True, _always),
)
"""In this order: the first that holds names the place."""

LABEL_SENTENCES = (
    "new hot spot",
    "consecutive hot spot",
    "intensifying hot spot",
    "persistent hot spot",
    "diminishing hot spot",
    "sporadic hot spot",
    "oscillating hot spot",
    "historical hot spot",
    "new cold spot",
    "consecutive cold spot",
    "intensifying cold spot",
    "persistent cold spot",
    "diminishing cold spot",
    "sporadic cold spot",
    "oscillating cold spot",
    "historical cold spot",
    "no pattern detected",
    "too short to call",
)
"""Every label there is, as Esri lists them, and the answer that is none."""
PLANNER_SENTENCES = ("new", "coming back", "chronic", "past")
"""The words for planners, most urgent first."""
PLANNER_WORDS = (
    ("new hot spot", "new"),
    (CONSECUTIVE, "new"),  # all its hot periods are the latest ones
    (CONSECUTIVE, "chronic"),  # and they are half of all periods or more
    ("intensifying hot spot", "chronic"),
    ("persistent hot spot", "chronic"),
    ("diminishing hot spot", "chronic"),
    ("sporadic hot spot", "coming back"),
    ("oscillating hot spot", "coming back"),
    ("historical hot spot", "past"),
)
"""Which words a hot label can have. Esri calls a place consecutive whether it has been hot for 2 or for 11 periods of
13; to a planner only the first is new."""
PATTERNS = (
    *PLANNER_WORDS,
    *((label, "") for label in LABEL_SENTENCES if label not in {named for named, _ in PLANNER_WORDS}),
)
"""Every label with every planner's word that it can have, the most urgent first."""


def planner_word(label: str, history: str = "") -> str:
    """Return the planner's word for a place: new, coming back, chronic or past; nothing for cold places and the rest.

    `history`: its letters as `histories` writes them. A consecutive hot spot is chronic once half of them are hot.

    >>> planner_word("oscillating hot spot"), planner_word("new cold spot"), planner_word(NO_PATTERN)
    ('coming back', '', '')
    >>> planner_word("consecutive hot spot", "....hh"), planner_word("consecutive hot spot", "...hhh")
    ('new', 'chronic')
    """
    if label == CONSECUTIVE:
        return "chronic" if history and 2 * history.count("h") >= len(history) else "new"
    return dict(PATTERNS)[label]


def label_histories(hot: Flags, cold: Flags, trend: Trend) -> NDArray[np.object_]:
    """Return the label of each place, one of LABEL_SENTENCES.

    `hot` and `cold` (places, periods), the oldest first, never both at once; `trend` (places,) of the same periods.

    >>> from geo.stats.trend import mann_kendall
    >>> hot = np.array([[0, 0, 0, 0, 0, 1], [1, 1, 1, 1, 1, 1], [1, 1, 0, 0, 0, 0]], bool)
    >>> label_histories(hot, np.zeros_like(hot), mann_kendall(np.ones((3, 6)))).tolist()
    ['new hot spot', 'persistent hot spot', 'no pattern detected']
    """
    places, periods = hot.shape
    if periods < LEAST_PERIODS:
        return np.full(places, TOO_SHORT, dtype=object)
    moves = np.where(trend.p_value <= TREND_LEVEL, np.sign(trend.score), 0)
    labels = np.full(places, NO_PATTERN, dtype=object)
    # Never hot and cold at nine tenths, but new and historical can meet: cold for nine of ten periods, then hot.
    # What is hot now goes before what was cold: the hot label is written last.
    for name, side in (("cold", _side(cold, hot, -moves)), ("hot", _side(hot, cold, moves))):
        free = np.ones(places, dtype=bool)
        for rule in RULES:
            fits = free & (side.often == rule.often) & (side.last == rule.last) & rule.holds(side)
            labels[fits] = f"{rule.name} {name} spot"
            free &= ~fits
    return labels


def _side(flags: Flags, others: Flags, trend: NDArray[np.int64]) -> Side:
    times = flags.sum(axis=1)
    broken = ~flags[:, ::-1]
    run = np.where(broken.any(axis=1), broken.argmax(axis=1), flags.shape[1])
    often = times * OFTEN[1] >= flags.shape[1] * OFTEN[0]
    return Side(often, flags[:, -1], times, run, np.asarray(others.any(axis=1)), trend)


def histories(hot: Flags, cold: Flags) -> list[str]:
    """Return each place's periods as letters, the oldest first: h hot, c cold, . neither.

    >>> histories(np.array([[True, False, False]]), np.array([[False, False, True]]))
    ['h.c']
    """
    letters = np.where(hot, b"h", np.where(cold, b"c", b"."))
    return [row.tobytes().decode() for row in np.ascontiguousarray(letters)]
