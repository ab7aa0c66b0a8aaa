"""Browse in real Chromium: how soon pictures are painted, how it scrolls, jumps, sorts and filters.

    python benchmarks/browse.py --workspace DIR --run ID [--name cifar10] [--size 96] [--pages 1000]

Server and browser share this machine. Times are medians and worst of some repetitions, in seconds or, for
frames, milliseconds; "painted" is every image in view drawn; memory is that of the server. A first picture
is timed from the address in a browser that has kept nothing, from the address in one that was here before,
and from a click on Browse in an open page. The load of the machine before each part is written beside it:
above 1.5 on two cores others were at work. Writes benchmarks/results/browse.json.
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
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

RESULTS = Path(__file__).parent / "results" / "browse.json"
PORT = 18744
OPENINGS = 5  # of each kind
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
FIRST = """const draw = CanvasRenderingContext2D.prototype.drawImage;
  const painted = () => (window.firstPicture ??= performance.timeOrigin + performance.now());
  const nextFrame = () => requestAnimationFrame(painted);
  CanvasRenderingContext2D.prototype.drawImage = function (...what) {
    if (this.canvas.classList.contains("picture")) requestAnimationFrame(nextFrame);
    return draw.apply(this, what);
  };"""  # the end of the frame after the first picture was drawn
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


def opened(context: BrowserContext, run: str, query: str = "") -> tuple[Page, float, float]:
    """Return a new page, and after how long its first picture and all in view were painted."""
    page = context.new_page()
    began = time.time()
    page.goto(f"http://127.0.0.1:{PORT}/browse?run={run}{query}")
    return page, *painted_after(page, began)


def painted_after(page: Page, began: float) -> tuple[float, float]:
    """Return seconds from ``began`` to the first picture, by the page's own clock, and to all in view."""
    page.locator(f"{ROOT} .cell canvas[data-painted=true]").first.wait_for(timeout=180_000)
    page.locator(ROOT).evaluate(f"async (root) => {{ {WAIT_PAINTED} return painted(); }}")
    whole = time.time() - began
    return page.evaluate("window.firstPicture") / 1000 - began, whole


def fresh(browser: Browser) -> BrowserContext:
    """Return a browser that has kept nothing of the dashboard."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_init_script(FIRST)
    return context


def by_link(context: BrowserContext, run: str) -> float:
    """Return seconds from a click on Browse, on Overview, to the first picture."""
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{PORT}/overview?run={run}")
    page.get_by_role("heading", level=1).first.wait_for(timeout=180_000)
    page.wait_for_timeout(4000)
    link = page.get_by_role("link", name="Browse", exact=True).first
    page.evaluate("window.firstPicture = undefined")
    began = link.evaluate("(link) => { link.click(); return performance.timeOrigin + performance.now(); }")
    first, _ = painted_after(page, began / 1000)
    page.close()
    return first


def measure_opening(browser: Browser, run: str) -> dict[str, Any]:
    found: dict[str, list[float]] = {
        "first_picture_s": [],
        "all_in_view_s": [],
        "returning_s": [],
        "by_link_s": [],
    }
    context = fresh(browser)
    page, cold, _ = opened(context, run)
    page.close()
    for _ in range(OPENINGS):
        page, first, _ = opened(context, run)
        page.close()
        found["returning_s"].append(first)
        found["by_link_s"].append(by_link(context, run))
    context.close()
    for _ in range(OPENINGS):
        context = fresh(browser)
        _, first, painted = opened(context, run)
        found["first_picture_s"].append(first)
        found["all_in_view_s"].append(painted)
        context.close()
    return {"first_ever_s": round(cold, 3)} | {name: rounded(each) for name, each in found.items()}


def measure_moving(browser: Browser, run: str) -> dict[str, Any]:
    page, _, _ = opened(fresh(browser), run)
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
    page, _, _ = opened(fresh(browser), run)
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
    page, _, _ = opened(fresh(browser), run)
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
    more = [opened(fresh(browser), run)[0] for _ in range(sessions - 1)]
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
