"""How near two reports must be to be one problem: the shipped radii, and what a mapping says instead."""

from __future__ import annotations

from typing import Any

import pytest

from geo.errors import BadMapping
from geo.intake.categories import category_table
from geo.intake.mapping import load_mapping
from geo.intake.radii import Rule, radius_of, rule_of, shipped_radii, usual_radius
from tests.intake.test_incidents import incidents, report


def rule(present: list[str], **duplicates: Any) -> Rule:
    return rule_of(load_mapping({"duplicates": duplicates}), present)[0]


def test_every_shipped_pattern_names_a_category_and_gives_a_reason() -> None:
    codes = category_table().names
    for radius in shipped_radii():
        assert radius.reason
        assert 10 <= radius.metres <= 100
        for pattern in radius.categories:
            own_words = " " in pattern  # Boston's
            assert own_words or any(code.startswith(pattern.rstrip("*")) for code in codes), pattern
    named = [pattern for radius in shipped_radii() for pattern in radius.categories]
    assert len(named) == len(set(named))


def test_the_radius_of_a_category_is_that_of_its_group() -> None:
    """Two lamps 45 m apart are two; two heaps of rubbish are one, and so are two complaints of noise at 55 m."""
    pairs = [("B01037", 39, True), ("B01037", 45, False), ("S06010", 45, True), ("S06010", 55, False)]
    pairs += [("S06028", 55, True), ("S06028", 65, False), ("B02001", 70, True), ("Graffiti Removal", 25, False)]
    for category, apart, one in pairs:
        found = incidents(report(1, category=category), report(2, 1, north=apart, category=category))
        assert found == ([1, 1] if one else [1, 2]), (category, apart)


def test_categories_of_different_radii_keep_to_their_own() -> None:
    """A grid of squares per category: a small radius beside a large one neither gains nor loses."""
    lamp, lawn = {"category": "lamp"}, {"category": "lawn"}
    rows = [report(1, **lamp), report(2, **lawn), report(3, 1, north=30, **lamp), report(4, 1, north=-190, **lawn)]
    rows += [report(5, 2, east=19, **lamp), report(6, 2, east=210, **lawn)]
    assert incidents(*rows, metres={"lamp": 20, "lawn": 200}) == [1, 2, 3, 2, 1, 6]
    assert incidents(*rows, metres={"lamp": 31}) == [1, 2, 1, 4, 1, 6]  # the lawn has the usual radius


def test_one_radius_holds_for_all() -> None:
    lamps = [report(1, category="B01037"), report(2, 1, north=90, category="B01037")]
    assert incidents(*lamps, metres=100) == [1, 1]


def test_a_mapping_goes_before_the_shipped_radii() -> None:
    present = ["B01037", "S06010", "Graffiti Removal"]
    assert rule(present) == Rule({"B01037": 40, "S06010": 50, "Graffiti Removal": 20})
    assert rule(present, metres=80, hours=24, days=60) == Rule(dict.fromkeys(present, 80.0), 24, 60)
    own = {"路灯": 25, "Graffiti Removal": 15}
    assert rule(present, metres=80, category_metres=own).metres == {"B01037": 25, "S06010": 80, "Graffiti Removal": 15}
    assert rule(present, category_metres=own).metres["S06010"] == usual_radius() == radius_of("anything") == 50


def test_a_word_of_the_city_names_its_category() -> None:
    mapping = {"values": {"category": {"S09005": ["占道"]}}, "duplicates": {"category_metres": {"占道": 70}}}
    assert rule_of(load_mapping(mapping), ["S09005"]) == (Rule({"S09005": 70.0}), ())


def test_a_category_that_no_report_has_is_named() -> None:
    mapping = load_mapping({"duplicates": {"category_metres": {"Grafiti Removal": 30, "路灯": 25}}})
    found, notes = rule_of(mapping, ["Graffiti Removal", "B01037"])
    assert found.metres == {"Graffiti Removal": 20, "B01037": 25}
    assert [n.sentence() for n in notes] == [
        "[duplicates.category_metres] names categories that no report has: Grafiti Removal."
    ]


@pytest.mark.parametrize(
    ("mapping", "sentence"),
    [
        ({"duplicates": {"metres": 0}}, "metres of [duplicates] in the mapping must be a number from 1 to 1,000."),
        ({"duplicates": {"metres": "50"}}, "metres of [duplicates] in the mapping must be a number from 1 to 1,000."),
        ({"duplicates": {"metres": float("nan")}}, "metres of [duplicates] in the mapping must be a number"),
        ({"duplicates": {"hours": -1}}, "hours of [duplicates] in the mapping must be a number from 0 to 8,784."),
        ({"duplicates": {"days": True}}, "days of [duplicates] in the mapping must be a number from 0 to 366."),
        ({"duplicates": {"radius": 5}}, '[duplicates] of the mapping has the key "radius". Known are: metres, hours,'),
        ({"duplicates": 50}, "[duplicates] of the mapping must be a table"),
        ({"duplicates": {"category_metres": 50}}, "[duplicates.category_metres] of the mapping must be a table"),
        (
            {"duplicates": {"category_metres": {"Potholes": 5000}}},
            "Potholes of [duplicates.category_metres] in the mapping must be a number from 1 to 1,000.",
        ),
        (
            {"source": [{"file": "a*", "duplicates": {"days": 60}}]},
            "[duplicates] of the mapping holds for all files together: it cannot stand under [[source]].",
        ),
    ],
)
def test_a_mistake_is_answered_by_one_sentence(mapping: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadMapping) as refused:
        load_mapping(mapping)
    assert str(refused.value).startswith(sentence)
