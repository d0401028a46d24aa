"""The quality report on the screen: what was read, what was kept, what was not and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape

import pandas as pd
import polars as pl
import streamlit as st

from geo.export.lists import csv_bytes
from geo.intake.quality import QualityReport, pile_points, pile_sentence
from geo.maps.labels import export_name, kind_name
from geo.study import Study
from geo.ui import cache
from geo.ui.cache import OpenedStudy
from geo.ui.mapping_form import column_name
from geo.words import say


def quality_view(opened: OpenedStudy, lang: str) -> None:
    """Draw the report of the files of a study."""
    study, report = opened.study, cache.quality(opened, lang)
    counted = report.summary
    _numbers(counted, lang)
    faults, warnings = st.columns(2, gap="large")
    with faults:
        _reasons(say("Rejected rows", lang), counted["rejected_by_reason"] | counted["areas_rejected"], lang)
        if report.intake.rejected.height:
            _offer(say("Download the rejected rows (CSV)", lang), "rejected", lambda: report.rejected_rows(lang))
    with warnings:
        _reasons(say("Kept with a warning", lang), counted["warnings_by_reason"] | counted["areas_warnings"], lang)
    if report.agreement is not None:
        _reasons(say("Marked as duplicates, and not merged", lang), report.agreement.reasons, lang)
    _files(study, lang)
    cautions = _cautions(report, lang)
    if cautions:
        rows = "".join(f"<li>{escape(text)}</li>" for text in cautions)
        st.html(f'<div class="hx"><h4>{escape(say("Keep in mind", lang))}</h4><ul>{rows}</ul></div>')
    with st.container(horizontal=True, gap="small"):
        if any(reports.height for reports in report.uncovered.values()):
            _offer(say("Download what nobody covers (CSV)", lang), "uncovered", report.uncovered_reports)
        if report.overlapping.height:
            _offer(say("Download the overlaps (CSV)", lang), "overlaps", report.overlapping_names)


def _offer(label: str, name: str, table: Callable[[], pl.DataFrame]) -> None:
    """Draw the download of a table, which is made when it is asked for."""
    st.download_button(
        label,
        lambda: csv_bytes(table()),
        file_name=f"{name}.csv",
        mime="text/csv",
        on_click="ignore",
        key=f"download-{name}",
    )


def _cautions(report: QualityReport, lang: str) -> list[str]:
    """Return what to keep in mind about the files: of each, of the points, of the areas."""
    said = [note.sentence(lang) for note in report.intake.quality.notes]
    said += report.label_sentences(lang)
    for lat, lon, reports in pile_points(report.merged).iter_rows():
        said.append(pile_sentence(lat, lon, reports, report.merged.height, lang))
    said += report.uncovered_sentences(lang)
    if report.overlapping.height:
        said.append(say("{pairs} pairs of areas of one kind overlap.", lang, pairs=f"{report.overlapping.height:,}"))
    return [*said, *report.notes]


def _numbers(counted: Mapping[str, object], lang: str) -> None:
    named = (
        ("rows_read", say("rows read", lang)),
        ("accepted", say("accepted", lang)),
        ("rejected", say("rejected", lang)),
        ("incidents", say("incidents after merging", lang)),
        ("duplicates", say("duplicates merged", lang)),
        ("pile_reports", say("reports at piles", lang)),
    )
    cells = "".join(f"<div><b>{counted[name]:,}</b><span class='m'>{escape(word)}</span></div>" for name, word in named)
    st.html(f'<div class="hx quality">{cells}</div>')


def _reasons(title: str, reasons: Mapping[str, int], lang: str) -> None:
    rows = "".join(f"<dt>{count:,}</dt><dd>{escape(say(reason, lang))}</dd>" for reason, count in reasons.items())
    body = f'<dl class="hx facts">{rows}</dl>' if rows else f'<span class="m">{escape(say("None", lang))}</span>'
    st.html(f'<div class="hx"><h4>{escape(title)}</h4>{body}</div>')


def _files(study: Study, lang: str) -> None:
    quality = study.material.intake.quality
    rows = [
        {
            say("File", lang): name,
            say("Recognised as", lang): export_name(quality.recognised[at], lang)
            or say("columns from the mapping", lang),
            say("Columns", lang): ", ".join(
                f"{column_name(ours, lang)} = {theirs}" for ours, theirs in quality.columns[at].items()
            ),
            say("Coordinates", lang): quality.crs[at],
        }
        for at, name in enumerate(quality.files)
    ]
    areas = study.areas["kind"].value_counts()
    st.html(f'<div class="hx"><h4>{escape(say("Report files", lang))}</h4></div>')
    st.dataframe(pd.DataFrame(rows), hide_index=True, row_height=29)
    said = ", ".join(f"{kind_name(kind, lang)} {count:,}" for kind, count in areas.items()) or say("None", lang)
    st.html(f'<div class="hx"><h4>{escape(say("Area layers", lang))}</h4>{escape(said)}</div>')
