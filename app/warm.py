"""What the server does while the browser loads: import what pages need, read what Home and Browse show."""

from __future__ import annotations

import gc
import logging
import threading
import time
from collections.abc import Callable
from importlib import import_module

from streamlit import runtime

logger = logging.getLogger(__name__)

LOOK_EVERY = 0.01  # seconds
MOST_TO_START = 60.0  # seconds that a server may take until it answers
ROOMS = (  # in the order in which pages come to need them; views run as they are imported, so none is here
    *("app.frame", "app.jobs.bar", "app.home.beginning", "app.home.cards", "app.home.comparison"),
    *("app.browse.component", "app.browse.readers", "app.jobs.cards"),
)
NO_PAGE = "streamlit.runtime.scriptrunner_utils.script_run_context"  # says that a thread draws on no page
LATER = ("app.charts", "app.new_audit.fields", "app.export.selections", "app.triage.queues")


def warm_up(is_serving: Callable[[], bool] = runtime.exists) -> None:
    """Import what pages need once the server answers, then read what Home shows, and the newest run.

    A page that comes meanwhile waits for what it needs alone. What fails here is only logged: the page that
    needs it says so. What was imported and read stays, so the garbage collection that Streamlit runs after
    every script, and that holds up all answers meanwhile, need not look through it.

    Args:
        is_serving: Whether the server has begun.
    """
    until = time.monotonic() + MOST_TO_START
    while not is_serving():
        if time.monotonic() > until:
            return
        time.sleep(LOOK_EVERY)
    warming = threading.get_ident()
    logging.getLogger(NO_PAGE).addFilter(lambda record: record.thread != warming)
    try:
        for room in ROOMS:
            import_module(room)
        gc.freeze()
        _read_home()
        _read_newest_run()
        for room in LATER:
            import_module(room)
        gc.freeze()
    except Exception:
        logger.debug("Warming up failed", exc_info=True)


def _read_home() -> None:
    from app import state
    from app.home.facts import datasets, pictures
    from datadiet.store.workspace import Workspace

    root = state.workspace_root()
    for dataset in datasets(Workspace.existing(root)):
        if dataset.dataset_id and not dataset.problem:
            pictures(root, dataset.dataset_id)


def _read_newest_run() -> None:
    from app import state
    from app.browse.readers import open_browse

    root = state.workspace_root()
    newest = next((each for each in state.run_choices() if each.is_scored and not each.problem), None)
    if newest is not None:
        stamp = state.run_stamp(newest.run_id)
        open_browse(root, state.read_scores(root, newest.run_id, stamp).run, stamp)
