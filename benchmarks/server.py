"""How soon is the dashboard there, and how much memory does its server take?

    python benchmarks/server.py [--workspace DIR] [--rounds 5]

Starts ``datadiet dashboard`` anew each round and opens Home in real Chromium. Clocked from the start of
the process: until the server answers, and until the page shows its title (usable). Then Home is loaded
again a few times and the server's resident memory is read. Writes benchmarks/results/server.json, with
the load of the machine: on a busy one the times say little.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from http.client import HTTPConnection
from pathlib import Path

import psutil
from playwright.sync_api import Browser, sync_playwright

RESULTS = Path(__file__).parent / "results" / "server.json"
RELOADS = 20
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int) -> None:
    while True:
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=1)
            connection.request("GET", "/_stcore/health")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.01)


def resident_mib(process: subprocess.Popen[bytes]) -> float:
    """Return the resident memory of the server, its launcher left out."""
    children = psutil.Process(process.pid).children(recursive=True)
    return max(each.memory_info().rss for each in children) / 2**20


def one_round(browser: Browser, workspace: str) -> dict[str, float]:
    port = free_port()
    command = [sys.executable, "-m", "datadiet", "dashboard", "--port", str(port), "--workspace", workspace]
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(port)
        answers = time.monotonic() - began
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{port}/")
        page.locator("h1").wait_for()
        usable = time.monotonic() - began
        first = resident_mib(process)
        for _ in range(RELOADS):
            page.reload()
            page.locator("h1").wait_for()
        page.close()
        return {
            "answers_seconds": answers,
            "usable_seconds": usable,
            "resident_mib": first,
            "resident_after_reloads_mib": resident_mib(process),
        }
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--workspace")
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as empty, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=SWITCHES)
        load = os.getloadavg()[0]
        rounds = [one_round(browser, asked.workspace or empty) for _ in range(asked.rounds)]
        browser.close()
    medians = {name: round(statistics.median(each[name] for each in rounds), 2) for name in rounds[0]}
    found = {
        "workspace": "with runs" if asked.workspace else "empty",
        "cores": os.cpu_count(),
        "load_before": round(load, 1),
        "num_rounds": asked.rounds,
        "reloads": RELOADS,
        **medians,
        "slowest_usable_seconds": round(max(each["usable_seconds"] for each in rounds), 2),
    }
    print(json.dumps(found, indent=1))
    RESULTS.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
