"""The filters, in their fixed order: read from the page's address where the reader changed it, written back to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from html import escape
from typing import Any

import streamlit as st

from geo import account
from geo.maps.labels import category_name, filter_name, kind_name, lens_name, source_name, status_name
from geo.maps.scene import ALWAYS_SHOWN, BASE_MAP, HIGH, QUIET, REPORTS
from geo.stats.exposure import measure_words
from geo.tables import LENSES
from geo.ui.basemap_settings import has_base_map
from geo.ui.cache import Choices, OpenedStudy, choices
from geo.ui.filters import BACK, WINDOWS, Filters
from geo.ui.kind_choice import choose_by, choose_kind
from geo.ui.plain import plain
from geo.ui.session import (
    current_filters,
    current_page,
    language_switch,
    own_sources,
    starting_filters,
    write_url,
)
from geo.ui.sources import of_the_demo_city
from geo.words import LANGUAGES, say

SHOWN_FIRST = ("community", "market", "construction_site")
ON_REQUEST = {"hot": HIGH, "change": QUIET}
"""What a view shows only where it is asked for."""
WITHOUT_WINDOW = ("clusters", "alarms")
"""Lists of what keeps coming back that look at days of their own."""


def choose_filters(opened: OpenedStudy, lang: str) -> Filters:
    """Draw the sidebar and return what is chosen."""
    offered = choices(opened)
    known = starting_filters()
    _take_over_choice()
    with st.sidebar:
        asked = _asked(known)
        kind = choose_kind(opened, known, lang) if "kind" in asked else known.kind
        by = choose_by(opened, known, lang) if "by" in asked else known.by
        window = _window(known, lang) if "window" in asked else known.window
        back = _back(known, lang) if "back" in asked else known.back
        until = _until(offered, known, lang)
        lens = _lens(opened, known, lang) if "lens" in asked else known.lens
        per = known.per if "lens" not in asked else _per(opened, known, lang) if lens == "places" else ""
        categories = _several(
            "categories",
            (*offered.themes, *offered.categories),
            known,
            lang,
            say("All {count}", lang, count=len(offered.categories)),
            offered,
        )
        sources = _several("sources", offered.sources, known, lang, say("All sources", lang))
        there = {"statuses": offered.statuses, "units": offered.units, "areas": tuple(offered.areas)}
        narrowed = sum(any(value in options for value in getattr(known, name)) for name, options in there.items())
        more = say("Unit, area, status", lang) + (f" · {narrowed}" if narrowed else "")  # another name, and it unfolds
        with st.expander(more, expanded=bool(narrowed)):
            units = _several("units", offered.units, known, lang, say("All units", lang))
            areas = _several("areas", tuple(offered.areas), known, lang, say("Whole city", lang), offered)
            statuses = _several("statuses", offered.statuses, known, lang, say("All statuses", lang))
        shown = _shown(offered, known, lang)
        _stamp(opened, lang)
        language_switch(lang)
    return write_url(
        replace(
            known,
            window=window,
            back=back,
            until=until,
            lens=lens,
            categories=categories,
            sources=sources,
            statuses=statuses,
            units=units,
            areas=areas,
            shown=shown,
            per=per,
            kind=kind,
            by=by,
        )
    )


def choose(field: str, value: Any) -> None:
    """Choose a value for one filter, as a button's callback: before the sidebar is drawn again."""
    st.session_state["choice"] = (field, list(value) if isinstance(value, tuple) else value)
    write_url(replace(current_filters(), **{field: value}))


def choice_waits() -> bool:
    """Return whether `choose` chose what the sidebar does not show yet."""
    return "choice" in st.session_state


def view_waits(filters: Filters) -> bool:
    """Return whether the sidebar still asks what another view or list asks."""
    return st.session_state.get("asked") != _asked(filters)


def _asked(filters: Filters) -> tuple[str, ...]:
    """Return what is asked on this page beside what always is: what has no say in a view or list is not."""
    if current_page() == "recurring":
        if filters.listed in WITHOUT_WINDOW:
            return ()
        return ("window", "back") if filters.listed == "relapses" else ("window",)
    if current_page() == "priorities":
        return ("by" if filters.agenda == "units" else "kind", "window")
    return tuple(name for name in ("window", "lens", ON_REQUEST.get(filters.view)) if name)


def _take_over_choice() -> None:
    """Give a widget what `choose` chose: a browser is told of a value only by the run that sets and draws it."""
    field, value = st.session_state.pop("choice", ("", None))
    for key in (f"{field}-{lang}" for lang in LANGUAGES):
        if key in st.session_state:
            st.session_state[key] = value


def _keep(key: str, value: Any) -> str:
    """Give a widget its first value; later it keeps its own."""
    if key not in st.session_state:
        st.session_state[key] = value
    return key


def _tell(key: str, value: Any) -> str:
    """Give a widget its value once more: of buttons that come over from another page a browser would mark none."""
    st.session_state[key] = st.session_state.get(key) or value
    return key


def _window(known: Filters, lang: str) -> str:
    names = {"auto": say("Auto", lang)}
    chosen = st.segmented_control(
        say("Window, weeks", lang),
        WINDOWS,
        key=_tell(f"window-{lang}", known.window),
        required=True,
        width="stretch",
        format_func=lambda option: names.get(option, option.removesuffix("w")),
        help=say("Auto: 13 weeks, shorter where the history is short.", lang),
    )
    return chosen or known.window


def _back(known: Filters, lang: str) -> str:
    names = {"all": say("All", lang), "window": say("In the window", lang)}
    chosen = st.segmented_control(
        say("Came back", lang),
        BACK,
        key=_tell(f"back-{lang}", known.back),
        required=True,
        width="stretch",
        format_func=names.__getitem__,
        help=say("All places to which a problem returned, or only those where one did in the window.", lang),
    )
    return chosen or known.back


def _until(offered: Choices, known: Filters, lang: str) -> date | None:
    first, last = offered.first_day, offered.last_day
    value = min(max(known.until or last, first), last)
    day = st.date_input(
        say("Until", lang),
        key=_keep(f"until-{lang}", value),
        min_value=first,
        max_value=last,
        format="YYYY-MM-DD",
    )
    return None if day == last else day


def _lens(opened: OpenedStudy, known: Filters, lang: str) -> str:
    lenses = [lens for lens in LENSES if lens != "places" or opened.study.exposure is not None]
    return st.selectbox(
        say("Compared with", lang),
        lenses,
        key=_keep(f"lens-{lang}", known.lens if known.lens in lenses else "city"),
        format_func=lambda lens: lens_name(lens, lang),
        help=say(
            "City average: where problems concentrate. Its own past: where they have risen. The city's mix: where one "
            "category is unusually common; choose the category below. People or streets: needs an exposure table.",
            lang,
        ),
    )


def _per(opened: OpenedStudy, known: Filters, lang: str) -> str:
    """Return by what people or streets are counted, "" for the first that there is; drawn where there is a choice."""
    measures = list(opened.study.exposures)
    if len(measures) < 2:
        return ""
    chosen = st.selectbox(
        say("Counted by", lang),
        measures,
        key=_keep(f"per-{lang}", known.per if known.per in measures else measures[0]),
        format_func=lambda name: measure_words(name).sentence(lang),
        help=say("From the area layers and exposure tables; which cells have none, the notes over the map say.", lang),
    )
    return "" if chosen == measures[0] else chosen


def _several(
    field: str, options: tuple[str, ...], known: Filters, lang: str, everything: str, offered: Choices | None = None
) -> tuple[str, ...]:
    def name(option: str) -> str:
        if offered is not None and option in offered.themes:
            return say("Theme {theme}", lang, theme=offered.themes[option].name(lang))
        if offered is not None and field == "areas":
            kind, place = offered.areas[option]
            return f"{place} · {kind_name(kind, lang)}"
        named = {"categories": category_name, "sources": source_name, "statuses": status_name}.get(field)
        return named(option, lang) if named else option

    chosen = [value for value in getattr(known, field) if value in options]
    return tuple(
        st.multiselect(
            filter_name(field, lang),
            options,
            key=_keep(f"{field}-{lang}", chosen),
            format_func=name,
            placeholder=everything,
        )
    )


def _shown(offered: Choices, known: Filters, lang: str) -> tuple[str, ...]:
    kinds = [kind for kind in SHOWN_FIRST if kind in offered.kinds]
    kinds += sorted(kind for kind in offered.kinds if kind not in (*SHOWN_FIRST, *ALWAYS_SHOWN))
    kinds += [REPORTS, *([BASE_MAP] if has_base_map() else [])]
    extras = {
        REPORTS: say("Report points", lang),
        BASE_MAP: say("Base map", lang),
        HIGH: say("High, not proven", lang),
        QUIET: say("Quiet places", lang),
    }
    asked = _asked(known)
    kinds += [kind for kind in ON_REQUEST.values() if kind in asked]
    if st.session_state.get("asked") != asked:
        st.session_state["asked"] = asked
        for key in (f"shown-{each}" for each in LANGUAGES):  # another view, other options: chosen as the address has it
            st.session_state.pop(key, None)
    chosen = st.pills(
        say("Show on map", lang),
        kinds,
        selection_mode="multi",
        format_func=lambda kind: extras.get(kind) or plain(kind_name(kind, lang)),
        key=_keep(f"shown-{lang}", [kind for kind in known.shown if kind in kinds]),
    )
    kept = (*Filters.shown, *ON_REQUEST.values())  # of another city, of another view
    kept = tuple(kind for kind in kept if kind in known.shown and kind not in kinds)
    return tuple(kind for kind in dict.fromkeys((*Filters.shown, *kinds, *kept)) if kind in (*chosen, *kept))


def _stamp(opened: OpenedStudy, lang: str) -> None:
    own = own_sources()
    tables = [path.name for path in own.exposure] if own else []
    files = [path.name for path in own.reports] if own and not of_the_demo_city(own) else [say("Demo city", lang)]
    st.html(f'<div class="hx source">{escape(", ".join([*files, *tables]))}</div>')
    st.caption(account.stamp(opened.study, lang=lang))
