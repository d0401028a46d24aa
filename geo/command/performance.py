"""`performance`: who closes on time, what is left open, and what comes back."""

from __future__ import annotations

from typing import Annotated

import typer

from geo.command.options import Category, Files, LastDay, Talk, Timezone, Window, day
from geo.words import note, say


def performance(
    *,
    files: Files,
    by: Annotated[str, typer.Option("--by", help="unit, or a kind of area, for example community.")] = "unit",
    window: Window = "auto",
    until: LastDay = None,
    category: Category = [],  # noqa: B006 (typer copies it)
    timezone: Timezone = None,
    talk: Talk,
) -> None:
    """Say how units, or areas, closed what was given to them: on time, open, overdue, reported again."""
    from geo.agenda.performance import closing_performance
    from geo.agenda.told import performance_in_short
    from geo.command.listing import run
    from geo.export.columns import said
    from geo.study import Question

    talk.check()
    question = Question(window=window, until=day("until", until), categories=tuple(category))
    run(
        files,
        talk,
        question,
        lambda study: closing_performance(study, question, by=by, lang=talk.lang),
        performance_in_short,
        only={},
        asked=lambda found: {say("One row per", talk.lang): said("by", found.by, talk.lang)},
        timezone=timezone,
        step=note("Counting what was closed"),
    )
