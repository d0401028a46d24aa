"""How rare an alarm is, and whether it is news."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from geo.stats.alarms import (
    Sighting,
    continued,
    in_one_look,
    is_signal,
    recurrence_days,
    recurrence_words,
    within_a_year,
)
from geo.tables import ALL_CATEGORIES

DAY = date(2026, 3, 5)
SEEN = Sighting("litter", frozenset("abcd"), DAY - timedelta(days=4), DAY, "20260305-x", DAY)


def test_satscan_gives_four_days_for_its_example() -> None:
    assert int(recurrence_days(0.242)) == 4  # NYCfever.expected.txt: P-value 0.242, recurrence interval 4 days


def test_twenty_scans_are_rarer_in_the_sum_of_their_chances() -> None:
    assert recurrence_days(1e-5, scans=20) == pytest.approx(365 * 1e5 / (20 * 365), rel=1e-3)
    assert in_one_look(1.0, 3) == 1.0
    assert in_one_look(1e-18, 20) == pytest.approx(2e-17)
    assert recurrence_days(0.0) > 1e9


def test_a_signal_comes_by_chance_about_once_a_year() -> None:
    assert is_signal(365)
    assert not is_signal(364.9)
    assert is_signal(364, every=7)
    assert not is_signal(363.9, every=7)
    assert within_a_year(365) == pytest.approx(1 - (1 - 1 / 365) ** 365)
    assert within_a_year(364, every=7) == pytest.approx(1 - (1 - 1 / 52) ** 52)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_rarer_is_never_said_as_more_often(lang: str) -> None:
    said = [recurrence_words(days, lang=lang) for days in (1, 2, 12, 45, 70, 340, 400, 600, 3_600, 36_000, 1e7)]
    assert len(set(said)) == len(said)


def test_what_goes_on_keeps_its_name() -> None:
    now = replace(SEEN, cells=frozenset("cdefgh"), start=DAY, end=DAY + timedelta(days=1), alarm_id="", since=None)
    assert continued([now], [SEEN]) == [SEEN]


@pytest.mark.parametrize(
    "other",
    [
        {"category": "noise"},
        {"cells": frozenset("defghijk")},  # a quarter of the smaller
        {"start": DAY + timedelta(days=2), "end": DAY + timedelta(days=3)},  # a day between
    ],
)
def test_another_category_place_or_time_is_new(other: dict[str, object]) -> None:
    assert continued([replace(SEEN, **other)], [SEEN]) == [None]  # type: ignore[arg-type]


def test_days_that_follow_each_other_touch() -> None:
    later = replace(SEEN, start=DAY + timedelta(days=1), end=DAY + timedelta(days=3))
    assert continued([later], [SEEN]) == [SEEN]


def test_one_earlier_alarm_goes_on_as_one() -> None:
    halves = [replace(SEEN, cells=frozenset("ab")), replace(SEEN, cells=frozenset("cd"))]
    assert continued(halves, [SEEN]) == [SEEN, None]


def test_all_together_stands_for_one_of_its_categories_but_the_own_one_comes_first() -> None:
    together = replace(SEEN, category=ALL_CATEGORIES, alarm_id="20260305-y")
    assert continued([SEEN], [together]) == [together]
    assert continued([together], [SEEN]) == [SEEN]
    assert continued([SEEN], [together, SEEN]) == [SEEN]
