"""How many photographs a second become pixels: ours with every check, a plain Pillow loop, torchvision.

    python benchmarks/decode.py run --folder DIR [--size 64] [--num 5000] [--repeats 5]
    python benchmarks/decode.py table

The files of an image folder (class folders of photographs) are repeated until there are ``--num``. Each
contender takes all of them, one after another, round after round, with its start included; a ratio is the
median over rounds of the plain loop's seconds over the contender's seconds of that round.

plain          one process: open, to RGB, shorter side to the size (bicubic), crop the centre, to an array
torchvision    ``ImageFolder`` in a ``DataLoader`` with two workers: Resize, CenterCrop, PILToTensor
ours           ``datadiet.data.prepare`` with two decoding processes: format and size checked before decoding,
               end of file checked, turned upright, SHA-256 of the pixels, thumbnail, problems listed
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from statistics import median

import numpy as np
import psutil
import torch
from marked import machine_line, table_of, write_between
from PIL import Image
from torch.utils.data import DataLoader
from torchvision import transforms
from torchvision.datasets import ImageFolder

from datadiet.config import DataConfig
from datadiet.data.decoding import Decoders
from datadiet.data.plan import plan
from datadiet.data.prepare import prepare
from datadiet.data.sources import open_source
from datadiet.pipeline.environment import environment

RESULT = Path(__file__).parent / "results" / "decode.json"


def plain(folder: Path, size: int) -> int:
    """Decode one after another, as anyone would write it."""
    num = 0
    for path in sorted(folder.rglob("*.jpg")):
        image = Image.open(path).convert("RGB")
        scale = size / min(image.size)
        image = image.resize(
            (round(image.width * scale), round(image.height * scale)), Image.Resampling.BICUBIC
        )
        left, top = (image.width - size) // 2, (image.height - size) // 2
        num += np.asarray(image.crop((left, top, left + size, top + size))).shape[0] == size
    return num


def by_torchvision(folder: Path, size: int) -> int:
    """Decode in two workers of a DataLoader."""
    steps = transforms.Compose([
        transforms.Resize(size),
        transforms.CenterCrop(size),
        transforms.PILToTensor(),
    ])
    loader = DataLoader(ImageFolder(str(folder), steps), batch_size=64, num_workers=2)
    return sum(len(images) for images, _ in loader)


def ours(folder: Path, size: int) -> int:
    """Prepare with all checks, thumbnails and tables of rows; only the writing to disk is left out."""
    config = DataConfig(image_size=size)
    with Decoders(2) as decoders:
        decoders.start()
        source = open_source(str(folder), config)
        return sum(len(block.rows) for block in prepare(source, plan(source, config, decoders), decoders))


def cpu_seconds() -> float:
    """Return the processor time of this process and of all children that have ended."""
    times = psutil.Process().cpu_times()
    return times.user + times.system + times.children_user + times.children_system


def measure(contenders: Mapping[str, Callable[[], int]], num: int, repeats: int) -> list[dict[str, object]]:
    """Run all in turn; return medians by contender."""
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    cpu: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(repeats):
        for name, run in contenders.items():
            started, cpu_started = time.perf_counter(), cpu_seconds()
            if run() != num:
                raise SystemExit(f"{name} did not read all {num} files")
            seconds[name].append(time.perf_counter() - started)
            cpu[name].append(cpu_seconds() - cpu_started)
    rows: list[dict[str, object]] = []
    for name in contenders:
        pairs = list(zip(seconds["plain"], seconds[name], strict=True))
        ratios = sorted(first / second for first, second in pairs)
        rows.append({
            "contender": name,
            "images_a_second": round(num / median(seconds[name])),
            "times_plain": round(median(ratios), 2),
            "times_plain_range": [round(ratios[0], 2), round(ratios[-1], 2)],
            "cpu_ms_an_image": round(1000 * median(cpu[name]) / num, 3),
        })
        print(rows[-1], flush=True)
    return rows


def repeated(folder: Path, num: int, into: Path) -> None:
    """Copy the files, class by class, again and again until there are ``num``."""
    files = sorted(folder.rglob("*.jpg"))
    for number, path in enumerate(islice(cycle(files), num)):
        place = into / path.parent.name
        place.mkdir(exist_ok=True)
        shutil.copyfile(path, place / f"{number:06d}.jpg")


def table() -> None:
    """Put the result into docs/speed.md."""
    known = json.loads(RESULT.read_text())
    head = ["", "images a second", "times the plain loop (range)", "CPU milliseconds an image"]
    rows = [
        [
            row["contender"],
            f"{row['images_a_second']:,}",
            f"{row['times_plain']:.2f} ({row['times_plain_range'][0]:.2f}-{row['times_plain_range'][1]:.2f})",
            f"{row['cpu_ms_an_image']:.2f}",
        ]
        for row in known["rows"]
    ]
    what = (
        f"{known['num_images']:,} photographs to {known['image_size']} px, {known['repeats']} rounds, load "
        f"{known['load_before']:.1f} before. {machine_line(known['machine'])}"
    )
    write_between("speed.md", "decode", "decode.py", [what, "", *table_of(head, rows)])


def run(options: argparse.Namespace) -> None:
    """Measure and write the result."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as place:
        repeated(options.folder, options.num, Path(place))
        contenders = {
            "plain": partial(plain, Path(place), options.size),
            "torchvision": partial(by_torchvision, Path(place), options.size),
            "ours": partial(ours, Path(place), options.size),
        }
        load = psutil.getloadavg()[0]
        rows = measure(contenders, options.num, options.repeats)
    document = {
        "what": "photographs to pixels; times_plain: the plain loop's seconds over the contender's, median",
        "machine": environment("cpu"),
        "load_before": load,
        "folder": options.folder.name,
        "num_images": options.num,
        "image_size": options.size,
        "repeats": options.repeats,
        "rows": rows,
    }
    RESULT.write_text(json.dumps(document, indent=1) + "\n")


def main() -> None:
    """Read the options and do what they say."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["run", "table"])
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--num", type=int, default=5000)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    if options.what == "table":
        table()
    elif options.folder is None:
        parser.error("run needs --folder, an image folder of photographs")
    else:
        run(options)


if __name__ == "__main__":
    main()
