"""The Browse component: one part that draws toolbar, histogram, grid, selection and details in the browser.

All that comes up is one state value ``up``, one at a time: the browser sends the next when the last is
answered, so that no question and no decision is overtaken. It runs in a fragment, which also writes the
address.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import streamlit as st

from app import decisions, state
from app.browse.answers import Answer, add_asked, add_columns, add_first_sheets, add_score, add_views, held_of
from app.browse.columns import title
from app.browse.handover import handed_over
from app.browse.place import NAMES, Bounds, Place, address, read_place
from app.browse.readers import Opened
from app.browse.saved_views import remove_view, save_view
from app.components.scripts import joined
from app.failures import public_sentence, shown_failures
from app.frame import link, screens, show_context
from app.palette import css_variables
from app.text import plain_name
from app.words import score_words
from datadiet.errors import DataDietError

KEY = "browse"
_ANSWERED, _WRITTEN, _VERSION = "browse-answered", "browse-written", "browse-version"  # session keys
_FOLDER = Path(__file__).parent / "browser"
SCRIPTS = (  # in this order, one script; only the last exports
    *("pieces", "columns", "filters", "place", "pictures", "line", "grid", "histogram", "toolbar"),
    *("selection", "curves", "panel", "chooser", "judge", "nothing", "keys", "browse"),
)


def _script() -> str:
    own = [(_FOLDER / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS]
    return "\n".join([joined("leaving.js", "operation_log.js"), *own])


_mount = st.components.v2.component(
    "datadiet_browse",
    html='<div class="browse-root"></div>',
    css=(_FOLDER / "browse.css").read_text(encoding="utf-8"),
    js=_script(),
)


@st.fragment
def browse(opened: Opened, score: str) -> None:
    """Show the Browse component; moving through it reruns this fragment alone, and only for what is new.

    Args:
        opened: The run.
        score: What to sort by where the address names none.
    """
    with shown_failures():
        line = st.container()  # above, though only the answer below knows by which score the page sorts now
        message = answered(opened, score, dict(st.session_state.get(KEY) or {}).get("up"))
        with line:
            show_context(opened.run, _sorted_by(opened, score))
        _mount(key=KEY, data=message, on_up_change=_nothing)


def _sorted_by(opened: Opened, score: str) -> str:
    asked = state.query(state.SCORE) or ""
    is_ranked = {each.name: each.is_ranked for each in opened.table.names}
    name = asked if asked in is_ranked else score
    return score_words(name) if is_ranked.get(name, True) else title(name)


def answered(opened: Opened, score: str, up: object) -> bytes:
    """Return the message for what came up; the same question again gets the same bytes.

    Args:
        opened: The run.
        score: What to sort by where the address names none.
        up: What came up from the browser; anything.
    """
    sent = up if isinstance(up, Mapping) and up.get("version") == opened.version else {}
    place, place_version = _place(opened)
    asked_turn = (opened.version, str(sent.get("turn", ""))[:60], place_version, state.theme_colors().ground)
    last = st.session_state.get(_ANSWERED)
    if last is not None and last[0] == asked_turn and sent:
        return bytes(last[1])
    message = _message(opened, score, sent, place, place_version)
    st.session_state[_ANSWERED] = (asked_turn, message)
    return message


def _message(opened: Opened, score: str, sent: Mapping[str, Any], place: Place, place_version: int) -> bytes:
    answer = Answer({
        "version": opened.version,
        "turn": str(sent.get("turn", ""))[:60],
        "place": place.values,
        "placeVersion": place_version,
        "remarks": [plain_name(remark) for remark in place.remarks],
        "colors": css_variables(state.theme_colors()),
        "score": score,
        "links": {each.name: link(each.name) for each in screens()},
    })
    asked = sent.get("asked")
    asked = asked if isinstance(asked, Mapping) else {}
    if not sent or asked.get("columns") is True:
        shown = place.values.get("score", score)
        add_columns(answer, opened, shown)
        if shown != score:
            add_score(answer, opened.table, score)
        add_first_sheets(answer, opened, place.values, shown)
        _add_handed_over(answer, place)
    _store(answer, opened, sent)
    add_asked(answer, opened, asked)
    if "place" in sent:
        _write_address(opened, sent["place"])
    return answer.packed()


def _add_handed_over(answer: Answer, place: Place) -> None:
    token = place.values.get("ids")
    if isinstance(token, str):
        ids = handed_over(token)
        answer.add("handed", token=token, ids=ids)


def _store(answer: Answer, opened: Opened, sent: Mapping[str, Any]) -> None:
    """Store decisions and views that came up, and say what became of them."""
    workspace = opened.run.files.workspace
    if operations := sent.get("operations"):
        ack = decisions.store_operations(workspace, operations, who=decisions.reviewer())
        try:
            answer.add("held", held=held_of(opened, operations))
        except DataDietError as error:  # the message goes all the same: it says what became of the decisions
            ack = replace(ack, problem=ack.problem or public_sentence(str(error)))
        answer.header["ack"] = ack.document()
    view = sent.get("view")
    if isinstance(view, Mapping):
        answer.add("view", turn=str(view.get("turn", ""))[:40], problem=_changed_views(opened, view))
        add_views(answer, opened)


def _changed_views(opened: Opened, view: Mapping[str, Any]) -> str:
    """Save or remove a view; return what went wrong, empty for nothing."""
    try:
        if isinstance(view.get("remove"), str):
            remove_view(opened.run.files, view["remove"])
            return ""
        query = address(view.get("place"), bounds(opened))
        query.pop("example", None)
        return save_view(opened.run.files, str(view.get("name", "")), query)
    except DataDietError as error:
        return public_sentence(str(error))


def bounds(opened: Opened) -> Bounds:
    """Return what an address may name in this run."""
    return Bounds(
        [each.name for each in opened.table.names],
        opened.run.class_names,
        int(opened.table.columns["group"].max(initial=-1)) + 1,
        lambda example_id: opened.table.row(example_id) is not None,
    )


def _place(opened: Opened) -> tuple[Place, int]:
    """Return the place in the address, and a number that rises when it was changed from outside."""
    query = {name: value for name in NAMES if (value := state.query(name)) is not None}
    known = (opened.run.run_id, query)
    if st.session_state.get(_WRITTEN) != known:
        st.session_state[_WRITTEN] = known
        st.session_state[_VERSION] = st.session_state.get(_VERSION, 0) + 1
    return read_place(query, bounds(opened)), int(st.session_state[_VERSION])


def _write_address(opened: Opened, place: object) -> None:
    """Put where the browser is into the address."""
    query = address(place, bounds(opened))
    if isinstance(place, Mapping) and isinstance(place.get("ids"), str) and handed_over(str(place["ids"])):
        query["ids"] = str(place["ids"])
    for name in NAMES:
        state.set_query(name, query.get(name))
    st.session_state[_WRITTEN] = (opened.run.run_id, query)


def _nothing() -> None:
    """Let Streamlit keep the state; the fragment reads it when it reruns."""
