"""What an answer has to keep in mind: sources, categories and holidays that are not the same in all of its days."""

from __future__ import annotations

from collections.abc import Sequence
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


def caveats(
    cube: Cube, window: Window, chosen: Slice, *, lens: str = "past", lang: str = "en"
) -> tuple[tuple[Change, ...], list[Note]]:
    """Return the sources that changed in the days that a map looks at, and every sentence to say, sources first.

    The own past looks at the year before the window too, and there a category or a holiday matters as a source does.
    The other lenses look at the window alone: a source that begins or ends in it counts for a part of it only.
    """
    if lens != "past":
        sources = source_changes(cube, [window], chosen)
        return sources, _source_notes(sources, lang)
    past = past_of(cube, window)
    if past is None:
        return (), []
    sources, said = changes_over(cube, [past, window], chosen, lang)
    return sources, [*said, *calendar_notes(window, past, cube.timezone, lang)]


def changes_over(
    cube: Cube, spans: Sequence[Window], chosen: Slice, lang: str = "en"
) -> tuple[tuple[Change, ...], list[Note]]:
    """Return the sources that changed over days that are compared with one another, and what to say of them and of the
    categories; `spans` as in `sources.changes`."""
    sources, categories = source_changes(cube, spans, chosen), category_changes(cube, spans, chosen)
    names = {change.name: category_name(change.name, lang) for change in categories}
    return sources, [*_source_notes(sources, lang), *category_notes(categories, names, lang)]


def _source_notes(sources: Sequence[Change], lang: str) -> list[Note]:
    return [source_note(change, source_words(change.name).sentence(lang), lang) for change in sources]
