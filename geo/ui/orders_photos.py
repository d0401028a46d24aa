"""Photos from before, for the work orders: chosen once in a visit, one for each number of a report."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from html import escape
from pathlib import Path

import streamlit as st

from geo.maps.hexcells import digest
from geo.ui.session import uploads_folder
from geo.ui.uploads import keep_file
from geo.words import say

PICTURES = ["jpg", "jpeg", "png"]
_MOST_NAMED = 5


def choose_photos(lang: str) -> Path | None:
    """Draw the uploader of photos and return their folder, None for no photo.

    An uploader forgets its files when it is not drawn; those chosen before stay until they are left out.
    """
    state, key = st.session_state, f"order-photos-{lang}"
    if key not in state:
        state["photos-before"] = state.get("photos-chosen", [])
    files = st.file_uploader(
        say("Photos named after report numbers", lang),
        type=PICTURES,
        accept_multiple_files=True,
        key=key,
        help=say("For example 20260101-17.jpg. They stay on this machine.", lang),
    )
    before: list[Path] = state["photos-before"]
    if before:
        label = say("{count} chosen earlier in this visit: leave them out", lang, count=f"{len(before):,}")
        st.button(label, key="photos-leave-out", icon=":material/close:", on_click=before.clear)
    chosen = state["photos-chosen"] = [*before, *(keep_file(file.name, file.getvalue()) for file in files)]
    if not chosen:
        return None
    folder, twice = gathered(chosen, uploads_folder())
    if twice:
        words = say(
            "Several photos are named {names}: of each name the one chosen last is used.",
            lang,
            names=say(", ", lang).join(twice[:_MOST_NAMED]) + ("…" if len(twice) > _MOST_NAMED else ""),
        )
        st.html(f'<div class="hx m">{escape(words)}</div>')
    return folder


def gathered(photos: Sequence[Path], beside: Path) -> tuple[Path, list[str]]:
    """Return a folder in `beside` with one photo of each name, the last, and the names that several photos have.

    A name is the number of a report: its ending does not count.
    """
    last = {path.stem: path for path in photos}
    twice = sorted({path.stem for path in photos if last[path.stem] != path})
    folder = beside / f"photos-{digest(repr(sorted(last.values())))}"
    folder.mkdir(exist_ok=True)
    for path in last.values():
        if not (folder / path.name).exists():
            shutil.copy(path, folder)
    return folder, twice
