"""F7: two processes work on the same units; both end well, with one set of files."""

import subprocess
import sys
import textwrap

from datadiet.store.publish import verified_bytes
from datadiet.store.runs import record_run
from datadiet.store.verify import verify
from datadiet.store.workspace import Workspace

FUNCTIONS = """
import time
from pathlib import Path
from datadiet.store.publish import publish_file

def work(tell, *, path, log):
    with open(log, "a") as file:
        file.write(Path(path).name + "\\n")
    time.sleep(0.1)
    publish_file(Path(path), lambda part: part.write_text("same") and None)
"""
MAIN = textwrap.dedent("""
    import sys
    from pathlib import Path
    sys.path.insert(0, sys.argv[1])
    from datadiet.execution.engine import run_units
    from datadiet.execution.units import Unit
    from datadiet.store.workspace import Workspace
    workspace = Workspace.open(Path(sys.argv[1]) / "w")
    finals = [workspace.scores_dir("r", seed) / "el2n" for seed in range(12)]
    log = str(Path(sys.argv[1]) / "log")
    units = [Unit(str(final), final, "two_processes_work:work", {"path": str(final), "log": log})
             for final in finals]
    report = run_units(units, num_workers=2, num_threads=1, on_event=lambda event: None)
    report.check()
""")


def test_f7_two_processes_end_well_and_double_only_what_is_in_flight(tmp_path):
    (tmp_path / "two_processes_work.py").write_text(FUNCTIONS)
    command = [sys.executable, "-c", MAIN, str(tmp_path)]
    both = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    errors = [process.communicate(timeout=180)[1] for process in both]
    assert (errors, [process.returncode for process in both]) == (["", ""], [0, 0])
    workspace = Workspace.open(tmp_path / "w")
    record_run(workspace, {"run_id": "r", "dataset_id": "d", "config": {}})
    assert all(verified_bytes(workspace.scores_dir("r", seed) / "el2n") == b"same" for seed in range(12))
    assert all(finding.is_sound for finding in verify(workspace))
    assert list(workspace.seed_dir("r", 0).rglob(".*")) == []
    assert len((tmp_path / "log").read_text().split()) <= 24
