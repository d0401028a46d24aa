"""Everything a planner can choose, as one frozen value that lives in the page's address: a link shows the same map."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

from geo.maps.classes import VIEWS
from geo.maps.scene import REPORTS
from geo.sheet import SHOWN
from geo.stats.timeline import FOUR_WEEKS, HALF_MONTH
from geo.study import Question
from geo.tables import LENSES, SOURCES, STATUSES

WINDOWS = ("auto", "4w", "8w", "13w", "26w")
PERIODS = (FOUR_WEEKS, HALF_MONTH)  # districts are inspected every half month
LISTS = {
    "categories": "category",
    "sources": "source",
    "statuses": "status",
    "units": "unit",
    "areas": "area",
    "shown": "show",
}
"""Fields that hold several values, and their name in the address."""
NAMES = {**LISTS, "listed": "list"}
"""Fields that are called something else in the address."""
BACK = ("all", "window")
"""Of the places to which something came back: all, or those where it did in the window."""
RECURRING = ("relapses", "clusters", "alarms", "blind_spots")
"""The lists of what keeps coming back."""
ONE_OF = {"window": WINDOWS, "lens": LENSES, "view": VIEWS, "period": PERIODS, "back": BACK}
"""Fields of which one of a few values is chosen."""
NARROWING = ("categories", "sources", "statuses", "units", "areas")


@dataclass(frozen=True)
class Filters:
    """What is asked, how it is shown, and which place is told. Field defaults are what an empty address means.

    `shown`: kinds of areas, and REPORTS, HIGH, QUIET. `period`: of the view `change`. `cell`: the H3 string of the
    chosen cell. `profile`: the area_id of the area whose profile is open. `per`: what the lens `places` counts people
    or streets by, "" for the first that there is. `listed`: the list of what keeps coming back that is read, `item`
    which of its rows; `back`: which relapses, of BACK.

    >>> Filters.from_url({"window": ["8w"], "category": ["S09005"], "lens": ["nonsense"]})  # doctest: +ELLIPSIS
    Filters(window='8w', until=None, lens='city', categories=('S09005',), ...)
    >>> Filters(window="8w", until=date(2026, 11, 15)).to_url()
    {'window': ['8w'], 'until': ['2026-11-15']}
    """

    window: str = "auto"
    until: date | None = None
    lens: str = "city"
    categories: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    shown: tuple[str, ...] = (*SHOWN, REPORTS)
    view: str = "hot"
    period: str = FOUR_WEEKS
    cell: str = ""
    profile: str = ""
    per: str = ""
    listed: str = "relapses"
    back: str = "all"
    item: str = ""

    @classmethod
    def from_url(cls, query: Mapping[str, list[str]]) -> Filters:
        """Read an address; what it holds that is no choice of ours is left out."""
        one = {name: values[-1] for name, values in query.items() if values}
        chosen: dict[str, Any] = {field: tuple(query[name]) for field, name in LISTS.items() if name in query}
        chosen["shown"] = tuple(kind for kind in chosen.get("shown", cls.shown) if kind)
        chosen["sources"] = tuple(source for source in chosen.get("sources", ()) if source in SOURCES)
        chosen["statuses"] = tuple(status for status in chosen.get("statuses", ()) if status in STATUSES)
        for field, allowed in ONE_OF.items():
            if one.get(field) in allowed:
                chosen[field] = one[field]
        if one.get("list") in RECURRING:
            chosen["listed"] = one["list"]
        if re.fullmatch(r"[0-9a-f]{15}", one.get("cell", "")):
            chosen["cell"] = one["cell"]
        chosen |= {field: one[field] for field in ("profile", "per", "item") if one.get(field)}
        if re.fullmatch(r"\d{4}-[01]\d-[0-3]\d", one.get("until", "")):
            chosen["until"] = _day(one["until"])
        return cls(**chosen)

    def to_url(self) -> dict[str, list[str]]:
        """Return the address: only what differs from the defaults. No shown kind at all is written as `show=`."""
        out: dict[str, list[str]] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if value == field.default:
                continue
            name = NAMES.get(field.name, field.name)
            out[name] = (list(value) or [""]) if isinstance(value, tuple) else [str(value)]
        return out

    @property
    def question(self) -> Question:
        return Question(
            window=self.window,
            until=self.until,
            lens=self.lens,
            categories=self.categories,
            sources=self.sources,
            statuses=self.statuses,
            units=self.units,
            areas=self.areas,
            per=self.per,
        )

    @property
    def narrowed(self) -> tuple[str, ...]:
        """The filters that leave something out.

        >>> Filters(sources=("patrol",)).narrowed
        ('sources',)
        """
        return tuple(name for name in NARROWING if getattr(self, name))

    def without(self, field: str) -> Filters:
        """Return these filters with one of them cleared."""
        untouched: dict[str, Any] = {field: getattr(Filters(), field)}
        return replace(self, **untouched)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:  # 2026-02-31
        return None
