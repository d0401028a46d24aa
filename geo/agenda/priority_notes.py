"""What to keep in mind when reading which areas come first."""

from __future__ import annotations

from datetime import date, timedelta

import geopandas as gpd
import polars as pl

from geo.grid.overlay import overlaps
from geo.grid.windows import Window
from geo.planning.area_counts import MOST_WEEKS
from geo.planning.concentration import share_holding
from geo.planning.ranking import Ranking
from geo.stats import scope
from geo.stats.caveats import changes_over
from geo.stats.exposure import measure_words
from geo.stats.question import Question
from geo.stats.sources import began
from geo.study import Study
from geo.words import Note, note, numbers

_MORE_NOISE = 1.1
"""Dispersion from which on it is worth saying that counts vary more than chance alone would make them."""

_DRIFT = 1.5
"""How many times as unsure as noise makes a forecast past ones were, from which on it is worth saying."""


def left_out(asked: Question, last: date) -> list[Note]:
    """Return what of the question was not followed, and why."""
    said = scope.as_of_notes(asked.until, last)
    if asked.statuses:
        said.append(note("Status is not asked for here: what is open today says nothing of what was open then."))
    return said


def keep_in_mind(study: Study, ranking: Ranking, curve: pl.DataFrame) -> tuple[Note, ...]:
    """Return what to keep in mind whatever the weights."""
    kind = str(ranking.areas["kind"].iloc[0])
    if ranking.by_exposure:
        measure = measure_words(study.material.layers.measures.get(kind, "exposure"))
        compared = note("What an area would hold were it like its kind goes by its {measure}.", measure=measure)
    else:
        compared = note(
            "Not every area of this kind says how much it holds (households, people, metres of street), so each is "
            "expected to hold the same: large ones come first because they are large."
        )
    said = [
        compared,
        note("Counts of {half_life} weeks ago weigh half.", half_life=f"{ranking.half_life:g}"),
        note("Movement is that of the rank by incidents beyond expectation, whatever the weights.")
        if ranking.earlier
        else note("The records are too short to say how ranks moved in 4 weeks."),
        *ranking.unlisted,
    ]
    if not ranking.forecast.any():
        said.append(note("Nothing that is counted here was reported, so no area comes before another by it."))
    if (ranking.listed != "").any():
        said.append(
            note(
                "Boards allow for a quarter more or less; where the {measure} of areas are off by 30 %, that error "
                "alone gets areas listed.",
                measure=measure_words(study.material.layers.measures.get(kind, "exposure")),
            )
        )
    if ranking.unseen.any():
        names = ranking.areas["name"][ranking.unseen]
        said.append(
            note(
                "Few reports, but patrols found little there beside their kind, so not on the red board: {areas}.",
                areas=", ".join(names),
            )
        )
    if ranking.dispersion >= _MORE_NOISE:
        said.append(
            note(
                "Counts vary here {times} times as much as chance alone would make them; intervals, tiers and boards "
                "allow for it.",
                times=numbers.ratio(ranking.dispersion),
            )
        )
    if ranking.doubt >= _DRIFT * ranking.dispersion:
        said.append(
            note(
                "Single areas change from month to month, so old counts say less than their number; ranks allow for it."
            )
        )
    pairs = overlaps(ranking.areas).height
    if pairs:
        said.append(
            note(
                "Areas of this kind overlap in {pairs} places: an incident in two of them counts for both here. A "
                "choice counts it once.",
                pairs=f"{pairs:,}",
            )
        )
    if curve.height:
        said.append(
            note(
                "80 % of the incidents in areas of this kind lie in {share} % of the areas; spread evenly, chance "
                "would make it {even} %.",
                share=f"{100 * share_holding(curve):.0f}",
                even=f"{100 * share_holding(curve, 'share_even'):.0f}",
            )
        )
    return tuple(said)


def of_tiers(whole: gpd.GeoDataFrame, top: int) -> list[Note]:
    """Return what to say where ranks can hardly be told apart."""
    if (whole["tier"] != "C").any():
        return []
    return [note("No area is surely one of the first {top}: read the ranks with their intervals.", top=top)]


def what_joined(study: Study, question: Question, ranking: Ranking, lang: str = "en") -> list[Note]:
    """Return what to say of sources, categories and areas that were not there in all of the weeks looked at.

    Forecasts take a silent week for one without an incident; of what joined late they foretell too little.
    """
    cube, last, weeks = study.cube, ranking.span.last, ranking.counts.shape[1]
    start = last - timedelta(days=7 * weeks - 1)
    said = []
    if weeks < min(MOST_WEEKS, cube.weeks_before(last + timedelta(days=1))):
        said.append(
            note(
                "Weeks count from {day} on: before it next to nothing of what is counted here was reported, as if it "
                "had not been there yet.",
                day=numbers.day(start, lang),
            )
        )
        start += timedelta(days=7)  # who began in its first week does not come late
    before = Window(start, ranking.span.first - timedelta(days=1))
    spans = [before, ranking.span] if before.first <= before.last else [ranking.span]
    said += changes_over(cube, spans, question.chosen, lang)[1]
    late = ranking.areas["name"][[began(weekly) > 0 for weekly in ranking.counts]].tolist()
    if late:
        said.append(
            note(
                "No reports for weeks, then many, so the forecast is too low if their records began only then: "
                "{areas}.",
                areas=", ".join(late),
            )
        )
    return said
