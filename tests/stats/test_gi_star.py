"""Gi* is R's and esda's; it never decides anything, so it had better be exactly what others show."""

from __future__ import annotations

import csv
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from esda.getisord import G_Local
from hypothesis import given, settings
from hypothesis import strategies as st
from libpysal.weights import W, fill_diagonal

from geo.stats.gi_star import gi, gi_star
from tests.stats.hexagons import hexagons

TOWN = hexagons(3)
COUNTS = st.lists(st.integers(0, 40), min_size=len(TOWN), max_size=len(TOWN)).map(lambda c: np.array(c, dtype=float))


def test_r_reference(shared: Path) -> None:
    """R6: spdep's localG on 256 cells, binary weights within 30 units."""
    rows = list(csv.DictReader((shared / "reference/r_reference/getisord_full_d30.csv").open()))
    x, y, value = (np.array([float(r[name]) for r in rows]) for name in ("x", "y", "val"))
    near = np.hypot(x[:, None] - x, y[:, None] - y) <= 30
    np.fill_diagonal(near, False)
    table = np.full((len(rows), near.sum(axis=1).max()), -1, dtype=np.int32)
    for i, others in enumerate(near):
        table[i, : others.sum()] = np.flatnonzero(others)
    np.testing.assert_allclose(gi_star(value, table), [float(r["Gstar_d30"]) for r in rows], rtol=1e-9)
    np.testing.assert_allclose(gi(value, table), [float(r["G_d30"]) for r in rows], rtol=1e-9)


@pytest.mark.parametrize(("star", "score"), [(False, gi), (True, gi_star)])
def test_esda_agrees(star: bool, score: Callable[..., np.ndarray]) -> None:
    counts = np.random.default_rng(3).poisson(4, len(TOWN)).astype(float)
    weights = W({i: [j for j in row.tolist() if j >= 0] for i, row in enumerate(TOWN)}, silence_warnings=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # esda divides by zero on its way to a p-value we do not use
        weights = fill_diagonal(weights, 1.0) if star else weights
        oracle = G_Local(counts, weights, transform="B", star=star, permutations=0)
    np.testing.assert_allclose(score(counts, TOWN), oracle.Zs, rtol=1e-9)


@settings(max_examples=40, deadline=None)
@given(counts=COUNTS, times=st.integers(2, 1000))
def test_a_city_ten_times_busier_has_the_same_score(counts: np.ndarray, times: int) -> None:
    np.testing.assert_allclose(gi_star(times * counts, TOWN), gi_star(counts, TOWN), rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("counts", [np.zeros(37), np.full(37, 5.0)])
def test_where_all_is_equal_there_is_no_score(counts: np.ndarray) -> None:
    assert np.isnan(gi_star(counts, TOWN)).all()


def test_where_the_disk_is_the_whole_town_there_is_no_score() -> None:
    score = gi_star([9, 1, 1, 1, 1, 1, 1], hexagons(1))
    assert np.isnan(score[0])
    assert np.isfinite(score[1:]).all()


def test_no_cell_and_one_cell() -> None:
    assert gi_star([], TOWN[:0]).shape == (0,)
    assert np.isnan(gi_star([4.0], np.full((1, 6), -1))).all()
