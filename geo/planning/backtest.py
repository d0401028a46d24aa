"""What the ranking would have found on past days, beside plain counts of the last weeks (METHODS 5, "Back-test").

At each origin the weeks before it are known and the `FORECAST_WEEKS` after it are tested. Origins do not overlap. The
same part of the area is taken by every method, those places first where it sees most incidents per square kilometre:

    hit = n / N                           n of the N incidents tested lie in the part taken
    PAI = (n / N) / (a / A)               a of the area A is taken: Chainey, Tompson & Uhlig (2008), Security Journal
                                          21, 4-28, doi:10.1057/palgrave.sj.8350066
    PEI = PAI / best PAI of that area     Hunt (2016), as the forecasting challenge of the NIJ (2017) scored it

Areas of a kind are listed by excess, not by incidents per square kilometre; so of them is measured what the list does:

    kept = x / best x                     x: the excess of the first K in the weeks tested, in order of what a method
                                          foretells of it; best x: that of the K that turned out to have most

The excess of an area is what it holds less its share of what all hold, by exposure where all have one (`area_counts`).
Below 0 the first K held less than expected.

The last places that fit are taken in part, all that tie with them in equal part, as a draw among them would give on
average. So every method takes exactly the same area, the order of the rows does not matter, and PEI cannot exceed 1.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
from numpy.typing import ArrayLike
from scipy import stats

from geo.planning.area_counts import share_expected
from geo.planning.forecast import (
    FORECAST_WEEKS,
    HALF_LIFE,
    Adjacency,
    Floats,
    adjacency,
    dispersion_of,
    doubt_of,
    forecast_rates,
)

RAW_WEEKS = (4, 13, 52)
HALF_LIVES = (4, 8, 16, 32)  # weeks
USUAL_HALF_LIFE = int(HALF_LIFE)
_NOTHING = 1e-9  # incidents
BASELINE = "raw 13"
PICKED = "picked"
LEAST_TRAINING = 13  # weeks before the first origin
FULL_TRAINING = 52  # weeks before the first origin where FULL_ORIGINS are left after them
FULL_ORIGINS = 12
LEAST_ORIGINS = 6
MOST_ORIGINS = 26  # two years; the latest
LEAST_WEEKS = LEAST_TRAINING + LEAST_ORIGINS * FORECAST_WEEKS
TOP_SHARE = 0.02
FEWEST_PLACES = 5
MOST_SHARE = 0.5
LEVEL = 0.05
WORTH = 0.01  # of the measure: a smaller gain is not worth another half-life
LEAST_TESTED = 30  # incidents in the weeks tested below which no figure is worth a sentence
PAI, KEPT = "pai", "kept"

ORIGINS = {"origin": pl.Int64, "method": pl.String, "incidents": pl.Float64, "hit": pl.Float64, "pai": pl.Float64}
ORIGINS |= {"pei": pl.Float64, "kept": pl.Float64}
SUMMARY = {"method": pl.String, "origins": pl.Int64, "hit": pl.Float64, "pai": pl.Float64, "pei": pl.Float64}
SUMMARY |= {"difference": pl.Float64, "se": pl.Float64}
SUMMARY |= {"kept": pl.Float64, "kept_difference": pl.Float64, "kept_se": pl.Float64}


def top_share(places: int) -> float:
    """Return the part of the area that is taken: 2 %, or that of five typical places where these are more.

    METHODS 5 takes 2 %, which of 24 neighbourhoods is less than half of one; a list of half a place ranks nothing.

    >>> top_share(2791), top_share(100), top_share(3)
    (0.02, 0.05, 0.5)
    """
    return min(MOST_SHARE, max(TOP_SHARE, FEWEST_PLACES / max(places, 1)))


def pai(hit: ArrayLike, share: float) -> Floats:
    """Return the prediction accuracy index: the part of the incidents found over the part of the area taken.

    >>> pai([0.25, 0.02], 0.02)
    array([12.5,  1. ])
    """
    return np.asarray(hit, dtype=np.float64) / share


def pei(hit: ArrayLike, best: ArrayLike) -> Floats:
    """Return the prediction efficiency index: what was found over what the best choice of that area holds.

    >>> pei([0.2, 0.0], [0.4, 0.4])
    array([0.5, 0. ])
    """
    return np.asarray(hit, dtype=np.float64) / np.asarray(best, dtype=np.float64)


def share_found(score: ArrayLike, incidents: ArrayLike, area: ArrayLike, share: float) -> float:
    """Return which part of `incidents` (places,) lies in the `share` of the `area` (places,) with the highest `score`.

    `score`: per unit of area. Places that tie where the area ends are taken in equal part. NaN without incidents.

    >>> share_found([3, 1, 1, 0], [6, 4, 0, 0], [1, 1, 1, 1], share=0.25)
    0.6
    >>> share_found([3, 1, 1, 0], [6, 4, 0, 0], [1, 1, 1, 1], share=0.5)      # one of the two that tie
    0.8
    """
    value, held, size = (np.asarray(column, dtype=np.float64) for column in (score, incidents, area))
    if not held.sum() > 0:
        return float("nan")
    return _taken(value, held, size, share * size.sum()) / float(held.sum())


def excess_kept(score: ArrayLike, incidents: ArrayLike, expected: ArrayLike, top: int) -> float:
    """Return the excess that the `top` places of the highest `score` hold, as part of the most that so many can hold.

    All (places,); `expected`: which part of all incidents a place should hold, 1 together. Places that tie are taken in
    equal part. 1 where every place holds just what is expected: nothing is missed.

    >>> excess_kept([9, 5, 1, 1], [8, 0, 4, 0], np.full(4, 0.25), top=1)
    1.0
    >>> excess_kept([9, 5, 1, 1], [8, 0, 4, 0], np.full(4, 0.25), top=2)      # 5 - 3 of 5 + 1
    0.3333333333333333
    """
    value, held = np.asarray(score, dtype=np.float64), np.asarray(incidents, dtype=np.float64)
    beyond, each = held - held.sum() * np.asarray(expected, dtype=np.float64), np.ones(len(held))
    best = _taken(beyond, beyond, each, top)
    return _taken(value, beyond, each, top) / best if best > _NOTHING else 1.0


def _taken(value: Floats, held: Floats, size: Floats, limit: float) -> float:
    """Return what lies in the places of the highest value, of `limit` size together; those that tie in equal part."""
    order = np.argsort(-value, kind="stable")
    last = value[order[min(int(np.searchsorted(size[order].cumsum(), limit)), len(order) - 1)]]
    above, tied = value > last, value == last
    part = min(1.0, (limit - size[above].sum()) / size[tied].sum())
    return float(held[above].sum() + part * held[tied].sum())


def origins_of(weeks: int) -> range:
    """Return after how many weeks the origins lie, the last so that its test ends with the records; empty if too few.

    A full year lies before the first where twelve origins are left after it, else a quarter.

    >>> list(origins_of(104))[:2], len(origins_of(104)), list(origins_of(52))[:2], len(origins_of(36))
    ([52, 56], 13, [16, 20], 0)
    """
    full = (weeks - FULL_TRAINING) // FORECAST_WEEKS >= FULL_ORIGINS
    most = (weeks - (FULL_TRAINING if full else LEAST_TRAINING)) // FORECAST_WEEKS
    if most < LEAST_ORIGINS:
        return range(0)
    return range(weeks - FORECAST_WEEKS * min(most, MOST_ORIGINS), weeks, FORECAST_WEEKS)


def roll_origins(
    counts: ArrayLike,
    area: ArrayLike,
    neighbours: Adjacency | None = None,
    *,
    exposure: ArrayLike | None = None,
    share: float | None = None,
    top: int | None = None,
    more: dict[str, Callable[[int], Floats]] | None = None,
) -> pl.DataFrame:
    """Return what every method finds at every origin, one row each, `ORIGINS`; without rows if the history is short.

    Parameters
    ----------
    counts
        Incidents by place and week, the oldest first; shape (places, weeks).
    area
        Of each place, in any unit; shape (places,), all above 0.
    neighbours, exposure
        As `forecast.forecast_rates` takes them.
    share
        The part of the area to take; `top_share` of the places unless given.
    top
        How many places a list by excess begins with; `kept` is null unless given.
    more
        Further methods: from the origin (weeks before it) to the score of every place.

    `raw 4`, `raw 13`, `raw 52` count the last weeks (as many as there are); `forecast 4` to `forecast 32` are the
    forecasts by half-life; `picked` is at each origin the forecast with the half-life that `pick_half_life` takes from
    the origins before it, which is what a planner would have had. Origins without incidents are left out.

    >>> rates = np.repeat([[3.0], [0.1]], [1, 19], axis=0)
    >>> rolled = roll_origins(np.random.default_rng(1).poisson(rates, (20, 60)), np.ones(20))
    >>> rolled.filter(method="raw 13")["origin"].to_list()
    [16, 20, 24, 28, 32, 36, 40, 44, 48, 52, 56]
    """
    seen, size = np.asarray(counts, dtype=np.float64), np.asarray(area, dtype=np.float64)
    part = share or top_share(len(size))
    near = None if neighbours is None else adjacency(neighbours, len(size))
    expected = share_expected(exposure, len(size))
    measure = PAI if top is None else KEPT
    rows: list[tuple[int, str, float, float, float, float, float | None]] = []
    for origin in origins_of(seen.shape[1]):
        tested = seen[:, origin : origin + FORECAST_WEEKS].sum(axis=1)
        known = seen[:, :origin]
        if not (tested.any() and known.any()):
            continue
        scores = {f"raw {weeks}": known[:, -weeks:].sum(axis=1) for weeks in RAW_WEEKS}
        doubt = doubt_of(
            known, dispersion=dispersion_of(known)
        )  # as the ranking does; it hardly hangs on the half-life
        for half in HALF_LIVES:
            rates = forecast_rates(known, half_life=half, neighbours=near, exposure=exposure, dispersion=doubt)
            scores[f"forecast {half}"] = rates.mean
        scores |= {name: score(origin) for name, score in (more or {}).items()}
        best = share_found(tested / size, tested, size, part)
        for method, score in scores.items():
            hit = share_found(score / size, tested, size, part)
            kept = None if top is None else excess_kept(score - score.sum() * expected, tested, expected, top)
            rows.append((origin, method, tested.sum(), hit, float(pai(hit, part)), float(pei(hit, best)), kept))
    return _with_picked(pl.DataFrame(rows, schema=ORIGINS, orient="row"), measure)


def pick_half_life(rolled: pl.DataFrame, measure: str = PAI) -> int:
    """Return the half-life, in weeks, with the best mean of a measure, the usual one if none is clearly better.

    Clearly: by more than the standard error of the paired difference, and by a hundredth of the measure. Half-lives
    differ by little and origins are few: without this the ranking would change its memory, and with it its order, from
    month to month. For the same reason it is the usual one below LEAST_ORIGINS origins or LEAST_TESTED incidents.

    >>> pick_half_life(pl.DataFrame(schema=ORIGINS))
    16
    """
    found = _wide(rolled, [f"forecast {half}" for half in HALF_LIVES], measure)
    if len(found) < LEAST_ORIGINS or not incidents_tested(rolled) >= LEAST_TESTED:
        return USUAL_HALF_LIFE
    usual = HALF_LIVES.index(USUAL_HALF_LIFE)
    gain, error = _paired(found - found[:, [usual]])
    best = int(np.argmax(gain))
    least = max(error[best], WORTH * abs(found[:, usual].mean()))
    return HALF_LIVES[best] if gain[best] > least else USUAL_HALF_LIFE


def incidents_tested(rolled: pl.DataFrame) -> float:
    """Return the incidents of the weeks tested, of all origins."""
    return float(rolled.filter(method=BASELINE)["incidents"].sum())


def compare(rolled: pl.DataFrame, baseline: str = BASELINE) -> pl.DataFrame:
    """Return one row per method, `SUMMARY`: means over the origins, and mean PAI and `kept` less those of `baseline`.

    `se`, `kept_se`: standard error of that paired difference over the origins. Their tests do not overlap, but what
    changes in a city for good is in several of them, so it is a little too small.
    """
    if not rolled.height:
        return pl.DataFrame(schema=SUMMARY)
    measured = pl.mean("hit", "pai", "pei", "kept")
    means = rolled.group_by("method", maintain_order=True).agg(pl.len().alias("origins"), measured)
    for measure, difference, error in ((PAI, "difference", "se"), (KEPT, "kept_difference", "kept_se")):
        found = _wide(rolled, [baseline, *means["method"]], measure)
        gain, doubt = (pl.Series(value).fill_nan(None) for value in _paired(found[:, 1:] - found[:, [0]]))
        means = means.with_columns(gain.alias(difference), doubt.alias(error))
    return means.select(list(SUMMARY)).cast(pl.Schema(SUMMARY))


def margin(se: float, origins: int) -> float:
    """Return how large a mean paired difference chance alone makes, by Student's t at 5 %; infinite for one origin.

    >>> round(margin(0.1, 13), 3), margin(0.1, 1)
    (0.218, inf)
    """
    return float(stats.t.isf(LEVEL / 2, origins - 1) * se) if origins > 1 else float("inf")


def _with_picked(rolled: pl.DataFrame, measure: str) -> pl.DataFrame:
    """Add at each origin, as `picked`, the row of the half-life that the origins before it would have picked."""
    picked = [
        rolled.filter(
            pl.col("origin") == origin,
            pl.col("method") == f"forecast {pick_half_life(rolled.filter(pl.col('origin') < origin), measure)}",
        )
        for origin in rolled["origin"].unique(maintain_order=True)
    ]
    return pl.concat([rolled, *picked]).with_columns(
        method=pl.when(pl.int_range(pl.len()) < rolled.height).then("method").otherwise(pl.lit(PICKED))
    )


def _wide(rolled: pl.DataFrame, methods: list[str], measure: str) -> Floats:
    """Return a measure of these methods, a column each; shape (origins, methods)."""
    of = {name: part[measure].to_numpy() for (name,), part in rolled.group_by("method", maintain_order=True)}
    return np.column_stack([of.get(method, np.zeros(0)) for method in methods])


def _paired(differences: Floats) -> tuple[Floats, Floats]:
    """Return mean and standard error of each column of paired differences; (origins, methods)."""
    origins = len(differences)
    spread = differences.std(axis=0, ddof=1) if origins > 1 else np.full(differences.shape[1], np.nan)
    return differences.mean(axis=0), spread / np.sqrt(origins)
