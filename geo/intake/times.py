"""Times as text to UTC. One column usually has one format; the commonest are tried on a sample and then on the rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from geo import tables
from geo.errors import BadMapping
from geo.words import Note, note

_DAYS = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d")
_CLOCKS = (
    "",
    " %H:%M:%S",
    " %H:%M",
    "T%H:%M:%S",
    " %H:%M:%S%.f",
    "T%H:%M:%S%.f",
    "T%H:%M",
    " %I:%M:%S %p",
    " %I:%M %p",
)
_CHINESE_CLOCKS = ("%H:%M:%S", "%H:%M", " %H时%M分%S秒", " %H时%M分", "%H时%M分%S秒", "%H时%M分")
YEAR_FIRST = (
    *(day + clock for day in _DAYS[:4] for clock in _CLOCKS),
    *("%Y年%m月%d日" + clock for clock in _CHINESE_CLOCKS),
    "%Y%m%d%H%M%S",
    "%Y%m%d %H:%M:%S",
    "%Y%m%d",
)
"""Formats that can be read in one way only."""

_SHORT_CLOCKS = ("", " %H:%M:%S", " %H:%M", " %I:%M:%S %p", " %I:%M %p", " %H:%M:%S%.f")
MONTH_FIRST = tuple("%m" + cut + "%d" + cut + "%Y" + clock for cut in "/-." for clock in _SHORT_CLOCKS)
DAY_FIRST = tuple("%d" + cut + "%m" + cut + "%Y" + clock for cut in "/-." for clock in _SHORT_CLOCKS)
ZONED = ("%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S%.f %#z", "%Y-%m-%dT%H:%M%#z")

_ZONE = r"\d:\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?:[+-]\d{2}(?::?\d{2})?|[zZ]|UTC|GMT)$"
_HOURS_ONLY = r"(:\d{2}(?:\.\d+)?\s*[+-]\d{2})$"
_EXCEL_DAYS = (20_000, 80_000)  # 1954 to 2119, as days since 1899-12-30
_EXCEL_1970 = 25_569
_EPOCHS = {(1e11, 1e13): 1e3, (1e8, 1e10): 1e6}  # range -> microseconds in one of them
_LOCAL = pl.Datetime("us")
_EARLIEST = 1970
_SAMPLE = 1_000


@dataclass(frozen=True)
class Times:
    """`utc` is null where nothing was written (`missing`) or nothing could be read (`unreadable`)."""

    utc: pl.Series  # Datetime("us", "UTC")
    missing: pl.Series  # Boolean
    unreadable: pl.Series
    notes: tuple[Note, ...] = ()


def parse_times(
    texts: pl.Series, timezone: str, *, formats: Sequence[str] = (), file: str = "", month_first: bool | None = None
) -> Times:
    """Return the times of a column of text in UTC; those without a zone of their own are local times of `timezone`.

    `formats` are tried first. Then come year-first formats, Excel serials and seconds or milliseconds since 1970, and
    dates such as 3/4/2026, whose order the whole column decides: a number above 12 shows which is the day. Where
    nothing shows it, `month_first` does; else the order usual in the time zone is taken and a note says so. One order
    holds for the whole column: a date that only the other order could read is unreadable. So is any before 1970, which
    stands for "no date". A local time that the clock skipped in spring counts from before the skip; one that came
    twice in autumn is the first.

    >>> texts = pl.Series(["2026-01-05 08:30", "46027.5", "9/31/2012", None])
    >>> parse_times(texts, "Asia/Shanghai").utc.dt.strftime("%F %R").to_list()
    ['2026-01-05 00:30', '2026-01-05 04:00', None, None]
    >>> parse_times(pl.Series([], dtype=pl.String), "Asia/Shanghai").utc.len()
    0
    """
    written = texts.cast(pl.String).str.strip_chars().replace("", None)
    zoned = written.str.contains(_ZONE).fill_null(False)
    utc = _nothing(written, tables.UTC_TIME)
    if zoned.any():
        utc = utc.zip_with(~zoned, _parse_zoned(written, formats))
    local = written.zip_with(~zoned, _nothing(written)) if zoned.any() else written
    found = _parse_by(local, [pattern for pattern in formats if not _has_zone(pattern)])
    notes: tuple[Note, ...] = ()
    if _lacking(local, found):
        epoch = _parse_epochs(local)
        utc, local = utc.zip_with(utc.is_not_null(), epoch), local.zip_with(epoch.is_null(), _nothing(local))
        found = _fill(found, local, _parse_serials)
    if _lacking(local, found):
        found = _fill(found, local, lambda rest: _parse_by(rest, YEAR_FIRST))
    if _lacking(local, found):
        order, notes = _choose_order(local.filter(found.is_null()), timezone, month_first, file)
        found = _fill(found, local, lambda rest: _parse_by(rest, order))
    utc = utc.zip_with(utc.is_not_null(), to_utc(found, timezone))
    utc = utc.set(utc.dt.year().fill_null(_EARLIEST) < _EARLIEST, None) if len(utc) else utc
    missing = written.is_null()
    return Times(utc, missing, utc.is_null() & ~missing, notes)


def check_format(date_format: str) -> None:
    """Refuse a format that no date can be read by. Raises BadMapping.

    >>> check_format("%d.%m.%Y %H:%M")
    """
    day = pl.Series([datetime(2026, 3, 4)])
    date_format = date_format.replace("%#z", "").replace("%z", "")
    try:
        understood = _strptime(day.dt.strftime(date_format), date_format).item() == day.item()
    except (pl.exceptions.ComputeError, pl.exceptions.InvalidOperationError):
        understood = False
    if not understood:
        raise BadMapping('{format} is not a date format. Write it as "%Y-%m-%d %H:%M".', format=date_format)


def to_utc(local: pl.Series, timezone: str) -> pl.Series:
    """Return local times in UTC.

    >>> from datetime import datetime
    >>> skipped = pl.Series([datetime(2015, 3, 8, 2, 30)])
    >>> to_utc(skipped, "America/New_York").to_list()
    [datetime.datetime(2015, 3, 8, 7, 30, tzinfo=zoneinfo.ZoneInfo(key='UTC'))]
    """
    zoned = local.dt.replace_time_zone(timezone, ambiguous="earliest", non_existent="null")
    skipped = zoned.is_null() & local.is_not_null()
    if skipped.any():
        later = local.dt.offset_by("1h").dt.replace_time_zone(timezone, ambiguous="earliest", non_existent="null")
        zoned = zoned.zip_with(~skipped, later)
    return zoned.dt.convert_time_zone("UTC").dt.cast_time_unit("us")


def _lacking(texts: pl.Series, found: pl.Series) -> bool:
    return found.null_count() > texts.null_count()


def _fill(found: pl.Series, texts: pl.Series, parse: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """Return `found` with its gaps filled by parsing only the texts that are still unread."""
    gaps = (found.is_null() & texts.is_not_null()).arg_true()
    return found.scatter(gaps, parse(texts.gather(gaps)))


def _parse_by(texts: pl.Series, formats: Sequence[str]) -> pl.Series:
    """Return the local time of each text by the first format that reads it; the formats best on a sample go first."""
    found = _nothing(texts, _LOCAL)
    for pattern in _best_first(texts, formats):
        gaps = (found.is_null() & texts.is_not_null()).arg_true()
        if len(gaps) == 0:
            break
        rest = texts if len(gaps) == len(texts) else texts.gather(gaps)
        found = found.scatter(gaps, _strptime(rest, pattern))
    return found


def _best_first(texts: pl.Series, formats: Sequence[str]) -> list[str]:
    present = texts.drop_nulls()
    if len(present) <= _SAMPLE or len(formats) == 1:
        return list(formats)
    sample = present.gather_every(max(1, len(present) // _SAMPLE))
    hits = {pattern: _strptime(sample, pattern).is_not_null().sum() for pattern in formats}
    return sorted(formats, key=lambda pattern: -hits[pattern])


def _strptime(texts: pl.Series, pattern: str) -> pl.Series:
    """Return the times that `pattern` reads. A pattern without a clock means midnight."""
    if "%H" in pattern or "%I" in pattern:
        return texts.str.to_datetime(pattern, strict=False, time_unit="us")
    return texts.str.to_date(pattern, strict=False).cast(pl.Datetime("us"))


def _has_zone(pattern: str) -> bool:
    return "%z" in pattern or "%#z" in pattern


def _parse_zoned(texts: pl.Series, formats: Sequence[str]) -> pl.Series:
    """Return the UTC time of texts that carry an offset, Z, UTC or GMT."""
    even = texts.str.replace(r"\s*(?:[zZ]|UTC|GMT)$", "+00:00").str.replace(_HOURS_ONLY, "${1}:00")
    found = _nothing(texts, tables.UTC_TIME)
    for pattern in (*ZONED, *filter(_has_zone, formats)):
        read = even.str.to_datetime(pattern, strict=False, time_unit="us", time_zone="UTC")
        found = found.zip_with(found.is_not_null(), read)
    return found


def _parse_serials(texts: pl.Series) -> pl.Series:
    """Return the local time of Excel serials: days since 1899-12-30."""
    days = texts.cast(pl.Float64, strict=False)
    days = days.zip_with(days.is_between(*_EXCEL_DAYS).fill_null(False), _nothing(days))
    seconds = ((days - _EXCEL_1970) * 86_400).round(0).cast(pl.Int64)
    return (seconds * 1_000_000).cast(_LOCAL)


def _parse_epochs(texts: pl.Series) -> pl.Series:
    """Return the UTC time of seconds or milliseconds since 1970, recognised by their size (after 1973)."""
    numbers = texts.cast(pl.Float64, strict=False)
    micro = _nothing(numbers)
    for (least, most), unit in _EPOCHS.items():
        micro = micro.zip_with(~numbers.is_between(least, most).fill_null(False), numbers * unit)
    return micro.cast(pl.Int64).cast(tables.UTC_TIME)


def _nothing(like: pl.Series, dtype: Any = None) -> pl.Series:
    """Return as many nulls as `like` has rows."""
    return pl.Series(like.name, [None], dtype=dtype or like.dtype).new_from_index(0, len(like))


def _choose_order(
    texts: pl.Series, timezone: str, month_first: bool | None, file: str
) -> tuple[tuple[str, ...], tuple[Note, ...]]:
    """Return the formats in the order of day and month that the column shows, or the usual one with a note."""
    reads = {order: int(_parse_by(texts, order).is_not_null().sum()) for order in (MONTH_FIRST, DAY_FIRST)}
    if reads[MONTH_FIRST] != reads[DAY_FIRST]:
        return max(reads, key=lambda order: reads[order]), ()
    if month_first is None:
        month_first = timezone.startswith(("America/", "US/"))
        if reads[MONTH_FIRST]:
            example = texts.drop_nulls().first()
            said = "month/day/year" if month_first else "day/month/year"
            return MONTH_FIRST if month_first else DAY_FIRST, (
                note(
                    '{file}: dates of column "{column}" such as {example} were read as {order}; nothing in the '
                    "column decides it. "
                    "Set date_format in the mapping to be sure.",
                    file=file,
                    column=texts.name,
                    example=example,
                    order=said,
                ),
            )
    return MONTH_FIRST if month_first else DAY_FIRST, ()
