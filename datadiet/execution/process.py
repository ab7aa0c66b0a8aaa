"""The engine's side of one worker process: start it, hand it a unit, hear it, stop it."""

from __future__ import annotations

import json
import os
import subprocess  # ruff: ignore[suspicious-subprocess-import] (starts this package's own modules)
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from datadiet.errors import JobError
from datadiet.execution.units import Event, Unit
from datadiet.interpreter import import_path, own_module

STOP_SECONDS = 5.0  # that a worker gets to remove its attempt before it is killed
THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)


class WorkerProcess:
    """A fresh interpreter that works off one unit at a time; what it imported stays for the next.

    It is a process group of its own, so that Ctrl-C reaches the engine alone, and it ends when the
    engine does, however that ends: its stdin is a pipe that only the engine holds.

    Args:
        num_threads: Of each unit.
        modules: What it imports before there is a unit; what cannot be imported is left to the unit to tell.
    """

    def __init__(self, num_threads: int, modules: Sequence[str] = ()) -> None:
        self.unit: Unit | None = None
        try:
            self.answers, theirs = os.pipe()
        except OSError as error:
            raise JobError(f"A worker process cannot be started: {error.strerror}.") from error
        words = [str(theirs), str(num_threads), *modules]
        command = own_module("datadiet.execution.worker", *words)
        try:
            self._process = subprocess.Popen(  # ruff: ignore[subprocess-without-shell-equals-true] (our own module)
                command,
                stdin=subprocess.PIPE,
                stdout=sys.__stderr__.fileno() if sys.__stderr__ else subprocess.DEVNULL,
                pass_fds=(theirs,),
                env=_environment(num_threads),
                process_group=0,
            )
        except OSError as error:
            os.close(self.answers)
            raise JobError(f"A worker process cannot be started: {error.strerror}.") from error
        finally:
            os.close(theirs)
        self._rest = b""

    def give(self, unit: Unit) -> None:
        """Hand over a unit; a worker that is dead already is noticed when it is heard."""
        self.unit = unit
        task = {"key": unit.key, "function": unit.function, "arguments": unit.arguments}
        assert self._process.stdin is not None  # ruff: ignore[assert] (asked for above)
        with suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(task).encode() + b"\n")
            self._process.stdin.flush()

    def hear(self) -> list[Event] | None:
        """Return what the worker said since, or None where it is dead; waits where it said nothing."""
        piece = os.read(self.answers, 1 << 16)
        if not piece:
            return None
        *lines, self._rest = (self._rest + piece).split(b"\n")
        return [Event(**_fields(json.loads(line))) for line in lines]

    def cause_of_death(self) -> str:
        """Return how the process ended, such as ``signal 9``."""
        code = self._process.wait()
        return f"signal {-code}" if code < 0 else f"exit code {code}"

    def ask_to_stop(self) -> None:
        """Tell the worker to remove its attempt and leave."""
        with suppress(ProcessLookupError):
            self._process.terminate()

    def close(self) -> None:
        """Wait until it has left, and kill it where it does not."""
        assert self._process.stdin is not None  # ruff: ignore[assert]
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self.answers)


def end_workers(workers: Sequence[WorkerProcess]) -> None:
    """Stop workers, all at once; one that works removes its attempt first."""
    for worker in workers:
        worker.ask_to_stop()
    for worker in workers:
        worker.close()


def _environment(num_threads: int) -> dict[str, str]:
    """Return the environment of a worker: our import path, and threads fixed before anything is loaded."""
    threads = dict.fromkeys(THREAD_VARIABLES, str(num_threads))
    return {**os.environ, **threads, "PYTHONPATH": import_path()}


def _fields(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: answer[name] for name in ("key", "kind", "fraction", "message") if name in answer}
