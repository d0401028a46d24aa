"""The same work for many categories on every core."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Given = TypeVar("Given")
Made = TypeVar("Made")


def on_every_core(work: Callable[[Given], Made], items: Iterable[Given]) -> list[Made]:
    """Return `work` of every item, in their order; the first exception is raised.

    Threads, not processes: nothing is copied, and numpy, polars and our kernels (`nogil`) let each other run. The
    kernels themselves stay on one core each: numba's own parallel loops must not be entered by two threads at once,
    and every session of the screen is a thread (https://numba.readthedocs.io/en/stable/user/threading-layer.html).

    >>> on_every_core(abs, [-1, 2, -3])
    [1, 2, 3]
    """
    waiting = list(items)
    workers = min(len(waiting), os.cpu_count() or 1)
    if workers < 2:
        return [work(item) for item in waiting]
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(work, waiting))
