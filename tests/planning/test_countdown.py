"""What is closed before a review, against what was closed in simulated cities."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from geo.planning.countdown import by_unit, closing_chances, pace

FIRST, TODAY = date(2026, 3, 1), date(2026, 6, 1)


def waits(rng: np.random.Generator, count: int, hard: float) -> np.ndarray:
    """Return days to closing: easy ones within a week, `hard` of them within months."""
    return np.where(rng.random(count) < hard, rng.exponential(90, count), rng.exponential(4, count))


def records(seed: int, hard: float, count: int = 4_000) -> tuple[pl.DataFrame, np.ndarray]:
    """Return what is known on TODAY, as `closing.times_to_close` tells it, and the day each problem is closed."""
    rng = np.random.default_rng(seed)
    age, wait = rng.random(count) * 180, waits(rng, count, hard)  # half were reported before the window
    closed = wait <= age
    table = pl.DataFrame(
        {
            "incident_id": [f"{seed}/{i}" for i in range(count)],
            "unit": [f"unit {seed}"] * count,
            "opened": [TODAY - timedelta(days=int(np.ceil(a))) for a in age],
            "days": np.minimum(age, wait),
            "closed": closed,
        }
    )
    return table, wait - age


@pytest.mark.parametrize("hard", [0.0, 0.3])
def test_as_many_are_closed_as_was_said(hard: float) -> None:
    said, came = 0.0, 0
    for seed in range(4):
        table, left = records(seed, hard)
        found, problems = by_unit(table, first=FIRST, today=TODAY, review=TODAY + timedelta(days=17))
        still_open = ~table["closed"].to_numpy()
        came += int((still_open & (left <= 14)).sum())
        said += found["expected_closed"][0]
        assert found["open"][0] == still_open.sum() == problems.height
        assert found["late"][0] == pytest.approx(found["open"][0] - found["expected_closed"][0])
    assert said == pytest.approx(came, rel=0.1)


def test_the_median_promises_what_hard_cases_do_not_keep() -> None:
    table, _ = records(1, 0.3)
    found, _ = by_unit(table, first=FIRST, today=TODAY, review=TODAY + timedelta(days=17))
    median, in_time, closed, waiting = found.select("median_days", "in_time", "expected_closed", "open").row(0)
    assert median < 7
    assert in_time
    assert closed < 0.35 * waiting


def test_the_last_day_to_start_is_the_review_less_checking_and_median() -> None:
    days = pl.DataFrame({"days": [6.5] * 20 + [1.0] * 3, "closed": [True] * 20 + [False] * 3})
    rows = days.with_columns(incident_id=pl.Series([f"{i}" for i in range(23)]), unit=pl.lit("a"), opened=pl.lit(FIRST))
    found, _ = by_unit(rows, first=FIRST, today=TODAY, review=date(2026, 6, 11), verification_days=2)
    assert found.select("last_start", "in_time").row(0) == (date(2026, 6, 2), True)
    found, _ = by_unit(rows, first=FIRST, today=TODAY, review=date(2026, 6, 9), verification_days=2)
    assert found.select("last_start", "in_time", "expected_closed").row(0) == (date(2026, 5, 31), False, 3.0)  # begun


def test_a_unit_that_closed_too_few_goes_by_all_and_says_so() -> None:
    table, _ = records(2, 0.0, 400)
    few = table.head(4).with_columns(unit=pl.lit("new"), closed=pl.lit(False), days=pl.lit(1.0))
    few = few.with_columns(incident_id=pl.concat_str(pl.lit("n"), "incident_id"))
    found, _ = by_unit(pl.concat([table, few]), first=FIRST, today=TODAY, review=TODAY + timedelta(days=10))
    new = found.filter(pl.col("unit") == "new")
    assert not new["own"][0]
    assert 0 < new["expected_closed"][0] < 4
    assert found.filter(pl.col("unit") != "new")["own"].all()


def test_nothing_is_counted_on_without_time_to_check() -> None:
    table, _ = records(0, 0.0, 200)
    found, problems = by_unit(table, first=FIRST, today=TODAY, review=TODAY + timedelta(days=3))
    assert found["expected_closed"].to_list() == [0.0]
    assert (problems["chance"] == 0).all()


def test_a_unit_that_never_closes_is_not_lent_the_pace_of_others() -> None:
    table, _ = records(3, 0.0, 400)
    lazy = table.head(30).with_columns(unit=pl.lit("lazy"), closed=pl.lit(False), days=pl.lit(40.0))
    lazy = lazy.with_columns(
        incident_id=pl.concat_str(pl.lit("z"), "incident_id"), opened=pl.lit(TODAY - timedelta(days=40))
    )
    found, _ = by_unit(pl.concat([table, lazy]), first=FIRST, today=TODAY, review=TODAY + timedelta(days=30))
    row = found.filter(pl.col("unit") == "lazy").row(0, named=True)
    assert (row["median_days"], row["last_start"], row["own"]) == (None, None, True)
    assert row["expected_closed"] == 0


def test_only_what_is_asked_for_is_counted_and_the_pace_stays() -> None:
    table, _ = records(1, 0.0, 400)
    waiting = table.filter(~pl.col("closed"))["incident_id"]
    every, chances = by_unit(table, first=FIRST, today=TODAY, review=TODAY + timedelta(days=10))
    asked = pl.DataFrame({"incident_id": waiting[:2], "unit": "unit 1"})
    some, fewer = by_unit(table, first=FIRST, today=TODAY, review=TODAY + timedelta(days=10), asked=asked)
    assert some["open"][0] == 2 < every["open"][0]
    assert some["median_days"][0] == every["median_days"][0]
    assert fewer.equals(chances.filter(pl.col("incident_id").is_in(waiting[:2].to_list())))


def test_what_another_answers_for_is_in_its_row_and_tells_nothing_of_its_pace() -> None:
    table, _ = records(1, 0.0, 400)
    unnamed = table.with_columns(unit=pl.lit(None, pl.String))
    asked = table.select("incident_id", unit=pl.lit("lead"))
    found, problems = by_unit(unnamed, first=FIRST, today=TODAY, review=TODAY + timedelta(days=10), asked=asked)
    named, _ = by_unit(table, first=FIRST, today=TODAY, review=TODAY + timedelta(days=10))
    assert found.select("unit", "open", "own").rows() == [("lead", named["open"][0], False)]
    assert found["expected_closed"][0] == pytest.approx(named["expected_closed"][0])  # the pace of all, which are one
    assert problems["unit"].unique().to_list() == ["lead"]


def test_late_entries_tell_of_old_cases_alone() -> None:
    """Of 40 new ones 20 are closed on day 1; of 20 that came in at the age of 50, half are closed on day 60."""
    entered = np.repeat([0.0, 50.0], [40, 20])
    days, closed = np.repeat([1.0, 2.0, 60.0, 70.0], [20, 20, 10, 10]), np.repeat([True, False] * 2, [20, 20, 10, 10])
    curve = pace(entered, days, closed)
    assert curve.select("days", "at_risk", "waiting").rows() == [(1.0, 40, 0.5), (60.0, 20, 0.25), (70.0, 10, 0.25)]
    assert closing_chances([50.0], 15.0, curve) == pytest.approx([0.5])


def test_no_records_are_no_rows() -> None:
    table, _ = records(0, 0.0, 5)
    found, problems = by_unit(table.clear(), first=FIRST, today=TODAY, review=TODAY + timedelta(days=10))
    assert found.height == problems.height == 0
