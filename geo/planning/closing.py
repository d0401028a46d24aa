"""How long problems wait for their closing, and whether they were closed by their deadline.

Everything is counted in incidents (several reports of one problem are one) as it was known at the end of a local day.
"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from numpy.typing import ArrayLike
from scipy import stats

from geo import tables
from geo.stats.intervals import COVERAGE
from geo.stats.relapse import end_of_day
from geo.stats.results import Floats
from geo.stats.returning import survival

WAITING: dict[str, Any] = {
    "incident_id": pl.String,
    "category": pl.String,
    "source": pl.String,
    "unit": pl.String,  # of its first report that names one
    "lat": pl.Float64,
    "lon": pl.Float64,
    "opened": pl.Date,
    "closed_on": pl.Date,  # null while open, or where no day of the closing is recorded
    "due_on": pl.Date,  # its first deadline; null where it has none
    "days": pl.Float64,  # from the first report to the closing, or to the end of what is known; null: `closed_on`
    "closed": pl.Boolean,
    "on_time": pl.Boolean,  # null without a deadline, before it, or where the day of the closing is not known
    "open_due_on": pl.Date,  # the first deadline of its open reports; null where they have none
    "overdue": pl.Boolean,  # whether that lies before the last day
    "reports": pl.Int64,
}
"""Columns of `times_to_close`; the lists of areas follow."""

FORMULA_SENTENCES = {
    "reported": "Problems reported in the window; several reports of one problem are one.",
    "closed": "Problems closed in the window, whenever they were reported.",
    "due": "Problems whose deadline lies in the window, before its last day.",
    "on_time": "Of the problems due, those closed by their deadline.",
    "on_time_share": "Closed by the deadline / due, whether closed late or not at all.",
    "on_time_low": "90 % interval of the share on time (Wilson 1927), problems taken one by one.",
    "backlog": "Problems open at the end of the last day, whenever they were reported.",
    "overdue": "Problems with an open report whose deadline lies before the last day.",
    "median_days": "Days after which half of the problems reported in the window are closed; open ones count as still "
    "waiting (Kaplan and Meier 1958).",
    "checked": "Closings whose 30 days after it were up in the window.",
    "failed": "Of the closings checked, those after which the same kind of problem was reported again at the same "
    "place.",
    "failed_share": "Reported again / checked. A busy place sees new problems anyway; the list of relapses allows for "
    "that.",
}
"""How each column of `tables.PERFORMANCE` is reckoned."""


def times_to_close(reports: pl.DataFrame, until: date | None = None, timezone: str = "UTC") -> pl.DataFrame:
    """Return WAITING and one list of area_ids per kind of area, one row per incident reported up to a day, by incident.

    Parameters
    ----------
    reports
        `tables.REPORTS` after `merge_duplicates`; assigned, where lists of areas are wanted. All of them: the last
        report of any kind says how far the data reach, and nothing is known of the time after it.
    until
        Last local day that is seen: what was closed later is still open. That of the last report unless given.
    timezone
        Of `until` and of the days.

    Category, source, areas and point are of the first report, by which the incident is counted; incidents whose first
    report lies at a pile are left out, as in `Cube`. An incident is open while any of its reports is, and closed with
    the last of them, as in `episodes.find_episodes`. It was closed in time where each of its reports was closed by its
    own deadline, and is overdue where one that is open is past its own, as in the ranking of areas. A deadline without
    a clock (midnight) is the end of that day.

    >>> from geo.stats.episodes import example_reports
    >>> rows = example_reports().with_columns(due_at=pl.col("reported_at") + pl.duration(days=3))
    >>> times_to_close(rows).select("incident_id", "days", "closed", "on_time").rows()[-2:]
    [('hotline/r5', 1.0, True, True), ('hotline/r6', 0.0, False, None)]
    """
    last = reports["reported_at"].max()
    kinds = [name for name, dtype in reports.schema.items() if dtype == pl.List(pl.String)]
    if not isinstance(last, datetime):
        return pl.DataFrame(schema=WAITING | dict.fromkeys(kinds, pl.List(pl.String)))
    end = min(last, end_of_day(until, timezone) or last)
    day = end.astimezone(ZoneInfo(timezone)).date()
    until_when = pl.when("closed").then("closed_at").otherwise(pl.lit(end, tables.UTC_TIME))
    return (
        _incidents(_as_known(reports, end, day, timezone), kinds)
        .with_columns(
            (pl.col(of).dt.convert_time_zone(timezone).dt.date().alias(name) for name, of in _DAYS.items()),
            days=(until_when - pl.col("reported_at")).dt.total_microseconds().clip(lower_bound=0) / 86_400_000_000,
        )
        .with_columns(overdue=(pl.col("open_due_on") < day).fill_null(False))
        .with_columns(
            on_time=pl.when(pl.col("late") | pl.col("overdue"))
            .then(False)
            .when(pl.col("kept") & pl.col("closed"))
            .then(True),
        )
        .select(*WAITING, *kinds)
        .cast(pl.Schema(WAITING | dict.fromkeys(kinds, pl.List(pl.String))))
        .sort("incident_id")
    )


_DAYS = {"opened": "reported_at", "closed_on": "closed_at", "due_on": "due_at", "open_due_on": "open_due_at"}


def _as_known(reports: pl.DataFrame, end: datetime, day: date, timezone: str) -> pl.DataFrame:
    """Return the reports up to `end`, as they stood on that day. `late`, `kept`: closed after and by the deadline."""
    local = pl.col("due_at").dt.convert_time_zone(timezone)
    whole_day = local.dt.time() == time.min
    limit = pl.when(whole_day).then(local.dt.offset_by("1d").dt.convert_time_zone("UTC")).otherwise("due_at")
    over = end_of_day(day, timezone)  # who closed it in the evening, after the last report, closed it that day
    seen = reports.filter(pl.col("reported_at") <= end)
    return seen.with_columns(
        open=pl.when(pl.col("closed_at").is_null())
        .then(pl.col("status") == "open")
        .otherwise(pl.col("closed_at") > over),
        closed_at=pl.when(pl.col("closed_at") <= over).then("closed_at"),
    ).with_columns(late=pl.col("closed_at") > limit, kept=pl.col("closed_at") <= limit)


def _incidents(reports: pl.DataFrame, kinds: list[str]) -> pl.DataFrame:
    """Return one row per incident of these reports, those whose first report lies at a pile left out."""
    has_deadline = pl.col("due_at").is_not_null()
    return (
        reports.sort(pl.col("incident_id") != tables.REPORT_KEY, "reported_at", "system", "report_id")
        .group_by("incident_id", maintain_order=True)
        .agg(
            pl.col("category", "source", "lat", "lon", "pile", *kinds).first(),
            pl.col("unit").drop_nulls().first(),
            pl.col("reported_at", "due_at").min(),
            open_due_at=pl.col("due_at").filter("open").min(),
            closed_at=pl.when(~pl.col("closed_at").is_null().any()).then(pl.col("closed_at").max()),
            closed=~pl.col("open").any(),
            late=pl.col("late").fill_null(False).any(),
            kept=has_deadline.any() & (pl.col("kept").fill_null(False) | ~has_deadline).all(),
            reports=pl.len(),
        )
        .filter(~pl.col("pile"))
    )


def tally(times: pl.DataFrame, first: date, last: date) -> pl.DataFrame:
    """Return how the problems of every `key` were closed, one row per key, by key.

    `times`: `times_to_close` with a column `key`, in as many rows as an incident has keys. Columns: reported, closed
    (in these days), due, on_time, on_time_share with its 90 % interval (`share_interval`), backlog, overdue,
    oldest_open, median_days (of those reported in these days). Due are those whose deadline lies from `first` to the
    day before `last`: the last day may not be over. Those of which no day of the closing is known are left out.

    >>> rows = {"key": "a", "opened": date(2026, 3, 1), "closed_on": [date(2026, 3, 2), None], "days": [1.0, 9.0]}
    >>> rows |= {"due_on": date(2026, 3, 8), "closed": [True, False]}
    >>> rows |= {"on_time": [True, False], "overdue": [False, True]}
    >>> tally(pl.DataFrame(rows), date(2026, 3, 1), date(2026, 3, 10)).select("due", "on_time_share", "backlog").rows()
    [(2, 0.5, 1)]
    """
    inside, due = pl.col("opened").is_between(first, last), pl.col("due_on").is_between(first, last, closed="left")
    counted = (
        times.group_by("key")
        .agg(
            reported=inside.sum(),
            closed=pl.col("closed_on").is_between(first, last).sum(),
            due=(due & pl.col("on_time").is_not_null()).sum(),
            on_time=(due & pl.col("on_time")).sum(),
            backlog=(~pl.col("closed")).sum(),
            overdue=pl.col("overdue").sum(),
            oldest_open=pl.col("opened").filter(~pl.col("closed")).min(),
        )
        .with_columns(pl.col(pl.UInt32).cast(pl.Int64))
        .sort("key")
    )
    low, high = share_interval(counted["on_time"], counted["due"])
    medians = {
        key: median_wait(waiting_curve(part["days"], part["closed"]))
        for (key,), part in times.filter(inside).partition_by("key", as_dict=True).items()
    }
    return counted.with_columns(
        on_time_share=(pl.col("on_time") / pl.col("due")).fill_nan(None),
        on_time_low=pl.Series(low).fill_nan(None),
        on_time_high=pl.Series(high).fill_nan(None),
        median_days=pl.Series([medians.get(key) for key in counted["key"]], dtype=pl.Float64),
    )


def checks(episodes: pl.DataFrame, first: date, last: date, timezone: str, days: float) -> pl.DataFrame:
    """Return incident_id and failed (reported again at the same place within `days`) of every closing checked.

    `episodes`: `episodes.EPISODES`, found with these `days`. A closing counts on the day its time is up, so that what
    was closed yesterday does not pass for having lasted: those of `days` before `first` to `days` before `last`.

    >>> from geo.stats.episodes import example_reports, find_episodes
    >>> found = find_episodes(example_reports(), days=5)
    >>> checks(found, date(2026, 3, 1), date(2026, 3, 27), "UTC", 5)["failed"].to_list()
    [True, True, False]
    """
    up = (pl.col("closed") + pl.duration(days=days)).dt.convert_time_zone(timezone).dt.date()
    whole = pl.col("closed").is_not_null() & (pl.col("window_days") >= days)
    return episodes.filter(whole & up.is_between(first, last)).select("incident_id", failed="relapse")


def waiting_curve(days: ArrayLike, closed: ArrayLike) -> pl.DataFrame:
    """Return the part still waiting by days since the report, one row per day on which something was closed.

    Kaplan and Meier's estimate (`geo.stats.returning.survival`): what is open counts for as long as it has waited, so
    that a unit cannot look fast by leaving its hard cases open. Columns: days, at_risk, closings, waiting, low, high
    (90 % interval). `days` without a value are left out: `times_to_close`.

    >>> waiting_curve([1, 2, 2, 5], [True, True, False, False]).select("days", "waiting").rows()
    [(1.0, 0.75), (2.0, 0.5)]
    """
    waited = np.asarray(days, np.float64)
    known = ~np.isnan(waited)
    found = survival(waited[known], np.asarray(closed, bool)[known])
    return found.rename({"returns": "closings", "left": "waiting"})


def still_waiting(curve: pl.DataFrame, days: ArrayLike) -> Floats:
    """Return the part still waiting after so many days, of the shape of `days`; the last known part from then on.

    >>> still_waiting(waiting_curve([1, 2, 2, 5], [True, True, False, False]), [0.5, 1, 9])
    array([1.  , 0.75, 0.5 ])
    """
    steps = np.r_[1.0, curve["waiting"].to_numpy()]
    return np.asarray(steps[np.searchsorted(curve["days"].to_numpy(), np.asarray(days, np.float64), side="right")])


def median_wait(curve: pl.DataFrame) -> float | None:
    """Return the days after which half are closed; None where half are still waiting at the end of the data.

    >>> median_wait(waiting_curve([1, 2, 2, 5], [True, True, False, False]))
    2.0
    """
    there = curve.filter(pl.col("waiting") <= 0.5 + 1e-12)
    return float(there["days"][0]) if there.height else None


def share_interval(counts: ArrayLike, totals: ArrayLike, coverage: float = COVERAGE) -> tuple[Floats, Floats]:
    """Return the ends of the interval of the share behind `counts` of `totals`; NaN where there are none.

    Wilson (1927), Journal of the American Statistical Association 22, 209-212, doi:10.1080/01621459.1927.10502953; for
    few cases the one recommended by Brown, Cai and DasGupta (2001), Statistical Science 16, 101-133,
    doi:10.1214/ss/1009213286. It takes cases one by one: where many stand or fall together it is too short.

    >>> low, high = share_interval([3, 95, 0], [3, 100, 0])
    >>> low.round(2), high.round(2)
    (array([0.53, 0.9 ,  nan]), array([1.  , 0.98,  nan]))
    """
    k, n = (np.asarray(values, np.float64) for values in (counts, totals))
    z = stats.norm.isf((1 - coverage) / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        middle = (k + z * z / 2) / (n + z * z)
        reach = z * np.sqrt(k * (n - k) / n + z * z / 4) / (n + z * z)
        low, high = (np.where(n > 0, end, np.nan) for end in (middle - reach, middle + reach))
    return np.clip(low, 0.0, 1.0), np.clip(high, 0.0, 1.0)


LEAST_ALIKE, MOST_ALIKE = 1.0, 1000.0
"""Problems that the city's share may weigh as many as, beside those of a unit."""


def shrunken_shares(counts: ArrayLike, totals: ArrayLike) -> Floats:
    """Return the share behind `counts` of `totals`, drawn toward that of all: (k + m p) / (n + m); NaN without totals.

    The mean of a beta variable: shares differ about p = sum k / sum n with the variance rho p (1 - p), and
    m = 1 / rho - 1. rho by moments: Kleinman (1973), Journal of the American Statistical Association 68, 46-54, with
    weights n. To order by, as neither the share itself (small units first and last by luck) nor the lower end of its
    interval (small units last whatever they do) is. m stays within 1 and 1,000: where shares do not differ beyond
    chance the order says who is farther from p, and means nothing.

    >>> shrunken_shares([9, 700, 300], [10, 1000, 500]).round(2)
    array([0.71, 0.7 , 0.61])
    """
    k, n = (np.asarray(values, np.float64) for values in (counts, totals))
    if not n.sum() > 0:
        return np.full(len(n), np.nan)
    p, units = k.sum() / n.sum(), int((n > 0).sum())
    noise = p * (1 - p)
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = np.nansum(n * (k / n - p) ** 2)
        rho = (apart - noise * (units - 1)) / (noise * (n.sum() - (n * n).sum() / n.sum() - (units - 1)))
        m = np.clip(1 / rho - 1, LEAST_ALIKE, MOST_ALIKE) if rho > 0 else MOST_ALIKE
    return np.where(n > 0, (k + m * p) / (n + m), np.nan)
