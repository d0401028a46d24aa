"""The back-test put to the demo city: same counts as the cube, honest sentences, nothing of the future."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from geo.agenda.backtest import TABLE, back_test, best_half_life, method_name
from geo.agenda.priorities import rank
from geo.errors import NoReports, RefusedQuestion
from geo.planning import backtest
from geo.planning.ranks import first_fifth
from geo.study import Question, Study

RAW = "raw 13"


def test_every_method_has_its_row_and_the_sentence_its_figures(study: Study) -> None:
    found = back_test(study, Question())
    assert found.table.schema == pl.Schema(TABLE)
    methods = [f"raw {weeks}" for weeks in backtest.RAW_WEEKS]
    methods += [f"forecast {half}" for half in backtest.HALF_LIVES] + [backtest.PICKED]
    assert found.table["method"].to_list() == methods
    assert found.table["origins"].unique().to_list() == [16]
    assert found.share == 0.02
    assert found.table["hit"].to_numpy() == pytest.approx(found.table["pai"].to_numpy() * 0.02)
    assert found.table.filter(method=RAW).select("difference", "se").row(0) == (0.0, 0.0)
    assert found.half_life in backtest.HALF_LIVES
    assert best_half_life(study, Question()) == found.half_life
    picked = found.table.row(by_predicate=pl.col("method") == backtest.PICKED, named=True)
    assert f"16 past days, the 2 % of the area ranked first held {100 * picked['hit']:.1f} %" in str(found.sentence)
    assert "周" in found.sentence.sentence("zh")
    assert "%" in found.sentence.sentence("zh")


def test_a_plain_count_is_the_count_of_the_cube(study: Study) -> None:
    """The last origin once more, by the reports themselves."""
    last = study.cube.last_day
    assert last is not None
    cells = study.cube.counts.filter(pl.col("cell").is_in(study.cube.cells))
    ago = (pl.lit(last) - pl.col("day")).dt.total_days()
    parts = [
        cells.filter(ago.is_between(first, end)).group_by("cell").agg(pl.col("incidents").sum())
        for first, end in ((0, 27), (28, 28 + 7 * 13 - 1))
    ]
    tested, before = (dict(part.iter_rows()) for part in parts)
    counts = np.array([[before.get(cell, 0), tested.get(cell, 0)] for cell in study.cube.cells.tolist()], float)
    hit = backtest.share_found(counts[:, 0], counts[:, 1], np.ones(len(counts)), 0.02)
    rolled = back_test(study, Question()).origins
    row = rolled.filter(method=RAW).row(-1, named=True)
    assert (row["incidents"], row["hit"]) == (sum(tested.values()), pytest.approx(hit))


def test_what_came_later_changes_nothing(study: Study) -> None:
    last = study.cube.last_day
    assert last is not None
    until = last - timedelta(days=70)
    then = replace(study, cube=replace(study.cube, counts=study.cube.counts.filter(pl.col("day") <= until)))
    asked = back_test(study, Question(until=until))
    assert asked.origins.equals(back_test(then, Question()).origins)
    assert asked.table["origins"].unique().to_list() == [14]


def test_areas_of_a_kind(study: Study) -> None:
    found = back_test(study, Question(), kind="community", lang="zh")
    places = int((study.areas["kind"] == "community").sum())
    assert found.share == backtest.top_share(places)
    assert found.table["name"][1] == "最近13周的简单计数"
    kept = found.table.row(by_predicate=pl.col("method") == backtest.PICKED, named=True)["kept"]
    assert found.top == first_fifth(places)
    assert f"the first {found.top} of this list, by excess, held {100 * kept:.1f} % of the excess" in str(
        found.sentence
    )
    assert "超出量" in found.sentence.sentence("zh")
    assert found.half_life == backtest.pick_half_life(found.origins, backtest.KEPT)
    assert back_test(study, Question()).table["kept"].null_count() == 8, "cells are no list"
    assert (found.table["pei"] <= 1).all()
    assert (found.table["pei"] > 0.3).all(), "communities differ, and last month tells much of this one"
    rows = study.cube.areas.filter(kind="community")
    last = study.cube.last_day
    tested = rows.filter(pl.col("day") > pl.lit(last) - pl.duration(days=28))["incidents"].sum()
    assert found.origins.filter(method=RAW)["incidents"][-1] == tested


def test_the_first_of_the_test_are_the_first_of_the_list(study: Study) -> None:
    """What the page ranks four weeks before the end, and what those areas held since, by its own columns."""
    until = study.cube.last_day - timedelta(days=28)  # type: ignore[operator]
    listed = rank(study, Question(until=until), half_life=16).table
    first = listed["area_id"].head(first_fifth(len(listed)))
    rows = study.cube.areas.filter((pl.col("kind") == "community") & (pl.col("day") > until))
    held = dict(rows.group_by("area_id").agg(pl.col("incidents").sum()).iter_rows())
    own = study.areas[study.areas["kind"] == "community"].set_index("area_id")["exposure"]
    total = sum(held.values())
    beyond = {area: held.get(area, 0) - total * share for area, share in (own / own.sum()).items()}
    most = sum(sorted(beyond.values())[-len(first) :])
    last = back_test(study, Question(), kind="community").origins.filter(method="forecast 16").row(-1, named=True)
    assert last["kept"] == pytest.approx(sum(beyond[area] for area in first) / most)


def test_a_filter_counts_and_a_status_does_not(study: Study) -> None:
    code = study.cube.counts.group_by("category").len().sort("len", "category")["category"][-1]
    few = back_test(study, Question(categories=(code,)))
    everything = back_test(study, Question())
    assert few.origins["incidents"].sum() < everything.origins["incidents"].sum()
    asked = back_test(study, Question(statuses=("open",)))
    assert asked.origins.equals(everything.origins)
    assert any("Status is not asked for" in str(one) for one in asked.notes)


def test_short_records_say_what_is_missing(study: Study) -> None:
    first = study.cube.first_day
    assert first is not None
    short = back_test(study, Question(until=first + timedelta(days=7 * 20 - 1)))
    assert short.table.height == 0
    assert short.table.schema == pl.Schema(TABLE)
    assert short.half_life == backtest.USUAL_HALF_LIFE
    assert "37 weeks of reports are needed, and there are 20" in str(short.sentence)
    assert not short.notes


def test_few_incidents_say_so(study: Study) -> None:
    last, few = study.cube.last_day, study.cube.counts.head(12)
    assert last is not None
    few = few.with_columns(day=pl.Series([last - timedelta(days=40 * back) for back in range(few.height)]))
    rare = replace(study, cube=replace(study.cube, counts=few))
    assert "Too few incidents for a back-test" in str(back_test(rare, Question()).sentence)


def test_what_cannot_be_asked_is_refused(study: Study) -> None:
    with pytest.raises(RefusedQuestion, match="a ranking needs 3"):
        back_test(study, Question(), kind="no such kind")
    first = study.cube.first_day
    assert first is not None
    with pytest.raises(RefusedQuestion, match="There is no report up to"):
        back_test(study, Question(until=first - timedelta(days=1)))
    empty = replace(study, cube=replace(study.cube, counts=study.cube.counts.clear()))
    with pytest.raises(NoReports):
        best_half_life(empty, Question())


def test_the_sentence_admits_where_plain_counts_win(study: Study) -> None:
    """A city whose problems move house every six weeks: the longest plain count is the worst, the shortest wins."""
    cells = study.cube.cells
    last, random = study.cube.last_day, np.random.default_rng(4)
    assert last is not None
    weeks = np.arange(80)
    rates = np.where((np.arange(len(cells))[:, None] + 3 * (weeks // 6)[None]) % 40 == 0, 12.0, 0.4)
    seen = random.poisson(rates)
    at, week = np.nonzero(seen)
    rows = study.cube.counts.head(1).drop("cell", "day", "incidents")
    counts = (
        pl.DataFrame(
            {
                "cell": cells[at],
                "day": [last - timedelta(days=7 * int(79 - w)) for w in week],
                "incidents": seen[at, week],
            },
            schema_overrides={"cell": pl.UInt64, "incidents": pl.UInt32},
        )
        .join(rows, how="cross")
        .select(study.cube.counts.columns)
    )
    moving = replace(study, cube=replace(study.cube, counts=counts))
    found = back_test(moving, Question())
    assert found.half_life == 4
    assert any(str(one).startswith("Plain count of the last 4 weeks finds more here") for one in found.notes)


def test_names_of_methods() -> None:
    assert method_name("picked").sentence() == "Forecast, half-life chosen on the days before"
