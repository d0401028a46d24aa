"""Work orders that come back filled in: faults by row, conflicts side by side, and nothing applied before a yes."""

from __future__ import annotations

from datetime import date
from html import escape
from pathlib import Path

import polars as pl
import streamlit as st

from geo.errors import HexwardError
from geo.export.csv_text import csv_bytes
from geo.export.order_columns import state_name
from geo.export.order_progress import accepted, read_progress
from geo.export.order_return import Returned, confirm, read_back
from geo.planning.orders import WorkOrders
from geo.ui import empty
from geo.ui.fault_list import list_faults
from geo.ui.plain import plain
from geo.ui.session import uploads_folder
from geo.ui.uploads import keep_file
from geo.words import numbers, say


def read_answers(orders: WorkOrders, lang: str) -> None:
    """Draw the uploader of filled-in workbooks, what they say, and the button that accepts it."""
    st.html(f'<div class="hx"><h4>{escape(say("Filled-in workbooks", lang))}</h4></div>')
    files = st.file_uploader(
        say("Filled-in workbooks", lang),
        type=["xlsx"],
        accept_multiple_files=True,
        key="orders-back",
        label_visibility="collapsed",
    )
    progress = progress_of(orders)
    if files:
        paths = [keep_file(file.name, file.getvalue()) for file in files]
        today = max(date.today(), orders.made_on)
        try:
            with st.spinner(say("Reading what came back", lang)):
                returned = read_back(paths, orders.problems, today=today, progress=progress, lang=lang)
            _show(returned, progress, lang)
        except HexwardError as refusal:
            empty.cannot(refusal, lang)
    if progress.exists():
        st.download_button(
            say("Answers accepted so far (CSV)", lang),
            lambda: csv_bytes(accepted(read_progress(progress))),
            mime="text/csv",
            file_name="hexward-answers.csv",
            on_click="ignore",
            key="orders-progress",
        )


def progress_of(orders: WorkOrders) -> Path:
    """Return the file of the answers to these orders: the same in either language, and however often they are made."""
    mark = orders.responsibilities["order_id"][0].rpartition("-")[0]
    return uploads_folder() / f"progress-{mark}.csv"


def _show(returned: Returned, progress: Path, lang: str) -> None:
    words = say(
        "Answers: {answers}, of these {new} new, {same} as before, {conflicts} in conflict; faults: {faults}.",
        lang,
        answers=f"{returned.answers:,}",
        new=f"{returned.changes.height:,}",
        same=f"{returned.unchanged:,}",
        conflicts=f"{returned.conflicts['target_id'].n_unique():,}",
        faults=f"{returned.faults.height:,}",
    )
    st.html(f'<div class="hx story"><p class="say">{escape(words)}</p></div>')
    list_faults(say("Not taken", lang), returned.faults, lang)
    list_faults(say("To look at", lang), returned.warnings, lang)
    settled, keep = _settled(returned.conflicts, lang)
    accept = settled | set(returned.changes.select("file", "row").iter_rows())
    if not (accept or keep):
        return
    label = say("Accept the answers: {count}", lang, count=f"{len(accept) + len(keep):,}")
    if st.button(label, type="primary", key="accept-answers"):
        confirm(returned, progress, accept=accept, keep=keep)
        st.rerun()


def _settled(conflicts: pl.DataFrame, lang: str) -> tuple[set[tuple[str, int]], set[str]]:
    """Draw the answers that disagree, one choice for each problem.

    Return file and row of the new ones that hold, and the problems of which the one accepted earlier does.
    """
    found: set[tuple[str, int]] = set()
    keep: set[str] = set()
    if not conflicts.height:
        return found, keep
    title = say("In conflict: choose what holds", lang)
    st.html(f'<div class="hx"><h4>{escape(title)}</h4></div>')
    for (target,), answers in conflicts.partition_by("target_id", as_dict=True, maintain_order=True).items():
        rows = answers.to_dicts()
        chosen = st.radio(
            str(target),
            range(len(rows)),
            index=None,
            key=f"conflict-{target}",
            format_func=[plain(answer_words(row, lang)) for row in rows].__getitem__,
        )
        if chosen is not None and rows[chosen]["accepted"]:
            keep.add(str(target))
        elif chosen is not None:
            found.add((rows[chosen]["file"], rows[chosen]["row"]))
    return found, keep


def answer_words(row: dict[str, object], lang: str) -> str:
    """Say an answer of `order_return.CONFLICTS` so that it can be told from another: what, when, by whom, from where.

    >>> said = {"after": "rectified", "day": date(2026, 11, 20), "by_unit": "East depot", "note": None, "photo": "7"}
    >>> answer_words(said | {"accepted": False, "file": "East.xlsx", "row": 3}, "en")
    'rectified · 20 Nov 2026 · East depot · photo 7 · East.xlsx row 3'
    """
    day, photo = row["day"], row["photo"]
    parts = (
        state_name(str(row["after"]), lang),
        numbers.day(day, lang) if isinstance(day, date) else "",
        row["by_unit"],
        row["note"],
        say("photo {number}", lang, number=photo) if photo else "",
        say("accepted earlier", lang) if row["accepted"] else "",
        say("{file} row {row}", lang, file=row["file"], row=row["row"]),
    )
    return " · ".join(str(part) for part in parts if part)
