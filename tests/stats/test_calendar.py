"""Holidays: as China's State Council published them, where they move, and what is not known."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from geo.grid.windows import Window
from geo.stats.calendar import Holiday, calendar_notes, country_of, holidays_between, years_assumed
from geo.words import LANGUAGES

CHINA = "Asia/Shanghai"


def year_before(window: Window) -> Window:
    return Window(window.first - timedelta(days=364), window.first - timedelta(days=1))


def sentences(window: Window, zone: str = CHINA, lang: str = "en") -> list[str]:
    return [note.sentence(lang) for note in calendar_notes(window, year_before(window), zone, lang)]


@pytest.mark.parametrize(
    ("year", "name", "first", "days"),
    [
        (2024, "Spring Festival", date(2024, 2, 10), 8),
        (2024, "National Day", date(2024, 10, 1), 7),
        (2025, "Spring Festival", date(2025, 1, 28), 8),
        (2025, "Labor Day", date(2025, 5, 1), 5),
        (2025, "National Day", date(2025, 10, 1), 8),
        (2026, "Spring Festival", date(2026, 2, 15), 9),
        (2026, "Mid-Autumn Festival", date(2026, 9, 25), 3),
        (2026, "National Day", date(2026, 10, 1), 7),
    ],
)
def test_days_off_are_those_the_state_council_published(year: int, name: str, first: date, days: int) -> None:
    found = {h.name: h for h in holidays_between(date(year, 1, 1), date(year, 12, 31), CHINA)}
    assert (found[name].first, found[name].days) == (first, days)


def test_a_festival_inside_another_is_named_too() -> None:
    (national,) = holidays_between(date(2025, 10, 1), date(2025, 10, 8), CHINA, "zh")
    assert national.names == ("国庆节", "中秋节")


def test_a_weekend_that_is_worked_in_exchange_is_no_day_off() -> None:
    worked = date(2026, 2, 14)
    assert not [h for h in holidays_between(worked, worked, CHINA) if h.first <= worked <= h.last]


def test_zones_lead_to_countries() -> None:
    assert [country_of(zone) for zone in ("Asia/Hong_Kong", "Europe/Berlin", "Etc/UTC", "nowhere")] == [
        "HK",
        "DE",
        "",
        "",
    ]
    assert holidays_between(date(2026, 1, 1), date(2026, 12, 31), "UTC") == ()
    assert [h.name for h in holidays_between(date(2015, 11, 20), date(2015, 12, 28), "America/New_York")] == [
        "Thanksgiving Day",
        "Christmas Day",
    ]


@pytest.mark.parametrize(
    ("alias", "zone"),
    [
        ("PRC", CHINA),
        ("Asia/Chongqing", CHINA),
        ("Asia/Harbin", CHINA),
        ("Asia/Kashgar", "Asia/Urumqi"),
        ("US/Eastern", "America/New_York"),
        ("Asia/Calcutta", "Asia/Kolkata"),
        ("Europe/Kiev", "Europe/Kyiv"),
        ("GB", "Europe/London"),
        ("Iceland", "Atlantic/Reykjavik"),  # its clock is that of Abidjan
    ],
)
def test_an_old_name_of_a_zone_has_the_holidays_of_its_country(alias: str, zone: str) -> None:
    year = date(2019, 1, 1), date(2019, 12, 31)
    assert country_of(alias) == country_of(zone) != ""
    assert holidays_between(*year, alias) == holidays_between(*year, zone) != ()


@pytest.mark.parametrize("zone", ["UTC", "Etc/GMT-8", "CET", "nowhere"])
def test_a_zone_of_no_country_says_that_there_is_no_calendar(zone: str) -> None:
    window = Window(date(2026, 2, 9), date(2026, 5, 10))
    (said,) = sentences(window, zone)
    assert "no calendar of holidays" in said
    assert zone in said
    assert "没有对应的节假日历" in sentences(window, zone, "zh")[0]
    assert "no calendar" not in " ".join(sentences(window, "PRC"))


def test_a_festival_that_moved_out_of_the_year_before_is_said_in_both_languages() -> None:
    window = Window(date(2026, 2, 9), date(2026, 5, 10))
    assert "Spring Festival (15 Feb to 23 Feb 2026) lies in this window" in sentences(window)[0]
    assert "分析期内有春节（2026年2月15日至2月23日）" in sentences(window, lang="zh")[0]


def test_a_festival_twice_in_the_year_before_is_said() -> None:
    """2024-02-10 and 2025-01-29 lie in the 52 weeks before 2025-02-05."""
    window = Window(date(2025, 2, 5), date(2025, 4, 1))
    assert any("Spring Festival lies twice" in text for text in sentences(window))


def test_the_same_number_in_both_needs_no_words() -> None:
    """A window with Mid-Autumn and National Day; a year before, Mid-Autumn lay inside National Day's week."""
    assert sentences(Window(date(2026, 8, 17), date(2026, 11, 15))) == []


@pytest.mark.parametrize("zone", ["America/New_York", "America/Chicago", "Europe/Berlin"])
def test_holidays_on_the_same_weekday_every_year_are_never_noted(zone: str) -> None:
    for month in range(1, 13):
        window = Window(date(2015, month, 1), date(2015, month, 1) + timedelta(days=90))
        assert not [text for text in sentences(window, zone) if "Day" in text and "Christmas" not in text]


def test_years_that_were_not_announced_are_named() -> None:
    assert years_assumed(date(2020, 1, 1), date(2026, 12, 31), CHINA) == ()
    assert years_assumed(date(2090, 1, 1), date(2091, 1, 1), CHINA) == (2090, 2091)
    assert years_assumed(date(2026, 1, 1), date(2090, 1, 1), "America/New_York") == ()
    for lang in LANGUAGES:
        assert "2090" in sentences(Window(date(2090, 8, 1), date(2090, 10, 30)), lang=lang)[-1]


def test_a_holiday_lies_where_half_of_it_lies() -> None:
    week = Holiday(("x",), date(2026, 10, 1), date(2026, 10, 7))
    assert week.lies_in(date(2026, 10, 4), date(2026, 11, 1))
    assert not week.lies_in(date(2026, 10, 5), date(2026, 11, 1))
