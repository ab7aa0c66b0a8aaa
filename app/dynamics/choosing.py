"""Which of several analyses of a kind is shown."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app.dynamics.reading import title_of
from app.text import plain, plain_name, quiet
from datadiet.pipeline.analyses import Analysis


def choose_analysis(analyses: Sequence[Analysis], key: str) -> Analysis:
    """Return the analysis that is chosen, the newest at first; say what it looks at."""
    if len(analyses) == 1:
        st.markdown(quiet(plain(title_of(analyses[0]))))
        return analyses[0]
    titles = {each.analysis_id: plain_name(title_of(each)) for each in analyses}
    if st.session_state.get(key) not in titles:
        st.session_state[key] = analyses[0].analysis_id
    chosen = st.selectbox("Analysis", list(titles), format_func=titles.__getitem__, key=key)
    return next(each for each in analyses if each.analysis_id == chosen)
