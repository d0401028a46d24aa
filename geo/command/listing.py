"""What the verbs that list what keeps coming back have in common: open, find, write, tell."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from geo.command.opening import open_city
from geo.command.options import Files, Talk
from geo.command.telling import print_object, progress, say_aside
from geo.export.lists import check_target, write_list
from geo.recurring import told
from geo.recurring.listed import Listed
from geo.study import Question, Study


def run(
    files: Files,
    talk: Talk,
    question: Question,
    find: Callable[[Study], Listed],
    in_short: Callable[..., str],
    *,
    only: str | None,
    asked: Mapping[str, str],
    timezone: str | None,
    exposure: Sequence[Path] = (),
) -> None:
    """Find a list and write it; say what it comes to. `only`: the column whose true rows are written, or every row."""
    started = time.perf_counter()
    check_target(files.out)
    with progress(talk.lang) as tell:
        study = open_city(files, question, timezone=timezone, exposure=exposure, tell=tell)
        tell("Looking for what keeps coming back", 0.95)
        found = find(study)
        tell("Writing the list", 0.98)
        table = found.table if only is None else found.table[found.table[only]].reset_index(drop=True)
        about = told.about(study, question, found, asked=asked, lang=talk.lang)
        write_list(table, files.out, lang=talk.lang, about=about)
    for text in told.notes(study, found, lang=talk.lang):
        say_aside(text)
    if talk.as_json:
        print_object({**told.summary(study, found), "rows": len(table)}, started)
    else:
        print(in_short(found, lang=talk.lang))
