"""XLSX workbooks as tables of text: the right sheet is found, and the header under a title row."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Collection

import polars as pl

from geo.errors import UnreadableFile
from geo.intake.text_table import HEADER_WITHIN, TextTable, header_row, plain, unique_names
from geo.words import Note, note

_MOST_BYTES = 2_000_000_000
_BOMB_BYTES, _BOMB_RATIO = 50_000_000, 100  # larger than this unpacked, and packed tighter than this: not a table


def check_archive(data: bytes, name: str) -> None:
    """Refuse a zip archive that is cut off, is no workbook, or would unpack to far more than a table holds."""
    try:
        parts = zipfile.ZipFile(io.BytesIO(data)).infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:  # the last two: a spoilt entry of the table
        raise UnreadableFile(
            "{file} is cut off or damaged: its table of contents is missing. Copy or download it again.", file=name
        ) from error
    unpacked, packed = sum(part.file_size for part in parts), sum(part.compress_size for part in parts)
    if unpacked > _MOST_BYTES or (unpacked > _BOMB_BYTES and unpacked > _BOMB_RATIO * packed):
        raise UnreadableFile(
            "{file} would unpack from {packed} to {unpacked} MB and was not opened. Save the sheet you need "
            "alone, as CSV.",
            file=name,
            packed=f"{packed / 1e6:.1f}",
            unpacked=round(unpacked / 1e6),
        )
    if not any(part.filename.startswith("xl/workbook.") for part in parts):
        raise UnreadableFile(
            "{file} is a zip archive without a workbook in it. Unpack it and choose the table inside.", file=name
        )


def read_workbook(data: bytes, name: str, known: Collection[str] = ()) -> TextTable:
    """Return the table of the sheet whose header has most names of `known`, else of the sheet with most values.

    Dates come as ISO text, numbers as Excel stores them (a date kept as a number is its serial), errors as empty cells.
    `rows` is the sheet's own row number. Raises UnreadableFile.
    """
    import fastexcel

    check_archive(data, name)
    try:
        workbook = fastexcel.read_excel(data)
        sheets = {
            sheet: workbook.load_sheet(sheet, header_row=None, skip_rows=0, dtypes="string").to_polars()
            for sheet in workbook.sheet_names
        }
    except fastexcel.FastExcelError as error:
        raise UnreadableFile(
            "{file} is a damaged workbook. Open it in Excel or WPS, repair it and save it as .xlsx.", file=name
        ) from error
    tops = {sheet: whole.head(HEADER_WITHIN).rows() for sheet, whole in sheets.items()}
    sheet = max(tops, key=lambda sheet: _promise(tops[sheet], known), default="")
    if not tops.get(sheet):
        raise UnreadableFile("{file} has no sheet with values. Choose the workbook that holds the table.", file=name)
    whole = sheets[sheet]
    position = header_row(tops[sheet], known)
    names, doubled = unique_names(whole.row(position))
    frame = whole.slice(position + 1)
    frame.columns = names
    frame = frame.with_columns(pl.all().replace("", None))
    rows = pl.int_range(position + 2, position + 2 + frame.height, eager=True).alias("row")
    filled = ~frame.select(pl.all_horizontal(pl.all().is_null())).to_series()
    if not filled.any():
        raise UnreadableFile(
            'Sheet "{sheet}" of {file} has a header and no rows under it. Choose the workbook that holds the reports.',
            file=name,
            sheet=sheet,
        )
    notes: list[Note] = []
    if len(sheets) > 1:
        notes.append(note('{file}: sheet "{sheet}" was read, the others were not.', file=name, sheet=sheet))
    return TextTable(
        name, frame.filter(filled), rows.filter(filled), "XLSX", sheet=sheet, doubled=doubled, notes=tuple(notes)
    )


def _promise(top: list[tuple[str | None, ...]], known: Collection[str]) -> tuple[int, int]:
    """Return how much the top of a sheet looks like the table wanted: familiar names, then values."""
    if not top:
        return (-1, 0)
    header = top[header_row(top, known)]
    familiar = sum(plain(cell) in known for cell in header if cell)
    return familiar if familiar >= 2 else 0, sum(bool(cell) for row in top for cell in row)
