"""Kaplan-Meier against scipy, against a published table, and worked out by hand."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy import stats

from geo.stats.returning import return_times, survival


def test_survival_and_its_interval_are_those_of_scipy() -> None:
    random = np.random.default_rng(5)
    time, cut = np.ceil(random.exponential(20, 300)), np.ceil(random.exponential(40, 300))
    days, returned = np.minimum(time, cut), time <= cut
    known = stats.ecdf(stats.CensoredData(uncensored=days[returned], right=days[~returned])).sf
    between = known.confidence_interval(confidence_level=0.9, method="log-log")
    found = survival(days, returned).filter(pl.col("left") > 0)
    at = found["days"].to_numpy()
    assert found["left"].to_numpy() == pytest.approx(known.evaluate(at), rel=1e-12)
    assert found["low"].to_numpy() == pytest.approx(between.low.evaluate(at), rel=1e-9)
    assert found["high"].to_numpy() == pytest.approx(between.high.evaluate(at), rel=1e-9)


def test_weeks_of_remission_as_published() -> None:
    """Freireich et al. (1963), Blood 21, 699-716: 21 patients on 6-mercaptopurine, in every textbook."""
    ended = [6, 6, 6, 7, 10, 13, 16, 22, 23]
    going_on = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    found = survival([*ended, *going_on], [True] * len(ended) + [False] * len(going_on))
    assert found["left"].round(3).to_list() == [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448]


def test_the_interval_is_greenwoods_on_the_log_log_scale() -> None:
    row = survival([1, 2, 2, 5, 6, 7], [True, True, False, False, True, False]).row(1, named=True)
    variance = 1 / (6 * 5) + 1 / (5 * 4)  # Greenwood: returns / (at risk (at risk - returns))
    reach = 1.6448536 * np.sqrt(variance) / abs(np.log(4 / 6))
    assert row["left"] == pytest.approx(4 / 6)
    assert (row["low"], row["high"]) == pytest.approx(((4 / 6) ** np.exp(reach), (4 / 6) ** np.exp(-reach)), rel=1e-6)


def test_medians_that_are_not_reached_are_not_told() -> None:
    rows = {"followed_days": [2.0, 5.0, 9.0, 9.0, None], "days_to_next": [2.0, 5.0, None, None, None]}
    rows |= {"quick": [True, False, False, False, False], "unit": ["a", "a", "a", "b", "b"]}
    found = return_times(pl.DataFrame(rows), "unit")
    assert found.select("unit", "closings", "returns", "quick", "median", "three_quarters").rows() == [
        ("a", 3, 2, 1, 5.0, None),
        ("b", 1, 0, 0, None, None),
    ]
    assert found["back_3"].to_list() == pytest.approx([1 / 3, 0.0])
    assert found["back_30"].to_list() == [None, None], "nothing was followed for 30 days"
