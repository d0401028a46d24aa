"""A zipped Shapefile: short names from one table, long texts continued, and a key to the names beside it."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyogrio
import shapely
from numpy.typing import NDArray

from geo.errors import BadList
from geo.export.csv_text import csv_bytes
from geo.export.dbf import TEXT_BYTES, dbf_bytes, too_long
from geo.export.kind import Kind
from geo.words import say

SHORT = {
    "cell": "cell",
    "lat": "lat",
    "lon": "lon",
    "category": "categ",
    "lens": "lens",
    "window_start": "win_start",
    "window_end": "win_end",
    "incidents": "incidents",
    "ring_incidents": "ring_incid",
    "expected": "expected",
    "ratio": "ratio",
    "ratio_low": "ratio_low",
    "ratio_high": "ratio_high",
    "p_value": "p_value",
    "q_value": "q_value",
    "hot": "hot",
    "core": "core",
    "enough": "enough",
    "gi_star": "gi_star",
    "place": "place",
    "community": "commun",
    "market": "market",
    "construction_site": "site",
    "unit": "unit",
    "assisting_units": "assist",
    "contact": "contact",
    "top_category": "top_cat",
    "open_reports": "open_rep",
    "overdue_reports": "overdue",
    "oldest_open": "oldest",
    "returned": "returned",
    "unowned": "unowned",
    "cause": "cause",
    "due_at": "due_at",
    "cluster_id": "cluster",
    "reason": "reason",
    "label": "label",
    "planner_label": "planner",
    "trend_z": "trend_z",
    "trend_p": "trend_p",
    "hot_steps": "hot_steps",
    "steps": "steps",
    "history": "history",
    "closures": "closures",
    "relapses": "relapses",
    "recent": "recent",
    "confirmed": "confirmed",
    "address": "address",
    "quick": "quick",
    "median_days": "med_days",
    "last_closed": "last_close",
    "last_reported": "last_rep",
    "is_open": "is_open",
    "state": "state",
    "first_seen": "first_seen",
    "last_seen": "last_seen",
    "cells": "cells",
    "size": "size",
    "peak": "peak",
    "peak_start": "peak_start",
    "areas": "areas",
    "parent_id": "parent",
    "merged_into": "merged",
    "alarm_id": "alarm",
    "start": "start",
    "end": "end",
    "llr": "llr",
    "recurrence_days": "recur_days",
    "signal": "signal",
    "since": "since",
    "area_id": "area",
    "kind": "kind",
    "name": "name",
    "resident": "resident",
    "patrol": "patrol",
    "last_visit": "last_visit",
    "days_since": "days_since",
    "never": "never",
    "blind": "blind",
    "parent": "parname",
    "forecast": "forecast",
    "forecast_low": "fc_low",
    "forecast_high": "fc_high",
    "excess": "excess",
    "trend": "trend",
    "overdue": "past_due",
    "hot_cells": "hot_cells",
    "hot_excess": "hot_excess",
    "score": "score",
    "rank": "rank",
    "rank_low": "rank_low",
    "rank_high": "rank_high",
    "p_top": "p_top",
    "tier": "tier",
    "moved": "moved",
    "board": "board",
    "key": "key",
    "by": "by",
    "reported": "reported",
    "closed": "closed",
    "due": "due",
    "on_time": "on_time",
    "on_time_share": "ontime_shr",
    "on_time_low": "ontime_low",
    "on_time_high": "ontime_hgh",
    "backlog": "backlog",
    "checked": "checked",
    "failed": "failed",
    "failed_share": "failed_shr",
    "indicator": "indic",
    "indicator_name": "indname",
    "standing": "standing",
    "expected_problems": "exp_probl",
    "points": "points",
    "points_low": "points_low",
    "points_high": "points_hgh",
    "recoverable": "recover",
    "gain": "gain",
    "cost": "cost",
    "chosen": "chosen",
    "wish": "wish",
    "team": "team",
    "day": "day",
    "stop": "stop",
    "walk_m": "walk_m",
}
"""dBASE names have at most 10 letters. Those of texts have at most 7: a long `reason` goes on in `reason_2`."""


def write_shapefile(
    plain: pl.DataFrame, shapes: NDArray[Any], path: Path, kind: Kind, lang: str, about: Mapping[str, str]
) -> None:
    """Write rows and their shapes (EPSG:4326) as a layer and its companions into the zip file `path`.

    `columns.csv` in it is the key: short name, full name, meaning in `lang`; `about.csv` what was asked.

    Raises BadList where a row is too long for the format.
    """
    short, whose = _in_pieces(plain)
    if too_long(short):
        raise BadList("A text of this list is too long for a Shapefile. Choose GeoPackage, which has no limit.")
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".hexward-") as folder:
        pyogrio.raw.write(
            Path(folder) / f"{kind.layer}.shp",
            geometry=shapely.to_wkb(shapes),
            field_data=[np.zeros(len(shapes), np.int32)],
            fields=["n"],
            driver="ESRI Shapefile",
            geometry_type=kind.geometry,
            crs="EPSG:4326",
            encoding="UTF-8",
        )
        (Path(folder) / f"{kind.layer}.dbf").write_bytes(dbf_bytes(short, date.today()))
        (Path(folder) / "columns.csv").write_bytes(csv_bytes(_key(whose, kind, lang)))
        if about:
            cover = pl.DataFrame({say("Subject", lang): list(about), say("Text", lang): list(about.values())})
            (Path(folder) / "about.csv").write_bytes(csv_bytes(cover))
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(Path(folder).iterdir()):
                archive.write(file, file.name)


def split(text: str, most: int = TEXT_BYTES) -> list[str]:
    """Return `text` in pieces of at most `most` bytes of UTF-8 that give it back when they are joined.

    No piece begins or ends with a space where it can be helped: readers of dBASE drop those.

    >>> split("热点问题", 6), split("ab cd", 3), split("", 3)
    (['热点', '问题'], ['a', 'b c', 'd'], [''])
    """
    pieces, rest = [], text
    while len(rest.encode()) > most:
        end = len(rest.encode()[:most].decode(errors="ignore"))
        whole = next((at for at in range(end, 0, -1) if not (rest[at - 1] + rest[at]).count(" ")), end)
        pieces.append(rest[:whole])
        rest = rest[whole:]
    return [*pieces, rest]


def _in_pieces(plain: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, str]]:
    """Return `plain` under short names, texts over 254 bytes continued in columns of their own, and whose each is."""
    columns: list[pl.Series] = []
    whose: dict[str, str] = {}
    for column in plain:
        parts = [column]
        if column.dtype == pl.String and not (column.str.len_bytes() <= TEXT_BYTES).fill_null(True).all():
            rows = [split(text) if text is not None else [] for text in column]
            parts = [
                pl.Series([row[at] if at < len(row) else None for row in rows], dtype=pl.String)
                for at in range(max(map(len, rows)))
            ]
        for at, part in enumerate(parts, start=1):
            name = SHORT[column.name] if at == 1 else f"{SHORT[column.name]}_{at}"
            whose[name] = column.name
            columns.append(part.alias(name))
    return pl.DataFrame(columns).with_columns(pl.col(pl.String).str.replace_all("\0", " ", literal=True)), whose


def _key(whose: Mapping[str, str], kind: Kind, lang: str) -> pl.DataFrame:
    rows = [
        (short, name, kind.meaning(name, lang) if short == SHORT[name] else say("Goes on.", lang))
        for short, name in whose.items()
    ]
    return pl.DataFrame(rows, [say("Short name", lang), say("Column", lang), say("Meaning", lang)], orient="row")
