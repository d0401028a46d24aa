"""Chronic cells: the binomial of disjoint blocks, its correction, and what too few blocks cannot tell."""

from __future__ import annotations

from datetime import timedelta
from itertools import accumulate
from math import comb

import numpy as np
import polars as pl
import pytest

from benchmarks.emerging_bars import LAST_DAY, cube_of
from benchmarks.worlds import World, base_rates, disk_of, draw, make_ground
from geo.grid.windows import spans_back
from geo.stats.chronic import BLOCKS, LEAST_BLOCKS, block_chances, chronic_cells, chronic_words, least_hot
from geo.stats.timeline import time_line

RINGS = 12


def tail(hot: int, blocks: int) -> float:
    return sum(comb(blocks, k) * 0.05**k * 0.95 ** (blocks - k) for k in range(hot, blocks + 1))


def judged(blocks: int, high: float = 4.0, seed: int = 1) -> tuple[pl.DataFrame, int]:
    """An even city where one disk always holds `high` times as much: its table, and the centre of that disk."""
    random = np.random.default_rng(seed)
    town = make_ground(RINGS)
    rates = np.tile(base_rates(World(1.5, uneven=False), town, random)[:, None], (1, 52))
    centre = int(np.flatnonzero((town.neighbours >= 0).all(axis=1))[100])
    rates[disk_of(centre, town)] *= high
    cube = cube_of(draw(rates, 1.5, random), RINGS)
    line = time_line(cube, spans_back(LAST_DAY, blocks, 28))
    return chronic_cells(line, cube.cells), centre


def test_a_place_that_is_always_high_is_chronic_and_little_else() -> None:
    table, centre = judged(BLOCKS)
    assert table["chronic"][centre]
    assert table["hot_blocks"][centre] >= 10
    assert table["chronic"].sum() <= 19  # the disk and those whose own disks hold a half of it
    row = table.row(centre, named=True)
    assert row["p_value"] == pytest.approx(tail(row["hot_blocks"], 13), rel=1e-9)
    assert row["q_value"] <= 0.05


def test_an_even_city_has_no_chronic_place() -> None:
    table, _ = judged(BLOCKS, high=1.0)
    assert not table["chronic"].any()
    assert (
        table["hot_blocks"].to_numpy().mean() < 13 * 0.05
    )  # at 1.5 times the city's average it is far below the level


def test_fewer_blocks_ask_for_as_much() -> None:
    rare = tail(5, 13)
    for blocks in range(LEAST_BLOCKS, BLOCKS + 1):
        hot = least_hot(blocks)
        assert tail(hot, blocks) <= rare * (1 + 1e-9) < tail(hot - 1, blocks)
    table, centre = judged(LEAST_BLOCKS)
    assert (table["blocks"] == LEAST_BLOCKS).all()
    assert table["chronic"][centre]
    short, centre = judged(LEAST_BLOCKS - 1)
    assert short["hot_blocks"][centre] >= 4
    assert not short["chronic"].any()


def test_only_the_last_year_counts_and_no_block_at_all_is_no_fault() -> None:
    cube = cube_of(np.ones((make_ground(3).cells, 60)), 3)
    longer = time_line(cube, spans_back(LAST_DAY, 15, 28))
    assert (chronic_cells(longer, cube.cells)["blocks"] == BLOCKS).all()
    nothing = chronic_cells(time_line(cube, ()), cube.cells)
    assert (nothing["hot_blocks"] == 0).all()
    assert not nothing["chronic"].any()


def test_cells_whose_people_are_not_known_are_not_judged() -> None:
    cube = cube_of(np.ones((make_ground(3).cells, 60)), 3)
    people = np.full(len(cube.cells), 100.0)
    people[4] = np.nan
    line = time_line(cube, spans_back(LAST_DAY - timedelta(days=7), 13, 28), lens="places", exposure=people)
    table = chronic_cells(line, cube.cells)
    assert table["p_value"].is_null().arg_true().to_list() == [4]
    assert (block_chances(line)[4] == 1).all()


def test_the_words_give_the_chance_beside_the_count() -> None:
    assert chronic_words(7, 13) == "hot in 7 of 13 blocks; chance gives 0-2"
    within = list(accumulate(tail(k, 13) - tail(k + 1, 13) for k in range(3)))
    assert within[1] < 0.95 <= within[2]  # so 0-2 are nineteen cells of twenty
    assert chronic_words(7, 13, "zh") == "13期中有7期为热点；纯属偶然只会有0至2期"
    assert chronic_words(4, LEAST_BLOCKS - 1, "zh") == "历史不足"
