"""Whose export a file is, and which of its columns is which of ours.

Every export known is one TOML file in `exports`: the names its columns have gone by, its time zone, its date formats
and what its words for status and source mean. A column called differently needs a line there, not code here.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

import polars as pl

from geo.errors import BadMapping, UnknownColumns
from geo.intake.draft import draft_mapping
from geo.intake.mapping import COLUMNS, POSITIONS, Mapping, Values
from geo.intake.positions import Columns
from geo.intake.text_table import GEOMETRY_X, GEOMETRY_Y, TextTable, plain
from geo.tables import SOURCES
from geo.words import Note, note

_PERSONAL = re.compile(
    "姓名|电话|手机|身份证|联系人|联系方式|来电号码|来电人|诉求人|反映人|投诉人|举报人|上报人|报案人|微信号|邮箱|"
    "phone|mobilenumber|email|firstname|lastname|fullname|contactname|callername|reportername|idcard"
)
"""Headers of columns about the person who reported; such columns are not even kept among the rejected rows."""


@dataclass(frozen=True)
class Export:
    """One kind of file that is recognised by its columns."""

    name: str
    columns: dict[str, tuple[str, ...]]  # our column -> the names it goes by, the best first
    needs: tuple[str, ...]  # our columns without which it is not this export
    system: str | None = None  # None: a column says it, else the file's name stands for it
    timezone: str | None = None
    date_formats: tuple[str, ...] = ()
    month_first: bool | None = None  # order of 3/4/2026
    source_is: str | None = None  # who saw all of it
    category_table: str | None = None
    values: Values = field(default_factory=dict)


@dataclass(frozen=True)
class Layout:
    """What is known about one file before its rows are read."""

    export: str  # name of the export; "" where only a mapping speaks
    columns: dict[str, str]  # our column -> theirs
    position: Columns
    system: str
    source_is: str | None = None
    timezone: str | None = None
    crs: str | None = None
    date_formats: tuple[str, ...] = ()
    month_first: bool | None = None
    category_table: str | None = None
    values: Values = field(default_factory=dict)
    personal: tuple[str, ...] = ()  # their columns about persons
    ignored: tuple[str, ...] = ()  # their other columns that are not used
    notes: tuple[Note, ...] = ()


@cache
def exports() -> tuple[Export, ...]:
    """Return every export known.

    >>> [export.name for export in exports()][:3]
    ['Boston 311', 'Chicago 311', '数字城管 grid patrol']
    """
    found = []
    for file in sorted((resources.files(__package__) / "exports").iterdir(), key=lambda file: file.name):
        if not file.name.endswith(".toml"):
            continue
        table = tomllib.loads(file.read_text("utf-8"))
        found.append(
            Export(
                name=table["name"],
                columns={ours: tuple(theirs) for ours, theirs in table["columns"].items()},
                needs=tuple(table["needs"]),
                system=table.get("system"),
                timezone=table.get("timezone"),
                date_formats=tuple(table.get("date_formats", ())),
                month_first=table.get("month_first"),
                source_is=table.get("source_is"),
                category_table=table.get("category_table"),
                values={
                    topic: {word: tuple(ws) for word, ws in words.items()}
                    for topic, words in table.get("values", {}).items()
                },
            )
        )
    return tuple(found)


@cache
def known_headers() -> frozenset[str]:
    """Return every header known, as `plain` gives it."""
    return frozenset().union(*map(known_names, COLUMNS))


@cache
def known_names(ours: str) -> frozenset[str]:
    """Return every header known for one of our columns, as `plain` gives it."""
    return frozenset(plain(name) for export in exports() for name in export.columns.get(ours, ()))


def recognise(table: TextTable, mapping: Mapping) -> Layout:
    """Return the layout of a file: what the mapping says, and for the rest the export whose columns fit best.

    Raises BadMapping where the mapping names a column that is not there, UnknownColumns where no column for the time
    or the place of a report is found.
    """
    headers = table.frame.columns
    mapped = _mapped_columns(headers, mapping, table.name)
    export, columns = _best_export(table.frame)
    fixed = {ours: theirs for ours, theirs in mapping.columns.items() if theirs and ours not in mapped}
    left_out = {ours for ours, theirs in mapping.columns.items() if not theirs} | set(fixed)
    replaced = set(POSITIONS) if any(ours in mapped for ours in POSITIONS) else set()
    recognised = {ours: theirs for ours, theirs in columns.items() if ours not in left_out | replaced}
    together = recognised | mapped
    position = _position(table, together, mapped_only=bool(replaced))
    _check_doubled(table, together)
    _check_complete(table, export, together, position)
    used = {*together.values(), *(column for column in position if column)}
    personal = tuple(h for h in headers if h not in used and _PERSONAL.search(plain(h)))
    columns_used = {ours: theirs for ours, theirs in together.items() if ours not in POSITIONS}
    columns_used |= _said_positions(position, together)
    return Layout(
        export=export.name if export else "",
        columns=columns_used,
        position=position,
        system=fixed.get("system") or (export.system if export else None) or _stem(table.name),
        source_is=fixed.get("source") or (export.source_is if export else None),
        timezone=mapping.timezone or (export.timezone if export else None),
        crs=mapping.crs,
        date_formats=(*mapping.date_formats, *(export.date_formats if export else ())),
        month_first=export.month_first if export else None,
        category_table=export.category_table if export else None,
        values={topic: _words(topic, export, mapping) for topic in ("status", "source", "category")},
        personal=personal,
        ignored=tuple(h for h in headers if h not in used and h not in personal),
        notes=(
            note(
                "{file}: columns about persons are not kept: {columns}.", file=table.name, columns=", ".join(personal)
            ),
        )
        if personal
        else (),
    )


def _words(topic: str, export: Export | None, mapping: Mapping) -> dict[str, tuple[str, ...]]:
    """Return our words for status, source or category with theirs; a word the user explains means only that."""
    own = mapping.values.get(topic, {})
    explained = {plain(word) for words in own.values() for word in words}
    usual = export.values.get(topic, {}) if export else {}
    return {
        ours: (*own.get(ours, ()), *(word for word in usual.get(ours, ()) if plain(word) not in explained))
        for ours in {**usual, **own}
    }


def _mapped_columns(headers: list[str], mapping: Mapping, file: str) -> dict[str, str]:
    """Return the columns that the mapping names, as the file spells them."""
    spelled = {header.strip(): header for header in headers}
    mapped: dict[str, str] = {}
    for ours, theirs in mapping.columns.items():
        if theirs.strip() in spelled and theirs:
            mapped[ours] = spelled[theirs.strip()]
        elif theirs and not (ours == "system" or (ours == "source" and theirs in SOURCES)):
            raise BadMapping(
                '{mapping} says {ours} = "{theirs}", but {file} has no such column. It has: {found}.',
                mapping=mapping.name,
                ours=ours,
                theirs=theirs,
                file=file,
                found=", ".join(headers),
            )
    return mapped


def _best_export(frame: pl.DataFrame) -> tuple[Export | None, dict[str, str]]:
    """Return the export whose needs are met and of whose columns most are there, with those columns."""
    best: tuple[Export | None, dict[str, str]] = (None, {})
    for export in exports():
        columns = match(frame, export.columns)
        if all(ours in columns for ours in export.needs) and len(columns) > len(best[1]):
            best = export, columns
    return best


def match(frame: pl.DataFrame, names: dict[str, tuple[str, ...]]) -> dict[str, str]:
    """Return our column -> theirs, wherever ours goes by one of its names; a filled column before an empty one.

    >>> match(pl.DataFrame({"经度 ": ["104"], "LAT": [None]}), {"lon": ("lng", "经度"), "lat": ("lat",), "x": ("x",)})
    {'lon': '经度 ', 'lat': 'LAT'}
    """
    spelled: dict[str, str] = {}
    for header in frame.columns:
        spelled.setdefault(plain(header), header)
    found: dict[str, str] = {}
    for ours, theirs in names.items():
        there = [spelled[plain(name)] for name in theirs if plain(name) in spelled]
        filled = [column for column in there if frame[column].null_count() < frame.height]
        if there:
            found[ours] = (filled or there)[0]
    return found


def _position(table: TextTable, columns: dict[str, str], *, mapped_only: bool) -> Columns:
    """Return where the coordinates stand: the file's own geometry, degrees, plane coordinates or one column for both.

    The first of them that holds anything; a mapping goes before the file's geometry.
    """
    choices = [
        Columns(x=columns.get("lon"), y=columns.get("lat")),
        Columns(x=columns.get("x"), y=columns.get("y")),
        Columns(point=columns.get("point")),
    ]
    if GEOMETRY_X in table.frame.columns and not mapped_only:
        choices.insert(0, Columns(x=GEOMETRY_X, y=GEOMETRY_Y))
    whole = [choice for choice in choices if choice.point or (choice.x and choice.y)]
    filled = [c for c in whole if all(table.frame[name].null_count() < table.frame.height for name in c if name)]
    return (filled or whole or [Columns()])[0]


def _said_positions(position: Columns, columns: dict[str, str]) -> dict[str, str]:
    """Return the position's columns under our names, for the quality report."""
    if position.point:
        return {"point": position.point}
    pair = ("x", "y") if columns.get("x") == position.x else ("lon", "lat")
    return {pair[0]: position.x or "", pair[1]: position.y or ""}


def _check_complete(table: TextTable, export: Export | None, columns: dict[str, str], position: Columns) -> None:
    """Refuse a file without a time or a place, with a mapping to start from."""
    placed = position != Columns()
    missing = [ours for ours, there in (("reported_at", "reported_at" in columns), ("lat, lon", placed)) if not there]
    if not missing:
        return
    found = [header for header in table.frame.columns if header not in (GEOMETRY_X, GEOMETRY_Y)]
    draft = draft_mapping(found, {ours: known_names(ours) for ours in COLUMNS})
    if export and not placed:
        raise UnknownColumns(
            "{file} is recognised as {export}, but no column holds coordinates among: {columns}. Export it with "
            "coordinates, or "
            "geocode its addresses first.",
            found=found,
            missing=missing,
            mapping=draft,
            file=table.name,
            export=export.name,
            columns=", ".join(found),
        )
    lacking = _lacking(table.frame)  # a file may hold times and places, and not what goes with them in any export
    raise UnknownColumns(
        "The columns of {file} are not recognised: {missing_columns} not found among {columns}. Write a mapping file.",
        found=found,
        missing=missing,
        mapping=draft,
        file=table.name,
        missing_columns=", ".join(missing if set(missing) & set(lacking) else lacking or missing),
        columns=", ".join(found),
    )


def _lacking(frame: pl.DataFrame) -> list[str]:
    """Return what an export needs and no column of the file goes by any name of."""
    there = match(frame, {ours: tuple(known_names(ours)) for ours in COLUMNS})
    placed = GEOMETRY_X in frame.columns or "point" in there or {"lat", "lon"} <= set(there) or {"x", "y"} <= set(there)
    needed = {ours: ours in there for ours in ("report_id", "reported_at")} | {"lat, lon": placed}
    return [ours for ours, found in needed.items() if not found]


def _check_doubled(table: TextTable, columns: dict[str, str]) -> None:
    """Refuse a file in which a column stands twice that would be read."""
    for theirs in sorted(table.doubled):
        if theirs in columns.values() or plain(theirs) in known_headers():
            raise UnknownColumns(
                '{file} has the column "{column}" more than once. Rename one of them in its header row.',
                found=table.frame.columns,
                missing=[],
                mapping="",
                file=table.name,
                column=theirs,
            )


def _stem(name: str) -> str:
    """Return a file's name without its endings: the system of a file that names none."""
    return name.split(".", 1)[0] or name
