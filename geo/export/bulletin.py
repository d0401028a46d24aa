"""The bulletin (通报): who stands where, who closes on time, what it may cost. A Word document to edit and send."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pandas as pd
import polars as pl

from geo.errors import BadList
from geo.export.bulletin_chart import lettered
from geo.export.bulletin_tables import (
    MOST_BARS,
    boards_table,
    losses_table,
    performance_table,
    plain,
    ranking_table,
)
from geo.export.document import Paper
from geo.export.lists import check_folder
from geo.export.print_text import not_in_font
from geo.planning.scorecard import Scorecard
from geo.words import Note, numbers, say

_FIGURES = "一二三四五六七八九十"


def bulletin(
    path: str | Path,
    *,
    priorities: pd.DataFrame | pl.DataFrame,
    performance: pd.DataFrame | pl.DataFrame,
    losses: pd.DataFrame | pl.DataFrame | None = None,
    scorecard: Scorecard | None = None,
    period: tuple[date, date],
    lang: str = "en",
    notes: Sequence[Note] = (),
) -> Path:
    """Write the bulletin to `path` (.docx) and return it. It appears whole or not at all.

    Parameters
    ----------
    priorities
        tables.PRIORITIES, of one kind or several; each kind is a table of its own, of its first MOST_ROWS.
    performance
        tables.PERFORMANCE, of units or of one kind of area.
    losses
        The ledger of units: unit (null for nobody), points, recoverable, areas, standing, indicator.
    scorecard
        By which the points of `losses` were reckoned: names its indicators, and says where it is an example.
    period
        First and last day that the figures speak of; the document bears the last.
    notes
        What to keep in mind, said at its end; what two tables say is said once.

    Raises BadList where the file cannot be written there, or the chart needs the font that was not fetched.
    """
    path = Path(path)
    if path.suffix.lower() != ".docx":
        raise BadList('A bulletin cannot be written as "{file}". Let its name end in .docx.', file=path.name)
    check_folder(path)
    check_letters(priorities, lang)
    ranked = _ranked(priorities)
    title = say("Bulletin on the state of the city's streets", lang)
    paper = Paper(title, period[1], lang)
    paper.put(title, "Title")
    paper.put(numbers.span(*period, lang), "Subtitle")
    sections = 0

    def head(text: str) -> None:
        nonlocal sections
        paper.put(f"{_FIGURES[sections]}、{text}" if lang == "zh" else f"{sections + 1}. {text}", "Heading 1")
        sections += 1

    head(say("What to put right first", lang))
    if ranked.empty:
        paper.put(say("No area was ranked.", lang), indent=True)
    for kind in ranked["kind"].unique():
        ranking_table(paper, ranked[ranked["kind"] == kind], str(kind), lang)
    if not ranked.empty:
        head(say("Red and black list", lang))
        boards_table(paper, ranked, lang)
    head(say("Closing on time", lang))
    performance_table(paper, _frame(performance), lang)
    if losses is not None:
        head(say("Expected score loss", lang))
        names = {one.code: one.name(lang) for one in scorecard.indicators} if scorecard else {}
        losses_table(paper, _frame(losses), names, lang)
        notes = (*notes, *(scorecard.caution if scorecard else ()))
    head(say("Keep in mind", lang))
    told = (_how_to_read(lang), _order_of_tables(lang), *(note.sentence(lang) for note in notes))
    for sentence in dict.fromkeys(told):
        paper.put(sentence, "List Bullet")
    paper.sign(say("Issued by: ____________", lang), numbers.day(period[1], lang))
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".hexward-") as folder:
            part = Path(folder) / "part.docx"
            part.write_bytes(paper.bytes())
            os.replace(part, path)
    except OSError as fault:
        raise BadList(
            "{file} cannot be written ({fault}). Close it where it is open, or choose another folder.",
            file=path,
            fault=fault.strerror or fault,
        ) from fault
    return path


def check_letters(priorities: pd.DataFrame | pl.DataFrame, lang: str = "en") -> None:
    """Raise BadList where the charts of these `tables.PRIORITIES` need the font with Chinese, which was not fetched."""
    for _, rows in _ranked(priorities).groupby("kind"):
        not_in_font(lettered(plain(rows.head(MOST_BARS)), lang))


def _how_to_read(lang: str) -> str:
    return say(
        "Tiers stand for a rank: where intervals overlap, the order within a tier is not known. Moved: places since 4 "
        "weeks ago, ↑ is worse.",
        lang,
    )


def _order_of_tables(lang: str) -> str:
    return say(
        "How the tables are sorted: areas by their score; closing by the share on time, drawn toward that of all where "
        "few were due; score loss by the points.",
        lang,
    )


def _ranked(priorities: pd.DataFrame | pl.DataFrame) -> pd.DataFrame:
    """Return the ranking as on the screen: no tier on too few reports."""
    ranked = _frame(priorities)
    return ranked.assign(tier=ranked["tier"].where(ranked["enough"].astype(bool), ""))


def _frame(rows: pd.DataFrame | pl.DataFrame) -> pd.DataFrame:
    return rows.to_pandas() if isinstance(rows, pl.DataFrame) else pd.DataFrame(rows)
