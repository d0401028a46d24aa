"""Periods, and the hot and cold of each: counted by hand, tested as the map tests, honest where nothing is."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from benchmarks.emerging_bars import LAST_DAY, cube_of
from geo.errors import RefusedQuestion
from geo.grid.cube import Cube, Slice
from geo.grid.windows import Window
from geo.stats.multiplicity import adjust
from geo.stats.rings import disk_size, disk_sum
from geo.stats.timeline import HALF_MONTH, LEAST_COLD, TimeLine, periods_back, time_line, time_lines
from geo.stats.variance import ASSUMED
from tests.towns import TOWN
from tests.towns import cube_of as town_of

RINGS, WEEKS = 8, 60  # 217 cells
CELLS = 217
days = st.dates(date(2023, 1, 1), date(2027, 12, 31))


def city(random_seed: int = 0, mean: float = 2.0) -> Cube:
    """An uneven city: a cell of it has up to eight times another's incidents."""
    random = np.random.default_rng(random_seed)
    rates = mean * np.exp(random.normal(0, 0.8, CELLS))
    return cube_of(random.poisson(rates[:, None], (CELLS, WEEKS)).astype(float), RINGS)


@given(st.sampled_from(["4w", "2w", "10d", "31d", HALF_MONTH]), days, st.integers(0, 500))
def test_periods_follow_each_other(period: str, until: date, known: int) -> None:
    first = until - timedelta(days=known)
    periods = periods_back(period, until, first)
    assert len(periods) <= 13
    for one, other in pairwise(periods):
        assert other.first - one.last == timedelta(days=1)
    for window in periods:
        assert first <= window.first <= window.last <= until
        if period == HALF_MONTH:
            assert 13 <= window.days <= 16
            assert window.first.day in (1, 16)
            assert (window.last + timedelta(days=1)).day in (1, 16)
        else:
            assert window.days == int(period[:-1]) * (7 if period.endswith("w") else 1)
            assert periods[-1].last == until
    longest = {"4w": 28, "2w": 14, "10d": 10, "31d": 31, HALF_MONTH: 31}[period]
    assert len(periods) >= min(13, known // longest - 1)


@pytest.mark.parametrize("period", ["3m", "6d", "0w", "w", "", "four weeks", "-4w", "1000w", "1y"])
def test_impossible_periods_are_refused(period: str) -> None:
    with pytest.raises(RefusedQuestion, match="A time line cannot have steps of"):
        periods_back(period, date(2026, 11, 15), date(2020, 1, 1))


def test_incidents_are_those_of_the_periods() -> None:
    rows = [{"reported_at": datetime(2026, 3, day, 12, tzinfo=UTC), "cell": TOWN[day % 7]} for day in range(1, 32)]
    cube = town_of(rows)
    periods = periods_back(HALF_MONTH, date(2026, 3, 31), date(2026, 3, 1))
    line = time_line(cube, periods)
    assert line.incidents.sum(axis=0).tolist() == [15, 16]
    for at, window in enumerate(periods):
        assert line.incidents[:, at].tolist() == cube.in_window(window).tolist()
    gap = (Window(date(2026, 3, 2), date(2026, 3, 3)), Window(date(2026, 3, 10), date(2026, 3, 11)))
    assert cube.cut(cube.rows(Window(date(2026, 3, 1), date(2026, 3, 31))), gap).sum(axis=0).tolist() == [2, 2]


def oracle(line: TimeLine, cube: Cube) -> tuple[np.ndarray, np.ndarray]:
    """Hot and cold of a city's time line, slowly: scipy's negative binomial, each period by itself."""
    ring, cells = disk_sum(line.incidents, cube.neighbours), disk_size(cube.neighbours)
    hot, cold = np.zeros(ring.shape, bool), np.zeros(ring.shape, bool)

    def distribution(mean: np.ndarray) -> stats.rv_frozen:
        variance = np.maximum(line.spread.variance(mean), mean * (1 + 1e-9))
        return stats.nbinom(mean**2 / (variance - mean), mean / variance)

    for at in range(ring.shape[1]):
        expected = cells * line.incidents[:, at].mean()
        hot[:, at] = adjust(distribution(1.5 * expected).sf(ring[:, at] - 1)) <= 0.05
        judged = expected >= LEAST_COLD
        cold[judged, at] = adjust(distribution(expected[judged] / 1.5).cdf(ring[judged, at])) <= 0.05
    return hot, cold


def test_what_is_unknown_is_in_no_period() -> None:
    """A district of which no households are known: never hot, and its incidents make no disk beside it higher."""
    random = np.random.default_rng(3)
    counts = random.poisson(2.0, (CELLS, WEEKS)).astype(float)
    quiet = cube_of(counts, RINGS)
    district = np.zeros(CELLS, dtype=bool)
    middle = np.flatnonzero((quiet.neighbours >= 0).all(axis=1))[0]
    district[[middle, *quiet.neighbours[middle]]] = True
    counts[district] *= 20
    busy = cube_of(counts, RINGS)
    periods = periods_back("4w", LAST_DAY, busy.first_day or LAST_DAY)
    everybody = np.full(CELLS, 100.0)
    assert time_line(busy, periods, lens="places", exposure=everybody).hot[middle].all()
    some = np.where(district, np.nan, everybody)
    one, other = (time_line(cube, periods, lens="places", exposure=some) for cube in (quiet, busy))
    assert not (other.hot | other.cold)[district].any()
    assert np.isnan(other.ratio[district]).all()
    for name in ("ring", "expected", "hot", "cold", "spread", "origins"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
    assert other.incidents[district].sum() == counts[district][:, -4 * len(periods) :].sum()
    rest = counts[~district][:, -4:].sum() / (~district).sum()
    inside = np.flatnonzero(~district & (quiet.neighbours >= 0).all(axis=1) & ~district[quiet.neighbours].any(axis=1))
    np.testing.assert_allclose(other.expected[inside, -1], 7 * rest)


@pytest.mark.parametrize("period", ["4w", "2w", HALF_MONTH])
def test_hot_and_cold_as_by_scipy(period: str) -> None:
    cube = city()
    line = time_line(cube, periods_back(period, LAST_DAY, cube.first_day or LAST_DAY))
    hot, cold = oracle(line, cube)
    assert np.array_equal(line.hot, hot)
    assert np.array_equal(line.cold, cold)
    assert hot.any()
    assert cold.any()
    assert not (hot & cold).any()
    assert line.origins > 0
    assert np.allclose(line.ratio, line.ring / line.expected)


def test_categories_are_judged_together_and_each_by_its_own_level() -> None:
    one, other = city(1), city(2, mean=0.5)
    both = Cube(
        counts=one.counts.vstack(other.counts.with_columns(category=pl.lit("all2"))).sort("day"),
        areas=one.areas, universe=one.universe, resolution=9, timezone="UTC", version="",
    )  # fmt: skip
    periods = periods_back("4w", LAST_DAY, both.first_day or LAST_DAY)
    lines = time_lines(both, periods, [Slice(("all",)), Slice(("all2",))])
    alone = [time_line(cube, periods) for cube in (one, other)]
    for line, single in zip(lines, alone, strict=True):
        assert np.array_equal(line.ring, single.ring)
        assert np.array_equal(line.expected, single.expected)
        assert line.spread == single.spread
    assert lines[1].hot.sum() != alone[1].hot.sum()  # the union moves the line that must be passed
    together = time_line(both, periods)
    assert np.array_equal(together.ring, lines[0].ring + lines[1].ring)


def test_more_must_be_exceeded_where_more_is_asked() -> None:
    cube = city()
    periods = periods_back("4w", LAST_DAY, cube.first_day or LAST_DAY)
    usual, much = (time_lines(cube, periods, [Slice()], delta=delta)[0] for delta in (None, 3.0))
    assert (much.hot <= usual.hot).all()
    assert much.hot.sum() < usual.hot.sum()
    assert (much.cold <= usual.cold).all()


@pytest.mark.parametrize("delta", [0.5, 0.75, 0.99, 1.0, 1.5, 3.0])
def test_no_disk_is_hot_and_cold_at_once(delta: float) -> None:
    rates = np.full(CELLS, 3.0)
    rates[:20], rates[-40:] = 30, 0.5
    cube = cube_of(np.random.default_rng(4).poisson(rates[:, None], (CELLS, WEEKS)).astype(float), RINGS)
    line = time_lines(cube, periods_back("4w", LAST_DAY, cube.first_day or LAST_DAY), [Slice()], delta=delta)[0]
    assert line.cold_below == pytest.approx(min(delta, 1 / delta))
    assert line.hot.any()
    assert line.cold.any()
    assert not (line.hot & line.cold).any()
    assert line.ratio[line.cold].max() < line.cold_below <= min(1, delta)


def test_what_is_new_in_the_last_period_does_not_widen_the_spread_it_is_judged_by() -> None:
    random = np.random.default_rng(3)
    counts = random.poisson(2.0, (CELLS, WEEKS)).astype(float)
    struck = counts.copy()
    struck[:40, -4:] *= 5
    usual, risen = cube_of(counts, RINGS), cube_of(struck, RINGS)
    periods = periods_back("4w", LAST_DAY, usual.first_day or LAST_DAY)
    assert time_line(risen, periods).spread == time_line(usual, periods).spread
    assert time_line(risen, periods).origins > 0
    earlier = counts.copy()
    earlier[:40, -8:-4] *= 5
    assert time_line(cube_of(earlier, RINGS), periods).spread.tau > time_line(usual, periods).spread.tau


def test_where_little_lies_before_the_last_period_its_weeks_count_too() -> None:
    cube = cube_of(np.random.default_rng(3).poisson(2.0, (CELLS, 9)).astype(float), RINGS)
    line = time_line(cube, periods_back("2w", LAST_DAY, cube.first_day or LAST_DAY))
    assert line.origins > 0, "seven weeks lie before it, nine are known"


def test_a_cell_without_people_counts_alike_in_every_period() -> None:
    """Its incidents stay part of the disk, and so does what it expects, also in the periods in which it is empty."""
    counts = np.ones((CELLS, WEEKS))
    counts[0], counts[0, -3:] = 0, 5
    counts[1] = 0
    people = np.full(CELLS, 100.0)
    people[:2] = 0
    cube = cube_of(counts, RINGS)
    line = time_line(cube, periods_back("4w", LAST_DAY, cube.first_day or LAST_DAY), lens="places", exposure=people)
    part = line.expected / line.incidents.sum(axis=0)
    assert (line.incidents[0] > 0).tolist() == [False] * 12 + [True]
    assert np.allclose(part, part[:, :1]), "of the city, whether it holds incidents in the period or not"


def test_people_explain_what_they_explain() -> None:
    random = np.random.default_rng(5)
    people = np.exp(random.normal(0, 1.0, CELLS)) * 100
    cube = cube_of(random.poisson(people[:, None] / 50, (CELLS, WEEKS)).astype(float), RINGS)
    periods = periods_back("4w", LAST_DAY, cube.first_day or LAST_DAY)
    assert time_line(cube, periods).hot.mean() > 0.05
    line = time_line(cube, periods, lens="places", exposure=people)
    assert line.hot.mean() < 0.005
    assert np.allclose(
        line.expected[:, 3], disk_sum(people, cube.neighbours) * line.incidents[:, 3].sum() / people.sum()
    )


@pytest.mark.parametrize(("lens", "exposure"), [("past", None), ("share", None), ("places", None), ("places", np.nan)])
def test_other_lenses_are_refused(lens: str, exposure: float | None) -> None:
    cube = city()
    known = None if exposure is None else np.full(CELLS, exposure)
    with pytest.raises(RefusedQuestion):
        time_line(cube, periods_back("4w", LAST_DAY, date(2026, 1, 1)), lens=lens, exposure=known)


def test_no_periods_no_cells_no_incidents() -> None:
    cube = city()
    nothing = time_line(cube, ())
    assert nothing.hot.shape == nothing.ratio.shape == (CELLS, 0)
    assert nothing.spread == ASSUMED
    empty = time_line(town_of([{}]), periods_back("1w", date(2026, 1, 31), date(2026, 1, 1)))  # long before it
    assert not empty.hot.any()
    assert not empty.cold.any()
    assert np.isnan(empty.ratio).all()
    assert empty.origins == 0
