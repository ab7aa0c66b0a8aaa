"""The worker process: takes units as JSON lines on stdin, answers on a pipe, dies with its parent."""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from queue import SimpleQueue
from threading import Thread
from time import monotonic
from typing import Any, NoReturn

from datadiet.errors import DataDietError
from datadiet.execution.heap import give_back, keep_freed_memory
from datadiet.execution.units import Tell, fix_threads, resolve

TELL_EVERY_SECONDS = 0.1


def main() -> NoReturn:
    """Work until stdin ends or the process is told to stop; never returns."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the engine stops us, after it has heard of Ctrl-C
    signal.signal(signal.SIGTERM, _leave)
    answers, num_threads = int(sys.argv[1]), int(sys.argv[2])
    keep_freed_memory()
    tasks: SimpleQueue[dict[str, Any]] = SimpleQueue()
    Thread(target=_listen, args=(tasks,), daemon=True).start()
    try:
        _import_early(sys.argv[3:])
        while True:
            _answer(answers, _work(tasks.get(), answers, num_threads))
    except (SystemExit, BrokenPipeError):
        pass
    finally:
        sys.stderr.flush()
        os._exit(0)


def _import_early(modules: Sequence[str]) -> None:
    for module in modules:
        with suppress(Exception):  # the unit that needs it says what is wrong
            import_module(module)


def _leave(*_: object) -> NoReturn:
    raise SystemExit


def _listen(tasks: SimpleQueue[dict[str, Any]]) -> None:
    """Pass on what the parent sends; the end of stdin means that the parent is gone, so go too."""
    rest = b""
    while piece := os.read(0, 1 << 16):
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            tasks.put(json.loads(line))
    os._exit(0)


def _work(task: dict[str, Any], answers: int, num_threads: int) -> dict[str, Any]:
    ended = outcome(task, _teller(task["key"], answers), num_threads)
    give_back()
    return {"key": task["key"], **ended}


def outcome(task: dict[str, Any], tell: Tell, num_threads: int) -> dict[str, Any]:
    """Return how a unit ended: ``{"kind": "done"}``, or ``"failed"`` with a sentence.

    Args:
        task: The unit's ``function`` and ``arguments``.
        tell: Hears of progress.
        num_threads: Threads for torch.
    """
    try:
        function = resolve(task["function"])
        fix_threads(num_threads)
        function(tell, **task["arguments"])
    except DataDietError as error:
        return {"kind": "failed", "message": str(error)}
    except Exception as error:  # a fault of one unit must not end the others
        traceback.print_exc()
        return {"kind": "failed", "message": _sentence(error)}
    return {"kind": "done"}


def _sentence(error: Exception) -> str:
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return "There was not enough memory. Try a smaller train.batch_size, or fewer --workers."
    return f"{type(error).__name__}: {error}".rstrip(".: ") + "."


def _teller(key: str, answers: int) -> Tell:
    last = [0.0]

    def tell(fraction: float, message: str) -> None:
        if monotonic() - last[0] >= TELL_EVERY_SECONDS:
            last[0] = monotonic()
            _answer(answers, {"key": key, "kind": "progress", "fraction": fraction, "message": message})

    return tell


def _answer(answers: int, answer: dict[str, Any]) -> None:
    data = memoryview(json.dumps(answer).encode() + b"\n")
    while data:
        data = data[os.write(answers, data) :]


if __name__ == "__main__":
    main()
