"""Two campaigns with a known effect: one whose targets a rule chose, one whose targets were drawn by lot.

Selected places fall by themselves afterwards; whoever evaluates the first campaign has to see through that. The second
is an experiment. Both prevent problems: of those that would have happened in a target, the share `ratio` remains.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from h3ronpy import cells_to_string
from h3ronpy.vector import coordinates_to_cells
from numpy.typing import NDArray

from data.district import District, community_of
from data.places import Places
from data.plan import CityPlan
from data.plane import Floats, to_degrees

Flags = NDArray[np.bool_]

RESOLUTION = 9  # H3, of the first campaign's targets


@dataclass(frozen=True)
class Campaign:
    """Targets put right from `first_week` on; `shortlist` is longer than `targets` where lots were drawn."""

    name: str
    kind: str  # "cell" (H3) or "community"
    rule: str
    ratio: float
    first_week: int
    weeks: int
    targets: tuple[str, ...]
    shortlist: tuple[str, ...]
    before: int  # problems in the targets, as many weeks before the start
    during: int  # problems in the targets while it ran
    prevented: int  # problems that did not happen


def cells_of(x: Floats, y: Floats) -> NDArray[np.uint64]:
    """Return the H3 cells of points in metres."""
    return np.asarray(coordinates_to_cells(*to_degrees(x, y), RESOLUTION), dtype=np.uint64)


def run_campaigns(
    plan: CityPlan, district: District, places: Places, incidents: pl.DataFrame
) -> tuple[pl.DataFrame, tuple[Campaign, ...]]:
    """Choose the targets of both campaigns from the weeks before; return what still happens, and the campaigns.

    The first takes the cells with most problems. The second draws communities from a shortlist twice as long: those
    with most problems among the communities without a target of the first.
    """
    rng = plan.random("campaigns")
    x, y = incidents["x"].to_numpy(), incidents["y"].to_numpy()
    week = incidents["time"].to_numpy() // 7
    start, span = plan.campaign_week, plan.campaign_weeks
    before, during = (week >= start - span) & (week < start), (week >= start) & (week < start + span)
    cell, community = cells_of(x, y), community_of(district, np.c_[x, y])

    cells = np.sort(_busiest(cell[before], plan.campaign_cells))
    in_cells = np.isin(cell, cells)
    without = before & ~np.isin(community, community[before & in_cells])
    shortlist = np.sort(_busiest(community[without], 2 * plan.lottery_drawn))
    drawn = np.sort(rng.choice(shortlist, min(plan.lottery_drawn, len(shortlist)), replace=False))
    in_drawn = np.isin(community, drawn)

    prevented = [
        inside & during & (rng.random(len(incidents)) > ratio)
        for inside, ratio in ((in_cells, plan.campaign_ratio), (in_drawn, plan.lottery_ratio))
    ]
    targets = tuple(cells_to_string(cells).to_pylist())
    drawn_names, shortlist_names = (tuple(places.communities[k] for k in some) for some in (drawn, shortlist))
    campaigns = (
        Campaign(
            "街面秩序集中整治",
            "cell",
            f"most problems in the {span} weeks before",
            plan.campaign_ratio,
            start,
            span,
            targets,
            targets,
            *_tally(in_cells, before, during, prevented[0]),
        ),
        Campaign(
            "社区环境提升试点",
            "community",
            f"lots drawn among the communities with most problems in the {span} weeks "
            "before, without those that hold a target of the other campaign",
            plan.lottery_ratio,
            start,
            span,
            drawn_names,
            shortlist_names,
            *_tally(in_drawn, before, during, prevented[1]),
        ),
    )
    return incidents.filter(~(prevented[0] | prevented[1])), campaigns


def _tally(inside: Flags, before: Flags, during: Flags, prevented: Flags) -> tuple[int, int, int]:
    return int((inside & before).sum()), int((inside & during & ~prevented).sum()), int(prevented.sum())


def _busiest(labels: NDArray[Any], count: int) -> NDArray[Any]:
    """Return the labels that occur most often; among equals the smaller label first."""
    found, times = np.unique(labels, return_counts=True)
    return found[np.lexsort((found, -times))][:count]
