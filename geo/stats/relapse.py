"""Places to which problems return after their closing, and how much more often than their own background (METHODS 4b).

A busy place sees everything again soon, closed or not. So each place is compared with itself: how often the category
starts there outside of the days after a closing says how often it would start within them anyway. A list by counts
names the busy places; this one names those where closing does not last.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import geopandas as gpd
import polars as pl

from geo import tables
from geo.stats.background import Tally, chance_of_returns, fit_background, own_rates
from geo.stats.episodes import RELAPSE_DAYS, find_episodes
from geo.stats.multiplicity import adjust
from geo.stats.relapse_groups import group_ratios
from geo.stats.results import Floats
from geo.words import say, together

LEVEL = 0.1
"""Of the places called confirmed at most so many by chance (METHODS 4b)."""
LEAST_RELAPSES = 2
"""Of a confirmed place: one return can always be a new problem."""
LEAST_REPEATS = 20
"""Places with a second problem that a category needs for a background of its own."""
LEAST_DAYS = 182.0
"""Days since the first report of a category without which nothing is known of its background."""
LEAST_WINDOWS = 6
"""So many times the days after a closing at least: or nearly all that was seen lies within them."""
_PLACE = ("place_key", "category")


class Ranked(NamedTuple):
    """The places with a closing or more, and the ratio of every category with its interval."""

    places: pl.DataFrame
    categories: pl.DataFrame


def find_relapses(
    reports: pl.DataFrame,
    *,
    until: date | None = None,
    days: float = RELAPSE_DAYS,
    timezone: str = "UTC",
    lang: str = "en",
) -> gpd.GeoDataFrame:
    """Return `tables.RELAPSES` and points, the places with most relapses beyond their own background first.

    Parameters
    ----------
    reports
        `tables.REPORTS` after `merge_duplicates`.
    until
        Last local day that is seen; that of the last report unless given.
    days
        Days after a closing within which the next problem of the place and category is a relapse.
    timezone
        Of `until` and of the days in the table.
    lang
        Language of `reason`.

    Every place and category with a relapse or more has a row; `rank_places` says how it is judged. `recent` counts all
    of its relapses, and the columns of areas are empty: `geo.recurring.relapses.find_returns` knows the window and the
    areas. Piles and places that cannot be told apart are left out (`episodes.find_episodes`).

    >>> from geo.stats.episodes import example_reports
    >>> found = find_relapses(example_reports())
    >>> found[["place", "closures", "relapses", "quick", "median_days"]].values.tolist()
    [['12 Elm St', 4, 4, 2, 3.5]]
    """
    episodes = find_episodes(reports, end=end_of_day(until, timezone), days=days)
    ranked = rank_places(episodes)
    return table_of(ranked.places.filter(pl.col("relapses") > 0), days=days, timezone=timezone, lang=lang)


def end_of_day(day: date | None, timezone: str) -> datetime | None:
    """Return the last instant of a local day, in UTC.

    >>> end_of_day(date(2026, 3, 1), "Asia/Shanghai")
    datetime.datetime(2026, 3, 1, 15, 59, 59, 999999, tzinfo=datetime.timezone.utc)
    """
    if day is None:
        return None
    return datetime.combine(day, time.max, ZoneInfo(timezone)).astimezone(UTC)


def start_of_day(day: date, timezone: str) -> datetime:
    """Return the first instant of a local day, in UTC.

    >>> start_of_day(date(2026, 3, 1), "Asia/Shanghai").isoformat()
    '2026-02-28T16:00:00+00:00'
    """
    return datetime.combine(day, time.min, ZoneInfo(timezone)).astimezone(UTC)


def rank_places(episodes: pl.DataFrame, *, since: datetime | None = None) -> Ranked:
    """Return every place and category with its relapses, what its own background lets one expect, and the chance of it.

    `episodes`: `episodes.EPISODES`. `since`: relapses from then on are `recent`; all unless given.

    `places`, ranked by score, p_value and name: place_key, place_kind, category, unit (that of most of its episodes),
    incidents, episodes, closures (with a day or a part of one watched), relapses, recent, quick, median_days, base,
    win, out, span (days), shape, rate (of its own background, `background.Rate`), expected, ratio, p_value, q_value,
    confirmed, score, last_closed, last_reported, is_open, lat, lon. q_value is Benjamini-Hochberg's over all places
    with a closing; `confirmed` asks q <= LEVEL and LEAST_RELAPSES.

    expected: of every closing the chance that something starts by itself in the days after it, 1 - exp(-rate days),
    over the rates the place may have; so never more than there are closings. ratio: relapses over it.

    score: relapses less M, over the square root of M (1 + M / shape) + 1, M the rate times the days watched: the
    scatter of a count whose rate is known so far (negative binomial), and one return more, which can always be a new
    problem.
    METHODS ranks by p; but of 70,000 places hundreds that saw two problems in three years have them within a day by
    chance, with a p-value that a place with 14 returns of 5 expected does not reach. `benchmarks/relapse_bars.py` has
    both orders.

    The background is fitted by category (`background.fit_background`). Categories with fewer than LEAST_REPEATS places
    that saw a second problem are fitted together; if these are too few together, with all others. A place has been
    looked at since the first report of its category; where that is less than LEAST_DAYS or LEAST_WINDOWS ago, nothing
    can be told of its background: shape to score are null, and the places come last, most relapses first. (In towns in
    which nothing relapses the ratio was .6 to 2.1 after 60 days, .7 to 1.6 after 91, .9 to 1.2 after 182.)

    `categories`: as `group_ratios` returns it, by category; where the background is its own, a and b were not known
    either, and the interval says so.
    """
    if not episodes.height:
        return Ranked(_empty_places(), group_ratios(_empty_places(), "category"))
    places = _tally(episodes, since)
    judged = _judge(places)
    return Ranked(judged, group_ratios(judged, "category"))


def _together(places: pl.DataFrame) -> list[tuple[pl.DataFrame, pl.DataFrame]]:
    """Return the places that share a background, and those that it is fitted on."""
    repeats = places.group_by("category").agg(repeats=(pl.col("episodes") > 1).sum())
    sparse = repeats.filter(pl.col("repeats") < LEAST_REPEATS)
    own = places.join(sparse, on="category", how="anti", maintain_order="left")
    groups = [(part, part) for part in own.partition_by("category", maintain_order=True)]
    if sparse.height:
        pooled = places.join(sparse, on="category", how="semi", maintain_order="left")
        groups.append((pooled, pooled if sparse["repeats"].sum() >= LEAST_REPEATS else places))
    return groups


def _judge(places: pl.DataFrame) -> pl.DataFrame:
    """Add what is expected at every place and the chance of so many relapses; keep those with a closing, ranked."""
    span_needed = max(LEAST_DAYS, LEAST_WINDOWS * float(places["window"].max() or 0.0))  # type: ignore[arg-type]
    enough = pl.col("span") >= span_needed
    parts = []
    for part, learned in _together(places.filter(enough)):
        background, seen = fit_background(_seen(learned)), _seen(part)
        own = own_rates(seen, background)
        parts.append(
            part.with_columns(
                shape=pl.Series(own.shape),
                rate=pl.Series(own.rate),
                p_value=pl.Series(chance_of_returns(seen, background)),
            ).filter(pl.col("closures") > 0)
        )
    short = places.filter(~enough, pl.col("closures") > 0)
    if not parts:
        return _ranked(short.with_columns(pl.lit(None, pl.Float64).alias(name) for name in _JUDGED))
    judged = pl.concat(parts).with_row_index("place")
    by_chance = 1 - (pl.col("rate") / (pl.col("rate") + pl.col("windows"))) ** pl.col("shape")
    expected = judged.explode("windows").group_by("place").agg(expected=by_chance.sum())
    judged = judged.join(expected, on="place", how="left", maintain_order="left").drop("place")
    watched = pl.col("shape") / pl.col("rate") * pl.col("win")
    spread = watched * (1 + watched / pl.col("shape")) + 1
    judged = judged.with_columns(
        ratio=pl.col("relapses") / pl.col("expected"),
        q_value=pl.Series(adjust(judged["p_value"].to_numpy())),
        score=((pl.col("relapses") - watched) / spread.sqrt()).round(9),
    )
    return _ranked(pl.concat([judged, short], how="diagonal"))


_JUDGED = ("shape", "rate", "p_value", "expected", "ratio", "q_value", "score")


def _ranked(judged: pl.DataFrame) -> pl.DataFrame:
    confirmed = ((pl.col("q_value") <= LEVEL) & (pl.col("relapses") >= LEAST_RELAPSES)).fill_null(False)
    falling = [True, False, True, False, False]
    return (
        judged.with_columns(confirmed=confirmed)
        .sort(["score", "p_value", "relapses", *_PLACE], descending=falling, nulls_last=True)
        .drop("window", "windows")
    )


def _tally(episodes: pl.DataFrame, since: datetime | None) -> pl.DataFrame:
    """Return one row per place and category with what was seen there."""
    recent = pl.col("relapse") & (pl.col("next_opened") >= since) if since else pl.col("relapse")
    units = (
        episodes.drop_nulls("unit")
        .group_by(*_PLACE, "unit")
        .len()
        .sort(["len", "unit"], descending=[True, False])
        .unique(_PLACE, keep="first", maintain_order=True)
    )
    places = episodes.group_by(_PLACE, maintain_order=True).agg(
        pl.col("place_kind", "lat", "lon").first(),
        pl.col("incidents").sum(),
        episodes=pl.len().cast(pl.Int64),
        closures=(pl.col("watched_days") > 0).sum().cast(pl.Int64),
        relapses=pl.col("relapse").sum().cast(pl.Int64),
        recent=recent.sum().cast(pl.Int64),
        quick=pl.col("quick").sum().cast(pl.Int64),
        median_days=pl.col("days_to_next").filter("relapse").median(),
        win=pl.col("watched_days").sum(),
        window=pl.col("window_days").max(),
        windows=pl.col("window_days").filter(pl.col("watched_days") > 0),
        open_days=pl.col("open_days").sum(),
        last_closed=pl.col("closed").max(),
        last_reported=pl.col("opened").max(),
        is_open=pl.col("is_open").last(),  # a record that was forgotten years ago says nothing of today
        seen_until=pl.col("seen_until").first(),
    )
    spans = episodes.group_by("category").agg(first=pl.col("opened").min())
    return (
        places.join(spans, on="category", how="left", maintain_order="left")
        .join(units.drop("len"), on=_PLACE, how="left", maintain_order="left")
        .with_columns(span=(pl.col("seen_until") - pl.col("first")).dt.total_microseconds() / 86_400e6)
        .with_columns(
            base=(pl.col("episodes") - pl.col("relapses")),
            out=(pl.col("span") - pl.col("win") - pl.col("open_days")).clip(lower_bound=0.0),
        )
        .drop("first", "open_days", "seen_until")
    )


def _seen(places: pl.DataFrame) -> Tally:
    def column(name: str) -> Floats:
        return places[name].cast(pl.Float64).to_numpy()

    span = float(places["span"].max() or 0.0)  # type: ignore[arg-type]
    return Tally(column("episodes"), column("relapses"), column("win"), column("out"), span)


def table_of(places: pl.DataFrame, *, days: float, timezone: str, lang: str = "en") -> gpd.GeoDataFrame:
    """Return places of `rank_places` as `tables.RELAPSES` with their points; columns that they lack are empty."""
    local = (pl.col(name).dt.convert_time_zone(timezone).dt.date() for name in ("last_closed", "last_reported"))
    table = places.with_columns(
        *local,
        pl.col("lat", "lon").round(7),
        pl.col("expected", "ratio", "median_days").round(4),
        reason=pl.Series(_reasons(places, days, lang), dtype=pl.String),
    )
    if "place" not in table.columns:
        table = table.with_columns(place="place_key")
    table = table.with_columns(
        pl.lit(None, dtype).alias(name) for name, dtype in tables.RELAPSES.items() if name not in table.columns
    )
    table = table.select(list(tables.RELAPSES)).cast(pl.Schema(tables.RELAPSES))
    points = gpd.points_from_xy(table["lon"].to_numpy(), table["lat"].to_numpy())
    return gpd.GeoDataFrame(table.to_pandas(), geometry=points, crs="EPSG:4326")


MANY = 20
"""Returns, mostly within a day, from which a place may be a desk: Boston's 126 collections at one office [choice]."""


def _reasons(places: pl.DataFrame, days: float, lang: str) -> list[str]:
    """Return a sentence or two for every place: closings, returns, what its background lets one expect, how soon."""
    bare = say("Closed {closures}, back within {days} days {relapses}.", lang)
    whole = say(
        "Closed {closures}, back within {days} days {relapses}; {expected} expected from its own background.", lang
    )
    median = say("Median return after {median} days.", lang)
    a_day = say("Median return after a day.", lang)
    soonest = say("Mostly back within a day.", lang)
    desk = say("So many within a day: perhaps entered there at a desk, or one problem entered in parts.", lang)
    quick = say("Reported again within 3 days of the closing {quick}: perhaps not put right.", lang)
    said = []
    columns = ("closures", "relapses", "expected", "median_days", "quick")
    for closures, relapses, expected, after, soon in places.select(columns).iter_rows():
        counts = {"closures": _times(closures, lang), "days": f"{days:g}", "relapses": _times(relapses, lang)}
        if expected is None:
            text = [bare.format(**counts)]
        else:
            by_chance = f"{expected:.1f}" if expected >= 0.05 else say("less than 0.1", lang)
            text = [whole.format(expected=by_chance, **counts)]
        if relapses > 1:
            text.append(soonest if after < 1 else a_day if after < 1.5 else median.format(median=f"{after:.0f}"))
        if relapses >= MANY and after < 1:
            text.append(desk)
        if soon:
            text.append(quick.format(quick=_times(soon, lang)))
        said.append(together(text, lang))
    return said


def _times(count: int, lang: str) -> str:
    return say("once", lang) if count == 1 else say("{count} times", lang, count=f"{count:,}")


def _empty_places() -> pl.DataFrame:
    names = ("place_key", "place_kind", "category", "unit")
    counts = ("incidents", "episodes", "closures", "relapses", "recent", "quick", "base")
    parts = ("median_days", "win", "out", "span", *_JUDGED, "lat", "lon")
    columns: dict[str, Any] = dict.fromkeys(names, pl.String) | dict.fromkeys(counts, pl.Int64)
    columns |= dict.fromkeys(parts, pl.Float64) | dict.fromkeys(("confirmed", "is_open"), pl.Boolean)
    return pl.DataFrame(schema=columns | dict.fromkeys(("last_closed", "last_reported"), tables.UTC_TIME))
