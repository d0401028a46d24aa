"""What goes wrong in the city: the categories of `problems.toml`, GB/T 47678.5-2026 codes with rates and words."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SYSTEMS = ("12345", "patrol", "inspection")
SOURCES = ("resident", "patrol", "inspection")  # who saw it, in the order of SYSTEMS


@dataclass(frozen=True)
class Problem:
    """One category; the fields are explained at the top of `problems.toml`."""

    code: str
    name: str
    weekly: tuple[float, float, float]
    where: dict[str, float]
    season: tuple[float, int]
    hours: tuple[float, float]
    due: int
    days: float
    unit: str
    words: tuple[str, ...]


def _read() -> tuple[Problem, ...]:
    text = Path(__file__).with_name("problems.toml").read_text("utf-8")
    problems: list[dict[str, Any]] = tomllib.loads(text)["problem"]
    return tuple(Problem(**{key: _fixed(value) for key, value in problem.items()}) for problem in problems)


def _fixed(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


PROBLEMS = _read()
NUMBER = {problem.code: number for number, problem in enumerate(PROBLEMS)}

RISES = {
    "market": ("S09006", "S09001", "S06010", "S09005"),
    "site": ("S08004", "S08001", "S06014", "S06011"),
    "street": ("S09009", "S09010", "S09011", "S09005"),
    "estate": ("S06028", "S06036", "S06042", "S06010"),
}
"""What rises where something new goes wrong, by the kind of place."""

RELAPSING = ("S09006", "S09001", "S09005", "S06011", "S06036", "S07001", "S09009", "S08001", "S06029", "S06027")
"""What is put right today and back next week."""

RELAPSING_ASSETS = ("B01037", "B01002", "B04002")
"""Things with a number that are mended and break again."""

FLARING = ("B01037", "S06042", "S06011", "S09011")
"""What breaks out over some streets from one day to the next."""
