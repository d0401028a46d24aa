"""`scan`: the nightly look for what is sudden and local."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from geo.command.options import Category, Files, LastDay, Talk, Timezone, check_choice, day
from geo.words import say


def scan(
    *,
    files: Files,
    rings: Annotated[int, typer.Option("--rings", help="Largest zone: so many rings around a hexagon.")] = 3,
    days: Annotated[int, typer.Option("--days", help="An alarm lies in the last so many days.")] = 14,
    history: Annotated[str, typer.Option("--history", help="What is compared with: NNd, NNw or NNm.")] = "13w",
    replicates: Annotated[int, typer.Option("--replicates", help="Random cities that show what chance gives.")] = 199,
    model: Annotated[
        str, typer.Option("--model", help="permutation, or expectation (each place's own past).")
    ] = "permutation",
    every: Annotated[int, typer.Option("--every", help="Days from one look to the next.")] = 1,
    previous: Annotated[
        Path | None,
        typer.Option("--previous", help="List that the look before wrote: CSV, XLSX, GeoPackage or GeoJSON."),
    ] = None,
    until: LastDay = None,
    category: Category = [],  # noqa: B006 (typer copies it)
    only: Annotated[
        str | None, typer.Option("--only", help="signal (rarer than once a year by chance); every alarm unless given.")
    ] = None,
    timezone: Timezone = None,
    talk: Talk,
) -> None:
    """Look for sudden, local rises of the last days, and tell new alarms from continuing ones; made for every night."""
    from geo.command.listing import run
    from geo.recurring.alarms import Alarms, check_settings, look_for_alarms
    from geo.recurring.earlier import read_alarms, with_codes
    from geo.recurring.told import alarms_in_short
    from geo.study import Question, Study
    from geo.tables import ALL_CATEGORIES

    talk.check()
    if only is not None:
        check_choice("only", only, ("signal",))
    check_settings(rings, days, replicates, model, every)
    question = Question(until=day("until", until), categories=tuple(category))
    earlier = None if previous is None else read_alarms(previous)

    def look(study: Study) -> Alarms:
        codes = (ALL_CATEGORIES, *study.cube.counts["category"].unique())
        return look_for_alarms(
            study,
            question,
            rings=rings,
            days=days,
            history=history,
            replicates=replicates,
            model=model,
            every=every,
            previous=None if earlier is None else with_codes(earlier, codes),
            lang=talk.lang,
        )

    run(
        files,
        talk,
        question,
        look,
        alarms_in_short,
        only={only: True} if only else {},
        asked=lambda _: {
            say("Largest zone", talk.lang): say("{rings} rings", talk.lang, rings=rings),
            say("History", talk.lang): history,
            say("Model", talk.lang): model,
        },
        timezone=timezone,
    )
