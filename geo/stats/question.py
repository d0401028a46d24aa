"""What is asked of a city, as one value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from geo.grid.cube import Slice


@dataclass(frozen=True)
class Question:
    """What is asked; hashable, so that an answer can be kept.

    `window`: `NNd`, `NNw`, `NNm`, or `auto`: 13 weeks, shorter where the history is short (METHODS 1.4).
    `until`: the window's last local day; the last day with a report unless given.
    `lens`: what a place is compared with: `city` (the average cell), `past` (its own past year), `share` (the city's
    mix of categories; needs `categories`) or `places` (its people or streets; needs an exposure).
    `categories`, `sources`, `statuses`, `units`: what counts, together unless `each_category`; empty for everything.
    `areas`: area_ids; they narrow the rows shown, not the test, which always looks at the whole city.
    `min_ratio`: what must be exceeded beyond chance: 1.5 for city, 1.25 for share, 1.0 for past and places.
    `per`: what people or streets are counted by: `households`, `population`, `street_length`, `points_of_interest` or a
    name of the user's own; "" for the first that the study has.
    `due`: the day by which the listed places are to be put right.

    >>> Question(lens="past", categories=("S09005",)).chosen.categories
    ('S09005',)
    """

    window: str = "auto"
    until: date | None = None
    lens: str = "city"
    categories: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    min_ratio: float | None = None
    each_category: bool = False
    due: date | None = None
    per: str = ""

    @property
    def chosen(self) -> Slice:
        return Slice(self.categories, self.sources, self.statuses, self.units)
