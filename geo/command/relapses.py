"""`relapses`: where closed problems come back."""

from __future__ import annotations

from typing import Annotated

import typer

from geo.command.options import Category, Files, LastDay, Talk, Timezone, Window, check_choice, check_number, day
from geo.words import say


def relapses(
    *,
    files: Files,
    days: Annotated[int, typer.Option("--days", help="A relapse comes back within so many days of the closing.")] = 30,
    window: Window = "auto",
    until: LastDay = None,
    category: Category = [],  # noqa: B006 (typer copies it)
    only: Annotated[
        str | None, typer.Option("--only", help="confirmed (beyond chance); every place with a relapse unless given.")
    ] = None,
    timezone: Timezone = None,
    talk: Talk,
) -> None:
    """Rank the places to which closed problems come back; --window says which relapses are recent."""
    from geo.command.listing import run
    from geo.recurring.relapses import find_returns
    from geo.recurring.told import relapses_in_short
    from geo.study import Question

    talk.check()
    if only is not None:
        check_choice("only", only, ("confirmed",))
    check_number("days", days, 1, 365)
    question = Question(window=window, until=day("until", until), categories=tuple(category))
    run(
        files,
        talk,
        question,
        lambda study: find_returns(study, question, days=days, lang=talk.lang),
        relapses_in_short,
        only={only: True} if only else {},
        asked=lambda _: {say("Back within", talk.lang): say("{days} days", talk.lang, days=days)},
        timezone=timezone,
    )
