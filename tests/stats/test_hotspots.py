"""The four lenses on a town worked by hand, and what must hold in any town."""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from scipy import stats

from geo.errors import RefusedQuestion
from geo.stats.hotspots import city_lens, past_lens, places_lens, share_lens, together
from geo.stats.results import Flags, Floats, HotspotTest, Neighbours, Series
from geo.stats.sentences import row_sentences
from geo.stats.tails import negative_binomial_tail
from geo.stats.variance import Spread, Variance
from tests.stats.hexagons import hexagons, shuffle_cells

VILLAGE = hexagons(1)  # a centre and its six neighbours
TOWN = hexagons(12)  # 469 cells
RATE = np.exp(np.random.default_rng(7).normal(-0.5, 0.6, len(TOWN)))


def village(centre_now: float = 109.0) -> Series:
    """Two incidents a week in the centre and one in each cell around it for a year, then a quarter at will."""
    history = np.ones((7, 52))
    history[0] = 2
    return Series(np.array([centre_now] + [10.0] * 6), history, 13.0)


def busy_town(seed: int = 1, rises: bool = True) -> Series:
    random, rate = np.random.default_rng(seed), RATE[:, None]
    weeks = random.negative_binomial(np.repeat(2 * rate, 117, axis=1), 2 / 3).astype(float)
    every = weeks + random.negative_binomial(np.repeat(6 * rate, 117, axis=1), 2 / 3)
    extra = np.zeros(len(TOWN))
    if rises:
        extra[[0, *TOWN[0]]] = 30
    now, all_now = weeks[:, 104:].sum(axis=1) + extra, every[:, 104:].sum(axis=1) + extra
    return Series(now, weeks[:, :104], 13.0, all_now=all_now, all_history=every[:, :104])


HOUSEHOLDS = 100 * RATE


LENSES: dict[str, Callable[[Series, Neighbours], HotspotTest]] = {
    "city": city_lens,
    "past": past_lens,
    "share": share_lens,
    "places": lambda series, neighbours: places_lens(series, neighbours, HOUSEHOLDS[: len(neighbours)]),
}


def test_own_past_by_hand() -> None:
    """m = 8/7 a week; between cells 6/49 - (8/7)/52 = 64/637, so each borrows 91/8 weeks, which is 13 incidents.

    Held: 104 + 13 and 6 x (52 + 13), together 507; 169 now, so k = 1/3 and the centre expects 39, the others 65/3.
    """
    test = past_lens(village(), VILLAGE)
    assert test.model.a == pytest.approx(91 / 8)
    assert test.model.k == pytest.approx(1 / 3)
    assert test.model.city_factor == pytest.approx((169 / 13) / (416 / 52))
    assert test.ring.tolist() == [169] + [139] * 6
    np.testing.assert_allclose(test.expected, [169] + [39 + 65] * 6)
    np.testing.assert_allclose(test.ratio, [1] + [139 / 104] * 6)
    mean, variance = 104, 1.5 * (4 / 3) * 104 + 0.2**2 * 104**2  # seven disks teach nothing: D 1.5, tau .2
    oracle = stats.nbinom.sf(138, mean**2 / (variance - mean), mean / variance)
    np.testing.assert_allclose(test.p_value[1:], oracle, rtol=1e-10)
    assert test.model.origins == 0
    assert not test.hot.any()
    assert test.enough.all()


def test_city_by_hand() -> None:
    test = city_lens(village(), VILLAGE, delta=1.5)
    average = 169 / 7
    np.testing.assert_allclose(test.expected, [7 * average] + [4 * average] * 6)
    mean = 1.5 * 4 * average
    variance = 1.5 * mean + 0.04 * mean**2
    oracle = stats.nbinom.sf(138, mean**2 / (variance - mean), mean / variance)
    np.testing.assert_allclose(test.p_value[1:], oracle, rtol=1e-10)
    np.testing.assert_allclose(test.q_value[1:], oracle * 7 / 6, rtol=1e-10)


def test_places_by_hand() -> None:
    """169 incidents over 1,300 households; the centre has 700 of them."""
    test = places_lens(village(), VILLAGE, np.array([700.0] + [100.0] * 6))
    np.testing.assert_allclose(test.expected, [169] + [(700 + 300) * 0.13] * 6)
    assert test.model.without_exposure == 0


def test_a_cell_without_households_that_holds_incidents_is_counted() -> None:
    test = places_lens(village(), VILLAGE, np.array([0.0, 0.0] + [100.0] * 5))
    assert test.model.without_exposure == 2
    assert any("2 cells with incidents, 29% of all" in note.sentence() for note in test.notes)
    nearly = places_lens(village(), VILLAGE, np.array([0.0] + [100.0] * 6), per="households")
    assert any("1 cells hold incidents but no households" in note.sentence() for note in nearly.notes)


def without_a_district() -> tuple[Floats, Flags]:
    """Households of the town; the rise of the busy town lies in a district of which none is known."""
    district = np.zeros(len(TOWN), dtype=bool)
    district[[0, *TOWN[0], *TOWN[TOWN[0]].ravel()]] = True
    return np.where(district, np.nan, HOUSEHOLDS), district


def test_what_is_unknown_is_not_judged() -> None:
    """The answer is that of a town in which the district is not there at all."""
    town, (households, district) = busy_town(), without_a_district()
    assert places_lens(town, TOWN, HOUSEHOLDS).hot[district].any()
    test = places_lens(town, TOWN, households, per="households")
    assert not (test.hot | test.core | test.enough | test.rising)[district].any()
    at = np.full(len(TOWN) + 1, -1)
    at[:-1][~district] = np.arange((~district).sum())
    rest = Series(town.now[~district], town.history[~district], town.weeks)
    alone = places_lens(rest, at[TOWN[~district]].astype(np.int32), HOUSEHOLDS[~district])
    for name in ("ring", "expected", "p_value", "q_value", "own_p_value", "hot", "core", "enough"):
        np.testing.assert_allclose(getattr(test, name)[~district], getattr(alone, name), err_msg=name)
    assert (test.model.typical, test.model.typical_needed) == (alone.model.typical, alone.model.typical_needed)
    assert test.count.tolist() == town.now.tolist()
    left_out = town.now[district]
    said = [note.sentence() for note in test.notes]
    assert any(
        f"known of {(left_out > 0).sum()} cells with {left_out.sum():,.0f} incidents" in text for text in said
    ), said
    reasons = np.array(row_sentences(test))
    assert set(reasons[district]) == {"No households is known here: not judged."}
    assert not any("not judged" in text for text in reasons[~district])


def test_the_border_of_the_unknown_compares_known_with_known() -> None:
    """However much happens where nothing is known, no disk beside it becomes higher."""
    town, (households, district) = busy_town(), without_a_district()
    more = Series(np.where(district, 1_000.0, town.now), town.history, town.weeks)
    one, other = (places_lens(series, TOWN, households) for series in (town, more))
    border = ~district & (district[TOWN] & (TOWN >= 0)).any(axis=1)
    assert border.sum() >= 12
    np.testing.assert_array_equal(one.ring, other.ring)
    np.testing.assert_array_equal(one.p_value, other.p_value)
    assert one.expected.sum() == pytest.approx(other.expected.sum())
    assert not other.hot[border].any()


def test_categories_together_count_what_is_judged() -> None:
    town, (households, district) = busy_town(), without_a_district()
    quiet = Series(town.history[:, -13:].sum(axis=1), town.history[:, :-13], 13.0)
    tests = together([places_lens(series, TOWN, households) for series in (town, quiet)])
    known = np.concatenate([~district, ~district])
    q_values = np.concatenate([test.q_value for test in tests])
    p_values = np.concatenate([test.p_value for test in tests])
    np.testing.assert_allclose(q_values[known], stats.false_discovery_control(p_values[known]))
    assert (q_values[~known] == 1).all()
    assert [test.others for test in tests] == [(~district).sum()] * 2


def test_share_by_hand() -> None:
    """A tenth of the city is of the category; the first of three far-off cells holds half of it."""
    alone = np.full((3, 6), -1, dtype=np.int32)
    series = Series(
        np.array([50.0, 30.0, 20.0]),
        np.zeros((3, 0)),
        13.0,
        all_now=np.array([200.0, 300.0, 500.0]),
        all_history=np.zeros((3, 0)),
    )
    test = share_lens(series, alone, delta=1.25)
    np.testing.assert_allclose(test.expected, [20, 30, 50])
    inflation = 1.5 + 0.04 * (0.1 / 0.9) * 200
    spread = (200 - inflation) / (inflation - 1)
    oracle = stats.betabinom.sf(49, 200, 0.125 * spread, 0.875 * spread)
    assert test.p_value[0] == pytest.approx(oracle, rel=1e-7)
    assert test.hot.tolist() == [True, False, False]


@pytest.mark.parametrize("lens", LENSES)
def test_a_planted_rise_is_found_at_its_place(lens: str) -> None:
    test = LENSES[lens](busy_town(), TOWN)
    assert test.hot[0]
    assert test.core[0]
    assert not (test.core & ~test.hot).any()
    assert test.hot.sum() < 25


@pytest.mark.parametrize("lens", LENSES)
def test_the_order_of_cells_changes_nothing(lens: str) -> None:
    series, order = busy_town(), np.random.default_rng(5).permutation(len(TOWN))
    shuffled = Series(
        series.now[order],
        series.history[order],
        13.0,
        all_now=series.all_now[order],
        all_history=series.all_history[order],
    )
    before, other = LENSES[lens](series, TOWN), shuffle_cells(TOWN, order)
    after = places_lens(shuffled, other, HOUSEHOLDS[order]) if lens == "places" else LENSES[lens](shuffled, other)
    np.testing.assert_allclose(after.p_value, before.p_value[order], rtol=1e-3)
    np.testing.assert_allclose(after.gi_star, before.gi_star[order])
    assert (after.hot == before.hot[order]).all()
    assert (after.core == before.core[order]).all()


@pytest.mark.parametrize("lens", ["city", "past", "share"])
def test_more_must_be_exceeded_less_is_found(lens: str) -> None:
    find = {"city": city_lens, "past": past_lens, "share": share_lens}[lens]
    found = [find(busy_town(), TOWN, delta=delta) for delta in (1.0, 1.25, 1.5, 2.0, 3.0)]
    for lower, higher in pairwise(found):
        assert (lower.p_value <= higher.p_value + 1e-12).all()
        assert lower.hot.sum() >= higher.hot.sum()


@pytest.mark.parametrize("lens", LENSES)
def test_no_cell_gives_no_answer(lens: str) -> None:
    nothing = np.zeros((0, 52))
    test = LENSES[lens](Series(nothing[:, 0], nothing, 13.0, all_now=nothing[:, 0], all_history=nothing), TOWN[:0])
    assert test.hot.shape == test.core.shape == test.p_value.shape == test.gi_star.shape == (0,)
    assert [note.sentence() for note in test.notes] == ["There is no cell to look at."]


@pytest.mark.parametrize("lens", ["city", "share", "places"])
def test_a_quiet_window_has_no_hot_spot(lens: str) -> None:
    series = busy_town()
    zero = np.zeros(len(TOWN))
    test = LENSES[lens](
        Series(zero, series.history, 13.0, all_now=series.all_now, all_history=series.all_history), TOWN
    )
    assert (test.p_value == 1).all()
    assert not test.hot.any()
    assert test.notes[0].sentence() == "No incident in this window."


def test_a_quiet_window_has_not_risen() -> None:
    test = past_lens(Series(np.zeros(len(TOWN)), busy_town().history, 13.0), TOWN)
    assert (test.p_value == 1).all()
    assert not test.hot.any()


def test_a_single_cell_is_its_own_city() -> None:
    test = city_lens(Series(np.array([50.0]), np.ones((1, 52)), 13.0), np.full((1, 6), -1, dtype=np.int32))
    assert test.ratio.tolist() == [1.0]
    assert not test.hot.any()


@pytest.mark.parametrize("weeks", [0, 1, 5, 7])
def test_the_city_lens_answers_without_a_history(weeks: int) -> None:
    series = busy_town()
    test = city_lens(Series(series.now, series.history[:, :weeks], 13.0), TOWN)
    assert test.hot[0]
    assert any("usual values are assumed" in note.sentence() for note in test.notes)


def test_holding_its_own_while_the_city_falls_is_no_rise() -> None:
    """The city fell to a fifth, one place did not: more than expected, but nothing has risen there."""
    series = busy_town(rises=False)
    now = np.floor(series.now / 5)
    kept = [0, *TOWN[0]]
    now[kept] = np.floor(series.history[kept, -52:].sum(axis=1) / 4.2)
    test = past_lens(Series(now, series.history, 13.0), TOWN)
    assert test.q_value[0] < 0.05
    assert not test.hot[0]
    assert not test.rising[0]
    assert any("The whole city changed by -84 %" in note.sentence() for note in test.notes)


def test_a_batch_of_one_week_is_no_rise() -> None:
    """26 potholes a cell, entered in one week by a crew, against two more in each of 13 weeks: only those rise."""
    series, planted = busy_town(rises=False), [0, *TOWN[0]]
    quiet = np.stack([np.bincount(np.arange(n) % 13, minlength=13) for n in series.now.astype(int)]).astype(float)
    batch, lasting = quiet.copy(), quiet.copy()
    batch[planted, 6] += 26
    lasting[planted] += 2
    hot = {
        name: past_lens(Series(weeks.sum(axis=1), series.history, 13.0, recent=weeks), TOWN)
        for name, weeks in {"batch": batch, "lasting": lasting}.items()
    }
    np.testing.assert_allclose(hot["batch"].p_value, hot["lasting"].p_value)
    assert hot["lasting"].hot[0]
    assert hot["batch"].q_value[0] < 0.05
    assert not hot["batch"].hot[planted].any()


@pytest.mark.parametrize(("window", "weeks_entered"), [(4, 1), (8, 2)])
def test_short_windows_know_a_batch_too(window: int, weeks_entered: int) -> None:
    """Steady cells of five a week; a batch doubles the window in so many weeks, a rise in all of them."""
    history = np.random.default_rng(3).poisson(5.0, (len(TOWN), 3 * window)).astype(float)
    planted, quiet = [0, *TOWN[0]], np.full((len(TOWN), window), 5.0)
    batch, lasting = quiet.copy(), quiet.copy()
    batch[planted, :weeks_entered] += 5.0 * window / weeks_entered
    lasting[planted] += 5.0
    hot = {
        name: past_lens(Series(weeks.sum(axis=1), history, float(window), recent=weeks), TOWN)
        for name, weeks in {"batch": batch, "lasting": lasting}.items()
    }
    assert hot["batch"].q_value[0] == pytest.approx(hot["lasting"].q_value[0])
    assert hot["lasting"].hot[0]
    assert not hot["batch"].hot.any()


def test_refusals() -> None:
    series = village()
    with pytest.raises(RefusedQuestion, match="Less than 8 weeks before this window"):
        past_lens(Series(series.now, series.history[:, :7], 13.0), VILLAGE)
    with pytest.raises(RefusedQuestion, match="No report of this category before the window"):
        past_lens(Series(series.now, np.zeros((7, 52)), 13.0), VILLAGE)
    with pytest.raises(RefusedQuestion, match="Choose one category"):
        share_lens(series, VILLAGE)
    with pytest.raises(RefusedQuestion, match="Choose one category"):
        share_lens(Series(series.now, series.history, 13.0, all_now=series.now, all_history=series.history), VILLAGE)
    for exposure in (None, np.zeros(7), np.full(7, np.nan)):
        with pytest.raises(RefusedQuestion, match="would only show the busy centre"):
            places_lens(series, VILLAGE, exposure)


def test_one_list_of_several_categories_is_judged_as_one() -> None:
    """Asked twice, every p-value stands twice among twice as many: nothing changes. Beside a quiet one it does."""
    loud, quiet = past_lens(busy_town(), TOWN), past_lens(busy_town(seed=2, rises=False), TOWN)
    twice = together([loud, loud])
    np.testing.assert_allclose(twice[0].q_value, loud.q_value)
    both = together([loud, quiet])
    assert [test.others for test in both] == [len(quiet.ring), len(loud.ring)]  # said where something is not proven
    assert (both[0].q_value >= loud.q_value - 1e-12).all()
    assert both[0].q_value[0] == pytest.approx(
        min(1.0, stats.false_discovery_control(np.concatenate([loud.p_value, quiet.p_value]))[0])
    )
    assert together([]) == []


def test_the_empty_map_says_what_it_would_have_taken() -> None:
    test = past_lens(busy_town(rises=False), TOWN)
    assert not test.hot.any()
    sentence = test.notes[0].sentence()
    assert sentence.startswith("No place has risen beyond its own ups and downs. A hexagon and its neighbours")
    mean, model = test.model.typical, test.model
    variance = model.D * (1 + model.k) * mean + model.tau**2 * mean**2
    reach = np.array([model.typical_needed - 1, model.typical_needed - 2])
    enough, too_few = stats.nbinom.sf(reach, mean**2 / (variance - mean), mean / variance)
    assert enough <= 0.05 / len(TOWN) < too_few


@pytest.fixture(scope="module")
def prototypes(shared: Path) -> dict[str, ModuleType]:
    """The measured prototypes of the specification."""
    sys.path.insert(0, str(shared / "prototypes"))
    try:
        import hotspot_test
        import share_test
    finally:
        sys.path.pop(0)
    return {"past": hotspot_test, "share": share_test}


@pytest.mark.parametrize(("seed", "past"), [(1, 52), (2, 104), (3, 20)])
def test_own_past_is_the_measured_prototype(prototypes: dict[str, ModuleType], seed: int, past: int) -> None:
    series = busy_town(seed)
    weekly = np.zeros((len(TOWN), 13))
    weekly[:, 0] = series.now
    theirs = prototypes["past"].flag(np.hstack([series.history[:, -past:], weekly]), TOWN)
    known = Series(series.now, series.history[:, -past:], 13.0)
    ours = past_lens(known, TOWN)
    model = ours.model
    for name in ("D", "tau", "cell_D", "cell_tau"):  # theirs ends its search within .02 of the logarithms
        assert getattr(model, name) == pytest.approx(theirs.model[name], rel=0.02, abs=2e-3)
    np.testing.assert_allclose(ours.expected, theirs.expected, rtol=1e-10)
    assert (ours.hot == theirs.hot).all()
    assert (ours.core == theirs.core).all()
    disk, cell = (Spread(theirs.model[f"{of}D"], theirs.model[f"{of}tau"]) for of in ("", "cell_"))
    same = past_lens(known, TOWN, spread=Variance(disk, cell, model.origins))
    usual = negative_binomial_tail(same.ring, same.expected, disk.variance(same.expected, model.k))
    np.testing.assert_allclose(usual, theirs.p, rtol=1e-9)
    np.testing.assert_allclose(same.p_value[theirs.p >= 0.01], theirs.p[theirs.p >= 0.01], rtol=1e-9)
    assert (same.p_value >= theirs.p * (1 - 1e-9)).all()  # far out ours is the heavier tail: `moving_tail`


@pytest.mark.parametrize("past", [104, 13])
def test_share_is_the_measured_prototype(prototypes: dict[str, ModuleType], past: int) -> None:
    random = np.random.default_rng(9)
    category = random.poisson(0.3, (len(TOWN), past + 13)).astype(float)
    every = category + random.poisson(1.2, (len(TOWN), past + 13))
    category[[0, *TOWN[0]], -13:] += 2
    every[[0, *TOWN[0]], -13:] += 2
    disks = prototypes["past"].disk_matrix(TOWN)
    p_value, count, total, _, (noise, drift) = prototypes["share"].share_p(category, every, disks)
    ours = share_lens(
        Series(
            category[:, -13:].sum(axis=1),
            category[:, :-13],
            13.0,
            all_now=every[:, -13:].sum(axis=1),
            all_history=every[:, :-13],
            recent=category[:, -13:],
            all_recent=every[:, -13:],
        ),
        TOWN,
    )
    assert (ours.model.D, ours.model.t) == pytest.approx((noise, drift), rel=1e-9)
    np.testing.assert_allclose(ours.p_value, p_value, rtol=1e-4, atol=1e-9)
    assert (ours.ring == count).all()
    assert (ours.total == total).all()
