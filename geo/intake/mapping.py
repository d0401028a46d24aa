"""The user's mapping file: which of their columns is which of ours, and what their values mean.

It is TOML. Every key is optional; what it leaves out is recognised from the file or takes the default.

    report_id = "编号"               # one line per column of `reports`: our name = "their column"
    reported_at = "登记时间"
    point = "经纬度"                  # or lat and lon; or x and y where the file is projected
    crs = "GCJ-02"
    timezone = "Asia/Shanghai"
    date_format = "%d.%m.%Y %H:%M"   # or a list of formats
    system = "热线"                   # a column of the file; otherwise the text itself

    [values.status]
    open = ["处理中"]
    closed = ["已办结"]
    duplicate = ["重复件"]

    [values.source]
    patrol = ["网格员"]

    [values.category]
    S09005 = ["占道经营", "0405"]

    [themes]                         # groups of categories, asked for like one: --category "theme:Graffiti"
    Graffiti = ["Graffiti Removal", "PWD Graffiti"]

    [duplicates]                     # when two reports are one problem
    metres = 50                      # of every category; without it the radii of category_tables/radii.toml hold
    hours = 72                       # without a closing date
    days = 30                        # while open, at the most

    [duplicates.category_metres]
    "Graffiti Removal" = 20

    [[source]]                       # repeats any key above for the files it names; "*" names all
    file = "暗访*.xlsx"
    crs = "WGS-84"
    source = "inspection"            # who saw it: a column of the file; otherwise the word that holds for all of it

    [areas.market]
    name = "MarketName"
    radius_m = 120
    where = "status = 'open'"

Without `[[source]]` tables `source` may stand at the top; TOML does not allow both.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from geo import tables
from geo.errors import BadMapping
from geo.intake.datum import crs_name
from geo.intake.times import check_format

POSITIONS = ("lat", "lon", "x", "y", "point")
COLUMNS = (*tables.REPORTS, "x", "y", "point", "updated_at", "category_major", "category_kind")
"""What a column of a report file can be. `point` holds both coordinates in one text; `updated_at` decides between rows
of the same number; `category_major` and `category_kind` complete a category code that is split over columns."""

AREA_COLUMNS = (*(c for c in tables.AREA_COLUMNS if c not in ("geometry", "kind")), *POSITIONS)
AREA_SETTINGS = ("radius_m", "where", "crs")
VALUES = {"status": ("open", "closed", "duplicate"), "source": tables.SOURCES}
_SETTINGS = ("crs", "timezone", "date_format", "themes", "duplicates", "values", "source", "areas", "file")

DUPLICATE_LIMITS = {"metres": (1, 1000), "hours": (0, 8784), "days": (0, 366)}
"""What a number in `[duplicates]` can be."""

Values = dict[str, dict[str, tuple[str, ...]]]
"""status, source or category -> our word -> the words of the file that mean it."""


@dataclass(frozen=True)
class AreaMapping:
    """What `[areas.KIND]` says about one layer."""

    columns: dict[str, str] = field(default_factory=dict)  # our column of AREA_COLUMNS -> theirs
    radius_m: float | None = None  # metres
    where: str | None = None  # SQL condition on the file's own columns
    crs: str | None = None


@dataclass(frozen=True)
class DuplicateMapping:
    """What `[duplicates]` says; None where it says nothing."""

    metres: float | None = None
    hours: float | None = None
    days: float | None = None
    category_metres: dict[str, float] = field(default_factory=dict)  # category as written -> metres


@dataclass(frozen=True)
class Mapping:
    """A mapping as read. `name` is the file it came from, for sentences."""

    columns: dict[str, str] = field(default_factory=dict)  # our column -> theirs; "" leaves a recognised one out
    crs: str | None = None
    timezone: str | None = None
    date_formats: tuple[str, ...] = ()
    values: Values = field(default_factory=dict)
    areas: dict[str, AreaMapping] = field(default_factory=dict)
    themes: dict[str, tuple[str, ...]] = field(default_factory=dict)  # name -> categories
    duplicates: DuplicateMapping = field(default_factory=DuplicateMapping)
    sources: tuple[tuple[str, Mapping], ...] = ()  # pattern of file names -> what differs there
    name: str = "the mapping"

    def for_file(self, file: str) -> Mapping:
        """Return the mapping for one file: the general one, with the `[[source]]` tables that name it laid over.

        >>> m = load_mapping({"crs": "WGS-84", "source": [{"file": "hotline*", "crs": "GCJ-02"}]})
        >>> m.for_file("hotline_2026.csv").crs, m.for_file("patrol.csv").crs
        ('GCJ-02', 'WGS-84')
        """
        made = replace(self, sources=())
        for pattern, special in self.sources:
            if fnmatch(file.casefold(), pattern.casefold()):
                values = {topic: made.values.get(topic, {}) | words for topic, words in special.values.items()}
                made = replace(
                    made,
                    columns=made.columns | special.columns,
                    crs=special.crs or made.crs,
                    timezone=special.timezone or made.timezone,
                    date_formats=special.date_formats or made.date_formats,
                    values=made.values | values,
                )
        return made


def load_mapping(mapping: Mapping | Dictionary[str, Any] | str | Path | None) -> Mapping:
    """Return a mapping from a TOML file, a dictionary of the same shape, or nothing.

    Raises BadMapping for a file that cannot be read, a key nobody knows, or a value of the wrong kind.

    >>> load_mapping({"report_id": "编号"}).columns
    {'report_id': '编号'}
    >>> load_mapping(None).columns
    {}
    """
    if mapping is None:
        return Mapping()
    if isinstance(mapping, Mapping):
        return mapping
    if isinstance(mapping, Dictionary):
        return _read(dict(mapping), "the mapping")
    path = Path(mapping)
    try:
        return _read(tomllib.loads(path.read_text("utf-8-sig")), path.name)
    except OSError as error:
        raise BadMapping(
            "The mapping file {file} cannot be opened. Check its name and folder.", file=str(path)
        ) from error
    except UnicodeDecodeError as error:
        raise BadMapping(
            "The mapping file {file} is not written in UTF-8. Save it as UTF-8.", file=path.name
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise BadMapping(
            "The mapping file {file} is not valid TOML: {fault}. Names and values stand in quotation marks.",
            file=path.name,
            fault=str(error),
        ) from error


def _read(table: dict[str, Any], name: str, *, inside_source: bool = False) -> Mapping:
    """Return the mapping that one TOML table describes."""
    sources = table.get("source")
    special: list[dict[str, Any]] = []
    if isinstance(sources, list):
        special = [entry for entry in sources if isinstance(entry, dict)]
        table = {key: value for key, value in table.items() if key != "source"}
    for key in table:
        if (key not in COLUMNS and key not in _SETTINGS) or (key == "file" and not inside_source):
            raise BadMapping(
                '{file} has the key "{key}", which is not known. Known are: {known}.',
                file=name,
                key=key,
                known=", ".join((*COLUMNS, *_SETTINGS[:6], "[[source]]", "[areas.KIND]")),
            )
    timezone = _text(table, "timezone", name)
    if timezone:
        check_timezone(timezone)
    formats = _texts(table["date_format"], "date_format", name) if "date_format" in table else ()
    for date_format in formats:
        check_format(date_format)
    crs = _text(table, "crs", name)
    if crs:
        crs_name(crs)
    return Mapping(
        columns={key: _text(table, key, name) or "" for key in COLUMNS if key in table},
        crs=crs,
        timezone=timezone,
        date_formats=formats,
        values=_values(table.get("values", {}), name),
        themes=_themes(table.get("themes", {}), name),
        duplicates=_duplicates(table.get("duplicates", {}), name, inside_source=inside_source),
        areas={kind: _area(area, kind, name) for kind, area in _table(table.get("areas", {}), "areas", name).items()},
        sources=tuple((_pattern(entry, name), _read(entry, name, inside_source=True)) for entry in special),
        name=name,
    )


def check_timezone(timezone: str) -> ZoneInfo:
    """Return the time zone of that name, for example Asia/Shanghai. Raises BadMapping where there is none."""
    try:
        return ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, IsADirectoryError) as error:
        raise BadMapping(
            "There is no time zone {timezone}. Write it as Asia/Shanghai or America/New_York.", timezone=timezone
        ) from error


def _pattern(entry: dict[str, Any], name: str) -> str:
    pattern = _text(entry, "file", name)
    if not pattern:
        raise BadMapping('A [[source]] table of {file} names no file. Add file = "part of the name*".', file=name)
    return pattern


def _values(table: Any, name: str) -> Values:
    read: Values = {}
    for topic, words in _table(table, "values", name).items():
        if topic not in (*VALUES, "category"):
            raise BadMapping(
                "{file} has a table [values.{topic}]. Known are [values.status], [values.source] and "
                "[values.category].",
                file=name,
                topic=topic,
            )
        read[topic] = {}
        for word, theirs in _table(words, f"values.{topic}", name).items():
            if topic in VALUES and word not in VALUES[topic]:
                raise BadMapping(
                    "[values.{topic}] of {file} has the word {word}. Known are: {known}.",
                    file=name,
                    topic=topic,
                    word=word,
                    known=", ".join(VALUES[topic]),
                )
            read[topic][word] = _texts(theirs, f"values.{topic}.{word}", name)
    return read


def _themes(table: Any, name: str) -> dict[str, tuple[str, ...]]:
    themes = {theme: _texts(codes, f"themes.{theme}", name) for theme, codes in _table(table, "themes", name).items()}
    for theme, codes in themes.items():
        if not theme.strip() or not codes:
            raise BadMapping(
                '[themes] of {file}: the theme "{theme}" needs a name and at least one category.',
                file=name,
                theme=theme,
            )
    return themes


def _duplicates(table: Any, name: str, *, inside_source: bool) -> DuplicateMapping:
    entry = dict(_table(table, "duplicates", name))
    if entry and inside_source:
        raise BadMapping(
            "[duplicates] of {file} holds for all files together: it cannot stand under [[source]].", file=name
        )
    special = _table(entry.pop("category_metres", {}), "duplicates.category_metres", name)
    for key in entry:
        if key not in DUPLICATE_LIMITS:
            raise BadMapping(
                '[duplicates] of {file} has the key "{key}". Known are: {known}.',
                file=name,
                key=key,
                known=", ".join((*DUPLICATE_LIMITS, "category_metres")),
            )
    return DuplicateMapping(
        **{key: _limited(value, key, "duplicates", key, name) for key, value in entry.items()},
        category_metres={
            category: _limited(value, category, "duplicates.category_metres", "metres", name)
            for category, value in special.items()
        },
    )


def _limited(value: Any, key: str, table: str, kind: str, name: str) -> float:
    low, high = DUPLICATE_LIMITS[kind]
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise BadMapping(
            "{key} of [{table}] in {file} must be a number from {low} to {high}.",
            key=key,
            table=table,
            file=name,
            low=low,
            high=f"{high:,}",
        )
    return float(value)


def _area(table: Any, kind: str, name: str) -> AreaMapping:
    entry = _table(table, f"areas.{kind}", name)
    for key in entry:
        if key not in (*AREA_COLUMNS, *AREA_SETTINGS):
            raise BadMapping(
                '[areas.{kind}] of {file} has the key "{key}". Known are: {known}.',
                file=name,
                kind=kind,
                key=key,
                known=", ".join((*AREA_COLUMNS, *AREA_SETTINGS)),
            )
    radius = entry.get("radius_m")
    if radius is not None and (isinstance(radius, bool) or not isinstance(radius, int | float) or radius <= 0):
        raise BadMapping(
            "radius_m of [areas.{kind}] in {file} must be a number of metres above 0.", file=name, kind=kind
        )
    return AreaMapping(
        columns={key: _text(entry, key, name) or "" for key in AREA_COLUMNS if key in entry},
        radius_m=None if radius is None else float(radius),
        where=_text(entry, "where", name),
        crs=_text(entry, "crs", name),
    )


def _table(value: Any, key: str, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadMapping("[{key}] of {file} must be a table with one line per word.", file=name, key=key)
    return value


def _text(table: dict[str, Any], key: str, name: str) -> str | None:
    value = table.get(key)
    if value is not None and not isinstance(value, str):
        raise BadMapping('{key} in {file} must be one text in quotation marks, for example "经度".', file=name, key=key)
    return value


def _texts(value: Any, key: str, name: str) -> tuple[str, ...]:
    texts = (value,) if isinstance(value, str) else value
    if not isinstance(texts, list | tuple) or not all(isinstance(text, str) for text in texts):
        raise BadMapping('{key} in {file} must be a list of texts, for example ["a", "b"].', file=name, key=key)
    return tuple(texts)
