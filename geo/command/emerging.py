"""`emerging`: what became of places over the periods."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from geo.command.options import (
    Category,
    EachCategory,
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
from geo.command.telling import print_object, progress, say_aside


def emerging(
    *,
    files: Files,
    period: Period = "4w",
    until: LastStep = None,
    lens: Annotated[str, typer.Option("--lens", help="city or places.")] = "city",
    exposure: Exposure = [],  # noqa: B006 (typer copies it)
    per: Per = "",
    category: Category = [],  # noqa: B006
    each_category: EachCategory = False,
    only: Annotated[
        str | None, typer.Option("--only", help="labelled (every pattern) or hot (hot ones); every cell unless given.")
    ] = None,
    timezone: Timezone = None,
    talk: Talk,
) -> None:
    """Say what became of places: new, coming back, chronic or past hot spots, by Esri's 17 patterns."""
    from geo import account
    from geo import study as studies
    from geo.command.opening import open_city
    from geo.export import lists
    from geo.stats.timeline import DELTA, check_period

    started = time.perf_counter()
    talk.check()
    check_choice("lens", lens, tuple(DELTA))
    if only is not None:
        check_choice("only", only, ("labelled", "hot"))
    check_period(period)
    lists.check_target(files.out)
    question = studies.Question(
        until=day("until", until), lens=lens, categories=tuple(category), each_category=each_category, per=per
    )
    with progress(talk.lang) as tell:
        study = open_city(files, question, timezone=timezone, exposure=exposure, tell=tell)
        tell("Testing every cell", 0.95)
        found = studies.follow(study, question, period=period, lang=talk.lang)
        tell("Writing the list", 0.98)
        about = account.about_changes(study, question, found, lang=talk.lang)
        lists.write_list(found.only(only or "all"), files.out, lang=talk.lang, about=about)
    for text in account.change_notes(study, found, lang=talk.lang):
        say_aside(text)
    summary = account.change_summary(study, found)
    if talk.as_json:
        print_object(summary, started)
    else:
        print(account.change_sentence(summary, lang=talk.lang))
