"""How long a ranking of 3,000 areas with 2,000 draws takes, beside pandas: `python -m benchmarks.rank_speed`."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.stamp import commit
from geo.planning.forecast import forecast_rates
from geo.planning.ranks import DRAWS, LEVEL, first_fifth, rank_draws

AREAS, WEEKS = 3_000, 104
BAR_SECONDS = 2.0
ROUNDS = 5


def drawn() -> Any:
    """Draw the incidents of 3,000 areas, and return 2,000 draws of their rates."""
    rng = np.random.default_rng(1)
    counts = rng.poisson(rng.lognormal(0, 0.8, (AREAS, 1)), (AREAS, WEEKS))
    return forecast_rates(counts).draws(DRAWS, rng)


def plain(draws: Any) -> tuple[Any, Any, Any]:
    """Return the same by pandas: ranks down the columns, quantiles across them."""
    ranks = pd.DataFrame(-draws).rank(method="first")
    tail = (1 - LEVEL) / 2
    bounds = ranks.quantile([tail, 1 - tail], axis=1)
    return bounds.iloc[0], bounds.iloc[1], (ranks <= first_fifth(AREAS)).mean(axis=1)


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def rank_lines() -> list[str]:
    """Return the Markdown lines of the section."""
    draws = drawn()
    found, theirs = rank_draws(draws, first_fifth(AREAS)), plain(draws)
    away = float(np.abs(found.low - theirs[0]).max()), float(np.abs(found.p_top - theirs[2]).max())
    ours = statistics.median(seconds(lambda: rank_draws(drawn(), first_fifth(AREAS))) for _ in range(ROUNDS))
    both = [
        (seconds(lambda: rank_draws(draws, first_fifth(AREAS))), seconds(lambda: plain(draws))) for _ in range(ROUNDS)
    ]
    ratio = statistics.median(other / own for own, other in both)
    return [
        f"{AREAS:,} areas x {DRAWS:,} posterior draws, {WEEKS} weeks of counts, warm, {os.cpu_count()} cores, median "
        f"of {ROUNDS}: forecast, draws, ranks, intervals and chances in {ours:.2f} s; bar {BAR_SECONDS:.0f} s: "
        f"{'met' if ours <= BAR_SECONDS else '**missed**'}. Ranks and intervals beside pandas (`rank`, `quantile`), "
        f"in one process, in turn, on the same draws: ratio **{ratio:.1f}**; bounds differ by at most {away[0]:.1f} "
        f"ranks (whole ranks here, interpolated there), chances by {away[1]:.0e}. Commit {commit()}.",
    ]


if __name__ == "__main__":
    print("\n".join(rank_lines()))
