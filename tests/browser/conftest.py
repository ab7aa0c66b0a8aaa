"""The dashboard as users start it, and one real Chromium."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path

import pytest


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


PATIENCE_MS = 60_000  # on a busy machine; a module with a number of its own takes that


@contextmanager
def dashboard(workspace: Path) -> Generator[int]:
    """Start ``datadiet dashboard``, wait until it answers, yield its port, end it politely."""
    port = free_port()
    process = served(workspace, port)
    try:
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=90)


def served(root: Path, port: int) -> subprocess.Popen[str]:
    """Start the dashboard on a port that stays the same over restarts; return its process once it answers."""
    words = [sys.executable, "-m", "datadiet", "dashboard", "--port", str(port), "--workspace", str(root)]
    process = subprocess.Popen(
        words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        wait_for(port, process)
    except BaseException:
        kill(process)
        raise
    return process


def kill(process: subprocess.Popen[str]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)


def wait_for(port: int, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError), closing(HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
            connection.request("GET", "/_stcore/health")
            if connection.getresponse().status == 200:
                return
        time.sleep(0.1)
    raise AssertionError(
        f"The dashboard did not start: {process.stderr.read() if process.poll() else 'no answer'}"
    )


@pytest.fixture
def expect(request):
    """Return Playwright's ``expect``, as patient as the module asks for."""
    expect = pytest.importorskip("playwright.sync_api").expect
    expect.set_options(timeout=getattr(request.module, "PATIENCE_MS", PATIENCE_MS))
    return expect


@pytest.fixture
def page(browser):
    """Return a page that notes every request, console error and dialog."""
    context = browser.new_context(viewport={"width": 1440, "height": 1000}, accept_downloads=True)
    page = context.new_page()
    page.set_default_timeout(120_000)
    page.requests, page.errors = [], []
    page.on("request", lambda request: page.requests.append(request.url))
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.on("dialog", lambda dialog: page.errors.append(f"dialog {dialog.message}"))
    yield page
    context.close()


def choose(page, name: str, option: str) -> None:
    """Choose in one of Streamlit's lists; opened again where a page drawn anew has closed it."""
    timed_out = pytest.importorskip("playwright.sync_api").TimeoutError
    deadline = time.monotonic() + 120
    while True:
        page.get_by_role("combobox", name=name).click()
        try:
            page.get_by_role("option", name=option).click(timeout=5_000)
            return
        except timed_out:
            if time.monotonic() > deadline:
                raise
            page.keyboard.press("Escape")


@contextmanager
def script_server(script: Path) -> Generator[int]:
    """Serve one Streamlit script, to see what its browser side makes of a text."""
    port = free_port()
    options = {"server.headless": "true", "server.address": "127.0.0.1", "server.port": str(port),
               "server.fileWatcherType": "none", "browser.gatherUsageStats": "false"}  # fmt: skip
    flags = [f"--{name}={value}" for name, value in options.items()]
    root = Path(__file__).resolve().parents[2]
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", str(script), *flags],
        cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        wait_for(port, process)
        yield port
    finally:
        process.terminate()
        process.communicate(timeout=90)
