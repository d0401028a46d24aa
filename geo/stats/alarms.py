"""From a scan's p-value to an alarm: how rarely chance gives one so strong, in which words, and whether it is news.

What is counted: every scan of a look (each category, and all together), for a look shows the strongest of them all; and
every look, for a list that is made daily has 365 chances a year. Recurrence interval: Kleinman, Lazarus and Platt
(2004), American Journal of Epidemiology 159, 217-224, doi:10.1093/aje/kwh029.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from geo.tables import ALL_CATEGORIES
from geo.words import say
from geo.words.numbers import ratio

YEAR_DAYS, YEAR_WEEKS = 365, 52
LEVEL = 0.05
"""An alarm that chance gives in more than one look in twenty is not listed."""
MONTH_DAYS = YEAR_DAYS / 12
LEAST_YEARS, MOST_YEARS = 1.5, 100
"""Between them an interval is said in years; beyond, only that it is longer."""


def in_one_look(p_value: float, scans: int) -> float:
    """Return the chance that at least one of so many scans finds something so strong: 1 - (1 - p)^m (Sidak 1967).

    Exact for independent scans, on the safe side for categories that rise and fall together.

    >>> round(in_one_look(0.001, 20), 4), in_one_look(0.2, 1)
    (0.0198, 0.2)
    """
    return -math.expm1(scans * math.log1p(-p_value)) if p_value < 1 else 1.0


def recurrence_days(p_value: float, scans: int = 1, every: int = 1) -> float:
    """Return in how many days of looks, one `every` so many days, chance gives one alarm so strong.

    RI = days between looks / chance in one look. Looks that share most of their days share their alarms too: the mean
    number of looks with an alarm is as said, the number of different alarms is smaller.

    >>> round(recurrence_days(0.001), 1), round(recurrence_days(0.001, scans=20), 1), recurrence_days(0.01, every=7)
    (1000.0, 50.5, 700.0)
    """
    return every / max(in_one_look(p_value, scans), 1e-300)


def within_a_year(recurrence: float, every: int = 1) -> float:
    """Return the chance of at least one alarm so strong in the looks of 365 days.

    >>> round(within_a_year(365), 2), round(within_a_year(3650), 3)
    (0.63, 0.095)
    """
    return in_one_look(min(1.0, every / recurrence), max(1, YEAR_DAYS // every))


def is_signal(recurrence: float, every: int = 1) -> bool:
    """Say whether an alarm is rarer than once in a year: 365 daily looks, 52 weekly ones (METHODS 3.2).

    >>> is_signal(364), is_signal(364, every=7), is_signal(365)
    (False, True, True)
    """
    return recurrence >= (7 * YEAR_WEEKS if every % 7 == 0 else YEAR_DAYS)


def recurrence_words(recurrence: float, every: int = 1, lang: str = "en") -> str:
    """Say how often chance alone gives an alarm so strong.

    >>> recurrence_words(730), recurrence_words(730, lang="zh")
    ('by chance about once in 2 years of daily looks', '按每日查看计，约2年偶然出现一次')
    >>> recurrence_words(12.4), recurrence_words(200, every=7)
    ('by chance about once in 12 days of daily looks', 'by chance about once in 7 months of weekly looks')
    >>> recurrence_words(1e9), recurrence_words(410)
    ('by chance less than once in 100 years of daily looks', 'by chance about once in a year of daily looks')
    >>> recurrence_words(1.2), recurrence_words(90, every=3)
    ('by chance in every look', 'by chance about once in 3 months of looks every 3 days')
    """
    if recurrence < 1.5 * every:
        return say("by chance in every look", lang)
    if every == 1:
        looks = say("daily looks", lang)
    elif every == 7:
        looks = say("weekly looks", lang)
    else:
        looks = say("looks every {days} days", lang, days=every)
    years, months = recurrence / YEAR_DAYS, round(recurrence / MONTH_DAYS)
    if years > MOST_YEARS:
        return say("by chance less than once in {years} years of {looks}", lang, years=MOST_YEARS, looks=looks)
    if years >= LEAST_YEARS:
        return say("by chance about once in {years} years of {looks}", lang, years=ratio(years), looks=looks)
    if months >= 12:
        return say("by chance about once in a year of {looks}", lang, looks=looks)
    if months >= 2:
        return say("by chance about once in {months} months of {looks}", lang, months=months, looks=looks)
    return say("by chance about once in {days} days of {looks}", lang, days=round(recurrence), looks=looks)


@dataclass(frozen=True)
class Sighting:
    """What tells one alarm from another: its category, its cells (H3) and its days."""

    category: str
    cells: frozenset[str]
    start: date
    end: date
    alarm_id: str = ""
    since: date | None = None  # the day of the look that first showed it

    def meets(self, earlier: Sighting) -> bool:
        """Say whether this is what an earlier look saw: half of the smaller zone shared, days that touch."""
        shared = len(self.cells & earlier.cells)
        touch = self.start <= earlier.end + timedelta(days=1) and earlier.start <= self.end + timedelta(days=1)
        return touch and 2 * shared >= min(len(self.cells), len(earlier.cells)) > 0


def continued(now: Sequence[Sighting], earlier: Sequence[Sighting]) -> list[Sighting | None]:
    """Return which alarm of an earlier look each alarm is, the strongest choosing first; None where it is new.

    One of its own category if there is one. Else one of all categories together, or, of all together, one of a single
    category: the two stand for each other in the list (`geo.recurring.alarms`), and which one is stronger may change
    from one day to the next.

    >>> old = Sighting("litter", frozenset("abc"), date(2026, 3, 1), date(2026, 3, 5), "x", date(2026, 3, 4))
    >>> new = Sighting("litter", frozenset("bcd"), date(2026, 3, 3), date(2026, 3, 6))
    >>> [found and found.alarm_id for found in continued([new, new], [old])]
    ['x', None]
    """
    left, found = list(earlier), list[Sighting | None]()
    for alarm in now:
        met = [one for one in left if alarm.meets(one)]
        same = [one for one in met if one.category == alarm.category]
        kin = [one for one in met if ALL_CATEGORIES in (one.category, alarm.category)]
        match = next(iter(same or kin), None)
        if match is not None:
            left.remove(match)
        found.append(match)
    return found
