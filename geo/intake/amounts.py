"""Columns of amounts, as people write them: commas, units in brackets, and what plainly counts nothing."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

import polars as pl

from geo.intake.text_table import plain

_THOUSANDS = r"^[1-9]\d{0,2}([,，]\d{3})+(\.\d+)?$"
_DECIMAL = r"^\d+[,，]\d+$"
_WITH_COMMA = r"^\d[\d.]*[,，][\d.,，]*$"
_BRACKET = re.compile(r"\s*[(（\[]([^)）\]]*)[)）\]]\s*$")
_UNITS = {
    **dict.fromkeys(("", "户", "人", "米", "个", "家", "处", "条", "套", "间", "座", "栋"), 1.0),
    **dict.fromkeys(("m", "metre", "metres", "meter", "meters", "households", "people", "persons", "residents"), 1.0),
    **dict.fromkeys(("公里", "千米", "km", "千", "千户", "千人"), 1000.0),
    **dict.fromkeys(("万", "万户", "万人", "万个", "万米"), 10_000.0),
    **{"mi": 1609.344, "miles": 1609.344, "ft": 0.3048, "feet": 0.3048},
}
"""What one of each is, in households, people, metres or whatever is counted."""
_NO_AMOUNT_WORDS = {"id", "code", "rank", "ranking", "phone", "tel", "telephone", "mobile", "fax", "zip", "postcode"}
_NO_AMOUNT_WORDS |= {"lat", "lon", "lng", "latitude", "longitude"}
_NO_AMOUNT = {"no", "nr", "number", "x", "y", "year", "month", "day", "date", "level", "resolution", "postalcode"}
_NO_AMOUNT |= {"fid", "gid", "objectid", "adcode", "fmid", "年", "年份", "年度", "月", "月份", "日期", "级别"}
_NO_AMOUNT_ENDS = (
    *("序号", "编号", "编码", "代码", "邮编", "号码", "电话", "手机", "联系方式", "排名", "名次"),
    *("经度", "纬度", "坐标"),
)


class Amounts(NamedTuple):
    """The numbers of a column, null where empty; where a text is none; and where a comma may mean two things."""

    numbers: pl.Series
    bad: pl.Series
    unclear: pl.Series  # among the bad


def read_amounts(texts: pl.Series, separator: str = "") -> Amounts:
    """Return what a column of text counts, each number at or above zero. `separator`: that of the file, if it has one.

    A comma is for thousands where the whole number fits (1,200,000.5). In a file with semicolons it is for decimals if
    every comma of the column can be, and not every one can be for thousands. Anything else is unclear.

    >>> read_amounts(pl.Series(["1,200", "3", ""])).numbers.to_list()
    [1200.0, 3.0, None]
    >>> read_amounts(pl.Series(["1,5", "12,34", "0,750", "2"]), ";").numbers.to_list()
    [1.5, 12.34, 0.75, 2.0]
    >>> [read_amounts(pl.Series(["7", text]), ";").unclear.to_list() for text in ("1,200", "1,2,3", "1.200,5")]
    [[False, True], [False, True], [False, True]]
    """
    filled = texts.str.strip_chars().replace("", None)
    written = filled.str.contains(_WITH_COMMA).fill_null(False)
    grouped, decimal = (filled.str.contains(pattern).fill_null(False) for pattern in (_THOUSANDS, _DECIMAL))
    unclear = written & ~grouped
    plainly = filled.str.replace_all("[,，]", "")
    if separator == ";" and written.any():
        could_group, could_be_decimal = not unclear.any(), bool(decimal.filter(written).all())
        if could_be_decimal and not could_group:
            plainly = filled.str.replace("[,，]", ".")
            unclear = ~written & filled.str.contains(r"^\d+\.\d+$").fill_null(False)
        elif could_be_decimal or not could_group:
            unclear = written
    numbers = plainly.cast(pl.Float64, strict=False)
    bad = filled.is_not_null() & (~numbers.is_finite() | (numbers < 0)).fill_null(True)
    return Amounts(numbers, bad | unclear, unclear)


def unit_of(header: str) -> tuple[float, str]:
    """Return what the numbers under a header are multiplied by, and its unit where that is not known: a year is none.

    >>> unit_of("道路长度（公里）"), unit_of("户数(千户)"), unit_of("road (mi)"), unit_of("人口（2025年）")
    ((1000.0, ''), (1000.0, ''), (1609.344, ''), (1.0, ''))
    >>> unit_of("green (mu)"), unit_of("benches")
    ((1.0, 'mu'), (1.0, ''))
    """
    found = _BRACKET.search(header)
    unit = unicodedata.normalize("NFKC", found[1]).strip() if found else ""
    factor = _UNITS.get(unit.casefold())
    return factor or 1.0, "" if factor or re.search(r"\d{4}", unit) else unit


def without_unit(header: str) -> str:
    """Return a header without what it ends with in brackets; itself where nothing else is there.

    >>> without_unit("道路长度（公里）"), without_unit("(km)")
    ('道路长度', '(km)')
    """
    return _BRACKET.sub("", header.strip()) or header.strip()


def counts_nothing(header: str) -> bool:
    """Return whether the numbers under a header plainly are no amount: a rank, a telephone number, a code.

    >>> [counts_nothing(header) for header in ("Rank 2025", "联系电话", "street_code", "序号", "no")]
    [True, True, True, True, True]
    >>> [counts_nothing(header) for header in ("no. of shops", "绿地面积", "workplaces", "摊位")]
    [False, False, False, False]
    """
    words = set(re.findall(r"[a-z]+", header.casefold()))
    bare = plain(without_unit(header))
    return bool(words & _NO_AMOUNT_WORDS) or bare in _NO_AMOUNT or bare.endswith(_NO_AMOUNT_ENDS)
