"""The frontier that the quick profile is chosen from: CPU seconds against what they buy, setting by setting.

    python benchmarks/frontier.py run --workspace DIR [--sets NAME ...] [--only SETTING ...] [--seeds 4]
    python benchmarks/frontier.py reference --workspace DIR [--sets NAME ...] [--seeds 2] [--epochs N]
    python benchmarks/frontier.py table

``run`` trains four seeds of every setting on images with 10 % symmetric flips, no folds, and scores the
training images by EL2N; an entry a setting goes into benchmarks/results/frontier.json. A setting changes one
or two things of ``start``, the quick profile as it was when the frontier was begun: of 24 filters in the stem
and whole images in every epoch. Seconds are the process's
own CPU time, so that other work beside it counts little: training is initialisation and epochs, with the
validation after each; scoring is one pass over the training images; the test images are read outside both.
``reference`` trains the standard profile's ResNet-18 on the same images and labels, as long as two cores
allow, and says how far each setting ranks like it. Both keep every seed in the workspace, go on where they
stopped, and may run in either order; two sets may be measured side by side. ``table`` writes the tables and
figures of docs/speed.md.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from fcntl import LOCK_EX, flock
from itertools import combinations
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np
import psutil
import torch
from audits import NOISE, sources
from frontier_page import write_page

from datadiet.config import NoiseConfig, TrainConfig, run_id, validated
from datadiet.errors import TrainingError
from datadiet.pipeline.environment import environment
from datadiet.pipeline.labels import seed_rows
from datadiet.pipeline.plan import AuditOptions, AuditPlan, plan_audit
from datadiet.pipeline.progress import Silent
from datadiet.pipeline.scoring_units import BATCH_SIZE
from datadiet.pipeline.training_units import data_of_rows
from datadiet.scores.passes import evaluate
from datadiet.scores.reliability import spearman
from datadiet.training.checkpoint import load_model
from datadiet.training.device import fixed_threads
from datadiet.training.inputs import TrainingData, accuracy, predictions
from datadiet.training.loop import initial_checkpoint, train_segment
from datadiet.training.profiles import resolve_training
from datadiet.triage.truth import detection

RESULTS = Path(__file__).parent / "results" / "frontier.json"
CPU = torch.device("cpu")
SMALL, LARGE, NATURAL = "CIFAR-10, 10,000 images", "CIFAR-10", "cats-and-dogs (64 px)"
ENSEMBLES = (1, 2, 4)  # seeds
SGD = {"optimizer": "sgd", "momentum": 0.9, "weight_decay": 5e-4}

# What each setting changes of the start; {side} is the image size. A rate is tuned for none of them.
SETTINGS: dict[str, dict[str, Any]] = {
    "start": {},
    "1 epoch": {"num_epochs": 1},
    "2 epochs": {"num_epochs": 2},
    "5 epochs": {"num_epochs": 5},
    "8 epochs": {"num_epochs": 8},
    "15 epochs": {"num_epochs": 15},
    "50 epochs": {"num_epochs": 50},
    "batch 125": {"batch_size": 125},
    "batch 250": {"batch_size": 250},
    "batch 500": {"batch_size": 500},
    "batch 31, 8 epochs": {"batch_size": 31, "num_epochs": 8},
    "batch 31, 11 epochs": {"batch_size": 31, "num_epochs": 11},
    "batch 125, 5 epochs": {"batch_size": 125, "num_epochs": 5},
    "batch 125, 50 epochs": {"batch_size": 125, "num_epochs": 50},
    "batch 250, 8 epochs": {"batch_size": 250, "num_epochs": 8},
    "SGD at 0.1": {**SGD, "lr": 0.1},
    "SGD at 0.5": {**SGD, "lr": 0.5},
    "float32": {"precision": "float32"},
    "NCHW": {"model": "quick_nets:plain_{side}"},
    "NCHW, float32": {"model": "quick_nets:plain_{side}", "precision": "float32"},
    "narrow": {"model": "quick_nets:narrow_{side}"},
    "narrow, 8 epochs": {"model": "quick_nets:narrow_{side}", "num_epochs": 8},
    "narrow, 50 epochs": {"model": "quick_nets:narrow_{side}", "num_epochs": 50},
    "coarse, 8 epochs": {"model": "quick_nets:coarse_{side}", "batch_size": 125, "num_epochs": 8},
    "coarse, 12 epochs": {"model": "quick_nets:coarse_{side}", "batch_size": 125, "num_epochs": 12},
    "wide, 1 epoch": {"model": "quick_nets:wide_{side}", "num_epochs": 1},
    "wide": {"model": "quick_nets:wide_{side}"},
    "wide, 8 epochs": {"model": "quick_nets:wide_{side}", "num_epochs": 8},
    "stem of 16": {"model": "quick"},
    "from 3/4 of the side": {"initial_resolution": 0.75},
    "stem of 16, from 3/4 of the side": {"model": "quick", "initial_resolution": 0.75},
    "stem of 16, 4 epochs from 5/8 of the side": {
        "model": "quick",
        "num_epochs": 4,
        "initial_resolution": 0.625,
    },
    "stem of 16, batch 125, 5 epochs": {"model": "quick", "batch_size": 125, "num_epochs": 5},
    "stem of 16, batch 125, 5 epochs from 3/4": {
        "model": "quick",
        "batch_size": 125,
        "num_epochs": 5,
        "initial_resolution": 0.75,
    },
    "ResNet-18, 1 epoch": {"model": "resnet18", "num_epochs": 1},
    "ResNet-18, 2 epochs": {"model": "resnet18", "num_epochs": 2},
}
ON_LARGE = {
    *("start", "2 epochs", "stem of 16", "from 3/4 of the side", "stem of 16, from 3/4 of the side"),
    "stem of 16, 4 epochs from 5/8 of the side",
}
LATER = {name for name in SETTINGS if name.startswith(("stem", "from"))}  # measured on CIFAR-10 alone
NOT_ON = {  # too short or too long there, or too dear
    LARGE: {*SETTINGS} - ON_LARGE,
    SMALL: {
        *(ON_LARGE & LATER),
        *("15 epochs", "50 epochs", "batch 125, 50 epochs", "narrow, 50 epochs", "ResNet-18, 2 epochs"),
        *("batch 31, 8 epochs", "batch 31, 11 epochs"),
    },
    NATURAL: {
        *LATER,
        *("1 epoch", "2 epochs", "batch 500", "batch 125, 5 epochs", "batch 250, 8 epochs"),
        *("coarse, 8 epochs", "coarse, 12 epochs", "narrow, 8 epochs", "wide, 1 epoch"),
        *("ResNet-18, 1 epoch", "ResNet-18, 2 epochs"),
    },
}
START = "quick_nets:start_{side}"
STARTS = {  # the quick profile for so many images, when the frontier was begun
    SMALL: {"model": START, "num_epochs": 3, "batch_size": 62, "initial_resolution": 1.0},
    LARGE: {"model": START, "num_epochs": 3, "batch_size": 250, "initial_resolution": 1.0},
    NATURAL: {"model": "quick", "num_epochs": 25, "batch_size": 62, "initial_resolution": 1.0},
}
REFERENCE_EPOCHS = 15  # what the standard profile takes on the small set

Values = np.ndarray  # float64 (S, N), EL2N of each seed


def planned(set_name: str, workspace: Path) -> AuditPlan:
    """Return the plan of an audit of a set by the quick profile: its data prepared, its flips planted."""
    workspace.mkdir(parents=True, exist_ok=True)
    source, *words = sources(workspace)[set_name]
    options = {
        name.removeprefix("--").replace("-", "_"): int(value) if value.isdigit() else value
        for name, value in zip(words[::2], words[1::2], strict=True)
    }
    settings = {"data": options, "noise": NoiseConfig.parse(NOISE).model_dump(), "num_folds": 0}
    asked = AuditOptions(num_seeds=1, device="cpu", num_workers=0)
    return plan_audit(source, settings, asked, workspace=workspace, progress=Silent())


def shape_of(plan: AuditPlan) -> dict[str, int]:
    """Return what a profile looks at."""
    document = plan.images.document
    return {
        "num_train": plan.num_train,
        "image_size": document["image_size"],
        "in_channels": document["channels"],
    }


def training_of(set_name: str, changes: Mapping[str, Any], shape: dict[str, int]) -> TrainConfig:
    """Return the training of a setting, with its last checkpoint alone."""
    settings = {**STARTS[set_name], **changes}
    model = str(settings["model"]).format(side=shape["image_size"])
    is_quick = model == "quick" or ":" in model
    settings = settings if is_quick else dict(changes)
    recipe = resolve_training("quick", **shape, device="cpu", settings={} if is_quick else {"model": model})
    values = {**recipe.model_dump(), **settings, "model": model}
    return validated(TrainConfig, {**values, "checkpoint_epochs": (0, values["num_epochs"])})


def data_of(plan: AuditPlan) -> TrainingData:
    """Return what every seed trains and tests on."""
    rows = seed_rows(plan.labels, 0, 0)
    return data_of_rows(plan.images, plan.labels, rows, plan.stats, num_classes=len(plan.class_names))


def measure_seed(config: TrainConfig, data: TrainingData, seed: int) -> tuple[dict[str, float], np.ndarray]:
    """Train and score one seed; return what that took and how accurate it is, and EL2N of its examples."""
    nothing = np.zeros(0, dtype=np.int64)
    untested = replace(data, test_rows=nothing, test_labels=nothing)
    load, clocks = psutil.getloadavg()[0], [(process_time(), perf_counter())]
    begun = initial_checkpoint(config, data, seed)
    ended = train_segment(config, untested, begun, stop_epoch=config.num_epochs, device=CPU).checkpoint
    clocks.append((process_time(), perf_counter()))
    with fixed_threads(config.num_threads):
        model = load_model(ended, config)
        rows, labels = data.train_rows, data.train_labels
        found = evaluate(
            model, data.images, rows, labels, data.stats, ["el2n"], device=CPU, batch_size=BATCH_SIZE
        )
        clocks.append((process_time(), perf_counter()))
        predicted = predictions(model, data.images, data.test_rows, data.stats, CPU)
    (train_cpu, train_wall), (score_cpu, score_wall) = np.diff(clocks, axis=0).tolist()
    record = {
        "train_cpu_seconds": train_cpu,
        "train_wall_seconds": train_wall,
        "score_cpu_seconds": score_cpu,
        "score_wall_seconds": score_wall,
        "load_before": load,
        "test_accuracy": accuracy(predicted, data.test_labels),
    }
    return record, found.values["el2n"]


def measured(
    config: TrainConfig, plan: AuditPlan, num_seeds: int, folder: Path
) -> tuple[list[dict[str, float]], Values]:
    """Return record and EL2N of every seed; those that ``folder`` holds are read from there."""
    folder.mkdir(parents=True, exist_ok=True)
    data, records = data_of(plan), []
    for seed in range(num_seeds):
        path = folder / f"seed_{seed}.json"
        if not path.exists():
            record, values = measure_seed(config, data, seed)
            np.save(folder / f"seed_{seed}.npy", values)
            path.write_text(json.dumps(record))
        records.append(json.loads(path.read_text()))
    return records, read_values(folder, num_seeds)


def read_values(folder: Path, num_seeds: int) -> Values:
    """Return EL2N of each seed that was measured."""
    return np.stack([np.load(folder / f"seed_{seed}.npy") for seed in range(num_seeds)])


def over_ensembles(values: Values, measure: Callable[[np.ndarray], float]) -> dict[str, float]:
    """Return the mean of a measure over all ensembles of 1, 2 and 4 of the seeds, by their number."""
    found = {}
    for size in ENSEMBLES:
        chosen = [list(seeds) for seeds in combinations(range(len(values)), size)]
        if chosen:
            found[str(size)] = float(np.mean([measure(values[seeds].mean(axis=0)) for seeds in chosen]))
    return found


def half_to_half(values: Values) -> float:
    """Return Spearman between the mean of one half of the seeds and that of the other, over all splits."""
    half = len(values) // 2
    found = []
    for first in combinations(range(2 * half), half):
        rest = [seed for seed in range(2 * half) if seed not in first]
        if first[0] == 0:
            found.append(spearman(values[list(first)].mean(axis=0), values[rest].mean(axis=0)))
    return float(np.mean(found))


def entry_of(
    set_name: str, setting: str, plan: AuditPlan, config: TrainConfig, num_seeds: int, workspace: Path
) -> dict[str, Any]:
    """Return everything known of one training: what its seeds took, and how good its ranking is."""
    key = run_id(plan.config.model_copy(update={"train": config}), dataset_id=plan.images.dataset_id)
    records, values = measured(config, plan, num_seeds, workspace / "frontier" / key)
    is_flipped = plan.labels["is_flipped"].to_numpy(dtype=bool)[data_of(plan).train_rows]
    accuracies = [record["test_accuracy"] for record in records]
    return {
        "set": set_name,
        "setting": setting,
        "key": key,
        "num_seeds": num_seeds,
        "noise": NOISE,
        "num_flipped": int(is_flipped.sum()),
        **shape_of(plan),
        "test_accuracy": float(np.mean(accuracies)),
        "test_accuracy_se": float(np.std(accuracies, ddof=1) / np.sqrt(num_seeds)),
        "half_to_half": half_to_half(values),
        "auroc": over_ensembles(values, lambda mean: detection(mean, is_flipped).auroc),
        "seeds": records,
        "train": config.model_dump(mode="json"),
        "environment": environment("cpu"),
    }


def run(sets: list[str], only: list[str], num_seeds: int, workspace: Path, results: Path) -> None:
    """Measure the settings that are missing, an entry each."""
    for set_name in sets:
        plan = planned(set_name, workspace)
        for setting, changes in SETTINGS.items():
            is_wanted = setting in only if only else setting not in NOT_ON.get(set_name, set())
            config = training_of(set_name, changes, shape_of(plan))
            if not is_wanted or is_known(set_name, setting, config, num_seeds, results):
                continue
            try:
                entry = entry_of(set_name, setting, plan, config, num_seeds, workspace)
            except TrainingError as error:
                print(f"{set_name}, {setting}: {error} There is no entry of it.", flush=True)
                continue
            store("settings", entry, workspace, results)


def is_known(set_name: str, setting: str, config: TrainConfig, num_seeds: int, results: Path) -> bool:
    """Return whether the results hold this training with as many seeds."""
    wanted = (set_name, setting, config.model_dump(mode="json"), num_seeds)
    fields = ("set", "setting", "train", "num_seeds")
    return any(tuple(entry[name] for name in fields) == wanted for entry in read(results)["settings"])


def run_reference(
    sets: list[str], num_seeds: int, num_epochs: int | None, workspace: Path, results: Path
) -> None:
    """Train the reference of each set, and compare every setting with it."""
    for set_name in sets:
        plan = planned(set_name, workspace)
        epochs = num_epochs or REFERENCE_EPOCHS
        settings = {"num_epochs": epochs, "checkpoint_epochs": (0, epochs)}
        config = resolve_training("standard", **shape_of(plan), device="cpu", settings=settings)
        entry = entry_of(set_name, "reference", plan, config, num_seeds, workspace)
        store("references", entry, workspace, results)


def read(results: Path) -> dict[str, list[dict[str, Any]]]:
    """Return what was measured so far."""
    return json.loads(results.read_text()) if results.exists() else {"settings": [], "references": []}


def store(kind: str, entry: dict[str, Any], workspace: Path, results: Path) -> None:
    """Put an entry in place of the one of its name, and say how far the settings rank like the reference."""
    name = (entry["set"], entry["setting"])
    with (workspace / "frontier" / "lock").open("w") as lock:
        flock(lock, LOCK_EX)  # another set may be measured at the same time; closing lets go
        document = read(results)
        kept = [old for old in document[kind] if (old["set"], old["setting"]) != name]
        document[kind] = [*kept, entry]
        compare_all(document, workspace)
        results.write_text(json.dumps(document, indent=1) + "\n")
    cpu = np.mean([seed["train_cpu_seconds"] + seed["score_cpu_seconds"] for seed in entry["seeds"]])
    print(f"{', '.join(name)}: {cpu:.1f} CPU s a seed, accuracy {entry['test_accuracy']:.3f}", flush=True)


def compare_all(document: dict[str, list[dict[str, Any]]], workspace: Path) -> None:
    """Compare with its reference every setting that was compared with none or another."""
    for reference in document["references"]:
        for entry in document["settings"]:
            is_its = entry["set"] == reference["set"]
            if is_its and entry.get("compared_with") != compared(reference):
                compare(entry, reference, workspace)


def compared(reference: dict[str, Any]) -> str:
    """Return what names a reference with its seeds."""
    return f"{reference['key']} x {reference['num_seeds']}"


def compare(entry: dict[str, Any], reference: dict[str, Any], workspace: Path) -> None:
    """Write into an entry its rank agreement with the reference, where the workspace holds both."""
    folders = [workspace / "frontier" / each["key"] for each in (entry, reference)]
    if not all(folder.is_dir() for folder in folders):
        print(f"{entry['setting']} is not compared: {workspace} does not hold its scores.", flush=True)
        return
    own, other = (
        read_values(folder, each["num_seeds"])
        for folder, each in zip(folders, (entry, reference), strict=True)
    )
    entry["reference_spearman"] = over_ensembles(own, lambda mean: spearman(mean, other.mean(axis=0)))
    entry["compared_with"] = compared(reference)


def main() -> None:
    """Read the options and do what they say."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["run", "reference", "table"])
    parser.add_argument("--workspace", type=Path)
    parser.add_argument("--sets", nargs="*", default=[SMALL, LARGE, NATURAL])
    parser.add_argument("--only", nargs="*", default=[], choices=list(SETTINGS), metavar="SETTING")
    parser.add_argument("--seeds", type=int, help="at least 2; 4 for run, 2 for reference")
    parser.add_argument("--epochs", type=int, help="of the reference; 15 where not named")
    parser.add_argument("--results", type=Path, default=RESULTS)
    asked = parser.parse_args()
    if asked.what == "table":
        write_page(read(asked.results), list(SETTINGS))
        return
    num_seeds = asked.seeds or (4 if asked.what == "run" else 2)
    if asked.workspace is None or num_seeds < 2:
        parser.error("name a --workspace, and at least 2 --seeds")
    if asked.what == "run":
        run(asked.sets, asked.only, num_seeds, asked.workspace, asked.results)
    else:
        run_reference(asked.sets, num_seeds, asked.epochs, asked.workspace, asked.results)


if __name__ == "__main__":
    main()
