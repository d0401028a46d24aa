"""What cannot be taken of a workbook that came back: each fault by its row, with what to do."""

from __future__ import annotations

from html import escape
from typing import Any

import polars as pl
import streamlit as st

from geo.export.csv_text import csv_bytes
from geo.words import say

MOST = 100
"""Faults that are listed on the page; more of them come as a file too."""
_MOST_CHARS = 80


def list_faults(title: str, faults: pl.DataFrame, lang: str) -> None:
    """List faults (row, column, value, reason, and file where several were given) under their number."""
    if not faults.height:
        return
    said = faults.with_columns(pl.col("reason").map_elements(lambda reason: say(reason, lang), return_dtype=pl.String))
    lines = "".join(_line(fault, lang) for fault in said.head(MOST).iter_rows(named=True))
    st.html(
        f'<div class="hx faults"><h4>{escape(title)} <small>{faults.height:,}</small></h4>'
        f'<ul tabindex="0" aria-label="{escape(title)}">{lines}</ul></div>'
    )
    if faults.height > MOST:
        st.download_button(
            say("All {count} (CSV)", lang, count=f"{faults.height:,}"),
            lambda: csv_bytes(said),
            mime="text/csv",
            file_name="hexward-faults.csv",
            on_click="ignore",
            key=f"faults-{title}",
        )


def _line(fault: dict[str, Any], lang: str) -> str:
    """Return a fault as a line of the list: where, what stands there, what is wrong, in which file if not said."""
    row = "" if fault["row"] is None else say("Row {row}", lang, row=fault["row"])
    where = " · ".join(part for part in (row, fault["column"]) if part)
    value = fault["value"] or ""
    file = fault.get("file") or ""
    shown = value if len(value) <= _MOST_CHARS else f"{value[:_MOST_CHARS]}…"
    parts = (
        f"<b>{escape(where)}</b>" if where else "",
        f"<q>{escape(shown)}</q>" if shown else "",
        escape(fault["reason"]),
        f"<small>{escape(file)}</small>" if file not in fault["reason"] else "",
    )
    return f"<li>{' '.join(part for part in parts if part)}</li>"
