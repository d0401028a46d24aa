"""How near, and how soon after one another, two reports must be to be one problem: the rule of METHODS 7, as data.

The radii are those of `category_tables/radii.toml`, unless the user's mapping has others.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

from geo.intake import mapping
from geo.intake.categories import find_category
from geo.intake.text_table import plain
from geo.words import Note, note

HOURS, DAYS = 72.0, 30.0
_MOST_NAMES = 5  # in one note


@dataclass(frozen=True)
class Radius:
    """One group of `category_tables/radii.toml`."""

    group: str
    metres: float
    reason: str
    categories: tuple[str, ...]  # codes and words; an asterisk at the end stands for every ending


@cache
def shipped_radii() -> tuple[Radius, ...]:
    """Return the groups of categories with a radius of their own, in the order of the file.

    >>> [(radius.group, radius.metres) for radius in shipped_radii()][:2]
    [('fixed', 40.0), ('household', 20.0)]
    """
    return tuple(
        Radius(group, float(entry["metres"]), " ".join(entry["reason"].split()), tuple(entry["categories"]))
        for group, entry in _table().items()
        if isinstance(entry, dict)
    )


@cache
def usual_radius() -> float:
    """Return the radius in metres of a category in no group.

    >>> usual_radius()
    50.0
    """
    return float(str(_table()["usual"]))


def group_of(category: str) -> str:
    """Return the group of a category, `usual` where it is in none. Of several that fit the longest pattern decides.

    >>> [group_of(category) for category in ("B01002", "B04013", "S06028", "S06010", "Graffiti Removal")]
    ['fixed', 'extended', 'spreading', 'usual', 'household']
    """
    fitting = [(len(pattern), radius.group) for radius in shipped_radii() for pattern in radius.categories
               if category == pattern or (pattern.endswith("*") and category.startswith(pattern[:-1]))]  # fmt: skip
    return max(fitting, default=(0, "usual"))[1]


def radius_of(category: str, own: Mapping[str, float] | None = None) -> float:
    """Return the radius of a category in metres: its own, else that of its group.

    >>> radius_of("B01002"), radius_of("Potholes"), radius_of("B01002", {"B01002": 25})
    (40.0, 50.0, 25.0)
    """
    if own is not None and category in own:
        return float(own[category])
    group = group_of(category)
    return next((radius.metres for radius in shipped_radii() if radius.group == group), usual_radius())


@dataclass(frozen=True)
class Rule:
    """When two reports of one category are one problem."""

    metres: Mapping[str, float] = field(default_factory=dict)  # category -> radius; of others the shipped one
    hours: float = HOURS  # that a report without a closing date counts as open
    days: float = DAYS  # that an open report can take others


def rule_of(settings: mapping.Mapping, categories: Iterable[str]) -> tuple[Rule, tuple[Note, ...]]:
    """Return the rule for these categories, and a note on those that the mapping names and no report has.

    What `[duplicates.category_metres]` says of a category goes before `metres` of `[duplicates]`, that before the
    shipped radii.

    >>> settings = mapping.load_mapping({"duplicates": {"days": 60, "category_metres": {"路灯": 25}}})
    >>> rule, notes = rule_of(settings, ["B01037", "B01002"])
    >>> rule.metres, rule.days, notes
    ({'B01037': 25.0, 'B01002': 40.0}, 60.0, ())
    """
    said, present = settings.duplicates, list(categories)
    words = {
        plain(theirs): code
        for values in (settings.values, *(special.values for _, special in settings.sources))
        for code, listed in values.get("category", {}).items()
        for theirs in listed
    }
    own: dict[str, float] = {}
    strange = []
    for name, metres in said.category_metres.items():
        code = next((c for c in (name, words.get(plain(name)), find_category(name)) if c in present), None)
        if code is None:
            strange.append(name)
        else:
            own[code] = metres
    radii = {
        category: own.get(category, radius_of(category) if said.metres is None else said.metres) for category in present
    }
    rule = Rule(radii, HOURS if said.hours is None else said.hours, DAYS if said.days is None else said.days)
    if not strange:
        return rule, ()
    named = ", ".join(strange[:_MOST_NAMES]) + (" ..." if len(strange) > _MOST_NAMES else "")
    return rule, (note("[duplicates.category_metres] names categories that no report has: {names}.", names=named),)


@cache
def _table() -> dict[str, object]:
    text = (resources.files(__package__) / "category_tables" / "radii.toml").read_text("utf-8")
    return tomllib.loads(text)
