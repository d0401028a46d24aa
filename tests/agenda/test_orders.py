"""Work orders of the small demo city: what is open there, whose it is, and by when."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import geopandas as gpd
import polars as pl
import pytest
import shapely

from geo import tables
from geo.agenda.countdown import count_down
from geo.agenda.orders import make_orders
from geo.errors import RefusedQuestion
from geo.planning.orders import NO_UNIT, RESPONSIBILITIES, WorkOrders, target_ids
from geo.stats.question import Question
from geo.study import Study


@pytest.fixture(scope="module")
def deadline(study: Study) -> date:
    assert study.cube.last_day is not None
    return study.cube.last_day + timedelta(days=21)


@pytest.fixture(scope="module")
def communities(study: Study) -> list[str]:
    return sorted(study.areas.loc[study.areas["kind"] == "community", "area_id"])


@pytest.fixture(scope="module")
def orders(study: Study, communities: list[str], deadline: date) -> WorkOrders:
    return make_orders(study, communities, deadline=deadline)


def open_by_hand(study: Study, last: date) -> dict[str, list[dict[str, object]]]:
    """The reports of every incident that is open at the end of a day, counted one by one."""
    found: dict[str, list[dict[str, object]]] = {}
    local = study.reports.with_columns(
        pl.col("reported_at", "closed_at", "due_at").dt.convert_time_zone(study.timezone).dt.date()
    )
    for row in local.iter_rows(named=True):
        if row["reported_at"] <= last:
            found.setdefault(row["incident_id"], []).append(row)
    piled = set(local.filter("pile").select(tables.REPORT_KEY).to_series())
    return {key: rows for key, rows in found.items() if key not in piled and any(is_open(row, last) for row in rows)}


@pytest.fixture(scope="module")
def by_hand(study: Study, orders: WorkOrders) -> dict[str, list[dict[str, object]]]:
    return open_by_hand(study, orders.made_on)


def is_open(row: dict[str, object], last: date) -> bool:
    return row["status"] == "open" if row["closed_at"] is None else row["closed_at"] > last  # type: ignore[operator]


def test_every_open_problem_of_the_areas_stands_once(
    by_hand: dict[str, list[dict[str, object]]], orders: WorkOrders
) -> None:
    inside = {
        key
        for key, rows in by_hand.items()
        if next(r for r in rows if f"{r['system']}/{r['report_id']}" == key)["community"]
    }
    keys = orders.problems.select(tables.REPORT_KEY).to_series()
    assert dict(orders.problems.schema) == tables.ORDERS
    assert keys.n_unique() == keys.len() > 100
    assert set(keys) == inside
    assert orders.problems["target_id"].n_unique() == keys.len()


def test_the_countdown_counts_the_same_problems(study: Study, orders: WorkOrders, deadline: date) -> None:
    left = count_down(study, Question(), review=deadline, areas=orders.areas["area_id"].to_list())
    assert set(left.problems["incident_id"]) == set(orders.problems.select(tables.REPORT_KEY).to_series())


def test_the_facts_of_a_problem_are_those_of_its_reports(
    by_hand: dict[str, list[dict[str, object]]], orders: WorkOrders
) -> None:
    for row in orders.problems.iter_rows(named=True):
        rows = by_hand[f"{row['system']}/{row['report_id']}"]
        due = [one["due_at"] for one in rows if is_open(one, orders.made_on) and one["due_at"]]
        assert row["due_at"] == min(due, default=None)
        assert row["overdue"] == bool(due and min(due) < orders.made_on)
        assert set(row["evidence"].split(";")) == {one["report_id"] for one in rows}
        assert row["reports"] == len(rows)
        assert row["reported_at"] == min(one["reported_at"] for one in rows)
    assert orders.problems["reports"].max() > 1
    assert 0 < orders.problems["overdue"].sum() < orders.problems.height


def test_a_deadline_is_the_earlier_one_that_is_still_to_come(study: Study, communities: list[str]) -> None:
    assert study.cube.last_day is not None
    today, last = study.cube.last_day, study.cube.last_day + timedelta(days=4)
    problems = make_orders(study, communities, deadline=last).problems
    assert (problems.filter("overdue")["deadline"] == last).all()
    assert (problems["deadline"].min(), problems["deadline"].max()) == (today, last)
    own = problems.filter(pl.col("due_at").is_between(today, last))
    assert own.height
    assert (own["deadline"] == own["due_at"]).all()


def test_came_back_is_what_the_episodes_say(study: Study, orders: WorkOrders) -> None:
    before = study.episodes.with_columns(
        after_relapse=pl.col("relapse").shift(1).over("place_key", "category").fill_null(False)
    )
    back = set(before.filter("after_relapse")["incident_id"])
    keys = orders.problems.select(tables.REPORT_KEY).to_series()
    assert [key in back for key in keys] == orders.problems["returned"].to_list()
    assert orders.problems["returned"].sum() > 3


def test_a_problem_goes_to_its_unit_else_to_that_of_the_area_else_to_nobody(
    study: Study, communities: list[str], orders: WorkOrders, deadline: date
) -> None:
    busiest = orders.problems.group_by("area_id").len().sort("len", "area_id")["area_id"][-1]
    half = pl.col("report_id").hash(seed=1) % 2 == 0
    blank = replace(study, reports=study.reports.with_columns(unit=pl.when(half).then("unit")))
    unled = study.areas.copy()
    unled.loc[unled["area_id"] == busiest, ["unit", "contact"]] = None
    blank = replace(blank, material=replace(study.material, layers=replace(study.material.layers, areas=unled)))
    orders = make_orders(blank, communities, deadline=deadline)
    assert orders.units[-1] == NO_UNIT
    nobody = orders.problems_of(NO_UNIT)
    assert set(nobody["area_id"]) == {busiest}
    assert nobody["contact"].null_count() == nobody.height
    assert any(f"{nobody.height} problems" in one.sentence() for one in orders.notes)
    lead = unled.set_index("area_id")["unit"].fillna(NO_UNIT)
    named = {
        key: next((r["unit"] for r in rows if r["unit"]), None)
        for key, rows in open_by_hand(blank, orders.made_on).items()
    }
    for row in orders.problems.iter_rows(named=True):
        assert row["unit"] == (named[f"{row['system']}/{row['report_id']}"] or lead[row["area_id"]])


def test_the_unit_of_the_area_assists_where_another_does_the_work(study: Study, orders: WorkOrders) -> None:
    areas = study.areas.set_index("area_id")
    other = [row for row in orders.problems.iter_rows(named=True) if row["unit"] != areas.loc[row["area_id"], "unit"]]
    own = [row for row in orders.problems.iter_rows(named=True) if row["unit"] == areas.loc[row["area_id"], "unit"]]
    assert other
    assert all(row["assisting_units"].split(";")[0] == areas.loc[row["area_id"], "unit"] for row in other)
    assert all(
        row["unit"] not in (row["assisting_units"] or "").split(";") for row in orders.problems.iter_rows(named=True)
    )
    assert all(row["contact"] == areas.loc[row["area_id"], "contact"] for row in own)


def test_every_area_has_somebody_to_see_to_it(study: Study, orders: WorkOrders, communities: list[str]) -> None:
    duties = orders.responsibilities
    assert dict(duties.schema) == RESPONSIBILITIES
    led = duties.filter((pl.col("unit") == pl.col("lead")) | pl.col("lead").is_null())
    assert sorted(led["area_id"]) == communities
    counted = orders.problems.group_by("unit", "area_id").agg(
        pl.len().alias("problems"), pl.col("overdue").sum(), pl.col("returned").sum()
    )
    told = duties.filter(pl.col("problems") > 0).select(counted.columns)
    assert told.sort("unit", "area_id").rows() == counted.sort("unit", "area_id").rows()
    assert duties["measure"].str.len_chars().min() > 0
    assert orders.problems["order_id"].is_sorted()
    assert [orders.order_id(unit)[-2:] for unit in orders.units] == [
        f"{at:02d}" for at in range(1, len(orders.units) + 1)
    ]


def test_a_problem_in_two_chosen_areas_stands_under_the_first(study: Study, deadline: date) -> None:
    markets = study.areas[study.areas["kind"].isin(["market", "construction_site"])]["area_id"].to_list()
    communities = study.areas[study.areas["kind"] == "community"]["area_id"].to_list()
    first = make_orders(study, [*markets, *communities], deadline=deadline)
    last = make_orders(study, [*communities, *markets], deadline=deadline)
    assert set(first.problems["target_id"]) == set(last.problems["target_id"])
    in_markets = first.problems.filter(pl.col("kind") != "community")
    assert in_markets.height
    assert last.problems.filter(pl.col("kind") != "community").height < in_markets.height
    assert any("stand once" in one.sentence() for one in first.notes)
    hidden = last.responsibilities.filter(pl.col("measure").str.contains("another chosen area"))
    assert set(hidden["area_id"]) <= set(markets)
    assert hidden.height


def test_points_lie_in_the_areas_they_stand_under(orders: WorkOrders) -> None:
    shapes = orders.areas.set_index("area_id").geometry
    at = shapely.points(orders.problems["lon"].to_numpy(), orders.problems["lat"].to_numpy())
    assert shapely.intersects(at, shapes[orders.problems["area_id"].to_list()].to_numpy()).all()


def test_the_same_problem_has_the_same_name_in_every_order(
    study: Study, orders: WorkOrders, communities: list[str], deadline: date
) -> None:
    some = make_orders(
        study, communities[:5], deadline=deadline + timedelta(days=7), question=Question(sources=("patrol",))
    )
    names = orders.problems.select("target_id", tables.REPORT_KEY.alias("key"))
    both = some.problems.select("target_id", tables.REPORT_KEY.alias("key")).join(names, on="key")
    assert both.height == some.problems.height > 0
    assert (both["target_id"] == both["target_id_right"]).all()
    assert set(some.problems["source"]) == {"patrol"}
    assert not set(some.problems["order_id"]) & set(orders.problems["order_id"])
    again = make_orders(study, communities, deadline=deadline)
    assert again.problems.equals(orders.problems)


def test_rows_in_another_order_give_the_same_orders(
    study: Study, orders: WorkOrders, communities: list[str], deadline: date
) -> None:
    shuffled = replace(study, reports=study.reports.sample(fraction=1.0, shuffle=True, seed=5))
    assert make_orders(shuffled, communities, deadline=deadline).problems.equals(orders.problems)


def test_names_that_collide_are_lengthened() -> None:
    names = target_ids(f"hotline/{number}" for number in range(20_000))
    assert len(set(names)) == 20_000
    assert {len(name) for name in names} <= {10, 12}
    first, second, third = target_ids(["hotline/1"] * 3)
    assert (len(first), len(second), len(third)) == (10, 12, 14)
    assert third.startswith(second)
    assert second.startswith(first)


def test_an_earlier_day_knows_nothing_of_later_ones(study: Study, communities: list[str], deadline: date) -> None:
    earlier = study.cube.last_day - timedelta(days=60)
    orders = make_orders(study, communities, deadline=deadline, question=Question(until=earlier))
    assert orders.made_on == earlier
    assert orders.problems["reported_at"].max() <= earlier
    by_hand = open_by_hand(study, earlier)
    assert set(orders.problems.select(tables.REPORT_KEY).to_series()) <= set(by_hand)
    assert orders.problems["deadline"].min() == earlier


def test_a_table_of_choices_narrows_to_what_was_chosen(study: Study, communities: list[str], deadline: date) -> None:
    table = gpd.GeoDataFrame(
        {
            "area_id": communities[:4],
            "chosen": [True, False, True, False],
            "tier": ["A", "A", "B", "C"],
            "gain": [12.4, 3.0, 0.2, 9.0],
        }
    )
    orders = make_orders(study, table, deadline=deadline)
    assert orders.areas["area_id"].to_list() == [communities[0], communities[2]]
    assert set(orders.problems["area_id"]) <= {communities[0], communities[2]}
    tiers = dict(orders.responsibilities.select("area_id", "tier").iter_rows())
    assert tiers == {communities[0]: "A", communities[2]: "B"}
    nothing = make_orders(put_right(study), table, deadline=deadline)
    assert not nothing.problems.height
    assert set(nothing.responsibilities["measure"]) == {
        "Nothing is open. About 12 new problems are expected in the next 4 weeks: patrol and prevent.",
        "Nothing is open. Patrol and prevent.",
    }


def test_where_only_the_filter_leaves_nothing_open_it_says_so(
    study: Study, orders: WorkOrders, communities: list[str], deadline: date
) -> None:
    ranking = gpd.GeoDataFrame(
        {"area_id": communities, "forecast": [7.6 if at % 2 else 0.2 for at in range(len(communities))]}
    )
    asked = make_orders(study, ranking, deadline=deadline, question=Question(sources=("nobody",)))
    assert not asked.problems.height
    busy = set(orders.problems["area_id"])
    assert 0 < len(busy) < len(communities)
    for area_id, measure in asked.responsibilities.select("area_id", "measure").iter_rows():
        start = "Nothing of what was asked for is open. " if area_id in busy else "Nothing is open. "
        assert measure.startswith(start)
    ends = set(asked.responsibilities["measure"].str.split(" open. ").list.last())
    assert ends == {"Patrol and prevent.", "About 8 new problems are expected in the next 4 weeks: patrol and prevent."}


def put_right(study: Study) -> Study:
    """The city with everything closed on the day it was reported."""
    return replace(study, reports=study.reports.with_columns(closed_at=pl.col("reported_at"), status=pl.lit("closed")))


def test_a_unit_that_is_asked_for_gets_the_order_that_it_gets_among_all(
    study: Study, communities: list[str], deadline: date
) -> None:
    """Where reports name no unit the areas' leads answer: a filter by unit once left their orders empty."""
    unnamed = replace(study, reports=study.reports.with_columns(unit=pl.lit(None, pl.String)))
    for city in (study, unnamed):
        every = make_orders(city, communities, deadline=deadline)
        unit = every.problems.group_by("unit").len().sort("len", "unit")["unit"][-1]
        own = make_orders(city, communities, deadline=deadline, question=Question(units=(unit,)))
        assert own.units == (unit,)
        assert own.problems["target_id"].to_list() == every.problems_of(unit)["target_id"].to_list() != []
        columns = ["area_id", "unit", "lead", "problems", "overdue", "returned", "measure"]
        assert own.responsibilities.select(columns).equals(every.responsibilities_of(unit).select(columns))
        idle = own.responsibilities.filter(pl.col("measure").str.starts_with("Nothing is open"))
        assert not set(idle["area_id"]) & set(every.problems["area_id"])


def test_a_unit_that_has_nothing_to_do_with_the_areas_is_refused(
    study: Study, communities: list[str], deadline: date
) -> None:
    with pytest.raises(RefusedQuestion, match="none of them is led by a unit that is not there"):
        make_orders(study, communities, deadline=deadline, question=Question(units=("a unit that is not there",)))


def test_orders_are_of_the_last_report_where_the_last_day_lies_after_it(
    study: Study, communities: list[str], orders: WorkOrders, deadline: date
) -> None:
    later = orders.made_on + timedelta(days=10)
    found = make_orders(study, communities, deadline=deadline, question=Question(until=later))
    assert found.made_on == orders.made_on
    assert found.problems.equals(orders.problems)
    told = f"The last report is of {orders.made_on.isoformat()}: everything is as of that day."
    assert told in [one.sentence() for one in found.notes]
    assert told not in [one.sentence() for one in orders.notes]
    left = count_down(study, Question(until=later), review=deadline)
    assert told in [one.sentence() for one in left.notes]


def test_the_countdown_gives_each_problem_to_the_unit_of_its_order(study: Study, communities: list[str]) -> None:
    assert study.cube.last_day is not None
    half = pl.col("report_id").hash(seed=1) % 2 == 0
    city = replace(study, reports=study.reports.with_columns(unit=pl.when(half).then("unit")))
    day = study.cube.last_day + timedelta(days=21)
    markets = study.areas[study.areas["kind"] == "market"]["area_id"].to_list()
    for chosen in (communities, [*markets, *communities[:9]]):
        orders = make_orders(city, chosen, deadline=day)
        left = count_down(city, Question(), review=day, areas=chosen)
        ordered = orders.problems.select(incident_id=tables.REPORT_KEY, unit=pl.col("unit").replace(NO_UNIT, None))
        assert left.problems.select("incident_id", "unit").sort("incident_id").equals(ordered.sort("incident_id"))
        counts = ordered.group_by("unit").len()
        assert dict(left.table.select("unit", "open").iter_rows()) == dict(counts.iter_rows())
    assert any("they stand with the unit that leads the area" in one.sentence() for one in left.notes)
    unit = counts.drop_nulls().sort("len", "unit")["unit"][-1]
    alone = count_down(city, Question(units=(unit,)), review=day, areas=chosen)
    assert alone.table.equals(left.table.filter(pl.col("unit") == unit))


def test_a_ranking_can_be_ordered_as_it_is(study: Study, communities: list[str], deadline: date) -> None:
    ranking = gpd.GeoDataFrame({"area_id": communities[3:1:-1], "tier": ["A", "C"], "forecast": [7.6, 1.2]})
    orders = make_orders(put_right(study), ranking, deadline=deadline, lang="zh")
    assert orders.areas["area_id"].to_list() == communities[3:1:-1]
    by_area = dict(orders.responsibilities.select("area_id", "measure").iter_rows())
    assert by_area[communities[3]] == "无未结案问题。预计今后4周新增约8个问题，请加强巡查预防。"


def test_numbers_of_persons_are_hidden_and_what_they_wrote_is_left_out(
    study: Study, communities: list[str], deadline: date
) -> None:
    told = "光华街道建设路12号 张三 13800138000 身份证51010119900101123X, 028-87654321, 617-555-0123"
    told_of = replace(study, reports=study.reports.with_columns(address=pl.lit(told), description=pl.lit("张三说")))
    orders = make_orders(told_of, communities, deadline=deadline)
    for secret in ("13800138000", "51010119900101123", "87654321", "555-0123"):
        assert not orders.problems["place"].str.contains(secret, literal=True).any()
    assert orders.problems["place"].str.contains("建设路12号").all()
    assert "description" not in orders.problems.columns


def test_photos_are_found_by_the_number_of_any_report(
    study: Study, orders: WorkOrders, communities: list[str], deadline: date, tmp_path: Path
) -> None:
    row = orders.problems.filter(pl.col("reports") > 1).row(0, named=True)
    second = row["evidence"].split(";")[-1]
    for name in (f"{second}.JPG", f"{second}.png", "another.jpg", "another.png", f"{row['report_id']}.txt"):
        (tmp_path / name).write_bytes(b"")
    made = make_orders(study, communities, deadline=deadline, photos=tmp_path)
    named = made.problems.drop_nulls("photo").select("target_id", "photo").rows()
    assert named == [(row["target_id"], f"{second}.JPG")]
    left_out = [note.sentence() for note in made.notes if "Photos left out" in note.sentence()]
    assert left_out == [f"Photos left out because another of the same number is taken: {second}.png."]


@pytest.mark.parametrize(
    ("chosen", "days", "said"),
    [([], 7, "No area is chosen"), (["nowhere"], 7, "no area nowhere"), (None, 0, "is not after")],
)
def test_what_cannot_be_ordered_is_refused(
    study: Study, communities: list[str], chosen: list[str] | None, days: int, said: str
) -> None:
    with pytest.raises(RefusedQuestion, match=said):
        make_orders(
            study, communities if chosen is None else chosen, deadline=study.cube.last_day + timedelta(days=days)
        )


def test_a_folder_of_photos_that_is_not_there_is_refused(
    study: Study, communities: list[str], deadline: date, tmp_path: Path
) -> None:
    with pytest.raises(RefusedQuestion, match="does not exist"):
        make_orders(study, communities, deadline=deadline, photos=tmp_path / "nowhere")
