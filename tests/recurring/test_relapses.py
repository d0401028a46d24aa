"""What keeps coming back in the small demo city: the list, its filters, its groups; a city without closing dates."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest

from geo import tables
from geo.errors import NoReports, RefusedQuestion
from geo.recurring.relapses import GROUPS, Relapses, find_returns
from geo.stats.question import Question
from geo.study import Study


@pytest.fixture(scope="module")
def found(study: Study) -> Relapses:
    return find_returns(study, Question())


def test_the_list_is_ranked_and_whole(found: Relapses) -> None:
    table = found.table
    assert list(table.columns) == [*tables.RELAPSES, "geometry"]
    ahead = (table["relapses"] - table["expected"]).to_numpy()
    assert ahead[:5].mean() > ahead[-5:].mean()
    assert (table["relapses"] >= 1).all()
    assert found.summary["relapses"] == table["relapses"].sum()
    assert found.summary["looked_at"] == len(table) + found.summary["without_relapse"]
    assert table["community"].notna().mean() > 0.9
    assert table["unit"].notna().mean() > 0.9


def test_every_row_can_be_followed_to_its_episodes(found: Relapses) -> None:
    counted = found.episodes.group_by("place_key", "category").agg(pl.col("relapse").sum(), pl.col("incidents").sum())
    row = found.table.iloc[0]
    own = counted.filter((pl.col("place_key") == row["place"]) & (pl.col("category") == row["category"]))
    assert own.select("relapse", "incidents").row(0) == (row["relapses"], row["incidents"])


def test_recent_are_those_of_the_window(found: Relapses, study: Study) -> None:
    since = found.window.first
    back = found.episodes.filter("relapse")["next_opened"].dt.convert_time_zone(study.timezone).dt.date()
    assert found.summary["recent"] == (back >= since).sum() == found.table["recent"].sum()


def test_areas_narrow_the_rows_and_nothing_else(found: Relapses, study: Study) -> None:
    name = found.table["community"][0]
    area = study.areas.set_index("name").loc[name, "area_id"]
    some = find_returns(study, Question(areas=(area,)))
    assert 0 < len(some.table) < len(found.table)
    whole = found.table.set_index(["place", "category"])
    kept = some.table.set_index(["place", "category"])
    assert kept["p_value"].equals(whole.loc[kept.index, "p_value"])
    assert some.summary["places"] == len(some.table) < some.summary["looked_at"] < found.summary["looked_at"]
    assert some.summary["relapses"] == some.table["relapses"].sum()
    assert any(f"of {len(some.table)} places with a relapse" in one.sentence() for one in some.notes)
    assert some.groups["unit"].equals(found.groups["unit"])


def test_sources_and_units_narrow_the_rows_and_returns_count_whoever_reports_them(
    found: Relapses, study: Study
) -> None:
    whole = found.table.set_index(["place", "category"])
    by = {source: find_returns(study, Question(sources=(source,))) for source in ("resident", "patrol")}
    for some in by.values():
        assert 0 < len(some.table) < len(whole)
        kept = some.table.set_index(["place", "category"])
        assert kept["relapses"].equals(whole.loc[kept.index, "relapses"])
        assert any("whoever reported them" in one.sentence() for one in some.notes)
    seen = {place for some in by.values() for place in some.table.set_index(["place", "category"]).index}
    others = found.episodes.filter(pl.col("relapse") & ~pl.col("source").is_in(["resident", "patrol"]))
    assert set(whole.index) - seen <= set(others.select("place_key", "category").iter_rows())


@pytest.mark.parametrize("status", ["open", "closed"])
def test_a_status_is_not_asked_for(found: Relapses, study: Study, status: str) -> None:
    some = find_returns(study, Question(statuses=(status,)))
    assert some.table.equals(found.table)
    assert next(one.sentence() for one in some.notes).startswith("A status is not asked for here")


def test_days_after_the_last_report_change_nothing(found: Relapses, study: Study) -> None:
    later = find_returns(study, Question(window="26w", until=found.window.last + timedelta(days=60)))
    assert later.table.drop(columns="recent").equals(found.table.drop(columns="recent"))
    assert "The last 60 days of the window lie after the last report." in [one.sentence() for one in later.notes]


def test_a_window_longer_than_the_records_is_cut(study: Study) -> None:
    first = study.cube.first_day
    assert first is not None
    until = first + timedelta(days=99)
    short = find_returns(study, Question(window="52w", until=until))
    assert (short.window.first, short.window.last) == (first, until)
    with pytest.raises(RefusedQuestion):
        find_returns(study, Question(window="4w", until=first - timedelta(days=9)))


def test_short_records_expect_nothing_and_say_so(study: Study) -> None:
    first = study.cube.first_day
    assert first is not None
    short = find_returns(study, Question(until=first + timedelta(days=99)))
    assert len(short.table) > 3
    assert short.table[["expected", "ratio", "p_value", "q_value"]].isna().all(axis=None)
    assert not short.table["confirmed"].any()
    assert short.table["relapses"].is_monotonic_decreasing
    assert short.summary["ratio"] is None
    assert not any(group.height for group in short.groups.values())
    said = " ".join(one.sentence() for one in short.notes)
    assert "Not enough history: 26 weeks of a category are needed" in said
    assert "Beyond chance one by one" not in said
    assert "expected" not in short.table["reason"][0]


def test_the_order_of_the_reports_says_nothing(study: Study) -> None:
    category = study.reports["category"].mode().sort()[0]
    shuffled = replace(study, reports=study.reports.sample(fraction=1, shuffle=True, seed=7))
    one, other = (find_returns(city, Question(categories=(category,))) for city in (study, shuffled))
    assert one.table.equals(other.table)
    assert all(one.groups[by].equals(other.groups[by]) for by in GROUPS)


def test_nothing_more_is_expected_than_was_closed(found: Relapses) -> None:
    assert (found.table["expected"] < found.table["closures"]).all()
    assert (found.table["relapses"] / found.table["expected"]).to_numpy() == pytest.approx(
        found.table["ratio"].to_numpy(), rel=0.05
    )


def test_categories_and_the_last_day_narrow_what_counts(found: Relapses, study: Study) -> None:
    category = found.table["category"][0]
    until = found.window.last - timedelta(days=100)
    some = find_returns(study, Question(categories=(category,), until=until))
    assert set(some.episodes["category"]) == {category}
    assert some.episodes["opened"].max().date() <= until + timedelta(days=1)
    with pytest.raises(NoReports):
        find_returns(study, Question(units=("nobody",)))


def test_groups_and_times_are_there(found: Relapses) -> None:
    assert tuple(found.groups) == GROUPS
    assert all(group.height for name, group in found.groups.items() if name != "street")
    assert found.return_times["category"][0] == tables.ALL_CATEGORIES
    assert found.return_times["closings"][0] == found.return_times["closings"][1:].sum()
    assert found.knox is None


def test_a_last_day_before_the_first_closing_is_not_called_a_lack_of_closings(study: Study) -> None:
    until = study.cube.first_day + timedelta(days=120)
    later = pl.col("closed_at").dt.date() > until + timedelta(days=1)
    kept = study.reports.with_columns(pl.when(later).then("closed_at"))
    early = find_returns(replace(study, reports=kept), Question(until=until))
    said = [note.sentence() for note in early.notes]
    assert "No problem was closed up to this day, so none can have come back." in said
    assert not any("No report says when" in words for words in said)


def test_without_closing_dates_near_repeats_are_shown(study: Study) -> None:
    bare = study.reports.with_columns(
        closed_at=pl.lit(None, tables.UTC_TIME), status=pl.lit("open"), description=pl.lit(None, pl.String)
    )
    category = study.reports["category"].mode().sort()[0]
    answer = find_returns(replace(study, reports=bare), Question(categories=(category,)))
    assert not len(answer.table)
    assert answer.knox is not None
    assert answer.knox["observed"].sum() > 0
    mixed = replace(study, reports=bare.sample(fraction=1, shuffle=True, seed=3))
    assert answer.knox.equals(find_returns(mixed, Question(categories=(category,))).knox)
    assert any("closed" in note.sentence() for note in answer.notes)
    assert all(note.sentence("zh") != note.sentence() for note in answer.notes)
