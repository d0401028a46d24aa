"""Work orders that come back filled in: faults by row, conflicts side by side, and nothing applied before a yes."""

from __future__ import annotations

from datetime import date
from html import escape
from pathlib import Path

import polars as pl
import streamlit as st

from geo.errors import HexwardError
from geo.export.order_columns import state_name
from geo.export.order_return import Returned, confirm, read_back
from geo.maps.hexcells import digest
from geo.planning.orders import WorkOrders
from geo.ui import empty
from geo.ui.fault_list import list_faults
from geo.ui.plain import plain
from geo.ui.session import uploads_folder
from geo.ui.uploads import keep_file
from geo.words import say


def read_answers(orders: WorkOrders, key: str, lang: str) -> None:
    """Draw the uploader of filled-in workbooks, what they say, and the button that accepts it."""
    st.html(f'<div class="hx"><h4>{escape(say("Filled-in workbooks", lang))}</h4></div>')
    files = st.file_uploader(
        say("Filled-in workbooks", lang),
        type=["xlsx"],
        accept_multiple_files=True,
        key="orders-back",
        label_visibility="collapsed",
    )
    progress = uploads_folder() / f"progress-{digest(key)}.csv"
    if files:
        paths = [keep_file(file.name, file.getvalue()) for file in files]
        try:
            with st.spinner(say("Reading what came back", lang)):
                returned = read_back(paths, orders.problems, today=max(date.today(), orders.made_on), progress=progress)
            _show(returned, progress, lang)
        except HexwardError as refusal:
            empty.cannot(refusal, lang)
    if progress.exists():
        st.download_button(
            say("Answers accepted so far (CSV)", lang),
            progress.read_bytes,
            mime="text/csv",
            file_name="hexward-answers.csv",
            on_click="ignore",
            key="orders-progress",
        )


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
    accept = set(returned.changes.select("file", "row").iter_rows()) | _settled(returned.conflicts, lang)
    if not accept:
        return
    label = say("Accept the answers: {count}", lang, count=f"{len(accept):,}")
    if st.button(label, type="primary", key="accept-answers"):
        confirm(returned, progress, accept=accept)
        st.rerun(scope="fragment")


def _settled(conflicts: pl.DataFrame, lang: str) -> set[tuple[str, int]]:
    """Draw the answers that disagree, one choice for each problem, and return those that hold."""
    found: set[tuple[str, int]] = set()
    if not conflicts.height:
        return found
    title = say("In conflict: choose what holds", lang)
    st.html(f'<div class="hx"><h4>{escape(title)}</h4></div>')
    for (target,), answers in conflicts.partition_by("target_id", as_dict=True, maintain_order=True).items():
        rows = answers.to_dicts()
        chosen = st.radio(
            str(target),
            range(len(rows)),
            index=None,
            key=f"conflict-{target}",
            format_func=[_answer(row, lang) for row in rows].__getitem__,
        )
        if chosen is not None and not rows[chosen]["accepted"]:
            found.add((rows[chosen]["file"], rows[chosen]["row"]))
    return found


def _answer(row: dict[str, object], lang: str) -> str:
    parts = [state_name(str(row["after"]), lang), str(row["day"] or ""), str(row["note"] or "")]
    where = say("accepted earlier", lang) if row["accepted"] else f"{row['file']}, {row['row']}"
    return plain(" · ".join(part for part in [*parts, where] if part))
