"""What the ranking would have found in this city on past days, beside plain counts; and the half-life that serves."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
import shapely

from geo.errors import NoReports, RefusedQuestion
from geo.grid.metres import middle_of, to_metres
from geo.planning import backtest
from geo.planning.area_counts import area_neighbours, areas_of, count_weeks, exposure_of, weeks_known
from geo.planning.forecast import FORECAST_WEEKS
from geo.planning.priority import LEAST_AREAS
from geo.planning.ranks import first_fifth
from geo.stats import scope
from geo.stats.question import Question
from geo.study import Study
from geo.words import Note, note, numbers

TABLE = {"method": pl.String, "name": pl.String} | {
    name: dtype for name, dtype in backtest.SUMMARY.items() if name != "method"
}
_MOST_WEEKS = 2 * backtest.FULL_TRAINING + backtest.MOST_ORIGINS * FORECAST_WEEKS
_PAIR = (backtest.PICKED, backtest.BASELINE)
_CELLS = ("hit", "pai", "difference", "se")
_AREAS = ("kept", "kept", "kept_difference", "kept_se")
"""Columns: what is said, by what it is compared, the difference to the plain count and its standard error."""
_AS_WELL = 0.1
"""Part of a plain count's figure within which the doubt must lie for "does as well"."""


@dataclass(frozen=True)
class BackTest:
    """How well plain counts and forecasts found the places of the next weeks.

    `table`: a row per method, `TABLE`; `hit` of the incidents in `share` of the area, PAI and PEI, means over the
    origins; `difference` of PAI to the count of the last 13 weeks, with its standard error. Of areas of a kind also
    `kept`, the part of the excess that the first `top` of the list hold, of the most that so many can; that is what the
    sentence tells of them and what the half-life is chosen by, as they are listed by excess. Empty where the history is
    too short. `origins`: the same by origin, `planning.backtest.ORIGINS`. `half_life`: the one to use, in weeks.
    """

    kind: str | None  # None: cells
    top: int | None  # None: cells
    table: pl.DataFrame
    origins: pl.DataFrame
    half_life: int
    share: float
    sentence: Note
    notes: tuple[Note, ...]


def back_test(study: Study, question: Question, *, kind: str | None = None, lang: str = "en") -> BackTest:
    """Return how the ranking would have done up to the question's last day; of areas of `kind`, or of cells.

    Categories, sources and units of the question are counted; its window, status and areas are not asked for: the past
    was ranked over the whole city, and what is open today says nothing of what was open then.

    Raises RefusedQuestion where there are fewer than three areas of the kind or no report up to that day, NoReports for
    an empty study.
    """
    question = study.with_codes(question)
    rolled, places, weeks = _rolled(study, question, kind)
    share, top = backtest.top_share(places), None if kind is None else first_fifth(places)
    half_life = backtest.pick_half_life(rolled, _measure(kind))
    found = backtest.compare(rolled)
    names = [method_name(method).sentence(lang) for method in found["method"]]
    table = found.with_columns(name=pl.Series(names, dtype=pl.String)).select(list(TABLE))
    tested = backtest.incidents_tested(rolled)
    enough = rolled["origin"].n_unique() >= backtest.LEAST_ORIGINS and tested >= backtest.LEAST_TESTED
    if not backtest.origins_of(weeks):
        sentence = note(
            "Not enough history for a back-test: {needed} weeks of reports are needed, and there are {weeks}. Until "
            "then the ranking forgets half of its past in {half_life} weeks, which this city has not put to the test.",
            needed=backtest.LEAST_WEEKS,
            weeks=weeks,
            half_life=half_life,
        )
    elif not enough:
        sentence = note(
            "Too few incidents for a back-test: {incidents} in the weeks that were tested. Ask for more categories, or "
            "for all.",
            incidents=f"{tested:,.0f}",
        )
    else:
        sentence = _sentence(found, share, top)
    notes = _notes(question, rolled, half_life, kind) if enough else ()
    return BackTest(kind, top, table, rolled, half_life, share, sentence, notes)


def best_half_life(study: Study, question: Question, *, kind: str | None = None) -> int:
    """Return the half-life, in weeks, that did best on past days, the usual one where none is clearly better.

    Of areas by the excess that the first of the list hold, of cells by PAI. Raises as `back_test`.
    """
    return backtest.pick_half_life(_rolled(study, study.with_codes(question), kind)[0], _measure(kind))


def _measure(kind: str | None) -> str:
    return backtest.PAI if kind is None else backtest.KEPT


def method_name(method: str) -> Note:
    """Return what a row of the table is called.

    >>> method_name("raw 13").sentence(), method_name("forecast 16").sentence("zh")
    ('Plain count of the last 13 weeks', '预测，半衰期16周')
    """
    if method == backtest.PICKED:
        return note("Forecast, half-life chosen on the days before")
    family, weeks = method.split(" ")
    if family == "raw":
        return note("Plain count of the last {weeks} weeks", weeks=weeks)
    return note("Forecast, half-life {weeks} weeks", weeks=weeks)


def _rolled(study: Study, question: Question, kind: str | None) -> tuple[pl.DataFrame, int, int]:
    """Return `roll_origins` of the question, the number of places and the weeks of record."""
    cube = study.cube
    if cube.last_day is None:
        raise NoReports("There is no report in the study area. Check the coordinate system and the boundary.")
    last = scope.resolve_window(cube, "1d", min(question.until or cube.last_day, cube.last_day), "city").last
    chosen = replace(question.chosen, statuses=())
    weeks = weeks_known(cube, last, chosen, most=_MOST_WEEKS)
    if kind is None:
        counts = cube.by_period(last, weeks, chosen=chosen)
        same = np.ones(len(counts))  # within one city cells differ in area by far less than one in a hundred
        return backtest.roll_origins(counts, same, cube.neighbours), len(counts), weeks
    areas = areas_of(study.areas, kind)
    if len(areas) < LEAST_AREAS:
        raise RefusedQuestion(
            'Of the kind "{kind}" there are {areas} areas; a ranking needs {least}.',
            kind=kind,
            areas=len(areas),
            least=LEAST_AREAS,
        )
    counts = count_weeks(cube, areas["area_id"].to_list(), last, weeks, chosen)
    shapes = areas.geometry.to_numpy()
    area = shapely.area(to_metres(shapes, middle_of(shapes)))
    beside, exposure = area_neighbours(areas), exposure_of(areas)
    top = first_fifth(len(counts))
    return backtest.roll_origins(counts, area, beside, exposure=exposure, top=top), len(counts), weeks


def _sentence(found: pl.DataFrame, share: float, top: int | None) -> Note:
    """Say in one sentence what the ranking was worth, beside a plain count: of areas, in the order of their list."""
    ours, plain = (found.row(by_predicate=pl.col("method") == name, named=True) for name in _PAIR)
    part, measure, difference, error = _CELLS if top is None else _AREAS
    hit, doubt = _percent(plain[part]), backtest.margin(ours[error], ours["origins"])
    if ours[difference] > doubt:
        compared = note("a plain count of the last 13 weeks finds less ({hit} %)", hit=hit)
    elif ours[difference] < -doubt:
        compared = note("here a plain count of the last 13 weeks finds more ({hit} %)", hit=hit)
    elif doubt <= _AS_WELL * plain[measure]:
        compared = note("here a plain count of the last 13 weeks does as well ({hit} %)", hit=hit)
    else:
        compared = note(
            "a plain count of the last 13 weeks held {hit} %, and the records are too few to tell which is better",
            hit=hit,
        )
    if top is not None:
        return note(
            "Put to the test on {origins} past days, the first {top} of this list, by excess, held {kept} % of the "
            "excess that the {top} areas with most of it turned out to hold in the next 4 weeks; {compared}.",
            origins=ours["origins"],
            top=top,
            kept=_percent(ours["kept"]),
            compared=compared,
        )
    return note(
        "Put to the test on {origins} past days, the {share} % of the area ranked first held {hit} % of the incidents "
        "of the next 4 weeks, {pai} times its part; {compared}.",
        origins=ours["origins"],
        share=numbers.ratio(100 * share),
        hit=_percent(ours["hit"]),
        pai=numbers.ratio(ours["pai"]),
        compared=compared,
    )


def _notes(question: Question, rolled: pl.DataFrame, half_life: int, kind: str | None) -> tuple[Note, ...]:
    """Return what to keep in mind when reading the figures."""
    said = [
        note(
            "From now on the ranking forgets half of its past in {half_life} weeks. The figure is that of a half-life "
            "chosen on each day by the days before it alone.",
            half_life=half_life,
        )
    ]
    if rolled["origin"].item(0) < backtest.FULL_TRAINING:
        said.append(note("Before the first of these days there was less than a year: the longest count takes what is."))
    part, _, difference, error = _CELLS if kind is None else _AREAS
    if kind is not None:
        said.append(
            note(
                "Excess: incidents of the 4 weeks tested less what an area should hold, by which the list is ordered; "
                "plain counts are put in the same order. Hit rate, PAI and PEI are of another order, by incidents per "
                "square kilometre."
            )
        )
    for row in backtest.compare(rolled, backtest.PICKED).iter_rows(named=True):
        beyond = row[difference] > backtest.margin(row[error], row["origins"])
        if beyond and row["method"].startswith("raw") and row["method"] != backtest.BASELINE:
            name, hit = method_name(row["method"]), _percent(row[part])
            said.append(note("{method} finds more here: {hit} %.", method=name, hit=hit))
    if question.statuses:
        said.append(note("Status is not asked for here: what is open today says nothing of what was open then."))
    return tuple(said)


def _percent(part: float) -> str:
    return f"{100 * part:.1f}"
