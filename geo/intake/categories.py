"""Category tables as data. GB/T 47678.5-2026 is a file in `category_tables`; other cities keep their own words.

Its codes are written `S09005` (事项, events) and `B01001` (部件, components): the bare numbers repeat across the two.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources

import polars as pl

from geo.intake.text_table import plain
from geo.tables import UNKNOWN_CATEGORY

GB_2026 = "gb47678_5_2026"

_KINDS = {"事项": "S", "事件": "S", "管理事项": "S", "s": "S", "部件": "B", "管理部件": "B", "b": "B"}
_CODE = re.compile(r"(?<![0-9A-Za-z])([SsBb]?)(\d{5})(?!\d)")
_OLD_CODE = re.compile(r"(0[1-9])-?(\d{2})")
_CUTS = re.compile(r"[/\\>|→;；:：,，_\-\s]+")
_OLD_MAJORS = 5  # the event classes 01.. of 2013 are 06.. in the table of 2026


@dataclass(frozen=True)
class CategoryTable:
    """Codes with their names, and the ways to find a code."""

    names: dict[str, str]  # code -> name, as the standard writes it
    english: dict[str, str]  # code -> English name
    by_name: dict[str, str]  # `plain` name -> code


@cache
def category_table(table: str = GB_2026) -> CategoryTable:
    """Return a category table by the name of its file in `category_tables`.

    >>> table = category_table()
    >>> len(table.names), table.names["S09005"]
    (403, '店外经营')
    """
    text = (resources.files(__package__) / "category_tables" / f"{table}.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    return CategoryTable(
        names={row["code"]: row["name"] for row in rows},
        english={row["code"]: row["english"] for row in rows},
        by_name={plain(row["name"]): row["code"] for row in rows},
    )


def category_name(code: str, lang: str = "en") -> str:
    """Return the name of a code of the standard; what is in no table is a city's own word and comes back as it is.

    >>> category_name("S09005", "zh"), category_name("S09005"), category_name("Graffiti Removal")
    ('店外经营', 'Shop goods outside the shop', 'Graffiti Removal')
    """
    table = category_table()
    return (table.names if lang == "zh" else table.english).get(code, code)


def find_category(text: str, *, major: str = "", kind: str = "", table: str = GB_2026) -> str | None:
    """Return the code that a value stands for, or None.

    A value is a code with or without its letter, a name, or a path or phrase that holds one of them. `major` is the
    class that completes a minor code, `kind` 事项/事件 or 部件, which decide where a bare code stands in both.

    >>> find_category("店外经营"), find_category("街面秩序类/店外经营"), find_category("005", major="09")
    ('S09005', 'S09005', 'S09005')
    >>> find_category("01001"), find_category("01001", kind="部件"), find_category("0405")
    (None, 'B01001', None)
    """
    known = category_table(table)
    text = text.strip()
    if major.strip().isdigit() and text.isdigit() and len(text) <= 3:
        text = f"{int(major):02d}{int(text):03d}"
    letter = _KINDS.get(plain(kind), "")
    for found in _CODE.finditer(text):
        given = found[1].upper() or letter
        codes = [
            code for code in ([given + found[2]] if given else ["S" + found[2], "B" + found[2]]) if code in known.names
        ]
        if len(codes) == 1:
            return codes[0]
    if plain(text) in known.by_name:
        return known.by_name[plain(text)]
    parts = [plain(part) for part in _CUTS.split(text)]
    return next((known.by_name[part] for part in reversed(parts) if part in known.by_name), None)


def suggest_category(text: str, *, table: str = GB_2026) -> str | None:
    """Return the code of 2026 that an event code of GB/T 30428.2-2013 probably became, for the user to confirm.

    Seen to hold for the 14 codes that could be compared: old class + 5, then the old minor code.

    >>> suggest_category("0405"), suggest_category("04-05"), suggest_category("Graffiti")
    ('S09005', 'S09005', None)
    """
    old = _OLD_CODE.fullmatch(text.strip())
    code = f"S{int(old[1]) + _OLD_MAJORS:02d}{int(old[2]):03d}" if old else ""
    return code if code in category_table(table).names else None


def read_categories(
    values: pl.Series,
    *,
    major: pl.Series | None = None,
    kind: pl.Series | None = None,
    table: str | None = None,
    own: dict[str, tuple[str, ...]] | None = None,
) -> pl.DataFrame:
    """Return `category` (never null) and `known` (in the table, or no table applies) for every value, trimmed.

    `own`: the user's words for a category, which go first. `table`: None where the city's own words are kept.

    >>> read_categories(pl.Series(["店外经营", " 0405", None, "飞碟"]), table="gb47678_5_2026").rows()
    [('S09005', True), ('0405', False), ('unknown', True), ('飞碟', False)]
    """
    parts = pl.DataFrame(
        {
            "value": values.cast(pl.String).str.strip_chars().fill_null(""),
            "major": major.cast(pl.String).fill_null("")
            if major is not None
            else pl.Series([""]).new_from_index(0, len(values)),
            "kind": kind.cast(pl.String).fill_null("")
            if kind is not None
            else pl.Series([""]).new_from_index(0, len(values)),
        }
    )
    mine = {plain(word): category for category, words in (own or {}).items() for word in words}
    different = parts.unique()

    def read(value: str, major: str, kind: str) -> tuple[str, bool]:
        if not value:
            return UNKNOWN_CATEGORY, True
        if plain(value) in mine:
            return mine[plain(value)], True
        if table is None:
            return value, True
        code = find_category(value, major=major, kind=kind, table=table)
        return (code, True) if code else (value, False)

    readings = [read(*row) for row in different.iter_rows()]
    different = different.with_columns(
        pl.Series("category", [category for category, _ in readings], dtype=pl.String),
        pl.Series("known", [known for _, known in readings], dtype=pl.Boolean),
    )
    return parts.join(different, on=["value", "major", "kind"], how="left", maintain_order="left").select(
        "category", "known"
    )
