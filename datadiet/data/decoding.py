"""Decoding in parallel processes: answers in order, the same for any number of them.

Plain processes and pipes instead of a pool, so that a decoder that dies on a hostile image costs that
image alone, and nothing of the caller's ``__main__`` is run again.
"""

from __future__ import annotations

import os
import queue
import subprocess  # ruff: ignore[suspicious-subprocess-import]  # our own module, fixed arguments
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from threading import Timer
from types import TracebackType
from typing import TypeVar

from datadiet.data.decode import Picture
from datadiet.data.wire import Outcome, Task, receive_outcomes, send_pictures
from datadiet.errors import JobError
from datadiet.interpreter import import_path, own_module

MOST_EARLY = 4  # processes that start before there is a batch
BATCH_SECONDS = 300.0  # a batch that takes longer is taken for a decoder that hangs
_KEEP_FREED_MEMORY = {  # as glibc reads it: pictures of up to 16 MiB lie where the ones before them lay
    "MALLOC_MMAP_THRESHOLD_": str(16 * 2**20),
    "MALLOC_TRIM_THRESHOLD_": str(64 * 2**20),
    "MALLOC_TOP_PAD_": str(16 * 2**20),
}
T = TypeVar("T")


class _Worker:
    """One decoding process, started anew when it has died."""

    def __init__(self) -> None:
        environment = dict(os.environ, PYTHONPATH=import_path())
        environment.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", PYTHONWARNINGS="ignore")
        environment.update(_KEEP_FREED_MEMORY)
        try:
            self._process = subprocess.Popen(  # ruff: ignore[subprocess-without-shell-equals-true] (our own module)
                own_module("datadiet.data.decode_worker"),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
            )
        except OSError as error:
            raise JobError(f"A decoding process cannot be started: {error.strerror}.") from error

    def run(self, task: Task, pictures: Sequence[Picture]) -> list[Outcome] | None:
        """Return what became of the pictures, or None where the process died."""
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            return None
        timer = Timer(BATCH_SECONDS, self._process.kill)
        timer.daemon = True
        timer.start()
        try:
            send_pictures(stdin, task, pictures)
            return receive_outcomes(stdout)
        except (OSError, ValueError):  # a broken pipe, or one closed by stop()
            return None
        finally:
            timer.cancel()

    def stop(self) -> None:
        """End the process and close its pipes."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()


class Decoders:
    """Some decoding processes; a context manager that ends them."""

    def __init__(self, num_workers: int) -> None:
        self._num_workers = max(1, num_workers)
        self._idle: queue.SimpleQueue[_Worker | None] = queue.SimpleQueue()
        self._started: list[_Worker] = []
        self._is_closed = False
        for _ in range(self._num_workers):
            self._idle.put(None)
        self._threads = ThreadPoolExecutor(self._num_workers, thread_name_prefix="decode")

    def start(self) -> None:
        """Start some processes now, so that they are ready when the first batch comes; others start with one.

        Where the source turns out to be prepared already they start in vain, so no more than a few do.
        """
        for _ in range(min(self._num_workers, MOST_EARLY)):
            worker = self._idle.get()
            self._idle.put(worker or self._start())

    def __enter__(self) -> Decoders:
        """Return itself; processes start with the first batch, or with :meth:`start`."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the processes, whatever they are at."""
        self._is_closed = True
        for worker in self._started:
            worker.stop()
        self._threads.shutdown(wait=True, cancel_futures=True)
        for worker in self._started:
            worker.stop()

    def run(
        self, task: Task, batches: Iterable[tuple[T, Sequence[Picture]]]
    ) -> Iterator[tuple[T, list[Outcome]]]:
        """Yield what became of each batch, in order, with the tag it came with.

        At most two batches a process are in flight, so memory does not depend on their number.
        """
        waiting: deque[tuple[T, Future[list[Outcome]]]] = deque()
        for tag, pictures in batches:
            waiting.append((tag, self._threads.submit(self._outcomes, task, pictures)))
            if len(waiting) > 2 * self._num_workers:
                first, future = waiting.popleft()
                yield first, future.result()
        while waiting:
            first, future = waiting.popleft()
            yield first, future.result()

    def _outcomes(
        self, task: Task, pictures: Sequence[Picture], *, is_last_try: bool = False
    ) -> list[Outcome]:
        """Return what became of pictures; one whose decoder dies alone, too, is tried once more."""
        if not pictures:
            return []
        worker = self._idle.get()
        try:
            worker = worker or self._start()
            outcomes = worker.run(task, pictures)
        except BaseException:  # no memory, no process, no thread: others wait for this place
            self._retire(worker)
            raise
        if outcomes is not None or self._is_closed:
            self._idle.put(worker)
            return outcomes or []
        self._retire(worker)
        if is_last_try:
            return [Outcome(kind="unreadable", reason="decoding it ended the decoder (memory or time)")]
        is_alone = len(pictures) == 1
        alone = (self._outcomes(task, [picture], is_last_try=is_alone) for picture in pictures)
        return [outcome for outcomes in alone for outcome in outcomes]

    def _retire(self, worker: _Worker | None) -> None:
        """End a process that cannot be used any more, and let another take its place."""
        if worker is not None:
            worker.stop()
            self._started.remove(worker)
        self._idle.put(None)

    def _start(self) -> _Worker:
        worker = _Worker()
        self._started.append(worker)
        return worker
