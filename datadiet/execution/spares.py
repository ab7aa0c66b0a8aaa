"""Worker processes started before their units are known, so that what they import is ready by then."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from datadiet.errors import JobError
from datadiet.execution.process import WorkerProcess, end_workers


class SpareWorkers:
    """Idle workers for an engine to come; those that none took end with :meth:`close`.

    Args:
        num_workers: Processes, 0 for none. Where one cannot be started there are fewer: the engine says so.
        num_threads: Threads of each.
        modules: What each imports meanwhile, such as where the functions of the units are.
    """

    def __init__(self, num_workers: int, *, num_threads: int, modules: Sequence[str]) -> None:
        self._num_threads, self._modules = num_threads, tuple(modules)
        self._idle: list[WorkerProcess] = []
        self.start(num_workers)

    def start(self, num_workers: int) -> None:
        """Start workers until there are ``num_workers``."""
        with suppress(JobError):
            for _ in range(num_workers - len(self._idle)):
                self._idle.append(WorkerProcess(self._num_threads, self._modules))

    def take(self, num_workers: int, num_threads: int) -> list[WorkerProcess]:
        """Return at most ``num_workers`` of ``num_threads`` each, the caller's from now on; end the rest."""
        taken = self._idle[:num_workers] if num_threads == self._num_threads else []
        self._idle = self._idle[len(taken) :]
        self.close()
        return taken

    def close(self) -> None:
        """End those that nobody took."""
        idle, self._idle = self._idle, []
        end_workers(idle)
