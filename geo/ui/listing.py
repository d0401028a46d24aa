"""A list under a map: one row is marked, and a click anywhere on another one chooses that."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

TABLE_PIXELS, ROW_PIXELS = 206, 29


def pick_row(
    said: pd.DataFrame,
    ids: Sequence[str],
    selected: str,
    row_of: Callable[[str], int | None],
    columns: Mapping[str, Any],
    *,
    key: str,
    name: str,
    pixels: int = TABLE_PIXELS,
) -> str | None:
    """Draw the rows of `said`, mark the one of what is `selected`, and return the id of a row clicked just now.

    `ids`: one for every row. `row_of`: which row speaks for an id. `key`: of the list's place on the page; `name` is
    another one for another list in that place. `pixels`: the most it is high.

    A click anywhere on a row counts, also on the one that is marked. A selection written from Python would come back as
    if it had been clicked, one run later. A table that has to mark another row therefore is a new one, with that row as
    its default: on top, where it would otherwise be out of sight.
    """
    shown = st.session_state.setdefault(
        f"list-{key}", {"name": None, "id": None, "rows": [], "top": None, "version": 0}
    )
    clicked = None
    if name == shown["name"]:
        row = _clicked(st.session_state.get(f"{key}-{shown['version']}"), shown["rows"])
        if row is not None and row < len(ids):
            selected = clicked = ids[_order(len(ids), shown["top"])[row]]
    wanted = row_of(selected)
    told = _told_by(shown["rows"], shown["top"], len(ids)) if name == shown["name"] else None
    if name != shown["name"] or clicked is not None or (shown["id"] != selected and told != wanted):
        if clicked is None:  # a row that was clicked stays where it is
            shown["top"] = wanted if wanted is not None and wanted >= pixels // ROW_PIXELS - 1 else None
        marked = [] if wanted is None else [_order(len(ids), shown["top"]).index(wanted)]
        shown |= {"name": name, "rows": marked, "version": shown["version"] + 1}
    shown["id"] = selected
    st.dataframe(
        said.iloc[_order(len(ids), shown["top"])],
        key=f"{key}-{shown['version']}",
        hide_index=True,
        height=min(pixels, ROW_PIXELS * (len(ids) + 1) + 3),
        row_height=ROW_PIXELS,
        on_select="rerun",
        selection_mode=["single-row", "single-cell"],
        selection_default={"selection": {"rows": shown["rows"]}},
        placeholder="–",
        column_config=dict(columns),
    )
    return clicked


def _clicked(event: Any, marked: list[int]) -> int | None:
    """Return the row that was clicked since the table was drawn: at its box, or anywhere else.

    A box that is clicked again is emptied, and names some cell beside.

    >>> [_clicked({"selection": {"rows": rows, "cells": []}}, [0]) for rows in ([], [0], [1])]
    [0, None, 1]
    >>> _clicked({"selection": {"rows": [0], "cells": [(2, "place")]}}, [0])
    2
    """
    if not event:
        return None
    rows, cells = list(event["selection"]["rows"]), list(event["selection"]["cells"])
    if rows != marked:
        return (rows or marked)[0]
    return int(cells[0][0]) if cells else None


def _order(rows: int, top: int | None) -> list[int]:
    """Return the positions of the rows as they are listed.

    >>> _order(4, 2), _order(3, None)
    ([2, 0, 1, 3], [0, 1, 2])
    """
    rest = [row for row in range(rows) if row != top]
    return rest if top is None else [top, *rest]


def _told_by(marked: list[int], top: int | None, rows: int) -> int | None:
    """Return the position of the row that is marked."""
    return _order(rows, top)[marked[0]] if marked else None
