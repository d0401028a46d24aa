"""Sheets of A4 as PDF: a title, facts, a picture, tables that break over pages.

Lines are measured and broken here, not by the PDF library: Chinese has no spaces, and nothing may leave its column.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from fpdf import FPDF

from geo.export.blocks import Blanks, Facts, Group, Heading, Marked, Picture, Sheet, Table, Words, parts, texts
from geo.export.print_text import POINT, face, not_in_font, one_line, printable, small_faces, wrap
from geo.maps.palette import PALETTES
from geo.words import say

WIDTH, HEIGHT = 210.0, 297.0  # millimetres
MARGIN = 16.0
FOOT = 17.0  # the height kept for the foot of a page
ROOM = WIDTH - 2 * MARGIN

_TITLE, _HEADING, _BODY, _TABLE, _FOOT, _SMALL = 18.0, 11.5, 9.5, 8.5, 8.0, 7.5  # points
_LEADING = 1.42  # ems from line to line
_ASCENT = 0.92  # ems from the top of a line to where its letters stand
_PAD = 1.1  # millimetres around the text of a cell
_LITTLE = 14.0  # millimetres: what follows a heading on its page
_MARK = 4.0  # millimetres, for the mark of a cell
_MOST_LINES = 8  # of a cell: a row fits a page whatever a reporter wrote
_INK = PALETTES["light"]
_HEAD = "#F3F5F7"


def print_sheets(sheets: Mapping[Path, Sheet]) -> None:
    """Write each sheet as PDF to its path: A4, glyphs embedded, the same sheet the same bytes.

    Where the font lacks a character, UNKNOWN stands for it, and the sheet says at its end which it is. Raises BadList
    where Chinese is wanted and its font was not fetched.
    """
    told = {path: _with_missing(sheet) for path, sheet in sheets.items()}
    everything = [printable(text) for sheet in told.values() for text in texts(sheet)]
    ascii_letters = "".join(map(chr, range(32, 127)))
    with tempfile.TemporaryDirectory(prefix="hexward-") as folder:
        faces = (Path(folder) / "regular.ttf", Path(folder) / "bold.ttf")
        for file, face_bytes in zip(faces, small_faces([*everything, ascii_letters, "…?"]), strict=True):
            file.write_bytes(face_bytes)
        for path, sheet in told.items():
            pages = _Paper(sheet, faces).lay()
            path.write_bytes(_Paper(sheet, faces, pages).finished())


def _with_missing(sheet: Sheet) -> Sheet:
    missing = not_in_font(texts(sheet))
    if not missing:
        return sheet
    named = ", ".join(f"U+{ord(char):04X}" for char in missing[:20]) + (" …" if len(missing) > 20 else "")
    told = say("The font has no letter for {characters}; a question mark stands there.", sheet.lang, characters=named)
    return replace(sheet, blocks=(*sheet.blocks, Words((told,))))


class _Paper:
    """A PDF in the making, with how far down its last page is filled."""

    def __init__(self, sheet: Sheet, faces: tuple[Path, Path], pages: int = 0) -> None:
        self.sheet, self.pages, self.y = sheet, pages, MARGIN
        self.pdf = FPDF(format="A4", unit="mm")
        self.pdf.set_auto_page_break(False)
        self.pdf.set_margin(0)
        self.pdf.add_font("print", "", faces[0])
        self.pdf.add_font("print", "B", faces[1])
        self.pdf.set_title(one_line(f"{sheet.over} {sheet.title}"))
        self.pdf.set_lang("zh-CN" if sheet.lang == "zh" else "en")
        self.pdf.set_creator("Hexward")
        self.pdf.set_producer("Hexward")
        self.pdf.set_creation_date(datetime(sheet.made_on.year, sheet.made_on.month, sheet.made_on.day, tzinfo=UTC))

    def finished(self) -> bytes:
        self.lay()
        return bytes(self.pdf.output())

    def lay(self) -> int:
        """Lay the sheet out and return how many pages it takes."""
        self._turn()
        self._lines(wrap(self.sheet.over, ROOM, _BODY, most=1), _BODY, colour=_INK.muted)
        self._lines(wrap(self.sheet.title, ROOM, _TITLE, bold=True, most=3), _TITLE, bold=True)
        self.y += 2
        for at, block in enumerate(self.sheet.blocks):
            if isinstance(block, Heading):
                after = self.sheet.blocks[at + 1 : at + 2]
                tables = [_Rows(self, table).least() for table in after if isinstance(table, Table)]
                self._heading(block, max(tables, default=_LITTLE))
            elif isinstance(block, Words):
                self._words(block)
            elif isinstance(block, Facts):
                self._facts(block)
            elif isinstance(block, Picture):
                self._picture(block)
            elif isinstance(block, Table):
                _Rows(self, block).lay()
            else:
                self._blanks(block)
        return int(self.pdf.pages_count)

    def room_for(self, high: float) -> bool:
        """Say whether so many millimetres are left on the page; turn to the next one where they are not."""
        if self.y + high <= HEIGHT - FOOT:
            return True
        self._turn()
        return False

    def _turn(self) -> None:
        """Begin a page, with its foot."""
        self.pdf.add_page()
        self.y = MARGIN
        top, number = HEIGHT - 13.0, f"{self.pdf.page} / {self.pages}"
        self.rule(top - 1.5)
        for line in wrap(self.sheet.foot, ROOM - 20, _FOOT, most=1):
            self.put(MARGIN, top, line, _FOOT, colour=_INK.muted)
        self.put(WIDTH - MARGIN - face().width(number, _FOOT), top, number, _FOOT, colour=_INK.muted)

    def put(self, x: float, y: float, text: str, size: float, *, bold: bool = False, colour: str = _INK.text) -> None:
        """Write one line whose upper edge is at `y`."""
        self.pdf.set_font("print", "B" if bold else "", size)
        self.pdf.set_text_color(colour)
        self.pdf.text(x, y + _ASCENT * size * POINT, printable(text))

    def rule(self, y: float, left: float = MARGIN, right: float = WIDTH - MARGIN) -> None:
        self.pdf.set_draw_color(_INK.line)
        self.pdf.set_line_width(0.2)
        self.pdf.line(left, y, right, y)

    def _lines(
        self, lines: Sequence[str], size: float, *, bold: bool = False, colour: str = _INK.text, x: float = MARGIN
    ) -> None:
        high = _LEADING * size * POINT
        for line in lines:
            self.room_for(high)
            self.put(x, self.y, line, size, bold=bold, colour=colour)
            self.y += high

    def _heading(self, block: Heading, after: float) -> None:
        """Write a heading on the page where at least `after` millimetres of what follows have room."""
        lines = wrap(block.text, ROOM, _HEADING, bold=True)
        self.y += 3.5
        self.room_for(len(lines) * _LEADING * _HEADING * POINT + 1 + after)
        self._lines(lines, _HEADING, bold=True)
        self.y += 1

    def _words(self, block: Words) -> None:
        size, colour = (_SMALL, _INK.muted) if block.small else (_BODY, _INK.text)
        indent = face().width(f"{block.mark} ", size) if block.mark else 0.0
        for text in block.lines:
            lines = wrap(text, ROOM - indent, size)
            self.room_for(min(2, len(lines)) * _LEADING * size * POINT)
            if block.mark and lines:
                self.put(MARGIN, self.y, block.mark, size, colour=_INK.muted)
            self._lines(lines, size, colour=colour, x=MARGIN + indent)
            self.y += 0.3 if block.small else 0.8

    def _facts(self, block: Facts) -> None:
        half, high = ROOM / 2, _LEADING * _BODY * POINT
        named = min(34.0, 3 + max(face().width(one_line(name), _BODY) for name, _ in block.pairs))
        for at in range(0, len(block.pairs), 2):
            cells = [
                (wrap(name, named - 2, _BODY, most=3), wrap(value, half - named - 3, _BODY, bold=True, most=3))
                for name, value in block.pairs[at : at + 2]
            ]
            tall = high * max(len(lines) for cell in cells for lines in cell) + 1
            self.room_for(tall)
            for column, (name, value) in enumerate(cells):
                x = MARGIN + column * half
                for row, line in enumerate(name):
                    self.put(x, self.y + row * high, line, _BODY, colour=_INK.muted)
                for row, line in enumerate(value):
                    self.put(x + named, self.y + row * high, line, _BODY, bold=True)
            self.y += tall
        self.y += 1.5

    def _picture(self, block: Picture) -> None:
        self.room_for(block.high)
        self.pdf.image(BytesIO(block.png), x=MARGIN, y=self.y, w=ROOM, h=block.high, alt_text=one_line(block.alt))
        self.y += block.high + 2

    def _blanks(self, block: Blanks) -> None:
        self.room_for(13)
        self.y += 7
        each = ROOM / len(block.labels)
        for at, label in enumerate(block.labels):
            left = MARGIN + at * each
            line = wrap(label, each - 22, _BODY, most=1)[0]
            self.put(left, self.y, line, _BODY, colour=_INK.muted)
            base = self.y + _ASCENT * _BODY * POINT + 0.6
            self.pdf.set_draw_color(_INK.muted)
            self.pdf.line(left + face().width(line, _BODY) + 2, base, left + each - 5, base)
        self.y += 6


class _Rows:
    """A table being laid: its head stands again on every page it reaches."""

    def __init__(self, paper: _Paper, table: Table) -> None:
        self.paper, self.table, self.group = paper, table, ""
        self.high = _LEADING * _TABLE * POINT

    def lay(self) -> None:
        self._head()
        for at, row in enumerate(self.table.rows):
            if isinstance(row, Group):
                self.group = ""
                self._turn(self._needs(at))
                self._group(self._named(row.text))
                self.group = row.text
            else:
                self._turn(self._needs(at))
                self._row(row, self._cells(row))
        self.paper.y += 2

    def least(self) -> float:
        """Return the millimetres of the head and the first row."""
        return self._tall(*self._heads()) + (self._needs(0) if self.table.rows else 0.0)

    def _needs(self, at: int) -> float:
        """Return the millimetres of a row; those of a group with the first row after it."""
        row = self.table.rows[at]
        if not isinstance(row, Group):
            return self._tall(*self._cells(row))
        return self._tall(self._named(row.text)) + (self._needs(at + 1) if at + 1 < len(self.table.rows) else 0.0)

    def _named(self, group: str) -> list[str]:
        return wrap(group, ROOM - 2 * _PAD, _TABLE, bold=True, most=2)

    def _turn(self, tall: float) -> None:
        if not self.paper.room_for(tall):
            self._head()
            if self.group:
                again = say("{area} (continued)", self.paper.sheet.lang, area=self.group)
                self._group(self._named(again))

    def _tall(self, *cells: Sequence[str]) -> float:
        return self.high * max((len(lines) for lines in cells), default=0) + 2 * _PAD

    def _cells(self, row: tuple[str | Marked, ...]) -> list[list[str]]:
        cells = []
        for cell, wide in zip(row, self.table.widths, strict=True):
            room = wide - 2 * _PAD - (_MARK if isinstance(cell, Marked) else 0)
            wrapped = [wrap(part, room, _TABLE, most=_MOST_LINES) for part in parts(cell)[-1].split("\n")]
            cells.append([line for lines in wrapped for line in lines][:_MOST_LINES])
        return cells

    def _heads(self) -> list[list[str]]:
        return [
            wrap(head, wide - 2 * _PAD, _TABLE, bold=True, most=3)
            for head, wide in zip(self.table.heads, self.table.widths, strict=True)
        ]

    def _head(self) -> None:
        paper, x, cells = self.paper, MARGIN, self._heads()
        tall = self._tall(*cells)
        paper.pdf.set_fill_color(_HEAD)
        paper.pdf.rect(MARGIN, paper.y, ROOM, tall, style="F")
        for at, (lines, wide) in enumerate(zip(cells, self.table.widths, strict=True)):
            self._cell(at, lines, x, wide, bold=True, colour=_INK.muted)
            x += wide
        paper.y += tall

    def _group(self, lines: Sequence[str]) -> None:
        for at, line in enumerate(lines):
            self.paper.put(MARGIN + _PAD, self.paper.y + _PAD + at * self.high, line, _TABLE, bold=True)
        self.paper.y += self._tall(lines)
        self.paper.rule(self.paper.y)

    def _row(self, row: tuple[str | Marked, ...], cells: Sequence[Sequence[str]]) -> None:
        x = MARGIN
        for at, (cell, lines, wide) in enumerate(zip(row, cells, self.table.widths, strict=True)):
            indent = 0.0
            if isinstance(cell, Marked):
                indent = _MARK
                self.paper.put(x + _PAD, self.paper.y + _PAD, cell.mark, _TABLE, colour=cell.colour)
            self._cell(at, lines, x + indent, wide - indent)
            x += wide
        self.paper.y += self._tall(*cells)
        self.paper.rule(self.paper.y)

    def _cell(
        self, at: int, lines: Sequence[str], x: float, wide: float, *, bold: bool = False, colour: str = _INK.text
    ) -> None:
        for row, line in enumerate(lines):
            shift = wide - 2 * _PAD - face(bold).width(line, _TABLE) if at in self.table.numbers else 0.0
            self.paper.put(
                x + _PAD + shift, self.paper.y + _PAD + row * self.high, line, _TABLE, bold=bold, colour=colour
            )
