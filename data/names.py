"""The names of `names.toml`, and ways to give them out so that no two places share one."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

NAMES: dict[str, Any] = tomllib.loads(Path(__file__).with_name("names.toml").read_text("utf-8"))

DISTRICT: str = NAMES["district"]
ESTATES: dict[str, dict[str, Any]] = NAMES["estates"]


def shuffled(rng: np.random.Generator, names: Sequence[str]) -> list[str]:
    """Return the names in random order.

    >>> sorted(shuffled(np.random.default_rng(1), ["甲", "乙"])) == sorted(["甲", "乙"])
    True
    """
    return [names[k] for k in rng.permutation(len(names))]


def estate_names(rng: np.random.Generator, types: Sequence[str]) -> list[str]:
    """Return a different name for each estate, in the manner of its type.

    >>> names = estate_names(np.random.default_rng(1), ["老旧小区", "商品房"])
    >>> names[0].endswith(("小区", "新村", "宿舍", "大院"))
    True
    """
    free = {
        kind: shuffled(rng, [first + last for first in NAMES["estate_first"] for last in about["last"]])
        for kind, about in ESTATES.items()
    }
    return [free[kind].pop() for kind in types]
