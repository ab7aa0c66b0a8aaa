"""The smallest resumable piece of work: inputs in, one published file or folder out."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

from datadiet.errors import JobError

Tell = Callable[[float, str], None]  # fraction done in [0, 1], and a few words


@dataclass(frozen=True)
class Unit:
    """A piece of work: ``function`` is called with ``arguments`` and publishes ``final`` itself.

    The function is called as ``name(tell, **arguments)`` in a process of its own; ``tell(fraction,
    message)`` reports progress and may be called often.
    """

    key: str  # names the unit in messages and in ``after``
    final: Path  # where it publishes; a unit whose final is published is done
    function: str  # "module:name"
    arguments: dict[str, Any]  # JSON-able
    after: tuple[str, ...] = ()  # keys of units that must be done first
    cost: float = 1.0  # expected, beside the other units of the same work; only progress is told by it


@dataclass(frozen=True)
class Event:
    """Something that happened to a unit."""

    key: str
    kind: Literal["found", "started", "progress", "done", "failed", "died"]
    fraction: float = 0.0  # of the unit, in [0, 1]
    message: str = ""


OnEvent = Callable[[Event], None]


@dataclass(frozen=True)
class Report:
    """What became of the units, by key, each list in the order the units were given."""

    done: tuple[str, ...] = ()  # computed now
    found: tuple[str, ...] = ()  # published before
    failed: dict[str, str] = field(default_factory=dict)  # key -> sentence
    left: tuple[str, ...] = ()  # not begun, or stopped
    is_interrupted: bool = False  # Ctrl-C

    @property
    def counts(self) -> str:
        """Return the counts as words, such as ``3 done, 1 failed, 2 left``."""
        done = len(self.done) + len(self.found)
        return f"{done} done, {len(self.failed)} failed, {len(self.left)} left"

    def check(self) -> None:
        """Raise unless everything is done.

        Raises:
            KeyboardInterrupt: The work was interrupted.
            JobError: Units failed or are left; the sentence has the counts and the first reason.
        """
        if self.is_interrupted:
            raise KeyboardInterrupt
        if self.failed or self.left:
            key, reason = next(iter(self.failed.items()), ("", "a unit before them failed"))
            raise JobError.incomplete(self.counts, key, reason)


def resolve(function: str) -> Callable[..., None]:
    """Return the function that ``module:name`` names.

    Raises:
        JobError: There is no such module or name.
    """
    module, _, name = function.partition(":")
    try:
        found: Callable[..., None] = getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise JobError(f"The function {function} of a unit cannot be imported: {error}.") from error
    return found


def fix_threads(num_threads: int) -> None:
    """Let torch use ``num_threads``, where it is loaded; the number decides the last bits of a result."""
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(num_threads)
