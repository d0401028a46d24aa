"""What every workbook has in common: how it opens and closes, its letters, the height of its rows, and its print.

Rows get their height here: Excel would measure wrapped text when it opens a file, other programs do not and let it run
over the rows below.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import xlsxwriter

from geo.errors import BadList
from geo.words import say

FILL, HEAD, LINE = "#FFF8E1", "#F3F5F7", "#BFBFBF"
"""Colours of what is filled in, of column names, and of the lines between cells."""

_A4 = 9
_SMALL = 0.66  # smallest scale that 10 points are read at on paper
_PAGE_CHARS = 145  # characters across A4 at full scale
_WIDE, _NARROW, _EDGE = 1.95, 1.05, 1.0  # characters that Chinese, other letters and both edges of a cell take
_LINE_PT = {"zh": 16.5, "en": 15.0}  # height of a line of 10 points
_HIGHEST = 24  # lines; Excel allows 409 points
_PIECE = re.compile(r"[^\s⺀-￯]+\s*|.", re.DOTALL)  # what stays on one line: a word, or a Chinese character


def open_book(path: str | Path) -> Any:
    """Return a workbook to write, in which text stays text."""
    options = {"strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": False}
    return xlsxwriter.Workbook(str(path), options)


def close_book(book: Any, path: Path) -> None:
    """Write the workbook to its file. Raises BadList where that cannot be written."""
    try:
        book.close()
    except (OSError, xlsxwriter.exceptions.FileCreateError) as fault:
        raise BadList(
            "{file} cannot be written ({fault}). Close it where it is open, or choose another folder.",
            file=path,
            fault=getattr(fault, "strerror", None) or fault,
        ) from fault


def letters(lang: str) -> dict[str, Any]:
    """Return the font of a workbook as xlsxwriter names it."""
    return {"font_name": "Microsoft YaHei" if lang == "zh" else "Segoe UI", "font_size": 10, "valign": "top"}


@lru_cache(maxsize=50_000)
def line_count(text: str, width: float) -> int:
    """Return how many lines a text takes in a cell `width` characters wide.

    >>> line_count("Elm Street", 12), line_count("Elm Street", 8), line_count("梧桐街道办事处", 8)
    (1, 2, 3)
    """
    room = max(width - _EDGE, 1.0)
    if len(text) * _WIDE <= room:
        return 1
    lines, filled = 1, 0.0
    for piece in _PIECE.findall(text):
        long = sum(_WIDE if unicodedata.east_asian_width(char) in "WF" else _NARROW for char in piece.rstrip())
        if filled and filled + long > room:
            lines, filled = lines + 1, 0.0
        lines += math.ceil(long / room) - 1 if long > room else 0
        filled += long % room if long > room else long + _NARROW * (len(piece) - len(piece.rstrip()))
    return lines


def fit_row(sheet: Any, row: int, cells: Iterable[tuple[str, float]], lang: str, at_least: float = 0.0) -> None:
    """Make a row as high as its texts need: each with the width of its cell in characters; `at_least`: in points."""
    lines = max((line_count(text, width) for text, width in cells), default=1)
    sheet.set_row(row, max(min(lines, _HIGHEST) * _LINE_PT[lang], at_least))


def set_up_print(sheet: Any, lang: str, *, chars: float, pages_high: int = 0, title: str = "") -> None:
    """Set up A4 across, the pages numbered: as many side by side as `chars` across need to be read.

    `pages_high`: at most so many below each other, 0 for as many as it takes; `title`: stands above every page.
    """
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.fit_to_pages(max(1, math.ceil(chars * _SMALL / _PAGE_CHARS)), pages_high)
    sheet.set_margins(left=0.4, right=0.4, top=0.8 if title else 0.5, bottom=0.6)
    if title:
        sheet.set_header(f'&L&"-,Bold"&12{title[:200].replace("&", "&&")}')
    sheet.set_footer(f"&L&A&R{say('Page {page} of {pages}', lang, page='&P', pages='&N')}")
