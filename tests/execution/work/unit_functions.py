"""Functions that the tests' units name; imported by worker processes by path."""

import os
import signal
import sys
import time
from pathlib import Path

from datadiet.errors import TrainingError
from datadiet.store.publish import publish_file


def publish(path: str, text: str) -> None:
    publish_file(Path(path), lambda part: part.write_text(text) and None)


def write(tell, *, path: str, text: str = "x") -> None:
    tell(0.5, "half")
    publish(path, text)


def say_threads(tell, *, path: str) -> None:
    publish(path, f"{os.environ['OMP_NUM_THREADS']} {'torch' in sys.modules} {os.getpid()}")


def refuse(tell, *, path: str) -> None:
    raise TrainingError("Seed 1 diverged.")


def blunder(tell, *, path: str) -> None:
    raise ZeroDivisionError("by zero")


def forget(tell, *, path: str) -> None:
    pass


def die_until(tell, *, path: str, times: int) -> None:
    marks = Path(path).with_suffix(".deaths")
    with marks.open("a") as file:
        file.write("x")
    if marks.stat().st_size <= times:
        os.kill(os.getpid(), signal.SIGKILL)
    publish(path, "survived")


def sleep(tell, *, path: str, seconds: float = 60.0) -> None:
    Path(path).with_suffix(".pid").write_text(str(os.getpid()))
    tell(0.0, "asleep")
    time.sleep(seconds)
    publish(path, "awake")
