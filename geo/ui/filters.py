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
    "must": "must",
    "never": "never",
}
"""Fields that hold several values, and their name in the address."""
NAMES = {**LISTS, "listed": "list"}
"""Fields that are called something else in the address."""
BACK = ("all", "window")
"""Of the places to which something came back: all, or those where it did in the window."""
AGENDA = ("ranking", "choice", "units", "loss")
"""What is read on the page Priorities."""
STEPS = ("budget", "countdown", "orders")
"""From a choice to what each unit has to do."""
RECURRING = ("relapses", "clusters", "alarms", "blind_spots")
"""The lists of what keeps coming back."""
ONE_OF = {
    "window": WINDOWS,
    "lens": LENSES,
    "view": VIEWS,
    "period": PERIODS,
    "back": BACK,
    "agenda": AGENDA,
    "step": STEPS,
}
"""Fields of which one of a few values is chosen."""
NUMBERS: dict[str, tuple[float, float]] = {
    "teams": (1, 99),
    "days": (1, 99),
    "cost": (0.25, 20),
    "limit": (0, 999),
    "near": (0, 50_000),
    "aside": (10, 5_000),
}
"""Fields that hold a number, and its least and most."""
DAYS = ("until", "review", "visit")
TEXTS = ("profile", "per", "item", "kind", "target", "by", "along")
WEIGHTS = r"(?:[0-4](?:\.\d)?|5)(?:-(?:[0-4](?:\.\d)?|5)){4}"
"""Five numbers from 0 to 5: how much each part of the score counts."""
NARROWING = ("categories", "sources", "statuses", "units", "areas")


@dataclass(frozen=True)
class Filters:
    """What is asked, how it is shown, and which place is told. Field defaults are what an empty address means.

    `shown`: kinds of areas, and REPORTS, HIGH, QUIET. `period`: of the view `change`. `cell`: the H3 string of the
    chosen cell. `profile`: the area_id of the area whose profile is open. `per`: what the lens `places` counts people
    or streets by, "" for the first that there is. `listed`: the list of what keeps coming back that is read, `item`
    which of its rows; `back`: which relapses, of BACK.

    Of the page Priorities, `agenda`: what is read, of AGENDA. `kind`: of the areas ranked, "" for the first; `target`:
    the area_id of the one told; `weights`: see WEIGHTS, "" for the usual ones. `by`: a kind where areas are listed
    rather than units. Of a choice, `teams` have `days` each, an area takes `cost` team-days, a unit gets `limit` areas
    at most (0: any number); `must` and `never`: area_ids. `near`: metres around the target; `along`: the area_id of a
    street, and `aside` metres to either side. `step`: of STEPS. `review`: the day of the review; `visit`: for which
    points are expected to be lost.

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
    agenda: str = "ranking"
    kind: str = ""
    target: str = ""
    weights: str = ""
    by: str = ""
    teams: int = 4
    days: int = 5
    cost: float = 1.0
    limit: int = 0
    must: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    near: int = 0
    along: str = ""
    aside: int = 100
    step: str = "budget"
    review: date | None = None
    visit: date | None = None

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
        chosen |= {field: one[field] for field in TEXTS if one.get(field)}
        chosen |= {field: _day(one[field]) for field in DAYS if field in one}
        for field, (least, most) in NUMBERS.items():
            number = _number(one.get(field, ""))
            if number is not None and least <= number <= most:
                chosen[field] = type(getattr(cls, field))(number)
        if re.fullmatch(WEIGHTS, one.get("weights", "")):
            chosen["weights"] = one["weights"]
        return cls(**chosen)

    def to_url(self) -> dict[str, list[str]]:
        """Return the address: only what differs from the defaults. No shown kind at all is written as `show=`."""
        out: dict[str, list[str]] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if value == field.default:
                continue
            name = NAMES.get(field.name, field.name)
            text = f"{value:g}" if isinstance(value, float) else str(value)
            out[name] = (list(value) or [""]) if isinstance(value, tuple) else [text]
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
    if not re.fullmatch(r"[0-9]{4}-[01][0-9]-[0-3][0-9]", text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:  # 2026-02-31
        return None


def _number(text: str) -> float | None:
    """Return a plain number, None for anything else.

    >>> _number("2.5"), _number("1e9"), _number("-1")
    (2.5, None, None)
    """
    return float(text) if re.fullmatch(r"[0-9]{1,5}(?:\.[0-9]{1,2})?", text) else None
