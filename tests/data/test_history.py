"""What was planted has happened, and the background is as uneven as it is meant to be."""

from __future__ import annotations

import numpy as np
import polars as pl

from data.campaigns import cells_of
from data.district import community_of
from data.history import City, History
from data.plan import CityPlan
from data.problems import NUMBER, SYSTEMS


def test_twelve_spots_have_risen_by_the_planted_ratio(city: City, history: History) -> None:
    late = history.incidents.filter(pl.col("time") >= 7 * (city.plan.weeks - city.plan.risen_weeks))
    assert len(history.spots) == 12
    ratios = []
    for number, spot in enumerate(history.spots):
        inside = late.filter((pl.col("x") - spot.x) ** 2 + (pl.col("y") - spot.y) ** 2 <= (spot.radius + 36) ** 2)
        added = inside.filter(pl.col("spot") == number)
        assert len(added) == history.incidents.filter(pl.col("spot") == number).height
        assert set(added["category"]) == {NUMBER[code] for code in spot.categories}
        ratios.append(1 + len(added) / spot.expected)
        assert spot.expected >= 60
    assert abs(np.mean(ratios) - 2.5) < 0.1


def test_without_risen_spots_the_last_weeks_hold_what_was_expected(city: City, history: History) -> None:
    """The expected value that truth/ gives is right: over all spots, shocks of a quarter apart."""
    by_itself = history.incidents.filter((pl.col("spot") < 0) & (pl.col("relapse") < 0))
    late = by_itself.filter(pl.col("time") >= 7 * (city.plan.weeks - city.plan.risen_weeks))
    seen = [
        late.filter((pl.col("x") - s.x) ** 2 + (pl.col("y") - s.y) ** 2 <= s.radius**2).height for s in history.spots
    ]
    assert abs(sum(seen) / sum(spot.expected for spot in history.spots) - 1) < 0.15


def test_relapsing_places_come_back_as_often_as_planted(history: History) -> None:
    planted = history.incidents.filter(pl.col("relapse") >= 0)
    assert planted["relapse"].n_unique() >= 55
    steps = planted.sort("relapse", "time").with_columns(
        gap=pl.col("time") - pl.col("closed").shift(1).over("relapse"),
    )
    back = steps.filter("comeback")
    assert back["gap"].is_between(3.0, 27.0).all()
    closings = len(planted) - planted["relapse"].n_unique()
    expected = np.mean([place.share for place in history.relapse_places])
    assert abs(len(back) / closings - expected) < 0.12


def test_campaigns_took_the_busiest_and_prevented_their_share(city: City, history: History) -> None:
    by_rule, by_lot = history.campaigns
    incidents = history.incidents.filter(pl.col("relapse") < 0)
    week = (incidents["time"] // 7).to_numpy()
    cell = cells_of(incidents["x"].to_numpy(), incidents["y"].to_numpy())
    targets = np.array([int(target, 16) for target in by_rule.targets], dtype=np.uint64)
    first, span = by_rule.first_week, by_rule.weeks
    assert (first, span, len(targets)) == (104, 13, 20)
    before = (week >= first - span) & (week < first)
    counts = dict(zip(*np.unique(cell[before], return_counts=True), strict=True))
    assert min(counts[t] for t in targets) >= max(n for c, n in counts.items() if c not in targets)
    for campaign in (by_rule, by_lot):
        assert abs(campaign.prevented / (campaign.during + campaign.prevented) - (1 - campaign.ratio)) < 0.05
    assert set(by_lot.targets) < set(by_lot.shortlist)
    assert len(by_lot.shortlist) == 2 * len(by_lot.targets) == 24
    held = community_of(city.district, np.c_[incidents["x"], incidents["y"]])[before & np.isin(cell, targets)]
    assert not {city.places.communities[k] for k in held} & set(by_lot.shortlist)


def test_the_inspection_starts_mid_way(city: City, history: History) -> None:
    inspected = history.incidents.filter(pl.col("system") == SYSTEMS.index("inspection"))
    weeks = (inspected["time"] // 7).cast(pl.Int64)
    assert weeks.min() == city.plan.inspection_week
    assert len(inspected) > 2_000


def test_the_background_knows_seasons_festivals_and_weekends(city: City, history: History) -> None:
    incidents = history.incidents.with_columns(day=pl.col("time").cast(pl.Int64))
    by_day = np.bincount(incidents["day"].to_numpy(), minlength=city.plan.days)
    festival = next(day for day in range(city.plan.days) if day_of(city.plan, day) == "2026-02-17")
    assert by_day[festival : festival + 7].mean() < 0.7 * by_day[festival - 42 : festival - 14].mean()
    weekday = np.arange(city.plan.days) % 7  # the plan starts on a Monday
    assert by_day[weekday == 6].mean() < 0.85 * by_day[weekday == 1].mean()
    barbecue = incidents.filter(pl.col("category") == NUMBER["S06029"])["day"]
    month = pl.Series([int(day_of(city.plan, int(day))[5:7]) for day in barbecue])
    assert month.is_in([6, 7, 8]).sum() > 2 * month.is_in([12, 1, 2]).sum()


def day_of(plan: CityPlan, day: int) -> str:
    return str(plan.first_day.fromordinal(plan.first_day.toordinal() + day))


def test_counts_vary_more_than_chance_and_less_than_wildly(history: History) -> None:
    """Variance over mean of neighbours' weekly counts, once the place and the week are taken out: about 1.5."""
    incidents = history.incidents.filter((pl.col("spot") < 0) & (pl.col("relapse") < 0) & (pl.col("system") < 2))
    cell = (incidents["x"] // 500 * 1_000 + incidents["y"] // 500).to_numpy()
    _, place = np.unique(cell, return_inverse=True)
    week = (incidents["time"] // 7).cast(pl.Int64).to_numpy()
    counts = np.zeros((place.max() + 1, week.max() + 1))
    np.add.at(counts, (place, week), 1)
    fitted = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0) / counts.sum()
    busy = fitted.mean(axis=1) > 1
    dispersion = ((counts - fitted)[busy] ** 2).sum() / fitted[busy].sum()
    assert 1.1 < dispersion < 1.9
