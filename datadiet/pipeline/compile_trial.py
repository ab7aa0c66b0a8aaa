"""A trial of torch.compile in a process of its own: a compiler that crashes or hangs costs that one alone."""

from __future__ import annotations

import json
import subprocess  # ruff: ignore[suspicious-subprocess-import] (our own module, fixed arguments)
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from datadiet.interpreter import own_module
from datadiet.pipeline.run_files import RunFiles
from datadiet.pipeline.training_units import training_data
from datadiet.store.workspace import Workspace
from datadiet.training.compiled import failure, not_used, try_compiling

MOST_SECONDS = 900.0  # a compiler that takes longer is taken for one that hangs


def trial_in_process(files: RunFiles, device: str, *, seconds: float) -> dict[str, Any]:
    """Return the CompileTrial of the run's training, as a document; whatever goes wrong is its reason."""
    words = (str(files.workspace.root), files.run_id, device, str(seconds))
    command = own_module("datadiet.pipeline.compile_trial", *words)
    try:
        ended = subprocess.run(  # ruff: ignore[subprocess-without-shell-equals-true] (our own module)
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=MOST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return asdict(not_used(f"its trial did not end within {MOST_SECONDS:g} s"))
    except OSError as error:
        return asdict(not_used(f"its trial could not be started ({error.strerror})"))
    if ended.returncode:
        return asdict(not_used(f"its trial ended with code {ended.returncode}"))
    document: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return document


def main() -> None:
    """Try, and print what was found as the last line."""
    workspace, run_id, device, seconds = sys.argv[1:]
    files = RunFiles(Workspace.existing(Path(workspace)), run_id)
    config, data = files.config.train, training_data(files, 0)
    try:
        trial = try_compiling(config, data, torch.device(device), seconds=float(seconds))
    except Exception as error:  # any that a compiler, or what it calls, may raise
        trial = not_used(failure(error))
    sys.stdout.write(json.dumps(asdict(trial)) + "\n")


if __name__ == "__main__":
    main()
