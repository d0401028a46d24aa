"""The red and black list, how much few areas hold, and what the ranking was worth on past days."""

from __future__ import annotations

from html import escape
from typing import Any

import altair as alt
import polars as pl
import streamlit as st

from geo.agenda.priorities import Priorities
from geo.errors import HexwardError
from geo.maps.palette import Palette
from geo.maps.tiers import BOARD_GLYPHS, board_name
from geo.planning.concentration import share_holding
from geo.ui import agenda_cache
from geo.ui.agenda_words import rank_words
from geo.ui.desk import Desk, choose_target
from geo.ui.plain import plain
from geo.words import numbers, say, together

WIDE, HIGH = 300, 150  # pixels of the chart


def boards(found: Priorities, lang: str) -> None:
    """Offer the areas that are worst and best beyond luck."""
    with st.popover(say("Red and black list", lang)):
        words = say("Far from their kind, beyond luck; a handful of reports gets no area here.", lang)
        words = together([note.sentence(lang) for note in found.ranking.unlisted] or [words], lang)
        st.html(f'<div class="hx"><span class="m">{escape(words)}</span></div>')
        for board in ("red", "black"):
            rows = found.table[found.table["board"] == board]
            rows = rows if board == "black" else rows.iloc[::-1]
            heading = f"{BOARD_GLYPHS[board]} {board_name(board, lang)}"
            st.html(f'<div class="hx"><h4>{heading} <small>{len(rows):,}</small></h4></div>')
            if not len(rows):
                st.html(f'<div class="hx m">{escape(say("No area.", lang))}</div>')
            with st.container(horizontal=True, gap="small", key=f"areas-here-{board}"):
                for _, row in rows.iterrows():
                    st.button(
                        f"{plain(row['name'])} {plain(rank_words(row).strip())}",
                        key=f"board-{board}-{row['area_id']}",
                        type="tertiary",
                        on_click=choose_target,
                        args=(row["area_id"],),
                    )


def concentrated(found: Priorities, palette: Palette, lang: str) -> None:
    """Draw what part of the incidents the busiest areas hold, beside what luck alone would give them."""
    curve = found.concentration
    st.html(f'<div class="hx"><h4>{escape(say("How few areas hold how much", lang))}</h4></div>')
    if not curve.height:
        st.html(f'<div class="hx m">{escape(say("No incident in the window.", lang))}</div>')
        return
    even = "share_even" if "share_even" in curve.columns else "share_areas"
    part, lucky = (share_holding(curve, column) for column in ("share_incidents", even))
    words = say(
        "{part} of the areas hold 80% of the incidents in areas of this kind; by luck alone {lucky} would.",
        lang,
        part=f"{part:.0%}",
        lucky=f"{lucky:.0%}",
    )
    st.altair_chart(_curves(curve, even, palette, lang), width="content")
    st.html(
        f'<div class="hx"><small><b style="color:{palette.bar}">━</b> {escape(say("Incidents", lang))}&ensp;'
        f'<b style="color:{palette.text}">┄</b> {escape(say("by luck alone", lang))}</small>'
        f"<div>{escape(words)}</div></div>"
    )


def _curves(curve: pl.DataFrame, even: str, palette: Palette, lang: str) -> alt.LayerChart:
    """Return the curve of concentration and, dashed, that of luck."""
    data = curve.rename({even: "lucky"}).to_pandas()
    quiet: dict[str, Any] = {"labelColor": palette.muted, "labelFontSize": 11, "title": None, "format": "%"}
    quiet |= {"values": [0, 0.2, 0.5, 1], "domain": False, "ticks": False, "gridColor": palette.line}
    x = alt.X("share_areas:Q", axis=alt.Axis(**quiet))
    tooltip = [
        alt.Tooltip("share_areas:Q", title=say("Areas", lang), format=".0%"),
        alt.Tooltip("share_incidents:Q", title=say("Incidents", lang), format=".0%"),
    ]
    chart = alt.Chart(data)
    lucky = chart.mark_line(color=palette.text, strokeWidth=1.5, strokeDash=[4, 3]).encode(x=x, y="lucky:Q")
    held = chart.mark_line(color=palette.bar, strokeWidth=2.5).encode(
        x=x, y=alt.Y("share_incidents:Q", axis=alt.Axis(**quiet)), tooltip=tooltip
    )
    return alt.layer(held, lucky).properties(width=WIDE, height=HIGH).configure_view(strokeWidth=0)


def put_to_the_test(desk: Desk, lang: str) -> None:
    """Say what the ranking would have found on past days, beside plain counts, also where those do better."""
    st.html(f'<div class="hx"><h4>{escape(say("Put to the test on past days", lang))}</h4></div>')
    try:
        with st.spinner(say("Ranking past days", lang)):
            found = agenda_cache.tested(desk.opened, desk.question, desk.kind, lang)
    except HexwardError as refusal:
        st.html(f'<div class="hx m">{escape(refusal.sentence(lang))}</div>')
        return
    sentences = [found.sentence, *found.notes]
    said = "".join(f"<li>{escape(one.sentence(lang))}</li>" for one in sentences)
    st.html(f'<div class="hx sure-facts"><ul>{said}</ul></div>')
    if not found.table.height:
        return
    kept, more = say("Excess kept", lang), say("More than 13 weeks", lang)
    heads = (say("Method", lang), kept, more, "PAI", "PEI")
    rows = "".join(
        f'<tr><td class="word">{escape(row["name"])}</td><td>{row["kept"]:.0%}</td>'
        f"<td>{_difference(row['kept_difference'], row['kept_se'])}</td>"
        f"<td>{numbers.ratio(row['pai'])}</td><td>{row['pei']:.2f}</td></tr>"
        for row in found.table.iter_rows(named=True)
    )
    titles = "".join(f"<th{' class=word' if at == 0 else ''}>{escape(head)}</th>" for at, head in enumerate(heads))
    meant = (
        say("PAI: share of the incidents hit, over the share of the area taken; 1 is no better than chance.", lang),
        say("PEI: that PAI over the best there could have been; 1 is perfect.", lang),
    )
    said = "".join(f"<div>{escape(one)}</div>" for one in meant)
    st.html(f'<div class="hx checks"><div><table><tr>{titles}</tr>{rows}</table></div><small>{said}</small></div>')


def _difference(difference: float | None, error: float | None) -> str:
    """Return a difference with its standard error.

    >>> _difference(0.31, 0.12), _difference(None, None)
    ('+0.31 ± 0.12', '–')
    """
    if difference is None or error is None:
        return "–"
    return f"{difference:+.2f} ± {error:.2f}"
