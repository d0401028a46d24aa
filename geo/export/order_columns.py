"""The columns of a work order as a workbook: what was sent, what the unit fills in, and how values are written."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from geo.export.columns import said
from geo.export.print_text import one_line
from geo.maps.labels import category_name, source_name
from geo.planning.orders import unit_name
from geo.words import LANGUAGES, say

Value = str | int | float | date | None

RECTIFIED, NOT_YET, NOT_OURS = "rectified", "not_yet", "not_ours"
STATE_SENTENCES = {RECTIFIED: "rectified", NOT_YET: "not yet", NOT_OURS: "not ours"}
"""What a unit may answer."""

MOST_CHARS = 300
"""Characters of a note, a unit or a photo number that a unit fills in."""
_MOST_IN_CELL = 32_000  # characters; Excel allows 32,767

SHEETS_SENTENCES = {"problems": "Problem list", "duties": "Responsibility list", "about": "About this order"}
HEADER_SENTENCES = {
    "number": "Number",
    "target_id": "Problem number",
    "order_id": "Order number",
    "code": "Category code",
    "category": "Category",
    "place": "Place",
    "area": "Area",
    "kind": "Kind",
    "lat": "Latitude",
    "lon": "Longitude",
    "reported_at": "Reported on",
    "due_at": "Own due day",
    "deadline": "Deadline",
    "overdue": "Overdue",
    "returned": "Came back",
    "evidence": "Report numbers",
    "reports": "Number of reports",
    "source": "Source",
    "unit": "Lead unit",
    "lead": "Unit of the area",
    "assisting_units": "Assisting units",
    "contact": "Contact",
    "photo": "Photo before",
    "state": "Result",
    "done_on": "Rectified on",
    "by_unit": "Rectified by (unit)",
    "note": "Remarks",
    "after_photo": "Number of the photo after",
    "tier": "Tier",
    "problems": "Problems",
    "measure": "What to do",
}


class Column(NamedTuple):
    """A column of a sheet: its name, and its width in characters."""

    name: str
    width: float

    def header(self, lang: str) -> str:
        return say(HEADER_SENTENCES[self.name], lang)


SENT = (
    *(Column("number", 8), Column("target_id", 13), Column("order_id", 24), Column("code", 11), Column("category", 13)),
    *(Column("place", 23), Column("area", 12), Column("kind", 12), Column("lat", 11), Column("lon", 12)),
    *(Column("reported_at", 11), Column("due_at", 11), Column("deadline", 11)),
    *(Column("overdue", 10), Column("returned", 8)),
    *(Column("evidence", 19), Column("reports", 10), Column("source", 11), Column("unit", 14)),
    *(Column("assisting_units", 18), Column("contact", 13), Column("photo", 17)),
)
"""What the unit is told."""
FILLED = (
    *(Column("state", 10), Column("done_on", 12), Column("by_unit", 14)),
    *(Column("note", 18), Column("after_photo", 12)),
)
"""What the unit fills in."""
DUTIES = (
    *(Column("number", 8), Column("area", 16), Column("kind", 12), Column("tier", 6), Column("unit", 18)),
    *(Column("assisting_units", 22), Column("lead", 18), Column("contact", 14), Column("deadline", 11)),
    *(Column("problems", 11), Column("overdue", 10), Column("returned", 8), Column("measure", 48)),
)


def sent_value(row: dict[str, Any], name: str, lang: str) -> Value:
    """Return what stands in a cell of SENT or DUTIES, for a row of `tables.ORDERS` or of RESPONSIBILITIES.

    >>> sent_value({"overdue": True, "place": "1 Elm\\nSt", "lat": 30.1234567}, "overdue", "zh")
    '是'
    >>> sent_value({"place": "1 Elm\\nSt"}, "place", "en"), sent_value({"lat": 30.1234567}, "lat", "en")
    ('1 Elm St', 30.123457)
    """
    if name == "code":
        return _text(row["category"])
    value = row[name]
    if name == "category":
        return _text(category_name(value, lang))
    if name == "source":
        return source_name(value, lang)
    if name in ("unit", "lead"):
        return _text(unit_name(value, lang))
    if name in ("evidence", "assisting_units") and value:
        return _text(_between(name, lang).join(part.strip() for part in value.split(";")))
    if name in ("lat", "lon"):
        return None if value is None else round(value, 6)
    if isinstance(value, bool) or name == "kind":
        return said(name, value, lang)
    return _text(value) if isinstance(value, str) else value


def _between(name: str, lang: str) -> str:
    """Return what stands between numbers, or between names: a line may end there."""
    return "、" if lang == "zh" and name == "assisting_units" else "; "


def _text(value: str | None) -> str | None:
    """Return a text as it stands in a cell: on one line, no longer than a cell may hold, none where it is empty."""
    plain = one_line(value or "")
    return (f"{plain[:_MOST_IN_CELL]}…" if len(plain) > _MOST_IN_CELL else plain) or None


def state_name(state: str, lang: str = "en") -> str:
    """Return what an answer is called.

    >>> state_name("not_yet"), state_name("not_yet", "zh")
    ('not yet', '未整改')
    """
    return say(STATE_SENTENCES[state], lang)


def state_of(text: str) -> str | None:
    """Return the answer that a text in either language stands for, None where it is none.

    >>> state_of("已整改"), state_of(" Not  YET"), state_of("done?")
    ('rectified', 'not_yet', None)
    """
    plain = one_line(text).casefold()
    return next((state for state in STATE_SENTENCES for lang in LANGUAGES if state_name(state, lang) == plain), None)


def deadline_rule(lang: str = "en") -> str:
    """Say which day is the deadline of a problem, as `geo.planning.orders.own_deadline` has it."""
    return say(
        "The order's last day, or the problem's own due day where that comes first; what is overdue is due on the "
        "order's last day.",
        lang,
    )


def came_back_rule(lang: str = "en") -> str:
    """Say what it means that a problem came back."""
    return say("It began within 30 days of a closing of the same category at the same place.", lang)
