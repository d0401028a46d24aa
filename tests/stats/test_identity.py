"""Clusters keep their names: moves, splits, merges, gaps and rebirths as scripted, in any order of cells."""

from __future__ import annotations

import numpy as np
import pytest

from geo.stats.identity import GAP, MEMORY, OVER, Footprint, Life, strongest, trace


def at(cells: str, weight: float = 1.0) -> dict[str, float]:
    """A footprint of the cells with these letters, each with so many incidents."""
    return dict.fromkeys(cells, weight)


def life_of(lives: tuple[Life, ...], cell: str, birth: int = 0) -> Life:
    """The cluster born at that step whose first footprint holds the cell."""
    found = [life for life in lives if life.birth == birth and cell in life.seen[birth]]
    assert len(found) == 1
    return found[0]


def test_a_cluster_that_moves_cell_by_cell_keeps_its_name() -> None:
    lives = trace([[at("abc")], [at("bcd")], [at("cde")], [at("def")]])
    assert len(lives) == 1
    assert lives[0].states == ["born", "continued", "continued", "continued"]
    assert set(lives[0].footprint) == set("def")


def test_a_cluster_that_jumps_is_another() -> None:
    lives = trace([[at("abc")], [at("xyz")]])
    assert [life.states for life in lives] == [["born", "dormant"], ["born"]]
    assert lives[0].cluster_id != lives[1].cluster_id
    assert lives[1].parent_id is None


def test_touching_at_the_rim_is_not_the_same() -> None:
    """One cell of 5 and 5: J is 1/9 and the containment 1/5."""
    lives = trace([[at("abcde")], [at("efghi")]])
    assert [life.states for life in lives] == [["born", "dormant"], ["born"]]


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ("ab", "bcde", True),  # J 1/5, containment 1/2
        ("abc", "cde", True),  # J 1/5, containment 1/3
        ("abcd", "def", False),  # J 1/6, containment 1/3
        ("a", "abcdefghij", True),  # J 1/10, containment 1
    ],
)
def test_what_is_enough_overlap(before: str, after: str, same: bool) -> None:
    assert (len(trace([[at(before)], [at(after)]])) == 1) == same


def test_a_split_leaves_the_name_to_the_larger_share() -> None:
    lives = trace([[at("abcdef")], [at("abcd"), at("f")]])
    parent, child = life_of(lives, "a"), life_of(lives, "f", 1)
    assert parent.states == ["born", "continued"]
    assert set(parent.footprint) == set("abcd")
    assert (child.states, child.parent_id) == (["split"], parent.cluster_id)


def test_the_share_is_one_of_incidents_not_of_cells() -> None:
    crowded = {"a": 50.0, **at("bcde")}
    lives = trace([[crowded], [{"a": 50.0}, at("cde")]])
    assert set(life_of(lives, "a").footprint) == {"a"}
    assert life_of(lives, "c", 1).parent_id == life_of(lives, "a").cluster_id


def test_a_merge_ends_the_smaller_in_the_larger() -> None:
    lives = trace([[at("abcd"), at("fg")], [at("abcdefg")], [at("abcdefg")]])
    large, small = life_of(lives, "a"), life_of(lives, "f")
    assert large.states == ["born", "continued", "continued"]
    assert small.states == ["born", "merged", "merged"]
    assert small.merged_into == large.cluster_id
    assert small.last == 0


def test_two_that_grow_together_and_apart_keep_both_names() -> None:
    lives = trace([[at("abcd"), at("fg")], [at("abcdefg")], [at("abcd"), at("fg")]])
    assert len(lives) == 2
    small = life_of(lives, "f")
    assert small.states == ["born", "merged", "reborn"]
    assert small.merged_into is None


def test_a_split_and_a_merge_at_once() -> None:
    """The right half of one joins the other: both go on, and nobody is born."""
    lives = trace([[at("abcdef"), at("uvwx")], [at("abc"), at("efuvwx")]])
    assert len(lives) == 2
    assert set(life_of(lives, "a").footprint) == set("abc")
    assert set(life_of(lives, "u").footprint) == set("efuvwx")
    # one breaks in three, of which one part swallows a neighbour
    lives = trace([[at("abcdefgh"), at("x")], [at("abc"), at("e"), at("ghx")]])
    first = life_of(lives, "a")
    assert set(first.footprint) == set("abc")
    assert life_of(lives, "e", 1).parent_id == first.cluster_id
    assert set(life_of(lives, "x").footprint) == set("ghx")


@pytest.mark.parametrize("missed", range(1, GAP))
def test_a_gap_is_bridged(missed: int) -> None:
    lives = trace([[at("abc")], *[[]] * missed, [at("abd")]])
    assert len(lives) == 1
    assert lives[0].states == ["born", *["dormant"] * missed, "continued"]


def test_what_is_away_for_longer_has_ended_and_may_be_reborn() -> None:
    lives = trace([[at("abcd")], *[[]] * (GAP + 1), [at("cdxy")], [at("cdxy")]])
    assert len(lives) == 1
    assert lives[0].states == ["born", *["dormant"] * GAP, "ended", "reborn", "continued"]


def test_a_rebirth_asks_for_half_of_a_footprint() -> None:
    lives = trace([[at("abcde")], *[[]] * (GAP + 1), [at("devwx")]])
    assert [life.states[-1] for life in lives] == ["ended", "born"]


@pytest.mark.parametrize(("away", "same"), [(MEMORY, True), (MEMORY + 1, False)])
def test_after_a_year_it_is_another_cluster_in_the_same_place(away: int, same: bool) -> None:
    lives = trace([[at("ab")], *[[]] * (away - 1), [at("ab")]])
    assert len({life.cluster_id for life in lives}) == len(lives) == (1 if same else 2)


def test_two_ended_clusters_are_reborn_each_in_its_place() -> None:
    lives = trace([[at("ab"), at("yz")], *[[]] * (GAP + 1), [at("z"), at("b")]])
    assert [life.states[-1] for life in lives] == ["reborn", "reborn"]
    assert set(life_of(lives, "a").footprint) == {"b"}


def test_nothing_gives_nothing() -> None:
    assert trace([]) == ()
    assert trace([[], []]) == ()


def test_cells_without_incidents_can_be_followed() -> None:
    lives = trace([[at("abc", 0.0)], [at("bcd", 0.0)]])
    assert [life.states for life in lives] == [["born", "continued"]]


def random_history(random: np.random.Generator, steps: int) -> list[list[Footprint]]:
    """Runs of a row of cells that grow, shrink, meet, part and vanish."""
    hot = random.random(60) < 0.4
    history: list[list[Footprint]] = []
    for _ in range(steps):
        hot = np.where(random.random(60) < 0.25, random.random(60) < 0.4, hot)
        edges = np.flatnonzero(np.diff(np.concatenate([[0], hot, [0]])))
        parts = [range(first, last) for first, last in zip(edges[::2], edges[1::2], strict=True)]
        history.append([{f"cell {i:02}": float(random.poisson(3)) for i in part} for part in parts])
    return history


def told(lives: tuple[Life, ...]) -> list[tuple[object, ...]]:
    return [(life.cluster_id, life.birth, life.states, life.seen, life.parent_id, life.merged_into) for life in lives]


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_cells_and_footprints_does_not_matter(seed: int) -> None:
    random = np.random.default_rng(seed)
    history = random_history(random, 20)

    def shuffled(footprint: Footprint) -> Footprint:
        cells = list(footprint)
        return {cells[i]: footprint[cells[i]] for i in random.permutation(len(cells))}

    turned = [[shuffled(step[i]) for i in random.permutation(len(step))] for step in history]
    assert told(trace(turned)) == told(trace(history))


@pytest.mark.parametrize("seed", range(5))
def test_a_later_period_changes_nothing_that_was_said(seed: int) -> None:
    history = random_history(np.random.default_rng(seed), 20)
    for until in range(1, 20):
        before, after = trace(history[:until]), trace(history[: until + 1])
        for early, late in zip(before, after, strict=False):
            assert (early.cluster_id, early.birth, early.parent_id) == (late.cluster_id, late.birth, late.parent_id)
            assert early.states == late.states[: len(early.states)]
            assert early.seen == {step: now for step, now in late.seen.items() if step < until}


@pytest.mark.parametrize("seed", range(5))
def test_every_footprint_has_one_owner_and_states_tell_the_truth(seed: int) -> None:
    history = random_history(np.random.default_rng(seed), 30)
    lives = trace(history)
    names = {life.cluster_id for life in lives}
    assert len(names) == len(lives) > 10
    for step, found in enumerate(history):
        owned = [life.seen[step] for life in lives if step in life.seen]
        assert sorted(map(sorted, owned)) == sorted(map(sorted, found))
    for life in lives:
        assert len(life.states) == len(history) - life.birth
        for step, state in enumerate(life.states, start=life.birth):
            assert (step in life.seen) == (state in ("born", "split", "continued", "reborn"))
            away = step - max(now for now in life.seen if now <= step)
            assert state != "dormant" or away <= GAP
            assert state != "ended" or away > GAP
        assert (life.merged_into is not None) == (life.state == "merged")
        assert {life.parent_id, life.merged_into} <= names | {None}
        assert (life.parent_id is not None) == (life.states[0] == "split")
        followed = zip(life.states, life.states[1:], strict=False)
        assert all(after in (*OVER, "reborn") for now, after in followed if now in OVER)


def test_an_id_does_not_depend_on_where_the_records_begin() -> None:
    """Clusters born after the shorter records begin have the same names, whatever ended before."""
    early, late = [at("abc"), at("uvw")], [at("xyz", 2.0)]
    longer = trace([early, early, late, late])
    shorter = trace([late, late])
    assert longer[-1].cluster_id == shorter[0].cluster_id


def test_ids_can_be_said_aloud() -> None:
    (life,) = trace([[at("abc")]])
    assert len(life.cluster_id) == 6
    assert life.cluster_id.startswith("C-")
    assert not set(life.cluster_id[2:]) & set("AEIOU01")
    assert strongest({"b": 1.0, "a": 1.0}) == "a"
