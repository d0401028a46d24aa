"""What first: the areas of a city, each kind ranked on its own, with everything that is known of them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import polars as pl
from numpy.typing import NDArray

from geo import tables
from geo.agenda import priority_notes
from geo.agenda.backtest import best_half_life
from geo.agenda.facts import facts_of
from geo.planning.boards import BLACK, RED
from geo.planning.concentration import concentration, share_holding
from geo.planning.priority import LEAST_AREAS, USUAL, Ranking, Weights, learn
from geo.recurring.listed import Listed
from geo.stats import scope
from geo.stats.question import Question
from geo.study import Study
from geo.words import Note

CHILDREN: dict[str, Any] = {
    "parent_id": pl.String,
    "kind": pl.String,  # of the parent
    "name": pl.String,
    "areas": pl.Int64,  # of the kind that is ranked, within it
    "A": pl.Int64,
    "B": pl.Int64,
    "C": pl.Int64,
    "incidents": pl.Int64,
    "forecast": pl.Float64,
    "expected": pl.Float64,
    "excess": pl.Float64,
}
"""What the areas that are ranked come to in the larger ones they belong to, at every level above them."""


@dataclass(frozen=True)
class Priorities(Listed):
    """`table`: `tables.PRIORITIES` and polygons, what is to be put right first on top."""

    question: Question  # its categories as codes, its last day known, no status
    kind: str
    weights: Weights
    half_life: float  # weeks
    top: int  # areas that `p_top` and the tiers speak of
    concentration: pl.DataFrame  # `planning.concentration.concentration` of the window, over all areas of the kind
    children: pl.DataFrame  # CHILDREN, of all areas of the kind
    ranking: Ranking = field(repr=False)
    lineage: pl.DataFrame = field(repr=False)
    shown: frozenset[str] | None = field(repr=False)  # ids of the areas asked for; None for all
    lasting: tuple[Note, ...] = field(repr=False)  # notes that no weight changes

    @property
    def draws(self) -> NDArray[np.float32]:
        """Draws of the incidents expected in the next 4 weeks, (rows of `table`, draws)."""
        place = {area: at for at, area in enumerate(self.ranking.areas["area_id"])}
        return self.ranking.draws[[place[area] for area in self.table["area_id"]]]


def kinds_of(study: Study) -> tuple[str, ...]:
    """Return the kinds that can be ranked, those with 3 areas or more: known kinds in order, then the user's own."""
    found = study.areas["kind"].value_counts()
    enough = {str(kind) for kind, number in found.items() if number >= LEAST_AREAS}
    return (*(kind for kind in tables.KINDS if kind in enough), *sorted(enough - set(tables.KINDS)))


def rank(
    study: Study,
    question: Question,
    *,
    kind: str = "community",
    half_life: float | Literal["auto"] = "auto",
    weights: Weights = USUAL,
    top: int | None = None,
    lang: str = "en",
) -> Priorities:
    """Return the areas of `kind` by what the next 4 weeks hold beyond expectation, each with its parts and its doubt.

    The question's last day is the day everything is known up to; its window is that of `incidents`, `relapses`, hot
    cells and boards, while a forecast stands on two years. Categories, sources and units narrow what is counted; areas
    narrow the rows to these and those within them, not the ranking. Hot cells are those of the question's own lens. Its
    status is left out: it is that of today, and forecasts learn from past weeks. A last day after the last report is
    taken for the day of that report. `half_life` in weeks, or "auto": what served best on past days
    (`backtest.best_half_life`). `top`: how many areas tiers and `p_top` speak of; a fifth, at most 20, unless given.
    An area that patrols find far less in than in its kind (`find_blind_spots`) is not on the red board.

    Raises RefusedQuestion for fewer than 3 areas of the kind or too short a record, NoReports for an empty study.
    """
    asked, last = study.with_codes(question), study.cube.last_day
    question = replace(asked, until=min(asked.until or last, last) if last else None, statuses=())
    span = scope.resolve_window(study.cube, question.window, question.until, "city")
    question = replace(question, until=span.last)
    weeks = best_half_life(study, question, kind=kind) if isinstance(half_life, str) else half_life
    ranking = learn(study.cube, study.areas, kind=kind, span=span, half_life=weeks, chosen=question.chosen, top=top)
    facts, missing = facts_of(study, question, span, kind, ranking.areas["area_id"].to_list())
    ranking = replace(ranking, facts=facts)
    curve = concentration(
        ranking.incidents,
        exposure=ranking.areas["exposure"].to_numpy() if ranking.by_exposure else None,
        dispersion=ranking.dispersion,
    )
    found = Priorities(
        table=study.areas.head(0),
        window=span,
        notes=(),
        summary={},
        question=question,
        kind=kind,
        weights=weights,
        half_life=weeks,
        top=ranking.top,
        concentration=curve,
        children=tables.empty(CHILDREN),
        ranking=ranking,
        lineage=lineage(study.areas, kind),
        shown=_shown(study.areas, ranking.areas, question.areas),
        lasting=(
            *priority_notes.left_out(asked, span.last),
            *priority_notes.keep_in_mind(study, ranking, curve),
            *priority_notes.what_joined(study, question, ranking, lang),
            *missing,
            *scope.edge_notes(study.cube, span),
        ),
    )
    return reweigh(found, weights, lang)


def reweigh(found: Priorities, weights: Weights, lang: str = "en") -> Priorities:
    """Return the list under other weights, as `rank` would have, without another look at the study."""
    whole = found.ranking.weigh(weights, lang)
    table = whole if found.shown is None else whole[whole["area_id"].isin(found.shown)].reset_index(drop=True)
    return replace(
        found,
        table=table,
        weights=weights,
        notes=(*priority_notes.of_tiers(whole, found.top), *found.lasting),
        summary=_summary(found, table, whole),
        children=_children(whole, found.lineage),
    )


def lineage(areas: gpd.GeoDataFrame, kind: str) -> pl.DataFrame:
    """Return every area of `kind` with each area above it: area_id, parent_id, kind and name of the parent.

    District above street office above community above estate, as far as the files name parents.
    """
    known = pl.from_pandas(areas[["area_id", "kind", "name", "parent_id"]].astype({"parent_id": object}))
    known = known.with_columns(pl.col("parent_id").cast(pl.String).replace("", None))
    above = known.select(parent_id="area_id", kind="kind", name="name", next="parent_id")
    step = known.filter(pl.col("kind") == kind).select("area_id", "parent_id").drop_nulls()
    found = [above.clear().select(pl.lit("").alias("area_id"), "parent_id", "kind", "name")]
    for _ in range(len(tables.KINDS)):  # a file may name two areas as each other's parents
        step = step.join(above, on="parent_id")
        found.append(step.select("area_id", "parent_id", "kind", "name"))
        step = step.select("area_id", parent_id="next").drop_nulls()
    return pl.concat(found).unique(["area_id", "parent_id"], maintain_order=True)


def _shown(areas: gpd.GeoDataFrame, own: gpd.GeoDataFrame, asked: tuple[str, ...]) -> frozenset[str] | None:
    """Return the areas asked for and those whose middle lies in one of them; None where none is asked for."""
    if not asked:
        return None
    chosen = areas[areas["area_id"].isin(list(asked))].geometry.union_all()
    within = own["area_id"].isin(list(asked)) | own.geometry.representative_point().within(chosen)
    return frozenset(own.loc[within, "area_id"])


def _children(whole: gpd.GeoDataFrame, above: pl.DataFrame) -> pl.DataFrame:
    """Return CHILDREN, the larger kinds first, most beyond expectation on top."""
    sums = ("incidents", "forecast", "expected", "excess")
    ranked = pl.from_pandas(whole[["area_id", "tier", *sums]])
    level = {kind: at for at, kind in enumerate(tables.KINDS)}
    return (
        above.join(ranked, on="area_id")
        .group_by("parent_id", "kind", "name")
        .agg(
            pl.len().alias("areas"), *((pl.col("tier") == t).sum().alias(t) for t in "ABC"), pl.col(sums).sum().round(4)
        )
        .with_columns(level=pl.col("kind").replace_strict(level, default=len(level), return_dtype=pl.Int64))
        .sort("level", "excess", "parent_id", descending=[False, True, False])
        .select(list(CHILDREN))
        .cast(pl.Schema(CHILDREN))
    )


def _summary(found: Priorities, table: gpd.GeoDataFrame, whole: gpd.GeoDataFrame) -> dict[str, Any]:
    return {
        "kind": found.kind,
        "areas": len(whole),
        "shown": len(table),
        "top": found.top,
        **{f"tier_{tier.lower()}": int((table["tier"] == tier).sum()) for tier in "ABC"},
        **{board: int((table["board"] == board).sum()) for board in (BLACK, RED)},
        "thin": int((~table["enough"]).sum()),
        "incidents": int(table["incidents"].sum()),
        "without_incident": int((table["incidents"] == 0).sum()),
        "forecast": float(table["forecast"].sum()),
        "relapses": int(table["relapses"].sum()),
        "overdue": int(table["overdue"].sum()),
        "by_exposure": found.ranking.by_exposure,
        "dispersion": found.ranking.dispersion,
        "doubt": found.ranking.doubt,
        "half_life": found.half_life,
        "share_80": share_holding(found.concentration),
        "share_80_even": share_holding(found.concentration, "share_even"),
        "window_start": found.window.first,
        "window_end": found.window.last,
    }
