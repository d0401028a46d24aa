"""How much more often problems start after closings than by the background, of a category, a unit, a street."""

from __future__ import annotations

from typing import Any

import polars as pl

from geo.stats.background import Rate, chance_of_total, ratio_of
from geo.stats.multiplicity import adjust

LEAST_CLOSURES = 10
"""Of a group: a ratio of fewer says nothing."""
LEAST_RETURNS = 5.0
"""Returns of a group, seen or expected: three returns where .2 are expected head a list of sixty units by chance."""


def group_ratios(places: pl.DataFrame, by: str) -> pl.DataFrame:
    """Return how much more often problems start after closings than by the background, by the groups of column `by`.

    `places`: those of `relapse.rank_places`; the ones whose records are too short to be judged have no part in it.

    Columns: `by`, places, closures, relapses, expected, ratio, ratio_low, ratio_high (90 %), q_value; the group whose
    ratio is surest to be high first. 1: its places are only busy. `background.ratio_of`, with the backgrounds of the
    categories taken as known. Groups with fewer than LEAST_CLOSURES are left out, and those with fewer than
    LEAST_RETURNS, seen or expected.

    Of sixty units three have an interval above 1 by chance, and they are the head of the list. q_value is
    Benjamini-Hochberg's over the groups of `background.chance_of_total`, that of so many returns or more where closing
    makes no difference: what is small in it stands out after all groups were looked at.

    The ratio is of all places of a group together: where one place in ten relapses every second time it is 1.3 or so,
    not 10, as METHODS says. It compares groups; it does not say how bad the worst place is.
    """
    rows = []
    known = places.drop_nulls([by, "shape"])
    enough = known.filter(pl.col("closures").sum().over(by) >= LEAST_CLOSURES)
    for (name,), part in enough.partition_by(by, as_dict=True, maintain_order=True).items():
        own = Rate(part["shape"].to_numpy(), part["rate"].to_numpy())
        returned, win = part["relapses"].cast(pl.Float64).to_numpy(), part["win"].to_numpy()
        ratio, low, high = ratio_of(returned, win, own)
        relapses = int(part["relapses"].sum())
        expected = relapses / ratio if ratio > 0 else float((own.mean * win).sum())
        chance = chance_of_total(returned, win, own)
        rows.append((name, part.height, int(part["closures"].sum()), relapses, expected, ratio, low, high, chance))
    whole, parts = ("places", "closures", "relapses"), ("expected", "ratio", "ratio_low", "ratio_high", "q_value")
    columns: dict[str, Any] = {by: pl.String} | dict.fromkeys(whole, pl.Int64) | dict.fromkeys(parts, pl.Float64)
    groups = pl.DataFrame(rows, schema=columns, orient="row")
    groups = groups.filter(pl.max_horizontal("relapses", "expected") >= LEAST_RETURNS)
    return groups.with_columns(
        pl.col("ratio").fill_nan(None), q_value=pl.Series(adjust(groups["q_value"].to_numpy()))
    ).sort(["ratio_low", "relapses", by], descending=[True, True, False])
