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
from geo.export.bulletin_chart import chart
from geo.export.document import Paper
from geo.export.lists import check_folder
from geo.export.print_text import not_in_font
from geo.maps.labels import kind_name
from geo.planning.orders import unit_name
from geo.words import Note, numbers, say, together

MOST_ROWS = 30  # of a ranking
MOST_BARS = 15

_FIGURES = "一二三四五六七八九十"
# Millimetres of the columns of each table; English words are wider than Chinese ones, and figures alike.
_WIDTHS: dict[str, dict[str, tuple[int, ...]]] = {
    "ranking": {"zh": (9, 44, 19, 14, 26, 11, 33), "en": (10, 38, 18, 19, 27, 16, 28)},
    "boards": {"zh": (14, 28, 81, 33), "en": (24, 30, 73, 29)},
    "performance": {"zh": (44, 13, 13, 30, 12, 12, 13, 19), "en": (38, 12, 12, 28, 12, 19, 16, 19)},
    "losses": {"zh": (46, 20, 20, 16, 20, 34), "en": (40, 20, 26, 14, 20, 36)},
}


def bulletin(
    path: str | Path,
    *,
    priorities: pd.DataFrame | pl.DataFrame,
    performance: pd.DataFrame | pl.DataFrame,
    losses: pd.DataFrame | pl.DataFrame | None = None,
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
    period
        First and last day that the figures speak of; the document bears the last.
    notes
        What to keep in mind, said at its end.

    Raises BadList where the file cannot be written there, or the chart needs the font that was not fetched.
    """
    path = Path(path)
    if path.suffix.lower() != ".docx":
        raise BadList('A bulletin cannot be written as "{file}". Let its name end in .docx.', file=path.name)
    check_folder(path)
    ranked = _frame(priorities)
    ranked["tier"] = ranked["tier"].where(ranked["enough"].astype(bool), "")  # as on the screen: no tier on so few
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
        _ranking(paper, ranked[ranked["kind"] == kind], str(kind), lang)
    if not ranked.empty:
        head(say("Red and black list", lang))
        _boards(paper, ranked, lang)
    head(say("Closing on time", lang))
    _performance(paper, _frame(performance), lang)
    if losses is not None:
        head(say("Expected score loss", lang))
        _losses(paper, _frame(losses), lang)
    head(say("Keep in mind", lang))
    for sentence in (_how_to_read(lang), _order_of_tables(lang), *(note.sentence(lang) for note in notes)):
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


def _ranking(paper: Paper, rows: pd.DataFrame, kind: str, lang: str) -> None:
    """Say how many areas of a kind stand in which tier, list the first, and draw them."""
    counts = rows["tier"].value_counts()
    few = int(counts.get("", 0))
    told = [
        say(
            "{kind}: {areas} ranked, with {incidents} incidents in the period. Tier A {a}, tier B {b}, tier C {c}.",
            lang,
            kind=kind_name(kind, lang),
            areas=f"{len(rows):,}",
            incidents=f"{int(rows['incidents'].sum()):,}",
            **{tier.lower(): int(counts.get(tier, 0)) for tier in "ABC"},
        )
    ]
    if few:
        told.append(say("Too few reports for a tier, marked □: {few}.", lang, few=few))
    paper.put(together(told, lang), indent=True)
    first = rows.head(MOST_ROWS)
    caption = say(
        "{kind}: the first {shown} of {areas}", lang, kind=kind_name(kind, lang), shown=len(first), areas=len(rows)
    )
    heads = (say("Tier", lang), say("Area", lang), say("Rank, 90 % interval", lang), say("Incidents", lang),
             say("Next 4 weeks, 90 % interval", lang), say("Moved", lang), say("Unit", lang))  # fmt: skip
    table = [
        (
            row.tier or "□",
            f"{row.name or row.area_id} ({row.parent})" if row.parent and lang == "en" else
            f"{row.name or row.area_id}（{row.parent}）" if row.parent else str(row.name or row.area_id),
            f"{row.rank_low:.0f}–{row.rank_high:.0f}",
            f"{row.incidents:,}",
            f"{row.forecast:.1f} ({row.forecast_low:.0f}–{row.forecast_high:.0f})",
            _moved(row.moved),
            row.unit or "",
        )
        for row in _plain(first).itertuples(index=False)
    ]  # fmt: skip
    paper.table(caption, heads, _WIDTHS["ranking"][lang], table, {2, 3, 4, 5})
    drawn = first.head(MOST_BARS)
    not_in_font(drawn["name"].fillna(""))  # refuses, where Chinese cannot be lettered
    best = _plain(drawn).iloc[0]
    alt = say(
        "Bars of the incidents expected in the next 4 weeks in {areas} areas; first {name} with {forecast}, 90 % "
        "interval {low} to {high}.",
        lang,
        areas=len(drawn),
        name=best["name"] or best["area_id"],
        forecast=f"{best['forecast']:.1f}",
        low=f"{best['forecast_low']:.0f}",
        high=f"{best['forecast_high']:.0f}",
    )
    paper.picture(chart(_plain(drawn), lang), alt)


def _moved(places: float | None) -> str:
    """Say a movement since 4 weeks ago: up is worse.

    >>> _moved(2), _moved(-11), _moved(0), _moved(None)
    ('↑2', '↓11', '–', '')
    """
    if places is None:
        return ""
    return f"↑{places:.0f}" if places > 0 else f"↓{-places:.0f}" if places < 0 else "–"


def _boards(paper: Paper, rows: pd.DataFrame, lang: str) -> None:
    """List the best and the worst beyond luck, with the reason."""
    boards = {"red": say("Red board", lang), "black": say("Black board", lang)}
    table = [
        (boards[board], str(row.name or row.area_id), row.reason or "", row.unit or "")
        for board in boards
        for row in _plain(rows[rows["board"] == board]).itertuples(index=False)
    ]
    if not table:
        paper.put(say("No area is so good or so bad that luck could not have done it.", lang), indent=True)
        return
    heads = (say("Board", lang), say("Area", lang), say("Why", lang), say("Unit", lang))
    paper.table(say("Best and worst beyond luck", lang), heads, _WIDTHS["boards"][lang], table, set())


def _performance(paper: Paper, rows: pd.DataFrame, lang: str) -> None:
    """List who closed what was due in time, with the interval that so few or so many allow."""
    if rows.empty:
        paper.put(say("Nothing was given to anybody in the period.", lang), indent=True)
        return
    of_units = rows["by"].iloc[0] == "unit"
    heads = (say("Unit", lang) if of_units else say("Area", lang), say("Due", lang), say("On time", lang),
             say("Share on time, 90 % interval", lang), say("Still open", lang), say("Overdue", lang),
             say("Median days", lang), say("Failed checks", lang))  # fmt: skip
    table = [
        (
            unit_name(row.name or row.key, lang),
            f"{row.due:,}",
            f"{row.on_time:,}",
            "–" if row.on_time_share is None else
            f"{100 * row.on_time_share:.0f}% ({100 * row.on_time_low:.0f}–{100 * row.on_time_high:.0f})",
            f"{row.backlog:,}",
            f"{row.overdue:,}",
            "–" if row.median_days is None else f"{row.median_days:.1f}",
            f"{row.failed:,} / {row.checked:,}",
        )
        for row in _plain(rows).itertuples(index=False)
    ]  # fmt: skip
    caption = say("How what was given was closed", lang)
    paper.table(caption, heads, _WIDTHS["performance"][lang], table, set(range(1, 8)))


def _losses(paper: Paper, rows: pd.DataFrame, lang: str) -> None:
    """List whose points a visit would cost: who loses them answers for them (谁失分谁负责)."""
    if rows.empty:
        paper.put(say("No point would be lost.", lang), indent=True)
        return
    heads = (say("Unit", lang), say("Points at stake", lang), say("Recoverable", lang), say("Areas", lang),
             say("Open problems", lang), say("Dearest indicator", lang))  # fmt: skip
    table = [
        (
            unit_name(row.unit, lang),
            f"{row.points:.1f}",
            f"{row.recoverable:.1f}",
            f"{row.areas:,}",
            f"{row.standing:,}",
            row.indicator or "",
        )
        for row in _plain(rows).itertuples(index=False)
    ]
    paper.table(say("Whose points a visit would cost", lang), heads, _WIDTHS["losses"][lang], table, {1, 2, 3, 4})


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


def _frame(rows: pd.DataFrame | pl.DataFrame) -> pd.DataFrame:
    return rows.to_pandas() if isinstance(rows, pl.DataFrame) else pd.DataFrame(rows)


def _plain(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows whose missing values are None, so that each is said as nothing."""
    plain = rows.drop(columns="geometry", errors="ignore")
    return plain.astype(object).where(plain.notna(), None)
