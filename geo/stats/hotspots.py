"""Where a disk, a cell and its ring, holds more incidents than expected, beyond chance (METHODS 1.2 to 1.4).

Four lenses answer four questions, and none is shown without its name:

    city     more than the city's average cell      where problems concentrate, not adjusted for people or streets
    past     more than its own past year            where they have risen
    share    more of one category than the city     what is unusual here
    places   more than its people or streets        more than its people or streets would explain

Each compares the disk with an explicit expected value and asks how often as many or more would come by chance, given
how far counts have strayed from such expectations before. Benjamini-Hochberg keeps false flags rare among many cells.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from geo.errors import RefusedQuestion
from geo.stats.expected import PAST_WEEKS, from_city, from_exposure, from_past
from geo.stats.gi_star import gi_star
from geo.stats.history import check_past
from geo.stats.map_notes import map_notes
from geo.stats.multiplicity import LEVEL, adjust
from geo.stats.resolution import weighted_median
from geo.stats.results import Flags, Floats, HotspotTest, Model, Neighbours, Series
from geo.stats.rings import disk_sum, within, without
from geo.stats.share import LEAST_TOTAL, cut_into_blocks, fit_inflation, share_to_exceed
from geo.stats.tails import beta_binomial_tail, moving_tail, negative_binomial_tail
from geo.stats.variance import Spread, Variance, variance_from_past

_WEEKS_PER_BATCH = 6  # in short windows two weeks, or one in four
_LASTING_LEVEL = 0.02
CORE_LEVEL = 0.05  # the cell's own p-value, for a core
LEAST_EXPECTED = 5.0  # below it a disk's ratio is not shown


def by_lens(
    lens: str,
    series: Series,
    neighbours: Neighbours,
    *,
    delta: float | None = None,
    exposure: Floats | None = None,
    per: str = "",
    spread: Variance | None = None,
) -> HotspotTest:
    """Return what the lens of this name answers. `spread`: as fitted before; the share lens always learns its own.

    >>> by_lens("city", Series(np.zeros(0), np.zeros((0, 52)), 13), np.zeros((0, 6), np.int32)).lens
    'city'
    """
    limit = {} if delta is None else {"delta": delta}
    match lens:
        case "city":
            return city_lens(series, neighbours, spread=spread, **limit)
        case "past":
            return past_lens(series, neighbours, spread=spread, **limit)
        case "share":
            return share_lens(series, neighbours, **limit)
    return places_lens(series, neighbours, exposure, per=per, spread=spread, **limit)


def fitted(test: HotspotTest) -> Variance:
    """Return the spread that a test of counts was made with, for another look at the same history."""
    model = test.model
    return Variance(Spread(model.D, model.tau), Spread(model.cell_D, model.cell_tau), model.origins)


def city_lens(
    series: Series, neighbours: Neighbours, *, delta: float = 1.5, spread: Variance | None = None
) -> HotspotTest:
    """Return where a disk holds more than `delta` times the city's average cell, beyond chance.

    Answers for any history, none included; without one the spread of counts is assumed. `spread`: as fitted before,
    here and in the lenses below; fitted to the history unless given.

    >>> row = np.array([[-1, 1], [0, 2], [1, -1]])                      # three cells in a row
    >>> town = city_lens(Series(np.array([40.0, 2.0, 0.0]), np.zeros((3, 0)), 13), row)
    >>> town.ring, town.expected, town.hot
    (array([42., 42.,  2.]), array([28., 42., 28.]), array([False, False, False]))
    >>> city_lens(Series(np.zeros(0), np.zeros((0, 52)), 13), row[:0]).hot
    array([], dtype=bool)
    """
    spread = spread or variance_from_past(series.history, series.weeks, neighbours)
    return _count_test("city", series, neighbours, from_city(series.now), spread, Model(delta, *_parameters(spread)))


def past_lens(
    series: Series, neighbours: Neighbours, *, delta: float = 1.0, spread: Variance | None = None
) -> HotspotTest:
    """Return where a disk holds more than `delta` times what its own past year predicts, given how the city did.

    A hot disk must also have risen in plain numbers, not only held its own while the city fell; and, where the weeks
    inside the window are known (`recent`), it must still be high without its busiest ones. See `_lasting`.

    Raises RefusedQuestion where fewer than 8 weeks lie before the window, or nothing was reported in them.

    >>> quiet = np.ones((2, 52))
    >>> past_lens(Series(np.array([60.0, 2.0]), quiet, 13), np.array([[-1], [-1]])).expected
    array([31., 31.])
    """
    check_past(series.history.shape[1])
    past = series.history[:, -PAST_WEEKS:].sum(axis=1)
    weeks = min(PAST_WEEKS, series.history.shape[1])
    if len(past) and past.sum() == 0:
        raise RefusedQuestion(
            "No report of this category before the window: there is no past to compare with. "
            "Take an earlier window or another lens."
        )
    expected, k, a = from_past(past, weeks, series.now.sum())
    spread = spread or variance_from_past(series.history, series.weeks, neighbours)
    model = Model(
        delta,
        *_parameters(spread),
        k=k,
        a=a,
        past_weeks=weeks,
        city_factor=k * (weeks + a) / series.weeks,
    )
    rose = disk_sum(series.now, neighbours) > disk_sum(past, neighbours) * series.weeks / weeks
    return _count_test("past", series, neighbours, expected, spread, model, rose=rose)


def busiest_weeks(weeks: float) -> int:
    """Return without how many of its busiest weeks a rise must still be high, in a window of so many.

    >>> [busiest_weeks(weeks) for weeks in (3, 4, 7, 8, 13, 26)]
    [0, 1, 1, 2, 2, 4]
    """
    return int(max(weeks // _WEEKS_PER_BATCH, min(2, weeks // 4)))


def _lasting(series: Series, neighbours: Neighbours, expected: Floats, spread: Spread, model: Model) -> Flags:
    """Return which disks are still high, p <= .02, without their busiest weeks: two of 13 and of 8, one of 4.

    Batches that a crew enters in a week or two are no rise of the street, and no negative binomial expects them: with
    the weeks of Boston 2015 shuffled, 30 % of the maps show a hot spot without this condition, 6 % with it. Of planted
    rises it costs none to five in a hundred (docs/statistics.md). Windows under four weeks are too short for it.
    """
    busiest = busiest_weeks(series.weeks) if series.busiest is None else series.busiest
    if series.recent is None or not busiest:
        return np.ones(len(expected), dtype=bool)
    by_week = np.sort(disk_sum(series.recent, neighbours), axis=1)
    rest = disk_sum(series.now, neighbours) - by_week[:, -busiest:].sum(axis=1)
    mean = model.delta * expected * (1 - busiest / series.weeks)
    return negative_binomial_tail(rest, mean, spread.variance(mean, model.k)) <= _LASTING_LEVEL


def places_lens(
    series: Series,
    neighbours: Neighbours,
    exposure: Floats | None,
    *,
    delta: float = 1.0,
    per: str = "",
    spread: Variance | None = None,
) -> HotspotTest:
    """Return where a disk holds more than `delta` times what its people or streets would explain.

    `exposure` (cells,): households, population or metres of street, named by `per`; NaN where unknown. Unknown cells
    are left out with their incidents, their history and their place in every disk, and are never hot: what is known is
    compared with what is known. `count` and `gi_star` of the result are of all.

    Raises RefusedQuestion without any positive exposure.

    >>> town = Series(np.array([6.0, 2.0]), np.zeros((2, 0)), 13)
    >>> places_lens(town, np.array([[-1], [-1]]), np.array([3.0, 1.0])).ratio
    array([1., 1.])
    """
    if exposure is None or (len(exposure) and not np.nan_to_num(exposure, nan=0.0).max() > 0):
        raise RefusedQuestion(
            'Without households or street length, "more than other places" would only show the busy centre. '
            "Give an exposure table, or ask where problems concentrate (city)."
        )
    known = ~np.isnan(np.asarray(exposure, dtype=np.float64))
    now, apart = np.where(known, series.now, 0.0), without(neighbours, ~known)
    expected, missing = from_exposure(now, exposure)
    spread = spread or variance_from_past(series.history[known], series.weeks, within(neighbours, known))
    model = Model(delta, *_parameters(spread), without_exposure=missing, per=per)
    test = _count_test("places", replace(series, now=now), apart, expected, spread, model, known=known)
    test = replace(test, count=series.now, gi_star=gi_star(series.now, neighbours))
    return _decide(test, test.q_value)


def share_lens(series: Series, neighbours: Neighbours, *, delta: float = 1.25) -> HotspotTest:
    """Return where one category's part of a disk's incidents is more than `delta` times its part of the city's.

    Finds an unusual mix, not a load. Needs no history, but the incidents of every category (`all_now`, `all_history`).

    Raises RefusedQuestion without them, or where every incident is of this one category.

    >>> pair = np.array([[-1], [-1]])
    >>> none = np.zeros((2, 0))
    >>> town = Series(np.array([30.0, 10.0]), none, 13, all_now=np.array([100.0, 300.0]), all_history=none)
    >>> test = share_lens(town, pair)
    >>> test.expected, test.ratio, test.hot
    (array([10., 30.]), array([3.        , 0.33333333]), array([ True, False]))
    """
    if (
        series.all_now is None
        or series.all_history is None
        or (series.now.sum() > 0 and series.now.sum() == series.all_now.sum())
    ):
        raise RefusedQuestion("What is unusual here compares one category with all others. Choose one category.")
    everything = series.all_now.sum()
    city_share = float(series.now.sum() / everything) if everything else 0.0
    blocks = cut_into_blocks(series)
    disk = fit_inflation(blocks, city_share, neighbours)
    cell = fit_inflation(blocks, city_share)
    if not cell.blocks:
        cell = disk
    ring, total = disk_sum(series.now, neighbours), disk_sum(series.all_now, neighbours)
    share = share_to_exceed(city_share, delta)
    p_value = beta_binomial_tail(ring, total, share, disk.of(total))
    own_p_value = beta_binomial_tail(series.now, series.all_now, share, cell.of(series.all_now))
    typical_total = np.round(weighted_median(total, series.now))
    model = Model(
        delta,
        disk.D,
        disk.t**0.5,
        cell.D,
        cell.t**0.5,
        disk.blocks,
        t=disk.t,
        city_share=city_share,
        typical=float(typical_total * city_share),
    )
    if len(ring) and np.isfinite(typical_total):
        inflation = disk.of(np.array([typical_total]))
        chance = partial(beta_binomial_tail, totals=typical_total, shares=share, inflations=inflation)
        model = replace(model, typical_needed=_first_below(chance, len(ring), most=int(typical_total)))
    test = _result("share", series, neighbours, total * city_share, p_value, own_p_value, model, total=total)
    return _decide(test, test.q_value)


def together(tests: Sequence[HotspotTest]) -> list[HotspotTest]:
    """Return the tests with q, hot, core and enough decided over all their cells at once.

    For one list that shows several categories: the more questions are asked, the rarer an answer must be.
    """
    if not tests:
        return []
    tested = np.concatenate([test.tested for test in tests])
    q_values = _adjust(np.concatenate([test.p_value for test in tests]), tested)
    ends = np.cumsum([len(test.p_value) for test in tests])
    parts = zip(tests, np.split(q_values, ends[:-1]), strict=True)
    return [_decide(replace(test, others=int(tested.sum() - test.tested.sum())), q) for test, q in parts]


def _adjust(p_values: Floats, tested: Flags) -> Floats:
    """Return the adjusted p-values of what was tested, 1 for the rest."""
    q_values = np.ones(len(p_values))
    q_values[tested] = adjust(p_values[tested])
    return q_values


def _parameters(spread: Variance) -> tuple[float, float, float, float, int]:
    return (*spread.disk, *spread.cell, spread.origins)


def _count_test(
    lens: str,
    series: Series,
    neighbours: Neighbours,
    expected: Floats,
    spread: Variance,
    model: Model,
    *,
    rose: Flags | None = None,
    known: Flags | None = None,
) -> HotspotTest:
    """Test counts against the expected incidents of cells, `expected`, with a negative binomial."""
    ring, disk_expected = disk_sum(series.now, neighbours), disk_sum(expected, neighbours)
    mean, own_mean = model.delta * disk_expected, model.delta * expected
    p_value = _chance_of_more(ring, mean, spread.disk, model)
    own_p_value = negative_binomial_tail(series.now, own_mean, spread.cell.variance(own_mean, model.k))
    typical = weighted_median(disk_expected, series.now)
    model = replace(model, typical=typical)
    if typical > 0:
        chance = partial(_chance_of_more, mean=np.array([model.delta * typical]), spread=spread.disk, model=model)
        tested = len(ring) if known is None else int(known.sum())
        model = replace(model, typical_needed=_first_below(chance, tested))
    test = _result(lens, series, neighbours, disk_expected, p_value, own_p_value, model, known=known)
    if rose is None:
        return _decide(test, test.q_value)
    lasting = _lasting(series, neighbours, disk_expected, spread.disk, model)
    return _decide(replace(test, rose=rose, lasting=lasting), test.q_value)


def _chance_of_more(counts: Floats, mean: Floats, spread: Spread, model: Model) -> Floats:
    """Return the chance of so many incidents or more around `mean`, which may have moved since the past."""
    return moving_tail(counts, mean, spread.D * (1.0 + model.k), spread.tau)


def _first_below(chance: Callable[[Floats], Floats], cells: int, most: int = 1_000_000) -> int:
    """Return the smallest count that is hot whatever the other cells hold (p <= level / cells); 0 if none is.

    >>> _first_below(lambda count: 0.5**count, 5), _first_below(lambda count: 0.5**count, 5, most=6)
    (7, 0)
    """

    def rare(count: int) -> bool:
        return bool(chance(np.array([float(count)]))[0] <= LEVEL / cells)

    found = bisect_left(range(most + 1), True, key=rare)
    return found if found <= most else 0


def _result(
    lens: str,
    series: Series,
    neighbours: Neighbours,
    expected: Floats,
    p_value: Floats,
    own_p_value: Floats,
    model: Model,
    *,
    total: Floats | None = None,
    known: Flags | None = None,
) -> HotspotTest:
    """Return the test with its p-values adjusted and nothing decided yet."""
    ring = disk_sum(series.now, neighbours)
    nothing, everywhere = np.zeros(len(ring), dtype=bool), np.ones(len(ring), dtype=bool)
    return HotspotTest(
        lens,
        series.weeks,
        series.now,
        ring,
        expected,
        ratio=np.divide(ring, expected, out=np.full(len(ring), np.nan), where=expected > 0),
        p_value=p_value,
        q_value=_adjust(p_value, everywhere if known is None else known),
        own_p_value=own_p_value,
        rose=everywhere,
        lasting=everywhere,
        hot=nothing,
        core=nothing,
        enough=nothing,
        gi_star=gi_star(series.now, neighbours),
        model=model,
        total=total,
        known=known,
    )


def _decide(test: HotspotTest, q_value: Floats) -> HotspotTest:
    hot = (q_value <= LEVEL) & test.rose & test.lasting
    judged = test.expected >= LEAST_EXPECTED if test.total is None else test.total >= LEAST_TOTAL
    test = replace(test, q_value=q_value, hot=hot, core=hot & (test.own_p_value <= CORE_LEVEL), enough=judged | hot)
    return replace(test, notes=map_notes(test))
