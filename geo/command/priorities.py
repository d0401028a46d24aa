"""`priorities`: which areas come first, and how sure that is."""

from __future__ import annotations

from typing import Annotated

import typer

from geo.command.choosing import Ranking
from geo.command.options import Category, Files, LastDay, Talk, Timezone, Window, check_choice, check_number, day
from geo.words import note

ONLY = {"A": ("tier", "A"), "black": ("board", "black"), "red": ("board", "red")}


def priorities(
    *,
    files: Files,
    ranking: Ranking,
    top: Annotated[int | None, typer.Option("--top", help="Chance to be among the first so many.")] = None,
    window: Window = "auto",
    until: LastDay = None,
    category: Category = [],  # noqa: B006 (typer copies it)
    only: Annotated[
        str | None, typer.Option("--only", help="A (the first tier), black or red (board); every area unless given.")
    ] = None,
    timezone: Timezone = None,
    talk: Talk,
) -> None:
    """Rank the areas of a kind by what the next 4 weeks will bring, in tiers, with the reasons of each."""
    from geo.agenda.told import asked_of_ranking, priorities_in_short
    from geo.command.listing import run
    from geo.study import Question

    talk.check()
    ranking.check()
    if only is not None:
        check_choice("only", only, tuple(ONLY))
    if top is not None:
        check_number("top", top, 1, 100_000)
    question = Question(window=window, until=day("until", until), categories=tuple(category))
    run(
        files,
        talk,
        question,
        lambda study: ranking.rank(study, question, lang=talk.lang, top=top),
        priorities_in_short,
        only=dict([ONLY[only]]) if only else {},
        asked=lambda found: asked_of_ranking(found, lang=talk.lang),
        timezone=timezone,
        step=note("Ranking the areas"),
    )
