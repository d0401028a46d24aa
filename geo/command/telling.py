"""How a verb speaks: progress and notes on standard error, the result on standard output."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from geo.words import say

if TYPE_CHECKING:  # the files take their time, help does not
    from geo import material


def say_aside(text: str) -> None:
    """Write a line to standard error."""
    print(text, file=sys.stderr)


def print_object(summary: Mapping[str, Any], started: float) -> None:
    """Write one JSON object, with the seconds since `started`, to standard output."""
    whole = {**summary, "seconds": round(time.perf_counter() - started, 2)}
    print(json.dumps(whole, ensure_ascii=False, default=str))


@contextmanager
def progress(lang: str) -> Iterator[material.Progress]:
    """Show steps on standard error: a bar on a terminal, a line per step elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda step, share: say_aside(say(step, lang))
        return
    with Progress(
        TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=console, transient=True
    ) as bar:
        task = bar.add_task("", total=1.0)
        yield lambda step, share: bar.update(task, description=say(step, lang), completed=share)
