"""A sheet of a workbook that comes back from somebody else: its values as text, and where formulas stand.

fastexcel gives what a formula last came to, not that it is one; so the sheet's XML is looked at first. That also shows
how far the sheet reaches: one value in the last cell of a sheet would ask for memory for all between.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from xml.parsers import expat

from geo.errors import UnreadableFile
from geo.intake.readers import check_text
from geo.intake.workbooks import check_archive

_MOST_FILE = 300_000_000  # bytes; units put photos into the book
_MOST_SHEET = 80_000_000  # bytes of XML, some 50,000 rows
_MOST_ROWS, _MOST_COLUMNS = 100_000, 200
_FORMULA_CHARS = 200
_RELATIONS = "xl/_rels/workbook.xml.rels"
_WORKBOOK = "xl/workbook.xml"
_LINKED = "xl/externalLinks/"
_ARCHIVE = b"PK"  # what every .xlsx begins with
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # what an .xls does, and an .xlsx with a password


@dataclass(frozen=True)
class SheetCells:
    """`rows`: of the sheet from its first, every cell as text, None where empty. `formulas`: row and column, from 0."""

    rows: list[tuple[str | None, ...]]
    formulas: dict[tuple[int, int], str]
    hidden: bool
    linked: bool  # the workbook refers to other files; nobody here opens them
    others: tuple[str, ...]  # the names of the sheets that were not read


def read_sheet(data: bytes, file: str, wanted: Collection[str]) -> SheetCells | None:
    """Return the first sheet of a workbook whose name is one of `wanted`, None where it has none.

    Days come as ISO text. Raises UnreadableFile where it is no workbook, damaged, protected by a password, or far
    larger than an order.
    """
    import fastexcel

    if data.startswith(_OLD_OFFICE):
        check_text(data, Path(file))
    if not data.startswith(_ARCHIVE):
        raise UnreadableFile("{file} is not an .xlsx workbook. Send back the workbook that was sent out.", file=file)
    if len(data) > _MOST_FILE:
        raise _too_large(file)
    check_archive(data, file)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            found = _find(archive, file, wanted)
            if found is None:
                return None
            name, part, hidden, others = found
            linked = any(entry.startswith(_LINKED) for entry in archive.namelist())
            scan = _Scan()
            _parse(archive, file, part, scan.start, scan.end, scan.text)
        if scan.rows > _MOST_ROWS or scan.columns > _MOST_COLUMNS:
            raise _too_large(file)
        sheet = fastexcel.read_excel(data).load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
        before = (None,) * (scan.first - 1)  # fastexcel starts at the leftmost value
        return SheetCells([before + row for row in sheet.to_polars().rows()], scan.formulas, hidden, linked, others)
    except (
        *(zipfile.BadZipFile, zlib.error, EOFError),  # cut off
        *(RuntimeError, NotImplementedError),  # encrypted
        *(expat.ExpatError, KeyError, ValueError, fastexcel.FastExcelError),
    ) as fault:
        if isinstance(fault, UnreadableFile):
            raise
        raise UnreadableFile(
            "{file} is a damaged workbook. Open it in Excel or WPS, repair it and save it as .xlsx.", file=file
        ) from fault


class _Scan:
    """What the XML of a sheet says while it streams by."""

    def __init__(self) -> None:
        self.formulas: dict[tuple[int, int], str] = {}
        self.rows = self.columns = 0
        self.first = _MOST_COLUMNS  # column of the leftmost value
        self._row = self._column = 0
        self._formula: str | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "row":
            self._row, self._column = int(attributes.get("r", self._row + 1)), 0
        elif name == "c":
            reference = re.fullmatch(r"([A-Z]{1,3})([0-9]{1,7})", attributes.get("r", ""))
            if reference:
                self._column, self._row = _number(reference[1]), int(reference[2])
            else:
                self._column += 1
            self.rows, self.columns = max(self.rows, self._row), max(self.columns, self._column)
        elif name in ("v", "is"):
            self.first = min(self.first, self._column)
        elif name == "f":
            self._formula = ""

    def text(self, data: str) -> None:
        if self._formula is not None and len(self._formula) < _FORMULA_CHARS:
            self._formula += data

    def end(self, name: str) -> None:
        if name == "f" and self._formula is not None:
            self.formulas[self._row - 1, self._column - 1] = self._formula[:_FORMULA_CHARS]
            self._formula = None


def cell_name(row: int, column: int) -> str:
    """Return what a spreadsheet calls a cell; both from 0.

    >>> cell_name(4, 0), cell_name(0, 27)
    ('A5', 'AB1')
    """
    letters, left = "", column + 1
    while left:
        left, rest = divmod(left - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


def _number(letters: str) -> int:
    """Return the number of a column from its letters: A is 1."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _find(
    archive: zipfile.ZipFile, file: str, wanted: Collection[str]
) -> tuple[str, str, bool, tuple[str, ...]] | None:
    """Return the name of the sheet, its part of the archive, whether it is hidden, and the names of the others."""
    sheets: list[dict[str, str]] = []
    targets: dict[str, str] = {}

    def of_sheet(name: str, attributes: dict[str, str]) -> None:
        if name == "sheet":
            sheets.append(attributes)

    def of_target(name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship":
            targets[attributes["Id"]] = attributes["Target"]

    _parse(archive, file, _WORKBOOK, of_sheet)
    _parse(archive, file, _RELATIONS, of_target)
    for sheet in sheets:
        if sheet["name"] in wanted:
            key = next(value for name, value in sheet.items() if name.endswith(":id"))
            part = posixpath.normpath(posixpath.join("/xl", targets[key])).lstrip("/")
            others = tuple(one["name"] for one in sheets if one is not sheet)
            return sheet["name"], part, sheet.get("state", "visible") != "visible", others
    return None


def _parse(
    archive: zipfile.ZipFile,
    file: str,
    part: str,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Stream a part of the archive by; names come without their prefix. No document type, so no entity, is let in."""
    if archive.getinfo(part).file_size > _MOST_SHEET:
        raise _too_large(file)
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, attributes: start(name.rpartition(":")[2], attributes)
    if end:
        parser.EndElementHandler = lambda name: end(name.rpartition(":")[2])
    if text:
        parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = _refuse
    with archive.open(part) as stream:
        parser.ParseFile(stream)


def _refuse(*_: object) -> None:
    raise ValueError("a document type in a workbook")


def _too_large(file: str) -> UnreadableFile:
    return UnreadableFile(
        "{file} is far larger than what was sent out, and was not opened. Send that alone.", file=file
    )
