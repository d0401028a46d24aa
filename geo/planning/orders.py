"""Work orders as plain tables: what each unit is to put right, where, and by when.

Made by `geo.agenda.orders` from a study; written, printed and read back by `geo.export`.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import polars as pl
from shapely.geometry.base import BaseGeometry

from geo.words import Note, say

NO_UNIT = ""
"""The unit of what nobody answers for: an order of its own, for whoever hands out the work."""

RESPONSIBILITIES: dict[str, Any] = {
    "order_id": pl.String,
    "unit": pl.String,  # whose order it is
    "area_id": pl.String,
    "area": pl.String,
    "kind": pl.String,
    "lead": pl.String,  # who answers for the area; null where nobody is named
    "assisting_units": pl.String,  # joined by ";"
    "contact": pl.String,
    "deadline": pl.Date,
    "problems": pl.Int64,  # of this unit, listed under this area
    "overdue": pl.Int64,
    "returned": pl.Int64,
    "tier": pl.String,  # A, B or C, "" where the areas were not ranked
    "measure": pl.String,  # what to do, in one sentence
}
"""One row per unit and chosen area: every area has one, of the unit that leads it, also where nothing is open."""

_LETTERS = 8


@dataclass(frozen=True)
class WorkOrders:
    """The orders of one campaign, one per unit."""

    problems: pl.DataFrame  # tables.ORDERS: by unit, area (as chosen), overdue first, deadline
    responsibilities: pl.DataFrame  # RESPONSIBILITIES, in the same order
    areas: gpd.GeoDataFrame  # tables.AREA_COLUMNS of the chosen areas, as chosen
    boundary: BaseGeometry  # of the city, EPSG:4326, for the map
    deadline: date  # of the orders; single problems may be due earlier
    made_on: date  # the study's last day, not that of the clock
    title: str
    notes: tuple[Note, ...]
    photos: Path | None = None  # folder in which `problems.photo` lies

    @property
    def units(self) -> tuple[str, ...]:
        """The units that get an order, in the order of their numbers; NO_UNIT last."""
        return tuple(self.responsibilities["unit"].unique(maintain_order=True))

    def order_id(self, unit: str) -> str:
        """Return the number of a unit's order."""
        return str(self.responsibilities.filter(pl.col("unit") == unit)["order_id"][0])

    def problems_of(self, unit: str) -> pl.DataFrame:
        """Return the problem list of a unit."""
        return self.problems.filter(pl.col("unit") == unit)

    def responsibilities_of(self, unit: str) -> pl.DataFrame:
        """Return the responsibility list of a unit."""
        return self.responsibilities.filter(pl.col("unit") == unit)


def unit_name(unit: str | None, lang: str = "en") -> str:
    """Return what a unit is called; data, or our word for nobody.

    >>> unit_name("East depot"), unit_name(NO_UNIT)
    ('East depot', 'No unit named')
    """
    return unit or say("No unit named", lang)


def target_ids(keys: Iterable[str]) -> list[str]:
    """Return a short name for every problem: `T-` and eight letters of the hash of its key, `system/report_id`.

    The same key has the same name in every order. Where eight letters are taken by an earlier key, the later one has
    two more; so hand in all open problems of the city, the oldest first. Chance of one such pair among 10,000: 5 in
    100,000.

    >>> target_ids(["hotline/r1", "hotline/r2"])
    ['T-SHOGYXCW', 'T-YLCPZBBC']
    """
    taken: set[str] = set()
    names = []
    for key in keys:
        letters = _letters(key)
        length = next(n for n in range(_LETTERS, len(letters) + 1, 2) if letters[:n] not in taken)
        taken.add(letters[:length])
        names.append(f"T-{letters[:length]}")
    return names


def order_mark(made_on: date, deadline: date, keys: Iterable[str]) -> str:
    """Return what the numbers of all orders of a campaign begin with: its day, and four letters of what it is about.

    Two campaigns of one day differ in their letters; the same campaign made again has the same.

    >>> order_mark(date(2026, 11, 15), date(2026, 12, 1), ["community/1"])
    'WO-20261115-XTE3'
    """
    return f"WO-{made_on:%Y%m%d}-{_letters('|'.join([deadline.isoformat(), *keys]))[:4]}"


def own_deadline(deadline: date, due: str, made_on: date) -> pl.Expr:
    """Return the day by which each problem is to be put right: the order's, or its own where that day is not over.

    What is due on the day of the order is not overdue yet, and keeps its day. What is overdue gets the order's day: a
    new day that can be met says more than a missed one, and it stays marked as overdue. `due`: column of dates, null
    where none.

    >>> due = pl.DataFrame({"due": [date(2026, 11, 1), date(2026, 11, 15), date(2027, 1, 1), None]})
    >>> due.select(day=own_deadline(date(2026, 12, 1), "due", date(2026, 11, 15)))["day"].dt.to_string().to_list()
    ['2026-12-01', '2026-11-15', '2026-12-01', '2026-12-01']
    """
    own = pl.when(pl.col(due) >= made_on).then(pl.col(due))
    return pl.min_horizontal(pl.lit(deadline), own)


def _letters(key: str) -> str:
    return base64.b32encode(hashlib.sha256(key.encode()).digest()).decode().rstrip("=")
