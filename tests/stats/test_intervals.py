"""An interval of a ratio covers the true ratio as often as it says, also where counts vary more than Poisson's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from geo.stats.hotspots import city_lens, share_lens
from geo.stats.intervals import binomial_interval, poisson_interval, ratio_interval
from tests.stats.test_hotspots import TOWN, busy_town


@pytest.mark.parametrize("mean", [3.0, 10.0, 60.0])
@pytest.mark.parametrize("noise", [1.0, 1.6, 3.0])
def test_nine_in_ten_intervals_cover_the_mean(mean: float, noise: float) -> None:
    random = np.random.default_rng(11)
    if noise == 1.0:
        counts = random.poisson(mean, 20_000)
    else:
        counts = random.negative_binomial(mean / (noise - 1), 1 / noise, 20_000)
    low, high = poisson_interval(counts.astype(float), noise, 0.05)
    covered = float(((low <= mean) & (mean <= high)).mean())
    assert 0.88 <= covered <= 0.98, covered  # exact for Poisson: at least .90; stretched: about


def test_the_poisson_interval_is_the_exact_one() -> None:
    counts = np.arange(40.0)
    low, high = poisson_interval(counts, 1.0, 0.025)
    assert low == pytest.approx(np.nan_to_num(stats.chi2.ppf(0.025, 2 * counts) / 2), abs=1e-9)
    assert high == pytest.approx(stats.chi2.ppf(0.975, 2 * counts + 2) / 2, abs=1e-9)


def test_the_binomial_interval_is_the_exact_one() -> None:
    counts = np.arange(31.0)
    low, high = binomial_interval(counts, np.full(31, 30.0), np.ones(31), 0.05)
    exact = [stats.binomtest(int(y), 30).proportion_ci(0.90, method="exact") for y in counts]
    assert low == pytest.approx([e.low for e in exact], abs=1e-9)
    assert high == pytest.approx([e.high for e in exact], abs=1e-9)


@pytest.mark.parametrize("lens", [city_lens, share_lens])
def test_the_ratio_lies_inside_its_interval(lens: object) -> None:
    test = lens(busy_town(), TOWN)  # type: ignore[operator]
    low, high = ratio_interval(test)
    told = test.expected > 0
    assert told.any()
    assert (low[told] <= test.ratio[told] + 1e-9).all()
    assert (test.ratio[told] <= high[told] + 1e-9).all()
    assert np.isnan(low[~told]).all()
