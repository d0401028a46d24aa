"""Every pattern by hand, every history exactly one label, hot and cold as in a mirror, and sfdep explained."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from benchmarks.emerging_bars import CASES, r9_cases, r9_differences
from geo.stats.emerging import (
    CONSECUTIVE,
    LABEL_SENTENCES,
    LEAST_PERIODS,
    NO_PATTERN,
    PATTERNS,
    PLANNER_SENTENCES,
    RULES,
    TOO_SHORT,
    histories,
    label_histories,
    planner_word,
)
from geo.stats.trend import Trend

RISING, FALLING, LEVEL = 1, -1, 0


def labels(*rows: str, trend: int = LEVEL, p_value: float = 0.01) -> list[str]:
    """Label histories written as letters; `trend` of them all, at `p_value` unless it is level."""
    states = np.array([list(row) for row in rows])
    score = np.full(len(rows), 20 * trend)
    p_values = np.full(len(rows), p_value if trend else 1.0)
    return label_histories(states == "h", states == "c", Trend(score, score / 10, p_values)).tolist()


@pytest.mark.parametrize(
    ("history", "trend", "label"),
    [
        (".........h", LEVEL, "new hot spot"),
        ("ccccc....h", LEVEL, "new hot spot"),  # never hot before, whatever else
        (".........h", RISING, "new hot spot"),
        ("........hh", LEVEL, "consecutive hot spot"),
        ("..hhhhhhhh", RISING, "consecutive hot spot"),
        ("cc......hh", LEVEL, "consecutive hot spot"),
        ("hhhhhhhhhh", RISING, "intensifying hot spot"),
        (".hhhhhhhhh", RISING, "intensifying hot spot"),
        ("hhhhhhhhhh", LEVEL, "persistent hot spot"),
        ("hhhhchhhhh", LEVEL, "persistent hot spot"),  # nine tenths before oscillating
        (".hhhhhhhhh", LEVEL, "persistent hot spot"),  # and before consecutive
        ("hhhhhhhhhh", FALLING, "diminishing hot spot"),
        ("h........h", LEVEL, "sporadic hot spot"),
        ("hhhh.hhh.h", RISING, "sporadic hot spot"),
        ("h...c....h", LEVEL, "oscillating hot spot"),
        ("c..h.....h", LEVEL, "oscillating hot spot"),
        ("hhhhhhhhh.", LEVEL, "historical hot spot"),
        ("hhhhhhhhh.", FALLING, "historical hot spot"),
        ("hhhhhhhh..", LEVEL, NO_PATTERN),
        ("h.........", LEVEL, NO_PATTERN),  # the older wording called it sporadic
        ("..........", RISING, NO_PATTERN),
    ],
)
def test_by_hand(history: str, trend: int, label: str) -> None:
    assert labels(history, trend=trend) == [label]
    mirrored = history.translate(str.maketrans("hc", "ch"))
    assert labels(mirrored, trend=-trend) == [label.replace("hot", "cold")]


def test_of_two_labels_the_hot_one() -> None:
    new_and_historical, historical_and_new = "ccccccccch", "hhhhhhhhhc"
    assert labels(new_and_historical, historical_and_new) == ["new hot spot", "historical hot spot"]


@pytest.mark.parametrize("trend", [RISING, FALLING, LEVEL])
def test_every_history_has_exactly_one_label_and_a_mirror(trend: int) -> None:
    rows = ["".join(letters) for letters in product("hc.", repeat=6)]
    named = labels(*rows, trend=trend)
    mirrored = labels(*(row.translate(str.maketrans("hc", "ch")) for row in rows), trend=-trend)
    assert set(named) <= set(LABEL_SENTENCES) - {TOO_SHORT}
    for row, label, mirror in zip(rows, named, mirrored, strict=True):
        assert ("hot" in label) == (row[-1] == "h")  # at six periods nothing can be historical
        assert label.replace("hot", "cold") == mirror.replace("hot", "cold")
        assert label == NO_PATTERN or label != mirror


@pytest.mark.parametrize(("periods", "enough"), [(10, 9), (13, 12), (20, 18), (5, 5), (9, 9)])
def test_nine_tenths(periods: int, enough: int) -> None:
    often, seldom = ("." * (periods - times) + "h" * times for times in (enough, enough - 1))
    assert labels(often, seldom) == ["persistent hot spot", "consecutive hot spot"]


def test_nine_tenths_without_the_last() -> None:
    assert labels("h" * 9 + ".", "h" * 8 + "..") == ["historical hot spot", NO_PATTERN]
    assert labels("h" * 12 + ".", "h" * 11 + "..") == ["historical hot spot", NO_PATTERN]
    assert labels("h" * 8 + ".") == [NO_PATTERN]  # nine tenths of nine are all nine


def test_a_trend_counts_from_five_in_a_hundred() -> None:
    assert labels("h" * 13, trend=RISING, p_value=0.05) == ["intensifying hot spot"]
    assert labels("h" * 13, trend=RISING, p_value=0.0501) == ["persistent hot spot"]


@pytest.mark.parametrize("periods", range(LEAST_PERIODS + 1))
def test_too_short_to_call(periods: int) -> None:
    hot = np.ones((2, periods), bool)
    nothing = Trend(np.zeros(2, int), np.zeros(2), np.ones(2))
    named = label_histories(hot, ~hot, nothing).tolist()
    assert named == [TOO_SHORT if periods < LEAST_PERIODS else "persistent hot spot"] * 2


def test_seventeen_labels_and_four_words() -> None:
    patterns = {f"{rule.name} {side} spot" for rule in RULES for side in ("hot", "cold")}
    assert patterns == set(LABEL_SENTENCES) - {NO_PATTERN, TOO_SHORT}
    assert len(patterns) == 16
    assert {planner_word(label) for label in LABEL_SENTENCES} == {*PLANNER_SENTENCES, ""}
    assert {label for label, _ in PATTERNS} == set(LABEL_SENTENCES)
    assert len(PATTERNS) == len(set(PATTERNS)) == len(LABEL_SENTENCES) + 1
    assert not any(planner_word(label) for label in LABEL_SENTENCES if not label.endswith("hot spot"))


@pytest.mark.parametrize(
    ("history", "word"),
    [
        ("...........hh", "new"),
        (".......hhhhhh", "new"),
        ("......hhhhhhh", "chronic"),  # 7 of 13
        ("..hhhhhhhhhhh", "chronic"),
        (".....hhhhh", "chronic"),  # half of ten
        ("......hhhh", "new"),
        ("cc....hhhh", "new"),
    ],
)
def test_a_place_hot_for_half_of_the_periods_is_chronic_and_stays_consecutive(history: str, word: str) -> None:
    (label,) = labels(history)
    assert (label, planner_word(label, history)) == (CONSECUTIVE, word)
    assert (label, word) in PATTERNS


def test_histories_as_letters() -> None:
    states = np.array([list("h.c"), list("..h")])
    assert histories(states == "h", states == "c") == ["h.c", "..h"]
    assert histories(np.zeros((2, 0), bool), np.zeros((2, 0), bool)) == ["", ""]


@pytest.mark.skipif(not CASES.is_file(), reason="the reference data are not here")
def test_every_difference_from_sfdep_is_explained() -> None:
    differences = r9_differences()
    assert differences.pop("unexplained") == 0
    sporadic = differences.pop("sporadic in the older wording: the last period need not be hot")
    level = differences.pop("a trend at .05 is none at .01")
    assert (len(r9_cases()), sporadic, level, sum(differences.values())) == (600, 123, 4, 63)
