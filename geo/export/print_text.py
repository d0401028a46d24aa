"""Text on paper: which glyphs there are, how wide they are, where a line may end."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

from geo.errors import BadList
from geo.maps.assets import print_font

POINT = 25.4 / 72  # millimetres
UNKNOWN = "?"
"""Stands for a character that the font cannot print; the sheet says which they are."""

_MATPLOTLIB = find_spec("matplotlib")
_BROUGHT = Path(_MATPLOTLIB.origin if _MATPLOTLIB and _MATPLOTLIB.origin else ".").parent / "mpl-data" / "fonts" / "ttf"
_WITHOUT_CHINESE = (_BROUGHT / "DejaVuSans.ttf", _BROUGHT / "DejaVuSans-Bold.ttf")
_BEFORE_NOTHING = frozenset("，。、；：！？）》」』】〕”’％·…,.;:!?)]}%")
_AFTER_NOTHING = frozenset("（《「『【〔“‘([{")
_MAY_END = frozenset(" -/;_")


@dataclass(frozen=True)
class Face:
    """A font file, with the width of every character it has, in ems."""

    file: Path
    widths: dict[str, float]

    def width(self, text: str, size: float) -> float:
        """Return the millimetres that `text` takes at `size` points."""
        return sum(self.widths.get(char, 1.0) for char in text) * size * POINT


def face(bold: bool = False) -> Face:
    """Return the font that setup brings, or the one that matplotlib brings, which has no Chinese."""
    return _face(_files()[bold])


def _files() -> tuple[Path, Path]:
    return (print_font.REGULAR, print_font.BOLD) if print_font.there() else _WITHOUT_CHINESE


@cache
def _face(file: Path) -> Face:
    font = TTFont(file, lazy=True)
    em, wide = font["head"].unitsPerEm, font["hmtx"].metrics
    return Face(file, {chr(code): wide[glyph][0] / em for code, glyph in font.getBestCmap().items()})


def one_line(text: str) -> str:
    """Return `text` on one line, without what is not to be seen: controls, marks that turn the direction, joiners.

    >>> one_line("a\\tb\\n\\u202ec"), one_line("  ")
    ('a b c', '')
    """
    seen = (" " if char.isspace() else char for char in text if char.isspace() or unicodedata.category(char)[0] != "C")
    return " ".join("".join(seen).split())


def printable(text: str) -> str:
    """Return `text` on one line with UNKNOWN for what the font does not have.

    >>> printable("Hall 7 \\U0001f600")
    'Hall 7 ?'
    """
    widths = face().widths
    return "".join(char if char in widths else UNKNOWN for char in one_line(text))


def not_in_font(texts: Iterable[str]) -> list[str]:
    """Return the characters of `texts` that the font does not have, in the order of their numbers.

    Raises BadList where the font with Chinese was not fetched and these are Chinese.
    """
    widths = face().widths
    missing = sorted({char for text in texts for char in one_line(text) if char not in widths})
    if not print_font.there() and any(_wide(char) and char.isalnum() for char in missing):
        raise BadList(
            "Chinese cannot be printed: the font Noto Sans SC was not fetched. Run `make setup` with a connection; "
            "workbooks and GeoJSON are written without it."
        )
    return missing


def wrap(text: str, width: float, size: float, *, bold: bool = False, most: int = 0) -> list[str]:
    """Break `text` into lines of at most `width` millimetres at `size` points; none where there is no text.

    Chinese breaks between any two characters, except before a closing mark or after an opening one; other scripts after
    a space, a hyphen, a slash; a word too long for a line breaks where the line ends. After `most` lines stands "…".
    """
    lettering, room = face(bold), width / (size * POINT)
    lines: list[str] = []
    line, used = "", 0.0
    for piece in _pieces(printable(text)):
        ems = [lettering.widths.get(char, 1.0) for char in piece]
        wide = sum(ems)
        if line and used + sum(ems[: len(piece.rstrip())]) > room:
            lines.append(line)
            line, used = "", 0.0
        if wide > room:
            for char, em in zip(piece, ems, strict=True):
                if line and used + em > room:
                    lines.append(line)
                    line, used = "", 0.0
                line, used = line + char, used + em
        else:
            line, used = line + piece, used + wide
    lines = [found for found in (part.strip() for part in (*lines, line)) if found]
    if most and len(lines) > most:
        last = lines[most - 1]
        while last and lettering.width(f"{last}…", size) > width:
            last = last[:-1]
        lines = [*lines[: most - 1], f"{last}…"]
    return lines


def _pieces(text: str) -> Iterable[str]:
    """Give the parts of a line that are not broken, each with the space after it."""
    start = 0
    for at in range(1, len(text)):
        before, after = text[at - 1], text[at]
        if after in _BEFORE_NOTHING or after == " " or before in _AFTER_NOTHING:
            continue
        if before in _MAY_END or _wide(before) or _wide(after):
            yield text[start:at]
            start = at
    yield text[start:]


def _wide(char: str) -> bool:
    return unicodedata.east_asian_width(char) in "WF"


def small_faces(texts: Iterable[str]) -> tuple[bytes, bytes]:
    """Return both faces with the glyphs of `texts` only, as font files: what reads them reads 100 kB and not 10 MB."""
    wanted = "".join(sorted({char for text in texts for char in text}))
    return _small(_files()[0], wanted), _small(_files()[1], wanted)


def _small(file: Path, wanted: str) -> bytes:
    options = subset.Options(hinting=False, notdef_outline=True)
    options.layout_features = []
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "BASE", "STAT", "vhea", "vmtx"]
    font = TTFont(file, lazy=True, recalcTimestamp=False)
    narrowed = subset.Subsetter(options)
    narrowed.populate(text=wanted)
    narrowed.subset(font)
    out = BytesIO()
    font.save(out)
    return out.getvalue()
