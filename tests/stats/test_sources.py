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
from geo.grid.windows import Window, spans_back
from geo.stats.caveats import caveats, changes_over, past_of
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
    return changes(cube, column, [past, window], Slice())


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
    """Of maps with 3 sources and 28 categories, D 2 and a season of half the mean, at most 5 in 100 hold a warning:
    of the own past, over the periods of a time line, and (the 3 sources) of a window alone."""
    rng = np.random.default_rng(20261115)
    maps = 60
    window = Window(LAST - timedelta(days=90), LAST)
    warned = np.zeros(3)
    for _ in range(maps):
        length = int(rng.integers(60, 131))
        rate = np.exp(rng.uniform(np.log(0.05), np.log(300), (31, 1)))
        mean = rate * (1 + 0.5 * np.sin(2 * np.pi * (np.arange(length) / 52 + rng.random((31, 1)))))
        drawn = rng.negative_binomial(np.maximum(mean, 1e-9), 0.5)  # variance 2 mean
        cube = cube_of_weeks({"resident": STEADY[:length], **{str(at): drawn[at] for at in range(31)}})
        past = past_of(cube, window)
        assert past is not None
        told = [changes(cube, "source", spans, Slice()) for spans in ([past, window], PERIODS, [window])]
        source = [[int(change.name) < 3 for change in one] for one in told]
        level = [[change.what == "level" for change in one] for one in told]
        known = [[yes or not at for yes, at in zip(*both, strict=True)] for both in zip(source, level, strict=True)]
        warned += [any(known[0]), any(known[1]), any(source[2])]
    assert (warned / maps <= 0.05).all(), warned / maps


PERIODS = spans_back(LAST, 13, days=28)


def test_over_the_periods_of_a_time_line_a_source_begins_ends_or_changes() -> None:
    """In any of them, not in the last one only; the level is that before and after the day of the greatest change."""
    cube = cube_of_weeks(
        {
            "resident": STEADY,
            "drones": weeks((100, 0), (20, 12)),
            "patrol": weeks((90, 12), (30, 0)),
            "inspection": weeks((88, 20), (32, 100)),  # eight periods ago
            "other": weeks((60, 0), (60, 12)),  # before the first period
        }
    )
    told = {change.name: change for change in changes(cube, "source", PERIODS, Slice())}
    assert {name: change.what for name, change in told.items()} == {
        "drones": "began",
        "patrol": "ended",
        "inspection": "level",
    }
    assert (told["inspection"].day, told["inspection"].times) == (PERIODS[5].first, pytest.approx(5))
    sources, said = changes_over(cube, PERIODS, Slice())
    assert len(sources) == len(said) == 3
    assert any("5 times as many from" in text.sentence() for text in said)


def test_a_map_of_the_window_alone_names_what_begins_or_ends_inside_it() -> None:
    window = Window(LAST - timedelta(days=90), LAST)
    begun, ended = weeks((110, 0), (10, 12)), weeks((112, 12), (8, 0))
    inside = cube_of_weeks({"resident": STEADY, "drones": begun, "patrol": ended})
    for lens in ("city", "places", "share"):
        sources, said = caveats(inside, window, Slice(), lens=lens)
        assert [(change.name, change.what) for change in sources] == [("drones", "began"), ("patrol", "ended")]
        assert len(said) == 2
    begun, level = weeks((100, 0), (20, 12)), weeks((107, 10), (13, 40))
    before = cube_of_weeks({"resident": STEADY, "drones": begun, "patrol": level})
    assert caveats(before, window, Slice(), lens="city") == ((), [])
    assert len(caveats(before, window, Slice(), lens="past")[0]) == 2


def test_a_source_that_was_itself_temporary_ends() -> None:
    """The same weeks a year before say nothing of a source that did not exist then."""
    campaign = weeks((60, 0), (36, 30), (8, 0))
    told = found({"resident": STEADY[:104], "inspection": campaign})
    assert ("inspection", "ended") in [(change.name, change.what) for change in told]


def test_a_source_that_did_not_exist_a_year_before_can_change_its_level() -> None:
    """The 32 weeks of the new level hold as many as the same weeks a year before did, of which it lived through ten."""
    cube = cube_of_weeks({"resident": STEADY, "inspection": weeks((58, 0), (30, 40), (32, 10))})
    (change,) = changes(cube, "source", PERIODS, Slice())
    assert (change.what, change.day, change.times) == ("level", PERIODS[5].first, pytest.approx(0.25))


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
        assert (" and 2 more" if lang == "en" else "，另有2类") in text


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
    assert [change.what for change in ask(study, Question(lens="city", window="26w")).changes] == ["began"]
    assert ask(study, Question(lens="city")).changes == (), "it began before the window, and the city has no past"


def test_a_city_without_a_past_has_no_caveats() -> None:
    cube = cube_of_weeks({"resident": STEADY[:4]})
    assert caveats(cube, Window(LAST - timedelta(days=27), LAST), Slice()) == ((), [])
