"""What the shell may have closed or filled: no hang, no traceback."""

import subprocess
import sys

import pytest

from datadiet.store.workspace import Workspace

VERB = [sys.executable, "-m", "datadiet"]


def under_shell(words, redirections):
    command = " ".join([*VERB, *words, redirections])
    return subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("redirections", ["<&-", ">&-", "<&- >&-", "<&- >&- 2>&-"])
def test_an_audit_ends_though_streams_are_closed(tmp_path, redirections):
    settings = ["--set", "train.num_epochs=1", "--seeds", "1", "--workspace", str(tmp_path / "w")]
    ended = under_shell(["audit", "digits", *settings], redirections)
    assert ended.returncode == 0
    assert "Traceback" not in ended.stderr


def test_a_result_that_cannot_be_written_is_one_sentence(tmp_path):
    Workspace.open(tmp_path / "w")
    ended = under_shell(["list", "--workspace", str(tmp_path / "w")], ">/dev/full")
    assert ended.returncode == 1
    assert "cannot be written to standard output: No space left on device" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_nothing_of_the_current_folder_is_run(tmp_path):
    (tmp_path / "numpy.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')", encoding="utf-8")
    words = ["audit", "digits", "--dry-run", "--workspace", str(tmp_path / "w")]
    command = [sys.executable, "-P", "-m", "datadiet", *words]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert (ended.returncode, ended.stderr.count("Traceback")) == (0, 0)
    assert not (tmp_path / "ran").exists()


INTERRUPTED_WHILE_LOADING = """
import sys

class Interrupter:
    def find_spec(self, name, *_):
        if name == "datadiet.cli.app":
            raise KeyboardInterrupt

sys.meta_path.insert(0, Interrupter())
from datadiet.cli import main
main(["audit", "digits"])
"""


INTERRUPTED_WHILE_PARSING = """
import typer.core

def interrupted(*_):
    raise KeyboardInterrupt

from datadiet.cli import main
typer.core.TyperGroup.parse_args = interrupted
main(["audit", "digits"])
"""


@pytest.mark.parametrize("program", [INTERRUPTED_WHILE_LOADING, INTERRUPTED_WHILE_PARSING])
def test_ctrl_c_while_the_commands_load_or_the_words_are_parsed_is_one_sentence(program):
    command = [sys.executable, "-c", program]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (130, "")
    assert (
        ended.stderr
        == "Interrupted. Nothing is half-written; run the same command again to go on from here.\n"
    )
