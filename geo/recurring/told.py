"""What a list of what keeps coming back has to tell: its cover sheet, what to keep in mind, and one line of numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from geo.account import cover, rows_counted
from geo.export.kinds import kind_of
from geo.export.recurring_kinds import RELAPSES
from geo.recurring.blind_spots import unvisited
from geo.recurring.listed import Listed
from geo.stats.question import Question
from geo.study import Study, unplaced
from geo.words import say
from geo.words.numbers import span


def notes(study: Study, found: Listed, *, lang: str = "en") -> list[str]:
    """Return what to keep in mind when reading a list."""
    return [n.sentence(lang) for n in (*study.material.notes, *found.notes)] + unplaced(study, lang)


def about(
    study: Study, question: Question, found: Listed, *, asked: Mapping[str, str] | None = None, lang: str = "en"
) -> dict[str, str]:
    """Return what belongs on the cover sheet of a list. `asked`: further settings, as they are said."""
    kind = kind_of(found.table.columns)
    facts = cover(
        study, study.with_codes(question), kind.title(lang), (found.window,), notes(study, found, lang=lang), lang
    )
    first = say("Question", lang)
    facts = {first: facts.pop(first), **(asked or {}), **facts, say("Days", lang): days_looked_at(found, lang=lang)}
    return facts | ({say("history", lang): kind.meaning("history", lang)} if "history" in kind.columns else {})


def days_looked_at(found: Listed, *, lang: str = "en") -> str:
    """Say which days a list looks at."""
    days = span(found.window.first, found.window.last, lang)
    if kind_of(found.table.columns) is RELAPSES:
        return say("all records; recent: {span}", lang, span=days)
    return days


def summary(study: Study, found: Listed) -> dict[str, Any]:
    """Return the numbers of a list, with those of the rows read."""
    return {**rows_counted(study), "resolution": study.cube.resolution, **found.summary}


def relapses_in_short(found: Listed, *, lang: str = "en") -> str:
    """Say how many places problems came back to."""
    table = found.table
    return say(
        "Places with relapses: {places}, beyond chance: {confirmed}, with one in the window: {recent}; {span}.",
        lang,
        places=f"{int((table['relapses'] > 0).sum()):,}",
        confirmed=f"{int(table['confirmed'].sum()):,}",
        recent=f"{int((table['recent'] > 0).sum()):,}",
        span=span(found.window.first, found.window.last, lang),
    )


def clusters_in_short(found: Listed, *, lang: str = "en") -> str:
    """Say how many clusters there are, and what became of them."""
    counts = {state: f"{count:,}" for state, count in found.table["state"].value_counts().items()}
    here, gone = ("born", "reborn", "continued", "split"), ("merged", "dormant", "ended")
    return say(
        "Clusters: {clusters}; {born} born, {reborn} reborn, {continued} continued, {split} split; {merged} merged, "
        "{dormant} dormant, {ended} ended; {span}.",
        lang,
        clusters=f"{len(found.table):,}",
        **{state: counts.get(state, "0") for state in (*here, *gone)},
        span=span(found.window.first, found.window.last, lang),
    )


def alarms_in_short(found: Listed, *, lang: str = "en") -> str:
    """Say how many alarms there are, how many of them new, and how many signals."""
    table = found.table
    new = int((table["state"] == "new").sum())
    return say(
        "Alarms: {alarms}, new: {new}, continuing: {continuing}, signals: {signals}; {span}.",
        lang,
        alarms=len(table),
        new=new,
        continuing=len(table) - new,
        signals=int(table["signal"].sum()),
        span=span(found.window.first, found.window.last, lang),
    )


def blind_spots_in_short(found: Listed, *, lang: str = "en") -> str:
    """Say how many areas are blind spots, and how many were not visited though finds are expected there."""
    table = found.table
    return say(
        "Blind spots: {blind} of {areas} areas; without a patrol report: {never}; {span}.",
        lang,
        blind=f"{int(table['blind'].sum()):,}",
        areas=f"{len(table):,}",
        never=f"{unvisited(table):,}",
        span=span(found.window.first, found.window.last, lang),
    )
