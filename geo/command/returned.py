"""What units filled in, read back: changes, faults and conflicts are shown; nothing is taken that is not asked for."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo.command.options import Talk
from geo.command.telling import print_object
from geo.errors import RefusedQuestion
from geo.words import numbers, say

if TYPE_CHECKING:
    from geo.export.order_return import Returned

SENT_FILE = "orders.csv"
"""The problems as they were sent, in the folder of the work orders."""
PROGRESS_FILE = "progress.csv"
"""The answers decided on so far."""
_PROBLEM = re.compile(r"T-\w+")


def read_returned(
    paths: Sequence[Path], folder: Path, talk: Talk, *, today: date | None, take: bool, accept: Sequence[str]
) -> None:
    """Say what filled-in workbooks hold beside what was sent; write the answers down where `take`.

    `accept`: of each conflict, FILE:ROW of the answer that holds, or the number of the problem where the one accepted
    before does. `today`: the last day that may stand in them.

    Raises RefusedQuestion and UnreadableFile for what is no answer, or a folder without work orders.
    """
    from geo.export.order_progress import read_sent
    from geo.export.order_return import confirm, read_back

    started = time.perf_counter()
    keep = [text for text in accept if _PROBLEM.fullmatch(text)]
    rows = [_place(text) for text in accept if text not in keep]
    progress = folder / PROGRESS_FILE
    sent = read_sent(folder / SENT_FILE)
    returned = read_back(paths, sent, today=today or date.today(), progress=progress, lang=talk.lang)
    taken = 0
    if take:
        clear = [(file, row) for file, row in returned.changes.select("file", "row").iter_rows()]
        confirm(returned, progress, accept=[*clear, *rows], keep=keep)
        taken = len({*clear, *rows})
    if talk.as_json:
        tables = ("changes", "conflicts", "faults", "warnings")
        told: dict[str, Any] = {name: getattr(returned, name).to_dicts() for name in tables}
        print_object({"answers": returned.answers, "unchanged": returned.unchanged, **told, "taken": taken}, started)
    else:
        print("\n".join(_lines(returned, talk.lang)))
        print(_taken(returned, taken, take=take, lang=talk.lang))


def _lines(returned: Returned, lang: str) -> list[str]:
    """Return what came back, a line each: faults, conflicts, changes, and how many of each there are."""
    faults, warnings = (
        [_fault(row, lang) for row in table.to_dicts()] for table in (returned.faults, returned.warnings)
    )
    counted = say(
        "Answers: {answers}, {unchanged} of them known already; changes: {changes}, conflicts: {conflicts}, faults: "
        "{faults}.",
        lang,
        answers=f"{returned.answers:,}",
        unchanged=f"{returned.unchanged:,}",
        changes=f"{returned.changes.height:,}",
        conflicts=f"{returned.conflicts['target_id'].n_unique():,}",
        faults=f"{returned.faults.height:,}",
    )
    return [
        *(say("Fault: {text}", lang, text=text) for text in faults),
        *(say("Missing or odd: {text}", lang, text=text) for text in warnings),
        *(say("Conflict: {text}", lang, text=_answer(row, lang)) for row in returned.conflicts.to_dicts()),
        *(say("Change: {text}", lang, text=_answer(row, lang)) for row in returned.changes.to_dicts()),
        counted,
    ]


def _fault(row: dict[str, Any], lang: str) -> str:
    where = row["file"] if row["row"] is None else say("{file} row {row}", lang, file=row["file"], row=row["row"])
    named = "" if row["file"] in row["reason"] else where
    parts = [named, row["column"], row["value"] and f'"{row["value"]}"', say(row["reason"], lang)]
    return ": ".join(str(part) for part in parts if part)


def _answer(row: dict[str, Any], lang: str) -> str:
    from geo.export.order_columns import state_name

    before = state_name(row["before"], lang) if row["before"] else say("no answer", lang)
    day = row["day"] and numbers.day(row["day"], lang)
    photo = row["photo"] and say("photo {number}", lang, number=row["photo"])
    accepted = say("accepted before", lang) if row.get("accepted") else None
    where = say("{file} row {row}", lang, file=row["file"], row=row["row"])
    facts = [f"{before} → {state_name(row['after'], lang)}", day, row["by_unit"], row["note"], photo]
    facts += [accepted, where]
    return f"{row['target_id']}: {', '.join(str(fact) for fact in facts if fact)}"


def _taken(returned: Returned, taken: int, *, take: bool, lang: str) -> str:
    if take:
        return say("Accepted and written down: {taken}.", lang, taken=f"{taken:,}")
    if not (returned.changes.height or returned.conflicts.height):
        return say("They say nothing new: there is nothing to accept.", lang)
    return say("Nothing was taken. Repeat with --confirm to accept the changes.", lang)


def _place(text: str) -> tuple[str, int]:
    """Return file and row of `FILE:ROW`."""
    file, _, row = text.rpartition(":")
    if not (file and row.isdecimal()):
        raise RefusedQuestion(
            '--accept cannot be "{text}". Write the file and the row, for example North.xlsx:12, or the number of the '
            "problem where the answer accepted before holds.",
            text=text,
        )
    return file, int(row)
