"""Which areas to put right first: a ranking by what the next four weeks will hold beyond expectation.

METHODS 5. Forecasts are shrunken counts (`geo.planning.forecast`); ranks carry their doubt (`geo.planning.ranks`).
"""

from __future__ import annotations

from datetime import date

import geopandas as gpd
import numpy as np

from geo.errors import NoReports, RefusedQuestion
from geo.grid.cube import EVERYTHING, Cube, Slice
from geo.grid.windows import Window, window_back
from geo.planning.area_counts import (
    LEAST_WEEKS,
    area_neighbours,
    areas_of,
    count_weeks,
    count_window,
    exposure_of,
    known_part,
    share_expected,
    weeks_known,
)
from geo.planning.boards import RED, boards
from geo.planning.forecast import (
    FORECAST_WEEKS,
    HALF_LIFE,
    Floats,
    Rates,
    city_shock,
    dispersion_of,
    doubt_of,
    forecast_rates,
)
from geo.planning.ranking import USUAL, Facts, Ranking, Weights
from geo.planning.ranks import DRAWS, first_fifth
from geo.words import Note, note

__all__ = ["FORECAST_WEEKS", "LEAST_AREAS", "USUAL", "Facts", "Ranking", "Weights", "learn", "rank_areas"]

LEAST_AREAS = 3
"""Areas without which there is nothing to rank."""
LEAST_TRIED = 16
"""Weeks of records without which nobody is put on a public list: of noise there is next to no measure."""
WINDOW = "13w"
SEED = 20261115


def rank_areas(
    cube: Cube,
    areas: gpd.GeoDataFrame,
    *,
    kind: str = "community",
    until: date | None = None,
    half_life: float = HALF_LIFE,
    weights: Weights = USUAL,
    draws: int = DRAWS,
    seed: int = SEED,
    lang: str = "en",
) -> gpd.GeoDataFrame:
    """Return the areas of one kind, what is to be put right first on top: `tables.PRIORITIES` and polygons.

    METHODS 5; `Ranking.weigh` and `geo.planning.forecast.forecast_rates` have the formulas. Without a study nothing is
    known of relapses, deadlines and hot cells: those parts are 0, and `geo.agenda.priorities.rank` fills them in. Nor
    is it known where patrols stopped, which takes areas off the red board there.

    Parameters
    ----------
    cube
        Counts by area, of `geo.build_cube` over assigned reports.
    areas
        `geo.read_areas`: every kind, so that parents can be named.
    until
        Last local day that is known; the last day with a report unless given, and where it lies after that one.
    half_life
        Weeks after which a count weighs half.
    weights
        What each part adds to the score; the expected excess alone unless given.

    Raises RefusedQuestion for fewer than 3 areas of the kind or 8 weeks of records, NoReports for an empty cube.

    >>> from geo.planning.example import small_town
    >>> ranked = rank_areas(*small_town())
    >>> ranked[["name", "incidents", "rank", "rank_low", "rank_high", "tier"]].values.tolist()
    [['North', 65, 1, 1, 1, 'A'], ['East', 13, 2, 2, 3, 'C'], ['West', 13, 3, 2, 3, 'C']]
    """
    if cube.last_day is None:
        raise NoReports("There is no report in the study area. Check the coordinate system and the boundary.")
    span = window_back(WINDOW, min(until or cube.last_day, cube.last_day))
    return learn(cube, areas, kind=kind, span=span, half_life=half_life, draws=draws, seed=seed).weigh(weights, lang)


def learn(
    cube: Cube,
    areas: gpd.GeoDataFrame,
    *,
    kind: str,
    span: Window,
    half_life: float = HALF_LIFE,
    chosen: Slice = EVERYTHING,
    top: int | None = None,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Ranking:
    """Return all that a ranking needs besides its weights; forecasts are of the weeks after `span`.

    `span` is cut to the records: days after the last report are no weeks without one. `top`: how many areas a list
    begins with; a fifth of them, at most 20, unless given. Raises like `rank_areas`.
    """
    if not half_life > 0:
        raise RefusedQuestion("A half-life is a number of weeks above 0, not {weeks}.", weeks=half_life)
    if top is not None and top < 1:
        raise RefusedQuestion("A list begins with 1 area or more, not {top}.", top=top)
    own = areas_of(areas, kind)
    if len(own) < LEAST_AREAS:
        raise RefusedQuestion(
            'Of the kind "{kind}" there are {areas} areas; a ranking needs {least}.',
            kind=kind,
            areas=len(own),
            least=LEAST_AREAS,
        )
    span = known_part(cube, span)
    weeks = weeks_known(cube, span.last, chosen)
    if weeks < LEAST_WEEKS:
        raise RefusedQuestion(
            "A ranking needs {least} weeks of records; up to {until} there are {weeks}.",
            least=LEAST_WEEKS,
            until=span.last,
            weeks=max(weeks, 0),
        )
    ids, exposure = own["area_id"].to_list(), exposure_of(own)
    counts = count_weeks(cube, ids, span.last, weeks, chosen)
    incidents = count_window(cube, ids, span, chosen)
    noise = dispersion_of(counts, half_life=half_life)
    doubt = doubt_of(counts, half_life=half_life, dispersion=noise)
    beside = area_neighbours(own)
    share = share_expected(exposure, len(own))

    def told(weeks: Floats) -> Rates:
        return forecast_rates(weeks, half_life=half_life, neighbours=beside, exposure=exposure, dispersion=doubt)

    rates, earlier = told(counts), None
    if weeks >= LEAST_WEEKS + FORECAST_WEEKS:
        then = FORECAST_WEEKS * told(counts[:, :-FORECAST_WEEKS]).mean
        earlier = then, then.sum() * share
    drawn = rates.draws(draws, np.random.default_rng(seed))
    drawn *= np.float32(FORECAST_WEEKS)
    expected = FORECAST_WEEKS * rates.mean.sum() * share
    reported = np.flatnonzero(counts.sum(0))
    unlisted = _why_unlisted(exposure is not None, weeks - int(reported[0]) if len(reported) else weeks)
    board = np.full(len(own), "", "<U5") if unlisted else boards(incidents, incidents.sum() * share, dispersion=doubt)
    better = FORECAST_WEEKS * rates.mean < expected
    return Ranking(
        areas=own,
        names=dict(zip(areas["area_id"], areas["name"], strict=True)),
        span=span,
        half_life=half_life,
        top=min(top or first_fifth(len(own)), len(own)),
        rates=rates,
        draws=drawn,
        bounds=rates.interval(dispersion=noise, shock=city_shock(counts, half_life=half_life, dispersion=noise)),
        expected=expected,
        counts=counts,
        incidents=incidents,
        earlier=earlier,
        board=np.where(better == (board == RED), board, ""),  # nobody is listed against the forecast
        unlisted=unlisted,
        dispersion=noise,
        doubt=doubt,
        by_exposure=exposure is not None,
        facts=Facts.none(len(own)),
    )


def _why_unlisted(by_exposure: bool, weeks: int) -> tuple[Note, ...]:
    """Return why there is no red and black list, if there is none; `weeks`: since the first report of what is counted.

    In a long record the first report of a category may be of last week: then nothing was foretold either.
    """
    said = []
    if not by_exposure:
        said.append(
            note(
                "There is no red and black list: without households or the like for every area it would be one of "
                "large and of small areas."
            )
        )
    if weeks < LEAST_TRIED:
        said.append(
            note(
                "What is counted here was first reported {weeks} weeks ago, too short to know how noisy counts are: "
                "intervals may be too narrow, and there is no red and black list before {least} weeks.",
                weeks=weeks,
                least=LEAST_TRIED,
            )
        )
    return tuple(said)
