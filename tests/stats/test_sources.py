"""Sources and categories that start, stop or change: found with their dates; steady ones are left in peace."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from geo import tables
from geo.grid.cube import Cube, Slice
from geo.grid.windows import Window
from geo.stats.caveats import caveats, past_of
from geo.stats.sources import Change, category_notes, changes, source_note
from geo.study import Question, Study, ask
from geo.words import LANGUAGES
from tests.towns import TOWN

LAST = date(2026, 11, 15)


def cube_of_weeks(weekly: Mapping[str, np.ndarray], column: str = "source") -> Cube:
    """A cube whose `column` holds so many incidents in each week up to LAST, all in one cell on one day."""
    rows: dict[str, list[Any]] = {"day": [], column: [], "incidents": []}
    for name, counts in weekly.items():
        for at in np.flatnonzero(counts):
            rows["day"].append(LAST - timedelta(days=7 * (len(counts) - 1 - int(at)) + 3))
            rows[column].append(name)
            rows["incidents"].append(int(counts[at]))
    usual = {"category": "litter", "source": "resident", "status": "open", "unit": ""}
    usual.pop(column)
    counts = pl.DataFrame(rows).with_columns(
        **{name: pl.lit(value) for name, value in usual.items()},
        cell=pl.lit(TOWN[0], pl.UInt64),
        reports=pl.col("incidents"),
    )
    universe = pl.DataFrame({"cell": sorted(TOWN), "lat": 30.6, "lon": 104.2}, schema=tables.UNIVERSE)
    return Cube(counts, tables.empty(tables.AREA_COUNTS), universe, 9, "Asia/Shanghai", "test")


def found(weekly: Mapping[str, np.ndarray], column: str = "source", weeks: int = 13) -> tuple[Change, ...]:
    cube = cube_of_weeks(weekly, column)
    window = Window(LAST - timedelta(days=7 * weeks - 1), LAST)
    past = past_of(cube, window)
    assert past is not None
    return changes(cube, column, window, past, Slice())


STEADY = np.full(120, 40)


def weeks(*parts: tuple[int, int]) -> np.ndarray:
    """So many weeks of so many reports, one after the other."""
    return np.concatenate([np.full(count, height) for count, height in parts])


def test_a_source_that_starts_is_named_with_its_day() -> None:
    (change,) = found({"resident": STEADY, "inspection": weeks((80, 0), (40, 12))})
    assert (change.name, change.what) == ("inspection", "began")
    assert change.day == LAST - timedelta(days=7 * 39 + 3)
    assert "Inspection began on" in source_note(change, "Inspection").sentence()


def test_a_source_that_stops_is_named_with_its_day() -> None:
    (change,) = found({"resident": STEADY, "patrol": weeks((110, 12), (10, 0))})
    assert (change.name, change.what, change.day) == ("patrol", "ended", LAST - timedelta(days=7 * 10 + 3))


@pytest.mark.parametrize(("before", "now", "times"), [(10, 40, 4.0), (40, 10, 0.25)])
def test_a_source_that_changes_its_level_is_named_with_its_factor(before: int, now: int, times: float) -> None:
    (change,) = found({"resident": STEADY, "patrol": weeks((107, before), (13, now))})
    assert (change.what, change.times) == ("level", pytest.approx(times))
    assert f"{times:g} times as many" in source_note(change, "Grid patrol").sentence()


@pytest.mark.parametrize(
    "counts",
    [
        weeks((20, 0), (100, 12)),  # began before the year that is compared with
        weeks((30, 12), (90, 0)),  # ended before it
        weeks((117, 12), (3, 0)),  # three weeks may be a late export
        weeks((112, 1), (8, 0)),  # eight reports due: chance
        weeks((107, 20), (13, 50)),  # two and a half times
        weeks((107, 1), (13, 4)),  # four times a handful
    ],
)
def test_what_is_no_change_of_these_days_is_not_said(counts: np.ndarray) -> None:
    assert found({"resident": STEADY, "patrol": counts}) == ()


def test_a_source_as_old_as_the_records_did_not_begin() -> None:
    assert found({"resident": STEADY[:40], "patrol": weeks((6, 0), (34, 12))}) == ()


def test_a_season_is_no_ending_once_it_was_seen_a_year_before() -> None:
    """Half a year of 20 reports a week, half a year of none; the records end in the quiet half."""
    season = weeks((26, 0), (26, 20), (26, 0), (26, 20), (20, 0))
    assert found({"resident": STEADY[:124], "patrol": season}) == ()


def test_steady_sources_are_left_in_peace() -> None:
    """Of maps with 3 sources and 28 categories, D 2 and a season of half the mean, at most 5 in 100 hold a warning."""
    rng = np.random.default_rng(20261115)
    maps = 60
    warned = 0
    for _ in range(maps):
        length = int(rng.integers(60, 131))
        rate = np.exp(rng.uniform(np.log(0.05), np.log(300), (31, 1)))
        mean = rate * (1 + 0.5 * np.sin(2 * np.pi * (np.arange(length) / 52 + rng.random((31, 1)))))
        drawn = rng.negative_binomial(np.maximum(mean, 1e-9), 0.5)  # variance 2 mean
        told = found({"resident": STEADY[:length], **{str(at): drawn[at] for at in range(31)}}, weeks=13)
        warned += any(change.what != "level" or int(change.name) < 3 for change in told)
    assert warned / maps <= 0.05


def test_many_categories_that_end_while_others_begin_were_renamed() -> None:
    old = {f"old {at}": weeks((100, 9), (20, 0)) for at in range(5)}
    new = {f"new {at}": weeks((100, 0), (20, 9)) for at in range(5)}
    told = found({"litter": STEADY, **old, **new}, "category")
    assert len(told) == 10
    for lang in LANGUAGES:
        (note,) = category_notes(told, {}, lang)
        text = note.sentence(lang)
        assert "5" in text
        assert "old 2" in text
        assert "old 3" not in text
        assert "..." in text


def test_single_categories_are_listed_with_their_days() -> None:
    told = found({"litter": STEADY, "signs": weeks((100, 0), (20, 9)), "snow": weeks((70, 9), (50, 0))}, "category")
    begun, ended = category_notes(told, {"signs": "Signs"})
    assert begun.sentence() == "Categories that begin in this time: Signs (2 Jul 2026)."
    assert "snow" in ended.sentence()


def test_the_inspection_of_the_demo_city_is_found_on_its_day(study: Study, demo: dict[str, Any]) -> None:
    """In week 66 of 80 the inspection begins: data/demo/truth/sources.json."""
    (truth,) = json.loads((Path(demo["mapping"]).parent / "truth" / "sources.json").read_text("utf-8"))
    answer = ask(study, Question(lens="past"))
    (change,) = answer.changes
    assert (change.name, change.what) == ("inspection", "began")
    assert 0 <= (change.day - date.fromisoformat(truth["first_day"])).days <= 6
    assert any("Inspection began on" in text for text in answer.notes)
    without = ask(study, Question(lens="past", sources=("resident", "patrol")))
    assert without.changes == ()
    assert not any("Inspection" in text for text in without.notes)
    assert ask(study, Question(lens="city")).changes == (), "the city's average has no past to be compared with"


def test_a_city_without_a_past_has_no_caveats() -> None:
    cube = cube_of_weeks({"resident": STEADY[:4]})
    assert caveats(cube, Window(LAST - timedelta(days=27), LAST), Slice()) == ((), [])
