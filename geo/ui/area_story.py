"""The story of one area: how much was reported in it, how that compares, who answers for it, and the latest reports."""

from __future__ import annotations

from dataclasses import replace
from html import escape

import pandas as pd
import streamlit as st

from geo import account
from geo.account import LATEST
from geo.maps.labels import category_name, kind_name
from geo.maps.palette import Palette
from geo.recurring.causes import why_area
from geo.stats.profile import AreaProfile
from geo.study import Answer
from geo.ui import agenda_cache
from geo.ui.cache import OpenedStudy
from geo.ui.downloads import downloads
from geo.ui.latest_reports import list_reports
from geo.ui.session import current_filters, lead_to, leave_area, write_url
from geo.ui.sidebar import choose
from geo.ui.story import backlog_words, few_names, list_facts, tell_why
from geo.ui.weeks_chart import draw_weeks
from geo.words import say, together


def tell_area_story(opened: OpenedStudy, answer: Answer, area_id: str, palette: Palette, lang: str) -> None:
    """Draw the profile of an area of the study."""
    study = opened.study
    area = study.areas.set_index("area_id").loc[area_id]
    profile = account.profile(study, answer, area_id)
    hexagons = account.hexagons_of_area(study, answer, area_id)
    kind = kind_name(profile.kind, lang)
    said = together(_sentences(profile, hexagons, kind, lang), lang)
    st.html(
        f'<div class="hx story"><h3>{escape(area["name"])}</h3><div class="m">{escape(kind)}</div>'
        f'<p class="say">{escape(said)}</p></div>'
    )
    first = answer.window.first
    draw_weeks(profile.weekly, first, say("Incidents per week in the area", lang), palette.bar, palette, lang)
    with st.container(horizontal=True, gap="small"):
        downloads(answer, opened, lang)
        if answer.question.areas != (area_id,):
            st.button(say("Show only this", lang), on_click=choose, args=("areas", (area_id,)))
        st.button(say("Back", lang), key="leave-area", on_click=leave_area)
        if profile.kind in agenda_cache.kinds(opened) and st.button(say("Its priority", lang)):
            write_url(replace(current_filters(), agenda="ranking", kind=profile.kind, target=area_id))
            lead_to("priorities")
    reports = account.reports_of_area(study, answer, area_id)
    tell_why(say("Why here", lang), why_area(study, answer, area_id), lang)
    _facts(profile, area, opened, answer, lang)
    list_reports(reports.top_k(LATEST, by="reported_at"), study.timezone, answer.window.last, palette, lang)


def _sentences(profile: AreaProfile, hexagons: tuple[int, int, int], kind: str, lang: str) -> list[str]:
    said = [
        say(
            "Incidents: {incidents}, place {rank} of {peers} ({kind}).",
            lang,
            incidents=f"{profile.incidents:,}",
            rank=profile.rank,
            peers=profile.peers,
            kind=kind,
        )
    ]
    if profile.before is not None:
        said.append(say("As many days before: {before}.", lang, before=f"{profile.before:,}"))
    cells, hot, core = hexagons
    if cells:
        said.append(
            say(
                "Hot hexagons: {hot} of the {cells} it meets, {core} core.",
                lang,
                cells=cells,
                hot=hot,
                core=core,
            )
        )
    return said


def _facts(profile: AreaProfile, area: pd.Series, opened: OpenedStudy, answer: Answer, lang: str) -> None:
    """List what is reported most, who answers, and what is open."""
    study = opened.study
    mostly = say(", ", lang).join(f"{category_name(code, lang)} {count:,}" for code, count in profile.categories)
    facts = [
        (say("Mostly", lang), mostly),
        (say("Unit", lang), area["unit"]),
        (say("Assisting", lang), few_names(area["assisting_units"], lang)),
        (say("Contact", lang), area["contact"]),
        (say("Backlog", lang), backlog_words(account.backlog_of_area(study, answer, profile.area_id), lang)),
    ]
    list_facts(facts)
