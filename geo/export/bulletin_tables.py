"""The tables of a bulletin: the ranking with its chart, the boards, the closings, the points."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from geo.export.bulletin_chart import chart
from geo.export.document import Paper
from geo.maps.labels import kind_name
from geo.planning.orders import unit_name
from geo.words import say, together

MOST_ROWS = 30  # of a ranking
MOST_BARS = 15

# Millimetres of the columns of each table; English words are wider than Chinese ones, and figures alike.
_WIDTHS: dict[str, dict[str, tuple[int, ...]]] = {
    "ranking": {"zh": (9, 44, 19, 14, 26, 11, 33), "en": (10, 38, 18, 19, 27, 16, 28)},
    "boards": {"zh": (14, 28, 81, 33), "en": (24, 30, 73, 29)},
    "performance": {"zh": (44, 13, 13, 30, 12, 12, 13, 19), "en": (38, 12, 12, 28, 12, 19, 16, 19)},
    "losses": {"zh": (46, 20, 20, 16, 20, 34), "en": (40, 20, 26, 14, 20, 36)},
}


def ranking_table(paper: Paper, rows: pd.DataFrame, kind: str, lang: str) -> None:
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
        for row in plain(first).itertuples(index=False)
    ]  # fmt: skip
    paper.table(caption, heads, _WIDTHS["ranking"][lang], table, {2, 3, 4, 5})
    drawn = first.head(MOST_BARS)
    best = plain(drawn).iloc[0]
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
    paper.picture(chart(plain(drawn), lang), alt)


def _moved(places: float | None) -> str:
    """Say a movement since 4 weeks ago: up is worse.

    >>> _moved(2), _moved(-11), _moved(0), _moved(None)
    ('↑2', '↓11', '–', '')
    """
    if places is None:
        return ""
    return f"↑{places:.0f}" if places > 0 else f"↓{-places:.0f}" if places < 0 else "–"


def boards_table(paper: Paper, rows: pd.DataFrame, lang: str) -> None:
    """List the best and the worst beyond luck, with the reason."""
    boards = {"red": say("Red board", lang), "black": say("Black board", lang)}
    table = [
        (boards[board], str(row.name or row.area_id), row.reason or "", row.unit or "")
        for board in boards
        for row in plain(rows[rows["board"] == board]).itertuples(index=False)
    ]
    if not table:
        paper.put(say("No area is so good or so bad that luck could not have done it.", lang), indent=True)
        return
    heads = (say("Board", lang), say("Area", lang), say("Why", lang), say("Unit", lang))
    paper.table(say("Best and worst beyond luck", lang), heads, _WIDTHS["boards"][lang], table, set())


def performance_table(paper: Paper, rows: pd.DataFrame, lang: str) -> None:
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
            _count(row.due),
            _count(row.on_time),
            "–" if row.on_time_share is None else
            f"{100 * row.on_time_share:.0f}% ({100 * row.on_time_low:.0f}–{100 * row.on_time_high:.0f})",
            _count(row.backlog),
            _count(row.overdue),
            "–" if row.median_days is None else f"{row.median_days:.1f}",
            "–" if row.checked is None else f"{row.failed:,} / {row.checked:,}",
        )
        for row in plain(rows).itertuples(index=False)
    ]  # fmt: skip
    caption = say("How what was given was closed", lang)
    paper.table(caption, heads, _WIDTHS["performance"][lang], table, set(range(1, 8)))


def _count(count: int | None) -> str:
    """Say how many; without the columns of closing or of the deadline in the reports it is not known.

    >>> _count(1234), _count(0), _count(None)
    ('1,234', '0', '–')
    """
    return "–" if count is None else f"{count:,}"


def losses_table(paper: Paper, rows: pd.DataFrame, indicators: Mapping[str, str], lang: str) -> None:
    """List whose points a visit would cost: who loses them answers for them (谁失分谁负责)."""
    if rows.empty:
        paper.put(say("The scorecard assesses none of these areas.", lang), indent=True)
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
            indicators.get(row.indicator, row.indicator) or "",
        )
        for row in plain(rows).itertuples(index=False)
    ]
    paper.table(say("Whose points a visit would cost", lang), heads, _WIDTHS["losses"][lang], table, {1, 2, 3, 4})


def plain(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows whose missing values are None, so that each is said as nothing."""
    plain = rows.drop(columns="geometry", errors="ignore")
    return plain.astype(object).where(plain.notna(), None)
