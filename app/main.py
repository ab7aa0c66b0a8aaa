"""The dashboard: lists its pages."""

from pathlib import Path

import streamlit as st

from app.frame import Screen, screens
from app.jobs.bar import job_bar

ICON = Path(__file__).parent / "icon.svg"  # a named symbol would be fetched from its maker's server
SIDEBAR = 208  # pixels: the names of the pages are short, and images want the width


def page_of(screen: Screen) -> st.Page:
    """Return a screen as Streamlit's page; the first is the one without a path of its own."""
    is_first = screen.url == ""
    return st.Page(
        screen.path, title=screen.title, icon=screen.icon, url_path=screen.url or None, default=is_first
    )


st.set_page_config(page_title="Data Diet", page_icon=str(ICON), layout="wide", initial_sidebar_state=SIDEBAR)
page = st.navigation([page_of(screen) for screen in screens()])
job_bar()
page.run()
