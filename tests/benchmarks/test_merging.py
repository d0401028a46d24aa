"""Merging, piles and coarse points against the truth of the small demo city; docs/incidents.md has the large one."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from benchmarks.witnesses import Score, score, total, with_truth
from geo.intake.incidents import merge_duplicates
from geo.study import Study


@pytest.fixture(scope="module")
def merged(study: Study, demo: dict[str, Any]) -> pl.DataFrame:
    truth = demo["mapping"].parent / "truth" / "reports.csv"
    known = with_truth(study.material.merged, truth)
    assert known["problem"].null_count() == 0
    return known


def test_merging_finds_the_duplicates_and_little_else(merged: pl.DataFrame) -> None:
    found = score(merged)
    assert found.true > 500
    assert found.precision >= 0.95
    assert found.recall >= 0.85
    assert found.right / found.problems >= 0.98
    exact = score(merged.filter(pl.col("place") == "exact"))
    assert exact.recall >= 0.97


def test_piles_and_coarse_points_are_those_that_were_planted(merged: pl.DataFrame) -> None:
    """An estate with reports from fewer than six buildings cannot be told from a place: here those are most."""
    pile, coarse = merged.filter("pile")["place"], merged.filter("coarse")["place"]
    assert set(pile) == {"pile"}
    assert pile.len() == (merged["place"] == "pile").sum()
    assert (coarse == "coarse").mean() >= 0.99
    assert coarse.len() >= 50


def test_a_far_too_large_radius_is_seen_in_the_precision(merged: pl.DataFrame, study: Study) -> None:
    again = merge_duplicates(merged.drop("incident_id", "pile", "coarse"), areas=study.areas, metres=500.0)
    assert score(again).precision < score(merged).precision - 0.15


def test_pairs_and_problems_are_counted_as_defined() -> None:
    found = pl.DataFrame({"incident_id": list("aaabbcd"), "problem": [1, 1, 2, 2, 2, 3, 3]})
    assert score(found) == Score(put=4, true=5, both=2, right=0, problems=3)
    assert total([score(found), score(found)]) == Score(8, 10, 4, 0, 6)
