"""Work orders of what is chosen: made when asked for, downloaded together or one by one, and read back filled in."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape
from pathlib import Path

import streamlit as st

from geo.agenda.choice import Choice
from geo.agenda.orders import make_orders
from geo.errors import HexwardError
from geo.planning.orders import WorkOrders
from geo.recurring import told
from geo.ui import empty
from geo.ui.bulletin_download import MIMES, offer_bulletin
from geo.ui.countdown_view import MOST_AHEAD, last_day, review_of
from geo.ui.desk import Desk
from geo.ui.orders_back import read_answers
from geo.ui.orders_photos import choose_photos
from geo.ui.plain import plain
from geo.ui.session import LANGUAGE_NAMES, uploads_folder
from geo.words import numbers, say


@dataclass(frozen=True)
class Made:
    """Work orders and their files. `key`: what they were made of; `lang`: the language of the files."""

    key: str
    lang: str
    orders: WorkOrders
    files: tuple[Path, ...]


def orders(desk: Desk, choice: Choice, asked: Callable[[str], Mapping[str, str]]) -> None:
    """Draw the deadline, the button that makes the orders, their files, and what comes back.

    `asked`: the settings of ranking and choice for the cover sheet, in a language.
    """
    lang, last = desk.lang, last_day(desk)
    chosen = choice.table[choice.table["chosen"].astype(bool)]
    if not len(chosen):
        st.html(f'<div class="hx m">{escape(say("No area is chosen.", lang))}</div>')
        return
    deadline = _choose_deadline(last, review_of(desk), lang)
    with st.expander(say("Photos from before", lang)):
        photos = choose_photos(lang)
    key = _key(desk, choice, asked("en"), deadline, photos)
    made: Made | None = st.session_state.get("orders-made")
    fresh = made is not None and (made.key, made.lang) == (key, lang)
    label = say("Make the work orders", lang)
    if st.button(label, type="secondary" if fresh else "primary", disabled=fresh):
        made = _make(desk, choice, asked(lang), deadline, photos, key)
        if made is not None:
            st.session_state["orders-made"] = made
            st.rerun()
    if made is None or made.key != key:
        words = say(
            "A workbook and a printed sheet per unit: what to put right where, who leads and who helps, by when.",
            lang,
        )
        st.html(f'<div class="hx"><span class="m">{escape(words)}</span></div>')
        offer_bulletin(desk)
        return
    _files(made, lang)
    offer_bulletin(desk)
    read_answers(made.orders, lang)


def _key(desk: Desk, choice: Choice, asked: Mapping[str, str], deadline: date, photos: Path | None) -> str:
    """Return what orders are made of: all that stands in them but the language, so that they stay when it changes."""
    areas = choice.table.loc[choice.table["chosen"].astype(bool), ["area_id", "tier", "gain"]]
    about = told.about(desk.opened.study, desk.question, choice, asked=asked)
    return repr((desk.opened.key, desk.question, areas.to_numpy().tolist(), about, deadline, photos))


def _choose_deadline(last: date, review: date, lang: str) -> date:
    """Draw the deadline: the day of the review until another is chosen, which is kept for the rest of the visit."""
    state, key = st.session_state, f"deadline-{lang}-{last}-{review}"
    first, latest = last + timedelta(days=1), last + MOST_AHEAD
    kept = state.get("orders-deadline", review)  # the widget's own value goes when it is not drawn
    state.setdefault(key, kept if first <= kept <= latest else review)
    chosen = st.date_input(
        say("To be put right by", lang), key=key, min_value=first, max_value=latest, format="YYYY-MM-DD"
    )
    if chosen == review:
        state.pop("orders-deadline", None)
    else:
        state["orders-deadline"] = chosen
    return chosen


def _make(
    desk: Desk, choice: Choice, asked: Mapping[str, str], deadline: date, photos: Path | None, key: str
) -> Made | None:
    """Make the orders and their files; where they cannot be made, say why."""
    from geo.export.work_orders import write_orders  # two seconds of libraries for print, which no other view needs

    lang, study = desk.lang, desk.opened.study
    try:
        with st.spinner(say("Writing the work orders", lang)):
            found = make_orders(
                study, choice.table, deadline=deadline, question=desk.question, photos=photos, lang=lang
            )
            folder = Path(tempfile.mkdtemp(prefix="orders-", dir=uploads_folder()))
            about = told.about(study, desk.question, choice, asked=asked, lang=lang)
            files = write_orders(found, folder, lang=lang, about=about)
    except HexwardError as refusal:
        empty.cannot(refusal, lang)
        return None
    return Made(key, lang, found, tuple(files))


def _files(made: Made, lang: str) -> None:
    """Say what was made, and offer all of it in one file, or one by one."""
    from geo.export.work_orders import zipped

    found = made.orders
    words = say(
        "{orders} orders, {problems} open problems, of which {overdue} overdue; by {day}.",
        lang,
        orders=len(found.units),
        problems=f"{found.problems.height:,}",
        overdue=f"{int(found.problems['overdue'].sum()):,}",
        day=numbers.day(found.deadline, lang),
    )
    notes = "".join(f"<li>{escape(one.sentence(lang))}</li>" for one in found.notes)
    st.html(
        f'<div class="hx story"><p class="say">{escape(words)}</p></div>'
        f'<div class="hx sure-facts"><ul>{notes}</ul></div>'
    )
    if made.lang != lang:
        words = say("The files are in {language}.", lang, language=LANGUAGE_NAMES[made.lang])
        st.html(f'<div class="hx"><span class="m">{escape(words)}</span></div>')
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            say("All files (ZIP)", lang),
            lambda: zipped(made.files),
            mime="application/zip",
            file_name=f"hexward-work-orders-{found.deadline}.zip",
            type="primary",
            on_click="ignore",
            key="orders.zip",
        )
        with st.popover(say("One by one", lang)):
            for path in made.files:
                st.download_button(
                    plain(path.name),
                    path.read_bytes,
                    mime=MIMES.get(path.suffix, "application/octet-stream"),
                    file_name=path.name,
                    on_click="ignore",
                    key=f"order-{path.name}",
                    width="stretch",
                )
