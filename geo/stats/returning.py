"""How long a place stays put right: time from a closing to the next report of the same place and category.

Closings after which nothing has come yet are censored at the end of the data, not counted as cured: the newest are the
least known. Kaplan and Meier (1958), Journal of the American Statistical Association 53, 457-481,
doi:10.1080/01621459.1958.10501452.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import ArrayLike
from scipy import stats

from geo.stats.background import COVERAGE
from geo.stats.results import Flags, Floats

AT_DAYS = (3.0, 30.0, 90.0)
"""Days after a closing for which the part that is back is told."""
ALL = "all"


def survival(days: ArrayLike, returned: ArrayLike) -> pl.DataFrame:
    """Return the Kaplan-Meier estimate, one row per day on which something returned.

    Columns: days, at_risk, returns, left (the part not back by then), low, high: its 90 % interval, by Greenwood's
    variance on the log-log scale (Kalbfleisch and Prentice 1980, The Statistical Analysis of Failure Time Data, 1.3),
    which stays within 0 and 1; null where nothing is left.

    `days` from the closing to the return, or to the end of the data where not `returned`.

    >>> survival([1, 2, 2, 5], [True, True, False, False]).select("days", "at_risk", "returns", "left").rows()
    [(1.0, 4, 1, 0.75), (2.0, 3, 1, 0.5)]
    """
    time, event = np.asarray(days, np.float64), np.asarray(returned, bool)
    at, counted = np.unique(time[event], return_counts=True)
    returns, at_risk = counted.astype(np.float64), (len(time) - np.searchsorted(np.sort(time), at)).astype(np.float64)
    left = np.asarray(np.cumprod(1 - returns / at_risk), dtype=np.float64)
    low, high = _interval(left, returns, at_risk)
    table = pl.DataFrame({"days": at, "at_risk": at_risk, "returns": returns, "left": left, "low": low, "high": high})
    return table.with_columns(pl.col("low", "high").fill_nan(None), pl.col("at_risk", "returns").cast(pl.Int64))


def _interval(left: Floats, returns: Floats, at_risk: Floats) -> tuple[Floats, Floats]:
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(returns / (at_risk * (at_risk - returns)))
        reach = stats.norm.isf((1 - COVERAGE) / 2) * np.sqrt(greenwood) / np.abs(np.log(left))
        low, high = left ** np.exp(reach), left ** np.exp(-reach)
    some = left > 0
    return np.where(some, low, np.nan), np.where(some, high, np.nan)


def return_times(episodes: pl.DataFrame, by: str | None = None) -> pl.DataFrame:
    """Return how soon problems come back, of all episodes together, or by the values of the column `by`.

    Columns: `by` (or `group`, "all"), closings, returns, quick (back within 3 days: suspected false closures), first
    quarter, median and last quarter in days (`quarter`, `median`, `three_quarters`; null where not reached within the
    data), and the parts back within AT_DAYS: `back_3`, `back_30`, `back_90`; null where nothing was followed so long.
    `episodes`: `episodes.EPISODES`. Most closings first.

    >>> from geo.stats.episodes import example_reports, find_episodes
    >>> return_times(find_episodes(example_reports())).select("closings", "returns", "quick", "median").rows()
    [(4, 4, 2, 2.0)]
    """
    closed = episodes.drop_nulls("followed_days")
    if by is None:
        by, closed = "group", closed.with_columns(group=pl.lit(ALL))
    rows = []
    for (name,), part in closed.drop_nulls(by).partition_by(by, as_dict=True, maintain_order=True).items():
        days, returned = part["followed_days"].to_numpy(), part["days_to_next"].is_not_null().to_numpy()
        found = survival(days, returned)
        rows.append(
            {
                by: name,
                "closings": part.height,
                "returns": int(returned.sum()),
                "quick": int(part["quick"].sum()),
                **{word: _reached(found, level) for word, level in _QUARTERS.items()},
                **{f"back_{at:.0f}": _back(found, at, days, returned) for at in AT_DAYS},
            }
        )
    counts = dict.fromkeys(("closings", "returns", "quick"), pl.Int64)
    parts = dict.fromkeys((*_QUARTERS, *(f"back_{at:.0f}" for at in AT_DAYS)), pl.Float64)
    table = pl.DataFrame(rows, schema={by: pl.String, **counts, **parts})
    return table.sort(["closings", by], descending=[True, False])


_QUARTERS = {"quarter": 0.75, "median": 0.5, "three_quarters": 0.25}


def _reached(found: pl.DataFrame, level: float) -> float | None:
    """Return the first day on which no more than `level` is left."""
    there = found.filter(pl.col("left") <= level + 1e-12)
    return float(there["days"][0]) if there.height else None


def _back(found: pl.DataFrame, at: float, days: Floats, returned: Flags) -> float | None:
    """Return the part that is back by a day; null where nothing was looked at until then."""
    if not (days >= at).any() and not returned.all():
        return None
    before = found.filter(pl.col("days") <= at)
    return 1.0 - float(before["left"][-1]) if before.height else 0.0
