"""The dashboard: lists its pages."""

from pathlib import Path

import streamlit as st

ICON = Path(__file__).parent / "icon.svg"  # a named symbol would be fetched from its maker's server

st.set_page_config(page_title="Data Diet", page_icon=str(ICON), layout="wide")
st.navigation([st.Page("views/overview.py", title="Overview", default=True)]).run()
