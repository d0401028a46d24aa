"""Seasons and weekdays of single places, against statsmodels and against places that only seem to have one."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from geo.stats.results import Floats
from geo.stats.seasonal import LEAST_INCIDENTS, fit, season, weekdays

WEEK = np.arange(104)
TURN = 2 * np.pi * WEEK / 52


def known_case() -> tuple[Floats, Floats]:
    """A place and its city, two years of weeks, in one of which nothing happened anywhere."""
    city = np.round(300 + 80 * np.sin(TURN))
    place = np.array([(7 * i * i + 3 * i) % 11 for i in range(104)], float) + np.round(4 + 3 * np.cos(TURN))
    city[10] = place[10] = 0
    return place, city


def test_the_fit_is_that_of_statsmodels() -> None:
    """`GLM(np.stack([y, n - y], 1), X, family=Binomial())` of statsmodels 0.15.0: coefficients, deviances, Pearson.

    Its Poisson model with an effect of every week, of place and rest of the city, gave the same coefficients, and the
    same difference of deviances to ten digits.
    """
    place, city = known_case()
    years = (WEEK[:, None] // 52 == [0, 1]).astype(float)
    flat = fit(years, place, city)
    full = fit(np.hstack([years, np.stack([np.sin(TURN), np.cos(TURN)], axis=1)]), place, city)
    assert full.beta == pytest.approx([-3.61969255, -3.60897674, -0.27944173, 0.38911054], abs=1e-7)
    assert 2 * (full.likelihood - flat.likelihood) == pytest.approx(264.38209752653 - 173.26633347932, abs=1e-7)
    assert pytest.approx(174.20526752725908, abs=1e-6) == full.D * 99
    found = season(place, city)
    assert found is not None
    assert found.p_value == pytest.approx(stats.f.sf((264.38209752653 - 173.26633347932) / 2 / found.D, 2, 99))


def draw(random: np.random.Generator, log_factor: Floats, mean: float, D: float = 1.5) -> tuple[Floats, Floats]:
    """Weeks of a place and of its city, which has a season of its own."""
    weeks = len(log_factor)
    city = 3000 * np.exp(0.25 * np.sin(2 * np.pi * np.arange(weeks) / 52) + 0.1 * random.standard_normal(weeks))
    place = random.negative_binomial(mean * np.exp(log_factor) * city / city.mean() / (D - 1), 1 / D).astype(float)
    return place, np.round(city) + place


def test_the_season_of_the_city_is_nobodys_own() -> None:
    random = np.random.default_rng(1)
    p_values = [found.p_value for _ in range(150) if (found := season(*draw(random, np.zeros(104), 8.0)))]
    assert len(p_values) == 150
    assert np.mean(np.array(p_values) < 0.05) < 0.11  # 3 standard errors above .05


def test_a_place_that_has_come_up_is_no_season() -> None:
    """Without the comparison of the years most of them would be: that is why it is made."""
    random = np.random.default_rng(2)
    rises = [np.where(random.integers(64, 100) <= WEEK, np.log(3), 0.0) for _ in range(60)]
    found = [one for rise in rises if (one := season(*draw(random, rise, 10.0)))]
    assert np.mean([one.p_value < 0.05 for one in found]) > 0.8
    assert sum(one.p_value < 0.05 and one.repeats < 0.05 for one in found) <= 6  # 1 in 20 expected at the most


def test_a_season_of_three_years_is_found_and_dated() -> None:
    week = np.arange(156)
    random = np.random.default_rng(3)
    found = season(*draw(random, 0.8 * np.cos(2 * np.pi * (week - 30) / 52), 15.0))
    assert found is not None
    assert found.p_value < 1e-6
    assert found.repeats < 0.05
    assert abs(found.peak_week - 30) < 3
    assert found.amplitude == pytest.approx(0.8, abs=0.2)


def test_a_week_more_of_history_looks_at_the_latest_whole_years() -> None:
    place, city = known_case()
    longer = np.concatenate([[500.0], place]), np.concatenate([[500.0], city])
    assert season(*longer) == season(place, city)


@pytest.mark.parametrize("weeks", [0, 51, 103])
def test_less_than_two_years_tell_nothing(weeks: int) -> None:
    assert season(np.full(weeks, 9.0), np.full(weeks, 90.0)) is None


def test_few_incidents_tell_nothing() -> None:
    few = np.zeros(104)
    few[: LEAST_INCIDENTS - 1] = 1
    assert season(few, np.full(104, 50.0)) is None
    assert season(few + (WEEK == 103), np.full(104, 50.0)) is not None


def test_weeks_and_days_in_which_the_city_reports_nothing_are_too_few_to_tell() -> None:
    """Two years in which four weeks hold all: as many as there are levels and waves."""
    city = np.where(WEEK % 26 == 0, 500.0, 0.0)
    assert season(np.round(city / 5), city) is None
    assert season(np.round(city / 5), city + (WEEK == 9) * 50.0) is not None
    day = np.arange(182)
    assert weekdays(np.where(day < 7, 20.0, 0.0), np.where(day < 7, 90.0, 0.0)) is None
    assert weekdays(np.where(day < 8, 20.0, 0.0), np.where(day < 8, 90.0, 0.0)) is not None


def test_a_place_that_is_the_whole_city_has_nothing_of_its_own() -> None:
    city = np.round(20 + 9 * np.sin(TURN))
    found = season(city, city)
    assert found is not None
    assert found.p_value == pytest.approx(1.0, abs=1e-3)
    days = np.tile([9.0, 1, 1, 1, 1, 1, 1], 26)
    whole = weekdays(days, days)
    assert whole is not None
    assert whole.p_value == pytest.approx(1.0, abs=1e-3)
    assert whole.ratio == pytest.approx(np.ones(7))


def test_weekdays_of_the_city_are_nobodys_own() -> None:
    random = np.random.default_rng(4)
    city = np.tile([300.0, 300, 300, 300, 400, 150, 100], 52)
    p_values = []
    for _ in range(100):
        place = random.negative_binomial(city / 100, 1 / 1.5).astype(float)
        found = weekdays(place, city)
        assert found is not None
        p_values.append(found.p_value)
    assert np.mean(np.array(p_values) < 0.05) < 0.12
    market = random.poisson(city / 100 * np.tile([1, 1, 1, 1, 1, 1, 4], 52)).astype(float)
    sundays = weekdays(market, city)
    assert sundays is not None
    assert sundays.p_value < 1e-6
    assert int(np.argmax(sundays.ratio)) == 6


def test_a_day_on_which_the_city_never_works_tells_nothing() -> None:
    city = np.tile([50.0, 50, 50, 50, 50, 0, 0], 26)
    place = np.tile([2.0, 2, 2, 2, 4, 0, 0], 26)
    found = weekdays(place, city)
    assert found is not None
    assert np.isnan(found.ratio[5:]).all()
    assert found.ratio[4] == pytest.approx(4 / 2.4)
    assert weekdays(place[7:], city[7:]) is None  # 25 weeks
