"""How far merging agrees with a city that marks duplicates itself, and why where it does not.

A city's mark is no truth: clerks mark some duplicates and pass over others. But where merged reports bear it more often
than others do, merging finds what the clerks find.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
import shapely

from geo.grid.metres import middle_of, to_metres
from geo.intake.radii import Rule, radius_of
from geo.tables import REPORT_KEY

FARTHER_M = 150.0  # how far around a row is looked for what it may repeat

REASONS = (
    "At a pile: the position says nothing",
    "In the middle of an estate, of another address",
    "The report of its category there came too long before",
    "The report of its category there was closed by then",
    "Near a duplicate, too far from the first report",
    "A report of its category was open farther off, within 150 m",
    "Only reports of other categories were open there",
    "Nothing was open there: the first report is not in the files, or lies elsewhere",
)
"""Why a report that the city marks stands alone; the first that holds."""
AT_A_PILE, OTHER_ADDRESS, TOO_LONG_AGO, CLOSED, NEAR_A_DUPLICATE, FARTHER, OTHER_CATEGORY, NOTHING = REASONS


@dataclass(frozen=True)
class Agreement:
    """Counts of reports. `labelled`: the city calls them duplicates."""

    reports: int
    labelled: int
    together: int  # labelled, and put together with another report
    merged: int  # duplicates: every report of an incident but the first
    merged_labelled: int
    reasons: dict[str, int]  # why the other labelled ones stand alone, in the order of REASONS

    @property
    def share_of_merged(self) -> float:
        """The share of the merged reports that the city labels."""
        return self.merged_labelled / self.merged if self.merged else 0.0

    @property
    def share_of_all(self) -> float:
        """The share that it would be if merging took reports at random."""
        return self.labelled / self.reports if self.reports else 0.0


def agreement(merged: pl.DataFrame, rule: Rule) -> Agreement | None:
    """Compare the incidents with `labelled_duplicate`; None where no report is labelled.

    `merged` is `tables.REPORTS` after `merge_duplicates` by `rule`.

    >>> from datetime import UTC, datetime
    >>> rows = {"system": "hotline", "report_id": ["1", "2", "3"], "reported_at": datetime(2026, 3, 1, tzinfo=UTC),
    ...         "closed_at": None, "category": "litter", "lat": [30.66, 30.66, 30.67], "lon": 104.06, "pile": False,
    ...         "labelled_duplicate": [False, True, True], "incident_id": ["hotline/1", "hotline/1", "hotline/3"]}
    >>> found = agreement(pl.DataFrame(rows), Rule())
    >>> found.labelled, found.together, found.merged, found.merged_labelled
    (2, 1, 1, 1)
    >>> found.reasons == {NOTHING: 1}
    True
    """
    labelled = int(merged["labelled_duplicate"].sum())
    if not labelled:
        return None
    rows = merged.select(
        "category",
        "lat",
        "lon",
        "pile",
        "labelled_duplicate",
        opened="reported_at",
        closed=pl.col("closed_at").cast(merged.schema["reported_at"]),
        first=pl.col("incident_id") == REPORT_KEY,
        alone=pl.len().over("incident_id") == 1,
    ).with_row_index("row")
    alone = rows.filter("labelled_duplicate", "alone")
    counted = dict(_reasons(rows, alone, rule)["reason"].value_counts().iter_rows())
    return Agreement(
        reports=merged.height,
        labelled=labelled,
        together=labelled - alone.height,
        merged=int((~rows["first"]).sum()),
        merged_labelled=rows.filter(~pl.col("first"), "labelled_duplicate").height,
        reasons={reason: counted[reason] for reason in REASONS if reason in counted},
    )


def _reasons(rows: pl.DataFrame, alone: pl.DataFrame, rule: Rule) -> pl.DataFrame:
    """Return `row` and `reason`, one row per report of `alone`."""
    radii = [(one, radius_of(one, rule.metres)) for one in alone["category"].unique()]
    known = pl.DataFrame(radii, schema={"category": pl.String, "radius": pl.Float64}, orient="row")
    there = rows.filter(~pl.col("pile"))
    asked = alone.filter(~pl.col("pile")).join(known, on="category")
    middle = middle_of(shapely.points(rows["lon"], rows["lat"]))
    points = to_metres(shapely.points(there["lon"], there["lat"]), middle)
    around = to_metres(shapely.points(asked["lon"], asked["lat"]), middle)
    reach = np.maximum(asked["radius"].to_numpy(), FARTHER_M)
    one, other = shapely.STRtree(points).query(around, predicate="dwithin", distance=reach)
    pairs = pl.concat(
        [
            asked[one].select("row", "opened", "category", "radius"),
            there[other].select(pl.all().name.suffix("_other")),
            pl.DataFrame({"apart": shapely.distance(around[one], points[other])}),
        ],
        how="horizontal",
    ).filter(pl.col("row") != pl.col("row_other"), pl.col("opened_other") <= pl.col("opened"))
    near, same = pl.col("apart") <= pl.col("radius"), pl.col("category") == pl.col("category_other")
    closed = (pl.col("closed_other") < pl.col("opened")).fill_null(False)
    longest = pl.when(pl.col("closed_other").is_null()).then(rule.hours / 24).otherwise(rule.days) * 86_400_000_000
    late = (pl.col("opened") - pl.col("opened_other")).dt.total_microseconds() > longest
    still = ~closed & ~late
    like = near & same & pl.col("first_other")
    found = pairs.group_by("row").agg(
        address=(like & still).any(),
        late=(like & late & ~closed).any(),
        closed=(like & closed).any(),
        duplicate=(near & same & still & ~pl.col("first_other")).any(),
        farther=(~near & same & still).any(),
        other=(near & ~same & still).any(),
    )
    flags = (pl.col(name) for name in ("pile", "address", "late", "closed", "duplicate", "farther", "other"))
    reason = pl.coalesce(
        *(pl.when(flag).then(pl.lit(text)) for flag, text in zip(flags, REASONS, strict=False)), pl.lit(NOTHING)
    )
    return alone.select("row", "pile").join(found, on="row", how="left").select("row", reason=reason)
