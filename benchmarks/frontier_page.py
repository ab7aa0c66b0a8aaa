"""The frontier of the quick profile as docs/speed.md shows it: tables, sentences and a figure a set."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from frontier_figure import draw
from marked import DOCS, machine_line, table_of, write_between

from datadiet.training.profiles import resolve_training

NEAR = 0.01  # of the best: what the sentences count as no worse
MEASURES = {"auroc": "AUROC of planted flips", "reference_spearman": "agreement with the reference"}
LONGER_OR_WIDER = ("epochs", "wide", "ResNet-18, 1 epoch")  # settings that are held against more seeds
Entry = dict[str, Any]


def write_page(document: dict[str, list[Entry]], order: Sequence[str]) -> None:
    """Write tables, sentences and figures from what was measured.

    Args:
        document: Entries of ``settings`` and ``references``.
        order: Names of the settings as the table has them.
    """
    lines: list[str] = []
    for set_name in dict.fromkeys(entry["set"] for entry in document["settings"]):
        entries = [entry for entry in document["settings"] if entry["set"] == set_name]
        entries.sort(key=lambda entry: order.index(entry["setting"]))
        references = [entry for entry in document["references"] if entry["set"] == set_name]
        lines += [*([""] if lines else []), *lines_of_set(set_name, entries, references)]
    write_between("speed.md", "frontier", "frontier.py", lines or ["Not measured yet."])


def lines_of_set(set_name: str, entries: list[Entry], references: list[Entry]) -> list[str]:
    """Return the lines of one set, and draw its figure."""
    picture = f"frontier-{'-'.join(re.findall(r'[a-z0-9]+', set_name.lower()))}.png"
    shown = [*entries, *references]
    (DOCS / picture).write_bytes(draw(shown, f"What seconds buy: {set_name}"))
    return [
        f"### {set_name}",
        "",
        head_of(entries, references),
        "",
        *table(shown),
        "",
        *bought(entries),
        *cheapest(entries),
        "",
        f"![Seconds against what they buy on {set_name}]({picture})",
    ]


def head_of(entries: list[Entry], references: list[Entry]) -> str:
    """Return on what, with what and against what it was measured."""
    first = entries[0]
    loads = [seed["load_before"] for entry in entries for seed in entry["seeds"]]
    seeds = " or ".join(str(number) for number in sorted({entry["num_seeds"] for entry in entries}))
    machines = " ".join(sorted({machine_line(entry["environment"]) for entry in entries}))
    return (
        f"{first['num_train']:,} training images of {first['image_size']} px, {first['num_flipped']:,} of "
        f"their labels flipped, {seeds} seeds a setting, load {min(loads):.1f} to {max(loads):.1f}. "
        f"{reference_sentence(references)} {machines}"
    )


def reference_sentence(references: list[Entry]) -> str:
    """Return what the reference is."""
    if not references:
        return "No reference was trained."
    found = references[0]
    return (
        f"The reference is {found['num_seeds']} seeds of the standard profile's ResNet-18 at "
        f"{counted(found['train']['num_epochs'], 'epoch')} on the same images and labels: test accuracy "
        f"{100 * found['test_accuracy']:.1f} %, {seconds(found, 1):,.0f} CPU seconds a seed, one half of the "
        f"seeds like the other {found['half_to_half']:.3f}."
    )


def cpu(entry: Entry, stage: str) -> float:
    """Return the mean CPU seconds of a seed in ``train`` or ``score``."""
    return float(np.mean([seed[f"{stage}_cpu_seconds"] for seed in entry["seeds"]]))


def seconds(entry: Entry, num_seeds: int) -> float:
    """Return the CPU seconds of training and scoring so many seeds."""
    return num_seeds * (cpu(entry, "train") + cpu(entry, "score"))


def table(entries: list[Entry]) -> list[str]:
    """Return the table, a line a setting."""
    head = [
        *("#", "setting", "epochs, batch", "CPU s a seed: train + score", "wall s a seed", "test accuracy %"),
        *("half of the seeds like the other", "AUROC of flips: 1, 2, 4 seeds", "like the reference: 1, 2, 4"),
    ]
    rows = []
    for number, entry in enumerate(entries, start=1):
        walls = [seed["train_wall_seconds"] + seed["score_wall_seconds"] for seed in entry["seeds"]]
        rows.append([
            number,
            entry["setting"] + (" (quick now)" if is_quick_now(entry) else ""),
            f"{entry['train']['num_epochs']}, {entry['train']['batch_size']}",
            f"{cpu(entry, 'train'):.1f} + {cpu(entry, 'score'):.1f}",
            f"{np.mean(walls):.1f}",
            f"{100 * entry['test_accuracy']:.1f} ± {100 * entry['test_accuracy_se']:.1f}",
            f"{entry['half_to_half']:.3f}",
            by_seeds(entry, "auroc"),
            by_seeds(entry, "reference_spearman"),
        ])
    return table_of(head, rows)


def by_seeds(entry: Entry, measure: str) -> str:
    """Return a measure of ensembles of 1, 2 and 4 seeds."""
    if measure not in entry:
        return "it" if entry["setting"] == "reference" else "not compared"
    return ", ".join(f"{value:.3f}" for value in entry[measure].values())


def is_quick_now(entry: Entry) -> bool:
    """Return whether the quick profile trains such images so today."""
    shape = {name: entry[name] for name in ("num_train", "image_size", "in_channels")}
    settings = {"precision": entry["environment"]["native_precision"]}
    quick = resolve_training("quick", **shape, device="cpu", settings=settings).model_dump(mode="json")
    return all(quick[name] == value for name, value in entry["train"].items() if name != "checkpoint_epochs")


def bought(entries: list[Entry]) -> list[str]:
    """Return what seeds buy against epochs and width: each beside one seed of the start, dearer ones only."""
    start = next((entry for entry in entries if entry["setting"] == "start"), None)
    if start is None:
        return []
    more = [(f"{size} seeds, start", start, int(size)) for size in start["auroc"] if size != "1"]
    others = [entry for entry in entries if entry["setting"].endswith(LONGER_OR_WIDER)]
    more += [(f"1 seed, {entry['setting']}", entry, 1) for entry in others]
    rows = [
        [name, f"{seconds(entry, num_seeds) / seconds(start, 1):.2f}", *gains(entry, start, str(num_seeds))]
        for name, entry, num_seeds in more
        if seconds(entry, num_seeds) > seconds(start, 1) and "batch" not in name
    ]
    head = ["beside 1 seed of start", "times its seconds", *(f"gain in {name}" for name in MEASURES.values())]
    return [*table_of(head, sorted(rows, key=lambda row: float(row[1]))), ""]


def gains(entry: Entry, start: Entry, size: str) -> list[str]:
    """Return by how much an ensemble is better than one seed of the start, a measure each."""
    return [
        f"{entry[measure][size] - start[measure]['1']:+.3f}"
        if measure in entry and measure in start
        else "not compared"
        for measure in MEASURES
    ]


def cheapest(entries: list[Entry]) -> list[str]:
    """Return, a sentence a measure, the best ensemble and the cheapest that is hardly worse."""
    sentences = []
    for measure, words in MEASURES.items():
        found = [
            (value, seconds(entry, int(size)), f"`{entry['setting']}` with {counted(int(size), 'seed')}")
            for entry in entries
            for size, value in entry.get(measure, {}).items()
        ]
        if found:
            best = max(found)
            near = min((each for each in found if each[0] >= best[0] - NEAR), key=lambda each: each[1])
            sentences.append(
                f"The highest {words} is {best[0]:.3f}, of {best[2]} in {best[1]:.0f} CPU seconds; the "
                f"fewest seconds within {NEAR} of it are {near[1]:.0f}, of {near[2]} ({near[0]:.3f})."
            )
    return sentences


def counted(number: int, word: str) -> str:
    """Return so many of something in words."""
    return f"{number} {word}{'s' if number != 1 else ''}"
