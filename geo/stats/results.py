"""What goes into a hot spot test and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from geo.words import Note

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Neighbours = NDArray[np.int32]
"""(cells, 6): positions of the adjacent cells in the same order of cells, -1 where there is none."""


@dataclass(frozen=True)
class Series:
    """Deduplicated incidents of one category, or of all; one row per cell of the universe, empty cells included.

    The share lens compares with all incidents: it needs the fields `all_...` too. `recent` lets the own past tell a
    rise from a batch, and lets the share lens answer where the history is shorter than two windows.
    """

    now: Floats  # (cells,) in the window
    history: Floats  # (cells, weeks) the whole weeks directly before the window, oldest first
    weeks: float  # length of the window: 13.0, or 12.857 for 90 days
    all_now: Floats | None = None  # the same, of every category
    all_history: Floats | None = None
    recent: Floats | None = None  # (cells, weeks) the window itself by whole weeks counted back from its end
    all_recent: Floats | None = None
    busiest: int | None = None  # weeks a rise must do without; as many as a window of `weeks` asks unless given


@dataclass(frozen=True)
class Model:
    """The numbers behind a test, as METHODS names them: V(mu) = D (1 + k) mu + tau^2 mu^2."""

    delta: float  # ratio that must be exceeded beyond chance
    D: float  # noise of disks: variance over mean
    tau: float  # relative movement of a disk's rate between its past and the window
    cell_D: float  # the same two for single cells
    cell_tau: float
    origins: int  # predictions made inside the past; 0 where D and tau are assumed
    k: float = 0.0  # own past: window total over past total
    a: float = 0.0  # own past: weeks of city-mean data that every cell borrows
    past_weeks: int = 0  # own past: weeks compared with
    city_factor: float = 1.0  # own past: the city's rate in the window over its rate in the past
    t: float = 0.0  # share: movement of the mix; inflation I = D + t n
    city_share: float = 1.0  # share: the category's part of all incidents of the city in the window
    without_exposure: int = 0  # places: cells with incidents, and known to have no exposure
    per: str = ""  # places: the measure compared by, "" where it has no name
    typical: float = float("nan")  # expected in the disk of the median incident
    typical_needed: int = 0  # what that disk would have had to reach to be hot whatever the other cells hold


@dataclass(frozen=True)
class HotspotTest:
    """The answer of one lens. Every array has one entry per cell, in the order of the universe.

    `ring`, `expected`, `ratio` and `p_value` speak of the disk: the cell and its neighbours inside the universe, as far
    as they are `known`. A cell that is not has 0 of the first two and 1 as its p-value.
    """

    lens: str  # city, past, share or places
    weeks: float
    count: Floats  # the cell's own incidents in the window
    ring: Floats  # incidents of the disk in the window
    expected: Floats  # expected incidents of the disk
    ratio: Floats  # ring / expected; NaN where nothing is expected
    p_value: Floats  # of the disk: chance of so many or more at delta times the expected
    q_value: Floats  # Benjamini-Hochberg over all cells
    own_p_value: Floats  # of the cell alone
    rose: Flags  # own past: the disk rose in plain numbers; true everywhere in the other lenses
    lasting: Flags  # own past: high without its busiest weeks too; true everywhere in the other lenses
    hot: Flags  # beyond chance
    core: Flags  # hot, and the cell's own count is high too: these go on lists
    enough: Flags  # enough reports for the ratio to be shown
    gi_star: Floats  # Getis-Ord z of the disk, for comparison only; NaN where undefined
    model: Model
    notes: tuple[Note, ...] = ()
    total: Floats | None = field(default=None)  # share: incidents of every category in the disk
    others: int = 0  # places of other tests that were decided together with these
    known: Flags | None = None  # places: cells whose exposure is known; the others, left out, are not judged

    @property
    def tested(self) -> Flags:
        """The cells that are judged."""
        return np.ones(len(self.ring), dtype=bool) if self.known is None else self.known

    @property
    def rising(self) -> Flags:
        """High but not proven: p <= .01 and not hot. Shown on request, never called hot."""
        return (self.p_value <= 0.01) & ~self.hot & self.rose & self.lasting
