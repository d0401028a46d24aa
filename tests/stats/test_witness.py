"""Who saw it: fair patrols leave no blind spot, and a place they do not enter is one."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import polars as pl
import pytest

from benchmarks.bars import verdicts
from benchmarks.witness_bars import q_witness
from geo.grid.cube import Slice
from geo.grid.windows import Window
from geo.stats import witness
from geo.stats.share import Inflation
from tests.towns import TOWN, cube_of

SPAN = Window(date(2026, 10, 19), date(2026, 11, 15))
CHOSEN = {
    "fair patrols, mean 0.3, D 1, 52 weeks, odds x1": 6,
    "fair patrols, mean 0.3, D 2, 52 weeks, odds x1": 6,
    "unpatrolled parts, mean 0.3, D 1, effort x0": 4,
    "closely patrolled disks, mean 1.5, D 1.5": 1,
}
"""Settings of the bar and how many maps of each; `make check-stats` runs all of them on many."""
SETTINGS = {setting.name: setting for setting in q_witness()}


@pytest.mark.parametrize("name", CHOSEN)
def test_a_bar_on_few_maps(name: str) -> None:
    """The rate of maps with a false flag may stray by three binomial errors; nothing else may."""
    setting, maps = SETTINGS[name], CHOSEN[name]
    results = [setting.measure(np.random.default_rng([20264, number])) for number in range(maps)]
    for verdict in verdicts(setting, results):
        bound = verdict.limit.bound
        spare = 3 * np.sqrt(bound * (1 - bound) / maps) if verdict.statistic.startswith("any") else 0.0
        assert verdict.met or (verdict.limit.side == "<=" and verdict.value <= bound + spare), verdict


def seen(cell: int, source: str, times: int, category: str = "litter", **more: object) -> list[dict[str, object]]:
    when = datetime(2026, 11, 2, 4, tzinfo=UTC)
    row = {"cell": cell, "source": source, "category": category, "reported_at": when, **more}
    return [dict(row) for _ in range(times)]


def test_the_expected_finds_are_those_of_the_same_mix_of_categories() -> None:
    """Residents call about noise everywhere: a place of nothing else is not unpatrolled."""
    rows = [
        *seen(TOWN[0], "patrol", 60, community=["a"]),
        *seen(TOWN[0], "resident", 40, community=["a"]),
        *seen(TOWN[1], "resident", 80, "noise", community=["b"]),
        *seen(TOWN[2], "resident", 80, "noise", community=["c"]),
        *seen(TOWN[2], "resident", 30, community=["c"]),
    ]
    areas = pl.DataFrame({"area_id": ["a", "b", "c"], "kind": "community"})
    found = witness.judge_areas(cube_of(rows), areas, SPAN, Slice()).sort("area_id")
    assert found["expected"].to_list() == pytest.approx([100 * 60 / 130, 0.0, 30 * 60 / 130])
    assert found["p_value"].is_null().to_list() == [False, True, False]
    assert found["blind"].to_list() == [False, False, True]


def test_other_sources_are_left_out() -> None:
    rows = [*seen(TOWN[0], "patrol", 30), *seen(TOWN[0], "resident", 30), *seen(TOWN[0], "other", 500)]
    table = witness.seen_by(cube_of(rows), SPAN, Slice(sources=("other",)))
    assert table["incidents"].max() == 60
    assert (table["side"] == "").all()


def test_where_only_residents_report_no_cell_has_a_side() -> None:
    table = witness.seen_by(cube_of(seen(TOWN[0], "resident", 300)), SPAN, Slice())
    assert table["p_value"].null_count() == len(TOWN)
    assert (table["expected"] == 0).all()


def test_the_two_tails_mirror_each_other() -> None:
    """What is few for patrols is many for residents: the same numbers with the sides changed."""
    resident, patrol, expected = np.array([40.0]), np.array([10.0]), np.array([25.0])
    spread = Inflation(1.5, 0.0, 4)
    one = witness.tails(resident, patrol, expected, spread)
    other = witness.tails(patrol, resident, resident + patrol - expected, spread)
    assert one.few == pytest.approx(other.many)
    assert one.many == pytest.approx(other.few)
