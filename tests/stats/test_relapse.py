"""Relapse: quiet where nothing relapses, busy places left alone, and what is planted at the head of the list."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from scipy import integrate, stats

from benchmarks.relapse_bars import SPAN, START, Town, precision, records
from geo import tables
from geo.stats.background import Background, Rate, Tally, chance_of_returns, fit_background, own_rates, ratio_of
from geo.stats.episodes import example_reports, find_episodes
from geo.stats.relapse import find_relapses, rank_places
from geo.stats.relapse_groups import LEAST_RETURNS, group_ratios

END = START + timedelta(days=SPAN)


def judged(town: Town, seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    rows, relapsing = records(town, np.random.default_rng(seed))
    ranked = rank_places(find_episodes(rows, end=END))
    planted = pl.Series(relapsing[ranked.places["place_key"].cast(pl.Int64).to_numpy()])
    return ranked.places.with_columns(planted=planted), ranked.categories


def test_nothing_is_confirmed_where_nothing_relapses() -> None:
    for seed in (1, 2):
        places, categories = judged(Town(places=1_500), seed)
        assert (places["p_value"].to_numpy() < 0.05).mean() <= 0.06
        assert places["confirmed"].sum() <= 1
        assert categories["ratio"][0] == pytest.approx(1.0, abs=0.15)


def test_busy_places_are_not_called_relapsing() -> None:
    places, _ = judged(Town(places=1_500, busy=0.04), 3)
    busy = places.filter(pl.col("episodes") >= 15)
    assert busy.height > 30
    assert busy["relapses"].sum() > 5 * busy.height, "a list by relapses would be full of them"
    assert busy["confirmed"].sum() <= 1
    assert (places["expected"] < places["closures"]).all(), "no more can come back than was closed"
    assert busy["expected"].sum() == pytest.approx(busy["relapses"].sum(), rel=0.15)


def test_relapsing_places_lead_the_list() -> None:
    places, categories = judged(Town(places=2_000, part=0.1, share=0.5), 4)
    found = precision(places)
    assert found["ours"] >= 0.75
    assert found["ours over k/(n-1)"] >= 1.2
    assert found["ours over count"] >= 1.5
    assert categories["ratio_low"][0] > 1
    assert places.filter("confirmed")["planted"].to_numpy().mean() > 0.85


def test_chance_is_the_poisson_tail_over_all_rates_a_place_may_have() -> None:
    rates = np.geomspace(1e-5, 2, 4_000)
    weights = stats.gamma.pdf(rates, 0.7, scale=1 / 300) * rates  # a gamma on a grid: the tail is negative binomial
    background = Background(rates, weights / weights.sum(), weights / weights.sum())
    n, k = np.array([5.0, 9.0]), np.array([3.0, 4.0])
    seen = Tally(n, k, win=np.array([60.0, 170.0]), out=np.array([500.0, 420.0]), span=730.0)
    known = stats.nbinom.sf(seen.k - 1, 0.7 + seen.base, (300 + seen.out) / (300 + seen.out + seen.win))
    assert chance_of_returns(seen, background) == pytest.approx(known, rel=1e-3)
    own = own_rates(seen, background)
    assert own.mean == pytest.approx((0.7 + seen.base) / (300 + seen.out), rel=1e-3)


def test_the_background_is_that_of_the_places_nothing_is_known_of_too() -> None:
    random = np.random.default_rng(8)
    base = random.poisson(random.gamma(2.0, 0.4 / 730, 30_000) * 730.0).astype(np.float64)
    known = base[base > 0]
    found = fit_background(Tally(known, known * 0, known * 0, known * 0 + 730.0, 730.0))
    assert found.known.sum() == pytest.approx(1) == found.all.sum()
    assert 730 * found.rates @ found.all < 1.1  # .8 in truth
    assert 730 * found.rates @ found.known > 730 * found.rates @ found.all


def test_the_interval_of_a_ratio_holds_the_likelihood() -> None:
    k, win, own = np.array([3.0, 0.0, 2.0]), np.array([90.0, 30.0, 60.0]), Rate(np.full(3, 2.0), np.full(3, 800.0))
    rho, low, high = ratio_of(k, win, own)

    def height(at: float) -> float:
        each = [
            integrate.quad(
                lambda r, i=i: stats.gamma.pdf(r, 2, scale=1 / 800) * stats.poisson.pmf(k[i], at * r * win[i]), 0, 0.1
            )[0]
            for i in range(3)
        ]
        return float(np.log(each).sum())

    assert height(rho) > max(height(rho * 1.02), height(rho / 1.02))
    assert [height(rho) - height(end) for end in (low, high)] == pytest.approx(
        [stats.chi2.ppf(0.9, 1) / 2] * 2, rel=1e-3
    )


def test_groups_of_nothing_have_an_upper_end() -> None:
    rho, low, high = ratio_of(np.zeros(4), np.full(4, 100.0), Rate(np.full(4, 3.0), np.full(4, 700.0)))
    assert (rho, low) == (0.0, 0.0)
    assert 0.2 < high < 3


def test_the_table_is_that_of_the_contract_and_the_order_says_nothing() -> None:
    rows, _ = records(Town(places=300, part=0.2, share=0.5), np.random.default_rng(6))
    found = find_relapses(rows, until=date(2025, 12, 30))
    assert list(found.columns) == [*tables.RELAPSES, "geometry"]
    assert (found["relapses"] >= 1).all()
    assert found.crs.to_epsg() == 4326
    again = find_relapses(rows.sample(fraction=1, shuffle=True, seed=2), until=date(2025, 12, 30))
    assert again.equals(found)


def test_sentences_count_in_both_languages() -> None:
    en, zh = (find_relapses(example_reports(), lang=lang)["reason"][0] for lang in ("en", "zh"))
    assert en.startswith("Closed 4 times, back within 30 days 4 times. ")
    assert "Median return after 4 days. Reported again within 3 days of the closing 2 times" in en
    assert zh.startswith("已结案4次，其中4次在30天内回潮。")


def test_recent_relapses_are_those_since_a_day() -> None:
    episodes = find_episodes(example_reports())
    since = datetime(2026, 3, 20, tzinfo=START.tzinfo)
    assert rank_places(episodes, since=since).places["recent"].to_list() == [2]


def test_only_the_last_episode_says_whether_a_place_is_open() -> None:
    forgotten = example_reports().with_columns(
        closed_at=pl.when(pl.col("report_id") == "r1").then(None).otherwise("closed_at"),
        reported_at=pl.when(pl.col("report_id") == "r1")
        .then(pl.col("reported_at") - pl.duration(days=700))
        .otherwise("reported_at"),
        status=pl.when(pl.col("report_id") == "r1").then(pl.lit("open")).otherwise(pl.lit("closed")),
    )
    done = forgotten.with_columns(closed_at=pl.col("closed_at").fill_null(pl.col("reported_at")))
    done = done.with_columns(closed_at=pl.when(pl.col("report_id") == "r1").then(None).otherwise("closed_at"))
    episodes = find_episodes(done)
    assert episodes["is_open"].to_list()[0]
    assert rank_places(episodes).places["is_open"].to_list() == [False]


def test_a_category_that_is_young_is_not_judged_beside_one_that_is() -> None:
    rows, _ = records(Town(places=300, part=0.2, share=0.5), np.random.default_rng(6))
    young = rows.filter(pl.col("reported_at") > END - timedelta(days=120)).with_columns(
        category=pl.lit("noise"),
        report_id=pl.lit("y") + pl.col("report_id"),
        incident_id=pl.lit("y") + pl.col("incident_id"),
    )
    places = rank_places(find_episodes(pl.concat([rows, young]))).places
    assert places.filter(pl.col("category") == "noise")["expected"].null_count() > 20
    assert places.filter(pl.col("category") == "litter")["expected"].null_count() == 0
    unjudged = places["score"].is_null().to_list()
    assert unjudged == sorted(unjudged), "they come last"


def test_of_many_units_none_stands_out_by_chance() -> None:
    high, beyond = 0, 0
    for seed in (1, 2, 3):
        places, _ = judged(Town(places=1_500), seed)
        unit = np.random.default_rng(seed).integers(60, size=places.height).astype(str)
        units = group_ratios(places.with_columns(unit=pl.Series(unit)), "unit")
        assert units.select(pl.max_horizontal("relapses", "expected").min()).item() >= LEAST_RETURNS
        high += units.filter(pl.col("ratio_low") > 1).height
        beyond += units.filter(pl.col("q_value") <= 0.1).height
    assert high > beyond
    assert beyond <= 1


@pytest.mark.parametrize(
    ("returns", "rate", "kept"), [(3, 12_000.0, 0), (5, 12_000.0, 1), (0, 200.0, 1), (0, 1_200.0, 0)]
)
def test_few_returns_head_no_list_and_a_clean_record_stays(returns: int, rate: float, kept: int) -> None:
    places = pl.DataFrame(
        {"unit": "East", "closures": [1] * 20, "relapses": [1] * returns + [0] * (20 - returns), "win": 30.0}
    ).with_columns(shape=pl.lit(2.0), rate=pl.lit(rate), expected=pl.lit(0.0))
    assert group_ratios(places, "unit").height == kept


def test_few_closings_make_no_group() -> None:
    places = rank_places(find_episodes(example_reports())).places
    assert group_ratios(places, "unit").height == 0
    assert rank_places(find_episodes(example_reports().clear())).places.height == 0
