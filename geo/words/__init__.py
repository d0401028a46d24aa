"""Every sentence of the product in every language, and how numbers and dates are said.

English stands in the code, where it is read; its Chinese stands in the TOML tables of this folder, one per room, keyed
by the English. A test holds that no sentence lacks its Chinese and that no table holds a sentence nobody says.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

LANGUAGES = ("en", "zh")


@cache
def chinese() -> dict[str, str]:
    """Return the Chinese of every English sentence."""
    table: dict[str, str] = {}
    for file in sorted(resources.files(__name__).iterdir(), key=lambda f: f.name):
        if file.name.endswith(".toml"):
            table |= tomllib.loads(file.read_text("utf-8"))
    return table


def say(text: str, /, lang: str = "en", **values: object) -> str:
    """Return the sentence `text` in `lang`, with its `{names}` filled in.

    A text without a Chinese form is data (a place, a category) and comes back as it is.

    >>> say("Hot spots", "zh")
    '热点'
    >>> say("Row {row} has no date.", row=7)
    'Row 7 has no date.'
    """
    template = chinese().get(text, text) if lang == "zh" else text
    return template.format(**values) if values else template


def together(sentences: Iterable[str], lang: str = "en") -> str:
    """Return sentences one after the other: in Chinese no space stands between them.

    >>> together(["One.", "Two."]), together(["一。", "二。"], "zh")
    ('One. Two.', '一。二。')
    """
    return ("" if lang == "zh" else " ").join(sentences)


@dataclass(frozen=True)
class Note:
    """A sentence that is said later, when the reader's language is known.

    >>> note("{cells} cells have no households.", cells=3).sentence()
    '3 cells have no households.'
    """

    text: str
    values: dict[str, object] = field(default_factory=dict)

    def sentence(self, lang: str = "en") -> str:
        """Return the sentence in `lang`; a value that is a sentence itself is said in it too."""
        values = {name: v.sentence(lang) if isinstance(v, Note) else v for name, v in self.values.items()}
        return say(self.text, lang, **values)

    def __str__(self) -> str:
        return self.sentence()


def note(text: str, /, **values: object) -> Note:
    """Return the sentence `text` with the values of its `{names}`."""
    return Note(text, values)
