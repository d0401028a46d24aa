"""The Data page: what is loaded now, how good it is, and the reader's own files."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from pathlib import Path

import pandas as pd
import streamlit as st

from geo.errors import HexwardError
from geo.maps.labels import export_name, kind_name
from geo.tables import KINDS
from geo.ui import cache, uploads
from geo.ui.cache import OpenedStudy, Sources
from geo.ui.exposure_files import choose_exposure, exposure_facts
from geo.ui.mapping_form import column_name, crs_key, mapping_form, mapping_toml
from geo.ui.plain import plain
from geo.ui.quality_view import quality_view
from geo.ui.session import language, language_switch, lead_to, load_sources, own_sources, turn_to, uploads_folder
from geo.ui.sources import (
    current_sources,
    of_the_demo_city,
    open_current,
    say_refusal,
    teller,
    without_tables,
)
from geo.ui.uploads import ReportFile
from geo.words import say

READS = ".csv .tsv .xlsx .parquet .geojson .gpkg"
KIND_KEY = "kind-"
READS_AREAS = ".geojson .gpkg .zip (Shapefile) .csv"


def data_page() -> None:
    """Say what is loaded, then offer to load something else."""
    lang = language()
    turn_to("data")
    with st.sidebar:
        language_switch(lang)
    _loaded(lang)
    st.divider()
    _title(say("Your own files", lang), say("They stay on this machine and are gone when you leave.", lang))
    uploads.restore_choices()
    sources = _choose_files(lang)
    if sources is not None and _in_use(sources):
        st.html(f'<div class="hx">{escape(say("In use. How much of it lies on the map is said above.", lang))}</div>')
    elif sources is not None:
        asked = st.button(_use_label(sources, lang), type="primary")
        if st.session_state.pop("apply", False) or asked:
            _use(sources, lang)
    uploads.keep_choices((KIND_KEY, str(uploads_folder())))


def _in_use(sources: Sources) -> bool:
    """Say whether these are exposure tables alone, and already used."""
    own = own_sources()
    return not sources.reports and own is not None and own.exposure == sources.exposure


def _use_label(sources: Sources, lang: str) -> str:
    """Return what the button says: the table alone goes with the files in use."""
    if sources.reports:
        return say("Use these files", lang)
    if len(sources.exposure) == 1:
        return say("Use this table with the files in use", lang)
    return say("Use these tables with the files in use", lang)


def _use(sources: Sources, lang: str) -> None:
    """Work with these files from now on; where they cannot be used, say why and stay with what was loaded."""
    slot = st.empty()
    alone = sources.exposure[0].name if not sources.reports and len(sources.exposure) == 1 else ""
    try:
        if not sources.reports:
            sources = replace(current_sources(teller(slot, lang)), exposure=sources.exposure)
        cache.open_study(sources, teller(slot, lang))
    except HexwardError as refusal:
        slot.empty()
        say_refusal(refusal, lang, file=alone)
    else:
        load_sources(sources)
        st.rerun()


def _loaded(lang: str) -> None:
    own = own_sources()
    demo, tables = of_the_demo_city(own), [path.name for path in own.exposure] if own else []
    fictional = say("a fictional district, made by this program", lang)
    names = [path.name for path in own.reports] if own and not demo else [fictional]
    _title(say("Demo city", lang) if demo else say("Your files", lang), ", ".join([*names, *tables]))
    with st.container(horizontal=True, gap="small"):
        to_map = st.empty()
        if own and tables:
            label = (
                say("Take {file} away again", lang, file=plain(tables[0]))
                if len(tables) == 1
                else say("Take the exposure tables away again", lang)
            )
            st.button(label, on_click=load_sources, args=(without_tables(own),))
        if not demo:
            st.button(say("Back to the demo city", lang), on_click=load_sources, args=(None,))
    opened = open_current(lang)
    if opened is not None:
        if to_map.button(say("Show on the map", lang), type="primary" if own else "secondary"):
            lead_to("map")
        quality_view(opened, lang)
        exposure_facts(opened.study, lang)
        _other_datums(opened, None if demo else own, lang)


def _other_datums(opened: OpenedStudy, own: Sources | None, lang: str) -> None:
    """Offer to read a file in the datum in which more of its points fall inside the study area."""
    for path in own.reports if own else ():
        fit = opened.study.material.datums.get(path.name)
        if fit and fit.suggested:
            st.button(
                say("Read {file} as {datum}", lang, file=plain(path.name), datum=fit.suggested),
                key=f"datum-{path}",
                on_click=_read_as,
                args=(path, fit.suggested),
            )


def _read_as(path: Path, datum: str) -> None:
    st.session_state[crs_key(path)] = datum
    st.session_state["apply"] = True


def _title(text: str, aside: str) -> None:
    st.html(f'<div class="hx page-title"><h3>{escape(text)}</h3><span class="m">{escape(aside)}</span></div>')


def _choose_files(lang: str) -> Sources | None:
    """Draw the uploaders and what was recognised; return the sources once there is a usable report file.

    Without any report file, exposure tables alone are sources without reports: they go with the files in use.
    """
    left, middle, right = st.columns(3, gap="medium")
    with left:
        paths = uploads.choose(
            say("Report files", lang),
            "report-files",
            lang,
            help=say(
                "Several may be chosen: {endings}, packed with gzip or not; a mapping.toml made here earlier too.",
                lang,
                endings=READS,
            ),
        )
    with middle:
        areas = uploads.choose(
            say("Area layers", lang),
            "area-files",
            lang,
            help=say("Communities, markets, construction sites and others: {endings}.", lang, endings=READS_AREAS),
        )
        kinds = [(_choose_kind(path, lang), path) for path in areas]
    with right:
        exposure = choose_exposure(lang)
    ready_mapping = next((path for path in paths if path.suffix.lower() == ".toml"), None)
    files = _look(tuple(path for path in paths if path != ready_mapping), lang)
    if not files:
        if exposure and not paths:
            return Sources((), exposure=exposure)
        if not paths:
            _first_steps(lang)
        return None
    mapping = ready_mapping or _write_mapping(files, lang)
    return Sources(tuple(file.path for file in files), tuple(kinds), mapping=mapping, exposure=exposure)


def _choose_kind(path: Path, lang: str) -> str:
    guess, key = uploads.likely_kind(path.name), f"{KIND_KEY}{path}"
    st.session_state.setdefault(key, guess)
    kind = st.selectbox(
        plain(path.name),
        KINDS,
        key=key,
        accept_new_options=True,
        format_func=lambda kind: kind_name(kind, lang),
    )
    return (kind or guess).strip()


def _look(paths: tuple[Path, ...], lang: str) -> list[ReportFile]:
    files = []
    for path in paths:
        try:
            with st.spinner(say("Reading reports", lang)):
                files.append(uploads.look_into(path))
        except HexwardError as refusal:
            say_refusal(refusal, lang, file=path.name)
    return files


def _write_mapping(files: list[ReportFile], lang: str) -> Path | None:
    """Draw what was recognised in each file and the forms to change it; return the mapping file, if one is needed."""
    choices = []
    for file in files:
        _recognised(file, lang)
        with st.expander(say("Columns of {file}", lang, file=plain(file.path.name)), expanded=file.layout is None):
            st.dataframe(file.sample.to_pandas(), hide_index=True, row_height=29)
            choices.append((file.path.name, mapping_form(file, lang)))
    text = mapping_toml(choices)
    if not text:
        return None
    path = uploads.keep_file("mapping.toml", text.encode())
    st.download_button(
        say("Download mapping.toml", lang), text, file_name="mapping.toml", mime="application/toml", on_click="ignore"
    )
    return path


def _recognised(file: ReportFile, lang: str) -> None:
    rows = say("{rows} rows", lang, rows=f"{file.rows:,}")
    if file.layout is None:
        if file.refusal is not None:
            say_refusal(file.refusal, lang)
        return
    _title(
        file.path.name,
        f"{rows} · {say('recognised as {export}', lang, export=export_name(file.layout.export, lang))}"
        if file.layout.export
        else rows,
    )
    recognised = {column_name(ours, lang): [theirs] for ours, theirs in file.layout.columns.items()}
    st.dataframe(pd.DataFrame(recognised), hide_index=True, row_height=29)


def _first_steps(lang: str) -> None:
    steps = (
        say(
            "Choose a report file: one row per report, with a time and a place. Columns of common exports are "
            "recognised.",
            lang,
        ),
        say("Add area layers: communities give the study area; markets and construction sites name the places.", lang),
        say("Check what was recognised, then use the files. The map and the list follow.", lang),
    )
    rows = "".join(f"<li>{escape(step)}</li>" for step in steps)
    st.html(f'<ol class="hx steps-first">{rows}</ol>')
