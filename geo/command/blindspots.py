"""`blindspots`: where residents report and nobody patrols."""

from __future__ import annotations

from typing import Annotated

import typer

from geo.command.options import Category, Files, LastDay, Talk, Timezone, Window, check_choice, day


def blindspots(
    *,
    files: Files,
    window: Window = "auto",
    until: LastDay = None,
    category: Category = [],  # noqa: B006 (typer copies it)
    only: Annotated[
        str | None, typer.Option("--only", help="blind (far fewer finds than expected); every area unless given.")
    ] = None,
    timezone: Timezone = None,
    talk: Talk,
) -> None:
    """List the areas where residents report and patrols find little, with the last day of a patrol report."""
    from geo.command.listing import run
    from geo.recurring.blind_spots import find_blind_spots
    from geo.recurring.told import blind_spots_in_short
    from geo.study import Question

    talk.check()
    if only is not None:
        check_choice("only", only, ("blind",))
    question = Question(window=window, until=day("until", until), categories=tuple(category))
    run(
        files,
        talk,
        question,
        lambda study: find_blind_spots(study, question, lang=talk.lang),
        blind_spots_in_short,
        only={only: True} if only else {},
        asked=lambda _: {},
        timezone=timezone,
    )
