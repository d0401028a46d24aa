"""One row of a work order that came back: is it the row that was sent, and is what was filled in possible?"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from geo.export.csv_text import neutral
from geo.export.order_cells import SheetCells, cell_name
from geo.export.order_columns import FILLED, MOST_CHARS, RECTIFIED, SENT, sent_value, state_of
from geo.export.print_text import one_line

RETURN_REASONS = {
    "no_sheet": "No sheet of this name: the problem list of the order is needed",
    "no_column": "This column is missing",
    "unknown_target": "No problem of these orders has this number",
    "twice": "The problem stands in several rows of the file",
    "edited": "Not what was sent: copy the row from the order again",
    "formula": "A formula: type its value instead",
    "unknown_state": "Not one of the answers of the list",
    "no_state": "Filled in, but without a result",
    "no_day": "Rectified, but without its day",
    "unneeded_day": "A day, but the result is not rectified",
    "unreadable_day": "There is no such day, or it is not written as 2026-11-20",
    "future_day": "A day that has not come yet",
    "early_day": "A day before the problem was reported",
    "too_long": "More than 300 characters",
}
"""Why a row is not taken, or a file that can be opened."""
RETURN_WARNING_REASONS = {
    "missing": "In the order, but not in the file",
    "hidden": "The sheet is hidden",
    "not_read": "This sheet was not read: only the problem list is; bring its answers into that of a copy of the file",
    "linked": "The workbook refers to other files; they were not opened",
}

_DAY = re.compile(r"(\d{4})(?:[-/.]|年)(\d{1,2})(?:[-/.]|月)(\d{1,2})日?")
_MIDNIGHT = re.compile(r"[ T]00:00(:00(\.0+)?)?$")
_COMPARED = tuple(column.name for column in SENT if column.name not in ("number", "target_id", "photo"))
_DEGREE = 2e-5  # 2 m: as many decimals as the sheet shows


class Row(NamedTuple):
    """What a row says; `faults` are (column, value, key of RETURN_REASONS), `state` "" where nothing was filled in."""

    row: int
    target_id: str
    state: str
    day: date | None
    by_unit: str | None
    note: str | None
    photo: str | None
    faults: list[tuple[str, str | None, str]]


@dataclass(frozen=True)
class Answer:
    """What a unit says of one problem, and where it stands."""

    target_id: str
    order_id: str
    state: str
    content: tuple[str, date | None, str | None, str | None, str | None]  # state, day, by_unit, note, photo
    file: str
    row: int

    @classmethod
    def of(cls, row: Row, file: str, order_id: str) -> Answer:
        content = (row.state, row.day, row.by_unit, row.note, row.photo)
        return cls(row.target_id, order_id, row.state, content, file, row.row)

    @classmethod
    def accepted(cls, row: dict[str, Any]) -> Answer:
        """Return a row of PROGRESS as the answer it was."""
        content = (row["state"], row["day"], row["by_unit"], row["note"], row["photo"])
        return cls(row["target_id"], row["order_id"], row["state"], content, row["file"], row["row"])

    def covers(self, other: Answer) -> bool:
        """Return whether this says all that `other` does: the same result and day, and each text that `other` has."""
        (state, day, *texts), (its_state, its_day, *its_texts) = self.content, other.content
        same = (its in (None, text) for text, its in zip(texts, its_texts, strict=True))
        return (state, day) == (its_state, its_day) and all(same)

    def as_change(self, before: str | None) -> tuple[Any, ...]:
        """Return a row of `order_return.CHANGES`."""
        return (self.target_id, self.order_id, before, *self.content, self.file, self.row)


def read_row(
    cells: SheetCells, at: int, places: dict[str, int], lang: str, known: dict[str, dict[str, Any]], today: date
) -> Row:
    """Return what row `at` (from 0) of a problem list says.

    `places`: the place of every column; `known`: the problems sent, by target_id.
    """
    values = {name: _value(cells.rows[at], place) for name, place in places.items()}
    faults: list[tuple[str, str | None, str]] = [
        (name, f"{cell_name(at, place)}: ={cells.formulas[at, place]}", "formula")
        for name, place in places.items()
        if (at, place) in cells.formulas
    ]
    target = values["target_id"] or ""
    sent = known.get(target)
    if sent is None:
        faults.append(("target_id", target or None, "unknown_target"))
    else:
        faults += [
            (name, values[name], "edited")
            for name in _COMPARED
            if (at, places[name]) not in cells.formulas and not _same(values[name], sent_value(sent, name, lang))
        ]
    texts = {name: values[name] for name in ("by_unit", "note", "after_photo")}
    faults += [(name, f"{text[:40]}…", "too_long") for name, text in texts.items() if text and len(text) > MOST_CHARS]
    state, day = _answer(values, sent, today, faults)
    by_unit, note, photo = (neutral(text) if text else None for text in texts.values())
    return Row(at + 1, target, state, day, by_unit, note, photo, faults)


def _answer(
    values: dict[str, str | None],
    sent: dict[str, Any] | None,
    today: date,
    faults: list[tuple[str, str | None, str]],
) -> tuple[str, date | None]:
    """Return the result and its day, and add what is wrong with them to `faults`."""
    written, when = values["state"], _MIDNIGHT.sub("", values["done_on"] or "") or None
    if not any(values[column.name] for column in FILLED):
        return "", None
    state = state_of(written) if written else None
    day = day_of(when) if when else None
    if not written:
        faults.append(("state", None, "no_state"))
    elif state is None:
        faults.append(("state", written, "unknown_state"))
    if when and day is None:
        faults.append(("done_on", when, "unreadable_day"))
    elif day and state and state != RECTIFIED:
        faults.append(("done_on", when, "unneeded_day"))
    elif day and day > today:
        faults.append(("done_on", when, "future_day"))
    elif day and sent and day < sent["reported_at"]:
        faults.append(("done_on", when, "early_day"))
    elif state == RECTIFIED and not when:
        faults.append(("done_on", None, "no_day"))
    return state or "", day


def day_of(text: str) -> date | None:
    """Return the day that a text names, None where there is no such day.

    >>> day_of("2026-02-28"), day_of("2026年2月3日"), day_of("2026/2/31"), day_of("3 Feb")
    (datetime.date(2026, 2, 28), datetime.date(2026, 2, 3), None, None)
    """
    found = _DAY.fullmatch(_MIDNIGHT.sub("", unicodedata.normalize("NFKC", text).strip()))
    if not found:
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None


def _value(row: tuple[str | None, ...], place: int) -> str | None:
    """Return the text of a cell on one line, None where it is empty."""
    return one_line(row[place] or "") or None if place < len(row) else None


def _same(text: str | None, sent: object) -> bool:
    """Return whether a cell still holds what was sent; how a spreadsheet writes days and numbers does not matter."""
    if text is None or sent is None:
        return text is None and sent is None
    if isinstance(sent, date):
        return day_of(text) == sent
    if isinstance(sent, int | float):
        try:
            return abs(float(text.replace(",", "")) - sent) <= (_DEGREE if isinstance(sent, float) else 0)
        except ValueError:
            return False
    return neutral(text) == neutral(str(sent))
