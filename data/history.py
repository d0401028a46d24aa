"""Two and a half years of a city, as they truly were."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
import shapely

from data.assets import at_assets
from data.background import Background, make_background
from data.busy_places import BusyPlace, bustle, choose_busy_places
from data.campaigns import Campaign, run_campaigns
from data.district import District, make_district
from data.flare_ups import FlareUp, choose_flare_ups, flare
from data.incidents import companions, originals
from data.patrols import Unpatrolled, choose_unpatrolled, withdraw
from data.places import Places, make_places
from data.plan import CityPlan
from data.planted import RelapsePlace, Spot, choose_relapse_places, choose_spots, relapses, rises
from data.terrain import Terrain, make_terrain


@dataclass(frozen=True)
class City:
    """A district with everything in it."""

    plan: CityPlan
    terrain: Terrain
    district: District
    places: Places


@dataclass(frozen=True)
class History:
    """What happened: `incidents` (data.incidents.INCIDENTS, in order of time) and what was planted among them."""

    incidents: pl.DataFrame
    spots: tuple[Spot, ...]
    relapse_places: tuple[RelapsePlace, ...]
    campaigns: tuple[Campaign, ...]
    background: Background
    flare_ups: tuple[FlareUp, ...]
    unpatrolled: tuple[Unpatrolled, ...]
    busy_places: tuple[BusyPlace, ...]


def build(plan: CityPlan) -> City:
    """Make the district of a plan."""
    terrain = make_terrain(plan)
    district = make_district(plan, terrain)
    return City(plan, terrain, district, make_places(plan, terrain, district))


def happen(city: City) -> History:
    """Let the time pass: the background, the campaigns against it, then what is planted."""
    plan, district, places = city.plan, city.district, city.places
    background = make_background(plan, city.terrain, district, places)
    first = originals(plan, background)
    incidents = pl.concat([first, companions(plan, first)])
    x, y = incidents["x"].to_numpy(), incidents["y"].to_numpy()
    incidents = incidents.filter(shapely.contains_xy(district.boundary, x, y))
    incidents, campaigns = run_campaigns(plan, district, places, incidents)
    spots = choose_spots(plan, district, places, background)
    taken = {target for campaign in campaigns for target in campaign.targets}
    relapse_places = choose_relapse_places(plan, district, places, background, spots, taken)
    unpatrolled = choose_unpatrolled(plan, district, places, background, spots, campaigns)
    flare_ups = choose_flare_ups(plan, district, places, background, spots, relapse_places, unpatrolled)
    busy = choose_busy_places(plan, district, places, background, spots, taken, relapse_places, flare_ups)
    planted = (
        rises(plan, background, spots),
        relapses(plan, relapse_places),
        flare(plan, background, flare_ups),
        bustle(plan, background, busy),
    )
    everything = at_assets(plan, background, pl.concat([incidents, *planted])).sort("time", "x", "y")
    known = withdraw(plan, district, unpatrolled, everything)
    return History(known, spots, relapse_places, campaigns, background, flare_ups, unpatrolled, busy)
