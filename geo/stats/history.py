"""How long a window the history can carry, and what to say where it is short (METHODS 1.4, "Short history")."""

from __future__ import annotations

from geo.errors import RefusedQuestion
from geo.stats.expected import PAST_WEEKS
from geo.words import Note, note

LEAST_PAST = 8  # weeks before the window without which nothing can be said to have risen
WINDOWS = (13, 8, 4)  # weeks, the longest first
LONG_WINDOW = 26  # weeks; on request, from a full year on


def carries(past: float, window: float) -> bool:
    """Return whether `past` weeks before it can carry a window of so many weeks.

    A third of the past; besides, 4 weeks from 8 on, and 26 from a full year on (METHODS 1.4, "Short history").

    >>> carries(7, 1), carries(8, 4), carries(38, 13), carries(39, 13), carries(52, 26)
    (False, True, False, True, True)
    """
    longest = max(WINDOWS[-1], past / 3, LONG_WINDOW if past >= PAST_WEEKS else 0)
    return past >= LEAST_PAST and round(window) <= longest


def window_for(available: float, asked: float | None = None, *, lens: str = "city") -> float:
    """Return the length of the window in weeks.

    `available`: weeks from the first incident to the end of the window, the window included. `asked`: weeks, or None
    for the longest of 4, 8 and 13 that the weeks before it can carry. Where there is no history to speak of, the
    window is what there is, up to 13 weeks: lenses other than the own past still answer. METHODS 1.4, "Short history":
    the largest of 4, 8 and 13 that is at most a third of the past; chosen by simulation.

    Raises RefusedQuestion where the own past is asked about and too few weeks lie before the window.

    >>> window_for(117), window_for(40), window_for(15), window_for(6)
    (13, 8, 4, 6)
    >>> window_for(78, 26, lens="past"), window_for(20, 13, lens="city")
    (26, 13)
    >>> window_for(40, 13, lens="past")
    Traceback (most recent call last):
    geo.errors.RefusedQuestion: A window of 13 weeks needs 39 weeks of reports before it; there are 27. Ask for 8 weeks.
    """
    if asked is None:
        window: float = next((w for w in WINDOWS if carries(available - w, w)), min(WINDOWS[0], available))
        if lens == "past":
            check_past(available - window)
        return window
    past, whole = round(available - asked, 6), round(asked)  # 57/7 - 1/7 is a hair less than 8
    if lens != "past" or carries(past, asked):
        return asked
    best = next((w for w in (LONG_WINDOW, *WINDOWS) if w < whole and carries(available - w, w)), None)
    if best is None:
        raise _too_short()
    raise RefusedQuestion(
        "A window of {asked} weeks needs {needed} weeks of reports before it; there are {past}. Ask for {best} weeks.",
        asked=whole,
        needed=min(3 * whole, PAST_WEEKS) if whole <= LONG_WINDOW else 3 * whole,
        past=max(0, int(past)),
        best=best,
    )


def _too_short() -> RefusedQuestion:
    return RefusedQuestion(
        'Less than 8 weeks before this window: "risen" cannot be judged yet. '
        "Ask where the mix is unusual (share) or where problems concentrate (city)."
    )


def check_past(weeks: float) -> None:
    """Raise RefusedQuestion where `weeks` before the window are too few for the own past.

    >>> check_past(8)
    """
    if weeks < LEAST_PAST:
        raise _too_short()


def history_note(weeks: int) -> Note | None:
    """Return what to say where the own past is compared with less than a year; None from a year on.

    >>> history_note(20).sentence()
    'Compared with only 20 weeks; a season cannot be told from a rise.'
    >>> history_note(52)
    """
    if weeks >= PAST_WEEKS:
        return None
    if weeks >= 3 * WINDOWS[0]:
        return note(
            "Compared with {weeks} weeks, less than a year: neighbourhood seasons may hide or feign a rise.",
            weeks=weeks,
        )
    return note("Compared with only {weeks} weeks; a season cannot be told from a rise.", weeks=weeks)
