"""Episodes: from the first report of a problem at a place to its closing, and what came after it there.

METHODS 4. An episode is all reports of one place and category from the first to the closing; what is reported while it
is open is the same episode, and what is reported after it is the next.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import polars as pl

from geo import tables
from geo.stats.place_keys import name_places

RELAPSE_DAYS = 30.0
"""Days after a closing within which the next report of the place and category is a relapse, unless asked otherwise."""
QUICK_DAYS = 3.0
"""Days within which it is a suspected false closure: reported as done, and not done."""
HELD_DAYS = 90.0
"""Days for which a record without a closing takes in what follows: after that its closing was forgotten."""
LOGGED_MINUTES = 10.0
"""A record closed within so many minutes of its entry was entered when the work was done."""
VISIT_HOURS = 24.0
"""Hours within which what is entered after such a record is of the same visit: the work of a day, not a return."""
LONGEST_VISIT_DAYS = 7.0
"""Days after which a visit is over, though a crew goes on entering work every day: what follows is the next one."""

EPISODES: dict[str, Any] = {
    "place_key": pl.String,  # asset, address, or H3 cell (level 12) of the first point: `place_keys.name_places`
    "place_kind": pl.String,  # asset, address or point
    "category": pl.String,
    "incident_id": pl.String,  # of its first incident
    "opened": tables.UTC_TIME,  # its first report
    "closed": tables.UTC_TIME,  # the last closing; null while open, or where no closing is recorded
    "is_open": pl.Boolean,
    "open_days": pl.Float64,  # from opening to closing; without one to the next onset or the end of the data
    "incidents": pl.Int64,  # incidents joined
    "reports": pl.Int64,  # reports of them
    "unit": pl.String,  # of the first report that names one; null where none does
    "source": pl.String,  # of the first report that names one; null where none does
    "lat": pl.Float64,  # middle of the place's incidents
    "lon": pl.Float64,
    "next_opened": tables.UTC_TIME,  # next onset at the place and category; null where none was seen
    "days_to_next": pl.Float64,  # from closing to the next onset; null without either
    "relapse": pl.Boolean,  # came back within the days asked for
    "quick": pl.Boolean,  # came back within QUICK_DAYS
    "window_days": pl.Float64,  # days of the window after the closing that lie in the data; 0 without a closing
    "watched_days": pl.Float64,  # of these, those before the next onset
    "followed_days": pl.Float64,  # from closing to the next onset or the end of the data; null without a closing
    "seen_until": tables.UTC_TIME,  # end of the data, the same in every row
}
_DAY = 86_400_000_000  # microseconds
_PLACE = ("place_key", "category")


def find_episodes(reports: pl.DataFrame, *, end: datetime | None = None, days: float = RELAPSE_DAYS) -> pl.DataFrame:
    """Return EPISODES, one row per episode, by place, category and time; the order of `reports` does not matter.

    Parameters
    ----------
    reports
        `tables.REPORTS` after `merge_duplicates`.
    end
        End of the data (with a time zone): later reports are not seen, and what was closed later is still open. The
        last report unless given, and never later: days after it were seen by nobody, and are not quiet ones.
    days
        Length of the window after a closing, in days: METHODS' W.

    Incidents at a pile are left out, and so are those that nothing names a place of (`place_keys.name_places`).

    An incident is open while any of its reports is. Incidents of one place and category that overlap are one episode,
    closed by the last closing, open while one is. A record that is never closed would swallow all that follows, so
    after HELD_DAYS a new report starts a new episode; nothing is then known of when the old one ended. Records closed
    as soon as they are entered are work done: those of one place and VISIT_HOURS are one episode, which lasts for
    LONGEST_VISIT_DAYS at the most. Boston's crews enter every pothole that they fill, up to 39 at one address in a few
    weeks, and none of them came back.

    >>> found = find_episodes(example_reports())
    >>> found.select("incidents", pl.col("closed").dt.day(), "days_to_next", "relapse", "quick").rows()[:3]
    [(2, 7, 5.0, True, False), (1, 14, 2.0, True, True), (1, 17, 8.0, True, False)]
    """
    last = reports["reported_at"].max()
    if last is None or (end is not None and not (reports := reports.filter(pl.col("reported_at") <= end)).height):
        return tables.empty(EPISODES)
    assert isinstance(last, datetime)
    last = last if end is None else min(end, last)
    placed = _placed_incidents(reports, last).sort(*_PLACE, "opened", "incident_id")
    found = (
        placed.with_columns(episode=_joined(placed))
        .group_by("episode", maintain_order=True)
        .agg(
            pl.col(*_PLACE, "place_kind", "incident_id", "lat", "lon").first(),
            pl.col("unit", "source").drop_nulls().first(),
            pl.col("opened").min(),
            closed=pl.when(pl.col("closed").is_null().any()).then(None).otherwise(pl.col("closed").max()),
            is_open=pl.col("is_open").any(),
            incidents=pl.len(),
            reports=pl.col("reports").sum(),
        )
        .with_columns(next_opened=pl.col("opened").shift(-1).over(_PLACE))
    )
    return _followed(found, last, days).select(list(EPISODES)).cast(pl.Schema(EPISODES))


def example_reports() -> pl.DataFrame:
    """Return six reports of litter at 12 Elm St, of which one was made while the first was open, merged; for examples.

    >>> example_reports().select("reported_at", "closed_at").rows()[-1][0].day
    27
    """
    opened, closed = (1, 3, 12, 16, 25, 27), (5, 7, 14, 17, 26, None)
    day = [datetime(2026, 3, number, tzinfo=UTC) for number in range(1, 28)]
    ids = [f"r{number}" for number in range(1, 7)]
    rows = {
        "system": "hotline",
        "report_id": ids,
        "reported_at": [day[at - 1] for at in opened],
        "closed_at": [at and day[at - 1] for at in closed],
        "status": ["closed" if at else "open" for at in closed],
        "category": "litter",
        "lat": 30.66,
        "lon": 104.06,
        "address": "12 Elm St",
        "unit": "East depot",
        "source": "resident",
        "incident_id": [f"hotline/{one}" for one in ids],
        "pile": False,
        "coarse": False,
    }
    return pl.DataFrame(rows).with_columns(pl.col("reported_at", "closed_at").cast(tables.UTC_TIME))


def _placed_incidents(reports: pl.DataFrame, end: datetime) -> pl.DataFrame:
    """Return one row per incident that is at a place: where it is, when it opened, when it was closed by `end`.

    Of its reports the one with the best point says where: not at a pile, not coarse, the earliest.
    """
    known = pl.col("closed_at") <= end
    extra = ["asset_id"] if "asset_id" in reports.columns else []
    incidents = (
        reports.with_columns(
            closed_at=pl.when(known).then("closed_at"), open=(pl.col("status") == "open") | (pl.col("closed_at") > end)
        )
        .sort("pile", "coarse", "reported_at", "system", "report_id")
        .group_by("incident_id", maintain_order=True)
        .agg(
            pl.col("category", "lat", "lon", "address", "pile", "coarse").first(),
            *(pl.col(name).drop_nulls().first() for name in ("unit", "source", *extra)),
            opened=pl.col("reported_at").min(),
            closed=pl.col("closed_at").max(),
            unclosed=pl.col("closed_at").is_null().any(),
            is_open=pl.col("open").any(),
            reports=pl.len(),
        )
        .filter(~pl.col("pile"))
        .with_columns(closed=pl.when("unclosed").then(None).otherwise("closed"))
        .sort("opened", "incident_id")
    )
    placed = incidents.hstack(name_places(incidents)).drop_nulls("place_key")
    middle = placed.group_by(_PLACE).agg(pl.col("lat", "lon").median())
    return placed.drop("lat", "lon").join(middle, on=_PLACE, how="left", maintain_order="left")


def _joined(placed: pl.DataFrame) -> pl.Series:
    """Return the number of the episode of every incident; `placed` in the order of place, category and time."""
    opened = pl.col("opened").dt.epoch("us")
    logged = pl.col("closed") - pl.col("opened") <= pl.duration(minutes=LOGGED_MINUTES)
    problem = pl.coalesce("closed", pl.col("opened") + pl.duration(days=HELD_DAYS))
    held = pl.when(logged).then(pl.col("opened") + pl.duration(hours=VISIT_HOURS)).otherwise(problem)
    before = held.dt.epoch("us").cum_max().shift(1).over(_PLACE)
    open_until = pl.when(~logged.fill_null(False)).then(problem.dt.epoch("us")).forward_fill()
    still = (opened <= open_until.cum_max().shift(1).over(_PLACE)).fill_null(False)
    visit = (opened - opened.first().over("chain")) // int(LONGEST_VISIT_DAYS * _DAY)
    return (
        placed.with_columns(starts=before.is_null() | (opened > before), still=still)
        .with_columns(chain=pl.col("starts").cum_sum())
        .with_columns(visit=visit)
        .select((pl.col("starts") | (~pl.col("still") & (pl.col("visit") > pl.col("visit").shift(1)))).cum_sum())
        .to_series()
    )


def _followed(episodes: pl.DataFrame, end: datetime, days: float) -> pl.DataFrame:
    """Add what came after each closing, and for how long it was looked at."""
    opened = episodes["opened"].dt.epoch("us").to_numpy().astype(np.float64)
    closed = episodes["closed"].dt.epoch("us").cast(pl.Float64).fill_null(np.nan).to_numpy()
    following = episodes["next_opened"].dt.epoch("us").cast(pl.Float64).fill_null(np.nan).to_numpy()
    known = np.where(np.isnan(following), int(end.timestamp() * 1e6), following)
    to_next, followed = (following - closed) / _DAY, (known - closed) / _DAY
    open_days = (np.where(np.isnan(closed), known, closed) - opened) / _DAY
    after = (int(end.timestamp() * 1e6) - closed) / _DAY
    return episodes.with_columns(
        open_days=pl.Series(np.maximum(open_days, 0.0)),
        days_to_next=pl.Series(to_next).fill_nan(None),
        relapse=pl.Series(to_next <= days),
        quick=pl.Series(to_next <= min(QUICK_DAYS, days)),
        window_days=pl.Series(np.clip(np.nan_to_num(after), 0.0, days)),
        watched_days=pl.Series(np.clip(np.nan_to_num(followed), 0.0, days)),
        followed_days=pl.Series(np.maximum(followed, 0.0)).fill_nan(None),
        seen_until=pl.lit(end),
    )
