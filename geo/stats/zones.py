"""Zones to scan: families of shells around a centre. A zone is the first shells of its family.

A family of disks is its centre, then the ring around it, then the next ring. A list of any zones is a family each, of
one shell. Shells and zones share their numbers: zone s is the shells of its family up to and including shell s.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from h3ronpy import grid_disk_distances
from numpy.typing import ArrayLike, NDArray

from geo.stats.results import Floats

Positions = NDArray[np.int64]


class Held(NamedTuple):
    """In which shells each location lies."""

    starts: Positions  # (locations + 1,) where the shells of each location begin
    shells: NDArray[np.int32]


@dataclass(frozen=True)
class Zones:
    """Families of shells, flat: `members` are the locations, family by family and shell by shell."""

    locations: int
    members: NDArray[np.int32]
    starts: Positions  # (shells + 1,) where each shell begins in `members`
    families: Positions  # (families + 1,) the first shell of each family

    @property
    def count(self) -> int:
        return len(self.starts) - 1

    @cached_property
    def family(self) -> NDArray[np.int32]:
        """The family of every shell."""
        return np.repeat(np.arange(len(self.families) - 1, dtype=np.int32), np.diff(self.families))

    @cached_property
    def ring(self) -> Positions:
        """The place of every shell in its family, 0 for the first."""
        return np.arange(self.count) - self.families[self.family]

    @cached_property
    def held(self) -> Held:
        shell = np.repeat(np.arange(self.count, dtype=np.int32), np.diff(self.starts))
        order = np.argsort(self.members, kind="stable")
        starts = np.searchsorted(self.members[order], np.arange(self.locations + 1))
        return Held(starts.astype(np.int64), shell[order])

    def zone(self, number: int) -> NDArray[np.int32]:
        """Return the locations of a zone, the innermost first.

        >>> listed_zones([[0, 1], [2]], 3).zone(0)
        array([0, 1], dtype=int32)
        """
        first = self.families[self.family[number]]
        return self.members[self.starts[first] : self.starts[number + 1]]

    def sums(self, values: ArrayLike) -> Floats:
        """Return what each zone holds of `values` (locations,) or (locations, columns); (zones,) or (zones, columns).

        >>> nested_zones([[[0], [1, 2]]], 3).sums([1.0, 2.0, 4.0])
        array([1., 7.])
        """
        held = np.asarray(values, dtype=np.float64)
        if held.ndim > 1:
            return np.column_stack([np.empty((self.count, 0)), *(self.sums(column) for column in held.T)])
        running = np.concatenate([[0.0], np.cumsum(held[self.members])])
        return running[self.starts[1:]] - running[self.starts[self.families[self.family]]]


def hex_zones(cells: NDArray[np.uint64], rings: int) -> Zones:
    """Return the disks of 0 to `rings` rings around every cell, cut to the cells that are there.

    `cells` is sorted and without repetition, as `geo.grid.cells.universe` returns it. Family i is around cell i.

    >>> from geo.grid.cells import universe
    >>> import shapely
    >>> town = hex_zones(universe(shapely.Point(-71.0587, 42.3594).buffer(0.006), 9), 1)
    >>> town.locations, town.count, len(town.zone(1))
    (10, 20, 5)
    """
    cells = np.asarray(cells, np.uint64)
    if (cells[1:] <= cells[:-1]).any():
        raise ValueError("cells must be sorted and without repetition")
    listed = pa.record_batch(grid_disk_distances(pa.array(cells), rings))
    found, distance = listed.column("cell"), listed.column("k").values.to_numpy().astype(np.int64)
    member = found.values.to_numpy()
    centre = np.repeat(np.arange(len(cells)), np.diff(found.offsets.to_numpy()))
    place = np.minimum(np.searchsorted(cells, member), max(len(cells) - 1, 0))
    there = cells[place] == member if len(cells) else np.zeros(0, bool)
    shell, place = (centre * (rings + 1) + distance)[there], place[there]
    order = np.lexsort((place, shell))
    starts = np.searchsorted(shell[order], np.arange(len(cells) * (rings + 1) + 1))
    families = np.arange(len(cells) + 1) * (rings + 1)
    return Zones(len(cells), place[order].astype(np.int32), starts.astype(np.int64), families.astype(np.int64))


def nested_zones(families: Iterable[Sequence[ArrayLike]], locations: int) -> Zones:
    """Return zones from families of shells, each shell a list of locations (0 to `locations` - 1).

    Raises ValueError where a location does not exist or stands twice in a family.

    >>> nested_zones([[[0], [1, 2]], [[2]]], 3).zone(1)
    array([0, 1, 2], dtype=int32)
    """
    shells: list[NDArray[np.int32]] = []
    first = [0]
    for family in families:
        own = [np.asarray(shell, np.int32) for shell in family]
        flat = np.concatenate([*own, np.empty(0, np.int32)])
        if len(np.unique(flat)) < len(flat) or (flat < 0).any() or (flat >= locations).any():
            raise ValueError(f"a zone holds locations from 0 to {locations - 1}, each once: {flat.tolist()[:9]}")
        shells += own
        first.append(len(shells))
    starts = np.cumsum([0, *(len(shell) for shell in shells)])
    members = np.concatenate([*shells, np.empty(0, np.int32)])
    return Zones(locations, members.astype(np.int32), starts.astype(np.int64), np.array(first, np.int64))


def listed_zones(zones: Iterable[Sequence[int]], locations: int) -> Zones:
    """Return any zones, each a list of locations; ValueError as of `nested_zones`.

    >>> listed_zones([[0, 1], [2], [0, 1, 2]], 3).sums([1.0, 2.0, 4.0])
    array([3., 4., 7.])
    """
    return nested_zones(([zone] for zone in zones), locations)


def nearest_zones(
    distance: ArrayLike, *, within: float = np.inf, size: ArrayLike | None = None, most: Any = np.inf
) -> Zones:
    """Return circles around every location that grow by one location at a time, or by several at the same distance.

    `distance` (locations, locations): from each centre to each location. A circle reaches `within` at the farthest and
    holds `most` of `size` (locations,), of population say, at the most; `size` is 1 each unless given.

    >>> nearest_zones([[0, 1, 2], [1, 0, 1], [2, 1, 0]], within=1).zone(1)
    array([0, 1], dtype=int32)
    """
    far = np.asarray(distance, dtype=np.float64)
    weight = np.ones(len(far)) if size is None else np.asarray(size, dtype=np.float64)

    def shells(row: Floats) -> list[Positions]:
        order = np.argsort(row, kind="stable")
        order = order[row[order] <= within]
        grown = np.flatnonzero(np.diff(row[order]) > 0) + 1
        rings = np.split(order, grown)
        held = np.cumsum([weight[ring].sum() for ring in rings])
        return [ring for ring, full in zip(rings, held, strict=True) if full <= most]

    return nested_zones((shells(row) for row in far), len(far))
