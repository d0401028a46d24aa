"""Work on every core: the order and the faults of plain work, and the same numbers for any number of sessions."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import geo
from geo.errors import RefusedQuestion
from geo.stats import hotspots
from geo.stats.results import HotspotTest, Series
from geo.stats.threads import on_every_core
from geo.stats.trend import mann_kendall
from tests.stats.hexagons import hexagons

NEIGHBOURS = hexagons(14)


def look(seed: int) -> tuple[HotspotTest, HotspotTest, np.ndarray]:
    """Ask about a town of its own: the kernels of tails, rings, likelihood and trends."""
    random = np.random.default_rng(seed)
    weeks = random.poisson(random.lognormal(0, 0.8, len(NEIGHBOURS))[:, None], (len(NEIGHBOURS), 65)).astype(float)
    series = Series(weeks[:, 52:].sum(axis=1), weeks[:, :52], 13, recent=weeks[:, 52:])
    city, past = hotspots.city_lens(series, NEIGHBOURS), hotspots.past_lens(series, NEIGHBOURS)
    return city, past, mann_kendall(weeks).p_value


def test_answers_keep_their_order() -> None:
    assert on_every_core(lambda x: x * x, range(50)) == [x * x for x in range(50)]
    assert on_every_core(abs, []) == []


def test_a_refusal_comes_through() -> None:
    def refuse(number: int) -> int:
        if number == 3:
            raise RefusedQuestion("There is no cell to look at.")
        return number

    with pytest.raises(RefusedQuestion):
        on_every_core(refuse, range(6))


def test_several_sessions_at_once_get_the_numbers_of_one() -> None:
    alone = [look(seed) for seed in range(6)]
    with ThreadPoolExecutor(4) as sessions:  # as the screen: each in a thread, each with threads of its own
        together = list(sessions.map(partial(on_every_core, look), [range(6)] * 4))
    for answers in together:
        for (city, past, trend), (same_city, same_past, same_trend) in zip(answers, alone, strict=True):
            assert np.array_equal(city.p_value, same_city.p_value)
            assert np.array_equal(past.q_value, same_past.q_value)
            assert np.array_equal(trend, same_trend)


def test_no_kernel_starts_threads_of_its_own() -> None:
    """Numba's own parallel loops end the process when two sessions enter them at once (its `workqueue` layer)."""
    sources = {path: path.read_text("utf-8") for path in Path(geo.__file__).parent.rglob("*.py")}
    assert [path for path, text in sources.items() if re.search(r"\bprange\b|parallel=True", text)] == []
    kernels = [path for path in sources if path.parent.name == "stats" and "@njit" in sources[path]]
    assert kernels
    assert all(sources[path].count("@njit(") == sources[path].count("nogil=True") for path in kernels)
