"""A workspace with one run of some thousand natural photographs, for timings of the dashboard.

    python benchmarks/photographs.py DIR --source FOLDER [--num 5000]
    python benchmarks/browse.py --workspace DIR --run photographs --name photographs --size 128

FOLDER holds one folder a class, such as that of cats and dogs. Its photographs are written over and over,
each copy cropped and mirrored in another way, so that no two files are the same; then they are audited in the
cheapest way (one seed, one epoch, 32 pixels, thumbnails of 128). Only the pictures matter here: what the run
says of them is worth nothing.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

from datadiet.pipeline.api import audit
from datadiet.pipeline.plan import AuditOptions

NAME = "photographs"
THUMBNAIL = 128  # pixels, longer side
LEAST_KEPT = 0.85  # of each side, by a crop


def variant(picture: Image.Image, copy: int, rng: np.random.Generator) -> Image.Image:
    """Return the photograph itself for copy 0, else a crop of it; every second copy is mirrored."""
    if copy == 0:
        return picture
    share = rng.uniform(LEAST_KEPT, 1.0)
    width, height = (max(1, round(share * side)) for side in picture.size)
    left, top = (
        int(rng.integers(0, whole - part + 1))
        for whole, part in zip(picture.size, (width, height), strict=True)
    )
    cropped = picture.crop((left, top, left + width, top + height))
    return cropped.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if copy % 2 else cropped


def write_copies(source: Path, folder: Path, num: int) -> None:
    """Write ``num`` variants of the photographs below ``source`` into ``folder``, a folder a class."""
    rng = np.random.default_rng(0)
    paths = sorted(path for path in source.glob("*/*") if path.suffix.lower() in {".jpg", ".jpeg", ".png"})
    for number in range(num):
        path, copy = paths[number % len(paths)], number // len(paths)
        place = folder / path.parent.name
        place.mkdir(parents=True, exist_ok=True)
        with Image.open(path) as opened:
            variant(opened.convert("RGB"), copy, rng).save(place / f"{path.stem}_{copy}.jpg", quality=90)


def make(root: Path, source: Path, num: int) -> None:
    """Make the workspace, with the photographs beside it."""
    folder = root.with_name(f"{root.name}_files")
    write_copies(source, folder, num)
    audit(
        folder,
        seeds=1,
        workspace=root,
        settings={"data": {"image_size": 32, "thumbnail_size": THUMBNAIL}, "train": {"num_epochs": 1}},
        options=AuditOptions(name=NAME),
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=Path)
    parser.add_argument("--source", type=Path, required=True)
    parser.add_argument("--num", type=int, default=5_000)
    chosen = parser.parse_args()
    make(chosen.root, chosen.source, chosen.num)
