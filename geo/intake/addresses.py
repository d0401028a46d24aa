"""What an address text says about streets, areas and buildings, in Chinese and in Western writing.

House numbers, units and estates are left aside: two addresses of one street are the same street. Nothing here geocodes;
the only question is whether many addresses of one point belong to one place.
"""

from __future__ import annotations

import re

import polars as pl

_HAN = r"\p{Han}"
CHINESE_TOKEN = (
    rf"{_HAN}{{1,8}}?(?:街道办事处|街道|社区|居委会|村委会|小区|新村|自治县|新区|大街|大道|胡同|[路街巷弄道镇乡村区县])"
)
CHINESE_STREET = r"(?:大街|大道|胡同|[路街巷弄]|[^街]道)$"
CHINESE_OFFICE = r"(?:街道办事处|街道|[镇乡])$"
CHINESE_COMMUNITY = r"(?:社区|居委会|村委会|[^新]村)$"
CHINESE_BUILDING = r"(?:\d+|[a-zA-Z]|[一二三四五六七八九十]+)\s*(?:号楼|[栋幢座])"

_WORDS = r"(?:[\p{L}'’.]+\s+){1,4}?"
_STREET_TYPES = (
    "st|street|ave|av|avenue|rd|road|ln|lane|dr|drive|blvd|boulevard|ct|court|pl|place|sq|square|ter|terr|terrace|"
    "hwy|highway|pkwy|pkway|parkway|way|cir|circle|plz|plaza|row|path|wharf|aly|alley|mall|pike|tpke|expy|grn|gdns|"
    "broadway|strasse|straße|str|gasse|weg|platz|allee"
)
_TYPE_FIRST = r"\b(?:rue|via|calle|avenida|rua|viale|piazza)\s+[\p{L}'’]+"
_ONE_WORD = r"\p{L}+(?:stra(?:ss|ß)e|gasse)\b"
WESTERN_STREET = rf"(?i)(?:{_WORDS}(?:{_STREET_TYPES})\b|{_TYPE_FIRST}|{_ONE_WORD})"
WESTERN_BUILDING = r"(?i)\b(?:bldg|building|block|tower)\.?\s*#?\s*\w+"
_NUMBERS = r"(?i)\b\d+[a-z]?(?:\s*[-–]\s*\d+[a-z]?)?\b|\bintersection\s+of\b|[,;&/()]"


def streets(addresses: pl.Series) -> pl.Series:
    """Return the streets named in every address, in small letters, as a list.

    >>> streets(pl.Series(["青羊区光华街道和平社区建设路12号", "翠湖花园3栋2单元", None])).to_list()
    [['建设路'], [], []]
    >>> streets(pl.Series(["29 Hereford St  Boston  MA", "INTERSECTION of Beacon St & Park Dr  Boston  MA"])).to_list()
    [['hereford st'], ['beacon st', 'park dr']]
    """
    plain = addresses.str.to_lowercase().str.replace_all(_NUMBERS, " | ")
    chinese = _chinese(addresses, CHINESE_STREET)
    western = plain.str.extract_all(WESTERN_STREET).fill_null([])
    western = western.list.eval(pl.element().str.replace_all(r"\s+", " ").str.strip_chars())
    return pl.select(pl.concat_list(chinese, western)).to_series()


def communities(addresses: pl.Series) -> pl.Series:
    """Return the communities and villages named in every address, as a list.

    >>> communities(pl.Series(["青羊区光华街道和平社区建设路12号", "和平小区3栋"])).to_list()
    [['和平社区'], []]
    """
    return _chinese(addresses, CHINESE_COMMUNITY)


def offices(addresses: pl.Series) -> pl.Series:
    """Return the street offices and towns named in every address, as a list.

    >>> offices(pl.Series(["青羊区光华街道和平社区建设路12号"])).to_list()
    [['光华街道']]
    """
    return _chinese(addresses, CHINESE_OFFICE)


def buildings(addresses: pl.Series) -> pl.Series:
    """Return the buildings of an estate named in every address, as a list.

    >>> buildings(pl.Series(["翠湖花园3栋2单元", "和平小区12号楼", "8 Elm Ct, Building 4", "建设路12号"])).to_list()
    [['3栋'], ['12号楼'], ['building 4'], []]
    """
    lower = addresses.str.to_lowercase()
    found = pl.concat_list(lower.str.extract_all(CHINESE_BUILDING), lower.str.extract_all(WESTERN_BUILDING))
    return pl.select(found.fill_null([])).to_series()


def without_streets(addresses: pl.Series) -> pl.Series:
    """Return the addresses without the streets in them: Dorchester Avenue does not lie in Dorchester alone.

    >>> without_streets(pl.Series(["2207 Dorchester Ave  Mattapan  MA"])).to_list()[0].split()
    ['|', '|', 'Mattapan', 'MA']
    """
    plain = addresses.str.replace_all(_NUMBERS, " | ").str.replace_all(WESTERN_STREET, " | ")
    return plain.str.replace_all(rf"{_HAN}{{1,4}}?(?:大街|大道|胡同|[路巷弄]|街(?:$|[^道]))", "|")


def short(address: str) -> str:
    """Return an address for a narrow column: without district and street office in front, city and state behind.

    >>> short("青禾区望江街道临江社区滨江路12号"), short("望江街道办事处"), short("洛带镇农贸市场")
    ('临江社区滨江路12号', '望江街道办事处', '洛带镇农贸市场')
    >>> short("INTERSECTION of Beacon St & Park Dr  Boston  MA"), short("8 Elm Ct, Springfield")
    ('Beacon St & Park Dr', '8 Elm Ct')
    """
    chinese = re.sub(
        r"^(?:\w{2,9}?[市区县](?:\w{2,5}?街道|\w{2,5}?[镇乡](?![路街道巷]))|\w{2,5}?街道)(?!办事处)(?=\w)", "", address
    )
    western = re.sub(r"(?i)^intersection of\s+", "", chinese)
    return re.split(r"\s{2,}|,\s", western, maxsplit=1)[0] or address


def _chinese(addresses: pl.Series, ending: str) -> pl.Series:
    tokens = addresses.str.extract_all(CHINESE_TOKEN).fill_null([])
    return tokens.list.eval(pl.element().filter(pl.element().str.contains(ending)))
