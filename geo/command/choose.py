"""`choose`: where to work under a budget of team-days, who goes where on which day, and what that leaves undone."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from geo.command.choosing import Budget, Ranking
from geo.command.options import Category, Files, LastDay, Talk, Timezone, Window, day
from geo.command.telling import print_object, progress, say_aside

if TYPE_CHECKING:
    from datetime import date

    from geo.agenda.choice import Choice
    from geo.agenda.countdown import Countdown
    from geo.study import Question, Study


def choose(
    *,
    files: Files,
    ranking: Ranking,
    budget: Budget,
    review: Annotated[
        str | None, typer.Option("--review", help="Day of the review: says what each unit still closes by then.")
    ] = None,
    window: Window = "auto",
    until: LastDay = None,
    category: Category = [],  # noqa: B006 (typer copies it)
    timezone: Timezone = None,
    talk: Talk,
) -> None:
    """Choose the targets that hold most of the expected problems under a budget, and the days of every team."""
    from geo.agenda import told
    from geo.command.opening import open_city
    from geo.export.lists import check_target, write_list
    from geo.recurring.told import about, notes, summary
    from geo.study import Question

    started = time.perf_counter()
    talk.check()
    ranking.check()
    budget.check()
    visit = day("review", review)
    check_target(files.out)
    question = Question(window=window, until=day("until", until), categories=tuple(category))
    with progress(talk.lang) as tell:
        study = open_city(files, question, timezone=timezone, tell=tell)
        tell("Ranking the areas", 0.9)
        ranked = ranking.rank(study, question, lang=talk.lang)
        tell("Choosing the targets", 0.95)
        found = budget.choose(study, ranked, lang=talk.lang)
        countdown = None if visit is None else _count_down(study, question, found, visit, talk.lang)
        tell("Writing the list", 0.98)
        asked = told.asked_of_ranking(ranked, lang=talk.lang) | budget.said(talk.lang)
        cover = about(study, question, found, asked=asked, lang=talk.lang)
        write_list(found.table, files.out, lang=talk.lang, about=cover, beside={"routes": found.routes})
    own = [note.sentence(talk.lang) for note in found.notes]  # what the choice holds, and how good it is
    for text in notes(study, found, lang=talk.lang):
        if talk.as_json or text not in own:
            say_aside(text)
    if talk.as_json:
        counted = {**summary(study, found), "rows": len(found.table)}
        if countdown is not None:
            counted["countdown"] = {**countdown.summary, "by_unit": countdown.table.to_dicts()}
        print_object(counted, started)
    else:
        print("\n".join([*own, *told.days_in_short(found, lang=talk.lang)]))
        if countdown is not None:
            print(told.countdown_in_short(countdown, lang=talk.lang))


def _count_down(study: Study, question: Question, found: Choice, review: date, lang: str) -> Countdown:
    """Return what the units still close by the review of what is open in the chosen areas."""
    from geo.agenda.countdown import count_down
    from geo.agenda.performance import closing_performance

    chosen = found.table[found.table["chosen"]]["area_id"].to_list()
    pace = closing_performance(study, question, lang=lang)
    return count_down(study, question, review=review, performance=pace, areas=chosen, lang=lang)
