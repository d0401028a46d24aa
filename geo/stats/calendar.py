"""Public holidays: which lie between two days, and what to say where a long one is in the window and not in the past.

The own past compares a window with the year before it. The city's total carries whatever the whole city does on
holidays; but a long holiday that moves (Spring Festival, Eid) may lie in the window and not in that year, or twice in
it, and then a place with a holiday season of its own looks risen or fallen. Days: the package `holidays`; the country:
the IANA table of time zones (`zone.tab` of the package `tzdata`), and for old names of zones its links (`tzdata.zi`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib import resources

import holidays

from geo.grid.windows import Window
from geo.words import Note, note, say
from geo.words.numbers import span as say_span

LONG = 3  # days off in a row, from which a holiday is long
VERY_LONG = 5  # days off in a row, from which a few days more or less of the past matter
_SLACK, _NONE = timedelta(days=7), timedelta(0)  # a weekend holiday that slipped over the edge of the past is no news
_REACH = timedelta(days=16)  # no run of days off is longer
_HABIT = 3  # years in a row with exchanged days: the country announces its days off year by year
_NAMES_SAID = 3
_LINKED_TO_ANOTHER_COUNTRY = {
    "Africa/Asmera": "ER",
    "Africa/Timbuktu": "ML",
    "America/Coral_Harbour": "CA",
    "America/Virgin": "VI",
    "Antarctica/South_Pole": "",
    "Atlantic/Jan_Mayen": "NO",
    "Iceland": "IS",
    "Pacific/Ponape": "FM",
    "Pacific/Truk": "FM",
    "Pacific/Yap": "FM",
    **dict.fromkeys(("CET", "EET", "EST", "HST", "MET", "MST", "WET"), ""),  # of no country
}
"""Old names whose clock is that of a zone elsewhere; every other link stays in its country."""
_SPOKEN = {"Chinese New Year (Spring Festival)": "Spring Festival"}  # as planners in China call it


@dataclass(frozen=True)
class Holiday:
    """Days off in a row around a public holiday, weekends among them."""

    names: tuple[str, ...]  # the one with most days first: two festivals may share one run
    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def name(self) -> str:
        return self.names[0]

    def lies_in(self, first: date, last: date) -> bool:
        """Return whether at least half of its days lie between two days, both included."""
        inside = (min(self.last, last) - max(self.first, first)).days + 1
        return 2 * inside >= self.days


def country_of(zone: str) -> str:
    """Return the country of a time zone (ISO 3166, two letters), "" where the table or `holidays` knows none.

    >>> country_of("Asia/Shanghai"), country_of("America/New_York"), country_of("UTC")
    ('CN', 'US', '')
    >>> country_of("PRC"), country_of("US/Eastern"), country_of("Iceland"), country_of("CET")
    ('CN', 'US', 'IS', '')
    """
    country = _countries().get(zone, "")
    return country if country in holidays.list_supported_countries() else ""


@cache
def _countries() -> dict[str, str]:
    """Return zone: country; old names of zones too."""
    folder = resources.files("tzdata").joinpath("zoneinfo")
    rows = (line.split("\t") for line in folder.joinpath("zone.tab").read_text("utf-8").splitlines())
    own = {row[2]: row[0] for row in rows if not row[0].startswith("#")} | _LINKED_TO_ANOTHER_COUNTRY
    source = (line.split() for line in folder.joinpath("tzdata.zi").read_text("utf-8").splitlines())
    links = {line[2]: line[1] for line in source if line[:1] == ["L"]}
    return {alias: own[zone] for alias, zone in links.items() if zone in own} | own


@cache
def _days_of(country: str, year: int, lang: str, observed: bool = True) -> holidays.HolidayBase:
    """Return the public holidays of a year, in Chinese or English where the package has it."""
    offered = holidays.country_holidays(country).supported_languages
    wanted = {"zh": "zh_CN"}.get(lang, "en_US")
    language = next((code for code in (wanted, "en_US") if code in offered), None)
    return holidays.country_holidays(country, years=year, language=language, observed=observed)


def holidays_between(first: date, last: date, zone: str, lang: str = "en") -> tuple[Holiday, ...]:
    """Return the runs of days off that hold a public holiday and touch the days from `first` to `last`, in order.

    Days off are public holidays, days exchanged for them and weekends; a weekend that is worked in exchange is none.

    >>> [(h.name, str(h.first), h.days) for h in holidays_between(date(2026, 1, 1), date(2026, 3, 1), "Asia/Shanghai")]
    [("New Year's Day", '2026-01-01', 3), ('Spring Festival', '2026-02-15', 9)]
    >>> holidays_between(date(2026, 1, 1), date(2026, 3, 1), "Asia/Shanghai", "zh")[1].names
    ('春节', '农历除夕')
    >>> [h.name for h in holidays_between(date(2015, 5, 1), date(2015, 7, 10), "America/New_York")]
    ['Memorial Day', 'Independence Day']
    """
    country = country_of(zone)
    if not country:
        return ()
    years = {year: _days_of(country, year, lang) for year in range(first.year - 1, last.year + 2)}
    runs: list[list[date]] = []
    day = first - _REACH
    while day <= last + _REACH:
        if not years[day.year].is_working_day(day):
            if runs and runs[-1][-1] == day - timedelta(days=1):
                runs[-1].append(day)
            else:
                runs.append([day])
        day += timedelta(days=1)
    touching = (run for run in runs if run[-1] >= first and run[0] <= last)
    named = ((_names(run, country, lang), run) for run in touching)
    return tuple(Holiday(names, run[0], run[-1]) for names, run in named if names)


def _names(run: Sequence[date], country: str, lang: str) -> tuple[str, ...]:
    """Return what is celebrated on these days, the one with most days first.

    Asked without observed days; a day off in exchange is called after its date, so a name with figures comes last.
    """
    found: Counter[str] = Counter()
    for day in run:
        for observed in (False, True):
            names = _days_of(country, day.year, lang, observed).get_list(day)
            found.update(_bare(name, country, lang) for name in names)
            if names:
                break
    festivals = [name for name, _ in found.most_common() if not re.search(r"\d", name)]
    return tuple(festivals or found)


def _bare(name: str, country: str, lang: str) -> str:
    """Return a holiday's name without the package's remark that it is estimated or observed on another day."""
    about = _days_of(country, 2000, lang)
    for label in ("estimated_label", "observed_label", "observed_estimated_label"):
        remark = about.tr(getattr(about, label, "%s")).replace("%s", "")
        name = name.removesuffix(remark) if remark else name
    return _SPOKEN.get(name, name)


def years_assumed(first: date, last: date, zone: str) -> tuple[int, ...]:
    """Return the years between two days whose days off the package does not know for certain.

    Where a government announces each year which weekends are worked in exchange (`weekend_workdays` has some in three
    years running: China), these are the years after the last announcement that the package holds. Elsewhere those with
    a holiday that the package itself calls estimated, and those it does not reach (`start_year`, `end_year`).

    >>> years_assumed(date(2026, 5, 1), date(2026, 11, 1), "Asia/Shanghai")
    ()
    >>> years_assumed(date(2099, 5, 1), date(2099, 11, 1), "Asia/Shanghai")
    (2099,)
    >>> years_assumed(date(2099, 5, 1), date(2099, 11, 1), "America/New_York")
    ()
    """
    country = country_of(zone)
    if not country:
        return ()
    announced = _announced(country)
    return tuple(
        year
        for year in range(first.year, last.year + 1)
        if (announced and year > announced) or not _is_certain(country, year)
    )


@cache
def _announced(country: str) -> int:
    """Return the last year whose exchanged days are known; 0 where days are not exchanged year after year."""
    about = holidays.country_holidays(country)
    later = (year for year in range(min(about.end_year, date.max.year - 1), about.start_year, -1))
    latest = next((year for year in later if year in _known_years(about) and _exchanged(country, year)), 0)
    return latest if all(_exchanged(country, latest - back) for back in range(_HABIT)) and latest else 0


def _known_years(about: holidays.HolidayBase) -> frozenset[int]:
    """Return the years for which the package holds days that no rule gives."""
    return frozenset(getattr(about, "special_public_holidays", {}) or {})


def _exchanged(country: str, year: int) -> bool:
    return any(day.year == year for day in _days_of(country, year, "en").weekend_workdays)


def _is_certain(country: str, year: int) -> bool:
    about = _days_of(country, year, "en")
    remark = about.tr(getattr(about, "estimated_label", "")).replace("%s", "").strip()
    estimated = remark and any(remark in name for name in about.values())
    return about.start_year <= year <= about.end_year and not estimated


def calendar_notes(window: Window, past: Window, zone: str, lang: str = "en") -> tuple[Note, ...]:
    """Return what to say where a long holiday lies in `window` and not as often in `past`, the year before, or twice
    in that year and not in the window; and where the days off of these years are not known for certain, or of no year.

    >>> spring = Window(date(2026, 2, 9), date(2026, 5, 10))
    >>> before = Window(date(2025, 2, 10), date(2026, 2, 8))
    >>> calendar_notes(spring, before, "Asia/Shanghai")[0].values["holidays"]
    'Spring Festival (15 Feb to 23 Feb 2026)'
    >>> calendar_notes(Window(date(2026, 8, 17), date(2026, 11, 15)),
    ...                Window(date(2025, 8, 18), date(2026, 8, 16)), "Asia/Shanghai")
    ()
    """
    if not country_of(zone):
        return (
            note(
                "There is no calendar of holidays for the time zone {zone}: a long holiday that moved is not told.",
                zone=zone,
            ),
        )
    around = holidays_between(past.first - _SLACK, window.last, zone, lang)
    inside = {h.name: h for h in around if h.days >= LONG and h.lies_in(window.first, window.last)}
    missing = [
        h
        for h in inside.values()
        if not any(
            h.name in other.names and other.lies_in(past.first - (_SLACK if h.days < VERY_LONG else _NONE), past.last)
            for other in around
        )
    ]
    long_before = Counter(h.name for h in around if h.days >= LONG and h.lies_in(past.first, past.last))
    twice = [name for name, times in long_before.items() if times > 1 and name not in inside]
    notes: list[Note] = []
    if missing:
        named = [
            say("{holiday} ({span})", lang, holiday=h.name, span=say_span(h.first, h.last, lang))
            for h in missing[:_NAMES_SAID]
        ]
        holidays = ("、" if lang == "zh" else ", ").join(named)
        notes.append(
            note(
                "{holidays} lies in this window and not in the time it is compared with. The city's own level allows "
                "for it; a place that is busy or quiet on holidays may look risen or fallen.",
                holidays=holidays,
            )
            if len(named) == 1
            else note(
                "{holidays} lie in this window and not in the time it is compared with. The city's own level allows "
                "for them; a place that is busy or quiet on holidays may look risen or fallen.",
                holidays=holidays,
            )
        )
    if twice:
        holidays = ("、" if lang == "zh" else ", ").join(twice[:_NAMES_SAID])
        notes.append(
            note(
                "{holidays} lies twice in the time this window is compared with, and not in it. The city's own level "
                "allows for it; a place that is busy or quiet on holidays may look fallen or risen.",
                holidays=holidays,
            )
            if len(twice) == 1
            else note(
                "{holidays} lie twice in the time this window is compared with, and not in it. The city's own level "
                "allows for them; a place that is busy or quiet on holidays may look fallen or risen.",
                holidays=holidays,
            )
        )
    if years := years_assumed(past.first, window.last, zone):
        notes.append(
            note(
                "The days off of {years} are not known here for certain: usual ones are assumed.",
                years=", ".join(str(year) for year in years),
            )
        )
    return tuple(notes)
