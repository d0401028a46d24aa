"""Spans of local days: how an analysis window such as `13w`, `90d` or `3m` is read and counted back."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta

from geo.errors import RefusedQuestion


@dataclass(frozen=True)
class Window:
    """Whole local days, first and last included.

    >>> Window(date(2026, 11, 9), date(2026, 11, 15)).weeks
    1.0
    """

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def weeks(self) -> float:
        return self.days / 7


def window_back(text: str, until: date) -> Window:
    """Return the window of length `text` (`NNd`, `NNw` or `NNm`) that ends on `until`, inclusive.

    A month counts back to the day after the same day of the month before, or after its last day where it is shorter.

    Raises RefusedQuestion where the text is no such length.

    >>> window_back("13w", date(2026, 11, 15))
    Window(first=datetime.date(2026, 8, 17), last=datetime.date(2026, 11, 15))
    >>> window_back("1m", date(2026, 3, 31)).first
    datetime.date(2026, 3, 1)
    """
    match = re.fullmatch(r"([1-9]\d{0,3})([dwm])", text.strip().lower())
    if not match:
        raise RefusedQuestion(
            'The window "{window}" is not a length of time. Write 90d for days, 13w for weeks or 3m for months.',
            window=text,
        )
    number, unit = int(match[1]), match[2]
    if unit == "m":
        months = until.year * 12 + until.month - 1 - number
        year, month = divmod(months, 12)
        same_day = date(year, month + 1, min(until.day, calendar.monthrange(year, month + 1)[1]))
        return Window(same_day + timedelta(days=1), until)
    return Window(until - timedelta(days=number * (7 if unit == "w" else 1) - 1), until)


def spans_back(until: date, count: int, days: int = 7) -> tuple[Window, ...]:
    """Return `count` windows of `days` days, one after the other, the last of which ends on `until`; the oldest first.

    >>> [span.first.day for span in spans_back(date(2026, 11, 15), 2)], spans_back(date(2026, 11, 15), 0)
    ([2, 9], ())
    """
    lasts = (until - timedelta(days=days * back) for back in reversed(range(count)))
    return tuple(Window(last - timedelta(days=days - 1), last) for last in lasts)
