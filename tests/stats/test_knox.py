"""Knox: what R prints for published cases, brute force on small sets, and no repeats where days are dealt at random."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import h3
import numpy as np
import polars as pl
import pytest

from geo.errors import RefusedQuestion
from geo.grid.cells import point_to_cell
from geo.stats import knox as module
from geo.stats.knox import knox, near_repeats, pairs_in_rings, pairs_within


@pytest.mark.parametrize(("kind", "pairs", "expected"), [("B", 204, 181.5686), ("C", 69, 47.8707)])
def test_meningococcal_cases_as_r_has_them(shared: Path, kind: str, pairs: int, expected: float) -> None:
    events = pl.read_csv(shared / "reference/r_reference/imdepi_events.csv").filter(pl.col("type") == kind)
    near = pairs_within(events["x"].to_numpy(), events["y"].to_numpy(), [50.0])
    observed, by_chance = knox(near, events["time"].to_numpy(), [30.0])
    assert observed[0, 0] == pairs
    assert by_chance[0, 0] == pytest.approx(expected, abs=1e-4)


def test_every_pair_is_counted_once_in_its_class() -> None:
    random = np.random.default_rng(2)
    x, y, days = random.uniform(0, 100, (3, 80))
    observed, _ = knox(pairs_within(x, y, [10.0, 25.0]), days, [7.0, 30.0], 2)
    away, apart = np.hypot(x[:, None] - x, y[:, None] - y), np.abs(days[:, None] - days)
    upper = np.triu(np.ones((80, 80), bool), 1)
    brute = [
        [(upper & (away > a) & (away <= b) & (apart > c) & (apart <= d)).sum() for c, d in ((-1, 7), (7, 30))]
        for a, b in ((-1, 10), (10, 25))
    ]
    assert observed.tolist() == brute


def test_pairs_in_rings_are_all_pairs_of_a_kind_within_two_cells() -> None:
    random = np.random.default_rng(3)
    cells = module.point_to_cell(30 + random.uniform(0, 0.01, 120), 104 + random.uniform(0, 0.01, 120), 10)
    kind = random.integers(0, 2, 120)
    one, other, near = pairs_in_rings(cells, kind)
    names = [h3.int_to_str(int(cell)) for cell in cells]
    brute = {
        (i, j): h3.grid_distance(names[i], names[j])
        for i in range(120)
        for j in range(i + 1, 120)
        if kind[i] == kind[j] and h3.grid_distance(names[i], names[j]) <= 2
    }
    assert dict(zip(zip(one.tolist(), other.tolist(), strict=True), near.tolist(), strict=True)) == brute


def scattered(seed: int, repeats: int = 0) -> pl.DataFrame:
    """Return 1,500 incidents of a town over a year, and so many that follow another at its place within a week."""
    random = np.random.default_rng(seed)
    lat, lon = 30 + random.uniform(0, 0.03, 1_500), 104 + random.uniform(0, 0.03, 1_500)
    day = random.integers(0, 365, 1_500)
    again = random.choice(1_500, repeats, replace=False)
    lat, lon = np.r_[lat, lat[again]], np.r_[lon, lon[again]]
    day = np.r_[day, day[again] + random.integers(1, 7, repeats)]
    return pl.DataFrame(
        {
            "incident_id": [str(number) for number in range(len(lat))],
            "category": "litter",
            "lat": lat,
            "lon": lon,
            "day": [date(2025, 1, 1) + timedelta(days=int(one)) for one in day],
        }
    )


def test_planted_repeats_stand_out_and_the_rest_does_not() -> None:
    table = near_repeats(scattered(4, repeats=100), replicates=99)
    first = table.row(0, named=True)
    assert (first["near"], first["days"], first["p_value"]) == ("same", "0-7", 0.01)
    assert first["ratio"] > 1.3
    assert table.filter(pl.col("near") == "ring 2")["p_value"].min() > 0.02


def test_days_dealt_at_random_repeat_nothing_and_order_says_nothing() -> None:
    rows = scattered(6)
    table = near_repeats(rows, replicates=99)
    assert table["ratio"].is_between(0.75, 1.3).all()
    assert near_repeats(rows.sample(fraction=1, shuffle=True, seed=1), replicates=99).equals(table)


def test_pairs_are_counted_before_they_are_held(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(2)
    cells = point_to_cell(30 + random.random(400) * 0.01, 104 + random.random(400) * 0.01, 10)
    kind = random.integers(0, 2, 400)
    found = len(pairs_in_rings(cells, kind)[0])
    monkeypatch.setattr(module, "MOST_PAIRS", found)
    assert len(pairs_in_rings(cells, kind)[0]) == found
    monkeypatch.setattr(module, "MOST_PAIRS", found - 1)
    with pytest.raises(RefusedQuestion, match=f"{found:,} pairs"):
        pairs_in_rings(cells, kind)


def test_too_many_pairs_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_PAIRS", 10)
    with pytest.raises(RefusedQuestion, match="too many"):
        pairs_within(np.zeros(9), np.zeros(9), [1.0])
