"""Which of their columns is which of ours: chosen on the screen, kept as a mapping file the command line reads too."""

from __future__ import annotations

import glob
import json
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

import streamlit as st

from geo.ui.uploads import ReportFile
from geo.words import say

OFFERED = (
    "report_id",
    "reported_at",
    "lat",
    "lon",
    "point",
    "x",
    "y",
    "category",
    "status",
    "closed_at",
    "due_at",
    "unit",
    "source",
    "address",
    "asset_id",
    "description",
)
SYSTEMS_OF_COORDINATES = ("WGS-84", "GCJ-02", "BD-09", "CGCS2000")
IN_A_ROW = 3
ZONES = ("Asia/Shanghai", "America/New_York", "Europe/Berlin", "UTC")


def mapping_form(file: ReportFile, lang: str) -> dict[str, str]:
    """Draw the form of one file and return what differs from what was recognised: our name -> theirs, and settings."""
    recognised = dict(file.layout.columns) if file.layout else {}
    draft = {ours: theirs for ours, theirs in tomllib.loads(file.draft).items() if theirs in file.headers}
    start, key, chosen = recognised or draft, str(file.path), {}
    nothing = say("not in this file", lang)
    options = ["", *file.headers]
    for first in range(0, len(OFFERED), IN_A_ROW):
        for ours, column in zip(OFFERED[first : first + IN_A_ROW], st.columns(IN_A_ROW), strict=False):
            widget = f"{key}-{ours}-{lang}"
            st.session_state.setdefault(widget, start[ours] if start.get(ours) in options else "")
            theirs = column.selectbox(
                column_name(ours, lang), options, format_func=lambda header: header or nothing, key=widget
            )
            if theirs != recognised.get(ours, ""):
                chosen[ours] = theirs or ""
    columns = st.columns(IN_A_ROW)
    with columns[0]:
        crs = st.selectbox(
            say("Coordinate system", lang),
            SYSTEMS_OF_COORDINATES,
            index=None,
            key=crs_key(file.path),
            accept_new_options=True,
            placeholder=say("as the file says, else WGS-84", lang),
            help=say("Or any name that PROJ knows, for example EPSG:4549.", lang),
        )
    with columns[1]:
        zone = st.selectbox(
            say("Time zone", lang),
            ZONES,
            index=None,
            key=f"{key}-timezone",
            accept_new_options=True,
            placeholder=say("as recognised, else Asia/Shanghai", lang),
        )
    with columns[2]:
        date_format = st.text_input(
            say("Date format", lang),
            key=f"{key}-date",
            placeholder="%Y-%m-%d %H:%M:%S",
            help=say("Only where dates are not understood, for example %d.%m.%Y %H:%M.", lang),
        )
    settings = {"crs": crs, "timezone": zone, "date_format": date_format}
    return chosen | {name: value.strip() for name, value in settings.items() if value and value.strip()}


def crs_key(path: Path) -> str:
    """Return the key under which the page remembers the coordinate system chosen for a file."""
    return f"{path}-crs"


def column_name(ours: str, lang: str) -> str:
    """Return what one of our columns is called."""
    return {
        "report_id": say("Report number", lang),
        "reported_at": say("Reported at", lang),
        "closed_at": say("Closed at", lang),
        "status": say("Status", lang),
        "category": say("Category", lang),
        "lat": say("Latitude", lang),
        "lon": say("Longitude", lang),
        "x": say("Easting (x)", lang),
        "y": say("Northing (y)", lang),
        "point": say("Both coordinates in one", lang),
        "source": say("Source", lang),
        "unit": say("Unit", lang),
        "address": say("Address", lang),
        "asset_id": say("Asset number", lang),
        "description": say("Description", lang),
        "due_at": say("Due at", lang),
        "system": say("System", lang),
        "labelled_duplicate": say("Marked as duplicate", lang),
        "category_kind": say("Kind of category", lang),
    }.get(ours, ours)


def mapping_toml(choices: Sequence[tuple[str, Mapping[str, str]]]) -> str:
    """Return the mapping file of several files: one `[[source]]` table for each that differs from what is recognised.

    >>> print(mapping_toml([("a.csv", {"lat": "纬度", "crs": "GCJ-02"}), ("b.csv", {})]))
    [[source]]
    file = "a.csv"
    lat = "纬度"
    crs = "GCJ-02"
    <BLANKLINE>
    """
    tables = []
    for name, chosen in choices:
        if chosen:
            lines = [
                f"{key} = {json.dumps(value, ensure_ascii=False)}"
                for key, value in (("file", glob.escape(name)), *chosen.items())
            ]
            tables.append("[[source]]\n" + "\n".join(lines) + "\n")
    return "\n".join(tables)
