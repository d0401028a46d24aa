"""Work orders read back after the units filled them in: what they say, what is wrong with it, where they disagree.

Nothing is applied here; `confirm` writes down what somebody decided.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from geo import tables
from geo.errors import RefusedQuestion
from geo.export.order_answers import Answer
from geo.export.order_progress import PROGRESS, read_progress, write_progress
from geo.export.order_reading import read_book
from geo.export.order_weighing import weigh

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


@dataclass(frozen=True)
class Returned:
    """What came back. Nothing of it holds before `confirm`."""

    changes: pl.DataFrame  # CHANGES: clear answers that say something new, by target
    conflicts: pl.DataFrame  # CONFLICTS: by target, every answer that disagrees, also the one `accepted` earlier
    faults: pl.DataFrame  # FILE_FAULTS: rows that cannot be taken, or whole files (row null, their reason said already)
    warnings: pl.DataFrame  # FILE_FAULTS: what is missing or odd, and takes nothing away
    answers: int  # rows without a fault that hold an answer
    unchanged: int  # of these, those that say what was accepted, decided on or said already
    today: date
    progress: pl.DataFrame  # PROGRESS as it was


def read_back(
    paths: Sequence[str | Path],
    sent: pl.DataFrame,
    *,
    today: date,
    progress: str | Path | None = None,
    lang: str = "en",
) -> Returned:
    """Return what filled-in workbooks say of the problems `sent` (`WorkOrders.problems`, or `read_sent`).

    A row with a fault is not taken at all. An answer that contradicts another file's, or one accepted earlier, is a
    conflict and not a change; what follows "not yet", or adds to what was said, contradicts nothing. A conflict that
    was decided on is none any more (`weigh`). `today`: the last day on which something can have been rectified.
    `progress`: the file of the answers decided on so far. `lang`: in which it is said why a file cannot be read.

    Raises UnreadableFile where `progress` is not such a file; a workbook that cannot be read is a fault.
    """
    earlier = read_progress(progress) if progress else tables.empty(PROGRESS)
    known = {row["target_id"]: row for row in sent.iter_rows(named=True)}
    answers: list[Answer] = []
    faults: list[tuple[Any, ...]] = []
    warnings: list[tuple[Any, ...]] = []
    for path, name in zip(map(Path, paths), _file_names(paths), strict=True):
        book = read_book(path, name, known, today, lang)
        answers += book.answers
        faults += book.faults
        warnings += book.warnings
    weighed = weigh(answers, earlier)
    changes = [answer.as_change(held.state if held else None) for answer, held in weighed.changes]
    conflicts = [
        (*one.as_change(held.state if held else None), one is held)
        for new, held in weighed.conflicts
        for one in (*new, *([held] if held else []))
    ]
    return Returned(
        changes=pl.DataFrame(changes, schema=CHANGES, orient="row").sort("target_id"),
        conflicts=pl.DataFrame(conflicts, schema=CONFLICTS, orient="row").sort("target_id", "accepted", "file", "row"),
        faults=pl.DataFrame(faults, schema=FILE_FAULTS, orient="row"),
        warnings=pl.DataFrame(warnings, schema=FILE_FAULTS, orient="row"),
        answers=len(answers),
        unchanged=weighed.unchanged,
        today=today,
        progress=earlier,
    )


def confirm(
    returned: Returned,
    progress: str | Path,
    *,
    accept: Collection[tuple[str, int]] | None = None,
    keep: Collection[str] = (),
) -> pl.DataFrame:
    """Write down what was decided and return PROGRESS as it then is; what was accepted earlier stays as it was.

    `accept`: file and row of each answer; all changes and no conflict unless given. Of a conflict, one answer may be
    accepted. `keep`: target_ids of conflicts in which the answer accepted earlier holds. The other answers of a
    conflict that is decided are written down as not accepted, so that they are not asked about again.

    Raises RefusedQuestion where a row is no answer, two say something of one problem, nothing was accepted that could
    be kept, or others were accepted since the workbooks were read; BadList where the file cannot be written.
    """
    if not read_progress(progress).equals(returned.progress):
        raise RefusedQuestion(
            "Other answers were accepted since these workbooks were read. Read them again, so that nothing is lost."
        )
    disagreeing = returned.conflicts.filter(~pl.col("accepted")).drop("accepted")
    offered = pl.concat([returned.changes, disagreeing])
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
    kept = sorted(set(keep))
    if nothing := set(kept) - set(returned.conflicts.filter("accepted")["target_id"]):
        raise RefusedQuestion(
            "Of problem {target} no answer was accepted that another contradicts, so there is none to keep.",
            target=min(nothing),
        )
    decided = pl.Series("target_id", [*chosen["target_id"], *kept], dtype=pl.String)
    if decided.is_duplicated().any():
        raise RefusedQuestion(
            "Of problem {target} two answers are accepted. Accept one.",
            target=decided.filter(decided.is_duplicated())[0],
        )
    left = disagreeing.filter(pl.col("target_id").is_in(decided.to_list())).join(chosen, on=["file", "row"], how="anti")
    added = pl.concat(
        rows.rename({"after": "state"}).with_columns(accepted_on=pl.lit(day, dtype=pl.Date)).select(list(PROGRESS))
        for rows, day in ((left, None), (chosen, returned.today))
    )
    after = pl.concat([returned.progress, added])
    if added.height:
        write_progress(after, Path(progress))
    return after


def _file_names(paths: Sequence[str | Path]) -> list[str]:
    """Return what each file is called: its name, with its folder where two share it."""
    names = [Path(path).name for path in paths]
    return [str(path) if names.count(name) > 1 else name for path, name in zip(paths, names, strict=True)]
