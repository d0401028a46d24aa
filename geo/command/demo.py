"""`demo`: the files of the demo city."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from geo.command.options import Talk
from geo.command.telling import print_object, progress
from geo.errors import RefusedQuestion
from geo.words import say


def demo(
    *,
    folder: Annotated[Path, typer.Argument(help="Folder for the files of the demo city; made if it is not there.")],
    seed: Annotated[int, typer.Option("--seed", help="Another seed, another city.")] = 20261115,
    talk: Talk,
) -> None:
    """Make the demo city: a fictional district with 30 months of reports and its known truth."""
    from data import make_city
    from geo.export.lists import check_made

    started = time.perf_counter()
    talk.check()
    check_made(folder)
    if seed < 0:
        raise RefusedQuestion("--seed cannot be {value}. Write a whole number from 0 up.", value=seed)
    with progress(talk.lang) as tell:
        summary = make_city(folder, seed=seed, progress=tell)
    if talk.as_json:
        print_object(summary, started)
    else:
        print(say("The demo city is in {folder}.", talk.lang, folder=folder))
