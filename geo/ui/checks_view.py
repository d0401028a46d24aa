"""How sure is this?: what was tested, what is left hollow, other decisions about the data, and every cluster's checks.

Unfolded on request; nothing of it is worked out before.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import pandas as pd
import polars as pl
import streamlit as st

from geo.checks.stability import CHECKS, Stability
from geo.maps.labels import source_name
from geo.maps.places import leading_cells
from geo.stats.hotspots import LEAST_EXPECTED
from geo.stats.map_notes import number_tested_note
from geo.stats.share import LEAST_TOTAL
from geo.stats.stability import ROBUST
from geo.study import Answer
from geo.ui import cache
from geo.ui.cache import OpenedStudy
from geo.ui.stability_badge import mark_of, part_words, verdict_words
from geo.words import say


@st.fragment
def how_sure(opened: OpenedStudy, answer: Answer, lang: str) -> None:
    """Draw the block; its tables are made when it is opened."""
    box = st.expander(say("How sure is this?", lang), key=f"how-sure-{lang}", on_change="rerun")
    if not box.open:
        return
    with box:
        st.html(f'<div class="hx sure-facts"><ul>{_items(_facts(answer, lang))}</ul></div>')
        with st.spinner(say("Asking again with other decisions", lang)):
            decisions = cache.sensitivity_of(opened, answer)
        _decisions(decisions, len(answer.tests), lang)
        if decisions["hot"][0]:
            with st.spinner(say("Asking again with other decisions", lang)):
                stability = Stability(tuple(cache.checks_of(opened, answer)))
            _clusters(stability, answer, lang)


def _items(sentences: Sequence[str]) -> str:
    return "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)


def _facts(answer: Answer, lang: str) -> list[str]:
    """Return the number of tests, how many places are left hollow, and what an interval is."""
    places = sum(int(test.tested.sum()) for test in answer.tests)
    few = sum(int((test.tested & ~test.enough).sum()) for test in answer.tests)
    told = {"few": f"{few:,}", "places": f"{places:,}"}
    hollow = (
        say(
            "{few} of {places} places are left hollow: with fewer than {least} incidents of all categories a share "
            "says little.",
            lang,
            least=LEAST_TOTAL,
            **told,
        )
        if answer.question.lens == "share"
        else say(
            "{few} of {places} places are left hollow: fewer than {least} incidents are expected there, so no ratio is "
            "shown and only a large excess could be hot.",
            lang,
            least=f"{LEAST_EXPECTED:g}",
            **told,
        )
    )
    interval = say(
        "A ratio comes with its 90 % interval: how far chance alone may have moved the count. It does not say that a "
        "place is hot.",
        lang,
    )
    return [number_tested_note(places).sentence(lang), hollow, interval]


def _decisions(table: pl.DataFrame, questions: int, lang: str) -> None:
    """Draw one row per decision about the data; `questions`: how many were asked, one per category."""
    head = [
        say("Decision", lang),
        say("Reports affected", lang),
        say("Hot spots", lang),
        say("Core", lang),
        say("Clusters", lang),
        say("Still hot", lang),
        say("Newly hot", lang),
    ]
    rows = []
    for row in table.iter_rows(named=True):
        shown = row["change"] == "as_shown"
        counts = [row["hot"], row["core"], row["clusters"]]
        decision = _decision(row["change"], row["source"], lang)
        if 0 < row["refused"] < questions:
            decision = say(
                "{decision}; {refused} of {all} categories cannot be answered and are left out",
                lang,
                decision=decision,
                refused=row["refused"],
                all=questions,
            )
        cells = [decision, "" if shown else f"{row['reports']:,}"]
        if row["hot"] is None:
            cells += [say("cannot be answered", lang), "", "", "", ""]
        else:
            kept = "" if shown or row["kept"] is None else f"{row['kept']:.0%}"
            cells += [*(f"{count:,}" for count in counts), kept, "" if shown else f"{row['new']:,}"]
        rows.append(cells)
    st.html(_table(say("With other decisions about the data", lang), "", head, rows, words=(0,)))


def _decision(change: str, source: str, lang: str) -> str:
    words = {
        "as_shown": say("As shown", lang),
        "reports": say("Duplicates not merged", lang),
        "piles": say("Piles counted", lang),
        "coarse": say("Without coarse points", lang),
        "source": say("Without {source}", lang, source=source_name(source, lang)),
    }
    return words[change]


def _clusters(stability: Stability, answer: Answer, lang: str) -> None:
    """Draw one row per cluster shown: what holds of it in every check."""
    names = {
        "coarser": say("Larger cells", lang),
        "shifted": say("Half a cell aside", lang),
        "reports": say("Every report", lang),
        "weeks": say("Without a week", lang),
    }
    head = [say("#", lang), say("Place", lang), *(names[name] for name in CHECKS), say("Verdict", lang)]
    rows = []
    for rank, place in leading_cells(answer.table)[["cluster_id", "place"]].itertuples(index=False):
        verdict = stability.of(int(rank))
        parts = [f"{mark_of(verdict, name)} {part_words(verdict.parts[name])}" for name in CHECKS]
        rows.append([f"{int(rank)}", "" if pd.isna(place) else place, *parts, " ".join(verdict_words(verdict, lang))])
    said = say(
        "The part of each cluster that is still hot. Robust: {least} or more in every check. Larger cells: single "
        "cells of the next coarser grid, each as large as a cell with its neighbours; of four ways to lay that grid "
        "the best one counts.",
        lang,
        least=f"{ROBUST:.0%}",
    )
    st.html(_table(say("What holds of every cluster", lang), said, head, rows, words=(0, 1, 6)))


def _table(title: str, said: str, head: Sequence[str], rows: Sequence[Sequence[str]], words: Sequence[int]) -> str:
    """Return a table in HTML; everything in it is escaped here. `words`: the columns that hold no numbers."""
    look = [' class="word"' if at in words else "" for at in range(len(head))]
    top = "".join(f'<th scope="col"{style}>{escape(name)}</th>' for name, style in zip(head, look, strict=True))
    body = "".join(
        "<tr>" + "".join(f"<td{style}>{escape(cell)}</td>" for cell, style in zip(row, look, strict=True)) + "</tr>"
        for row in rows
    )
    note = f"<small>{escape(said)}</small>" if said else ""
    return (
        f'<div class="hx checks"><h4>{escape(title)}</h4>{note}<div><table><thead><tr>{top}</tr></thead>'
        f"<tbody>{body}</tbody></table></div></div>"
    )
