"""Chronic cells: hot in so many blocks of four weeks that chance has no part in it (METHODS 4(a)).

A block is hot where its own p-value is below .05, with no correction for many cells: what is rare is that one cell is
so again and again. Under chance the hot blocks of a cell are binomial, as blocks do not overlap.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import stats

from geo.grid.cells import cell_to_string
from geo.stats.multiplicity import adjust_judged
from geo.stats.results import Floats
from geo.stats.tails import negative_binomial_tail
from geo.stats.timeline import TimeLine
from geo.words import say

BLOCKS, LEAST_BLOCKS = 13, 6
"""A year of four-week blocks; with fewer than six there is not enough history."""
BLOCK_LEVEL = 0.05
LEAST_HOT = 5
"""Of 13 blocks: chance gives so many once in 3,000 cells."""
CHRONIC_LEVEL = 0.05  # of the chronic cells, at most so many by chance

COLUMNS: dict[str, Any] = {
    "cell": pl.String,
    "hot_blocks": pl.Int64,
    "blocks": pl.Int64,
    "p_value": pl.Float64,
    "q_value": pl.Float64,
    "chronic": pl.Boolean,
}
"""One row per cell of the universe. `p_value`: the chance of so many hot blocks or more; null for cells not judged."""


def chronic_cells(line: TimeLine, cells: NDArray[np.uint64]) -> pl.DataFrame:
    """Return how often each cell was hot in the last 13 blocks of `line`, and whether it is chronic; COLUMNS.

    `line`: a time line of four-week periods over `cells`, by the city's average or by people and streets. Chronic: hot
    in at least `least_hot` blocks, and beyond chance among all cells (Benjamini-Hochberg at .05 of the binomial tail).
    With fewer than LEAST_BLOCKS no cell is chronic.

    >>> from datetime import date
    >>> from geo.grid.example import small_cube
    >>> from geo.grid.windows import spans_back
    >>> from geo.stats.timeline import time_line
    >>> cube = small_cube()
    >>> chronic_cells(time_line(cube, spans_back(date(2026, 3, 15), 2)), cube.cells).row(0)[1:]
    (0, 2, 1.0, 1.0, False)
    """
    p_block = block_chances(line)[:, -BLOCKS:]
    blocks = p_block.shape[1]
    hot = (p_block < BLOCK_LEVEL).sum(axis=1)
    judged = line.tested
    p_value = np.where(judged, stats.binom.sf(hot - 1, blocks, BLOCK_LEVEL), np.nan)
    q_value = adjust_judged(p_value)
    chronic = judged & (q_value <= CHRONIC_LEVEL) & (hot >= least_hot(blocks)) & (blocks >= LEAST_BLOCKS)
    columns = [cell_to_string(cells), hot, np.full(len(hot), blocks), p_value, q_value, chronic]
    return pl.DataFrame(dict(zip(COLUMNS, columns, strict=True)), schema=COLUMNS).with_columns(
        pl.col("p_value", "q_value").fill_nan(None)
    )


def block_chances(line: TimeLine) -> Floats:
    """Return the chance of so many in the disk, or more, where delta times the expected is the mean; (cells, periods).

    METHODS 1.4, as the time line's own flags before their correction.
    """
    mean = line.expected * line.delta
    p_value = negative_binomial_tail(line.ring, mean, line.spread.variance(mean))
    return np.where(line.tested[:, None], p_value, 1.0)


def least_hot(blocks: int) -> int:
    """Return the hot blocks from which a cell can be chronic: as unlikely by chance as 5 of 13, at the least.

    >>> [least_hot(blocks) for blocks in (13, 12, 9, 6)]
    [5, 5, 5, 4]
    """
    rare = stats.binom.sf(LEAST_HOT - 1, BLOCKS, BLOCK_LEVEL)
    return next(hot for hot in range(1, blocks + 2) if stats.binom.sf(hot - 1, blocks, BLOCK_LEVEL) <= rare)


def chronic_words(hot: int, blocks: int, lang: str = "en") -> str:
    """Say how often a cell was hot beside what chance gives in nineteen cells of twenty or more.

    >>> chronic_words(7, 13), chronic_words(7, 13, "zh")
    ('hot in 7 of 13 blocks; chance gives 0-2', '13期中有7期为热点；纯属偶然只会有0至2期')
    >>> chronic_words(3, 5)
    'not enough history'
    """
    if blocks < LEAST_BLOCKS:
        return say("not enough history", lang)
    most = int(stats.binom.ppf(0.95, blocks, BLOCK_LEVEL))
    return say("hot in {hot} of {blocks} blocks; chance gives 0-{most}", lang, hot=hot, blocks=blocks, most=most)
