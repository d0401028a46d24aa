"""The benchmark of a large city, on a small one: it answers every category, and holds one at a time."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from benchmarks.scale import STEPS, Stages, ask, ask_all, beside_peer, load, make_cube, measure, save, year
from geo.grid.cube import Cube

CELLS = 3 * 6 * 7 + 1


@pytest.fixture(scope="module")
def small() -> Cube:
    return make_cube(6, 3)


@pytest.mark.parametrize(("steps", "periods"), [("four weeks", 13), ("weeks", 52)])
def test_every_category_gets_a_label_for_every_cell(small: Cube, steps: str, periods: int) -> None:
    answers, stages = ask_all(small, steps)
    assert [sum(one.labels.values()) for one in answers] == [CELLS] * 3
    assert all(seconds > 0 for seconds in stages.seconds.values())
    assert len(year(steps)) == periods


def test_all_cores_answer_as_one_does() -> None:
    town = make_cube(12, 3)
    answers = ask_all(town, "four weeks")[0]
    assert answers == [ask(town, name, "four weeks", Stages()) for name in ("c01", "c02", "c03")]
    assert sum(one.hot for one in answers) > 0


def test_memory_does_not_grow_with_the_categories() -> None:
    def most(categories: int) -> int:
        town = make_cube(12, categories)
        names = town.counts["category"].unique().sort().to_list()
        ask(town, names[0], "weeks", Stages())  # the rows of the cube are put in place once
        tracemalloc.start()
        answers = [ask(town, name, "weeks", Stages()) for name in names]
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert len(answers) == categories
        return peak

    assert most(12) < 1.2 * most(2)


@pytest.mark.parametrize("what", [*STEPS, "city"])
def test_a_saved_city_is_asked_in_full(small: Cube, what: str, tmp_path: Path) -> None:
    save(small, tmp_path)
    assert load(tmp_path).counts.equals(small.counts)
    found = measure(tmp_path, what)
    assert found["cells"] == CELLS
    assert found["incidents"] == small.counts["incidents"].sum()


def test_esda_and_pymannkendall_are_given_the_same_city() -> None:
    mine, theirs, cells = beside_peer(rings=5, categories=1)  # raises where the scores differ
    assert (mine > 0, theirs > 0, cells) == (True, True, 91)
