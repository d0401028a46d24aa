"""Where the grid patrol stops coming: communities that only residents still report from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
import shapely

from data.background import Background
from data.campaigns import Campaign
from data.district import District, community_of
from data.places import Places
from data.plan import CityPlan
from data.planted import Spot
from data.problems import SYSTEMS

PATROL = SYSTEMS.index("patrol")
ENOUGH = 40.0  # finds of the patrol expected in the weeks without one; less could be chance
RIM = 12.0  # metres beyond the border: no pin of the patrol strays in


@dataclass(frozen=True)
class Unpatrolled:
    """A community without a patrol in the last weeks."""

    community: int  # position in the district's
    name: str
    expected: float  # what the patrol would have found


def choose_unpatrolled(
    plan: CityPlan,
    district: District,
    places: Places,
    background: Background,
    spots: tuple[Spot, ...],
    campaigns: tuple[Campaign, ...],
) -> tuple[Unpatrolled, ...]:
    """Draw communities where ENOUGH is expected, the largest where there are too few of these.

    None that meets a risen spot or that a campaign took or nearly took.
    """
    rng = plan.random("unpatrolled")
    first, calendar = plan.days - 7 * plan.unpatrolled_weeks, background.days[PATROL]
    weekly = background.weekly[PATROL] * calendar[:, first:].sum(axis=1) / 7 * (1 + plan.companions)
    finds = sum((rate * background.where(PATROL, c) for c, rate in enumerate(weekly)), np.zeros_like(background.x))
    community = community_of(district, np.c_[background.x, background.y])
    expected = np.bincount(community, finds, minlength=plan.communities)
    disks = shapely.union_all([shapely.Point(spot.x, spot.y).buffer(spot.radius) for spot in spots])
    listed = {name for campaign in campaigns for name in campaign.shortlist}
    free = ~shapely.intersects(district.communities, disks) & ~np.isin(places.communities, list(listed))
    largest = [int(k) for k in np.argsort(-expected, kind="stable") if free[k]]
    enough = [k for k in largest if expected[k] >= ENOUGH]
    chosen = enough if len(enough) >= plan.unpatrolled else largest[: plan.unpatrolled]
    drawn = sorted(int(k) for k in rng.permutation(chosen)[: plan.unpatrolled])
    return tuple(Unpatrolled(k, places.communities[k], float(expected[k])) for k in drawn)


def withdraw(
    plan: CityPlan, district: District, communities: tuple[Unpatrolled, ...], incidents: pl.DataFrame
) -> pl.DataFrame:
    """Return the incidents as they are known without the patrol: some are called in, of the others nobody hears.

    Those there are marked `unpatrolled`, whenever they happened. What a relapsing place brings is always called in.
    """
    rng = plan.random("withdrawn")
    there = shapely.union_all([district.communities[one.community] for one in communities]).buffer(RIM)
    shapely.prepare(there)
    inside = shapely.contains_xy(there, incidents["x"].to_numpy(), incidents["y"].to_numpy())
    late = incidents["time"].to_numpy() >= plan.days - 7 * plan.unpatrolled_weeks
    lost = inside & late & (incidents["system"].to_numpy() == PATROL)
    called = lost & ((rng.random(len(incidents)) < plan.unpatrolled_called) | (incidents["relapse"].to_numpy() >= 0))
    marked = incidents.with_columns(
        system=pl.when(pl.Series(called)).then(0).otherwise("system"),
        unpatrolled=pl.Series(inside),
        called=pl.Series(called),
    )
    return marked.filter(pl.Series(~lost | called))
