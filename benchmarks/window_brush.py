"""The window page in real Chromium: pointer move to number on screen, release to images at the edges.

    python benchmarks/window_brush.py --workspace DIR --run RUN [--moves 200] [--releases 20]

Works on a copy of the workspace, to whose run a study of thirty windows is written as retrainings would have
published it: only the time to show it is measured, not what it says. The window is dragged; from the time
stamp of each pointer event that changes the number to the first moment after the frame that shows it is
measured. Then it is let go of; from that event until the images at the edges of the new window are drawn is
measured. Writes benchmarks/results/window_brush.json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import signal
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.triage_keys import serve, summary
from datadiet.pipeline.run import open_run
from tests.app.window_study import usual_points, write_study

RESULTS = Path(__file__).parent / "results" / "window_brush.json"
WATCH = """() => {
    const roots = [...document.querySelectorAll("*")].map((each) => each.shadowRoot);
    const find = (name) => roots.map((each) => each?.querySelector(name)).find(Boolean);
    const [stage, value, edges] = [find(".stage"), find(".body"), find(".edges-root")];
    window.took = [];
    window.drawn = [];
    let stamp;
    stage.addEventListener("pointermove", (event) => (stamp = event.timeStamp), { capture: true });
    new MutationObserver(([first]) => {
        if (first.oldValue === value.getAttribute("aria-valuetext")) return;
        const moved = stamp, { port1, port2 } = new MessageChannel();
        port1.onmessage = () => window.took.push(performance.now() - moved);
        requestAnimationFrame(() => port2.postMessage(0));
    }).observe(value, { attributes: true, attributeOldValue: true, attributeFilter: ["aria-valuetext"] });
    stage.addEventListener("pointerup", (event) => (window.released = event.timeStamp), { capture: true });
    new MutationObserver(() => window.drawn.push(performance.now() - window.released))
        .observe(edges, { attributes: true, attributeFilter: ["data-turn"] });
}"""


def opened(page: Page, port: int, run_id: str) -> None:
    """Open the page, wait until images and prediction are there, and watch the pointer."""
    page.goto(f"http://127.0.0.1:{port}/window?run={run_id}")
    page.wait_for_selector(".edges-root[data-turn]", timeout=180_000)
    page.wait_for_selector("text=Colour is the predicted accuracy", timeout=180_000)
    page.wait_for_timeout(3000)
    page.evaluate(WATCH)


def dragged(page: Page, moves: int) -> None:
    """Drag the window to and fro, a move a frame or so."""
    box = page.locator(".stage").bounding_box()
    assert box is not None
    middle, height = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(middle, height)
    page.mouse.down()
    for number in range(moves):
        page.mouse.move(middle + box["width"] * 0.0035 * (number % 20 - 10), height)
        page.wait_for_timeout(20)
    page.mouse.up()
    page.wait_for_timeout(2500)


def released(page: Page, releases: int) -> None:
    """Move the window a little and let go, again and again."""
    page.evaluate("window.drawn.length = 0")
    box = page.locator(".stage").bounding_box()
    assert box is not None
    height = box["y"] + box["height"] / 2
    for number in range(releases):
        start = box["x"] + box["width"] * 0.4
        page.mouse.move(start, height)
        page.mouse.down()
        page.mouse.move(start + box["width"] * (0.03 if number % 2 else -0.03), height)
        page.mouse.up()
        page.wait_for_function(f"window.drawn.length > {number}", timeout=60_000)
        page.wait_for_timeout(1500)


def measured(asked: argparse.Namespace, root: Path) -> dict[str, Any]:
    """Return what was measured on a workspace that may be written to."""
    run = open_run(asked.run, workspace=root)
    write_study(root, usual_points(), run=run.run_id)
    server, port = serve(root)
    try:
        with sync_playwright() as driver:
            browser = driver.chromium.launch(
                executable_path=asked.chromium, args=["--no-sandbox", "--disable-gpu"]
            )
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            opened(page, port, run.run_id)
            dragged(page, asked.moves)
            released(page, asked.releases)
            return {
                "run": f"{run.name}, {len(run.files.labels):,} images",
                "windows": 30,
                "move_to_number_ms": summary([float(each) for each in page.evaluate("window.took")]),
                "release_to_edge_images_ms": summary([float(each) for each in page.evaluate("window.drawn")]),
                "chromium": browser.version,
            }
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(60)


def main() -> None:
    """Measure and add to the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--run", required=True)
    parser.add_argument("--moves", type=int, default=200)
    parser.add_argument("--releases", type=int, default=20)
    parser.add_argument("--chromium", default=shutil.which("chromium"))
    asked = parser.parse_args()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "workspace"
        shutil.copytree(asked.workspace, root)
        found = measured(asked, root)
    found |= {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, server and browser on the same",
        "load_before": round(load, 1),
        "load_after": round(os.getloadavg()[0], 1),
        "streamlit": version("streamlit"),
    }
    known = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    known[found["run"]] = found
    RESULTS.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
