"""A work order as a workbook: the problem list to fill in, the responsibility list, and how to use them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from geo.export.order_columns import (
    DUTIES,
    FILLED,
    MOST_CHARS,
    SENT,
    SHEETS_SENTENCES,
    STATE_SENTENCES,
    Column,
    sent_value,
    state_name,
)
from geo.export.order_guide import write_guide
from geo.export.order_looks import Looks, write_locked
from geo.export.order_photos import small_photo
from geo.export.print_text import one_line
from geo.export.workbook import FILL, HEAD, LINE, close_book, fit_row, open_book, set_up_print
from geo.planning.orders import WorkOrders, unit_name
from geo.words import numbers, say

_TITLE, _HEADER, _FIRST = 0, 1, 2  # rows of a list, from 0
_PHOTO_PT, _PHOTO_PX = 80, (118, 98)  # height of a row with a picture, and the most that the picture takes
_BUTTON = 1.5  # characters that the button of a filter covers
_OPEN = {"locked": False, "bg_color": FILL, "text_wrap": True, "border": 1, "border_color": LINE}


def write_book(
    orders: WorkOrders,
    unit: str,
    path: str | Path,
    *,
    lang: str = "en",
    about: Mapping[str, str] | None = None,
    picture: bytes | None = None,
) -> Path:
    """Write the order of `unit` (one of `orders.units`) to `path` and return it.

    What was sent is locked without a password; what the unit fills in is open, coloured, and checked as it is typed.
    Text stays text, also when a cell is edited. What a reporter wrote is not in it.

    `about`: what was asked, for the last sheet; `picture`: a map as PNG, under it. Raises BadList where the file cannot
    be written there.
    """
    path = Path(path)
    book = open_book(path)
    made = datetime.combine(orders.made_on, datetime.min.time())
    book.set_properties({"title": f"{orders.title} · {unit_name(unit, lang)}", "author": "Hexward", "created": made})
    looks = Looks(book, lang)
    _write_problems(book, looks, orders, unit)
    _write_duties(book, looks, orders, unit)
    write_guide(book, looks, orders, about or {}, picture)
    close_book(book, path)
    return path


def _write_problems(book: Any, looks: Looks, orders: WorkOrders, unit: str) -> None:
    lang, rows = looks.lang, orders.problems_of(unit)
    sheet = book.add_worksheet(say(SHEETS_SENTENCES["problems"], lang))
    columns = (*SENT, *FILLED)
    _head(sheet, looks, orders, unit, columns, filled={column.name for column in FILLED})
    at = {column.name: place for place, column in enumerate(columns)}
    for number, row in enumerate(rows.iter_rows(named=True), start=1):
        line = _HEADER + number
        texts = []
        for column in SENT[:-1]:  # the last is the photo
            value = number if column.name == "number" else sent_value(row, column.name, lang)
            flagged = column.name in ("overdue", "returned") and row[column.name]
            write_locked(sheet, looks, line, at[column.name], value, column.name, bold=bool(flagged))
            texts += [(value, column.width)] if isinstance(value, str) else []
        for column in FILLED:
            day = {"num_format": "yyyy-mm-dd"} if column.name == "done_on" else {}
            sheet.write_blank(line, at[column.name], None, looks.of(**_OPEN, **day))
        shown = row["photo"] and orders.photos
        write_locked(sheet, looks, line, at["photo"], None, "photo")
        if shown:
            _show_photo(sheet, looks, line, at["photo"], orders.photos / row["photo"])
        fit_row(sheet, line, texts, lang, at_least=_PHOTO_PT if shown else 0)
    if rows.height:
        _check_typing(sheet, at, min(rows["reported_at"]), (_FIRST, _HEADER + rows.height), lang)
    _finish(sheet, looks, _title(orders, unit, lang), _HEADER + rows.height, columns)
    sheet.repeat_columns(0, 1)
    sheet.print_across()


def _write_duties(book: Any, looks: Looks, orders: WorkOrders, unit: str) -> None:
    lang, rows = looks.lang, orders.responsibilities_of(unit)
    sheet = book.add_worksheet(say(SHEETS_SENTENCES["duties"], lang))
    _head(sheet, looks, orders, unit, DUTIES)
    for number, row in enumerate(rows.iter_rows(named=True), start=1):
        texts = []
        for at, column in enumerate(DUTIES):
            value = number if column.name == "number" else sent_value(row, column.name, lang)
            write_locked(sheet, looks, _HEADER + number, at, value, column.name)
            texts += [(value, column.width)] if isinstance(value, str) else []
        fit_row(sheet, _HEADER + number, texts, lang)
    _finish(sheet, looks, _title(orders, unit, lang), _HEADER + rows.height, DUTIES)


def _title(orders: WorkOrders, unit: str, lang: str) -> str:
    title = say(
        "Work order {order}: {unit}, to be done by {deadline}",
        lang,
        order=orders.order_id(unit),
        unit=one_line(unit_name(unit, lang)),
        deadline=numbers.day(orders.deadline, lang),
    )
    if orders.problems_of(unit).height:
        return title
    return f"{title} · {say('Nothing is open for this unit.', lang)}"


def _head(
    sheet: Any, looks: Looks, orders: WorkOrders, unit: str, columns: Sequence[Column], filled: set[str] | None = None
) -> None:
    """Write the line that says what the sheet is, and the header under it."""
    lang = looks.lang
    sheet.write_string(_TITLE, 0, _title(orders, unit, lang), looks.of(bold=True, font_size=13))
    sheet.set_row(_TITLE, 22)
    for at, column in enumerate(columns):
        fill = FILL if column.name in (filled or ()) else HEAD
        sheet.write_string(
            _HEADER, at, column.header(lang), looks.of(bold=True, bg_color=fill, bottom=1, text_wrap=True)
        )
        sheet.set_column(at, at, column.width)
    fit_row(sheet, _HEADER, ((column.header(lang), column.width - _BUTTON) for column in columns), lang)


def _show_photo(sheet: Any, looks: Looks, row: int, at: int, path: Path) -> None:
    """Put a small picture into its cell, or its name where it cannot be read."""
    small = small_photo(path)
    if small is None:
        write_locked(sheet, looks, row, at, path.name, "photo")
        return
    with Image.open(BytesIO(small)) as picture:
        scale = min(_PHOTO_PX[0] / picture.width, _PHOTO_PX[1] / picture.height)
    place = {"x_scale": scale, "y_scale": scale, "x_offset": 3, "y_offset": 3, "object_position": 1}
    sheet.insert_image(row, at, "photo.jpg", {"image_data": BytesIO(small), "description": path.name, **place})


def _check_typing(sheet: Any, at: Mapping[str, int], earliest: date, rows: tuple[int, int], lang: str) -> None:
    """Let the sheet refuse what cannot be: another answer, a day before the first report or after today, long texts."""
    texts = {
        "validate": "length",
        "criteria": "<=",
        "value": MOST_CHARS,
        "error_message": say("{most} characters at the most.", lang, most=MOST_CHARS),
    }
    rules: dict[str, dict[str, Any]] = {
        "state": {
            "validate": "list",
            "source": [state_name(state, lang) for state in STATE_SENTENCES],
            "error_message": say("Choose from the list.", lang),
        },
        "done_on": {
            "validate": "date",
            "criteria": "between",
            "minimum": earliest,
            "maximum": "=TODAY()",
            "error_message": say("A day such as 2026-11-20, not after today.", lang),
        },
        **dict.fromkeys(("by_unit", "note", "after_photo"), texts),
    }
    for name, rule in rules.items():
        sheet.data_validation(
            rows[0], at[name], rows[1], at[name], {"error_title": say("This cannot be", lang), **rule}
        )


def _finish(sheet: Any, looks: Looks, title: str, last_row: int, columns: Sequence[Column]) -> None:
    """Lock, filter, freeze, and set up the print: title and header on every page."""
    last = max(last_row, _HEADER), len(columns) - 1
    sheet.autofilter(_HEADER, 0, *last)
    sheet.protect("", {"autofilter": True, "format_columns": True, "format_rows": True, "objects": True})
    sheet.freeze_panes(_FIRST, 2)
    sheet.print_area(_HEADER, 0, *last)  # the title stands above each page
    sheet.repeat_rows(_HEADER)
    set_up_print(sheet, looks.lang, chars=sum(column.width for column in columns), title=title)
