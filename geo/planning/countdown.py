"""What can still be put right, and checked, before a review: by each unit's own pace of closing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from geo.planning.closing import median_wait, still_waiting
from geo.stats.results import Flags, Floats

VERIFICATION_DAYS = 3
"""Days that a check on the spot takes after the closing, unless told otherwise."""
LEAST_KNOWN = 10
"""Problems that must have waited so long, of a unit or of the city, before their pace says anything."""

COUNTDOWN: dict[str, Any] = {
    "unit": pl.String,
    "open": pl.Int64,
    "median_days": pl.Float64,  # null where half were not closed within the records
    "last_start": pl.Date,  # last day on which work of the median length still ends in time; null without a median
    "in_time": pl.Boolean,  # whether that day is still to come; null without a median
    "expected_closed": pl.Float64,  # of those open, closed by the last day that leaves time to check
    "late": pl.Float64,  # the others
    "own": pl.Boolean,  # whether the median is the unit's own; of all units together where it closed too few
}
"""`in_time` asks for the typical problem begun today; `expected_closed` for those that are open, by how long each has
waited already. Where a unit clears easy cases at once and leaves hard ones lying, the second is far less."""


def pace(entered: ArrayLike, days: ArrayLike, closed: ArrayLike, *, least: int = LEAST_KNOWN) -> pl.DataFrame:
    """Return the part still waiting by days since the report, as `closing.waiting_curve` does, of late entries too.

    A problem reported before the days looked at is at risk from the age it had when they began, `entered` (days; 0 for
    one reported in them): product-limit estimate with delayed entry (Kaplan and Meier 1958; Kalbfleisch and Prentice
    1980, The Statistical Analysis of Failure Time Data, 1.3). So old cases tell of old cases, and last year's pace does
    not. The curve ends, with a row that may hold no closing, where fewer than `least` are left: a few old cases
    say nothing of their kind.

    Columns: days, at_risk, closings, waiting.

    >>> pace(np.zeros(20), np.repeat([2.0, 6.0], 10), np.repeat([True, False], 10)).rows()
    [(2.0, 20, 10, 0.5), (6.0, 10, 0, 0.5)]
    """
    early, time = np.asarray(entered, np.float64), np.asarray(days, np.float64)
    seen = (time > early) | ((time == 0) & (early == 0))
    early, time, event = early[seen], time[seen], np.asarray(closed, bool)[seen]
    at, which = np.unique(time, return_inverse=True)
    closings, at_risk = np.bincount(which, event, len(at)), _at_risk(early, time, at)
    enough = np.cumprod(at_risk >= least).astype(bool)
    waiting = np.cumprod(1 - closings[enough] / at_risk[enough])
    told = (closings[enough] > 0) | (np.arange(enough.sum()) == enough.sum() - 1)
    columns = (at[enough], at_risk[enough], closings[enough].astype(np.int64), waiting)
    schema = {"days": pl.Float64, "at_risk": pl.Int64, "closings": pl.Int64, "waiting": pl.Float64}
    return pl.DataFrame([values[told] for values in columns], schema=schema)


def _at_risk(entered: Floats, days: Floats, ages: Floats) -> Any:
    """Return how many were watched at each age: entered before it (all at 0), and not gone before it."""
    return (
        np.searchsorted(np.sort(entered), ages, side="left")
        + np.where(ages == 0, (entered == 0).sum(), 0)
        - np.searchsorted(np.sort(days), ages, side="left")
    )


def closing_chances(waited: ArrayLike, ahead: float, curve: pl.DataFrame) -> Floats:
    """Return the chance that a problem is closed within `ahead` days, by the days it has `waited`: 1 - S(w + a) / S(w).

    0 beyond the end of the curve: of problems so old too few are known to count on any.

    >>> curve = pl.DataFrame({"days": [2.0, 4.0, 8.0], "waiting": [0.5, 0.25, 0.2]})
    >>> closing_chances([0, 2, 9], 2.0, curve)
    array([0.5, 0.5, 0. ])
    """
    age = np.asarray(waited, np.float64)
    if ahead <= 0 or not curve.height:
        return np.zeros(age.shape)
    now, then = still_waiting(curve, age), still_waiting(curve, age + ahead)
    return np.asarray(1 - np.divide(then, now, out=np.ones(age.shape), where=now > 0), dtype=np.float64)


def by_unit(
    times: pl.DataFrame,
    *,
    first: date,
    today: date,
    review: date,
    verification_days: int = VERIFICATION_DAYS,
    asked: pl.DataFrame | None = None,
    medians: Mapping[str, float] | None = None,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return `COUNTDOWN` by unit, most late first, and the open problems: incident_id, unit, days, chance.

    `times`: `closing.times_to_close` up to `today`; a unit's pace is of what names it, of the days from `first` on.
    `asked`: incident_id of the problems to be counted, and the unit that answers for each; all that are open, by the
    unit they name, unless given. `medians`: days, of units for which they are known already. The last day on which a
    closing leaves time to check is `review` less `verification_days`; problems that nobody answers for are a row
    without a unit, at the pace of all.

    >>> closed = {"days": [4.0] * 12, "closed": True, "opened": date(2026, 3, 1)}
    >>> waiting = {"days": [1.0] * 3, "closed": False, "opened": date(2026, 3, 30)}
    >>> rows = pl.concat([pl.DataFrame(closed), pl.DataFrame(waiting)]).with_row_index("incident_id")
    >>> rows = rows.with_columns(pl.col("incident_id").cast(pl.String), unit=pl.lit("a"))
    >>> table, _ = by_unit(rows, first=date(2026, 3, 1), today=date(2026, 3, 31), review=date(2026, 4, 10))
    >>> table.row(0)[:5], table["expected_closed"][0]
    (('a', 3, 4.0, datetime.date(2026, 4, 3), True), 3.0)
    """
    known = times.drop_nulls("days").with_columns(
        entered=(pl.lit(first) - pl.col("opened")).dt.total_days().clip(lower_bound=0).cast(pl.Float64)
    )
    waiting = times.filter(~pl.col("closed"))
    if asked is not None:
        waiting = waiting.drop("unit").join(asked.select("incident_id", "unit"), on="incident_id")
    ahead, everyone = (review - today).days - verification_days, _pace_of(known)
    rows, problems = [], []
    for (unit,), part in waiting.sort("unit", "incident_id").partition_by("unit", as_dict=True).items():
        own = _pace_of(known.filter(pl.col("unit") == unit)) if unit is not None else everyone.clear()
        curve = own if own.height else everyone
        waited = part["days"].fill_null(0.0).to_numpy()
        # What the unit never had so old, the city may have had.
        chance = np.where(
            _known_at(own, waited), closing_chances(waited, ahead, own), closing_chances(waited, ahead, everyone)
        )
        median = (medians or {}).get(str(unit)) if own.height else None
        median = median_wait(curve) if median is None else median
        start = None if median is None else review - timedelta(days=verification_days + math.ceil(median))
        closed = float(chance.sum())
        in_time = None if start is None else today <= start
        rows.append((unit, part.height, median, start, in_time, closed, part.height - closed, bool(own.height)))
        problems.append(part.select("incident_id", "unit", "days").with_columns(chance=pl.Series(chance)))
    table = pl.DataFrame(rows, schema=COUNTDOWN, orient="row").sort(
        "late", "unit", descending=[True, False], nulls_last=True
    )
    listed = {"incident_id": pl.String, "unit": pl.String, "days": pl.Float64, "chance": pl.Float64}
    return table, pl.concat(problems) if problems else pl.DataFrame(schema=listed)


def _pace_of(known: pl.DataFrame) -> pl.DataFrame:
    return pace(known["entered"], known["days"], known["closed"])


def _known_at(curve: pl.DataFrame, waited: Floats) -> Flags:
    """Say at which ages a curve still has something to tell."""
    return np.asarray(waited <= (curve["days"][-1] if curve.height else -1.0), dtype=bool)
