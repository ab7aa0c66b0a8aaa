"""``datadiet dashboard``: start the browser's side, on this machine alone unless told otherwise."""

from __future__ import annotations

import os
import signal
import subprocess  # ruff: ignore[suspicious-subprocess-import] starts our own app
import sys
from pathlib import Path
from typing import Annotated

import typer

from datadiet.cli.console import tell
from datadiet.cli.options import DEFAULT_WORKSPACE, WorkspaceOption
from datadiet.errors import ConfigError, NotFoundError
from datadiet.store.workspace import Workspace

EVERYWHERE = "0.0.0.0"  # ruff: ignore[hardcoded-bind-all-interfaces] refused unless the switch that says so is given
LOOPBACK = ("127.0.0.1", "localhost", "::1")
PACKAGE = Path(__file__).resolve().parents[1]
APP_FOLDERS = (PACKAGE / "_dashboard" / "app", PACKAGE.parent / "app")  # in a wheel | in a checkout
SAFE = {
    "server.headless": "true",
    "server.fileWatcherType": "none",
    "server.showEmailPrompt": "false",
    "browser.gatherUsageStats": "false",
    "client.showErrorDetails": "none",
    "client.toolbarMode": "viewer",
    "runner.magicEnabled": "false",
}


def dashboard(
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    host: Annotated[
        str, typer.Option(help="Address to listen on; other than loopback needs a login.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8501,
    source_root: Annotated[
        list[Path] | None,
        typer.Option(
            help="Folder that new audits may read; repeatable. Default on loopback: the current one."
        ),
    ] = None,
    no_login: Annotated[
        bool,
        typer.Option("--no-login-i-understand", help="Listen beyond this machine without a login."),
    ] = False,
) -> None:
    """Open the dashboard in a browser at http://127.0.0.1:8501."""
    refuse_open_address(host, no_login=no_login)
    entry = find_app() / "main.py"
    Workspace.open(workspace)  # the pages make none: they would put an empty one where it was moved away
    environment = {
        **os.environ,
        "PYTHONPATH": search_path(entry.parents[1]),
        "DATADIET_SERVED_BY": str(os.getpid()),  # the server ends with this process, however that ends
        "DATADIET_WORKSPACE": str(workspace.resolve()),
        "DATADIET_SOURCE_ROOTS": os.pathsep.join(map(str, source_roots(source_root, host))),
    }
    launcher = entry.with_name("launch.py")
    command = [sys.executable, str(launcher), "run", str(entry), *flags(entry.parent, host, port)]
    tell(f"Dashboard: http://{'127.0.0.1' if host in LOOPBACK else host}:{port}  (Ctrl-C stops it)")
    if run_server(command, environment):
        raise ConfigError(
            f"The dashboard could not start on port {port}; if it is in use, choose another --port."
        )


def source_roots(named: list[Path] | None, host: str) -> list[Path]:
    """Return the folders that new audits may read.

    Without any named it is the current folder, which ``datadiet audit`` typed here would read too; beyond
    loopback it is none, so that nobody from elsewhere goes through this machine's folders.

    Raises:
        ConfigError: One is no folder.
    """
    if missing := [root for root in named or [] if not root.is_dir()]:
        raise ConfigError(f"--source-root {missing[0]} is no folder.")
    if not named:
        return [Path.cwd()] if host in LOOPBACK else []
    return [root.resolve() for root in named]


def run_server(command: list[str], environment: dict[str, str]) -> int:
    """Run the server until it ends, or until Ctrl-C or a polite kill ends both; return its exit code."""
    process = subprocess.Popen(command, env=environment)  # ruff: ignore[subprocess-without-shell-equals-true] our own interpreter and app
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.terminate()
        process.wait()
        tell("Dashboard stopped.")
        return 0


def flags(app: Path, host: str, port: int) -> list[str]:
    """Return Streamlit's options: where it listens, whom it trusts, what it shows, how it looks."""
    allowed = {"localhost", "127.0.0.1", *({host} - {EVERYWHERE})}
    look = {"theme.base": str(app / "theme.toml")}
    shown = LOOPBACK[0] if host == EVERYWHERE else host  # named, or Streamlit asks a server for our address
    place = {"server.address": host, "server.port": str(port), "browser.serverAddress": shown}
    options = {**SAFE, **look, **place}
    named = [f"--server.allowedHosts={name}" for name in sorted(allowed)]
    return [f"--{name}={value}" for name, value in options.items()] + named


def search_path(folder: Path) -> str:
    """Return PYTHONPATH with ``folder`` first: the package ``app`` lies in it and is not installed."""
    return os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])])


def refuse_open_address(host: str, *, no_login: bool) -> None:
    """Refuse an address beyond this machine, unless the switch that says so was given.

    Raises:
        ConfigError: ``host`` is not loopback and ``no_login`` is not set.
    """
    if host not in LOOPBACK and not no_login:
        raise ConfigError(
            f"--host {host} would show the workspace to other machines without a login. "
            "Keep 127.0.0.1, put a proxy with a login before it, or add --no-login-i-understand."
        )


def find_app() -> Path:
    """Return the folder of the dashboard's entry script.

    Raises:
        NotFoundError: The installation has no dashboard.
    """
    for folder in APP_FOLDERS:
        if (folder / "main.py").is_file():
            return folder
    raise NotFoundError("The dashboard's files are not installed; install datadiet again.")
