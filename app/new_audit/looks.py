"""A look at a source before it is audited: a job that prepares and plans, and what it found."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from app import state
from app.jobs.queue import put_in_line
from app.jobs.watch import JobView, job_views, watcher
from app.new_audit.form import AuditForm, form_of
from datadiet.data.images import LabeledImages
from datadiet.execution.jobs import start_job

LOOK = "look"  # query parameter: the job that looked
MOST_PICTURES, PER_CLASS, MOST_CLASSES = 60, 5, 12


@dataclass(frozen=True)
class Look:
    """A look at a source: the job, what was asked, and what it found once it is done."""

    view: JobView
    form: AuditForm
    plan: dict[str, Any] | None  # as ``datadiet audit --dry-run --json`` prints it


def start_look(form: AuditForm) -> str:
    """Start a look, which waits for nobody; return the job's id.

    Raises:
        JobError: The process cannot be started.
        StoreError: The workspace refuses.
    """
    workspace = watcher(state.workspace_root()).workspace
    return start_job(workspace, form.look_argv(workspace.root))


def start_audit(form: AuditForm) -> str:
    """Start an audit when its turn comes; return the job's id.

    Raises:
        JobError: The process cannot be started.
        StoreError: The workspace refuses.
    """
    return put_in_line(form.argv(watcher(state.workspace_root()).workspace.root))


def find_look(job_id: str | None) -> Look | None:
    """Return the look that a job is; None where there is no such job, or it is no look."""
    views = job_views([job_id]) if job_id else []
    if not views or "--dry-run" not in views[0].job.argv:
        return None
    view = views[0]
    plan = _read_plan(view) if view.job.state == "done" else None
    return Look(view, form_of(view.job.argv), plan)


def _read_plan(view: JobView) -> dict[str, Any] | None:
    """Return the last line of the job's log that is an object; None where the log is gone or says less."""
    path = watcher(state.workspace_root()).workspace.logs_dir / f"{view.job.job_id}.log"
    try:
        lines = path.read_bytes().splitlines()
    except OSError:
        return None
    for line in reversed(lines):
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict) and "dataset_id" in found:
            return found
    return None


def prepared(plan: dict[str, Any]) -> LabeledImages:
    """Return the data set that a look prepared.

    Raises:
        StoreError: It is not there any more, or damaged.
    """
    workspace = watcher(state.workspace_root()).workspace
    return LabeledImages.open(workspace.dataset_dir(str(plan["dataset_id"])))


def sample_rows(labels: np.ndarray, num_classes: int) -> list[int]:
    """Return rows that show what a data set is like: some of each class, or spread over all where many.

    Args:
        labels: Shape (N,), class indices.
        num_classes: C.
    """
    if num_classes > MOST_CLASSES:
        picked = np.unique(np.linspace(0, len(labels) - 1, num=min(MOST_PICTURES, len(labels))).astype(int))
        return [int(row) for row in picked[np.argsort(labels[picked], kind="stable")]]
    rows = []
    for index in range(num_classes):
        of_class = np.flatnonzero(labels == index)
        places = np.linspace(0, len(of_class) - 1, num=min(PER_CLASS, len(of_class))).astype(int)
        rows += [int(row) for row in of_class[places]]
    return rows
