"""What the command line prints: results to stdout, progress and messages to stderr."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from math import isfinite
from time import monotonic
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from datadiet.errors import StoreError

ERRORS = Console(stderr=True, markup=False, highlight=False)
LINE_EVERY_SECONDS = 10.0  # where stderr is no terminal, a plain line in place of the bar


def show(text: str) -> None:
    """Print a result line to stdout, control characters of hostile names escaped."""
    _write(printable(text))


def show_json(value: dict[str, Any]) -> None:
    """Print one JSON object to stdout; what is not a number is null."""
    _write(json.dumps(_finite(value), ensure_ascii=True, allow_nan=False, default=str))


def _write(text: str) -> None:
    """Write a line to stdout at once: a job's reader finds it in the log as soon as the job is done.

    Raises:
        StoreError: What is behind stdout takes no more, such as a file on a full disk.
    """
    try:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")  # what is left over is not tried again
        raise StoreError(
            f"The result cannot be written to standard output: {error.strerror}. What was computed is kept; "
            "the same command tells it again."
        ) from None


def _finite(value: Any) -> Any:
    """Return ``value`` with None in place of NaN and infinity, which JSON does not have."""
    if isinstance(value, dict):
        return {key: _finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not isfinite(value) else value


def tell(text: str) -> None:
    """Print a message to stderr."""
    ERRORS.print(printable(text), soft_wrap=True)


def printable(text: str) -> str:
    r"""Return ``text`` with everything a terminal would obey or hide shown as an escape; newlines stay.

    Example:
        >>> print(printable("cat\x1b[31m"))
        cat\x1b[31m
    """
    return "".join(
        letter if letter == "\n" or letter.isprintable() else ascii(letter)[1:-1] for letter in text
    )


class TerminalProgress:
    """Draws the stage as a bar with rate and time left; as a line every ten seconds without a terminal."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._task: TaskID | None = None
        self._name = ""
        self._total = 1.0
        self._unit = ""
        self._started = self._told = monotonic()

    def stage(self, name: str, *, total: float, unit: str) -> None:
        """Begin a bar, the one before completed."""
        self._finish()
        self._name, self._total, self._unit = name, max(total, 1e-9), unit
        self._started = self._told = monotonic()
        self._task = self._bar.add_task(printable(name), total=total, amount="")

    def reach(self, done: float) -> None:
        """Move the bar."""
        if self._task is None:
            return
        self._bar.update(self._task, completed=done, amount=self._amount(done))
        if not self._bar.console.is_terminal and monotonic() - self._told >= LINE_EVERY_SECONDS:
            self._told = monotonic()
            tell(self._line(done))

    def parts(self, shares: Mapping[str, float]) -> None:
        """Leave the parts out: the bar shows the whole."""

    def works_on(self, run_id: str) -> None:
        """Leave the run out: the plan names it."""

    def say(self, text: str) -> None:
        """Print a sentence above the bar."""
        self._bar.console.print(printable(text), soft_wrap=True, markup=False, highlight=False)

    def _line(self, done: float) -> str:
        """Return how far the stage is as one line of a log file."""
        share = f"{100 * done / self._total:.0f} %"
        parts = [share, self._amount(done), self._left(done)]
        return f"{self._name}: {', '.join(part for part in parts if part)}"

    def _amount(self, done: float) -> str:
        """Return what is done of what there is and how fast, empty where the unit is a share itself."""
        if self._unit == "%":
            return ""
        elapsed = monotonic() - self._started
        rate = f", {done / elapsed:,.1f} a second" if done and elapsed >= 1 else ""
        return f"{done:,.0f} of {self._total:,.0f} {self._unit}{rate}"

    def _left(self, done: float) -> str:
        elapsed = monotonic() - self._started
        if not done or done >= self._total:
            return ""
        seconds = (self._total - done) * elapsed / done
        return f"about {seconds:.0f} s left" if seconds < 90 else f"about {seconds / 60:.0f} min left"

    def _finish(self) -> None:
        if self._task is not None:
            self._bar.update(self._task, completed=self._total, amount="")
            self._bar.stop_task(self._task)


@contextmanager
def progress_bar(console: Console = ERRORS) -> Generator[TerminalProgress]:
    """Yield a progress drawn on ``console``, stderr by default, for as long as the block runs."""
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[amount]}", markup=False),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        yield TerminalProgress(bar)
