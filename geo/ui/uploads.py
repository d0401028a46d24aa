"""Files of the reader's own: kept for this visit only, looked into before anything is computed."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from geo.errors import HexwardError, UnknownColumns
from geo.intake.headers import Layout, known_headers, recognise
from geo.intake.mapping import Mapping
from geo.intake.readers import read_table
from geo.ui.plain import plain
from geo.ui.session import uploads_folder
from geo.words import say

SAMPLE_ROWS = 5
_MOST_NAME = 255  # bytes of a file name: a browser sends longer ones than the file system may take
KIND_HINTS = {
    "community": ("communit", "社区", "村"),
    "market": ("market", "市场"),
    "construction_site": ("site", "construction", "工地"),
    "street_office": ("street_office", "街道办", "街办"),
    "district": ("district", "城区", "区界"),
    "estate": ("estate", "小区"),
    "street": ("street", "road", "道路", "街"),
    "school": ("school", "学校"),
    "toilet": ("toilet", "公厕"),
}


@dataclass(frozen=True)
class ReportFile:
    """What a report file looks like from outside: its columns, its first rows, what was recognised."""

    path: Path
    rows: int
    headers: tuple[str, ...]
    sample: pl.DataFrame
    layout: Layout | None  # None where the columns are not recognised
    systems: tuple[str, ...]  # whose reports it holds
    draft: str  # a mapping to start from, TOML
    refusal: HexwardError | None


def choose(label: str, key: str, lang: str, *, help: str) -> list[Path]:
    """Draw an uploader and return the files of this visit, those chosen before a look at another page too.

    An uploader forgets its files with its page; those stay beside it until they are left out or chosen anew.
    """
    state = st.session_state
    chosen: dict[str, list[Path]] = state.setdefault("chosen-files", {})
    before: dict[str, list[Path]] = state.setdefault("chosen-before", {})
    if key not in state:
        before[key] = chosen.get(key, [])
    new = _keep(st.file_uploader(label, accept_multiple_files=True, key=key, help=help))
    before[key] = [path for path in before.get(key, []) if path.name not in {file.name for file in new}]
    for path in before[key]:
        st.button(
            plain(path.name),
            key=f"leave-out-{key}-{path}",
            icon=":material/close:",
            help=say("Chosen earlier in this visit. Press to leave it out.", lang),
            on_click=before[key].remove,
            args=(path,),
        )
    chosen[key] = [*before[key], *new]
    return chosen[key]


def keep_choices(prefixes: Sequence[str]) -> None:
    """Remember what was chosen in the widgets whose keys begin so, for the way back from another page."""
    state = st.session_state
    state["choices-kept"] = {
        key: value for key, value in state.items() if isinstance(key, str) and key.startswith(tuple(prefixes))
    }


def restore_choices() -> None:
    """Choose again what was chosen before a look at another page; to be called before the widgets are drawn."""
    for key, value in st.session_state.get("choices-kept", {}).items():
        st.session_state.setdefault(key, value)


def _keep(files: Sequence[UploadedFile]) -> list[Path]:
    """Write the uploaded files into this visit's folder, under their own names, and return where."""
    return [keep_file(file.name, file.getvalue()) for file in files]


def keep_file(name: str, content: bytes) -> Path:
    """Write one file into this visit's folder; the same content is kept once."""
    folder = uploads_folder() / hashlib.sha256(content).hexdigest()[:12]
    path = folder / fitting(re.sub(r"[\\/\0]", "_", name).strip(". ") or "file")
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return path


def fitting(name: str) -> str:
    """Return a file name of 255 bytes at most: where it is longer, its end is cut and its ending stays.

    >>> fitting("North.xlsx"), len(fitting("东" * 90 + ".xlsx").encode()), fitting("东" * 90 + ".xlsx")[-6:]
    ('North.xlsx', 254, '东.xlsx')
    """
    if len(name.encode()) <= _MOST_NAME:
        return name
    ending = Path(name).suffix.encode()[:20].decode(errors="ignore")
    room = _MOST_NAME - len(ending.encode())
    return Path(name).stem.encode()[:room].decode(errors="ignore") + ending


@st.cache_resource(max_entries=16, show_spinner=False)
def look_into(path: Path) -> ReportFile:
    """Read a report file as text and recognise its columns. Raises HexwardError where it is no table."""
    table = read_table(path, known=known_headers())
    headers, sample = tuple(table.frame.columns), table.frame.head(SAMPLE_ROWS)
    try:
        layout = recognise(table, Mapping())
    except UnknownColumns as refusal:
        return ReportFile(path, table.frame.height, headers, sample, None, (), refusal.mapping, refusal)
    column = layout.columns.get("system")
    systems = tuple(table.frame[column].drop_nulls().unique().to_list()) if column else (layout.system,)
    private = [header for header in headers if header in layout.personal]
    shown = tuple(header for header in headers if header not in private)
    return ReportFile(path, table.frame.height, shown, sample.drop(private), layout, systems, "", None)


def likely_kind(name: str) -> str:
    """Return the kind of area that a file's name speaks of.

    >>> likely_kind("communities.geojson"), likely_kind("成华区工地.csv"), likely_kind("x.gpkg")
    ('community', 'construction_site', 'community')
    """
    lower = name.lower()
    return next((kind for kind, hints in KIND_HINTS.items() if any(hint in lower for hint in hints)), "community")
