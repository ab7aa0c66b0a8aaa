"""Keys of the triage page in real Chromium: time from key press to the next image, and whether all arrive.

    python benchmarks/triage_keys.py --workspace DIR --run RUN [--presses 200] [--decisions 600]

Works on a copy of the workspace. First keep, relabel, drop and unsure are pressed four a second, and from the
time stamp of each key event to the first moment after the frame that shows another image is measured. Then
decisions are typed as fast as the script can, without waiting; one pressed before its image is there is
refused by the page and counted apart, since nobody has seen what it would be about. Every decision that the
page took is compared with what the store holds, in order. Writes benchmarks/results/triage_keys.json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from http.client import HTTPConnection
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from playwright.sync_api import Page, sync_playwright

from datadiet.pipeline.run import open_run
from datadiet.store.reviews import read_reviews

RESULTS = Path(__file__).parent / "results" / "triage_keys.json"
KEYS = ("k", "Enter", "x", "u")
LONGEST_SECONDS = 300.0  # of typing
GAP_MS = 250  # between two presses of somebody who is quick
WATCH = """() => {
    const roots = [...document.querySelectorAll("*")].map((each) => each.shadowRoot);
    const root = roots.map((each) => each?.querySelector(".deck-root")).find(Boolean);
    const picture = root.querySelector("canvas.main");
    window.deck = root.deck;
    window.took = [];
    window.made = [];
    const add = root.deck.log.add.bind(root.deck.log);
    root.deck.log.add = (operation) => {
        const id = add(operation);
        window.made.push([id, operation.example_id, operation.decision]);
        return id;
    };
    document.addEventListener("keydown", (event) => {
        const before = picture.dataset.example;
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => {
            if (picture.dataset.example !== before) window.took.push(performance.now() - event.timeStamp);
        };
        requestAnimationFrame(() => port2.postMessage(0));
    }, { capture: true });
}"""


def serve(root: Path) -> tuple[subprocess.Popen[bytes], int]:
    """Start the dashboard on ``root``; return it and its port once it answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    words = [sys.executable, "-m", "datadiet", "dashboard", "--port", str(port), "--workspace", str(root)]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None:
        try:
            with closing(HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
                connection.request("GET", "/_stcore/health")
                if connection.getresponse().status == 200:
                    return process, port
        except OSError:
            time.sleep(0.1)
    raise SystemExit("The dashboard did not start.")


def opened(page: Page, port: int, run_id: str) -> float:
    """Open the triage page and watch its keys; return the seconds until the first image was there."""
    began = time.perf_counter()
    page.goto(f"http://127.0.0.1:{port}/triage?run={run_id}")
    page.wait_for_selector(".single[data-ready=true]", timeout=120_000)
    seconds = time.perf_counter() - began
    page.evaluate(WATCH)
    return seconds


def at_ease(page: Page, presses: int) -> list[float]:
    """Press keys as a quick person does; return the milliseconds from key to image of each."""
    for number in range(presses):
        page.keyboard.press(KEYS[number % len(KEYS)])
        page.wait_for_timeout(GAP_MS)
    return [float(each) for each in page.evaluate("window.took")]


def at_speed(page: Page, decisions: int) -> dict[str, Any]:
    """Type decisions without waiting until the page took so many; return presses, seconds, latency."""
    page.evaluate("window.took.length = window.made.length = 0")
    presses, began = 0, time.perf_counter()
    while page.evaluate("window.made.length") < decisions:
        if time.perf_counter() - began > LONGEST_SECONDS:
            raise SystemExit(f"Only {page.evaluate('window.made.length')} decisions were taken.")
        for _ in range(20 if page.evaluate("window.made.length") <= decisions - 20 else 1):
            page.keyboard.press(KEYS[presses % len(KEYS)])
            presses += 1
    seconds = time.perf_counter() - began
    page.wait_for_function("window.deck.log.state === 'saved'", timeout=120_000)
    until_saved = time.perf_counter() - began
    return {
        "num_presses": presses,
        "num_refused_before_their_image": presses - decisions,
        "seconds_typing": round(seconds, 2),
        "seconds_until_all_saved": round(until_saved, 2),
        "key_to_image_ms": summary([float(each) for each in page.evaluate("window.took")]),
    }


def summary(values: list[float]) -> dict[str, float]:
    """Return how many there are, and median, 95 %, 99 % and largest, in the unit they have."""
    found = {f"p{each}": round(float(np.percentile(values, each)), 1) for each in (50, 95, 99, 100)}
    return {"num": len(values), **found}


def main() -> None:
    """Measure and write the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--run", required=True)
    parser.add_argument("--presses", type=int, default=200)
    parser.add_argument("--decisions", type=int, default=600)
    parser.add_argument("--chromium", default=shutil.which("chromium"))
    asked = parser.parse_args()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "workspace"
        shutil.copytree(asked.workspace, root)
        run = open_run(asked.run, workspace=root)
        title = f"{run.name}, {len(run.files.labels):,} images"
        server, port = serve(root)
        try:
            with sync_playwright() as driver:
                browser = driver.chromium.launch(
                    executable_path=asked.chromium, args=["--no-sandbox", "--disable-gpu"]
                )
                page = browser.new_page(viewport={"width": 1440, "height": 900})
                seconds_open = opened(page, port, run.run_id)
                page.wait_for_timeout(3000)
                ease = at_ease(page, asked.presses)
                page.wait_for_function("window.deck.log.state === 'saved'", timeout=120_000)
                num_before = len(read_reviews(run.files.workspace))
                speed = at_speed(page, asked.decisions)
                made = page.evaluate("window.made")
                versions = {"chromium": browser.version}
                browser.close()
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(60)
        stored = read_reviews(run.files.workspace).iloc[num_before:]
        ids = run.files.images.examples.set_index("source_key")["example_id"]
        rows = [
            [operation, int(ids[key]), decision]
            for operation, key, decision in zip(
                stored["operation_id"], stored["source_key"], stored["decision"], strict=True
            )
        ]
    result = {
        "run": title,
        "seconds_until_first_image": round(seconds_open, 2),
        "at_ease": {"gap_ms": GAP_MS, "key_to_image_ms": summary(ease)},
        "at_speed": {
            "num_taken": len(made),
            "num_stored": len(rows),
            "is_same_in_order": rows == made,
            **speed,
        },
        "machine": f"{platform.machine()}, {psutil.cpu_count()} cores shared by server and browser",
        "load_before": round(load, 2),
        "versions": {
            **versions,
            **{name: version(name) for name in ("datadiet", "streamlit", "pandas")},
        },
    }
    RESULTS.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
