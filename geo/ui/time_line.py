"""The time line of one cell: a square for each period, hot, quiet or neither; in the view of change with its bars."""

from __future__ import annotations

from datetime import date
from html import escape

import numpy as np
import pandas as pd
import streamlit as st

from geo.grid import cells as h3_cells
from geo.maps.changes import history_sentence, no_change, period_words
from geo.maps.palette import Palette
from geo.stats.change import Emerging
from geo.stats.emerging import TOO_SHORT
from geo.study import Answer
from geo.ui.cache import OpenedStudy
from geo.words import numbers, say

STATES = {"h": "hot", "c": "quiet", ".": "neither"}
BARS_PIXELS = 84


def history_words(row: pd.Series, period: str, lang: str) -> str:
    """Say what the label of `row` is read from, a row of `geo.sheet.what_became`; or that it is too short to call."""
    periods = period_words(int(row["steps"]), period, lang)
    if row["label"] == TOO_SHORT:
        return no_change(int(row["steps"]), periods, lang)
    return history_sentence(row["history"], row["trend_z"], row["trend_p"], periods, lang)


def draw_time_line(
    opened: OpenedStudy,
    answer: Answer,
    followed: Emerging,
    row: pd.Series,
    period: str,
    palette: Palette,
    lang: str,
    *,
    bars: bool,
) -> None:
    """Draw the periods of the cell of `row`, the oldest at the left; `bars`: with incidents and expected over them."""
    line = followed.lines[0]
    if not line.periods:
        return
    at = int(np.searchsorted(opened.study.cube.cells, h3_cells.string_to_cell([row["cell"]])[0]))
    told = [
        _period_words(first_last, state, ring, expected, lang)
        for first_last, state, ring, expected in zip(
            ((window.first, window.last) for window in line.periods),
            row["history"],
            line.ring[at].tolist(),
            line.expected[at].tolist(),
            strict=True,
        )
    ]
    label = escape(say("; ", lang).join(told))
    squares = "".join(
        f'<i class="{STATES[state]}" title="{escape(words)}"></i>'
        for state, words in zip(row["history"], told, strict=True)
    )
    title = period_words(len(line.periods), period, lang)
    span = numbers.span(line.periods[0].first, line.periods[-1].last, lang)
    hot = palette.core.fill
    words = f"<p>{escape(history_words(row, period, lang))}</p>" if not bars else ""
    if line.lens != answer.question.lens:
        beside = say("The periods are compared with the city's average, whatever the map compares with.", lang)
        words += f"<p>{escape(beside)}</p>"
    st.html(
        f'<div class="hx periods" style="--hot:{hot};--quiet:{palette.quiet.fill};--pale:{palette.line};'
        f'--bar:{palette.bar_before};--steps:{len(line.periods)}">'
        f"<h4>{escape(title)} <small>{escape(span)}</small></h4>"
        + (draw_bars(row["history"], line.ring[at], line.expected[at], told, lang) if bars else "")
        + f'<div class="squares" role="img" aria-label="{label}">{squares}</div>{words}</div>'
    )


def draw_bars(history: str, ring: np.ndarray, expected: np.ndarray, told: list[str], lang: str) -> str:
    """Return a bar for each period over its square, its expected number dashed; two are labelled, highest and last."""
    top = max(1.0, float(ring.max()), float(np.nanmax(expected, initial=0.0)))
    labelled = {int(ring.argmax()), len(ring) - 1}
    columns = "".join(
        f'<span title="{escape(words)}"><b class="{STATES[state]}" style="height:{100 * count / top:.1f}%"></b>'
        f'<u style="bottom:{100 * usual / top:.1f}%"></u>'
        + (f'<small style="bottom:{100 * count / top:.1f}%">{count:,.0f}</small>' if at in labelled else "")
        + "</span>"
        for at, (state, count, usual, words) in enumerate(
            zip(history, ring.tolist(), expected.tolist(), told, strict=True)
        )
    )
    quiet = f'&ensp;<em class="quiet">■ □</em> {escape(say("quiet", lang))}' if "c" in history else ""
    key = (
        f'<small><em class="hot">■</em> {escape(say("hot", lang))}&ensp;<em class="neither">■</em> '
        f"{escape(say('neither hot nor quiet' if quiet else 'not hot', lang))}{quiet}"
        f"&ensp;┄ {escape(say('expected', lang))}</small>"
    )
    return f'{key}<div class="bars" style="height:{BARS_PIXELS}px" aria-hidden="true">{columns}</div>'


def _period_words(days: tuple[date, date], state: str, ring: float, expected: float, lang: str) -> str:
    """Say what a square stands for: its days, its state, what was counted and what expected, with neighbours."""
    word = {"h": say("hot", lang), "c": say("quiet", lang), ".": say("neither hot nor quiet", lang)}[state]
    return say(
        "{days}: {state}; {count} with neighbours, {expected} expected",
        lang,
        days=numbers.span(*days, lang),
        state=word,
        count=f"{ring:,.0f}",
        expected=f"{expected:,.1f}",
    )
