"""The list as a workbook: to read on the screen, to sort, and to print on A4."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from geo.export.columns import said
from geo.export.csv_text import FORMULA_STARTS
from geo.export.kind import Kind
from geo.export.workbook import HEAD, close_book, fit_row, letters, open_book, set_up_print
from geo.maps.classes import ink_on
from geo.maps.palette import PALETTES, Fill
from geo.words import say

_WIDTHS = {
    "cell": 16,
    "lat": 10,
    "lon": 10,
    "window_start": 11,
    "window_end": 11,
    "hot": 6,
    "core": 6,
    "place": 16,
    "community": 12,
    "market": 12,
    "construction_site": 12,
    "unit": 18,
    "assisting_units": 30,
    "contact": 13,
    "top_category": 11,
    "oldest_open": 11,
    "cause": 9,
    "due_at": 11,
    "label": 20,
    "planner_label": 12,
    "history": 16,
    "reason": 70,
    **dict.fromkeys(("last_closed", "last_reported", "first_seen", "last_seen", "peak_start"), 11),
    **dict.fromkeys(("start", "end", "since", "last_visit"), 11),
    **dict.fromkeys(("cells", "name", "alarm_id"), 16),
    "areas": 24,
    "state": 11,
    "kind": 11,
    **dict.fromkeys(("area_id", "parent_id", "parent", "key", "indicator_name"), 16),
    **dict.fromkeys(("by", "indicator", "wish"), 11),
    **dict.fromkeys(("tier", "board", "team", "day", "stop"), 6),
}
_WIDTH = 8  # characters, of numbers and truth values
_FORMATS = {
    "lat": "0.00000",
    "lon": "0.00000",
    "expected": "0.0",
    "ratio": "0.0",
    "ratio_low": "0.0",
    "ratio_high": "0.0",
    "gi_star": "0.00",
    "p_value": "0.0E+00",
    "q_value": "0.0E+00",
    "trend_p": "0.0E+00",
    "trend_z": "0.00",
    "llr": "0.00",
    "median_days": "#,##0",
    "recurrence_days": "#,##0",
    **dict.fromkeys(("forecast", "forecast_low", "forecast_high", "excess", "trend", "hot_excess", "score"), "0.0"),
    **dict.fromkeys(("p_top", "on_time_share", "on_time_low", "on_time_high", "failed_share"), "0%"),
    **dict.fromkeys(("expected_problems", "gain", "cost"), "0.0"),
    **dict.fromkeys(("points", "points_low", "points_high", "recoverable"), "0.00"),
    "moved": "+#,##0;-#,##0;0",
    "walk_m": "#,##0",
}

_FIRST = 5  # columns among which the name is looked for
_BESIDE = {"align": "right", "indent": 1}  # or figures touch the text of the next column


def write_workbook(plain: pl.DataFrame, path: Path, kind: Kind, lang: str, about: Mapping[str, str]) -> None:
    """Write a styled sheet and, where there is something to say, a second one with `about`.

    Text stays text, also when a cell is edited. Technical columns and those without a value are folded away; the plus
    above the sheet opens them.
    """
    book, font = open_book(path), letters(lang)
    head = {**font, "bold": True, "bg_color": HEAD, "bottom": 1, "text_wrap": True}
    sheet = book.add_worksheet(kind.title(lang))
    called = plain.columns.index("name") if "name" in plain.columns[:_FIRST] else 0  # stays in view, on every page
    sheet.freeze_panes(1, called + 1)
    chars = 0.0
    seen: list[tuple[str, float, list[Any]]] = []  # header, width and texts of the columns that are not folded away
    for at, (name, dtype) in enumerate(plain.schema.items()):
        header = kind.header(name, lang)
        width = max(_WIDTHS.get(name, _WIDTH), 0 if lang == "zh" else len(name) + 3)  # English headers are one word
        beside = _BESIDE if dtype.is_numeric() else {}
        sheet.write_string(0, at, header, book.add_format({**head, **beside}))
        sheet.write_comment(0, at, kind.meaning(name, lang), {"author": "Hexward"})
        folded = name in kind.technical or (plain.height > 0 and plain[name].null_count() == plain.height)
        sheet.set_column(at, at, width, None, {"level": 1, "hidden": True} if folded else {})
        words = (
            plain[name].map_elements(partial(said, name, lang=lang), pl.String) if name in kind.words else plain[name]
        )
        _write_column(book, sheet, at, words, {**font, **beside, "num_format": _number_format(name, dtype)})
        if not folded:
            chars += width
            seen.append((header, width, words.to_list() if words.dtype == pl.String else []))
    fit_row(sheet, 0, ((header, width) for header, width, _ in seen), lang)
    texts = [(width, column) for _, width, column in seen if column]
    for row in range(plain.height):
        fit_row(sheet, row + 1, ((column[row], width) for width, column in texts if column[row]), lang)
    if plain.width:
        sheet.autofilter(0, 0, plain.height, plain.width - 1)
    set_up_print(sheet, lang, chars=chars)
    sheet.repeat_rows(0)
    sheet.repeat_columns(0, called)
    if about:
        _write_about(book, lang, about, font, head)
    close_book(book, path)


def _write_column(book: Any, sheet: Any, at: int, column: pl.Series, look: dict[str, Any]) -> None:
    """Write the values of a column under its header; a missing value is an empty cell."""
    usual = book.add_format({**look, "text_wrap": column.dtype == pl.String})
    quoted = book.add_format({**look, "text_wrap": True, "quote_prefix": True})
    flagged = book.add_format({**look, **_flag(column.name)})
    tiers = {tier: book.add_format({**look, **_tier(fill)}) for tier, fill in _tiers().items()}
    for row, value in enumerate(column.to_list(), start=1):
        if value is None:
            continue
        if column.dtype == pl.String:
            of_tier = tiers.get(value, usual) if column.name == "tier" else usual
            sheet.write_string(row, at, value, quoted if value.startswith(FORMULA_STARTS) else of_tier)
        elif column.dtype == pl.Boolean:
            sheet.write_boolean(row, at, value, flagged if value else usual)
        elif column.dtype == pl.Date:
            sheet.write_datetime(row, at, value, usual)
        else:
            sheet.write_number(row, at, value, usual)


def _flag(name: str) -> dict[str, Any]:
    """Return how a true value of a column stands out: in the colour of its class on the map."""
    palette = PALETTES["light"]
    found = {"bg_color": palette.hot.fill, "font_color": palette.text}
    return {
        "core": {"bg_color": palette.core.fill, "font_color": "#FFFFFF"},
        **dict.fromkeys(("hot", "confirmed", "signal", "blind"), found),
        "chosen": {"bg_color": palette.chosen.fill, "font_color": "#FFFFFF"},
    }.get(name, {})


def _tiers() -> dict[str, Fill]:
    palette = PALETTES["light"]
    return {"A": palette.tier_a, "B": palette.tier_b, "C": palette.tier_c}


def _tier(fill: Fill) -> dict[str, Any]:
    """Return how a tier stands out: in its colour on the map, the letter in black or white."""
    assert fill.fill is not None
    return {"bg_color": fill.fill, "font_color": ink_on(fill.fill), "align": "center"}


def _number_format(name: str, dtype: pl.DataType) -> str:
    if dtype == pl.Date:
        return "yyyy-mm-dd"
    return _FORMATS.get(name, "#,##0" if dtype.is_integer() else "General")


def _write_about(book: Any, lang: str, about: Mapping[str, str], font: dict[str, Any], head: dict[str, Any]) -> None:
    sheet = book.add_worksheet(say("About this list", lang))
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 1, 110)
    what, text = book.add_format(head), book.add_format({**font, "text_wrap": True})
    for row, (name, value) in enumerate(about.items()):
        sheet.write_string(row, 0, name, what)
        sheet.write_string(row, 1, value, text)
        fit_row(sheet, row, [(name, 22), (value, 110)], lang)
    set_up_print(sheet, lang, chars=132)
