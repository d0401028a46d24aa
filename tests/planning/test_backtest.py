"""Past days ranked by what was known then: what is counted, what ties do, what is picked, and what chance gives."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.planning import backtest
from geo.planning.forecast import dispersion_of, doubt_of, forecast_rates

GEO = Path(__file__).resolve().parents[2] / "geo"


def line(places: int) -> np.ndarray:
    """The neighbours of places in a row."""
    at = np.arange(places)
    return np.column_stack([at - 1, np.where(at + 1 < places, at + 1, -1)])


def test_a_small_example_worked_by_hand() -> None:
    """Ten places, one of which is taken; the last test weeks hold 8 incidents in place 0 and 4 in place 1."""
    counts = np.zeros((10, 40))
    counts[0, :] = 2
    counts[1, 36:] = 1
    counts[1, 32:36] = 9  # a burst just before the last origin
    last = backtest.roll_origins(counts, np.ones(10), share=0.1).filter(origin=36)
    found = {method: (hit, pai, pei) for _, method, _, hit, pai, pei, _ in last.iter_rows()}
    assert found["raw 4"] == pytest.approx((4 / 12, 4 / 12 / 0.1, 0.5)), "it follows the burst: 4 of 12"
    assert found["raw 52"] == pytest.approx((8 / 12, 8 / 12 / 0.1, 1.0)), "72 before 36"
    assert set(last["incidents"]) == {12.0}


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.02, 0.11, 0.5]))
@settings(max_examples=60, deadline=None)
def test_ties_give_what_a_draw_gives_on_average_and_rows_have_no_order(seed: int, share: float) -> None:
    random = np.random.default_rng(seed)
    score, held = random.integers(0, 4, 25) / 1.0, random.poisson(1.0, 25) + (np.arange(25) == 0)
    area = np.ones(25)
    found = backtest.share_found(score, held, area, share)
    order = random.permutation(25)
    assert backtest.share_found(score[order], held[order], area, share) == pytest.approx(found)
    best = backtest.share_found(held, held, area, share)
    assert found <= best + 1e-12, "nothing finds more than knowing it"
    drawn = []
    for _ in range(300):
        rank = np.lexsort([random.random(25), -score])
        whole = int(share * 25)
        part = held[rank[:whole]].sum() + (share * 25 - whole) * held[rank[whole]]
        drawn.append(part / held.sum())
    assert np.mean(drawn) == pytest.approx(found, abs=6 * np.std(drawn) / np.sqrt(300) + 1e-9)


def test_areas_are_tested_in_the_order_of_their_list() -> None:
    """Four areas, one of them large and as busy as its size asks for: the list begins with the small one beyond it."""
    counts = np.repeat([[40.0], [10.0], [5.0], [5.0]], 44, axis=1)
    exposure = np.array([45.0, 5.0, 5.0, 5.0])
    rolled = backtest.roll_origins(counts, np.array([100.0, 1.0, 0.2, 1.0]), exposure=exposure, top=1)
    assert rolled.filter(method="raw 13")["kept"].to_list() == [1.0] * 7, "10 where 5 are expected, every time"
    assert rolled.filter(method="forecast 16")["kept"].to_numpy() == pytest.approx(np.ones(7))
    density = [0.4, 10, 25, 5]  # by which the third would come first
    assert backtest.excess_kept(density, counts[:, 0], exposure / 60, top=1) == pytest.approx((5 - 5) / 5)
    plain = backtest.roll_origins(counts, np.ones(4), top=1)
    assert plain.filter(method="raw 13")["kept"].to_list() == [1.0] * 7
    assert backtest.excess_kept([9, 1, 0, 0], [0, 3, 0, 9], np.full(4, 0.25), top=1) == pytest.approx(-3 / 6)
    assert backtest.roll_origins(counts, np.ones(4))["kept"].null_count() == 7 * 8, "of cells there is no list"


def test_the_excess_kept_is_that_of_the_first_of_the_list_counted_by_hand() -> None:
    random = np.random.default_rng(12)
    exposure = random.lognormal(0.0, 0.6, 30)
    counts = random.poisson((exposure * random.lognormal(-0.5, 0.5, 30))[:, None], (30, 60)).astype(float)
    rolled = backtest.roll_origins(counts, random.lognormal(0.0, 1.0, 30), exposure=exposure, top=6)
    for origin in backtest.origins_of(60):
        known, tested = counts[:, :origin], counts[:, origin : origin + 4].sum(axis=1)
        doubt = doubt_of(known, dispersion=dispersion_of(known))
        mean = forecast_rates(known, half_life=16, exposure=exposure, dispersion=doubt).mean
        listed = np.argsort(-(mean - mean.sum() * exposure / exposure.sum()))
        beyond = tested - tested.sum() * exposure / exposure.sum()
        row = rolled.filter(origin=origin, method="forecast 16")
        assert row["kept"].item() == pytest.approx(beyond[listed[:6]].sum() / np.sort(beyond)[-6:].sum())


def test_a_half_life_is_not_chosen_from_a_handful_of_incidents() -> None:
    """Even where one looks clearly better: 29 incidents tested say nothing, 30 may."""
    rows = [
        (origin, method, each, hit, hit / 0.02, hit, hit)
        for origin, each in zip(range(16, 40, 4), (5, 5, 5, 5, 5, 4), strict=True)
        for method, hit in (
            ("raw 13", 0.2),
            *((f"forecast {half}", 0.8 if half == 4 else 0.2) for half in (4, 8, 16, 32)),
        )
    ]
    few = pl.DataFrame(rows, schema=backtest.ORIGINS, orient="row")
    enough = few.with_columns(pl.col("incidents") + (pl.col("origin") == 16))
    for measure in (backtest.PAI, backtest.KEPT):
        assert backtest.pick_half_life(few, measure) == backtest.USUAL_HALF_LIFE
        assert backtest.pick_half_life(enough, measure) == 4


def test_with_unequal_areas_the_densest_come_first() -> None:
    counts, area = np.array([50.0, 20.0, 1.0]), np.array([50.0, 5.0, 45.0])
    assert backtest.share_found(counts / area, counts, area, 0.05) == pytest.approx(20 / 71)
    assert backtest.share_found(counts / area, counts, area, 0.30) == pytest.approx((20 + 25) / 71), "half of the large"


def test_a_city_without_structure_gives_pai_of_one() -> None:
    counts = np.random.default_rng(5).poisson(1.0, (600, 104))
    found = backtest.compare(backtest.roll_origins(counts, np.ones(600), line(600)))
    assert found["origins"].unique().to_list() == [13]
    assert found["pai"].is_between(0.8, 1.2).all()
    others = found.filter(pl.col("method") != backtest.BASELINE)
    assert (others["difference"].abs() < 4 * others["se"]).all(), "eight looks at the same noise"


def test_no_origin_knows_its_own_future() -> None:
    """Whatever comes after an origin, its ranking is the same."""
    random = np.random.default_rng(2)
    counts = random.poisson(random.gamma(0.5, 2.0, (80, 1)), (80, 60)).astype(float)
    other = counts.copy()
    other[:, 40:] = random.permutation(other[:, 40:])
    first, second = (backtest.roll_origins(y, np.ones(80)).filter(pl.col("origin") < 40 - 3) for y in (counts, other))
    assert first.equals(second)
    assert first["origin"].n_unique() == 6


def test_a_lasting_pattern_is_found_better_by_long_memory_and_the_half_life_follows() -> None:
    random = np.random.default_rng(8)
    rates = random.lognormal(-2.5, 0.7, (1500, 1))
    counts = random.poisson(rates, (1500, 156))
    rolled = backtest.roll_origins(counts, np.ones(1500))
    found = {row["method"]: row for row in backtest.compare(rolled).iter_rows(named=True)}
    assert found["raw 52"]["pai"] > found["raw 4"]["pai"]
    assert found["forecast 16"]["difference"] > backtest.margin(found["forecast 16"]["se"], 26)
    assert backtest.pick_half_life(rolled) == 32


def test_a_pattern_that_moves_is_found_better_by_short_memory() -> None:
    random = np.random.default_rng(9)
    weeks = np.arange(156)
    hot = (np.arange(200)[:, None] + 3 * (weeks // 6)[None]) % 40 == 0  # every six weeks it is elsewhere
    counts = random.poisson(np.where(hot, 12.0, 0.4))
    assert backtest.pick_half_life(backtest.roll_origins(counts, np.ones(200))) == 4


def test_large_unlike_areas_lose_nothing_to_plain_counts() -> None:
    """Whose noisy weeks must not draw them towards their mean: Boston's neighbourhoods lost a twentieth by that."""
    random = np.random.default_rng(6)
    area = random.lognormal(0.0, 1.0, 26)
    noise = random.lognormal(0.0, 0.7, (26, 104))
    counts = random.poisson(40 * (area * random.lognormal(0.0, 0.5, 26))[:, None] * noise)
    rolled = backtest.roll_origins(counts, area)
    found = {row["method"]: row["pai"] for row in backtest.compare(rolled).iter_rows(named=True)}
    assert min(found[f"forecast {half}"] for half in (8, 16, 32)) > 0.99 * found["raw 52"]


def test_picked_knows_only_the_origins_before_it() -> None:
    random = np.random.default_rng(8)
    counts = random.poisson(random.lognormal(-3.0, 1.3, (600, 1)), (600, 120))
    rolled = backtest.roll_origins(counts, np.ones(600))
    for origin in rolled["origin"].unique():
        half = backtest.pick_half_life(
            rolled.filter((pl.col("origin") < origin) & (pl.col("method") != backtest.PICKED))
        )
        row = rolled.filter(origin=origin, method=f"forecast {half}")
        assert rolled.filter(origin=origin, method=backtest.PICKED).drop("method").equals(row.drop("method"))


def test_the_paired_difference_is_that_of_the_forecasts_themselves() -> None:
    """Recomputed from scratch, without roll_origins."""
    random = np.random.default_rng(3)
    counts = random.poisson(random.lognormal(-1.0, 1.0, (300, 1)), (300, 60)).astype(float)
    near = line(300)
    rolled = backtest.roll_origins(counts, np.ones(300), near)
    gains = []
    for origin in backtest.origins_of(60):
        tested = counts[:, origin : origin + 4].sum(axis=1)
        known = counts[:, :origin]
        doubt = doubt_of(known, dispersion=dispersion_of(known))
        forecast = forecast_rates(known, half_life=8, neighbours=near, dispersion=doubt)
        scores = forecast.mean, counts[:, origin - 13 : origin].sum(axis=1)
        ours, plain = (backtest.share_found(score, tested, np.ones(300), 0.02) / 0.02 for score in scores)
        gains.append(ours - plain)
    row = backtest.compare(rolled).row(by_predicate=pl.col("method") == "forecast 8", named=True)
    assert row["difference"] == pytest.approx(np.mean(gains))
    assert row["se"] == pytest.approx(np.std(gains, ddof=1) / np.sqrt(len(gains)))


def test_short_or_empty_records_have_no_origin() -> None:
    assert backtest.roll_origins(np.ones((5, backtest.LEAST_WEEKS - 1)), np.ones(5)).height == 0
    assert backtest.roll_origins(np.zeros((5, 104)), np.ones(5)).height == 0
    rolled = backtest.roll_origins(np.ones((5, backtest.LEAST_WEEKS)), np.ones(5))
    assert rolled["origin"].n_unique() == backtest.LEAST_ORIGINS
    nothing = backtest.roll_origins(np.zeros((5, 104)), np.ones(5))
    assert backtest.compare(nothing).height == 0
    assert backtest.pick_half_life(nothing) == backtest.USUAL_HALF_LIFE


def test_nothing_is_ranked_by_gi_star() -> None:
    """METHODS 9, Q7: it finds a seventh to a third less than plain counts do."""
    files = [file for room in ("planning", "agenda") for file in (GEO / room).glob("*.py")]
    named = {
        file.name
        for file in files
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if (isinstance(node, ast.ImportFrom) and "gi_star" in (node.module or ""))
        or (isinstance(node, ast.Constant) and node.value == "gi_star")
        or (isinstance(node, ast.alias) and "gi_star" in node.name)
    }
    assert files
    assert not named
