"""The form of a mock inspection as a workbook: printed, filled in on the spot, and read back line by line."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from geo import tables
from geo.errors import UnreadableFile
from geo.export.csv_text import FORMULA_STARTS
from geo.export.order_cells import SheetCells, read_sheet
from geo.export.workbook import FILL, HEAD, LINE, close_book, fit_row, letters, open_book, set_up_print
from geo.maps.labels import kind_name
from geo.planning.inspection import RESULTS, form_rows
from geo.planning.scorecard import Scorecard
from geo.words import LANGUAGES, say

COLUMN_SENTENCES = {
    "number": "No.",
    "name": "Place",
    "kind": "Kind",
    "unit": "Unit",
    "indicator": "Indicator",
    "indicator_name": "What is assessed",
    "look_for": "What to look for",
    "found": "Problems found",
    "not_rectified": "Of these past a deadline",
    "notified_twice": "Of these notified before",
    "note": "Remark",
    "photo": "Photo number",
    "area_id": "Place id",
    "check": "Check",
}
FILLED = ("found", "not_rectified", "notified_twice", "note", "photo")
COUNTED = FILLED[:3]
FORM_REASONS = {
    "formula": "A formula: type the value itself",
    "unknown": "No such place and indicator on this form",
    "edited": "The place id or the indicator was changed",
    "twice": "The same place and indicator stands twice",
    "missing": "This line of the form is missing",
    "number": "Not a whole number",
    "negative": "A number below 0",
    "more": "More than were found",
    "blank": "No number of problems found, though the place was visited: 0 if there are none",
    "long": "Longer than 500 characters",
}
"""What can be wrong with a line that comes back."""

_COLUMNS = tuple(COLUMN_SENTENCES)
_WIDTHS = dict(zip(_COLUMNS, (6, 15, 13, 16, 10, 18, 28, 11, 11, 11, 24, 12, 11, 12), strict=True))
_ASSESSED, _FIGURE = 40, 14  # widths of the scorecard's columns
_ROOM_PT = 24  # height of a row that somebody writes in by hand
_HEADER = 3  # row of the column names, from 0
_MOST, _LONGEST = 9_999, 500


@dataclass(frozen=True)
class Filled:
    """What came back: `results` (`inspection.RESULTS`) of the lines without a fault, `faults` (`tables.FAULTS`)."""

    results: pl.DataFrame
    faults: pl.DataFrame


def sheet_name(lang: str = "en") -> str:
    """Return the name of the sheet that is filled in.

    >>> sheet_name("zh")
    '测评表'
    """
    return say("Inspection form", lang)


def write_form(
    points: pl.DataFrame,
    scorecard: Scorecard,
    path: str | Path,
    *,
    lang: str = "en",
    about: Mapping[str, str] | None = None,
) -> Path:
    """Write the form of the places drawn (`inspection.POINTS`) and return its path.

    One line per place and indicator. What is printed is locked, without a password; what is filled in is open, coloured
    and checked as it is typed. Text stays text, also when a cell is edited. A second sheet tells the deductions.

    `about`: what else to tell, the seed of the draw for one. Raises BadList where the file cannot be written there,
    RefusedQuestion where the scorecard has no indicator for a kind.
    """
    path = Path(path)
    lines = form_rows(points, scorecard)
    book = open_book(path)
    book.set_properties({"title": say("Mock inspection", lang), "author": "Hexward"})
    font = letters(lang)
    sheet = book.add_worksheet(sheet_name(lang))
    _write_head(book, sheet, scorecard, font, lang)
    _write_lines(book, sheet, _told(lines, points, scorecard, lang), font, lang)
    last = _HEADER + lines.height
    whole = {"validate": "integer", "criteria": "between", "minimum": 0, "maximum": _MOST}
    first, *_, end = (_COLUMNS.index(name) for name in COUNTED)
    sheet.data_validation(
        _HEADER + 1, first, last, end, {**whole, "error_message": say("A whole number from 0.", lang)}
    )
    sheet.protect("", {"format_columns": True, "format_rows": True, "autofilter": True})
    set_up_print(sheet, lang, chars=sum(_WIDTHS.values()))
    sheet.repeat_rows(_HEADER)
    _write_scorecard(book, scorecard, font, lang, about or {})
    close_book(book, path)
    return path


def _told(lines: pl.DataFrame, points: pl.DataFrame, scorecard: Scorecard, lang: str) -> pl.DataFrame:
    """Return what is printed on every line."""
    names = {one.code: one.name(lang) for one in scorecard.indicators}
    looks = {one.code: one.look_for(lang) for one in scorecard.indicators}
    kinds = {kind: kind_name(kind, lang) for kind in scorecard.kinds}
    return lines.join(points.select("area_id", "name", "unit"), on="area_id", how="left", maintain_order="left").select(
        "number",
        pl.col("name", "unit").fill_null(""),
        pl.col("kind").replace_strict(kinds, return_dtype=pl.String),
        "indicator",
        "area_id",
        indicator_name=pl.col("indicator").replace_strict(names, return_dtype=pl.String),
        look_for=pl.col("indicator").replace_strict(looks, return_dtype=pl.String),
        check=pl.struct("area_id", "indicator").map_elements(
            lambda line: _check(line["area_id"], line["indicator"]), return_dtype=pl.String
        ),
    )


def _check(area_id: str, indicator: str) -> str:
    """Return the letters that tell an edited line from the one printed; against mistakes, not against forgery."""
    return hashlib.blake2s(f"{area_id}\n{indicator}".encode(), digest_size=4).hexdigest().upper()


def _write_head(book: Any, sheet: Any, scorecard: Scorecard, font: dict[str, Any], lang: str) -> None:
    title = {**font, "font_size": 14, "bold": True}
    sheet.write_string(0, 0, f"{say('Mock inspection', lang)} · {scorecard.name(lang)}", book.add_format(title))
    hint = say("Fill in the coloured cells; 0 where nothing was found, nothing where nobody was.", lang)
    sheet.write_string(1, 0, hint, book.add_format(font))
    said = " ".join(one.sentence(lang) for one in scorecard.caution)
    sheet.write_string(2, 0, said, book.add_format({**font, "bold": True, "font_color": "#B3261E"}))
    head = book.add_format(
        {**font, "bold": True, "bg_color": HEAD, "border": 1, "border_color": LINE, "text_wrap": True}
    )
    for at, name in enumerate(_COLUMNS):
        sheet.write_string(_HEADER, at, say(COLUMN_SENTENCES[name], lang), head)
        sheet.set_column(at, at, _WIDTHS[name])
    sheet.set_row(0, 24)
    for row in (1, 2):
        fit_row(sheet, row, (), lang)
    fit_row(sheet, _HEADER, ((say(COLUMN_SENTENCES[name], lang), _WIDTHS[name]) for name in _COLUMNS), lang)
    sheet.freeze_panes(_HEADER + 1, 2)


def _write_lines(book: Any, sheet: Any, told: pl.DataFrame, font: dict[str, Any], lang: str) -> None:
    """Write a line per place and indicator; the first of a place has a heavier line above it."""
    usual = {**font, "text_wrap": True, "border": 1, "border_color": LINE}
    looks = {
        (kind, top): book.add_format(
            {
                **usual,
                **({"top": 2} if top else {}),
                **({"quote_prefix": True} if kind == "quoted" else {}),
                **({"align": "center"} if kind == "number" else {}),
                **({"locked": False, "bg_color": FILL} if kind == "open" else {}),
            }
        )
        for kind in ("printed", "quoted", "number", "open")
        for top in (True, False)
    }
    before = None
    for row, line in enumerate(told.iter_rows(named=True), start=_HEADER + 1):
        top = line["number"] != before
        before = line["number"]
        for at, name in enumerate(_COLUMNS):
            if name in FILLED:
                sheet.write_blank(row, at, None, looks["open", top])
            elif name == "number":
                sheet.write_number(row, at, line[name], looks["number", top])
            else:
                kind = "quoted" if line[name].startswith(FORMULA_STARTS) else "printed"
                sheet.write_string(row, at, line[name], looks[kind, top])
        texts = ((line[name], _WIDTHS[name]) for name in _COLUMNS if isinstance(line.get(name), str))
        fit_row(sheet, row, texts, lang, at_least=_ROOM_PT)


def _write_scorecard(
    book: Any, scorecard: Scorecard, font: dict[str, Any], lang: str, about: Mapping[str, str]
) -> None:
    sheet = book.add_worksheet(say("Scorecard", lang))
    head = book.add_format(
        {**font, "bold": True, "bg_color": HEAD, "border": 1, "border_color": LINE, "text_wrap": True}
    )
    text = book.add_format({**font, "text_wrap": True})
    titles = (
        say("Indicator", lang),
        say("What is assessed", lang),
        say("Points a problem", lang),
        say("More past its deadline", lang),
        say("More if notified before", lang),
        say("Weight", lang),
        say("Most per place", lang),
    )
    for at, title in enumerate(titles):
        sheet.write_string(0, at, title, head)
        sheet.set_column(at, at, _ASSESSED if at == 1 else _FIGURE)
    fit_row(sheet, 0, ((title, _FIGURE) for title in titles), lang)
    row = 0
    for row, one in enumerate(scorecard.indicators, start=1):
        sheet.write_string(row, 0, one.code, text)
        sheet.write_string(row, 1, one.name(lang), text)
        fit_row(sheet, row, [(one.code, _FIGURE), (one.name(lang), _ASSESSED)], lang)
        figures = (one.deduction, one.not_rectified, one.notified_twice, one.weight, one.cap)
        for at, value in enumerate(figures, start=2):
            if math.isfinite(value):
                sheet.write_number(row, at, value, text)
    told = [one.sentence(lang) for one in scorecard.caution] + [f"{name}: {value}" for name, value in about.items()]
    for at, line in enumerate(told, start=row + 2):
        sheet.write_string(at, 0, line, book.add_format(font))
    set_up_print(sheet, lang, chars=_ASSESSED + 6 * _FIGURE)


def read_form(path: str | Path, points: pl.DataFrame, scorecard: Scorecard) -> Filled:
    """Read a form that was filled in. `points` and `scorecard`: those that it was written with.

    Lines with a fault are in no result; nothing is guessed. Rows of faults are those of the sheet, null for a line that
    is not in it.

    Raises UnreadableFile where the file is no workbook, or has not the sheet or the columns of the form.
    """
    path = Path(path)
    if not path.is_file():
        raise UnreadableFile("{file} is not there. Check the spelling and the folder.", file=str(path))
    sheet = read_sheet(path.read_bytes(), path.name, [sheet_name(lang) for lang in LANGUAGES])
    if sheet is None:
        raise UnreadableFile(
            '{file} has no sheet "{sheet}". Give the form that Hexward wrote.', file=path.name, sheet=sheet_name()
        )
    _check_columns(sheet, path.name)
    due = form_rows(points, scorecard).select("area_id", "indicator").rows()
    printed = {_check(*key): key for key in due}
    seen: dict[tuple[str, str], tuple[int, dict[str, str]]] = {}
    faults: list[tuple[int | None, str, str, str]] = []
    back: set[tuple[str, str] | None] = set()
    for row, texts in enumerate(sheet.rows[_HEADER + 1 :], start=_HEADER + 2):
        line = _line(texts)
        formulas = [(name, sheet.formulas.get((row - 1, at))) for at, name in enumerate(_COLUMNS)]
        if not any(line.values()) and all(formula is None for _, formula in formulas):
            continue
        key, meant = (line["area_id"], line["indicator"]), printed.get(line["check"])
        back |= {key, meant}
        if any(formula is not None for _, formula in formulas):
            faults += [(row, name, f"={text}", FORM_REASONS["formula"]) for name, text in formulas if text is not None]
        elif key != meant:
            changed = key in printed.values() or meant is not None
            faults.append((row, "area_id", "/".join(key), FORM_REASONS["edited" if changed else "unknown"]))
        elif key in seen:
            faults.append((row, "area_id", "/".join(key), FORM_REASONS["twice"]))
        else:
            seen[key] = row, line
    visited = {area for (area, _), (_, line) in seen.items() if any(line[name] for name in FILLED)}
    results = []
    for (area_id, indicator), (row, line) in seen.items():
        values, wrong = _values(line, visited=area_id in visited)
        faults += [(row, name, line[name], FORM_REASONS[reason]) for name, reason in wrong]
        if not wrong:
            results.append({"area_id": area_id, "indicator": indicator, **values})
    faults += [(None, "area_id", "/".join(key), FORM_REASONS["missing"]) for key in due if key not in back]
    table = pl.DataFrame(faults, schema=tables.FAULTS, orient="row")
    return Filled(pl.DataFrame(results, schema=RESULTS), table.sort("row", nulls_last=True, maintain_order=True))


def of_another_draw(filled: Filled, points: pl.DataFrame, scorecard: Scorecard) -> bool:
    """Return whether a form holds lines that nobody printed for this draw, or nothing of a place drawn."""
    faults = filled.faults
    if FORM_REASONS["unknown"] in faults["reason"]:
        return True
    missing = faults.filter(pl.col("reason") == FORM_REASONS["missing"])["value"].to_list()
    line = pl.format("{}/{}", "area_id", "indicator").is_in(missing)
    gone = form_rows(points, scorecard).group_by("area_id").agg(line.all().alias("gone"))["gone"]
    return bool(gone.any())


def column_words(name: str, lang: str) -> str:
    """Return the heading of a column of the form as it is printed.

    >>> column_words("area_id", "en")
    'Place id'
    """
    return say(COLUMN_SENTENCES.get(name, name), lang)


def _line(texts: Sequence[str | None]) -> dict[str, str]:
    """Return the texts of a row by the columns of the form."""
    padded = [*(text or "" for text in texts), *[""] * len(_COLUMNS)]
    return {name: text.strip() for name, text in zip(_COLUMNS, padded, strict=False)}


def _check_columns(sheet: SheetCells, file: str) -> None:
    """Refuse a form whose columns were moved, deleted or renamed."""
    head = _line(sheet.rows[_HEADER] if len(sheet.rows) > _HEADER else ())
    for name, text in COLUMN_SENTENCES.items():
        if head[name] not in {say(text, lang) for lang in LANGUAGES}:
            raise UnreadableFile(
                '{file}: row {row} is not the head of the form, its column "{column}" is not in its place. Fill in the '
                "form as it was written.",
                file=file,
                row=_HEADER + 1,
                column=text,
            )


def _values(line: Mapping[str, str], *, visited: bool) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Return the values of a line, and its faults: column and key of the reason."""
    values: dict[str, Any] = {name: line[name] or None for name in FILLED}
    wrong: list[tuple[str, str]] = []
    for name in COUNTED:
        if values[name] is not None:
            values[name], fault = _whole(values[name])
            wrong += [(name, fault)] if fault else []
    wrong += [(name, "long") for name in ("note", "photo") if len(values[name] or "") > _LONGEST]
    if wrong:
        return values, wrong
    if values["found"] is None and visited:
        return values, [("found", "blank")]
    parts = COUNTED[1:]
    return values, [(name, "more") for name in parts if values[name] is not None and values[name] > values["found"]]


def _whole(text: str) -> tuple[int | None, str]:
    """Return a count, or the key of what is wrong with it."""
    if not re.fullmatch(r"[+-]?\d+(\.0*)?", text) or float(text) > _MOST:
        return None, "number"
    number = int(float(text))
    return (None, "negative") if number < 0 else (number, "")
