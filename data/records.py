"""From problems to reports: who calls again, what address is written down, and where the pin lands.

One row per report. Nothing is wrong with it yet apart from what is wrong with every city's reports: several calls on
one problem, pins at an estate's centroid, and one default point for whatever could not be found.
"""

from __future__ import annotations

import numpy as np
import polars as pl
import shapely

from data.district import Ints, Shapes, community_of
from data.history import City
from data.names import DISTRICT, NAMES
from data.patrols import PATROL
from data.plan import CityPlan
from data.plane import Floats
from data.problems import PROBLEMS

PIN_ERROR = (9.0, 3.5, 4.0)  # metres, standard deviation each way, by system
LONGEST_REPEAT = 2.8  # days after the first report
NEAR_ESTATE, NEAR_STREET, NEAR_MARKET, NEAR_SITE = 110.0, 70.0, 60.0, 160.0  # metres

COLUMNS = (
    "incident",
    "first",
    "system",
    "category",
    "asset",
    "time",
    "closed",
    "x",
    "y",
    "place",
    "address",
    "description",
    "unit",
)


def write_down(city: City, incidents: pl.DataFrame) -> pl.DataFrame:
    """Return the reports of all systems in order of time, with COLUMNS.

    incident: row of `incidents`; first: no report of it before; time, closed: days since the plan's start; x, y: the
    pin, metres; place: how it came about, `exact`, `coarse` (an estate's centroid) or `pile` (the default point).
    """
    rng = city.plan.random("reports")
    reports = _calls(city.plan, rng, incidents)
    reports = reports.hstack(_addresses(city, reports))
    reports = _move_pins(city, rng, reports)
    return reports.with_columns(description=_descriptions(rng, reports)).select(COLUMNS).sort("time", "incident")


def _calls(plan: CityPlan, rng: np.random.Generator, incidents: pl.DataFrame) -> pl.DataFrame:
    """Return one row per report: the first of every incident, further calls, and the other system's own entry."""
    count = len(incidents)
    time, closed, system = (incidents[name].to_numpy() for name in ("time", "closed", "system"))
    calls = np.where((system == 0) & (rng.random(count) < plan.repeat_calls), rng.geometric(0.74, count), 0)
    again = np.repeat(np.arange(count), calls)
    other = np.flatnonzero((system < 2) & (rng.random(count) < plan.cross_system))
    incident = np.r_[np.arange(count), again, other]
    first = np.arange(incident.size) < count
    last_patrol = plan.days - 7 * plan.unpatrolled_weeks
    longest = np.minimum(LONGEST_REPEAT, 0.85 * (closed - time))[incident]
    wait = np.minimum(rng.exponential(0.6, incident.size), rng.uniform(0.2, 1.0, incident.size) * longest)
    return (
        pl.DataFrame(
            {
                "incident": incident,
                "first": first,
                "system": np.r_[system, np.zeros_like(again), 1 - system[other]],
                "time": time[incident] + np.where(first, 0.0, wait),
                "closed": closed[incident] + np.where(first, 0.0, rng.exponential(0.15, incident.size)),
            }
        )
        .hstack(incidents[incident].select("x", "y", "category", "asset", "relapse", "flare_up", "busy", "unpatrolled"))
        .filter(pl.col("time") < plan.days)
        .filter(~pl.col("unpatrolled") | (pl.col("system") != PATROL) | (pl.col("time") < last_patrol))
    )


def _addresses(city: City, reports: pl.DataFrame) -> pl.DataFrame:
    """Return local (the place in a few words), address, unit, and estate: the position of the one nearby, -1 for none.

    The words follow from the place alone, so that one place always has one address.
    """
    places, x, y = city.places, reports["x"].to_numpy(), reports["y"].to_numpy()
    category, points = reports["category"].to_numpy(), shapely.points(x, y)
    community = community_of(city.district, np.c_[x, y])
    works = np.array([problem.code.startswith("S08") for problem in PROBLEMS])[category]
    site = np.where(works, _nearest(places.sites.shapes, points, NEAR_SITE), -1)
    market = _nearest(places.markets.shapes, points, NEAR_MARKET)
    estate = np.where((site < 0) & (market < 0), _nearest(places.estates.shapes, points, NEAR_ESTATE), -1)
    street = _nearest(places.streets.shapes, points, NEAR_STREET)
    corner = (x // 25 * 7 + y // 25 * 3).astype(np.int64)
    table = pl.DataFrame(
        {
            "estate": estate,
            "in_estate": estate >= 0,
            "at_site": site >= 0,
            "at_market": market >= 0,
            "on_street": street >= 0,
            "community": _named(places.communities, community),
            "office": _named(places.street_offices, city.district.office[community]),
            "site_name": _named(places.sites.names, site),
            "market_name": _named(places.markets.names, market),
            "estate_name": _named(places.estates.names, estate),
            "street_name": _named(places.streets.names, street),
            "part": _named(NAMES["market_parts"], corner % len(NAMES["market_parts"])),
            "house": _house_numbers(places.streets.shapes, street, points) + corner % 2,
            "block": corner % 17 + 1,
            "door": corner % 4 + 1,
            "group": corner % 9 + 1,
            "unit": _named([problem.unit for problem in PROBLEMS], category),
        }
    )
    local = (
        pl.when("at_site")
        .then(pl.format("{}工地", "site_name"))
        .when("at_market")
        .then(pl.format("{}{}", "market_name", "part"))
        .when("in_estate")
        .then(pl.format("{}{}栋{}单元", "estate_name", "block", "door"))
        .when("on_street")
        .then(pl.format("{}{}号", "street_name", "house"))
        .otherwise(pl.format("{}{}组", "community", "group"))
    )
    within = pl.col("local").str.strip_prefix(pl.col("community"))
    table = table.with_columns(local=local).with_columns(
        address=pl.format("{}{}{}{}", pl.lit(DISTRICT), "office", "community", within),
        unit=pl.col("unit").str.replace("{}", pl.col("office"), literal=True),
    )
    return table.select("local", "address", "unit", "estate")


def _nearest(shapes: Shapes, points: Shapes, within: float) -> Ints:
    """Return the position of the nearest shape within some metres of each point, -1 where there is none."""
    found = np.full(len(points), -1, dtype=np.int64)
    who, which = shapely.STRtree(shapes).query_nearest(points, max_distance=within, all_matches=False)
    found[who] = which
    return found


def _named(names: list[str], position: Ints) -> pl.Series:
    """Return the name at each position; where it is -1 any name, which nobody will read."""
    return pl.Series(names, dtype=pl.String).gather(np.maximum(position, 0))


def _house_numbers(streets: Shapes, street: Ints, points: Shapes) -> Ints:
    """Return odd house numbers, a house every 14 m along the street."""
    along = np.zeros(len(points))
    on = street >= 0
    along[on] = shapely.line_locate_point(streets[street[on]], points[on])
    return 2 * (along // 14).astype(np.int64) + 1


def _move_pins(city: City, rng: np.random.Generator, reports: pl.DataFrame) -> pl.DataFrame:
    """Move every pin to where its system puts it, and say how; what is planted at a place keeps its own."""
    plan, places, count = city.plan, city.places, len(reports)
    system, estate = reports["system"].to_numpy(), reports["estate"].to_numpy()
    error = np.array(PIN_ERROR)[system] * np.clip(rng.normal(size=(2, count)), -2.2, 2.2)
    pin = np.c_[reports["x"], reports["y"]] + error.T
    planted = reports.select(pl.max_horizontal("relapse", "flare_up", "busy") >= 0).to_series().to_numpy()
    vague = (system == 0) & ~planted
    pile = vague & (rng.random(count) < plan.pile)
    coarse = vague & ~pile & (estate >= 0) & (rng.random(count) < plan.coarse)
    pin[coarse] = places.estates.middles[estate[coarse]]
    pin[pile] = places.service_hall
    place = np.where(pile, "pile", np.where(coarse, "coarse", "exact"))
    return reports.with_columns(x=_column(pin, 0), y=_column(pin, 1), place=pl.Series(place))


def _column(table: Floats, number: int) -> pl.Series:
    return pl.Series(np.ascontiguousarray(table[:, number]))


def _descriptions(rng: np.random.Generator, reports: pl.DataFrame) -> pl.Series:
    """Return what is written: residents in whole sentences, the others in a phrase."""
    count, category = len(reports), reports["category"].to_numpy()
    phrases = [words.removeprefix("{}") for problem in PROBLEMS for words in problem.words]
    variants = np.array([len(problem.words) for problem in PROBLEMS])
    first = np.r_[0, np.cumsum(variants)[:-1]]
    table = reports.select(
        "system",
        local=pl.col("local").str.strip_suffix("工地"),
        phrase=_named(phrases, first[category] + rng.integers(0, 10**6, count) % variants[category]),
        opener=_named(NAMES["openers"], rng.integers(0, len(NAMES["openers"]), count)),
        closer=_named(NAMES["closers"], rng.integers(0, len(NAMES["closers"]), count)),
    )
    plain, whole = pl.format("{}{}", "local", "phrase"), pl.format("{}{}{}{}", "opener", "local", "phrase", "closer")
    return table.select(pl.when(pl.col("system") == 0).then(whole).otherwise(plain)).to_series()
