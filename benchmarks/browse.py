"""Browse in real Chromium: how soon pictures are painted, how it scrolls, jumps, sorts and filters.

    python benchmarks/browse.py --workspace DIR --run ID [--name cifar10] [--size 96] [--pages 1000]

Server and browser share this machine. Times are medians and worst of some repetitions, in seconds or, for
frames, milliseconds; "painted" is every image in view drawn; memory is that of the server. The load of the
machine before each part is written beside it: above 1.5 on two cores others were at work. Writes
benchmarks/results/browse.json.
For half a million images make a workspace with benchmarks/large_workspace.py, for photographs with
benchmarks/photographs.py.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import shutil
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Browser, Page, sync_playwright

RESULTS = Path(__file__).parent / "results" / "browse.json"
PORT = 18744
ROOT = ".browse-root"
WAIT_PAINTED = """
  const page = root.browse, started = performance.now();
  const isPainted = () => page.rows && (page.grid.cells.size || !page.rows.length) &&
    [...page.grid.cells.values()].every((cell) => cell.parts.picture.dataset.painted === "true");
  const painted = () => new Promise((done) => {
    const end = () => done(performance.now() - started);
    const look = () => requestAnimationFrame(isPainted() ? end : look);
    look();
  });
"""
JUMP = f"""async (root, share) => {{ {WAIT_PAINTED}
  const box = page.grid.scroller;
  box.scrollTop = share * (box.scrollHeight - box.clientHeight);
  page.grid.render();
  return painted();
}}"""
CHANGE = f"""async (root, values) => {{ {WAIT_PAINTED}
  page.change(values);
  while (root.classList.contains("reading")) await new Promise(requestAnimationFrame);
  return painted();
}}"""
CLEAR = """(root) => root.browse.setPlace({ score: "el2n", size: root.browse.place.size })"""
SCROLL = """async (root, frames) => {
  const page = root.browse, box = page.grid.scroller, times = [];
  let last, empty = 0;
  for (let frame = 0; frame < frames; frame++) {
    const now = await new Promise(requestAnimationFrame);
    if (last !== undefined) times.push(now - last);
    last = now;
    box.scrollTop += 60;
    if ([...page.grid.cells.values()].some((cell) => cell.parts.picture.dataset.painted === "false")) empty++;
  }
  return { times, empty };
}"""


def rounded(values: list[float]) -> dict[str, float]:
    return {"median": round(statistics.median(values), 3), "worst": round(max(values), 3), "num": len(values)}


def wait_until_it_answers() -> None:
    for _ in range(600):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/_stcore/health", timeout=2):
                return
        except OSError:
            time.sleep(0.1)


@contextmanager
def dashboard(workspace: Path) -> Generator[psutil.Process]:
    command = [
        sys.executable,
        "-m",
        "datadiet",
        "dashboard",
        "--port",
        str(PORT),
        "--workspace",
        str(workspace),
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_until_it_answers()
            yield psutil.Process(process.pid)
        finally:
            process.terminate()


def memory(process: psutil.Process) -> float:
    """Return MB resident in the server and all below it."""
    every = [process, *process.children(recursive=True)]
    return round(sum(each.memory_info().rss for each in every) / 2**20, 1)


def opened(browser: Browser, run: str, query: str = "") -> tuple[Page, float, float]:
    """Return a new page, and after how long its first picture and all in view were painted."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    began = time.monotonic()
    page.goto(f"http://127.0.0.1:{PORT}/browse?run={run}{query}")
    page.locator(f"{ROOT} .cell canvas[data-painted=true]").first.wait_for(timeout=180_000)
    first = time.monotonic() - began
    page.locator(ROOT).evaluate(f"async (root) => {{ {WAIT_PAINTED} return painted(); }}")
    return page, first, time.monotonic() - began


def measure_opening(browser: Browser, run: str) -> dict[str, Any]:
    page, cold, _ = opened(browser, run)
    page.context.close()
    firsts, alls = [], []
    for _ in range(5):
        page, first, painted = opened(browser, run)
        firsts.append(first)
        alls.append(painted)
        page.context.close()
    return {
        "first_ever_s": round(cold, 3),
        "first_picture_s": rounded(firsts),
        "all_in_view_s": rounded(alls),
    }


def measure_moving(browser: Browser, run: str) -> dict[str, Any]:
    page, _, _ = opened(browser, run)
    page.wait_for_timeout(1500)
    root = page.locator(ROOT)
    scrolled = root.evaluate(SCROLL, 300)
    times = sorted(scrolled["times"])
    rng = random.Random(0)
    jumps = [root.evaluate(JUMP, rng.random()) / 1000 for _ in range(20)]
    page.context.close()
    return {
        "frames_ms": {
            "median": round(statistics.median(times), 1),
            "p95": round(times[int(0.95 * len(times))], 1),
            "share_within_22": round(sum(each <= 22 for each in times) / len(times), 3),
            "frames_with_an_empty_place": scrolled["empty"],
            "num": len(times),
        },
        "jump_s": rounded(jumps),
    }


def measure_changes(browser: Browser, run: str) -> dict[str, Any]:
    page, _, _ = opened(browser, run)
    page.wait_for_timeout(1500)
    root = page.locator(ROOT)
    changes: dict[str, dict[str, Any]] = {
        "order": {"order": "easiest"},
        "score never asked for": {"score": "margin"},
        "filter class": {"class": 0},
        "filter two": {"class": 1, "split": "train"},
        "filter range": {"low": 0.2},
    }
    found: dict[str, list[float]] = {name: [] for name in changes}
    for _ in range(4):
        for name, values in changes.items():
            root.evaluate(CLEAR)
            page.wait_for_timeout(700)
            found[name].append(root.evaluate(CHANGE, values) / 1000)
    page.context.close()
    return {name: rounded(values) for name, values in found.items()}


def measure_memory(
    browser: Browser, run: str, server: psutil.Process, pages: int, sessions: int
) -> dict[str, Any]:
    page, _, _ = opened(browser, run)
    before = memory(server)
    root = page.locator(ROOT)
    root.evaluate("(root) => root.browse.grid.scroller.focus()")
    after: dict[str, float] = {}
    for number in range(1, pages + 1):
        page.keyboard.press("PageDown")
        root.evaluate(f"async (root) => {{ {WAIT_PAINTED} return painted(); }}")
        if number in {100, pages // 2, pages}:
            after[str(number)] = memory(server)
    one = memory(server)
    more = [opened(browser, run)[0] for _ in range(sessions - 1)]
    several = memory(server)
    for each in [page, *more]:
        each.context.close()
    return {
        "before_mb": before,
        "after_pages_mb": after,
        "one_session_mb": one,
        f"{sessions}_sessions_mb": several,
    }


def main(workspace: Path, run: str, name: str, size: int, pages: int, sessions: int) -> None:
    asked = f"{run}&size={size}"
    parts: dict[str, Any] = {}
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with dashboard(workspace) as server, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        measures: dict[str, Callable[[], dict[str, Any]]] = {
            "opening": lambda: measure_opening(browser, asked),
            "moving": lambda: measure_moving(browser, asked),
            "changing": lambda: measure_changes(browser, asked),
            "memory": lambda: measure_memory(browser, asked, server, pages, sessions),
        }
        for part, measure in measures.items():
            load = round(os.getloadavg()[0], 2)
            parts[part] = {"load_before": load, **measure()}
            print(part, json.dumps(parts[part]))
            write(name, {"run": run, **machine(browser.version), "thumbnail": size, **parts})
        browser.close()


def machine(chromium: str) -> dict[str, Any]:
    return {
        "processor": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "chromium": chromium,
        "python": platform.python_version(),
        "date": time.strftime("%Y-%m-%d"),
        "window": "1440 x 900",
    }


def write(name: str, result: dict[str, Any]) -> None:
    written = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    written[name] = result
    RESULTS.write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--run", required=True)
    parser.add_argument("--name", default="cifar10")
    parser.add_argument("--size", type=int, choices=(48, 64, 96, 128), default=96)
    parser.add_argument("--pages", type=int, default=1000)
    parser.add_argument("--sessions", type=int, default=5)
    given = parser.parse_args()
    main(given.workspace, given.run, given.name, given.size, given.pages, given.sessions)
