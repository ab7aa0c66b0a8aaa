"""The images on both sides of both edges of a window."""

from __future__ import annotations

from typing import Any

from app.components.window_brush.edges import EdgeGroup, EdgePicture, edge_pictures
from app.frame import OpenedRun, link
from app.palette import Palette
from app.text import plain_name
from app.window.message import Place
from app.window.ranks import FLIPPED, SUSPECT, Ranks

NUM_BESIDE = 8  # images on each side of an edge


def show_edges(opened: OpenedRun, ranks: Ranks, place: Place, colors: Palette) -> None:
    """Show the images just inside and just outside the edges of a window."""
    groups = edge_groups(opened.run.class_names, ranks, place)
    ids = [each.example_id for group in groups for each in group.pictures]
    thumbnails = [opened.files.images.thumbnail(each) for each in ids]
    edge_pictures(groups, thumbnails, colors, f"{place.keep:g}-{place.offset:g}")


def edge_groups(class_names: list[str], ranks: Ranks, place: Place) -> list[EdgeGroup]:
    """Return the four groups from easy to hard, the images nearest to an edge first."""
    start, stop = ranks.bounds(place.keep, place.offset)
    inside = min(NUM_BESIDE, stop - start)
    sides: list[tuple[str, bool, range, str]] = [
        ("Left out, too easy", False, range(start - 1, max(-1, start - 1 - NUM_BESIDE), -1),
         "Nothing easier is left out."),
        ("Kept, the easiest", True, range(start, start + inside), ""),
        ("Kept, the hardest", True, range(stop - 1, stop - 1 - inside, -1), ""),
        ("Left out, too hard", False, range(stop, min(len(ranks), stop + NUM_BESIDE)),
         "Nothing harder is left out."),
    ]  # fmt: skip
    return [
        EdgeGroup(title, is_inside, [_picture(class_names, ranks, rank) for rank in side], empty)
        for title, is_inside, side, empty in sides
    ]


def _picture(class_names: list[str], ranks: Ranks, rank: int) -> EdgePicture:
    flags: Any = ranks.flags[rank]
    example_id = int(ranks.example_ids[rank])
    label = plain_name(class_names[int(ranks.labels[rank])])
    return EdgePicture(
        example_id=example_id,
        caption=f"{label}, harder than {100 * rank / len(ranks):.1f} %",
        sign="◆" if flags & FLIPPED else "!" if flags & SUSPECT else "",
        link=link("browse", example=str(example_id)),
    )
