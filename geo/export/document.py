"""A Word document of an office: real styles, East Asian fonts, tables whose head stands again on every page.

Chinese documents follow the measures of GB/T 9704-2012 (margins 37, 35, 28 and 26 mm; body 仿宋 三号, headings 黑体,
28 points from line to line); the fonts are those of Windows, named and not embedded.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from io import BytesIO
from typing import Any

from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from geo.export.print_text import one_line

ROOM = 156.0  # millimetres between the margins

_BESIDE = 68  # twentieths of a point on either side of the text of a cell: 1.2 mm
_EARLIEST = (1980, 1, 1, 0, 0, 0)  # of an entry in a ZIP file
_INK, _LINE, _HEAD = "1B2733", "A9B4BE", "F3F5F7"
# Latin font, East Asian font, points, bold, points from line to line, of each style and language
_STYLES: dict[str, dict[str, tuple[str, str, float, bool, float]]] = {
    "zh": {
        "Normal": ("Times New Roman", "仿宋", 16, False, 28),
        "Title": ("Times New Roman", "方正小标宋简体", 22, False, 36),
        "Subtitle": ("Times New Roman", "楷体", 16, False, 28),
        "Heading 1": ("Times New Roman", "黑体", 16, False, 28),
        "Caption": ("Times New Roman", "黑体", 12, False, 22),
        "List Bullet": ("Times New Roman", "仿宋", 14, False, 24),
        "Table text": ("Times New Roman", "仿宋", 10.5, False, 15),
        "Table head": ("Times New Roman", "黑体", 10.5, False, 15),
    },
    "en": {
        "Normal": ("Segoe UI", "Microsoft YaHei", 11, False, 17),
        "Title": ("Segoe UI", "Microsoft YaHei", 22, True, 30),
        "Subtitle": ("Segoe UI", "Microsoft YaHei", 11, False, 17),
        "Heading 1": ("Segoe UI", "Microsoft YaHei", 14, True, 20),
        "Caption": ("Segoe UI", "Microsoft YaHei", 9.5, True, 14),
        "List Bullet": ("Segoe UI", "Microsoft YaHei", 10, False, 15),
        "Table text": ("Segoe UI", "Microsoft YaHei", 9, False, 13),
        "Table head": ("Segoe UI", "Microsoft YaHei", 9, True, 13),
    },
}


class Paper:
    """A document in the making."""

    def __init__(self, title: str, made_on: date, lang: str) -> None:
        self.lang = lang
        self.file: Any = Document()
        section = self.file.sections[0]
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.top_margin, section.bottom_margin = (Mm(37), Mm(35)) if lang == "zh" else (Mm(25), Mm(22))
        section.left_margin, section.right_margin = Mm(28), Mm(26)
        for name, look in _STYLES[lang].items():
            self._style(name, *look)
        self._number_pages(section)
        self._say_language()
        made = datetime(made_on.year, made_on.month, made_on.day)
        about = self.file.core_properties
        about.author, about.title, about.comments, about.revision = "Hexward", one_line(title), "", 1
        about.last_modified_by, about.language = "Hexward", "zh-CN" if lang == "zh" else "en-GB"
        about.created = about.modified = made

    def put(self, text: str, style: str = "Normal", *, indent: bool = False) -> None:
        """Add a paragraph; `indent`: its first line by two characters, as Chinese does."""
        paragraph = self.file.add_paragraph(one_line(text), style=style)
        if indent and self.lang == "zh":
            paragraph.paragraph_format.first_line_indent = Pt(2 * _STYLES["zh"][style][2])

    def sign(self, *lines: str) -> None:
        """End with lines on the right, on one page with the paragraph before them."""
        before = self.file.paragraphs[-1]
        for text in lines:
            before.paragraph_format.keep_with_next = True
            before = self.file.add_paragraph(one_line(text))
            before.alignment = WD_ALIGN_PARAGRAPH.RIGHT

    def picture(self, png: bytes, alt: str) -> None:
        """Add a PNG over the whole width, with a text for those who do not see it."""
        paragraph = self.file.add_paragraph()
        paragraph.paragraph_format.line_spacing = 1.0  # or an exact spacing cuts it off
        shape = paragraph.add_run().add_picture(BytesIO(png), width=Mm(ROOM))
        shape._inline.docPr.set("descr", one_line(alt))

    def table(
        self,
        caption: str,
        heads: Sequence[str],
        widths: Sequence[float],
        rows: Sequence[Sequence[str]],
        right: set[int],
    ) -> None:
        """Add a table under its caption; `widths` in millimetres; columns `right` (by place) hold numbers."""
        found = self.file.add_paragraph(one_line(caption), style="Caption")
        found.paragraph_format.keep_with_next = True
        table = self.file.add_table(rows=1, cols=len(heads), style="Table Grid")
        table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
        _borders(table)
        for column, wide in zip(table.columns, widths, strict=True):
            column.width = Mm(wide)
        self._row(table.rows[0], heads, widths, right, "Table head")
        _mark(table.rows[0]._tr.get_or_add_trPr(), "w:tblHeader")
        for row in rows:
            self._row(table.add_row(), row, widths, right, "Table text")
        self.file.add_paragraph().paragraph_format.line_spacing = Pt(6)

    def bytes(self) -> bytes:
        """Return the file: the same document, the same bytes."""
        out = BytesIO()
        self.file.save(out)
        return same_times(out.getvalue())

    def _row(self, row: Any, texts: Sequence[str], widths: Sequence[float], right: set[int], style: str) -> None:
        _mark(row._tr.get_or_add_trPr(), "w:cantSplit")
        for at, (cell, text, wide) in enumerate(zip(row.cells, texts, widths, strict=True)):
            cell.width = Mm(wide)
            paragraph = cell.paragraphs[0]
            paragraph.style = style
            paragraph.add_run(one_line(text))
            if at in right:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            if style == "Table head":
                shade = OxmlElement("w:shd")
                shade.set(qn("w:val"), "clear")
                shade.set(qn("w:fill"), _HEAD)
                cell._tc.get_or_add_tcPr().append(shade)

    def _style(self, name: str, latin: str, asian: str, points: float, bold: bool, leading: float) -> None:
        styles = self.file.styles
        found = styles[name] if name in styles else styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        if name.startswith("Table"):
            found.base_style = styles["Normal"]
        found.font.name, found.font.size, found.font.bold, found.font.italic = latin, Pt(points), bold, False
        found.font.color.rgb = RGBColor.from_string(_INK)
        fonts = found.element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
        for which, font in (("ascii", latin), ("hAnsi", latin), ("cs", latin), ("eastAsia", asian)):
            fonts.set(qn(f"w:{which}"), font)
        shape = found.paragraph_format
        shape.line_spacing = Pt(leading)
        table = name.startswith("Table")
        shape.space_before = Pt(12 if name == "Heading 1" and self.lang == "en" else 1 if table else 0)
        shape.space_after = Pt(1 if table else 12 if name in ("Title", "Subtitle") else 6 if self.lang == "en" else 0)
        if name == "Title" or (name == "Subtitle" and self.lang == "zh"):
            shape.alignment = WD_ALIGN_PARAGRAPH.CENTER if self.lang == "zh" else WD_ALIGN_PARAGRAPH.LEFT
        for line in found.element.findall(f".//{qn('w:pBdr')}"):  # the template rules its titles in blue
            line.getparent().remove(line)
        for spread in found.element.findall(f".//{qn('w:rPr')}/{qn('w:spacing')}"):
            spread.getparent().remove(spread)

    def _say_language(self) -> None:
        """Name the languages of the text, or Chinese is set in whichever East Asian form a program falls back to."""
        defaults = self.file.styles.element.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}/{qn('w:rPr')}")
        said = defaults.find(qn("w:lang"))
        said.set(qn("w:val"), "en-GB")
        said.set(qn("w:eastAsia"), "zh-CN")

    def _number_pages(self, section: Any) -> None:
        """Write "— 1 —" into the foot of every page, as a field that Word counts."""
        paragraph = section.footer.paragraphs[0]
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.add_run("— ")
        run = paragraph.add_run()
        for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
            part = OxmlElement("w:fldChar" if kind else "w:instrText")
            if kind:
                part.set(qn("w:fldCharType"), kind)
            part.text = text or None
            run._r.append(part)
        paragraph.add_run(" —")


def _mark(properties: Any, name: str) -> None:
    properties.append(OxmlElement(name))


def _borders(table: Any) -> None:
    """Rule the rows lightly, and no columns; keep the text of neighbours apart."""
    borders = OxmlElement("w:tblBorders")
    for edge in ("top", "left", "bottom", "right", "insideH", "insideV"):
        line = OxmlElement(f"w:{edge}")
        for key, value in (("val", "nil" if edge in ("left", "right", "insideV") else "single"), ("sz", "4")):
            line.set(qn(f"w:{key}"), value)
        line.set(qn("w:color"), _LINE)
        borders.append(line)
    margins = OxmlElement("w:tblCellMar")
    for edge in ("left", "right"):
        margin = OxmlElement(f"w:{edge}")
        margin.set(qn("w:w"), str(_BESIDE))
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    about = table._tbl.tblPr  # its parts stand in the order of the schema, or Word mends the file
    about.find(qn("w:tblLayout")).addprevious(borders)
    about.find(qn("w:tblLayout")).addnext(margins)


def same_times(packed: bytes) -> bytes:
    """Return a ZIP file with the clock taken out of its entries.

    >>> from io import BytesIO
    >>> out = BytesIO()
    >>> with zipfile.ZipFile(out, "w") as file:
    ...     file.writestr("a.txt", "x")
    >>> zipfile.ZipFile(BytesIO(same_times(out.getvalue()))).getinfo("a.txt").date_time
    (1980, 1, 1, 0, 0, 0)
    """
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(packed)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            new.writestr(zipfile.ZipInfo(entry.filename, _EARLIEST), old.read(entry), zipfile.ZIP_DEFLATED)
    return out.getvalue()
