"""Times in every way they are written, to UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import BadMapping
from geo.intake.times import check_format, parse_times, to_utc

EIGHT_THIRTY = datetime(2026, 1, 5, 0, 30, tzinfo=UTC)  # 08:30 in Shanghai
MIDNIGHT = datetime(2026, 1, 4, 16, 0, tzinfo=UTC)


def utc(*texts: str | None, timezone: str = "Asia/Shanghai", **options: object) -> list[datetime | None]:
    return parse_times(pl.Series("opened", list(texts), dtype=pl.String), timezone, **options).utc.to_list()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-05 08:30",
        "2026-01-05 08:30:00",
        "2026-1-5 8:30",
        "2026/01/05 08:30:00",
        "2026/1/5 8:30",
        "2026.01.05 08:30",
        "2026-01-05T08:30:00",
        "2026-01-05T08:30:00.000",
        "2026-01-05 08:30:00 AM",
        "2026年1月5日 8时30分",
        "2026年01月05日08:30",
        "20260105083000",
        " 2026-01-05 08:30 ",
        "2026-01-05T08:30:00+08:00",
        "2026-01-05T00:30:00Z",
        "2026-01-05 00:30:00+00",
        "2026-01-05 00:30:00 UTC",
        "2026-01-05T08:30:00.000000+0800",
        "46027.3541666667",
        "1767573000",
        "1767573000000",
    ],
)
def test_one_moment_in_many_spellings(text: str) -> None:
    assert utc(text) == [EIGHT_THIRTY]


@pytest.mark.parametrize("text", ["2026-01-05", "2026/1/5", "2026年1月5日", "20260105", "46027", "46027.0"])
def test_a_day_alone_is_its_local_midnight(text: str) -> None:
    assert utc(text) == [MIDNIGHT]


@pytest.mark.parametrize(
    "text", ["9/31/2012", "2026-02-30", "2026-13-01", "26-1-5", "soon", "12", "1900-01-01", "1899-12-30"]
)
def test_what_is_no_date_is_unreadable_and_no_crash(text: str) -> None:
    read = parse_times(pl.Series([text]), "Asia/Shanghai")
    assert read.unreadable.to_list() == [True]
    assert read.missing.to_list() == [False]


def test_nothing_written_is_missing_not_unreadable() -> None:
    read = parse_times(pl.Series([None, "", "  "], dtype=pl.String), "Asia/Shanghai")
    assert read.missing.all()
    assert not read.unreadable.any()


def test_a_number_above_twelve_decides_the_order_for_the_whole_column() -> None:
    assert utc("3/4/2026", "13/4/2026")[0] == datetime(2026, 4, 2, 16, tzinfo=UTC)  # 3 April
    assert utc("3/4/2026", "4/13/2026")[0] == datetime(2026, 3, 3, 16, tzinfo=UTC)  # 4 March


def test_a_date_in_the_other_order_is_unreadable_rather_than_guessed() -> None:
    assert utc("3/14/2026", "3/15/2026", "16/3/2026")[2] is None


@pytest.mark.parametrize(
    ("timezone", "order"), [("America/New_York", "month/day/year"), ("Asia/Shanghai", "day/month/year")]
)
def test_where_nothing_decides_the_order_a_note_says_which_was_taken(timezone: str, order: str) -> None:
    notes = parse_times(pl.Series("opened", ["3/4/2026"]), timezone, file="a.csv").notes
    assert [order in str(note) for note in notes] == [True]
    assert "a.csv" in notes[0].sentence("zh")


def test_several_formats_in_one_column_are_all_read() -> None:
    assert utc("2026-01-05 08:30", "2026/1/5 8:30", "46027.3541666667", "2026-01-05T00:30:00Z") == [EIGHT_THIRTY] * 4


def test_the_users_own_format_goes_first() -> None:
    assert utc("05|01|26 08:30", formats=["%d|%m|%y %H:%M"]) == [EIGHT_THIRTY]
    assert utc("05|01|26 08:30 +0800", formats=["%d|%m|%y %H:%M %z"]) == [EIGHT_THIRTY]
    assert utc("3/4/2026", formats=["%d/%m/%Y"]) == [datetime(2026, 4, 2, 16, tzinfo=UTC)]


@pytest.mark.parametrize("text", ["%H:%M", "day", "%Y-%m", "%d %Q"])
def test_a_format_without_a_date_is_refused(text: str) -> None:
    with pytest.raises(BadMapping, match="not a date format"):
        check_format(text)


def test_summer_time_of_new_york() -> None:
    skipped, first, winter = datetime(2026, 3, 8, 2, 30), datetime(2026, 11, 1, 1, 30), datetime(2026, 1, 5, 8, 30)
    assert to_utc(pl.Series([skipped, first, winter]), "America/New_York").to_list() == [
        datetime(2026, 3, 8, 7, 30, tzinfo=UTC),  # the clock stood at 03:30
        datetime(2026, 11, 1, 5, 30, tzinfo=UTC),  # the first of the two
        datetime(2026, 1, 5, 13, 30, tzinfo=UTC),
    ]


@given(
    st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1)).map(lambda t: t.replace(microsecond=0)),
    st.sampled_from(["%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y%m%d%H%M%S", "%Y-%m-%dT%H:%M:%SZ"]),
)
def test_reading_what_was_written_gives_the_same_moment(moment: datetime, pattern: str) -> None:
    assert utc(moment.strftime(pattern), timezone="UTC") == [moment.replace(tzinfo=UTC)]


@given(st.floats(20_001, 79_999))
def test_an_excel_serial_is_right_to_the_second(serial: float) -> None:
    expected = datetime(1899, 12, 30, tzinfo=UTC) + timedelta(days=serial)
    read = utc(repr(serial), timezone="UTC")[0]
    assert read is not None if expected.year >= 1970 else read is None
    assert read is None or abs(read - expected) <= timedelta(seconds=0.51)
