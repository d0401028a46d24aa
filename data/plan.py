"""What the demo city is asked to be: sizes, shares, dates and planted effects, in one frozen value.

Everything random in `data/` comes from `CityPlan.random(subject)`: one independent stream per subject, so that asking
for more estates does not move the river.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

TIMEZONE = "Asia/Shanghai"
UTC_OFFSET = timedelta(hours=8)  # the whole of China, no summer time
SPRING_FESTIVALS = (date(2024, 2, 10), date(2025, 1, 29), date(2026, 2, 17), date(2027, 2, 6))


@dataclass(frozen=True)
class CityPlan:
    """A city and two and a half years of its reports. Shares are fractions of one, distances metres, times local.

    >>> CityPlan().first_day, CityPlan().week_start(104)
    (datetime.date(2024, 5, 20), datetime.date(2026, 5, 18))
    """

    seed: int = 20261115
    reports: int = 100_000  # rows over all three systems, within about three per cent
    last_day: date = date(2026, 11, 15)  # a Sunday
    weeks: int = 130

    # Geography
    communities: int = 64
    street_offices: int = 8
    estates: int = 210
    markets: int = 12
    sites: int = 25  # at work or paused; the finished ones come on top
    finished_sites: int = 4
    alleys: int = 26

    # The background: standard deviations of the log rate
    regional_shock: float = 0.20  # one week, one part of the district
    city_shock: float = 0.08  # one week, everywhere
    drift: float = 0.06  # change over half a year, one part of the district
    category_drift: float = 0.08  # the same, one category everywhere
    unevenness: float = 0.55  # place to place, lasting
    companions: float = 0.16  # chance that another problem is found nearby

    # Planted effects
    risen_spots: int = 12
    risen_ratio: float = 2.5  # all categories together, inside the disk
    risen_weeks: int = 13  # the last ones
    relapse_places: int = 60
    relapse_share: tuple[float, float] = (0.45, 0.75)  # chance that a closed problem comes back, per place
    relapse_days: tuple[float, float] = (3.0, 27.0)  # after the closing
    relapse_assets: int = 12  # lamps, covers and trees that come back likewise, after the places
    busy_places: int = 60  # points as busy as those, of which none relapses
    busy_yearly: tuple[float, float] = (6.0, 16.0)  # problems a year, per place
    inspection_week: int = 66  # the inspection team starts in this week
    campaign_week: int = 104
    campaign_weeks: int = 13
    campaign_cells: int = 20
    campaign_ratio: float = 0.7
    lottery_drawn: int = 12  # out of a shortlist twice as long
    lottery_ratio: float = 0.75
    flare_ups: int = 4  # sudden clusters of one category
    flare_up_days: tuple[int, int] = (3, 8)  # the last ones, at least and at most
    flare_up_size: tuple[int, int] = (12, 16)  # problems in each
    unpatrolled: int = 2  # communities that the patrol no longer visits
    unpatrolled_weeks: int = 13  # the last ones
    unpatrolled_called: float = 0.35  # of what it would have found, what residents report instead

    # The dirt: shares of the rows of the hotline where nothing else is said
    repeat_calls: float = 0.15  # problems that somebody else reports too
    cross_system: float = 0.04  # problems that the patrol enters as well
    pile: float = 0.07  # at the default point
    coarse: float = 0.60  # of the reports from an estate, at the estate's centroid
    no_coordinates: float = 0.012
    swapped: float = 0.006
    zero: float = 0.004
    far: float = 0.003
    bad_date: float = 0.002
    closed_before_opened: float = 0.004
    future: float = 0.0006
    repeated_key: float = 0.010
    no_category: float = 0.004
    odd_category: float = 0.003
    no_unit: float = 0.020
    hostile: int = 24  # free texts that try to be a formula or a script, per system

    @property
    def days(self) -> int:
        return 7 * self.weeks

    @property
    def first_day(self) -> date:
        return self.last_day - timedelta(days=self.days - 1)

    @property
    def start(self) -> datetime:
        """Midnight before the first day, local; the zero of every time in `data/`, which counts in days."""
        return datetime.combine(self.first_day, datetime.min.time())

    def week_start(self, week: int) -> date:
        return self.first_day + timedelta(weeks=week)

    @classmethod
    def small(cls, *, reports: int = 3_000, seed: int = 20261115) -> CityPlan:
        """Return a plan of the same district with fewer reports, for tests: enough of everything to be looked at."""
        return cls(
            seed=seed,
            reports=reports,
            relapse_places=10,
            relapse_assets=3,
            busy_places=4,
            campaign_cells=8,
            lottery_drawn=6,
            flare_ups=2,
            hostile=10,
        )

    def random(self, subject: str) -> np.random.Generator:
        """Return the random numbers of one subject, the same for the same seed whatever else is made."""
        return np.random.default_rng([self.seed, zlib.crc32(subject.encode())])
