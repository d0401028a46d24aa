"""Every way the product can refuse. A refusal is one sentence: what is wrong, where, and what to do about it.

What has a name here is caught by the command line and the screen and said in the reader's language. Anything else is a
bug and looks like one.
"""

from __future__ import annotations

from geo.words import Note, together


class HexwardError(Exception):
    """A refusal. `str()` gives the English sentence, `.sentence("zh")` the Chinese.

    >>> str(HexwardError("{file} is empty. Export it again.", file="a.csv"))
    'a.csv is empty. Export it again.'
    """

    def __init__(self, text: str, /, **values: object) -> None:
        super().__init__(text)
        self.text, self.values = text, values

    def sentence(self, lang: str = "en") -> str:
        return Note(self.text, self.values).sentence(lang)

    def __str__(self) -> str:
        return self.sentence()


class UnreadableFile(HexwardError, ValueError):
    """The file is not what its name says, or is damaged, empty, too large, or of a kind nobody here reads."""


class UnknownColumns(HexwardError, ValueError):
    """Columns needed are not among those found; `.found`, `.missing` and `.mapping` (TOML to start from) say more."""

    def __init__(self, text: str, /, *, found: list[str], missing: list[str], mapping: str, **values: object) -> None:
        super().__init__(text, **values)
        self.found, self.missing, self.mapping = found, missing, mapping


class BadMapping(HexwardError, ValueError):
    """The mapping file names a column, a setting or a value that does not exist."""


class UnknownCRS(HexwardError, ValueError):
    """The coordinate reference system is missing, unknown or contradicted by the coordinates."""


class BadAreas(HexwardError, ValueError):
    """An area layer has no usable geometry, or the wrong kind of it."""


class NoReports(HexwardError, ValueError):
    """No report is left to work with."""


class RefusedQuestion(HexwardError, ValueError):
    """The data cannot carry what was asked: window, lens, resolution, dates, categories."""


class BadList(HexwardError, ValueError):
    """The list cannot be written: an unknown ending, a folder that is not there, a file that is open elsewhere."""


class BadScorecard(HexwardError, ValueError):
    """The scorecard cannot be used; `.faults` says everything that is wrong, and the sentence says it too."""

    def __init__(self, text: str, /, *, faults: tuple[Note, ...] = (), **values: object) -> None:
        super().__init__(text, **values)
        self.faults = faults

    def sentence(self, lang: str = "en") -> str:
        return together((super().sentence(lang), *(fault.sentence(lang) for fault in self.faults)), lang)


class BadBaseMap(HexwardError, ValueError):
    """The settings ask for a base map that cannot be drawn: a file, a service, a datum. The map works on without."""
