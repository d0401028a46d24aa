"""How the sheets of a work order look and print, whichever of them."""

from __future__ import annotations

from datetime import date
from typing import Any

from geo.export.csv_text import FORMULA_STARTS
from geo.export.order_columns import Value
from geo.words import say

_A4 = 9
_FORMATS = {"lat": "0.00000", "lon": "0.00000"}


class Looks:
    """The formats of one book, each made once."""

    def __init__(self, book: Any, lang: str) -> None:
        self.book, self.lang = book, lang
        self.font = {
            "font_name": "Microsoft YaHei" if lang == "zh" else "Segoe UI",
            "font_size": 10,
            "valign": "top",
        }
        self._made: dict[tuple[tuple[str, Any], ...], Any] = {}

    def of(self, **look: Any) -> Any:
        key = tuple(sorted(look.items()))
        if key not in self._made:
            self._made[key] = self.book.add_format({**self.font, **look})
        return self._made[key]


def write_locked(sheet: Any, looks: Looks, row: int, at: int, value: Value, name: str, bold: bool = False) -> None:
    """Write a value that stays locked; none is an empty cell."""
    strong = {"bold": True} if bold else {}
    if isinstance(value, str):
        quoted = {"quote_prefix": True} if value.startswith(FORMULA_STARTS) else {}
        sheet.write_string(row, at, value, looks.of(text_wrap=True, **quoted, **strong))
    elif isinstance(value, date):
        sheet.write_datetime(row, at, value, looks.of(num_format="yyyy-mm-dd", align="left"))
    elif value is not None:
        sheet.write_number(row, at, value, looks.of(num_format=_FORMATS.get(name, "#,##0")))


def set_up_print(sheet: Any, lang: str) -> None:
    """A4 across, the pages numbered."""
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.set_footer(f"&L&A&R{say('Page {page} of {pages}', lang, page='&P', pages='&N')}")
