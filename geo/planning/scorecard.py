"""The scorecard of a review as data: what a visitor looks for at what kind of place, and what a problem costs.

`scorecard.toml` beside this file is an example, and says so; its head explains every field.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from geo.errors import BadScorecard, UnreadableFile
from geo.intake.categories import category_name, category_table
from geo.intake.themes import PREFIX, Theme, find_theme, shipped_themes
from geo.words import LANGUAGES, Note, note

_TEXTS = ("code", "name", "english", "point_type")
_OPTIONAL_TEXTS = ("look_for", "look_for_english")
_NUMBERS = ("deduction", "not_rectified", "notified_twice", "weight", "cap")
_WHOLE = ("name", "english", "example")
_CODE = re.compile(r"[\w.\-]{1,20}")
_MOST_BYTES = 1_000_000
_MOST_POINTS = 1_000.0


@dataclass(frozen=True)
class Indicator:
    """One line of a scorecard."""

    code: str
    chinese: str
    english: str
    point_type: str  # kind of area
    categories: tuple[str, ...]  # as written; empty for all
    deduction: float
    not_rectified: float = 0.0  # on top of the deduction
    notified_twice: float = 0.0  # on top of the deduction
    weight: float = 1.0
    cap: float = math.inf  # points a place can lose by it, before the weight
    look_for_chinese: str = ""
    look_for_english: str = ""

    def name(self, lang: str = "en") -> str:
        return self.chinese if lang == "zh" else self.english

    def look_for(self, lang: str = "en") -> str:
        return self.look_for_chinese if lang == "zh" else self.look_for_english

    def cost(self, found: Any, overdue: Any = 0, returned: Any = 0) -> Any:
        """Return the points that so many problems cost, numbers or arrays: those overdue and returned are among them.

        >>> Indicator("M1", "", "", "market", (), 0.3, 1.0, 2.0, cap=3.0).cost(2, 1), 0.3 * 2 + 1.0
        (1.6, 1.6)
        >>> Indicator("M1", "", "", "market", (), 0.3, 1.0, 2.0, weight=2, cap=3.0).cost(9, 9, 9)
        6.0
        """
        total = self.deduction * found + self.not_rectified * overdue + self.notified_twice * returned
        return self.weight * (min(total, self.cap) if isinstance(total, int | float) else total.clip(max=self.cap))


@dataclass(frozen=True)
class Scorecard:
    """The indicators of a review, in their order. `example`: not the scorecard of a real one."""

    chinese: str
    english: str
    example: bool
    indicators: tuple[Indicator, ...]

    def name(self, lang: str = "en") -> str:
        return self.chinese if lang == "zh" else self.english

    def of(self, kind: str) -> tuple[Indicator, ...]:
        """Return the indicators for which places of a kind are visited."""
        return tuple(one for one in self.indicators if one.point_type == kind)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of area that are visited."""
        return tuple(dict.fromkeys(one.point_type for one in self.indicators))

    @property
    def caution(self) -> tuple[Note, ...]:
        """What to say wherever its points are shown."""
        if not self.example:
            return ()
        return (
            note(
                "The scorecard is an example, not an official standard: its points show how losses are reckoned. Give "
                "that of the review to plan by it."
            ),
        )


@cache
def example() -> Scorecard:
    """Return the example that is shipped.

    >>> example().example, [one.code for one in example().of("market")]
    (True, ['M1', 'M2'])
    """
    return _parsed(resources.files(__package__).joinpath("scorecard.toml").read_text("utf-8"), "scorecard.toml")


def read_scorecard(path: str | Path, *, themes: Sequence[Theme] | None = None) -> Scorecard:
    """Return the scorecard of a TOML file, built as `scorecard.toml` is.

    `themes`: those that `theme:` may name; the shipped ones unless given.

    Raises UnreadableFile where the file is not there or is no text, BadScorecard with every fault of it (`.faults`),
    each with its line and indicator.
    """
    path = Path(path)
    if not path.is_file():
        raise UnreadableFile("{file} is not there. Check the spelling and the folder.", file=path.name)
    if path.stat().st_size > _MOST_BYTES:
        raise UnreadableFile("{file} is too large for a scorecard. Give the TOML file.", file=path.name)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableFile("{file} is not text in UTF-8. Save it as UTF-8.", file=path.name) from error
    return _parsed(text, path.name, themes)


def matched(indicator: Indicator, known: Collection[str], themes: Sequence[Theme] | None = None) -> tuple[str, ...]:
    """Return the categories among `known`, as the reports write them, that an indicator is about; sorted.

    >>> dust = Indicator("C1", "", "", "construction_site", ("theme:dust", "S0600*", "Noise"), 0.3)
    >>> matched(dust, ["S08004", "S06001", "S06028", "S09005", "Potholes"])
    ('S06001', 'S06028', 'S08004')
    """
    if not indicator.categories:
        return tuple(sorted(known))
    named = {category_name(code, lang): code for code in known for lang in LANGUAGES} | {code: code for code in known}
    found: set[str] = set()
    for asked in indicator.categories:
        if asked.endswith("*"):
            found |= {code for code in known if code.startswith(asked[:-1])}
        elif asked.startswith(PREFIX):
            theme = find_theme(asked, shipped_themes() if themes is None else themes)
            found |= {named[name] for name in (theme.categories if theme else ()) if name in named}
        elif asked in named:
            found.add(named[asked])
    return tuple(sorted(found))


def _parsed(text: str, file: str, themes: Sequence[Theme] | None = None) -> Scorecard:
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"at line (\d+)", str(error))
        raise BadScorecard(
            "{file} is not valid TOML: line {line} cannot be read. Check its quotation marks, brackets and equals "
            'signs ("{fault}").',
            file=file,
            line=int(at[1]) if at else len(text.splitlines()) or 1,
            fault=str(error),
        ) from error
    lines = _Lines(text)
    faults = [*_faults(data, lines, shipped_themes() if themes is None else themes)]
    if faults:
        raise BadScorecard(
            "{file} cannot be used as a scorecard, faults: {n}.", file=file, n=len(faults), faults=tuple(faults)
        )
    head = data["scorecard"]
    rows = (
        Indicator(**{_FIELDS.get(key, key): _value(value) for key, value in row.items()}) for row in data["indicator"]
    )
    return Scorecard(head["name"], head["english"], head.get("example", False), tuple(rows))


_FIELDS = {"name": "chinese", "look_for": "look_for_chinese"}


def _value(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else float(value) if isinstance(value, int) else value


class _Lines:
    """On which line of a scorecard something stands: TOML, once read, does not say."""

    def __init__(self, text: str) -> None:
        self._rows = text.splitlines()
        self._starts = [at for at, row in enumerate(self._rows) if re.match(r"\s*\[\[\s*indicator\s*\]\]", row)]

    def of(self, number: int, key: str = "") -> int:
        """Return the line of a key of the indicator `number` (from 0), or of its head."""
        if number >= len(self._starts):
            return 1
        start = self._starts[number]
        end = self._starts[number + 1] if number + 1 < len(self._starts) else len(self._rows)
        own = (at for at in range(start, end) if key and re.match(rf"\s*\"?{re.escape(key)}\"?\s*=", self._rows[at]))
        return next(own, start) + 1


def _faults(data: dict[str, Any], lines: _Lines, themes: Sequence[Theme]) -> Iterator[Note]:
    """Return everything that is wrong, in the order of the file."""
    head, rows = data.get("scorecard"), data.get("indicator")
    if not isinstance(head, dict) or not all(isinstance(head.get(key), str) and head[key] for key in _WHOLE[:2]):
        yield note("[scorecard] needs a name and an english name.")
    elif not isinstance(head.get("example", False), bool):
        yield note("[scorecard] example is true or false.")
    unknown = [key for key in data if key not in ("scorecard", "indicator")]
    unknown += [f"scorecard.{key}" for key in (head if isinstance(head, dict) else ()) if key not in _WHOLE]
    for key in unknown:
        yield note('"{key}" is not known.', key=key)
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        yield note("No [[indicator]] stands in it.")
        return
    codes: set[str] = set()
    for at, row in enumerate(rows):
        code = str(row.get("code", ""))
        for key, fault in _faults_of(row, themes):
            yield note(
                "Line {line}, {indicator}: {fault}", line=lines.of(at, key), indicator=code or at + 1, fault=fault
            )
        if code and code in codes:
            yield note(
                "Line {line}, {indicator}: {fault}",
                line=lines.of(at, "code"),
                indicator=code,
                fault=note("the code stands twice."),
            )
        codes.add(code)


def _faults_of(row: dict[str, Any], themes: Sequence[Theme]) -> Iterator[tuple[str, Note]]:
    """Return the faults of an indicator, each with its key."""
    for key in _TEXTS:
        if not isinstance(row.get(key), str) or not row[key].strip():
            yield key, note('"{key}" is missing.', key=key)
    if isinstance(row.get("code"), str) and row["code"].strip() and not _CODE.fullmatch(row["code"]):
        yield "code", note("a code is of letters, digits, dots and dashes, 20 at the most.")
    for key in _OPTIONAL_TEXTS:
        if not isinstance(row.get(key, ""), str):
            yield key, note('"{key}" is a text.', key=key)
    if "deduction" not in row:
        yield "deduction", note('"{key}" is missing.', key="deduction")
    for key in _NUMBERS:
        value = row.get(key, 0.0)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not 0 <= value <= _MOST_POINTS:  # NaN is not either
            yield key, note('"{key}" is a number from 0 to {most}.', key=key, most=f"{_MOST_POINTS:,.0f}")
        elif key in ("weight", "cap") and key in row and not value:
            yield key, note('"{key}" is more than 0.', key=key)
    known = {*_TEXTS, *_OPTIONAL_TEXTS, *_NUMBERS, "categories"}
    for key in row:
        if key not in known:
            yield key, note('"{key}" is not known.', key=key)
    categories = row.get("categories")
    if not isinstance(categories, list) or not all(isinstance(one, str) and one.strip() for one in categories):
        yield "categories", note('"categories" is a list of texts; [] for all.')
        return
    for asked in categories:
        if asked.startswith(PREFIX) and find_theme(asked, themes) is None:
            yield (
                "categories",
                note(
                    'there is no theme "{theme}". There are: {themes}.',
                    theme=asked.removeprefix(PREFIX),
                    themes=", ".join(theme.key for theme in themes),
                ),
            )
        elif re.fullmatch(r"[SB]\d{5}", asked) and asked not in category_table().names:
            yield "categories", note('there is no category "{category}".', category=asked)
