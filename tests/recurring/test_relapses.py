"""What keeps coming back in the small demo city: the list, its filters, its groups; a city without closing dates."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest

from geo import tables
from geo.errors import NoReports
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
    assert some.summary["looked_at"] == found.summary["looked_at"]


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


def test_without_closing_dates_near_repeats_are_shown(study: Study) -> None:
    bare = study.reports.with_columns(
        closed_at=pl.lit(None, tables.UTC_TIME), status=pl.lit("open"), description=pl.lit(None, pl.String)
    )
    category = study.reports["category"].mode().sort()[0]
    answer = find_returns(replace(study, reports=bare), Question(categories=(category,)))
    assert not len(answer.table)
    assert answer.knox is not None
    assert answer.knox["observed"].sum() > 0
    assert any("closed" in note.sentence() for note in answer.notes)
    assert all(note.sentence("zh") != note.sentence() for note in answer.notes)
