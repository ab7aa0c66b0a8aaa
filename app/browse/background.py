"""What takes longer than a page may wait: done in a thread of its own, asked for again until it is there."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from typing import Any, TypeVar

PATIENCE = 0.06  # seconds that a page waits before it says that something is still being read
_MOST = 64  # results that nobody fetched

T = TypeVar("T")


class Background:
    """One thread, and the results that wait to be fetched; shared between sessions."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="browse")
        self._futures: dict[Hashable, Future[Any]] = {}

    def poll(self, key: Hashable, make: Callable[[], T]) -> T | None:
        """Return what ``make`` returns, or None where that takes longer than :data:`PATIENCE`.

        Asking again with the same key waits for the same work; a result is handed out once.

        Args:
            key: Names the work.
            make: Does it, in another thread; never returns None.
        """
        future = self._futures.get(key)
        if future is None:
            future = self._futures[key] = self._threads.submit(make)
        while len(self._futures) > _MOST:
            self._futures.pop(next(iter(self._futures))).cancel()
        try:
            found: T = future.result(PATIENCE)
        except NotYet:
            return None
        except BaseException:
            self._futures.pop(key, None)
            raise
        self._futures.pop(key, None)
        return found


BACKGROUND = Background()
