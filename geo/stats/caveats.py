"""What a comparison with the own past has to keep in mind: holidays, sources and categories that are not the same."""

from __future__ import annotations

from datetime import timedelta

from geo.grid.cube import Cube, Slice
from geo.grid.windows import Window
from geo.intake.categories import category_name
from geo.stats.calendar import calendar_notes
from geo.stats.expected import PAST_WEEKS
from geo.stats.sources import Change, category_changes, category_notes, source_changes, source_note, source_words
from geo.words import Note


def past_of(cube: Cube, window: Window) -> Window | None:
    """Return the days that the own past is learnt from: up to a year before the window; None where there is no week."""
    weeks = min(PAST_WEEKS, cube.weeks_before(window.first))
    return Window(window.first - timedelta(days=7 * weeks), window.first - timedelta(days=1)) if weeks else None


def caveats(cube: Cube, window: Window, chosen: Slice, lang: str = "en") -> tuple[tuple[Change, ...], list[Note]]:
    """Return the sources that changed between the past and the window, and every sentence to say, sources first."""
    past = past_of(cube, window)
    if past is None:
        return (), []
    sources = source_changes(cube, window, past, chosen)
    categories = category_changes(cube, window, past, chosen)
    names = {change.name: category_name(change.name, lang) for change in categories}
    said = [source_note(change, source_words(change.name).sentence(lang), lang) for change in sources]
    return sources, [
        *said,
        *category_notes(categories, names, lang),
        *calendar_notes(window, past, cube.timezone, lang),
    ]
