"""The sentences that belong to the patterns of a whole city: what the periods are, and what so few cannot tell."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from geo.grid.windows import window_back
from geo.stats.emerging import LEAST_PERIODS, PAST_PERIODS
from geo.stats.exposure import measure_words
from geo.stats.map_notes import unknown_note
from geo.stats.results import Floats
from geo.stats.sentences import window_words
from geo.stats.timeline import HALF_MONTH, LEAST_COLD, TimeLine, periods_back
from geo.words import Note, note


def change_notes(
    lines: Sequence[TimeLine], *, asked: str, period: str, until: date, first: date, lang: str = "en"
) -> tuple[Note, ...]:
    """Return what to keep in mind about the patterns read from `lines`, one or one per category.

    `asked`: the lens of the question; `period`: the length asked for; the records begin on `first` and count up to
    `until`.
    """
    periods, notes = lines[0].periods, lens_notes(asked, lines[0].lens)
    if periods:
        notes.append(
            note(
                "{steps} periods from {first} to {last}: {tests} tests, corrected together within each period.",
                steps=len(periods),
                first=periods[0].first,
                last=periods[-1].last,
                tests=f"{sum(int(line.tested.sum()) * len(periods) for line in lines):,}",
            )
        )
    if len(periods) < LEAST_PERIODS:
        return (*notes, _too_short(period, len(periods), until, first, lang))
    if len(periods) < PAST_PERIODS:
        notes.append(
            note(
                "Fewer than 10 periods: trends are judged by the exact count of their orders, and no place can be "
                "historical, as nine tenths of the periods are all of them."
            )
        )
    notes += _empty_notes(lines)
    notes.append(_cold_note(lines))
    assumed = sum(line.origins == 0 for line in lines)
    if assumed == len(lines):
        notes.append(note("Too little history to learn how far counts stray: usual values are assumed."))
    elif assumed:
        notes.append(
            note(
                "Too few incidents to learn how far counts stray in {some} of {all} categories: "
                "usual values are assumed.",
                some=assumed,
                all=len(lines),
            )
        )
    return tuple(notes)


def lens_notes(asked: str, used: str) -> list[Note]:
    """Say what the periods are compared with, and why not with what was asked for."""
    if used == "places":
        said = note("Each period is compared with what people or streets would give at the city's rate of that period.")
    else:
        said = note(
            "Each period is compared with the city's average of that period, not adjusted for people or streets."
        )
    if asked == used:
        return [said]
    return [note("Patterns compare places with each other, period by period, not with their own past or mix."), said]


def _too_short(period: str, steps: int, until: date, first: date, lang: str) -> Note:
    """Say that the records hold too few periods, and which shorter ones would be enough."""
    length = note("half a month") if period == HALF_MONTH else window_words(window_back(period, until).weeks, lang)
    facts = {"length": length, "steps": steps, "least": LEAST_PERIODS}
    if (halves := len(periods_back(HALF_MONTH, until, first))) >= LEAST_PERIODS:
        return note(
            "Periods of {length}: {steps}, too short to call; {least} are needed. Half-months give {more}.",
            **facts,
            more=halves,
        )
    if (weeks := len(periods_back("1w", until, first))) >= LEAST_PERIODS:
        return note(
            "Periods of {length}: {steps}, too short to call; {least} are needed. Single weeks give {more}.",
            **facts,
            more=weeks,
        )
    return note("Periods of {length}: {steps}, too short to call; {least} are needed.", **facts)


def _empty_notes(lines: Sequence[TimeLine]) -> list[Note]:
    """Say which periods hold nothing in the whole city, and so tell nothing of how a place moves against it."""
    empty = [int((line.incidents.sum(axis=0) == 0).sum()) for line in lines]
    if not any(empty):
        return []
    if len(lines) == 1:
        return [note("Periods without any report in the whole city: {empty}; trends leave them out.", empty=empty[0])]
    return [
        note(
            "Some periods hold no report in the whole city, in {some} of {all} categories; trends leave them out.",
            some=sum(map(bool, empty)),
            all=len(lines),
        )
    ]


def without_exposure_notes(lines: Sequence[TimeLine], exposure: Floats | None, per: str) -> list[Note]:
    """Say how many cells hold incidents in the periods, of any category, but no people, or none that are known."""
    if exposure is None:
        return []
    held = sum((line.incidents.sum(axis=1) for line in lines), np.zeros(len(exposure)))
    notes, empty = [unknown_note(held, np.isnan(exposure), per)], int(((held > 0) & (exposure <= 0)).sum())
    if empty:
        notes.append(
            note(
                "{cells} cells hold incidents but no {measure}; they count with the smallest usual number.",
                cells=empty,
                measure=measure_words(per),
            )
        )
    return [said for said in notes if said]


def _cold_note(lines: Sequence[TimeLine]) -> Note:
    """Say how often a disk expects enough for few incidents to mean anything."""
    judged = float(np.mean([(line.expected[line.tested] >= LEAST_COLD).mean() for line in lines]))
    if not judged:
        return note("No place expects 5 incidents in a period: none can be called quiet.")
    return note(
        "Quiet is judged where 5 incidents are expected in a period: in {share} % of the tests.",
        share=f"{100 * judged:.0f}" if judged >= 0.01 else "< 1",
    )
