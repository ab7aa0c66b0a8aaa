"""The line of a workspace: jobs that take turns, each with a ticket that its process holds while it lives.

A ticket is a file ``queue/<number>.<job_id>.json``. It is born locked, the lock is handed to the job's
process, and the system takes it back however that process ends. So no ticket is held again once it was let
go, and a job's turn has come when nobody holds one with a smaller number: no daemon, clock or process id.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

from datadiet.store.disk import disk_errors, remove, short_name, sync
from datadiet.store.workspace import Workspace

_NAME = re.compile(r"(\d+)\.([0-9a-f]+)\.json")


@dataclass(frozen=True)
class Ticket:
    """A place in the line."""

    number: int
    job_id: str
    path: Path

    @property
    def asked_by(self) -> str:
        """Return who asked for the job; empty where nobody said, or the ticket is gone."""
        try:
            return str(json.loads(self.path.read_bytes())["asked_by"])
        except (OSError, ValueError, KeyError, TypeError, RecursionError):  # damaged: only shown
            return ""


def held_tickets(workspace: Workspace) -> list[Ticket]:
    """Return the tickets of the jobs that are alive, in the order of their turns; the first one works.

    Raises:
        StoreError: The folder cannot be read.
    """
    with disk_errors(workspace.queue_dir):
        return [ticket for ticket in _tickets(workspace) if _is_held(ticket.path)]


def is_first(workspace: Workspace, job_id: str) -> bool:
    """Return whether a job that holds a ticket has nobody before it.

    Raises:
        StoreError: The folder cannot be read.
    """
    with disk_errors(workspace.queue_dir):
        for ticket in _tickets(workspace):
            if ticket.job_id == job_id:
                return True
            if _is_held(ticket.path):
                return False
    return True


def take_ticket(workspace: Workspace, job_id: str, *, asked_by: str) -> int:
    """Make the last ticket of the line; return the descriptor that holds it.

    To be called by one process at a time: under the lock of the folder.

    Args:
        workspace: Whose line it is; its folder ``queue`` is there.
        job_id: Of the job.
        asked_by: Who asked for it; only shown.

    Raises:
        StoreError: The disk refuses.
    """
    folder = workspace.queue_dir
    part = folder / f".{short_name()}.part.json"
    with disk_errors(folder):
        number = _clear(_tickets(workspace)) + 1
        try:
            part.write_text(json.dumps({"asked_by": asked_by}), encoding="ascii")
            return _locked_as(part, folder / f"{number:06d}.{job_id}.json")
        finally:
            remove(part)


def _locked_as(part: Path, final: Path) -> int:
    """Lock a file before it is a ticket that others look at, then give it its name; return the descriptor."""
    descriptor = os.open(part, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        sync(part)
        part.replace(final)
        sync(final.parent)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _clear(tickets: list[Ticket]) -> int:
    """Remove the tickets of jobs that ended; return the largest number that is left, 0 for none."""
    numbers = [0]
    for ticket in tickets:
        if _is_held(ticket.path):
            numbers.append(ticket.number)
        else:
            remove(ticket.path)
    return max(numbers)


def _tickets(workspace: Workspace) -> list[Ticket]:
    folder = workspace.queue_dir
    paths = list(folder.iterdir()) if folder.is_dir() else []
    found = [(match, path) for path in paths if (match := _NAME.fullmatch(path.name)) and path.is_file()]
    tickets = [Ticket(int(match[1]), match[2], path) for match, path in found]
    return sorted(tickets, key=lambda each: each.number)


def _is_held(path: Path) -> bool:
    """Return whether a process holds the lock of a file; those who ask share it, so that none misleads."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
