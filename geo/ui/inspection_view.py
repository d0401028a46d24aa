"""A visit for practice: places drawn by a seed, their form as a workbook, and what its results cost."""

from __future__ import annotations

from html import escape
from typing import Any

import polars as pl
import streamlit as st

from geo.agenda.loss import Losses
from geo.errors import HexwardError
from geo.export.inspection_form import column_words, of_another_draw, read_form, write_form
from geo.maps.labels import kind_name
from geo.planning.inspection import Visit, draw_points, score_visit
from geo.ui import empty
from geo.ui.bulletin_download import MIMES
from geo.ui.desk import Desk
from geo.ui.fault_list import list_faults
from geo.ui.plain import plain
from geo.ui.session import uploads_folder
from geo.ui.uploads import keep_file
from geo.words import say

USUAL = 3
"""Places of each kind, unless asked for otherwise."""
FEW = 30
"""Places visited below which the interval of an estimate is rough."""


def inspection(desk: Desk, found: Losses, lang: str) -> None:
    """Draw how many places of which kind, the form, and what came back."""
    areas = desk.opened.study.areas
    there = {kind: int((areas["kind"] == kind).sum()) for kind in found.scorecard.kinds}
    there = {kind: count for kind, count in there.items() if count}
    if not there:
        words = say("No area of a kind that the scorecard names was read.", lang)
        st.html(f'<div class="hx"><span class="m">{escape(words)}</span></div>')
        return
    wanted, columns = {}, st.columns(2, gap="small")
    for at, (kind, count) in enumerate(there.items()):
        with columns[at % 2]:
            label = f"{plain(kind_name(kind, lang))} ({count:,})"
            wanted[kind] = int(
                st.number_input(label, min_value=0, max_value=count, value=min(USUAL, count), key=f"draw-{kind}")
            )
    with columns[len(there) % 2]:
        help = say("The same number draws the same places, so that anyone can check the draw.", lang)
        seed = int(
            st.number_input(say("Seed", lang), min_value=0, max_value=999_999, value=1, key="draw-seed", help=help)
        )
    try:
        points = draw_points(_places(desk), wanted, seed)
    except HexwardError as refusal:
        empty.cannot(refusal, lang)
        return
    names = say(", ", lang).join(points["name"].to_list())
    heading = f"<h4>{escape(say('Places drawn', lang))} <small>{points.height}</small></h4>"
    st.html(f'<div class="hx">{heading}{escape(names)}</div>')
    about = {say("Seed", lang): f"{seed}"}
    st.download_button(
        say("Form to fill in (XLSX)", lang),
        lambda: write_form(
            points, found.scorecard, uploads_folder() / "form.xlsx", lang=lang, about=about
        ).read_bytes(),
        mime=MIMES[".xlsx"],
        file_name=f"hexward-inspection-{seed}.xlsx",
        type="primary",
        on_click="ignore",
    )
    file = st.file_uploader(say("Filled-in form", lang), type=["xlsx"], key="inspection-back")
    if file is not None:
        try:
            filled = read_form(keep_file(file.name, file.getvalue()), points, found.scorecard)
        except HexwardError as refusal:
            empty.cannot(refusal, lang)
            return
        headed = pl.col("column").map_elements(lambda name: column_words(name, lang), return_dtype=pl.String)
        list_faults(say("Not taken", lang), filled.faults.with_columns(headed), lang)
        if of_another_draw(filled, points, found.scorecard):
            words = say("This is the form of another draw: no points are reckoned. Set its kinds and seed above.", lang)
            st.html(f'<div class="hx refusal" role="alert">{escape(words)}</div>')
            return
        _scored(score_visit(points, filled.results, found.scorecard), lang)


def _places(desk: Desk) -> pl.DataFrame:
    """Return the areas of the study as places that can be drawn."""
    areas = desk.opened.study.areas
    at = areas.geometry.representative_point()
    columns = ("area_id", "kind", "name", "unit")
    texts = {name: [value if isinstance(value, str) else "" for value in areas[name]] for name in columns}
    return pl.DataFrame({**texts, "lat": at.y.to_list(), "lon": at.x.to_list()})


def _estimate(row: dict[str, Any], lang: str) -> str:
    """Say what all places of a kind would lose, and how far off that may be.

    >>> _estimate({"estimate": 80.0, "estimate_margin": 41.23, "visited": 5, "of": 20}, "en")
    '80.0 ± 41.2 (roughly 90 %, few places)'
    """
    said, margin = f"{row['estimate']:.1f}", row["estimate_margin"]
    if row["visited"] == row["of"]:
        return said
    sure = say("roughly 90 %, few places", lang) if row["visited"] < FEW else say("roughly 90 %", lang)
    return f"{said} ± {margin:.1f} ({sure})"


def _kind_words(row: dict[str, Any], lang: str) -> str:
    """Say what the places visited of a kind lost, and, where enough were, what all would."""
    counts = {"points": f"{row['points']:.1f}", "visited": row["visited"], "all": row["of"]}
    if row["estimate"] is None:
        return say("{points} points in {visited} of {all} places; few places: nothing on all", lang, **counts)
    estimate = _estimate(row, lang)
    return say(
        "{points} points in {visited} of {all} places; about {estimate} in all", lang, **counts, estimate=estimate
    )


def _scored(visit: Visit, lang: str) -> None:
    """Say what the visit cost, and what that says of all places."""
    lines = "".join(
        f"<dt>{escape(kind_name(row['kind'], lang))}</dt><dd>" + escape(_kind_words(row, lang)) + "</dd>"
        for row in visit.kinds.iter_rows(named=True)
    )
    units = "".join(
        f"<dt>{escape(row['unit'] or say('No unit named', lang))}</dt><dd>{row['points']:.1f}</dd>"
        for row in visit.units.iter_rows(named=True)
    )
    known = visit.total is not None
    total = say("{points} points lost", lang, points=f"{visit.total:.1f}") if known else say("No estimate", lang)
    notes = "".join(f"<li>{escape(one.sentence(lang))}</li>" for one in visit.notes)
    st.html(
        f'<div class="hx"><h4>{escape(total)}</h4><dl class="facts">{lines}{units}</dl></div>'
        f'<div class="hx sure-facts"><ul>{notes}</ul></div>'
    )
