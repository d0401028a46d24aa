"""Clusters of hot cells from a cube: their components, their periods, their rows and their names."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import geopandas as gpd
import h3
import numpy as np
import polars as pl
import pytest
import shapely

import geo.stats.clusters as rooms
from benchmarks.emerging_bars import LAST_DAY, cube_of
from benchmarks.worlds import World, base_rates, disk_of, draw, make_ground
from geo import tables
from geo.errors import NoReports, RefusedQuestion
from geo.grid.cube import Cube
from geo.grid.windows import Window
from geo.stats.cluster_rows import LINES
from geo.stats.clusters import CALENDAR, Followed, calendar_periods, find_clusters, follow_hot, footprints
from geo.stats.identity import SEEN
from geo.stats.question import Question
from geo.stats.timeline import time_line
from tests.stats.hexagons import hexagons

RINGS, WEEKS = 12, 60
END = CALENDAR + timedelta(days=28 * 742 - 1)  # a period of the calendar ends on it
CENTRES = (100, 300)


def planted(stories: dict[int, list[float]], seed: int = 1, until: date = END) -> Cube:
    """An even city; the disk around each cell holds so many times as much, in four-week steps up to `until`."""
    random = np.random.default_rng(seed)
    town = make_ground(RINGS)
    rates = np.tile(base_rates(World(1.5, uneven=False), town, random)[:, None], (1, WEEKS))
    for centre, story in stories.items():
        factor = np.repeat(story, 4)
        rates[np.ix_(disk_of(centre, town), np.arange(WEEKS - len(factor), WEEKS))] *= factor
    cube = cube_of(draw(rates, 1.5, random), RINGS)
    later = pl.col("day") + pl.duration(days=(until - LAST_DAY).days)
    return replace(cube, counts=cube.counts.with_columns(later.cast(pl.Date)))


@pytest.fixture(scope="module")
def cube() -> Cube:
    """One place always high; one high for 4 periods, quiet for 5, high again for 3."""
    return planted({CENTRES[0]: [5.0] * 13, CENTRES[1]: [1.0] + [6.0] * 4 + [1.0] * 5 + [6.0] * 3})


@pytest.fixture(scope="module")
def found(cube: Cube) -> Followed:
    return follow_hot(cube, Question())


def holds(row: dict[Any, Any], cell: str) -> bool:
    return cell in row["cells"].split(";")


def test_components_are_those_of_the_brute_force() -> None:
    random = np.random.default_rng(2)
    neighbours = hexagons(6)
    hot = random.random((len(neighbours), 3)) < 0.35
    names = pl.Series([f"c{i}" for i in range(len(neighbours))])
    incidents = random.poisson(2, hot.shape).astype(float)
    for step, parts in enumerate(footprints(hot, incidents, neighbours, names)):
        left, expected = set(np.flatnonzero(hot[:, step]).tolist()), set()
        while left:
            reached = [left.pop()]
            part = set(reached)
            while reached:
                for other in neighbours[reached.pop()].tolist():
                    if other in left:
                        left.remove(other)
                        part.add(other)
                        reached.append(other)
            expected.add(frozenset(f"c{i}" for i in part))
        assert {frozenset(part) for part in parts} == expected
        assert all(part[c] == incidents[int(c[1:]), step] for part in parts for c in part)


def test_periods_stand_still_while_the_day_moves_on() -> None:
    first = END - timedelta(days=400)
    still = calendar_periods("4w", END, first)
    assert still[-1] == Window(END - timedelta(days=27), END)
    for later in (1, 5, 27):
        moved = calendar_periods("4w", END + timedelta(days=later), first)
        assert moved[:-1] == still
        assert moved[-1] == Window(END + timedelta(days=later - 27), END + timedelta(days=later))
    assert calendar_periods("4w", END + timedelta(days=28), first)[:-1] == still
    assert calendar_periods("half-month", date(2026, 3, 20), date(2026, 2, 1))[-1].last == date(2026, 3, 15)
    assert calendar_periods("4w", END + timedelta(days=3), END - timedelta(days=10)) == ()
    assert len(calendar_periods("1w", END, date(2000, 1, 1))) == rooms.MOST_FOLLOWED
    with pytest.raises(RefusedQuestion):
        calendar_periods("3d", END, first)


def test_one_row_per_cluster_as_the_table_says(found: Followed, cube: Cube) -> None:
    table = found.table
    assert list(table.columns) == [*tables.CLUSTERS, "geometry"]
    assert table["cluster_id"].is_unique
    assert [life.cluster_id for life in found.lives] == table["cluster_id"].tolist()
    assert table["state"].tolist() == [life.state for life in found.lives]
    assert (table["steps"] == len(found.periods)).all()
    assert [history.count("h") for history in table["history"]] == table["hot_steps"].tolist()
    standing = [0 if state in SEEN else 1 if state == "dormant" else 2 for state in table["state"]]
    assert standing == sorted(standing)
    for row in table.to_dict("records"):
        cells = row["cells"].split(";")
        days = Window(row["last_seen"] - timedelta(days=27), row["last_seen"])
        held = cube.in_window(days)
        disks = {other for cell in cells for other in h3.grid_disk(cell, 1)}  # as it was judged
        at = [i for i, cell in enumerate(cube.cells.tolist()) if h3.int_to_str(cell) in disks]
        assert row["size"] == len(cells) < len(at)
        assert row["incidents"] == held[at].sum()
        assert row["expected"] == pytest.approx(held.mean() * len(at), abs=1e-3)
        assert f"{row['expected']:,.1f} at the city's average" in row["reason"]
        assert row["ratio"] == pytest.approx(row["incidents"] / row["expected"], abs=1e-3)
        assert row["top_category"] == "all"
        area = sum(shapely.Polygon([(x, y) for y, x in h3.cell_to_boundary(cell)]).area for cell in cells)
        assert row["geometry"].is_valid
        assert row["geometry"].area == pytest.approx(area, rel=1e-4)


def test_what_is_planted_is_followed(found: Followed, cube: Cube) -> None:
    lasting, returning = (h3.int_to_str(int(cube.cells[centre])) for centre in CENTRES)
    rows = found.table.to_dict("records")
    (always,) = (row for row in rows if holds(row, lasting) and row["state"] in SEEN)
    assert always["hot_steps"] >= 12
    assert always["state"] == "continued"
    (back,) = (row for row in rows if holds(row, returning) and row["state"] in SEEN)
    life = next(life for life in found.lives if life.cluster_id == back["cluster_id"])
    assert "reborn" in life.states
    assert back["history"].endswith(".....hhh")
    assert "hot in 7 of " in back["reason"]


def test_lines_tell_every_period_since_the_birth(found: Followed) -> None:
    lines = found.lines
    assert lines.schema == LINES
    for life, row in zip(found.lives, found.table.to_dict("records"), strict=True):
        own = lines.filter(pl.col("cluster_id") == life.cluster_id)
        assert own["state"].to_list() == life.states
        assert own["step"].to_list() == list(range(life.birth, len(found.periods)))
        assert ((own["size"] > 0) == own["state"].is_in(SEEN)).all()
        assert own["cells"].list.len().to_list() == own["size"].to_list()
        seen = own.filter(pl.col("size") > 0)
        assert row["peak"] == seen["incidents"].max()
        assert row["incidents"] == seen["incidents"][-1]
        assert (own["expected"] > 0).all()


def test_a_place_that_holds_nothing_itself_is_told_with_what_lies_around_it() -> None:
    """Six hexagons around one that stays empty: what makes it hot is said, and not "0 incidents"."""
    town = make_ground(RINGS)
    ring = town.neighbours[CENTRES[0]]
    counts = np.full((town.cells, WEEKS), 3.0)
    counts[ring] = 9
    counts[CENTRES[0]] = 0
    cube = cube_of(counts, RINGS)
    table = follow_hot(cube, Question(min_ratio=1.7)).table
    centre = h3.int_to_str(int(cube.cells[CENTRES[0]]))
    (row,) = (row for row in table.to_dict("records") if row["state"] in SEEN)
    assert row["cells"] == centre
    assert (row["size"], row["incidents"], row["top_category"]) == (1, 6 * 9 * 4, "all")
    assert row["ratio"] > 1.7
    assert "1 hexagon, with neighbours 216 incidents in the last 4 weeks" in row["reason"]


def test_past_periods_are_judged_by_what_was_known_then(found: Followed, cube: Cube) -> None:
    """Another period, or another day, changes nothing that was said of the earlier ones, names included."""
    for back in (28, 28 + 9, 56):
        until = END - timedelta(days=back)
        earlier = follow_hot(cube, Question(until=until))
        same = sum(period in found.line.periods for period in earlier.line.periods)
        assert same == len(earlier.line.periods) - (back % 28 > 0)
        assert (earlier.line.hot[:, :same] == found.line.hot[:, :same]).all()
        names = {life.cluster_id: life.states for life in found.lives}
        for life in earlier.lives:
            if life.birth < same:
                assert names[life.cluster_id][: same - life.birth] == life.states[: same - life.birth]
    alone = time_line(cube, found.line.periods[5:6])
    assert (alone.hot[:, 0] == found.line.hot[:, 5]).all()


def test_a_single_new_flag_is_told_as_such() -> None:
    cube = planted({CENTRES[0]: [2.6]}, seed=3)
    found = follow_hot(cube, Question())
    new = found.table[found.table["state"] == "born"]
    assert set(found.provisional) <= set(new["cluster_id"])
    clear = follow_hot(planted({CENTRES[0]: [9.0]}, seed=3), Question())
    sure = clear.table[(clear.table["state"] == "born") & ~clear.table["cluster_id"].isin(clear.provisional)]
    assert len(sure) == 1
    assert "not yet clear" not in sure["reason"].iloc[0]
    for row in [*found.table.to_dict("records"), *clear.table.to_dict("records")]:
        said = "not yet clear" in row["reason"]
        assert said == (row["cluster_id"] in found.provisional | clear.provisional)


def test_a_short_history_has_no_rows_or_few_and_no_fault(cube: Cube) -> None:
    first = cube.first_day
    assert first is not None
    short = follow_hot(cube, Question(until=first + timedelta(days=20), window="7d"))
    assert short.periods == ()
    assert len(short.table) == 0
    assert short.lines.schema == LINES
    assert isinstance(short.table, gpd.GeoDataFrame)
    with pytest.raises(NoReports):
        find_clusters(replace(cube, counts=cube.counts.clear()))
    with pytest.raises(RefusedQuestion):
        find_clusters(cube, categories=("nothing of the kind",))
    with pytest.raises(RefusedQuestion):
        find_clusters(cube, lens="places")


def test_people_explain_what_they_explain(cube: Cube, found: Followed) -> None:
    people = np.full(len(cube.cells), 100.0)
    people[disk_of(CENTRES[0], make_ground(RINGS))] = 500.0
    table = find_clusters(cube, lens="places", exposure=people)
    lasting, returning = (h3.int_to_str(int(cube.cells[centre])) for centre in CENTRES)
    there = [row for row in table.to_dict("records") if row["state"] in SEEN]
    assert not any(holds(row, lasting) for row in there)
    assert any(holds(row, returning) for row in there)
