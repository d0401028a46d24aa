"""What the verbs that write one list have in common: open, find, write, tell."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import geopandas as gpd

from geo.command.opening import open_city
from geo.command.options import Files, Talk
from geo.command.telling import print_object, progress, say_aside
from geo.export.lists import check_target, write_list
from geo.recurring import told
from geo.recurring.listed import Listed
from geo.study import Question, Study
from geo.words import Note, note

L = TypeVar("L", bound=Listed)
LOOKING = note("Looking for what keeps coming back")


def run(
    files: Files,
    talk: Talk,
    question: Question,
    find: Callable[[Study], L],
    in_short: Callable[..., str],
    *,
    only: Mapping[str, object],
    asked: Callable[[L], Mapping[str, str]],
    timezone: str | None,
    exposure: Sequence[Path] = (),
    step: Note = LOOKING,
) -> None:
    """Find a list and write it; say what it comes to. `only`: what columns hold in the rows that are written."""
    started = time.perf_counter()
    check_target(files.out)
    with progress(talk.lang) as tell:
        study = open_city(files, question, timezone=timezone, exposure=exposure, tell=tell)
        tell(step.text, 0.95)
        found = find(study)
        tell("Writing the list", 0.98)
        table = narrowed(found.table, only)
        about = told.about(study, question, found, asked=asked(found), lang=talk.lang)
        write_list(table, files.out, lang=talk.lang, about=about)
    for text in told.notes(study, found, lang=talk.lang):
        say_aside(text)
    if talk.as_json:
        print_object({**told.summary(study, found), "rows": len(table)}, started)
    else:
        print(in_short(found, lang=talk.lang))


def narrowed(table: gpd.GeoDataFrame, only: Mapping[str, object]) -> gpd.GeoDataFrame:
    """Return the rows whose columns hold what is asked for; all where nothing is.

    >>> table = gpd.GeoDataFrame({"tier": ["A", "B", "A"], "unit": ["x", "y", "z"]})
    >>> narrowed(table, {"tier": "A"})["unit"].to_list()
    ['x', 'z']
    """
    for column, held in only.items():
        table = table[table[column] == held]
    return table.reset_index(drop=True)
