"""A small set in a file, audited by the command in a process of its own, for the faults of an audit."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

SETTINGS = ("--seeds", "2", "--folds", "2", "--noise", "symmetric:0.1", "--set", "train.num_epochs=3")


def write_set(path: Path, num: int = 120) -> Path:
    """Write an .npz of small pictures in three classes that differ in grey, and return its path."""
    labels = np.arange(num) % 3
    grain = np.random.default_rng(0).integers(0, 60, (num, 8, 8))
    np.savez(path, images=(grain + 80 * labels[:, None, None]).astype(np.uint8), labels=labels)
    return path


def start(arguments: list[str], **environment: str) -> subprocess.Popen[str]:
    """Start ``datadiet`` with these words as the leader of a session of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "datadiet", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, **environment},
    )


def audit(source: Path, workspace: Path, *more: str, **environment: str) -> subprocess.Popen[str]:
    """Start the audit of a set."""
    return start(["audit", str(source), "--workspace", str(workspace), *SETTINGS, *more], **environment)


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Return exit code, stdout and stderr of a process that ends by itself."""
    out, messages = process.communicate(timeout=300)
    return process.returncode, out, messages


def children(pid: int) -> list[int]:
    """Return all processes below ``pid``: workers are process groups of their own."""
    import psutil

    try:
        return [child.pid for child in psutil.Process(pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def kill_all(process: subprocess.Popen[str]) -> None:
    """Kill the process and all below it at once, as a power cut would."""
    for pid in [*children(process.pid), process.pid]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    process.communicate(timeout=180)


def wait_for(condition, process: subprocess.Popen[str], seconds: float = 120.0) -> None:
    """Wait until ``condition()`` holds; fail where the process ends or the time is over before."""
    stop = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < stop, "it never came so far"
        time.sleep(0.02)


def published(root: Path) -> dict[str, bytes]:
    """Return every published file by its place: clocks aside, and the database, which orders by arrival."""
    files = (path for top in ("datasets", "runs") for path in (root / top).rglob("*"))
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in files
        if path.is_file() and "clock" not in path.parts and not path.name.startswith(".")
    }


def identities(root: Path) -> dict[str, tuple[int, int]]:
    """Return inode and time of writing of every published file: the same ones were not written again."""
    return {
        name: (state.st_ino, state.st_mtime_ns) for name in published(root) if (state := (root / name).stat())
    }
