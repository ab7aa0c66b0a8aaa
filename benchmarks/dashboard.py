"""The table of the dashboard in docs/results.md, from what its benchmarks measured.

    python benchmarks/dashboard.py table

Reads browse.json, server.json, triage_keys.json and window_brush.json of results/; measures nothing.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from marked import table_of, write_between

RESULTS = Path(__file__).parent / "results"
SETS = {"cifar10": "60,000 images", "large": "500,000 images", "photographs": "5,000 photographs, 128 px"}


def known(name: str) -> Any:
    return json.loads((RESULTS / f"{name}.json").read_text())


def seconds(found: dict[str, float]) -> str:
    return f"{found['median']:.2f} s, {found['worst']:.2f} s"


def slowest_change(part: dict[str, Any]) -> str:
    """Return the largest median and the worst of all changes of order and filter."""
    found = [each for each in part.values() if isinstance(each, dict)]
    return f"{max(each['median'] for each in found):.2f} s, {max(each['worst'] for each in found):.2f} s"


def memory(part: dict[str, Any]) -> str:
    pages, after = list(part["after_pages_mb"].items())[-1]
    many = part["5_sessions_mb"]
    return f"{part['before_mb']:.0f}, {after:.0f} after {pages} page changes, {many:.0f} with 5 sessions"


def browse_rows() -> list[list[str]]:
    """Return a row a figure, a column a set."""
    sets = [known("browse")[name] for name in SETS]
    frames = [each["moving"]["frames_ms"]["share_within_22"] for each in sets]
    loads = [[each[part]["load_before"] for part in ("opening", "moving", "changing")] for each in sets]
    return [
        ["by its address to first picture", *opening_cells(sets, "first_picture_s"), "1.5 s"],
        ["the same, in a browser that was here", *opening_cells(sets, "returning_s"), ""],
        ["by a click on Browse to first picture", *opening_cells(sets, "by_link_s"), ""],
        [
            "by its address, first of the server",
            *(f"{each['opening']['first_ever_s']:.2f} s" for each in sets),
            "",
        ],
        ["frames of scrolling within 22 ms", *(f"{100 * share:.1f} %" for share in frames), "95 %"],
        ["jump to painted", *(seconds(each["moving"]["jump_s"]) for each in sets), "0.2 s"],
        ["change of order or filter", *(slowest_change(each["changing"]) for each in sets), "0.4 s"],
        ["server memory, MiB", *(memory(each["memory"]) for each in sets), "flat"],
        ["load before", *(", ".join(f"{load:.1f}" for load in each) for each in loads), ""],
    ]


def opening_cells(sets: list[dict[str, Any]], name: str) -> list[str]:
    return [seconds(each["opening"][name]) for each in sets]


def other_rows() -> list[list[str]]:
    """Return the figures of the server, of triage and of the window."""
    server, keys = known("server"), known("triage_keys")
    ease, speed = keys["at_ease"]["key_to_image_ms"], keys["at_speed"]
    stored = f"{speed['num_presses']} in {speed['seconds_typing']:.0f} s"
    return [
        ["process start to page usable", f"{server['usable_seconds']:.1f} s", "3 s"],
        ["triage: key to next image", milliseconds(ease), "50 ms"],
        ["triage: decisions typed at speed", f"{stored}, all stored in order", "600"],
        *(row for brush in known("window_brush").values() for row in brush_rows(brush)),
    ]


def brush_rows(brush: dict[str, Any]) -> list[list[str]]:
    """Return the two figures of the brush on one run."""
    on = f"window, {brush['run'].rpartition(', ')[2]} (load {brush['load_before']:.1f})"
    return [
        [f"{on}: pointer to number", milliseconds(brush["move_to_number_ms"]), "20 ms for 95 %"],
        [f"{on}: release to images", milliseconds(brush["release_to_edge_images_ms"]), "300 ms"],
    ]


def milliseconds(found: dict[str, float]) -> str:
    return f"{found['p50']:.0f} ms, {found['p95']:.0f} ms for 95 %"


def table() -> None:
    """Write both tables."""
    browse = table_of(["Browse: median, worst", *SETS.values(), "goal"], browse_rows())
    rest = table_of(["", "measured", "goal"], other_rows())
    write_between("results.md", "dashboard", "dashboard.py", [*browse, "", *rest])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["table"])
    parser.parse_args()
    table()
