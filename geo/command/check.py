"""`check`: what is in the files."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from geo.command.options import Areas, Boundary, MappingFile, Reports, Talk, Timezone, pairs
from geo.command.telling import print_object, progress


def check(
    *,
    reports: Reports,
    areas: Areas = [],  # noqa: B006 (typer copies it)
    mapping: MappingFile = None,
    boundary: Boundary = None,
    rejected: Annotated[
        Path | None, typer.Option("--rejected", help="Write the rejected rows, whole and with reasons, to this CSV.")
    ] = None,
    timezone: Timezone = None,
    talk: Talk,
) -> None:
    """Say what is in the files: rows kept, rejected and repaired, columns, coordinates, duplicates, piles."""
    from geo.export.lists import check_folder, write_csv
    from geo.material import read_material

    started = time.perf_counter()
    talk.check()
    if rejected is not None:
        check_folder(rejected)
    with progress(talk.lang) as tell:
        material = read_material(
            reports, pairs(areas), mapping=mapping, boundary=boundary, timezone=timezone, progress=tell
        )
    report = material.quality(talk.lang)
    if rejected is not None:
        write_csv(report.rejected_rows(talk.lang), rejected)
    if talk.as_json:
        print_object(report.summary, started)
    else:
        print("\n".join(report.lines(talk.lang)))
