"""Who comes when: targets to teams and days, so that each day's work fits and its stops lie near each other.

Distances are beelines. Where a team starts in the morning is not known; its way begins at its first target.
"""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import polars as pl
import shapely
from numpy.typing import ArrayLike

from geo.grid.metres import middle_of, to_metres
from geo.planning.packing import SLACK, Ints, fullest_with_room, pack
from geo.stats.results import Floats

_LEASTS = 12
"""Least loads of a team that are tried when work is shared out evenly."""
EXACT_STOPS = 9
"""Stops up to which the shortest way is found for certain."""
VISITS = {
    "team": pl.Int64,  # from 1; null where no team has room
    "day": pl.Int64,  # from 1: the day on which it begins
    "last_day": pl.Int64,  # the day on which it ends
    "stop": pl.Int64,  # from 1 on each day
    "walk_m": pl.Float64,  # from the team's stop before; null for its first
}


def shortest_order(apart: Floats) -> Ints:
    """Return the order in which to visit every stop once, by distances `apart` (stops, stops); the ends are free.

    Up to `EXACT_STOPS` the shortest there is (dynamic programming: Held and Karp 1962, Journal of SIAM 10, 196-210).
    Beyond, the nearest next from every start, improved by turning round pieces of the way until none gets shorter
    (2-opt: Croes 1958, Operations Research 6, 791-812), and the best of these: short, not proven shortest.

    >>> along = np.array([0.0, 50, 10, 40, 20])
    >>> shortest_order(np.abs(along[:, None] - along)).tolist()
    [0, 2, 4, 3, 1]
    """
    count = len(apart)
    if count < 3:
        return np.arange(count)
    if count <= EXACT_STOPS:
        return _shortest(apart)
    starts = range(count) if count <= 60 else np.linspace(0, count - 1, 20).astype(int).tolist()
    ways = [_turned(_nearest_next(apart, start), apart) for start in starts]
    best = min(ways, key=lambda way: (round(length(way, apart), 6), way.tolist()))
    return best if best[0] < best[-1] else best[::-1]


def length(way: Ints, apart: Floats) -> float:
    """Return how long a way is."""
    return float(apart[way[:-1], way[1:]].sum())


def _shortest(apart: Floats) -> Ints:
    """Return the shortest way by what is the shortest over every set of stops that ends at each of them."""
    count = len(apart)
    full = (1 << count) - 1
    best = np.full((full + 1, count), np.inf)
    before = np.full((full + 1, count), -1)
    best[1 << np.arange(count), np.arange(count)] = 0
    for visited in range(1, full + 1):
        ends = best[visited][:, None] + apart
        nearest, reached = ends.argmin(axis=0), ends.min(axis=0)
        for stop in range(count):
            longer = visited | 1 << stop
            if longer != visited and reached[stop] < best[longer, stop]:
                best[longer, stop], before[longer, stop] = reached[stop], nearest[stop]
    way, visited = [int(best[full].argmin())], full
    while (previous := int(before[visited, way[-1]])) >= 0:
        visited ^= 1 << way[-1]
        way.append(previous)
    return np.array(way if way[0] < way[-1] else way[::-1])


def _nearest_next(apart: Floats, start: int) -> Ints:
    way, left = [start], np.ones(len(apart), bool)
    left[start] = False
    while left.any():
        way.append(int(np.where(left, apart[way[-1]], np.inf).argmin()))
        left[way[-1]] = False
    return np.array(way)


def _turned(way: Ints, apart: Floats) -> Ints:
    """Return the way with pieces turned round, the most worthwhile first, until none makes it shorter."""
    count = len(way)
    while True:
        # A stop of nowhere before the first and after the last lets the ends move as well.
        far = np.pad(apart[np.ix_(way, way)], 1)
        left, right = np.arange(count + 1), np.arange(1, count + 2)
        old = far[left, right]
        new = far[: count + 1, : count + 1] + far[1:, 1:]
        saved = np.triu(old[:, None] + old[None, :] - new, 2)
        first, last = np.unravel_index(int(saved.argmax()), saved.shape)
        if saved[first, last] <= 1e-6:
            return way
        way = np.r_[way[:first], way[first:last][::-1], way[last:]]


def plan_visits(
    names: Sequence[str], lat: ArrayLike, lon: ArrayLike, costs: ArrayLike, *, teams: int, days: int
) -> pl.DataFrame:
    """Return `VISITS` of every target, in the order given.

    One short way through all targets is cut into one piece a team, none longer than `days` of work, where the cuts
    save most metres (route first, cluster second: Beasley 1983, Omega 11, 403-408); so that the work of any two teams
    differs by one target at the most, where such cuts are found. Where it cannot be cut, work is
    packed (`packing.pack`), and what no team has room for alone gets no team. A team's way is the shortest through its
    own. A target is ended before night where the team's days can be filled so; one that needs more than a day, or is
    left over when whole targets do not fill the days, goes on the next morning.

    `names` (targets,) tell them apart, `lat` and `lon` in degrees, `costs` in team-days. The same whatever their order.

    >>> plan_visits(list("abcd"), [30.0, 30.3, 30.0, 30.3], [104, 104, 104.1, 104.1], [0.5] * 4, teams=2, days=1)[
    ...     "team", "stop"
    ... ].rows()
    [(1, 1), (2, 2), (1, 2), (2, 1)]
    """
    order = np.argsort(np.asarray(names, str), kind="stable")
    north, east, cost = (np.asarray(values, np.float64)[order] for values in (lat, lon, costs))
    apart = _apart(north, east)
    of_team = _share_out(apart, cost, teams, float(days))
    found: dict[str, list[float | None]] = {name: [None] * len(order) for name in VISITS}
    for team, stops in enumerate(of_team, start=1):
        way = np.array(stops)[shortest_order(apart[np.ix_(stops, stops)])]
        way, begins, ends = _into_days(way, cost, days)
        for place, target in enumerate(way):
            row = int(order[target])
            today = begins[:place] == begins[place]
            walked = float(apart[way[place - 1], target]) if place else None
            visit = (team, int(begins[place]), int(ends[place]), int(today.sum()) + 1, walked)
            for name, value in zip(VISITS, visit, strict=True):
                found[name][row] = value
    return pl.DataFrame(found, schema=VISITS)


def _apart(lat: Floats, lon: Floats) -> Floats:
    points = shapely.points(lon, lat)
    flat = shapely.get_coordinates(to_metres(points, middle_of(points)))
    return np.asarray(np.hypot(*(flat[:, None] - flat[None]).transpose(2, 0, 1)), dtype=np.float64)


def _share_out(apart: Floats, cost: Floats, teams: int, days: float) -> list[list[int]]:
    """Return the targets of each team that has any, along the way through all of them."""
    way = shortest_order(apart)
    ends = _level_cuts(way, apart, cost, teams, days) or _cuts(way, apart, cost, teams, days)
    if ends is not None:
        return [way[a:b].tolist() for a, b in zip([0, *ends], ends, strict=False)]
    packed = pack(cost, teams, days)
    if packed is None:
        loads, packed = np.zeros(teams), np.full(len(cost), -1)
        for target in way[np.argsort(-cost[way], kind="stable")]:
            team = fullest_with_room(loads, float(cost[target]), days)
            if team is not None:
                packed[target] = team
                loads[team] += cost[target]
    parts = [[int(target) for target in way if packed[target] == team] for team in range(teams)]
    return [part for part in parts if part]


def _level_cuts(way: Ints, apart: Floats, cost: Floats, teams: int, days: float) -> list[int] | None:
    """Return what `_cuts` does where the loads of any two teams differ by one target at the most; None where none is.

    Loads lie within the dearest cost above a least one, tried from the mean down to the dearest cost below it.
    """
    if not len(way):
        return None
    working, dearest = min(teams, len(way)), float(cost.max())
    mean, done = float(cost.sum()) / working, np.r_[0.0, np.cumsum(cost[way])]
    loads = np.unique((done[None, :] - done[:, None])[np.triu_indices(len(done), 1)].round(9))
    leasts = loads[(loads <= mean + SLACK) & (loads >= mean - dearest - SLACK)]
    leasts = leasts[np.unique(np.linspace(0, len(leasts) - 1, _LEASTS).round().astype(int))] if len(leasts) else leasts
    found = (
        _cuts(way, apart, cost, working, min(days, least + dearest), least=float(least)) for least in reversed(leasts)
    )
    cuts = [ends for ends in found if ends is not None]
    return min(cuts, key=lambda ends: _walked(way, apart, ends), default=None)


def _walked(way: Ints, apart: Floats, ends: Sequence[int]) -> float:
    """Return the metres of all pieces of a way."""
    steps = apart[way[:-1], way[1:]]
    return round(float(steps.sum() - steps[np.array(ends[:-1], int) - 1].sum()), 3)


def _cuts(way: Ints, apart: Floats, cost: Floats, teams: int, days: float, *, least: float = 0.0) -> list[int] | None:
    """Return where each team's piece of the way ends, at most `teams` and the shortest; None where none fits.

    `least` above 0: exactly so many teams, and none has less work.
    """
    count = len(way)
    done = np.r_[0.0, np.cumsum(cost[way])]
    walked = np.r_[0.0, 0.0, np.cumsum(apart[way[:-1], way[1:]])] if count else np.zeros(1)
    metres = np.full((teams + 1, count + 1), np.inf)
    start = np.zeros((teams + 1, count + 1), np.int64)
    metres[0, 0] = 0
    for team in range(1, teams + 1):
        for end in range(1, count + 1):
            load = done[end] - done[:end]
            fits = np.flatnonzero((load <= days + SLACK) & (load >= least - SLACK))
            along = metres[team - 1, fits] + walked[end] - walked[fits + 1]
            if len(fits) and along.min() < np.inf:
                metres[team, end], start[team, end] = along.min(), fits[along.argmin()]
    best = teams if least else int(metres[:, count].argmin())
    if not np.isfinite(metres[best, count]):
        return None
    ends = [count]
    for team in range(best, 0, -1):
        ends.append(int(start[team, ends[-1]]))
    return [end for end in reversed(ends) if end > 0]


def _into_days(way: Ints, cost: Floats, days: int) -> tuple[Ints, Ints, Ints]:
    """Return a team's targets in their order, and the day on which each begins and ends."""
    needs = cost[way]
    whole = _whole_days(needs, days)
    if whole is None and (needs <= 1 + SLACK).all() and (packed := pack(needs, days, 1.0)) is not None:
        middle = np.bincount(packed, np.arange(len(way)), days) / np.maximum(np.bincount(packed, minlength=days), 1)
        turn = np.lexsort((np.arange(len(way)), packed, middle[packed]))
        way, needs = way[turn], needs[turn]
        whole = np.r_[0, np.cumsum(np.diff(packed[turn]) != 0)].astype(float)
    begins = np.r_[0.0, np.cumsum(needs)[:-1]] if whole is None else whole
    first = np.floor(begins + SLACK).astype(np.int64) + 1
    last = np.maximum(first, np.ceil(begins + needs - SLACK).astype(np.int64))
    return way, first, np.minimum(last, days) if whole is None else last


def _whole_days(needs: Floats, days: int) -> Floats | None:
    """Return when each target begins if no day breaks off in the middle of one, 0 the first morning; None where not."""
    at, begins = 0.0, []
    for need in needs:
        left = np.ceil(at - SLACK) - at
        if need > left + SLACK:
            at = float(np.ceil(at - SLACK))
        begins.append(at)
        at += need
    return np.array(begins) if at <= days + SLACK else None


def routes(visits: pl.DataFrame, lat: ArrayLike, lon: ArrayLike) -> gpd.GeoDataFrame:
    """Return the way of every team and day: team, day, stops, metres and a line (EPSG:4326) for the map.

    A day's line begins where the team's day before ended; the first day's, and with it a line of one stop, at its
    first stop. A line of a single stop is a line without length.
    """
    stops = visits.with_columns(lat=pl.Series(np.asarray(lat, np.float64)), lon=pl.Series(np.asarray(lon, np.float64)))
    rows, lines = [], []
    for team in stops.drop_nulls("team").sort("team", "day", "stop").partition_by("team", maintain_order=True):
        before: list[tuple[float, float]] = []
        for day in team.partition_by("day", maintain_order=True):
            here = list(zip(day["lon"], day["lat"], strict=True))
            way = [*before, *here]
            rows.append((day["team"][0], day["day"][0], day.height, float(day["walk_m"].sum())))
            lines.append(shapely.LineString(way if len(way) > 1 else way * 2))
            before = here[-1:]
    columns = ("team", "day", "stops", "metres")
    table = {name: [row[i] for row in rows] for i, name in enumerate(columns)}
    return gpd.GeoDataFrame(table, geometry=lines, crs="EPSG:4326")
