"""Dynamics: what happens inside while training?"""

from __future__ import annotations

from app import state
from app.dynamics.connecting import show_barriers
from app.dynamics.relating import show_agreement, show_forgetting
from app.dynamics.velocity import show_velocity
from app.dynamics.working import show_progress
from app.failures import shown_failures
from app.frame import open_run_page

KEYS = (("click on a point", "open its images in Browse"),)


def show_page() -> None:
    """Show what drives the features, where the way is fixed, what is forgotten, which scores agree."""
    question = "What happens inside while training?"
    opened = open_run_page(question, "dynamics", keys=KEYS, by="")  # each part says its own score
    if opened is None:
        return
    names = state.read_scores(state.workspace_root(), opened.run.run_id, opened.stamp).score_names
    show_progress(opened)
    with shown_failures():
        show_velocity(opened)
    with shown_failures():
        show_barriers(opened)
    with shown_failures():
        show_forgetting(opened, names)
    with shown_failures():
        show_agreement(opened)


with shown_failures():
    show_page()
