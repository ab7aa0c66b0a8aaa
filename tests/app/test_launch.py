"""The server lives no longer than the command that started it."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing, suppress
from http.client import HTTPConnection

import pytest


def answers(port):
    with suppress(OSError), closing(HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
        connection.request("GET", "/_stcore/health")
        return connection.getresponse().status == 200
    return False


def becomes(state, port, *, within):
    deadline = time.monotonic() + within
    while answers(port) is not state:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no process is killed so here")
def test_a_killed_dashboard_leaves_no_server_on_its_port(tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = ["-m", "datadiet", "dashboard", "--port", str(port), "--workspace", str(tmp_path / "w")]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen([sys.executable, *words], start_new_session=True, **quiet)
    try:
        assert becomes(True, port, within=120)
        process.kill()
        process.wait()
        assert becomes(False, port, within=20)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
