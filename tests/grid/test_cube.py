"""The cube: everything is counted once, by the local day, and nothing at a pile is counted at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random

import h3
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import tables
from geo.errors import RefusedQuestion
from geo.grid.cube import Slice, build_cube
from geo.grid.windows import Window, window_back
from tests.towns import CENTRE, TOWN, cube_of, town

some_rows = st.lists(
    st.fixed_dictionaries(
        {
            "cell": st.sampled_from(TOWN),
            "category": st.sampled_from(["litter", "dust"]),
            "source": st.sampled_from(tables.SOURCES),
            "reported_at": st.datetimes(datetime(2026, 1, 1), datetime(2026, 11, 1)).map(
                lambda t: t.replace(tzinfo=UTC)
            ),
            "community": st.lists(st.sampled_from(["a", "b"]), unique=True),
        }
    ),
    max_size=30,
)


@settings(max_examples=40, deadline=None)
@given(some_rows)
def test_every_report_is_counted_once(rows: list[dict[str, object]]) -> None:
    cube = cube_of(rows)
    assert cube.counts["reports"].sum() == len(rows)
    assert cube.counts["incidents"].sum() == len(rows)
    assert cube.areas["reports"].sum() == sum(len(r["community"]) for r in rows)  # type: ignore[arg-type]
    whole = Window(date(2025, 12, 1), date(2026, 12, 1))
    assert cube.in_window(whole).sum() == len(rows)


@settings(max_examples=25, deadline=None)
@given(some_rows, st.randoms())
def test_the_order_of_rows_changes_nothing(rows: list[dict[str, object]], random: object) -> None:
    reports = town(rows)
    shuffled = reports.sample(fraction=1, shuffle=True, seed=random.randint(0, 99))  # type: ignore[attr-defined]
    one, other = (build_cube(r, universe=TOWN, resolution=9) for r in (reports, shuffled))
    assert one.counts.equals(other.counts)
    assert one.version == other.version


@settings(max_examples=25, deadline=None)
@given(some_rows, st.integers(1, 8))
def test_periods_add_up_to_the_window(rows: list[dict[str, object]], periods: int) -> None:
    cube, last = cube_of(rows), date(2026, 10, 20)
    weekly = cube.by_period(last, periods)
    assert weekly.shape == (7, periods)
    np.testing.assert_array_equal(weekly.sum(1), cube.in_window(Window(last - timedelta(days=7 * periods - 1), last)))


def test_duplicates_are_reports_but_not_incidents() -> None:
    cube = cube_of([{}, {"incident_id": "s/0"}, {"incident_id": "s/0"}])
    assert cube.counts.select("incidents", "reports").sum().row(0) == (1, 3)


def test_a_pile_adds_nothing_to_any_count() -> None:
    cube = cube_of([{}, {"pile": True, "community": ["a"]}])
    assert cube.counts["reports"].sum() == 1
    assert cube.areas.is_empty()


def test_a_day_is_a_local_day() -> None:
    late = {"reported_at": datetime(2026, 11, 2, 23, tzinfo=UTC)}
    assert cube_of([late], timezone="Asia/Shanghai").last_day == date(2026, 11, 3)
    assert cube_of([late], timezone="America/New_York").last_day == date(2026, 11, 2)


def test_the_filter_keeps_what_was_asked_for() -> None:
    cube = cube_of([{"category": "litter"}, {"category": "dust"}, {"category": "dust", "status": "closed"}])
    window = Window(date(2026, 11, 1), date(2026, 11, 3))
    assert cube.in_window(window, Slice(categories=("dust",))).sum() == 2
    assert cube.in_window(window, Slice(categories=("dust",), statuses=("open",))).sum() == 1
    assert cube.in_window(window, Slice(units=("south",))).sum() == 0


@settings(max_examples=40, deadline=None)
@given(some_rows, st.randoms(use_true_random=False), st.sets(st.sampled_from(["litter", "dust", "noise"])))
def test_categories_are_found_in_any_order_of_the_counts(
    rows: list[dict[str, object]], random: Random, categories: set[str]
) -> None:
    cube = cube_of(rows)
    mixed = replace(cube, counts=cube.counts[random.sample(range(cube.counts.height), cube.counts.height)])
    window, chosen = Window(date(2026, 2, 1), date(2026, 11, 1)), Slice(categories=tuple(categories))
    plain = cube.counts.filter(chosen.condition & pl.col("day").is_between(window.first, window.last))
    for one in (cube, mixed):
        found = one.rows(window, chosen)
        assert found.select(cube.counts.columns).sort(cube.counts.columns).equals(plain.sort(cube.counts.columns))
        assert one.in_window(window, chosen).sum() == plain["incidents"].sum()


def test_reports_in_a_cell_outside_the_universe_are_kept_and_said() -> None:
    beyond = h3.str_to_int(next(iter(h3.grid_ring(CENTRE, 3))))
    cube = cube_of([{}, {"cell": beyond}])
    assert cube.counts["reports"].sum() == 2
    assert cube.outside_reports == 1


def test_no_reports_give_an_empty_cube_with_the_usual_columns() -> None:
    cube = cube_of([])
    assert cube.counts.schema == tables.COUNTS
    assert cube.areas.schema == tables.AREA_COUNTS
    assert cube.first_day is None
    assert cube.by_period(date(2026, 1, 1), 3).tolist() == [[0, 0, 0]] * 7


def test_the_level_must_be_that_of_the_assigned_cells() -> None:
    with pytest.raises(RefusedQuestion, match="level 9, not 8"):
        build_cube(town([{}]), universe=TOWN, resolution=8)


@pytest.mark.parametrize(
    ("text", "first"),
    [("1d", date(2026, 3, 31)), ("2w", date(2026, 3, 18)), ("1m", date(2026, 3, 1)), ("13m", date(2025, 3, 1))],
)
def test_windows_count_back_whole_days(text: str, first: date) -> None:
    assert window_back(text, date(2026, 3, 31)).first == first


@pytest.mark.parametrize("text", ["", "13", "0w", "-3w", "3y", "w13", "99999w"])
def test_a_window_that_is_no_length_is_refused(text: str) -> None:
    with pytest.raises(RefusedQuestion, match="not a length of time"):
        window_back(text, date(2026, 3, 31))
