"""The page's style sheet and logo, in the colours of the palette table."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import streamlit as st

from geo.maps.furniture import LANDS
from geo.maps.palette import PALETTES, Palette
from geo.words import say

ASSETS = Path(__file__).parent / "assets"
ICON = str(ASSETS / "icon.svg")
CLOSE_NOTES = """
window.hexCloseNotes ||= ['click', 'keydown'].every(function (kind) {
  document.addEventListener(kind, function (event) {
    if (kind === 'keydown' && event.key !== 'Escape') return;
    document.querySelectorAll('.notes[open]').forEach(function (box) {
      if (kind === 'keydown' || !box.contains(event.target)) box.open = false;
    });
  }, true);
  return true;
});
"""  # a click beside them or Escape, once for the page, as Streamlit's own boxes do


def dress(palette: Palette, lang: str) -> None:
    """Put on the style sheet, the logo and the language: Streamlit's page says English, whatever it holds."""
    colours = {
        "text": palette.text,
        "muted": palette.muted,
        "line": palette.line,
        "page": palette.page,
        "control": palette.control,
        "on-control": palette.on_control,
        "bar": palette.bar,
    }
    words = {
        "upload": say("Choose files", lang),
        "upload-limit": say("or drop them here", lang),
    }  # Streamlit's own are English
    variables = "".join(f"--hx-{name}:{colour};" for name, colour in colours.items())
    variables += "".join(f'--hx-{name}:"{word}";' for name, word in words.items())
    st.html(f"<style>:root{{{variables}}}\n{_style_sheet()}</style>")
    script = f'document.documentElement.lang = "{LANDS[lang]}";{CLOSE_NOTES}'
    st.html(f"<script>{script}</script>", unsafe_allow_javascript=True)
    theme = "dark" if palette is PALETTES["dark"] else "light"
    st.logo(str(ASSETS / f"logo_{theme}.svg"), size="medium")


@cache
def _style_sheet() -> str:
    return Path(ASSETS / "page.css").read_text("utf-8")
