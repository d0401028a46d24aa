"""METHODS 1.4, "Short history", line by line."""

from __future__ import annotations

import pytest

from geo.errors import RefusedQuestion
from geo.stats.history import history_note, window_for
from geo.stats.resolution import quality_note


@pytest.mark.parametrize(
    ("past", "window"), [(8, 4), (23, 4), (24, 8), (38, 8), (39, 13), (51, 13), (52, 13), (104, 13), (300, 13)]
)
def test_the_longest_window_that_the_past_carries(past: int, window: int) -> None:
    assert window_for(past + window) == window
    assert window_for(past + window, lens="past") == window
    assert window_for(past + window, window, lens="past") == window


@pytest.mark.parametrize("days", [1, 5, 12, 19])
def test_exactly_eight_weeks_before_a_window_of_days_are_enough(days: int) -> None:
    assert window_for((56 + days) / 7, days / 7, lens="past") == days / 7


@pytest.mark.parametrize("lens", ["city", "share", "places"])
@pytest.mark.parametrize("available", [0.5, 3, 11])
def test_other_lenses_take_what_there_is(lens: str, available: float) -> None:
    assert window_for(available, lens=lens) == available
    assert window_for(available, 13, lens=lens) == 13


@pytest.mark.parametrize(
    ("available", "asked", "sentence"),
    [
        (11, None, 'Less than 8 weeks before this window: "risen" cannot be judged yet.'),
        (11, 4, 'Less than 8 weeks before this window: "risen" cannot be judged yet.'),
        (55, 50, "A window of 50 weeks needs 150 weeks of reports before it; there are 5. Ask for 13 weeks."),
        (40, 13, "A window of 13 weeks needs 39 weeks of reports before it; there are 27. Ask for 8 weeks."),
        (20, 8, "A window of 8 weeks needs 24 weeks of reports before it; there are 12. Ask for 4 weeks."),
        (77, 26, "A window of 26 weeks needs 52 weeks of reports before it; there are 51. Ask for 13 weeks."),
        (110, 30, "A window of 30 weeks needs 90 weeks of reports before it; there are 80. Ask for 26 weeks."),
    ],
)
def test_what_the_past_cannot_carry_is_refused(available: float, asked: float | None, sentence: str) -> None:
    with pytest.raises(RefusedQuestion) as refusal:
        window_for(available, asked, lens="past")
    assert str(refusal.value).startswith(sentence)


@pytest.mark.parametrize(("available", "asked"), [(78, 26), (52, 90 / 7), (52, 1), (200, 40), (65, 92 / 7)])
def test_what_it_can_carry_is_granted(available: float, asked: float) -> None:
    assert window_for(available, asked, lens="past") == asked


def test_short_histories_are_said() -> None:
    assert history_note(52) is None
    said = {weeks: note.sentence() for weeks in (8, 38, 39, 51) if (note := history_note(weeks))}
    assert said[8] == "Compared with only 8 weeks; a season cannot be told from a rise."
    assert said[38] == "Compared with only 38 weeks; a season cannot be told from a rise."
    assert said[39].startswith("Compared with 39 weeks, less than a year")
    assert said[51].endswith("may hide or feign a rise.")


def test_thin_maps_are_said() -> None:
    assert quality_note(20.0) is None
    weak, thin = quality_note(10.0), quality_note(9.9)
    assert weak is not None
    assert thin is not None
    assert weak.sentence("zh").startswith("数据偏少")
    assert thin.sentence().startswith("Too few reports to tell places apart")
