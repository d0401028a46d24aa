"""`clusters`: clusters of hot spots and what became of them."""

from __future__ import annotations

from typing import Annotated

import typer

from geo.command.options import (
    Category,
    Exposure,
    Files,
    LastStep,
    Per,
    Period,
    Talk,
    Timezone,
    check_choice,
    day,
)
from geo.words import say


def clusters(
    *,
    files: Files,
    period: Period = "4w",
    until: LastStep = None,
    lens: Annotated[str, typer.Option("--lens", help="city or places.")] = "city",
    exposure: Exposure = [],  # noqa: B006 (typer copies it)
    per: Per = "",
    category: Category = [],  # noqa: B006
    timezone: Timezone = None,
    talk: Talk,
) -> None:
    """Follow clusters of hot spots through time: born, continued, split, merged, dormant, ended, reborn."""
    from geo.command.listing import run
    from geo.recurring.clusters import follow_clusters
    from geo.recurring.told import clusters_in_short
    from geo.stats.sentences import lens_title
    from geo.stats.timeline import DELTA, check_period
    from geo.study import Question

    talk.check()
    check_choice("lens", lens, tuple(DELTA))
    check_period(period)
    question = Question(until=day("until", until), lens=lens, categories=tuple(category), per=per)
    run(
        files,
        talk,
        question,
        lambda study: follow_clusters(study, question, period=period, lang=talk.lang),
        clusters_in_short,
        only={},
        asked=lambda _: {
            say("Compared with", talk.lang): lens_title(lens, talk.lang, per=per),
            say("Length of a period", talk.lang): period,
        },
        timezone=timezone,
        exposure=exposure,
    )
