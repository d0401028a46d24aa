"""The door: page settings, look and navigation. Nothing is computed here."""

import streamlit as st

from geo.maps import assets
from geo.ui import look
from geo.ui.data_page import data_page
from geo.ui.map_page import map_page
from geo.ui.priorities_page import priorities_page
from geo.ui.recurring_page import recurring_page
from geo.ui.session import know_pages, language, palette
from geo.words import say

st.set_page_config(page_title="Hexward", page_icon=look.ICON, layout="wide", initial_sidebar_state="auto")
assets.prepare()
lang = language()
look.dress(palette(), lang)
pages = {
    "map": st.Page(map_page, title=say("Map", lang), url_path="map", default=True),
    "recurring": st.Page(recurring_page, title=say("Recurring", lang), url_path="recurring"),
    "priorities": st.Page(priorities_page, title=say("Priorities", lang), url_path="priorities"),
    "data": st.Page(data_page, title=say("Data", lang), url_path="data"),
}
know_pages(pages)
st.navigation(list(pages.values()), position="top").run()
