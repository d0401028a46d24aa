"""Who saw it: is a place's part of patrol finds smaller, or larger, than the city's for the same mix of categories?

    X of n incidents found by patrols ~ beta-binomial, mean n s, variance n s (1 - s) I,  I = D + t n
    expected patrol finds = sum over categories of n_category times the city's patrol share of the category

Indirect standardisation (Breslow and Day 1987, Statistical Methods in Cancer Research II, 2.3): a place of noise, which
residents report everywhere, is not called unpatrolled for that. D and t are those of `geo.stats.share`, from how each
place's own share moved between blocks of weeks. Places differ a little for a thousand reasons, so a share counts as
other than the city's only where its odds are, beyond chance, more than 1.5 times the expected or less than two thirds.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

import numpy as np
import polars as pl

from geo.grid.cells import cell_to_string
from geo.grid.cube import Cube, Slice
from geo.grid.windows import Window, spans_back
from geo.stats.multiplicity import LEVEL, adjust_judged
from geo.stats.results import Floats
from geo.stats.rings import disk_sum
from geo.stats.share import Blocks, Inflation, fit_inflation
from geo.stats.tails import beta_binomial_tail

RESIDENTS = ("resident",)
PATROLS = ("patrol", "inspection")
MARGIN = 1.5
"""By so much the odds of a patrol find must differ from the expected, beyond chance."""
LEAST_EXPECTED = 3.0
"""Finds of either kind expected, below which none at all is no surprise: a Poisson count of 3 is 0 one time in 20."""
_LEAST_OF_CATEGORY = 20  # incidents in the city, below which a category takes the share of all such together
_MOST_BLOCKS = 9

SIDES = ("residents", "patrols")
"""Of `seen_by`: residents see it and patrols do not; only patrols see it."""


class Tails(NamedTuple):
    """Chance of so few patrol finds, and of so many, although the odds differ by `MARGIN` from the expected."""

    few: Floats
    many: Floats


def both_kinds(chosen: Slice) -> Slice:
    """Return the filter narrowed to what residents or patrols saw; to those sources it names, if some are of each kind.

    >>> both_kinds(Slice(categories=("litter",))).sources
    ('resident', 'patrol', 'inspection')
    >>> [both_kinds(Slice(sources=named)).sources for named in (("patrol", "resident"), ("other",))]
    [('resident', 'patrol'), ('resident', 'patrol', 'inspection')]
    """
    sides = [tuple(source for source in side if source in chosen.sources) for side in (RESIDENTS, PATROLS)]
    residents, patrols = sides if all(sides) else (RESIDENTS, PATROLS)
    return replace(chosen, sources=(*residents, *patrols))


def patrols_of(chosen: Slice) -> tuple[str, ...]:
    """Return the sources of `both_kinds` that are patrols or inspections.

    >>> patrols_of(Slice()), patrols_of(Slice(sources=("resident", "patrol")))
    (('patrol', 'inspection'), ('patrol',))
    """
    return tuple(source for source in both_kinds(chosen).sources if source in PATROLS)


def patrol_shares(rows: pl.DataFrame) -> pl.DataFrame:
    """Return category and share: the part of its incidents that patrols and inspections found.

    `rows`: category, source and incidents of the whole city, without other sources.

    >>> seen = {"category": ["litter"] * 2 + ["noise"], "source": ["patrol", "resident", "resident"]}
    >>> patrol_shares(pl.DataFrame({**seen, "incidents": [30, 10, 40]})).sort("category").rows()
    [('litter', 0.75), ('noise', 0.0)]
    """
    found = pl.col("incidents").filter(pl.col("source").is_in(PATROLS)).sum().alias("found")
    counted = rows.group_by("category").agg(found, pl.col("incidents").sum()).sort("category")
    rare = pl.col("incidents") < _LEAST_OF_CATEGORY
    together = pl.col("found").filter(rare).sum() / pl.col("incidents").filter(rare).sum()
    own = pl.col("found") / pl.col("incidents")
    return counted.select("category", share=pl.when(rare).then(together).otherwise(own).fill_nan(0.0))


def count_seen(rows: pl.DataFrame, shares: pl.DataFrame, by: str) -> pl.DataFrame:
    """Return `by`, resident, patrol and expected, the patrol finds that the city's shares would give.

    >>> rows = pl.DataFrame({"at": [7, 7], "category": "litter", "source": ["resident", "patrol"], "incidents": [6, 2]})
    >>> count_seen(rows, pl.DataFrame({"category": ["litter"], "share": [0.5]}), "at").rows()
    [(7, 6, 2, 4.0)]
    """
    found = pl.col("source").is_in(PATROLS)
    incidents = pl.col("incidents").cast(pl.Int64)
    return (
        rows.join(shares, on="category", how="left")
        .group_by(by)
        .agg(
            resident=incidents.filter(~found).sum(),
            patrol=incidents.filter(found).sum(),
            expected=(incidents * pl.col("share")).sum(),
        )
        .sort(by)
    )


def tails(resident: Floats, patrol: Floats, expected: Floats, spread: Inflation, margin: float = MARGIN) -> Tails:
    """Return how likely so few and so many patrol finds are at the edge of what counts as the city's share.

    >>> few, many = tails(np.array([41.0]), np.array([1.0]), np.array([19.3]), Inflation(1.5, 0.0, 5))
    >>> few.round(5), many.round(2)
    (array([1.e-05]), array([1.]))
    """
    total = resident + patrol
    share = np.divide(expected, total, out=np.zeros(len(total)), where=total > 0)
    wide = spread.of(total)
    lower = share / np.maximum(share + margin * (1.0 - share), 1e-12)
    upper = margin * share / np.maximum(margin * share + 1.0 - share, 1e-12)
    return Tails(
        few=beta_binomial_tail(resident, total, 1.0 - lower, wide),
        many=beta_binomial_tail(patrol, total, upper, wide),
    )


def blocks_of(cube: Cube, span: Window) -> tuple[Window, ...]:
    """Return blocks of the window's length up to its end; of up to four weeks where the records hold fewer than three.

    >>> from datetime import date
    >>> from geo.grid.example import small_cube
    >>> [block.days for block in blocks_of(small_cube(), Window(date(2026, 3, 3), date(2026, 3, 9)))]
    [7]
    """
    first = cube.first_day or span.first
    known = (span.last - first).days + 1
    size = span.days if known >= 3 * span.days else 7 * max(1, min(4, known // 21))
    return spans_back(span.last, max(1, min(_MOST_BLOCKS, known // size)), size)


def fit_disks(cube: Cube, span: Window, chosen: Slice) -> Inflation:
    """Return the inflation of patrol shares of disks, fitted on the blocks that end with the window."""
    blocks = blocks_of(cube, span)
    both = both_kinds(chosen)
    days = Window(blocks[0].first, span.last)
    everything = cube.cut(cube.rows(days, both), blocks)
    found = cube.cut(cube.rows(days, replace(both, sources=patrols_of(both))), blocks)
    share = float(found.sum() / max(everything.sum(), 1.0))
    return fit_inflation(Blocks(found, everything) if len(blocks) > 1 else None, share, cube.neighbours)


def fit_areas(cube: Cube, kind: str, span: Window, chosen: Slice, usual: Inflation) -> Inflation:
    """Return the inflation of the areas of a kind, and `usual`, that of disks, where they are too few to learn from."""
    blocks = blocks_of(cube, span)
    size, last = blocks[-1].days, span.last
    back = (pl.lit(last) - pl.col("day")).dt.total_days() // size
    rows = (
        cube.areas.filter((pl.col("kind") == kind) & both_kinds(chosen).condition)
        .filter(pl.col("day").is_between(last - timedelta(days=size * len(blocks) - 1), last))
        .with_columns(block=back, at=pl.col("area_id").rank("dense").cast(pl.Int64) - 1)
    )
    if len(blocks) < 2 or not rows.height:
        return usual
    shape = int(rows["at"].max()) + 1, len(blocks)  # type: ignore[arg-type]
    flat = rows["at"].to_numpy() * len(blocks) + rows["block"].to_numpy()
    counts = rows["incidents"].to_numpy()
    found = np.where(rows["source"].is_in(PATROLS).to_numpy(), counts, 0)
    seen, every = (
        np.bincount(flat, part, shape[0] * shape[1]).astype(float).reshape(shape) for part in (found, counts)
    )
    fitted = fit_inflation(Blocks(seen, every), float(seen.sum() / max(every.sum(), 1.0)))
    return fitted if fitted.blocks else usual


def seen_by(cube: Cube, span: Window, chosen: Slice, margin: float = MARGIN) -> pl.DataFrame:
    """Return who saw what every cell of the universe and its ring hold, beside chance; one row per cell.

    Columns: cell (H3), lat, lon, incidents, resident, patrol, expected, share and city_share of patrol finds, p_value,
    q_value (both null where fewer than `LEAST_EXPECTED` finds of a kind are expected) and side: one of `SIDES`, or "".
    All counts are of the cell with its ring. p is two-sided, that of `tails`: of so few, or so many, although the odds
    differ by the margin from the expected; q is corrected over all cells judged.
    """
    rows = cube.rows(span, both_kinds(chosen))
    counted = count_seen(rows.with_columns(pl.col("position").cast(pl.Int64)), patrol_shares(rows), "position")
    own = np.zeros((len(cube.cells), 3))
    own[counted["position"].to_numpy()] = counted.select("resident", "patrol", "expected").to_numpy()
    resident, patrol, expected = disk_sum(own, cube.neighbours).T.copy()
    few, many = tails(resident, patrol, expected, fit_disks(cube, span, chosen), margin)
    total = resident + patrol
    judged = (expected >= LEAST_EXPECTED) & (total - expected >= LEAST_EXPECTED)
    p = np.where(judged, np.minimum(2 * np.minimum(few, many), 1.0), np.nan)
    q = adjust_judged(p)
    side = np.where(judged & (q <= LEVEL), np.where(few < many, *SIDES), "")
    held = np.where(total > 0, total, np.nan)
    return pl.DataFrame(
        {
            "cell": cell_to_string(cube.cells),
            "lat": cube.universe["lat"].round(7),
            "lon": cube.universe["lon"].round(7),
            "incidents": total.astype(np.int64),
            "resident": resident.astype(np.int64),
            "patrol": patrol.astype(np.int64),
            "expected": expected.round(4),
            "share": (patrol / held).round(4),
            "city_share": (expected / held).round(4),
            "p_value": p,
            "q_value": q,
            "side": side,
        }
    ).with_columns(pl.col("share", "city_share", "p_value", "q_value").fill_nan(None))


def judge_areas(cube: Cube, areas: pl.DataFrame, span: Window, chosen: Slice, margin: float = MARGIN) -> pl.DataFrame:
    """Return `areas` (area_id, kind) with resident, patrol, expected, p_value, q_value and blind, kind after kind.

    `expected`: patrol finds at the shares of all areas of the kind, category by category. An estate is compared with
    estates: residents' reports are pinned to its middle, which patrols' never are, so that beside the city every estate
    would look unpatrolled (the demo city's 210: 174 finds where the city's share is 451). `at_city`: at the city's.
    `p_value`: of so few patrol finds if their odds were the expected divided by `margin`; null where fewer than
    `LEAST_EXPECTED` are expected: none at all would be no surprise there. `q_value`: Benjamini-Hochberg over the areas
    of a kind. `blind`: beyond chance.
    """
    both = both_kinds(chosen)
    shares = patrol_shares(cube.rows(span, both))
    inside = cube.areas.filter(pl.col("day").is_between(span.first, span.last) & both.condition)
    at_city = count_seen(inside, shares, "area_id").select("area_id", at_city="expected")
    by_kind = [count_seen(own, patrol_shares(own), "area_id") for own in inside.partition_by("kind")]
    seen = pl.concat(by_kind) if by_kind else count_seen(inside, shares, "area_id")
    counted = (
        areas.join(seen, on="area_id", how="left")
        .join(at_city, on="area_id", how="left")
        .with_columns(pl.col("resident", "patrol", "expected", "at_city").fill_null(0))
    )
    disks = fit_disks(cube, span, chosen)
    return pl.concat(
        _judge(part, fit_areas(cube, str(part["kind"][0]), span, chosen, disks), margin)
        for part in counted.partition_by("kind", maintain_order=True)
    )


def _judge(part: pl.DataFrame, spread: Inflation, margin: float) -> pl.DataFrame:
    resident, patrol, expected = (part[name].to_numpy().astype(float) for name in ("resident", "patrol", "expected"))
    judged = expected >= LEAST_EXPECTED
    p = np.where(judged, tails(resident, patrol, expected, spread, margin).few, np.nan)
    q = adjust_judged(p)
    return part.with_columns(
        p_value=pl.Series(p).fill_nan(None), q_value=pl.Series(q).fill_nan(None), blind=pl.Series(q <= LEVEL)
    )
