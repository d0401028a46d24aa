"""Time to a closing, and whether it came by the deadline."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import stats

from geo import tables
from geo.planning.closing import (
    FORMULA_SENTENCES,
    checks,
    median_wait,
    share_interval,
    shrunken_shares,
    still_waiting,
    tally,
    times_to_close,
    waiting_curve,
)
from geo.stats.episodes import find_episodes

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def made(*rows: dict[str, Any]) -> pl.DataFrame:
    """Return merged reports; days count from 1 March 2026, noon. `of`: the report whose incident it is."""
    day = lambda value: None if value is None else NOON + timedelta(days=value)  # noqa: E731
    table = pl.DataFrame(
        [
            {
                "system": "s",
                "report_id": str(at),
                "reported_at": day(row["on"]),
                "closed_at": day(row.get("closed")),
                "status": row.get("status", "open" if row.get("closed") is None else "closed"),
                "category": "litter",
                "source": "resident",
                "lat": 30.0,
                "lon": 104.0,
                "unit": row.get("unit", "one"),
                "address": row.get("address", f"{at} Elm St"),
                "due_at": day(row.get("due")),
                "incident_id": f"s/{row.get('of', at)}",
                "pile": row.get("pile", False),
                "coarse": False,
                "market": row.get("market", []),
            }
            for at, row in enumerate(rows)
        ],
        schema_overrides={"market": pl.List(pl.String), "unit": pl.String, "due_at": tables.UTC_TIME},
    )
    return table.with_columns(pl.col("reported_at", "closed_at", "due_at").cast(tables.UTC_TIME))


def only(*rows: dict[str, Any], until: date | None = None) -> dict[str, Any]:
    """Return the one incident of some reports, the last of which says only how far the data reach."""
    found = times_to_close(made(*rows), until)
    return found.filter(pl.col("incident_id") == "s/0").row(0, named=True)


LATER = {"on": 30, "closed": 30}


def test_an_incident_is_closed_with_the_last_of_its_reports() -> None:
    found = only({"on": 0, "closed": 2}, {"on": 1, "closed": 4, "of": 0}, LATER)
    assert (found["days"], found["closed"], found["closed_on"], found["reports"]) == (4.0, True, date(2026, 3, 5), 2)
    assert found["on_time"] is None  # no deadline, so nothing is said of it


def test_open_is_what_any_report_leaves_open_and_it_has_waited_until_the_end_of_the_data() -> None:
    found = only({"on": 0, "closed": 2}, {"on": 1, "of": 0}, LATER)
    assert (found["closed"], found["days"], found["closed_on"]) == (False, 30.0, None)


def test_what_was_closed_later_was_open() -> None:
    rows = {"on": 0, "closed": 9, "due": 5}
    assert only(rows, LATER, until=date(2026, 3, 4)) | {"lat": 0, "lon": 0} == {
        "incident_id": "s/0", "category": "litter", "source": "resident", "unit": "one", "lat": 0, "lon": 0,
        "opened": date(2026, 3, 1), "closed_on": None, "due_on": date(2026, 3, 6), "days": 3.5, "closed": False,
        "on_time": None, "open_due_on": date(2026, 3, 6), "overdue": False, "reports": 1, "market": [],
    } | {"days": pytest.approx(3.5, abs=1e-6)}  # fmt: skip
    assert only(rows, LATER, until=date(2026, 3, 7))["overdue"]
    assert not only(rows, LATER, until=date(2026, 3, 6))["overdue"]  # its day is not over


def test_each_report_has_its_own_deadline() -> None:
    assert only({"on": 0, "closed": 4, "due": 4}, {"on": 1, "closed": 4.5, "due": 5, "of": 0}, LATER)["on_time"]
    late = only({"on": 0, "closed": 4.1, "due": 4}, {"on": 1, "closed": 4.5, "due": 5, "of": 0}, LATER)
    assert late["on_time"] is False
    without = only({"on": 0, "closed": 3, "due": 4}, {"on": 1, "closed": 8, "of": 0}, LATER)
    assert without["on_time"]  # the second report had none to miss


def test_the_deadline_of_a_closed_report_is_over_for_what_is_open() -> None:
    found = only({"on": 0, "closed": 2, "due": 3}, {"on": 1, "due": 40, "of": 0}, LATER)
    assert (found["due_on"], found["open_due_on"]) == (date(2026, 3, 4), date(2026, 4, 10))
    assert (found["closed"], found["overdue"]) == (False, False)
    closed = only({"on": 0, "closed": 2, "due": 3}, LATER)
    assert (closed["due_on"], closed["open_due_on"]) == (date(2026, 3, 4), None)


def test_a_deadline_at_midnight_is_the_whole_day() -> None:
    assert only({"on": 0, "closed": 4.4, "due": 3.5}, LATER)["on_time"]  # 5 March, 00:00, closed at 21:36
    assert only({"on": 0, "closed": 4.6, "due": 3.5}, LATER)["on_time"] is False
    local = times_to_close(made({"on": 0, "closed": 3.2, "due": 2 + 4 / 24}, LATER), None, "Asia/Shanghai")
    assert local["due_on"][0] == date(2026, 3, 4)  # 16:00 UTC is midnight there
    assert local["on_time"][0] is False or local["on_time"][0]  # decided, not null


def test_an_open_problem_misses_its_deadline_when_it_passes() -> None:
    assert only({"on": 0, "due": 3}, LATER)["on_time"] is False
    assert only({"on": 0, "due": 30}, LATER)["on_time"] is None


def test_a_problem_is_overdue_where_one_of_its_open_reports_is() -> None:
    closed_first = only({"on": 0, "closed": 2, "due": 3}, {"on": 1, "due": 30, "of": 0}, LATER)
    assert (closed_first["overdue"], closed_first["on_time"]) == (False, None)  # what is open has its time yet
    second = only({"on": 0, "closed": 2, "due": 3}, {"on": 1, "due": 9, "of": 0}, LATER)
    assert (second["overdue"], second["on_time"]) == (True, False)
    without = only({"on": 0, "closed": 2, "due": 3}, {"on": 1, "of": 0}, LATER)
    assert not without["overdue"]


def test_a_closing_without_its_day_is_neither_open_nor_timed() -> None:
    found = only({"on": 0, "status": "closed", "due": 3}, LATER)
    assert (found["closed"], found["days"], found["on_time"], found["overdue"]) == (True, None, None, False)
    assert waiting_curve([1.0, None], [True, True])["at_risk"].to_list() == [1]


def test_piles_are_left_out_and_order_does_not_matter() -> None:
    reports = made(
        {"on": 0, "closed": 2, "pile": True}, {"on": 1, "unit": None}, {"on": 2, "of": 1, "unit": "two"}, LATER
    )
    found = times_to_close(reports)
    assert found["incident_id"].to_list() == ["s/1", "s/3"]
    assert found["unit"][0] == "two"  # of the first report that names one
    assert found.equals(times_to_close(reports.reverse()))
    assert times_to_close(reports.clear()).columns == found.columns


def test_the_share_counts_what_was_due_and_never_what_was_not() -> None:
    rows = [
        *({"on": day, "closed": day + 1, "due": day + 2} for day in range(10)),  # in time
        *({"on": day, "closed": day + 4, "due": day + 2} for day in range(5)),  # late
        {"on": 3, "due": 5},  # still open
        {"on": 28, "closed": 29, "due": 60},  # not due yet
        {"on": 4, "closed": 6},  # no deadline
        LATER,
    ]
    table = tally(times_to_close(made(*rows)).with_columns(key=pl.lit("k")), date(2026, 3, 1), date(2026, 3, 31))
    row = table.row(0, named=True)
    assert (row["reported"], row["due"], row["on_time"], row["backlog"], row["overdue"]) == (19, 16, 10, 1, 1)
    assert row["on_time_share"] == 10 / 16
    assert row["oldest_open"] == date(2026, 3, 4)
    assert row["median_days"] == 1.0
    nothing = tally(times_to_close(made(LATER)).with_columns(key=pl.lit("k")), date(2026, 3, 1), date(2026, 3, 31))
    assert nothing.select("due", "on_time_share", "on_time_low").rows() == [(0, None, None)]


def test_three_of_three_do_not_rank_above_a_hundred() -> None:
    low, _ = share_interval([3, 90], [3, 100])
    assert low[0] < low[1]


def test_wilsons_interval_is_that_of_the_score_test() -> None:
    """Its ends are the shares at which the usual test with the share's own variance just rejects."""
    z = stats.norm.isf(0.05)
    for count, total in ((0, 5), (3, 7), (40, 50), (12, 12)):
        for end in share_interval([count], [total]):
            p = float(end[0])
            if 0 < p < 1:
                assert abs(count / total - p) == pytest.approx(z * np.sqrt(p * (1 - p) / total), abs=1e-7)


def test_wilsons_interval_covers_nine_in_ten_on_average() -> None:
    rng = np.random.default_rng(11)
    shares = rng.uniform(0.05, 0.95, 4000)
    totals = rng.integers(5, 80, 4000)
    low, high = share_interval(rng.binomial(totals, shares), totals)
    assert np.mean((low <= shares) & (shares <= high)) == pytest.approx(0.9, abs=0.02)


def test_a_closing_is_checked_when_its_days_are_up() -> None:
    rows = [{"on": 0, "closed": 1, "address": "11 Elm St"}, {"on": 5, "closed": 6, "address": "11 Elm St"}]
    rows += [
        {"on": 0, "closed": 2, "address": "12 Oak St"},
        {"on": 25, "closed": 26, "address": "13 Ash St"},
        {"on": 60, "closed": 61},
    ]
    episodes = find_episodes(made(*rows), days=30)
    every = checks(episodes, date(2026, 3, 1), date(2026, 4, 30), "UTC", 30)
    assert dict(every.iter_rows()) == {"s/0": True, "s/1": False, "s/2": False, "s/3": False}
    assert checks(episodes, date(2026, 4, 20), date(2026, 4, 30), "UTC", 30)["incident_id"].to_list() == ["s/3"]


def test_half_are_closed_by_the_median_open_ones_waiting() -> None:
    curve = waiting_curve([1, 2, 3, 10, 10], [True, True, True, False, False])
    assert median_wait(curve) == 3.0
    assert median_wait(waiting_curve([1, 5, 5], [True, False, False])) is None
    assert still_waiting(curve, [[0, 1], [2.5, 99]]).round(6).tolist() == [[1.0, 0.8], [0.6, 0.4]]


def test_every_column_of_performance_is_explained() -> None:
    told = {"key", "name", "by", "oldest_open", "on_time_high", "contact", "reason"}
    assert set(FORMULA_SENTENCES) == set(tables.PERFORMANCE) - told


_OF_MANY = (2573, 1296, 847, 739, 599, 585, 449, 441, 301, 274, 251, 251, 249, 247, 179, 157, 153, 146)
DUE = np.array([*_OF_MANY, 112, 100, 96, 66, 49, 38, 15, 12])
"""Problems due of 26 units of a demo city."""


def test_where_all_are_alike_no_small_unit_is_last_more_often_than_its_share() -> None:
    rng = np.random.default_rng(11)
    orders = np.array([np.argsort(shrunken_shares(rng.binomial(DUE, 0.6), DUE)) for _ in range(1500)])
    small = np.flatnonzero(DUE < 120)
    for end in (0, -1):
        times = np.bincount(orders[:, end], minlength=len(DUE))[small]
        assert times.max() <= 1500 / 26 + 4 * np.sqrt(1500 / 26), "last, or first, by luck alone"


def test_where_units_differ_the_order_finds_who_is_worst_and_m_is_that_of_the_beta_variable() -> None:
    rng = np.random.default_rng(12)
    true = rng.beta(12, 8, (200, len(DUE)))  # m = 20, p = .6
    seen = rng.binomial(DUE, true)
    drawn = np.array([shrunken_shares(row, DUE) for row in seen])
    ideal = (seen + 12) / (DUE + 20)
    assert np.abs(drawn - ideal)[:, DUE >= 30].mean() < 0.01
    found, best = (np.corrcoef(one.ravel(), true.ravel())[0, 1] for one in (drawn, ideal))
    assert found > best - 0.01
    assert np.isnan(shrunken_shares([0, 3], [0, 4])[0])
    assert np.isnan(shrunken_shares([0, 0], [0, 0])).all()
    assert shrunken_shares([4, 4], [4, 4]).tolist() == [1.0, 1.0]
