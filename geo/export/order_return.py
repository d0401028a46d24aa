"""Work orders read back after the units filled them in: what they say, what is wrong with it, where they disagree.

Nothing is applied here; `confirm` writes down what somebody accepted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from geo import tables
from geo.errors import RefusedQuestion, UnreadableFile
from geo.export.order_answers import RETURN_REASONS, RETURN_WARNING_REASONS, Answer, read_row
from geo.export.order_cells import SheetCells, read_sheet
from geo.export.order_columns import FILLED, NOT_YET, SENT, SHEETS_SENTENCES
from geo.export.order_progress import PROGRESS, latest, read_progress, write_progress
from geo.words import LANGUAGES, say

FILE_FAULTS = {"file": pl.String, **tables.FAULTS}
CHANGES: dict[str, Any] = {
    "target_id": pl.String,
    "order_id": pl.String,
    "before": pl.String,  # state of the last answer accepted, null where there was none
    "after": pl.String,  # one of order_columns.STATE_SENTENCES
    "day": pl.Date,  # on which it was rectified
    "by_unit": pl.String,
    "note": pl.String,
    "photo": pl.String,
    "file": pl.String,
    "row": pl.Int64,  # as a spreadsheet shows it
}
CONFLICTS: dict[str, Any] = {**CHANGES, "accepted": pl.Boolean}
_HEADER_WITHIN = 10  # rows
_ARCHIVE = b"PK"  # what every .xlsx begins with


@dataclass(frozen=True)
class Returned:
    """What came back. Nothing of it holds before `confirm`."""

    changes: pl.DataFrame  # CHANGES: clear answers that say something new, by target
    conflicts: pl.DataFrame  # CONFLICTS: by target, every answer that disagrees, also the one `accepted` earlier
    faults: pl.DataFrame  # FILE_FAULTS: rows (or whole files, row null) that cannot be taken
    warnings: pl.DataFrame  # FILE_FAULTS: what is missing or odd, and takes nothing away
    answers: int  # rows without a fault that hold an answer
    unchanged: int  # of these, those that say what was accepted or said already
    today: date
    progress: pl.DataFrame  # PROGRESS as it was


def read_back(
    paths: Sequence[str | Path], sent: pl.DataFrame, *, today: date, progress: str | Path | None = None
) -> Returned:
    """Return what filled-in workbooks say of the problems `sent` (`WorkOrders.problems`, or `read_sent`).

    A row with a fault is not taken at all. An answer that differs from another file's, or from one accepted earlier,
    is a conflict and not a change; after "not yet" any answer is new, and no conflict. `today`: the last day on which
    something can have been rectified. `progress`: the file of the answers accepted so far.

    Raises UnreadableFile where `progress` is not such a file; a workbook that cannot be read is a fault.
    """
    earlier = read_progress(progress) if progress else tables.empty(PROGRESS)
    known = {row["target_id"]: row for row in sent.iter_rows(named=True)}
    answers: list[Answer] = []
    faults: list[tuple[Any, ...]] = []
    warnings: list[tuple[Any, ...]] = []
    for path, name in zip(map(Path, paths), _file_names(paths), strict=True):
        book = _read_book(path, name, known, today)
        answers += book.answers
        faults += book.faults
        warnings += book.warnings
    changes, conflicts, unchanged = _weigh(answers, {row["target_id"]: row for row in latest(earlier).to_dicts()})
    return Returned(
        changes=pl.DataFrame(changes, schema=CHANGES, orient="row").sort("target_id"),
        conflicts=pl.DataFrame(conflicts, schema=CONFLICTS, orient="row").sort("target_id", "accepted", "file", "row"),
        faults=pl.DataFrame(faults, schema=FILE_FAULTS, orient="row"),
        warnings=pl.DataFrame(warnings, schema=FILE_FAULTS, orient="row"),
        answers=len(answers),
        unchanged=unchanged,
        today=today,
        progress=earlier,
    )


def confirm(
    returned: Returned, progress: str | Path, *, accept: Collection[tuple[str, int]] | None = None
) -> pl.DataFrame:
    """Write down the answers accepted and return PROGRESS as it then is; what was accepted earlier stays as it was.

    `accept`: file and row of each; all changes and no conflict unless given. Of a conflict, one answer may be accepted.

    Raises RefusedQuestion where a row is no answer, two say something of one problem, or others were accepted since the
    workbooks were read; BadList where the file cannot be written.
    """
    if not read_progress(progress).equals(returned.progress):
        raise RefusedQuestion(
            "Other answers were accepted since these workbooks were read. Read them again, so that nothing is lost."
        )
    offered = pl.concat([returned.changes, returned.conflicts.filter(~pl.col("accepted")).drop("accepted")])
    if accept is None:
        chosen = returned.changes
    else:
        wanted = pl.DataFrame(sorted(set(accept)), schema={"file": pl.String, "row": pl.Int64}, orient="row")
        strange = wanted.join(offered, on=["file", "row"], how="anti")
        if strange.height:
            raise RefusedQuestion(
                "Row {row} of {file} is no answer that can be accepted.", row=strange["row"][0], file=strange["file"][0]
            )
        chosen = offered.join(wanted, on=["file", "row"], how="semi")
    if twice := chosen.filter(pl.col("target_id").is_duplicated())["target_id"].to_list():
        raise RefusedQuestion("Of problem {target} two answers are accepted. Accept one.", target=twice[0])
    added = chosen.rename({"after": "state"}).with_columns(accepted_on=pl.lit(returned.today)).select(list(PROGRESS))
    after = pl.concat([returned.progress, added])
    if added.height:
        write_progress(after, Path(progress))
    return after


@dataclass(frozen=True)
class _Book:
    answers: list[Answer]
    faults: list[tuple[Any, ...]]
    warnings: list[tuple[Any, ...]]


def _read_book(path: Path, name: str, known: dict[str, dict[str, Any]], today: date) -> _Book:
    """Return what one workbook says; every fault with its file."""
    book = _Book([], [], [])

    def fault(reason: str, *, row: int | None = None, column: str | None = None, value: str | None = None) -> None:
        book.faults.append((name, row, column, value, RETURN_REASONS[reason]))

    titles = {say(SHEETS_SENTENCES["problems"], lang) for lang in LANGUAGES}
    try:
        data = path.read_bytes()
        if not data.startswith(_ARCHIVE):
            fault("no_workbook")
            return book
        cells = read_sheet(data, name, titles)
    except OSError as error:
        fault("unreadable", value=error.strerror)
        return book
    except UnreadableFile as error:
        fault("unreadable", value=str(error))
        return book
    if cells is None:
        fault("no_sheet", value=" / ".join(sorted(titles)))
        return book
    for flag, reason in ((cells.hidden, "hidden"), (cells.linked, "linked")):
        if flag:
            book.warnings.append((name, None, None, None, RETURN_WARNING_REASONS[reason]))
    header, places, lang = _columns(cells)
    if lacking := [column.header(lang) for column in (*SENT, *FILLED) if column.name not in places]:
        for column in lacking:
            fault("no_column", row=header + 1, column=column)
        return book
    rows = [
        read_row(cells, at, places, lang, known, today)
        for at in range(header + 1, len(cells.rows))
        if any(cells.rows[at][place] for place in places.values() if place < len(cells.rows[at]))
    ]
    times: dict[str, int] = {}
    for row in rows:
        times[row.target_id] = times.get(row.target_id, 0) + 1
    for row in rows:
        found = list(row.faults)
        if row.target_id in known and times[row.target_id] > 1:
            found.append(("target_id", row.target_id, "twice"))
        for column, value, reason in found:
            fault(reason, row=row.row, column=_header(column, lang), value=value)
        if not found and row.state:
            book.answers.append(Answer.of(row, name, known[row.target_id]["order_id"]))
    orders = {known[target]["order_id"] for target in times if target in known}
    for target, one in known.items():
        if one["order_id"] in orders and target not in times:
            book.warnings.append((name, None, _header("target_id", lang), target, RETURN_WARNING_REASONS["missing"]))
    return book


def _columns(cells: SheetCells) -> tuple[int, dict[str, int], str]:
    """Return the row of the header, the place of each column, and the language of the workbook."""
    best: tuple[int, dict[str, int], str] = (0, {}, LANGUAGES[0])
    for lang in LANGUAGES:
        names = {column.header(lang): column.name for column in (*SENT, *FILLED)}
        for at, row in enumerate(cells.rows[:_HEADER_WITHIN]):
            places = {
                names[text.strip()]: place
                for place, text in reversed([*enumerate(row)])
                if text and text.strip() in names
            }
            if len(places) > len(best[1]):
                best = at, places, lang
    return best


def _header(name: str, lang: str) -> str:
    return next(column.header(lang) for column in (*SENT, *FILLED) if column.name == name)


def _weigh(
    answers: list[Answer], earlier: dict[str, dict[str, Any]]
) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]], int]:
    """Return rows of CHANGES and of CONFLICTS, and how many answers say nothing new."""
    changes: list[tuple[Any, ...]] = []
    conflicts: list[tuple[Any, ...]] = []
    unchanged = 0
    for target, said in _by_target(answers):
        before = earlier.get(target)
        different = list({answer.content: answer for answer in reversed(said)}.values())[::-1]
        told = Answer.accepted(before) if before else None
        new = [answer for answer in different if told is None or answer.content != told.content]
        unchanged += len(said) - len(new)
        state = before["state"] if before else None
        against = told is not None and told.state != NOT_YET
        if len(new) > 1 or len(different) > 1 or (new and against):
            conflicts += [(*answer.as_change(state), False) for answer in different]
            if told and against:
                conflicts.append((*told.as_change(state), True))
        else:
            changes += [answer.as_change(state) for answer in new]
    return changes, conflicts, unchanged


def _by_target(answers: list[Answer]) -> Iterator[tuple[str, list[Answer]]]:
    grouped: dict[str, list[Answer]] = {}
    for answer in answers:
        grouped.setdefault(answer.target_id, []).append(answer)
    yield from grouped.items()


def _file_names(paths: Sequence[str | Path]) -> list[str]:
    """Return what each file is called: its name, with its folder where two share it."""
    names = [Path(path).name for path in paths]
    return [str(path) if names.count(name) > 1 else name for path, name in zip(paths, names, strict=True)]
