"""Ranks that know how unsure they are: intervals, the chance to be among the first, and tiers instead of places."""

from __future__ import annotations

import os
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from geo.planning.forecast import Floats
from geo.stats.threads import on_every_core

DRAWS = 2000
LEVEL = 0.9
SURE, LIKELY = 0.95, 0.8
"""Chances from which on an area is of tier A, and of tier B: METHODS 5."""
MOST_TOP = 20
_BLOCK = 250  # draws ranked at a time


class Ranks(NamedTuple):
    """Bounds of every area's rank, 1 for the worst, and its chance to be among the first so many."""

    low: NDArray[np.int64]
    high: NDArray[np.int64]
    p_top: Floats


def first_fifth(areas: int) -> int:
    """Return how many areas a list begins with, unless asked otherwise.

    >>> first_fifth(77), first_fifth(3), first_fifth(3000)
    (15, 1, 20)
    """
    return min(MOST_TOP, max(1, areas // 5))


def order_of(score: Floats) -> NDArray[np.int64]:
    """Return the rank of every area, 1 for the highest score; equal scores keep their order.

    >>> order_of(np.array([1.0, 3.0, 1.0]))
    array([2, 1, 3])
    """
    rank = np.empty(len(score), np.int64)
    rank[np.argsort(-score, kind="stable")] = np.arange(1, len(score) + 1)
    return rank


def rank_draws(scores: NDArray[np.float32], top: int, *, level: float = LEVEL) -> Ranks:
    """Return what draws of the scores (areas, draws) say of the ranks.

    Every draw is ranked by itself (Laird and Louis 1989, Journal of Educational Statistics 14, 29-46,
    doi:10.3102/10769986014001029); the bounds are the quantiles of an area's ranks, whole ranks that hold at least
    `level` of them. Areas that can hardly be told apart so get wide and overlapping bounds, as they should.

    >>> draws = np.array([[9, 9, 9, 9], [1, 2, 1, 2], [2, 1, 2, 1]], np.float32)
    >>> ranks = rank_draws(draws, 1)
    >>> ranks.low, ranks.high, ranks.p_top
    (array([1, 2, 2]), array([1, 3, 3]), array([1., 0., 0.]))
    """
    areas, number = scores.shape
    ranks = np.empty((areas, number), np.int32)

    def rank(start: int) -> None:
        block = np.ascontiguousarray(-scores[:, start : start + _BLOCK].T)
        found = np.empty(block.shape, np.int32)
        np.put_along_axis(found, block.argsort(1), np.arange(1, areas + 1, dtype=np.int32)[None, :], 1)
        ranks[:, start : start + _BLOCK] = found.T

    on_every_core(rank, range(0, number, _BLOCK))
    beyond = int((1 - level) / 2 * number)  # draws left out on either side
    low, high = np.empty(areas, np.int64), np.empty(areas, np.int64)
    p_top = np.empty(areas)
    step = -(-areas // (os.cpu_count() or 1)) or 1

    def bound(start: int) -> None:
        own = slice(start, start + step)
        p_top[own] = (ranks[own] <= top).mean(1)
        ends = np.partition(ranks[own], [beyond, number - 1 - beyond], axis=1)
        low[own], high[own] = ends[:, beyond], ends[:, number - 1 - beyond]

    on_every_core(bound, range(0, areas, step))
    return Ranks(low, high, p_top)


def share_ties(ranks: Ranks, score: Floats) -> Ranks:
    """Return the same for areas of one score: the widest bounds and the mean chance of them.

    Their order among each other is that of their ids and means nothing.

    >>> ranks = share_ties(Ranks(*np.array([[1, 2, 3], [1, 2, 3]]), np.array([1.0, 1.0, 0.0])), np.array([9.0, 0, 0]))
    >>> ranks.low, ranks.high, ranks.p_top
    (array([1, 2, 2]), array([1, 3, 3]), array([1. , 0.5, 0.5]))
    """
    scores, at = np.unique(score, return_inverse=True)
    low, high = np.full(len(scores), len(score), np.int64), np.zeros(len(scores), np.int64)
    np.minimum.at(low, at, ranks.low)
    np.maximum.at(high, at, ranks.high)
    chance = np.bincount(at, ranks.p_top, len(scores)) / np.bincount(at, minlength=len(scores))
    return Ranks(low[at], high[at], chance[at])


def tiers_of(p_top: Floats, score: Floats, rank: NDArray[np.int64]) -> NDArray[np.str_]:
    """Return the tier of every area by its chance to exceed the limit, never better than that of an area above it.

    METHODS 5: P(theta > c) of 0.95 and more is tier A, of 0.8 and more B. The limit c is the score of the area with
    which the first so many end, and is as unknown as the score of any other: the chance to exceed it is `p_top`, so
    that tier, chance and interval of the rank cannot contradict each other. One limit in each area's own terms, such as
    1.5 times what it should hold, would put small areas with little to put right before large ones, against the ranking
    by incidents; and by 0, what its kind holds, half of a busy city would be tier A. Without a score above 0 no area is
    A or B, however few lie above it.

    Areas of unequal size can rank by expected incidents in one order and by sureness in another. The chances are
    therefore made to fall along the ranking by pooling neighbours that stand the wrong way round (Barlow, Bartholomew,
    Bremner and Brunk 1972, Statistical Inference under Order Restrictions): the mean chance of a pool stays what it
    was, so that of tier A still at least 95 % belong there, as far as the chances are true.

    >>> chance, score = np.array([0.99, 0.97, 0.85, 0.3]), np.array([9.0, 4.0, 6.0, 1.0])
    >>> tiers_of(chance, score, order_of(score))
    array(['A', 'B', 'B', 'C'], dtype='<U1')
    """
    if not len(p_top):
        return np.zeros(0, "<U1")
    order = np.argsort(rank)
    pooled = np.empty(len(p_top))
    pooled[order] = optimize.isotonic_regression(p_top[order], increasing=False).x
    pooled = np.where(score > 0, pooled.round(12), 0.0)  # a pool of equal chances is its chance, not a hair below it
    return np.where(pooled >= SURE, "A", np.where(pooled >= LIKELY, "B", "C"))
