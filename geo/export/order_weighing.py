"""Answers of units weighed: which say something new, and which contradict each other or one accepted earlier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from geo.export.order_answers import Answer
from geo.export.order_columns import NOT_YET
from geo.export.order_progress import latest


@dataclass(frozen=True)
class Weighed:
    """`changes`: an answer, and the one accepted before it; `conflicts`: those that disagree, and that one."""

    changes: list[tuple[Answer, Answer | None]]
    conflicts: list[tuple[list[Answer], Answer | None]]
    unchanged: int  # answers that say what was accepted, decided on or said already


def weigh(answers: Sequence[Answer], progress: pl.DataFrame) -> Weighed:
    """Return what answers say beside those decided on so far.

    An answer is nothing new where the one accepted says as much, or where its file said the same when it was decided
    on. It is a change where it is the first, follows "not yet", or only adds to the one accepted. Else it contradicts
    it; and so do two new answers unless one says all that the other does.
    """
    held = {row["target_id"]: Answer.accepted(row) for row in latest(progress).iter_rows(named=True)}
    decided = {(row["target_id"], row["file"]): Answer.accepted(row) for row in progress.iter_rows(named=True)}
    by_target: dict[str, list[Answer]] = {}
    for answer in answers:
        by_target.setdefault(answer.target_id, []).append(answer)
    changes: list[tuple[Answer, Answer | None]] = []
    conflicts: list[tuple[list[Answer], Answer | None]] = []
    unchanged = 0
    for target, said in by_target.items():
        holds = held.get(target)
        new = [one for one in said if not (_settled(one, decided) or (holds and holds.covers(one)))]
        best = next((one for one in new if all(one.covers(other) for other in new)), None)
        if best and (holds is None or holds.state == NOT_YET or best.covers(holds)):
            changes.append((best, holds))
            unchanged += len(said) - 1
            continue
        if new:
            conflicts.append((new, holds))
        unchanged += len(said) - len(new)
    return Weighed(changes, conflicts, unchanged)


def _settled(answer: Answer, decided: dict[tuple[str, str], Answer]) -> bool:
    """Return whether this is what the file said of the problem when it was last decided on."""
    before = decided.get((answer.target_id, answer.file))
    return before is not None and before.content == answer.content
