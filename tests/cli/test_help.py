"""Every command and option explains itself, and help comes at once."""

import subprocess
import sys

import pytest
import typer
from typer.core import TyperGroup

from datadiet.cli.app import cli

ROOT = typer.main.get_command(cli)


def commands(group=ROOT, path=()):
    """Yield the words and the command of every command, groups included."""
    yield path, group
    if isinstance(group, TyperGroup):
        for name, command in group.commands.items():
            yield from commands(command, (*path, name))


ALL = list(commands())
HEAVY = {"torch", "pandas", "numpy", "pyarrow", "sklearn", "streamlit", "sqlalchemy"}


@pytest.mark.parametrize(("path", "command"), ALL, ids=[" ".join(path) or "datadiet" for path, _ in ALL])
def test_every_command_and_option_has_help(datadiet, path, command):
    assert command.help
    for parameter in command.params:
        assert getattr(parameter, "help", None), parameter.name
    shown = datadiet(*path, "--help")
    assert shown.exit_code == 0
    assert command.help.split(".")[0].split()[0] in shown.stdout


def test_the_commands_are_those_of_the_design():
    names = {" ".join(path) for path, command in ALL if not isinstance(command, TyperGroup)}
    assert names == {
        "demo", "audit", "score", "select", "export", "reviews import", "report", "list", "show", "rename",
        "note", "jobs", "cancel", "delete", "verify", "doctor", "dashboard", "sweep", "analyse",
        "figures", "score-pool",
    }  # fmt: skip


def test_every_command_that_prints_a_result_takes_json():
    for path, command in ALL:
        if not isinstance(command, TyperGroup) and path != ("dashboard",):
            assert "--json" in {option for parameter in command.params for option in parameter.opts}, path


@pytest.mark.parametrize("words", [[], ["--help"], ["audit", "--help"]])
def test_help_loads_nothing_heavy(words):
    code = (
        "import sys\n"
        "from datadiet.cli.app import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        f"sys.stderr.write(repr(sorted({HEAVY!r} & set(sys.modules))))\n"
    )
    ended = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=True)
    assert ended.stderr.splitlines()[-1] == "[]"


def test_importing_datadiet_loads_nothing_heavy():
    code = "import sys, datadiet; print(sorted({'torch', 'pandas', 'numpy'} & set(sys.modules)))"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout == "[]\n"


def test_opening_a_run_loads_no_torch(digits):
    code = (
        "import sys, datadiet\n"
        "run = datadiet.open_run('short digits', workspace=sys.argv[1])\n"
        "run.scores(), run.headline()\n"
        "print('torch' in sys.modules)\n"
    )
    command = [sys.executable, "-c", code, str(digits)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "False\n"
