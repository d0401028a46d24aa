"""Which areas to work in with so many teams and days, who goes where when, and how good the choice is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray
from scipy import sparse

from geo import tables
from geo.agenda import choice_words
from geo.agenda.priorities import Priorities
from geo.errors import RefusedQuestion
from geo.grid.cells import point_to_cell
from geo.grid.overlay import overlaps
from geo.planning import reach
from geo.planning.choice import Chosen, check_wishes, choose
from geo.planning.visits import plan_visits, routes
from geo.recurring.listed import Listed
from geo.stats.relapse import end_of_day
from geo.stats.results import Floats
from geo.study import Study

PATCH_LEVEL = 11
"""H3 level of the patches that demand is put together in, some 50 m across: the distance at which reports are one."""
_FARTHEST_M = 100_000.0
Near = tuple[float, float, float] | tuple[str, float]
"""(lat, lon, metres) or (area_id, metres)."""
Along = tuple[str | shapely.Geometry, float]
"""(area_id of a road, or its line or that of a river in degrees, metres)."""


@dataclass(frozen=True)
class Choice(Listed):
    """`table`: `tables.CHOICES` with polygons, the chosen first, by team, day and stop; then what would come next."""

    routes: gpd.GeoDataFrame  # `visits.routes`: team, day, stops, metres and a line
    found: Chosen  # in the order of the targets offered
    covered_share: float  # of the incidents expected in the next 4 weeks, 0 to 1
    next_team_share: float  # what one team more would add to it
    greedy_shortfall: float  # the part of what is covered that a greedy pick misses
    optimal: bool  # proven that no choice under these rules covers more


def choose_targets(
    study: Study,
    ranked: Priorities,
    *,
    teams: int = 4,
    days: int = 5,
    costs: Mapping[str, float] | float = 1.0,
    must: Sequence[str] = (),
    never: Sequence[str] = (),
    per_unit: int | None = None,
    near: Near | None = None,
    along: Along | None = None,
    reach_m: float = 0.0,
    seconds: float = 10.0,
    lang: str = "en",
) -> Choice:
    """Return the areas of the ranked list that hold most of what is expected within `teams` x `days` team-days.

    What a target is worth is its forecast of the next 4 weeks, not its score: forecasts add up to the city's, so that a
    share of them means something, and a team meets every incident of an area, not only those beyond expectation.

    `costs`: team-days of every target, or of some by area_id (1 for the others). `must` are chosen, `never` are not; at
    most `per_unit` of one lead unit, areas without one not counted. `near`, `along`: only targets with a part within so
    many metres, and the musts. `reach_m` above 0: a team also reaches incidents within so many metres of its target.
    Each is counted once, also where two areas of the kind overlap. Where in an area they are expected is told by where
    they were: the forecast is shared out over its past incidents, recent ones weighing more, by the half-life of the
    ranking; outside all areas of the kind an incident of the past weighs what it does inside.

    The share is of everything expected in the areas of the list; with a reach, in the city. Each target is one team's
    work; one of more than a day takes several. The same whatever the order of rows.

    Raises RefusedQuestion where wishes contradict each other or the budget, or nothing lies where it was asked for.
    """
    known = ranked.table.sort_values("area_id", ignore_index=True)
    of_some = dict(costs) if isinstance(costs, Mapping) else {}
    check_wishes(known["area_id"].tolist(), [*must, *of_some], [])
    names = {area: name for area, name in zip(known["area_id"], known["name"], strict=True) if isinstance(name, str)}
    check_wishes(known["area_id"].tolist(), must, never, names)
    _check_teams(teams, days)
    usual = 1.0 if isinstance(costs, Mapping) else float(costs)
    targets = pl.DataFrame(
        {
            "area_id": known["area_id"].tolist(),
            "gain": np.maximum(known["forecast"].to_numpy(np.float64), 0.0),
            "cost": [float(of_some.get(name, usual)) for name in known["area_id"]],
            "unit": [unit if isinstance(unit, str) and unit else None for unit in known["unit"]],
        },
        schema={"area_id": pl.String, "gain": pl.Float64, "cost": pl.Float64, "unit": pl.String},
    )
    offered = _offered(study, known, must, near, along)
    pairs = overlaps(known).height
    covers, demand = _demand(study, ranked, known, targets["gain"].to_numpy(), reach_m, shared=pairs > 0)
    total = float(targets["gain"].sum()) if demand is None else float(demand.sum())
    found = choose(
        targets.filter(pl.Series(offered)),
        team_days=float(teams * days),
        teams=teams,
        must=must,
        never=[name for name, there in zip(known["area_id"], offered, strict=True) if there and name in set(never)],
        per_unit=per_unit,
        covers=None if covers is None else covers[np.flatnonzero(offered)],
        demand=demand,
        more=float(days),
        seconds=seconds,
    )
    rules = choice_words.Rules(teams, days, per_unit, reach_m, seconds, len(known), total, pairs)
    table, ways = _table(known[offered], targets.filter(pl.Series(offered)), found, rules, must, never, lang)
    return Choice(
        table=table,
        window=ranked.window,
        notes=choice_words.notes(table, ways, found, rules, _below(ranked, table)),
        summary=choice_words.summary(table, ways, found, rules),
        routes=ways,
        found=found,
        covered_share=found.covered / total if total > 0 else 0.0,
        next_team_share=(found.next_team_gain or 0.0) / total if total > 0 else 0.0,
        greedy_shortfall=found.greedy_shortfall,
        optimal=found.optimal,
    )


def _below(ranked: Priorities, table: gpd.GeoDataFrame) -> int:
    """Return how many of the chosen the list holds to have less than expected by what they hold: large areas.

    0 where nothing says what areas hold: then all are expected to hold the same, large or not.
    """
    if not ranked.ranking.by_exposure:
        return 0
    excess = ranked.table.set_index("area_id")["excess"]
    return int((excess[table.loc[table["chosen"].astype(bool), "area_id"]] < 0).sum())


def _check_teams(teams: int, days: int) -> None:
    if not (teams >= 1 and days >= 1 and teams == int(teams) and days == int(days)):
        raise RefusedQuestion("A choice needs one team and one day or more, in whole numbers.")


def _offered(
    study: Study, known: gpd.GeoDataFrame, must: Sequence[str], near: Near | None, along: Along | None
) -> NDArray[np.bool_]:
    """Return which targets may be chosen: those near the place and along the line asked for, and the musts."""
    places = [asked for asked in (near, along) if asked is not None]
    inside = np.ones(len(known), bool)
    unknown = sorted({str(p[0]) for p in places if isinstance(p[0], str) and p[0] not in set(study.areas["area_id"])})
    if unknown:
        raise RefusedQuestion(
            "There is no area {areas} to look near or along. Check its number.", areas=", ".join(unknown)
        )
    for asked in places:
        place, metres = _place(study, asked), float(asked[-1])
        if not 0 <= metres <= _FARTHEST_M:
            raise RefusedQuestion("Within so many metres: 0 to 100,000, not {metres}.", metres=f"{metres:g}")
        inside &= reach.within(known.geometry.to_numpy(), place, metres)
    if not inside.any():
        raise RefusedQuestion("No target lies within these metres of the place or line. Take more metres.")
    return inside | known["area_id"].isin(list(must)).to_numpy()


def _place(study: Study, asked: Near | Along) -> shapely.Geometry:
    """Return what is to be near: the area of this number, the point, or the line itself."""
    first = asked[0]
    if isinstance(first, str):
        return study.areas.set_index("area_id").geometry[first]
    if not isinstance(first, shapely.Geometry):
        lat, lon = float(asked[0]), float(asked[1])
        if not (-90 <= lat <= 90 and -180 <= lon <= 180):
            raise RefusedQuestion(
                "A place is a latitude and a longitude in degrees, not {lat}, {lon}.", lat=f"{lat:g}", lon=f"{lon:g}"
            )
        return shapely.Point(lon, lat)
    if first.is_empty:
        raise RefusedQuestion("The line to look along is empty. Choose a road, or a file with a line.")
    return first


def _demand(
    study: Study, ranked: Priorities, known: gpd.GeoDataFrame, forecast: Floats, reach_m: float, *, shared: bool
) -> tuple[sparse.csr_array | None, Floats | None]:
    """Return what targets reach, bool (targets, patches), and the incidents expected in each patch.

    Neither where targets reach no further than their areas, and these have nothing in common (`shared`).
    """
    if not 0 <= reach_m <= _FARTHEST_M:
        raise RefusedQuestion("Within so many metres: 0 to 100,000, not {metres}.", metres=f"{reach_m:g}")
    if reach_m == 0 and not shared:
        return None, None
    patches = _patches(study, ranked)
    position = {name: i for i, name in enumerate(known["area_id"])}
    pairs = patches.select("patch", area=ranked.kind).explode("area").drop_nulls()
    pairs = pairs.filter(pl.col("area").is_in(list(position)))
    rows, columns = pairs["area"].replace_strict(position, return_dtype=pl.Int64), pairs["patch"]
    empty = np.setdiff1d(np.flatnonzero(forecast > 0), rows.to_numpy())
    shape = (len(known), patches.height + len(empty))
    # An area with a forecast and without an incident in the records: expected at its middle.
    middle = known.geometry.iloc[empty].representative_point()
    lat, lon = np.r_[patches["lat"], middle.y], np.r_[patches["lon"], middle.x]
    weight = np.r_[patches["weight"], np.full(len(empty), 1e-9)]
    at = (np.r_[rows, empty], np.r_[columns, patches.height + np.arange(len(empty))])
    owner = sparse.csr_array((np.ones(len(at[0]), bool), at), shape=shape)
    demand = reach.demand_points(lat, lon, weight, owner, forecast)
    if reach_m == 0:
        return owner, np.where(owner.sum(axis=0) > 0, demand, 0.0)
    reached = reach.points_reached(known.geometry.to_numpy(), lat, lon, reach_m)
    return sparse.csr_array((owner.astype(np.int8) + reached.astype(np.int8)) > 0), demand


def _patches(study: Study, ranked: Priorities) -> pl.DataFrame:
    """Return the patches with incidents of the ranking: patch, lat, lon, weight (by age), the areas of its kind."""
    end = end_of_day(ranked.window.last, study.timezone)
    first = study.reports.filter((pl.col("incident_id") == tables.REPORT_KEY) & ~pl.col("pile"))
    seen = first.filter(ranked.question.chosen.condition & (pl.col("reported_at") <= end)).sort("incident_id")
    age = (pl.lit(end) - pl.col("reported_at")).dt.total_seconds() / (7 * 86_400)
    cell = point_to_cell(seen["lat"].to_numpy(), seen["lon"].to_numpy(), PATCH_LEVEL)
    return (
        seen.with_columns(weight=2.0 ** (-age / float(ranked.half_life)), cell=pl.Series(cell, dtype=pl.UInt64))
        .with_columns(held=pl.col(ranked.kind).list.sort().list.join(";"))
        .group_by("cell", "held", maintain_order=True)
        .agg(pl.col("lat", "lon").mean(), pl.col("weight").sum(), pl.col(ranked.kind).first())
        .sort("cell", "held")
        .with_row_index("patch")
    )


def _table(
    known: gpd.GeoDataFrame,
    targets: pl.DataFrame,
    found: Chosen,
    rules: choice_words.Rules,
    must: Sequence[str],
    never: Sequence[str],
    lang: str,
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return `tables.CHOICES` with polygons, and the ways of the teams."""
    facts = pl.from_pandas(known[["area_id", "kind", "name", "lat", "lon", "tier", "contact"]]).with_columns(
        pl.col("contact").cast(pl.String).replace("", None)
    )
    wish = pl.when(pl.col("area_id").is_in(list(must))).then(pl.lit("must"))
    rows = facts.with_columns(
        unit=targets["unit"],
        gain=pl.Series(found.gain).round(4),
        added=pl.Series(found.added).round(4),
        cost=targets["cost"],
        chosen=pl.Series(found.picked),
        too_long=pl.Series(found.too_long),
        wish=wish.when(pl.col("area_id").is_in(list(never))).then(pl.lit("never")).otherwise(pl.lit("")),
    )
    picked = rows.filter("chosen")
    visits = plan_visits(
        picked["area_id"].to_list(), picked["lat"], picked["lon"], picked["cost"], teams=rules.teams, days=rules.days
    )
    ways = routes(visits, picked["lat"], picked["lon"])
    planned = pl.concat([picked.select("area_id"), visits], how="horizontal")
    rows = rows.join(planned, on="area_id", how="left", maintain_order="left").sort(
        [
            ~pl.col("chosen"),
            "team",
            "day",
            "stop",
            pl.col("wish") == "never",
            -pl.col("added") / pl.col("cost"),
            "area_id",
        ],
        nulls_last=True,
    )
    taken = dict(picked.drop_nulls("unit").group_by("unit").len().iter_rows())
    reasons = [choice_words.reason(row, rules, taken, lang) for row in rows.iter_rows(named=True)]
    rows = rows.with_columns(pl.col("walk_m").round(1), reason=pl.Series(reasons, dtype=pl.String))
    plain = rows.select(list(tables.CHOICES)).cast(pl.Schema(tables.CHOICES)).to_pandas()
    plain = plain.astype(dict.fromkeys(("team", "day", "stop"), "Int64"))
    shapes = known.set_index("area_id").geometry.loc[plain["area_id"]].to_numpy()
    return gpd.GeoDataFrame(plain, geometry=shapes, crs="EPSG:4326"), ways
