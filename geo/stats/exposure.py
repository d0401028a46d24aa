"""What the `places` lens compares with: households, population, metres of street or shops, spread over the cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import h3
import numpy as np
import polars as pl

from geo.errors import RefusedQuestion
from geo.grid import overlay
from geo.grid.cells import string_to_cell
from geo.grid.cube import Cube
from geo.grid.windows import Window
from geo.intake.area_facts import measure_of
from geo.intake.exposure import ExposureTable
from geo.stats.results import Floats
from geo.words import Note, note

NAMES_SAID = 3
TILES = ("district", "street_office", "community")  # kinds that cover a city by what they are
LEAST_COVERED = 0.8  # part of the cells with incidents that any other layer must reach
KNOWN_PART = 0.9
"""Of the surface of a cell that areas cover, what areas of a known number must cover: METHODS 1.2."""
KEY_SENTENCES = {"name": "name", "area_id": "area_id"}
MEASURE_SENTENCES = {
    "": "people or streets",
    "exposure": "exposure",
    "households": "households",
    "population": "population",
    "street_length": "street length",
    "points_of_interest": "points of interest",
}


@dataclass(frozen=True)
class Exposure:
    """One measure of every cell, and what to keep in mind about it."""

    cells: Floats  # (cells,) in the order of `cube.cells`; NaN where unknown
    notes: tuple[Note, ...] = ()
    usable: bool = True  # false where a layer happens to hold it and reaches too little of the city


def measure_words(name: str) -> Note:
    """Return how a measure is said; one of the user's own is its own name.

    >>> measure_words("street_length").sentence(), measure_words("benches").sentence("zh")
    ('street length', 'benches')
    """
    return Note(MEASURE_SENTENCES.get(name, name))


def choose_measure(asked: str, offered: Sequence[str]) -> str:
    """Return the measure asked for by its name or header, the first where none is; "" where there is none at all.

    Raises RefusedQuestion for one that is not among them.

    >>> choose_measure("户数", ["street_length", "households"]), choose_measure("", ["street_length"])
    ('households', 'street_length')
    """
    if not asked or not offered:
        return next(iter(offered), "")
    name = asked if asked in offered else measure_of(asked)
    if name not in offered:
        raise RefusedQuestion(
            'There is no exposure "{asked}". There are: {names}.', asked=asked, names=", ".join(offered)
        )
    return name


def exposures_of_cells(
    cube: Cube,
    areas: gpd.GeoDataFrame | None = None,
    *,
    measures: Mapping[str, str] | None = None,
    tables: Sequence[ExposureTable] = (),
) -> dict[str, Exposure]:
    """Return what is known of every cell, by name; the first is what is compared with unless another is asked for.

    Tables go before the areas' own `exposure` column, whose meaning `measures` names (kind of area: measure). What an
    area holds is spread over its cells in proportion to the surface they share; cells at the border of areas of which
    nothing is known are unknown too (KNOWN_PART). What layers of other kinds than TILES
    hold (the length of streets) is usable where it reaches four of five cells with incidents.

    Raises RefusedQuestion where a table fits neither cells nor areas, or two tables hold the same measure.
    """
    areas = areas if areas is not None and len(areas) else None
    found: dict[str, Exposure] = {}
    for table in tables:
        for name in table.measures:
            if name in found:
                raise RefusedQuestion(
                    "Two exposure tables hold {measure}; {file} is the second. Leave one out.",
                    measure=measure_words(name),
                    file=table.file,
                )
        if table.key != "cell" and areas is None:
            raise RefusedQuestion(
                "The exposure table is by {key}, but no area layer was read. Add the layer, or give a table by cell.",
                key=Note(KEY_SENTENCES[table.key]),
            )
        found |= _by_cell(cube, table) if areas is None or table.key == "cell" else _by_table(cube, areas, table)
    if areas is not None:
        for kind, name in _own_kinds(areas, measures or {}).items():
            if name not in found:
                exposure = _of_areas(cube, areas[areas["kind"] == kind], name)
                found[name] = exposure if kind in TILES else _if_covering(cube, name, exposure)
    return found


def _if_covering(cube: Cube, name: str, exposure: Exposure) -> Exposure:
    """Return the exposure, usable only if it is known of most cells with incidents."""
    if cube.first_day is None or cube.last_day is None:
        return exposure
    held = cube.in_window(Window(cube.first_day, cube.last_day)) > 0
    reached = held & (np.nan_to_num(exposure.cells) > 0)
    if reached.sum() >= LEAST_COVERED * held.sum():
        return exposure
    lacking = note(
        "The layer reaches {cells} of {all} cells with incidents: too few to compare by {measure}. Give a table.",
        cells=f"{int(reached.sum()):,}",
        all=f"{int(held.sum()):,}",
        measure=measure_words(name),
    )
    return Exposure(exposure.cells, (*exposure.notes, lacking), usable=False)


def _own_kinds(areas: gpd.GeoDataFrame, measures: Mapping[str, str]) -> dict[str, str]:
    """Return one kind of area per measure: the communities, else the kind of which most areas have a number."""
    known = areas["kind"][areas["exposure"].notna()].value_counts()
    order = sorted(known.index, key=lambda kind: (kind != "community", -known[kind], kind))
    chosen: dict[str, str] = {}
    for kind in order:
        name = measures.get(kind, "exposure")
        if name not in chosen.values():
            chosen[str(kind)] = name
    return chosen


def _of_areas(cube: Cube, areas: gpd.GeoDataFrame, name: str) -> Exposure:
    frame = pl.DataFrame({"area_id": areas["area_id"].to_list(), name: areas["exposure"].to_numpy()})
    frame = frame.with_columns(pl.col(name).fill_nan(None))
    cells = _spread(cube, areas, frame)[name]
    unknown = areas["name"][areas["exposure"].isna()].tolist()
    notes = [_known_note(name, note("area layer"), cells, _total(frame[name])), *_without_note(name, unknown)]
    return Exposure(cells, tuple(notes))


def _by_table(cube: Cube, areas: gpd.GeoDataFrame, table: ExposureTable) -> dict[str, Exposure]:
    """Join a table to the kind of area that most of its keys name; an area_id may stand without its kind before."""
    frame = pl.DataFrame({name: areas[name].to_list() for name in ("area_id", "name", "kind")})
    keys = frame.with_columns(key=pl.col(table.key))
    if table.key == "area_id":
        bare = frame.with_columns(key=pl.col("area_id").str.replace(r"^[^/]*/", ""))
        keys = pl.concat([keys, bare]).unique(["area_id", "key"], maintain_order=True)
    rows = table.frame.rename({table.key: "key"})
    matched = rows.join(keys, on="key")
    if not matched.height:
        raise RefusedQuestion(
            "No {key} of the exposure table is the {key} of an area. The areas begin with: {names}.",
            key=Note(KEY_SENTENCES[table.key]),
            names=", ".join(frame[table.key].head(NAMES_SAID)),
        )
    counts = matched.group_by("kind").agg(pl.col("key").n_unique().alias("rows"))
    kind = counts.sort("rows", pl.col("kind") == "community", "kind", descending=True)["kind"][0]
    of_kind = matched.filter(pl.col("kind") == kind)
    twice = of_kind.filter(pl.col("area_id").n_unique().over("key") > 1)["key"].unique(maintain_order=True).to_list()
    joined = of_kind.filter(~pl.col("key").is_in(twice)).unique("area_id", maintain_order=True)
    layer = areas[areas["kind"] == kind]
    lost = rows.filter(~pl.col("key").is_in(joined["key"].to_list() + twice))
    spread = _spread(cube, layer, joined.select("area_id", *table.measures))
    found = {}
    for name, cells in spread.items():
        known = joined.filter(pl.col(name).is_not_null())["area_id"].to_list()
        unknown = layer["name"][~layer["area_id"].isin(known)].tolist()
        notes = [
            _known_note(name, table.file, cells, _total(rows[name])),
            *_lost_note(name, table, lost["key"].to_list(), _total(lost[name]), _total(rows[name])),
            *_without_note(name, unknown),
        ]
        if twice:
            notes.append(
                note(
                    "{file}: {names} names more than one area, and counts for none of them.",
                    file=table.file,
                    names=_few(twice),
                )
            )
        found[name] = Exposure(cells, (*notes, *_column_notes(table)))
    return found


def _by_cell(cube: Cube, table: ExposureTable) -> dict[str, Exposure]:
    names = table.frame["cell"].str.to_lowercase().to_list()
    for name in names:
        if not h3.is_valid_cell(name) or h3.get_resolution(name) != cube.resolution:
            raise RefusedQuestion(
                'The exposure table names "{cell}", which is no H3 cell of level {resolution}. Give a table for the '
                "level of the map, or choose the table's level with --resolution.",
                cell=name,
                resolution=cube.resolution,
            )
    given = table.frame.with_columns(cell=string_to_cell(names)).unique("cell", maintain_order=True)
    there = pl.DataFrame({"cell": cube.cells}).join(given, on="cell", how="left", maintain_order="left")
    outside = given.filter(~pl.col("cell").is_in(cube.cells))
    lost = [f"{cell:x}" for cell in outside["cell"].to_list()]
    found = {}
    for name in table.measures:
        cells = there[name].to_numpy().astype(float)
        notes = (
            _known_note(name, table.file, cells, _total(given[name])),
            *_lost_note(name, table, lost, _total(outside[name]), _total(given[name])),
            *_column_notes(table),
        )
        found[name] = Exposure(cells, notes)
    return found


def _spread(cube: Cube, areas: gpd.GeoDataFrame, values: pl.DataFrame) -> dict[str, Floats]:
    """Return each column of `values` (area_id first) by cell: what an area holds, by the surface its cells share.

    A cell of which more than a tenth lies in areas of an unknown number is unknown: its incidents may be theirs.
    """
    names = values.columns[1:]
    shares = overlay.cells_of_areas(cube.cells, areas).join(values, on="area_id", how="left")
    part = pl.col("share") / pl.col("share").sum().over("area_id")
    share = pl.col("share")
    spread = (
        shares.with_columns(pl.col(name) * part for name in names)
        .group_by("cell")
        .agg(
            pl.when(share.filter(pl.col(name).is_not_null()).sum() >= KNOWN_PART * share.sum())
            .then(pl.col(name).sum())
            .alias(name)
            for name in names
        )
    )
    there = pl.DataFrame({"cell": cube.cells}).join(spread, on="cell", how="left", maintain_order="left")
    return {name: there[name].to_numpy().astype(float) for name in names}


def _known_note(name: str, source: str | Note, cells: Floats, total: float) -> Note:
    """Say how much is known: of how many cells, and what part of the total lies on the map."""
    held = float(np.nansum(cells))
    share = held / total if total else 0.0
    return note(
        "Compared by {measure} ({source}): {total} in all, {share} of it on the map, in {cells} of {all} cells.",
        measure=measure_words(name),
        source=source,
        total=f"{total:,.0f}",
        share=_percent(share),
        cells=f"{int((np.nan_to_num(cells) > 0).sum()):,}",
        all=f"{len(cells):,}",
    )


def _lost_note(name: str, table: ExposureTable, keys: Sequence[str], lost: float, total: float) -> list[Note]:
    if not keys:
        return []
    return [
        note(
            "{rows} rows of {file} match nothing on the map ({names}); they hold {share} of its {measure}.",
            rows=f"{len(keys):,}",
            file=table.file,
            names=_few(keys),
            share=_percent(lost / total if total else 0.0),
            measure=measure_words(name),
        )
    ]


def _without_note(name: str, areas: Sequence[str]) -> list[Note]:
    if not areas:
        return []
    return [
        note(
            "No {measure} is known of {areas} areas ({names}).",
            measure=measure_words(name),
            areas=f"{len(areas):,}",
            names=_few(areas),
        )
    ]


def _column_notes(table: ExposureTable) -> list[Note]:
    said = []
    if table.left_out:
        said.append(
            note(
                "{file}: columns left out, for they hold more than numbers or count nothing: {columns}.",
                file=table.file,
                columns=_few(table.left_out),
            )
        )
    if table.unknown_units:
        said.append(
            note(
                "{file}: the unit of {columns} is not known here; its numbers are taken as they stand.",
                file=table.file,
                columns=_few(table.unknown_units),
            )
        )
    return said


def _total(column: pl.Series) -> float:
    return float(np.nansum(column.cast(pl.Float64).to_numpy()))


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:NAMES_SAID]) + (" ..." if len(names) > NAMES_SAID else "")


def _percent(part: float) -> str:
    """Return a share in per cent; only what is whole is called so.

    >>> _percent(1.0), _percent(0.9991), _percent(0.42), _percent(0.001)
    ('100%', '99.9%', '42%', '0.1%')
    """
    whole = 0.01 <= part < 0.99 or part == 0 or part > 0.9999
    return f"{part:.0%}" if whole else f"{part:.1%}"
