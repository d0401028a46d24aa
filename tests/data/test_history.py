"""What was planted has happened, and the background is as uneven as it is meant to be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import shapely

from data.campaigns import cells_of
from data.district import community_of
from data.history import City, History, happen
from data.plan import CityPlan
from data.problems import NUMBER, RELAPSING_ASSETS, SYSTEMS
from data.records import write_down


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
    by_itself = history.incidents.filter((pl.col("spot") < 0) & (pl.col("relapse") < 0) & (pl.col("busy") < 0))
    late = by_itself.filter(pl.col("time") >= 7 * (city.plan.weeks - city.plan.risen_weeks))
    seen = [
        late.filter((pl.col("x") - s.x) ** 2 + (pl.col("y") - s.y) ** 2 <= s.radius**2).height for s in history.spots
    ]
    assert abs(sum(seen) / sum(spot.expected for spot in history.spots) - 1) < 0.15


def test_relapsing_places_come_back_as_often_as_planted(history: History) -> None:
    planted = history.incidents.filter(pl.col("relapse") >= 0)
    assert planted["relapse"].n_unique() >= 65
    steps = planted.sort("relapse", "time").with_columns(
        gap=pl.col("time") - pl.col("closed").shift(1).over("relapse"),
    )
    back = steps.filter("comeback")
    assert back["gap"].is_between(3.0, 27.0).all()
    closings = len(planted) - planted["relapse"].n_unique()
    expected = np.mean([place.share for place in history.relapse_places])
    assert abs(len(back) / closings - expected) < 0.12


def test_twelve_assets_break_again(city: City, history: History) -> None:
    assets = history.relapse_places[city.plan.relapse_places :]
    assert len(assets) == 12
    assert {place.category for place in assets} == {NUMBER[code] for code in RELAPSING_ASSETS}
    again = history.incidents.filter(pl.col("relapse") >= city.plan.relapse_places).group_by("relapse")
    assert again.agg(pl.col("asset").n_unique())["asset"].to_list() == [1] * 12


def test_busy_places_are_as_busy_as_planted_and_keep_to_themselves(city: City, history: History) -> None:
    plan, found = city.plan, history.busy_places
    assert len(found) == 60
    planted = history.incidents.filter(pl.col("busy") >= 0)
    assert not planted.select(pl.any_horizontal(pl.col("comeback"), pl.col("relapse") >= 0)).to_series().any()
    due = sum(place.yearly for place in found) * plan.days / 365
    assert abs(len(planted) / due - 1) < 0.1
    middles = np.array([(place.x, place.y) for place in found])[planted["busy"].to_numpy()]
    aside = planted.select("x", "y").to_numpy() - middles
    assert np.hypot(*aside.T).max() < 12
    assert (planted["category"].to_numpy() == np.array([p.category for p in found])[planted["busy"].to_numpy()]).all()
    places = np.array([(place.x, place.y) for place in found])
    assert np.hypot(*(places[:, None] - places).transpose(2, 0, 1))[np.triu_indices(60, 1)].min() > 220
    for x, y in places:
        away = [np.hypot(x - other.x, y - other.y) for other in history.relapse_places]
        away += [np.hypot(x - disk.x, y - disk.y) - disk.radius for disk in history.spots]
        away += [np.hypot(x - disk.x, y - disk.y) - disk.radius for disk in history.flare_ups]
        assert min(away) > 220
    targets = {target for campaign in history.campaigns for target in campaign.targets}
    cells = {f"{cell:x}" for cell in cells_of(*places.T)}
    communities = {city.places.communities[k] for k in community_of(city.district, places)}
    assert not (cells | communities) & targets


def test_busy_places_come_back_by_chance_alone(city: City, history: History) -> None:
    """Within 30 days of a closing as often as at any other time: the rate there is the planted one."""
    days, found = city.plan.days, history.busy_places
    soon, due, closings = 0, 0.0, 0
    for number, place in enumerate(found):
        here = history.incidents.filter(pl.col("busy") == number)
        time, closed = here["time"].to_numpy(), here["closed"].to_numpy()
        for moment in closed[closed < days]:
            soon += int(((time > moment) & (time <= moment + 30)).sum())
            due += place.yearly / 365 * min(30.0, days - moment)
            closings += 1
    assert closings > 1_200
    assert abs(soon / due - 1) < 0.15
    assert soon > 0.5 * closings  # by counts they look like places that relapse


def test_flare_ups_are_sudden_and_keep_to_themselves(city: City, history: History) -> None:
    plan = city.plan
    assert len(history.flare_ups) == 4
    assert len({one.category for one in history.flare_ups}) == 4
    middles = np.array([(one.x, one.y) for one in history.flare_ups])
    for number, one in enumerate(history.flare_ups):
        days = plan.days - one.first_day
        same = history.incidents.filter(pl.col("category") == one.category)
        same = same.filter((pl.col("x") - one.x) ** 2 + (pl.col("y") - one.y) ** 2 <= (one.radius + 45) ** 2)
        added = same.filter(pl.col("flare_up") == number)
        assert 3 <= days <= 8
        assert 12 <= len(added) == history.incidents.filter(pl.col("flare_up") == number).height <= 16
        assert added["time"].min() >= one.first_day  # type: ignore[operator]
        before = same.filter(pl.col("time").is_between(plan.days - 91, one.first_day)).height
        assert len(added) > 10 * before / (91 - days) * days
        x, y = added["x"].to_numpy(), added["y"].to_numpy()
        apart = np.hypot(x[:, None] - x, y[:, None] - y)[np.triu_indices(x.size, 1)]
        assert apart.min() > 40
        away = [np.hypot(one.x - s.x, one.y - s.y) - s.radius for s in history.spots]
        away += [np.hypot(one.x - p.x, one.y - p.y) for p in history.relapse_places]
        assert min(away) > 600
    assert np.hypot(*(middles[:, None] - middles).T)[np.triu_indices(4, 1)].min() > 2_000


def test_the_patrol_reports_nothing_from_two_communities(city: City, history: History) -> None:
    last = 7 * (city.plan.weeks - city.plan.unpatrolled_weeks)
    reports = write_down(city, history.incidents).with_columns(late=pl.col("time") >= last)
    truly = history.incidents.select("x", "y")[reports["incident"]].to_numpy()
    reports = reports.with_columns(community=community_of(city.district, truly))
    assert len(history.unpatrolled) == 2
    for one in history.unpatrolled:
        here = reports.filter(pl.col("community") == one.community)
        found = here.filter(pl.col("system") == SYSTEMS.index("patrol"))
        assert one.expected >= 40
        assert found.filter("late").is_empty()
        a_year_before = found.filter(pl.col("time").is_between(last - 364, last)).height / 4
        assert abs(a_year_before / (1.17 * one.expected) - 1) < 0.4  # several reports of one problem come on top
        assert here.filter("late", pl.col("system") == 0).height > 40
        border = city.district.communities[one.community]
        assert all(border.distance(shapely.Point(spot.x, spot.y)) >= spot.radius for spot in history.spots)


def test_a_city_can_be_asked_for_without_them(city: City) -> None:
    plan = replace(city.plan, reports=1_000, flare_ups=0, unpatrolled=0, busy_places=0)
    plan = replace(plan, relapse_assets=0, relapse_places=4)
    history = happen(replace(city, plan=plan))
    assert (history.flare_ups, history.unpatrolled, history.busy_places) == ((), (), ())
    assert len(history.relapse_places) == 4
    assert history.incidents["busy"].max() == -1
    assert history.incidents["flare_up"].max() == -1
    assert not history.incidents["unpatrolled"].any()


def test_campaigns_took_the_busiest_and_prevented_their_share(city: City, history: History) -> None:
    by_rule, by_lot = history.campaigns
    incidents = history.incidents.filter((pl.col("relapse") < 0) & (pl.col("busy") < 0))
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
    planted = pl.max_horizontal("spot", "relapse", "busy") >= 0
    incidents = history.incidents.filter(~planted & (pl.col("system") < 2))
    cell = (incidents["x"] // 500 * 1_000 + incidents["y"] // 500).to_numpy()
    _, place = np.unique(cell, return_inverse=True)
    week = (incidents["time"] // 7).cast(pl.Int64).to_numpy()
    counts = np.zeros((place.max() + 1, week.max() + 1))
    np.add.at(counts, (place, week), 1)
    fitted = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0) / counts.sum()
    busy = fitted.mean(axis=1) > 1
    dispersion = ((counts - fitted)[busy] ** 2).sum() / fitted[busy].sum()
    assert 1.1 < dispersion < 1.9
