"""The surface and what to measure next, fitted in a thread of their own: the page never waits for them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from dataclasses import dataclass
from threading import Lock
from typing import Any, TypeVar

from app import state
from app.window.reading import DEFAULT_KEEPS, ChosenStudy, Findings
from datadiet.study.adaptive import Advice, candidate_windows, next_windows
from datadiet.study.grid import SurfaceGrid, surface_grid
from datadiet.study.surface import fit_surface

PATIENCE = 0.05  # seconds that a page waits before it goes on without
NUM_SUGGESTED = 3
_MOST = 32  # results kept

T = TypeVar("T")


@dataclass(frozen=True)
class Fitted:
    """A prediction, and whether it knows all that is measured."""

    grid: SurfaceGrid | None
    is_newest: bool
    version: str  # of the files that it was fitted to; empty without a grid


class Fits:
    """One thread, and what it fitted; shared between sessions."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="window")
        self._futures: OrderedDict[Hashable, Future[Any]] = OrderedDict()
        self._lock = Lock()

    def poll(self, key: Hashable, make: Callable[[], T]) -> T | None:
        """Return what ``make`` returns, the same for the same key; None while that is under way.

        Args:
            key: Names the work.
            make: Does it in another thread; never returns None.
        """
        with self._lock:
            if key not in self._futures:
                self._futures[key] = self._thread.submit(make)
            future = self._futures[key]
            while len(self._futures) > _MOST:
                self._futures.popitem(last=False)[1].cancel()
        try:
            found: T = future.result(PATIENCE)
        except NotYet:
            return None
        except BaseException:
            with self._lock:
                self._futures.pop(key, None)  # asked again, it is tried again
            raise
        return found

    def newest(self, prefix: tuple[Hashable, ...]) -> tuple[Hashable, Any] | None:
        """Return the last finished work whose key begins with ``prefix``, with its key."""
        with self._lock:
            for key, future in reversed(self._futures.items()):
                is_mine = isinstance(key, tuple) and key[: len(prefix)] == prefix
                if is_mine and future.done() and not future.cancelled() and future.exception() is None:
                    return key, future.result()
        return None


FITS = Fits()


def read_surface(chosen: ChosenStudy, found: Findings) -> Fitted:
    """Return the prediction of a study: the newest there is, an older one while it is being fitted."""
    if not found.is_predicted:
        return Fitted(None, is_newest=True, version="")
    prefix = ("surface", *_names(chosen))
    grid = FITS.poll((*prefix, chosen.stamp), lambda: _grid(found))
    if grid is not None:
        return Fitted(grid, is_newest=True, version=chosen.stamp)
    older = FITS.newest(prefix)
    if older is None:
        return Fitted(None, is_newest=False, version="")
    key, fitted = older
    stamp = key[-1] if isinstance(key, tuple) else ""
    return Fitted(fitted, is_newest=False, version=str(stamp))


def _grid(found: Findings) -> SurfaceGrid:
    surface = fit_surface(found.measured)
    if surface is None:
        raise ValueError("Too few windows were measured.")
    return surface_grid(surface)


def read_advice(chosen: ChosenStudy, found: Findings) -> Advice | None:
    """Return which windows to measure next; None while that is being worked out."""
    key = ("advice", *_names(chosen), chosen.stamp)
    return FITS.poll(key, lambda: distinct_advice(found))


def distinct_advice(found: Findings) -> Advice:
    """Return which windows to measure next, each once: one that comes up again wants more seeds."""
    candidates = candidate_windows(suggested_keeps(found))
    advice = next_windows(found.measured, candidates, num=NUM_SUGGESTED)
    once = {(each.keep_fraction, each.window_offset): each for each in reversed(advice.suggestions)}
    return Advice(tuple(reversed(once.values())), advice.is_settled)


def suggested_keeps(found: Findings) -> list[float]:
    """Return the keep fractions among which windows are suggested: those measured, else the usual ones."""
    return found.keep_fractions or list(DEFAULT_KEEPS)


def _names(chosen: ChosenStudy) -> tuple[str, ...]:
    root = str(state.workspace_root())
    return root, chosen.study.files.run_id, chosen.study.study_id, chosen.score
