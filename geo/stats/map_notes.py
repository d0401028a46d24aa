"""The sentences that belong to a whole map: what it cannot say, what to doubt, what an empty one means."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from geo.stats.exposure import measure_words
from geo.stats.history import history_note
from geo.stats.results import Flags, Floats, HotspotTest
from geo.words import Note, note
from geo.words.numbers import ratio as say_ratio

_NOISY = 3.0  # D above it: incidents come in batches
_SHARED = 1.7  # D of disks over D of cells: neighbours move together
_CITY_FACTOR = (0.5, 2.0)  # a city that changes more has probably changed its recording
_UNCOVERED = 0.2  # more of the cells with incidents lack the exposure: it does not cover the city
_BATCH_DAYS = 3  # so many days with half of a hot disk's incidents: entered in batches


def map_notes(test: HotspotTest) -> tuple[Note, ...]:
    """Return the sentences about the whole map, the answer first, then the doubts."""
    if not len(test.ring):
        return (note("There is no cell to look at."),)
    found = (_core_note(test),) if test.hot.any() else (_empty_note(test),)
    return found + tuple(doubt for doubt in _doubts(test) if doubt)


def _core_note(test: HotspotTest) -> Note:
    return note(
        "The core cells are {cells_share} % of the city and hold {incidents_share} % of its incidents.",
        cells_share=_percent(test.core.mean()),
        incidents_share=_percent(test.count[test.core].sum() / test.count.sum()),
    )


def _percent(part: float) -> str:
    return say_ratio(100 * part) if part < 0.1 else f"{100 * part:.0f}"


def _empty_note(test: HotspotTest) -> Note:
    """Say that nothing is hot, and how much it would have taken."""
    model = test.model
    if not test.count.sum():
        return note("No incident in this window.")
    values: dict[str, object] = {"expected": f"{model.typical:.0f}", "needed": model.typical_needed}
    if not model.typical_needed:
        return note("Nothing is beyond chance, and with so few incidents nothing could have been.")
    match test.lens:
        case "past":
            return note(
                "No place has risen beyond its own ups and downs. "
                "A hexagon and its neighbours that expect {expected} would have had to reach {needed}.",
                **values,
            )
        case "share":
            return note(
                "No place holds an unusual share of this category. "
                "A hexagon and its neighbours that expect {expected} would have had to reach {needed}.",
                **values,
            )
        case "places":
            return note(
                "No place holds more than its {measure} would explain. "
                "A hexagon and its neighbours that expect {expected} would have had to reach {needed}.",
                measure=measure_words(model.per),
                **values,
            )
        case _:
            return note(
                "No place holds more than {delta} times the city's average beyond chance. "
                "A hexagon and its neighbours that expect {expected} would have had to reach {needed}.",
                delta=f"{model.delta:g}",
                **values,
            )


def _doubts(test: HotspotTest) -> list[Note | None]:
    model = test.model
    doubts: list[Note | None] = []
    if test.lens == "past":
        doubts.append(history_note(model.past_weeks))
        if not _CITY_FACTOR[0] <= model.city_factor <= _CITY_FACTOR[1] and test.count.sum():
            doubts.append(
                note(
                    "The whole city changed by {change} % against its past: "
                    "recording or season of this category changed.",
                    change=f"{100 * (model.city_factor - 1):+.0f}",
                )
            )
    if model.origins == 0:
        doubts.append(note("Too little history to learn how far counts stray: usual values are assumed."))
    elif test.lens != "share" and (model.D > _NOISY or model.D / model.cell_D > _SHARED):
        doubts.append(
            note(
                "Neighbours rise and fall together (noise {disk} in disks, {cell} in cells): "
                "batches, patrol sweeps or mixed categories.",
                disk=say_ratio(model.D),
                cell=say_ratio(model.cell_D),
            )
        )
    if test.known is not None:
        doubts.append(unknown_note(test.count, ~test.known, model.per))
    if model.without_exposure > _UNCOVERED * (test.count > 0).sum():
        doubts.append(
            note(
                "{cells} cells with incidents, {share} of all that have some, hold no {measure}: it does not cover the "
                "city, and what is hot is mostly where there is none. Compare by something else.",
                measure=measure_words(model.per),
                cells=f"{model.without_exposure:,}",
                share=f"{model.without_exposure / (test.count > 0).sum():.0%}",
            )
        )
    elif model.without_exposure:
        doubts.append(
            note(
                "{cells} cells hold incidents but no {measure}; they count with the smallest usual number.",
                cells=model.without_exposure,
                measure=measure_words(model.per),
            )
        )
    return doubts


def busiest_days(daily: ArrayLike) -> Floats:
    """Return which part of each disk's incidents fell on its three busiest days; 0 where there are none.

    `daily` (disks, days): incidents of the window by day.

    >>> busiest_days([[5, 0, 0, 5, 0, 0, 0, 0], [1, 1, 1, 1, 1, 1, 1, 1]])
    array([1.   , 0.375])
    """
    days = np.asarray(daily, dtype=np.float64)
    total = days.sum(axis=1)
    most = np.sort(days, axis=1)[:, -_BATCH_DAYS:].sum(axis=1)
    return np.divide(most, total, out=np.zeros(len(days)), where=total > 0)


def number_tested_note(places: int) -> Note:
    """Return how many places were tested together, and what Benjamini-Hochberg promises where nothing stands out.

    >>> number_tested_note(1993).sentence()
    '1,993 places were tested together. Where nothing stands out, about one map in twenty shows a hot spot by chance.'
    """
    return note(
        "{places} places were tested together. Where nothing stands out, about one map in twenty shows a hot spot by "
        "chance.",
        places=f"{places:,}",
    )


def unknown_note(held: Floats, unknown: Flags, per: str) -> Note | None:
    """Say of how many cells with incidents nothing is known, and how many incidents that leaves out; None without any.

    `held` (cells,): their incidents; `unknown` (cells,).

    >>> unknown_note(np.array([3.0, 0.0, 9.0]), np.array([True, True, False]), "households").sentence()
    'No households is known of 1 cell with 3 incidents, 25% of all: left out and not judged.'
    """
    out = unknown & (held > 0)
    if not out.any():
        return None
    facts = {
        "measure": measure_words(per),
        "incidents": f"{held[out].sum():,.0f}",
        "share": f"{_percent(held[out].sum() / held.sum())}%",
    }
    if out.sum() == 1:
        return note(
            "No {measure} is known of 1 cell with {incidents} incidents, {share} of all: left out and not judged.",
            **facts,
        )
    return note(
        "No {measure} is known of {cells} cells with {incidents} incidents, {share} of all: left out and not judged.",
        cells=f"{out.sum():,}",
        **facts,
    )


def batch_note(daily: ArrayLike) -> Note | None:
    """Return the warning about hot disks whose three busiest days hold half of the window; None where there is none.

    >>> batch_note([[5, 0, 0, 5, 0, 0, 0, 0], [1, 1, 1, 1, 1, 1, 1, 1]]).sentence()
    '1 hot spot was mostly entered on 3 days.'
    """
    disks = int((busiest_days(daily) >= 0.5).sum())
    if disks == 1:
        return note("1 hot spot was mostly entered on 3 days.")
    return note("{disks} hot spots were mostly entered on 3 days.", disks=disks) if disks else None
