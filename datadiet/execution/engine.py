"""Runs units on local worker processes, lowest first, and says what became of each.

This is the seam behind which a cluster engine will stand: it sees units, never what they do.
"""

from __future__ import annotations

import selectors
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from datadiet.errors import JobError
from datadiet.execution.process import WorkerProcess, end_workers
from datadiet.execution.units import Event, OnEvent, Report, Unit
from datadiet.execution.worker import outcome
from datadiet.store.publish import is_published

MAX_DEATHS = 3  # of one unit's worker, before the work is stopped


def run_units(
    units: Sequence[Unit],
    *,
    num_workers: int,
    num_threads: int,
    on_event: OnEvent,
    workers: Sequence[WorkerProcess] = (),
) -> Report:
    """Return what became of ``units``, run on ``num_workers`` processes that end with this call.

    A unit whose ``final`` is published is skipped. A unit that raises is failed and the others go on;
    one whose worker dies is tried again, and after three deaths the work is stopped. Ctrl-C stops the
    workers, and the report says what is left.

    Args:
        units: In order of preference; ``after`` may name any of them.
        num_workers: Processes at once; 0 runs the units in this process, for tests.
        num_threads: Threads of each unit.
        on_event: Hears of everything, in this thread; what it raises stops the work and is raised.
        workers: Idle ones of as many threads, at most ``num_workers``, which end with this call too.

    Raises:
        JobError: ``after`` names a unit that is not there, or no worker can be started.
    """
    with Engine(num_workers=num_workers, num_threads=num_threads, workers=workers) as engine:
        return engine.run(units, on_event)


class Engine:
    """Worker processes that stay for several runs of units, so that what they imported is kept."""

    def __init__(self, *, num_workers: int, num_threads: int, workers: Sequence[WorkerProcess] = ()) -> None:
        self._num_workers = num_workers
        self._num_threads = num_threads
        self._workers = list(workers)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def run(self, units: Sequence[Unit], on_event: OnEvent) -> Report:
        """Return what became of ``units``; see :func:`run_units`.

        Raises:
            JobError: ``after`` names a unit that is not there, or no worker can be started.
        """
        state = _State(units, on_event)
        is_interrupted = False
        try:
            if self._num_workers:
                self._run_on_workers(state)
            else:
                self._run_here(state)
        except KeyboardInterrupt:
            is_interrupted = True
            self.close()
        except BaseException:
            self.close()
            raise
        return state.report(is_interrupted=is_interrupted)

    def close(self) -> None:
        """Stop the workers; one that works removes its attempt first."""
        workers, self._workers = self._workers, []
        end_workers(workers)

    def _run_here(self, state: _State) -> None:
        while (unit := state.next_unit()) is not None:
            task = {"function": unit.function, "arguments": unit.arguments}

            def tell(fraction: float, message: str, key: str = unit.key) -> None:
                state.hear(Event(key, "progress", fraction, message))

            ended = outcome(task, tell, self._num_threads)
            state.hear(Event(unit.key, ended["kind"], message=ended.get("message", "")))

    def _run_on_workers(self, state: _State) -> None:
        while True:
            self._hand_out(state)
            busy = [worker for worker in self._workers if worker.unit]
            if not busy:
                return
            for worker in _speaking(busy):
                self._hear(worker, state)

    def _hand_out(self, state: _State) -> None:
        """Give the next units to idle workers, started as they are needed."""
        while any(not worker.unit for worker in self._workers) or len(self._workers) < self._num_workers:
            if (unit := state.next_unit()) is None:
                return
            idle = next((worker for worker in self._workers if not worker.unit), None)
            if idle is None:
                idle = WorkerProcess(self._num_threads)
                self._workers.append(idle)
            idle.give(unit)

    def _hear(self, worker: WorkerProcess, state: _State) -> None:
        unit, events = worker.unit, worker.hear()
        if events is None and unit:
            self._workers.remove(worker)
            cause = worker.cause_of_death()
            worker.close()
            state.died(unit, cause)
        for event in events or []:
            if event.kind != "progress":
                worker.unit = None
            state.hear(event)


def _speaking(workers: list[WorkerProcess]) -> list[WorkerProcess]:
    """Return those that said something or died, after waiting until one did."""
    with selectors.DefaultSelector() as selector:
        for worker in workers:
            selector.register(worker.answers, selectors.EVENT_READ, worker)
        return [key.data for key, _ in selector.select()]


class _State:
    """Which units are done, failed, running or waiting."""

    def __init__(self, units: Sequence[Unit], on_event: OnEvent) -> None:
        self._units = {unit.key: unit for unit in units}
        self._on_event = on_event
        self._waiting = list(units)
        self._done: set[str] = set()
        self._found: set[str] = set()
        self._failed: dict[str, str] = {}
        self._deaths: dict[str, int] = {}
        self._is_stopped = False
        unknown = {key for unit in units for key in unit.after} - set(self._units)
        if unknown:
            raise JobError(f"Units wait for others that are not there: {', '.join(sorted(unknown))}.")

    def next_unit(self) -> Unit | None:
        """Return the first unit that may begin, having skipped those that are published."""
        if self._is_stopped:
            return None
        for unit in list(self._waiting):
            if is_published(unit.final):
                self._waiting.remove(unit)
                self._found.add(unit.key)
                self._on_event(Event(unit.key, "found", 1.0))
        for unit in self._waiting:
            if self._done.union(self._found).issuperset(unit.after):
                self._waiting.remove(unit)
                self._on_event(Event(unit.key, "started"))
                return unit
        return None

    def hear(self, event: Event) -> None:
        """Take note of what a worker said, and pass it on."""
        if event.kind == "done" and not is_published(self._units[event.key].final):
            event = Event(
                event.key, "failed", message=f"It ended without publishing {self._units[event.key].final}."
            )
        if event.kind == "done":
            self._done.add(event.key)
        if event.kind == "failed":
            self._failed[event.key] = event.message
        self._on_event(event)

    def died(self, unit: Unit, cause: str) -> None:
        """Put the unit of a dead worker back in its place, or stop the work after three deaths."""
        deaths = self._deaths[unit.key] = self._deaths.get(unit.key, 0) + 1
        if deaths < MAX_DEATHS:
            order = list(self._units)
            self._waiting = sorted([*self._waiting, unit], key=lambda each: order.index(each.key))
            self._on_event(Event(unit.key, "died", message=cause))
            return
        self._is_stopped = True
        advice = "where memory ran out, try a smaller train.batch_size or fewer --workers"
        message = f"Its process died {deaths} times, the last time by {cause}; {advice}."
        self.hear(Event(unit.key, "failed", message=message))

    def report(self, *, is_interrupted: bool) -> Report:
        """Return what became of the units."""
        keys = list(self._units)
        ended = self._done | self._found | set(self._failed)
        return Report(
            done=tuple(key for key in keys if key in self._done),
            found=tuple(key for key in keys if key in self._found),
            failed={key: self._failed[key] for key in keys if key in self._failed},
            left=tuple(key for key in keys if key not in ended),
            is_interrupted=is_interrupted,
        )
