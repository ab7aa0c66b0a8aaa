"""The real sets that studies retrain on, audited by the product's own command."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from datadiet.pipeline.run import Run, open_run

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
SOURCES = {
    "digits": ["digits"],
    "fashion-mnist": ["fashion-mnist", "--data-root", str(SHARED)],
    "cifar10": [
        str(SHARED / "cifar10" / "train.parquet"),
        "--test-source",
        str(SHARED / "cifar10" / "test.parquet"),
    ],
}


def datadiet(*words: str) -> None:
    """Run a command of the product; stop where it fails."""
    code = subprocess.run([sys.executable, "-m", "datadiet", *words], check=False).returncode
    if code:
        sys.exit(f"datadiet {' '.join(words)} ended with {code}")


def audited(title: str, name: str, noise: str, workspace: Path) -> Run:
    """Return the run called ``title`` of the set ``name``; what of its audit is done is not done again.

    Args:
        title: Of the run.
        name: One of SOURCES.
        noise: As ``datadiet audit --noise`` takes it, or none.
        workspace: Where it is.
    """
    planted = [] if noise == "none" else ["--noise", noise]
    datadiet("audit", *SOURCES[name], *planted, "--name", title, "--workspace", str(workspace))
    return open_run(title, workspace=workspace)
