"""A workbook of an order that came back: its answers, the faults of its rows, and what is odd about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from geo.errors import UnreadableFile
from geo.export.order_answers import RETURN_REASONS, RETURN_WARNING_REASONS, Answer, read_row
from geo.export.order_cells import SheetCells, read_sheet
from geo.export.order_columns import FILLED, SENT, SHEETS_SENTENCES
from geo.words import LANGUAGES, say

_HEADER_WITHIN = 10  # rows


@dataclass(frozen=True)
class Book:
    """`faults` and `warnings` are rows of `order_return.FILE_FAULTS`."""

    answers: list[Answer]
    faults: list[tuple[Any, ...]]
    warnings: list[tuple[Any, ...]]


def read_book(path: Path, name: str, known: dict[str, dict[str, Any]], today: date, told_in: str) -> Book:
    """Return what one workbook says; every fault with its file.

    `name`: what the file is called; `known`: the problems sent, by target_id; `today`: the last day that may stand in
    it; `told_in`: the language in which it is said why a file cannot be read.
    """
    book = Book([], [], [])

    def fault(reason: str, *, row: int | None = None, column: str | None = None, value: str | None = None) -> None:
        book.faults.append((name, row, column, value, RETURN_REASONS[reason]))

    titles, sides = (
        {say(SHEETS_SENTENCES[sheet], lang) for sheet in sheets for lang in LANGUAGES}
        for sheets in (("problems",), ("duties", "about"))
    )
    try:
        cells = read_sheet(_content(path, name), name, titles)
    except UnreadableFile as error:
        book.faults.append((name, None, None, None, error.sentence(told_in)))
        return book
    if cells is None:
        fault("no_sheet", value=" / ".join(sorted(titles)))
        return book
    for flag, reason in ((cells.hidden, "hidden"), (cells.linked, "linked")):
        if flag:
            book.warnings.append((name, None, None, None, RETURN_WARNING_REASONS[reason]))
    for sheet in cells.others:
        if sheet not in sides:
            book.warnings.append((name, None, None, sheet, RETURN_WARNING_REASONS["not_read"]))
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


def _content(path: Path, name: str) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise UnreadableFile("{file} is not there. Check the spelling and the folder.", file=name) from error
    except OSError as error:
        raise UnreadableFile(
            "{file} cannot be opened: it is a folder, or locked. Name one workbook, and close it where it is open.",
            file=name,
        ) from error


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
