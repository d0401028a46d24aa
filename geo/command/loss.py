"""`loss`: what a review would cost in points, and what can still be won back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from geo.command.options import Category, Files, LastDay, Talk, Timezone, Window, day
from geo.words import note, numbers, say


def loss(
    *,
    files: Files,
    scorecard: Annotated[
        Path | None,
        typer.Option("--scorecard", help="TOML file of indicators and deductions; an example unless given."),
    ] = None,
    visit: Annotated[
        str | None, typer.Option("--visit", help="Day of the review; four weeks after the last day unless given.")
    ] = None,
    window: Window = "auto",
    until: LastDay = None,
    category: Category = [],  # noqa: B006 (typer copies it)
    timezone: Timezone = None,
    talk: Talk,
) -> None:
    """Say what a review would cost in points, per area and indicator, and who loses them."""
    from geo.agenda.loss import Losses, expected_loss
    from geo.agenda.told import losses_in_short
    from geo.command.listing import run
    from geo.planning.scorecard import read_scorecard
    from geo.study import Question, Study

    talk.check()
    question = Question(window=window, until=day("until", until), categories=tuple(category))
    on = day("visit", visit)

    def find(study: Study) -> Losses:
        card = None if scorecard is None else read_scorecard(scorecard, themes=study.material.themes)
        return expected_loss(study, question, scorecard=card, visit=on, lang=talk.lang)

    run(
        files,
        talk,
        question,
        find,
        losses_in_short,
        only={},
        asked=lambda found: {
            say("Scorecard", talk.lang): found.scorecard.name(talk.lang),
            say("Day of the review", talk.lang): numbers.day(found.visit, talk.lang),
        },
        timezone=timezone,
        step=note("Reckoning the score loss"),
    )
