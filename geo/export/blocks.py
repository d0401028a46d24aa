"""What a printed sheet says, block by block; `geo.export.paper` knows how it looks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from geo.words import say


@dataclass(frozen=True)
class Words:
    """Paragraphs, or list items with a mark before each; `small`: in grey, for what is looked up and not read."""

    lines: tuple[str, ...]
    mark: str = ""
    small: bool = False


@dataclass(frozen=True)
class Heading:
    text: str


@dataclass(frozen=True)
class Facts:
    """Names and values, in two columns."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Picture:
    """A PNG over the whole width, `high` millimetres."""

    png: bytes
    high: float
    alt: str


@dataclass(frozen=True)
class Marked:
    """The text of a cell, with a coloured mark before it: a letter that is a shape."""

    mark: str
    colour: str
    text: str


@dataclass(frozen=True)
class Group:
    """A line over all columns, for the rows after it; said again where they go on on the next page."""

    text: str


@dataclass(frozen=True)
class Table:
    """`widths` in millimetres, together ROOM; columns of `numbers` (by place) stand to the right.

    A line break in a cell is one on paper.
    """

    heads: tuple[str, ...]
    widths: tuple[float, ...]
    rows: tuple[tuple[str | Marked, ...] | Group, ...]
    numbers: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Blanks:
    """Lines to be filled in by hand."""

    labels: tuple[str, ...]


Block = Words | Heading | Facts | Picture | Table | Blanks


@dataclass(frozen=True)
class Sheet:
    """What a PDF says. `over`: small, above the title. `foot`: on every page, beside its number."""

    over: str
    title: str
    foot: str
    made_on: date
    lang: str
    blocks: tuple[Block, ...]


def texts(sheet: Sheet) -> Iterator[str]:
    """Give every text of a sheet."""
    yield from (sheet.over, sheet.title, sheet.foot)
    for block in sheet.blocks:
        if isinstance(block, Words):
            yield from (block.mark, *block.lines)
        elif isinstance(block, Heading):
            yield block.text
        elif isinstance(block, Facts):
            yield from (text for pair in block.pairs for text in pair)
        elif isinstance(block, Blanks):
            yield from block.labels
        elif isinstance(block, Table):
            yield from (*block.heads, say("{area} (continued)", sheet.lang, area=""))
            for row in block.rows:
                yield from [row.text] if isinstance(row, Group) else [text for cell in row for text in parts(cell)]


def parts(cell: str | Marked) -> tuple[str, ...]:
    """Return the texts of a cell, what it says last."""
    return (cell.mark, cell.text) if isinstance(cell, Marked) else (cell,)
