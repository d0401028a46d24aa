"""Who saw it: fair patrols leave no blind spot, and a place they do not enter is one."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import polars as pl
import pytest

from geo.grid.cube import Slice
from geo.grid.windows import Window
from geo.stats import witness
from geo.stats.share import Inflation
from tests.towns import TOWN, cube_of

SPAN = Window(date(2026, 10, 19), date(2026, 11, 15))


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


def test_an_estate_is_compared_with_estates() -> None:
    """Residents' reports are pinned to estates, patrols' never: as a kind they differ, one by one they do not."""
    rows = [
        *seen(TOWN[0], "patrol", 80, community=["a"]),
        *seen(TOWN[0], "resident", 20, community=["a"]),
        *(row for at in (1, 2) for row in seen(TOWN[at], "patrol", 10, community=["a"], estate=[f"e{at}"])),
        *(row for at in (1, 2) for row in seen(TOWN[at], "resident", 40, community=["a"], estate=[f"e{at}"])),
        *seen(TOWN[3], "resident", 300, estate=["e3"], community=["a"]),
    ]
    areas = pl.DataFrame({"area_id": ["a", "e1", "e2", "e3"], "kind": ["community", *["estate"] * 3]})
    found = witness.judge_areas(cube_of(rows), areas, SPAN, Slice()).sort("area_id")
    assert found["expected"].to_list() == pytest.approx([100, 2.5, 2.5, 15])
    assert found["at_city"].to_list() == pytest.approx([100, 10, 10, 60])
    assert found["blind"].to_list() == [False, False, False, True]
