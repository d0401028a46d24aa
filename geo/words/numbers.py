"""How counts, ratios, chances and dates are said: Arabic figures in both languages (GB/T 15835-2011)."""

from __future__ import annotations

import math
from datetime import date

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def significant(value: float, figures: int = 2) -> float:
    """Round `value` to so many significant figures.

    >>> significant(8765.4), significant(0.0123), significant(0)
    (8800.0, 0.012, 0.0)
    """
    if value == 0 or not math.isfinite(value):
        return float(value)
    return round(value, figures - 1 - math.floor(math.log10(abs(value))))


def chance(p: float, lang: str = "en") -> str:
    """Say a probability as one in so many.

    >>> chance(0.000114), chance(0.000114, "zh")
    ('about 1 in 8,800', '约8,800分之一')
    >>> chance(1e-9), chance(0.00008, "zh"), chance(0.4)
    ('less than 1 in a million', '约1.2万分之一', 'about 1 in 2.5')
    >>> chance(1e-4, "zh")
    '约万分之一'
    """
    if p <= 1e-6:
        return "不到百万分之一" if lang == "zh" else "less than 1 in a million"
    times = significant(1 / p)
    if lang == "zh":
        if times >= 10_000:
            return f"约{times / 10_000:g}万分之一".replace("约1万", "约万")
        return f"约{times:,.0f}分之一" if times >= 10 else f"约{times:g}分之一"
    return f"about 1 in {times:,.0f}" if times >= 10 else f"about 1 in {times:g}"


def ratio(value: float) -> str:
    """Say a ratio in two significant figures.

    >>> ratio(3.46), ratio(12.4), ratio(0.087)
    ('3.5', '12', '0.087')
    """
    return f"{significant(value):g}"


def large(count: int, lang: str = "en") -> str:
    """Say a count inside a sentence.

    >>> large(1284), large(121145), large(121145, "zh")
    ('1,284', '121,000', '12.1万')
    """
    if count < 10_000:
        return f"{count:,}"
    return f"{significant(count, 3) / 10_000:g}万" if lang == "zh" else f"{significant(count, 3):,.0f}"


def day(when: date, lang: str = "en", *, year: bool = True) -> str:
    """Say a day.

    >>> day(date(2026, 11, 15)), day(date(2026, 11, 15), "zh"), day(date(2026, 11, 15), "zh", year=False)
    ('15 Nov 2026', '2026年11月15日', '11月15日')
    """
    if lang == "zh":
        return (f"{when.year}年" if year else "") + f"{when.month}月{when.day}日"
    return f"{when.day} {_MONTHS[when.month - 1]}" + (f" {when.year}" if year else "")


def span(first: date, last: date, lang: str = "en") -> str:
    """Say a span of days; the year stands once where one is enough.

    >>> span(date(2026, 8, 17), date(2026, 11, 15)), span(date(2026, 8, 17), date(2026, 11, 15), "zh")
    ('17 Aug to 15 Nov 2026', '2026年8月17日至11月15日')
    """
    same = first.year == last.year
    if lang == "zh":
        return f"{day(first, lang)}至{day(last, lang, year=not same)}"
    return f"{day(first, lang, year=not same)} to {day(last, lang)}"
