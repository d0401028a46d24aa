"""How every verb that asks something of a city opens it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from geo.command.options import Files, pairs
from geo.errors import RefusedQuestion
from geo.material import Progress
from geo.study import Question, Study, open_study


def open_city(
    files: Files, question: Question, *, timezone: str | None, exposure: Sequence[Path] = (), tell: Progress
) -> Study:
    """Read and count the files for a question.

    Raises HexwardError where they cannot be used, or hold nothing of what places are to be compared by.
    """
    study = open_study(
        files.reports,
        pairs(files.areas),
        mapping=files.mapping,
        boundary=files.boundary,
        resolution=files.resolution,
        timezone=timezone,
        exposure=exposure,
        window=question.window,
        until=question.until,
        categories=question.categories,
        progress=tell,
    )
    if question.per and not study.exposures:  # which of several is meant is found out later
        raise RefusedQuestion(
            'There is no exposure to compare by "{per}". Give its table with --exposure.', per=question.per
        )
    return study
