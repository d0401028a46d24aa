"""How the cells of a work order look, whichever sheet they are in."""

from __future__ import annotations

from datetime import date
from typing import Any

from geo.export.csv_text import FORMULA_STARTS
from geo.export.order_columns import Value
from geo.export.workbook import LINE, letters

_FORMATS = {"lat": "0.00000", "lon": "0.00000"}


class Looks:
    """The formats of one book, each made once."""

    def __init__(self, book: Any, lang: str) -> None:
        self.book, self.lang = book, lang
        self.font = letters(lang)
        self._made: dict[tuple[tuple[str, Any], ...], Any] = {}

    def of(self, **look: Any) -> Any:
        key = tuple(sorted(look.items()))
        if key not in self._made:
            self._made[key] = self.book.add_format({**self.font, **look})
        return self._made[key]


def write_locked(sheet: Any, looks: Looks, row: int, at: int, value: Value, name: str, bold: bool = False) -> None:
    """Write a value that stays locked; none is an empty cell. Those of a column, by its `name`, are ruled off below."""
    look: dict[str, Any] = {"bottom": 1, "bottom_color": LINE} if name else {}
    look |= {"bold": True} if bold else {}
    if isinstance(value, str):
        quoted = {"quote_prefix": True} if value.startswith(FORMULA_STARTS) else {}
        sheet.write_string(row, at, value, looks.of(text_wrap=True, **quoted, **look))
    elif isinstance(value, date):
        sheet.write_datetime(row, at, value, looks.of(num_format="yyyy-mm-dd", align="left", **look))
    elif value is not None:
        centred = {"align": "center"} if isinstance(value, int) else {}
        sheet.write_number(row, at, value, looks.of(num_format=_FORMATS.get(name, "#,##0"), **centred, **look))
    elif name:
        sheet.write_blank(row, at, None, looks.of(**look))
